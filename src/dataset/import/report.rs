//! How an import went.

use crate::picture::PictureError;
use crate::store::StoreError;

/// What came in. Frames and labels count what was written: 0 where all of it was there already.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize, utoipa::ToSchema)]
pub struct ImportReport {
    pub frames: u64,
    pub labels: u64,
    /// Categories that were new.
    pub categories: u64,
    /// What was left out and why, a sentence each.
    pub skipped: Vec<String>,
}

/// Why nothing came in.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// The data set is wrong: which file and entry, what is wrong, and what to do.
    #[error("{0}")]
    Invalid(String),
    #[error(transparent)]
    Picture(#[from] PictureError),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("{0}")]
    Io(#[from] std::io::Error),
}
