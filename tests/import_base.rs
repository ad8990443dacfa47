//! Networks as people have them (`tests/networks/make.py`) become bases that train.

mod trial_support;

use fieldcoach::graph::{Attribute, Builder, DType, Model, Node, Tensor};
use fieldcoach::train::base::Base;
use fieldcoach::train::base::Normalization;
use fieldcoach::train::base::import::{Candidate, ImportOptions};
use fieldcoach::train::base::inspect::inspect;
use fieldcoach::train::population::Lanes;
use fieldcoach::train::run::Strategy;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};
use trial_support::{plan, runtime, train, train_from};

fn file(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/networks").join(format!("{name}.onnx"))
}

fn import(name: &str, size: (usize, usize)) -> Base {
    let options = ImportOptions { name: None, size, normalization: Normalization::UNIT, taps: vec![] };
    Candidate::read(&file(name)).unwrap().import(&options, &runtime()).unwrap()
}

/// Stride and channels of each tap; the base must be cut everywhere, and all of it trained.
fn taps(name: &str, size: (usize, usize)) -> Vec<(usize, usize)> {
    let base = import(name, size);
    let seen = inspect(&base).unwrap();
    assert!(seen.frozen.is_empty(), "{name}: {:?}", seen.frozen);
    let places: Vec<String> = seen.forks.iter().map(|f| f.fork.place.to_string()).collect();
    assert_eq!(places, ["the taps", "stride 8", "stride 4", "the image"], "{name}");
    assert!(base.model.nodes.iter().all(|n| n.op != "Shape" && n.op != "BatchNormalization"), "{name}");
    let mut trained: Vec<&str> = seen.forks.last().unwrap().fork.weights.iter().map(|w| w.name.as_str()).collect();
    let convolutions = base.model.nodes.iter().filter(|n| n.op == "Conv");
    let mut weights: Vec<&str> = convolutions.flat_map(|n| &n.inputs[1..]).map(String::as_str).collect();
    trained.sort_unstable();
    weights.sort_unstable();
    assert_eq!(trained, weights, "{name}: every convolution's weight and bias, and nothing else");
    base.info.taps.iter().map(|t| (t.stride, t.channels)).collect()
}

#[test]
fn taps_and_forks_are_found() {
    assert_eq!(taps("csp", (128, 96)), [(8, 24), (16, 36), (32, 64)]);
    assert_eq!(taps("mobile", (128, 96)), [(8, 36), (16, 48), (32, 72)]);
    assert_eq!(taps("raw", (96, 64)), [(8, 16), (16, 24)]);
}

#[test]
fn what_the_file_says_is_read() {
    let csp = Candidate::read(&file("csp")).unwrap();
    assert_eq!((csp.size, csp.normalization), (Some((128, 96)), None));
    let raw = Candidate::read(&file("raw")).unwrap();
    assert_eq!(raw.size, None);
    assert_eq!(raw.normalization.unwrap().0, Normalization::RAW);
}

#[test]
fn imported_bases_train_in_every_layer() {
    for (name, size) in [("csp", (128, 96)), ("mobile", (128, 96)), ("raw", (96, 64))] {
        let base = import(name, size);
        let (plan, images) = plan(base.clone(), Lanes::InTurn, Strategy::Single { fork: None }, 1, 2);
        let (winner, losses) = train(&plan, &images);
        assert!(losses.iter().flatten().all(|l| l.is_finite()), "{name}: {losses:?}");
        let moved = winner.weights.iter().filter(|(key, tensor)| {
            key.strip_prefix("base/").is_some_and(|key| base.model.initializers.get(key) != Some(*tensor))
        });
        let forks = inspect(&base).unwrap().forks;
        assert_eq!(moved.count(), forks.last().unwrap().fork.weights.len(), "{name}");
    }
}

/// The same network with a batch of one written into it, as some exporters do.
fn alone(mut base: Base) -> Base {
    let tap = &mut base.info.taps[0];
    let shape = [1, tap.channels, tap.height, tap.width].map(|d| d as i64);
    base.model.initializers.insert("alone/shape".into(), Tensor::i64([4], shape.to_vec()));
    base.model.nodes.push(Node {
        op: "Reshape".into(),
        name: "alone".into(),
        inputs: vec![tap.name.clone(), "alone/shape".into()],
        outputs: vec!["alone".into()],
        attributes: BTreeMap::new(),
    });
    tap.name = "alone".into();
    base.model.outputs[0].name = "alone".into();
    base
}

