//! One training step of a small residual network, all layers training: ours on ONNX Runtime, then the same network in
//! PyTorch's eager mode, in turn, on the same cores.
//!
//! `cargo bench --bench step`. The PyTorch half needs a Python with torch, named by `FIELDCOACH_TORCH_PYTHON`; without,
//! only ours is measured. `FIELDCOACH_BENCH_DEVICE=cuda` measures both on the GPU.

use fieldcoach::graph::{AdamW, Builder, DType, Model, Processor, Tensor, Value, adamw, differentiate};
use fieldcoach::runtime::{Device, Runtime, State, StateLoop, Step, find_library};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use std::borrow::Cow;
use std::process::Command;
use std::time::Instant;

const BATCH: usize = 8;
const STEPS: usize = 20;
const ROUNDS: usize = 3;

/// (output channels, stride, whether the block adds its input): 3×3 convolutions with bias and ReLU; a residual block
/// has two.
const LAYERS: [(usize, i64, bool); 10] = [
    (16, 2, false),
    (32, 2, false),
    (32, 1, true),
    (64, 2, false),
    (64, 1, true),
    (64, 1, true),
    (96, 2, false),
    (96, 1, true),
    (128, 2, false),
    (128, 1, true),
];

struct Weights {
    names: Vec<String>,
    values: Vec<Tensor>,
}

impl Weights {
    fn draw() -> Self {
        let mut rng = ChaCha8Rng::seed_from_u64(1);
        let (mut names, mut values) = (vec![], vec![]);
        let mut add = |name: String, out: usize, from: usize| {
            let spread = (6.0 / (9 * from) as f32).sqrt();
            let w = (0..out * from * 9).map(|_| rng.random_range(-spread..spread)).collect();
            names.push(format!("{name}/w"));
            values.push(Tensor::f32([out, from, 3, 3], w));
            names.push(format!("{name}/b"));
            values.push(Tensor::full([out], 0.0));
        };
        let mut from = 3;
        for (i, (out, _, residual)) in LAYERS.into_iter().enumerate() {
            add(format!("{i}a"), out, from);
            if residual {
                add(format!("{i}b"), out, out);
            }
            from = out;
        }
        Self { names, values }
    }
}

fn declare(g: &mut Builder, weights: &Weights, group: &str) -> Vec<Value> {
    let names = weights.names.iter().zip(&weights.values);
    names.map(|(n, t)| g.input(&format!("{group}/{n}"), DType::F32, &t.shape)).collect()
}

/// The gradients of one of `parts` of the batch.
fn gradients(processor: Processor, weights: &Weights, parts: usize) -> Model {
    let mut g = Builder::on(processor);
    let images = g.input("images", DType::F32, &[BATCH / parts, 3, 240, 320]);
    let w = declare(&mut g, weights, "weight");
    let mut at = w.iter().copied();
    let mut next = || (at.next().unwrap(), at.next().unwrap());
    let mut x = images;
    for (_, stride, residual) in LAYERS {
        let (w, b) = next();
        let z = g.conv(x, w, Some(b), stride, 1, 1);
        let z = g.relu(z);
        x = if residual {
            let (w, b) = next();
            let z = g.conv(z, w, Some(b), 1, 1, 1);
            let z = g.add(z, x);
            g.relu(z)
        } else {
            z
        };
    }
    let square = g.mul(x, x);
    let mean = g.reduce_mean(square, &[0, 1, 2, 3], false);
    let share = g.scalar(1.0 / parts as f32);
    let loss = g.mul(mean, share);
    let grads = differentiate(&mut g, loss, &w).unwrap();
    for (name, grad) in weights.names.iter().zip(grads) {
        g.output(&format!("grad/{name}"), grad);
    }
    g.output("loss", loss);
    g.finish().unwrap()
}

/// The step that follows from the gradients of all parts.
fn update(weights: &Weights, parts: usize) -> Model {
    let mut g = Builder::new();
    let correction = g.input("correction", DType::F32, &[2]);
    let [w, first, second] = ["weight", "first", "second"].map(|group| declare(&mut g, weights, group));
    let mut grads = declare(&mut g, weights, "0/grad");
    for part in 1..parts {
        let more = declare(&mut g, weights, &format!("{part}/grad"));
        grads = grads.into_iter().zip(more).map(|(a, b)| g.add(a, b)).collect();
    }
    let rate = g.scalar(1e-4);
    let decay = g.scalar(1e-2);
    for i in 0..w.len() {
        let next = adamw(&mut g, AdamW::default(), w[i], grads[i], first[i], second[i], rate, Some(decay), correction);
        let name = &weights.names[i];
        g.output(&format!("next/weight/{name}"), next.weight);
        g.output(&format!("next/first/{name}"), next.first);
        g.output(&format!("next/second/{name}"), next.second);
    }
    g.finish().unwrap()
}

