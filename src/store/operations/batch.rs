//! One thing done to many frames, with one way back.

use crate::domain::{FrameId, Phase, Who};
use crate::store::api::{Batch, BatchAction, LabelWrite};
use crate::store::core::Core;
use crate::store::error::Result;
use crate::store::index::keys::FrameEntry;
use crate::store::journal::StoredLabels;
use jiff::Timestamp;
use std::collections::{BTreeMap, BTreeSet};

/// What is written over the labels that a frame has; nothing where it is so already. Error: why it can't be.
type Change = std::result::Result<Option<(FrameEntry, StoredLabels)>, String>;

impl Core {
    pub fn batch(&self, who: &Who, ids: &[FrameId], action: BatchAction) -> Result<Batch> {
        let phase = match action {
            BatchAction::Delete => return self.delete_frames(who, ids),
            BatchAction::Unlabel => Phase::Unlabelled,
            BatchAction::Labelled => Phase::Labelled,
            BatchAction::Reviewed => Phase::Reviewed,
            BatchAction::Final => Phase::Final,
        };
        let said = |frames: &str| match phase {
            Phase::Unlabelled => format!("took the labels off {frames}"),
            Phase::Labelled => format!("sent {frames} to review"),
            Phase::Reviewed => format!("confirmed the labels of {frames}"),
            Phase::Final => format!("called the labels of {frames} final"),
        };
        let ids = ids.iter().copied().collect();
        self.change_each(who, ids, said, |id, entry| self.turned(who, id, entry, phase))
    }

    /// Writes labels of many frames, each over the revision that it is based on.
    pub fn put_many(&self, who: &Who, writes: &BTreeMap<FrameId, LabelWrite>) -> Result<Batch> {
        let said = |frames: &str| format!("accepted labels of {frames}");
        self.change_each(who, writes.keys().copied().collect(), said, |id, entry| {
            let Some(write) = writes.get(&id) else { return Ok(None) };
            let stored = self.checked(id, &entry, write.clone()).map_err(|error| error.to_string())?;
            Ok(Some((entry, stored)))
        })
    }

    /// Changes the labels of those of the frames where it can be done, all in one go, with one way back. `said`: what was
    /// done, to so many frames.
    fn change_each(
        &self,
        who: &Who,
        ids: BTreeSet<FrameId>,
        said: impl Fn(&str) -> String,
        change: impl Fn(FrameId, FrameEntry) -> Change,
    ) -> Result<Batch> {
        let mut batch = Batch::default();
        let mut there = Vec::new();
        for id in ids {
            match self.entry(id).and_then(|entry| self.sync_frame(entry.location)) {
                Ok(()) => there.push(id),
                Err(error) => batch.failed.push((id, error.to_string())),
            }
        }
        let mut journal = self.journal()?;
        let mut writes = Vec::new();
        for id in there {
            match self.entry(id).map_err(|e| e.to_string()).and_then(|entry| change(id, entry)) {
                Ok(write) => {
                    batch.done.push(id);
                    writes.extend(write);
                }
                Err(text) => batch.failed.push((id, text)),
            }
        }
        if !writes.is_empty() {
            let frames = if writes.len() == 1 { "1 frame".to_owned() } else { format!("{} frames", writes.len()) };
            batch.undo = Some(self.relabel(&mut journal, who, said(&frames), vec![], writes)?);
        }
        Ok(batch)
    }

    /// The write that brings a frame into a phase, if it takes one; else why it can't be.
    fn turned(&self, who: &Who, id: FrameId, entry: FrameEntry, phase: Phase) -> Change {
        let there = self.stored_labels(id, &entry).map_err(|e| e.to_string())?;
        if phase > Phase::Unlabelled && !entry.has_work() {
            return Err("it has no labels yet: label it first".into());
        }
        let mut labels = StoredLabels { phase, ..there.clone() };
        if phase == Phase::Unlabelled {
            (labels.labels, labels.rejected, labels.marks) = Default::default();
        }
        if labels == there {
            return Ok(None);
        }
        let reviewed_by = who.token.filter(|_| phase > Phase::Labelled).map(|_| who.name.clone());
        let (revision, updated) = (entry.revision + 1, Timestamp::now());
        Ok(Some((entry, StoredLabels { revision, updated, stamp: None, reviewed_by, ..labels })))
    }
}
