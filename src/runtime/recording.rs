//! While one thread records a run, CUDA refuses every other call of the process, and the recording fails with it. So
//! they wait until a recording is over (seconds: its first run also times the ways of every convolution), and a
//! recording waits for the end of what runs.

use super::device::Device;
use parking_lot::{RwLock, RwLockReadGuard, RwLockWriteGuard};
use std::ops::{Deref, DerefMut};

static RECORDING: RwLock<()> = RwLock::new(());

/// For calls to a device: nothing is recorded as long as this is held. A thread may hold several, as one that waited for
/// a recorder that waits for its first would wait for ever.
pub fn hold_off(device: Device) -> Option<RwLockReadGuard<'static, ()>> {
    match device {
        Device::Auto | Device::Cpu => None,
        Device::Cuda | Device::TensorRt => Some(RECORDING.read_recursive()),
    }
}

/// For a recording: nobody else calls a device as long as this is held. A thread that holds it may not hold off others.
pub fn exclusive() -> RwLockWriteGuard<'static, ()> {
    RECORDING.write()
}

/// Something that lives on a device: freeing it is a call too.
#[derive(Debug)]
pub struct Held<T> {
    device: Device,
    value: Option<T>,
}

impl<T> Held<T> {
    pub fn new(device: Device, value: T) -> Self {
        Self { device, value: Some(value) }
    }
}

impl<T> Deref for Held<T> {
    type Target = T;

    fn deref(&self) -> &T {
        self.value.as_ref().expect("only drop takes it")
    }
}

impl<T> DerefMut for Held<T> {
    fn deref_mut(&mut self) -> &mut T {
        self.value.as_mut().expect("only drop takes it")
    }
}

impl<T> Drop for Held<T> {
    fn drop(&mut self) {
        let _calls = hold_off(self.device);
        self.value.take();
    }
}
