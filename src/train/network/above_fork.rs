//! What is trained above a fork: the upper part of the base, and the head on it.

use super::head::{self, Feature, HeadOutput, Masks};
use super::head_layout::HeadShape;
use super::standard::Standard;
use crate::graph::{self, Attribute, Builder, Copied, DType, GraphError, Tensor, Value};
use crate::train::base::{BASE, Base, Feed, Fork, Weights};
use crate::train::error::TrainError;
use std::collections::HashMap;

/// A network above a fork, for any number of experiments and pictures.
#[derive(Clone, Debug)]
pub struct Network {
    pub head: HeadShape,
    pub fork: Fork,
    pub feed: Feed,
    base: Base,
    /// Of the taps; measured before anything was trained, and kept.
    standard: Standard,
    parameters: Vec<Parameter>,
}

/// A tensor that is trained.
#[derive(Clone, Debug, PartialEq)]
pub struct Parameter {
    pub name: String,
    /// Of one experiment.
    pub shape: Vec<usize>,
    /// Weights are decayed; biases and factors, which have one dimension, are not.
    pub decays: bool,
    /// Belongs to the base: it has a learning rate of its own.
    pub base: bool,
    /// The dimension along which it reads the head's hidden channels, if it does.
    pub reads_hidden: Option<usize>,
}

impl Network {
    /// `feed`: what is wanted; a fork may leave no choice.
    pub fn new(base: &Base, fork: &Fork, feed: Feed, head: &HeadShape, standard: &Standard) -> Self {
        let decays = |shape: &[usize]| shape.iter().filter(|d| **d > 1).count() > 1;
        let of_head = head.parameters().into_iter().map(|p| Parameter {
            decays: decays(&p.shape),
            name: p.name,
            shape: p.shape,
            base: false,
            reads_hidden: p.reads_hidden,
        });
        let of_base = fork.weights.iter().map(|w| Parameter {
            name: format!("{BASE}{}", w.name),
            decays: decays(&w.shape),
            shape: w.shape.clone(),
            base: true,
            reads_hidden: None,
        });
        Self {
            parameters: of_head.chain(of_base).collect(),
            head: head.clone(),
            fork: fork.clone(),
            feed: fork.feed(feed),
            base: base.clone(),
            standard: standard.clone(),
        }
    }

    /// Everything that is trained, in the order in which [`Network::forward`] expects it.
    pub fn parameters(&self) -> &[Parameter] {
        &self.parameters
    }

    /// Width and height of the base's input.
    pub fn size(&self) -> (usize, usize) {
        (self.base.info.width, self.base.info.height)
    }

    /// Name of the base.
    pub fn base_name(&self) -> &str {
        &self.base.info.name
    }

    /// Pixels of the base's input between cells.
    pub fn stride(&self) -> f32 {
        self.head.taps[0].stride as f32
    }

    /// The parameters of one experiment, in order: those in `known`, the base's own where it has none.
    pub fn start(&self, known: &Weights) -> Result<Vec<Tensor>, TrainError> {
        self.parameters
            .iter()
            .map(|p| {
                let own = || self.base.model.initializers.get(p.name.strip_prefix(BASE)?);
                known.get(&p.name).or_else(own).filter(|t| t.shape == p.shape).cloned().ok_or_else(|| {
                    TrainError::Failed(format!("there is no weight `{}` of shape {:?}", p.name, p.shape))
                })
            })
            .collect()
    }

    /// Declares what is fed: `pixels` (u8 `[batch, height, width, 3]`), or what the frozen part hands up, as `value0`,
    /// `value1`, … (`[batch, channels, height, width]`).
    pub fn inputs(&self, g: &mut Builder, batch: usize) -> Vec<Value> {
        if self.feed == Feed::Pixels {
            let info = &self.base.info;
            return vec![g.input("pixels", DType::U8, &[batch, info.height, info.width, 3])];
        }
        let value = |g: &mut Builder, i: usize, [c, h, w]: [usize; 3]| {
            g.input(&format!("value{i}"), DType::F32, &[batch, c, h, w])
        };
        self.fork.crossing.iter().enumerate().map(|(i, c)| value(g, i, c.shape)).collect()
    }

