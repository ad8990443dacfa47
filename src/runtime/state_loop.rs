//! A graph that is run again and again, its new state becoming its old one.
//!
//! The state lives in two sets of tensors on the device. Step n reads one set and writes the other; two bindings made
//! once swap them, so that nothing is bound anew and nothing copied. One tensor is never bound as input and output
//! both: a node that read it after it was written would see the new value.

use super::session::{Purpose, Session};
use super::value::{from_ort, to_ort};
use super::{Device, Runtime, RuntimeError, Tensor};
use crate::graph::Model;
use ort::memory::{AllocationDevice, Allocator, AllocatorType, MemoryInfo, MemoryType};
use ort::session::IoBinding;
use ort::value::Tensor as OrtTensor;

/// A piece of state: the input it is read from, the output it is written to, its value at the start (floats).
#[derive(Clone, Debug)]
pub struct State {
    pub input: String,
    pub output: String,
    pub value: Tensor,
}

/// A graph with state: one loaded graph, and as many independent states (lanes) as it is run for in turn.
pub struct StateLoop {
    session: Session,
    lanes: Vec<Lane>,
    reads: Vec<String>,
}

/// One state of the graph.
struct Lane {
    bindings: [IoBinding; 2],
    /// `sets[i]` is read by `bindings[i]`.
    sets: [Vec<OrtTensor<f32>>; 2],
    /// Which set holds the current state.
    current: usize,
}

impl Lane {
    fn new(runtime: &Runtime, session: &Session, state: Vec<State>, reads: &[&str]) -> Result<Self, RuntimeError> {
        let allocator = match runtime.device() {
            Device::Auto | Device::Cpu => Allocator::default(),
            Device::Cuda | Device::TensorRt => Allocator::new(
                &session.inner,
                MemoryInfo::new(AllocationDevice::CUDA, 0, AllocatorType::Device, MemoryType::Default)?,
            )?,
        };
        let allocate = || {
            state
                .iter()
                .map(|s| OrtTensor::<f32>::new(&allocator, s.value.shape.clone()))
                .collect::<Result<Vec<_>, _>>()
        };
        let mut sets = [allocate()?, allocate()?];
        let host = MemoryInfo::new(AllocationDevice::CPU, 0, AllocatorType::Device, MemoryType::CPUOutput)?;
        let mut bindings = [session.inner.create_binding()?, session.inner.create_binding()?];
        for (at, binding) in bindings.iter_mut().enumerate() {
            for (i, s) in state.iter().enumerate() {
                binding.bind_input(s.input.as_str(), &sets[at][i])?;
                binding.bind_output(s.output.as_str(), &mut sets[1 - at][i])?;
            }
            for name in reads {
                binding.bind_output_to_device(*name, &host)?;
            }
        }
        for (tensor, s) in sets[0].iter_mut().zip(state) {
            let values =
                s.value.as_f32().ok_or_else(|| RuntimeError::Run(format!("state `{}` is not floats", s.input)))?;
            OrtTensor::from_array((s.value.shape.clone(), values.to_vec()))?.copy_into(tensor)?;
        }
        Ok(Self { bindings, sets, current: 0 })
    }
}

impl StateLoop {
    /// Loads `model`, with a lane for each of `states`; `reads` are the outputs that every step gives back.
    pub fn new(
        runtime: &Runtime,
        model: &Model,
        states: Vec<Vec<State>>,
        reads: &[&str],
    ) -> Result<Self, RuntimeError> {
        let session = runtime.session(model, Purpose::Train)?;
        let lanes = states
            .into_iter()
            .map(|state| Lane::new(runtime, &session, state, reads))
            .collect::<Result<Vec<_>, _>>()?;
        Ok(Self { session, lanes, reads: reads.iter().map(|r| (*r).to_owned()).collect() })
    }

    /// One step of a lane with these inputs besides its state; gives back what was to be read, in that order.
    pub fn step(&mut self, lane: usize, inputs: Vec<(&str, Tensor)>) -> Result<Vec<Tensor>, RuntimeError> {
        let lane = &mut self.lanes[lane];
        let binding = &mut lane.bindings[lane.current];
        for (name, tensor) in inputs {
            binding.bind_input(name, &to_ort(tensor)?)?;
        }
        let outputs = self.session.inner.run_binding(binding)?;
        let read = self
            .reads
            .iter()
            .map(|name| {
                let value = outputs.get(name).ok_or_else(|| RuntimeError::Run(format!("no output `{name}`")))?;
                from_ort(value)
            })
            .collect();
        drop(outputs);
        lane.current = 1 - lane.current;
        read
    }

    /// A lane's current state, in the processor's memory, in the order it was given.
    pub fn state(&self, lane: usize) -> Result<Vec<Tensor>, RuntimeError> {
        let lane = &self.lanes[lane];
        lane.sets[lane.current]
            .iter()
            .map(|tensor| {
                if tensor.memory_info().is_cpu_accessible() {
                    let (shape, values) = tensor.try_extract_tensor::<f32>()?;
                    Ok(Tensor::f32(shape.iter().map(|d| *d as usize).collect::<Vec<_>>(), values.to_vec()))
                } else {
                    from_ort(&tensor.to(AllocationDevice::CPU, 0)?.into_dyn())
                }
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::graph::{Builder, DType};
    use crate::runtime::for_tests;

    #[test]
    fn state_is_fed_back_and_never_read_half_written() {
        // w is read twice, by a cheap and by a late node: both must see the old value.
        let mut g = Builder::new();
        let w = g.input("w", DType::F32, &[3]);
        let x = g.input("x", DType::F32, &[3]);
        let next = g.add(w, x);
        let late = g.mul(next, w);
        g.output("w_next", next);
        g.output("late", late);
        let model = g.finish().unwrap();
        let from = |v: f32| vec![State { input: "w".into(), output: "w_next".into(), value: Tensor::full([3], v) }];
        let mut steps = StateLoop::new(&for_tests(), &model, vec![from(1.0), from(-7.0)], &["late"]).unwrap();
        let mut w = 1.0f32;
        for n in 1..=5 {
            let late = steps.step(0, vec![("x", Tensor::full([3], n as f32))]).unwrap();
            assert_eq!(late[0].as_f32().unwrap(), [(w + n as f32) * w; 3]);
            w += n as f32;
            assert_eq!(steps.state(0).unwrap()[0].as_f32().unwrap(), [w; 3]);
        }
        assert_eq!(steps.state(1).unwrap()[0].as_f32().unwrap(), [-7.0; 3], "the other lane stays as it was");
    }
}
