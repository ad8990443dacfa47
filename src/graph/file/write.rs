//! Writes ONNX files.

use super::proto::{self, ModelProto};
use super::tensors::to_proto;
use crate::graph::model::{Model, OPSET, ValueInfo};
use crate::graph::node::Attribute;
use prost::Message;

/// The file format version that goes with [`OPSET`].
const IR_VERSION: i64 = 8;
/// The file format version for newer operator sets.
const NEWER_IR_VERSION: i64 = 10;

impl Model {
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
            name: text(env!("CARGO_PKG_NAME")),
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
            initializer: self.initializers.iter().map(|(name, t)| to_proto(t, name)).collect(),
            input: self.inputs.iter().map(info).collect(),
            output: self.outputs.iter().map(info).collect(),
            value_info: vec![],
        };
        ModelProto {
            ir_version: Some(if self.opset > OPSET { NEWER_IR_VERSION } else { IR_VERSION }),
            producer_name: text(env!("CARGO_PKG_NAME")),
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
            a.t = Some(to_proto(t, ""));
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
