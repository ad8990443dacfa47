//! Settles a model on one picture size: what exporters calculate from shapes becomes constants.

use super::builder::{Builder, Value};
use super::error::GraphError;
use super::model::Model;
use super::node::{Attribute, Node};
use super::operator::table::schema;
use super::replay::replay;
use super::tensor::{DType, Tensor};
use super::upgrade::whole::upgrade;
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
        let mut model = upgrade(self.clone(), schema)?;
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
