//! Where the base is cut: frozen below, trained above.

use super::TrainError;
use super::base::Base;
use crate::graph::{self, Builder, DType, Node, Reach, Value};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, HashMap, HashSet};

/// Strides at which a base is cut, besides at its taps and at the image.
const STRIDES: [usize; 2] = [8, 4];

/// A cut through the base. What lies above is trained.
#[derive(Clone, Debug, PartialEq)]
pub struct Fork {
    pub place: Place,
    /// What the frozen part hands up.
    pub crossing: Vec<Crossing>,
    /// The base's initializers that are trained, in the order of its nodes.
    pub weights: Vec<Trained>,
    /// Whether the frozen part takes one picture at a time, so that no step can hold it.
    pub alone: bool,
}

/// What a step above a fork is given of a view.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Feed {
    /// What the frozen part handed up when it was shown the view, once and before.
    #[default]
    Features,
    /// Its pixels: the frozen part runs in every step, on views that are never the same.
    Pixels,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// The whole base is frozen.
    Taps,
    /// Everything up to the last map of this stride is frozen.
    Stride(usize),
    /// Nothing is frozen.
    Image,
}

/// A value of the base that crosses a cut: `[channels, height, width]` for each picture.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Crossing {
    pub name: String,
    pub shape: [usize; 3],
}

/// An initializer of the base that is trained.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trained {
    pub name: String,
    pub shape: Vec<usize>,
}

impl Fork {
    /// What a step can be given where this is wanted.
    pub fn feed(&self, wanted: Feed) -> Feed {
        match self.place {
            Place::Image => Feed::Pixels,
            _ if self.alone => Feed::Features,
            _ => wanted,
        }
    }

    /// The nodes between the cut and the taps.
    pub fn above<'b>(&self, base: &'b Base) -> Vec<&'b Node> {
        let crossed: HashSet<&str> = self.crossing.iter().map(|c| c.name.as_str()).collect();
        let mut wanted: HashSet<&str> = base.info.taps.iter().map(|t| t.name.as_str()).collect();
        let mut above = Vec::new();
        for node in base.model.nodes.iter().rev() {
            if node.outputs.iter().any(|o| wanted.contains(o.as_str()) && !crossed.contains(o.as_str())) {
                wanted.extend(node.inputs.iter().map(String::as_str));
                above.push(node);
            }
        }
        above
    }
}

impl std::fmt::Display for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter) -> std::fmt::Result {
        match self {
            Self::Taps => write!(f, "the taps"),
            Self::Stride(s) => write!(f, "stride {s}"),
            Self::Image => write!(f, "the image"),
        }
    }
}

/// The cuts of a base, from the taps down to the image; those between only where something lies on both sides. A base
/// of which nothing can be trained is cut at its taps only.
pub fn forks(base: &Base) -> Result<Vec<Fork>, TrainError> {
    let info = &base.info;
    // What takes one picture at a time can only look.
    let fixed = fixed_batch(base).is_some();
    let (g, values) = placed(base, if fixed { 1 } else { 2 }, [])?;
    let depth = depths(base, |name| values.get(name).map(|v| g.shape(*v)));
    let trainable = trainable(base)?.weights;

    let cut = |place: Place, frozen: &dyn Fn(&str) -> bool| -> Fork {
        let (mut names, mut weights) = (Vec::new(), Vec::new());
        let (mut crossed, mut taken) = (HashSet::new(), HashSet::new());
        // What the frozen part reads stays as it is above the cut too.
        let below: HashSet<&String> =
            base.model.nodes.iter().filter(|n| frozen(&n.outputs[0])).flat_map(|n| &n.inputs).collect();
        for node in &base.model.nodes {
            if frozen(&node.outputs[0]) {
                continue;
            }
            for name in &node.inputs {
                if let Some(tensor) = base.model.initializers.get(name) {
                    if trainable.contains(name.as_str()) && !below.contains(name) && taken.insert(name.as_str()) {
                        weights.push(Trained { name: name.clone(), shape: tensor.shape.clone() });
                    }
                } else if (*name == info.input || frozen(name)) && !name.is_empty() && crossed.insert(name.as_str()) {
                    names.push(name.clone());
                }
            }
        }
        for tap in info.taps.iter().map(|t| t.name.as_str()) {
            if frozen(tap) && crossed.insert(tap) {
                names.push(tap.to_owned());
            }
        }
        let crossing = names
            .into_iter()
            .map(|name| {
                let shape = values.get(&name).map(|v| g.shape(*v)).unwrap_or_default();
                let at = |i: usize| shape.get(i).copied().unwrap_or(1);
                Crossing { name, shape: [at(1), at(2), at(3)] }
            })
            .collect();
        Fork { place, crossing, weights, alone: fixed }
    };
    let mut forks = vec![cut(Place::Taps, &|_| true)];
    if fixed {
        return Ok(forks);
    }
    let below = STRIDES.map(|s| (Place::Stride(s), s)).into_iter().chain([(Place::Image, 0)]);
    for (place, stride) in below {
        let frozen = |name: &str| depth.get(name).is_some_and(|d| *d <= stride);
        let fork = cut(place, &frozen);
        // Features are kept as maps.
        let maps = |c: &Crossing| values.get(&c.name).is_some_and(|v| g.shape(*v).len() == 4);
        if !fork.crossing.iter().all(maps) {
            continue;
        }
        let last = forks.last().map_or(0, |f| f.weights.len());
        // A cut that leaves nothing frozen is the one at the image.
        let at_image = fork.crossing.iter().any(|c| c.name == info.input);
        if fork.weights.len() > last && (at_image == (place == Place::Image)) {
            forks.push(fork);
        }
    }
    Ok(forks)
}

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
fn placed<'w>(
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

/// For every value computed from the picture the largest stride on the way to it. Vectors (squeeze-and-excitation) lie
/// where their map lies.
fn depths(base: &Base, shape: impl Fn(&str) -> Option<Vec<usize>>) -> HashMap<&str, usize> {
    let mut depth: HashMap<&str, usize> = HashMap::from([(base.info.input.as_str(), 1)]);
    for node in &base.model.nodes {
        let before = node.inputs.iter().filter_map(|i| depth.get(i.as_str())).max().copied();
        for output in &node.outputs {
            let own = match shape(output).as_deref() {
                Some([_, _, h, w]) if h * w > 1 => Some(base.info.height.div_ceil(*h)),
                _ => None,
            };
            if let Some(deepest) = before.max(before.and(own)) {
                depth.insert(output, deepest);
            }
        }
    }
    depth
}

/// Which inputs of an operator are weights. Others that may be floats (limits, scales, running statistics) are settings.
fn weight_inputs(op: &str) -> &'static [usize] {
    match op {
        "Conv"
        | "ConvTranspose"
        | "BatchNormalization"
        | "LayerNormalization"
        | "InstanceNormalization"
        | "GroupNormalization" => &[1, 2],
        "Gemm" => &[1, 2],
        "PRelu" | "RMSNormalization" => &[1],
        "Add" | "Sub" | "Mul" | "Div" | "MatMul" => &[0, 1],
        _ => &[],
    }
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
        for (i, name) in node.inputs.iter().enumerate() {
            if let Some(tensor) = base.model.initializers.get(name) {
                // A single number (the 6 of a clipped activation, written out) is a setting too.
                let weight = weight_inputs(&node.op).contains(&i) && tensor.as_f32().is_some() && tensor.len() > 1;
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
