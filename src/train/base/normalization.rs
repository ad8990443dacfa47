//! What a network expects of its pixels: how they are brought from 0…255 to what it was trained on, and what its file
//! says of that.

use crate::graph::{Builder, Model, Node, Tensor, Value};
use serde::{Deserialize, Serialize};

/// A network's input is (value − `mean`) / `scale`, value by value from 0 to 255, red, green, blue.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Normalization {
    pub mean: [f32; 3],
    pub scale: [f32; 3],
}

impl Normalization {
    /// 0…255 as they are.
    pub const RAW: Self = Self::of(0.0, 1.0);
    /// 0…1, as YOLO networks take them.
    pub const UNIT: Self = Self::of(0.0, 255.0);
    /// −1…1.
    pub const SYMMETRIC: Self = Self::of(127.0, 128.0);
    /// Less the mean and over the deviation of ImageNet's pixels: torchvision and most of timm.
    pub const IMAGENET: Self = Self { mean: [123.675, 116.28, 103.53], scale: [58.395, 57.12, 57.375] };

    /// From pixel values `[batch, 3, height, width]` (0 to 255) to what the network expects.
    pub fn apply(&self, g: &mut Builder, images: Value) -> Value {
        let mean = g.constant(Tensor::f32([1, 3, 1, 1], self.mean.to_vec()));
        let scale = g.constant(Tensor::f32([1, 3, 1, 1], self.scale.to_vec()));
        let x = g.sub(images, mean);
        g.div(x, scale)
    }

    const fn of(mean: f32, scale: f32) -> Self {
        Self { mean: [mean; 3], scale: [scale; 3] }
    }
}

impl std::fmt::Display for Normalization {
    fn fmt(&self, f: &mut std::fmt::Formatter) -> std::fmt::Result {
        write!(f, "(value − {:?}) / {:?}", self.mean, self.scale)
    }
}

/// What the file says of its pixels, and where it says it. A network that normalises by itself tells by its constants
/// whether it takes 0…255 or 0…1; the files of Ultralytics tell by their metadata.
pub fn said(model: &Model, input: &str) -> Option<(Normalization, String)> {
    let ultralytics = model.metadata.values().any(|v| v.contains("Ultralytics"));
    if ultralytics {
        return Some((Normalization::UNIT, "its metadata (Ultralytics)".into()));
    }
    let mut value = input.to_owned();
    for _ in 0..model.nodes.len() {
        // Sizes and types are read by the way.
        let takes = |n: &&Node| n.inputs.first() == Some(&value) || n.op != "CastLike" && n.inputs.contains(&value);
        let mut readers = model.nodes.iter().filter(takes).filter(|n| !matches!(n.op.as_str(), "Shape" | "Size"));
        let (Some(node), None) = (readers.next(), readers.next()) else { return None };
        if let Some(raw) = takes_raw(model, node, &value) {
            let taken = if raw { Normalization::RAW } else { Normalization::UNIT };
            return Some((taken, format!("its first {} (node `{}`)", node.op, node.name)));
        }
        if !matches!(node.op.as_str(), "Cast" | "CastLike" | "Identity" | "Transpose") {
            return None;
        }
        value = node.outputs.first()?.clone();
    }
    None
}

/// Whether a node that normalises is made for 0…255; `None` for one that does something else.
fn takes_raw(model: &Model, node: &Node, value: &str) -> Option<bool> {
    let maker = |name: &String| model.nodes.iter().find(|n| n.outputs.contains(name));
    let constant = |i: usize| {
        let name = node.inputs.get(i)?;
        let through = maker(name).filter(|n| matches!(n.op.as_str(), "Cast" | "CastLike" | "Identity"));
        model.initializers.get(through.and_then(|n| n.inputs.first()).unwrap_or(name))
    };
    let largest = |t: &Tensor| t.as_f32().map(|v| v.iter().fold(0.0f32, |most, v| most.max(v.abs())));
    // Of a node with two inputs that is applied to the picture and to numbers of its own.
    let other = || (0..2).find(|i| node.inputs.get(*i).is_some_and(|name| name != value)).and_then(constant);
    let few = |t: &&Tensor| t.len() <= 3;
    match node.op.as_str() {
        // A mean is about half of the range; a deviation a quarter of it.
        "Sub" | "Add" => Some(largest(other().filter(few)?)? > 3.0),
        "Div" => Some(largest(other().filter(few)?)? > 3.0),
        "Mul" => Some(largest(other().filter(few)?)? < 0.3),
        // Around 0 the pixels were normalised before.
        "BatchNormalization" => Some(largest(constant(3)?)?).filter(|mean| *mean > 0.05).map(|mean| mean > 3.0),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::graph::DType;

    fn model(op: &str, number: f32) -> Model {
        let mut g = Builder::new();
        let x = g.input("x", DType::F32, &[1, 3, 8, 8]);
        let number = g.scalar(number);
        let y = g.node(op, &[x, number], &[]);
        g.output("y", y);
        g.finish().unwrap()
    }

    #[test]
    fn the_first_constants_tell_the_range() {
        let of = |op: &str, number: f32| said(&model(op, number), "x").map(|s| s.0);
        assert_eq!(of("Sub", 127.5), Some(Normalization::RAW));
        assert_eq!(of("Sub", 0.485), Some(Normalization::UNIT));
        assert_eq!(of("Div", 255.0), Some(Normalization::RAW));
        assert_eq!(of("Div", 0.229), Some(Normalization::UNIT));
        assert_eq!(of("Mul", 1.0 / 255.0), Some(Normalization::RAW));
        assert_eq!(of("Pow", 2.0), None);
    }
}
