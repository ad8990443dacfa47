//! Settles a model on one picture size: what exporters calculate from shapes becomes constants.

use super::upgrade::upgrade;
use super::{Attribute, Builder, DType, GraphError, Model, Node, Tensor, Value, replay};
use std::collections::HashMap;

/// The model for one batch, in a graph, and its values by name.
struct Seen {
    g: Builder,
    values: HashMap<String, Value>,
}

impl Seen {
    fn new(model: &Model, input: &str, shape: &[usize]) -> Result<Self, GraphError> {
        let mut g = Builder::new();
        let picture = g.input(input, DType::F32, shape);
        let values = replay(&mut g, model, HashMap::from([(input.to_owned(), picture)]))?;
        g.check()?;
        Ok(Self { g, values })
    }

    fn constant(&self, name: &str) -> Option<&Tensor> {
        self.g.constant_of(*self.values.get(name)?)
    }

    fn shape(&self, name: &str) -> Option<Vec<usize>> {
        Some(self.g.shape(*self.values.get(name)?))
    }
}

impl Model {
    /// The same function of pictures of this height and width, however many: every value that depends on nothing but
    /// their size and on initializers is an initializer, and shapes that hold the number of pictures leave it open.
    ///
    /// Errors: an operator that can't be brought to our operator set; shapes that do not fit.
    pub fn settled(&self, input: &str, [height, width]: [usize; 2]) -> Result<Self, GraphError> {
        let mut model = upgrade(self.clone())?;
        let one = Seen::new(&model, input, &[1, 3, height, width])?;
        let mut two = Seen::new(&model, input, &[2, 3, height, width]).ok();
        if two.is_none() {
            // A batch of one may be written into the file; where opening it is not enough there is no other.
            let opened = with_open_batch(&model, &one);
            two = Seen::new(&opened, input, &[2, 3, height, width]).ok();
            if two.is_some() {
                model = opened;
            }
        }
        let other = two.as_ref().unwrap_or(&one);
        let settled = |name: &str| one.constant(name).filter(|tensor| other.constant(name) == Some(*tensor));

        let mut nodes = Vec::with_capacity(model.nodes.len());
        for node in std::mem::take(&mut model.nodes) {
            if node.outputs.iter().all(|o| settled(o).is_some()) {
                let constants = node.outputs.iter().filter_map(|o| Some((o.clone(), settled(o)?.clone())));
                model.initializers.extend(constants);
                continue;
            }
            nodes.push(match open(&node, &one, other) {
                Some((node, name, shape)) => {
                    model.initializers.insert(name, shape);
                    node
                }
                None => node,
            });
        }
        model.nodes = nodes;
        let outputs = std::mem::take(&mut model.outputs);
        let names: Vec<String> = outputs.iter().map(|o| o.name.clone()).collect();
        Ok(Self { outputs, ..model.up_to(&names)? })
    }
}

/// The model with every `Reshape` that keeps one picture as the first dimension keeping as many as there are.
fn with_open_batch(model: &Model, one: &Seen) -> Model {
    let mut model = model.clone();
    let mut shapes = Vec::new();
    for node in model.nodes.iter_mut().filter(|n| n.op == "Reshape") {
        let ([x, to], Some(output)) = (node.inputs.as_slice(), node.outputs.first()) else { continue };
        let Some(mut shape) = one.constant(to).and_then(Tensor::to_ints) else { continue };
        let kept = shape.first() == Some(&1) && one.shape(x).is_some_and(|s| s.first() == Some(&1));
        if kept && !shape.contains(&0) {
            // With 0 a dimension stays as it is.
            shape[0] = 0;
            let name = format!("{output}/open");
            node.inputs[1].clone_from(&name);
            node.attributes.insert("allowzero".into(), Attribute::Int(0));
            shapes.push((name, Tensor::i64([shape.len()], shape)));
        }
    }
    model.initializers.extend(shapes);
    model
}

