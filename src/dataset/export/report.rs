//! How an export went.

use crate::store::StoreError;

/// What went out.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct ExportReport {
    pub frames: u64,
    pub labels: u64,
    pub categories: u64,
    /// Frames that can't be read, or whose labels can't be, a sentence each: they are left out.
    pub unread: Vec<String>,
    /// What the form has no place for, a sentence each.
    pub skipped: Vec<String>,
}

/// Why a data set could not be written.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    /// It was told to stop.
    #[error("the export was stopped before it was whole; export again")]
    Stopped,
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("the data set can't be written: {0}")]
    Io(#[from] std::io::Error),
}
