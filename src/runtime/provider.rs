//! How a device is told to compute: ONNX Runtime's execution providers.

use super::device::Device;
use super::error::RuntimeError;
use ort::ep;
use ort::ep::cuda::ConvAlgorithmSearch;
use ort::session::builder::SessionBuilder;

/// How a device is told to compute a graph.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Launch {
    /// Node by node.
    Nodes,
    /// As one: the first run with a `gpu_graph_id` is recorded, the others play it back. CUDA only, where every node has a
    /// kernel for it; what is bound must stay bound.
    Recorded,
}

/// Adds the device's execution provider, as an error if it can't be had. `memory`: bytes that the session may take on a GPU, at
/// most; what goes beyond is an error for which [`RuntimeError::is_memory`] holds.
pub fn register(
    builder: SessionBuilder,
    device: Device,
    launch: Launch,
    memory: Option<usize>,
) -> Result<SessionBuilder, RuntimeError> {
    let providers = match device {
        Device::Auto | Device::Cpu => return Ok(builder),
        Device::Cuda => vec![cuda(launch, memory)],
        Device::TensorRt => vec![ep::TensorRT::default().build().error_on_failure(), cuda(launch, memory)],
    };
    Ok(builder.with_execution_providers(providers)?)
}

fn cuda(launch: Launch, memory: Option<usize>) -> ep::ExecutionProviderDispatch {
    let recorded = launch == Launch::Recorded;
    // To time all ways of a convolution takes seconds, which only a session that runs thousands of times gives back.
    let search = if recorded { ConvAlgorithmSearch::Exhaustive } else { ConvAlgorithmSearch::Heuristic };
    let provider = ep::CUDA::default().with_tf32(false).with_cuda_graph(recorded).with_conv_algorithm_search(search);
    // A GPU that shares the machine's memory takes it past the limits that the kernel knows of.
    match memory {
        Some(most) => provider.with_memory_limit(most),
        None => provider,
    }
    .build()
    .error_on_failure()
}
