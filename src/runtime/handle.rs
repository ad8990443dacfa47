//! The loaded library and the device to compute on.

use super::device::Device;
use super::error::RuntimeError;
use super::library::load;
use super::probe::settle;
use crate::graph::Processor;
use ort::environment::Environment;
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Parts of a batch, at most: each has its own gradient, and all are summed.
const MOST_PARTS: usize = 4;

/// The loaded library and the device to compute on; clones share it.
#[derive(Clone, Debug)]
pub struct Runtime(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    environment: Environment,
    status: RuntimeStatus,
    device: Device,
    threads: usize,
    memory: Option<usize>,
}

/// What is running, for people.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct RuntimeStatus {
    /// Path of the library taken; empty where there is none that can be used.
    #[schema(value_type = String)]
    pub library: PathBuf,
    /// 1.32, say.
    pub version: String,
    /// `cpu`, `cuda` or `tensorrt`; empty without a library.
    pub device: String,
    /// Why it is not the device that was asked for, or why there is none.
    pub note: Option<String>,
}

impl Runtime {
    /// Loads the library (the first call of a process decides which) and settles on a device: `wanted`, or with
    /// [`Device::Auto`] the best that works, by running a small graph on it. `threads`: for its sessions, each; 0 takes all.
    pub fn open(library: &Path, wanted: Device, threads: usize) -> Result<Self, RuntimeError> {
        let loaded = load(library)?;
        let threads = if threads > 0 { threads } else { std::thread::available_parallelism().map_or(1, |n| n.get()) };
        let (device, note) = settle(&loaded.environment, wanted)?;
        let status = RuntimeStatus {
            library: loaded.path.clone(),
            version: loaded.version.clone(),
            device: device.to_string(),
            note,
        };
        tracing::info!(library = %status.library.display(), version = status.version, device = status.device, note = status.note, "ONNX Runtime");
        Ok(Self(Arc::new(Inner { environment: loaded.environment.clone(), status, device, threads, memory: None })))
    }

    /// The same, of whose sessions each takes at most so many bytes of a GPU. It is no bound of all together, which ONNX Runtime has
    /// not.
    pub fn within(&self, memory: usize) -> Self {
        let Inner { environment, status, device, threads, .. } = &*self.0;
        Self(Arc::new(Inner {
            environment: environment.clone(),
            status: status.clone(),
            device: *device,
            threads: *threads,
            memory: Some(memory),
        }))
    }

    /// Bytes of a GPU that one of its sessions may take, if that is bounded.
    pub(super) fn memory(&self) -> Option<usize> {
        self.0.memory
    }

    /// What is running.
    pub fn describe(&self) -> &RuntimeStatus {
        &self.0.status
    }

    pub(super) fn environment(&self) -> &Environment {
        &self.0.environment
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

    /// Threads that a session of it may use, or several at the same time together.
    pub fn threads(&self) -> usize {
        self.0.threads
    }

    /// Into how many parts of the same size a batch is best split, each computed by a session of its own
    /// (see `SessionOptions::threads`): ONNX Runtime's own threads share a node, and many nodes are too small for that. On 2 cores
    /// a training step of a small convolutional network in two parts took 0.22 s, in one 0.25 s.
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
}

/// For tests: ONNX Runtime on the CPU.
#[cfg(test)]
pub(crate) fn for_tests() -> Runtime {
    let library = super::library::find(None, &[]).expect("ORT_DYLIB_PATH names ONNX Runtime's library");
    Runtime::open(&library, Device::Cpu, 2).expect("ONNX Runtime loads")
}
