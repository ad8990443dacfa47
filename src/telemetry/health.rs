//! How the daemon is: its parts, its metrics, since when it runs.

use super::broker::{Agreed, BrokerState, BrokerStatus, Fill, Watched};
use super::metrics::Metrics;
use super::parts;
use crate::moment::Moment;
use crate::store::DiskPart;
use crate::supervise::{Part, PartName, Restart, Supervisor};
use jiff::Timestamp;
use parking_lot::Mutex;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// The part that is connected to a broker.
const MQTT: &str = "mqtt";
/// Thousands of files take some ten milliseconds, and change slowly.
const LOOK_AGAIN: Duration = Duration::from_secs(10);

/// How the parts are, and the metrics they count; clones share it. Its making counts as the start of the daemon.
#[derive(Clone)]
pub struct Health(Arc<Shared>);

struct Shared {
    started: Moment,
    supervisor: Supervisor,
    metrics: Metrics,
    broker: Mutex<Watched>,
    /// What filled the disk when that was last looked at.
    disk: Mutex<Option<(Instant, Vec<DiskPart>)>>,
}

impl Default for Health {
    fn default() -> Self {
        Self::new(Supervisor::default())
    }
}

impl Health {
    /// Of the parts that this supervisor keeps going.
    pub fn new(supervisor: Supervisor) -> Self {
        let (started, metrics) = (Moment::now(), Metrics::default());
        let (broker, disk) = (Mutex::new(Watched::new()), Mutex::default());
        Self(Arc::new(Shared { started, supervisor, metrics, broker, disk }))
    }

    /// Posts how a part is.
    pub fn set(&self, name: &'static str, part: Part) {
        if name == MQTT {
            self.0.broker.lock().is(part.state.into());
        }
        self.0.supervisor.post(name, part);
    }

    /// By which the end of the process is asked for.
    pub fn restart(&self) -> &Restart {
        self.0.supervisor.restart()
    }

    /// Posts how full the outbox of the MQTT door is.
    pub fn set_outbox(&self, fill: Fill) {
        self.0.broker.lock().fill = fill;
    }

    /// Posts what is known of the broker.
    pub fn set_agreed(&self, agreed: Agreed) {
        self.0.broker.lock().agrees(agreed);
    }

    /// How the connection to this broker is.
    pub fn broker(&self, broker: String) -> BrokerStatus {
        let state = self.parts().get(MQTT).map_or(BrokerState::Off, |part| part.state.into());
        self.0.broker.lock().status(broker, state)
    }

    /// What fills the disk, as `look` tells; every few seconds only, as it looks at every file.
    pub fn disk<E>(&self, look: impl FnOnce() -> Result<Vec<DiskPart>, E>) -> Result<Vec<DiskPart>, E> {
        let mut last = self.0.disk.lock();
        if let Some((at, parts)) = &*last
            && at.elapsed() < LOOK_AGAIN
        {
            return Ok(parts.clone());
        }
        let parts = look()?;
        *last = Some((Instant::now(), parts.clone()));
        Ok(parts)
    }

    /// How the parts are.
    pub fn parts(&self) -> BTreeMap<PartName, Part> {
        self.0.supervisor.parts(Instant::now())
    }

    /// Parts that do not work now and what is wrong with them, in words.
    pub fn at_fault(&self) -> Vec<String> {
        parts::at_fault(&self.0.supervisor.troubles(Instant::now()))
    }

    pub fn metrics(&self) -> &Metrics {
        &self.0.metrics
    }

    /// When the daemon started, by the wall clock of now.
    pub fn started(&self) -> Timestamp {
        self.0.started.told()
    }

    /// How long the daemon has run, whatever the wall clock did meanwhile.
    pub fn uptime(&self) -> Duration {
        self.0.started.elapsed()
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
        assert_eq!(health.parts(), BTreeMap::from([("camera".into(), part)]));
    }
}
