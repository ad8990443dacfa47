//! Makes a base of any convolutional ONNX network: finds its taps by running it once and looking at every value.

use super::backbone::{Base, BaseInfo, Tap};
use super::inspect::inspect;
use super::normalization::{self, Normalization};
use crate::files;
use crate::graph::{DType, Model, Node, Tensor, ValueInfo};
use crate::runtime::{Runtime, SessionOptions};
use crate::train::error::TrainError;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::ops::RangeInclusive;
use std::path::Path;

/// What is said of a network that is refused.
const NO_BASE: &str = "the network can't be used as a base";

/// What a base is made with, besides its file.
#[derive(Clone, Debug)]
pub struct ImportOptions {
    /// Letters, digits, `-` and `_`; the file's name if absent.
    pub name: Option<String>,
    /// Width and height of the input in pixels.
    pub size: (usize, usize),
    pub normalization: Normalization,
    /// Names of the taps, finest first; found by themselves if empty.
    pub taps: Vec<String>,
}

/// A network that may become a base, and what its file says of itself.
#[derive(Clone, Debug)]
pub struct Candidate {
    /// The file's name.
    name: String,
    model: Model,
    /// The one input that takes pictures.
    input: String,
    /// Width and height of the input in pixels, if it takes no other.
    pub size: Option<(usize, usize)>,
    /// With the place where the file says it.
    pub normalization: Option<(Normalization, String)>,
}

/// Bytes of an ONNX file, by its format.
const LONGEST: u64 = 2 << 30;

/// Pixels of a base's input, each way.
pub const SIZES: RangeInclusive<usize> = 32..=4096;
/// Strides at which taps are looked for.
const STRIDES: [usize; 3] = [8, 16, 32];

impl Candidate {
    /// Reads a network. Errors: not an ONNX file; not one input that takes pictures.
    pub fn read(path: &Path) -> Result<Self, TrainError> {
        let unreadable = |e: std::io::Error| TrainError::Invalid(format!("{} can't be read: {e}", path.display()));
        let bytes = files::read(path, LONGEST).map_err(unreadable)?;
        let model = Model::decode(&bytes).map_err(|e| TrainError::Invalid(e.to_string()))?;
        let name = path.file_stem().and_then(|s| s.to_str()).unwrap_or("base").to_owned();
        let (input, size) = picture_input(&model)?;
        let normalization = normalization::said(&model, &input);
        Ok(Self { name, model, input, size, normalization })
    }

    /// Finds the taps, and makes a base. Errors: a name or size that can't be; no taps; what can't stand in our graphs.
    pub fn import(self, options: &ImportOptions, runtime: &Runtime) -> Result<Base, TrainError> {
        let Self { model, input, .. } = self;
        let name = options.name.clone().unwrap_or(self.name);
        if name == "default" || name.is_empty() || !name.chars().all(|c| c.is_ascii_alphanumeric() || "-_.".contains(c))
        {
            return Err(TrainError::Invalid(format!(
                "`{name}` can't name a base; give letters, digits, `-` or `_` with --name"
            )));
        }
        let (width, height) = options.size;
        if let Some((w, h)) = self.size.filter(|only| *only != options.size) {
            return Err(TrainError::Invalid(format!("the network takes {w}×{h} pixels only; leave --size out")));
        }
        let shapes = shapes(&model, &input, &options.taps, height, width, runtime)?;
        let taps = if options.taps.is_empty() {
            find_taps(&model, &shapes, height, width)?
        } else {
            named_taps(&options.taps, &shapes, height, width)?
        };
        let names: Vec<String> = taps.iter().map(|t| t.name.clone()).collect();
        let trunk = model.up_to(&names).map_err(TrainError::unusable(NO_BASE))?;
        if let Some(other) = trunk.inputs.iter().find(|i| i.name != input) {
            return Err(TrainError::Invalid(format!(
                "the taps need the input `{}`; a base has a picture only",
                other.name
            )));
        }
        let mut trunk =
            trunk.settled(&input, [height, width]).map_err(TrainError::unusable(NO_BASE))?.with_folded_normalization();
        trunk.metadata = BTreeMap::new();
        for (output, tap) in trunk.outputs.iter_mut().zip(&taps) {
            *output = ValueInfo::fixed(tap.name.clone(), DType::F32, &[1, tap.channels, tap.height, tap.width]);
        }
        trunk.inputs = vec![ValueInfo::fixed(input.clone(), DType::F32, &[1, 3, height, width])];
        let info = BaseInfo { name, input, height, width, normalization: options.normalization, taps };
        let base = Base { info, model: trunk };
        // A base that can't stand in our graph shows here, not in the middle of a training.
        base.session(runtime, &names, SessionOptions::default()).map_err(TrainError::unusable(NO_BASE))?;
        inspect(&base).map_err(TrainError::unusable(NO_BASE))?;
        Ok(base)
    }
}

