//! What goes wrong with ONNX Runtime.

use super::device::Device;
use crate::graph::GraphError;
use ort::LoadDynamicError;
use ort::session::builder::SessionBuilder;
use std::path::PathBuf;

/// What goes wrong with ONNX Runtime.
///
/// A message is whole by itself: it says what the error below it says, which is kept as its source.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RuntimeError {
    /// There is none that can be used: why, and what to do.
    #[error("{0}")]
    Missing(String),
    /// There is no file at the path of the library that was asked for.
    #[error("there is no file {}", .0.display())]
    NoFile(PathBuf),
    /// The library lies in none of these places.
    #[error("no ONNX Runtime found; looked for {}", .0.iter().map(|p| p.display().to_string()).collect::<Vec<_>>().join(", "))]
    NotFound(Vec<PathBuf>),
    /// The file is not a library that can be loaded.
    // The reason of a failed dlopen shows only in the error's debug form.
    #[error("{} can't be used: {source} ({source:?})", .path.display())]
    Library { path: PathBuf, source: LoadDynamicError },
    /// The library was loaded, and does not start.
    #[error("{} can't be used: {source}", .path.display())]
    Environment { path: PathBuf, source: ort::Error },
    /// A process can load one library only.
    #[error("this process has loaded {} already and can't load {}", .loaded.display(), .wanted.display())]
    Loaded { loaded: PathBuf, wanted: PathBuf },
    /// None of the devices that were tried works.
    #[error("no device works: {}", .0.iter().map(|(device, error)| format!("{device}: {error}")).collect::<Vec<_>>().join("; "))]
    NoDevice(Vec<(Device, RuntimeError)>),
    /// A device computes, and gives this for 21 + 21.
    #[error("21 + 21 gave {0:?}")]
    Miscounted(Vec<f32>),
    /// The file of a model can't be read.
    #[error("{} can't be read: {source}", .path.display())]
    File { path: PathBuf, source: std::io::Error },
    /// What ONNX Runtime itself says.
    #[error("ONNX Runtime: {0}")]
    Ort(#[source] ort::Error),
    /// A graph was not called as it must be.
    #[error("ONNX Runtime: {0}")]
    Call(String),
    #[error(transparent)]
    Graph(#[from] GraphError),
}

impl RuntimeError {
    /// Whether the device had no memory left to give: ONNX Runtime says so in words alone.
    pub fn is_memory(&self) -> bool {
        let words = self.to_string().to_ascii_lowercase();
        ["bad_alloc", "failed to allocate memory", "out of memory"].iter().any(|sign| words.contains(sign))
    }
}

impl From<ort::Error> for RuntimeError {
    fn from(error: ort::Error) -> Self {
        Self::Ort(error)
    }
}

impl From<ort::Error<SessionBuilder>> for RuntimeError {
    fn from(error: ort::Error<SessionBuilder>) -> Self {
        Self::Ort(error.into())
    }
}
