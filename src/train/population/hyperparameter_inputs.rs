//! What hyperparameters are to a graph: its inputs besides weights and frames.

use crate::domain::Hyperparameters;
use crate::graph::Tensor;
use rand::RngExt;
use rand_chacha::ChaCha8Rng;

/// Channels of the head switched on, `[2, E·hidden]`: those within an experiment's width, without those dropped.
pub fn masks(hyper: &[Hyperparameters], hidden: usize, rng: &mut ChaCha8Rng) -> Tensor {
    let mut masks = Vec::with_capacity(2 * hyper.len() * hidden);
    for layer in 0..2 {
        for hyper in hyper {
            // Dropout works on the first layer only: the second feeds the predictions.
            let drop = if layer == 0 { hyper.dropout } else { 0.0 };
            for channel in 0..hidden {
                let off = channel >= hyper.width as usize || (drop > 0.0 && rng.random::<f32>() < drop);
                masks.push(if off { 0.0 } else { 1.0 / (1.0 - drop) });
            }
        }
    }
    Tensor::f32([2, hyper.len() * hidden], masks)
}

/// How much each frame counts for each experiment, `[batch, E]`: plain and augmented views in the mix it wants.
pub fn shares(hyper: &[Hyperparameters], plain: &[bool]) -> Tensor {
    let viewed = plain.iter().filter(|p| !**p).count() as f32 / plain.len() as f32;
    let mut shares = Vec::with_capacity(plain.len() * hyper.len());
    for plain in plain {
        for hyper in hyper {
            let mix = if viewed == 0.0 {
                0.0
            } else if viewed == 1.0 {
                1.0
            } else {
                hyper.view_mix
            };
            shares.push(if *plain { (1.0 - mix) / (1.0 - viewed) } else { mix / viewed });
        }
    }
    let count = plain.len() as f32;
    shares.iter_mut().for_each(|s| *s /= count);
    Tensor::f32([plain.len(), hyper.len()], shares)
}

/// What the loss is told of each experiment.
pub fn loss_inputs(hyper: &[Hyperparameters]) -> [(&'static str, Tensor); 3] {
    let own = |f: fn(&Hyperparameters) -> f32| Tensor::f32([hyper.len()], hyper.iter().map(f).collect());
    [
        ("focal_gamma", own(|h| h.focal_gamma)),
        ("box_weight", own(|h| h.box_weight)),
        ("target_radius", own(|h| h.target_radius)),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::train::run::hyperparameters::draw;

    /// What the plain pictures of a batch and the augmented ones weigh together, by experiment.
    fn weights(hyper: &[Hyperparameters], plain: &[bool]) -> Vec<(f32, f32)> {
        let shares = shares(hyper, plain);
        let rows: Vec<&[f32]> = shares.as_f32().unwrap().chunks(hyper.len()).collect();
        let sum = |e: usize, which: bool| rows.iter().zip(plain).filter(|(_, p)| **p == which).map(|(r, _)| r[e]).sum();
        (0..hyper.len()).map(|e| (sum(e, true), sum(e, false))).collect()
    }

    #[test]
    fn view_mix_is_the_share_of_the_loss_that_augmented_views_have() {
        let hyper = draw(3, 7);
        for (hyper, (plain, viewed)) in hyper.iter().zip(weights(&hyper, &[false, true, false, false])) {
            assert!((viewed - hyper.view_mix).abs() < 1e-6 && (plain - (1.0 - hyper.view_mix)).abs() < 1e-6);
        }
        for one_sort in [true, false] {
            for (plain, viewed) in weights(&hyper, &[one_sort; 4]) {
                assert!((plain + viewed - 1.0).abs() < 1e-6, "a batch of one sort is not mixed");
            }
        }
    }
}
