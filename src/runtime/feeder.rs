//! How the inputs of a step, which differ from step to step, get to where its graph reads them.

use super::error::RuntimeError;
use super::pack::{PACKED, Packed, PackedPlace};
use super::value::to_ort;
use crate::graph::{DType, Tensor, ValueInfo};
use ort::memory::{AllocationDevice, Allocator, AllocatorType, MemoryInfo, MemoryType};
use ort::session::{IoBinding, Session};
use ort::value::{DynTensor, Tensor as OrtTensor};
use std::borrow::Cow;
use std::collections::BTreeMap;

/// An input of a step by name; a borrowed one is copied only where it must be.
pub type Input<'i> = (&'i str, Cow<'i, Tensor>);

pub enum Feeder {
    /// Bound anew each time: the processor reads them where they lie.
    Bound,
    /// Copied into tensors on the device that are bound for good.
    Copied(OnDevice),
}

/// The tensors of inputs on the device.
pub struct OnDevice {
    /// Where the inputs that share one tensor lie in it.
    places: BTreeMap<String, PackedPlace>,
    /// Those put together, in the processor's memory.
    staging: Option<OrtTensor<f32>>,
    tensors: BTreeMap<String, DynTensor>,
}

impl Feeder {
    /// Binds what is bound for good.
    pub fn bind(&self, binding: &mut IoBinding) -> Result<(), RuntimeError> {
        if let Self::Copied(copied) = self {
            for (name, tensor) in &copied.tensors {
                binding.bind_input(name.as_str(), tensor)?;
            }
        }
        Ok(())
    }

    /// Gives a run its inputs. On a device an error if one is missing: the last step's would be taken.
    pub fn give(&mut self, binding: &mut IoBinding, inputs: Vec<Input>) -> Result<(), RuntimeError> {
        match self {
            Self::Bound => {
                for (name, tensor) in inputs {
                    binding.bind_input(name, &to_ort(tensor.into_owned())?)?;
                }
                Ok(())
            }
            Self::Copied(copied) => copied.give(inputs),
        }
    }
}

impl OnDevice {
    /// For a packed model: tensors for its inputs except those that are `fixed`.
    pub fn new(
        session: &Session,
        allocator: &Allocator,
        packed: Packed,
        fixed: impl Fn(&str) -> bool,
    ) -> Result<Self, RuntimeError> {
        let given = packed.model.inputs.iter().filter(|i| !fixed(&i.name));
        let mut tensors = given
            .map(|i| Ok((i.name.clone(), zeros(allocator, i)?)))
            .collect::<Result<BTreeMap<_, _>, RuntimeError>>()?;
        let staging = tensors.get_mut(PACKED).map(|packed| staging(session, packed)).transpose()?;
        Ok(Self { places: packed.places, staging, tensors })
    }

    /// Names of all inputs.
    fn names(&self) -> impl Iterator<Item = &str> {
        self.tensors.keys().filter(|name| *name != PACKED).chain(self.places.keys()).map(String::as_str)
    }

    fn give(&mut self, inputs: Vec<Input>) -> Result<(), RuntimeError> {
        let unknown = |name: &str| RuntimeError::Call(format!("the step has no input `{name}` of this type and shape"));
        let missing = self.names().find(|name| !inputs.iter().any(|(given, _)| given == name));
        if let Some(name) = missing {
            return Err(RuntimeError::Call(format!("the step was not given its input `{name}`")));
        }
        let mut staged = match &mut self.staging {
            Some(staging) => Some(staging.try_extract_tensor_mut::<f32>()?.1),
            None => None,
        };
        for (name, tensor) in inputs {
            match (self.places.get(name), &mut staged) {
                (Some(place), Some(staged)) => {
                    let values =
                        tensor.as_f32().filter(|_| tensor.shape == place.shape).ok_or_else(|| unknown(name))?;
                    staged[place.range.clone()].copy_from_slice(values);
                }
                _ => {
                    let same =
                        |t: &&mut DynTensor| t.shape().iter().map(|d| *d as usize).eq(tensor.shape.iter().copied());
                    let target = self.tensors.get_mut(name).filter(same).ok_or_else(|| unknown(name))?;
                    to_ort(tensor.into_owned())?.copy_into(target)?;
                }
            }
        }
        if let (Some(staging), Some(packed)) = (&self.staging, self.tensors.get_mut(PACKED)) {
            staging.upcast_ref().copy_into(packed)?;
        }
        Ok(())
    }
}

/// A tensor of `packed`'s shape in the processor's memory: where it can be had in pages that stay in place, from which
/// the device copies several times faster.
fn staging(session: &Session, packed: &mut DynTensor) -> Result<OrtTensor<f32>, RuntimeError> {
    let shape: Vec<i64> = packed.shape().to_vec();
    let mut make = |allocator: &Allocator| -> ort::Result<OrtTensor<f32>> {
        let mut staging = OrtTensor::<f32>::new(allocator, shape.clone())?;
        staging.try_extract_tensor_mut::<f32>()?.1.fill(0.0);
        // Whether it can be copied from shows only so.
        staging.upcast_ref().copy_into(&mut *packed)?;
        Ok(staging)
    };
    let pinned = MemoryInfo::new(AllocationDevice::CUDA_PINNED, 0, AllocatorType::Device, MemoryType::CPUInput);
    match pinned.and_then(|pinned| Allocator::new(session, pinned)).and_then(|allocator| make(&allocator)) {
        Ok(staging) => Ok(staging),
        Err(error) => {
            tracing::debug!(%error, "no pinned memory for the inputs of a step");
            Ok(make(&Allocator::default())?)
        }
    }
}

/// A tensor on the device: of zeros, so that no index in it leads astray in a run before the first input.
fn zeros(allocator: &Allocator, input: &ValueInfo) -> Result<DynTensor, RuntimeError> {
    let unknown = || RuntimeError::Call(format!("type and shape of the input `{}` are not known", input.name));
    let shape: Vec<usize> = input.shape.as_ref().and_then(|s| s.iter().copied().collect()).ok_or_else(unknown)?;
    let count = shape.iter().product();
    let (mut place, zeros) = match input.dtype {
        Some(DType::F32) => {
            (OrtTensor::<f32>::new(allocator, shape.clone())?.upcast(), Tensor::f32(shape, vec![0.0; count]))
        }
        Some(DType::I64) => {
            (OrtTensor::<i64>::new(allocator, shape.clone())?.upcast(), Tensor::i64(shape, vec![0; count]))
        }
        Some(DType::U8) => {
            (OrtTensor::<u8>::new(allocator, shape.clone())?.upcast(), Tensor::u8(shape, vec![0; count]))
        }
        _ => return Err(unknown()),
    };
    to_ort(zeros)?.copy_into(&mut place)?;
    Ok(place)
}
