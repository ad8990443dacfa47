//! Whether a new model is better than the deployed one: both files are run on the same validation frames.

use crate::domain::{BBox, Category, FrameId, Metrics, Model, Side};
use crate::live::Detector;
use crate::runtime::{Runtime, SessionOptions};
use crate::store::Store;
use crate::train::error::TrainError;
use crate::train::evaluate::{self, FrameResult, Scored};
use crate::train::run::{Plan, TrainingFrame};

/// What a model's file sees in these frames, beside the truth.
pub fn judge<'a>(
    runtime: &Runtime,
    model: &Model,
    path: &std::path::Path,
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

/// Metrics of a model's file on the validation frames.
pub fn on_validation(
    runtime: &Runtime,
    model: &Model,
    path: &std::path::Path,
    plan: &Plan,
    load: &dyn Fn(FrameId) -> Result<image::RgbImage, TrainError>,
) -> Result<Metrics, TrainError> {
    let frames = plan.frames.iter().filter(|f| f.side == Side::Validation);
    let results = judge(runtime, model, path, &plan.categories, frames, load)?;
    Ok(evaluate::evaluate(&results, plan.categories.len()).metrics)
}

/// Whether the new model beats the deployed one on the same validation frames, and why or why not.
pub fn compare(
    runtime: &Runtime,
    store: &Store,
    model: &Model,
    plan: &Plan,
    load: &dyn Fn(FrameId) -> Result<image::RgbImage, TrainError>,
) -> Result<(bool, String), TrainError> {
    let new = model.metrics.ap50;
    let count = plan.frames.iter().filter(|f| f.side == Side::Validation).count();
    if new <= 0.0 {
        return Ok((false, format!("not deployed: it finds nothing on the {count} validation frames; label more")));
    }
    let Some(old) = store.deployed()? else {
        return Ok((true, format!("deployed: the first model, AP50 {new:.3} on {count} validation frames")));
    };
    let path = store.model_path(old.id)?;
    Ok(match on_validation(runtime, &old, &path, plan, load) {
        Ok(metrics) if new > metrics.ap50 => (
            true,
            format!(
                "deployed: AP50 {new:.3} beats {:.3} of the model before on {count} validation frames",
                metrics.ap50
            ),
        ),
        Ok(metrics) => (
            false,
            format!(
                "not deployed: AP50 {new:.3} does not beat {:.3} of the deployed model on {count} validation frames",
                metrics.ap50
            ),
        ),
        Err(error) => (true, format!("deployed: AP50 {new:.3}; the model before could not be judged ({error})")),
    })
}
