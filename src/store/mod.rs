//! Everything the device keeps: frames, labels, categories, trainings, pages, models.
//!
//! # On disk, under [`Options::dir`]
//!
//! | path | what | rebuilt from |
//! | --- | --- | --- |
//! | `lock` | held by the one process that may use the store; holds its id | |
//! | `schema` | the version of this layout | |
//! | `index/` | sled: where each frame and its labels lie, lists by phase and category; values under 4 KB | segments and journal |
//! | `segments/N.seg`, `N.kept` | frames as they came, 32 MB a file; labelled ones that retention copied forward | |
//! | `labels.journal` | labels, categories, sides, two counters | |
//! | `trainings/ID/training.json`, `pages`, … | a training, its flip book, the trainer's own files | |
//! | `models/ID.onnx`, `ID.json`, `deployed.json` | models; what is live and what was | |
//! | `bases/` | imported feature extractors, written by their owner | |
//! | `lanes.json` | how fast trainings were on this device, written by the trainer | a measurement |
//!
//! # Invariants
//!
//! 1. **A record is whole or it is not there.** Segments, journal and page files consist of records with checksums over
//!    header, metadata and body (`record`); single files are replaced by rename. Every durable write is one of the few
//!    in `durable`.
//! 2. **Labels**: frame's segment synced → journal appended and synced → index → acknowledged. The index need not be on
//!    disk by then: opening replays the journal from a mark that is set only after the index was synced.
//! 3. **Frames**: segment appended → index → acknowledged; within 200 ms a thread syncs segment, then index, then sets
//!    the marks. A power cut costs the frames of that time, well under a second, and no labelled one.
//! 4. **The index is a cache.** All of it can be made again, and is when sled fails, panics, or is not the journal's
//!    (`open`, `recover`). One batch changes all keys of a frame at once.
//! 5. **The budget is a bound** on the real blocks of all segments. A segment goes only after its labelled frames lie
//!    synced in another and the index says so; frames just imported or uploaded stay ten minutes for their labels. The
//!    journal is never refused for the budget, and keeps blocks in hand for a disk that others filled (`retention`).
//! 6. **Locks** are taken in one order (`core`); frames are listed and read without any.

mod categories;
mod check;
mod core;
mod durable;
mod frames;
mod index;
mod journal;
mod labels;
mod lock;
mod models;
mod open;
mod pages;
mod record;
mod recover;
mod retention;
mod schema;
mod segments;
mod training_files;
mod trainings;
mod validate;

pub use training_files::TrainingFiles;

use crate::domain::*;
use jiff::Timestamp;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread::JoinHandle;

/// Handle; clones share it. All calls block: from async code use `spawn_blocking`.
#[derive(Clone)]
pub struct Store {
    shared: Arc<Shared>,
}

/// The last handle gone, the syncing thread ends after a last sync, and the store is free for another process.
struct Shared {
    core: Arc<core::Core>,
    syncing: Option<JoinHandle<()>>,
}

impl Drop for Shared {
    fn drop(&mut self) {
        self.core.stop();
        if let Some(thread) = self.syncing.take() {
            // It only ends in a panic when sync itself panics; the next opening recovers from that.
            let _ = thread.join();
        }
    }
}

/// How to open a store.
#[derive(Clone, Debug)]
pub struct Options {
    pub dir: PathBuf,
    /// Bytes all frames may take on disk, with what the index and retention need; 1 MiB at least.
    pub budget: u64,
    /// Bytes left free on the file system: below, frames are refused.
    pub reserve: u64,
}

/// Why a call failed, in words for the person who made it.
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
    /// No room for frames, pages or models; labels still go through. The text says what to do.
    #[error("{0}")]
    Full(String),
    #[error("another fieldcoach (process {pid}) uses {dir}")]
    InUse { dir: PathBuf, pid: String },
    /// Written by another version that this one cannot read.
    #[error("{0}")]
    Schema(String),
    /// What is on disk is not what was written.
    #[error("{0}")]
    Damaged(String),
    #[error("{what}: {source}")]
    Io { what: String, source: std::io::Error },
}
/// The store's results.
pub type Result<T> = std::result::Result<T, StoreError>;

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

impl Store {
    pub fn open(options: Options) -> Result<Self> {
        let core = Arc::new(open::open(options)?);
        let syncing = core.clone();
        let thread = std::thread::Builder::new().name("store-sync".into()).spawn(move || syncing.sync_loop());
        let thread = thread.map_err(|source| StoreError::Io { what: "start the syncing thread".into(), source })?;
        Ok(Self { shared: Arc::new(Shared { core, syncing: Some(thread) }) })
    }
    /// Whether a process (this one too) has the store in `dir` open.
    pub fn is_open(dir: &std::path::Path) -> bool {
        matches!(lock::Lock::take(dir), Err(StoreError::InUse { .. }))
    }

