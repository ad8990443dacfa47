//! Experiments that train copies of a base in one graph and in turn: the same training either way.

mod trial_support;

use fieldcoach::graph::{Builder, DType, Tensor};
use fieldcoach::train::base::{Base, BaseInfo, Normalization, Tap};
use fieldcoach::train::population::{Lanes, Timings};
use fieldcoach::train::run::{Strategy, Winner};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use trial_support::{plan, timings, train};

/// A residual network for small pictures, with taps at strides 8 and 16.
fn base() -> Base {
    let (height, width) = (64, 96);
    let mut rng = ChaCha8Rng::seed_from_u64(1);
    let mut g = Builder::new();
    let mut x = g.input("images", DType::F32, &[1, 3, height, width]);
    let mut taps = Vec::new();
    let mut channels = 3;
    for (i, out) in [8, 8, 12, 16].into_iter().enumerate() {
        let mut weight = |name: &str, shape: &[usize]| {
            let count: usize = shape.iter().product();
            let reach = (6.0 / shape[1..].iter().product::<usize>() as f32).sqrt();
            let values = (0..count).map(|_| rng.random_range(-reach..reach)).collect();
            g.named_constant(&format!("{name}{i}"), Tensor::f32(shape, values))
        };
        let (down, deep) = (weight("down", &[out, channels, 3, 3]), weight("deep", &[out, 1, 3, 3]));
        let bias = g.named_constant(&format!("bias{i}"), Tensor::full([out], 0.05));
        let z = g.conv(x, down, Some(bias), 2, 1, 1);
        x = g.relu(z);
        let z = g.conv(x, deep, None, 1, 1, out as i64);
        x = g.add(x, z);
        channels = out;
        if i >= 2 {
            let (stride, shape) = (2 << i, g.shape(x));
            let name = format!("tap{stride}");
            g.output(&name, x);
            taps.push(Tap { name, channels, height: shape[2], width: shape[3], stride });
        }
    }
    let info = BaseInfo {
        name: "small".into(),
        input: "images".into(),
        height,
        width,
        normalization: Normalization { mean: [127.0; 3], scale: [64.0; 3] },
        taps,
    };
    Base { info, model: g.finish().unwrap() }
}

/// The largest distance between numbers, as a share of the largest.
fn apart(a: &[f32], b: &[f32]) -> f32 {
    let largest = b.iter().fold(1e-6f32, |m, v| m.max(v.abs()));
    a.iter().zip(b).fold(0.0f32, |m, (a, b)| m.max((a - b).abs())) / largest
}

/// Trains both ways, and gives what the experiments lost after each epoch, beside the weights of the winners.
fn both(strategy: Strategy, experiments: usize, epochs: u32) -> [(Winner, Vec<Vec<f32>>); 2] {
    let (mut plan, images) = plan(base(), Lanes::InTurn, strategy, experiments, epochs);
    let in_turn = train(&plan, &images);
    plan.lanes = Lanes::Together;
    [in_turn, train(&plan, &images)]
}

#[test]
fn experiments_train_the_same_in_turn_and_together() {
    // All of the base, by three experiments for an epoch, then by one.
    let [(one, in_turn), (two, together)] = both(Strategy::Halving, 3, 2);
    let distance = apart(&in_turn[0], &together[0]);
    assert!(distance <= 1e-3, "losses {:?} in turn, {:?} together", in_turn[0], together[0]);
    assert!(apart(&in_turn[0][..1], &in_turn[0][1..2]) > 1e-2, "they are different experiments");
    assert_eq!(one.experiment.id, two.experiment.id);
    for (name, a) in &one.weights {
        let distance = apart(a.as_f32().unwrap(), two.weights[name].as_f32().unwrap());
        println!("{name}: {distance}");
        assert!(distance <= 1e-2, "{name}: a part in {} apart", 1.0 / distance);
    }
}

#[test]
fn above_a_fork_they_share_the_frozen_taps() {
    // Sixteen heads for an epoch, then eight experiments from stride 8 on: the tap there is frozen, the one above is not.
    let [(_, in_turn), (_, together)] = both(Strategy::Forks, 16, 5);
    for (a, b) in in_turn.iter().zip(&together).take(2) {
        println!("{a:?} in turn, {b:?} together");
        assert!(apart(a, b) <= 1e-3, "losses {a:?} in turn, {b:?} together");
    }
    assert!(in_turn[0] != in_turn[1], "they learn");
}

#[test]
fn what_was_measured_is_remembered() {
    let (mut plan, images) = plan(base(), Lanes::Measured(Timings::default()), Strategy::Halving, 3, 2);
    let first = timings(&plan, &images);
    let text = serde_json::to_string(&first).unwrap();
    assert!(text.contains("base small from the image, 3 experiments"), "{text}");
    plan.lanes = Lanes::Measured(first.clone());
    assert_eq!(timings(&plan, &images), first, "it is not measured again");
}
