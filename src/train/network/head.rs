//! The head that experiments train on the base's features, for E experiments in one graph.
//!
//! Boxes: each tap is projected to H channels and brought to the finest tap's grid (both linear, so the projection
//! runs at the tap's own resolution), summed, and passed through a 3×3 convolution grouped by experiment; a last
//! product gives per cell a centre score for every category and four distances. Tags: the pooled taps go through two
//! layers. The weights lie as `head_layout` says. Experiments never mix: every product is batched over E or grouped by it. They see the same features, or
//! where the base is trained each its own.

use super::head_layout::{HeadShape, HeadTensor, SIDES};
use crate::graph::{Builder, Tensor, Value};
use crate::train::base::Weights;
use rand::Rng;
use rand::RngExt;

/// What the head computes.
#[derive(Clone, Copy, Debug)]
pub struct HeadOutput {
    /// `[batch, E, boxes + 4, cells]`: centre logits, then left, top, right, bottom as logarithms of strides.
    pub maps: Option<Value>,
    /// `[batch, E, tags]`: logits.
    pub tags: Option<Value>,
}

/// A tap that the head stands on, standardised.
#[derive(Clone, Copy, Debug)]
pub enum Feature {
    /// `[batch, channels, cells]`: all experiments see the same.
    Shared(Value),
    /// `[batch, E, channels, cells]`: each sees its own.
    Own(Value),
}

/// Channels switched on: `[1, E·hidden, 1, 1]` after the first layer and after the second.
#[derive(Clone, Copy, Debug)]
pub struct Masks {
    pub first: Value,
    pub second: Value,
}

/// Where a category's centres are rare at the start: the prior of Lin et al., "Focal Loss" (2017).
const PRIOR: f32 = 0.02;

impl HeadShape {
    /// One experiment's parameters at the start. `distance`: the logarithm of a typical object's half side in strides.
    pub fn initial(&self, rng: &mut impl Rng, distance: f32) -> Weights {
        self.parameters()
            .into_iter()
            .map(|p| {
                let count: usize = p.shape.iter().product();
                let values = if p.tensor == HeadTensor::PredictBias {
                    let centre = (PRIOR / (1.0 - PRIOR)).ln();
                    (0..count).map(|i| if i < self.boxes { centre } else { distance }).collect()
                } else {
                    (0..count).map(|_| if p.spread > 0.0 { normal(rng) * p.spread } else { 0.0 }).collect()
                };
                (p.name, Tensor::f32(p.shape, values))
            })
            .collect()
    }
}

/// A standard normal number (Box and Muller, 1958).
pub fn normal(rng: &mut impl Rng) -> f32 {
    let (u, v): (f32, f32) = (rng.random_range(f32::MIN_POSITIVE..1.0), rng.random());
    (-2.0 * u.ln()).sqrt() * (std::f32::consts::TAU * v).cos()
}

impl Feature {
    pub fn value(self) -> Value {
        match self {
            Self::Shared(v) | Self::Own(v) => v,
        }
    }

    /// Projected to H channels, `[batch, E·H, cells]`, by `w` `[E, H, channels]`.
    fn project(self, g: &mut Builder, w: Value) -> Value {
        let [e, h, channels] = [0, 1, 2].map(|d| g.shape(w)[d] as i64);
        match self {
            // One product of all experiments' rows.
            Self::Shared(x) => {
                let w = g.reshape(w, &[e * h, channels]);
                g.matmul(w, x)
            }
            Self::Own(x) => {
                let z = g.matmul(w, x);
                let s = g.shape(z);
                g.reshape(z, &[s[0] as i64, e * h, s[3] as i64])
            }
        }
    }
}

/// Means over the cells of every tap, one behind the other: `[batch, channels]` if all are shared, else
/// `[E, batch, channels]`.
fn pooled(g: &mut Builder, experiments: usize, features: &[Feature]) -> Value {
    let own = features.iter().any(|f| matches!(f, Feature::Own(_)));
    let parts: Vec<Value> = features
        .iter()
        .map(|feature| match *feature {
            Feature::Shared(x) => {
                let mean = g.reduce_mean(x, &[2], false);
                let shape = g.shape(mean);
                if own { g.expand(mean, &[&[experiments], shape.as_slice()].concat()) } else { mean }
            }
            Feature::Own(x) => {
                let mean = g.reduce_mean(x, &[3], false);
                g.transpose(mean, &[1, 0, 2])
            }
        })
        .collect();
    g.concat(&parts, -1)
}

