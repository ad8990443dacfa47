//! Between our tensors and ONNX Runtime's.

use super::{Data, RuntimeError, Tensor};
use ort::value::{DynTensor, DynValue, Tensor as OrtTensor};

/// Moves a tensor over; its values are not copied.
pub fn to_ort(tensor: Tensor) -> Result<DynTensor, RuntimeError> {
    let shape = tensor.shape;
    Ok(match tensor.data {
        Data::F32(values) => OrtTensor::from_array((shape, values))?.upcast(),
        Data::I64(values) => OrtTensor::from_array((shape, values))?.upcast(),
        Data::U8(values) => OrtTensor::from_array((shape, values))?.upcast(),
        Data::Raw(dtype, _) => return Err(RuntimeError::Run(format!("a tensor of type {dtype:?} can't be an input"))),
    })
}

/// Copies a value that lies in the processor's memory.
pub fn from_ort(value: &DynValue) -> Result<Tensor, RuntimeError> {
    let dims = |shape: &ort::value::Shape| shape.iter().map(|d| *d as usize).collect::<Vec<_>>();
    if let Ok((shape, values)) = value.try_extract_tensor::<f32>() {
        return Ok(Tensor::f32(dims(shape), values.to_vec()));
    }
    if let Ok((shape, values)) = value.try_extract_tensor::<i64>() {
        return Ok(Tensor::i64(dims(shape), values.to_vec()));
    }
    let (shape, values) = value.try_extract_tensor::<u8>()?;
    Ok(Tensor::u8(dims(shape), values.to_vec()))
}
