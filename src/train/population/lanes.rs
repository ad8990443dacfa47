//! How many experiments share a graph. Heads on a frozen base do, as many as there is memory for. Where each trains a copy
//! of the base it is all of them, or none. Which is faster depends on the machine and on the network, so both are timed,
//! and what was measured is remembered.

use super::experiments::Population;
use super::setting::{Setting, StepSettings};
use crate::domain::{BBox, Hyperparameters};
use crate::graph::Processor;
use crate::train::base::Feed;
use crate::train::error::TrainError;
use crate::train::examples::{Batch, Content, Example};
use crate::train::network::{Network, TrueBox, ViewTruth};
use half::f16;
use rand::{Rng, RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Instant;

/// How it is decided.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Lanes {
    /// A graph for one experiment, run for each in turn.
    InTurn,
    /// One graph for all experiments.
    Together,
    /// By timing both, where that was not done before.
    Measured(Timings),
}

/// Numbers that are kept for each weight of every experiment, those that wait for their turn too: its state, twice.
const FOR_STATE: usize = 8;
/// The same while a checkpoint is made: its state once more, and as bytes.
const FOR_CHECKPOINT: usize = 8;
/// Numbers that a step computes for each weight, on its way to the next state.
const FOR_WEIGHT: usize = 4;
/// Numbers that it holds for each weight and part: the gradient, and the sum of those so far.
const FOR_PART: usize = 2;
/// Numbers that a step holds for each activation: itself, its gradient, and copies in another order.
const FOR_ACTIVATION: usize = 4;
/// How much more than a step it takes to look at the frames beside it, and what the allocators leave unused: 24 heads on
/// the default base took 1,050 MB for a step and 1,600 MB with the look.
const LOOKING: f64 = 1.6;
/// On a GPU also all positions of a 3×3 window on it, which the gradient of a convolution's weights gathers.
const FOR_WINDOW: usize = 9;
/// Steps of all experiments before the clock counts: the first one may still allocate.
const WARM_UP: usize = 1;
/// Steps of all experiments that are timed, at most; the fastest counts.
const ROUNDS: usize = 4;
/// Seconds after which no further step is timed.
const SECONDS: f32 = 4.0;
/// Seconds of training below which it isn't worth timing how to do it: that takes several of them.
const WORTH: f32 = 60.0;

/// What was timed on this device, by what it holds for.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Timings(BTreeMap<String, Timing>);

/// Seconds that a step of all experiments took.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Timing {
    pub in_turn: f32,
    pub together: f32,
}

/// How many experiments are to share a graph in a phase of so many `seconds`, where that is known, and with so many bytes
/// of memory. Of heads on a frozen base as many as there is memory for. What had to be timed is added to `lanes`.
pub fn choose(
    lanes: &mut Lanes,
    setting: &Setting,
    hyper: &[Hyperparameters],
    (seconds, room): (Option<f32>, u64),
    cancel: &AtomicBool,
) -> Result<usize, TrainError> {
    let all = hyper.len();
    let timings = match lanes {
        _ if all == 1 => return Ok(all),
        _ if setting.network.fork.weights.is_empty() => return fitting(setting, all, room),
        Lanes::InTurn => return Ok(1),
        Lanes::Together => return Ok(all),
        Lanes::Measured(timings) => timings,
    };
    if fitting(setting, all, room)? < all {
        return Ok(1);
    }
    let key = key(setting, all);
    let timing = match timings.0.get(&key) {
        Some(timing) => *timing,
        None if seconds.is_some_and(|s| s < WORTH) => return Ok(1),
        None => {
            // Two stand for all: a round of many would take long.
            let in_turn = measure(setting, 1, &hyper[..2], cancel)? * all as f32 / 2.0;
            let together = match measure(setting, all, hyper, cancel) {
                Ok(seconds) => seconds,
                Err(TrainError::Cancelled) => return Err(TrainError::Cancelled),
                Err(error) => {
                    // A device has memory of its own, of which nobody tells how much is free.
                    tracing::warn!(%error, "experiments train in turn: together they can't");
                    return Ok(1);
                }
            };
            let timing = Timing { in_turn, together };
            tracing::info!(key, in_turn, together, "timed a step of experiments in turn and together");
            timings.0.insert(key, timing);
            timing
        }
    };
    Ok(if timing.together < timing.in_turn { all } else { 1 })
}

