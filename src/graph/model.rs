//! An ONNX model as a value: nodes in topological order, constants, inputs, outputs, metadata.

use super::inline::inline;
use super::proto::{self, ModelProto};
use super::{DType, GraphError, Tensor};
use prost::Message;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::path::Path;

/// The operator set that everything built here uses.
pub const OPSET: i64 = 18;
/// The file format version that goes with it.
const IR_VERSION: i64 = 8;
/// The file format version for newer operator sets.
const NEWER_IR_VERSION: i64 = 10;

/// An attribute of a node.
#[derive(Clone, Debug, PartialEq)]
pub enum Attribute {
    Int(i64),
    Float(f32),
    Text(String),
    Ints(Vec<i64>),
    Floats(Vec<f32>),
    Tensor(Tensor),
    /// A graph of its own (the body of a `Loop`, a branch of an `If`), which is not looked into.
    Graph,
}

/// One operator applied. An empty input name is an optional input left out.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Node {
    /// The operator's name; that of one outside standard ONNX with its domain before it: `com.microsoft.FusedConv`.
    pub op: String,
    pub name: String,
    pub inputs: Vec<String>,
    pub outputs: Vec<String>,
    pub attributes: BTreeMap<String, Attribute>,
}

impl Node {
    pub fn int(&self, name: &str, default: i64) -> i64 {
        match self.attributes.get(name) {
            Some(Attribute::Int(i)) => *i,
            _ => default,
        }
    }

    pub fn float(&self, name: &str, default: f32) -> f32 {
        match self.attributes.get(name) {
            Some(Attribute::Float(f)) => *f,
            _ => default,
        }
    }

    pub fn ints(&self, name: &str) -> Option<&[i64]> {
        match self.attributes.get(name) {
            Some(Attribute::Ints(v)) => Some(v),
            _ => None,
        }
    }

    /// Whether a graph here can hold the node: operators outside standard ONNX and those with a graph of their own can
    /// only be left out.
    pub fn is_plain(&self) -> bool {
        !self.op.contains('.') && !self.attributes.values().any(|a| *a == Attribute::Graph)
    }

    /// Why a graph can't hold a node that is not plain.
    pub(super) fn not_plain(&self) -> GraphError {
        let why = if self.op.contains('.') { "is not standard ONNX" } else { "holds a graph of its own" };
        GraphError::Invalid(format!("operator {} (node `{}`) {why}; that is not supported", self.op, self.name))
    }

    /// The value of a `Constant` node, if its form is supported.
    pub(super) fn constant(&self) -> Option<Tensor> {
        Some(match self.attributes.iter().next()? {
            (_, Attribute::Tensor(tensor)) => tensor.clone(),
            (_, Attribute::Float(v)) => Tensor::f32([], vec![*v]),
            (_, Attribute::Floats(v)) => Tensor::f32([v.len()], v.clone()),
            (_, Attribute::Int(v)) => Tensor::i64([], vec![*v]),
            (_, Attribute::Ints(v)) => Tensor::i64([v.len()], v.clone()),
            (_, Attribute::Text(_) | Attribute::Graph) => return None,
        })
    }

    pub fn text(&self, name: &str) -> Option<&str> {
        match self.attributes.get(name) {
            Some(Attribute::Text(v)) => Some(v),
            _ => None,
        }
    }
}

/// Name, type and shape of an input or output; `None` is what is known only at run time: a dimension, a shape, the type
/// of an output.
#[derive(Clone, Debug, PartialEq)]
pub struct ValueInfo {
    pub name: String,
    pub dtype: Option<DType>,
    pub shape: Option<Vec<Option<usize>>>,
}

impl ValueInfo {
    /// With every dimension known.
    pub fn fixed(name: impl Into<String>, dtype: DType, shape: &[usize]) -> Self {
        Self { name: name.into(), dtype: Some(dtype), shape: Some(shape.iter().map(|d| Some(*d)).collect()) }
    }
}

/// An ONNX model.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Model {
    pub opset: i64,
    pub nodes: Vec<Node>,
    pub initializers: BTreeMap<String, Tensor>,
    pub inputs: Vec<ValueInfo>,
    pub outputs: Vec<ValueInfo>,
    pub metadata: BTreeMap<String, String>,
}

impl Model {
    /// Reads a file; errors say what it holds that is not supported.
    pub fn read(path: &Path) -> Result<Self, GraphError> {
        let bytes =
            std::fs::read(path).map_err(|e| GraphError::Invalid(format!("{} can't be read: {e}", path.display())))?;
        Self::decode(&bytes)
    }

