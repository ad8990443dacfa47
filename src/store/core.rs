//! What the parts of the store share, and the order of its locks.
//!
//! The order of the locks is that of `ranked::Rank`. Index and files are read without any.

use super::api::Usage;
use super::disk::{Disk, Handle, Mode};
use super::durable::{self, Files};
use super::error::{Result, StoreError, What};
use super::index::keys::Location;
use super::index::{Index, Place};
use super::journal::{Journal, JournalFile};
use super::lock::Lock;
use super::ranked::{Held, Ranked, RankedRw};
use super::room::Room;
use super::segments::{Segments, Series};
use super::syncer::{Syncer, Turn};
use super::tables::audit::Audit;
use super::tables::budget::Budget;
use super::tables::categories::Categories;
use super::tables::clock::Clock;
use super::tables::ends::Ends;
use super::tables::history::{History, HistoryFiles};
use super::tables::models::Models;
use super::tables::pages::PageCache;
use super::tables::space::{Counts, Space};
use super::tables::undo::Undos;
use crate::supervise::Beat;
use parking_lot::MutexGuard;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

/// How long appended frames wait for company before they are synced together: with the sync itself, well under the
/// second that a power cut may cost.
const GROUP: Duration = Duration::from_millis(200);

/// How long the syncing thread rests at most: it also looks whether the disk is there.
const LOOK_EVERY: Duration = Duration::from_secs(5);

/// How long it waits after it failed.
const TRY_AGAIN: Duration = Duration::from_secs(1);

/// How long it takes at most to make the index anew, and each frame of it: on a slow card.
const REBUILD_WITHIN: Duration = Duration::from_secs(1800);
const FRAME_WITHIN: Duration = Duration::from_millis(5);

/// Bytes that are free beyond its own before an index in memory goes back to the disk.
const INDEX_ROOM: u64 = 64 << 20;

/// How often whoever waits for a lock looks whether there is an end to that.
const LOCK_WITHIN: Duration = Duration::from_millis(100);

/// How often what can't be brought back any more is removed, where anything happens at all.
const SWEEP: Duration = Duration::from_secs(3600);

/// Where a series ends: the segment, its bytes, its file.
type End = (u32, u64, Handle);

pub struct Core {
    pub files: Files,
    pub dir: PathBuf,
    pub budget: Budget,
    pub reserve: u64,
    pub room: Room,
    pub boot: u64,
    pub index: Index,
    /// Whether the index is made anew just now.
    pub rebuilding: AtomicBool,
    pub segments: Ranked<Segments>,
    pub journal: Ranked<Journal>,
    /// For reading labels.
    pub journal_file: JournalFile,
    pub space: Ranked<Space>,
    pub categories: RankedRw<Categories>,
    pub models: Ranked<Models>,
    pub pages: Ranked<PageCache>,
    pub trainings: Ranked<Ends>,
    pub audit: Ranked<Audit>,
    pub history: Ranked<History>,
    pub history_files: Ranked<HistoryFiles>,
    pub undos: Ranked<Undos>,
    pub clock: Ranked<Clock>,
    pub counts: Counts,
    pub syncer: Arc<Syncer>,
    /// The disk of a store that can only be read, over which it is opened.
    pub unwritten: Option<Arc<dyn Disk>>,
    /// Cancelled when such a disk can be written again: whoever opened the store opens it anew.
    pub anew: CancellationToken,
    /// What is wrong with the disk, in words.
    pub fault: watch::Sender<Option<String>>,
    /// Last, so that the store is free only when all else is closed.
    pub _lock: Lock,
}

impl Core {
    pub fn segments_dir(&self) -> PathBuf {
        self.dir.join("segments")
    }

    /// Bytes others may use on the file system.
    pub fn free(&self) -> Result<u64> {
        self.files.free(&self.dir)
    }

