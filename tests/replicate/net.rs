//! Networks to make copies of.

use fieldcoach::graph::{Attribute, Builder, DType, Model, Tensor, Value};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// What all copies see.
pub const PICTURE: [usize; 4] = [2, 4, 6, 8];

/// A network under construction: `x` is the picture that all copies see.
pub struct Net {
    pub g: Builder,
    weights: usize,
}

impl Net {
    /// A weight of which every copy has its own.
    pub fn weight(&mut self, shape: &[usize]) -> Value {
        self.weights += 1;
        self.g.named_constant(&format!("weight{}", self.weights), Tensor::full(shape, 0.0))
    }

    pub fn conv(&mut self, x: Value, out: usize, kernel: usize, stride: i64, group: usize) -> Value {
        let channels = self.g.shape(x)[1];
        let w = self.weight(&[out, channels / group, kernel, kernel]);
        let b = self.weight(&[out]);
        self.g.conv(x, w, Some(b), stride, kernel as i64 / 2, group as i64)
    }
}

pub fn model(build: impl FnOnce(&mut Net, Value) -> Value) -> Model {
    let mut net = Net { g: Builder::new(), weights: 0 };
    let x = net.g.input("x", DType::F32, &PICTURE);
    let y = build(&mut net, x);
    net.g.output("y", y);
    net.g.finish().unwrap()
}

pub fn ints(values: &[i64]) -> Attribute {
    Attribute::Ints(values.to_vec())
}

/// Numbers with the same spread as long as the seed is another.
pub fn random(seed: u64, shape: &[usize]) -> Tensor {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let count: usize = shape.iter().product();
    Tensor::f32(shape, (0..count).map(|_| rng.random_range(0.1..1.0) * [-1.0, 1.0][rng.random_range(0..2)]).collect())
}
