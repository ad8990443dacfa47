//! What a training is given: its categories and labelled frames, as they were when it began.

use super::request::{self, LEAST_FRAMES, ONE_SIDE};
use super::sound::Sound;
use crate::dataset::split::{self, Split};
use crate::domain::{CameraId, Category, Frame, FrameId, FrameLabels, Side, SplitCounts, Training, TrainingId};
use crate::store::{Store, StoreError, TrainingFiles};
use crate::train::error::TrainError;
use crate::train::run::TrainingFrame;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// Name of the file in a training's folder.
const FILE: &str = "given.json";

/// Why a training can't go on of whose frames those of one side were deleted.
const ONE_SIDE_LEFT: &str =
    "the frames that it was to be tested on, or those to learn from, were deleted meanwhile: train again";

/// Categories and frames of a training.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Given {
    pub categories: Vec<Category>,
    pub frames: Vec<TrainingFrame>,
    /// SHA-256 over the frames and their labels, hex.
    pub hash: String,
    /// Labelled frames that are damaged, and left out.
    #[serde(default)]
    pub skipped: u32,
    /// Frames of clips to which labels were carried, and that look like the frame before: left out.
    #[serde(default)]
    pub thinned: u32,
    /// Frames that were deleted for good since it began.
    #[serde(default)]
    pub gone: u32,
}

/// Where labelled frames come from, and what is known of their pictures.
pub struct Source<'a> {
    pub store: &'a Store,
    pub sound: &'a Sound,
    /// Asked before each frame; its error ends the work.
    pub check: &'a (dyn Fn() -> Result<(), TrainError> + Sync),
}

impl Given {
    /// What the training began with; labels that were changed while it was interrupted wait for the next one.
    /// Where that can't be read any more it is gathered anew; a checkpoint of other frames or labels is then refused.
    pub fn of(source: &Source, files: &TrainingFiles, training: &Training, seed: u64) -> Result<Self, TrainError> {
        match files.read(FILE) {
            Ok(Some(bytes)) => match serde_json::from_slice::<Self>(&bytes) {
                Ok(given) => return given.without_unusable(source),
                Err(error) => tracing::warn!(training = %training.id, %error, "what it was given is not understood"),
            },
            Ok(None) => {}
            Err(StoreError::Damaged(why)) => tracing::warn!(training = %training.id, why, "what it was given is lost"),
            Err(error) => return Err(error.into()),
        }
        let given = Self::gather(source, &training.categories, training.camera.as_ref(), seed)?;
        let bytes =
            serde_json::to_vec(&given).map_err(TrainError::because("what the training is given can't be kept"))?;
        files.write(FILE, &bytes)?;
        Ok(given)
    }

    /// The labelled frames of a store that can be read, with labels of these categories, put on their sides; with a camera,
    /// those that it took.
    pub fn gather(source: &Source, names: &[String], camera: Option<&CameraId>, seed: u64) -> Result<Self, TrainError> {
        let store = source.store;
        // They may have been given other names since they were asked for.
        let names: Vec<String> = names.iter().filter_map(|name| store.category_now(name)).map(|c| c.name).collect();
        let categories: Vec<Category> = store.categories()?.into_iter().filter(|c| names.contains(&c.name)).collect();
        let mut labelled = request::labelled(store, camera)?;
        let ids: Vec<FrameId> = labelled.iter().map(|(frame, _)| frame.id).collect();
        let unusable = source.sound.unusable(store, &ids, source.check)?;
        labelled.retain(|(frame, _)| !unusable.contains(&frame.id));
        for (_, labels) in &mut labelled {
            labels.labels.retain(|l| names.contains(&l.category));
            labels.rejected.retain(|r| names.contains(&r.category));
        }
        let Split { sides, thinned, .. } = split::split(&labelled, &store.sides()?, seed, &source.sound.likenesses());
        store.put_sides(&sides)?;
        let hash = hash(&labelled);
        let frames = labelled
            .into_iter()
            .filter_map(|(frame, labels)| {
                Some(TrainingFrame {
                    id: frame.id,
                    size: (frame.width, frame.height),
                    labels: labels.labels,
                    rejected: labels.rejected,
                    side: *sides.get(&frame.id)?,
                })
            })
            .collect();
        Ok(Self { categories, frames, hash, skipped: unusable.damaged.len() as u32, thinned: thinned as u32, gone: 0 })
    }

