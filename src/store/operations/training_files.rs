//! The trainer's own files in a training's folder.

use crate::domain::TrainingId;
use crate::store::core::Core;
use crate::store::durable;
use crate::store::error::{Result, What};
use std::path::PathBuf;

/// The trainer's own files in a training's folder.
#[derive(Clone, Debug)]
pub struct TrainingFiles {
    dir: PathBuf,
}

impl TrainingFiles {
    pub fn write(&self, name: &str, bytes: &[u8]) -> Result<()> {
        durable::replace(&self.dir.join(name), bytes)
    }

    pub fn read(&self, name: &str) -> Result<Option<Vec<u8>>> {
        let path = self.dir.join(name);
        match std::fs::read(&path) {
            Ok(bytes) => Ok(Some(bytes)),
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(e) => Err(e).what(|| format!("read {}", path.display())),
        }
    }

    pub fn write_plain(&self, name: &str, bytes: &[u8]) -> Result<PathBuf> {
        self.write(name, bytes)?;
        Ok(self.dir.join(name))
    }

    pub fn remove(&self, name: &str) -> Result<()> {
        durable::remove(&self.dir.join(name))
    }
}

impl Core {
    pub fn training_files(&self, id: TrainingId) -> Result<TrainingFiles> {
        Ok(TrainingFiles { dir: self.training_dir(id)? })
    }

    /// The store's own folder.
    pub fn files(&self) -> TrainingFiles {
        TrainingFiles { dir: self.dir.clone() }
    }
}
