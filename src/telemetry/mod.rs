//! Logs, metrics, health: how the daemon tells how it is.

mod health;
mod logs;
mod metrics;
mod status;

pub use health::Health;
pub use logs::{LogFormat, init};
pub use metrics::Metrics;
pub use status::{ModelSummary, Status, TrainingSummary};
