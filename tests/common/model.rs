//! A model that sees the same in every picture.
#![allow(dead_code)]

use fieldcoach::domain::{Category, LabelKind, Metrics, Model, ModelId, TrainingId};
use fieldcoach::graph::{Attribute, Builder, DType, Tensor};
use fieldcoach::store::{Options, Store};
use std::path::Path;

/// A model that sees the same two RBC in every picture.
pub fn model(path: &Path) -> Model {
    seeing(path, "RBC", &[(0.9, [8.0, 8.0, 16.0, 16.0]), (0.7, [40.0, 30.0, 10.0, 10.0])])
}

/// A model that sees the same in every picture: boxes of this category, each with its score.
pub fn seeing(path: &Path, category: &str, seen: &[(f32, [f32; 4])]) -> Model {
    let mut g = Builder::new();
    let image = g.dynamic_input("image", DType::U8);
    let flat = g.ints(&[-1]);
    let flat = g.node("Reshape", &[image, flat], &[]);
    let (start, end) = (g.ints(&[0]), g.ints(&[1]));
    let first = g.node("Slice", &[flat, start, end], &[]);
    let first = g.node("Cast", &[first], &[("to", Attribute::Int(1))]);
    let zero = g.scalar(0.0);
    let nothing = g.node("Mul", &[first, zero], &[]);
    let boxes = g.constant(Tensor::f32([seen.len(), 4], seen.iter().flat_map(|(_, bbox)| *bbox).collect()));
    let boxes = g.node("Add", &[boxes, nothing], &[]);
    g.output("boxes", boxes);
    let scores = g.constant(Tensor::f32([seen.len()], seen.iter().map(|(score, _)| *score).collect()));
    let scores = g.node("Add", &[scores, nothing], &[]);
    g.output("scores", scores);
    let categories = g.constant(Tensor::i64([seen.len()], vec![0; seen.len()]));
    let categories = g.node("Identity", &[categories], &[]);
    g.output("categories", categories);
    std::fs::write(path, g.finish().unwrap().encode()).unwrap();
    let (name, colour, instructions) = (category.to_owned(), "#ff0000".to_owned(), String::new());
    Model {
        id: ModelId::new(),
        created: jiff::Timestamp::now(),
        clock: None,
        training: TrainingId::new(),
        categories: vec![Category { name, colour, instructions, kind: LabelKind::Box }],
        threshold: 0.5,
        metrics: Metrics::default(),
        base: "default".into(),
        dataset_hash: String::new(),
        bytes: 0,
        deployed: false,
        cameras: vec![],
    }
}

/// Makes it the deployed one of the store in this folder, which nobody has open.
pub fn goes_live(data: &Path) {
    let store = Store::open(Options { dir: data.to_owned(), budget: 1 << 30, reserve: 0 }).unwrap();
    let path = data.join("to-be-added.onnx");
    let model = model(&path);
    store.add_category(model.categories[0].clone()).unwrap();
    store.add_model(&model, &path).unwrap();
    store.deploy(model.id, None).unwrap();
}
