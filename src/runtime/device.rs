//! The device that computes: asked for, tried, settled on.

use super::RuntimeError;
use super::session::Launch;
use crate::graph::{Builder, DType};
use ort::environment::Environment;
use ort::ep;
use ort::ep::cuda::ConvAlgorithmSearch;
use ort::session::Session;
use ort::session::builder::SessionBuilder;
use std::fmt;

/// Where graphs run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Device {
    /// CUDA if it works, else the CPU.
    Auto,
    Cpu,
    Cuda,
    TensorRt,
}

impl fmt::Display for Device {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Auto => "auto",
            Self::Cpu => "cpu",
            Self::Cuda => "cuda",
            Self::TensorRt => "tensorrt",
        })
    }
}

/// Tries the wanted device; gives what works, and why it is another than was wanted.
pub fn settle(environment: &Environment, wanted: Device) -> Result<(Device, Option<String>), RuntimeError> {
    let order: &[Device] = match wanted {
        Device::Auto | Device::Cuda => &[Device::Cuda, Device::Cpu],
        Device::TensorRt => &[Device::TensorRt, Device::Cuda, Device::Cpu],
        Device::Cpu => &[Device::Cpu],
    };
    let mut reasons = Vec::new();
    for device in order {
        match try_out(environment, *device) {
            Ok(()) => {
                // That a machine without CUDA runs on its processor is what `auto` means: not worth a remark.
                let note = (wanted != Device::Auto && !reasons.is_empty()).then(|| reasons.join("; "));
                return Ok((*device, note));
            }
            Err(error) => reasons.push(format!("{device}: {error}")),
        }
    }
    Err(RuntimeError::Device(format!("no device works: {}", reasons.join("; "))))
}

/// Adds the device's execution provider, as an error if it can't be had.
pub fn register(builder: SessionBuilder, device: Device, launch: Launch) -> Result<SessionBuilder, RuntimeError> {
    let providers = match device {
        Device::Auto | Device::Cpu => return Ok(builder),
        Device::Cuda => vec![cuda(launch)],
        Device::TensorRt => vec![ep::TensorRT::default().build().error_on_failure(), cuda(launch)],
    };
    Ok(builder.with_execution_providers(providers)?)
}

fn cuda(launch: Launch) -> ep::ExecutionProviderDispatch {
    let recorded = launch == Launch::Recorded;
    // To time all ways of a convolution takes seconds, which only a session that runs thousands of times gives back.
    let search = if recorded { ConvAlgorithmSearch::Exhaustive } else { ConvAlgorithmSearch::Heuristic };
    let provider = ep::CUDA::default().with_tf32(false).with_cuda_graph(recorded).with_conv_algorithm_search(search);
    provider.build().error_on_failure()
}

fn try_out(environment: &Environment, device: Device) -> Result<(), RuntimeError> {
    let mut g = Builder::new();
    let x = g.input("x", DType::F32, &[1]);
    let y = g.add(x, x);
    g.output("y", y);
    let model = g.finish().map_err(|e| RuntimeError::Run(e.to_string()))?;
    let mut session =
        register(Session::builder(environment)?, device, Launch::Nodes)?.commit_from_memory(&model.encode())?;
    let x = ort::value::Tensor::from_array(([1usize], vec![21.0f32]))?;
    let y = session.run(ort::inputs!["x" => x])?;
    let (_, y) = y["y"].try_extract_tensor::<f32>()?;
    if y == [42.0] { Ok(()) } else { Err(RuntimeError::Device(format!("21 + 21 gave {y:?}"))) }
}
