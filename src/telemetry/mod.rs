//! Logs, metrics, health, history: how the daemon tells how it is and what happened.

mod broker;
pub mod clock;
pub mod disk;
mod glance;
mod health;
pub mod history;
mod logs;
mod metrics;
pub mod parts;
mod status;
mod stored;
mod thinned;

pub use broker::{Agreed, BrokerState, BrokerStatus, Fill};
pub use glance::Glance;
pub use health::Health;
pub use logs::{LogFormat, init};
pub use metrics::Metrics;
pub use status::{Disk, ModelSummary, Status, TrainingSummary, Versions};
pub use stored::Stored;

#[cfg(test)]
pub use status::tests::sample;
