//! How the daemon is: its parts, its metrics, since when it runs.

use super::metrics::Metrics;
use crate::supervise::{Part, Supervisor};
use jiff::Timestamp;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// How the parts are, and the metrics they count; clones share it. Its making counts as the start of the daemon.
#[derive(Clone)]
pub struct Health(Arc<Shared>);

struct Shared {
    started: Timestamp,
    clock: Instant,
    supervisor: Supervisor,
    metrics: Metrics,
}

impl Default for Health {
    fn default() -> Self {
        Self::new(Supervisor::default())
    }
}

impl Health {
    /// Of the parts that this supervisor keeps going.
    pub fn new(supervisor: Supervisor) -> Self {
        let (started, clock, metrics) = (Timestamp::now(), Instant::now(), Metrics::default());
        Self(Arc::new(Shared { started, clock, supervisor, metrics }))
    }

    /// Posts how a part is.
    pub fn set(&self, name: &'static str, part: Part) {
        self.0.supervisor.post(name, part);
    }

    /// How the parts are.
    pub fn parts(&self) -> BTreeMap<&'static str, Part> {
        self.0.supervisor.parts(Instant::now())
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::supervise::PartState;

    #[test]
    fn clones_share_what_was_posted() {
        let health = Health::default();
        let part = Part { restarts: 1, ..Part::new(PartState::Running) };
        health.clone().set("camera", part.clone());
        assert_eq!(health.parts(), BTreeMap::from([("camera", part)]));
    }
}