    /// From the inputs to the head's output. `weights`: in the order of [`Network::parameters`], each with the leading
    /// dimension `experiments`.
    pub fn forward(
        &self,
        g: &mut Builder,
        experiments: usize,
        inputs: &[Value],
        weights: &[Value],
        masks: Option<Masks>,
    ) -> Result<HeadOutput, GraphError> {
        let of_head = self.parameters.len() - self.fork.weights.len();
        let values = self.above(g, experiments, inputs, &weights[of_head..])?;
        let mut features = Vec::with_capacity(self.head.taps.len());
        for (i, tap) in self.head.taps.iter().enumerate() {
            let value = *values
                .get(&tap.name)
                .ok_or_else(|| GraphError::Invalid(format!("the base does not compute its tap `{}`", tap.name)))?;
            let batch = g.shape(inputs[0])[0] as i64;
            let (channels, cells) = (tap.channels as i64, (tap.height * tap.width) as i64);
            features.push(match value {
                Copied::Shared(v) => {
                    let flat = g.reshape(v, &[batch, channels, cells]);
                    Feature::Shared(self.standard.standardise(g, flat, i))
                }
                own => {
                    let maps = own.maps(g, experiments);
                    let flat = g.reshape(maps, &[batch, experiments as i64, channels, cells]);
                    Feature::Own(self.standard.standardise(g, flat, i))
                }
            });
        }
        Ok(head::forward(g, &self.head, experiments, &features, &weights[..of_head], masks))
    }

    /// The base above the fork, a copy for each experiment, and below it what is not fed, once for all; every value by its
    /// name.
    fn above(
        &self,
        g: &mut Builder,
        experiments: usize,
        inputs: &[Value],
        weights: &[Value],
    ) -> Result<HashMap<String, Copied>, GraphError> {
        let mut known: HashMap<String, Copied> = HashMap::new();
        for (trained, value) in self.fork.weights.iter().zip(weights) {
            let shape: Vec<i64> = trained.shape.iter().map(|d| *d as i64).collect();
            let own = match experiments {
                1 => Copied::Shared(g.reshape(*value, &shape)),
                _ => Copied::Stacked(*value),
            };
            known.insert(trained.name.clone(), own);
        }
        if self.feed == Feed::Pixels {
            known.insert(self.base.info.input.clone(), Copied::Shared(self.normalise(g, inputs[0])));
        } else {
            let crossing = self.fork.crossing.iter().map(|c| c.name.clone());
            known.extend(crossing.zip(inputs.iter().copied().map(Copied::Shared)));
        }
        graph::replicate(g, &self.base.model, experiments, known)
    }

    /// Numbers that one experiment computes above the fork for a batch, on the way up.
    pub fn activations(&self, batch: usize) -> Result<usize, GraphError> {
        let mut g = Builder::new();
        let inputs = self.inputs(&mut g, batch);
        let weights: Vec<Value> = self.fork.weights.iter().map(|w| g.input(&w.name, DType::F32, &w.shape)).collect();
        let values = self.above(&mut g, 1, &inputs, &weights)?;
        let made = self.fork.above(&self.base).into_iter().flat_map(|n| &n.outputs);
        let of_base: usize =
            made.filter_map(|name| values.get(name)).map(|v| g.shape(v.value()).iter().product::<usize>()).sum();
        // What the head projects, sees, masks and predicts.
        Ok(of_base + 4 * batch * self.head.hidden * self.head.cells())
    }

    /// Pixels as the base expects them.
    fn normalise(&self, g: &mut Builder, pixels: Value) -> Value {
        let floats = g.node("Cast", &[pixels], &[("to", Attribute::Int(DType::F32 as i64))]);
        let planes = g.transpose(floats, &[0, 3, 1, 2]);
        self.base.info.normalization.apply(g, planes)
    }
}
