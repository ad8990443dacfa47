//! The base: an ONNX feature extractor with taps, its input's size and normalisation.

use super::normalization::Normalization;
use super::weights::{BASE, Weights};
use crate::graph::{Attribute, Builder, DType, Model, Value};
use crate::runtime::{Runtime, Session, SessionOptions};
use crate::store;
use crate::train::error::TrainError;
use serde::{Deserialize, Serialize};
use std::path::Path;

/// A feature map that the head stands on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tap {
    /// Of the value in the model.
    pub name: String,
    pub channels: usize,
    /// Cells.
    pub height: usize,
    /// Cells.
    pub width: usize,
    /// Pixels of the input between cells.
    pub stride: usize,
}

/// Everything about a base but its weights.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct BaseInfo {
    pub name: String,
    /// Name of the model's input, floats `[1, 3, height, width]`, RGB.
    pub input: String,
    /// Pixels.
    pub height: usize,
    /// Pixels.
    pub width: usize,
    /// What the model expects of its pixels.
    #[serde(flatten)]
    pub normalization: Normalization,
    /// Finest first.
    pub taps: Vec<Tap>,
}

/// A base: what is frozen below the fork.
#[derive(Clone, Debug)]
pub struct Base {
    pub info: BaseInfo,
    /// From its input to the taps, and nothing beyond.
    pub model: Model,
}

/// The key under which a stored base's file carries its [`BaseInfo`].
const METADATA: &str = "fieldcoach.base";

impl Base {
    /// The same base with these of its initializers (`base/…`) replaced.
    pub fn with(&self, weights: &Weights) -> Self {
        let mut base = self.clone();
        for (name, tensor) in weights {
            if let Some(own) = name.strip_prefix(BASE).and_then(|n| base.model.initializers.get_mut(n)) {
                own.clone_from(tensor);
            }
        }
        base
    }

    /// The base that comes with the program: pretrained on generated scenes (`docs/base.md`).
    pub fn default_base() -> Result<Self, TrainError> {
        Self::decode(include_bytes!("../../../assets/default.onnx"))
            .ok_or_else(|| TrainError::Failed("the base that comes with the program can't be read".into()))
    }

    /// The base of this name: `default`, or one stored in `folder` by `base import`.
    pub fn open(folder: &Path, name: &str) -> Result<Self, TrainError> {
        if name == "default" {
            return Self::default_base();
        }
        let path = folder.join(format!("{name}.onnx"));
        if !path.is_file() {
            return Err(TrainError::Invalid(format!(
                "there is no base `{name}`; `fieldcoach base list` shows those there are, `fieldcoach base import` adds one"
            )));
        }
        let bytes = std::fs::read(&path).map_err(TrainError::because(format!("{} can't be read", path.display())))?;
        store::verify_onnx(&bytes)
            .map_err(|why| TrainError::Failed(format!("{}: {why}; import the base again", path.display())))?;
        Self::decode(&bytes)
            .ok_or_else(|| TrainError::Failed(format!("{} was not written by `base import`", path.display())))
    }

    /// Reads what [`Base::encode`] wrote.
    pub fn decode(bytes: &[u8]) -> Option<Self> {
        let model = Model::decode(bytes).ok()?;
        let info = serde_json::from_str(model.metadata.get(METADATA)?).ok()?;
        Some(Self { info, model })
    }

    /// Names of the bases there are, `default` first.
    pub fn list(folder: &Path) -> Vec<String> {
        let mut names: Vec<String> = std::fs::read_dir(folder)
            .into_iter()
            .flatten()
            .flatten()
            .filter_map(|e| e.path().file_name()?.to_str()?.strip_suffix(".onnx").map(str::to_owned))
            .collect();
        names.sort();
        names.insert(0, "default".into());
        names
    }

    /// The bytes of a file that [`Base::open`] reads.
    pub fn encode(&self) -> Vec<u8> {
        let mut model = self.model.clone();
        let info = serde_json::to_string(&self.info).unwrap_or_default();
        model.metadata.insert(METADATA.into(), info);
        model.encode()
    }

    /// Adds the base to a graph: `images` are floats `[1, 3, height, width]`, 0 to 255; gives the taps as
    /// `[1, channels, cells]`.
    pub fn splice(&self, g: &mut Builder, images: Value) -> Vec<Value> {
        let info = &self.info;
        let x = info.normalization.apply(g, images);
        let outputs: Vec<_> =
            info.taps.iter().map(|t| (t.name.as_str(), vec![1, t.channels, t.height, t.width])).collect();
        let taps = g.splice(&self.model, &[(info.input.as_str(), x)], &outputs);
        taps.into_iter()
            .zip(&info.taps)
            .map(|(v, t)| g.reshape(v, &[1, t.channels as i64, (t.height * t.width) as i64]))
            .collect()
    }

    /// A session from a picture `pixels` (u8 `[height, width, 3]`) to these values of the base, as `value0`, `value1`, …
    pub fn session(
        &self,
        runtime: &Runtime,
        values: &[String],
        options: SessionOptions,
    ) -> Result<Session, TrainError> {
        let mut g = Builder::new();
        let info = &self.info;
        let pixels = g.input("pixels", DType::U8, &[info.height, info.width, 3]);
        let floats = g.node("Cast", &[pixels], &[("to", Attribute::Int(DType::F32 as i64))]);
        let planes = g.transpose(floats, &[2, 0, 1]);
        let images = g.reshape(planes, &[1, 3, info.height as i64, info.width as i64]);
        let x = info.normalization.apply(&mut g, images);
        let part = self.model.up_to(values)?;
        let outputs: Vec<_> = values.iter().map(|v| (v.as_str(), vec![])).collect();
        for (i, value) in g.splice(&part, &[(info.input.as_str(), x)], &outputs).into_iter().enumerate() {
            g.output(&format!("value{i}"), value);
        }
        let mut model = g.finish()?;
        // Their shapes are the part's business.
        model.outputs.iter_mut().for_each(|o| o.shape = None);
        Ok(runtime.session(&model, options)?)
    }
}
