//! ONNX Runtime as `make build` left it, on the device that `FIELDCOACH_TEST_DEVICE` names: `cpu`, if it is not set.

use fieldcoach::runtime::{Device, Runtime, find_library};

pub fn open(threads: usize) -> Runtime {
    let library = find_library(None, &[]).expect("run `make build` first: it fetches ONNX Runtime");
    let wanted = match std::env::var("FIELDCOACH_TEST_DEVICE").as_deref() {
        Ok("cuda") => Device::Cuda,
        Ok("cpu") | Err(_) => Device::Cpu,
        Ok(other) => panic!("FIELDCOACH_TEST_DEVICE is `{other}`; it can be `cpu` or `cuda`"),
    };
    let runtime = Runtime::open(&library, wanted, threads).unwrap();
    assert_eq!(runtime.device(), wanted, "{:?}", runtime.describe().note);
    runtime
}
