//! Builds a graph node by node, with the shape of every value known.

use super::error::GraphError;
use super::model::{Model, OPSET, ValueInfo};
use super::node::{Attribute, Node};
use super::operator::schema::Lookup;
use super::shape::inputs::Known;
use super::tensor::{DType, Tensor};
use super::upgrade::whole::upgrade;
use std::collections::{BTreeMap, HashMap, HashSet};

/// A value of the graph under construction. Belongs to the builder that gave it out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Value(u32);

#[derive(Clone, Debug)]
struct Info {
    name: String,
    dtype: DType,
    /// `None`: known only at run time.
    shape: Option<Vec<usize>>,
}

/// A node as placed: operator, values in and out, attributes. `None` is an optional input left out.
#[derive(Clone, Debug)]
pub struct Placed {
    pub op: String,
    pub name: String,
    pub inputs: Vec<Option<Value>>,
    pub outputs: Vec<Value>,
    pub attributes: BTreeMap<String, Attribute>,
}

impl Placed {
    /// An input that the operator requires.
    pub fn input(&self, index: usize) -> Value {
        self.inputs[index].expect("shape inference refuses a node without its required inputs")
    }

    /// The attributes of this node as a model's node would give them.
    pub fn view(&self) -> Node {
        Node {
            op: self.op.clone(),
            name: self.name.clone(),
            inputs: vec![],
            outputs: vec![],
            attributes: self.attributes.clone(),
        }
    }
}

/// What a graph is made for. There is more than one way to compute a thing, and which is fast depends on this.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Processor {
    /// Few cores with large caches.
    #[default]
    Cpu,
    /// Thousands of threads, and a price for every node.
    Gpu,
}

/// A graph under construction. A mistake (shapes that do not fit, say) is remembered, and [`Builder::finish`] reports
/// the first: so the code that builds reads like the formula it builds.
#[derive(Clone, Debug)]
pub struct Builder {
    /// The operators it knows.
    operators: Lookup,
    infos: Vec<Info>,
    /// Of values.
    names: HashSet<String>,
    node_names: HashSet<String>,
    pub(super) nodes: Vec<Placed>,
    constants: HashMap<Value, Tensor>,
    /// Nodes of models placed whole, before all others.
    spliced: Vec<Node>,
    spliced_initializers: BTreeMap<String, Tensor>,
    /// Our values that the parts read.
    spliced_inputs: Vec<Value>,
    /// The newest operator set among the parts and nodes; [`OPSET`] at least.
    opset: i64,
    inputs: Vec<Value>,
    outputs: Vec<Value>,
    metadata: BTreeMap<String, String>,
    mistake: Option<GraphError>,
    processor: Processor,
}

/// The name that `name` of a spliced part has in the finished graph. `before`: nodes of the parts spliced before it; 0
/// for the first.
pub fn part_name(before: usize, name: &str) -> String {
    format!("part{before}_{name}")
}

impl Builder {
    /// For a graph of these operators that is to be fast on this processor.
    pub(super) fn knowing(operators: Lookup, processor: Processor) -> Self {
        Self {
            operators,
            infos: Vec::new(),
            names: HashSet::new(),
            node_names: HashSet::new(),
            nodes: Vec::new(),
            constants: HashMap::new(),
            spliced: Vec::new(),
            spliced_initializers: BTreeMap::new(),
            spliced_inputs: Vec::new(),
            opset: OPSET,
            inputs: Vec::new(),
            outputs: Vec::new(),
            metadata: BTreeMap::new(),
            mistake: None,
            processor,
        }
    }

    /// The operators it knows.
    pub(super) fn operators(&self) -> Lookup {
        self.operators
    }

    /// What the graph is to be fast on.
    pub fn processor(&self) -> Processor {
        self.processor
    }

    fn value(&mut self, name: &str, dtype: DType, shape: Option<Vec<usize>>) -> Value {
        let name = unique(&mut self.names, name, self.infos.len());
        self.infos.push(Info { name, dtype, shape });
        Value((self.infos.len() - 1) as u32)
    }

    /// Remembers the first mistake.
    pub(super) fn refuse(&mut self, error: GraphError) {
        self.mistake.get_or_insert(error);
    }

