//! The winner as one ONNX file: picture in; boxes, scores and categories out.
//!
//! Inputs: `image`, u8 `[height, width, 3]`, RGB, any size. Outputs, best first: `boxes` f32 `[n, 4]` (COCO
//! `[x, y, width, height]` in pixels of that picture), `scores` f32 `[n]`, `categories` i64 `[n]` (index into the
//! metadata's `categories`); where there are tags also `tag_scores` f32 `[tags]` (in the order of `tag_categories`).
//! Resizing, normalisation, box decoding, suppression of doubles and voting on the boxes are inside.

use super::TrainError;
use super::base::Base;
use super::decode;
use super::features::Standard;
use super::head::{self, Feature, HeadShape};
use super::network::{BASE, Weights};
use super::run::{Start, Winner, kinds};
use super::step;
use crate::domain::{Category, TrainingId};
use crate::graph::{Attribute, Builder, DType, Model, Tensor, Value};

/// Metadata of an exported model.
#[derive(Clone, Debug)]
pub struct Provenance {
    pub training: TrainingId,
    /// SHA-256 of the frames and labels, hex.
    pub dataset_hash: String,
}

/// Prefixes under which the base's weights and the features' standard lie in the file, for trainings that continue it.
/// The head's parameters lie there under their own names.
const PART: &str = "part0_";
const MEAN: &str = "standard/mean";
const SPREAD: &str = "standard/spread";

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

    // [h, w, 3] bytes to [1, 3, H, W] floats; the triangle filter that training pictures were shrunk with.
    let floats = g.node("Cast", &[image], &[("to", Attribute::Int(DType::F32 as i64))]);
    let planes = g.node("Transpose", &[floats], &[("perm", Attribute::Ints(vec![2, 0, 1]))]);
    let axes = g.ints(&[0]);
    let batch = g.node("Unsqueeze", &[planes, axes], &[]);
    let sizes = g.ints(&size);
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
    let shape_of = g.ints(&size);
    let images = g.node("Reshape", &[resized, shape_of], &[]);
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
    let seen = step::probabilities(&mut g, shape, out, winner.stride);
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
    let mut model = g.finish()?;
    // Shapes that depend on the picture.
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
    Ok(model)
}

/// Reads from an exported model what a training needs to continue it: the base's weights, the head's, and what it
/// expects of the features. Rows of categories that the model does not know start as `fresh` does.
pub fn start_from(
    model: &Model,
    base: &Base,
    shape: &HeadShape,
    categories: &[Category],
    fresh: &Weights,
) -> Result<Start, TrainError> {
    let constant = |name: &str| model.initializers.get(name).ok_or_else(|| unfit(&format!("it has no `{name}`")));
    let mut weights = Weights::new();
    for (name, own) in &base.model.initializers {
        if let Some(tensor) = model.initializers.get(&format!("{PART}{name}")).filter(|t| t.shape == own.shape) {
            weights.insert(format!("{BASE}{name}"), tensor.clone());
        }
    }
    let rows = Rows::of(model, categories);
    for p in shape.parameters() {
        let fresh = fresh.get(&p.name).ok_or_else(|| unfit("its head is another"))?;
        let tensor = match model.initializers.get(&p.name) {
            // A kind of category that the model did not have.
            None => fresh.clone(),
            Some(old) => rows.carry(&p.name, old, fresh)?,
        };
        weights.insert(p.name, tensor);
    }
    let vector = |name: String| -> Result<Vec<f32>, TrainError> {
        Ok(constant(&name)?.as_f32().ok_or_else(|| unfit("it holds no floats"))?.to_vec())
    };
    let standard = Standard {
        mean: (0..shape.taps.len()).map(|i| vector(format!("{MEAN}{i}"))).collect::<Result<_, _>>()?,
        spread: (0..shape.taps.len()).map(|i| vector(format!("{SPREAD}{i}"))).collect::<Result<_, _>>()?,
    };
    Ok(Start { weights, standard })
}

fn unfit(what: &str) -> TrainError {
    TrainError::Invalid(format!("the model can't be continued: {what}; train from `base` instead"))
}

/// Which rows of an old head belong to which categories of a new one.
struct Rows {
    /// (row now, row then) of the categories with boxes, and of the tags.
    boxes: Vec<(usize, usize)>,
    tags: Vec<(usize, usize)>,
    /// How many there are now and were then.
    box_counts: (usize, usize),
    tag_counts: (usize, usize),
}

impl Rows {
    fn of(model: &Model, categories: &[Category]) -> Self {
        let names = |key: &str| -> Vec<String> {
            model.metadata.get(key).and_then(|t| serde_json::from_str(t).ok()).unwrap_or_default()
        };
        let (boxes_now, tags_now) = kinds(categories);
        let (boxes_then, tags_then) = (names("categories"), names("tag_categories"));
        let pairs = |now: &[usize], then: &[String]| {
            let same =
                |(new, c): (usize, &usize)| Some((new, then.iter().position(|name| *name == categories[*c].name)?));
            now.iter().enumerate().filter_map(same).collect()
        };
        Self {
            boxes: pairs(&boxes_now, &boxes_then),
            tags: pairs(&tags_now, &tags_then),
            box_counts: (boxes_now.len(), boxes_then.len()),
            tag_counts: (tags_now.len(), tags_then.len()),
        }
    }

    /// The new head's tensor: `old` (with a leading 1) where it knows the category, `fresh` elsewhere.
    fn carry(&self, name: &str, old: &Tensor, fresh: &Tensor) -> Result<Tensor, TrainError> {
        // Along which dimension the categories lie, which of them, and rows that are there whatever the categories.
        let (along, pairs, (now, then), extra) = match name {
            "head/predict" | "head/predict_bias" => (0, &self.boxes, self.box_counts, 4),
            "head/tag_predict" => (1, &self.tags, self.tag_counts, 0),
            "head/tag_predict_bias" => (0, &self.tags, self.tag_counts, 0),
            _ if old.shape[1..] == fresh.shape => {
                let mut same = old.clone();
                same.shape.remove(0);
                return Ok(same);
            }
            _ => return Err(unfit("its layers have another size")),
        };
        let (Some(from), Some(to)) = (old.as_f32(), fresh.as_f32()) else { return Err(unfit("it holds no floats")) };
        let inner: usize = fresh.shape[along + 1..].iter().product();
        let outer: usize = fresh.shape[..along].iter().product();
        let (old_rows, new_rows) = (then + extra, now + extra);
        if from.len() != outer * old_rows * inner || to.len() != outer * new_rows * inner {
            return Err(unfit("its layers have another size"));
        }
        let mut values = to.to_vec();
        for (new, old) in pairs.iter().copied().chain((0..extra).map(|i| (now + i, then + i))) {
            for o in 0..outer {
                let (a, b) = ((o * new_rows + new) * inner, (o * old_rows + old) * inner);
                values[a..a + inner].copy_from_slice(&from[b..b + inner]);
            }
        }
        Ok(Tensor::f32(fresh.shape.clone(), values))
    }
}
