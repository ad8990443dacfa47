//! That work of which nobody knows how long it takes goes on: an index of many frames that is made anew at a start.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// Steps that were done; clones share it.
#[derive(Clone, Debug, Default)]
pub struct Progress(Arc<AtomicU64>);

impl Progress {
    /// One more is done. Cheap, from any thread.
    pub fn step(&self) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }

    /// How many are done so far.
    pub fn steps(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}
