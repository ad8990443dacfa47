//! The experiments that are still running, on one network: as many of them in one graph as are to share it, and those
//! groups in turn.

use super::TrainError;
use super::features::{self, Example};
use super::looker::{self, Look};
use super::loss::LossScale;
use super::network::{Network, Weights};
use super::settings::{loss_inputs, masks, shares};
use super::step::{self, STATE};
use super::targets::Targets;
use crate::domain::Hyperparameters;
use crate::graph::Tensor;
use crate::runtime::{Runtime, State, StateLoop};
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use std::borrow::Borrow;
use std::sync::atomic::{AtomicBool, Ordering};

/// Share of the average of the weights that a step keeps, once there have been many.
const KEEP: f32 = 0.99;

/// The frames of one step.
pub struct Batch {
    inputs: Vec<(String, Tensor)>,
    /// Whether each frame is shown as it is.
    plain: Vec<bool>,
}

impl Batch {
    /// Puts what these examples show and the truth about them together.
    pub fn of(network: &Network, examples: &[&Example]) -> Self {
        let shape = &network.head;
        let n = examples.len();
        let cells = shape.cells();
        let maps: Vec<Targets> = examples.iter().map(|e| Targets::draw(shape, &e.truth, network.stride())).collect();
        let gather = |f: fn(&Targets) -> &Vec<f32>| maps.iter().flat_map(|t| f(t).iter().copied()).collect::<Vec<_>>();
        let k = shape.boxes.max(1);
        let mut inputs = features::batch(network.size(), &network.fork.crossing, examples);
        let mut add = |name: &str, shape: Vec<usize>, values: Vec<f32>| {
            inputs.push((name.to_owned(), Tensor::f32(shape, values)));
        };
        if shape.boxes > 0 {
            add("distance", vec![n, 1, k, cells], gather(|t| &t.distance));
            add("centre", vec![n, 1, k, cells], gather(|t| &t.centre));
            add("sides", vec![n, 1, 4, cells], gather(|t| &t.sides));
            add("inside", vec![n, 1, 1, cells], gather(|t| &t.inside));
        }
        if shape.tags > 0 {
            let tags = examples.iter().flat_map(|e| e.truth.tags.iter().copied()).collect();
            add("tag_truth", vec![n, 1, shape.tags], tags);
        }
        Self { inputs, plain: examples.iter().map(|e| e.plain).collect() }
    }

    /// The graph's inputs.
    pub fn feed(&self) -> Vec<(&str, Tensor)> {
        self.inputs.iter().map(|(n, t)| (n.as_str(), t.clone())).collect()
    }
}

/// How a step is made, the same for all experiments.
#[derive(Clone, Copy, Debug)]
pub struct StepSettings {
    /// Share of each experiment's learning rates.
    pub rate: f32,
    /// Of what is random in the step.
    pub seed: u64,
}

/// The network that experiments train, and where.
#[derive(Clone, Copy)]
pub struct Setting<'a> {
    pub runtime: &'a Runtime,
    pub network: &'a Network,
    /// Frames in a step.
    pub batch: usize,
    pub scale: LossScale,
}

/// The state of one experiment: for each group of [`STATE`], the parameters in their order.
pub type ExperimentState = Vec<Tensor>;

/// E experiments.
pub struct Population {
    runtime: Runtime,
    network: Network,
    scale: LossScale,
    hyper: Vec<Hyperparameters>,
    /// Experiments in one graph; lane n holds experiments n·together and on.
    together: usize,
    steps: StateLoop,
    batch: usize,
    /// Steps made on this network: AdamW corrects its moments by it.
    made: i32,
}

impl Population {
    /// Starts with these parameters, in the network's order, one list an experiment. `together`: how many share a graph;
    /// it divides their number.
    pub fn new(
        setting: &Setting,
        together: usize,
        hyper: &[Hyperparameters],
        start: &[Weights],
    ) -> Result<Self, TrainError> {
        let fresh = start
            .iter()
            .map(|weights| {
                let weights = setting.network.start(weights)?;
                let zeros: Vec<Tensor> = weights.iter().map(|w| Tensor::full(w.shape.clone(), 0.0)).collect();
                Ok([weights.clone(), zeros.clone(), zeros, weights].concat())
            })
            .collect::<Result<Vec<_>, TrainError>>()?;
        Self::resume(setting, together, hyper, &fresh, 0)
    }

    /// Goes on from the state of each experiment after `made` steps.
    pub fn resume(
        setting: &Setting,
        together: usize,
        hyper: &[Hyperparameters],
        states: &[ExperimentState],
        made: i32,
    ) -> Result<Self, TrainError> {
        let Setting { runtime, network, batch, scale } = *setting;
        if together == 0 || !hyper.len().is_multiple_of(together) {
            return Err(TrainError::Failed(format!("{} experiments can't share graphs by {together}", hyper.len())));
        }
        let graph = step::training_step(network, batch, together, scale)?;
        let names: Vec<String> = STATE
            .into_iter()
            .flat_map(|group| network.parameters().iter().map(move |p| format!("{group}/{}", p.name)))
            .collect();
        let lanes = states
            .chunks(together)
            .map(|lane| {
                let state = names.iter().enumerate();
                state
                    .map(|(i, name)| State {
                        input: name.clone(),
                        output: format!("next/{name}"),
                        value: stack(lane.iter().map(|s| &s[i])),
                    })
                    .collect()
            })
            .collect();
        Ok(Self {
            steps: StateLoop::new(runtime, &graph, lanes, &["losses"])?,
            batch,
            runtime: runtime.clone(),
            network: network.clone(),
            scale,
            hyper: hyper.to_vec(),
            together,
            made,
        })
    }

