//! Every gradient rule against finite differences, on random shapes, run by the real ONNX Runtime.

use fieldcoach::graph::{Attribute, Builder, DType, Tensor, Value, differentiate};
use fieldcoach::runtime::{Device, Purpose, Runtime, find_library};
use proptest::prelude::*;
use rand::{Rng, RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use std::path::Path;

fn runtime() -> Runtime {
    let library = find_library(Path::new("")).expect("run `make build` first: it fetches ONNX Runtime");
    Runtime::open(&library, Device::Cpu, 1).unwrap()
}

fn random(rng: &mut impl Rng, shape: &[usize], low: f32, high: f32) -> Tensor {
    let count: usize = shape.iter().product();
    Tensor::f32(shape, (0..count).map(|_| rng.random_range(low..high)).collect())
}

/// Builds `f(inputs)`, weighs its result with random numbers into a scalar, and compares the gradient by every input
/// with central differences, element by element.
fn check(inputs: &[Tensor], f: impl Fn(&mut Builder, &[Value]) -> Value) {
    let mut rng = ChaCha8Rng::seed_from_u64(1);
    let names: Vec<String> = (0..inputs.len()).map(|i| format!("x{i}")).collect();
    let mut g = Builder::new();
    let xs: Vec<Value> = inputs.iter().zip(&names).map(|(t, n)| g.input(n, DType::F32, &t.shape)).collect();
    let y = f(&mut g, &xs);
    let shape = g.shape(y);
    let weights = random(&mut rng, &shape, -1.0, 1.0);
    let weights = g.constant(weights);
    let weighed = g.mul(y, weights);
    let axes: Vec<i64> = (0..shape.len() as i64).collect();
    let loss = g.reduce_sum(weighed, &axes, false);
    let grads = differentiate(&mut g, loss, &xs).unwrap();
    g.output("loss", loss);
    let outputs: Vec<String> = (0..grads.len()).map(|i| format!("grad{i}")).collect();
    for (grad, name) in grads.iter().zip(&outputs) {
        g.output(name, *grad);
    }
    let mut session = runtime().session(&g.finish().unwrap(), Purpose::Train).unwrap();
    let mut run = |inputs: &[Tensor], wanted: &[&str]| {
        let feed: Vec<(&str, &Tensor)> = names.iter().map(String::as_str).zip(inputs).collect();
        session.run(&feed, wanted).unwrap()
    };
    let wanted: Vec<&str> = outputs.iter().map(String::as_str).collect();
    let found = run(inputs, &wanted);
    for (i, grad) in found.iter().enumerate() {
        assert_eq!(grad.shape, inputs[i].shape, "the gradient has its input's shape");
        for k in 0..inputs[i].len() {
            let step = 1e-2f32;
            let shifted = |by: f32| {
                let mut moved = inputs.to_vec();
                let mut values = moved[i].as_f32().unwrap().to_vec();
                values[k] += by;
                moved[i] = Tensor::f32(moved[i].shape.clone(), values);
                moved
            };
            let up = run(&shifted(step), &["loss"])[0].as_f32().unwrap()[0];
            let down = run(&shifted(-step), &["loss"])[0].as_f32().unwrap()[0];
            let (expected, got) = ((up - down) / (2.0 * step), grad.as_f32().unwrap()[k]);
            assert!(
                (expected - got).abs() <= 0.02 + 0.02 * expected.abs(),
                "input {i}, element {k}: {got}, by differences {expected}"
            );
        }
    }
}

/// Values at least 0.05 away from zero and from one another, so that no kink lies within a difference step.
fn apart(rng: &mut impl Rng, shape: &[usize]) -> Tensor {
    let count: usize = shape.iter().product();
    let mut values: Vec<f32> =
        (0..count).map(|i| (0.1 + i as f32 * 0.05) * if rng.random_bool(0.5) { 1.0 } else { -1.0 }).collect();
    for i in (1..count).rev() {
        values.swap(i, rng.random_range(0..=i));
    }
    Tensor::f32(shape, values)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, failure_persistence: None, ..Default::default() })]

    #[test]
    fn arithmetic_with_broadcasting(a in 1usize..4, b in 1usize..4, seed: u64, ones in prop::array::uniform4(any::<bool>())) {
        let rng = &mut ChaCha8Rng::seed_from_u64(seed);
        let pick = |n: usize, one: bool| if one { 1 } else { n };
        let x = random(rng, &[2, pick(a, ones[0]), pick(b, ones[1])], 0.5, 2.0);
        let y = random(rng, &[pick(a, ones[2]), pick(b, ones[3])], 0.5, 2.0);
        for op in ["Add", "Sub", "Mul", "Div", "Pow"] {
            check(&[x.clone(), y.clone()], |g, v| g.node(op, v, &[]));
        }
    }

    #[test]
    fn functions_of_one_input(rows in 1usize..4, columns in 1usize..5, seed: u64) {
        let rng = &mut ChaCha8Rng::seed_from_u64(seed);
        let any = apart(rng, &[rows, columns]);
        for op in ["Neg", "Abs", "Relu", "LeakyRelu", "Sigmoid", "Tanh", "Softplus", "Exp", "Identity"] {
            check(std::slice::from_ref(&any), |g, v| g.node(op, v, &[]));
        }
        let positive = random(rng, &[rows, columns], 0.5, 2.0);
        for op in ["Sqrt", "Log"] {
            check(std::slice::from_ref(&positive), |g, v| g.node(op, v, &[]));
        }
        for op in ["Softmax", "LogSoftmax"] {
            for axis in [0, -1] {
                check(std::slice::from_ref(&any), |g, v| g.node(op, v, &[("axis", Attribute::Int(axis))]));
            }
        }
        check(std::slice::from_ref(&any), |g, v| g.clip(v[0], -0.125, 0.275));
    }

    #[test]
    fn the_larger_and_the_smaller(rows in 1usize..4, columns in 1usize..4, seed: u64) {
        let rng = &mut ChaCha8Rng::seed_from_u64(seed);
        let both = apart(rng, &[2 * rows, columns]);
        check(&[both], |g, v| {
            let a = g.slice(v[0], &[(0, 0, rows as i64, 1)]);
            let b = g.slice(v[0], &[(0, rows as i64, 2 * rows as i64, 1)]);
            let (high, low) = (g.max(a, b), g.min(a, b));
            g.concat(&[high, low], 1)
        });
    }

    #[test]
    fn products_of_matrices(e in 1usize..3, n in 1usize..4, m in 1usize..4, k in 1usize..4, seed: u64) {
        let rng = &mut ChaCha8Rng::seed_from_u64(seed);
        let (a, b) = (random(rng, &[2, e, n, m], -1.0, 1.0), random(rng, &[e, m, k], -1.0, 1.0));
        check(&[a, b], |g, v| g.matmul(v[0], v[1]));
        let (a, b) = (random(rng, &[n, m], -1.0, 1.0), random(rng, &[2, m, k], -1.0, 1.0));
        check(&[a, b], |g, v| g.matmul(v[0], v[1]));
    }

    #[test]
    fn sums_means_and_layout(a in 1usize..4, b in 1usize..4, c in 2usize..5, seed: u64) {
        let rng = &mut ChaCha8Rng::seed_from_u64(seed);
        let x = random(rng, &[a, b, c], -1.0, 1.0);
        let one = std::slice::from_ref(&x);
        for keep in [true, false] {
            check(one, |g, v| g.reduce_sum(v[0], &[0, -1], keep));
            check(one, |g, v| g.reduce_mean(v[0], &[1], keep));
        }
        check(one, |g, v| g.transpose(v[0], &[2, 0, 1]));
        check(one, |g, v| g.reshape(v[0], &[-1, a as i64]));
        check(one, |g, v| g.expand(v[0], &[2, a, b, c]));
        check(one, |g, v| g.pad(v[0], &[1, 0, 2, 0, 1, 0]));
        check(one, |g, v| g.slice(v[0], &[(2, 1, i64::MAX, 1)]));
        check(one, |g, v| g.slice(v[0], &[(2, 0, i64::MAX, 2), (0, -1, i64::MIN + 1, -1)]));
        check(&[x.clone(), random(rng, &[a, 2, c], -1.0, 1.0)], |g, v| g.concat(v, 1));
        check(&[random(rng, &[a, b, c, 3], -1.0, 1.0)], |g, v| g.node("GlobalAveragePool", v, &[]));
        let choice = Tensor::f32([b, 1], (0..b).map(|i| i as f32).collect());
        check(&[x.clone(), random(rng, &[b, c], -1.0, 1.0)], |g, v| {
            let (limit, choice) = (g.scalar(0.5), g.constant(choice.clone()));
            let condition = g.node("Less", &[choice, limit], &[]);
            g.node("Where", &[condition, v[0], v[1]], &[])
        });
    }

    #[test]
    fn convolutions(
        group in 1usize..3, channels in 1usize..3, kernel in 1usize..4, stride in 1usize..3, dilation in 1usize..3,
        pad in 0usize..3, size in 5usize..8, seed: u64,
    ) {
        let rng = &mut ChaCha8Rng::seed_from_u64(seed);
        let x = random(rng, &[2, group * channels, size, size + 1], -1.0, 1.0);
        let w = random(rng, &[group * 2, channels, kernel, kernel], -1.0, 1.0);
        let b = random(rng, &[group * 2], -1.0, 1.0);
        let ints = |v: usize, n: usize| Attribute::Ints(vec![v as i64; n]);
        check(&[x, w, b], |g, v| {
            g.node("Conv", v, &[
                ("group", Attribute::Int(group as i64)),
                ("strides", ints(stride, 2)),
                ("dilations", ints(dilation, 2)),
                ("pads", ints(pad, 4)),
            ])
        });
    }
}

#[test]
fn an_operator_without_a_rule_is_named() {
    let mut g = Builder::new();
    let x = g.input("x", DType::F32, &[2]);
    let y = g.node("Floor", &[x], &[]);
    let loss = g.reduce_sum(y, &[0], false);
    let error = differentiate(&mut g, loss, &[x]).unwrap_err().to_string();
    assert!(error.contains("Floor"), "{error}");
}