/// The one input that takes pictures: its name; its width and height, where they are fixed. Others may belong to what
/// comes after the taps.
fn picture_input(model: &Model) -> Result<(String, Option<(usize, usize)>), TrainError> {
    let pictures = model.inputs.iter().filter(|i| i.shape.as_ref().is_some_and(|s| s.len() == 4));
    let [input] = pictures.collect::<Vec<_>>()[..] else {
        let names: Vec<_> = model.inputs.iter().map(|i| i.name.as_str()).collect();
        return Err(TrainError::Invalid(format!(
            "a base has one input that takes pictures [n, 3, height, width]; the inputs of this network are {names:?}"
        )));
    };
    let name = &input.name;
    if input.dtype != Some(DType::F32) {
        return Err(TrainError::Invalid(format!(
            "the input `{name}` does not take 32-bit floats; export it anew with them"
        )));
    }
    let Some([_, channels, height, width]) = input.shape.as_deref() else {
        return Err(TrainError::Invalid(format!("the input `{name}` has no shape")));
    };
    if let Some(channels) = channels.filter(|c| *c != 3) {
        return Err(TrainError::Invalid(format!(
            "the input `{name}` has {channels} channels; a base takes 3: [n, 3, height, width]"
        )));
    }
    let size = width.zip(*height);
    if let Some((w, h)) = size.filter(|(w, h)| !SIZES.contains(w) || !SIZES.contains(h)) {
        return Err(TrainError::Invalid(format!(
            "the network takes {w}×{h} pixels; a base takes {} to {} each way",
            SIZES.start(),
            SIZES.end()
        )));
    }
    Ok((name.clone(), size))
}

/// Shapes of all feature maps, and of `named` values of rank 4, by running the network once on an empty picture. Only the
/// shapes leave the run: all maps together would take gigabytes.
fn shapes(
    model: &Model,
    input: &str,
    named: &[String],
    height: usize,
    width: usize,
    runtime: &Runtime,
) -> Result<HashMap<String, [usize; 4]>, TrainError> {
    // Values that are certainly feature maps: what convolutions, activations and sums give.
    let maps = [
        "Conv",
        "Relu",
        "LeakyRelu",
        "PRelu",
        "Clip",
        "Sigmoid",
        "HardSwish",
        "HardSigmoid",
        "Mul",
        "Add",
        "BatchNormalization",
        "MaxPool",
        "AveragePool",
        "Concat",
        "Elu",
        "Mish",
        "Gelu",
    ];
    // What selects the boxes at the end of a detector is left out, and what follows it.
    let mut beyond: HashSet<&str> = HashSet::new();
    for node in &model.nodes {
        if !node.is_plain() || node.inputs.iter().any(|i| beyond.contains(i.as_str())) {
            beyond.extend(node.outputs.iter().map(String::as_str));
        }
    }
    let mut probe = model.clone();
    probe.inputs = vec![ValueInfo::fixed(input, DType::F32, &[1, 3, height, width])];
    let names: Vec<String> = model
        .nodes
        .iter()
        .filter(|n| maps.contains(&n.op.as_str()) || n.outputs.iter().any(|o| named.contains(o)))
        .filter_map(|n| n.outputs.first().cloned())
        .filter(|name| !beyond.contains(name.as_str()))
        .collect();
    if names.is_empty() {
        let why = match model.nodes.iter().find(|n| !n.is_plain()) {
            Some(node) => format!("all of it lies behind {} (node `{}`), which is not supported", node.op, node.name),
            None => "it has no convolutions".into(),
        };
        return Err(TrainError::Invalid(format!("the network has no taps to stand on: {why}")));
    }
    let (asked, of): (Vec<Node>, Vec<String>) = names.iter().map(|name| shape_of(name)).unzip();
    probe.nodes.extend(asked);
    let probe = probe.up_to(&of).map_err(TrainError::unusable(NO_BASE))?;
    let picture = Tensor::full([1, 3, height, width], 0.0);
    let wanted: Vec<&str> = of.iter().map(String::as_str).collect();
    let idle = || format!("the network does not run on a {width}×{height} picture");
    let mut session = runtime.session(&probe, SessionOptions::default()).map_err(TrainError::unusable(idle()))?;
    let values = session.run(&[(input, &picture)], &wanted).map_err(TrainError::unusable(idle()))?;
    Ok(names
        .into_iter()
        .zip(values)
        .filter_map(|(name, shape)| Some((name, <[i64; 4]>::try_from(shape.as_i64()?).ok()?.map(|d| d as usize))))
        .collect())
}

