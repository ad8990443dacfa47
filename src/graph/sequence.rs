//! Lists of tensors, which exporters write where a network splits a tensor: each part is cut out of the whole instead.

use super::{Attribute, Model, Node, Tensor};
use std::collections::HashMap;

impl Model {
    /// Puts a `Slice` in the place of each `SequenceAt` of a `SplitToSequence` (a `Gather`, where the parts lose the
    /// axis), if sizes and index are constants. The lists are then left over: no output needs them.
    pub(super) fn cut_sequences(&mut self) {
        let splits: HashMap<String, Node> = self
            .nodes
            .iter()
            .filter(|n| n.op == "SplitToSequence")
            .filter_map(|n| Some((n.outputs.first()?.clone(), n.clone())))
            .collect();
        let mut constants = Vec::new();
        for node in self.nodes.iter_mut().filter(|n| n.op == "SequenceAt") {
            if let Some((part, tensors)) = cut(node, &splits, |name| self.initializers.get(name)) {
                *node = part;
                constants.extend(tensors);
            }
        }
        self.initializers.extend(constants);
    }
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::graph::{DType, ValueInfo};
    use crate::runtime::{Purpose, for_tests};

    /// Part `index` of 0..6 along its only axis.
    fn part(sizes: Option<Tensor>, index: i64) -> Vec<f32> {
        let node = |op: &str, inputs: &[&str], output: &str| Node {
            op: op.into(),
            inputs: inputs.iter().map(|i| (*i).to_owned()).collect(),
            outputs: vec![output.into()],
            ..Node::default()
        };
        let mut model = Model { opset: 18, ..Model::default() };
        model.inputs = vec![ValueInfo::fixed("x", DType::F32, &[6])];
        model.outputs = vec![ValueInfo { name: "y".into(), dtype: Some(DType::F32), shape: None }];
        let split: &[&str] = if sizes.is_some() { &["x", "sizes"] } else { &["x"] };
        model.nodes = vec![node("SplitToSequence", split, "list"), node("SequenceAt", &["list", "index"], "y")];
        model.initializers.extend(sizes.map(|s| ("sizes".to_owned(), s)));
        model.initializers.insert("index".into(), Tensor::i64([], vec![index]));
        model.cut_sequences();
        let model = model.up_to(&["y".into()]).unwrap();
        assert!(model.nodes.iter().all(|n| n.op != "SequenceAt"), "{:?}", model.nodes);
        let x = Tensor::f32([6], (0..6).map(|v| v as f32).collect());
        let mut session = for_tests().session(&model, Purpose::Live).unwrap();
        session.run(&[("x", &x)], &["y"]).unwrap()[0].as_f32().unwrap().to_vec()
    }

    #[test]
    fn parts_are_cut_out() {
        let (four, three) = (Tensor::i64([], vec![4]), Tensor::i64([3], vec![1, 3, 2]));
        assert_eq!(part(Some(four.clone()), 0), [0., 1., 2., 3.]);
        assert_eq!(part(Some(four), 1), [4., 5.]);
        assert_eq!(part(Some(three), 1), [1., 2., 3.]);
        assert_eq!(part(None, 5), [5.]);
    }
}
