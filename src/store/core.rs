//! What the parts of the store share, and the order of its locks.
//!
//! Locks are taken in this order, never the other way: `segments` (adding frames, retention) → `journal` (labels,
//! categories, sides) → `space`, `categories`, `models`, `pages` (held for moments). Index and files are read without any.

use super::categories::Categories;
use super::durable::{self, What};
use super::index::Index;
use super::index::keys::{Location, Pointer};
use super::journal::Journal;
use super::lock::Lock;
use super::models::Models;
use super::pages::PageCache;
use super::retention::Budget;
use super::segments::{Segments, Series};
use super::{Result, StoreError, Usage};
use crate::domain::FrameId;
use std::collections::HashMap;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, RwLock};
use std::time::{Duration, Instant};

/// How long appended frames wait for company before they are synced together: with the sync itself, well under the
/// second that a power cut may cost.
const GROUP: Duration = Duration::from_millis(200);

pub(super) struct Core {
    pub dir: PathBuf,
    pub budget: Budget,
    pub reserve: u64,
    pub boot: u64,
    pub index: Index,
    pub segments: Mutex<Segments>,
    pub journal: Mutex<Journal>,
    /// For reading labels; the journal's file is never replaced while the store is open.
    pub journal_file: Arc<File>,
    pub space: Mutex<Space>,
    pub categories: RwLock<Categories>,
    pub models: Mutex<Models>,
    pub pages: Mutex<PageCache>,
    pub counts: Counts,
    pub syncer: Syncer,
    /// Last, so that the store is free only when all else is closed.
    pub _lock: Lock,
}

#[derive(Default)]
pub(super) struct Counts {
    pub frames: AtomicU64,
    pub labelled: AtomicU64,
    pub dropped: AtomicU64,
    pub full: AtomicBool,
}

/// What retention must not drop.
#[derive(Default)]
pub(super) struct Space {
    /// Bytes of labelled frames in each segment.
    pub labelled: HashMap<u32, u64>,
    /// Frames just imported or uploaded whose labels are still on their way.
    pub pins: HashMap<FrameId, Pin>,
}

#[derive(Clone, Copy)]
pub(super) struct Pin {
    pub since: Instant,
    pub segment: u32,
    pub total: u64,
}

/// Wakes the thread that syncs frames in groups.
#[derive(Default)]
pub(super) struct Syncer {
    state: Mutex<SyncState>,
    wake: Condvar,
}

#[derive(Default)]
struct SyncState {
    dirty: bool,
    stop: bool,
}

/// A poisoned lock means a panic in between: the data behind it are counters and file ends that are still consistent,
/// since everything that can fail answers an error instead.
pub(super) fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Core {
    pub fn segments_dir(&self) -> PathBuf {
        self.dir.join("segments")
    }

    /// Bytes others may use on the file system.
    pub fn free(&self) -> Result<u64> {
        free(&self.dir)
    }

    pub fn labels_at(&self, at: Pointer) -> Result<super::journal::StoredLabels> {
        super::journal::read_labels(&self.journal_file, at)
    }

    /// Makes a frame's bytes durable before its labels are acknowledged.
    pub fn sync_frame(&self, at: Location) -> Result<()> {
        let Some((number, end, file)) = locked(&self.segments).unsynced(at) else { return Ok(()) };
        durable::sync(&file)?;
        locked(&self.segments).note_synced(number, end);
        Ok(())
    }

    /// Segments, then index, on disk; then the marks that tell the next opening what need not be looked at again.
    pub fn sync_all(&self) -> Result<()> {
        let ends = {
            let segments = locked(&self.segments);
            [Series::Plain, Series::Kept].map(|s| (s, segments.end(s)))
        };
        for (number, end, file) in ends.iter().filter_map(|(_, e)| e.as_ref()) {
            durable::sync(file)?;
            locked(&self.segments).note_synced(*number, *end);
        }
        let journal_end = locked(&self.journal).len();
        self.index.sync()?;
        self.index.set_mark("journal", &journal_end)?;
        for (series, end) in &ends {
            if let Some((number, len, _)) = end {
                self.index.set_mark(mark_of(*series), &(number, len))?;
            }
        }
        Ok(())
    }

    pub fn usage(&self) -> Result<Usage> {
        Ok(Usage {
            frames: self.counts.frames.load(Ordering::Relaxed),
            labelled: self.counts.labelled.load(Ordering::Relaxed),
            frame_bytes: locked(&self.segments).on_disk(),
            budget: self.budget.quota,
            free: self.free()?,
            reserve: self.reserve,
            dropped: self.counts.dropped.load(Ordering::Relaxed),
            full: self.counts.full.load(Ordering::Relaxed),
        })
    }

    /// Refuses bulk that is no label when the file system is nearly full. Half of the reserve may go to trainings and
    /// models, so that a training which began with room left can end; the other half is for labels.
    pub fn room_for_bulk(&self, bytes: u64) -> Result<()> {
        let free = self.free()?;
        if free < (self.reserve / 2).saturating_add(bytes) {
            return Err(StoreError::Full(format!(
                "{} bytes are free on the disk of {}; the rest is kept for labels: free some space",
                free,
                self.dir.display()
            )));
        }
        Ok(())
    }

    /// Tells the syncing thread that there is something to sync.
    pub fn dirty(&self) {
        locked(&self.syncer.state).dirty = true;
        self.syncer.wake.notify_one();
    }

    pub fn stop(&self) {
        locked(&self.syncer.state).stop = true;
        self.syncer.wake.notify_one();
    }

    /// The syncing thread: until `stop`, syncs at most `GROUP` after the first change; once more at the end.
    pub fn sync_loop(&self) {
        let mut failing = false;
        loop {
            let mut state = locked(&self.syncer.state);
            while !state.dirty && !state.stop {
                state = self.syncer.wake.wait(state).unwrap_or_else(PoisonError::into_inner);
            }
            let waited = self.syncer.wake.wait_timeout_while(state, GROUP, |s| !s.stop);
            let (mut state, _) = waited.unwrap_or_else(PoisonError::into_inner);
            state.dirty = false;
            let stop = state.stop;
            drop(state);
            match self.sync_all() {
                Ok(()) => failing = false,
                Err(e) => {
                    if !failing {
                        tracing::error!("frames could not be synced, trying on: {e}");
                    }
                    failing = true;
                    locked(&self.syncer.state).dirty = true;
                }
            }
            if stop {
                return;
            }
        }
    }
}

/// Name of the index's mark for the end of a series.
pub(super) fn mark_of(series: Series) -> &'static str {
    match series {
        Series::Plain => "plain",
        Series::Kept => "kept",
    }
}

pub(super) fn free(dir: &Path) -> Result<u64> {
    let stat = rustix::fs::statvfs(dir).map_err(std::io::Error::from).what(|| format!("look at {}", dir.display()))?;
    Ok(stat.f_bavail.saturating_mul(stat.f_frsize))
}
