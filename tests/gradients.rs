//! Gradients of whole networks against PyTorch's.
//!
//! For every `NAME.onnx` with a `NAME.safetensors` beside it in the folder that `FIELDCOACH_GRADIENT_FIXTURES` names
//! (default: `../shared/fixtures/gradients`): the loss is Σ⟨output, `cotangent/output`⟩, and the gradient of each
//! initializer with a tensor `grad/INITIALIZER` must be that tensor. `out/output` are the outputs for the input
//! tensors, which are named as in the model.

#[path = "common/runtime.rs"]
mod device;

use fieldcoach::graph::{Builder, DType, Model, Processor, Tensor, Value, differentiate, replay};
use fieldcoach::runtime::{Runtime, SessionOptions};
use safetensors::{Dtype, SafeTensors};
use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};

/// Largest distance from PyTorch's, relative to its norm; or absolute where that is nearly zero.
const RELATIVE: f64 = 1e-3;
const ABSOLUTE: f64 = 1e-6;

#[test]
fn gradients_match_pytorch() {
    let folder = std::env::var_os("FIELDCOACH_GRADIENT_FIXTURES")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/fixtures/gradients"), PathBuf::from);
    let Ok(entries) = std::fs::read_dir(&folder) else {
        println!("skipped: there is no folder {}", folder.display());
        return;
    };
    let mut models: Vec<PathBuf> = entries.map(|e| e.unwrap().path()).collect();
    models.retain(|p| p.extension().is_some_and(|e| e == "onnx") && p.with_extension("safetensors").exists());
    models.sort();
    let runtime = device::open(2);
    let mut failed = Vec::new();
    for (path, processor) in models.iter().flat_map(|path| [(path, Processor::Cpu), (path, Processor::Gpu)]) {
        let name = format!("{} ({processor:?})", path.file_stem().unwrap_or_default().to_string_lossy());
        let problems = match check(&runtime, processor, path) {
            Ok(Outcome { weights, worst, problems }) => {
                println!("{name}: {weights} weights, largest distance {worst:.1e}, {} problems", problems.len());
                problems
            }
            Err(error) => vec![error],
        };
        for problem in problems.iter().take(10) {
            println!("{name}: {problem}");
        }
        if !problems.is_empty() {
            failed.push(name);
        }
    }
    println!("{} networks", models.len());
    assert!(failed.is_empty(), "of {} networks these differ: {}", models.len(), failed.join(", "));
}

struct Outcome {
    weights: usize,
    /// Of all weights, relative.
    worst: f64,
    problems: Vec<String>,
}

