//! Which hyperparameters are tried, and which experiments go on.

use crate::domain::{Hyperparameters, Metrics};
use rand::{Rng, RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// Hidden channels that experiments try.
pub const WIDTHS: [u32; 3] = [32, 48, 64];
/// By how much AP50 + AP50:95 must be higher to mean something on the few frames that validate: with 0.03 a setting that
/// was ahead by chance after the first steps ended at a test AP50 of 0.50, the middle at 0.54 (`benches/stamps.py`, 3.5
/// minutes).
const CLEARLY: f32 = 0.1;
/// Steps over which the rate rises.
const WARM_UP: f32 = 30.0;

/// Draws `count` experiments. The first is the middle of the ranges, so that a search of one is a sensible setting.
pub fn draw(count: usize, seed: u64) -> Vec<Hyperparameters> {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    (0..count as u64)
        .map(|i| {
            let drawn = one(&mut rng, seed.wrapping_mul(1009).wrapping_add(i));
            if i > 0 { drawn } else { middle(drawn.seed) }
        })
        .collect()
}

fn middle(seed: u64) -> Hyperparameters {
    Hyperparameters {
        learning_rate: 3e-3,
        base_rate: 0.7,
        weight_decay: 1e-2,
        width: WIDTHS[WIDTHS.len() - 1],
        dropout: 0.0,
        focal_gamma: 2.0,
        box_weight: 2.0,
        target_radius: 0.12,
        view_mix: 0.9,
        seed,
    }
}

/// Rates and decays are drawn evenly over their logarithms (Bergstra & Bengio, 2012).
fn one(rng: &mut impl Rng, seed: u64) -> Hyperparameters {
    let mut log = |low: f32, high: f32| (rng.random_range(low.ln()..high.ln())).exp();
    let learning_rate = log(1.5e-3, 6e-3);
    let weight_decay = log(1e-3, 1e-1);
    let base_rate = log(0.4, 1.0);
    Hyperparameters {
        learning_rate,
        base_rate,
        weight_decay,
        width: WIDTHS[rng.random_range(0..WIDTHS.len())],
        dropout: rng.random_range(0.0..0.1),
        focal_gamma: rng.random_range(1.5..2.5),
        box_weight: rng.random_range(1.0..4.0),
        target_radius: rng.random_range(0.08..0.18),
        view_mix: rng.random_range(0.75..1.0),
        seed,
    }
}

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

/// The share of its learning rate that an experiment uses when this much of the way is behind it (0 to 1): a half cosine
/// (Loshchilov & Hutter, "SGDR", 2017) down to a hundredth.
pub fn rate(way: f32) -> f32 {
    0.01 + 0.99 * 0.5 * (1.0 + (std::f32::consts::PI * way.clamp(0.0, 1.0)).cos())
}

/// The share used after so many steps on a network: the rate rises linearly while the optimizer's moments settle.
pub fn warm_up(made: i32) -> f32 {
    ((made + 1) as f32 / WARM_UP).min(1.0)
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
    fn the_rate_warms_up_and_falls() {
        assert!(warm_up(0) < 0.1);
        assert_eq!(warm_up(100), 1.0);
        assert!((rate(0.0) - 1.0).abs() < 0.01);
        assert!(rate(0.99) < 0.02);
    }

    #[test]
    fn the_same_seed_draws_the_same() {
        assert_eq!(draw(24, 7), draw(24, 7));
        assert_ne!(draw(24, 7), draw(24, 8));
    }
}
