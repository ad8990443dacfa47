//! What the loop and the handles share.

use super::deployment::Deployment;
use super::eye::Eye;
use super::familiar::Familiar;
use super::looking::Looking;
use super::looks::Looks;
use super::watching::Watching;
use crate::domain::{NewFrame, PerCamera};
use crate::events::Events;
use crate::picture::{self, Bounds, PictureError};
use crate::store::{Store, StoreError};
use crate::turns::Turns;
use arc_swap::ArcSwap;
use image::RgbImage;
use std::sync::{Arc, Mutex};

/// What the loop and the handles share.
pub struct Shared {
    pub store: Store,
    pub events: Events,
    pub deployment: Deployment,
    /// The models that look now; replaced as a whole.
    pub looking: ArcSwap<Looking>,
    pub watching: Watching,
    /// What the model saw last, with the frames, of all cameras.
    pub looks: Mutex<Looks>,
    /// Whoever keeps a look: two would store its frame twice.
    pub keeping: Mutex<()>,
    pub eyes: PerCamera<Eye>,
    /// What labelled frames look like.
    pub familiar: Mutex<Familiar>,
    /// Turns at decoding pictures of others.
    pub pictures: Turns,
}

impl Shared {
    /// Of these cameras. Error: the store can't be read.
    pub fn open<T>(store: Store, events: Events, pictures: Turns, cameras: &PerCamera<T>) -> Result<Self, StoreError> {
        let watching = Watching::open(&store, cameras.ids().cloned().collect())?;
        let deployment = Deployment::new(store.clone(), events.clone(), cameras);
        let (looking, looks, keeping) = (ArcSwap::default(), Mutex::default(), Mutex::default());
        let (eyes, familiar) = (cameras.map(|_, _| Eye::default()), Mutex::default());
        Ok(Self { store, events, deployment, looking, watching, looks, keeping, eyes, familiar, pictures })
    }

    /// A frame's pixels, decoded unless it is the one that was decoded last of its camera.
    pub fn pixels(&self, frame: &Arc<NewFrame>) -> Result<Arc<RgbImage>, PictureError> {
        match frame.camera.as_ref().and_then(|camera| self.eyes.get(camera)) {
            Some(eye) => eye.pixels(frame),
            None => Ok(Arc::new(picture::decode(&frame.jpeg, Bounds::default())?)),
        }
    }
}
