//! Whether a model that another device made goes live here: judged on frames of this device from which neither it nor the
//! live one learned.

use super::sound;
use super::verdict::{self, Test};
use crate::domain::{Category, Frame, FrameId, FrameLabels, Model, Outcome, Side};
use crate::picture::{self, Bounds};
use crate::runtime::Runtime;
use crate::store::Store;
use crate::train::error::TrainError;
use crate::train::judge;
use crate::train::run::TrainingFrame;
use std::path::Path;

/// Fewer say too little.
pub const LEAST: usize = 5;

/// What a candidate is judged by.
pub struct Trial<'a> {
    pub runtime: &'a Runtime,
    pub store: &'a Store,
    /// What this device looks for.
    pub categories: &'a [Category],
    pub frames: &'a [(Frame, FrameLabels)],
    /// The least AP50 with which a model goes live.
    pub floor: f32,
    /// Asked before each picture; its error ends the trial.
    pub check: &'a dyn Fn() -> Result<(), TrainError>,
}

impl Trial<'_> {
    /// Whether this model, which is in the store, is to go live in place of the one `before`, and why or why not.
    pub fn outcome(&self, candidate: &Model, before: Option<Model>) -> Result<Outcome, TrainError> {
        let frames: Vec<TrainingFrame> = self.frames.iter().map(|(frame, labels)| frame_of(frame, labels)).collect();
        let load = |id: FrameId| {
            (self.check)()?;
            let jpeg = sound::jpeg(self.store, id)?;
            picture::decode(&jpeg, Bounds::default())
                .map_err(TrainError::because(format!("frame {id} can't be decoded")))
        };
        let mut test = |model: &Model, path: &Path| {
            judge::on_frames(self.runtime, (model, path), self.categories, frames.iter(), &load)
        };
        let tested = test(candidate, &self.store.sound_model(candidate.id)?)?;
        let on = Test { categories: self.categories, labelled: frames.len(), tested: frames.len() };
        verdict::outcome((self.store, before), tested, self.floor, &on, &mut test)
    }
}

fn frame_of(frame: &Frame, labels: &FrameLabels) -> TrainingFrame {
    TrainingFrame {
        id: frame.id,
        size: (frame.width, frame.height),
        labels: labels.labels.clone(),
        rejected: vec![],
        side: Side::Validation,
    }
}