/// A node that tells the shape of a value, and what it is called.
fn shape_of(value: &str) -> (Node, String) {
    let name = format!("{value}/its shape");
    let (op, inputs, outputs) = ("Shape".into(), vec![value.to_owned()], vec![name.clone()]);
    (Node { op, name: name.clone(), inputs, outputs, attributes: BTreeMap::new() }, name)
}

/// The stride of a map, if its cells divide the picture evenly (a last, partial cell allowed).
fn stride(shape: &[usize; 4], height: usize, width: usize) -> Option<usize> {
    STRIDES.into_iter().chain([64]).find(|s| shape[2] == height.div_ceil(*s) && shape[3] == width.div_ceil(*s))
}

/// At each stride the widest map that deeper ones are made of, the last where several are; where nothing is deeper, the
/// widest of all.
fn find_taps(
    model: &Model,
    shapes: &HashMap<String, [usize; 4]>,
    height: usize,
    width: usize,
) -> Result<Vec<Tap>, TrainError> {
    let at = |node: &Node| {
        let name = node.outputs.first()?;
        let shape = shapes.get(name)?;
        Some((name.clone(), *shape, stride(shape, height, width)?))
    };
    let maps: Vec<(String, [usize; 4], usize)> = model.nodes.iter().filter_map(at).collect();
    let mut taps = Vec::new();
    for s in STRIDES {
        let deeper: Vec<&str> = maps.iter().filter(|m| m.2 == 2 * s).map(|m| m.0.as_str()).collect();
        let ancestors = ancestors(model, &deeper);
        let here: Vec<_> = maps.iter().filter(|m| m.2 == s).collect();
        let trunk: Vec<_> = here.iter().filter(|m| ancestors.contains(m.0.as_str())).collect();
        // The widest: a bottleneck on the way down, or a branch of an old head, says less.
        let candidates = if trunk.is_empty() { here.iter().collect() } else { trunk };
        let most = candidates.iter().map(|m| m.1[1]).max();
        let found = candidates.into_iter().rfind(|m| Some(m.1[1]) == most);
        if let Some((name, shape, _)) = found {
            taps.push(Tap { name: name.clone(), channels: shape[1], height: shape[2], width: shape[3], stride: s });
        }
    }
    if taps.is_empty() {
        let mut found: Vec<_> = shapes.values().map(|s| format!("{}×{}", s[3], s[2])).collect();
        found.sort();
        found.dedup();
        return Err(TrainError::Invalid(format!(
            "the network has no taps: no feature map at stride 8, 16 or 32 of a {width}×{height} picture (maps found: {}); \
             give another --size, or name taps with --tap",
            if found.is_empty() { "none".into() } else { found.join(", ") }
        )));
    }
    Ok(taps)
}

fn named_taps(
    names: &[String],
    shapes: &HashMap<String, [usize; 4]>,
    height: usize,
    width: usize,
) -> Result<Vec<Tap>, TrainError> {
    let mut taps = names
        .iter()
        .map(|name| {
            let shape = shapes
                .get(name)
                .ok_or_else(|| TrainError::Invalid(format!("the network has no feature map `{name}`")))?;
            let stride = stride(shape, height, width).filter(|s| STRIDES.contains(s)).ok_or_else(|| {
                TrainError::Invalid(format!("`{name}` ({}×{}) is not at stride 8, 16 or 32", shape[3], shape[2]))
            })?;
            Ok(Tap { name: name.clone(), channels: shape[1], height: shape[2], width: shape[3], stride })
        })
        .collect::<Result<Vec<_>, TrainError>>()?;
    taps.sort_by_key(|t| t.stride);
    Ok(taps)
}

/// Every value that one of `of` is computed from.
fn ancestors<'a>(model: &'a Model, of: &[&'a str]) -> HashSet<&'a str> {
    let producer: HashMap<&str, &Node> =
        model.nodes.iter().flat_map(|n| n.outputs.iter().map(move |o| (o.as_str(), n))).collect();
    let mut found = HashSet::new();
    let mut wanted: Vec<&str> = of.to_vec();
    while let Some(name) = wanted.pop() {
        if let Some(node) = producer.get(name) {
            for input in &node.inputs {
                if found.insert(input.as_str()) {
                    wanted.push(input);
                }
            }
        }
    }
    found
}
