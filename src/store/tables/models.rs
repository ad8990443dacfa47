//! The table of models and of what was deployed.

use crate::domain::{CameraId, Model, ModelId, Stamp};
use crate::store::durable::Files;
use crate::store::error::{Result, StoreError};
use crate::store::stamped;
use crate::store::tables::history::Said;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Deployments that can be rolled back, at each place.
pub const HISTORY: usize = 20;

/// What is live, and what was before.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Deployments {
    /// At all cameras that have no model of their own.
    #[serde(flatten)]
    pub all: Lineage,
    /// At those that have one; it is their `current`.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub cameras: BTreeMap<CameraId, Lineage>,
    /// What is told of the newest change.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub said: Option<Said>,
}

/// What is live at one place, and what was before, newest last.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Lineage {
    pub current: Option<ModelId>,
    pub previous: Vec<ModelId>,
}

/// Where a model was live that is lost, and what is live there now.
#[derive(Clone, Debug, PartialEq)]
pub struct Lost {
    /// At that one; without, at all that have none of their own.
    pub camera: Option<CameraId>,
    pub now: Option<ModelId>,
}

impl Lineage {
    /// This model is live from now on; answers whether it was not before.
    pub fn go_on(&mut self, id: ModelId) -> bool {
        if self.current == Some(id) {
            return false;
        }
        self.previous.extend(self.current.replace(id));
        let old = self.previous.len().saturating_sub(HISTORY);
        self.previous.drain(..old);
        true
    }

    /// The newest one before that is still of use is live again, if there is one.
    pub fn go_back(&mut self, is_of_use: impl Fn(ModelId) -> Result<bool>) -> Result<Option<ModelId>> {
        while let Some(id) = self.previous.pop() {
            if is_of_use(id)? {
                self.current = Some(id);
                return Ok(Some(id));
            }
        }
        Ok(None)
    }

    /// This model is lost; where it was live, the one before is. Answers whether it was.
    pub fn lose(&mut self, id: ModelId) -> bool {
        self.previous.retain(|before| *before != id);
        let live = self.current == Some(id);
        if live {
            self.current = self.previous.pop();
        }
        live
    }
}

impl Deployments {
    /// Of each place.
    pub fn lineages(&self) -> impl Iterator<Item = &Lineage> {
        std::iter::once(&self.all).chain(self.cameras.values())
    }

    /// This model is lost; answers at which places it was live. A camera with none of its own left is looked at by the one
    /// for all.
    pub fn lose(&mut self, id: ModelId) -> Vec<Lost> {
        let at_all = self.all.lose(id).then_some(Lost { camera: None, now: self.all.current });
        let mut lost = Vec::from_iter(at_all);
        for (camera, lineage) in &mut self.cameras {
            if lineage.lose(id) {
                lost.push(Lost { camera: Some(camera.clone()), now: lineage.current.or(self.all.current) });
            }
        }
        self.cameras.retain(|_, lineage| lineage.current.is_some());
        lost
    }
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
    /// A change of them was refused, and may have come through all the same: no model goes before they are written again.
    pub doubtful: bool,
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
        let Deployments { all, cameras, .. } = &self.deployments;
        stored.model.deployed = all.current == Some(id);
        let own = cameras.iter().filter(|(_, lineage)| lineage.current == Some(id));
        stored.model.cameras = own.map(|(camera, _)| camera.clone()).collect();
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_device_without_models_of_cameras_keeps_what_is_live_as_it_was_kept_before_there_were_any() {
        let [first, second] = [ModelId::new(), ModelId::new()];
        let before = format!(r#"{{"current":"{second}","previous":["{first}"]}}"#);
        let read: Deployments = serde_json::from_str(&before).unwrap();
        assert_eq!(read.all, Lineage { current: Some(second), previous: vec![first] });
        assert_eq!((read.cameras.len(), serde_json::to_string(&read).unwrap()), (0, before));
        let nothing = r#"{"current":null,"previous":[]}"#;
        assert_eq!(serde_json::to_string(&Deployments::default()).unwrap(), nothing);
    }

    #[test]
    fn where_a_model_is_lost_the_one_before_is_live_and_at_last_the_one_for_all() {
        let [first, second] = [ModelId::new(), ModelId::new()];
        let [door, yard] = ["door", "yard"].map(|id| id.parse::<CameraId>().unwrap());
        let mut live = Deployments::default();
        live.all.go_on(first);
        for id in [first, second] {
            live.cameras.entry(door.clone()).or_default().go_on(id);
        }
        live.cameras.entry(yard.clone()).or_default().go_on(second);
        let lost = |camera: &CameraId, now| Lost { camera: Some(camera.clone()), now };
        assert_eq!(live.lose(second), [lost(&door, Some(first)), lost(&yard, Some(first))]);
        assert_eq!((live.all.current, live.cameras[&door].current), (Some(first), Some(first)));
        assert!(!live.cameras.contains_key(&yard));
        assert_eq!(live.lose(second), []);
        assert_eq!(live.lose(first), [Lost { camera: None, now: None }, lost(&door, None)]);
        assert_eq!(live, Deployments::default());
    }
}