/// The largest equal share of the experiments for which one graph has memory.
fn fitting(setting: &Setting, all: usize, room: u64) -> Result<usize, TrainError> {
    for share in (2..=all).rev().filter(|share| all.is_multiple_of(*share)) {
        if bytes(setting, share, all)? <= room as f64 {
            if share < all {
                tracing::info!(all, share, room, "not all experiments share a graph: it would take too much memory");
            }
            return Ok(share);
        }
    }
    Ok(1)
}

/// Bytes that a phase takes, about, in which so many of `all` experiments share a graph.
fn bytes(setting: &Setting, together: usize, all: usize) -> Result<f64, TrainError> {
    taken(setting, together as f64 * LOOKING, all)
}

/// Bytes that it takes at least, with each experiment in a graph of its own.
pub fn least(setting: &Setting, all: usize) -> Result<f64, TrainError> {
    taken(setting, 1.0, all)
}

/// Bytes of the state of `all` experiments and of so many steps.
fn taken(setting: &Setting, steps: f64, all: usize) -> Result<f64, TrainError> {
    let network = setting.network;
    let weights: usize = network.parameters().iter().map(|p| p.shape.iter().product::<usize>()).sum();
    let parts = setting.runtime.parts(setting.batch);
    let for_activation = match setting.runtime.processor() {
        Processor::Cpu => FOR_ACTIVATION,
        Processor::Gpu => FOR_ACTIVATION + FOR_WINDOW,
    };
    let step = (FOR_WEIGHT + FOR_PART * parts) * weights + for_activation * network.activations(setting.batch)?;
    let kept = (FOR_STATE + FOR_CHECKPOINT) * weights * all;
    Ok((kept as f64 + step as f64 * steps) * size_of::<f32>() as f64)
}

/// What a measurement holds for.
fn key(setting: &Setting, experiments: usize) -> String {
    let runtime = setting.runtime.describe();
    let (threads, base, place) = (setting.runtime.threads(), setting.network.base_name(), setting.network.fork.place);
    format!(
        "{}, {threads} threads, ONNX Runtime {}, base {base} from {place}, {experiments} experiments of width {}, \
         batches of {} in {} parts",
        runtime.device,
        runtime.version,
        setting.network.head.hidden,
        setting.batch,
        setting.runtime.parts(setting.batch)
    )
}

/// Seconds that a step of all experiments takes, with weights and frames that are made up.
pub fn measure(
    setting: &Setting,
    together: usize,
    hyper: &[Hyperparameters],
    cancel: &AtomicBool,
) -> Result<f32, TrainError> {
    let mut rng = ChaCha8Rng::seed_from_u64(0);
    let starts: Vec<_> = hyper.iter().map(|_| setting.network.head.initial(&mut rng, 1.0)).collect();
    let mut population = Population::new(setting, together, hyper, &starts)?;
    let examples: Vec<Example> = (0..setting.batch).map(|_| made_up(setting.network, &mut rng)).collect();
    let batch = Batch::of(setting.network, &examples.iter().collect::<Vec<_>>());
    let (mut best, mut sum) = (f32::INFINITY, 0.0);
    for round in 0..WARM_UP + ROUNDS {
        let clock = Instant::now();
        population.step(&batch, StepSettings { rate: 0.1, seed: round as u64 }, cancel)?;
        let seconds = clock.elapsed().as_secs_f32();
        if round >= WARM_UP {
            best = best.min(seconds);
            sum += seconds;
            if sum > SECONDS {
                break;
            }
        }
    }
    Ok(best)
}

/// A frame of noise with one object in it.
fn made_up(network: &Network, rng: &mut impl Rng) -> Example {
    let (width, height) = network.size();
    let content = if network.feed == Feed::Pixels {
        Content::Pixels((0..width * height * 3).map(|_| rng.random()).collect())
    } else {
        let values = network.fork.crossing.iter().map(|c| {
            let count = c.shape.iter().product();
            let halves: Vec<f16> = (0..count).map(|_| f16::from_f32(rng.random())).collect();
            (c.name.clone(), Arc::new(halves))
        });
        Content::Values(values.collect())
    };
    let (w, h) = (width as f32, height as f32);
    let boxes = if network.head.boxes > 0 {
        vec![TrueBox::drawn(0, BBox::new(w / 4.0, h / 4.0, w / 3.0, h / 3.0))]
    } else {
        vec![]
    };
    Example {
        sample: 0,
        plain: false,
        truth: ViewTruth { boxes, rejected: vec![], tags: vec![0.0; network.head.tags] },
        content,
    }
}
