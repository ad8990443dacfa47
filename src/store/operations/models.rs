//! Models: `models/{id}.onnx` with `models/{id}.json`, and `models/deployed.json`, the history of what was live.

use super::slice::slice;
use crate::domain::{Model, ModelId, Undo, Who};
use crate::store::api::Slice;
use crate::store::core::Core;
use crate::store::error::{Result, StoreError, What};
use crate::store::tables;
use crate::store::tables::models::{Deployments, HISTORY, Models};
use crate::store::tables::undo::Part;
use std::path::{Path, PathBuf};

impl Core {
    fn models_dir(&self) -> PathBuf {
        self.dir.join("models")
    }

    pub fn add_model(&self, model: &Model, onnx: &Path) -> Result<()> {
        let mut models = self.models.lock();
        if models.all.contains_key(&model.id) {
            return Err(StoreError::Conflict(format!("there is a model {} already", model.id)));
        }
        let size = self.files.disk().look(onnx).what(|| format!("read {}", onnx.display()))?.len;
        self.room.for_trainings(size)?;
        let target = self.onnx(model.id);
        let bytes = self.files.move_in(onnx, &target)?;
        // The record comes last: a model is there when its record is.
        let model = Model { bytes, deployed: false, ..model.clone() };
        let json = serde_json::to_vec_pretty(&model).map_err(|e| StoreError::Invalid(e.to_string()))?;
        self.files.replace(&target.with_extension("json"), &json)?;
        models.all.insert(model.id, model);
        Ok(())
    }

    fn onnx(&self, id: ModelId) -> PathBuf {
        self.models_dir().join(format!("{id}.onnx"))
    }

    pub fn model(&self, id: ModelId) -> Result<Model> {
        let model = self.models.lock().found(id)?;
        Ok(self.model_now(model))
    }

    /// With its categories as they are called and coloured now; those that are gone, as they were.
    fn model_now(&self, mut model: Model) -> Model {
        for category in &mut model.categories {
            if let Some(now) = self.category_now(&category.name).filter(|now| now.kind == category.kind) {
                *category = now;
            }
        }
        model
    }

    pub fn models(&self, before: Option<ModelId>, limit: usize) -> Result<Slice<Model>> {
        let models = self.models.lock();
        let ids = models.all.keys().rev().copied().filter(|id| before.is_none_or(|b| *id < b));
        let Slice { items, next } = slice(ids, limit, |id| Ok(models.shown(id)))?;
        drop(models);
        Ok(Slice { items: items.into_iter().map(|model| self.model_now(model)).collect(), next })
    }

    pub fn model_path(&self, id: ModelId) -> Result<PathBuf> {
        self.model(id)?;
        let path = self.onnx(id);
        match self.files.is_there(&path)? {
            true => Ok(path),
            false => {
                Err(StoreError::Damaged(format!("{} is gone: restore it or deploy another model", path.display())))
            }
        }
    }

    pub fn deployed(&self) -> Option<Model> {
        let deployed = {
            let models = self.models.lock();
            models.deployments.current.and_then(|id| models.shown(id))
        };
        deployed.map(|model| self.model_now(model))
    }

    pub fn deploy(&self, id: ModelId) -> Result<Model> {
        self.model_path(id)?;
        let mut models = self.models.lock();
        let mut next = models.deployments.clone();
        if next.current != Some(id) {
            next.previous.extend(next.current.replace(id));
            let old = next.previous.len().saturating_sub(HISTORY);
            next.previous.drain(..old);
            self.write_deployments(&mut models, next)?;
        }
        drop(models);
        self.model(id)
    }

    pub fn roll_back(&self) -> Result<Model> {
        let mut models = self.models.lock();
        let mut next = models.deployments.clone();
        // One whose file is gone is no use.
        while let Some(id) = next.previous.pop() {
            if models.all.contains_key(&id) && self.files.is_there(&self.onnx(id))? {
                next.current = Some(id);
                self.write_deployments(&mut models, next)?;
                drop(models);
                return self.model(id);
            }
        }
        Err(StoreError::Conflict("no model was deployed before this one: deploy one instead".into()))
    }

    /// Takes a model away; its files stay until it can't be brought back any more.
    pub fn delete_model(&self, who: &Who, id: ModelId) -> Result<Undo> {
        self.not_deployed(&self.models.lock(), id)?;
        let undo = self.way_back(who, "deleted 1 model".into(), 1, &[Part::Model(id)])?;
        let mut models = self.models.lock();
        self.not_deployed(&models, id)?;
        // A model is there when its record is.
        self.files.rename(&self.onnx(id).with_extension("json"), &self.onnx(id).with_extension("deleted"))?;
        models.all.remove(&id);
        Ok(undo)
    }

    fn not_deployed(&self, models: &Models, id: ModelId) -> Result<()> {
        match models.found(id)?.deployed {
            true => Err(StoreError::Conflict("this model is live: deploy another one first".into())),
            false => Ok(()),
        }
    }

    /// Brings a model back; answers whether it was away.
    pub fn restore_model(&self, id: ModelId) -> Result<bool> {
        let (away, record) = (self.onnx(id).with_extension("deleted"), self.onnx(id).with_extension("json"));
        let mut models = self.models.lock();
        if !self.files.is_there(&away)? {
            return Ok(false);
        }
        self.files.rename(&away, &record)?;
        let model = tables::models::read_json(&self.files, &record).map_err(StoreError::Damaged)?;
        models.all.insert(id, model);
        Ok(true)
    }

    /// Removes a model that is not live, for good; answers how many bytes that was.
    pub fn drop_model(&self, id: ModelId) -> Result<u64> {
        let mut models = self.models.lock();
        self.not_deployed(&models, id)?;
        let bytes = self.on_disk(&self.onnx(id))?;
        // A model is there when its record is.
        self.files.remove(&self.onnx(id).with_extension("json"))?;
        models.all.remove(&id);
        self.files.remove(&self.onnx(id))?;
        Ok(bytes)
    }

    /// Removes a model that was taken away, for good.
    pub fn purge_model(&self, id: ModelId) -> Result<()> {
        let away = self.onnx(id).with_extension("deleted");
        if self.files.is_there(&away)? {
            self.files.remove(&self.onnx(id))?;
            self.files.remove(&away)?;
        }
        Ok(())
    }

    fn write_deployments(&self, models: &mut Models, next: Deployments) -> Result<()> {
        let json = serde_json::to_vec_pretty(&next).map_err(|e| StoreError::Invalid(e.to_string()))?;
        self.files.replace(&self.models_dir().join("deployed.json"), &json)?;
        models.deployments = next;
        Ok(())
    }

    /// For `check`: how many there are, and what is wrong with them.
    pub fn check_models(&self) -> (u64, Vec<String>) {
        let models = self.models.lock();
        let mut problems = models.damaged.clone();
        for model in models.all.values() {
            match self.files.disk().look(&self.onnx(model.id)) {
                Ok(m) if m.len == model.bytes => {}
                Ok(m) => problems.push(format!(
                    "models/{}.onnx has {} bytes, not the {} it was stored with",
                    model.id, m.len, model.bytes
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
