//! Room for trainings: the oldest go, with their flip books and models, when all together take more than they may.

use crate::domain::{FleetEvent, ModelId, TrainingId, TrainingSource};
use crate::store::api::Trimmed;
use crate::store::core::Core;
use crate::store::error::{Result, StoreError};
use std::collections::BTreeSet;

/// A training that may go, and its models.
struct Old {
    id: TrainingId,
    models: Vec<ModelId>,
}

impl Core {
    /// Removes trainings that are over, oldest first, until trainings and models take `most` bytes or less. Models that
    /// are live stay with their trainings, and so do those before them, those that a training starts from, and the newest training. The log tells it first: a
    /// training that is gone tells nothing any more, and one that is still there goes the next time.
    pub fn trim_trainings(&self, most: u64) -> Result<Trimmed> {
        let old = self.old_trainings(most)?;
        let event = (!old.is_empty()).then(|| FleetEvent::trainings_removed(old.len()));
        if let Some(event) = &event {
            let said = self.foretell(event.clone());
            self.came_true(said);
        }
        for Old { id, models } in &old {
            self.drop_training(*id, models)?;
        }
        Ok(Trimmed { gone: old.into_iter().map(|old| old.id).collect(), event })
    }

    /// Bytes on disk of trainings and models, but of those that were deleted: they go when their day is over, and nothing
    /// else has to go for them before.
    fn taken(&self) -> Result<u64> {
        let mut taken = 0;
        for folder in ["trainings", "models"].map(|folder| self.dir.join(folder)) {
            for path in self.files.list(&folder)? {
                let away = path.extension().is_some_and(|end| end == "deleted");
                if !away && !self.files.is_there(&path.with_extension("deleted"))? {
                    taken += self.on_disk(&path)?;
                }
            }
        }
        Ok(taken)
    }

    fn old_trainings(&self, most: u64) -> Result<Vec<Old>> {
        let (mut taken, mut old) = (self.taken()?, vec![]);
        if taken <= most {
            return Ok(old);
        }
        let (ids, spared) = (self.training_ids()?, self.spared()?);
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
                models.all.values().filter(|m| m.model.training == *id).map(|m| m.model.id).collect()
            };
            if !over || models.iter().any(|model| spared.contains(model)) {
                continue;
            }
            taken = taken.saturating_sub(self.on_disk(&self.training_folder(*id))?);
            for model in &models {
                taken = taken.saturating_sub(self.on_disk(&self.onnx(*model))?);
            }
            old.push(Old { id: *id, models });
        }
        Ok(old)
    }

    /// Models that are live anywhere, that a roll back there leads to, or that a training starts from which is not over.
    fn spared(&self) -> Result<BTreeSet<ModelId>> {
        let wanted = self.open_trainings()?.into_iter().filter_map(|training| match training.from.parse() {
            Ok(TrainingSource::Model(model)) => Some(model),
            _ => None,
        });
        let mut spared: BTreeSet<ModelId> = wanted.collect();
        let models = self.models.lock();
        let each = models.deployments.lineages();
        spared.extend(each.flat_map(|place| place.current.into_iter().chain(place.previous.last().copied())));
        Ok(spared)
    }

    /// Removes a training and its models for good.
    fn drop_training(&self, id: TrainingId, models: &[ModelId]) -> Result<()> {
        for model in models {
            self.drop_model(*model)?;
        }
        self.pages.lock().0.retain(|(cached, _)| *cached != id);
        self.trainings.lock().forget(id);
        self.files.remove_folder(&self.training_folder(id))
    }
}
