//! Room for trainings: the oldest go, with their flip books and models, when all together take more than they may.

use crate::domain::{ModelId, TrainingId};
use crate::store::core::Core;
use crate::store::error::{Result, StoreError};
use std::collections::BTreeSet;

impl Core {
    /// Removes trainings that are over, oldest first, until trainings and models take `most` bytes or less; answers which
    /// went. The model that is live stays with its training, and so does the one before it, and the newest training.
    pub fn trim_trainings(&self, most: u64) -> Result<Vec<TrainingId>> {
        let of = |folder: &str| self.on_disk(&self.dir.join(folder));
        let (mut taken, mut gone) = (of("trainings")? + of("models")?, vec![]);
        let ids = self.training_ids()?;
        let spared = self.spared();
        for id in ids.iter().take(ids.len().saturating_sub(1)) {
            if taken <= most {
                break;
            }
            let over = match self.training(*id) {
                Ok(training) => training.state.is_over(),
                // Its record is damaged, or was never written: it can't go on.
                Err(StoreError::Damaged(_) | StoreError::NotFound { .. }) => true,
                Err(error) => return Err(error),
            };
            let models: Vec<ModelId> = {
                let models = self.models.lock();
                models.all.values().filter(|model| model.training == *id).map(|model| model.id).collect()
            };
            if !over || models.iter().any(|model| spared.contains(model)) {
                continue;
            }
            taken = taken.saturating_sub(self.drop_training(*id, &models)?);
            gone.push(*id);
        }
        Ok(gone)
    }

    /// Models that are live, or that a roll back leads to.
    fn spared(&self) -> BTreeSet<ModelId> {
        let models = self.models.lock();
        models.deployments.current.into_iter().chain(models.deployments.previous.last().copied()).collect()
    }

    /// Removes a training and its models for good; answers how many bytes that was.
    fn drop_training(&self, id: TrainingId, models: &[ModelId]) -> Result<u64> {
        let folder = self.training_folder(id);
        let mut bytes = self.on_disk(&folder)?;
        for model in models {
            bytes += self.drop_model(*model)?;
        }
        self.pages.lock().0.retain(|(cached, _)| *cached != id);
        self.files.remove_folder(&folder)?;
        Ok(bytes)
    }
}