    /// The first mistake, if one was made.
    pub(super) fn check(&self) -> Result<(), GraphError> {
        self.mistake.clone().map_or(Ok(()), Err)
    }

    /// Makes the finished model use this operator set or a newer one.
    pub(super) fn need_opset(&mut self, opset: i64) {
        self.opset = self.opset.max(opset);
    }

    /// An input of the graph. `name` must be new.
    pub fn input(&mut self, name: &str, dtype: DType, shape: &[usize]) -> Value {
        let value = self.value(name, dtype, Some(shape.to_vec()));
        self.inputs.push(value);
        value
    }

    /// An input whose dimensions are known only at run time.
    pub fn dynamic_input(&mut self, name: &str, dtype: DType) -> Value {
        let value = self.value(name, dtype, None);
        self.inputs.push(value);
        value
    }

    /// A constant.
    pub fn constant(&mut self, tensor: Tensor) -> Value {
        self.named_constant("const", tensor)
    }

    /// A constant whose name matters to readers of the file (a weight).
    pub fn named_constant(&mut self, name: &str, tensor: Tensor) -> Value {
        let value = self.value(name, tensor.dtype(), Some(tensor.shape.clone()));
        self.constants.insert(value, tensor);
        value
    }

    /// A constant scalar.
    pub fn scalar(&mut self, value: f32) -> Value {
        self.constant(Tensor::f32([], vec![value]))
    }

    /// A constant vector of integers (a shape, axes, …).
    pub fn ints(&mut self, values: &[i64]) -> Value {
        self.constant(Tensor::i64([values.len()], values.to_vec()))
    }

    /// Applies an operator with one output.
    pub fn node(&mut self, op: &str, inputs: &[Value], attributes: &[(&str, Attribute)]) -> Value {
        let inputs: Vec<_> = inputs.iter().map(|v| Some(*v)).collect();
        self.place(op, &inputs, attributes, 1)[0]
    }

    /// Applies an operator; `None` leaves an optional input out.
    pub fn place(
        &mut self,
        op: &str,
        inputs: &[Option<Value>],
        attributes: &[(&str, Attribute)],
        outputs: usize,
    ) -> Vec<Value> {
        let attributes = attributes.iter().map(|(k, v)| ((*k).to_owned(), v.clone())).collect();
        let outputs = vec![String::new(); outputs];
        self.place_node(&Node { op: op.to_owned(), name: String::new(), inputs: vec![], outputs, attributes }, inputs)
    }

