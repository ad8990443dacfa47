//! What callers hand to the store and get from it.

use crate::domain::{FrameId, FrameSource, Label, LabelKind, Phase, Rejected, Side};
use jiff::Timestamp;
use std::collections::BTreeMap;
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
    /// Only frames whose labels are a draft, or only others.
    pub draft: Option<bool>,
    /// Only frames that trainings put on this side.
    pub side: Option<Side>,
    pub source: Option<FrameSource>,
    /// Only frames taken then or later.
    pub since: Option<Timestamp>,
    /// Only frames taken before then.
    pub until: Option<Timestamp>,
    /// Only frames that arrived before this one.
    pub before: Option<FrameId>,
    /// At most [`limits::STORE_SLICE`]; 0 takes [`limits::SLICE`].
    pub limit: usize,
}

impl FrameQuery {
    /// Whether only few frames of the lists may fit.
    pub(super) fn filters(&self) -> bool {
        // Nearly all frames are no drafts, and the drafts have a list.
        let Self { phase: _, category: _, draft: _, side, source, since, until, before: _, limit: _ } = self;
        side.is_some() || source.is_some() || since.is_some() || until.is_some()
    }
}

/// One slice of a collection. It may be shorter than asked for, and even empty, with more to follow. `next`: pass as `before` for the following slice.
#[derive(Clone, Debug)]
pub struct Slice<T> {
    pub items: Vec<T>,
    pub next: Option<String>,
}

/// New labels for a frame. `revision` is the one they are based on.
#[derive(Clone, Debug, Default)]
pub struct LabelWrite {
    pub revision: u64,
    /// With labels, `unlabelled` makes them a draft.
    pub phase: Phase,
    pub labels: Vec<Label>,
    /// Proposals that were refused.
    pub rejected: Vec<Rejected>,
    /// Name of the token by which they came; kept as who reviewed them from phase `reviewed` on.
    pub by: Option<String>,
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

/// How many frames there are of each kind.
#[derive(Clone, Debug, Default, PartialEq, serde::Serialize, utoipa::ToSchema)]
pub struct FrameCounts {
    pub total: u64,
    pub phases: PhaseCounts,
    /// In the order of the categories.
    pub categories: Vec<CategoryCount>,
    pub sources: BTreeMap<FrameSource, u64>,
    /// Unlabelled frames with a draft in them.
    pub drafts: u64,
}

/// Frames by how far their labels have come.
#[derive(Clone, Copy, Debug, Default, PartialEq, serde::Serialize, utoipa::ToSchema)]
pub struct PhaseCounts {
    pub unlabelled: u64,
    pub labelled: u64,
    pub reviewed: u64,
    pub r#final: u64,
}

impl PhaseCounts {
    pub fn of(&self, phase: Phase) -> u64 {
        match phase {
            Phase::Unlabelled => self.unlabelled,
            Phase::Labelled => self.labelled,
            Phase::Reviewed => self.reviewed,
            Phase::Final => self.r#final,
        }
    }
}

/// Frames with a label of a category, drafts among them.
#[derive(Clone, Debug, PartialEq, serde::Serialize, utoipa::ToSchema)]
pub struct CategoryCount {
    pub name: String,
    pub frames: u64,
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
