//! Why the deployed model has no proposals, why something can't be watched, and why a look can't be kept.

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

/// Why a look at the camera is not kept.
#[derive(Debug, thiserror::Error)]
pub enum KeepError {
    #[error("what the camera showed then is not remembered any more: only the last looks are, for a minute at most")]
    Forgotten,
    /// What was said makes no sense; in words for whoever said it.
    #[error("{0}")]
    Refused(String),
    #[error("somebody has labelled frame {0} meanwhile: change its labels instead")]
    Labelled(FrameId),
    #[error(transparent)]
    Store(#[from] StoreError),
}
