//! The index: sled, one tree, small values. Everything in it can be made again from segments and journal.

mod changes;
pub mod counts;
pub mod keys;
mod memory;
mod opened;

use crate::domain::FrameId;
use crate::store::disk::Mode;
use crate::store::durable::Files;
use crate::store::error::{Result, StoreError, What};
use crate::store::syncer::Syncer;
use crate::store::underway::Turn;
pub use changes::Changes;
use counts::{Counted, Counts, Step, Touched};
use keys::FrameEntry;
pub use opened::Place;
use opened::{Opened, unusable};
use parking_lot::RwLock;
use sled::{Batch, IVec};
use std::collections::BTreeSet;
use std::ops::Range;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering;
use std::sync::{Arc, OnceLock};

/// Bytes of pages that sled keeps in memory, as it counts them: really some six times as many.
const CACHE: u64 = 8 << 20;
/// The index that is in use; another can take its place.
pub struct Index {
    files: Files,
    /// The store's folder.
    dir: PathBuf,
    /// Of sled's file, to be told.
    path: Arc<Path>,
    now: RwLock<Arc<Opened>>,
    /// Told of a failure, once the store is open.
    serving: OnceLock<Arc<Syncer>>,
}

/// A frame's entry, and whether somebody deleted it.
pub struct Found {
    pub entry: FrameEntry,
    pub deleted: bool,
}

impl Index {
    /// Opens or makes it, in the folder of a store. A damaged one is `Damaged`, or a panic: the caller catches both and
    /// rebuilds.
    pub fn open(files: &Files, dir: &Path, place: Place) -> Result<Self> {
        let path = match place {
            Place::Disk => dir.join("index"),
            Place::Memory => memory::folder(files, dir)?,
            Place::Copy => memory::copy(files, dir)?,
        };
        if place == Place::Disk {
            forget_unfinished(files, &path)?;
        }
        let db = sled::Config::new()
            .path(&path)
            .cache_capacity(CACHE)
            .flush_every_ms(Some(500))
            .use_compression(false)
            .open()
            .map_err(|e| unusable(e, "the index does not open"))?;
        let file = files.disk().open(&path.join("db"), Mode::Write).what(|| "open the index".to_owned())?;
        let (counts, written, room_to, failed) = Default::default();
        let opened = Opened { db, counts, written, file, place, folder: path, room_to, failed };
        let now = RwLock::new(Arc::new(opened));
        let path = dir.join("index").into();
        let index = Self { files: files.clone(), dir: dir.into(), path, now, serving: OnceLock::new() };
        index.take_up_counts()?;
        Ok(index)
    }

    /// Looks at every page of it: damage shows itself only where somebody looks.
    pub fn read_all(&self) -> Result<()> {
        self.guard(|db| db.iter().keys().try_for_each(|key| key.map(drop)))
    }

    /// Those that were kept, if whoever opened it last kept them; else everything is counted.
    fn take_up_counts(&self) -> Result<()> {
        let mut counts = Counts::default();
        let mut bad = self.mark::<u64>("boot")? != self.mark::<u64>("counted")?;
        self.each(keys::TOTALS, |key, value| {
            bad |= counts.read(key, value).is_err();
            !bad
        })?;
        let now = Arc::clone(&self.now.read());
        *now.counts.lock() = counts;
        if bad {
            self.count_anew()?;
        }
        Ok(())
    }

    fn count_anew(&self) -> Result<()> {
        let (mut batch, mut counts) = (Batch::default(), Counts::default());
        self.each(keys::TOTALS, |key, _| {
            batch.remove(key);
            true
        })?;
        let touched = self.count(&mut counts)?;
        for (key, value) in counts.written(touched)? {
            value.into_iter().for_each(|value| batch.insert(key.clone(), value));
        }
        self.guard(|db| db.apply_batch(batch))?;
        *self.now.read().counts.lock() = counts;
        Ok(())
    }

    /// Counts everything; answers what there is any of.
    fn count(&self, counts: &mut Counts) -> Result<Touched> {
        let (mut touched, mut failed) = (Touched::default(), None);
        for kind in [keys::FRAMES, keys::DELETED, keys::LISTS] {
            self.each(kind, |key, value| {
                match Counted::of(key, value) {
                    Ok(counted) => counted.iter().for_each(|c| counts.step(&mut touched, c, Step::Up)),
                    Err(e) => failed = Some(e),
                }
                failed.is_none()
            })?;
        }
        failed.map_or(Ok(touched), Err)
    }

