//! Models: `models/{id}.onnx` with `models/{id}.json`, and `models/deployed.json`, the history of what was live.

use super::core::{Core, locked};
use super::durable::{self, What};
use super::trainings::slice;
use super::{Result, Slice, StoreError};
use crate::domain::{Model, ModelId};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Deployments that can be rolled back.
const HISTORY: usize = 20;

/// What is live, and what was before, newest last.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
struct Deployments {
    current: Option<ModelId>,
    previous: Vec<ModelId>,
}

/// All models, held in memory: a few hundred bytes each.
#[derive(Default)]
pub(super) struct Models {
    all: BTreeMap<ModelId, Model>,
    deployments: Deployments,
    /// Records that could not be read, for `check`.
    pub damaged: Vec<String>,
}

impl Models {
    pub fn load(dir: &Path) -> Result<Self> {
        let folder = dir.join("models");
        let mut models = Self::default();
        for item in std::fs::read_dir(&folder).what(|| format!("list {}", folder.display()))?.flatten() {
            let path = item.path();
            let stem = path.file_stem().and_then(|s| s.to_str()).unwrap_or_default();
            if path.extension().is_none_or(|e| e != "json") || stem.parse::<ModelId>().is_err() {
                continue;
            }
            match read_json::<Model>(&path) {
                Ok(model) => drop(models.all.insert(model.id, model)),
                Err(text) => models.damaged.push(text),
            }
        }
        let path = folder.join("deployed.json");
        if path.exists() {
            match read_json(&path) {
                Ok(deployments) => models.deployments = deployments,
                Err(text) => models.damaged.push(text),
            }
        }
        for text in &models.damaged {
            tracing::error!("{text}");
        }
        Ok(models)
    }

    fn shown(&self, id: ModelId) -> Option<Model> {
        let model = self.all.get(&id)?.clone();
        Some(Model { deployed: self.deployments.current == Some(id), ..model })
    }

    fn found(&self, id: ModelId) -> Result<Model> {
        self.shown(id).ok_or_else(|| StoreError::NotFound { what: "model", id: id.to_string() })
    }
}

fn read_json<T: serde::de::DeserializeOwned>(path: &Path) -> std::result::Result<T, String> {
    let read = || -> std::io::Result<T> { Ok(serde_json::from_slice(&std::fs::read(path)?)?) };
    read().map_err(|e| format!("{} cannot be read: {e}", path.display()))
}

impl Core {
    fn models_dir(&self) -> PathBuf {
        self.dir.join("models")
    }

    pub fn add_model(&self, model: &Model, onnx: &Path) -> Result<()> {
        let mut models = locked(&self.models);
        if models.all.contains_key(&model.id) {
            return Err(StoreError::Conflict(format!("there is a model {} already", model.id)));
        }
        let size = std::fs::metadata(onnx).what(|| format!("read {}", onnx.display()))?.len();
        self.room_for_bulk(size)?;
        let target = self.onnx(model.id);
        let bytes = durable::move_in(onnx, &target)?;
        // The record comes last: a model is there when its record is.
        let model = Model { bytes, deployed: false, ..model.clone() };
        let json = serde_json::to_vec_pretty(&model).map_err(|e| StoreError::Invalid(e.to_string()))?;
        durable::replace(&target.with_extension("json"), &json)?;
        models.all.insert(model.id, model);
        Ok(())
    }

    fn onnx(&self, id: ModelId) -> PathBuf {
        self.models_dir().join(format!("{id}.onnx"))
    }

    pub fn model(&self, id: ModelId) -> Result<Model> {
        locked(&self.models).found(id)
    }

    pub fn models(&self, before: Option<ModelId>, limit: usize) -> Result<Slice<Model>> {
        let models = locked(&self.models);
        let ids = models.all.keys().rev().copied().filter(|id| before.is_none_or(|b| *id < b));
        slice(ids, limit, |id| Ok(models.shown(id)))
    }

    pub fn model_path(&self, id: ModelId) -> Result<PathBuf> {
        self.model(id)?;
        let path = self.onnx(id);
        match path.is_file() {
            true => Ok(path),
            false => {
                Err(StoreError::Damaged(format!("{} is gone: restore it or deploy another model", path.display())))
            }
        }
    }

    pub fn deployed(&self) -> Option<Model> {
        let models = locked(&self.models);
        models.deployments.current.and_then(|id| models.shown(id))
    }

    pub fn deploy(&self, id: ModelId) -> Result<Model> {
        self.model_path(id)?;
        let mut models = locked(&self.models);
        let mut next = models.deployments.clone();
        if next.current != Some(id) {
            next.previous.extend(next.current.replace(id));
            let old = next.previous.len().saturating_sub(HISTORY);
            next.previous.drain(..old);
            self.write_deployments(&mut models, next)?;
        }
        models.found(id)
    }

    pub fn roll_back(&self) -> Result<Model> {
        let mut models = locked(&self.models);
        let mut next = models.deployments.clone();
        // One whose file is gone is no use.
        while let Some(id) = next.previous.pop() {
            if models.all.contains_key(&id) && self.onnx(id).is_file() {
                next.current = Some(id);
                self.write_deployments(&mut models, next)?;
                return models.found(id);
            }
        }
        Err(StoreError::Conflict("no model was deployed before this one: deploy one instead".into()))
    }

    fn write_deployments(&self, models: &mut Models, next: Deployments) -> Result<()> {
        let json = serde_json::to_vec_pretty(&next).map_err(|e| StoreError::Invalid(e.to_string()))?;
        durable::replace(&self.models_dir().join("deployed.json"), &json)?;
        models.deployments = next;
        Ok(())
    }

    /// For `check`: how many there are, and what is wrong with them.
    pub fn check_models(&self) -> (u64, Vec<String>) {
        let models = locked(&self.models);
        let mut problems = models.damaged.clone();
        for model in models.all.values() {
            match std::fs::metadata(self.onnx(model.id)) {
                Ok(m) if m.len() == model.bytes => {}
                Ok(m) => problems.push(format!(
                    "models/{}.onnx has {} bytes, not the {} it was stored with",
                    model.id,
                    m.len(),
                    model.bytes
                )),
                Err(e) => problems.push(format!("models/{}.onnx: {e}", model.id)),
            }
        }
        if let Some(id) = models.deployments.current
            && !models.all.contains_key(&id)
        {
            problems.push(format!("the deployed model {id} is not there"));
        }
        (models.all.len() as u64, problems)
    }
}
