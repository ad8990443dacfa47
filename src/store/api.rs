//! What callers hand to the store and get from it.

use crate::domain::{FrameId, Label, LabelKind, Phase};
use std::path::PathBuf;

/// How to open a store.
#[derive(Clone, Debug)]
pub struct Options {
    pub dir: PathBuf,
    /// Bytes all frames may take on disk, with what the index and retention need; 1 MiB at least.
    pub budget: u64,
    /// Bytes left free on the file system: below, frames are refused.
    pub reserve: u64,
}

/// Which frames, newest first.
#[derive(Clone, Debug, Default)]
pub struct FrameQuery {
    pub phase: Option<Phase>,
    pub category: Option<String>,
    /// Only frames that arrived before this one.
    pub before: Option<FrameId>,
    /// At most [`limits::STORE_SLICE`]; 0 takes [`limits::SLICE`].
    pub limit: usize,
}

/// One slice of a collection. `next`: pass as `before` for the following slice.
#[derive(Clone, Debug)]
pub struct Slice<T> {
    pub items: Vec<T>,
    pub next: Option<String>,
}

/// New labels for a frame. `revision` is the one they are based on.
#[derive(Clone, Debug)]
pub struct LabelWrite {
    pub revision: u64,
    pub phase: Phase,
    pub labels: Vec<Label>,
}

/// A category's changes; `None` leaves a field as it is.
#[derive(Clone, Debug, Default)]
pub struct CategoryPatch {
    pub name: Option<String>,
    pub colour: Option<String>,
    pub instructions: Option<String>,
    pub kind: Option<LabelKind>,
}

/// How full the store is.
#[derive(Clone, Copy, Debug, Default, serde::Serialize, serde::Deserialize, utoipa::ToSchema)]
pub struct Usage {
    pub frames: u64,
    pub labelled: u64,
    /// Segment bytes on disk.
    pub frame_bytes: u64,
    pub budget: u64,
    /// Free on the file system.
    pub free: u64,
    pub reserve: u64,
    /// Frames dropped by retention since the store was made.
    pub dropped: u64,
    /// True while capture is refused for lack of room.
    pub full: bool,
}

/// What `check` found.
#[derive(Clone, Debug, Default, serde::Serialize)]
pub struct CheckReport {
    pub frames: u64,
    pub labelled: u64,
    pub trainings: u64,
    pub models: u64,
    pub problems: Vec<String>,
}
