//! The frames of one step as inputs of its graph.

use super::example::{Content, Example};
use crate::graph::Tensor;
use crate::runtime::Input;
use crate::train::base::Crossing;
use crate::train::network::{Network, Targets};
use half::slice::HalfFloatSliceExt;
use std::borrow::Cow;

/// TrainingSet in a step.
pub const BATCH: usize = 8;

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
        let mut inputs = contents(network.size(), &network.fork.crossing, examples);
        let mut add = |name: &str, shape: Vec<usize>, values: Vec<f32>| {
            inputs.push((name.to_owned(), Tensor::f32(shape, values)));
        };
        if shape.boxes > 0 {
            add("distance", vec![n, 1, shape.boxes, cells], gather(|t| &t.distance));
            add("centre", vec![n, 1, shape.boxes, cells], gather(|t| &t.centre));
            add("weight", vec![n, 1, shape.boxes, cells], gather(|t| &t.weight));
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

    /// Whether each frame is shown as it is.
    pub fn plain(&self) -> &[bool] {
        &self.plain
    }
}

/// The network's inputs for a batch, by name: see `Network::inputs`. All examples hold pixels, or all hold the values
/// that cross the fork.
fn contents(size: (usize, usize), crossing: &[Crossing], examples: &[&Example]) -> Vec<(String, Tensor)> {
    let pixels: Vec<&Vec<u8>> = examples
        .iter()
        .filter_map(|e| match &e.content {
            Content::Pixels(pixels) => Some(pixels),
            Content::Values(_) => None,
        })
        .collect();
    if pixels.len() == examples.len() {
        let all = pixels.iter().flat_map(|p| p.iter().copied()).collect();
        return vec![("pixels".into(), Tensor::u8([examples.len(), size.1, size.0, 3], all))];
    }
    crossing
        .iter()
        .enumerate()
        .map(|(i, c)| {
            let count = c.shape.iter().product();
            let mut floats = vec![0.0f32; examples.len() * count];
            for (example, out) in examples.iter().zip(floats.chunks_mut(count)) {
                if let Content::Values(values) = &example.content
                    && let Some(value) = values.get(&c.name)
                {
                    value.convert_to_f32_slice(out);
                }
            }
            let [channels, height, width] = c.shape;
            (format!("value{i}"), Tensor::f32([examples.len(), channels, height, width], floats))
        })
        .collect()
}
