//! The index: sled, one tree, small values. Everything in it can be made again from segments and journal.

pub mod keys;

use crate::domain::FrameId;
use crate::store::disk::{Handle, Mode};
use crate::store::durable::Files;
use crate::store::error::{Result, StoreError, What};
use keys::FrameEntry;
use sled::{Batch, IVec};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};

/// sled starts to lose data when a value leaves its page for a blob file, from about 4 KB on.
const MAX_VALUE: usize = 4000;

pub struct Index {
    files: Files,
    db: sled::Db,
    /// A second handle on sled's file: its own `flush` stops at `sync_file_range`.
    file: Handle,
    /// A file that orders a rebuild at the next opening.
    rebuild: PathBuf,
    broken: AtomicBool,
}

/// A frame's entry, and whether somebody deleted it.
pub struct Found {
    pub entry: FrameEntry,
    pub deleted: bool,
}

/// What a new batch of changes collects.
#[derive(Default)]
pub struct Changes(Batch);

impl Changes {
    pub fn put(&mut self, key: Vec<u8>, value: impl Into<IVec>) {
        let value = value.into();
        debug_assert!(value.len() <= MAX_VALUE, "{} bytes in sled", value.len());
        self.0.insert(key, value);
    }

    pub fn mark(&mut self, key: Vec<u8>) {
        self.0.insert(key, Vec::new());
    }

    pub fn remove(&mut self, key: Vec<u8>) {
        self.0.remove(key);
    }

    pub fn put_entry(&mut self, id: FrameId, entry: &FrameEntry) -> Result<()> {
        self.put_entry_at(keys::frame(id), entry)
    }

    /// Of a frame that was deleted.
    pub fn put_buried(&mut self, id: FrameId, entry: &FrameEntry) -> Result<()> {
        self.put_entry_at(keys::deleted(id), entry)
    }

    fn put_entry_at(&mut self, key: Vec<u8>, entry: &FrameEntry) -> Result<()> {
        let value = serde_json::to_vec(entry).map_err(|e| StoreError::Damaged(format!("an index entry: {e}")))?;
        self.put(key, value);
        Ok(())
    }
}

impl Index {
    /// Opens or makes it. A damaged one is an error or a panic: the caller catches both and rebuilds.
    pub fn open(files: &Files, dir: &Path) -> Result<Self> {
        let path = dir.join("index");
        let db = sled::Config::new()
            .path(&path)
            .cache_capacity(64 << 20)
            .flush_every_ms(Some(500))
            .use_compression(false)
            .open()
            .map_err(|e| StoreError::Damaged(format!("the index does not open: {e}")))?;
        // Looks at every page once: better to find damage now than under a request.
        for item in db.iter().keys() {
            item.map_err(|e| StoreError::Damaged(format!("the index cannot be read: {e}")))?;
        }
        let file = files.disk().open(&path.join("db"), Mode::Read).what(|| "open the index".to_owned())?;
        Ok(Self { files: files.clone(), db, file, rebuild: rebuild_flag(dir), broken: AtomicBool::new(false) })
    }

    /// Runs a sled operation. Its panics and errors become `Damaged`, and order a rebuild at the next start.
    fn guard<T>(&self, work: impl FnOnce(&sled::Db) -> sled::Result<T>) -> Result<T> {
        // sled's state after a panic is not looked at again: `broken` refuses all further use.
        let failed = match self.broken.load(Ordering::Relaxed) {
            true => "it failed earlier".to_owned(),
            false => match catch_unwind(AssertUnwindSafe(|| work(&self.db))) {
                Ok(Ok(value)) => return Ok(value),
                // A full disk is no damage; it passes.
                Ok(Err(sled::Error::Io(source))) => return Err(source).what(|| "use the index".to_owned()),
                Ok(Err(e)) => e.to_string(),
                Err(_) => "it panicked".to_owned(),
            },
        };
        if !self.broken.swap(true, Ordering::Relaxed) {
            tracing::error!("the index is damaged ({failed}); it is rebuilt at the next start");
            // What can't be ordered now is found at the next opening.
            let _ = self.files.replace(&self.rebuild, b"");
        }
        Err(StoreError::Damaged(format!("the index is damaged ({failed}); restart fieldcoach to rebuild it")))
    }

    pub fn get(&self, key: &[u8]) -> Result<Option<IVec>> {
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
        self.guard(|db| db.apply_batch(changes.0))
    }

    /// On disk when it returns: flush, then fdatasync of sled's file.
    pub fn sync(&self) -> Result<()> {
        self.guard(|db| db.flush())?;
        self.file.sync().what(|| "sync the index".to_owned())
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

/// Its presence orders a rebuild at the next opening.
pub fn rebuild_flag(dir: &Path) -> PathBuf {
    dir.join("index.rebuild")
}

/// Files in sled's `blobs` folder, which must stay empty: blobs are neither synced nor ever removed.
pub fn blobs(files: &Files, dir: &Path) -> usize {
    files.disk().list(&dir.join("index/blobs")).map_or(0, |found| found.len())
}
