//! The experiments that are still running: E heads in one graph.

use super::TrainError;
use super::features::{self, Example};
use super::head::HeadShape;
use super::looker::{Look, Looker};
use super::loss::LossSettings;
use super::step;
use super::targets::Targets;
use crate::domain::Hyperparameters;
use crate::graph::Tensor;
use crate::runtime::{Runtime, State, StateLoop};
use rand::RngExt;
use rand_chacha::ChaCha8Rng;
use std::borrow::Borrow;
use std::sync::atomic::AtomicBool;

/// The frames of one step.
pub struct Batch {
    inputs: Vec<(String, Tensor)>,
    /// Whether each frame is shown as it is.
    plain: Vec<bool>,
}

impl Batch {
    /// Puts features and truth of these examples together.
    pub fn of(shape: &HeadShape, stride: f32, examples: &[&Example]) -> Self {
        let n = examples.len();
        let cells = shape.cells();
        let maps: Vec<Targets> = examples.iter().map(|e| Targets::draw(shape, &e.truth, stride)).collect();
        let gather = |f: fn(&Targets) -> &Vec<f32>| maps.iter().flat_map(|t| f(t).iter().copied()).collect::<Vec<_>>();
        let k = shape.boxes.max(1);
        let mut inputs: Vec<(String, Tensor)> = features::batch(&shape.taps, examples)
            .into_iter()
            .enumerate()
            .map(|(i, t)| (format!("tap{i}"), t))
            .collect();
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

/// E experiments in one graph.
pub struct Population {
    runtime: Runtime,
    shape: HeadShape,
    batch: usize,
    settings: LossSettings,
    hyper: Vec<Hyperparameters>,
    steps: StateLoop,
    looker: Looker,
    /// Steps made, from the start of the training: AdamW corrects its moments by it.
    made: i32,
}

impl Population {
    /// `start[e]`: the parameters of experiment e, each with a leading dimension of 1.
    pub fn new(
        runtime: &Runtime,
        shape: &HeadShape,
        batch: usize,
        settings: &LossSettings,
        hyper: &[Hyperparameters],
        start: Vec<Vec<Tensor>>,
    ) -> Result<Self, TrainError> {
        let weights: Vec<Tensor> = (0..shape.parameters().len()).map(|i| stack(start.iter().map(|s| &s[i]))).collect();
        let zeros: Vec<Tensor> = weights.iter().map(|w| Tensor::full(w.shape.clone(), 0.0)).collect();
        let state = weights.into_iter().chain(zeros.iter().cloned()).chain(zeros.iter().cloned()).collect();
        Self::with_state(runtime, shape, batch, settings, hyper.to_vec(), state, 0)
    }

    fn with_state(
        runtime: &Runtime,
        shape: &HeadShape,
        batch: usize,
        settings: &LossSettings,
        hyper: Vec<Hyperparameters>,
        state: Vec<Tensor>,
        made: i32,
    ) -> Result<Self, TrainError> {
        let settings = for_experiments(settings, &hyper);
        let graph = step::training_step(shape, batch, &hyper.iter().collect::<Vec<_>>(), &settings)?;
        let names = ["weight", "first", "second"]
            .into_iter()
            .flat_map(|group| shape.parameters().into_iter().map(move |p| format!("{group}/{}", p.name)));
        let state = names
            .zip(state)
            .map(|(name, value)| State { output: format!("next/{name}"), input: name, value })
            .collect();
        let looker = Looker::new(runtime, shape, batch, hyper.len(), &settings)?;
        Ok(Self {
            runtime: runtime.clone(),
            shape: shape.clone(),
            batch,
            steps: StateLoop::new(runtime, &graph, state, &["losses"])?,
            settings,
            hyper,
            looker,
            made,
        })
    }

    /// One step of all experiments, at this share of their learning rates; gives their losses.
    pub fn step(&mut self, batch: &Batch, rate: f32, rng: &mut ChaCha8Rng) -> Result<Vec<f32>, TrainError> {
        let (e, h) = (self.hyper.len(), self.shape.hidden);
        self.made += 1;
        let mut masks = Vec::with_capacity(2 * e * h);
        for layer in 0..2 {
            for hyper in &self.hyper {
                // Dropout works on the first layer only: the second feeds the predictions.
                let drop = if layer == 0 { hyper.dropout } else { 0.0 };
                for channel in 0..h {
                    let off = channel >= hyper.width as usize || (drop > 0.0 && rng.random::<f32>() < drop);
                    masks.push(if off { 0.0 } else { 1.0 / (1.0 - drop) });
                }
            }
        }
        let viewed = batch.plain.iter().filter(|p| !**p).count() as f32 / batch.plain.len() as f32;
        let mut shares = Vec::with_capacity(batch.plain.len() * e);
        for plain in &batch.plain {
            for hyper in &self.hyper {
                let mix = if viewed == 0.0 {
                    0.0
                } else if viewed == 1.0 {
                    1.0
                } else {
                    hyper.view_mix
                };
                let weight = if *plain { (1.0 - mix) / (1.0 - viewed) } else { mix / viewed };
                shares.push(weight / batch.plain.len() as f32);
            }
        }
        let adam = crate::graph::AdamW::default();
        let correction = vec![1.0 - adam.beta1.powi(self.made), 1.0 - adam.beta2.powi(self.made)];
        let rates = self.hyper.iter().map(|h| h.learning_rate * rate).collect();
        let mut inputs = batch.feed();
        inputs.push(("masks", Tensor::f32([2, e * h], masks)));
        inputs.push(("shares", Tensor::f32([batch.plain.len(), e], shares)));
        inputs.push(("rate", Tensor::f32([e], rates)));
        inputs.push(("correction", Tensor::f32([2], correction)));
        let read = self.steps.step(inputs)?;
        Ok(read[0].as_f32().unwrap_or_default().to_vec())
    }

    /// What every experiment sees in every example: `[experiment][example]`.
    pub fn look<T: Borrow<Example>>(
        &mut self,
        examples: &[T],
        stride: f32,
        cancel: &AtomicBool,
    ) -> Result<Vec<Vec<Look>>, TrainError> {
        let weights = self.masked_weights()?;
        self.looker.look(&weights, examples, stride, cancel)
    }

    /// The same for one experiment alone.
    pub fn look_alone<T: Borrow<Example>>(
        &self,
        slot: usize,
        examples: &[T],
        stride: f32,
        cancel: &AtomicBool,
    ) -> Result<Vec<Look>, TrainError> {
        let settings = for_experiments(&self.settings, &self.hyper[slot..=slot]);
        let mut looker = Looker::new(&self.runtime, &self.shape, self.batch, 1, &settings)?;
        Ok(looker.look(&self.weights(slot)?, examples, stride, cancel)?.remove(0))
    }

    /// The parameters of one experiment, with a leading dimension of 1 and unused channels at zero.
    pub fn weights(&self, slot: usize) -> Result<Vec<Tensor>, TrainError> {
        Ok(self.masked_weights()?.iter().map(|w| rows(w, &[slot])).collect())
    }

    /// These experiments go on, the others stop.
    pub fn keep(&self, slots: &[usize]) -> Result<Self, TrainError> {
        let state = self.steps.state()?.iter().map(|t| rows(t, slots)).collect();
        let hyper = slots.iter().map(|s| self.hyper[*s].clone()).collect();
        Self::with_state(&self.runtime, &self.shape, self.batch, &self.settings, hyper, state, self.made)
    }

    /// The weights with every channel beyond an experiment's width cut off where it is read: the training step masks
    /// such channels, and a graph without masks must see the same.
    fn masked_weights(&self) -> Result<Vec<Tensor>, TrainError> {
        let parameters = self.shape.parameters();
        let state = self.steps.state()?;
        let h = self.shape.hidden;
        Ok(state
            .into_iter()
            .zip(&parameters)
            .map(|(tensor, p)| {
                // Which dimension (counted without the experiments) is read from the hidden channels.
                let along = match p.name.as_str() {
                    "context" | "predict" => 1,
                    "tag_predict" => 0,
                    _ => return tensor,
                };
                let inner: usize = p.shape[along + 1..].iter().product();
                let mut values = tensor.as_f32().unwrap_or_default().to_vec();
                let size: usize = p.shape.iter().product();
                for (values, hyper) in values.chunks_mut(size).zip(&self.hyper) {
                    for (i, v) in values.iter_mut().enumerate() {
                        if (i / inner) % h >= hyper.width as usize {
                            *v = 0.0;
                        }
                    }
                }
                Tensor::f32(tensor.shape, values)
            })
            .collect())
    }
}

/// The settings of the loss with an entry for each of these experiments.
fn for_experiments(settings: &LossSettings, hyper: &[Hyperparameters]) -> LossSettings {
    LossSettings {
        focal_gamma: hyper.iter().map(|h| h.focal_gamma).collect(),
        box_weight: hyper.iter().map(|h| h.box_weight).collect(),
        target_radius: hyper.iter().map(|h| h.target_radius).collect(),
        ..settings.clone()
    }
}

fn rows(tensor: &Tensor, slots: &[usize]) -> Tensor {
    // State is floats with the experiments outermost: made so in `new`.
    tensor.rows(slots).unwrap_or_else(|| tensor.clone())
}

/// Puts the parameters of several experiments above one another.
fn stack<'a>(parts: impl Iterator<Item = &'a Tensor>) -> Tensor {
    let (mut values, mut shape) = (Vec::new(), vec![]);
    let mut count = 0;
    for part in parts {
        values.extend_from_slice(part.as_f32().unwrap_or_default());
        shape = part.shape.clone();
        count += 1;
    }
    shape[0] = count;
    Tensor::f32(shape, values)
}
