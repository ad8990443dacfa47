//! What the loop and the handles share.

use super::detector::Detector;
use super::looks::Looks;
use super::seen::Shown;
use super::watching::Watching;
use crate::domain::Model;
use crate::events::Events;
use crate::store::{Store, StoreError};
use bytes::Bytes;
use std::sync::{Mutex, MutexGuard, PoisonError};

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
    /// The picture drawn last: several viewers ask for the same one.
    pub picture: Mutex<Option<Drawn>>,
}

pub struct Loaded {
    pub model: Model,
    pub detector: Detector,
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
        Ok(Self { store, events, loaded: Mutex::new(None), watching, looks, keeping, picture })
    }
}

/// What is under these locks is whole after a panic too: nothing that changes it can panic.
pub fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
