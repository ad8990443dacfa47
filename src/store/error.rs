//! Why a call failed, and how an I/O error becomes one that says what was being done.

use crate::domain::FrameLabels;
use std::fmt::Display;
use std::io;
use std::path::PathBuf;

/// Why a call failed, in words for the person who made it.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    #[error("there is no {what} {id}")]
    NotFound { what: &'static str, id: String },
    /// The caller's data is wrong; the text says what, where and what to do.
    #[error("{0}")]
    Invalid(String),
    /// A stale revision: here is the current state.
    #[error("the labels of frame {} are at revision {} by now; load them again", .0.frame, .0.revision)]
    Stale(Box<FrameLabels>),
    /// Clashes with what is there (category exists, category in use, …).
    #[error("{0}")]
    Conflict(String),
    /// No room for frames, pages or models; labels still go through. The text says what to do.
    #[error("{0}")]
    Full(String),
    #[error("another fieldcoach (process {pid}) uses {dir}")]
    InUse { dir: PathBuf, pid: String },
    /// Written by another version that this one cannot read.
    #[error("{0}")]
    Schema(String),
    /// What is on disk is not what was written.
    #[error("{0}")]
    Damaged(String),
    /// The system mounted the disk so, or made it so after errors of the disk.
    #[error("{0}: the disk can only be read; nothing can be kept before it is mounted to be written: check the disk")]
    ReadOnly(String),
    /// Where the store lay there is nothing, or something else.
    #[error(
        "{} is not there any more: it was removed, or another disk lies over it. Nothing can be kept before it is back; \
         then restart fieldcoach", .0.display()
    )]
    Gone(PathBuf),
    /// It failed at a write, and was not seen to take one there since; or can't be kept up for another reason.
    #[error("{0}")]
    Refused(String),
    /// A call to the disk does not come back. The text says which.
    #[error(
        "the disk does not answer: it was asked {0} a while ago. Nothing can be kept before it goes on, and what waits for it goes \
         on by itself then; where that lasts, look after the disk"
    )]
    Hangs(String),
    /// It is read again from what is on disk, for some seconds.
    #[error("the index failed and is built anew, which takes some seconds: try again")]
    Rebuilding,
    #[error("{what}: {source}")]
    Io { what: String, source: std::io::Error },
}
impl StoreError {
    /// Whether a file may not be read or written by this process.
    pub fn is_denied(&self) -> bool {
        matches!(self, Self::Io { source, .. } if source.kind() == io::ErrorKind::PermissionDenied)
    }

    /// Whether the disk does not take what is written to it, for another reason than that it is full or that what is asked
    /// does not fit what is there.
    pub fn is_refusal(&self) -> bool {
        use io::ErrorKind::{
            AlreadyExists, CrossesDevices, DirectoryNotEmpty, InvalidData, InvalidInput, IsADirectory, NotADirectory,
            NotFound, QuotaExceeded, StorageFull, UnexpectedEof,
        };
        match self {
            Self::ReadOnly(_) => true,
            Self::Io { source, .. } => !matches!(
                source.kind(),
                AlreadyExists
                    | CrossesDevices
                    | DirectoryNotEmpty
                    | InvalidData
                    | InvalidInput
                    | IsADirectory
                    | NotADirectory
                    | NotFound
                    | QuotaExceeded
                    | StorageFull
                    | UnexpectedEof
            ),
            _ => false,
        }
    }

    /// Why a record could not be read: it is damaged, or the disk did not give it.
    pub fn of_record(error: io::Error, what: impl Display) -> Self {
        match error.kind() {
            io::ErrorKind::InvalidData | io::ErrorKind::UnexpectedEof => Self::Damaged(format!("{what}: {error}")),
            _ => Self::of(error, what.to_string()),
        }
    }

    /// An I/O error, and what was being done.
    pub fn of(source: io::Error, what: String) -> Self {
        match source.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
                // What the disk has no room for may be told already.
                let full =
                    source.get_ref().map_or("the disk is full; free some space on it".into(), ToString::to_string);
                Self::Full(format!("{what}: {full}"))
            }
            io::ErrorKind::ReadOnlyFilesystem => Self::ReadOnly(what),
            _ => Self::Io { what, source },
        }
    }
}

/// The store's results.
pub type Result<T> = std::result::Result<T, StoreError>;

/// Turns an I/O error into the store's, saying what was being done.
pub trait What<T> {
    fn what(self, what: impl FnOnce() -> String) -> Result<T>;
}

impl<T> What<T> for io::Result<T> {
    fn what(self, what: impl FnOnce() -> String) -> Result<T> {
        self.map_err(|source| StoreError::of(source, what()))
    }
}
