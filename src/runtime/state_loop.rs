//! A step that is made again and again, its new state becoming its old one.
//!
//! A step is two graphs: one computes from the state and a part of a batch, run for all parts at the same time; the other
//! joins what they hand on, and computes the next state. The state lives in two sets of tensors on the device. Step n
//! reads one set and writes the other; bindings made once swap them, so that nothing is bound anew and nothing copied.
//! One tensor is never bound as input and output both: a node that read it after it was written would see the new value.
//!
//! On CUDA a run is recorded once for each binding and then played back: a step of hundreds of small kernels costs one
//! launch. That asks for addresses that never change, which is what [`Feeder::Copied`] is for; and for one thread, as ONNX
//! Runtime keeps recordings by thread.

use super::device::Device;
use super::error::RuntimeError;
use super::feeder::Input;
use super::feeder::{Feeder, OnDevice};
use super::handle::Runtime;
use super::pack::pack;
use super::provider::Launch;
use super::recording;
use super::session::{Session, SessionOptions};
use super::value::fetch;
use crate::graph::{Model, Tensor};
use ort::memory::{AllocationDevice, Allocator, AllocatorType, MemoryInfo, MemoryType};
use ort::session::{IoBinding, RunOptions};
use ort::value::Tensor as OrtTensor;
use std::thread::ThreadId;

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
    device: Device,
    parts: Vec<Part>,
    join: Graph,
    lanes: Vec<Lane>,
    /// Bound to all lanes, one of which runs at a time.
    _handed: Vec<Handed>,
    /// The thread whose recordings there are.
    recorder: Option<ThreadId>,
}

/// How the graphs of a step are run.
#[derive(Clone, Copy)]
struct Way {
    launch: Launch,
    feeding: Feeding,
}

#[derive(Clone, Copy)]
enum Feeding {
    Bound,
    Copied,
}

/// A loaded graph and how its inputs get there.
struct Graph {
    session: Session,
    feed: Feeder,
}

struct Part {
    graph: Graph,
    /// What every step gives back, by the name of the output.
    reads: Vec<(String, OrtTensor<f32>)>,
}

/// One state of the step.
struct Lane {
    /// For each part; `[i]` reads `sets[i]`.
    parts: Vec<[IoBinding; 2]>,
    join: [IoBinding; 2],
    sets: [Vec<OrtTensor<f32>>; 2],
    /// They tell the recordings apart.
    options: [RunOptions; 2],
    /// Which set holds the current state.
    current: usize,
}

/// A value that a part hands on.
struct Handed {
    part: usize,
    output: String,
    /// The input of the join that reads it.
    input: String,
    value: OrtTensor<f32>,
}

impl Step<'_> {
    /// Whether part `part` fills this input of the join, and from which output.
    fn source<'a>(&self, part: usize, input: &'a str) -> Option<&'a str> {
        let output = input.strip_prefix(&format!("{part}/"))?;
        self.part.outputs.iter().any(|o| o.name == output).then_some(output)
    }

    /// What the parts hand on.
    fn handed(&self, allocator: &Allocator) -> Result<Vec<Handed>, RuntimeError> {
        let inputs = || self.join.inputs.iter().map(|i| i.name.as_str());
        (0..self.parts)
            .flat_map(|part| inputs().filter_map(move |input| Some((part, input, self.source(part, input)?))))
            .map(|(part, input, output)| {
                let value = self.place(allocator, output)?;
                Ok(Handed { part, output: output.into(), input: input.into(), value })
            })
            .collect()
    }

    /// A tensor for an output of the parts.
    fn place(&self, allocator: &Allocator, output: &str) -> Result<OrtTensor<f32>, RuntimeError> {
        let known = self.part.outputs.iter().find(|o| o.name == output).and_then(|o| o.shape.as_ref());
        let shape: Option<Vec<usize>> = known.and_then(|shape| shape.iter().copied().collect());
        let shape =
            shape.ok_or_else(|| RuntimeError::Call(format!("the shape of the output `{output}` is not known")))?;
        Ok(OrtTensor::new(allocator, shape)?)
    }
}

