//! Everything the device keeps (stub; the store's owner replaces this with the real one).
use crate::domain::*;
use jiff::Timestamp;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Handle; clones share it. All calls block: from async code use `spawn_blocking`.
#[derive(Clone)]
pub struct Store {}

/// How to open a store.
#[derive(Clone, Debug)]
pub struct Options {
    pub dir: PathBuf,
    pub budget: u64,
    pub reserve: u64,
}

#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    #[error("there is no {what} {id}")]
    NotFound { what: &'static str, id: String },
    /// The caller's data is wrong; the text says what, where and what to do.
    #[error("{0}")]
    Invalid(String),
    /// A stale revision: here is the current state.
    #[error("the labels of frame {} are at revision {} by now; load them again", .0.frame, .0.revision)]
    Stale(Box<FrameLabels>),
    /// Clashes with what is there (category exists, category in use, …).
    #[error("{0}")]
    Conflict(String),
    #[error("{0}")]
    Full(String),
    #[error("another fieldcoach (process {pid}) uses {dir}")]
    InUse { dir: PathBuf, pid: String },
    #[error("{0}")]
    Schema(String),
    #[error("{0}")]
    Damaged(String),
    #[error("{what}: {source}")]
    Io { what: String, source: std::io::Error },
}
pub type Result<T> = std::result::Result<T, StoreError>;

/// Which frames, newest first.
#[derive(Clone, Debug, Default)]
pub struct FrameQuery {
    pub phase: Option<Phase>,
    pub category: Option<String>,
    pub before: Option<FrameId>,
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

impl Store {
    pub fn open(_options: Options) -> Result<Self> {
        todo!()
    }
    pub fn usage(&self) -> Result<Usage> {
        todo!()
    }
    /// Reads every record and checksum.
    pub fn check(&self) -> Result<CheckReport> {
        todo!()
    }
    /// Counts the openings of this store: 1 at the first.
    pub fn boot_number(&self) -> u64 {
        todo!()
    }

    // frames
    pub fn add_frame(&self, _frame: &NewFrame) -> Result<Frame> {
        todo!()
    }
    pub fn frame(&self, _id: FrameId) -> Result<Frame> {
        todo!()
    }
    pub fn jpeg(&self, _id: FrameId) -> Result<bytes::Bytes> {
        todo!()
    }
    pub fn frames(&self, _query: &FrameQuery) -> Result<Slice<Frame>> {
        todo!()
    }

    // labels
    pub fn labels(&self, _frame: FrameId) -> Result<FrameLabels> {
        todo!()
    }
    /// Checks against frame and categories, writes durably, raises the revision.
    pub fn put_labels(&self, _frame: FrameId, _write: LabelWrite) -> Result<FrameLabels> {
        todo!()
    }
    /// Every frame with phase `labelled` or beyond, oldest first.
    pub fn labelled(&self) -> Result<Vec<(Frame, FrameLabels)>> {
        todo!()
    }

    // categories, in the order they were made
    pub fn categories(&self) -> Result<Vec<Category>> {
        todo!()
    }
    pub fn add_category(&self, _category: Category) -> Result<Category> {
        todo!()
    }
    pub fn patch_category(&self, _name: &str, _patch: CategoryPatch) -> Result<Category> {
        todo!()
    }
    /// Refused while labels use it.
    pub fn delete_category(&self, _name: &str) -> Result<()> {
        todo!()
    }

    // the sticky side of each frame ever trained on
    pub fn sides(&self) -> Result<BTreeMap<FrameId, Side>> {
        todo!()
    }
    pub fn put_sides(&self, _sides: &BTreeMap<FrameId, Side>) -> Result<()> {
        todo!()
    }

    // trainings, newest first
    pub fn put_training(&self, _training: &Training) -> Result<()> {
        todo!()
    }
    pub fn training(&self, _id: TrainingId) -> Result<Training> {
        todo!()
    }
    pub fn trainings(&self, _before: Option<TrainingId>, _limit: usize) -> Result<Slice<Training>> {
        todo!()
    }
    /// A folder for a training's own files (checkpoints); made if need be.
    pub fn training_dir(&self, _id: TrainingId) -> Result<PathBuf> {
        todo!()
    }

    // flip book
    pub fn put_epoch(&self, _training: TrainingId, _pages: &EpochPages) -> Result<()> {
        todo!()
    }
    pub fn flip_book(&self, _training: TrainingId) -> Result<FlipBook> {
        todo!()
    }
    pub fn page(&self, _training: TrainingId, _epoch: u32, _frame: FrameId) -> Result<Page> {
        todo!()
    }

    // models, newest first
    /// Moves a finished ONNX file into the store.
    pub fn add_model(&self, _model: &Model, _onnx: &Path) -> Result<()> {
        todo!()
    }
    pub fn model(&self, _id: ModelId) -> Result<Model> {
        todo!()
    }
    pub fn models(&self, _before: Option<ModelId>, _limit: usize) -> Result<Slice<Model>> {
        todo!()
    }
    pub fn model_path(&self, _id: ModelId) -> Result<PathBuf> {
        todo!()
    }
    pub fn deployed(&self) -> Result<Option<Model>> {
        todo!()
    }
    pub fn deploy(&self, _id: ModelId) -> Result<Model> {
        todo!()
    }
    /// Back to the model deployed before this one; `Conflict` when there is none.
    pub fn roll_back(&self) -> Result<Model> {
        todo!()
    }

    // bases: ONNX files imported by `base import`
    pub fn bases_dir(&self) -> PathBuf {
        todo!()
    }
    /// Time of the newest frame, if any.
    pub fn newest_frame(&self) -> Result<Option<Timestamp>> {
        todo!()
    }
}
