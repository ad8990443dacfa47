//! The journal written anew, without what is superseded, while the store is in use.

use crate::domain::FrameId;
use crate::store::compaction::{Moved, Next, Old};
use crate::store::core::Core;
use crate::store::error::{Result, StoreError};
use crate::store::index::counts::Counts;
use crate::store::index::keys::{self, FrameEntry};
use crate::store::index::{Changes, Found};
use crate::store::journal::Journal;
use std::collections::BTreeSet;
use std::path::Path;

/// Frames a batch of changes.
const BATCH: usize = 1000;

/// What was written meanwhile is followed until it is no more than these bytes, or so often; the rest while labels wait.
const LITTLE: u64 = 64 << 10;
const ROUNDS: usize = 8;

impl Core {
    /// Compacts the journal if that pays; labels wait only while the new one takes its place. Cut short, it leaves an index that
    /// is not the journal's, which is made anew.
    pub fn compact(&self) -> Result<()> {
        if !self.journal()?.wants_compaction(self.live()) || self.index.has_failed() {
            return Ok(());
        }
        match self.compact_now() {
            // It is whole, and goes on growing: labels say so when there is no room for them either.
            Err(why @ StoreError::Full(_)) => {
                tracing::debug!("the label journal is not compacted: {why}");
                Ok(())
            }
            // Nothing is the worse for it; what the disk refuses to take is told as that.
            Err(why) if !self.index.has_failed() => {
                tracing::error!("the label journal is not compacted, and grows: {why}");
                self.journal()?.put_off_compaction();
                Ok(())
            }
            done => done,
        }
    }

    /// The same whether it pays or not: what is covered in it goes.
    pub fn compact_now(&self) -> Result<()> {
        let path = self.dir.join("labels.journal");
        let old = self.as_it_is()?;
        // It frees what it takes, and much more: into the room for labels too, with the ballast.
        self.files.surely(|| self.room.for_labels(self.live().min(old.len)))?;
        let written = self.files.surely(|| {
            let mut next = Next::of(&self.files, &path, &old, || self.sides())?;
            next.sync()?;
            Ok(next)
        });
        let mut next = self.files.home.noted(&path, written)?;
        for _ in 0..ROUNDS {
            let len = self.journal()?.len();
            if len <= next.read() + LITTLE {
                break;
            }
            next.follow(&*old.file, len)?;
            next.sync()?;
        }
        let mut journal = self.journal()?;
        if journal.generation != old.generation || journal.len() < next.read() {
            // Somebody else did it, or it was made anew.
            return Ok(());
        }
        next.follow(&*old.file, journal.len())?;
        self.put_in_place(&mut journal, &path, next)
    }

    fn as_it_is(&self) -> Result<Old> {
        let journal = self.journal()?;
        Ok(Old {
            file: journal.handle(),
            len: journal.len(),
            generation: journal.generation,
            buried: self.index.frames_under(keys::DELETED)?.into_iter().collect(),
            categories: self.categories.read().clone(),
        })
    }

    fn put_in_place(&self, journal: &mut Journal, path: &Path, next: Next) -> Result<()> {
        let before = journal.len();
        let (replaced, moved) = next.succeed(&self.files);
        if replaced.is_err() && journal.in_place().is_ok() {
            return replaced;
        }
        // From here on the journal is that one, whether its name is on the disk yet or not.
        let turned = self.turn(journal, path, &moved);
        match &turned {
            Ok(()) => tracing::info!(before, after = journal.len(), "compacted the label journal"),
            Err(why) => self.index.give_up(why),
        }
        turned
    }

    fn turn(&self, journal: &mut Journal, path: &Path, moved: &Moved) -> Result<()> {
        *journal = Journal::open(&self.files, path)?;
        self.journal_file.turn(journal.handle());
        let labelled: Vec<FrameId> = self.of_labels(moved)?.into_iter().collect();
        for some in labelled.chunks(BATCH) {
            self.point(some, moved)?;
        }
        self.index.set_mark("journal", &journal.len())?;
        self.index.sync()?;
        self.index.set_mark("generation", &journal.generation)?;
        self.journal_file.settle();
        self.space.lock().beside = journal.len().saturating_sub(self.index.counts(Counts::live));
        Ok(())
    }

    /// Bytes of the journal that still count.
    fn live(&self) -> u64 {
        self.index.counts(Counts::live) + self.space.lock().beside
    }

    /// Frames of which the index may say that their labels lie in the journal.
    fn of_labels(&self, moved: &Moved) -> Result<BTreeSet<FrameId>> {
        let mut all = moved.labels.clone();
        if moved.damaged {
            // Whose labels can't be read nobody but the index knows.
            for list in [keys::FRAMES, keys::DELETED] {
                all.extend(self.index.frames_under(list)?);
            }
        }
        Ok(all)
    }

    /// Frames whose labels lie elsewhere now.
    fn point(&self, frames: &[FrameId], moved: &Moved) -> Result<()> {
        let mut changes = Changes::default();
        for id in frames {
            // Of one whose frame is lost the labels stay.
            let Some(Found { entry, deleted }) = self.index.anywhere(*id)? else { continue };
            let Some(labels) = entry.labels.and_then(|at| moved.place(at)) else { continue };
            let entry = FrameEntry { labels: Some(labels), ..entry };
            match deleted {
                true => changes.put_buried(*id, &entry)?,
                false => changes.put_entry(*id, &entry)?,
            }
        }
        self.index.apply(changes)
    }
}
