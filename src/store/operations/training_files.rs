//! The trainer's own files in a training's folder.

use crate::domain::TrainingId;
use crate::store::core::Core;
use crate::store::durable::Files;
use crate::store::error::{Result, StoreError};
use crate::store::record::{self, HEADER};
use crate::store::room::Room;
use std::path::{Path, PathBuf};

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

    /// What was written under this name, if anything was; [`StoreError::Damaged`] where that is no longer whole. A file
    /// of an earlier version, which had no checksums, is given as it is.
    pub fn read(&self, name: &str) -> Result<Option<Vec<u8>>> {
        let path = self.dir.join(name);
        let Some(mut bytes) = self.files.read(&path)? else { return Ok(None) };
        if !bytes.starts_with(&record::OWN) {
            return Ok(Some(bytes));
        }
        match record::verify(&bytes, record::OWN) {
            Ok(header) if header.key != self.id.0.into_bytes() => {
                Err(StoreError::Damaged(format!("{} is of another training", path.display())))
            }
            Ok(header) => Ok(Some(bytes.split_off(HEADER + header.meta_len as usize))),
            Err(why) => Err(StoreError::Damaged(format!("{}: {why}", path.display()))),
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
    pub fn training_files(&self, id: TrainingId) -> Result<TrainingFiles> {
        Ok(TrainingFiles { files: self.files.clone(), room: self.room.clone(), dir: self.training_dir(id)?, id })
    }

    /// How fast trainings were on this device, as JSON.
    pub fn lanes(&self) -> Result<Option<Vec<u8>>> {
        self.files.read(&lanes(&self.dir))
    }

    pub fn put_lanes(&self, json: &[u8]) -> Result<()> {
        self.files.replace(&lanes(&self.dir), json)
    }
}

fn lanes(dir: &Path) -> PathBuf {
    dir.join("lanes.json")
}
