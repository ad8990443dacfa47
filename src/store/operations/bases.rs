//! Imported bases: `bases/NAME.onnx`, each with its checksum at its end.

use crate::graph::Model;
use crate::store::core::Core;
use crate::store::error::{Result, StoreError};
use crate::store::sealed;
use std::path::PathBuf;

/// Bytes of a base, at most: a protocol buffer has no more.
const LONGEST: u64 = 2 << 30;

fn wrong_with(bytes: &[u8]) -> Option<String> {
    match sealed::verify_onnx(bytes) {
        Ok(true) => None,
        // Of an earlier version, or without its end: it can be read, or not.
        Ok(false) => Model::decode(bytes).err().map(|error| error.to_string()),
        Err(why) => Some(why),
    }
}

impl Core {
    /// Stores the file of a base, replacing one of the same name. `Conflict`: a training that is not over stands on that one.
    pub fn put_base(&self, name: &str, onnx: &[u8]) -> Result<()> {
        let sealed = sealed::onnx(onnx);
        self.room.for_guests(sealed.len() as u64)?;
        let path = self.dir.join("bases").join(format!("{name}.onnx"));
        let other =
            self.files.is_there(&path)? && self.files.read(&path, LONGEST)?.is_some_and(|there| there != sealed);
        if other && let Some(training) = self.open_trainings()?.into_iter().find(|training| training.base == name) {
            return Err(StoreError::Conflict(format!(
                "the training {} stands on the base `{name}` that is there, and is not over: give the new one another \
                 name, or cancel the training",
                training.id
            )));
        }
        self.files.replace(&path, &sealed)
    }

    /// Bases that are not what was written, and why, in words.
    pub fn check_bases(&self) -> Result<Vec<(PathBuf, String)>> {
        let folder = self.dir.join("bases");
        if !self.files.is_there(&folder)? {
            return Ok(vec![]);
        }
        let mut damaged = Vec::new();
        for path in self.files.list(&folder)? {
            if path.extension().is_none_or(|end| end != "onnx") {
                continue;
            }
            let wrong = match self.files.read(&path, LONGEST) {
                Ok(bytes) => wrong_with(&bytes.unwrap_or_default()),
                Err(error @ (StoreError::Io { .. } | StoreError::Damaged(_))) => Some(error.to_string()),
                Err(error) => return Err(error),
            };
            let say = |why| format!("the base {} can't be trained on: {why}; import it again", path.display());
            damaged.extend(wrong.map(say).map(|problem| (path.clone(), problem)));
        }
        Ok(damaged)
    }

    /// Puts aside what is no use.
    pub fn mend_bases(&self) -> Result<()> {
        for (path, _) in self.check_bases()? {
            self.files.set_aside(&path)?;
            self.files.note(format!("{} is put aside: import the base again", path.display()));
        }
        Ok(())
    }
}
