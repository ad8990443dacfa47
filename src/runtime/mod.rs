//! ONNX Runtime: finding the library, choosing the device, running graphs. Knows only [`crate::graph`].
//!
//! [`Runtime`] is the loaded library with its device; [`Session`] runs a graph once; [`StateLoop`] runs one again and
//! again and feeds its outputs back as inputs, with all state staying on the device.

mod device;
mod feed;
mod library;
mod pack;
mod recording;
mod session;
mod state_loop;
mod value;

pub use crate::graph::{Data, Tensor};
pub use device::Device;
pub use library::find as find_library;
pub use session::{Purpose, Session};
pub use state_loop::{Input, State, StateLoop, Step};

use crate::graph::{Model, Processor};
use ort::environment::Environment;
use serde::{Deserialize, Serialize};
use session::Launch;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Parts of a batch, at most: each has its own gradient, and all are summed.
const MOST_PARTS: usize = 4;

/// What goes wrong with ONNX Runtime.
#[derive(Debug, thiserror::Error)]
pub enum RuntimeError {
    /// The library can't be found or loaded.
    #[error("{0}")]
    Library(String),
    /// The device can't be used.
    #[error("{0}")]
    Device(String),
    #[error("ONNX Runtime: {0}")]
    Run(String),
}

impl<R> From<ort::Error<R>> for RuntimeError {
    fn from(error: ort::Error<R>) -> Self {
        Self::Run(error.message().to_owned())
    }
}

/// The loaded library and the device to compute on; clones share it.
#[derive(Clone, Debug)]
pub struct Runtime(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    environment: Environment,
    status: RuntimeStatus,
    device: Device,
    threads: usize,
}

/// What is running, for people.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct RuntimeStatus {
    /// Path of the library taken.
    #[schema(value_type = String)]
    pub library: PathBuf,
    /// Minor version: 32 is ONNX Runtime 1.32.
    pub version: String,
    /// `cpu`, `cuda` or `tensorrt`.
    pub device: String,
    /// Why it is not the device that was asked for.
    pub note: Option<String>,
}

impl Runtime {
    /// Loads the library (the first call of a process decides which) and settles on a device: `wanted`, or with
    /// [`Device::Auto`] the best that works, by running a small graph on it. `threads`: for training; 0 takes all.
    pub fn open(library: &Path, wanted: Device, threads: usize) -> Result<Self, RuntimeError> {
        let loaded = library::load(library)?;
        let threads = if threads > 0 { threads } else { std::thread::available_parallelism().map_or(1, |n| n.get()) };
        let (device, note) = device::settle(&loaded.environment, wanted)?;
        let status = RuntimeStatus {
            library: loaded.path.clone(),
            version: loaded.version.clone(),
            device: device.to_string(),
            note,
        };
        tracing::info!(library = %status.library.display(), version = status.version, device = status.device, note = status.note, "ONNX Runtime");
        Ok(Self(Arc::new(Inner { environment: loaded.environment.clone(), status, device, threads })))
    }

    pub fn describe(&self) -> &RuntimeStatus {
        &self.0.status
    }

    /// The device settled on.
    pub fn device(&self) -> Device {
        self.0.device
    }

    /// What graphs for it are best made for.
    pub fn processor(&self) -> Processor {
        match self.device() {
            Device::Cuda | Device::TensorRt => Processor::Gpu,
            Device::Auto | Device::Cpu => Processor::Cpu,
        }
    }

    /// Threads a training may use.
    pub fn threads(&self) -> usize {
        self.0.threads
    }

    /// Into how many parts of the same size a batch is best split, each computed by a session of its own
    /// (see [`Purpose::Threads`]): ONNX Runtime's own threads share a node, and many nodes are too small for that. On 2 cores
    /// a step of the default base in two parts took 0.22 s, in one 0.25 s.
    pub fn parts(&self, batch: usize) -> usize {
        match self.device() {
            Device::Cuda | Device::TensorRt => 1,
            Device::Auto | Device::Cpu => {
                // As many as keep the most threads busy.
                let busy = |n: &usize| *n * (self.threads() / *n);
                (1..=self.threads().min(MOST_PARTS)).filter(|n| batch.is_multiple_of(*n)).max_by_key(busy).unwrap_or(1)
            }
        }
    }

    /// Loads a model from a file.
    pub fn load(&self, path: &Path, purpose: Purpose) -> Result<Session, RuntimeError> {
        let bytes =
            std::fs::read(path).map_err(|e| RuntimeError::Run(format!("{} can't be read: {e}", path.display())))?;
        Session::new(self, &bytes, purpose, Launch::Nodes)
    }

    /// Loads a graph.
    pub fn session(&self, model: &Model, purpose: Purpose) -> Result<Session, RuntimeError> {
        Session::new(self, &model.encode(), purpose, Launch::Nodes)
    }
}

/// For tests: ONNX Runtime on the CPU, found as `make build` left it.
#[cfg(test)]
pub(crate) fn for_tests() -> Runtime {
    let library = find_library(Path::new("")).expect("run `make build` first: it fetches ONNX Runtime");
    Runtime::open(&library, Device::Cpu, 2).expect("ONNX Runtime loads")
}
