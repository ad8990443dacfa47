//! stub of the HTTP door; the owner of `dataset` replaces this
use crate::picture::{Bounds, PictureError};
use crate::store::{Store, StoreError};
#[derive(Clone, Debug, Default, serde::Serialize, serde::Deserialize, utoipa::ToSchema)]
pub struct ImportReport {
    pub frames: u64,
}
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    #[error("{0}")]
    Invalid(String),
    #[error(transparent)]
    Picture(#[from] PictureError),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("{0}")]
    Io(#[from] std::io::Error),
}
pub fn coco_zip(_store: &Store, _zip: std::fs::File, _bounds: Bounds) -> Result<ImportReport, ImportError> {
    todo!()
}
