//! How an export went.

use crate::store::StoreError;

/// What went out.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct ExportReport {
    pub frames: u64,
    pub labels: u64,
    pub categories: u64,
    /// What was left out and why, a sentence each.
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
    #[error("the data set can't be written ({0}); look whether there is room and the right to write")]
    Io(#[from] std::io::Error),
}
