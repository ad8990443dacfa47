//! The table of models and of what was deployed.

use crate::domain::{Model, ModelId};
use crate::store::durable::Files;
use crate::store::error::{Result, StoreError};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::Path;

/// Deployments that can be rolled back.
pub const HISTORY: usize = 20;

/// What is live, and what was before, newest last.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Deployments {
    pub current: Option<ModelId>,
    pub previous: Vec<ModelId>,
}

/// All models, held in memory: a few hundred bytes each.
#[derive(Default)]
pub struct Models {
    pub all: BTreeMap<ModelId, Model>,
    pub deployments: Deployments,
    /// Records that could not be read, for `check`.
    pub damaged: Vec<String>,
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
            match read_json::<Model>(files, &path) {
                Ok(model) => drop(models.all.insert(model.id, model)),
                Err(text) => models.damaged.push(text),
            }
        }
        let path = folder.join("deployed.json");
        if files.is_there(&path)? {
            match read_json(files, &path) {
                Ok(deployments) => models.deployments = deployments,
                Err(text) => models.damaged.push(text),
            }
        }
        for text in &models.damaged {
            tracing::error!("{text}");
        }
        Ok(models)
    }

    pub fn shown(&self, id: ModelId) -> Option<Model> {
        let model = self.all.get(&id)?.clone();
        Some(Model { deployed: self.deployments.current == Some(id), ..model })
    }

    pub fn found(&self, id: ModelId) -> Result<Model> {
        self.shown(id).ok_or_else(|| StoreError::NotFound { what: "model", id: id.to_string() })
    }
}

pub fn read_json<T: serde::de::DeserializeOwned>(files: &Files, path: &Path) -> std::result::Result<T, String> {
    let bytes = files.read(path).map_err(|e| e.to_string())?.unwrap_or_default();
    serde_json::from_slice(&bytes).map_err(|e| format!("{} cannot be read: {e}", path.display()))
}
