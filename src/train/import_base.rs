//! Makes a base of any convolutional ONNX network: finds its taps by running it once and looking at every value.

use super::TrainError;
use super::base::{Base, BaseInfo, Tap};
use crate::graph::{DType, Model, Node, Tensor, ValueInfo};
use crate::runtime::{Purpose, Runtime};
use std::collections::{BTreeMap, HashMap, HashSet};
use std::path::Path;

/// What the file does not say of itself.
#[derive(Clone, Debug)]
pub struct ImportOptions {
    /// Letters, digits, `-` and `_`; the file's name if absent.
    pub name: Option<String>,
    /// Width and height of the input in pixels; needed only where the file leaves them open.
    pub size: Option<(usize, usize)>,
    /// Subtracted from every pixel value (0 to 255).
    pub mean: [f32; 3],
    /// Then divided by.
    pub scale: [f32; 3],
    /// Names of the taps, finest first; found by themselves if empty.
    pub taps: Vec<String>,
}

impl Default for ImportOptions {
    /// Pixels to −1…1: what most networks that do not say otherwise expect.
    fn default() -> Self {
        Self { name: None, size: None, mean: [127.0; 3], scale: [128.0; 3], taps: vec![] }
    }
}

/// Strides at which taps are looked for.
const STRIDES: [usize; 3] = [8, 16, 32];

/// Reads a network and finds its taps.
pub fn import(path: &Path, options: &ImportOptions, runtime: &Runtime) -> Result<Base, TrainError> {
    let model = Model::read(path).map_err(|e| TrainError::Invalid(e.to_string()))?;
    let name = match &options.name {
        Some(name) => name.clone(),
        None => path.file_stem().and_then(|s| s.to_str()).unwrap_or("base").to_owned(),
    };
    if name == "default" || name.is_empty() || !name.chars().all(|c| c.is_ascii_alphanumeric() || "-_.".contains(c)) {
        return Err(TrainError::Invalid(format!(
            "`{name}` can't name a base; give letters, digits, `-` or `_` with --name"
        )));
    }
    let (input, height, width) = picture_input(&model, options.size)?;
    let shapes = shapes(&model, &input, height, width, runtime)?;
    let taps = if options.taps.is_empty() {
        find_taps(&model, &shapes, height, width)?
    } else {
        named_taps(&options.taps, &shapes, height, width)?
    };
    let names: Vec<String> = taps.iter().map(|t| t.name.clone()).collect();
    let mut trunk = model.up_to(&names).map_err(|e| TrainError::Invalid(e.to_string()))?.with_folded_normalization();
    trunk.metadata = BTreeMap::new();
    for (output, tap) in trunk.outputs.iter_mut().zip(&taps) {
        *output = ValueInfo::fixed(tap.name.clone(), DType::F32, &[1, tap.channels, tap.height, tap.width]);
    }
    trunk.inputs = vec![ValueInfo::fixed(input.clone(), DType::F32, &[1, 3, height, width])];
    let info = BaseInfo { name, input, height, width, mean: options.mean, scale: options.scale, taps };
    let base = Base { info, model: trunk };
    // A base that can't stand in our graph shows here, not in the middle of a training.
    base.session(runtime, &names, Purpose::Train)
        .map_err(|e| TrainError::Invalid(format!("the network can't be used as a base: {e}")))?;
    Ok(base)
}

/// The one input that takes pictures: its name, height and width.
fn picture_input(model: &Model, size: Option<(usize, usize)>) -> Result<(String, usize, usize), TrainError> {
    let [input] = model.inputs.as_slice() else {
        let names: Vec<_> = model.inputs.iter().map(|i| i.name.as_str()).collect();
        return Err(TrainError::Invalid(format!("a base has one input, a picture; this one has {names:?}")));
    };
    let Some([_, channels, height, width]) = input.shape.as_deref() else {
        return Err(TrainError::Invalid(format!("the input `{}` is not a picture [n, 3, height, width]", input.name)));
    };
    if !matches!(channels, None | Some(3)) {
        return Err(TrainError::Invalid(format!(
            "the input `{}` has {channels:?} channels; a base takes 3",
            input.name
        )));
    }
    match (height, width, size) {
        (Some(h), Some(w), None) => Ok((input.name.clone(), *h, *w)),
        (Some(h), Some(w), Some((width, height))) if (*w, *h) != (width, height) => {
            Err(TrainError::Invalid(format!("the network takes {w}×{h} pixels only; leave --size out")))
        }
        (Some(h), Some(w), _) => Ok((input.name.clone(), *h, *w)),
        (_, _, Some((width, height))) => Ok((input.name.clone(), height, width)),
        // The shape of most cameras, and small enough for a small machine.
        _ => Ok((input.name.clone(), 240, 320)),
    }
}

/// Shapes of all floating values of rank 4, by running the network once on an empty picture.
fn shapes(
    model: &Model,
    input: &str,
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
    let mut probe = model.clone();
    probe.inputs = vec![ValueInfo::fixed(input, DType::F32, &[1, 3, height, width])];
    let names: Vec<String> = model
        .nodes
        .iter()
        .filter(|n| maps.contains(&n.op.as_str()))
        .filter_map(|n| n.outputs.first().cloned())
        .collect();
    if names.is_empty() {
        return Err(TrainError::Invalid("the network has no convolutions: it has no taps to stand on".into()));
    }
    probe.outputs = names.iter().map(|n| ValueInfo { name: n.clone(), dtype: DType::F32, shape: None }).collect();
    let picture = Tensor::full([1, 3, height, width], 0.0);
    let wanted: Vec<&str> = names.iter().map(String::as_str).collect();
    let unusable = |e: crate::runtime::RuntimeError| {
        TrainError::Invalid(format!("the network does not run on a {width}×{height} picture: {e}"))
    };
    let mut session = runtime.session(&probe, Purpose::Live).map_err(unusable)?;
    let values = session.run(&[(input, &picture)], &wanted).map_err(unusable)?;
    Ok(names
        .into_iter()
        .zip(values)
        .filter_map(|(name, v)| Some((name, <[usize; 4]>::try_from(v.shape.as_slice()).ok()?)))
        .collect())
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
