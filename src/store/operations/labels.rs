//! Labels of frames, and the sides frames are on: journal first, then index.

use super::validate;
use crate::domain::{FrameId, FrameLabels, Phase, Rejected, Side};
use crate::store::api::{AllLabelled, LabelWrite};
use crate::store::core::Core;
use crate::store::disk::DiskFile;
use crate::store::error::{Result, StoreError};
use crate::store::index::keys::{self, FrameEntry, PHASES, Pointer};
use crate::store::index::{Changes, Index};
use crate::store::journal::{self, Journal, Logged, StoredLabel, StoredLabels, StoredRejected};
use crate::store::tables::categories;
use jiff::Timestamp;
use std::collections::{BTreeMap, BTreeSet};

impl Core {
    pub fn labels(&self, frame: FrameId) -> Result<FrameLabels> {
        let entry = self.entry(frame)?;
        self.labels_of(frame, &entry)
    }

    pub fn labels_of(&self, frame: FrameId, entry: &FrameEntry) -> Result<FrameLabels> {
        match entry.labels {
            Some(at) => self.named(self.labels_at(frame, at)?),
            None => Ok(FrameLabels { revision: entry.revision, phase: entry.phase, ..FrameLabels::none(frame) }),
        }
    }

    /// The labels that the index said lie there; where the journal was compacted since, it is asked again. Damage is told.
    pub fn labels_at(&self, frame: FrameId, at: Pointer) -> Result<StoredLabels> {
        let mut read = self.journal_file.labels(frame, at);
        if read.is_err()
            && let Some(now) = self.index.anywhere(frame)?.and_then(|found| found.entry.labels)
            && now != at
        {
            read = self.journal_file.labels(frame, now);
        }
        self.readable(format!("the labels of frame {frame}"), read)
    }

    /// With category names in place of numbers.
    fn named(&self, stored: StoredLabels) -> Result<FrameLabels> {
        let categories = self.categories.read();
        let label = |l: StoredLabel| {
            let category = categories.by_number(l.category).ok_or_else(|| {
                StoreError::Damaged(format!(
                    "frame {} has a label of category {}, which is gone",
                    stored.frame, l.category
                ))
            })?;
            Ok(l.named(&category.name))
        };
        // One of a category that is gone says nothing any more.
        let rejected = |r: StoredRejected| {
            let category = categories.by_number(r.category)?.name.clone();
            Some(Rejected { category, bbox: r.bbox.map(Into::into), score: r.score })
        };
        let (updated, clock) = self.time(stored.updated, stored.stamp.as_ref());
        Ok(FrameLabels {
            frame: stored.frame,
            revision: stored.revision,
            phase: stored.phase,
            labels: stored.labels.into_iter().map(label).collect::<Result<_>>()?,
            rejected: stored.rejected.into_iter().filter_map(rejected).collect(),
            marks: stored.marks,
            reviewed_by: stored.reviewed_by,
            updated: Some(updated),
            clock,
        })
    }

    pub fn put_labels(&self, frame: FrameId, write: LabelWrite) -> Result<FrameLabels> {
        // The picture must be as durable as its labels. Outside the lock: where the frame lies can only change to a
        // place that is synced.
        self.sync_frame(self.entry(frame)?.location)?;
        let mut journal = self.journal()?;
        let before = self.entry(frame)?;
        let stored = self.checked(frame, &before, write)?;
        let written = self.write_labels(&mut journal, vec![(before, stored)])?;
        written.into_iter().next().map_or_else(|| self.labels(frame), |written| self.named(written))
    }

    /// What is stored of a write over the labels that a frame has.
    pub fn checked(&self, frame: FrameId, before: &FrameEntry, write: LabelWrite) -> Result<StoredLabels> {
        if write.revision != before.revision {
            return Err(StoreError::Stale(Box::new(self.labels_of(frame, before)?)));
        }
        let (labels, rejected) = {
            let categories = self.categories.read();
            validate::labels(&write, (before.meta.width, before.meta.height), &categories)?
        };
        let marks = match write.marks {
            Some(marks) => marks,
            None => match self.stored_labels(frame, before) {
                Ok(there) => there.marks,
                // They are lost with the labels over which it writes.
                Err(StoreError::Damaged(_)) => vec![],
                Err(error) => return Err(error),
            },
        };
        Ok(StoredLabels {
            frame,
            revision: before.revision + 1,
            phase: write.phase,
            updated: Timestamp::now(),
            stamp: None,
            marks: validate::marks(marks, &labels)?,
            labels,
            rejected,
            reviewed_by: write.by.filter(|_| write.phase > Phase::Labelled),
        })
    }

    /// Writes labels that were checked, each over the entry it is based on; all are on disk when it returns, as they are
    /// then.
    pub fn write_labels(
        &self,
        journal: &mut Journal,
        mut writes: Vec<(FrameEntry, StoredLabels)>,
    ) -> Result<Vec<StoredLabels>> {
        for (_, labels) in &mut writes {
            labels.stamp = self.stamp(labels.updated);
        }
        let entries: Vec<Logged> = writes.iter().map(|(_, labels)| Logged::Labels(labels.clone())).collect();
        let pointers = journal.append_all(&entries)?;
        let mut changes = Changes::default();
        for ((before, labels), pointer) in writes.iter().zip(pointers) {
            apply_labels(&mut changes, &self.index, &*self.journal_file.now(), before, pointer, labels)?;
        }
        self.follow(changes)?;
        let mut space = self.space.lock();
        for (_, labels) in &writes {
            space.pins.remove(&labels.frame);
        }
        drop(space);
        self.dirty();
        Ok(writes.into_iter().map(|(_, labels)| labels).collect())
    }