    /// What was damaged since it began, or deleted for good, is left out too; a checkpoint of more frames is then refused.
    fn without_unusable(mut self, source: &Source) -> Result<Self, TrainError> {
        let ids: Vec<FrameId> = self.frames.iter().map(|f| f.id).collect();
        let unusable = source.sound.unusable(source.store, &ids, source.check)?;
        self.frames.retain(|f| !unusable.contains(&f.id));
        self.skipped += unusable.damaged.len() as u32;
        self.gone += unusable.gone.len() as u32;
        Ok(self)
    }

    /// Which of the categories that were asked for are gone, in words. Error: all are.
    pub fn without_categories(&self, store: &Store, asked: &[String]) -> Result<Option<String>, TrainError> {
        let now = |name: &String| store.category_now(name).is_some_and(|now| self.knows(&now.name));
        let gone: Vec<_> =
            asked.iter().filter(|name| !self.knows(name) && !now(name)).map(|n| format!("`{n}`")).collect();
        match gone.is_empty() {
            true => Ok(None),
            false if self.categories.is_empty() => {
                let gone = gone.join(", ");
                Err(TrainError::Invalid(format!("what it was to learn was deleted meanwhile ({gone}): train again")))
            }
            false => Ok(Some(format!("without what was deleted meanwhile: {}", gone.join(", ")))),
        }
    }

    fn knows(&self, name: &str) -> bool {
        self.categories.iter().any(|category| category.name == name)
    }

    /// How many frames lie on each side. Error: there are too few by now, or all lie on one.
    pub fn split(&self) -> Result<SplitCounts, TrainError> {
        let on = |side: Side| self.frames.iter().filter(|f| f.side == side).count() as u32;
        let split = SplitCounts { training: on(Side::Training), validation: on(Side::Validation) };
        if self.frames.len() < LEAST_FRAMES {
            let there = self.frames.len();
            return Err(TrainError::Invalid(format!(
                "a training needs {LEAST_FRAMES} labelled frames or more; there are {there}{}: label {} more",
                self.without(),
                LEAST_FRAMES - there
            )));
        }
        if self.gone > 0 && (split.training == 0 || split.validation == 0) {
            return Err(TrainError::Invalid(ONE_SIDE_LEFT.into()));
        }
        if split.training == 0 || split.validation == 0 {
            return Err(TrainError::Invalid(ONE_SIDE.into()));
        }
        Ok(split)
    }

    /// What is not among its frames, in words.
    fn without(&self) -> String {
        let some = [(self.skipped, "damaged on the disk"), (self.gone, "deleted by now")];
        let some: Vec<_> =
            some.iter().filter(|(n, _)| *n > 0).map(|(n, what)| format!("the {n} that are {what}")).collect();
        if some.is_empty() { String::new() } else { format!(" without {}", some.join(" and ")) }
    }
}

/// The frames that a training learned from; `None` where that is not kept any more.
pub fn learned(store: &Store, training: TrainingId) -> Result<Option<Vec<FrameId>>, StoreError> {
    let Some(bytes) = store.training_files(training)?.read(FILE)? else { return Ok(None) };
    let given: Option<Given> = serde_json::from_slice(&bytes).ok();
    let learned = |given: Given| given.frames.into_iter().filter(|f| f.side == Side::Training).map(|f| f.id).collect();
    Ok(given.map(learned))
}

fn hash(labelled: &[(Frame, FrameLabels)]) -> String {
    let mut hash = Sha256::new();
    for (frame, labels) in labelled {
        hash.update(frame.id.0.as_bytes());
        hash.update(serde_json::to_vec(&labels.labels).unwrap_or_default());
        if !labels.rejected.is_empty() {
            hash.update(serde_json::to_vec(&labels.rejected).unwrap_or_default());
        }
    }
    hex::encode(hash.finalize())
}
