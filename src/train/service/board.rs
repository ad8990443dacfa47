//! A training's record as it stands, and how far it has come: told when something happens, and every second when nothing
//! does. A graph that is compiled keeps a training silent for long, and a countdown must not stand still.

use super::pace::Pace;
use crate::domain::{Activity, Event, Training};
use crate::events::Events;
use crate::store::{Store, StoreError};
use parking_lot::{Mutex, MutexGuard};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::{Duration, Instant};

/// How often the record in the store follows what happens within an epoch.
const RECORD_EVERY: Duration = Duration::from_secs(2);
/// How often listeners are told of progress within an epoch.
const TELL_EVERY: Duration = Duration::from_millis(500);
/// How often they are where nothing is heard of the work.
const SILENCE: Duration = Duration::from_secs(1);

/// The record; its thread and the one that trains share it.
pub struct Board<'a> {
    store: &'a Store,
    events: &'a Events,
    state: Mutex<State>,
}

struct State {
    training: Training,
    pace: Pace,
    /// Share of the work that is done, 0 to 1.
    way: f32,
    recorded: Instant,
    told: Instant,
}

impl<'a> Board<'a> {
    pub fn new(store: &'a Store, events: &'a Events, training: Training) -> Self {
        let pace = Pace::begin(training.minutes, training.progress);
        let now = Instant::now();
        Self { store, events, state: Mutex::new(State { training, pace, way: 0.0, recorded: now, told: now }) }
    }

    /// Reads or changes the record; told with the next that is told.
    pub fn with<R>(&self, f: impl FnOnce(&mut Training) -> R) -> R {
        f(&mut self.state.lock().training)
    }

    /// What it does now and how much of all work is done (0 to 1): another kind of work is told at once, the progress of
    /// one in its time.
    pub fn at(&self, activity: Activity, way: f32) {
        let mut state = self.state.lock();
        let another = std::mem::discriminant(&state.training.activity) != std::mem::discriminant(&activity);
        state.training.activity = activity;
        state.way = way;
        self.follow(&mut state, another);
    }

    /// Changes the record, stores it and tells of it.
    pub fn save(&self, change: impl FnOnce(&mut Training)) -> Result<(), StoreError> {
        let mut state = self.state.lock();
        change(&mut state.training);
        self.record(&mut state)
    }

    /// Changes the record for the last time: it holds, and is told, whether the disk takes it now or later.
    pub fn settle(&self, change: impl FnOnce(&mut Training)) {
        let mut state = self.state.lock();
        change(&mut state.training);
        if let Err(error) = self.store.settle_training(&state.training) {
            tracing::error!(training = %state.training.id, %error, "the end of the training is not on the disk yet");
        }
        self.tell(&mut state);
    }

    /// Forgets what was trained so far.
    pub fn begin_again(&self, why: &str) -> Result<(), StoreError> {
        let mut state = self.state.lock();
        state.training.begin_again(why);
        state.pace.begin_again();
        self.record(&mut state)
    }

    /// Tells of time that passes until the other end of `stop` is gone.
    pub fn keep_telling(&self, stop: &Receiver<()>) {
        while stop.recv_timeout(SILENCE) == Err(RecvTimeoutError::Timeout) {
            let mut state = self.state.lock();
            if state.told.elapsed() >= SILENCE && !state.training.state.is_over() {
                self.follow(&mut state, false);
            }
        }
    }

    fn follow(&self, state: &mut MutexGuard<State>, now: bool) {
        let waiting = matches!(state.training.activity, Activity::Cooling(_));
        let way = state.way;
        let (progress, left) = state.pace.tell(way, waiting);
        (state.training.progress, state.training.seconds_left) = (progress, left);
        if now || state.recorded.elapsed() >= RECORD_EVERY {
            if let Err(error) = self.record(state) {
                tracing::warn!(%error, "the training's record can't be stored");
            }
        } else if state.told.elapsed() >= TELL_EVERY {
            self.tell(state);
        }
    }

    fn record(&self, state: &mut MutexGuard<State>) -> Result<(), StoreError> {
        self.store.put_training(&state.training)?;
        state.recorded = Instant::now();
        self.tell(state);
        Ok(())
    }

    fn tell(&self, state: &mut MutexGuard<State>) {
        state.told = Instant::now();
        self.events.publish(Event::Training(Arc::new(state.training.clone())));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::TrainingState;
    use crate::store::Options;
    use std::sync::mpsc;

    #[test]
    fn a_countdown_runs_on_while_nothing_is_heard_of_the_work() {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(Options { dir: dir.path().to_owned(), budget: 1 << 28, reserve: 0 }).unwrap();
        let events = Events::new();
        let mut heard = events.subscribe();
        let mut training = Training { minutes: Some(5.0), ..Training::queued(vec![], 4) };
        training.state = TrainingState::Preparing;
        let board = Board::new(&store, &events, training);
        board.save(|_| ()).unwrap();
        std::thread::scope(|scope| {
            let (going, stop) = mpsc::channel();
            scope.spawn(move || board.keep_telling(&stop));
            let mut next = || match heard.blocking_recv().unwrap() {
                Event::Training(training) => training.seconds_left,
                other => panic!("{other:?}"),
            };
            assert_eq!(next(), None, "as it was saved");
            let (first, second) = (next().unwrap(), next().unwrap());
            assert!(first < 300.0 && second < first, "{first}, then {second}");
            drop(going);
        });
    }
}
