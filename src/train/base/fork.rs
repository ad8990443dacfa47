//! Where the base is cut: frozen below, trained above.

use super::backbone::Base;
use super::trainable::{fixed_batch, placed, trainable};
use crate::domain::Depth;
use crate::graph::Node;
use crate::train::error::TrainError;
use serde::{Deserialize, Serialize};
use std::collections::{HashMap, HashSet};

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

impl Place {
    /// What is trained above the cut.
    pub fn depth(self) -> Depth {
        match self {
            Self::Taps => Depth::Head,
            Self::Stride(stride) => Depth::AboveStride(stride as u32),
            Self::Image => Depth::Everything,
        }
    }
}

impl std::fmt::Display for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter) -> std::fmt::Result {
        self.depth().fmt(f)
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
