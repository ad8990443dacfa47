//! The store as the rest of the program sees it.

use super::api::{
    AllLabelled, Batch, BatchAction, CategoryCard, CategoryGone, CategoryPatch, CategoryUse, CheckReport, FrameCounts,
    FrameQuery, GoneLive, LabelWrite, Options, Slice, Trimmed, Usage,
};
use super::core::Core;
use super::disk::{Disk, Real};
use super::error::{Result, StoreError};
use super::operations::{StoredToken, TrainingFiles, look, open, repair};
use super::outbox::{Opened, Outbox};
use super::room::Room;
use crate::clock::Change;
use crate::domain::*;
use crate::supervise::{Held, Progress, Supervisor};
use jiff::Timestamp;
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// A sync takes seconds on a worn card, and waits for whoever holds the segments; beyond this the disk hangs.
const SYNC_WITHIN: Duration = Duration::from_secs(600);

/// Handle; clones share it. All calls block: from async code use `spawn_blocking`.
#[derive(Clone)]
pub struct Store {
    shared: Arc<Shared>,
}

/// The last handle gone, the syncing thread ends after a last sync, and the store is free for another process.
struct Shared {
    core: Arc<Core>,
    syncing: Option<JoinHandle<()>>,
    /// Ends the pause of a syncing thread that failed.
    stop: CancellationToken,
    /// Keeps its other threads going.
    parts: Supervisor,
    /// Last: the store is free once nobody waits for it any more.
    _held: Held,
}

impl Drop for Shared {
    fn drop(&mut self) {
        self.stop.cancel();
        self.core.syncer.stop();
        if let Some(thread) = self.syncing.take() {
            // Its supervisor has told of every panic; the next opening recovers from what they left.
            let _ = thread.join();
        }
    }
}

impl Store {
    pub(super) fn core(&self) -> &Core {
        &self.shared.core
    }

    pub fn open(options: Options) -> Result<Self> {
        Self::open_on(options, Arc::new(Real))
    }
    /// The same on another disk than the machine's: how tests make one fail.
    pub fn open_on(options: Options, disk: Arc<dyn Disk>) -> Result<Self> {
        Self::start(options, disk, &Supervisor::default())
    }
    /// The same, with `store-sync` as a part of this supervisor, which also waits until the store is closed.
    pub fn open_supervised(options: Options, supervisor: &Supervisor) -> Result<Self> {
        Self::start(options, Arc::new(Real), supervisor)
    }

    /// Reads every record and checksum, as of a store that is opened, without a change to what is on the disk. Error:
    /// another process uses it, or it can't be opened at all.
    pub fn look(options: &Options) -> Result<CheckReport> {
        look(options, Arc::new(Real), &Progress::default())?.check()
    }

    /// Opens it and mends what is wrong; what that cost stands in the notes.
    pub fn repair(options: Options) -> Result<CheckReport> {
        repair(options, Arc::new(Real))
    }

    fn start(options: Options, disk: Arc<dyn Disk>, supervisor: &Supervisor) -> Result<Self> {
        let held = supervisor.hold("store");
        let core = Arc::new(open(options, disk, supervisor.progress())?);
        let (syncing, stop) = (core.clone(), CancellationToken::new());
        let mut again = false;
        let thread = supervisor.thread("store-sync", SYNC_WITHIN, &stop, move |beat| {
            if std::mem::replace(&mut again, true) {
                // What the sync that panicked should have done.
                syncing.dirty();
            }
            syncing.sync_loop(beat);
            Ok(())
        });
        let thread = thread.map_err(|source| StoreError::Io { what: "start the syncing thread".into(), source })?;
        let parts = supervisor.clone();
        Ok(Self { shared: Arc::new(Shared { core, syncing: Some(thread), stop, parts, _held: held }) })
    }

