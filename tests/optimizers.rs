//! The optimizers' steps against PyTorch's, number by number. The references were made by PyTorch 2.15 in double
//! precision: `torch.optim.SGD` and `torch.optim.AdamW` on the weights and gradients below,
//! `torch.nn.utils.clip_grad_norm_`.

#[path = "common/runtime.rs"]
mod device;

use fieldcoach::graph::{AdamW, Builder, DType, Sgd, Tensor, adamw, clip_scale, sgd};
use fieldcoach::runtime::{Session, SessionOptions};

const WEIGHTS: [f32; 3] = [1.0, -2.0, 0.5];
const GRADS: [[f32; 3]; 4] = [[0.1, -0.2, 0.3], [0.5, 0.5, -0.5], [-1.0, 0.25, 0.0], [0.3, 0.3, 0.3]];

fn session(g: Builder) -> Session {
    device::open(1).session(&g.finish().unwrap(), SessionOptions::default()).unwrap()
}

fn close(found: &Tensor, expected: &[f32]) {
    let found = found.as_f32().unwrap();
    let near = found.iter().zip(expected).all(|(a, b)| (a - b).abs() <= 2e-6);
    assert!(near && found.len() == expected.len(), "{found:?}, PyTorch: {expected:?}");
}

fn sgd_steps(rule: Sgd, rate: f32, decay: Option<f32>, expected: [[f32; 3]; 4]) {
    let mut g = Builder::new();
    let [w, d, m] = ["weight", "grad", "direction"].map(|name| g.input(name, DType::F32, &[3]));
    let first = g.input("first", DType::F32, &[]);
    let rate = g.scalar(rate);
    let decay = decay.map(|d| g.scalar(d));
    let next = sgd(&mut g, rule, w, d, m, rate, decay, first);
    g.output("next_weight", next.weight);
    g.output("next_direction", next.direction);
    let mut session = session(g);
    let (mut weight, mut direction) = (Tensor::f32([3], WEIGHTS.to_vec()), Tensor::full([3], 0.0));
    for (step, (grad, expected)) in GRADS.iter().zip(expected).enumerate() {
        let grad = Tensor::f32([3], grad.to_vec());
        let first = Tensor::full([], if step == 0 { 1.0 } else { 0.0 });
        let feed = [("weight", &weight), ("grad", &grad), ("direction", &direction), ("first", &first)];
        let mut after = session.run(&feed, &["next_weight", "next_direction"]).unwrap();
        direction = after.remove(1);
        weight = after.remove(0);
        close(&weight, &expected);
    }
}

#[test]
fn sgd_steps_like_pytorch() {
    let plain = [[0.99, -1.98, 0.47], [0.94, -2.03, 0.52], [1.04, -2.055, 0.52], [1.01, -2.085, 0.49]];
    sgd_steps(Sgd::default(), 0.1, None, plain);
    let rule = Sgd { momentum: 0.9, ..Sgd::default() };
    let momentum = [
        [0.989, -1.978, 0.4695],
        [0.928_111, -2.006_222, 0.491_580_5],
        [0.972_382_8, -2.054_615_6, 0.510_961_4],
        [0.981_255, -2.126_115, 0.497_893_2],
    ];
    sgd_steps(rule, 0.1, Some(0.01), momentum);
    let nesterov = [
        [0.9791, -1.9582, 0.44205],
        [0.873_329_7, -2.031_659_4, 0.511_505_1],
        [1.012_358_3, -2.098_175, 0.528_440_7],
        [0.989_346_6, -2.190_381_2, 0.486_139],
    ];
    sgd_steps(Sgd { nesterov: true, ..rule }, 0.1, Some(0.01), nesterov);
    let dampened =
        [[0.99, -1.98, 0.47], [0.956, -1.987, 0.468], [0.9754, -2.0058, 0.4662], [0.97786, -2.03772, 0.44958]];
    sgd_steps(Sgd { dampening: 0.5, ..rule }, 0.1, None, dampened);
}

#[test]
fn decoupled_decay_stays_out_of_the_direction() {
    // PyTorch's SGD has no such form: w ← w − rate·(v + decay·w), v ← momentum·v + grad, in double precision.
    let (rate, decay, momentum) = (0.1, 0.01, 0.9);
    let (mut w, mut v) = (WEIGHTS.map(f64::from), [0.0f64; 3]);
    let expected = GRADS.map(|grad| {
        for i in 0..3 {
            v[i] = momentum * v[i] + f64::from(grad[i]);
            w[i] -= rate * (v[i] + decay * w[i]);
        }
        w.map(|x| x as f32)
    });
    sgd_steps(Sgd { momentum: 0.9, decoupled: true, ..Sgd::default() }, 0.1, Some(0.01), expected);
}

#[test]
fn adamw_steps_like_pytorch() {
    let expected = [
        [0.989, -1.988, 0.4895],
        [0.979_400_5, -1.990_434_2, 0.491_946_1],
        [0.981_090_5, -1.994_235_1, 0.493_723_4],
        [0.980_720_5, -1.999_096_9, 0.492_221_2],
    ];
    let rule = AdamW::default();
    let mut g = Builder::new();
    let [w, d, m, v] = ["weight", "grad", "first", "second"].map(|name| g.input(name, DType::F32, &[3]));
    let correction = g.input("correction", DType::F32, &[2]);
    let (rate, decay) = (g.scalar(0.01), g.scalar(0.1));
    let next = adamw(&mut g, rule, w, d, m, v, rate, Some(decay), correction);
    let names = ["next_weight", "next_first", "next_second"];
    for (name, value) in names.iter().zip([next.weight, next.first, next.second]) {
        g.output(name, value);
    }
    let mut session = session(g);
    let mut state = vec![Tensor::f32([3], WEIGHTS.to_vec()), Tensor::full([3], 0.0), Tensor::full([3], 0.0)];
    for (step, (grad, expected)) in (1..).zip(GRADS.iter().zip(expected)) {
        let grad = Tensor::f32([3], grad.to_vec());
        let correction = Tensor::f32([2], vec![1.0 - rule.beta1.powi(step), 1.0 - rule.beta2.powi(step)]);
        let feed = [
            ("weight", &state[0]),
            ("grad", &grad),
            ("first", &state[1]),
            ("second", &state[2]),
            ("correction", &correction),
        ];
        state = session.run(&feed, &names).unwrap();
        close(&state[0], &expected);
    }
}

#[test]
fn every_experiment_is_clipped_alone() {
    // The first experiment's gradients have norm 13, the second's 1.
    let mut g = Builder::new();
    let a = g.input("a", DType::F32, &[2, 2]);
    let b = g.input("b", DType::F32, &[2, 1]);
    let scale = clip_scale(&mut g, &[a, b], 2, 6.5);
    g.output("scale", scale);
    let a = Tensor::f32([2, 2], vec![3.0, 4.0, 0.6, 0.0]);
    let b = Tensor::f32([2, 1], vec![12.0, 0.8]);
    let found = session(g).run(&[("a", &a), ("b", &b)], &["scale"]).unwrap();
    close(&found[0], &[0.5, 1.0]);
}
