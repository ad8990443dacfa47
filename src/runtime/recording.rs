//! While one thread records a run, CUDA refuses every other call of the process, and the recording fails with it: live
//! detection waits for those milliseconds, and a recording for the end of what runs.

use super::Device;
use std::sync::{RwLock, RwLockReadGuard, RwLockWriteGuard};

static RECORDING: RwLock<()> = RwLock::new(());

/// For calls to a device: while this is held, nothing is recorded. Never take it twice.
pub fn none(device: Device) -> Option<RwLockReadGuard<'static, ()>> {
    match device {
        Device::Auto | Device::Cpu => None,
        Device::Cuda | Device::TensorRt => Some(RECORDING.read().unwrap_or_else(|e| e.into_inner())),
    }
}

/// For a recording: while this is held, nobody else calls a device.
pub fn alone() -> RwLockWriteGuard<'static, ()> {
    RECORDING.write().unwrap_or_else(|e| e.into_inner())
}