    /// Brings into the index what the journal holds, and so is done: an index that fails meanwhile is built anew with it.
    pub fn follow(&self, changes: Changes) -> Result<()> {
        match self.index.apply(changes) {
            Err(StoreError::Rebuilding) => Ok(()),
            followed => followed,
        }
    }

    /// All that are labelled. What can't be read is told.
    pub fn labelled(&self) -> Result<AllLabelled> {
        let mut ids = Vec::new();
        for phase in &PHASES[1..] {
            ids.extend(self.index.frames_under(&keys::phase(*phase))?);
        }
        ids.sort_unstable();
        // A frame that changed its phase meanwhile may have been met twice.
        ids.dedup();
        let mut all = AllLabelled { read: Vec::with_capacity(ids.len()), unread: Vec::new() };
        for id in ids {
            match self.index.entry(id)? {
                Some(entry) if entry.phase > Phase::Unlabelled => match self.labels_of(id, &entry) {
                    Ok(labels) => all.read.push((self.frame_of(id, entry), labels)),
                    Err(StoreError::Damaged(_)) => all.unread.push(id),
                    Err(other) => return Err(other),
                },
                _ => {}
            }
        }
        Ok(all)
    }

    pub fn sides(&self) -> Result<BTreeMap<FrameId, Side>> {
        let mut sides = BTreeMap::new();
        self.index.each(keys::SIDES, |key, value| {
            if let (Some(id), Some(byte)) = (keys::frame_of(key), value.first()) {
                sides.insert(id, keys::side_of(*byte));
            }
            true
        })?;
        Ok(sides)
    }

    pub fn put_sides(&self, sides: &BTreeMap<FrameId, Side>) -> Result<()> {
        let mut journal = self.journal()?;
        let known = self.sides()?;
        let new: Vec<_> = sides.iter().filter(|(id, s)| known.get(id) != Some(s)).map(|(id, s)| (*id, *s)).collect();
        if new.is_empty() {
            return Ok(());
        }
        let mut changes = Changes::default();
        for (id, side) in &new {
            changes.put(keys::side(*id), &[keys::side_byte(*side)][..]);
        }
        journal.append(&Logged::Sides(new))?;
        self.follow(changes)?;
        self.dirty();
        Ok(())
    }
}

/// The index's side of a label write. Right whether or not the index knows the record (or later ones) already.
pub fn apply_labels(
    changes: &mut Changes,
    index: &Index,
    journal: &dyn DiskFile,
    before: &FrameEntry,
    pointer: Pointer,
    labels: &StoredLabels,
) -> Result<()> {
    let id = labels.frame;
    let was = listed(index, journal, id, before)?;
    unlist(changes, id, before, &was);
    let draft = labels.is_draft();
    let (phase, revision) = (labels.phase, labels.revision);
    let entry = FrameEntry { phase, revision, labels: Some(pointer), draft, ..before.clone() };
    list(changes, id, &entry, &numbers(labels));
    changes.put_entry(id, &entry)
}

/// Puts a frame into the lists it belongs to.
pub fn list(changes: &mut Changes, id: FrameId, entry: &FrameEntry, categories: &BTreeSet<u32>) {
    changes.mark(keys::with(keys::phase(entry.phase), id));
    if entry.draft {
        changes.mark(keys::draft(id));
    }
    if let Some(place) = entry.meta.clip {
        changes.mark(keys::in_clip(place, id));
    }
    for number in categories {
        changes.mark(keys::with(keys::category_phase(*number, entry.phase), id));
    }
}

/// Takes a frame out of the lists it is in.
pub fn unlist(changes: &mut Changes, id: FrameId, entry: &FrameEntry, categories: &BTreeSet<u32>) {
    changes.remove(keys::with(keys::phase(entry.phase), id));
    changes.remove(keys::draft(id));
    if let Some(place) = entry.meta.clip {
        changes.remove(keys::in_clip(place, id));
    }
    for number in categories {
        changes.remove(keys::with(keys::category_phase(*number, entry.phase), id));
    }
}

/// Numbers of the categories under which a frame is listed.
pub fn listed(index: &Index, journal: &dyn DiskFile, id: FrameId, entry: &FrameEntry) -> Result<BTreeSet<u32>> {
    let Some(at) = entry.labels else { return Ok(BTreeSet::new()) };
    if let Ok(labels) = journal::read_labels(journal, at) {
        return Ok(numbers(&labels));
    }
    // Damaged: the lists themselves tell.
    let mut found = BTreeSet::new();
    for number in categories::numbers(index)? {
        if index.has(&keys::with(keys::category_phase(number, entry.phase), id))? {
            found.insert(number);
        }
    }
    Ok(found)
}

fn numbers(labels: &StoredLabels) -> BTreeSet<u32> {
    labels.labels.iter().map(|l| l.category).collect()
}
