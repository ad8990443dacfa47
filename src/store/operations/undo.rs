//! The one way back for everything that is taken away: written first, found by its id for a day, and then gone.

use crate::domain::{FrameId, Phase, Undo, UndoId, Undone, Who};
use crate::store::core::Core;
use crate::store::error::Result;
use crate::store::index::keys::FrameEntry;
use crate::store::journal::{Journal, StoredLabels};
use crate::store::tables::undo::{self, Part, StoredUndo};
use jiff::Timestamp;
use std::path::PathBuf;

/// Frames whose labels are written in one go: some megabytes of journal.
pub const AT_ONCE: usize = 500;

impl Core {
    fn undo_folder(&self) -> PathBuf {
        self.dir.join("undo")
    }

    /// Writes down how something is brought back, before it is taken away. If it is not taken after all, the way back
    /// stays until it is over: it finds everything there.
    pub fn way_back(&self, who: &Who, what: String, count: usize, parts: &[Part]) -> Result<Undo> {
        self.sweep()?;
        let undo = Undo::new(who, what, count);
        let stored = StoredUndo { stamp: self.stamp(undo.time), undo };
        undo::write(&self.files, &self.undo_folder(), &stored, parts)?;
        let told = stored.told(&|time, stamp| self.time(time, stamp));
        self.undos.lock().begin(stored);
        Ok(told)
    }

    /// What can be brought back, newest first.
    pub fn undos(&self) -> Vec<Undo> {
        self.undos.lock().list(&|time, stamp| self.time(time, stamp))
    }

    pub fn undo_head(&self, id: UndoId) -> Result<Undo> {
        self.undos.lock().found(id, &|time, stamp| self.time(time, stamp))
    }

    /// Brings it back. What somebody changed since stays as it is.
    pub fn undo(&self, id: UndoId) -> Result<Undone> {
        // Taken out first, so that it is done once.
        let taken = self.undos.lock().take(id)?;
        let done = self.bring_back(id);
        match &done {
            Ok(_) => undo::remove(&self.files, &self.undo_folder(), id)?,
            // What is back already is found there at the next try.
            Err(_) => self.undos.lock().put_back(taken),
        }
        done
    }

    fn bring_back(&self, id: UndoId) -> Result<Undone> {
        let parts = undo::read(&self.files, &self.undo_folder(), id)?;
        let mut undone = Undone::default();
        let (mut frames, mut labels) = (Vec::new(), Vec::new());
        for part in parts {
            match part {
                Part::Frame(id) => frames.push(id),
                Part::Labels { after, before } => labels.push((after, before)),
                Part::Category { number, category } => undone.count(self.restore_category(number, category)?),
                Part::Model(id) => undone.count(self.restore_model(id)?),
                Part::Training(id) => undone.count(self.restore_training(id)?),
            }
        }
        let mut journal = self.journal()?;
        undone.back = self.restore_frames(&mut journal, &frames)?;
        for chunk in labels.chunks(AT_ONCE) {
            let writes = self.as_they_were(chunk)?;
            undone.relabelled.extend(writes.iter().map(|(_, labels)| labels.frame));
            self.write_labels(&mut journal, writes)?;
        }
        let back = undone.back.len() + undone.relabelled.len();
        undone.restored += back as u64;
        undone.kept += (frames.len() + labels.len() - back) as u64;
        Ok(undone)
    }

    /// The writes that give frames their labels back, where nobody has written since and the categories are there.
    fn as_they_were(&self, labels: &[(u64, StoredLabels)]) -> Result<Vec<(FrameEntry, StoredLabels)>> {
        let mut writes = Vec::new();
        for (after, before) in labels {
            let Some(entry) = self.index.entry(before.frame)?.filter(|entry| entry.revision == *after) else {
                continue;
            };
            let categories = self.categories.read();
            if before.labels.iter().all(|label| categories.by_number(label.category).is_some()) {
                let labels = StoredLabels { revision: after + 1, updated: Timestamp::now(), ..before.clone() };
                writes.push((entry, labels));
            }
        }
        Ok(writes)
    }

    /// The labels of a frame as they are, for a way back.
    pub fn stored_labels(&self, frame: FrameId, entry: &FrameEntry) -> Result<StoredLabels> {
        match entry.labels {
            Some(at) => self.labels_at(frame, at),
            None => Ok(StoredLabels {
                frame,
                revision: entry.revision,
                phase: Phase::Unlabelled,
                updated: Timestamp::now(),
                stamp: None,
                labels: vec![],
                rejected: vec![],
                marks: vec![],
                reviewed_by: None,
            }),
        }
    }

    /// Writes labels over what there is, with a way back.
    pub fn relabel(
        &self,
        journal: &mut Journal,
        who: &Who,
        what: String,
        mut parts: Vec<Part>,
        writes: Vec<(FrameEntry, StoredLabels)>,
    ) -> Result<Undo> {
        for (entry, labels) in &writes {
            let before = self.stored_labels(labels.frame, entry)?;
            parts.push(Part::Labels { after: labels.revision, before });
        }
        let undo = self.way_back(who, what, writes.len(), &parts)?;
        let mut writes = writes.into_iter().peekable();
        while writes.peek().is_some() {
            self.write_labels(journal, writes.by_ref().take(AT_ONCE).collect())?;
        }
        Ok(undo)
    }

    /// Forgets what can't be brought back any more, and removes what it kept.
    pub fn sweep(&self) -> Result<()> {
        let over = self.undos.lock().over();
        for id in over {
            match undo::read(&self.files, &self.undo_folder(), id) {
                Ok(parts) => {
                    for part in parts {
                        match part {
                            Part::Model(id) => self.purge_model(id)?,
                            Part::Training(id) => self.purge_training(id)?,
                            Part::Frame(_) | Part::Labels { .. } | Part::Category { .. } => {}
                        }
                    }
                }
                Err(error) => tracing::error!("{error}"),
            }
            undo::remove(&self.files, &self.undo_folder(), id)?;
            self.undos.lock().forget(id);
        }
        Ok(())
    }
}
