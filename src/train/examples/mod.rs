//! From labelled frames to the examples of a step.
//!
//! | file | what it is for |
//! | --- | --- |
//! | `training_set` | the labelled frames that take part, training and validation side |
//! | `example`, `batch` | one view of a frame; the frames of a step as inputs of its graph |
//! | `features` | what the frozen part of a base sees in every frame and view: computed once |
//! | `views` | which examples each step of an epoch shows: cached features, or fresh augmented views |

mod batch;
mod example;
pub mod features;
mod training_set;
mod views;

pub use batch::{BATCH, Batch};
pub use example::{Content, Example};
pub use features::Extractor;
pub use training_set::{Load, Sample, TrainingSet};
pub use views::Views;