    fn known(&self, inputs: &[Option<Value>]) -> Vec<Option<Known<'_>>> {
        let known = |v: Value| Known {
            dtype: self.dtype(v),
            shape: self.infos[v.0 as usize].shape.as_deref(),
            constant: self.constants.get(&v),
        };
        inputs.iter().map(|v| v.map(known)).collect()
    }

    /// Like [`Builder::place_node`], but what depends on shapes and small constants alone becomes constants.
    pub(super) fn place_or_fold(&mut self, node: &Node, inputs: &[Option<Value>]) -> Vec<Value> {
        if let Some((node, count)) = (self.operators)(&node.op).canonical(node, &self.known(inputs)) {
            return self.place_or_fold(&node, &inputs[..count]);
        }
        match (self.operators)(&node.op).fold(node, &self.known(inputs)) {
            Some(tensors) => node.outputs.iter().zip(tensors).map(|(name, t)| self.named_constant(name, t)).collect(),
            None => self.place_node(node, inputs),
        }
    }

    /// Applies the operator of a model's node, under its name, to these inputs in place of its own.
    pub(super) fn place_node(&mut self, node: &Node, inputs: &[Option<Value>]) -> Vec<Value> {
        if let Some((node, count)) = (self.operators)(&node.op).canonical(node, &self.known(inputs)) {
            return self.place_node(&node, &inputs[..count]);
        }
        let known = self.known(inputs);
        let schema = (self.operators)(&node.op);
        let inferred = schema.infer(node, &known, node.outputs.len());
        let name = if node.name.is_empty() { format!("{}_{}", node.op, self.nodes.len()) } else { node.name.clone() };
        let kinds = match inferred {
            Ok(kinds) => kinds,
            Err(why) => {
                let shapes: Vec<_> =
                    known.iter().map(|k| k.as_ref().and_then(|k| k.shape.map(<[usize]>::to_vec))).collect();
                let named = if node.name.is_empty() { String::new() } else { format!(" (node `{name}`)") };
                self.refuse(GraphError::Invalid(format!("{}{named} of shapes {shapes:?}: {why}", node.op)));
                // The node is left out: nobody may count on its inputs.
                return (0..node.outputs.len()).map(|_| self.value(&name, DType::F32, Some(vec![]))).collect();
            }
        };
        self.need_opset(schema.since(node, &known));
        let outputs: Vec<Value> = kinds.into_iter().map(|(dtype, shape)| self.value(&name, dtype, shape)).collect();
        // The same model may be placed twice.
        let name = unique(&mut self.node_names, &name, self.nodes.len());
        self.nodes.push(Placed {
            op: node.op.clone(),
            name,
            inputs: inputs.to_vec(),
            outputs: outputs.clone(),
            attributes: node.attributes.clone(),
        });
        outputs
    }

    /// Places a whole model, its inputs replaced by `inputs`; returns its outputs with these shapes.
    /// Nothing inside it is differentiated.
    pub fn splice(&mut self, model: &Model, inputs: &[(&str, Value)], outputs: &[(&str, Vec<usize>)]) -> Vec<Value> {
        let prefix = part_name(self.spliced.len(), "");
        let upgraded = match upgrade(model.clone(), self.operators) {
            Ok(model) => model,
            Err(error) => {
                self.refuse(error);
                Model::default()
            }
        };
        self.need_opset(upgraded.opset);
        let renamed = upgraded.renamed(&prefix);
        for (name, value) in inputs {
            self.spliced_inputs.push(*value);
            // An Identity ties the part's input name to our value; the runtime removes it.
            self.spliced.push(Node {
                op: "Identity".into(),
                name: format!("{prefix}{name}_tie"),
                inputs: vec![self.name(*value).to_owned()],
                outputs: vec![format!("{prefix}{name}")],
                attributes: BTreeMap::new(),
            });
        }
        self.spliced.extend(renamed.nodes);
        self.spliced_initializers.extend(renamed.initializers);
        outputs
            .iter()
            .map(|(name, shape)| {
                let value = self.value(&format!("{prefix}{name}"), DType::F32, Some(shape.clone()));
                if self.name(value) != format!("{prefix}{name}") {
                    self.refuse(GraphError::Invalid(format!("`{name}` is taken twice from one part")));
                }
                value
            })
            .collect()
    }

    /// Makes `value` an output of the graph under this name.
    pub fn output(&mut self, name: &str, value: Value) {
        let (dtype, shape) = (self.dtype(value), self.infos[value.0 as usize].shape.clone());
        let named = self.value(name, dtype, shape);
        self.nodes.push(Placed {
            op: "Identity".into(),
            name: format!("{name}_out"),
            inputs: vec![Some(value)],
            outputs: vec![named],
            attributes: BTreeMap::new(),
        });
        self.outputs.push(named);
    }

    pub fn metadata(&mut self, key: &str, value: impl Into<String>) {
        self.metadata.insert(key.to_owned(), value.into());
    }

    pub fn name(&self, value: Value) -> &str {
        &self.infos[value.0 as usize].name
    }

    pub fn dtype(&self, value: Value) -> DType {
        self.infos[value.0 as usize].dtype
    }

    /// The shape; empty for a value whose shape is known only at run time.
    pub fn shape(&self, value: Value) -> Vec<usize> {
        self.infos[value.0 as usize].shape.clone().unwrap_or_default()
    }

    /// Whether the shape is known before the graph runs.
    pub(super) fn has_shape(&self, value: Value) -> bool {
        self.infos[value.0 as usize].shape.is_some()
    }

    /// The values of a constant.
    pub(super) fn constant_of(&self, value: Value) -> Option<&Tensor> {
        self.constants.get(&value)
    }

    /// Values that nodes compute, and the output that each becomes. They take its name: ONNX Runtime 1.32 fails to load
    /// some graphs where it would remove an `Identity` between them itself (of what a `Pad` before a `Conv` reads too).
    fn given_out(&self) -> HashMap<Value, Value> {
        let computed: HashSet<Value> = self.nodes.iter().flat_map(|n| n.outputs.iter().copied()).collect();
        let spliced: HashSet<Value> = self.spliced_inputs.iter().copied().collect();
        let mut given = HashMap::new();
        for node in &self.nodes {
            if let ("Identity", [Some(from)], [to]) = (&*node.op, &*node.inputs, &*node.outputs)
                && self.outputs.contains(to)
                && computed.contains(from)
                && !spliced.contains(from)
                && !self.outputs.contains(from)
            {
                given.entry(*from).or_insert(*to);
            }
        }
        given
    }

    /// The finished model, without nodes that no output needs; or the first mistake made.
    pub fn finish(self) -> Result<Model, GraphError> {
        if let Some(mistake) = self.mistake {
            return Err(mistake);
        }
        let mut needed: HashSet<Value> = self.outputs.iter().chain(&self.spliced_inputs).copied().collect();
        let given_out = self.given_out();
        let name = |v: &Value| self.name(*given_out.get(v).unwrap_or(v)).to_owned();
        let mut nodes = Vec::new();
        for placed in self.nodes.iter().rev() {
            if let ("Identity", [Some(from)], [to]) = (&*placed.op, &*placed.inputs, &*placed.outputs)
                && given_out.get(from) == Some(to)
            {
                needed.insert(*from);
                continue;
            }
            if placed.outputs.iter().any(|o| needed.contains(o)) {
                needed.extend(placed.inputs.iter().flatten());
                nodes.push(Node {
                    op: placed.op.clone(),
                    name: placed.name.clone(),
                    inputs: placed.inputs.iter().map(|i| i.as_ref().map_or(String::new(), name)).collect(),
                    outputs: placed.outputs.iter().map(name).collect(),
                    attributes: placed.attributes.clone(),
                });
            }
        }
        nodes.reverse();
        let nodes =
            if self.spliced.is_empty() { nodes } else { in_order(self.spliced.into_iter().chain(nodes).collect())? };
        let infos = &self.infos;
        let info = |v: &Value| {
            let i = &infos[v.0 as usize];
            ValueInfo {
                name: i.name.clone(),
                dtype: Some(i.dtype),
                shape: i.shape.as_ref().map(|s| s.iter().map(|d| Some(*d)).collect()),
            }
        };
        let mut initializers = self.spliced_initializers;
        initializers.extend(
            self.constants
                .iter()
                .filter(|(v, _)| needed.contains(v))
                .map(|(v, t)| (infos[v.0 as usize].name.clone(), t.clone())),
        );
        Ok(Model {
            opset: self.opset,
            nodes,
            initializers,
            inputs: self.inputs.iter().map(info).collect(),
            outputs: self.outputs.iter().map(info).collect(),
            metadata: self.metadata,
        })
    }
}

/// The name, or if it is taken the name with a number behind, counted from `n`.
fn unique(taken: &mut HashSet<String>, name: &str, mut n: usize) -> String {
    let mut unique = name.to_owned();
    while !taken.insert(unique.clone()) {
        unique = format!("{name}_{n}");
        n += 1;
    }
    unique
}

/// Sorts nodes so that each comes after those it reads from.
fn in_order(nodes: Vec<Node>) -> Result<Vec<Node>, GraphError> {
    let made: HashSet<String> = nodes.iter().flat_map(|n| n.outputs.iter().cloned()).collect();
    let mut ready = HashSet::new();
    let mut waiting = nodes;
    let mut sorted = Vec::with_capacity(waiting.len());
    while !waiting.is_empty() {
        let before = waiting.len();
        let mut still = Vec::new();
        for node in waiting {
            if node.inputs.iter().all(|i| !made.contains(i) || ready.contains(i)) {
                ready.extend(node.outputs.iter().cloned());
                sorted.push(node);
            } else {
                still.push(node);
            }
        }
        if still.len() == before {
            return Err(GraphError::Invalid("the nodes read from one another in a circle".into()));
        }
        waiting = still;
    }
    Ok(sorted)
}
