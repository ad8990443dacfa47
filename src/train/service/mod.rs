//! The service that takes trainings from both doors and runs them one after the other.
//!
//! | file | what it is for |
//! | --- | --- |
//! | `request`, `prospect` | what is asked for, checked; what would come of it, told before |
//! | `trainer`, `queue`, `auto` | the thread that trains; what waits for it; when it begins by itself |
//! | `means` | what trainings compute with: library and device, process, memory |
//! | `job` | one training from its record to a model that may go live |
//! | `given`, `sound` | what a training began with, kept as it was; which frames can be read |
//! | `recorder`, `board` | keeps store and listeners up with a training; its record as it stands |
//! | `pace`, `heat` | progress and time left; waiting while the machine is too hot |
//! | `verdict`, `words` | whether the winner goes live; the same in words |
//! | `candidate` | the same of a model that another device made |
//! | `room` | the oldest trainings go where all take too much of the disk |
//! | `ends` | why a training is started no more, in words |

mod auto;
mod board;
pub mod candidate;
mod ends;
pub mod given;
mod heat;
mod job;
mod means;
mod pace;
mod prospect;
mod queue;
mod recorder;
mod request;
mod room;
pub mod sound;
mod trainer;
mod verdict;
mod words;

pub use means::Means;
pub use prospect::Asked;
pub use request::{LEAST_FRAMES, TrainRequest};
pub use trainer::Trainer;