impl StateLoop {
    /// Loads the graphs, with a lane for each of `states`; `reads` are the outputs of the parts (floats) that every step
    /// gives back.
    pub fn new(runtime: &Runtime, step: &Step, states: &[Vec<State>], reads: &[&str]) -> Result<Self, RuntimeError> {
        let way = |launch, feeding| Self::load(runtime, step, states, reads, Way { launch, feeding });
        let steps = match runtime.device() {
            Device::Auto | Device::Cpu => way(Launch::Nodes, Feeding::Bound)?,
            Device::Cuda | Device::TensorRt => {
                let recorded = way(Launch::Recorded, Feeding::Copied);
                match recorded.and_then(Self::record) {
                    Ok(steps) => steps,
                    Err(error) => {
                        // A node that only the processor can compute, mostly.
                        tracing::warn!(%error, "the steps could not be recorded: node by node they are slower");
                        way(Launch::Nodes, Feeding::Copied)?
                    }
                }
            }
        };
        steps.start(states)
    }

    fn load(
        runtime: &Runtime,
        step: &Step,
        states: &[Vec<State>],
        reads: &[&str],
        way: Way,
    ) -> Result<Self, RuntimeError> {
        let fixed = |name: &str| {
            (0..step.parts).any(|part| step.source(part, name).is_some())
                || states.iter().flatten().any(|state| state.input == name)
        };
        let threads = runtime.threads() / step.parts.max(1);
        let load = |model, threads| Graph::load(runtime, model, SessionOptions::threads(threads), way, fixed);
        // The join's nodes are small: sharing each among threads takes longer than one thread does.
        let join = load(step.join, 1)?;
        let allocator = allocator(runtime, &join.session)?;
        let sessions = (0..step.parts).map(|_| load(step.part, threads)).collect::<Result<Vec<_>, _>>()?;
        let _calls = recording::hold_off(runtime.device());
        let read = |name: &&str| Ok((name.to_string(), step.place(&allocator, name)?));
        let mut parts = sessions
            .into_iter()
            .map(|graph| Ok(Part { graph, reads: reads.iter().map(read).collect::<Result<_, RuntimeError>>()? }))
            .collect::<Result<Vec<_>, RuntimeError>>()?;
        let mut handed = step.handed(&allocator)?;
        let lanes = states
            .iter()
            .enumerate()
            .map(|(n, state)| Lane::new(step, n, &mut parts, &join, &allocator, state, &mut handed))
            .collect::<Result<Vec<_>, _>>()?;
        Ok(Self { device: runtime.device(), parts, join, lanes, _handed: handed, recorder: None })
    }

    /// Makes a step there and back in every lane, of which nothing is kept: that records them, and whether it can be done
    /// shows only so.
    fn record(mut self) -> Result<Self, RuntimeError> {
        if self.parts.len() > 1 {
            // Each would run on a thread of its own, which has no recordings.
            return Err(RuntimeError::Call(format!("a step in {} parts can't be recorded", self.parts.len())));
        }
        let alone = recording::exclusive();
        for lane in &mut self.lanes {
            for at in 0..2 {
                for (part, bindings) in self.parts.iter_mut().zip(&mut lane.parts) {
                    part.graph.run(&mut bindings[at], &lane.options[at])?;
                }
                self.join.run(&mut lane.join[at], &lane.options[at])?;
            }
        }
        drop(alone);
        self.recorder = Some(std::thread::current().id());
        Ok(self)
    }

    /// Sets every lane to its state.
    fn start(mut self, states: &[Vec<State>]) -> Result<Self, RuntimeError> {
        let _calls = recording::hold_off(self.device);
        for (lane, state) in self.lanes.iter_mut().zip(states) {
            lane.start(state)?;
        }
        Ok(self)
    }

