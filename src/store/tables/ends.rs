//! Trainings whose end the disk did not take: they are over all the same, and shown so, until it is written.

use crate::domain::{Training, TrainingId};
use std::collections::BTreeMap;

/// The records that are to be written, each with why they were not.
#[derive(Debug, Default)]
pub struct Ends(BTreeMap<TrainingId, (Training, String)>);

impl Ends {
    /// The disk did not take it.
    pub fn keep(&mut self, training: &Training, why: String) {
        self.0.insert(training.id, (training.clone(), why));
    }

    /// It is written, or gone.
    pub fn forget(&mut self, id: TrainingId) {
        self.0.remove(&id);
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Any one that is to be written.
    pub fn next(&self) -> Option<Training> {
        self.0.values().next().map(|(training, _)| training.clone())
    }

    /// As it is shown meanwhile.
    pub fn shown(&self, id: TrainingId) -> Option<Training> {
        let (training, why) = self.0.get(&id)?;
        let yet = format!("this is not on the disk yet ({why}): it is written as soon as the disk takes it");
        let note = [training.note.clone(), Some(yet)].into_iter().flatten().collect::<Vec<_>>().join("; ");
        Some(Training { note: Some(note), ..training.clone() })
    }
}
