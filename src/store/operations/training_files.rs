//! The trainer's own files in a training's folder.

use crate::domain::TrainingId;
use crate::store::api::CheckReport;
use crate::store::core::Core;
use crate::store::durable::{Files, SMALL};
use crate::store::error::{Result, StoreError};
use crate::store::record::{self, HEADER};
use crate::store::room::Room;
use std::path::{Path, PathBuf};

/// Those that a training is gone on with, which `check` reads.
const OWN_FILES: [&str; 2] = ["given.json", "checkpoint.safetensors"];

/// The trainer's own files in a training's folder: whole or not there, and known to be damaged where they are.
#[derive(Clone, Debug)]
pub struct TrainingFiles {
    files: Files,
    room: Room,
    dir: PathBuf,
    /// Whose files they are: one of another training is not taken for its own.
    id: TrainingId,
}

impl TrainingFiles {
    /// Replaces the file of this name; on disk when it returns. A checksum goes with it.
    pub fn write(&self, name: &str, bytes: &[u8]) -> Result<()> {
        let record = record::encode(record::OWN, self.id.0.into_bytes(), name.as_bytes(), bytes)?;
        self.room.for_trainings(record.len() as u64)?;
        self.files.replace(&self.dir.join(name), &record)
    }

    /// What was written under this name, if anything was; [`StoreError::Damaged`] where that is no longer whole.
    pub fn read(&self, name: &str) -> Result<Option<Vec<u8>>> {
        let path = self.dir.join(name);
        let Some((file, len)) = self.files.open(&path)? else { return Ok(None) };
        let damaged = |error| StoreError::of_record(error, path.display());
        let mut bytes = record::whole(&*file, len).map_err(damaged)?;
        match record::verify(&bytes, record::OWN) {
            Ok(header) if header.key != self.id.0.into_bytes() => {
                Err(StoreError::Damaged(format!("{} is of another training", path.display())))
            }
            Ok(header) => Ok(Some(bytes.split_off(HEADER + header.meta_len as usize))),
            Err(why) => Err(damaged(why)),
        }
    }

    /// Replaces the file of this name by just these bytes, for those who open it by its path.
    pub fn write_plain(&self, name: &str, bytes: &[u8]) -> Result<PathBuf> {
        let path = self.dir.join(name);
        self.room.for_trainings(bytes.len() as u64)?;
        self.files.replace(&path, bytes)?;
        Ok(path)
    }

    /// Removes the file of this name; one that is not there is fine.
    pub fn remove(&self, name: &str) -> Result<()> {
        self.files.remove(&self.dir.join(name))
    }
}

impl Core {
    /// For `check`: which of the trainer's own files are damaged.
    pub fn check_own_files(&self, report: &mut CheckReport, id: TrainingId) -> Result<Vec<&'static str>> {
        let files =
            TrainingFiles { files: self.files.clone(), room: self.room.clone(), dir: self.training_folder(id), id };
        let mut damaged = Vec::new();
        for name in OWN_FILES {
            match files.read(name) {
                Ok(_) => {}
                Err(StoreError::Damaged(why)) => {
                    report.problems.push(format!("{why}: the training begins again without it"));
                    damaged.push(name);
                }
                Err(error) => return Err(error),
            }
        }
        Ok(damaged)
    }

    pub fn training_files(&self, id: TrainingId) -> Result<TrainingFiles> {
        Ok(TrainingFiles { files: self.files.clone(), room: self.room.clone(), dir: self.training_dir(id)?, id })
    }

    /// How fast trainings were on this device, as JSON.
    pub fn lanes(&self) -> Result<Option<Vec<u8>>> {
        self.files.read(&lanes(&self.dir), SMALL)
    }

    pub fn put_lanes(&self, json: &[u8]) -> Result<()> {
        self.files.replace(&lanes(&self.dir), json)
    }
}

fn lanes(dir: &Path) -> PathBuf {
    dir.join("lanes.json")
}
