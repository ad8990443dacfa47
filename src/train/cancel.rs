//! Whether somebody wants a training to end.

use super::error::TrainError;
use std::sync::atomic::{AtomicBool, Ordering};

/// Fails once the training has been cancelled.
pub fn check(cancel: &AtomicBool) -> Result<(), TrainError> {
    if cancel.load(Ordering::Relaxed) { Err(TrainError::Cancelled) } else { Ok(()) }
}
