//! The network that is pretrained: a small residual one, without normalisation layers.
//!
//! It has none because it is to be trained further on small machines: a normalisation layer costs as much as a
//! convolution there, and has to be folded or frozen. Residual branches that start small take its place (Zhang et al.,
//! "Fixup Initialization", 2019).

use crate::graph::{Attribute, Builder, DType, GraphError, Tensor, Value};
use crate::train::base::Normalization;
use crate::train::base::{Base, BaseInfo, Tap};
use crate::train::network::head::normal;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// Pixels.
const SIZE: (usize, usize) = (320, 240);
/// Channels after each halving of the picture, and the residual blocks there.
const STAGES: [(usize, usize); 5] = [(16, 0), (24, 1), (64, 1), (96, 1), (128, 1)];
/// Stages that end in a tap.
const TAPS: std::ops::Range<usize> = 2..5;
/// What the second convolution of a residual branch starts at, as a share of the usual spread.
const BRANCH: f32 = 0.1;
/// Slope of the activations below zero. With 0, a third of the channels that halve the picture last died on the way:
/// what is zero everywhere has no gradient.
const LEAK: f32 = 0.1;

/// The network with weights drawn from `seed` (He et al., "Delving Deep into Rectifiers", 2015).
pub fn untrained(name: &str, seed: u64) -> Result<Base, GraphError> {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let (width, height) = SIZE;
    let mut g = Builder::new();
    let mut x = g.input("images", DType::F32, &[1, 3, height, width]);
    let mut channels = 3;
    let mut taps = Vec::new();
    for (stage, (out, blocks)) in STAGES.into_iter().enumerate() {
        let stride = 2 << stage;
        let mut conv = |g: &mut Builder, x: Value, part: &str, from: usize, step: i64, share: f32| {
            let name = format!("stride{stride}/{part}");
            let w = g.named_constant(&format!("{name}/weight"), draw(&mut rng, out, from, share));
            let b = g.named_constant(&format!("{name}/bias"), Tensor::full([out], 0.0));
            g.conv(x, w, Some(b), step, 1, 1)
        };
        let z = conv(&mut g, x, "down", channels, 2, 1.0);
        x = bend(&mut g, z);
        for block in 0..blocks {
            let z = conv(&mut g, x, &format!("block{block}/first"), out, 1, 1.0);
            let z = bend(&mut g, z);
            let z = conv(&mut g, z, &format!("block{block}/second"), out, 1, BRANCH);
            let z = g.add(x, z);
            x = bend(&mut g, z);
        }
        channels = out;
        if TAPS.contains(&stage) {
            let shape = g.shape(x);
            let name = format!("tap{stride}");
            g.output(&name, x);
            taps.push(Tap { name, channels, height: shape[2], width: shape[3], stride });
        }
    }
    let info = BaseInfo {
        name: name.to_owned(),
        input: "images".into(),
        height,
        width,
        normalization: Normalization { mean: [127.0; 3], scale: [64.0; 3] },
        taps,
    };
    Ok(Base { info, model: g.finish()? })
}

fn bend(g: &mut Builder, x: Value) -> Value {
    g.node("LeakyRelu", &[x], &[("alpha", Attribute::Float(LEAK))])
}

fn draw(rng: &mut impl Rng, out: usize, from: usize, share: f32) -> Tensor {
    let spread = share * (2.0 / (9 * from) as f32).sqrt();
    Tensor::f32([out, from, 3, 3], (0..out * from * 9).map(|_| normal(rng) * spread).collect())
}
