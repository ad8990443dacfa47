//! The experiments that are still running, on one network: as many of them in one graph as are to share it, and those
//! groups in turn.

use super::TrainError;
use super::features::{self, Example};
use super::looker::{self, Look};
use super::loss::LossScale;
use super::network::{Network, Parameter, Weights};
use super::settings::{loss_inputs, masks, shares};
use super::step::{self, STATE};
use super::targets::Targets;
use crate::domain::Hyperparameters;
use crate::graph::Tensor;
use crate::runtime::{Input, Runtime, State, StateLoop, Step};
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use std::borrow::{Borrow, Cow};
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
        let mut inputs = features::batch(network.size(), &network.fork.crossing, examples);
        let mut add = |name: &str, shape: Vec<usize>, values: Vec<f32>| {
            inputs.push((name.to_owned(), Tensor::f32(shape, values)));
        };
        if shape.boxes > 0 {
            add("distance", vec![n, 1, shape.boxes, cells], gather(|t| &t.distance));
            add("centre", vec![n, 1, shape.boxes, cells], gather(|t| &t.centre));
            add("sides", vec![n, 1, 4, cells], gather(|t| &t.sides));
            add("inside", vec![n, 1, 1, cells], gather(|t| &t.inside));
        }
        if shape.tags > 0 {
            let tags = examples.iter().flat_map(|e| e.truth.tags.iter().copied()).collect();
            add("tag_truth", vec![n, 1, shape.tags], tags);
        }
        Self { inputs, plain: examples.iter().map(|e| e.plain).collect() }
    }

    /// The graph's inputs, of each of so many parts.
    pub fn feed(&self, parts: usize) -> Vec<Vec<Input<'_>>> {
        if parts == 1 {
            return vec![self.inputs.iter().map(|(name, tensor)| (name.as_str(), Cow::Borrowed(tensor))).collect()];
        }
        let mut each: Vec<Vec<Input>> = (0..parts).map(|_| Vec::with_capacity(self.inputs.len())).collect();
        for (name, tensor) in &self.inputs {
            for (inputs, part) in each.iter_mut().zip(tensor.split(parts)) {
                inputs.push((name, Cow::Owned(part)));
            }
        }
        each
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
    /// Into which a batch is split.
    parts: usize,
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
        let parts = runtime.parts(batch);
        let gradients = step::gradients(runtime.processor(), network, batch / parts, together, scale)?;
        let update = step::update(network, parts, together)?;
        let names: Vec<String> = STATE
            .into_iter()
            .flat_map(|group| network.parameters().iter().map(move |p| format!("{group}/{}", p.name)))
            .collect();
        let lanes: Vec<Vec<State>> = states
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
            steps: StateLoop::new(runtime, &Step { part: &gradients, parts, join: &update }, &lanes, &["losses"])?,
            batch,
            parts,
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
            let mut each = batch.feed(self.parts);
            let masks = masks(hyper, self.network.head.hidden, &mut rng);
            let shares = shares(hyper, &batch.plain).split(self.parts);
            for (inputs, shares) in each.iter_mut().zip(shares) {
                inputs.push(("masks", Cow::Borrowed(&masks)));
                inputs.push(("shares", Cow::Owned(shares)));
                inputs.extend(loss_inputs(hyper).map(|(name, tensor)| (name, Cow::Owned(tensor))));
            }
            let own = |f: fn(&Hyperparameters) -> f32| Tensor::f32([hyper.len()], hyper.iter().map(f).collect());
            let rate = |base: bool| {
                let of = |h: &Hyperparameters| h.learning_rate * if base { h.base_rate } else { 1.0 } * settings.rate;
                Tensor::f32([hyper.len()], hyper.iter().map(of).collect())
            };
            let adam = crate::graph::AdamW::default();
            let correction = vec![1.0 - adam.beta1.powi(self.made), 1.0 - adam.beta2.powi(self.made)];
            // At the start the average must not hold on to where it began.
            let made = self.made as f32;
            let keep = KEEP.min((1.0 + made) / (10.0 + made));
            let update = [
                ("rate", rate(false)),
                ("base_rate", rate(true)),
                ("decay", own(|h| h.weight_decay)),
                ("correction", Tensor::f32([2], correction)),
                ("keep", Tensor::f32([], vec![keep])),
            ];
            let update = update.map(|(name, tensor)| (name, Cow::Owned(tensor)));
            let read = self.steps.step(lane, each, update.into())?;
            // Every part tells its share of the loss.
            let share = |part: &Vec<Tensor>, e: usize| part[0].as_f32().map_or(f32::NAN, |losses| losses[e]);
            losses.extend((0..hyper.len()).map(|e| read.iter().map(|part| share(part, e)).sum::<f32>()));
        }
        Ok(losses)
    }

    /// What these experiments see in every example, with their averaged weights: `[slot][example]`.
    pub fn look<T: Borrow<Example> + Sync>(
        &self,
        slots: &[usize],
        examples: &[T],
        cancel: &AtomicBool,
    ) -> Result<Vec<Vec<Look>>, TrainError> {
        let setting = Setting { runtime: &self.runtime, network: &self.network, batch: self.batch, scale: self.scale };
        let mut looks = Vec::with_capacity(slots.len());
        for slots in slots.chunks(self.together) {
            let each = self.averages(slots)?;
            let weights: Vec<Tensor> =
                (0..self.network.parameters().len()).map(|i| stack(each.iter().map(|w| &w[i]))).collect();
            let hyper: Vec<Hyperparameters> = slots.iter().map(|s| self.hyper[*s].clone()).collect();
            looks.extend(looker::look(&setting, &weights, &hyper, examples, cancel)?);
        }
        Ok(looks)
    }

    /// The averaged weights of these experiments, with unused channels at zero.
    pub fn weights(&self, slots: &[usize]) -> Result<Vec<Weights>, TrainError> {
        let named = |tensors: Vec<Tensor>| {
            let names = self.network.parameters().iter().map(|p| p.name.clone());
            names.zip(tensors).collect()
        };
        Ok(self.averages(slots)?.into_iter().map(named).collect())
    }

    /// The whole state of every experiment.
    pub fn states(&self) -> Result<Vec<ExperimentState>, TrainError> {
        let mut states = Vec::with_capacity(self.hyper.len());
        for lane in 0..self.hyper.len() / self.together {
            let lane = self.steps.state(lane)?;
            states.extend((0..self.together).map(|at| lane.iter().map(|t| row(t, at)).collect::<ExperimentState>()));
        }
        Ok(states)
    }

    /// The averaged weights with every channel beyond the experiment's width cut off where it is read: the training
    /// step masks such channels, and a graph without masks must see the same.
    fn averages(&self, slots: &[usize]) -> Result<Vec<Vec<Tensor>>, TrainError> {
        let parameters = self.network.parameters();
        let mut lane = (usize::MAX, vec![]);
        let mut all = Vec::with_capacity(slots.len());
        for &slot in slots {
            // Those of a lane are read together, and mostly asked for one after the other.
            if lane.0 != slot / self.together {
                lane = (slot / self.together, self.steps.state(slot / self.together)?);
            }
            let averages = &lane.1[(STATE.len() - 1) * parameters.len()..];
            let width = self.hyper[slot].width as usize;
            let cut = |(p, t)| self.cut(p, row(t, slot % self.together), width);
            all.push(parameters.iter().zip(averages).map(cut).collect());
        }
        Ok(all)
    }

    /// One parameter without what is read from hidden channels beyond `width`.
    fn cut(&self, parameter: &Parameter, tensor: Tensor, width: usize) -> Tensor {
        // Which dimension is read from the hidden channels.
        let along = match parameter.name.as_str() {
            "head/context" | "head/predict" => 1,
            "head/tag_predict" => 0,
            _ => return tensor,
        };
        let inner: usize = parameter.shape[along + 1..].iter().product();
        let mut values = tensor.as_f32().unwrap_or_default().to_vec();
        for (i, v) in values.iter_mut().enumerate() {
            if (i / inner) % self.network.head.hidden >= width {
                *v = 0.0;
            }
        }
        Tensor::f32(tensor.shape, values)
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
