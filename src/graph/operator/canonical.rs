//! Operators that say what another says, once types and shapes are known: here they become that other, so that rules
//! and ONNX Runtime see one form.

use crate::graph::node::{Attribute, Node};
use crate::graph::shape::inputs::Known;
use crate::graph::shape::window::{Window, transpose_window};

/// A cast to the type of another value. Exporters write it behind every number, and the type is known.
pub fn cast_like(node: &Node, inputs: &[Option<Known>]) -> Option<(Node, usize)> {
    let to = Attribute::Int(inputs.get(1)?.as_ref()?.dtype as i64);
    let attributes = [("to".to_owned(), to)].into();
    Some((Node { op: "Cast".into(), attributes, ..node.clone() }, 1))
}

/// `Conv`, `ConvTranspose`: with pads in place of `auto_pad`, which ONNX Runtime refuses where the kernel is dilated.
pub fn padded(node: &Node, inputs: &[Option<Known>]) -> Option<(Node, usize)> {
    node.text("auto_pad").filter(|a| *a != "NOTSET")?;
    let shape = |i: usize| inputs.get(i)?.as_ref()?.shape;
    let (x, w) = (shape(0)?, shape(1)?);
    let (size, kernel) = (x.get(2..)?, w.get(2..)?);
    if size.len() != kernel.len() {
        return None;
    }
    let window = match node.op.as_str() {
        "Conv" => Window::of(node, kernel.to_vec(), size).ok()?,
        // With these the runtime finds the pads as we do.
        _ if node.ints("output_shape").is_some() => return None,
        _ => transpose_window(node, x, w).ok()?.0,
    };
    let mut node = node.clone();
    node.attributes.remove("auto_pad");
    node.attributes.insert("pads".into(), Attribute::Ints(window.pads.iter().map(|p| *p as i64).collect()));
    Some((node, inputs.len()))
}
