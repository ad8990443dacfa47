//! Which hyperparameters are tried, and which experiments go on.

use crate::domain::Hyperparameters;
use rand::{Rng, RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// Hidden channels that experiments try.
pub const WIDTHS: [u32; 3] = [16, 24, 32];

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
        weight_decay: 1e-2,
        width: WIDTHS[WIDTHS.len() - 1],
        dropout: 0.1,
        focal_gamma: 2.0,
        box_weight: 2.0,
        target_radius: 0.12,
        view_mix: 0.7,
        seed,
    }
}

/// Rates and decays are drawn evenly over their logarithms (Bergstra & Bengio, 2012).
fn one(rng: &mut impl Rng, seed: u64) -> Hyperparameters {
    let mut log = |low: f32, high: f32| (rng.random_range(low.ln()..high.ln())).exp();
    let learning_rate = log(1e-3, 1e-2);
    let weight_decay = log(1e-3, 1e-1);
    Hyperparameters {
        learning_rate,
        weight_decay,
        width: WIDTHS[rng.random_range(0..WIDTHS.len())],
        dropout: rng.random_range(0.0..0.3),
        focal_gamma: rng.random_range(1.5..2.5),
        box_weight: rng.random_range(1.0..4.0),
        target_radius: rng.random_range(0.08..0.18),
        view_mix: rng.random_range(0.4..1.0),
        seed,
    }
}

/// After which epochs the weaker half stops, and how many go on (Jamieson & Talwalkar, "Successive halving", 2016).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rungs {
    /// Epochs, rising; one a rung.
    pub ends: Vec<u32>,
}

impl Rungs {
    /// Three rungs, at a twelfth, a quarter and a half of the way: then each phase costs about the same.
    pub fn plan(epochs: u32) -> Self {
        let mut ends: Vec<u32> =
            [12, 4, 2].iter().map(|d| epochs.div_ceil(*d)).filter(|e| *e >= 1 && *e < epochs).collect();
        ends.dedup();
        Self { ends }
    }

    /// Whether the weaker half stops after this epoch.
    pub fn ends_at(&self, epoch: u32) -> bool {
        self.ends.contains(&epoch)
    }
}

/// The better half (rounded up) of `scores`, as indices in their old order; ties go to the earlier one. An experiment
/// whose loss ran away scores NaN and goes first.
pub fn survivors(scores: &[f32]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..scores.len()).collect();
    let key = |i: &usize| if scores[*i].is_nan() { f32::NEG_INFINITY } else { scores[*i] };
    order.sort_by(|a, b| key(b).total_cmp(&key(a)).then(a.cmp(b)));
    order.truncate(scores.len().div_ceil(2));
    order.sort_unstable();
    order
}

/// The share of its learning rate that an experiment uses at this step: linear warm-up over the first 3 % of the steps,
/// then a half cosine (Loshchilov & Hutter, "SGDR", 2017) down to a hundredth.
pub fn rate(step: usize, steps: usize) -> f32 {
    let warm = (steps as f32 * 0.03).max(1.0);
    if (step as f32) < warm {
        return (step as f32 + 1.0) / (warm + 1.0);
    }
    let part = (step as f32 - warm) / (steps as f32 - warm).max(1.0);
    0.01 + 0.99 * 0.5 * (1.0 + (std::f32::consts::PI * part.min(1.0)).cos())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_better_half_goes_on() {
        assert_eq!(survivors(&[0.1, 0.5, f32::NAN, 0.5, 0.2]), [1, 3, 4]);
        assert_eq!(survivors(&[0.3]), [0]);
    }

    #[test]
    fn rungs_halve_before_the_end() {
        assert_eq!(Rungs::plan(40).ends, [4, 10, 20]);
        assert_eq!(Rungs::plan(1).ends, [] as [u32; 0]);
        assert_eq!(Rungs::plan(3).ends, [1, 2]);
    }

    #[test]
    fn the_rate_warms_up_and_falls() {
        assert!(rate(0, 1000) < 0.1);
        assert!((rate(30, 1000) - 1.0).abs() < 0.01);
        assert!(rate(999, 1000) < 0.02);
    }

    #[test]
    fn the_same_seed_draws_the_same() {
        assert_eq!(draw(24, 7), draw(24, 7));
        assert_ne!(draw(24, 7), draw(24, 8));
    }
}
