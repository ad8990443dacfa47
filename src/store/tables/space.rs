//! What is counted, and what retention must not drop.

use crate::domain::FrameId;
use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicU64};
use std::time::Instant;

#[derive(Default)]
pub struct Counts {
    pub dropped: AtomicU64,
    pub full: AtomicBool,
}

/// What retention must not drop.
#[derive(Default)]
pub struct Space {
    /// Bytes of the journal that still count.
    pub live: u64,
    /// Bytes of frames with somebody's work in them, in each segment.
    pub labelled: HashMap<u32, u64>,
    /// Bytes of deleted frames in each segment.
    pub deleted: HashMap<u32, u64>,
    /// Frames just imported or uploaded whose labels are still on their way.
    pub pins: HashMap<FrameId, Pin>,
}

#[derive(Clone, Copy)]
pub struct Pin {
    pub since: Instant,
    pub segment: u32,
    pub total: u64,
}
