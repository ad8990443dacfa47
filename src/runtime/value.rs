//! Between our tensors and ONNX Runtime's.

use super::error::RuntimeError;
use crate::graph::{Data, Tensor};
use ort::memory::AllocationDevice;
use ort::value::{DynTensor, DynValue, Shape, Tensor as OrtTensor};

/// Moves a tensor over; its values are not copied.
pub fn to_ort(tensor: Tensor) -> Result<DynTensor, RuntimeError> {
    let shape = tensor.shape;
    Ok(match tensor.data {
        Data::F32(values) => OrtTensor::from_array((shape, values))?.upcast(),
        Data::I64(values) => OrtTensor::from_array((shape, values))?.upcast(),
        Data::U8(values) => OrtTensor::from_array((shape, values))?.upcast(),
        Data::Raw(dtype, _) => return Err(RuntimeError::Call(format!("a tensor of type {dtype:?} can't be an input"))),
    })
}

/// The values of a tensor, wherever it lies.
pub fn fetch(tensor: &OrtTensor<f32>) -> Result<Tensor, RuntimeError> {
    if !tensor.memory_info().is_cpu_accessible() {
        return fetch(&tensor.to(AllocationDevice::CPU, 0)?);
    }
    let (shape, values) = tensor.try_extract_tensor::<f32>()?;
    Ok(Tensor::f32(dims(shape), values.to_vec()))
}

fn dims(shape: &Shape) -> Vec<usize> {
    shape.iter().map(|d| *d as usize).collect()
}

/// Copies a value that lies in the processor's memory.
pub fn from_ort(value: &DynValue) -> Result<Tensor, RuntimeError> {
    if let Ok((shape, values)) = value.try_extract_tensor::<f32>() {
        return Ok(Tensor::f32(dims(shape), values.to_vec()));
    }
    if let Ok((shape, values)) = value.try_extract_tensor::<i64>() {
        return Ok(Tensor::i64(dims(shape), values.to_vec()));
    }
    let (shape, values) = value.try_extract_tensor::<u8>()?;
    Ok(Tensor::u8(dims(shape), values.to_vec()))
}
