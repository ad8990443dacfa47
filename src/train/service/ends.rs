//! Why a training is started no more, in words.

use crate::domain::Training;
use crate::train::error::TrainError;

/// Why a training is not started once more.
pub fn given_up(training: &Training) -> TrainError {
    TrainError::Failed(format!(
        "it was started {} times, and each time the device stopped before it had finished {}: most likely memory ran out. \
         Train with fewer experiments, or free some memory",
        training.starts,
        next_epoch(training)
    ))
}

/// The same where the machine stopped with it.
pub fn switched_off(training: &Training) -> TrainError {
    TrainError::Failed(format!(
        "it was started {} times, and each time the machine was switched off or restarted before it had finished {}: see to \
         its power, which may be too weak for a training, and train again",
        training.starts,
        next_epoch(training)
    ))
}

/// The same where only the process that trained was ended.
pub fn ran_out(training: &Training, how: &str) -> TrainError {
    TrainError::Failed(format!(
        "memory ran out {} times before it had finished {} ({how}), the last time although it planned with half of what it \
         may take. Train with fewer experiments, lower limits.memory, or end what else takes memory on the device",
        training.starts,
        next_epoch(training)
    ))
}

/// The same where the process that trains hung.
pub fn hung(training: &Training, how: &str) -> TrainError {
    TrainError::Failed(format!(
        "it was started {} times, and each time its process hung before it had finished {} ({how}). Train again; if it \
         hangs again, restart the device",
        training.starts,
        next_epoch(training)
    ))
}

fn next_epoch(training: &Training) -> String {
    match training.epoch {
        0 => "its first epoch".to_owned(),
        epoch => format!("epoch {}", epoch + 1),
    }
}
