//! Trains again by itself once enough frames were labelled since the last training, and nobody labels any more.

use super::request::LEAST_FRAMES;
use std::time::{Duration, Instant};

/// How often it is looked whether a training is due.
pub const LOOK_EVERY: Duration = Duration::from_secs(60);
/// How long nobody has labelled a frame before the device counts as idle.
const QUIET: Duration = Duration::from_secs(300);
/// Minutes of a training that nobody asked for, where none before it had a time.
pub const MINUTES: f32 = 15.0;

/// What was seen of the labelled frames.
pub struct Auto {
    labelled: u64,
    since: Instant,
}

impl Auto {
    pub fn new(now: Instant) -> Self {
        Self { labelled: 0, since: now }
    }

    /// Whether a training is due while none runs or waits: `wanted` new labelled frames (0: never) since the one before,
    /// when there were `before`, and quiet.
    pub fn due(&mut self, wanted: u32, labelled: u64, before: u64, now: Instant) -> bool {
        if labelled != self.labelled {
            (self.labelled, self.since) = (labelled, now);
        }
        wanted > 0
            && now.saturating_duration_since(self.since) >= QUIET
            && labelled >= LEAST_FRAMES as u64
            && labelled >= before + u64::from(wanted)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_training_is_due_when_enough_is_new_and_nobody_labels() {
        let begun = Instant::now();
        let at = |seconds| begun + Duration::from_secs(seconds);
        let mut auto = Auto::new(begun);
        assert!(!auto.due(20, 100, 80, at(60)), "somebody may be labelling");
        assert!(!auto.due(20, 101, 80, at(330)), "somebody is");
        assert!(!auto.due(20, 101, 80, at(600)));
        assert!(auto.due(20, 101, 80, at(630)));
        assert!(!auto.due(20, 101, 101, at(700)), "one has begun since");
        assert!(!auto.due(0, 500, 101, at(2000)) && !auto.due(0, 500, 101, at(9000)), "off");
        assert!(!auto.due(1, 4, 0, at(10_000)) && !auto.due(1, 4, 0, at(20_000)), "too few to train");
    }
}
