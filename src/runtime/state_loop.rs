//! A step that is made again and again, its new state becoming its old one.
//!
//! A step is two graphs: one computes from the state and a part of a batch, run for all parts at the same time; the other
//! joins what they hand on, and computes the next state. The state lives in two sets of tensors on the device. Step n
//! reads one set and writes the other; bindings made once swap them, so that nothing is bound anew and nothing copied.
//! One tensor is never bound as input and output both: a node that read it after it was written would see the new value.

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

/// The graphs of a step.
#[derive(Clone, Copy, Debug)]
pub struct Step<'m> {
    /// Run for each part of a batch; it may read any of the state.
    pub part: &'m Model,
    /// How many parts there are.
    pub parts: usize,
    /// Run once they are done. What part n hands on under NAME (floats) is its input `n/NAME`; it writes the state.
    pub join: &'m Model,
}

/// A step with state: its loaded graphs, and as many independent states (lanes) as it is made for in turn.
pub struct StateLoop {
    parts: Vec<Session>,
    join: Session,
    lanes: Vec<Lane>,
    reads: Vec<String>,
    /// What each part hands on: bound to all lanes, one of which runs at a time.
    _handed: Vec<OrtTensor<f32>>,
}

/// One state of the step.
struct Lane {
    /// For each part; `[i]` reads `sets[i]`.
    parts: Vec<[IoBinding; 2]>,
    join: [IoBinding; 2],
    sets: [Vec<OrtTensor<f32>>; 2],
    /// Which set holds the current state.
    current: usize,
}

/// A value that a part hands on: the output, its number among all that are, and the input of the other graph.
struct Handed {
    part: usize,
    output: String,
    input: String,
}

impl Step<'_> {
    fn handed(&self) -> Vec<Handed> {
        let read = |name: &String| self.join.inputs.iter().any(|i| i.name == *name);
        (0..self.parts)
            .flat_map(|part| {
                self.part.outputs.iter().map(move |output| Handed {
                    part,
                    input: format!("{part}/{}", output.name),
                    output: output.name.clone(),
                })
            })
            .filter(|handed| read(&handed.input))
            .collect()
    }

    /// Of an output of the parts.
    fn shape(&self, output: &str) -> Result<Vec<usize>, RuntimeError> {
        let known = self.part.outputs.iter().find(|o| o.name == output).and_then(|o| o.shape.as_ref());
        known
            .and_then(|shape| shape.iter().copied().collect())
            .ok_or_else(|| RuntimeError::Run(format!("the shape of `{output}`, handed on by the parts, is not known")))
    }
}

impl StateLoop {
    /// Loads the graphs, with a lane for each of `states`; `reads` are the outputs of the parts that every step gives
    /// back.
    pub fn new(runtime: &Runtime, step: &Step, states: Vec<Vec<State>>, reads: &[&str]) -> Result<Self, RuntimeError> {
        let parts = (0..step.parts)
            .map(|_| runtime.session(step.part, Purpose::Threads(runtime.threads() / step.parts.max(1))))
            .collect::<Result<Vec<_>, _>>()?;
        // Its nodes are small: sharing each among threads takes longer than one thread does.
        let join = runtime.session(step.join, Purpose::Threads(1))?;
        let allocator = allocator(runtime, &join)?;
        let handed = step.handed();
        let mut values = handed
            .iter()
            .map(|h| Ok(OrtTensor::<f32>::new(&allocator, step.shape(&h.output)?)?))
            .collect::<Result<Vec<_>, RuntimeError>>()?;
        let lanes = states
            .into_iter()
            .map(|state| Lane::new(step, &parts, &join, &allocator, state, (&handed, &mut values), reads))
            .collect::<Result<Vec<_>, _>>()?;
        Ok(Self { parts, join, lanes, reads: reads.iter().map(|r| (*r).to_owned()).collect(), _handed: values })
    }

