//! The board on which supervised parts post how they are.

use super::Metrics;
use crate::domain::TrainingId;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// One supervised part of the daemon.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Part {
    /// `running`, `restarting`, `off`.
    pub state: String,
    pub restarts: u32,
    /// What went wrong last, in words.
    pub error: Option<String>,
}

/// The board on which supervised parts post how they are, and the metrics they count; clones share it.
/// Its making counts as the start of the daemon.
#[derive(Clone)]
pub struct Health(Arc<Board>);

struct Board {
    started: Timestamp,
    clock: Instant,
    parts: Mutex<BTreeMap<&'static str, Part>>,
    pace: Mutex<Option<Pace>>,
    metrics: Metrics,
}

/// Where a training was when it was first looked at: what its remaining time is reckoned from.
struct Pace {
    training: TrainingId,
    seen: Instant,
    progress: f32,
}

impl Default for Health {
    fn default() -> Self {
        Self(Arc::new(Board {
            started: Timestamp::now(),
            clock: Instant::now(),
            parts: Mutex::default(),
            pace: Mutex::default(),
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

    /// Time left of a training at `progress` (0 to 1), at the pace it went since it was first asked about; `None` until
    /// that can be told. Counts from the first question because a training may have waited, or outlived a restart.
    pub fn time_left(&self, training: TrainingId, progress: f32) -> Option<Duration> {
        let mut pace = lock(&self.0.pace);
        let first = match &*pace {
            Some(first) if first.training == training && first.progress <= progress => first,
            _ => pace.insert(Pace { training, seen: Instant::now(), progress }),
        };
        left(first.seen.elapsed(), progress - first.progress, 1.0 - progress)
    }
}

/// What is to go at the pace of what is done; `None` while less than a hundredth is done.
fn left(elapsed: Duration, done: f32, to_go: f32) -> Option<Duration> {
    if !(done >= 0.01 && to_go >= 0.0) {
        return None;
    }
    Duration::try_from_secs_f32(elapsed.as_secs_f32() * to_go / done).ok()
}

/// A panic while the lock was held can't leave these plain values half written.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clones_share_the_board() {
        let health = Health::default();
        let part = Part { state: "running".into(), restarts: 1, error: None };
        health.clone().set("camera", part.clone());
        assert_eq!(health.parts(), BTreeMap::from([("camera", part)]));
    }

    #[test]
    fn time_left_follows_the_pace() {
        assert_eq!(left(Duration::from_secs(30), 0.25, 0.5), Some(Duration::from_secs(60)));
        assert_eq!(left(Duration::from_secs(30), 0.0, 1.0), None);
        assert_eq!(left(Duration::from_secs(30), f32::NAN, 0.5), None);
    }

    #[test]
    fn another_training_starts_its_own_pace() {
        let health = Health::default();
        let (a, b) = (TrainingId::new(), TrainingId::new());
        assert_eq!(health.time_left(a, 0.5), None);
        assert!(health.time_left(a, 0.75).is_some());
        assert_eq!(health.time_left(b, 0.75), None, "nothing is known of the pace of another training");
    }
}
