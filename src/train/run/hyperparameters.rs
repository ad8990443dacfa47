//! Which hyperparameters are tried: where the learning rate, weight decay, … of every experiment are drawn.

use crate::domain::{Category, Hyperparameters};
use crate::train::base::Tap;
use crate::train::network::{HeadShape, kinds};
use rand::{Rng, RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// Hidden channels that experiments try.
pub const WIDTHS: [u32; 3] = [32, 48, 64];
/// The head of a training: as wide as the widest experiment, for these categories.
pub fn head_shape(taps: &[Tap], categories: &[Category]) -> HeadShape {
    let (boxes, tags) = kinds(categories);
    let hidden = WIDTHS[WIDTHS.len() - 1] as usize;
    HeadShape { taps: taps.to_vec(), hidden, boxes: boxes.len(), tags: tags.len() }
}

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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_draws_the_same() {
        assert_eq!(draw(24, 7), draw(24, 7));
        assert_ne!(draw(24, 7), draw(24, 8));
    }
}
