//! What frames look like, remembered: none is decoded for it twice.

use crate::domain::FrameId;
use crate::picture::{self, Bounds, Likeness};
use crate::store::{Store, StoreError};
use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};

/// Frames that are remembered: 3 MB.
const REMEMBERED: usize = 1_000;

/// The memory.
#[derive(Default)]
pub struct Likenesses(Mutex<Memory>);

#[derive(Default)]
struct Memory {
    known: HashMap<FrameId, Option<Arc<Likeness>>>,
    /// Oldest first.
    order: VecDeque<FrameId>,
}

impl Likenesses {
    /// What a frame looks like; `None` where it can't be decoded, or is gone.
    pub fn of(&self, store: &Store, id: FrameId) -> Result<Option<Arc<Likeness>>, StoreError> {
        if let Some(known) = self.0.lock().unwrap_or_else(PoisonError::into_inner).known.get(&id) {
            return Ok(known.clone());
        }
        let jpeg = match store.jpeg(id) {
            Ok(jpeg) => jpeg,
            Err(StoreError::NotFound { .. } | StoreError::Damaged(_)) => return Ok(None),
            Err(error) => return Err(error),
        };
        let image = picture::decode(&jpeg, Bounds::default()).ok();
        let likeness = image.map(|image| Arc::new(Likeness::of(&image)));
        let mut memory = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if memory.known.insert(id, likeness.clone()).is_none() {
            memory.order.push_back(id);
        }
        if memory.order.len() > REMEMBERED
            && let Some(oldest) = memory.order.pop_front()
        {
            memory.known.remove(&oldest);
        }
        Ok(likeness)
    }
}
