//! The board on which supervised parts post how they are.

use super::metrics::Metrics;
use super::part::Part;
use jiff::Timestamp;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// The board on which supervised parts post how they are, and the metrics they count; clones share it.
/// Its making counts as the start of the daemon.
#[derive(Clone)]
pub struct Health(Arc<Board>);

struct Board {
    started: Timestamp,
    clock: Instant,
    parts: Mutex<BTreeMap<&'static str, Part>>,
    metrics: Metrics,
}

impl Default for Health {
    fn default() -> Self {
        Self(Arc::new(Board {
            started: Timestamp::now(),
            clock: Instant::now(),
            parts: Mutex::default(),
            metrics: Metrics::default(),
        }))
    }
}

impl Health {
    pub fn set(&self, part: &'static str, state: Part) {
        lock(&self.0.parts).insert(part, state);
    }

    pub fn parts(&self) -> BTreeMap<&'static str, Part> {
        lock(&self.0.parts).clone()
    }

    pub fn metrics(&self) -> &Metrics {
        &self.0.metrics
    }

    /// When the daemon started.
    pub fn started(&self) -> Timestamp {
        self.0.started
    }

    /// How long the daemon has run, whatever the wall clock did meanwhile.
    pub fn uptime(&self) -> Duration {
        self.0.clock.elapsed()
    }
}

/// A panic while the lock was held can't leave these plain values half written.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::telemetry::PartState;

    #[test]
    fn clones_share_the_board() {
        let health = Health::default();
        let part = Part { restarts: 1, ..Part::new(PartState::Running) };
        health.clone().set("camera", part.clone());
        assert_eq!(health.parts(), BTreeMap::from([("camera", part)]));
    }
}
