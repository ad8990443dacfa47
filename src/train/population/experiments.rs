//! The experiments that are still running, on one network: as many of them in one graph as are to share it, and those
//! groups in turn.

use super::graphs::{self, STATE};
use super::hyperparameter_inputs::{loss_inputs, masks, shares};
use super::inference::{self, Viewer};
use super::setting::{Setting, StepSettings};
use crate::domain::Hyperparameters;
use crate::graph::Tensor;
use crate::runtime::{Runtime, State, StateLoop, Step};
use crate::train::base::Weights;
use crate::train::error::TrainError;
use crate::train::examples::Batch;
use crate::train::network::{LossScale, Network, Parameter};
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use std::borrow::Cow;
use std::sync::atomic::{AtomicBool, Ordering};

/// Share of the average of the weights that a step keeps, once there have been many.
const KEEP: f32 = 0.99;

/// What is kept of one experiment from step to step: for each group of [`STATE`], the parameters in their order.
pub type ParameterState = Vec<Tensor>;

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
        states: &[ParameterState],
        made: i32,
    ) -> Result<Self, TrainError> {
        let Setting { runtime, network, batch, scale } = *setting;
        if together == 0 || !hyper.len().is_multiple_of(together) {
            return Err(TrainError::Failed(format!("{} experiments can't share graphs by {together}", hyper.len())));
        }
        let parts = runtime.parts(batch);
        let gradients = graphs::gradients(runtime.processor(), network, batch / parts, together, scale)?;
        let update = graphs::update(network, parts, together)?;
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
            let shares = shares(hyper, batch.plain()).split(self.parts);
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

    /// What is kept of what these experiments see in every frame, with their averaged weights: `[slot][frame]`.
    pub fn look<R: Send>(&self, slots: &[usize], viewer: &Viewer<R>) -> Result<Vec<Vec<R>>, TrainError> {
        let setting = Setting { runtime: &self.runtime, network: &self.network, batch: self.batch, scale: self.scale };
        let mut looks = Vec::with_capacity(slots.len());
        for slots in slots.chunks(self.together) {
            let each = self.averages(slots)?;
            let weights: Vec<Tensor> =
                (0..self.network.parameters().len()).map(|i| stack(each.iter().map(|w| &w[i]))).collect();
            let hyper: Vec<Hyperparameters> = slots.iter().map(|s| self.hyper[*s].clone()).collect();
            looks.extend(inference::look(&setting, &weights, &hyper, viewer)?);
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
    pub fn states(&self) -> Result<Vec<ParameterState>, TrainError> {
        let mut states = Vec::with_capacity(self.hyper.len());
        for lane in 0..self.hyper.len() / self.together {
            let lane = self.steps.state(lane)?;
            states.extend((0..self.together).map(|at| lane.iter().map(|t| row(t, at)).collect::<ParameterState>()));
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
        let Some(along) = parameter.reads_hidden else { return tensor };
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