    /// Parses the bytes of an ONNX file.
    pub fn decode(bytes: &[u8]) -> Result<Self, GraphError> {
        let invalid = |text: String| GraphError::Invalid(text);
        let proto = ModelProto::decode(bytes).map_err(|e| invalid(format!("this is not an ONNX file: {e}")))?;
        let graph = proto.graph.ok_or_else(|| invalid("this is not an ONNX file: it has no graph".into()))?;
        let opset = proto
            .opset_import
            .iter()
            .find(|o| matches!(o.domain.as_deref(), None | Some("" | "ai.onnx")))
            .and_then(|o| o.version)
            .ok_or_else(|| invalid("it does not say which operator set it uses".into()))?;
        let mut model = Self {
            opset,
            nodes: inline(graph.node, proto.functions)?.into_iter().map(node).collect::<Result<_, _>>()?,
            metadata: proto
                .metadata_props
                .into_iter()
                .map(|e| (e.key.unwrap_or_default(), e.value.unwrap_or_default()))
                .collect(),
            ..Default::default()
        };
        for tensor in graph.initializer {
            let name = tensor.name.clone().unwrap_or_default();
            model.initializers.insert(name, Tensor::from_proto(tensor)?);
        }
        // Before IR version 4 initializers were listed among the inputs as well.
        model.inputs = graph
            .input
            .into_iter()
            .filter(|i| !model.initializers.contains_key(i.name.as_deref().unwrap_or_default()))
            .map(value_info)
            .collect::<Result<_, _>>()?;
        model.outputs = graph.output.into_iter().map(value_info).collect::<Result<_, _>>()?;
        model.hoist_constants();
        model.cut_sequences();
        Ok(model)
    }

    /// Makes `Constant` nodes initializers: some exporters write weights as the one, some as the other.
    fn hoist_constants(&mut self) {
        let outputs: HashSet<&str> = self.outputs.iter().map(|o| o.name.as_str()).collect();
        let mut found = Vec::new();
        for node in &self.nodes {
            if let ("Constant", [output]) = (node.op.as_str(), node.outputs.as_slice())
                && let Some(value) = node.constant().filter(|_| !outputs.contains(output.as_str()))
            {
                found.push((output.clone(), value));
            }
        }
        self.initializers.extend(found);
        self.nodes.retain(|n| n.op != "Constant" || n.outputs.iter().any(|o| !self.initializers.contains_key(o)));
    }

    /// The bytes of an ONNX file. All nodes must be plain.
    pub fn encode(&self) -> Vec<u8> {
        let text = |s: &str| Some(s.to_owned());
        let info = |v: &ValueInfo| proto::ValueInfoProto {
            name: text(&v.name),
            r#type: v.dtype.map(|dtype| proto::TypeProto {
                tensor_type: Some(proto::TensorTypeProto {
                    elem_type: Some(dtype as i32),
                    shape: v.shape.as_ref().map(|shape| proto::TensorShapeProto {
                        dim: shape
                            .iter()
                            .enumerate()
                            .map(|(i, d)| match d {
                                Some(n) => proto::DimensionProto { dim_value: Some(*n as i64), dim_param: None },
                                None => proto::DimensionProto {
                                    dim_value: None,
                                    dim_param: Some(format!("{}_{i}", v.name)),
                                },
                            })
                            .collect(),
                    }),
                }),
            }),
        };
        let graph = proto::GraphProto {
            name: text("fieldcoach"),
            node: self
                .nodes
                .iter()
                .map(|n| proto::NodeProto {
                    input: n.inputs.clone(),
                    output: n.outputs.clone(),
                    name: text(&n.name),
                    op_type: text(&n.op),
                    attribute: n.attributes.iter().map(|(k, v)| attribute_proto(k, v)).collect(),
                    domain: None,
                })
                .collect(),
            initializer: self.initializers.iter().map(|(name, t)| t.to_proto(name)).collect(),
            input: self.inputs.iter().map(info).collect(),
            output: self.outputs.iter().map(info).collect(),
            value_info: vec![],
        };
        ModelProto {
            ir_version: Some(if self.opset > OPSET { NEWER_IR_VERSION } else { IR_VERSION }),
            producer_name: text("fieldcoach"),
            producer_version: text(env!("CARGO_PKG_VERSION")),
            graph: Some(graph),
            opset_import: vec![proto::OperatorSetIdProto { domain: text(""), version: Some(self.opset) }],
            metadata_props: self
                .metadata
                .iter()
                .map(|(k, v)| proto::StringStringEntryProto { key: text(k), value: text(v) })
                .collect(),
            functions: vec![],
        }
        .encode_to_vec()
    }

    /// The part of the model that computes `outputs`, with these as its outputs (types and shapes unknown). Errors: a name
    /// that no node computes; a node that can't stand in a graph here.
    pub fn up_to(&self, outputs: &[String]) -> Result<Self, GraphError> {
        let producer: HashMap<&str, usize> =
            self.nodes.iter().enumerate().flat_map(|(i, n)| n.outputs.iter().map(move |o| (o.as_str(), i))).collect();
        let mut wanted: Vec<&str> = outputs.iter().map(String::as_str).collect();
        let (mut used, mut seen) = (HashSet::new(), HashSet::new());
        for name in outputs {
            if !producer.contains_key(name.as_str()) {
                return Err(GraphError::Invalid(format!("no node of the model computes `{name}`")));
            }
        }
        while let Some(name) = wanted.pop() {
            if !seen.insert(name) {
                continue;
            }
            if let Some(&index) = producer.get(name)
                && used.insert(index)
            {
                if !self.nodes[index].is_plain() {
                    return Err(self.nodes[index].not_plain());
                }
                wanted.extend(self.nodes[index].inputs.iter().map(String::as_str));
            }
        }
        Ok(Self {
            opset: self.opset,
            nodes: self.nodes.iter().enumerate().filter(|(i, _)| used.contains(i)).map(|(_, n)| n.clone()).collect(),
            initializers: self
                .initializers
                .iter()
                .filter(|(n, _)| seen.contains(n.as_str()))
                .map(|(n, t)| (n.clone(), t.clone()))
                .collect(),
            inputs: self.inputs.iter().filter(|i| seen.contains(i.name.as_str())).cloned().collect(),
            outputs: outputs.iter().map(|name| ValueInfo { name: name.clone(), dtype: None, shape: None }).collect(),
            metadata: self.metadata.clone(),
        })
    }

    /// The same model with every value's name behind `prefix`, so that it can stand beside another.
    pub fn renamed(mut self, prefix: &str) -> Self {
        let rename = |name: &mut String| {
            if !name.is_empty() {
                *name = format!("{prefix}{name}");
            }
        };
        for node in &mut self.nodes {
            node.inputs.iter_mut().chain(&mut node.outputs).chain([&mut node.name]).for_each(rename);
        }
        self.inputs.iter_mut().chain(&mut self.outputs).for_each(|v| rename(&mut v.name));
        self.initializers = self.initializers.into_iter().map(|(n, t)| (format!("{prefix}{n}"), t)).collect();
        self
    }
}

