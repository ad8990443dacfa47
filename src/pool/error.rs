//! Why the pool can't be used, in words.

use crate::store::StoreError;

/// Why something of the pool was not done.
#[derive(Debug, thiserror::Error)]
pub enum PoolError {
    #[error("there is no pool: set pool.url")]
    Off,
    /// It is not there, refuses, or does not answer; that may pass.
    #[error("{0}")]
    Away(String),
    /// What was asked for can't be done as things are; the text says what to do.
    #[error("{0}")]
    Refused(String),
    /// There is nothing of that name.
    #[error("there is no {what} {id} in the pool")]
    NotFound { what: &'static str, id: String },
    /// The work was told to end; what is done is done.
    #[error("stopped; what was done is kept, and the rest goes on the next time")]
    Stopped,
    #[error(transparent)]
    Store(#[from] StoreError),
}

pub type Result<T> = std::result::Result<T, PoolError>;
