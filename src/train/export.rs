//! The winner as one ONNX file: picture in; boxes, scores and categories out.
//!
//! Inputs: `image`, u8 `[height, width, 3]`, RGB, any size. Outputs, best first: `boxes` f32 `[n, 4]` (COCO
//! `[x, y, width, height]` in pixels of that picture), `scores` f32 `[n]`, `categories` i64 `[n]` (index into the
//! metadata's `categories`); where there are tags also `tag_scores` f32 `[tags]` (in the order of `tag_categories`).
//! Resizing, normalisation, box decoding, suppression of doubles and voting on the boxes are inside. `size` in the
//! metadata, `[width, height]`, is what it resizes to: whoever hands over a picture of that size saves it the work.

use super::base::Base;
use super::error::TrainError;
use super::network::{Feature, decode, head, kinds};
use super::population::graphs;
use super::run::Winner;
use crate::domain::{Category, TrainingId};
use crate::graph::{Attribute, Builder, DType, Model, Tensor, Value};

/// Metadata of an exported model.
#[derive(Clone, Debug)]
pub struct Provenance {
    pub training: TrainingId,
    /// SHA-256 of the frames and labels, hex.
    pub dataset_hash: String,
}

/// Writes the winner.
pub fn export(
    winner: &Winner,
    base: &Base,
    categories: &[Category],
    provenance: &Provenance,
) -> Result<Model, TrainError> {
    let mut g = Builder::new();
    let image = g.dynamic_input("image", DType::U8);
    let (info, shape) = (&base.info, &winner.shape);
    let size = [1, 3, info.height as i64, info.width as i64];

    let images = resized(&mut g, image, &size);
    let taps = base.with(&winner.weights).splice(&mut g, images);
    let standard = |(i, x)| Feature::Shared(winner.standard.standardise(&mut g, x, i));
    let features: Vec<Feature> = taps.into_iter().enumerate().map(standard).collect();
    let weights = shape
        .parameters()
        .iter()
        .map(|p| {
            let missing = || TrainError::Failed(format!("the winner has no `{}`", p.name));
            let tensor = winner.weights.get(&p.name).ok_or_else(missing)?;
            let mut one = tensor.clone();
            one.shape.insert(0, 1);
            Ok(g.named_constant(&p.name, one))
        })
        .collect::<Result<Vec<Value>, TrainError>>()?;
    let out = head::forward(&mut g, shape, 1, &features, &weights, None);
    let seen = graphs::probabilities(&mut g, shape, out, winner.stride);
    // Factors from the base's input to the picture: [width, height, width, height] of the picture over the input's.
    let picture = g.node("Shape", &[image], &[]);
    let order = g.ints(&[1, 0, 1, 0]);
    let wanted = g.node("Gather", &[picture, order], &[]);
    let wanted = g.node("Cast", &[wanted], &[("to", Attribute::Int(DType::F32 as i64))]);
    let (w, h) = (info.width as f32, info.height as f32);
    let given = g.constant(Tensor::f32([4], vec![w, h, w, h]));
    let factors = g.node("Div", &[wanted, given], &[]);

    let (boxes, scores, classes) = match seen.maps {
        Some(maps) => decode::objects_in_graph(&mut g, shape, maps, winner.stride, (w, h)),
        None => {
            let none = |g: &mut Builder, dims: Vec<usize>| g.constant(Tensor::f32(dims, vec![]));
            let classes = g.constant(Tensor::i64([0], vec![]));
            (none(&mut g, vec![0, 4]), none(&mut g, vec![0]), classes)
        }
    };
    let boxes = g.node("Mul", &[boxes, factors], &[]);
    g.output("boxes", boxes);
    g.output("scores", scores);
    g.output("categories", classes);
    let (box_kind, tag_kind) = kinds(categories);
    let names = |kind: &[usize]| {
        let names: Vec<&str> = kind.iter().map(|i| categories[*i].name.as_str()).collect();
        serde_json::to_string(&names).unwrap_or_default()
    };
    if let Some(tags) = seen.tags {
        let tags = g.reshape(tags, &[shape.tags as i64]);
        g.output("tag_scores", tags);
        g.metadata("tag_categories", names(&tag_kind));
    }
    g.metadata("categories", names(&box_kind));
    g.metadata("threshold", winner.evaluation.threshold.to_string());
    g.metadata("training", provenance.training.to_string());
    g.metadata("dataset_hash", provenance.dataset_hash.as_str());
    g.metadata("base", info.name.as_str());
    g.metadata("size", format!("[{}, {}]", info.width, info.height));
    let mut model = g.finish()?;
    leave_open(&mut model);
    Ok(model)
}

/// `[h, w, 3]` bytes to `[1, 3, H, W]` floats; the triangle filter that training pictures were shrunk with.
fn resized(g: &mut Builder, image: Value, size: &[i64; 4]) -> Value {
    let floats = g.node("Cast", &[image], &[("to", Attribute::Int(DType::F32 as i64))]);
    let planes = g.node("Transpose", &[floats], &[("perm", Attribute::Ints(vec![2, 0, 1]))]);
    let axes = g.ints(&[0]);
    let batch = g.node("Unsqueeze", &[planes, axes], &[]);
    let sizes = g.ints(size);
    let resized = g.place(
        "Resize",
        &[Some(batch), None, None, Some(sizes)],
        &[
            ("mode", Attribute::Text("linear".into())),
            ("antialias", Attribute::Int(1)),
            ("coordinate_transformation_mode", Attribute::Text("half_pixel".into())),
        ],
        1,
    )[0];
    let shape_of = g.ints(size);
    g.node("Reshape", &[resized, shape_of], &[])
}

/// Shapes that depend on the picture.
fn leave_open(model: &mut Model) {
    for (name, dims) in [
        ("image", vec![None, None, Some(3)]),
        ("boxes", vec![None, Some(4)]),
        ("scores", vec![None]),
        ("categories", vec![None]),
    ] {
        for info in model.inputs.iter_mut().chain(&mut model.outputs).filter(|v| v.name == name) {
            info.shape = Some(dims.clone());
        }
    }
}
