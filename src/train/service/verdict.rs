//! Whether a new model goes live: its file and the deployed one's are run on the same validation frames.

use super::words::Facts;
use crate::domain::{BBox, Category, FrameId, Judged, Metrics, Model, Outcome, OutcomeKind, Side};
use crate::live::Detector;
use crate::runtime::{Runtime, SessionOptions};
use crate::store::Store;
use crate::train::error::TrainError;
use crate::train::evaluate::{self, FrameResult, Scored};
use crate::train::run::{Plan, TrainingFrame};
use crate::train::tally;

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

/// How good a model's file is on the validation frames.
pub struct Tested {
    pub metrics: Metrics,
    /// In counts, predictions counting from the model's own threshold up: what the live picture would show.
    pub judged: Judged,
}

/// Tests a model's file on the validation frames.
pub fn on_validation(
    runtime: &Runtime,
    model: &Model,
    path: &std::path::Path,
    plan: &Plan,
    load: &dyn Fn(FrameId) -> Result<image::RgbImage, TrainError>,
) -> Result<Tested, TrainError> {
    let frames = plan.frames.iter().filter(|f| f.side == Side::Validation);
    let results = judge(runtime, model, path, &plan.categories, frames, load)?;
    Ok(Tested {
        metrics: evaluate::evaluate(&results, plan.categories.len()).metrics,
        judged: tally::judged(&results, model.threshold, &plan.categories),
    })
}

/// Whether the new model goes live, and why or why not: it has to reach `floor` (AP50), and to beat the deployed one on
/// the same validation frames.
pub fn outcome(
    runtime: &Runtime,
    store: &Store,
    new: Tested,
    floor: f32,
    plan: &Plan,
    load: &dyn Fn(FrameId) -> Result<image::RgbImage, TrainError>,
) -> Result<Outcome, TrainError> {
    let old = store.deployed()?.map(|old| {
        let path = store.model_path(old.id)?;
        on_validation(runtime, &old, &path, plan, load)
    });
    let old = match old {
        None => Before::None,
        Some(Ok(tested)) => Before::Tested(tested),
        Some(Err(error)) => {
            tracing::warn!(%error, "the model before can't be tested");
            Before::Untested
        }
    };
    let why = why(new.metrics.ap50, &old, floor);
    let before = match old {
        Before::Tested(tested) => Some(tested.judged),
        Before::None | Before::Untested => None,
    };
    let facts = Facts {
        why,
        judged: &new.judged,
        before: before.as_ref(),
        categories: &plan.categories,
        labelled: plan.frames.len(),
        tested: plan.frames.iter().filter(|f| f.side == Side::Validation).count(),
    };
    let text = facts.text();
    let live = matches!(why, OutcomeKind::First | OutcomeKind::Better | OutcomeKind::BeforeUnjudged);
    Ok(Outcome { live, why, text, judged: new.judged, before })
}

/// What is known of the model that was live.
enum Before {
    None,
    Untested,
    Tested(Tested),
}

fn why(new: f32, old: &Before, floor: f32) -> OutcomeKind {
    match old {
        _ if new <= 0.0 => OutcomeKind::FindsNothing,
        _ if new < floor => OutcomeKind::BelowFloor,
        Before::None => OutcomeKind::First,
        Before::Untested => OutcomeKind::BeforeUnjudged,
        Before::Tested(old) if new > old.metrics.ap50 => OutcomeKind::Better,
        Before::Tested(_) => OutcomeKind::NotBetter,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_model_goes_live_that_reaches_the_floor_and_beats_the_one_before() {
        let old = |ap50| {
            Before::Tested(Tested { metrics: Metrics { ap50, ..Metrics::default() }, judged: Judged::default() })
        };
        assert_eq!(why(0.5, &Before::None, 0.3), OutcomeKind::First);
        assert_eq!(why(0.3, &Before::None, 0.3), OutcomeKind::First);
        assert_eq!(why(0.29, &Before::None, 0.3), OutcomeKind::BelowFloor);
        assert_eq!(why(0.29, &old(0.1), 0.3), OutcomeKind::BelowFloor, "however bad the one before");
        assert_eq!(why(0.0, &Before::None, 0.0), OutcomeKind::FindsNothing, "without a floor too");
        assert_eq!(why(0.5, &old(0.4), 0.3), OutcomeKind::Better);
        assert_eq!(why(0.5, &old(0.5), 0.3), OutcomeKind::NotBetter);
        assert_eq!(why(0.5, &Before::Untested, 0.3), OutcomeKind::BeforeUnjudged);
    }
}
