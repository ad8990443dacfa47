//! stub of the HTTP door; the owner of `dataset` replaces this
use crate::store::{Store, StoreError};
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    Coco,
    Yolo,
}
#[derive(Clone, Debug, Default)]
pub struct ExportReport {}
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("{0}")]
    Io(#[from] std::io::Error),
}
pub fn zip(
    _store: &Store,
    _format: Format,
    _out: impl std::io::Write + std::io::Seek,
) -> Result<ExportReport, ExportError> {
    todo!()
}
