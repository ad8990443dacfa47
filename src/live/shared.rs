//! What the loop and the handles share.

use super::detector::Detector;
use super::looks::Looks;
use super::seen::Shown;
use super::watching::Watching;
use crate::domain::{Model, NewFrame};
use crate::events::Events;
use crate::picture::{self, Bounds, PictureError};
use crate::store::{Store, StoreError};
use bytes::Bytes;
use image::RgbImage;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// What the loop and the handles share.
pub struct Shared {
    pub store: Store,
    pub events: Events,
    pub loaded: Mutex<Option<Loaded>>,
    pub watching: Watching,
    /// What the model saw last, with the frames.
    pub looks: Mutex<Looks>,
    /// Whoever keeps a look: two would store its frame twice.
    pub keeping: Mutex<()>,
    /// What the model looks at, in pixels: whoever draws on that frame decodes it no second time.
    pub decoded: Mutex<Option<Decoded>>,
    /// The picture drawn last: several viewers ask for the same one.
    pub picture: Mutex<Option<Drawn>>,
}

pub struct Loaded {
    pub model: Model,
    pub detector: Detector,
}

pub struct Decoded {
    pub frame: Arc<NewFrame>,
    pub image: Arc<RgbImage>,
}

pub struct Drawn {
    pub shown: Shown,
    pub width: Option<u32>,
    pub jpeg: Bytes,
}

impl Shared {
    /// Error: the store can't be read.
    pub fn open(store: Store, events: Events) -> Result<Self, StoreError> {
        let watching = Watching::open(&store)?;
        let (looks, keeping, picture) = (Mutex::default(), Mutex::default(), Mutex::new(None));
        let (loaded, decoded) = (Mutex::new(None), Mutex::new(None));
        Ok(Self { store, events, loaded, watching, looks, keeping, decoded, picture })
    }

    /// A frame's pixels, decoded unless it is the one that was decoded last.
    pub fn pixels(&self, frame: &Arc<NewFrame>) -> Result<Arc<RgbImage>, PictureError> {
        let mut decoded = lock(&self.decoded);
        if let Some(Decoded { image, .. }) = decoded.as_ref().filter(|last| Arc::ptr_eq(&last.frame, frame)) {
            return Ok(image.clone());
        }
        let image = Arc::new(picture::decode(&frame.jpeg, Bounds::default())?);
        *decoded = Some(Decoded { frame: frame.clone(), image: image.clone() });
        Ok(image)
    }
}

/// What is under these locks is whole after a panic too: nothing that changes it can panic.
pub fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
