//! What a training is given: its categories and labelled frames, as they were when it began.

use crate::dataset::split;
use crate::domain::{Category, Frame, FrameLabels, Side, SplitCounts, Training};
use crate::store::{Store, StoreError, TrainingFiles};
use crate::train::error::TrainError;
use crate::train::run::TrainingFrame;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// Name of the file in a training's folder.
const FILE: &str = "given.json";

/// Categories and frames of a training.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Given {
    pub categories: Vec<Category>,
    pub frames: Vec<TrainingFrame>,
    /// SHA-256 over the frames and their labels, hex.
    pub hash: String,
}

impl Given {
    /// What the training began with; labels that were changed while it was interrupted wait for the next one.
    /// Where that can't be read any more it is gathered anew; a checkpoint of other frames or labels is then refused.
    pub fn of(store: &Store, files: &TrainingFiles, training: &Training, seed: u64) -> Result<Self, TrainError> {
        match files.read(FILE) {
            Ok(Some(bytes)) => match serde_json::from_slice(&bytes) {
                Ok(given) => return Ok(given),
                Err(error) => tracing::warn!(training = %training.id, %error, "what it was given is not understood"),
            },
            Ok(None) => {}
            Err(StoreError::Damaged(why)) => tracing::warn!(training = %training.id, why, "what it was given is lost"),
            Err(error) => return Err(error.into()),
        }
        let given = Self::gather(store, &training.categories, seed)?;
        let bytes =
            serde_json::to_vec(&given).map_err(TrainError::because("what the training is given can't be kept"))?;
        files.write(FILE, &bytes)?;
        Ok(given)
    }

    /// The labelled frames of a store, with labels of these categories, put on their sides.
    pub fn gather(store: &Store, names: &[String], seed: u64) -> Result<Self, TrainError> {
        let categories: Vec<Category> = store.categories()?.into_iter().filter(|c| names.contains(&c.name)).collect();
        let mut labelled = store.labelled()?;
        for (_, labels) in &mut labelled {
            labels.labels.retain(|l| names.contains(&l.category));
            labels.rejected.retain(|r| names.contains(&r.category));
        }
        let sides = split::split(&labelled, &store.sides()?, seed).sides;
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
        Ok(Self { categories, frames, hash })
    }

    /// How many frames lie on each side; an error if all lie on one.
    pub fn split(&self) -> Result<SplitCounts, TrainError> {
        let on = |side: Side| self.frames.iter().filter(|f| f.side == side).count() as u32;
        let split = SplitCounts { training: on(Side::Training), validation: on(Side::Validation) };
        if split.training == 0 || split.validation == 0 {
            return Err(TrainError::Invalid(
                "all labelled frames were taken within seconds of one another: label frames from other times too, \
                 so that the model can be judged on frames it was not trained on"
                    .into(),
            ));
        }
        Ok(split)
    }
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