/// Images a second.
fn ours(steps: &mut StateLoop, images: &Tensor, parts: usize) -> f64 {
    let mut step = || {
        let each = match parts {
            1 => vec![vec![("images", Cow::Borrowed(images))]],
            _ => images.split(parts).into_iter().map(|part| vec![("images", Cow::Owned(part))]).collect(),
        };
        steps.step(0, each, vec![("correction", Cow::Owned(Tensor::f32([2], vec![0.5, 0.5])))]).unwrap();
    };
    for _ in 0..2 {
        step();
    }
    let start = Instant::now();
    for _ in 0..STEPS {
        step();
    }
    (STEPS * BATCH) as f64 / start.elapsed().as_secs_f64()
}

/// Images a second and peak memory in MiB, as the script prints them.
fn theirs(python: &str, threads: usize, device: &str) -> Option<(f64, f64)> {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/benches/step.py");
    let out = Command::new(python).args([script, &threads.to_string(), device]).output().ok()?;
    if !out.status.success() {
        eprintln!("{}", String::from_utf8_lossy(&out.stderr));
        return None;
    }
    let text = String::from_utf8_lossy(&out.stdout).into_owned();
    let mut numbers = text.split_whitespace().filter_map(|w| w.parse().ok());
    Some((numbers.next()?, numbers.next()?))
}

/// Most memory this process ever held, in MiB.
fn peak_memory() -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|l| l.starts_with("VmHWM:")).unwrap_or_default();
    line.split_whitespace().nth(1).and_then(|v| v.parse::<f64>().ok()).unwrap_or(0.0) / 1024.0
}

fn main() {
    let threads = std::thread::available_parallelism().map_or(1, |n| n.get());
    let device = std::env::var("FIELDCOACH_BENCH_DEVICE").unwrap_or_else(|_| "cpu".into());
    let wanted = if device == "cuda" { Device::Cuda } else { Device::Cpu };
    let library = find_library(None, &[]).expect("run `make build` first: it fetches ONNX Runtime");
    let runtime = Runtime::open(&library, wanted, threads).unwrap();
    let weights = Weights::draw();
    let parts = runtime.parts(BATCH);
    let (gradients, update) = (gradients(runtime.processor(), &weights, parts), update(&weights, parts));
    if let Ok(path) = std::env::var("FIELDCOACH_BENCH_DUMP") {
        std::fs::write(path, gradients.encode()).unwrap();
    }
    let zero = |t: &Tensor| Tensor::full(t.shape.clone(), 0.0);
    let mut state = Vec::new();
    for (group, fresh) in [("weight", false), ("first", true), ("second", true)] {
        for (name, value) in weights.names.iter().zip(&weights.values) {
            let value = if fresh { zero(value) } else { value.clone() };
            state.push(State { input: format!("{group}/{name}"), output: format!("next/{group}/{name}"), value });
        }
    }
    let mut steps =
        StateLoop::new(&runtime, &Step { part: &gradients, parts, join: &update }, &[state], &["loss"]).unwrap();
    let mut rng = ChaCha8Rng::seed_from_u64(2);
    let pixels = (0..BATCH * 3 * 240 * 320).map(|_| rng.random_range(-1.0..1.0)).collect();
    let images = Tensor::f32([BATCH, 3, 240, 320], pixels);
    let python = std::env::var("FIELDCOACH_TORCH_PYTHON").ok();
    println!("{threads} threads, batch {BATCH}, 320×240, {STEPS} steps a round, device {device}");
    for round in 1..=ROUNDS {
        let mine = ours(&mut steps, &images, parts);
        print!("round {round}: ours {mine:.1} images/s");
        match python.as_deref().and_then(|p| theirs(p, threads, &device)) {
            Some((rate, memory)) => {
                println!(
                    ", PyTorch {rate:.1} images/s: ratio {:.2}; peak memory {:.0} MiB and {memory:.0} MiB",
                    mine / rate,
                    peak_memory()
                );
            }
            None => println!("; peak memory {:.0} MiB", peak_memory()),
        }
    }
}
