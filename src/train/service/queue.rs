//! What is to be trained, one after the other.

use crate::domain::TrainingId;
use crate::train::error::TrainError;
use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

/// Trainings that wait at most: each is some minutes of the device's, and somebody has to look at what it came to.
pub const MOST_WAITING: usize = 8;

/// What waits, and what runs.
#[derive(Default)]
pub struct Queue {
    pub waiting: VecDeque<TrainingId>,
    pub running: Option<(TrainingId, Arc<AtomicBool>)>,
    /// The one that goes on because memory ran out.
    pub ran_out: Option<TrainingId>,
    pub stopping: bool,
}

impl Queue {
    /// Whether one more may wait.
    pub fn has_room(&self) -> Result<(), TrainError> {
        match self.waiting.len() < MOST_WAITING {
            true => Ok(()),
            false => Err(TrainError::Busy(format!(
                "{MOST_WAITING} trainings wait already: cancel one of them, or wait until one has begun"
            ))),
        }
    }
}
