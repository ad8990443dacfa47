//! One graph, run once at a time.

use super::device::Device;
use super::error::RuntimeError;
use super::handle::Runtime;
use super::provider::{Launch, register};
use super::recording::{self, Held};
use super::value::{from_ort, to_ort};
use crate::graph::{Model, Tensor};
use ort::session::builder::GraphOptimizationLevel;
use ort::value::DynTensor;
use std::path::Path;

/// How a session runs; the default takes all threads of its [`Runtime`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct SessionOptions {
    /// Threads that share a node, at most, of those that the runtime has; `None` takes all.
    pub threads: Option<usize>,
    /// Whether TensorRT, if that is the device, may take minutes to compile the graph. Without, it runs on CUDA.
    pub compiled: bool,
}

impl SessionOptions {
    /// With so many threads, one at least: for one of several sessions that run at the same time.
    pub const fn threads(threads: usize) -> Self {
        Self { threads: Some(threads), compiled: false }
    }

    /// Compiled where the device can: for a graph that runs for days.
    pub const fn compiled(self) -> Self {
        Self { compiled: true, ..self }
    }
}

/// A loaded graph.
#[derive(Debug)]
pub struct Session {
    pub(super) inner: Held<ort::session::Session>,
    device: Device,
}

impl Session {
    pub(super) fn new(
        runtime: &Runtime,
        bytes: &[u8],
        options: SessionOptions,
        launch: Launch,
    ) -> Result<Self, RuntimeError> {
        let threads = options.threads.map_or(runtime.threads(), |most| most.clamp(1, runtime.threads()));
        let builder = ort::session::Session::builder(runtime.environment())?
            .with_optimization_level(GraphOptimizationLevel::All)?
            .with_intra_threads(threads)?
            // Threads that spin while they wait would take the cores from everything else on the machine.
            .with_intra_op_spinning(false)?
            // Denormal numbers are a hundred times slower to compute with. This says it to the session's own threads.
            .with_flush_to_zero()?;
        let device = match runtime.device() {
            Device::TensorRt if !options.compiled => Device::Cuda,
            device => device,
        };
        let _calls = recording::hold_off(device);
        let inner = register(builder, device, launch, runtime.memory())?.commit_from_memory(bytes)?;
        Ok(Self { inner: Held::new(device, inner), device })
    }

    /// Names of the inputs.
    pub fn inputs(&self) -> Vec<String> {
        self.inner.inputs().iter().map(|i| i.name().to_owned()).collect()
    }

    /// What the file says of itself under this key.
    pub fn metadata(&self, key: &str) -> Option<String> {
        self.inner.metadata().ok()?.custom(key)
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
                let value = results
                    .get(*name)
                    .ok_or_else(|| RuntimeError::Call(format!("the graph has no output `{name}`")))?;
                from_ort(value)
            })
            .collect()
    }
}

impl Runtime {
    /// Loads a model from a file.
    pub fn load(&self, path: &Path, options: SessionOptions) -> Result<Session, RuntimeError> {
        let bytes = std::fs::read(path).map_err(|source| RuntimeError::File { path: path.to_owned(), source })?;
        Session::new(self, &bytes, options, Launch::Nodes)
    }

    /// Loads a graph.
    pub fn session(&self, model: &Model, options: SessionOptions) -> Result<Session, RuntimeError> {
        Session::new(self, &model.encode(), options, Launch::Nodes)
    }
}
