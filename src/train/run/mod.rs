//! One training, from labelled frames to the winner. Knows nothing of stores or doors.
//!
//! | file | what it is for |
//! | --- | --- |
//! | `plan`, `observer` | what a training is given and gives; what it tells on the way |
//! | `hyperparameters`, `learning_rate` | what experiments are drawn over; how their rate changes on the way |
//! | `schedule`, `successive_halving` | epochs, rungs and forks; which experiments go on |
//! | `memory` | what of it fits into the memory that it may take, and whether it does |
//! | `prepare` | what is computed before the first step |
//! | `training_loop` | the loop: steps, a look after every epoch, rungs, the winner |
//! | `results` | what an experiment saw, beside the truth |
//! | `checkpoint` | everything that the next epoch starts from |

mod checkpoint;
pub mod hyperparameters;
pub mod learning_rate;
pub mod memory;
mod observer;
mod plan;
pub mod prepare;
mod results;
pub mod schedule;
mod successive_halving;
mod training_loop;

pub use checkpoint::Reached;
pub use observer::{EpochReport, ExperimentLook, Observer, Seen};
#[cfg(test)]
pub use plan::empty as empty_plan;
pub use plan::{CARRIED, Plan, StartingModel, TrainingFrame, Winner};
pub use schedule::Strategy;
pub use training_loop::run;
