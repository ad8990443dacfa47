//! The device that computes: asked for, tried, settled on.

use super::device::Device;
use super::error::RuntimeError;
use super::provider::{Launch, register};
use crate::graph::{Builder, DType};
use ort::environment::Environment;
use ort::session::Session;

/// Tries the wanted device; gives what works, and why it is another than was wanted.
pub fn settle(environment: &Environment, wanted: Device) -> Result<(Device, Option<String>), RuntimeError> {
    let order: &[Device] = match wanted {
        Device::Auto | Device::Cuda => &[Device::Cuda, Device::Cpu],
        Device::TensorRt => &[Device::TensorRt, Device::Cuda, Device::Cpu],
        Device::Cpu => &[Device::Cpu],
    };
    let mut refused: Vec<(Device, RuntimeError)> = Vec::new();
    for device in order {
        match try_out(environment, *device) {
            Ok(()) => {
                let reasons: Vec<String> = refused.iter().map(|(device, error)| format!("{device}: {error}")).collect();
                // That a machine without CUDA runs on its processor is what `auto` means: not worth a remark.
                let note = (wanted != Device::Auto && !reasons.is_empty()).then(|| reasons.join("; "));
                return Ok((*device, note));
            }
            Err(error) => refused.push((*device, error)),
        }
    }
    Err(RuntimeError::NoDevice(refused))
}

fn try_out(environment: &Environment, device: Device) -> Result<(), RuntimeError> {
    let mut g = Builder::new();
    let x = g.input("x", DType::F32, &[1]);
    let y = g.add(x, x);
    g.output("y", y);
    let model = g.finish()?;
    let mut session =
        register(Session::builder(environment)?, device, Launch::Nodes, None)?.commit_from_memory(&model.encode())?;
    let x = ort::value::Tensor::from_array(([1usize], vec![21.0f32]))?;
    let y = session.run(ort::inputs!["x" => x])?;
    let (_, y) = y["y"].try_extract_tensor::<f32>()?;
    if y == [42.0] { Ok(()) } else { Err(RuntimeError::Miscounted(y.to_vec())) }
}
