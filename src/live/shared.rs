//! What the loop and the handles share.

use super::detector::Detector;
use super::view::Seen;
use crate::domain::{Model, NewFrame};
use crate::events::Events;
use crate::store::Store;
use bytes::Bytes;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// What the loop and the handles share.
pub struct Shared {
    pub store: Store,
    pub events: Events,
    pub loaded: Mutex<Option<Loaded>>,
    /// What is drawn over the live picture.
    pub seen: Mutex<Option<Arc<Seen>>>,
    /// The picture drawn last: several viewers ask for the same one.
    pub picture: Mutex<Option<Drawn>>,
}

pub struct Loaded {
    pub model: Model,
    pub detector: Detector,
}

pub struct Drawn {
    pub frame: Arc<NewFrame>,
    pub seen: Option<Arc<Seen>>,
    pub width: Option<u32>,
    pub jpeg: Bytes,
}

impl Shared {
    pub fn new(store: Store, events: Events) -> Self {
        Self { store, events, loaded: Mutex::new(None), seen: Mutex::new(None), picture: Mutex::new(None) }
    }
}

/// What is under these locks is whole after a panic too: it is replaced, never changed in steps.
pub fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
