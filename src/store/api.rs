//! What callers hand to the store and get from it.

use crate::domain::{
    CameraId, Category, Example, FleetEvent, Frame, FrameId, FrameLabels, FrameSource, Label, LabelKind, Model, Phase,
    Rejected, Side, TrackMark, TrainingId, Undo,
};
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

/// All labelled frames, oldest first.
#[derive(Clone, Debug, Default)]
pub struct AllLabelled {
    pub read: Vec<(Frame, FrameLabels)>,
    /// Those whose labels can't be read.
    pub unread: Vec<FrameId>,
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
    /// Only frames that this camera took.
    pub camera: Option<CameraId>,
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
        let Self { phase: _, category: _, draft: _, side, source, camera, since, until, before: _, limit: _ } = self;
        side.is_some() || source.is_some() || camera.is_some() || since.is_some() || until.is_some()
    }
}

/// One slice of a collection. It may be shorter than asked for, and even empty, with more to follow. `next`: pass as `before` for the following slice.
#[derive(Clone, Debug)]
pub struct Slice<T> {
    pub items: Vec<T>,
    pub next: Option<String>,
}

/// A model that is live now.
#[derive(Clone, Debug)]
pub struct GoneLive {
    pub model: Model,
    /// What is told of it, and in the log already; `None` where it was live before.
    pub event: Option<FleetEvent>,
}

/// Trainings that went, and what is told of it, which is in the log already.
#[derive(Clone, Debug)]
pub struct Trimmed {
    pub gone: Vec<TrainingId>,
    /// `None` where none went.
    pub event: Option<FleetEvent>,
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
    /// Objects that go or come with the frame; `None` leaves them as they are.
    pub marks: Option<Vec<TrackMark>>,
    /// Name of the token by which they came; kept as who reviewed them from phase `reviewed` on.
    pub by: Option<String>,
}

/// What is done to many frames at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Deserialize, serde::Serialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum BatchAction {
    Delete,
    /// Takes their labels off.
    Unlabel,
    /// Sends them to review.
    Labelled,
    Reviewed,
    Final,
}

/// What came of it.
#[derive(Clone, Debug, Default)]
pub struct Batch {
    pub done: Vec<FrameId>,
    /// Each with why, in words.
    pub failed: Vec<(FrameId, String)>,
    /// The way back; none where nothing changed.
    pub undo: Option<Undo>,
}

/// A category's changes; `None` leaves a field as it is.
#[derive(Clone, Debug, Default)]
pub struct CategoryPatch {
    pub name: Option<String>,
    pub colour: Option<String>,
    pub instructions: Option<String>,
    pub kind: Option<LabelKind>,
    /// Its place among all, from 0.
    pub position: Option<usize>,
    /// In place of those it has.
    pub examples: Option<Vec<Example>>,
}

/// A category as it is shown.
#[derive(Clone, Debug, PartialEq, serde::Serialize, utoipa::ToSchema)]
pub struct CategoryCard {
    #[serde(flatten)]
    pub category: Category,
    /// Pictures that show what belongs to it.
    pub examples: Vec<Example>,
}

/// What a category is used for.
#[derive(Clone, Copy, Debug, PartialEq, serde::Serialize, utoipa::ToSchema)]
pub struct CategoryUse {
    /// Frames with a label of it, drafts among them.
    pub frames: u64,
    pub labels: u64,
    /// Models that know one of its name.
    pub models: u64,
}

/// What a category took along.
#[derive(Clone, Debug)]
pub struct CategoryGone {
    /// Whose labels changed.
    pub frames: Vec<FrameId>,
    pub labels: u64,
    pub undo: Undo,
}

/// How full the store is.
#[derive(Clone, Debug, Default, serde::Serialize, serde::Deserialize, utoipa::ToSchema)]
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
    /// What is wrong with the disk now, in words.
    #[serde(default)]
    pub fault: Option<String>,
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
    /// Deleted frames that still take room; they are not in `total`.
    pub deleted: u64,
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

/// Something that takes room on the disk.
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize, utoipa::ToSchema)]
pub struct DiskPart {
    /// In words: `labelled frames`, `unlabelled frames`, `labels`, `trainings`, `models`, `bases`, `index`, `other`.
    pub what: String,
    pub bytes: u64,
}

/// What `check` found.
#[derive(Clone, Debug, Default, serde::Serialize)]
pub struct CheckReport {
    pub frames: u64,
    /// Frames that can be brought back, or whose room was not needed yet.
    pub deleted: u64,
    pub labelled: u64,
    pub trainings: u64,
    pub models: u64,
    /// What is left of a crash, a power cut or damage, and is mended at an opening.
    pub notes: Vec<String>,
    pub problems: Vec<String>,
}