/// Differentiates one network and runs it.
fn check(runtime: &Runtime, processor: Processor, path: &Path) -> Result<Outcome, String> {
    let text = |e: &dyn std::fmt::Display| e.to_string();
    let model = Model::read(path).map_err(|e| text(&e))?;
    let bytes = std::fs::read(path.with_extension("safetensors")).map_err(|e| text(&e))?;
    let given = tensors(&bytes).map_err(|e| text(&e))?;

    let mut g = Builder::on(processor);
    let mut known: HashMap<String, Value> = HashMap::new();
    let mut feed: Vec<(String, Tensor)> = Vec::new();
    for input in &model.inputs {
        let tensor = given.get(&input.name).ok_or_else(|| format!("no tensor for the input `{}`", input.name))?;
        let value = g.input(&input.name, tensor.dtype(), &tensor.shape);
        known.insert(input.name.clone(), value);
        feed.push((g.name(value).to_owned(), tensor.clone()));
    }
    let mut weights = Vec::new();
    for (key, reference) in &given {
        let Some(name) = key.strip_prefix("grad/") else { continue };
        let weight = model.initializers.get(name).ok_or_else(|| format!("there is no initializer `{name}`"))?;
        let value = g.input(name, DType::F32, &weight.shape);
        known.insert(name.to_owned(), value);
        feed.push((g.name(value).to_owned(), weight.clone()));
        weights.push((name, value, reference));
    }
    let values = replay(&mut g, &model, known).map_err(|e| text(&e))?;
    let mut loss: Option<Value> = None;
    let mut wanted = Vec::new();
    for output in &model.outputs {
        let value = *values.get(&output.name).ok_or_else(|| format!("no value for the output `{}`", output.name))?;
        if let Some(reference) = given.get(&format!("out/{}", output.name)) {
            let name = format!("replayed/{}", output.name);
            g.output(&name, value);
            wanted.push((name, reference));
        }
        if let Some(cotangent) = given.get(&format!("cotangent/{}", output.name)) {
            let cotangent = g.constant(cotangent.clone());
            let weighed = g.mul(value, cotangent);
            let axes: Vec<i64> = (0..g.shape(weighed).len() as i64).collect();
            let part = g.reduce_sum(weighed, &axes, false);
            loss = Some(loss.map_or(part, |l| g.add(l, part)));
        }
    }
    let loss = loss.ok_or("there is no cotangent")?;
    let trained: Vec<Value> = weights.iter().map(|(_, v, _)| *v).collect();
    let grads = differentiate(&mut g, loss, &trained).map_err(|e| text(&e))?;
    for ((name, _, reference), grad) in weights.iter().zip(grads) {
        let name = format!("gradient/{name}");
        g.output(&name, grad);
        wanted.push((name, reference));
    }
    let graph = g.finish().map_err(|e| text(&e))?;
    let mut session = runtime.session(&graph, SessionOptions::default()).map_err(|e| text(&e))?;
    let feed: Vec<(&str, Tensor)> = feed.iter().map(|(n, t)| (n.as_str(), t.clone())).collect();
    let names: Vec<&str> = wanted.iter().map(|(n, _)| n.as_str()).collect();
    let found = session.run_owned(feed, &names).map_err(|e| text(&e))?;

    let mut outcome = Outcome { weights: weights.len(), worst: 0.0, problems: Vec::new() };
    for ((name, reference), found) in wanted.iter().zip(&found) {
        let (distance, norm) = compare(found, reference)?;
        outcome.worst = outcome.worst.max(if distance <= ABSOLUTE { 0.0 } else { distance / norm });
        // Not `>`: a distance that is not a number must fail.
        if found.shape != reference.shape || !(distance <= RELATIVE * norm || distance <= ABSOLUTE) {
            outcome.problems.push(format!("{name}: distance {distance:.2e} at a norm of {norm:.2e}"));
        }
    }
    Ok(outcome)
}

/// ‖found − reference‖ and ‖reference‖.
fn compare(found: &Tensor, reference: &Tensor) -> Result<(f64, f64), String> {
    let values = |t: &Tensor| t.as_f32().map(<[f32]>::to_vec).ok_or("a result that is not floats");
    let (found, reference) = (values(found)?, values(reference)?);
    let norm = |values: &mut dyn Iterator<Item = f64>| values.map(|v| v * v).sum::<f64>().sqrt();
    let distance = norm(&mut found.iter().zip(&reference).map(|(a, b)| f64::from(*a) - f64::from(*b)));
    Ok((
        if found.len() == reference.len() { distance } else { f64::INFINITY },
        norm(&mut reference.iter().map(|v| f64::from(*v))),
    ))
}

/// All tensors of the file that hold floats or integers.
fn tensors(bytes: &[u8]) -> Result<BTreeMap<String, Tensor>, safetensors::SafeTensorError> {
    let file = SafeTensors::deserialize(bytes)?;
    let tensor = |view: &safetensors::tensor::TensorView| {
        let (shape, data) = (view.shape().to_vec(), view.data());
        match view.dtype() {
            Dtype::F32 => Some(Tensor::f32(shape, data.as_chunks().0.iter().map(|b| f32::from_le_bytes(*b)).collect())),
            Dtype::I64 => Some(Tensor::i64(shape, data.as_chunks().0.iter().map(|b| i64::from_le_bytes(*b)).collect())),
            _ => None,
        }
    };
    Ok(file.tensors().into_iter().filter_map(|(name, view)| Some((name, tensor(&view)?))).collect())
}
