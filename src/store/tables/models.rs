//! The table of models and of what was deployed.

use crate::domain::{Model, ModelId, Stamp};
use crate::store::durable::Files;
use crate::store::error::{Result, StoreError};
use crate::store::stamped;
use crate::store::tables::history::Said;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Deployments that can be rolled back.
pub const HISTORY: usize = 20;

/// What is live, and what was before, newest last.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Deployments {
    pub current: Option<ModelId>,
    pub previous: Vec<ModelId>,
    /// What is told of the newest change.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub said: Option<Said>,
}

/// A model's record, as it is stored.
#[derive(Clone, Serialize, Deserialize)]
pub struct StoredModel {
    #[serde(flatten)]
    pub model: Model,
    /// By which its time is mended, where the clock was not believed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stamp: Option<Stamp>,
    /// Of the ONNX file; earlier versions had none.
    #[serde(default)]
    pub crc32: Option<u32>,
}

/// All models, held in memory: a few hundred bytes each.
#[derive(Default)]
pub struct Models {
    pub all: BTreeMap<ModelId, StoredModel>,
    pub deployments: Deployments,
    /// Records that can't be read, and why, for `check`.
    pub damaged: Vec<(PathBuf, String)>,
}

/// What is live, kept twice: one of them is always whole.
pub fn deployed(folder: &Path) -> [PathBuf; 2] {
    ["deployed.json", "deployed.copy.json"].map(|name| folder.join(name))
}

impl Models {
    pub fn load(files: &Files, dir: &Path) -> Result<Self> {
        let folder = dir.join("models");
        let mut models = Self::default();
        for path in files.list(&folder)? {
            let stem = path.file_stem().and_then(|s| s.to_str()).unwrap_or_default();
            if path.extension().is_none_or(|e| e != "json") || stem.parse::<ModelId>().is_err() {
                continue;
            }
            match read(files, &path) {
                Ok(stored) => drop(models.all.insert(stored.model.id, stored)),
                Err(error) => models.damaged.push((path, error.to_string())),
            }
        }
        models.deployments = deployments(files, &folder)?;
        for (_, text) in &models.damaged {
            tracing::error!("{text}");
        }
        Ok(models)
    }

    pub fn shown(&self, id: ModelId) -> Option<StoredModel> {
        let mut stored = self.all.get(&id)?.clone();
        stored.model.deployed = self.deployments.current == Some(id);
        Some(stored)
    }

    pub fn found(&self, id: ModelId) -> Result<StoredModel> {
        self.shown(id).ok_or_else(|| StoreError::NotFound { what: "model", id: id.to_string() })
    }
}

/// What was live, from the first of its files that is whole; the other is made like it.
fn deployments(files: &Files, folder: &Path) -> Result<Deployments> {
    let paths = deployed(folder);
    let (mut found, mut damaged) = (None, false);
    for path in &paths {
        match stamped::read::<Deployments>(files, path) {
            Ok(Some(deployments)) => drop(found.get_or_insert(deployments)),
            Ok(None) => {}
            Err(error @ (StoreError::Damaged(_) | StoreError::Io { .. })) => {
                files.note(format!("what is live was kept in {error}; it is put aside"));
                files.set_aside(path)?;
                damaged = true;
            }
            Err(error) => return Err(error),
        }
    }
    let Some(deployments) = found else {
        if damaged {
            files.note("nobody knows any more which model was live: deploy one".into());
        }
        return Ok(Deployments::default());
    };
    for path in &paths {
        if !files.is_there(path)? {
            files.note(format!("{} was not there, and is written anew", path.display()));
            stamped::write(files, path, &deployments)?;
        }
    }
    Ok(deployments)
}

/// A model's record.
pub fn read(files: &Files, path: &Path) -> Result<StoredModel> {
    let gone = || StoreError::Damaged(format!("{} is gone", path.display()));
    stamped::read(files, path)?.ok_or_else(gone)
}
