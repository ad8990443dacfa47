//! Tensors as ONNX files hold them.

use super::proto::TensorProto;
use crate::graph::error::GraphError;
use crate::graph::tensor::{DType, Data, Tensor};

/// Errors: an element type that is not supported, values that lie elsewhere, or too few or many of them.
pub fn from_proto(proto: TensorProto) -> Result<Tensor, GraphError> {
    let name = proto.name.clone().unwrap_or_default();
    let refuse = |why: &str| GraphError::Invalid(format!("tensor `{name}`: {why}"));
    if proto.data_location == Some(1) {
        return Err(refuse("its values lie in another file; export the model as a single file"));
    }
    let shape = proto
        .dims
        .iter()
        .map(|d| usize::try_from(*d))
        .collect::<Result<Vec<_>, _>>()
        .map_err(|_| refuse("a negative dimension"))?;
    let count = shape.iter().try_fold(1usize, |n, d| n.checked_mul(*d)).ok_or_else(|| refuse("too many elements"))?;
    let number = proto.data_type.unwrap_or_default();
    let dtype = DType::from_onnx(number).ok_or_else(|| refuse(&format!("element type {number} is not supported")))?;
    let data = values(proto, dtype).filter(|data| length(data) == count);
    let data = data.ok_or_else(|| refuse("its values do not fill its shape"))?;
    Ok(Tensor { shape, data })
}

/// The values, which lie in `raw_data` or in the list of their kind; `None` if the raw ones end within an element.
fn values(proto: TensorProto, dtype: DType) -> Option<Data> {
    let Some(raw) = proto.raw_data else {
        let ints = proto.int32_data.iter();
        return Some(match dtype {
            DType::F32 => Data::F32(proto.float_data),
            DType::I64 => Data::I64(proto.int64_data),
            DType::U8 => Data::U8(ints.map(|v| *v as u8).collect()),
            DType::I32 => Data::Raw(dtype, ints.flat_map(|v| v.to_le_bytes()).collect()),
            DType::Bool => Data::Raw(dtype, ints.map(|v| u8::from(*v != 0)).collect()),
            DType::F16 => Data::Raw(dtype, ints.flat_map(|v| (*v as u16).to_le_bytes()).collect()),
            DType::F64 => Data::Raw(dtype, proto.double_data.iter().flat_map(|v| v.to_le_bytes()).collect()),
        });
    };
    if !raw.len().is_multiple_of(size(dtype)) {
        return None;
    }
    Some(match dtype {
        DType::F32 => Data::F32(raw.as_chunks().0.iter().map(|b| f32::from_le_bytes(*b)).collect()),
        DType::I64 => Data::I64(raw.as_chunks().0.iter().map(|b| i64::from_le_bytes(*b)).collect()),
        DType::U8 => Data::U8(raw),
        DType::I32 | DType::Bool | DType::F16 | DType::F64 => Data::Raw(dtype, raw),
    })
}

/// Bytes of an element.
fn size(dtype: DType) -> usize {
    match dtype {
        DType::U8 | DType::Bool => 1,
        DType::F16 => 2,
        DType::F32 | DType::I32 => 4,
        DType::I64 | DType::F64 => 8,
    }
}

/// How many elements there are.
fn length(data: &Data) -> usize {
    match data {
        Data::F32(v) => v.len(),
        Data::I64(v) => v.len(),
        Data::U8(v) => v.len(),
        Data::Raw(dtype, v) => v.len() / size(*dtype),
    }
}

pub fn to_proto(tensor: &Tensor, name: &str) -> TensorProto {
    let raw = match &tensor.data {
        Data::F32(v) => v.iter().flat_map(|x| x.to_le_bytes()).collect(),
        Data::I64(v) => v.iter().flat_map(|x| x.to_le_bytes()).collect(),
        Data::U8(v) => v.clone(),
        Data::Raw(_, bytes) => bytes.clone(),
    };
    TensorProto {
        dims: tensor.shape.iter().map(|d| *d as i64).collect(),
        data_type: Some(tensor.dtype() as i32),
        name: Some(name.to_owned()),
        raw_data: Some(raw),
        ..Default::default()
    }
}