#[test]
fn frozen_bases_train_a_head() {
    let free = import("raw", (96, 64));
    // In the step, on fresh views; before it, each frame read once.
    let cases = [(free.clone(), Strategy::Single { fork: Some(0) }, false), (alone(free), Strategy::Forks, true)];
    for (base, strategy, alone) in cases {
        assert_eq!(inspect(&base).unwrap().forks[0].fork.alone, alone);
        let (plan, images) = plan(base, Lanes::InTurn, strategy, 2, 4);
        let read = AtomicUsize::new(0);
        let (winner, losses) = train_from(&plan, |id| {
            read.fetch_add(1, Ordering::Relaxed);
            images[&id].clone()
        });
        assert_eq!(read.into_inner() == images.len(), alone);
        assert!(losses[3][0] < losses[0][0], "alone: {alone}, {losses:?}");
        assert!(winner.weights.keys().all(|key| key.starts_with("head/")), "alone: {alone}");
    }
}

#[test]
fn what_cannot_be_a_base_is_refused() {
    let refused = |size| {
        let options = ImportOptions { name: None, size, normalization: Normalization::UNIT, taps: vec![] };
        Candidate::read(&file("csp")).unwrap().import(&options, &runtime()).unwrap_err().to_string()
    };
    assert!(refused((320, 240)).contains("takes 128×96 pixels only"), "{}", refused((320, 240)));
    // With a node of another domain among what is wanted.
    let error = Model::read(&file("csp")).unwrap().up_to(&["boxes".to_owned()]).unwrap_err().to_string();
    assert!(error.contains("elsewhere.EfficientNMS"), "{error}");
}

#[test]
fn the_program_says_what_it_took() {
    let data = tempfile::tempdir().unwrap();
    let run = |arguments: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_fieldcoach"));
        let out = command.args(arguments).env("FIELDCOACH_DATA_DIR", data.path()).stdin(std::process::Stdio::null());
        let out = out.output().unwrap();
        let text = String::from_utf8_lossy(&[out.stdout, out.stderr].concat()).into_owned();
        assert!(out.status.success(), "{text}");
        text
    };
    let text = run(&["base", "import", file("csp").to_str().unwrap()]);
    assert!(text.contains("Taken: symmetric") && text.contains("--normalization"), "{text}");
    let text = run(&["base", "import", file("raw").to_str().unwrap(), "--size", "96x64"]);
    assert!(text.contains("by its first Sub"), "{text}");
    let text = run(&["base", "show", "raw"]);
    assert!(text.contains("fork at the image") && text.contains("96×64 pixels"), "{text}");
}

/// A convolution and then so many activations, whose maps have a megabyte each: as large as real networks are deep, or far
/// deeper.
fn chain(path: &Path, length: usize) {
    let mut g = Builder::new();
    let image = g.input("image", DType::F32, &[1, 3, 512, 512]);
    let weight = g.constant(Tensor::full([64, 3, 8, 8], 0.01));
    let stride = [("strides", Attribute::Ints(vec![8, 8])), ("kernel_shape", Attribute::Ints(vec![8, 8]))];
    let first = g.node("Conv", &[image, weight], &stride);
    let last = (0..length).fold(first, |map, _| g.node("LeakyRelu", &[map], &[]));
    g.output("map", last);
    std::fs::write(path, g.finish().unwrap().encode()).unwrap();
}

#[test]
fn a_deep_network_takes_no_more_memory_than_its_largest_maps() {
    let data = tempfile::tempdir().unwrap();
    let path = data.path().join("deep.onnx");
    chain(&path, 3000);
    let program = env!("CARGO_BIN_EXE_fieldcoach");
    let limited = format!("ulimit -v 3000000 && exec {program} base import {}", path.display());
    let out = Command::new("sh").args(["-c", &limited]).env("FIELDCOACH_DATA_DIR", data.path()).output().unwrap();
    let text = String::from_utf8_lossy(&[out.stdout, out.stderr].concat()).into_owned();
    assert!(out.status.success(), "{text}");
}
