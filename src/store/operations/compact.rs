//! The journal written anew, without what is superseded, while the store is in use.

use crate::domain::FrameId;
use crate::store::compaction::{self, Compacted};
use crate::store::core::Core;
use crate::store::error::{Result, StoreError};
use crate::store::index::counts::Counts;
use crate::store::index::keys::{self, FrameEntry, Pointer};
use crate::store::index::{Changes, Found};
use crate::store::journal::Journal;
use std::path::Path;

/// Frames a batch of changes.
const BATCH: usize = 1000;

impl Core {
    /// Compacts the journal if that pays; labels wait meanwhile. Cut short, it leaves an index that is not the journal's, which
    /// is made anew.
    pub fn compact(&self) -> Result<()> {
        let mut journal = self.journal()?;
        if !journal.wants_compaction(self.live()) || self.index.has_failed() {
            return Ok(());
        }
        match self.compacted(&mut journal) {
            // It is whole, and goes on growing: labels say so when there is no room for them either.
            Err(why @ StoreError::Full(_)) => {
                tracing::debug!("the label journal is not compacted: {why}");
                Ok(())
            }
            done => done,
        }
    }

    /// The same whether it pays or not: what is covered in it goes.
    pub fn compact_now(&self) -> Result<()> {
        let mut journal = self.journal()?;
        self.compacted(&mut journal)
    }

    fn compacted(&self, journal: &mut Journal) -> Result<()> {
        let (before, path) = (journal.len(), self.dir.join("labels.journal"));
        let buried = self.index.frames_under(keys::DELETED)?.into_iter().collect();
        let merged = self.categories.read().merged().clone();
        let Compacted { bytes, moved } = compaction::compacted(journal, &buried, &merged)?;
        // It frees what it takes, and much more: into the room for labels too, with the ballast.
        self.files.surely(|| self.room.for_labels(bytes.len() as u64))?;
        let replaced = self.files.replace(&path, &bytes);
        if replaced.is_err() && journal.in_place().is_ok() {
            return replaced;
        }
        // From here on the journal is that one, whether its name is on the disk yet or not.
        let turned = self.turn(journal, &path, &moved);
        match &turned {
            Ok(()) => tracing::info!(before, after = journal.len(), "compacted the label journal"),
            Err(why) => self.index.give_up(why),
        }
        turned
    }

    fn turn(&self, journal: &mut Journal, path: &Path, moved: &[(FrameId, Pointer)]) -> Result<()> {
        *journal = Journal::open(&self.files, path)?;
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
