//! Goes on from an exported model: what a training needs of it.

use super::base::{BASE, Base, Weights};
use super::error::TrainError;
use super::network::{CategoryRows, HeadParameter, HeadShape, RowKind, Standard, kinds};
use super::run::StartingModel;
use crate::domain::Category;
use crate::graph::{Model, Tensor, part_name};

/// The base is the first part that an export places in its graph.
const PART: usize = 0;

/// Reads from an exported model what a training needs to continue it: the base's weights, the head's, and what it
/// expects of the features. Rows of categories that the model does not know start as `fresh` does.
pub fn start_from(
    model: &Model,
    base: &Base,
    shape: &HeadShape,
    categories: &[Category],
    fresh: &Weights,
) -> Result<StartingModel, TrainError> {
    let constant = |name: &str| model.initializers.get(name).ok_or_else(|| unfit(&format!("it has no `{name}`")));
    let mut weights = Weights::new();
    for (name, own) in &base.model.initializers {
        if let Some(tensor) = model.initializers.get(&part_name(PART, name)).filter(|t| t.shape == own.shape) {
            weights.insert(format!("{BASE}{name}"), tensor.clone());
        }
    }
    let rows = Rows::of(model, categories);
    for p in shape.parameters() {
        let fresh = fresh.get(&p.name).ok_or_else(|| unfit("its head is another"))?;
        let tensor = match model.initializers.get(&p.name) {
            // A kind of category that the model did not have.
            None => fresh.clone(),
            Some(old) => rows.carry(&p, old, fresh)?,
        };
        weights.insert(p.name, tensor);
    }
    let vector = |name: String| -> Result<Vec<f32>, TrainError> {
        Ok(constant(&name)?.as_f32().ok_or_else(|| unfit("it holds no floats"))?.to_vec())
    };
    let standard = Standard {
        mean: (0..shape.taps.len()).map(|i| vector(Standard::mean_name(i))).collect::<Result<_, _>>()?,
        spread: (0..shape.taps.len()).map(|i| vector(Standard::spread_name(i))).collect::<Result<_, _>>()?,
    };
    Ok(StartingModel { weights, standard })
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
    fn carry(&self, parameter: &HeadParameter, old: &Tensor, fresh: &Tensor) -> Result<Tensor, TrainError> {
        let Some(CategoryRows { along, kind, others: extra }) = parameter.rows else {
            if old.shape[1..] != fresh.shape {
                return Err(unfit("its layers have another size"));
            }
            let mut same = old.clone();
            same.shape.remove(0);
            return Ok(same);
        };
        let (pairs, (now, then)) = match kind {
            RowKind::Boxes => (&self.boxes, self.box_counts),
            RowKind::Tags => (&self.tags, self.tag_counts),
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