    pub fn usage(&self) -> Result<Usage> {
        self.shared.core.usage()
    }
    /// Reads every record and checksum.
    pub fn check(&self) -> Result<CheckReport> {
        self.shared.core.check()
    }
    /// Counts the openings of this store: 1 at the first.
    pub fn boot_number(&self) -> u64 {
        self.shared.core.boot
    }

    // frames
    pub fn add_frame(&self, frame: &NewFrame) -> Result<Frame> {
        self.shared.core.add_frame(frame)
    }
    pub fn frame(&self, id: FrameId) -> Result<Frame> {
        let core = &self.shared.core;
        Ok(frames::frame_of(id, core.entry(id)?))
    }
    pub fn jpeg(&self, id: FrameId) -> Result<bytes::Bytes> {
        self.shared.core.jpeg(id)
    }
    pub fn frames(&self, query: &FrameQuery) -> Result<Slice<Frame>> {
        self.shared.core.frames(query)
    }

    // labels
    pub fn labels(&self, frame: FrameId) -> Result<FrameLabels> {
        self.shared.core.labels(frame)
    }
    /// Checks against frame and categories, writes durably, raises the revision.
    pub fn put_labels(&self, frame: FrameId, write: LabelWrite) -> Result<FrameLabels> {
        self.shared.core.put_labels(frame, write)
    }
    /// Every frame with phase `labelled` or beyond, oldest first.
    pub fn labelled(&self) -> Result<Vec<(Frame, FrameLabels)>> {
        self.shared.core.labelled()
    }

    // categories, in the order they were made
    pub fn categories(&self) -> Result<Vec<Category>> {
        Ok(self.shared.core.categories())
    }
    pub fn add_category(&self, category: Category) -> Result<Category> {
        self.shared.core.add_category(category)
    }
    pub fn patch_category(&self, name: &str, patch: CategoryPatch) -> Result<Category> {
        self.shared.core.patch_category(name, patch)
    }
    /// Refused while labels use it.
    pub fn delete_category(&self, name: &str) -> Result<()> {
        self.shared.core.delete_category(name)
    }

    // the sticky side of each frame ever trained on
    pub fn sides(&self) -> Result<BTreeMap<FrameId, Side>> {
        self.shared.core.sides()
    }
    pub fn put_sides(&self, sides: &BTreeMap<FrameId, Side>) -> Result<()> {
        self.shared.core.put_sides(sides)
    }

    // trainings, newest first
    pub fn put_training(&self, training: &Training) -> Result<()> {
        self.shared.core.put_training(training)
    }
    pub fn training(&self, id: TrainingId) -> Result<Training> {
        self.shared.core.training(id)
    }
    pub fn trainings(&self, before: Option<TrainingId>, limit: usize) -> Result<Slice<Training>> {
        self.shared.core.trainings(before, limit)
    }
    /// A folder for a training's own files (checkpoints); made if need be.
    pub fn training_dir(&self, id: TrainingId) -> Result<PathBuf> {
        self.shared.core.training_dir(id)
    }

    // flip book
    pub fn put_epoch(&self, training: TrainingId, pages: &EpochPages) -> Result<()> {
        self.shared.core.put_epoch(training, pages)
    }
    pub fn flip_book(&self, training: TrainingId) -> Result<FlipBook> {
        self.shared.core.flip_book(training)
    }
    pub fn page(&self, training: TrainingId, epoch: u32, frame: FrameId) -> Result<Page> {
        self.shared.core.page(training, epoch, frame)
    }

    // models, newest first
    /// Moves a finished ONNX file into the store.
    pub fn add_model(&self, model: &Model, onnx: &Path) -> Result<()> {
        self.shared.core.add_model(model, onnx)
    }
    pub fn model(&self, id: ModelId) -> Result<Model> {
        self.shared.core.model(id)
    }
    pub fn models(&self, before: Option<ModelId>, limit: usize) -> Result<Slice<Model>> {
        self.shared.core.models(before, limit)
    }
    pub fn model_path(&self, id: ModelId) -> Result<PathBuf> {
        self.shared.core.model_path(id)
    }
    pub fn deployed(&self) -> Result<Option<Model>> {
        Ok(self.shared.core.deployed())
    }
    pub fn deploy(&self, id: ModelId) -> Result<Model> {
        self.shared.core.deploy(id)
    }
    /// Back to the model deployed before this one; `Conflict` when there is none.
    pub fn roll_back(&self) -> Result<Model> {
        self.shared.core.roll_back()
    }

    // bases: ONNX files imported by `base import`
    pub fn bases_dir(&self) -> PathBuf {
        self.shared.core.dir.join("bases")
    }
    /// Stores the file of a base under this name, replacing one of the same name.
    pub fn put_base(&self, name: &str, onnx: &[u8]) -> Result<()> {
        durable::replace(&self.bases_dir().join(format!("{name}.onnx")), onnx)
    }
    /// Time of the newest frame, if any.
    pub fn newest_frame(&self) -> Result<Option<Timestamp>> {
        self.shared.core.newest_frame()
    }
}