    /// For whoever appends frames, or frees their room. Error: as of [`Core::journal`].
    pub fn segments(&self) -> Result<Held<MutexGuard<'_, Segments>>> {
        self.in_time(&self.segments)
    }

    /// For whoever appends to it. Error: whoever holds it makes the index anew, or waits for a disk that hangs.
    pub fn journal(&self) -> Result<Held<MutexGuard<'_, Journal>>> {
        self.in_time(&self.journal)
    }

    fn in_time<'a, T>(&self, lock: &'a Ranked<T>) -> Result<Held<MutexGuard<'a, T>>> {
        loop {
            if let Some(held) = lock.lock_within(LOCK_WITHIN) {
                return Ok(held);
            }
            if self.rebuilding.load(Ordering::Relaxed) {
                return Err(StoreError::Rebuilding);
            }
            self.files.underway.answers()?;
        }
    }

    /// Makes a frame's bytes durable before its labels are acknowledged.
    pub fn sync_frame(&self, at: Location) -> Result<()> {
        let unsynced = {
            let mut segments = self.segments()?;
            segments.mend()?;
            segments.unsynced(at)
        };
        let Some((number, end, file)) = unsynced else { return Ok(()) };
        self.sync_segment(number, end, &file)
    }

    fn sync_segment(&self, number: u32, end: u64, file: &Handle) -> Result<()> {
        let path = self.segments()?.path_of(number);
        let synced = durable::sync(&self.files, &path, file);
        // What became of it must be known, however long that takes.
        let mut segments = self.segments.lock();
        match synced {
            Ok(()) => segments.note_synced(number, end),
            Err(_) => segments.note_unsynced(number),
        }
        synced
    }

    /// Makes durable what was stored of frames so far; an index that does not know of them finds them there.
    pub fn sync_frames(&self) -> Result<()> {
        self.sync_ends().map(drop)
    }

    /// The ends of both series, which are on disk.
    fn sync_ends(&self) -> Result<[(Series, Option<End>); 2]> {
        let ends = {
            let mut segments = self.segments()?;
            segments.mend()?;
            [Series::Plain, Series::Kept].map(|s| (s, segments.end(s)))
        };
        for (number, end, file) in ends.iter().filter_map(|(_, e)| e.as_ref()) {
            self.sync_segment(*number, *end, file)?;
        }
        Ok(ends)
    }

    /// Segments, then index, on disk; then the marks that tell the next opening what need not be looked at again.
    pub fn sync_all(&self) -> Result<()> {
        let ends = self.sync_ends()?;
        let (generation, journal_end) = {
            let journal = self.journal()?;
            (journal.generation, journal.len())
        };
        self.index.sync()?;
        // One that was compacted meanwhile has its own mark, and is shorter.
        let journal = self.journal()?;
        if journal.generation == generation {
            self.index.set_mark("journal", &journal_end)?;
        }
        drop(journal);
        for (series, end) in &ends {
            if let Some((number, len, _)) = end {
                self.index.set_mark(series.mark(), &(number, len))?;
            }
        }
        Ok(())
    }

    pub fn usage(&self) -> Result<Usage> {
        let (frames, labelled) = self.index.counts(|counts| (counts.frames(), counts.labelled()));
        Ok(Usage {
            frames,
            labelled,
            frame_bytes: self.segments()?.on_disk(),
            budget: self.budget.quota,
            // Where that can't be told, `fault` tells why.
            free: self.free().unwrap_or(0),
            reserve: self.reserve,
            dropped: self.counts.dropped.load(Ordering::Relaxed),
            full: self.counts.full.load(Ordering::Relaxed),
            fault: self.fault.borrow().clone(),
        })
    }

    /// Whether what is written now lies where it should, on a disk that takes it.
    pub fn disk_is_well(&self) -> Result<()> {
        self.files.underway.answers()?;
        self.index.in_use()?;
        self.files.take_writes(&self.dir.join("labels.journal"))?;
        self.journal()?.in_place()?;
        self.free().map(drop)
    }

    /// Whether something can be read: where it is damaged, that is told, and written down soon; no longer once it is not.
    pub fn readable<T>(&self, what: String, read: Result<T>) -> Result<T> {
        match &read {
            Err(StoreError::Damaged(why)) => {
                tracing::debug!("{what} can't be read: {why}");
                self.files.lost(format!("{what} can't be read"));
                self.dirty();
            }
            Ok(_) if !self.files.losses.is_empty() && self.files.losses.found(&format!("{what} can't be read")) => {
                self.dirty();
            }
            _ => {}
        }
        read
    }

    /// Tells the syncing thread that there is something to sync.
    pub fn dirty(&self) {
        self.syncer.dirty();
    }

    /// The syncing thread: until it is to stop, syncs at most `GROUP` after the first change; once more at the end. Also
    /// mends an index that failed, and looks after the disk.
    pub fn sync_loop(&self, beat: &Beat) {
        let (mut pause, mut swept) = (GROUP, Instant::now());
        loop {
            beat.alive();
            let turn = self.syncer.next(LOOK_EVERY, pause);
            beat.alive();
            if swept.elapsed() > SWEEP {
                swept = Instant::now();
                if let Err(e) = self.sweep() {
                    tracing::error!("what can't be brought back any more could not be removed: {e}");
                }
            }
            let done = self.keep_up(turn, beat);
            pause = match &done {
                Ok(()) => GROUP,
                Err(_) => {
                    self.syncer.dirty();
                    TRY_AGAIN
                }
            };
            self.tell(done.err());
            if turn.stop {
                return;
            }
        }
    }

    fn keep_up(&self, turn: Turn, beat: &Beat) -> Result<()> {
        if let Some(disk) = &self.unwritten {
            return self.look_again(&**disk);
        }
        self.files.home.try_again();
        let room = || self.free().is_ok_and(|free| free > INDEX_ROOM + self.index.bytes());
        // Where it was for another reason that it could not lie there.
        let takes = || self.files.home.takes(&self.dir.join("index").join("db")).is_ok();
        if self.index.has_failed() {
            let frames = self.index.counts(|counts| counts.frames());
            beat.busy(REBUILD_WITHIN + FRAME_WITHIN * u32::try_from(frames).unwrap_or(u32::MAX));
            self.reopen()?;
            beat.alive();
        } else if self.index.place() == Place::Memory && room() && takes() {
            self.index_to_disk(|| beat.alive())?;
        }
        if turn.dirty || turn.stop {
            self.sync_all()?;
        }
        if self.keep_losses() {
            // Nothing else may change, and whoever listens hears of them.
            self.fault.send_modify(|_| {});
        }
        self.write_ends()?;
        self.disk_is_well()?;
        self.compact()?;
        self.files.ballast.take();
        Ok(())
    }

    /// Whether a disk that could only be read can be written by now.
    fn look_again(&self, disk: &dyn Disk) -> Result<()> {
        let journal = self.dir.join("labels.journal");
        let what = || "write to it".to_owned();
        disk.free(&self.dir).what(what)?;
        disk.open(&journal, Mode::Write).what(what)?;
        self.anew.cancel();
        Err(StoreError::Refused("the disk can be written again: fieldcoach starts anew to do so".into()))
    }

    /// Says what is wrong with the disk, once for as long as it is.
    fn tell(&self, error: Option<StoreError>) {
        let now = error.map(|e| e.to_string());
        self.fault.send_if_modified(|fault| {
            match (&fault, &now) {
                (None, Some(why)) => tracing::error!("the store can't write as it should, trying on: {why}"),
                (Some(_), None) => tracing::info!("the store writes again"),
                _ => {}
            }
            let other = *fault != now;
            *fault = now;
            other
        });
    }
}
