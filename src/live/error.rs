//! Why the deployed model has no proposals, and why something can't be watched.

use crate::domain::FrameId;
use crate::picture::PictureError;
use crate::store::StoreError;

/// Why the deployed model has no proposals for a stored frame.
#[derive(Debug, thiserror::Error)]
pub enum ProposeError {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("frame {frame}: {source}")]
    Picture { frame: FrameId, source: PictureError },
    #[error("frame {frame}: the deployed model could not look at it: {source:#}")]
    Model { frame: FrameId, source: anyhow::Error },
}

/// Why what is watched stays as it was.
#[derive(Debug, thiserror::Error)]
pub enum WatchError {
    /// It is nonsense; in words for whoever asked.
    #[error("{0}")]
    Refused(String),
    #[error(transparent)]
    Store(#[from] StoreError),
}
