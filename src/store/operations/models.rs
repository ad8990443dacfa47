//! Models: `models/{id}.onnx` with `models/{id}.json`, and `models/deployed.json`, the history of what was live: at all
//! cameras, and at those that have a model of their own.

use super::slice::slice;
use crate::domain::{CameraId, FleetEvent, LiveModels, Model, ModelId, TrainingSource, Undo, Who};
use crate::store::api::{GoneLive, Slice};
use crate::store::core::Core;
use crate::store::error::{Result, StoreError, What};
use crate::store::ranked::Held;
use crate::store::stamped;
use crate::store::tables;
use crate::store::tables::history::Said;
use crate::store::tables::models::{Deployments, Lineage, Lost, Models, StoredModel, deployed};
use crate::store::tables::undo::Part;
use parking_lot::MutexGuard;
use std::collections::BTreeSet;
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
        let model = Model { bytes, deployed: false, cameras: vec![], ..model.clone() };
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

    pub fn live_models(&self) -> LiveModels {
        let (all, own) = {
            let models = self.models.lock();
            let current = |lineage: &Lineage| lineage.current.and_then(|id| models.shown(id));
            let Deployments { all, cameras, .. } = &models.deployments;
            let own = cameras.iter().filter_map(|(camera, lineage)| Some((camera.clone(), current(lineage)?)));
            (current(all), own.collect::<Vec<_>>())
        };
        let own = own.into_iter().map(|(camera, model)| (camera, self.model_now(model)));
        LiveModels { all: all.map(|model| self.model_now(model)), own: own.collect() }
    }

    pub fn deploy(&self, id: ModelId, camera: Option<&CameraId>) -> Result<GoneLive> {
        self.sound_model(id)?;
        let models = self.models.lock();
        let mut next = models.deployments.clone();
        let place = match camera {
            Some(camera) => next.cameras.entry(camera.clone()).or_default(),
            None => &mut next.all,
        };
        if !place.go_on(id) {
            drop(models);
            return Ok(GoneLive { model: self.model(id)?, event: None });
        }
        self.gone_live(models, next, id, FleetEvent::deployed(id, camera.cloned()))
    }

    /// Back to the model before, at this place: at a camera in the end to the one for all.
    pub fn roll_back(&self, camera: Option<&CameraId>) -> Result<GoneLive> {
        let models = self.models.lock();
        let mut next = models.deployments.clone();
        // One whose file is gone, or not what it was, is no use.
        let is_of_use = |id: ModelId| match models.all.get(&id) {
            Some(stored) => Ok(self.check_onnx(&stored.model, &self.onnx(id).with_extension("json"))?.is_none()),
            None => Ok(false),
        };
        let back = match camera {
            None => next.all.go_back(is_of_use)?,
            Some(camera) => {
                let Some(own) = next.cameras.get_mut(camera) else {
                    let why = format!("the camera `{camera}` has no model of its own: the one for all looks at it");
                    return Err(StoreError::Conflict(why));
                };
                let before = own.go_back(is_of_use)?;
                match (before, next.all.current) {
                    (Some(before), _) => Some(before),
                    (None, Some(all)) if is_of_use(all)? => next.cameras.remove(camera).and(Some(all)),
                    (None, _) => None,
                }
            }
        };
        match back {
            Some(id) => self.gone_live(models, next, id, FleetEvent::rolled_back(id, camera.cloned())),
            None => Err(StoreError::Conflict("no model was deployed before this one: deploy one instead".into())),
        }
    }

    fn gone_live(
        &self,
        mut models: Held<MutexGuard<'_, Models>>,
        next: Deployments,
        id: ModelId,
        event: FleetEvent,
    ) -> Result<GoneLive> {
        let said = self.write_telling(&mut models, next, &event)?;
        drop(models);
        self.came_true(said);
        Ok(GoneLive { model: self.model(id)?, event: Some(event) })
    }

    fn write_telling(&self, models: &mut Models, next: Deployments, event: &FleetEvent) -> Result<Said> {
        let said = self.foretell(event.clone());
        self.write_deployments(models, Deployments { said: Some(said.clone()), ..next })?;
        Ok(said)
    }

    /// Takes a model away; its files stay until it can't be brought back any more. `gone`: cameras that the device has no
    /// more; being live there keeps no model, and does not come back with it.
    pub fn delete_model(&self, who: &Who, id: ModelId, gone: &[CameraId]) -> Result<Undo> {
        self.not_deployed(&self.models.lock(), id, gone)?;
        self.starts_no_training(id)?;
        let undo = self.way_back(who, "deleted 1 model".into(), 1, &[Part::Model(id)])?;
        let mut models = self.models.lock();
        self.not_deployed(&models, id, gone)?;
        // With the lock held: whoever asks for a training looks for the model once its record is there.
        self.starts_no_training(id)?;
        let mut next = models.deployments.clone();
        next.cameras.retain(|camera, lineage| lineage.current != Some(id) || !gone.contains(camera));
        if next != models.deployments || models.doubtful {
            self.write_deployments(&mut models, next)?;
        }
        // A model is there when its record is.
        self.files.rename(&self.onnx(id).with_extension("json"), &self.onnx(id).with_extension("deleted"))?;
        models.all.remove(&id);
        Ok(undo)
    }

    fn not_deployed(&self, models: &Models, id: ModelId, gone: &[CameraId]) -> Result<()> {
        let Model { deployed, cameras, .. } = models.found(id)?.model;
        match (deployed, cameras.iter().find(|camera| !gone.contains(camera))) {
            (false, None) => Ok(()),
            (true, _) => Err(StoreError::Conflict("this model is live: deploy another one first".into())),
            (false, Some(camera)) => Err(StoreError::Conflict(format!(
                "this model is live on the camera `{camera}`: deploy another one there first, or go back to the one before"
            ))),
        }
    }

    /// Error: a training that is not over starts from this model.
    fn starts_no_training(&self, id: ModelId) -> Result<()> {
        let from = String::from(TrainingSource::Model(id));
        match self.open_trainings()?.into_iter().find(|training| training.from == from) {
            Some(training) => Err(StoreError::Conflict(format!(
                "the training {} starts from this model, and is not over: cancel it, or wait for its end",
                training.id
            ))),
            None => Ok(()),
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
        self.not_deployed(&models, id, &[])?;
        if models.doubtful {
            let known = models.deployments.clone();
            self.write_deployments(&mut models, known)?;
        }
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

    /// Error: what is live on the disk is this or what was before, which is for the next write to settle.
    fn write_deployments(&self, models: &mut Models, next: Deployments) -> Result<()> {
        models.doubtful = true;
        for path in deployed(&self.models_dir()) {
            stamped::write(&self.files, &path, &next)?;
        }
        models.deployments = next;
        models.doubtful = false;
        Ok(())
    }

    /// For `check`: how many there are; those with which something is wrong, and what.
    pub fn check_models(&self) -> Result<(u64, Vec<(ModelId, String)>)> {
        let models = self.models.lock();
        let of = |path: &Path| path.file_stem().and_then(|stem| stem.to_str()?.parse::<ModelId>().ok());
        let damaged = models.damaged.iter().filter_map(|(path, why)| Some((of(path)?, why.clone())));
        let mut problems: Vec<(ModelId, String)> = damaged.collect();
        for StoredModel { model, .. } in models.all.values() {
            if let Some(why) = self.check_onnx(model, &self.onnx(model.id).with_extension("json"))? {
                problems.push((model.id, format!("models/{}.onnx {why}", model.id)));
            }
        }
        let live: BTreeSet<ModelId> = models.deployments.lineages().filter_map(|lineage| lineage.current).collect();
        for id in live.into_iter().filter(|id| !models.all.contains_key(id)) {
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

    /// For `check`: what is wrong with the file of this model, whose record is this.
    pub fn check_onnx(&self, model: &Model, record: &Path) -> Result<Option<String>> {
        let path = self.onnx(model.id);
        let found = match self.files.disk().look(&path) {
            Ok(found) => found,
            Err(error) => return Ok(Some(format!("can't be read: {error}"))),
        };
        if !found.file || found.len != model.bytes {
            return Ok(Some(format!("has {} bytes, not the {} it was stored with", found.len, model.bytes)));
        }
        let wanted = tables::models::read(&self.files, record)?.crc32;
        Ok(match wanted {
            Some(crc) if crc != self.files.crc32(&path)? => Some("does not match its checksum".to_owned()),
            _ => None,
        })
    }

    /// What is wrong with the file of a model, in words; whoever loads it asks before. Reads all of it.
    pub fn wrong_with_model(&self, id: ModelId) -> Result<Option<String>> {
        let model = self.models.lock().found(id)?.model;
        let why = self.check_onnx(&model, &self.onnx(id).with_extension("json"))?;
        Ok(why.map(|why| format!("models/{id}.onnx {why}")))
    }

    /// Where the file of a model lies, which is what was stored. Reads all of it.
    pub fn sound_model(&self, id: ModelId) -> Result<PathBuf> {
        let path = self.model_path(id)?;
        match self.wrong_with_model(id)? {
            None => Ok(path),
            Some(why) => Err(StoreError::Damaged(format!("{why}: take another model"))),
        }
    }

    /// A model was found to be no use: it is put aside, what was live before it is, and that is told until somebody says that
    /// it is known.
    pub fn lose_model(&self, id: ModelId, why: &str) -> Result<()> {
        let now = now_live(self.set_model_aside(id)?);
        self.files.lost(format!("{why}: the model is lost, and its files are put aside{now}"));
        self.dirty();
        Ok(())
    }

    /// Puts a model that is no use out of the way; answers where it was live. What was live there before is then, as long as
    /// there is one; at a camera else the one for all.
    pub fn set_model_aside(&self, id: ModelId) -> Result<Vec<Lost>> {
        for path in [self.onnx(id), self.onnx(id).with_extension("json")] {
            if self.files.is_there(&path)? {
                self.files.set_aside(&path)?;
            }
        }
        let mut models = self.models.lock();
        models.all.remove(&id);
        let mut next = models.deployments.clone();
        let lost = next.lose(id);
        if next != models.deployments {
            self.write_deployments(&mut models, next)?;
        }
        Ok(lost)
    }
}

/// Where a model was live that is lost, and what is live there now, in words that go on.
pub fn now_live(lost: Vec<Lost>) -> String {
    let told = |Lost { camera, now }: Lost| {
        let place = camera.map_or_else(String::new, |camera| format!(" on the camera `{camera}`"));
        match now {
            Some(before) => format!("; it was live{place}, and the one before is now, {before}"),
            None => format!("; it was live{place}, and none is now: deploy one"),
        }
    };
    lost.into_iter().map(told).collect()
}
