//! Reads ONNX files.

use super::inline::inline;
use super::proto::{self, ModelProto};
use super::sequence::cut_sequences;
use super::tensors::from_proto;
use crate::graph::error::GraphError;
use crate::graph::model::{Model, ValueInfo};
use crate::graph::node::{Attribute, Node};
use crate::graph::tensor::DType;
use prost::Message;
use std::collections::{BTreeMap, HashSet};
use std::path::Path;
use std::sync::Arc;

impl Model {
    /// Reads a file; errors say what it holds that is not supported.
    pub fn read(path: &Path) -> Result<Self, GraphError> {
        let bytes = std::fs::read(path).map_err(|e| GraphError::File { path: path.to_owned(), source: Arc::new(e) })?;
        Self::decode(&bytes)
    }

    /// Parses the bytes of an ONNX file.
    pub fn decode(bytes: &[u8]) -> Result<Self, GraphError> {
        let invalid = |text: String| GraphError::Invalid(text);
        let proto = ModelProto::decode(bytes).map_err(GraphError::Format)?;
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
            model.initializers.insert(name, from_proto(tensor)?);
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
        cut_sequences(&mut model);
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
            Attribute::Tensor(from_proto(tensor)?)
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
