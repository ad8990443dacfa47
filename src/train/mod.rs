//! Training: from labelled frames to a model. Each room uses only those above it:
//!
//! | room | what it is for |
//! | --- | --- |
//! | [`base`] | the feature extractor: import, taps, forks, what of it can be trained |
//! | [`evaluate`], [`tally`] | average precision and the best threshold; what was found, missed, confused, in counts |
//! | [`network`] | head, loss and decoding as graphs for E experiments at once |
//! | [`examples`] | the training set, its augmented views and features, batches |
//! | [`population`] | the experiments: gradient and optimizer graphs, inference, lanes |
//! | [`run`] | one whole training: hyperparameters, schedule, successive halving, the loop, checkpoints |
//! | [`export`], [`continue_model`] | the winner as one ONNX file; going on from such a file |
//! | [`judge`] | how good a model's file is on labelled frames |
//! | [`work`] | the heavy part of a training: here, or in a process of its own |
//! | [`service`] | the queue behind both doors: requests, records, verdicts |
//! | [`scratch`], [`bench`] | one experiment on made pictures, for `pretrain`; measuring this machine |

pub mod base;
pub mod bench;
mod cancel;
pub mod continue_model;
mod error;
pub mod evaluate;
pub mod examples;
pub mod export;
pub mod judge;
pub mod network;
pub mod population;
pub mod run;
pub mod scratch;
pub mod service;
pub mod tally;
pub mod work;

pub use error::TrainError;
pub use judge::judge;
pub use service::{Asked, LEAST_FRAMES, Means, TrainRequest, Trainer};
pub use work::Workplace;
