//! Models: `models/{id}.onnx` with `models/{id}.json`, and `models/deployed.json`, the history of what was live.

use super::slice::slice;
use crate::domain::{FleetEvent, Model, ModelId, Undo, Who};
use crate::store::api::{GoneLive, Slice};
use crate::store::core::Core;
use crate::store::error::{Result, StoreError, What};
use crate::store::stamped;
use crate::store::tables;
use crate::store::tables::history::Said;
use crate::store::tables::models::{Deployments, HISTORY, Models, StoredModel, deployed};
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
        let stamp = self.stamp(model.created);
        let stored = StoredModel { model, stamp, crc32: Some(self.files.crc32(&target)?) };
        stamped::write(&self.files, &target.with_extension("json"), &stored)?;
        models.all.insert(stored.model.id, stored);
        Ok(())
    }

    pub fn onnx(&self, id: ModelId) -> PathBuf {
        self.models_dir().join(format!("{id}.onnx"))
    }

    pub fn model(&self, id: ModelId) -> Result<Model> {
        let model = self.models.lock().found(id)?;
        Ok(self.model_now(model))
    }

    /// With its categories as they are called and coloured now; those that are gone, as they were. And its time as it is
    /// known now.
    fn model_now(&self, StoredModel { mut model, stamp, .. }: StoredModel) -> Model {
        (model.created, model.clock) = self.time(model.created, stamp.as_ref());
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

    pub fn deploy(&self, id: ModelId) -> Result<GoneLive> {
        self.model_path(id)?;
        let mut models = self.models.lock();
        let mut next = models.deployments.clone();
        if next.current == Some(id) {
            drop(models);
            return Ok(GoneLive { model: self.model(id)?, event: None });
        }
        next.previous.extend(next.current.replace(id));
        let old = next.previous.len().saturating_sub(HISTORY);
        next.previous.drain(..old);
        let event = FleetEvent::deployed(id);
        let said = self.write_telling(&mut models, next, &event)?;
        drop(models);
        self.came_true(said);
        Ok(GoneLive { model: self.model(id)?, event: Some(event) })
    }

    pub fn roll_back(&self) -> Result<GoneLive> {
        let mut models = self.models.lock();
        let mut next = models.deployments.clone();
        // One whose file is gone is no use.
        while let Some(id) = next.previous.pop() {
            if models.all.contains_key(&id) && self.files.is_there(&self.onnx(id))? {
                next.current = Some(id);
                let event = FleetEvent::rolled_back(id);
                let said = self.write_telling(&mut models, next, &event)?;
                drop(models);
                self.came_true(said);
                return Ok(GoneLive { model: self.model(id)?, event: Some(event) });
            }
        }
        Err(StoreError::Conflict("no model was deployed before this one: deploy one instead".into()))
    }

    fn write_telling(&self, models: &mut Models, next: Deployments, event: &FleetEvent) -> Result<Said> {
        let said = self.foretell(event.clone());
        self.write_deployments(models, Deployments { said: Some(said.clone()), ..next })?;
        Ok(said)
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
        match models.found(id)?.model.deployed {
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
        models.all.insert(id, tables::models::read(&self.files, &record)?);
        Ok(true)
    }

    /// Removes a model that is not live, for good.
    pub fn drop_model(&self, id: ModelId) -> Result<()> {
        let mut models = self.models.lock();
        self.not_deployed(&models, id)?;
        // A model is there when its record is.
        self.files.remove(&self.onnx(id).with_extension("json"))?;
        models.all.remove(&id);
        self.files.remove(&self.onnx(id))
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
        for path in deployed(&self.models_dir()) {
            stamped::write(&self.files, &path, &next)?;
        }
        models.deployments = next;
        Ok(())
    }

    /// For `check`: how many there are; those with which something is wrong, and what.
    pub fn check_models(&self) -> Result<(u64, Vec<(ModelId, String)>)> {
        let models = self.models.lock();
        let of = |path: &Path| path.file_stem().and_then(|stem| stem.to_str()?.parse::<ModelId>().ok());
        let damaged = models.damaged.iter().filter_map(|(path, why)| Some((of(path)?, why.clone())));
        let mut problems: Vec<(ModelId, String)> = damaged.collect();
        for StoredModel { model, .. } in models.all.values() {
            if let Some(why) = self.check_onnx(model)? {
                problems.push((model.id, format!("models/{}.onnx {why}", model.id)));
            }
        }
        if let Some(id) = models.deployments.current
            && !models.all.contains_key(&id)
        {
            problems.push((id, format!("the deployed model {id} is not there")));
        }
        for path in self.files.list(&self.models_dir())? {
            let has = |extension| self.files.is_there(&path.with_extension(extension));
            if path.extension().is_some_and(|e| e == "onnx") && !has("json")? && !has("deleted")? {
                self.files.note(format!("{} has no record beside it, and is not used", path.display()));
            }
        }
        Ok((models.all.len() as u64, problems))
    }

    fn check_onnx(&self, model: &Model) -> Result<Option<String>> {
        let path = self.onnx(model.id);
        let found = match self.files.disk().look(&path) {
            Ok(found) => found,
            Err(error) => return Ok(Some(format!("can't be read: {error}"))),
        };
        if found.folder || found.len != model.bytes {
            return Ok(Some(format!("has {} bytes, not the {} it was stored with", found.len, model.bytes)));
        }
        let wanted = tables::models::read(&self.files, &path.with_extension("json"))?.crc32;
        Ok(match wanted {
            Some(crc) if crc != self.files.crc32(&path)? => Some("does not match its checksum".to_owned()),
            _ => None,
        })
    }

    /// Puts a model that is no use out of the way; answers whether it was live. What was live before is then, as long as
    /// there is one.
    pub fn set_model_aside(&self, id: ModelId) -> Result<bool> {
        for path in [self.onnx(id), self.onnx(id).with_extension("json")] {
            if self.files.is_there(&path)? {
                self.files.set_aside(&path)?;
            }
        }
        let mut models = self.models.lock();
        models.all.remove(&id);
        let mut next = models.deployments.clone();
        next.previous.retain(|before| *before != id);
        let live = next.current == Some(id);
        if live {
            next.current = next.previous.pop();
        }
        if next != models.deployments {
            self.write_deployments(&mut models, next)?;
        }
        Ok(live)
    }
}
