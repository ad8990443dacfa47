//! What the parts of the store share, and the order of its locks.
//!
//! The order of the locks is that of `ranked::Rank`. Index and files are read without any.

use super::api::Usage;
use super::disk::Handle;
use super::durable::{self, Files};
use super::error::{Result, StoreError};
use super::index::Index;
use super::index::keys::{Location, Pointer};
use super::journal::{self, Journal, StoredLabels};
use super::lock::Lock;
use super::ranked::{Ranked, RankedRw};
use super::segments::{Segments, Series};
use super::tables::audit::Audit;
use super::tables::budget::Budget;
use super::tables::categories::Categories;
use super::tables::history::{History, HistoryFiles};
use super::tables::models::Models;
use super::tables::pages::PageCache;
use super::tables::space::{Counts, Space};
use super::tables::tally::Tally;
use super::tables::undo::Undos;
use crate::supervise::Beat;
use std::path::PathBuf;
use std::sync::atomic::Ordering;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// How long appended frames wait for company before they are synced together: with the sync itself, well under the
/// second that a power cut may cost.
const GROUP: Duration = Duration::from_millis(200);

/// How often what can't be brought back any more is removed, where anything happens at all.
const SWEEP: Duration = Duration::from_secs(3600);

pub struct Core {
    pub files: Files,
    pub dir: PathBuf,
    pub budget: Budget,
    pub reserve: u64,
    pub boot: u64,
    pub index: Index,
    pub segments: Ranked<Segments>,
    pub journal: Ranked<Journal>,
    /// For reading labels; the journal's file is never replaced while the store is open.
    pub journal_file: Handle,
    pub space: Ranked<Space>,
    pub tally: Ranked<Tally>,
    pub categories: RankedRw<Categories>,
    pub models: Ranked<Models>,
    pub pages: Ranked<PageCache>,
    pub audit: Ranked<Audit>,
    pub history: Ranked<History>,
    pub history_files: Ranked<HistoryFiles>,
    pub undos: Ranked<Undos>,
    pub counts: Counts,
    pub syncer: Syncer,
    /// Last, so that the store is free only when all else is closed.
    pub _lock: Lock,
}

/// Wakes the thread that syncs frames in groups.
#[derive(Default)]
pub struct Syncer {
    state: Mutex<SyncState>,
    wake: Condvar,
}

#[derive(Default)]
struct SyncState {
    dirty: bool,
    stop: bool,
}

impl Syncer {
    /// Two flags, whole whatever panicked while they were set. Nothing else is locked meanwhile.
    fn lock(&self) -> MutexGuard<'_, SyncState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Core {
    pub fn segments_dir(&self) -> PathBuf {
        self.dir.join("segments")
    }

    /// Bytes others may use on the file system.
    pub fn free(&self) -> Result<u64> {
        self.files.free(&self.dir)
    }

    pub fn labels_at(&self, at: Pointer) -> Result<StoredLabels> {
        journal::read_labels(&*self.journal_file, at)
    }

    /// Makes a frame's bytes durable before its labels are acknowledged.
    pub fn sync_frame(&self, at: Location) -> Result<()> {
        let Some((number, end, file)) = self.segments.lock().unsynced(at) else { return Ok(()) };
        durable::sync(&file)?;
        self.segments.lock().note_synced(number, end);
        Ok(())
    }

    /// Segments, then index, on disk; then the marks that tell the next opening what need not be looked at again.
    pub fn sync_all(&self) -> Result<()> {
        let ends = {
            let segments = self.segments.lock();
            [Series::Plain, Series::Kept].map(|s| (s, segments.end(s)))
        };
        for (number, end, file) in ends.iter().filter_map(|(_, e)| e.as_ref()) {
            durable::sync(file)?;
            self.segments.lock().note_synced(*number, *end);
        }
        let journal_end = self.journal.lock().len();
        self.index.sync()?;
        self.index.set_mark("journal", &journal_end)?;
        for (series, end) in &ends {
            if let Some((number, len, _)) = end {
                self.index.set_mark(series.mark(), &(number, len))?;
            }
        }
        Ok(())
    }

    pub fn usage(&self) -> Result<Usage> {
        let (frames, labelled) = {
            let tally = self.tally.lock();
            (tally.frames(), tally.labelled())
        };
        Ok(Usage {
            frames,
            labelled,
            frame_bytes: self.segments.lock().on_disk(),
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
        self.syncer.lock().dirty = true;
        self.syncer.wake.notify_one();
    }

    pub fn stop(&self) {
        self.syncer.lock().stop = true;
        self.syncer.wake.notify_one();
    }

    /// The syncing thread: until `stop`, syncs at most `GROUP` after the first change; once more at the end.
    pub fn sync_loop(&self, beat: &Beat) {
        let (mut failing, mut swept) = (false, Instant::now());
        loop {
            beat.idle();
            let mut state = self.syncer.lock();
            while !state.dirty && !state.stop {
                state = self.syncer.wake.wait(state).unwrap_or_else(PoisonError::into_inner);
            }
            let waited = self.syncer.wake.wait_timeout_while(state, GROUP, |s| !s.stop);
            let (mut state, _) = waited.unwrap_or_else(PoisonError::into_inner);
            state.dirty = false;
            let stop = state.stop;
            drop(state);
            beat.alive();
            if swept.elapsed() > SWEEP {
                swept = Instant::now();
                if let Err(e) = self.sweep() {
                    tracing::error!("what can't be brought back any more could not be removed: {e}");
                }
            }
            match self.sync_all() {
                Ok(()) => failing = false,
                Err(e) => {
                    if !failing {
                        tracing::error!("frames could not be synced, trying on: {e}");
                    }
                    failing = true;
                    self.syncer.lock().dirty = true;
                }
            }
            if stop {
                return;
            }
        }
    }
}
