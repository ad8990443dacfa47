//! Labels of frames, and the sides frames are on: journal first, then index.

use super::frames::frame_of;
use super::validate;
use crate::domain::{Frame, FrameId, FrameLabels, Phase, Side};
use crate::store::api::LabelWrite;
use crate::store::core::Core;
use crate::store::disk::DiskFile;
use crate::store::error::{Result, StoreError};
use crate::store::index::keys::{self, FrameEntry, PHASES, Pointer};
use crate::store::index::{Changes, Index};
use crate::store::journal::{self, Logged, StoredLabel, StoredLabels};
use crate::store::tables::categories;
use jiff::Timestamp;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::Ordering;

impl Core {
    pub fn labels(&self, frame: FrameId) -> Result<FrameLabels> {
        let entry = self.entry(frame)?;
        self.labels_of(frame, &entry)
    }

    pub fn labels_of(&self, frame: FrameId, entry: &FrameEntry) -> Result<FrameLabels> {
        match entry.labels {
            Some(at) => self.named(self.labels_at(at)?),
            None => Ok(FrameLabels {
                frame,
                revision: entry.revision,
                phase: entry.phase,
                labels: Vec::new(),
                updated: None,
            }),
        }
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
        Ok(FrameLabels {
            frame: stored.frame,
            revision: stored.revision,
            phase: stored.phase,
            labels: stored.labels.into_iter().map(label).collect::<Result<_>>()?,
            updated: Some(stored.updated),
        })
    }

    pub fn put_labels(&self, frame: FrameId, write: LabelWrite) -> Result<FrameLabels> {
        // The picture must be as durable as its labels. Outside the lock: where the frame lies can only change to a
        // place that is synced.
        self.sync_frame(self.entry(frame)?.location)?;
        let mut journal = self.journal.lock();
        let before = self.entry(frame)?;
        if write.revision != before.revision {
            return Err(StoreError::Stale(Box::new(self.labels_of(frame, &before)?)));
        }
        let labels = {
            let categories = self.categories.read();
            validate::labels(&write, (before.meta.width, before.meta.height), &categories)?
        };
        let stored = StoredLabels {
            frame,
            revision: before.revision + 1,
            phase: write.phase,
            updated: Timestamp::now(),
            labels,
        };
        let entry = Logged::Labels(stored.clone());
        let pointer = journal.append(&entry)?;
        let mut changes = Changes::default();
        apply_labels(&mut changes, &self.index, &*self.journal_file, &before, pointer, &stored)?;
        self.index.apply(changes)?;
        self.account(frame, &before, stored.phase);
        self.dirty();
        self.named(stored)
    }

    /// Keeps the counters in step with a frame whose phase changed.
    fn account(&self, frame: FrameId, before: &FrameEntry, phase: Phase) {
        let (was, is) = (before.phase > Phase::Unlabelled, phase > Phase::Unlabelled);
        let mut space = self.space.lock();
        space.pins.remove(&frame);
        let bytes = space.labelled.entry(before.location.segment).or_default();
        match (was, is) {
            (false, true) => {
                *bytes += before.location.total;
                self.counts.labelled.fetch_add(1, Ordering::Relaxed);
            }
            (true, false) => {
                *bytes = bytes.saturating_sub(before.location.total);
                self.counts.labelled.fetch_sub(1, Ordering::Relaxed);
            }
            _ => {}
        }
    }

    pub fn labelled(&self) -> Result<Vec<(Frame, FrameLabels)>> {
        let mut ids = Vec::new();
        for phase in &PHASES[1..] {
            ids.extend(self.index.frames_under(&keys::phase(*phase))?);
        }
        ids.sort_unstable();
        // A frame that changed its phase meanwhile may have been met twice.
        ids.dedup();
        let mut all = Vec::with_capacity(ids.len());
        for id in ids {
            match self.index.entry(id)? {
                Some(entry) if entry.phase > Phase::Unlabelled => {
                    let labels = self.labels_of(id, &entry)?;
                    all.push((frame_of(id, entry), labels));
                }
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
        let mut journal = self.journal.lock();
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
        self.index.apply(changes)?;
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
    if let Some(at) = before.labels {
        remove_categories(changes, index, journal, id, before.phase, at)?;
    }
    changes.remove(keys::with(keys::phase(before.phase), id));
    changes.mark(keys::with(keys::phase(labels.phase), id));
    for number in numbers(labels) {
        changes.mark(keys::with(keys::category_phase(number, labels.phase), id));
    }
    let entry = FrameEntry { phase: labels.phase, revision: labels.revision, labels: Some(pointer), ..before.clone() };
    changes.put_entry(id, &entry)
}

/// Takes a frame out of the lists of the categories its labels at `at` have.
pub fn remove_categories(
    changes: &mut Changes,
    index: &Index,
    journal: &dyn DiskFile,
    id: FrameId,
    phase: Phase,
    at: Pointer,
) -> Result<()> {
    let numbers = match journal::read_labels(journal, at) {
        Ok(old) => numbers(&old),
        // Damaged: any of them, then.
        Err(_) => categories::numbers(index)?,
    };
    for number in numbers {
        changes.remove(keys::with(keys::category_phase(number, phase), id));
    }
    Ok(())
}

fn numbers(labels: &StoredLabels) -> BTreeSet<u32> {
    labels.labels.iter().map(|l| l.category).collect()
}
