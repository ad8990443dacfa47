//! The journal written anew, without what is superseded, while the store is in use.

use crate::domain::FrameId;
use crate::store::compaction;
use crate::store::core::Core;
use crate::store::error::Result;
use crate::store::index::counts::Counts;
use crate::store::index::keys::{self, FrameEntry, Pointer};
use crate::store::index::{Changes, Found};
use crate::store::journal::Journal;

/// Frames a batch of changes.
const BATCH: usize = 1000;

impl Core {
    /// Compacts the journal if that pays; labels wait meanwhile. Cut short, it leaves an index that is not the journal's, which
    /// is made anew.
    pub fn compact(&self) -> Result<()> {
        let mut journal = self.journal.lock();
        let live = self.live();
        match journal.wants_compaction(live) && !self.index.has_failed() {
            true => self.compacted(&mut journal, live),
            false => Ok(()),
        }
    }

    /// The same whether it pays or not: what is covered in it goes.
    pub fn compact_now(&self) -> Result<()> {
        let mut journal = self.journal.lock();
        let live = self.live();
        self.compacted(&mut journal, live)
    }

    fn compacted(&self, journal: &mut Journal, live: u64) -> Result<()> {
        self.room.for_trainings(live)?;
        let (before, path) = (journal.len(), self.dir.join("labels.journal"));
        let buried = self.index.frames_under(keys::DELETED)?.into_iter().collect();
        let merged = self.categories.read().merged().clone();
        let moved = compaction::compact(&self.files, &path, &buried, &merged)?;
        *journal = Journal::open(&self.files, &path)?;
        self.journal_file.turn(journal.handle());
        for some in moved.chunks(BATCH) {
            self.point(some)?;
        }
        self.index.set_mark("journal", &journal.len())?;
        self.index.sync()?;
        self.index.set_mark("generation", &journal.generation)?;
        self.journal_file.settle();
        let stays: u64 = moved.iter().map(|(_, at)| at.total).sum();
        self.space.lock().beside = stays.saturating_sub(self.index.counts(Counts::live));
        tracing::info!(before, after = journal.len(), "compacted the label journal");
        Ok(())
    }

    /// Bytes of the journal that still count.
    fn live(&self) -> u64 {
        self.index.counts(Counts::live) + self.space.lock().beside
    }

    /// Frames whose labels lie elsewhere now.
    fn point(&self, moved: &[(FrameId, Pointer)]) -> Result<()> {
        let mut changes = Changes::default();
        for (id, at) in moved {
            // Of one whose frame is lost the labels stay.
            let Some(Found { entry, deleted }) = self.index.anywhere(*id)? else { continue };
            let entry = FrameEntry { labels: Some(*at), ..entry };
            match deleted {
                true => changes.put_buried(*id, &entry)?,
                false => changes.put_entry(*id, &entry)?,
            }
        }
        self.index.apply(changes)
    }
}