    /// One step of a lane with these inputs besides its state, all of them: `each` for the parts, `join` for what follows.
    /// Gives back what was to be read, of each part in that order. On an error the lane's state is as it was. On CUDA only
    /// the thread that made the loop may call it.
    ///
    /// # Panics
    /// If there is no such lane.
    pub fn step(
        &mut self,
        lane: usize,
        each: Vec<Vec<Input>>,
        join: Vec<Input>,
    ) -> Result<Vec<Vec<Tensor>>, RuntimeError> {
        if each.len() != self.parts.len() {
            return Err(RuntimeError::Call(format!(
                "{} parts were given, {} are needed",
                each.len(),
                self.parts.len()
            )));
        }
        if self.recorder.is_some_and(|recorder| recorder != std::thread::current().id()) {
            return Err(RuntimeError::Call(
                "a recorded step was called by another thread than the one that made it".into(),
            ));
        }
        let _calls = recording::hold_off(self.device);
        let lane = &mut self.lanes[lane];
        let (at, options) = (lane.current, &lane.options[lane.current]);
        let mut runs = self.parts.iter_mut().zip(&mut lane.parts).zip(each).map(|((part, bindings), inputs)| {
            let binding = &mut bindings[at];
            move || {
                part.graph.feed.give(binding, inputs)?;
                part.graph.run(binding, options)?;
                part.reads.iter().map(|(_, value)| fetch(value)).collect::<Result<Vec<_>, _>>()
            }
        });
        let own = runs.next();
        let read = std::thread::scope(|scope| {
            let others: Vec<_> = runs.map(|run| scope.spawn(run)).collect();
            let mut read = Vec::with_capacity(1 + others.len());
            read.extend(own.map(|run| run()));
            read.extend(others.into_iter().map(|other| {
                other.join().unwrap_or_else(|_| Err(RuntimeError::Call("a part of a step panicked".into())))
            }));
            read.into_iter().collect::<Result<Vec<_>, _>>()
        })?;
        self.join.feed.give(&mut lane.join[at], join)?;
        self.join.run(&mut lane.join[at], options)?;
        lane.current = 1 - at;
        Ok(read)
    }

    /// A lane's current state, in the processor's memory, in the order it was given.
    pub fn state(&self, lane: usize) -> Result<Vec<Tensor>, RuntimeError> {
        let _calls = recording::hold_off(self.device);
        let lane = &self.lanes[lane];
        lane.sets[lane.current].iter().map(fetch).collect()
    }
}

impl Graph {
    /// `fixed` are the inputs that others fill.
    fn load(
        runtime: &Runtime,
        model: &Model,
        options: SessionOptions,
        way: Way,
        fixed: impl Fn(&str) -> bool,
    ) -> Result<Self, RuntimeError> {
        let load = |model: &Model| Session::new(runtime, &model.encode(), options, way.launch);
        match way.feeding {
            Feeding::Bound => Ok(Self { session: load(model)?, feed: Feeder::Bound }),
            Feeding::Copied => {
                let packed = pack(model, |name| !fixed(name));
                let session = load(&packed.model)?;
                let _calls = recording::hold_off(runtime.device());
                let allocator = allocator(runtime, &session)?;
                let copied = OnDevice::new(&session.inner, &allocator, packed, fixed)?;
                Ok(Self { session, feed: Feeder::Copied(copied) })
            }
        }
    }

    /// Runs with what is bound.
    fn run(&mut self, binding: &mut IoBinding, options: &RunOptions) -> Result<(), RuntimeError> {
        self.session.inner.run_binding_with_options(binding, options)?;
        Ok(())
    }
}

impl Lane {
    /// Binds everything; the state holds nothing yet.
    fn new(
        step: &Step,
        number: usize,
        parts: &mut [Part],
        join: &Graph,
        allocator: &Allocator,
        state: &[State],
        handed: &mut [Handed],
    ) -> Result<Self, RuntimeError> {
        let allocate = || {
            state.iter().map(|s| OrtTensor::<f32>::new(allocator, s.value.shape.clone())).collect::<Result<Vec<_>, _>>()
        };
        let mut sets = [allocate()?, allocate()?];
        let takes = |model: &Model, name: &str| model.inputs.iter().any(|i| i.name == name);
        let mut bindings = Vec::with_capacity(parts.len());
        for (n, part) in parts.iter_mut().enumerate() {
            let mut both = [part.graph.session.inner.create_binding()?, part.graph.session.inner.create_binding()?];
            for (at, binding) in both.iter_mut().enumerate() {
                for (i, s) in state.iter().enumerate().filter(|(_, s)| takes(step.part, &s.input)) {
                    binding.bind_input(s.input.as_str(), &sets[at][i])?;
                }
                for h in handed.iter_mut().filter(|h| h.part == n) {
                    binding.bind_output(h.output.as_str(), &mut h.value)?;
                }
                for (name, value) in &mut part.reads {
                    binding.bind_output(name.as_str(), value)?;
                }
                part.graph.feed.bind(binding)?;
            }
            bindings.push(both);
        }
        let mut both = [join.session.inner.create_binding()?, join.session.inner.create_binding()?];
        for (at, binding) in both.iter_mut().enumerate() {
            for (i, s) in state.iter().enumerate() {
                if takes(step.join, &s.input) {
                    binding.bind_input(s.input.as_str(), &sets[at][i])?;
                }
                binding.bind_output(s.output.as_str(), &mut sets[1 - at][i])?;
            }
            for h in &*handed {
                binding.bind_input(h.input.as_str(), &h.value)?;
            }
            join.feed.bind(binding)?;
        }
        // Numbers from 1 on: 0 is the one for all that have none.
        let option = |at: usize| -> Result<RunOptions, RuntimeError> {
            let mut options = RunOptions::new()?;
            options.set("gpu_graph_id", (2 * number + at + 1).to_string())?;
            Ok(options)
        };
        Ok(Self { parts: bindings, join: both, sets, options: [option(0)?, option(1)?], current: 0 })
    }

