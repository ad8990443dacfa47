//! What retention counts, and must not drop beside what the index says.

use crate::domain::FrameId;
use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicU64};
use std::time::Instant;

#[derive(Default)]
pub struct Counts {
    pub dropped: AtomicU64,
    pub full: AtomicBool,
}

/// What the index does not hold.
#[derive(Default)]
pub struct Space {
    /// Bytes of the journal that the last compaction left and no frame that is there needs: of deleted ones, and lost ones.
    pub beside: u64,
    /// Frames just imported or uploaded whose labels are still on their way.
    pub pins: HashMap<FrameId, Pin>,
}

#[derive(Clone, Copy)]
pub struct Pin {
    pub since: Instant,
    pub segment: u32,
    pub total: u64,
}
