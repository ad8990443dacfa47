//! Pretraining: the network learns to find and describe the things of endless generated scenes, with the same head,
//! loss, step and optimizer as any training.

use super::kinds::kinds;
use super::network;
use super::scenes::{PretrainScene, scene};
use crate::domain::Hyperparameters;
use crate::runtime::Runtime;
use crate::train::TrainError;
use crate::train::base::Base;
use crate::train::scratch::{Learner, Shown};
use rayon::prelude::*;
use std::sync::mpsc::sync_channel;

/// Hidden channels of the head, which is thrown away afterwards.
const HIDDEN: usize = 64;
/// Scenes from which the head's scales are measured.
const MEASURED: u64 = 64;
/// Batches drawn ahead of the step that takes them.
const AHEAD: usize = 2;

/// How long and from what.
#[derive(Clone, Debug)]
pub struct PretrainOptions {
    /// Name of the base.
    pub name: String,
    pub seed: u64,
    pub steps: usize,
    /// Scenes in a step.
    pub batch: usize,
    pub learning_rate: f32,
    pub weight_decay: f32,
}

impl Default for PretrainOptions {
    /// What the default base was made with.
    fn default() -> Self {
        Self { name: "default".into(), seed: 1, steps: 14_400, batch: 8, learning_rate: 1.2e-3, weight_decay: 0.02 }
    }
}

/// The base as it is, for whoever asks.
pub type Snapshot<'a> = dyn Fn() -> Result<Base, TrainError> + 'a;

/// Hears of a step: its number, its loss.
pub type Told<'a> = dyn FnMut(usize, f32, &Snapshot) -> Result<(), TrainError> + 'a;

/// Trains the network; `told` hears of every step: its number and loss, and a way to get the base as it is.
///
/// The same options give the same base on the CPU.
pub fn pretrain(options: &PretrainOptions, runtime: &Runtime, told: &mut Told) -> Result<Base, TrainError> {
    let base = network::untrained(&options.name, options.seed)?;
    let (width, height) = (base.info.width as u32, base.info.height as u32);
    let seed = options.seed;
    let draw = |index: u64| shown(scene(seed, index, width, height));
    let measured: Vec<Shown> = (0..MEASURED).into_par_iter().map(draw).collect();
    let settings = Hyperparameters {
        learning_rate: options.learning_rate,
        base_rate: 1.0,
        weight_decay: options.weight_decay,
        width: HIDDEN as u32,
        dropout: 0.0,
        focal_gamma: 2.0,
        box_weight: 2.0,
        target_radius: 0.12,
        view_mix: 1.0,
        seed,
    };
    let mut learner = Learner::new(&base, runtime, &settings, kinds().len(), options.batch, &measured)?;
    std::thread::scope(|scope| {
        let (send, batches) = sync_channel::<Vec<Shown>>(AHEAD);
        let (steps, batch) = (options.steps as u64, options.batch as u64);
        scope.spawn(move || {
            for step in 0..steps {
                let first = MEASURED + step * batch;
                // The other end is gone once a step has failed.
                if send.send((first..first + batch).into_par_iter().map(draw).collect()).is_err() {
                    break;
                }
            }
        });
        for (step, shown) in batches.into_iter().enumerate() {
            let loss = learner.step(&shown, step as f32 / options.steps as f32)?;
            told(step, loss, &|| learner.base())?;
        }
        learner.base()
    })
}

/// Every thing counts once for each of its attributes.
fn shown(scene: PretrainScene) -> Shown {
    let boxes = scene.objects.iter().flat_map(|o| o.kinds.iter().map(|k| (*k, o.bbox))).collect();
    Shown { pixels: scene.picture.into_raw(), boxes }
}
