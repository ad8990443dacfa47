//! Trainings: a folder each, with the record as `training.json`, the flip book as `pages`, and the trainer's own files.

use super::slice::slice;
use crate::domain::{Stamp, Training, TrainingId, Undo, Who};
use crate::store::api::Slice;
use crate::store::core::Core;
use crate::store::error::{Result, StoreError};
use crate::store::stamped;
use crate::store::tables::undo::Part;
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};

/// The flip book, in a training's folder.
pub const PAGES: &str = "pages";

/// A training's record as it is stored.
#[derive(Serialize, Deserialize)]
struct Stored<T> {
    #[serde(flatten)]
    training: T,
    #[serde(default, skip_serializing_if = "Stamps::is_empty")]
    stamps: Stamps,
}

/// By which its times are mended, where the clock was not believed.
#[derive(Default, Serialize, Deserialize)]
struct Stamps {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    created: Option<Stamp>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    finished: Option<Stamp>,
}

impl Stamps {
    fn is_empty(&self) -> bool {
        self.created.is_none() && self.finished.is_none()
    }
}

impl Core {
    pub fn training_folder(&self, id: TrainingId) -> PathBuf {
        self.dir.join("trainings").join(id.to_string())
    }

    pub fn put_training(&self, training: &Training) -> Result<()> {
        self.write_training(training)?;
        self.trainings.lock().forget(training.id);
        Ok(())
    }

    /// Writes the record of a training that nothing more is done with. Where the disk does not take it, it holds all the
    /// same, and is written once the disk does; error: why it did not.
    pub fn settle_training(&self, training: &Training) -> Result<()> {
        let written = self.put_training(training);
        if let Err(error) = &written {
            self.trainings.lock().keep(training, error.to_string());
            self.dirty();
        }
        written
    }

    /// Whether the disk has taken the end of every training that is over.
    pub fn all_settled(&self) -> bool {
        self.trainings.lock().is_empty()
    }

    /// Writes what the disk did not take before.
    pub fn write_ends(&self) -> Result<()> {
        let next = || self.trainings.lock().next();
        while let Some(training) = next() {
            self.put_training(&training)?;
            tracing::info!(training = %training.id, "the end of the training is on the disk now");
        }
        Ok(())
    }

    fn write_training(&self, training: &Training) -> Result<()> {
        let path = self.training_dir(training.id)?.join("training.json");
        // A time keeps its stamp; of one that can't be read there is none.
        let before: Option<Stored<Training>> = stamped::read(&self.files, &path).ok().flatten();
        let before = before.map(|before| before.stamps).unwrap_or_default();
        let stamps = Stamps {
            created: before.created.or_else(|| self.stamp(training.created)),
            finished: before.finished.or_else(|| self.stamp(training.finished?)),
        };
        stamped::write(&self.files, &path, &Stored { training, stamps })
    }

    pub fn training(&self, id: TrainingId) -> Result<Training> {
        if let Some(over) = self.trainings.lock().shown(id) {
            return Ok(over);
        }
        self.training_in(&self.training_folder(id), id)
    }

    /// The record in this folder.
    pub fn training_in(&self, folder: &Path, id: TrainingId) -> Result<Training> {
        let nothing = || StoreError::NotFound { what: "training", id: id.to_string() };
        let Stored { mut training, stamps }: Stored<Training> =
            stamped::read(&self.files, &folder.join("training.json"))?.ok_or_else(nothing)?;
        let (created, clock) = self.time(training.created, stamps.created.as_ref());
        let finished = training.finished.map(|finished| self.time(finished, stamps.finished.as_ref()));
        training.created = created;
        training.finished = finished.map(|(finished, _)| finished);
        training.clock = clock.or(finished.and_then(|(_, clock)| clock));
        Ok(training)
    }

    /// Newest first; a training whose record is damaged is left out (and told by `check`).
    pub fn trainings(&self, before: Option<TrainingId>, limit: usize) -> Result<Slice<Training>> {
        let ids = self.training_ids()?.into_iter().rev().filter(|id| before.is_none_or(|b| *id < b));
        slice(ids, limit, |id| match self.training(id) {
            Err(StoreError::NotFound { .. }) => Ok(None),
            Err(error @ StoreError::Damaged(_)) => {
                tracing::error!("training {id}: {error}");
                Ok(None)
            }
            result => result.map(Some),
        })
    }

    /// Trainings that are not over, oldest first. One whose record can't be read goes on no more.
    pub fn open_trainings(&self) -> Result<Vec<Training>> {
        let mut open = Vec::new();
        for id in self.training_ids()? {
            match self.training(id) {
                Ok(training) if !training.state.is_over() => open.push(training),
                Ok(_) | Err(StoreError::NotFound { .. }) => {}
                Err(error @ StoreError::Damaged(_)) => tracing::error!("training {id}: {error}"),
                Err(error) => return Err(error),
            }
        }
        Ok(open)
    }

    /// Of all trainings, oldest first.
    pub fn training_ids(&self) -> Result<Vec<TrainingId>> {
        let list = self.files.list(&self.dir.join("trainings"))?;
        // Something else may lie there under such a name.
        let mut ids: Vec<TrainingId> = Vec::new();
        for path in &list {
            let id = path.file_name().and_then(|name| name.to_str()?.parse().ok());
            if let Some(id) = id
                && self.files.is_folder(path)?
            {
                ids.push(id);
            }
        }
        ids.sort_unstable();
        Ok(ids)
    }

    pub fn training_dir(&self, id: TrainingId) -> Result<PathBuf> {
        let dir = self.training_folder(id);
        self.files.make_folder(&dir)?;
        Ok(dir)
    }

    pub fn pages_path(&self, id: TrainingId) -> PathBuf {
        self.training_folder(id).join(PAGES)
    }

    /// Where a training that was taken away lies until it can't be brought back any more.
    pub fn away(&self, id: TrainingId) -> PathBuf {
        self.dir.join("trainings").join(format!("{id}.deleted"))
    }

    /// Takes a training that is over away, with its flip book; its folder stays until it can't be brought back any more.
    pub fn delete_training(&self, who: &Who, id: TrainingId) -> Result<Undo> {
        if !self.training(id)?.state.is_over() {
            return Err(StoreError::Conflict("this training is not over: cancel it first".into()));
        }
        // Else it would come back as one that goes on.
        self.write_ends()?;
        let undo = self.way_back(who, "deleted 1 training".into(), 1, &[Part::Training(id)])?;
        let mut pages = self.pages.lock();
        pages.0.retain(|(cached, _)| *cached != id);
        self.files.rename(&self.training_folder(id), &self.away(id))?;
        Ok(undo)
    }

    /// Brings a training back; answers whether it was away.
    pub fn restore_training(&self, id: TrainingId) -> Result<bool> {
        let away = self.away(id);
        if !self.files.is_there(&away)? {
            return Ok(false);
        }
        self.files.rename(&away, &self.training_folder(id))?;
        Ok(true)
    }

    /// Removes a training that was taken away, for good.
    pub fn purge_training(&self, id: TrainingId) -> Result<()> {
        let away = self.away(id);
        if self.files.is_there(&away)? { self.files.remove_folder(&away) } else { Ok(()) }
    }
}
