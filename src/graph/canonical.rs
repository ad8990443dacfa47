//! Operators that say what another says, once types and shapes are known: here they become that other, so that rules
//! and ONNX Runtime see one form.

use super::shape::{Known, Window, transpose_window};
use super::{Attribute, Node};

/// The node in its one form, if it is in another. Inputs that the form does not have are at the end.
pub fn canonical(node: &Node, inputs: &[Option<Known>]) -> Option<(Node, usize)> {
    match node.op.as_str() {
        // Exporters write it behind every number, and the type is known.
        "CastLike" => {
            let to = Attribute::Int(inputs.get(1)?.as_ref()?.dtype as i64);
            let attributes = [("to".to_owned(), to)].into();
            Some((Node { op: "Cast".into(), attributes, ..node.clone() }, 1))
        }
        "Conv" | "ConvTranspose" if node.text("auto_pad").is_some_and(|a| a != "NOTSET") => {
            Some((padded(node, inputs)?, inputs.len()))
        }
        _ => None,
    }
}

/// With pads in place of `auto_pad`, which ONNX Runtime refuses where the kernel is dilated.
fn padded(node: &Node, inputs: &[Option<Known>]) -> Option<Node> {
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
    Some(node)
}
