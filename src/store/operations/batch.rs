//! One thing done to many frames, with one way back.

use crate::domain::{FrameId, Phase, Who};
use crate::store::api::{Batch, BatchAction};
use crate::store::core::Core;
use crate::store::error::Result;
use crate::store::index::keys::FrameEntry;
use crate::store::journal::StoredLabels;
use jiff::Timestamp;
use std::collections::BTreeSet;

impl Core {
    pub fn batch(&self, who: &Who, ids: &[FrameId], action: BatchAction) -> Result<Batch> {
        let phase = match action {
            BatchAction::Delete => return self.delete_frames(who, ids),
            BatchAction::Unlabel => Phase::Unlabelled,
            BatchAction::Labelled => Phase::Labelled,
            BatchAction::Reviewed => Phase::Reviewed,
            BatchAction::Final => Phase::Final,
        };
        let ids: BTreeSet<FrameId> = ids.iter().copied().collect();
        let mut batch = Batch::default();
        let mut there = Vec::new();
        for id in ids {
            match self.entry(id).and_then(|entry| self.sync_frame(entry.location)) {
                Ok(()) => there.push(id),
                Err(error) => batch.failed.push((id, error.to_string())),
            }
        }
        let mut journal = self.journal.lock();
        let mut writes = Vec::new();
        for id in there {
            match self.entry(id).map_err(|e| e.to_string()).and_then(|entry| self.turned(who, id, entry, phase)) {
                Ok(write) => {
                    batch.done.push(id);
                    writes.extend(write);
                }
                Err(text) => batch.failed.push((id, text)),
            }
        }
        if !writes.is_empty() {
            let frames = if writes.len() == 1 { "1 frame".to_owned() } else { format!("{} frames", writes.len()) };
            let what = match phase {
                Phase::Unlabelled => format!("took the labels off {frames}"),
                Phase::Labelled => format!("sent {frames} to review"),
                Phase::Reviewed => format!("confirmed the labels of {frames}"),
                Phase::Final => format!("called the labels of {frames} final"),
            };
            batch.undo = Some(self.relabel(&mut journal, who, what, vec![], writes)?);
        }
        Ok(batch)
    }

    /// The write that brings a frame into a phase, if it takes one; else why it can't be.
    fn turned(
        &self,
        who: &Who,
        id: FrameId,
        entry: FrameEntry,
        phase: Phase,
    ) -> std::result::Result<Option<(FrameEntry, StoredLabels)>, String> {
        let there = self.stored_labels(id, &entry).map_err(|e| e.to_string())?;
        if phase > Phase::Unlabelled && !entry.has_work() {
            return Err("it has no labels yet: label it first".into());
        }
        let (labels, rejected) = match phase {
            Phase::Unlabelled => (vec![], vec![]),
            _ => (there.labels.clone(), there.rejected.clone()),
        };
        if (there.phase, there.labels.len(), there.rejected.len()) == (phase, labels.len(), rejected.len()) {
            return Ok(None);
        }
        let reviewed_by = who.token.filter(|_| phase > Phase::Labelled).map(|_| who.name.clone());
        let (revision, updated) = (entry.revision + 1, Timestamp::now());
        Ok(Some((
            entry,
            StoredLabels { frame: id, revision, phase, updated, stamp: None, labels, rejected, reviewed_by },
        )))
    }
}
