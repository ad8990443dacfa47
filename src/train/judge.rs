//! How good a model's file is: not the graph that it came from, the file itself is run.

use super::error::TrainError;
use super::evaluate::{self, FrameResult, Scored};
use super::run::{Plan, TrainingFrame};
use super::tally;
use crate::domain::{BBox, Category, FrameId, Judged, Metrics, Model, Side};
use crate::live::Detector;
use crate::runtime::{Runtime, SessionOptions};
use serde::{Deserialize, Serialize};
use std::path::Path;

/// What a model's file sees in these frames, beside the truth.
pub fn judge<'a>(
    runtime: &Runtime,
    model: &Model,
    path: &Path,
    categories: &[Category],
    frames: impl Iterator<Item = &'a TrainingFrame>,
    load: &dyn Fn(FrameId) -> Result<image::RgbImage, TrainError>,
) -> Result<Vec<FrameResult>, TrainError> {
    let mut detector = Detector::load(runtime, model, path, SessionOptions::default())
        .map_err(TrainError::because("the model can't be loaded"))?;
    let index = |name: &str| categories.iter().position(|c| c.name == name);
    let mut results = Vec::new();
    for frame in frames {
        let whole = BBox::new(0.0, 0.0, frame.size.0 as f32, frame.size.1 as f32);
        let seen = detector.detect(&load(frame.id)?, 0.0).map_err(TrainError::because("the model does not run"))?;
        results.push(FrameResult {
            truth: frame.labels.iter().filter_map(|l| Some((index(&l.category)?, l.bbox.unwrap_or(whole)))).collect(),
            predictions: seen
                .into_iter()
                .filter_map(|p| {
                    Some(Scored { category: index(&p.category)?, bbox: p.bbox.unwrap_or(whole), score: p.score })
                })
                .collect(),
            loss: 0.0,
        });
    }
    Ok(results)
}

/// How good a model's file is on the validation frames.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Tested {
    pub metrics: Metrics,
    /// In counts, predictions counting from the model's own threshold up: what the live picture would show.
    pub judged: Judged,
}

/// Tests a model's file on the validation frames.
pub fn on_validation(
    runtime: &Runtime,
    model: &Model,
    path: &Path,
    plan: &Plan,
    load: &dyn Fn(FrameId) -> Result<image::RgbImage, TrainError>,
) -> Result<Tested, TrainError> {
    let frames = plan.frames.iter().filter(|f| f.side == Side::Validation);
    on_frames(runtime, (model, path), &plan.categories, frames, load)
}

/// Tests a model's file on these frames.
pub fn on_frames<'a>(
    runtime: &Runtime,
    (model, path): (&Model, &Path),
    categories: &[Category],
    frames: impl Iterator<Item = &'a TrainingFrame>,
    load: &dyn Fn(FrameId) -> Result<image::RgbImage, TrainError>,
) -> Result<Tested, TrainError> {
    let results = judge(runtime, model, path, categories, frames, load)?;
    Ok(Tested {
        metrics: evaluate::evaluate(&results, categories.len()).metrics,
        judged: tally::judged(&results, model.threshold, categories),
    })
}
