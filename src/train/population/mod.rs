//! The experiments that train at the same time, and the graphs that they share.
//!
//! | file | what it is for |
//! | --- | --- |
//! | `setting` | what all experiments of a step have in common |
//! | `graphs` | the graphs of a step: gradients, optimizer update, inference |
//! | `hyperparameter_inputs` | hyperparameters as inputs of those graphs |
//! | `experiments` | the population: one step of all experiments, their weights and state |
//! | `inference` | what experiments see in frames, without training |
//! | `lanes` | how many experiments share a graph, measured on the device |

mod experiments;
pub mod graphs;
mod hyperparameter_inputs;
mod inference;
pub mod lanes;
mod setting;

pub use experiments::{ParameterState, Population};
pub use inference::{Look, Viewer};
pub use lanes::{Lanes, Timings};
pub use setting::{Setting, StepSettings};