/// Builds the head. `features[i]`: tap i; `weights`: in the order of [`HeadShape::parameters`], each with the leading dimension `experiments`.
pub fn forward(
    g: &mut Builder,
    shape: &HeadShape,
    experiments: usize,
    features: &[Feature],
    weights: &[Value],
    masks: Option<Masks>,
) -> HeadOutput {
    let weights = shape.by_tensor(weights);
    // The layout holds every tensor of the kinds of category that there are.
    let weight = |tensor: HeadTensor| weights.get(&tensor).copied().unwrap_or(features[0].value());
    let batch = g.shape(features[0].value())[0];
    let (e, h) = (experiments, shape.hidden);
    let (rows, columns) = shape.grid();
    let int = |v: usize| v as i64;
    let wide = [1, int(e * h), 1, 1];

    let maps = (shape.boxes > 0).then(|| {
        let mut sum: Option<Value> = None;
        for (i, (tap, x)) in shape.taps.iter().zip(features).enumerate() {
            let z = x.project(g, weight(HeadTensor::Project(i)));
            let z = g.reshape(z, &[int(batch), int(e * h), int(tap.height), int(tap.width)]);
            let z = enlarge(g, z, rows, columns);
            sum = Some(sum.map_or(z, |s| g.add(s, z)));
        }
        let z = sum.unwrap_or(features[0].value());
        let bias = g.reshape(weight(HeadTensor::ProjectBias), &wide);
        let z = g.add(z, bias);
        let mut x = g.relu(z);
        if let Some(masks) = masks {
            x = g.mul(x, masks.first);
        }
        let w = g.reshape(weight(HeadTensor::Context), &[int(e * h), int(h), 3, 3]);
        let bias = g.reshape(weight(HeadTensor::ContextBias), &[int(e * h)]);
        let z = g.conv(x, w, Some(bias), 1, 1, int(e));
        let mut x = g.relu(z);
        if let Some(masks) = masks {
            x = g.mul(x, masks.second);
        }
        let x = g.reshape(x, &[int(batch), int(e), int(h), int(rows * columns)]);
        let y = g.matmul(weight(HeadTensor::Predict), x);
        let bias = g.reshape(weight(HeadTensor::PredictBias), &[1, int(e), int(shape.boxes + SIDES), 1]);
        g.add(y, bias)
    });

    let tags = (shape.tags > 0).then(|| {
        let pooled = pooled(g, e, features);
        // [E, C, H] with the batch as rows: [E, batch, H].
        let z = g.matmul(pooled, weight(HeadTensor::TagProject));
        let bias = g.reshape(weight(HeadTensor::TagProjectBias), &[int(e), 1, int(h)]);
        let z = g.add(z, bias);
        let mut x = g.relu(z);
        if let Some(masks) = masks {
            let mask = g.reshape(masks.first, &[int(e), 1, int(h)]);
            x = g.mul(x, mask);
        }
        let y = g.matmul(x, weight(HeadTensor::TagPredict));
        let bias = g.reshape(weight(HeadTensor::TagPredictBias), &[int(e), 1, int(shape.tags)]);
        let y = g.add(y, bias);
        g.transpose(y, &[1, 0, 2])
    });
    HeadOutput { maps, tags }
}

/// Bilinear enlargement of `[.., h, w]` to `rows` × `columns`, as two products with constant matrices.
fn enlarge(g: &mut Builder, x: Value, rows: usize, columns: usize) -> Value {
    let shape = g.shape(x);
    let (h, w) = (shape[2], shape[3]);
    let mut x = x;
    if h != rows {
        let m = g.constant(interpolation(h, rows));
        x = g.matmul(m, x);
    }
    if w != columns {
        let m = g.constant(interpolation(w, columns));
        let m = g.transpose_last(m);
        x = g.matmul(x, m);
    }
    x
}

/// The matrix `[to, from]` of linear interpolation, cell centres aligned (`half_pixel` in ONNX's `Resize`).
fn interpolation(from: usize, to: usize) -> Tensor {
    let mut values = vec![0.0; to * from];
    for row in 0..to {
        let at = ((row as f32 + 0.5) * from as f32 / to as f32 - 0.5).clamp(0.0, (from - 1) as f32);
        let low = at.floor() as usize;
        let high = (low + 1).min(from - 1);
        values[row * from + low] += 1.0 - (at - low as f32);
        values[row * from + high] += at - low as f32;
    }
    Tensor::f32([to, from], values)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn interpolation_keeps_constants_and_ends() {
        let m = interpolation(3, 7);
        let m = m.as_f32().unwrap();
        for row in m.chunks(3) {
            assert!((row.iter().sum::<f32>() - 1.0).abs() < 1e-6);
        }
        assert_eq!(m[0], 1.0);
        assert_eq!(m[20], 1.0);
    }
}
