//! Trains again by itself once enough frames were labelled since the last training, and nobody labels any more.

use super::request::LEAST_FRAMES;
use crate::domain::Training;
use crate::store::{Store, StoreError};
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

/// The newest training that was for no camera alone, as those are that begin by themselves.
pub fn last_for_all(store: &Store) -> Result<Option<Training>, StoreError> {
    let mut before = None;
    loop {
        let slice = store.trainings(before, 32)?;
        if let Some(last) = slice.items.into_iter().find(|training| training.camera.is_none()) {
            return Ok(Some(last));
        }
        match slice.next.and_then(|next| next.parse().ok()) {
            Some(next) => before = Some(next),
            None => return Ok(None),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{CameraId, TrainingState};
    use crate::store::Options;

    #[test]
    fn a_training_for_one_camera_is_no_reason_to_wait_with_one_for_all() {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(Options { dir: dir.path().to_owned(), budget: 1 << 28, reserve: 0 }).unwrap();
        let put = |camera: Option<CameraId>| {
            let training = Training { camera, state: TrainingState::Done, ..Training::queued(vec![], 4) };
            store.put_training(&training).unwrap();
            training.id
        };
        let last = || last_for_all(&store).unwrap().map(|training| training.id);
        let door = || put(Some("door".parse().unwrap()));
        door();
        assert_eq!(last(), None);
        let for_all = put(None);
        for _ in 0..40 {
            door();
        }
        assert_eq!(last(), Some(for_all), "however many came since");
    }

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
