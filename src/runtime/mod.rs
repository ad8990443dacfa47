//! ONNX Runtime (stub; its owner replaces this).
/// The loaded library and the device choice; clones share it.
#[derive(Clone)]
pub struct Runtime {}
/// Which ONNX Runtime runs, and on what.
#[derive(Clone, Debug, Default, PartialEq, serde::Serialize, serde::Deserialize, utoipa::ToSchema)]
pub struct RuntimeStatus {
    /// Path of the library.
    pub library: String,
    /// Of the library.
    pub version: String,
    pub device: String,
    /// Why it is not the device that was wanted.
    pub note: Option<String>,
}
impl Runtime {
    pub fn describe(&self) -> RuntimeStatus {
        todo!()
    }
}