    pub fn usage(&self) -> Result<Usage> {
        self.shared.core.usage()
    }
    /// Writes the label journal anew, without what is superseded, whether that pays or not.
    pub fn compact(&self) -> Result<()> {
        self.shared.core.compact_now()
    }
    /// Room on its disk for what is no label.
    pub fn room(&self) -> &Room {
        &self.shared.core.room
    }
    /// Looks at the clock, and keeps what came of it; what is to be told of it.
    pub fn look_at_clock(&self) -> Option<Change> {
        self.shared.core.look_at_clock()
    }
    /// By which a time that was told a moment ago can be mended, where the clock was not believed.
    pub fn stamp(&self, time: Timestamp) -> Option<Stamp> {
        self.shared.core.stamp(time)
    }
    /// Why the clock is not believed, in words.
    pub fn clock_doubt(&self) -> Option<String> {
        self.shared.core.clock_doubt()
    }
    /// Counts the openings of this store: 1 at the first.
    pub fn boot_number(&self) -> u64 {
        self.shared.core.boot
    }

    // frames
    /// Says `Full` where so many bytes of labelled frames would not fit, whatever is dropped for them.
    pub fn has_room_for(&self, bytes: u64) -> Result<()> {
        self.shared.core.has_room_for(bytes)
    }
    pub fn add_frame(&self, frame: &NewFrame) -> Result<Frame> {
        self.bring_frame(frame).map(|(frame, _)| frame)
    }
    /// Adds a frame, and says how many older ones were dropped to make room for it.
    pub fn bring_frame(&self, frame: &NewFrame) -> Result<(Frame, u64)> {
        self.shared.core.add_frame(frame, None)
    }
    /// Adds a frame of another device of the fleet, whose it stays.
    pub fn add_pooled(&self, frame: &NewFrame, pooled: Pooled) -> Result<Frame> {
        self.shared.core.add_frame(frame, Some(pooled)).map(|(frame, _)| frame)
    }
    pub fn frame(&self, id: FrameId) -> Result<Frame> {
        let core = &self.shared.core;
        Ok(core.frame_of(id, core.entry(id)?))
    }
    pub fn jpeg(&self, id: FrameId) -> Result<bytes::Bytes> {
        self.shared.core.jpeg(id)
    }
    /// Also of a frame that was deleted, as long as its bytes are there: for who began before.
    pub fn jpeg_even_deleted(&self, id: FrameId) -> Result<bytes::Bytes> {
        self.shared.core.jpeg_even_deleted(id)
    }
    /// How many frames there are of each kind; counted already, so it costs nothing.
    pub fn counts(&self) -> Result<FrameCounts> {
        Ok(self.shared.core.frame_counts())
    }
    pub fn frames(&self, query: &FrameQuery) -> Result<Slice<Frame>> {
        self.shared.core.frames(query)
    }