fn node(proto: proto::NodeProto) -> Result<Node, GraphError> {
    let op = proto.op_type.unwrap_or_default();
    let op = match proto.domain.filter(|d| !d.is_empty() && d != "ai.onnx") {
        Some(domain) => format!("{domain}.{op}"),
        None => op,
    };
    // Some exporters give names to values only.
    let name = proto.name.filter(|n| !n.is_empty());
    let name = name.unwrap_or_else(|| proto.output.first().cloned().unwrap_or_default());
    let mut attributes = BTreeMap::new();
    for a in proto.attribute {
        let key = a.name.unwrap_or_default();
        let value = if let Some(tensor) = a.t {
            Attribute::Tensor(Tensor::from_proto(tensor)?)
        } else if a.g.is_some() {
            Attribute::Graph
        } else if let Some(s) = a.s {
            Attribute::Text(String::from_utf8_lossy(&s).into_owned())
        } else {
            // Proto3 writers may leave out a zero; the type field tells which kind was meant.
            match a.r#type.unwrap_or_default() {
                1 => Attribute::Float(a.f.unwrap_or_default()),
                2 => Attribute::Int(a.i.unwrap_or_default()),
                6 => Attribute::Floats(a.floats),
                7 => Attribute::Ints(a.ints),
                _ if a.f.is_some() => Attribute::Float(a.f.unwrap_or_default()),
                _ if a.i.is_some() => Attribute::Int(a.i.unwrap_or_default()),
                _ if !a.floats.is_empty() => Attribute::Floats(a.floats),
                _ => Attribute::Ints(a.ints),
            }
        };
        attributes.insert(key, value);
    }
    let mut outputs = proto.output;
    // Optional outputs that nobody takes.
    while outputs.len() > 1 && outputs.last().is_some_and(String::is_empty) {
        outputs.pop();
    }
    Ok(Node { op, name, inputs: proto.input, outputs, attributes })
}

fn attribute_proto(name: &str, value: &Attribute) -> proto::AttributeProto {
    let mut a = proto::AttributeProto { name: Some(name.to_owned()), ..Default::default() };
    // The numbers are AttributeProto.AttributeType.
    a.r#type = Some(match value {
        Attribute::Float(f) => {
            a.f = Some(*f);
            1
        }
        Attribute::Int(i) => {
            a.i = Some(*i);
            2
        }
        Attribute::Text(s) => {
            a.s = Some(s.clone().into_bytes());
            3
        }
        Attribute::Tensor(t) => {
            a.t = Some(t.to_proto(""));
            4
        }
        Attribute::Floats(v) => {
            a.floats = v.clone();
            6
        }
        Attribute::Ints(v) => {
            a.ints = v.clone();
            7
        }
        Attribute::Graph => 5,
    });
    a
}

fn value_info(proto: proto::ValueInfoProto) -> Result<ValueInfo, GraphError> {
    let name = proto.name.unwrap_or_default();
    let tensor = proto
        .r#type
        .and_then(|t| t.tensor_type)
        .ok_or_else(|| GraphError::Invalid(format!("`{name}` is not a tensor")))?;
    let number = tensor.elem_type.unwrap_or_default();
    let dtype = DType::from_onnx(number)
        .ok_or_else(|| GraphError::Invalid(format!("`{name}`: element type {number} is not supported")))?;
    let shape = tensor
        .shape
        .map(|s| s.dim.iter().map(|d| d.dim_value.and_then(|v| usize::try_from(v).ok()).filter(|v| *v > 0)).collect());
    Ok(ValueInfo { name, dtype: Some(dtype), shape })
}
