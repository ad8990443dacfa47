//! Frames are deleted, and come back: the journal says so, the index follows, their bytes stay in their segments until
//! the room is needed.

use super::labels::{list, listed, unlist};
use crate::domain::{FrameId, Who};
use crate::store::api::Batch;
use crate::store::core::Core;
use crate::store::disk::DiskFile;
use crate::store::error::Result;
use crate::store::index::keys::{self, FrameEntry};
use crate::store::index::{Changes, Index};
use crate::store::journal::{Journal, Logged, StoredLabels};
use crate::store::tables::undo::Part;
use std::collections::BTreeSet;

impl Core {
    /// Deletes frames, all in one; those that are not there are told.
    pub fn delete_frames(&self, who: &Who, ids: &[FrameId]) -> Result<Batch> {
        let mut journal = self.journal()?;
        let (mut batch, mut graves) = (Batch::default(), Vec::new());
        for id in ids.iter().collect::<BTreeSet<_>>() {
            match self.entry(*id) {
                Ok(entry) => graves.push((*id, entry)),
                Err(error) => batch.failed.push((*id, error.to_string())),
            }
        }
        if graves.is_empty() {
            return Ok(batch);
        }
        batch.done = graves.iter().map(|(id, _)| *id).collect();
        let what = match graves.len() {
            1 => "deleted 1 frame".to_owned(),
            n => format!("deleted {n} frames"),
        };
        let parts: Vec<Part> = batch.done.iter().map(|id| Part::Frame(*id)).collect();
        let undo = self.way_back(who, what, parts.len(), &parts)?;
        journal.append(&Logged::Deleted(batch.done.clone()))?;
        let mut changes = Changes::default();
        for (id, entry) in &graves {
            bury(&mut changes, &self.index, &*self.journal_file.now(), *id, entry)?;
        }
        self.follow(changes)?;
        let mut space = self.space.lock();
        for (id, _) in &graves {
            space.pins.remove(id);
        }
        drop(space);
        self.dirty();
        batch.undo = Some(undo);
        Ok(batch)
    }

    /// Brings deleted frames back; answers which of them are still there to come back.
    pub fn restore_frames(&self, journal: &mut Journal, ids: &[FrameId]) -> Result<Vec<FrameId>> {
        let mut back = Vec::new();
        for id in ids {
            if let Some(entry) = self.index.buried(*id)? {
                back.push((*id, entry));
            }
        }
        let done: Vec<FrameId> = back.iter().map(|(id, _)| *id).collect();
        if done.is_empty() {
            return Ok(done);
        }
        // Labels of categories that are gone by now don't come back; what they become goes to the journal first, so that
        // whoever replays it never meets a frame that is there with labels of nothing.
        let (mut entries, mut relabelled) = (Vec::new(), Vec::new());
        for (at, (id, entry)) in back.iter().enumerate() {
            if let Some(labels) = self.without_the_gone(*id, entry)? {
                entries.push(Logged::Labels(labels.clone()));
                relabelled.push((at, labels));
            }
        }
        entries.push(Logged::Restored(done.clone()));
        let pointers = journal.append_all(&entries)?;
        for ((at, labels), pointer) in relabelled.iter().zip(pointers) {
            let (revision, draft) = (labels.revision, labels.is_draft());
            back[*at].1 = FrameEntry { revision, draft, labels: Some(pointer), ..back[*at].1.clone() };
        }
        let mut changes = Changes::default();
        for (id, entry) in &back {
            unbury(&mut changes, &self.index, &*self.journal_file.now(), *id, entry)?;
        }
        self.follow(changes)?;
        self.dirty();
        Ok(done)
    }
}

impl Core {
    /// The labels of a frame without those of categories that are gone, if there are any.
    fn without_the_gone(&self, id: FrameId, entry: &FrameEntry) -> Result<Option<StoredLabels>> {
        let mut labels = self.stored_labels(id, entry)?;
        let categories = self.categories.read();
        let there = labels.labels.len();
        labels.labels.retain(|label| categories.by_number(label.category).is_some());
        labels.revision += 1;
        Ok((labels.labels.len() < there).then_some(labels))
    }
}

/// Takes a frame out of all lists but that of its segment.
pub fn bury(
    changes: &mut Changes,
    index: &Index,
    journal: &dyn DiskFile,
    id: FrameId,
    entry: &FrameEntry,
) -> Result<()> {
    let categories = listed(index, journal, id, entry)?;
    unlist(changes, id, entry, &categories);
    changes.remove(keys::frame(id));
    changes.put_buried(id, entry)
}

/// Puts a deleted frame back into its lists.
pub fn unbury(
    changes: &mut Changes,
    index: &Index,
    journal: &dyn DiskFile,
    id: FrameId,
    entry: &FrameEntry,
) -> Result<()> {
    let categories = listed(index, journal, id, entry)?;
    list(changes, id, entry, &categories);
    // An interrupted try to free its segment took it off that list.
    changes.mark(keys::with(keys::segment(entry.location.segment), id));
    changes.remove(keys::deleted(id));
    changes.put_entry(id, entry)
}
