//! Central differences.

#[path = "../common/runtime.rs"]
mod device;

use fieldcoach::graph::{Builder, DType, Model, Processor, Tensor, Value, differentiate};
use fieldcoach::runtime::{Runtime, SessionOptions};
use rand::{Rng, RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

fn runtime() -> Runtime {
    device::open(1)
}

/// Runs a graph once.
pub fn run(model: &Model, inputs: &[(&str, &Tensor)], wanted: &[&str]) -> Vec<Tensor> {
    runtime().session(model, SessionOptions::default()).unwrap().run(inputs, wanted).unwrap()
}

pub fn random(rng: &mut impl Rng, shape: &[usize], low: f32, high: f32) -> Tensor {
    let count: usize = shape.iter().product();
    Tensor::f32(shape, (0..count).map(|_| rng.random_range(low..high)).collect())
}

/// Values at least 0.05 away from zero and from one another, so that no kink lies within a difference step.
pub fn apart(rng: &mut impl Rng, shape: &[usize]) -> Tensor {
    let count: usize = shape.iter().product();
    let mut values: Vec<f32> =
        (0..count).map(|i| (0.1 + i as f32 * 0.05) * if rng.random_bool(0.5) { 1.0 } else { -1.0 }).collect();
    for i in (1..count).rev() {
        values.swap(i, rng.random_range(0..=i));
    }
    Tensor::f32(shape, values)
}

/// Builds `f(inputs)`, weighs its result with random numbers into a scalar, and compares the gradient by every input
/// with central differences, as it is made for each processor.
pub fn check(name: &str, inputs: &[Tensor], f: impl Fn(&mut Builder, &[Value]) -> Value) {
    let names: Vec<String> = (0..inputs.len()).map(|i| format!("x{i}")).collect();
    let wanted: Vec<String> = (0..inputs.len()).map(|i| format!("grad{i}")).collect();
    let wanted: Vec<&str> = wanted.iter().map(String::as_str).collect();
    let runtime = runtime();
    let [gpu, mut cpu] = [Processor::Gpu, Processor::Cpu].map(|processor| {
        let model = model(name, processor, &names, inputs, &f);
        let mut session = runtime.session(&model, SessionOptions::default()).unwrap_or_else(|e| panic!("{name}: {e}"));
        let names = &names;
        move |inputs: &[Tensor], wanted: &[&str]| {
            let feed: Vec<(&str, &Tensor)> = names.iter().map(String::as_str).zip(inputs).collect();
            session.run(&feed, wanted).unwrap_or_else(|e| panic!("{name}: {e}"))
        }
    });
    for found in [{ gpu }(inputs, &wanted), cpu(inputs, &wanted)] {
        compare(name, inputs, &found, &mut cpu);
    }
}

/// `f` of inputs with these names, weighed into the output `loss`; its gradients are `grad0`, ….
fn model(
    name: &str,
    processor: Processor,
    names: &[String],
    inputs: &[Tensor],
    f: impl Fn(&mut Builder, &[Value]) -> Value,
) -> Model {
    let mut rng = ChaCha8Rng::seed_from_u64(1);
    let mut g = Builder::on(processor);
    let xs: Vec<Value> = inputs.iter().zip(names).map(|(t, n)| g.input(n, DType::F32, &t.shape)).collect();
    let y = f(&mut g, &xs);
    let shape = g.shape(y);
    let weights = random(&mut rng, &shape, -1.0, 1.0);
    let weights = g.constant(weights);
    let weighed = g.mul(y, weights);
    let axes: Vec<i64> = (0..shape.len() as i64).collect();
    let loss = g.reduce_sum(weighed, &axes, false);
    let grads = differentiate(&mut g, loss, &xs).unwrap_or_else(|e| panic!("{name}: {e}"));
    g.output("loss", loss);
    for (i, grad) in grads.into_iter().enumerate() {
        g.output(&format!("grad{i}"), grad);
    }
    g.finish().unwrap_or_else(|e| panic!("{name}: {e}"))
}

/// Compares gradients with central differences, element by element.
fn compare(name: &str, inputs: &[Tensor], found: &[Tensor], run: &mut impl FnMut(&[Tensor], &[&str]) -> Vec<Tensor>) {
    for (i, grad) in found.iter().enumerate() {
        assert_eq!(grad.shape, inputs[i].shape, "{name}: the gradient has its input's shape");
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
                "{name}: input {i}, element {k}: {got}, by differences {expected}"
            );
        }
    }
}
