//! One graph, run once at a time.

use super::recording::{self, Held};
use super::value::{from_ort, to_ort};
use super::{Device, Runtime, RuntimeError, Tensor, device};
use ort::session::builder::GraphOptimizationLevel;
use ort::value::DynTensor;

/// What a session is for: it decides its threads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// Few threads that never spin: it shares the machine with everything else.
    Live,
    /// All threads the training may have.
    Train,
    /// So many threads: for one of several sessions that run at the same time.
    Threads(usize),
}

/// How a device is told to compute a graph.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Launch {
    /// Node by node.
    Nodes,
    /// As one: the first run with a `gpu_graph_id` is recorded, the others play it back. CUDA only, where every node has a
    /// kernel for it; what is bound must stay bound.
    Recorded,
}

/// A loaded graph.
#[derive(Debug)]
pub struct Session {
    pub(super) inner: Held<ort::session::Session>,
    device: Device,
}

impl Session {
    pub(super) fn new(runtime: &Runtime, bytes: &[u8], purpose: Purpose, launch: Launch) -> Result<Self, RuntimeError> {
        let threads = match purpose {
            Purpose::Live => runtime.threads().min(2),
            Purpose::Train => runtime.threads(),
            Purpose::Threads(threads) => threads.max(1),
        };
        let builder = ort::session::Session::builder(&runtime.0.environment)?
            .with_optimization_level(GraphOptimizationLevel::All)?
            .with_intra_threads(threads)?
            // Threads that spin while they wait would take the cores from capture and live detection.
            .with_intra_op_spinning(false)?
            // Denormal numbers are a hundred times slower to compute with. This says it to the session's own threads.
            .with_flush_to_zero()?;
        let device = match (runtime.device(), purpose) {
            // TensorRT compiles a graph for minutes: only what looks at frames for days is worth that.
            (Device::TensorRt, Purpose::Train | Purpose::Threads(_)) => Device::Cuda,
            (device, _) => device,
        };
        let _calls = recording::hold_off(device);
        let inner = device::register(builder, device, launch)?.commit_from_memory(bytes)?;
        Ok(Self { inner: Held::new(device, inner), device })
    }

    /// Names of the inputs.
    pub fn inputs(&self) -> Vec<String> {
        self.inner.inputs().iter().map(|i| i.name().to_owned()).collect()
    }

    /// Runs the graph; `outputs` are given back in that order, in the processor's memory.
    pub fn run(&mut self, inputs: &[(&str, &Tensor)], outputs: &[&str]) -> Result<Vec<Tensor>, RuntimeError> {
        let owned = inputs.iter().map(|(name, t)| (*name, (*t).clone())).collect();
        self.run_owned(owned, outputs)
    }

    /// The same, taking the inputs over: large ones are not copied.
    pub fn run_owned(&mut self, inputs: Vec<(&str, Tensor)>, outputs: &[&str]) -> Result<Vec<Tensor>, RuntimeError> {
        let values: Vec<(&str, DynTensor)> =
            inputs.into_iter().map(|(name, t)| Ok((name, to_ort(t)?))).collect::<Result<_, RuntimeError>>()?;
        let _calls = recording::hold_off(self.device);
        let results = self.inner.run(values)?;
        outputs
            .iter()
            .map(|name| {
                let value =
                    results.get(*name).ok_or_else(|| RuntimeError::Run(format!("the graph has no output `{name}`")))?;
                from_ort(value)
            })
            .collect()
    }
}
