//! What of the status is read from the store. Whoever asks does not wait for a lock of it, nor for a disk that hangs: they are
//! answered with what was read last.

use super::glance::{Glance, Seen};
use super::health::Health;
use crate::domain::{Model, Training, TrainingState};
use crate::host;
use crate::live::Deployment;
use crate::store::{DiskPart, Store, StoreError, Usage};
use std::path::Path;
use std::time::{Duration, Instant};

/// What was read.
#[derive(Clone, Debug, Default)]
pub struct Stored {
    pub usage: Usage,
    /// What fills the disk.
    pub fills: Vec<DiskPart>,
    /// Bytes of the disk.
    pub total: u64,
    /// The one for all cameras.
    pub model: Option<Model>,
    /// The one that runs; else, of those that wait, the one made first.
    pub training: Option<Training>,
    /// Why some of it could not be read now, and is as it was.
    pub wrong: Option<String>,
    /// When all of it could be read last.
    read: Option<Instant>,
    /// How long ago that was, where it is not as it is now.
    pub before: Option<Duration>,
}

impl Stored {
    /// What there is now, or was when it could be read last. Blocks for some seconds at most.
    pub fn read(glance: &Glance<Self>, health: &Health, deployment: &Deployment, folder: &Path) -> Self {
        let store = &deployment.store;
        let seen = match store.answers() {
            Ok(()) => {
                let (health, deployment, folder) = (health.clone(), deployment.clone(), folder.to_owned());
                glance.look(move |last| last.unwrap_or_default().again(&health, &deployment, &folder)).ok().flatten()
            }
            Err(_) => glance.last(),
        };
        let Seen { what: mut stored, before } = seen.unwrap_or(Seen { what: Self::default(), before: None });
        // What a call to the disk is waited for is known without it.
        stored.usage.fault = store.trouble();
        if before.is_some() || stored.read.is_none() {
            let slow = || "the store does not answer in time: what is told of it is of before".to_owned();
            let hangs = store.answers().err().map(|hangs| hangs.to_string());
            stored.wrong = hangs.or(stored.wrong).or_else(|| Some(slow()));
        }
        stored.before = stored.wrong.as_ref().and(stored.read).map(|read| read.elapsed());
        stored
    }

    fn again(mut self, health: &Health, deployment: &Deployment, folder: &Path) -> Self {
        let (begun, store) = (Instant::now(), &deployment.store);
        // A store that can't be read must not hide the rest.
        let mut wrong = None;
        let mut note =
            |read: Result<(), StoreError>| wrong = wrong.take().or(read.err().map(|error| error.to_string()));
        note(store.usage().map(|usage| self.usage = usage));
        note(health.disk(|| store.disk_use()).map(|parts| self.fills = parts));
        note(deployment.at(None).map(|model| self.model = model));
        note(current_training(store).map(|training| self.training = training));
        self.total = host::disk_size(folder);
        if wrong.is_none() {
            self.read = Some(begun);
        }
        Self { wrong, ..self }
    }
}

/// The training that runs; else, of those that wait, the one made first.
fn current_training(store: &Store) -> Result<Option<Training>, StoreError> {
    // Trainings run in the order they were made, one at a time: those not over are the newest ones.
    let mut open = None;
    for training in store.trainings(None, 32)?.items {
        match training.state {
            state if state.is_over() => {}
            TrainingState::Queued => open = Some(training),
            _ => return Ok(Some(training)),
        }
    }
    Ok(open)
}