    fn start(&mut self, state: &[State]) -> Result<(), RuntimeError> {
        for (tensor, s) in self.sets[0].iter_mut().zip(state) {
            let values =
                s.value.as_f32().ok_or_else(|| RuntimeError::Call(format!("state `{}` is not floats", s.input)))?;
            OrtTensor::from_array((s.value.shape.clone(), values.to_vec()))?.copy_into(tensor)?;
        }
        self.current = 0;
        Ok(())
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::graph::{Builder, DType};
    use crate::runtime::handle::for_tests;
    use std::borrow::Cow;

    /// A step of two parts: each hands on w · x of its own x, and w becomes the sum of itself, both, and `by`.
    fn graphs() -> [Model; 2] {
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
        [part, g.finish().unwrap()]
    }

    fn steps(feeding: Feeding) -> StateLoop {
        let [part, join] = graphs();
        let from = |v: f32| vec![State { input: "w".into(), output: "w_next".into(), value: Tensor::full([3], v) }];
        let (step, states) = (Step { part: &part, parts: 2, join: &join }, [from(1.0), from(-7.0)]);
        let way = Way { launch: Launch::Nodes, feeding };
        StateLoop::load(&for_tests(), &step, &states, &["sum"], way).unwrap().start(&states).unwrap()
    }

    fn x(values: &[f32]) -> Vec<Input<'static>> {
        vec![("x", Cow::Owned(Tensor::f32([values.len()], values.to_vec())))]
    }

    #[test]
    fn parts_are_joined_and_state_is_fed_back() {
        for feeding in [Feeding::Bound, Feeding::Copied] {
            let mut steps = steps(feeding);
            let mut w = 1.0f32;
            for n in 1..=5 {
                let n = n as f32;
                let by = vec![("by", Cow::Owned(Tensor::full([3], -1.0)))];
                let read = steps.step(0, vec![x(&[n; 3]), x(&[0.5; 3])], by).unwrap();
                // Both graphs must see the old value.
                assert_eq!(read[0][0].as_f32().unwrap(), [3.0 * w * n]);
                assert_eq!(read[1][0].as_f32().unwrap(), [1.5 * w]);
                w += w * n + w * 0.5 - 1.0;
                assert_eq!(steps.state(0).unwrap()[0].as_f32().unwrap(), [w; 3]);
            }
            assert_eq!(steps.state(1).unwrap()[0].as_f32().unwrap(), [-7.0; 3], "the other lane stays as it was");
        }
    }

    #[test]
    fn a_step_without_all_its_inputs_fails_and_changes_nothing() {
        for feeding in [Feeding::Bound, Feeding::Copied] {
            let mut steps = steps(feeding);
            let by = || vec![("by", Cow::Owned(Tensor::full([3], -1.0)))];
            assert!(steps.step(0, vec![x(&[1.0; 3]), vec![]], by()).is_err(), "x is missing");
            assert!(steps.step(0, vec![x(&[1.0; 3]), x(&[1.0; 2])], by()).is_err(), "x is too short");
            assert!(steps.step(0, vec![x(&[1.0; 3]), x(&[1.0; 3])], vec![]).is_err(), "by is missing");
            assert_eq!(steps.state(0).unwrap()[0].as_f32().unwrap(), [1.0; 3]);
            steps.step(0, vec![x(&[1.0; 3]), x(&[1.0; 3])], by()).unwrap();
            assert_eq!(steps.state(0).unwrap()[0].as_f32().unwrap(), [2.0; 3]);
        }
    }
}