    // clips
    pub fn clip(&self, id: ClipId) -> Result<Clip> {
        self.shared.core.clip(id)
    }
    /// Newest first.
    pub fn clips(&self, before: Option<ClipId>, limit: usize) -> Result<Slice<Clip>> {
        self.shared.core.clips(before, limit)
    }
    /// In the order of time; `after`: the `next` of the slice before.
    pub fn clip_frames(&self, id: ClipId, after: Option<&str>, limit: usize) -> Result<Slice<Frame>> {
        self.shared.core.clip_frames(id, after, limit)
    }
    /// All that are there, in the order of time.
    pub fn frames_of_clip(&self, id: ClipId) -> Result<Vec<FrameId>> {
        self.shared.core.frames_of_clip(id)
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
    /// All labelled frames whose labels can be read.
    pub fn labelled(&self) -> Result<Vec<(Frame, FrameLabels)>> {
        Ok(self.shared.core.labelled()?.read)
    }
    /// The same, and those whose labels can't be read.
    pub fn labelled_and_unread(&self) -> Result<AllLabelled> {
        self.shared.core.labelled()
    }

    // taking away, and bringing back
    /// Deletes frames, or gives them another phase; with one way back for all.
    pub fn batch(&self, who: &Who, frames: &[FrameId], action: BatchAction) -> Result<Batch> {
        self.shared.core.batch(who, frames, action)
    }
    /// Writes labels of many frames, each over the revision that it is based on, with one way back for all.
    pub fn put_many(&self, who: &Who, writes: &BTreeMap<FrameId, LabelWrite>) -> Result<Batch> {
        self.shared.core.put_many(who, writes)
    }
    /// Takes away a model that is not deployed.
    pub fn delete_model(&self, who: &Who, id: ModelId, gone: &[CameraId]) -> Result<Undo> {
        self.shared.core.delete_model(who, id, gone)
    }
    /// Takes away a training that is over, with its flip book.
    pub fn delete_training(&self, who: &Who, id: TrainingId) -> Result<Undo> {
        self.shared.core.delete_training(who, id)
    }
    /// What can be brought back, newest first.
    pub fn undos(&self) -> Vec<Undo> {
        self.shared.core.undos()
    }
    /// One of them.
    pub fn undo_head(&self, id: UndoId) -> Result<Undo> {
        self.shared.core.undo_head(id)
    }
    /// Brings it back; what was changed since stays as it is.
    pub fn undo(&self, id: UndoId) -> Result<Undone> {
        self.shared.core.undo(id)
    }

    // categories, in the order somebody gave them
    pub fn categories(&self) -> Result<Vec<Category>> {
        Ok(self.shared.core.categories())
    }
    /// The category that this name leads to: the one that bears it, else one that bore it, or that one of this name was
    /// merged into. Models, flip books and phones that were away still say former names.
    pub fn category_now(&self, name: &str) -> Option<Category> {
        self.shared.core.category_now(name)
    }
    /// A name as the category that bears it spells it; in its one spelling where none does.
    pub fn spelled(&self, name: &str) -> String {
        self.shared.core.spelled(name)
    }
    pub fn add_category(&self, category: Category) -> Result<Category> {
        self.shared.core.add_category(category)
    }
    /// Adds all of them, or none.
    pub fn add_categories(&self, categories: Vec<Category>) -> Result<()> {
        self.shared.core.add_categories(categories)
    }
    pub fn patch_category(&self, name: &str, patch: CategoryPatch) -> Result<Category> {
        self.shared.core.patch_category(name, patch)
    }
    /// With the pictures that go with them.
    pub fn category_cards(&self) -> Result<Vec<CategoryCard>> {
        Ok(self.shared.core.category_cards())
    }
    /// Reads the labels of all its frames.
    pub fn category_use(&self, name: &str) -> Result<CategoryUse> {
        self.shared.core.category_use(name)
    }
    /// Every label of it becomes one of another, of the same kind.
    pub fn merge_category(&self, who: &Who, name: &str, into: &str) -> Result<CategoryGone> {
        self.shared.core.merge_category(who, name, into)
    }
    /// With its labels, or refused while there are any.
    pub fn delete_category(&self, who: &Who, name: &str, with_labels: bool) -> Result<CategoryGone> {
        self.shared.core.delete_category(who, name, with_labels)
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
    /// Stores a training that nothing more is done with: it holds whether the disk takes it or not, and is written once it
    /// does. Error: why it did not now.
    pub fn settle_training(&self, training: &Training) -> Result<()> {
        self.shared.core.settle_training(training)
    }
    /// Whether the disk has taken the end of every training that is over.
    pub fn all_settled(&self) -> bool {
        self.shared.core.all_settled()
    }
    pub fn training(&self, id: TrainingId) -> Result<Training> {
        self.shared.core.training(id)
    }
    /// Those that are not over, oldest first; one whose record is damaged is none (and told by `check`).
    pub fn open_trainings(&self) -> Result<Vec<Training>> {
        self.shared.core.open_trainings()
    }
    pub fn trainings(&self, before: Option<TrainingId>, limit: usize) -> Result<Slice<Training>> {
        self.shared.core.trainings(before, limit)
    }
    /// Removes trainings that are over, oldest first and with their models, until all take `most` bytes or less; answers
    /// which went. What is live or was before stays, and the newest.
    pub fn trim_trainings(&self, most: u64) -> Result<Trimmed> {
        self.shared.core.trim_trainings(most)
    }
    // flip book
    pub fn put_epoch(&self, training: TrainingId, pages: &EpochPages) -> Result<()> {
        self.shared.core.put_epoch(training, pages)
    }
    /// Of this experiment, at the epochs at which it trained; of whichever led at each without.
    pub fn flip_book(&self, training: TrainingId, experiment: Option<ExperimentId>) -> Result<FlipBook> {
        self.shared.core.flip_book(training, experiment)
    }
    /// Of this experiment; of the one that led without.
    pub fn page(
        &self,
        training: TrainingId,
        epoch: u32,
        frame: FrameId,
        experiment: Option<ExperimentId>,
    ) -> Result<Page> {
        self.shared.core.page(training, epoch, frame, experiment)
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
    /// The one for all cameras, and those that cameras have of their own: cameras too that the device has no more.
    pub fn live_models(&self) -> Result<LiveModels> {
        Ok(self.shared.core.live_models())
    }
    /// Makes a model the one of this camera; without, the one for all that have none of their own.
    pub fn deploy(&self, id: ModelId, camera: Option<&CameraId>) -> Result<GoneLive> {
        self.shared.core.deploy(id, camera)
    }
    /// Back to the model deployed there before; at a camera in the end to the one for all. `Conflict` when there is none.
    pub fn roll_back(&self, camera: Option<&CameraId>) -> Result<GoneLive> {
        self.shared.core.roll_back(camera)
    }

    // bases: ONNX files imported by `base import`
    pub fn bases_dir(&self) -> PathBuf {
        self.shared.core.dir.join("bases")
    }
    /// Stores the file of a base under this name, with its checksum, replacing one of the same name.
    pub fn put_base(&self, name: &str, onnx: &[u8]) -> Result<()> {
        self.shared.core.put_base(name, onnx)
    }
    /// Time of the newest frame, if any.
    pub fn newest_frame(&self) -> Result<Option<Timestamp>> {
        self.shared.core.newest_frame()
    }

    /// The trainer's own files in a training's folder, which is made if need be.
    pub fn training_files(&self, id: TrainingId) -> Result<TrainingFiles> {
        self.shared.core.training_files(id)
    }
    /// How fast trainings were on this device, as the trainer wrote it.
    pub fn lanes(&self) -> Result<Option<Vec<u8>>> {
        self.shared.core.lanes()
    }
    pub fn put_lanes(&self, bytes: &[u8]) -> Result<()> {
        self.shared.core.put_lanes(bytes)
    }
    /// What was pushed to the pool of the fleet and pulled from it, as the pool's part keeps it.
    pub fn pool_ledger<T: DeserializeOwned>(&self) -> Result<Option<T>> {
        self.shared.core.pool_ledger()
    }
    /// Replaces it; on disk when this returns.
    pub fn put_pool_ledger(&self, ledger: &impl Serialize) -> Result<()> {
        self.shared.core.put_pool_ledger(ledger)
    }
    /// Replaces the file of what was set at a distance; the event that tells of it, if anything does, is in the
    /// log then.
    pub fn put_settings(&self, toml: &str, event: Option<&FleetEvent>) -> Result<()> {
        self.shared.core.put_settings(toml, event)
    }
    /// Puts that file aside, because it can't be used.
    pub fn set_settings_aside(&self) -> Result<()> {
        self.shared.core.set_settings_aside()
    }

    // what is watched on the live camera
    /// What was said; `None` where nothing was, or its file is damaged, which is moved aside.
    pub fn watch(&self) -> Result<Option<Watch>> {
        self.shared.core.watch()
    }
    /// Replaces it durably.
    pub fn put_watch(&self, watch: &Watch) -> Result<()> {
        self.shared.core.put_watch(watch)
    }

    // who may come in, and what they did
    /// All tokens; none where their file is damaged, which is moved aside.
    pub fn tokens(&self) -> Result<Vec<StoredToken>> {
        self.shared.core.tokens()
    }
    /// A token with its times as they are known by now.
    pub fn token_now(&self, stored: &StoredToken) -> Token {
        self.shared.core.token_now(stored)
    }
    /// Replaces all tokens durably.
    pub fn put_tokens(&self, tokens: &[StoredToken]) -> Result<()> {
        self.shared.core.put_tokens(tokens)
    }
    /// Adds to the audit log durably; the oldest entries go.
    pub fn add_audit(&self, entry: AuditEntry) -> Result<()> {
        self.shared.core.add_audit(entry)
    }
    /// The audit log, newest first.
    pub fn audit(&self, before: Option<AuditId>, limit: usize) -> Slice<AuditEntry> {
        self.shared.core.audit(before, limit)
    }

    // what happened on the device
    /// Notes an event, in memory; answers whether it is worth being written at once. Takes a moment: an async task may.
    pub fn note(&self, event: FleetEvent) -> bool {
        self.shared.core.note(event)
    }
    /// Writes what was noted since the last time; on disk when it returns.
    pub fn write_history(&self) -> Result<()> {
        self.shared.core.write_history()
    }
    /// The objects that are there on the camera are watched no more.
    pub fn end_sightings(&self, time: Timestamp) {
        self.shared.core.end_sightings(time);
    }
    /// Events of the device, newest first; with a `camera` those about it. Error: `before` is no `next`.
    pub fn log(
        &self,
        kind: Option<FleetEventKind>,
        camera: Option<&CameraId>,
        before: Option<&str>,
        limit: usize,
    ) -> Result<Slice<FleetEvent>> {
        self.shared.core.log(kind, camera, before, limit)
    }
    /// What the cameras saw come and go, newest first. Error: `before` is no `next`.
    pub fn timeline(
        &self,
        category: Option<&str>,
        camera: Option<&CameraId>,
        before: Option<&str>,
        limit: usize,
    ) -> Result<Slice<Sighting>> {
        self.shared.core.timeline(category, camera, before, limit)
    }

    // what must reach others
    /// Opens the queue of what must reach others, for so many bytes of messages; one at a time, its thread the part `outbox`.
    /// `begin` says what else counts
    /// as told, of what is told. `read` makes of the metadata and length of each message that waits what the caller needs of
    /// it, `None` where it can't.
    pub fn outbox<T>(
        &self,
        budget: u64,
        begin: impl FnOnce(&BTreeMap<String, String>) -> BTreeMap<String, String>,
        read: impl FnMut(&[u8], u64) -> Option<T> + Send + 'static,
    ) -> Result<Opened<T>> {
        let core = &self.shared.core;
        let place = (&core.files, &core.room, &*core.dir.join("outbox"));
        Outbox::open(place, budget, begin, read, &self.shared.parts)
    }

    // keys and certificates of the device
    pub fn key(&self, name: &str) -> Result<Option<Vec<u8>>> {
        self.shared.core.key(name)
    }
    /// Replaces it durably; only the daemon's user may read it.
    pub fn put_key(&self, name: &str, bytes: &[u8]) -> Result<()> {
        self.shared.core.put_key(name, bytes)
    }
    /// Keeps one that is no use under another name.
    pub fn set_key_aside(&self, name: &str) -> Result<()> {
        self.shared.core.set_key_aside(name)
    }
}

#[cfg(test)]
#[path = "handle_tests.rs"]
mod tests;
