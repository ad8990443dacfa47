//! ONNX Runtime (stub; its owner replaces this).
/// The loaded library and the device choice; clones share it.
#[derive(Clone)]
pub struct Runtime {}