/// A `Reshape` or `Expand` to a shape in which one dimension is the number of pictures, with that dimension left open;
/// the new shape's name and value.
fn open(node: &Node, one: &Seen, other: &Seen) -> Option<(Node, String, Tensor)> {
    let [x, to] = node.inputs.as_slice() else { return None };
    let [a, b] = [one, other].map(|seen| seen.constant(to).and_then(Tensor::to_ints));
    let (mut shape, b) = (a?, b?);
    let differ: Vec<usize> = (0..shape.len()).filter(|i| Some(&shape[*i]) != b.get(*i)).collect();
    let &[at] = differ.as_slice() else { return None };
    let before = [one.shape(x)?, other.shape(x)?];
    let follows = |place: usize| before[0].get(place) != before[1].get(place);
    let mut node = node.clone();
    match node.op.as_str() {
        "Reshape" if !shape.contains(&-1) => shape[at] = -1,
        // With 0 a dimension stays as it is.
        "Reshape" if follows(at) && !shape.contains(&0) => {
            shape[at] = 0;
            node.attributes.insert("allowzero".into(), Attribute::Int(0));
        }
        // With 1 too.
        "Expand" if follows((at + before[0].len()).checked_sub(shape.len())?) => shape[at] = 1,
        _ => return None,
    }
    let name = format!("{}/shape", node.outputs.first()?);
    node.inputs[1] = name.clone();
    Some((node, name, Tensor::i64([shape.len()], shape)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::graph::ValueInfo;
    use crate::runtime::{Purpose, for_tests};

    /// Flattens pictures to their channels' means, as exporters write it with an open batch.
    fn network() -> Model {
        let node = |op: &str, inputs: &[&str], output: &str, attributes: &[(&str, Attribute)]| Node {
            op: op.into(),
            inputs: inputs.iter().map(|i| (*i).to_owned()).collect(),
            outputs: vec![output.into()],
            attributes: attributes.iter().map(|(k, v)| ((*k).to_owned(), v.clone())).collect(),
            ..Node::default()
        };
        let axis = [("axis", Attribute::Int(0))];
        let part = [("start", Attribute::Int(0)), ("end", Attribute::Int(1))];
        let nodes = vec![
            node("Shape", &["x"], "batch", &part),
            node("Concat", &["batch", "channels", "rest"], "flat", &axis),
            node("Reshape", &["x", "flat"], "rows", &[("allowzero", Attribute::Int(1))]),
            node("Neg", &["scale"], "negative", &[]),
            node("Mul", &["rows", "negative"], "y", &[]),
        ];
        let ints = |v: i64| Tensor::i64([1], vec![v]);
        let initializers = [("channels", ints(3)), ("rest", ints(-1)), ("scale", Tensor::f32([1], vec![2.0]))];
        Model {
            opset: 18,
            nodes,
            initializers: initializers.map(|(name, t)| (name.to_owned(), t)).into(),
            inputs: vec![ValueInfo { name: "x".into(), dtype: Some(DType::F32), shape: None }],
            outputs: vec![ValueInfo { name: "y".into(), dtype: Some(DType::F32), shape: None }],
            ..Model::default()
        }
    }

    #[test]
    fn calculations_on_shapes_go_and_the_batch_stays_open() {
        let settled = network().settled("x", [2, 2]).unwrap();
        let ops: Vec<&str> = settled.nodes.iter().map(|n| n.op.as_str()).collect();
        assert_eq!(ops, ["Reshape", "Mul"]);
        assert_eq!(settled.initializers["rows/shape"], Tensor::i64([3], vec![0, 3, -1]));
        assert_eq!(settled.initializers["negative"], Tensor::f32([1], vec![-2.0]));
        for batch in [1, 3] {
            let x = Tensor::f32([batch, 3, 2, 2], (0..batch * 12).map(|v| v as f32).collect());
            let run = |model: &Model| {
                let mut model = model.clone();
                model.inputs = vec![ValueInfo::fixed("x", DType::F32, &x.shape)];
                let mut session = for_tests().session(&model, Purpose::Live).unwrap();
                session.run(&[("x", &x)], &["y"]).unwrap().remove(0)
            };
            assert_eq!(run(&network()), run(&settled));
        }
    }

    #[test]
    fn a_batch_of_one_written_into_the_file_is_opened() {
        let mut fixed = network();
        fixed.nodes.retain(|n| n.op != "Shape" && n.op != "Concat");
        fixed.initializers.insert("flat".into(), Tensor::i64([3], vec![1, 3, 4]));
        let settled = fixed.settled("x", [2, 2]).unwrap();
        let two = Seen::new(&settled, "x", &[2, 3, 2, 2]).unwrap();
        assert_eq!(two.shape("y"), Some(vec![2, 3, 4]));
    }
}
