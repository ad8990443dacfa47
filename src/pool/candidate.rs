//! A model of the pool as a candidate: taken only from whom this device trusts, for what this device looks for, and judged on
//! frames of its own that no one learned from.

use super::error::{PoolError, Result};
use super::facts::Facts;
use super::models::{self, Listed};
use super::place::Place;
use super::pull::here;
use crate::config::Fingerprint;
use crate::dataset::Going;
use crate::domain::{CameraId, Category, Frame, FrameId, FrameLabels, Model, ModelId, Outcome, Side};
use crate::live::{DeployError, Deployment};
use crate::runtime::Runtime;
use crate::store::{Store, StoreError};
use crate::train::TrainError;
use crate::train::service::candidate::{LEAST, Trial};
use serde::{Deserialize, Serialize};
use std::cell::RefCell;
use std::collections::{BTreeSet, HashSet};
use std::io::Write;
use std::path::Path;

/// What became of a candidate.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Taken {
    pub model: ModelId,
    /// That made it.
    pub device: String,
    /// Whether it is live, and why or why not.
    pub outcome: Outcome,
}

/// What a candidate is judged with, and where it would go live.
pub struct Judging<'a> {
    pub runtime: &'a Runtime,
    pub deployment: &'a Deployment,
    /// The least AP50 with which a model goes live.
    pub floor: f32,
    /// At which camera; without, at all that have no model of their own.
    pub camera: Option<&'a CameraId>,
}

/// Where a candidate comes from, and to.
pub struct Taking<'a> {
    pub store: &'a Store,
    pub place: &'a Place,
    /// Of this device, and those that it trusts.
    pub trusted: &'a [Fingerprint],
}

impl Taking<'_> {
    /// Takes a model, judges it, and puts it on the live camera if it is better.
    pub fn take(&self, id: ModelId, judging: &Judging, going: &mut Going) -> Result<Taken> {
        let Listed { facts, signed_by } = match models::look(self.place, id)? {
            Ok(listed) => listed,
            Err(why) => return Err(PoolError::Refused(format!("the model {id} can't be taken: {why}"))),
        };
        if !self.trusted.contains(&signed_by) {
            return Err(PoolError::Refused(format!(
                "the model {id} is signed by {signed_by} (it says that it is of {}), and this device does not trust that key: \
                 where you do, add it to pool.trusted",
                facts.device
            )));
        }
        let at = judging.deployment.whose(judging.camera).map_err(|no| PoolError::Refused(no.to_string()))?;
        let before = judging.deployment.at(at.as_ref())?;
        let frames = self.frames(&facts, at.as_ref(), before.as_ref())?;
        let categories = self.same_categories(&facts)?;
        self.keep(&facts)?;
        let going = RefCell::new(going);
        let done = RefCell::new(0);
        let of = frames.len() as u64 * if before.is_some() { 2 } else { 1 };
        let check = || {
            *done.borrow_mut() += 1;
            match (going.borrow_mut())(*done.borrow(), of).is_break() {
                true => Err(TrainError::Cancelled),
                false => Ok(()),
            }
        };
        let Judging { runtime, floor, .. } = *judging;
        let (categories, frames) = (&*categories, &*frames);
        let trial = Trial { runtime, store: self.store, categories, frames, floor, check: &check };
        let outcome = trial.outcome(&self.store.model(id)?, before).map_err(|error| match error {
            TrainError::Cancelled => PoolError::Stopped,
            other => PoolError::Refused(format!("the model {id} can't be judged: {other}")),
        })?;
        if outcome.live {
            judging.deployment.deploy(id, judging.camera).map_err(|error| match error {
                DeployError::Store(error) => PoolError::Store(error),
                DeployError::Camera(no) => PoolError::Refused(no.to_string()),
            })?;
        }
        Ok(Taken { model: id, device: facts.device, outcome })
    }

    /// This device's categories, where they are those of the model. Error: they are not.
    fn same_categories(&self, facts: &Facts) -> Result<Vec<Category>> {
        let ours = self.store.categories()?;
        let mut missing: BTreeSet<&str> = ours.iter().map(|c| c.name.as_str()).collect();
        let (mut unknown, mut other) = (Vec::new(), Vec::new());
        for category in &facts.categories {
            match here(self.store, &category.name) {
                None => unknown.push(format!("`{}`", category.name)),
                Some(now) => {
                    if now.kind != category.kind {
                        other.push(format!("`{}`", now.name));
                    }
                    missing.remove(now.name.as_str());
                }
            }
        }
        let missing: Vec<_> = missing.iter().map(|name| format!("`{name}`")).collect();
        let all = [
            (unknown, "it looks for what this device does not"),
            (missing, "it does not know what this device looks for"),
            (other, "of another kind there"),
        ];
        let all: Vec<_> = all
            .iter()
            .filter(|(names, _)| !names.is_empty())
            .map(|(names, what)| format!("{what}: {}", names.join(", ")))
            .collect();
        match all.is_empty() {
            true => Ok(ours),
            false => {
                Err(PoolError::Refused(format!("the model {} is for other categories: {}", facts.id, all.join("; "))))
            }
        }
    }

    /// Labelled frames of this device from which neither the model nor the one before learned. Error: there are too few.
    fn frames(
        &self,
        facts: &Facts,
        camera: Option<&CameraId>,
        before: Option<&Model>,
    ) -> Result<Vec<(Frame, FrameLabels)>> {
        let mut learned: HashSet<FrameId> = facts.learned.iter().copied().collect();
        if let Some(before) = before {
            match models::look(self.place, before.id) {
                Ok(Ok(listed)) => learned.extend(listed.facts.learned),
                // One of this device's own is known by the sides of its frames.
                Ok(Err(_)) | Err(PoolError::NotFound { .. }) => {}
                Err(error) => return Err(error),
            }
        }
        let sides = self.store.sides()?;
        let of_training: BTreeSet<FrameId> =
            sides.into_iter().filter(|(_, side)| *side == Side::Training).map(|(id, _)| id).collect();
        let mut frames = self.store.labelled()?;
        frames
            .retain(|(frame, _)| frame.pooled.is_none() && camera.is_none_or(|one| frame.camera.as_ref() == Some(one)));
        let all = frames.len();
        frames.retain(|(frame, _)| !of_training.contains(&frame.id) && !learned.contains(&frame.id));
        // `check` tells of them.
        frames.retain(|(frame, _)| !matches!(self.store.jpeg(frame.id), Err(StoreError::Damaged(_))));
        match frames.len() < LEAST {
            true => Err(PoolError::Refused(format!(
                "the model {} can't be judged here: of {all} labelled frames of this device {} are such that no model learned \
                 from them, and {LEAST} are needed: label some more",
                facts.id,
                frames.len()
            ))),
            false => Ok(frames),
        }
    }

    /// Brings the model into the store, where it is not there yet; not live.
    fn keep(&self, facts: &Facts) -> Result<()> {
        match self.store.sound_model(facts.id) {
            Ok(_) => return Ok(()),
            Err(StoreError::NotFound { .. }) => {}
            Err(error) => return Err(error.into()),
        }
        let onnx = models::fetch(self.place, facts)?;
        let failed = |error: std::io::Error| PoolError::Away(format!("the model can't be written: {error}"));
        let mut file =
            self.store.room().guest(Some(facts.bytes), |folder: &Path| tempfile::NamedTempFile::new_in(folder))?;
        file.write_all(&onnx).map_err(failed)?;
        let path = file.into_inner().into_temp_path();
        self.store.add_model(&facts.model(), &path)?;
        // It was moved.
        let _ = path.keep();
        Ok(())
    }
}
