//! Whether a new model goes live: its file and the deployed one's are run on the same validation frames.

use super::words::Facts;
use crate::domain::{Category, Model, Outcome, OutcomeKind, Side};
use crate::store::Store;
use crate::train::error::TrainError;
use crate::train::judge::Tested;
use crate::train::run::Plan;
use std::path::Path;

/// What models are tested on.
pub struct Test<'a> {
    pub categories: &'a [Category],
    /// Labelled frames that took part.
    pub labelled: usize,
    /// Of them, those it is tested on.
    pub tested: usize,
}

impl<'a> From<&'a Plan> for Test<'a> {
    fn from(plan: &'a Plan) -> Self {
        let tested = plan.frames.iter().filter(|f| f.side == Side::Validation).count();
        Self { categories: &plan.categories, labelled: plan.frames.len(), tested }
    }
}

/// Whether the new model goes live, and why or why not: it has to reach `floor` (AP50), and to beat the one that is live
/// where it would be, on the same validation frames. `test`: how good a model's file is on them.
pub fn outcome(
    (store, before): (&Store, Option<Model>),
    new: Tested,
    floor: f32,
    on: &Test,
    test: &mut dyn FnMut(&Model, &Path) -> Result<Tested, TrainError>,
) -> Result<Outcome, TrainError> {
    let old = before.map(|old| {
        let path = store.sound_model(old.id)?;
        test(&old, &path)
    });
    let old = match old {
        None => Before::None,
        Some(Ok(tested)) => Before::Tested(tested),
        // The process that tests has ended.
        Some(Err(error @ (TrainError::Cancelled | TrainError::Memory(_) | TrainError::Silent(_)))) => {
            return Err(error);
        }
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
        categories: on.categories,
        labelled: on.labelled,
        tested: on.tested,
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
    use crate::domain::{Judged, Metrics};

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
