//! Lists of tensors, which exporters write where a network splits a tensor: each part is cut out of the whole instead.

use crate::graph::model::Model;
use crate::graph::node::{Attribute, Node};
use crate::graph::tensor::Tensor;
use std::collections::HashMap;

/// Puts a `Slice` in the place of each `SequenceAt` of a `SplitToSequence` (a `Gather`, where the parts lose the axis), if
/// sizes and index are constants. The lists are then left over: no output needs them.
pub fn cut_sequences(model: &mut Model) {
    let splits: HashMap<String, Node> = model
        .nodes
        .iter()
        .filter(|n| n.op == "SplitToSequence")
        .filter_map(|n| Some((n.outputs.first()?.clone(), n.clone())))
        .collect();
    let mut constants = Vec::new();
    for node in model.nodes.iter_mut().filter(|n| n.op == "SequenceAt") {
        if let Some((part, tensors)) = cut(node, &splits, |name| model.initializers.get(name)) {
            *node = part;
            constants.extend(tensors);
        }
    }
    model.initializers.extend(constants);
}

/// What takes the place of a `SequenceAt`, and its constants.
fn cut<'t>(
    node: &Node,
    splits: &HashMap<String, Node>,
    constant: impl Fn(&str) -> Option<&'t Tensor>,
) -> Option<(Node, Vec<(String, Tensor)>)> {
    let split = splits.get(node.inputs.first()?)?;
    let index = *constant(node.inputs.get(1)?)?.to_ints()?.first()?;
    let index = usize::try_from(index).ok()?;
    let axis = split.int("axis", 0);
    let (whole, output) = (split.inputs.first()?.clone(), node.outputs.first()?);
    let place = |op: &str, constants: &[(&str, Tensor)], attributes: &[(&str, i64)]| {
        let named = |(name, t): &(&str, Tensor)| (format!("{output}_{name}"), t.clone());
        let constants: Vec<(String, Tensor)> = constants.iter().map(named).collect();
        let inputs = std::iter::once(whole.clone()).chain(constants.iter().map(|(name, _)| name.clone())).collect();
        let attributes = attributes.iter().map(|(k, v)| ((*k).to_owned(), Attribute::Int(*v))).collect();
        (Node { op: op.into(), inputs, attributes, ..node.clone() }, constants)
    };
    let sizes = split.inputs.get(1).filter(|name| !name.is_empty());
    let (start, end) = match sizes {
        // Parts of one.
        None if split.int("keepdims", 1) == 0 => {
            return Some(place("Gather", &[("index", Tensor::i64([], vec![index as i64]))], &[("axis", axis)]));
        }
        None => (index as i64, index as i64 + 1),
        Some(name) => {
            let sizes = constant(name)?;
            let lengths = sizes.to_ints()?;
            match sizes.shape.as_slice() {
                // Equal parts; the last one may be smaller, and a cut ends where the tensor does.
                [] => (index as i64 * lengths[0], (index as i64 + 1) * lengths[0]),
                _ => (lengths.get(..index)?.iter().sum(), lengths.get(..=index)?.iter().sum()),
            }
        }
    };
    let one = |v: i64| Tensor::i64([1], vec![v]);
    Some(place("Slice", &[("start", one(start)), ("end", one(end)), ("axis", one(axis))], &[]))
}
