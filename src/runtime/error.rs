//! What goes wrong with ONNX Runtime.

use super::device::Device;
use crate::graph::GraphError;
use ort::LoadDynamicError;
use ort::session::builder::SessionBuilder;
use std::path::PathBuf;

/// What ONNX Runtime and the libraries below it say, in small letters, where memory ran out: C++, the arena (`bfc_arena.cc`) where the
/// machine gives none or its own limit is reached, CUDA, cuBLAS and cuDNN.
const MEMORY_RAN_OUT: [&str; 6] = [
    "bad_alloc",
    "failed to allocate memory",
    "is smaller than requested bytes",
    "out of memory",
    "status_alloc_failed",
    "cudaerrormemoryallocation",
];

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
        MEMORY_RAN_OUT.iter().any(|sign| words.contains(sign))
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_that_ran_out_is_told_from_other_errors() {
        let said = |words: &str| RuntimeError::Call(words.to_owned()).is_memory();
        for words in [
            "Exception during initialization: std::bad_alloc",
            "bfc_arena.cc:376 AllocateRawInternal Failed to allocate memory for requested buffer of size 939524096",
            "bfc_arena.cc:376 AllocateRawInternal Available memory of 0 is smaller than requested bytes of 2048",
            "CUDA failure 2: out of memory ; GPU=0 ; expr=cudaMalloc((void**)&p, size);",
            "CUBLAS failure 3: CUBLAS_STATUS_ALLOC_FAILED ; GPU=0 ; expr=cublasCreate(&cublas_handle_);",
        ] {
            assert!(said(words), "{words}");
        }
        assert!(!said("Non-zero status code returned while running Conv node: invalid shape"));
    }
}
