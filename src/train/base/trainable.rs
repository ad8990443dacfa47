//! What of a base can be trained, and what keeps the rest frozen.

use super::backbone::Base;
use crate::graph::{self, Builder, DType, Reach, Value};
use crate::train::error::TrainError;
use std::collections::{BTreeMap, HashMap, HashSet};

/// Why the base can't take several pictures at once, if it can't: a shape with a batch of one may be written into it.
pub fn fixed_batch(base: &Base) -> Option<String> {
    let several = placed(base, 2, []).and_then(|(g, values)| {
        let tap = |name: &String| values.get(name).map(|v| g.shape(*v)).unwrap_or_default();
        let whole = base.info.taps.iter().all(|t| tap(&t.name) == [2, t.channels, t.height, t.width]);
        g.finish()?;
        if whole { Ok(()) } else { Err(TrainError::Failed("its taps change their shape".into())) }
    });
    several.err().map(|e| e.to_string())
}

/// The base in a graph, for so many pictures, and its values by name. These of its weights are inputs, as where they are
/// trained.
pub(super) fn placed<'w>(
    base: &Base,
    batch: usize,
    weights: impl IntoIterator<Item = &'w str>,
) -> Result<(Builder, HashMap<String, Value>), TrainError> {
    let info = &base.info;
    let mut g = Builder::new();
    let input = g.input(&info.input, DType::F32, &[batch, 3, info.height, info.width]);
    let mut known = HashMap::from([(info.input.clone(), input)]);
    for name in weights {
        if let Some(tensor) = base.model.initializers.get(name) {
            known.insert(name.to_owned(), g.input(name, DType::F32, &tensor.shape));
        }
    }
    let values = graph::replay(&mut g, &base.model, known)?;
    Ok((g, values))
}

/// The base's weights, and what of them a gradient reaches from the taps.
pub fn trainable(base: &Base) -> Result<Trainable, TrainError> {
    let mut candidates: BTreeMap<&str, bool> = BTreeMap::new();
    // Values that are the picture still, other numbers for its colours.
    let mut picture = HashSet::from([base.info.input.as_str()]);
    for node in &base.model.nodes {
        let recolours = matches!(node.op.as_str(), "Add" | "Cast" | "Div" | "Identity" | "Mul" | "Sub" | "Transpose")
            && node.inputs.iter().any(|i| picture.contains(i.as_str()));
        if recolours {
            picture.extend(node.outputs.iter().map(String::as_str));
        }
        let weights = graph::operator(&node.op).map_or(&[][..], |o| o.weights());
        for (i, name) in node.inputs.iter().enumerate() {
            if let Some(tensor) = base.model.initializers.get(name) {
                // A single number (the 6 of a clipped activation, written out) is a setting too.
                let weight = weights.contains(&i) && tensor.as_f32().is_some() && tensor.len() > 1;
                *candidates.entry(name).or_insert(true) &= weight && !recolours;
            }
        }
    }
    let names: Vec<&str> = candidates.into_iter().filter(|(_, weight)| *weight).map(|(name, _)| name).collect();
    let (g, values) = placed(base, 1, names.iter().copied())?;
    let value = |name: &str| values.get(name).copied();
    let taps: Vec<Value> = base.info.taps.iter().filter_map(|t| value(&t.name)).collect();
    let weights: Vec<Value> = names.iter().filter_map(|name| value(name)).collect();
    let Reach { values: reached, barriers } = graph::reach(&g, &taps, &weights);
    let weights = names.into_iter().filter(|name| value(name).is_some_and(|v| reached.contains(&v)));
    Ok(Trainable { weights: weights.map(str::to_owned).collect(), barriers })
}

/// What of a base can be trained.
pub struct Trainable {
    /// Initializers.
    pub weights: HashSet<String>,
    /// Why the rest of it stays frozen.
    pub barriers: Vec<String>,
}
