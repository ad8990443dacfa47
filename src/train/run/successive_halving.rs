//! Successive halving (Jamieson and Talwalkar, 2016): which experiments go on after a rung, and whose weights are kept.

use crate::domain::Metrics;

/// By how much AP50 + AP50:95 must be higher to mean something on the few frames that validate: with 0.03 a setting that
/// was ahead by chance after the first steps ended at a test AP50 of 0.50, the middle at 0.54 (`benches/stamps.py`, 3.5
/// minutes).
const CLEARLY: f32 = 0.1;
/// The best `count` of `scores`, as indices in their old order; ties go to the earlier one. The one in the `middle` of
/// the ranges stops at the last rung only, and only for one that is clearly better: how heads do on a frozen base says
/// little of how they will do when every layer is trained, and the first steps little of the last.
pub fn survivors(scores: &[f32], count: usize, middle: Option<usize>) -> Vec<usize> {
    let mut order: Vec<usize> = (0..scores.len()).collect();
    let favour = |i: &usize| match Some(*i) == middle && scores[*i] > 0.0 {
        true if count > 1 => f32::INFINITY,
        true => scores[*i] + CLEARLY,
        false => scores[*i],
    };
    order.sort_by(|a, b| favour(b).total_cmp(&favour(a)).then(a.cmp(b)));
    order.truncate(count);
    order.sort_unstable();
    order
}

/// Whether an epoch's weights take the place of those kept so far, given how it did and the best score yet. The later
/// ones do unless they are clearly worse: the rate falls to the end, and the best of many epochs on few frames is mostly
/// luck (`docs/training.md` has the figures).
pub fn takes_over(epoch: &Metrics, best: f32) -> bool {
    epoch.loss.is_finite() && epoch.score() > best - CLEARLY
}

/// Whether an experiment lost what had been learned, which more steps of the same length seldom bring back: its epoch was
/// clearly worse than the best one, for the second time in a row (`behind`: how often before), or has not even half of it.
pub fn fell_apart(epoch: &Metrics, best: f32, behind: u32) -> bool {
    !takes_over(epoch, best) && (behind > 0 || !epoch.loss.is_finite() || epoch.score() < best / 2.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_best_go_on() {
        assert_eq!(survivors(&[0.1, 0.5, 0.0, 0.5, 0.2], 3, None), [1, 3, 4]);
        assert_eq!(survivors(&[0.3], 1, None), [0]);
    }

    #[test]
    fn the_middle_stops_at_the_last_rung_for_one_that_is_clearly_better() {
        assert_eq!(survivors(&[0.1, 0.5, 0.0, 0.4], 2, Some(0)), [0, 1]);
        assert_eq!(survivors(&[0.5, 0.5 + CLEARLY / 2.0], 1, Some(0)), [0]);
        assert_eq!(survivors(&[0.5, 0.5 + CLEARLY * 2.0], 1, Some(0)), [1]);
        assert_eq!(survivors(&[0.0, 0.01, 0.2], 2, Some(0)), [1, 2], "it diverged");
    }

    #[test]
    fn a_later_epoch_is_kept_unless_it_is_clearly_worse() {
        let epoch = Metrics { ap50: 0.9, ap50_95: 0.5, ..Default::default() };
        assert!(takes_over(&epoch, 1.4 + CLEARLY / 2.0));
        assert!(!takes_over(&epoch, 1.4 + CLEARLY * 2.0));
        assert!(takes_over(&Metrics::default(), 0.0), "nothing found yet is no reason to keep the first steps");
        assert!(!takes_over(&Metrics { loss: f32::NAN, ..Default::default() }, 0.0), "it diverged");
    }

    #[test]
    fn what_lost_half_or_is_clearly_worse_twice_fell_apart() {
        let epoch = |ap50| Metrics { ap50, ..Default::default() };
        assert!(fell_apart(&epoch(0.1), 0.6, 0));
        assert!(!fell_apart(&epoch(0.35), 0.6, 0), "worse, perhaps on its way");
        assert!(fell_apart(&epoch(0.35), 0.6, 1));
        assert!(!fell_apart(&epoch(0.6 - CLEARLY / 2.0), 0.6, 1));
        assert!(!fell_apart(&epoch(0.0), CLEARLY / 2.0, 0), "there was next to nothing to lose");
        assert!(fell_apart(&Metrics { loss: f32::NAN, ..Default::default() }, 0.0, 0));
    }
}