    /// One step of a lane with these inputs besides its state: `each` for the parts, `join` for what follows. Gives back
    /// what was to be read, of each part in that order.
    pub fn step(
        &mut self,
        lane: usize,
        each: Vec<Vec<(&str, Tensor)>>,
        join: Vec<(&str, Tensor)>,
    ) -> Result<Vec<Vec<Tensor>>, RuntimeError> {
        if each.len() != self.parts.len() {
            return Err(RuntimeError::Run(format!("{} parts were given, {} are needed", each.len(), self.parts.len())));
        }
        let lane = &mut self.lanes[lane];
        let (at, reads) = (lane.current, &self.reads);
        let mut runs = self.parts.iter_mut().zip(&mut lane.parts).zip(each).map(|((session, bindings), inputs)| {
            let binding = &mut bindings[at];
            move || run(session, binding, inputs, reads)
        });
        let own = runs.next();
        let read = std::thread::scope(|scope| {
            let others: Vec<_> = runs.map(|run| scope.spawn(run)).collect();
            let mut read = Vec::with_capacity(1 + others.len());
            read.extend(own.map(|run| run()));
            read.extend(others.into_iter().map(|other| {
                other.join().unwrap_or_else(|_| Err(RuntimeError::Run("a part of a step panicked".into())))
            }));
            read.into_iter().collect::<Result<Vec<_>, _>>()
        })?;
        run(&mut self.join, &mut lane.join[at], join, &[])?;
        lane.current = 1 - at;
        Ok(read)
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

impl Lane {
    fn new(
        step: &Step,
        parts: &[Session],
        join: &Session,
        allocator: &Allocator,
        state: Vec<State>,
        (handed, values): (&[Handed], &mut [OrtTensor<f32>]),
        reads: &[&str],
    ) -> Result<Self, RuntimeError> {
        let allocate = || {
            state.iter().map(|s| OrtTensor::<f32>::new(allocator, s.value.shape.clone())).collect::<Result<Vec<_>, _>>()
        };
        let mut sets = [allocate()?, allocate()?];
        let host = MemoryInfo::new(AllocationDevice::CPU, 0, AllocatorType::Device, MemoryType::CPUOutput)?;
        let takes = |model: &Model, name: &str| model.inputs.iter().any(|i| i.name == name);
        let mut bindings = Vec::with_capacity(parts.len());
        for (n, session) in parts.iter().enumerate() {
            let mut both = [session.inner.create_binding()?, session.inner.create_binding()?];
            for (at, binding) in both.iter_mut().enumerate() {
                for (i, s) in state.iter().enumerate().filter(|(_, s)| takes(step.part, &s.input)) {
                    binding.bind_input(s.input.as_str(), &sets[at][i])?;
                }
                for (h, value) in handed.iter().zip(&mut *values).filter(|(h, _)| h.part == n) {
                    binding.bind_output(h.output.as_str(), value)?;
                }
                for name in reads {
                    binding.bind_output_to_device(*name, &host)?;
                }
            }
            bindings.push(both);
        }
        let mut both = [join.inner.create_binding()?, join.inner.create_binding()?];
        for (at, binding) in both.iter_mut().enumerate() {
            for (i, s) in state.iter().enumerate() {
                if takes(step.join, &s.input) {
                    binding.bind_input(s.input.as_str(), &sets[at][i])?;
                }
                binding.bind_output(s.output.as_str(), &mut sets[1 - at][i])?;
            }
            for (h, value) in handed.iter().zip(&*values) {
                binding.bind_input(h.input.as_str(), value)?;
            }
        }
        for (tensor, s) in sets[0].iter_mut().zip(state) {
            let values =
                s.value.as_f32().ok_or_else(|| RuntimeError::Run(format!("state `{}` is not floats", s.input)))?;
            OrtTensor::from_array((s.value.shape.clone(), values.to_vec()))?.copy_into(tensor)?;
        }
        Ok(Self { parts: bindings, join: both, sets, current: 0 })
    }
}

/// Where the device keeps its tensors.
fn allocator(runtime: &Runtime, session: &Session) -> Result<Allocator, RuntimeError> {
    Ok(match runtime.device() {
        Device::Auto | Device::Cpu => Allocator::default(),
        Device::Cuda | Device::TensorRt => Allocator::new(
            &session.inner,
            MemoryInfo::new(AllocationDevice::CUDA, 0, AllocatorType::Device, MemoryType::Default)?,
        )?,
    })
}

/// Runs a graph with what is bound and `inputs`; gives back `reads`.
fn run(
    session: &mut Session,
    binding: &mut IoBinding,
    inputs: Vec<(&str, Tensor)>,
    reads: &[String],
) -> Result<Vec<Tensor>, RuntimeError> {
    for (name, tensor) in inputs {
        binding.bind_input(name, &to_ort(tensor)?)?;
    }
    let outputs = session.inner.run_binding(binding)?;
    reads
        .iter()
        .map(|name| {
            let value = outputs.get(name).ok_or_else(|| RuntimeError::Run(format!("no output `{name}`")))?;
            from_ort(value)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::graph::{Builder, DType};
    use crate::runtime::for_tests;

    #[test]
    fn parts_are_joined_and_state_is_fed_back() {
        // Each part hands on w · x of its own x; w is read by both graphs, which must see the old value.
        let mut g = Builder::new();
        let (w, x) = (g.input("w", DType::F32, &[3]), g.input("x", DType::F32, &[3]));
        let product = g.mul(w, x);
        let sum = g.reduce_sum(product, &[0], true);
        g.output("product", product);
        g.output("sum", sum);
        let part = g.finish().unwrap();
        let mut g = Builder::new();
        let inputs = ["w", "0/product", "1/product", "by"].map(|name| g.input(name, DType::F32, &[3]));
        let sum = inputs[1..].iter().fold(inputs[0], |sum, v| g.add(sum, *v));
        g.output("w_next", sum);
        let join = g.finish().unwrap();

        let from = |v: f32| vec![State { input: "w".into(), output: "w_next".into(), value: Tensor::full([3], v) }];
        let step = Step { part: &part, parts: 2, join: &join };
        let mut steps = StateLoop::new(&for_tests(), &step, vec![from(1.0), from(-7.0)], &["sum"]).unwrap();
        let mut w = 1.0f32;
        for n in 1..=5 {
            let x = |v: f32| vec![("x", Tensor::full([3], v))];
            let n = n as f32;
            let read = steps.step(0, vec![x(n), x(0.5)], vec![("by", Tensor::full([3], -1.0))]).unwrap();
            assert_eq!(read[0][0].as_f32().unwrap(), [3.0 * w * n]);
            assert_eq!(read[1][0].as_f32().unwrap(), [1.5 * w]);
            w += w * n + w * 0.5 - 1.0;
            assert_eq!(steps.state(0).unwrap()[0].as_f32().unwrap(), [w; 3]);
        }
        assert_eq!(steps.state(1).unwrap()[0].as_f32().unwrap(), [-7.0; 3], "the other lane stays as it was");
    }
}