    /// Steps made on this network.
    pub fn made(&self) -> i32 {
        self.made
    }

    /// One step of all experiments; gives their losses.
    pub fn step(&mut self, batch: &Batch, settings: StepSettings, cancel: &AtomicBool) -> Result<Vec<f32>, TrainError> {
        self.made += 1;
        let mut losses = Vec::with_capacity(self.hyper.len());
        let mut rng = ChaCha8Rng::seed_from_u64(settings.seed);
        for lane in 0..self.hyper.len() / self.together {
            // A step of a large network takes a while on a small machine.
            if cancel.load(Ordering::Relaxed) {
                return Err(TrainError::Cancelled);
            }
            let hyper = &self.hyper[lane * self.together..(lane + 1) * self.together];
            let mut inputs = batch.feed();
            inputs.push(("masks", masks(hyper, self.network.head.hidden, &mut rng)));
            inputs.push(("shares", shares(hyper, &batch.plain)));
            let own = |f: fn(&Hyperparameters) -> f32| Tensor::f32([hyper.len()], hyper.iter().map(f).collect());
            let rate = |base: bool| {
                let of = |h: &Hyperparameters| h.learning_rate * if base { h.base_rate } else { 1.0 } * settings.rate;
                Tensor::f32([hyper.len()], hyper.iter().map(of).collect())
            };
            inputs.push(("rate", rate(false)));
            inputs.push(("base_rate", rate(true)));
            inputs.push(("decay", own(|h| h.weight_decay)));
            let adam = crate::graph::AdamW::default();
            let correction = vec![1.0 - adam.beta1.powi(self.made), 1.0 - adam.beta2.powi(self.made)];
            inputs.push(("correction", Tensor::f32([2], correction)));
            // At the start the average must not hold on to where it began.
            let made = self.made as f32;
            inputs.push(("keep", Tensor::f32([], vec![KEEP.min((1.0 + made) / (10.0 + made))])));
            inputs.extend(loss_inputs(hyper));
            let read = self.steps.step(lane, inputs)?;
            losses.extend_from_slice(read[0].as_f32().unwrap_or_default());
        }
        Ok(losses)
    }

    /// What these experiments see in every example, with their averaged weights: `[slot][example]`.
    pub fn look<T: Borrow<Example>>(
        &self,
        slots: &[usize],
        examples: &[T],
        cancel: &AtomicBool,
    ) -> Result<Vec<Vec<Look>>, TrainError> {
        let setting = Setting { runtime: &self.runtime, network: &self.network, batch: self.batch, scale: self.scale };
        let mut looks = Vec::with_capacity(slots.len());
        for slots in slots.chunks(self.together) {
            let each = slots.iter().map(|s| self.averages(*s)).collect::<Result<Vec<_>, _>>()?;
            let weights: Vec<Tensor> =
                (0..self.network.parameters().len()).map(|i| stack(each.iter().map(|w| &w[i]))).collect();
            let hyper: Vec<Hyperparameters> = slots.iter().map(|s| self.hyper[*s].clone()).collect();
            looks.extend(looker::look(&setting, &weights, &hyper, examples, cancel)?);
        }
        Ok(looks)
    }

    /// The averaged weights of one experiment, with unused channels at zero.
    pub fn weights(&self, slot: usize) -> Result<Weights, TrainError> {
        let names = self.network.parameters().iter().map(|p| p.name.clone());
        Ok(names.zip(self.averages(slot)?).collect())
    }

    /// The whole state of one experiment.
    pub fn state(&self, slot: usize) -> Result<ExperimentState, TrainError> {
        let lane = self.steps.state(slot / self.together)?;
        Ok(lane.iter().map(|t| row(t, slot % self.together)).collect())
    }

    /// The averaged weights with every channel beyond the experiment's width cut off where it is read: the training
    /// step masks such channels, and a graph without masks must see the same.
    fn averages(&self, slot: usize) -> Result<Vec<Tensor>, TrainError> {
        let parameters = self.network.parameters();
        let state = self.state(slot)?;
        let h = self.network.head.hidden;
        let width = self.hyper[slot].width as usize;
        Ok(state
            .into_iter()
            .skip((STATE.len() - 1) * parameters.len())
            .zip(parameters)
            .map(|(tensor, p)| {
                // Which dimension is read from the hidden channels.
                let along = match p.name.as_str() {
                    "head/context" | "head/predict" => 1,
                    "head/tag_predict" => 0,
                    _ => return tensor,
                };
                let inner: usize = p.shape[along + 1..].iter().product();
                let mut values = tensor.as_f32().unwrap_or_default().to_vec();
                for (i, v) in values.iter_mut().enumerate() {
                    if (i / inner) % h >= width {
                        *v = 0.0;
                    }
                }
                Tensor::f32(tensor.shape, values)
            })
            .collect())
    }
}

/// One row of the outermost dimension, without it.
fn row(tensor: &Tensor, at: usize) -> Tensor {
    let shape = tensor.shape[1..].to_vec();
    let size: usize = shape.iter().product();
    // State is floats with the experiments outermost: made so by `stack`.
    Tensor::f32(shape, tensor.as_f32().map_or_else(|| vec![0.0; size], |v| v[at * size..(at + 1) * size].to_vec()))
}

/// Puts tensors of the same shape above one another, in a new outermost dimension.
fn stack<'a>(parts: impl Iterator<Item = &'a Tensor>) -> Tensor {
    let (mut values, mut shape, mut count) = (Vec::new(), vec![0], 0);
    for part in parts {
        values.extend_from_slice(part.as_f32().unwrap_or_default());
        shape.truncate(1);
        shape.extend(&part.shape);
        count += 1;
    }
    shape[0] = count;
    Tensor::f32(shape, values)
}