    /// What there is of everything.
    pub fn counts<T>(&self, look: impl FnOnce(&Counts) -> T) -> T {
        let now = Arc::clone(&self.now.read());
        let counts = now.counts.lock();
        look(&counts)
    }

    /// Whether the counts that are kept are those of what there is. Writers wait.
    pub fn counts_are_right(&self) -> Result<bool> {
        let now = Arc::clone(&self.now.read());
        let (kept, mut counts) = (now.counts.lock(), Counts::default());
        self.count(&mut counts)?;
        Ok(*kept == counts)
    }

    /// Says how often the store was opened. A program that does not keep the counts says so of itself alone, by which
    /// they are known to be its predecessor's.
    pub fn set_boot(&self, boot: u64) -> Result<()> {
        let mut changes = Changes::default();
        for mark in ["boot", "counted"] {
            changes.put(keys::mark(mark), boot.to_string().as_bytes());
        }
        self.apply(changes)
    }

    /// From now on a failure is `Rebuilding`, and this is told of it.
    pub fn serve(&self, syncer: Arc<Syncer>) {
        self.serving.get_or_init(|| syncer);
    }

    /// Takes the other's place in it.
    pub fn replace(&self, other: &Index) {
        *self.now.write() = Arc::clone(&other.now.read());
    }

    /// Whether it failed: then all it can do is be replaced.
    pub fn has_failed(&self) -> bool {
        self.now.read().failed.load(Ordering::Relaxed)
    }

    /// An error while it is made anew: before anything is written that it would have to follow.
    pub fn in_use(&self) -> Result<()> {
        if self.has_failed() { Err(StoreError::Rebuilding) } else { Ok(()) }
    }

    /// Of sled's file.
    pub fn bytes(&self) -> u64 {
        self.now.read().file.look().map_or(0, |found| found.len)
    }

    pub fn place(&self) -> Place {
        self.now.read().place
    }

    /// Runs a sled operation. After an error or a panic sled is not asked again.
    fn guard<T>(&self, work: impl FnOnce(&sled::Db) -> sled::Result<T>) -> Result<T> {
        let now = Arc::clone(&self.now.read());
        if now.failed.load(Ordering::Relaxed) {
            return Err(StoreError::Rebuilding);
        }
        let error = match catch_unwind(AssertUnwindSafe(|| work(&now.db))) {
            Ok(Ok(value)) => return Ok(value),
            Ok(Err(e)) => unusable(e, "the index is damaged"),
            Err(_) => StoreError::Damaged("the index is damaged: it panicked".into()),
        };
        match self.failed(&now, &error) {
            true => Err(StoreError::Rebuilding),
            false => Err(error),
        }
    }

    /// A call to sled's file that is no walk through all of it begins.
    fn begin(&self, what: &'static str) -> Turn<'_> {
        self.files.underway.begin(what, Arc::clone(&self.path), 0)
    }

    /// It is not the journal's any more: it is made anew, as if it had failed.
    pub fn give_up(&self, why: &StoreError) {
        let now = Arc::clone(&self.now.read());
        self.failed(&now, why);
    }

    /// Has it made anew; whether there is anybody to do it.
    fn failed(&self, now: &Opened, why: &StoreError) -> bool {
        let first = !now.failed.swap(true, Ordering::Relaxed);
        let Some(syncer) = self.serving.get() else { return false };
        if first {
            tracing::error!("the index failed and is built anew: {why}");
            // What can't be ordered now is found at the next opening.
            let _ = self.files.replace(&rebuild_flag(&self.dir), b"");
            syncer.dirty();
        }
        true
    }

    pub fn get(&self, key: &[u8]) -> Result<Option<IVec>> {
        let _turn = self.begin("to read");
        self.guard(|db| db.get(key))
    }

    pub fn has(&self, key: &[u8]) -> Result<bool> {
        self.guard(|db| db.contains_key(key))
    }

    pub fn entry(&self, id: FrameId) -> Result<Option<FrameEntry>> {
        self.entry_at(&keys::frame(id), id)
    }

    /// Of a frame that was deleted.
    pub fn buried(&self, id: FrameId) -> Result<Option<FrameEntry>> {
        self.entry_at(&keys::deleted(id), id)
    }

    /// Of a frame whose bytes are there, deleted or not.
    pub fn anywhere(&self, id: FrameId) -> Result<Option<Found>> {
        match self.entry(id)? {
            Some(entry) => Ok(Some(Found { entry, deleted: false })),
            None => Ok(self.buried(id)?.map(|entry| Found { entry, deleted: true })),
        }
    }

    fn entry_at(&self, key: &[u8], id: FrameId) -> Result<Option<FrameEntry>> {
        let Some(value) = self.get(key)? else { return Ok(None) };
        serde_json::from_slice(&value)
            .map(Some)
            .map_err(|e| StoreError::Damaged(format!("the index entry of frame {id} is damaged: {e}")))
    }

    /// All changes or none, for readers and after a crash.
    pub fn apply(&self, changes: Changes) -> Result<()> {
        let now = Arc::clone(&self.now.read());
        let mut counts = now.counts.lock();
        let (mut steps, mut batch) = (Vec::new(), Batch::default());
        let mut written = now.written.lock();
        for (key, after) in changes.0 {
            written.iter_mut().for_each(|written| written.extend([key.clone()]));
            if Counted::is(&key) {
                for (value, step) in [(self.get(&key)?, Step::Down), (after.clone(), Step::Up)] {
                    let counted = value.map_or(Ok(None), |value| Counted::of(&key, &value))?;
                    steps.extend(counted.map(|counted| (counted, step)));
                }
            }
            match after {
                Some(value) => batch.insert(key, value),
                None => batch.remove(key),
            }
        }
        counts.change(&steps, |counted| {
            for (key, value) in counted {
                written.iter_mut().for_each(|written| written.extend([key.clone()]));
                match value {
                    Some(value) => batch.insert(key, value),
                    None => batch.remove(key),
                }
            }
            let _turn = self.begin("to write");
            self.guard(|db| db.apply_batch(batch))
        })
    }

    /// On disk when it returns: flush, then fdatasync of sled's file.
    pub fn sync(&self) -> Result<()> {
        let turn = self.begin("to flush");
        self.guard(|db| db.flush())?;
        drop(turn);
        let now = Arc::clone(&self.now.read());
        now.keep_room();
        self.files.home.noted(&now.folder.join("db"), now.file.sync().what(|| "sync the index".to_owned()))
    }

    /// Keys and values under a prefix, in order, until `visit` answers false.
    pub fn each(&self, prefix: &[u8], mut visit: impl FnMut(&[u8], &[u8]) -> bool) -> Result<()> {
        self.guard(|db| {
            for item in db.scan_prefix(prefix) {
                let (key, value) = item?;
                if !visit(&key, &value) {
                    break;
                }
            }
            Ok(())
        })
    }

    /// Keys in a range, in order, at most so many.
    pub fn keys_in(&self, range: Range<Vec<u8>>, most: usize) -> Result<Vec<IVec>> {
        self.guard(|db| db.range(range).keys().take(most).collect())
    }

    /// The last key in a range.
    pub fn last_in(&self, range: Range<Vec<u8>>) -> Result<Option<IVec>> {
        self.guard(|db| db.range(range).keys().next_back().transpose())
    }

    /// Frames under a prefix, oldest first.
    pub fn frames_under(&self, prefix: &[u8]) -> Result<Vec<FrameId>> {
        let mut ids = Vec::new();
        self.each(prefix, |key, _| {
            ids.extend(keys::frame_of(key));
            true
        })?;
        Ok(ids)
    }

    /// Frames under any of the prefixes, newest first over all, from below `before`, until `visit` answers false.
    /// Reads no more than it shows.
    pub fn newest(
        &self,
        prefixes: &[Vec<u8>],
        before: Option<FrameId>,
        mut visit: impl FnMut(FrameId) -> bool,
    ) -> Result<()> {
        self.guard(|db| {
            let mut runs: Vec<_> = prefixes
                .iter()
                .map(|prefix| {
                    let mut end = prefix.clone();
                    match before {
                        Some(id) => end.extend_from_slice(id.0.as_bytes()),
                        // Above every UUID.
                        None => end.extend_from_slice(&[0xff; 17]),
                    }
                    db.range(prefix.clone()..end).keys().rev().peekable()
                })
                .collect();
            loop {
                let mut best: Option<(usize, FrameId)> = None;
                for (i, run) in runs.iter_mut().enumerate() {
                    match run.peek() {
                        Some(Ok(key)) => {
                            if let Some(id) = keys::frame_of(key)
                                && best.is_none_or(|(_, b)| id > b)
                            {
                                best = Some((i, id));
                            }
                        }
                        Some(Err(e)) => return Err(e.clone()),
                        None => {}
                    }
                }
                let Some((i, id)) = best else { return Ok(()) };
                runs[i].next();
                if !visit(id) {
                    return Ok(());
                }
            }
        })
    }

    /// The last frame of every segment that has any, oldest segment first: a look at each.
    pub fn last_of_segments(&self) -> Result<Vec<(u32, FrameId)>> {
        self.guard(|db| {
            let (mut lasts, mut below) = (Vec::new(), keys::segment(u32::MAX));
            below.extend_from_slice(&[0xff; 17]);
            while let Some(item) = db.range(keys::SEGMENTS.to_vec()..below).next_back() {
                let (key, _) = item?;
                let Some(number) = keys::segment_of(&key) else { break };
                lasts.extend(keys::frame_of(&key).map(|id| (number, id)));
                below = keys::segment(number);
            }
            lasts.reverse();
            Ok(lasts)
        })
    }

    /// Entries from a key on, in order, at most so many.
    pub fn some_from(&self, key: &[u8], most: usize) -> Result<Vec<(IVec, IVec)>> {
        self.guard(|db| db.range(key..).take(most).collect())
    }

    /// Begins to note which keys are written; what was noted before is forgotten.
    pub fn note_written(&self) {
        *self.now.read().written.lock() = Some(BTreeSet::new());
    }

    /// Notes it no longer; answers what was noted.
    pub fn written(&self) -> BTreeSet<Vec<u8>> {
        self.now.read().written.lock().take().unwrap_or_default()
    }

    /// Takes entries of another one over as they are, `None`: such as are not there; its counts with [`Index::count_as`].
    pub fn take_over(&self, entries: impl IntoIterator<Item = (IVec, Option<IVec>)>) -> Result<()> {
        let mut batch = Batch::default();
        for (key, value) in entries {
            match value {
                Some(value) => batch.insert(key, value),
                None => batch.remove(key),
            }
        }
        self.guard(|db| db.apply_batch(batch))
    }

    /// Everything of the other one was taken over.
    pub fn count_as(&self, other: &Index) {
        let counts = other.counts(Counts::clone);
        *self.now.read().counts.lock() = counts;
    }

    /// A mark as JSON.
    pub fn mark<T: serde::de::DeserializeOwned>(&self, name: &str) -> Result<Option<T>> {
        Ok(self.get(&keys::mark(name))?.and_then(|v| serde_json::from_slice(&v).ok()))
    }

    pub fn set_mark<T: serde::Serialize>(&self, name: &str, value: &T) -> Result<()> {
        let mut changes = Changes::default();
        let value = serde_json::to_vec(value).map_err(|e| StoreError::Damaged(e.to_string()))?;
        changes.put(keys::mark(name), value);
        self.apply(changes)
    }
}

/// Removes what sled was writing when the disk was full or the power went, and would take for damage.
fn forget_unfinished(files: &Files, folder: &Path) -> Result<()> {
    if !files.is_there(folder)? {
        return Ok(());
    }
    let list = files.list(folder)?;
    list.iter().filter(|path| memory::is_unfinished(path)).try_for_each(|path| files.remove(path))
}

/// Its presence orders a rebuild at the next opening.
pub fn rebuild_flag(dir: &Path) -> PathBuf {
    dir.join("index.rebuild")
}

/// Files in sled's `blobs` folder, which must stay empty: blobs are neither synced nor ever removed.
pub fn blobs(files: &Files, dir: &Path) -> usize {
    files.disk().list(&dir.join("index/blobs")).map_or(0, |found| found.len())
}
