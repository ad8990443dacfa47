//! The service that takes trainings from both doors, and runs them one after the other on a thread of its own.
//!
//! Everything about a training that must not be lost is in the store: its record at every epoch, its pages, its model.
//! A training that a restart interrupts is queued again and goes on from the last epoch that it finished.

use super::auto::{self, Auto};
use super::ends::{given_up, hung, ran_out, switched_off};
use super::job::{self, Job};
use super::means::Means;
use super::prospect::{self, Asked};
use super::queue::Queue;
use super::request::{self, TrainRequest};
use super::room;
use super::sound::Sound;
use crate::clock::BOOT;
use crate::config;
use crate::domain::{Activity, Category, Event, Training, TrainingId, TrainingPlan, TrainingSource, TrainingState};
use crate::events::Events;
use crate::live::Deployment;
use crate::settings::Current;
use crate::store::Store;
use crate::supervise::{Beat, Supervisor};
use crate::train::base::Base;
use crate::train::error::TrainError;
use crate::train::run::{memory, prepare};
use std::collections::HashMap;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::time::{Duration, Instant};
use tokio_util::sync::CancellationToken;

/// Between two signs of life of a training lies a step, an epoch's look at all frames, or a graph that is compiled: on a
/// small device each may take long.
const STEP_WITHIN: Duration = Duration::from_secs(2 * 3600);

/// Starts without an epoch after which a training is given up: it would stop the device for ever.
const MOST_STARTS: u32 = 2;

/// The same where the machine itself was switched off or restarted, which is seldom the training's doing. It may be all the
/// same: a supply that is too weak for it.
const MOST_STARTS_OVER_BOOTS: u32 = 6;

/// After this the disk is tried again.
const STORE_AGAIN: Duration = Duration::from_secs(5);

/// Carries out a training: [`Job::carry_out`].
type CarryOut = fn(&Job, &AtomicBool) -> Result<(), TrainError>;

/// Handle on the training service; clones share it.
#[derive(Clone)]
pub struct Trainer(Arc<Shared>);

struct Shared {
    config: Current<config::Train>,
    live: Current<config::Live>,
    store: Store,
    sound: Sound,
    means: Means,
    events: Events,
    deployment: Deployment,
    carry_out: CarryOut,
    /// Seconds a picture, by the name of the base.
    looks: Mutex<HashMap<String, f32>>,
    queue: Mutex<Queue>,
    changed: Condvar,
}

impl Trainer {
    /// Starts the training thread, the part `trainer`; trainings that a restart interrupted are queued again. Ends when
    /// `stop` is cancelled.
    pub fn start(
        (config, live): (Current<config::Train>, Current<config::Live>),
        means: Means,
        deployment: Deployment,
        supervisor: &Supervisor,
        stop: CancellationToken,
    ) -> Result<Self, TrainError> {
        let carry_out: CarryOut = |job, cancel| job.carry_out(cancel);
        Self::run((config, live), means, deployment, carry_out, supervisor, stop)
    }

    fn run(
        (config, live): (Current<config::Train>, Current<config::Live>),
        means: Means,
        deployment: Deployment,
        carry_out: CarryOut,
        supervisor: &Supervisor,
        stop: CancellationToken,
    ) -> Result<Self, TrainError> {
        let shared = Arc::new(Shared {
            config,
            live,
            store: deployment.store.clone(),
            sound: Sound::new(means.pictures.clone()),
            means,
            events: deployment.events.clone(),
            deployment,
            carry_out,
            looks: Mutex::default(),
            queue: Mutex::default(),
            changed: Condvar::new(),
        });
        // On a disk that can only be read they wait until all is started anew.
        let waiting = if shared.store.is_read_only() { vec![] } else { shared.store.open_trainings()? };
        for mut training in waiting {
            let same_boot = training.boot.as_ref() == Some(&BOOT);
            let (most, why): (_, fn(&Training) -> TrainError) =
                if same_boot { (MOST_STARTS, given_up) } else { (MOST_STARTS_OVER_BOOTS, switched_off) };
            if training.starts >= most {
                if let Err(error) = shared.close(training.id, &why(&training)) {
                    tracing::error!(training = %training.id, %error, "that it is given up can't be stored");
                }
                continue;
            }
            tracing::info!(training = %training.id, epoch = training.epoch, "the training was interrupted; it goes on");
            training.state = TrainingState::Queued;
            training.activity = Activity::QueuedAgain;
            // What a full disk does not take now is said once the training goes on.
            if let Err(error) = shared.store.put_training(&training) {
                tracing::warn!(training = %training.id, %error, "that it waits can't be stored");
            }
            lock(&shared.queue).waiting.push_back(training.id);
        }
        let worker = Arc::clone(&shared);
        let work = move |beat: &Beat| {
            worker.work(beat);
            Ok(())
        };
        supervisor
            .thread("trainer", STEP_WITHIN, &stop, work)
            .map_err(TrainError::because("the training thread can't be started"))?;
        let watched = Arc::clone(&shared);
        tokio::spawn(async move {
            stop.cancelled().await;
            let mut queue = lock(&watched.queue);
            queue.stopping = true;
            if let Some((_, cancel)) = &queue.running {
                cancel.store(true, Ordering::Relaxed);
            }
            watched.changed.notify_all();
        });
        Ok(Self(shared))
    }

    /// Checks the request, stores a training in state `queued`, and returns it.
    pub fn submit(&self, request: TrainRequest) -> Result<Training, TrainError> {
        let camera = self.0.deployment.whose(request.camera.as_ref())?;
        self.0.submit(TrainRequest { camera, ..request }, false)
    }

    /// What a training that is started now would be made of. Reads pictures that were not read before, for seconds at most.
    pub fn prospect(&self, asked: Asked) -> Result<TrainingPlan, TrainError> {
        let shared = &self.0;
        let asked = Asked { camera: shared.deployment.whose(asked.camera.as_ref())?, ..asked };
        let look = |base: &Base| shared.look(base);
        let config = shared.config.now();
        let fits = |base: &Base, categories: &[Category], frames| {
            shared.affordable(base, categories, (config.experiments, config.epochs, frames)).map(drop)
        };
        prospect::prospect(&config, &shared.store, &shared.sound, (look, fits), asked)
    }

    /// Cancels a training that is not over; one that is over is returned as it is.
    pub fn cancel(&self, id: TrainingId) -> Result<Training, TrainError> {
        let shared = &self.0;
        let mut queue = lock(&shared.queue);
        let mut training = shared.store.training(id)?;
        if let Some((running, cancel)) = &queue.running
            && *running == id
        {
            cancel.store(true, Ordering::Relaxed);
            // The training thread writes the record; wait until it has.
            while queue.running.as_ref().is_some_and(|(running, _)| *running == id) {
                queue = shared.changed.wait(queue).unwrap_or_else(|e| e.into_inner());
            }
            drop(queue);
            return Ok(shared.store.training(id)?);
        }
        if queue.waiting.contains(&id) {
            queue.waiting.retain(|waiting| *waiting != id);
            drop(queue);
            training.break_off(TrainingState::Cancelled, Activity::CancelledUnbegun);
            shared.settle(&training);
            shared.events.publish(Event::Training(Arc::new(training.clone())));
        }
        Ok(training)
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // A panic elsewhere leaves what is locked whole.
    mutex.lock().unwrap_or_else(|e| e.into_inner())
}

impl Shared {
    /// Seconds that a base takes for a picture on this device; measured once.
    fn look(&self, base: &Base) -> Result<f32, TrainError> {
        let name = &base.info.name;
        if let Some(seconds) = lock(&self.looks).get(name) {
            return Ok(*seconds);
        }
        let seconds = prepare::seconds_a_picture(base, &self.means.engine.get()?)?;
        lock(&self.looks).insert(name.clone(), seconds);
        Ok(seconds)
    }

    /// Whether there can be memory for a training of these categories: experiments, epochs, frames.
    fn fits(&self, base: &Base, categories: &[Category], of: (usize, u32, usize)) -> Result<(), TrainError> {
        memory::possible(base, &self.means.engine.get()?, categories, of, self.means.left_of_limit())
    }

    /// So many experiments, or half as many, and so on: as there can be memory for. Error: there is none for one.
    fn affordable(
        &self,
        base: &Base,
        categories: &[Category],
        (experiments, epochs, frames): (u32, u32, usize),
    ) -> Result<u32, TrainError> {
        as_many_as_fit(experiments, |n| self.fits(base, categories, (n as usize, epochs, frames)))
    }

    /// The record of a training as asked for. Where nobody said how many experiments, there are as many as there is memory
    /// for.
    fn planned(&self, request: TrainRequest) -> Result<Training, TrainError> {
        let (config, runtime) = (self.config.now(), self.means.engine.get()?);
        let training = request::plan(&config, &runtime, &self.store, request.clone())?;
        let categories: Vec<Category> = training.categories.iter().filter_map(|n| self.store.category_now(n)).collect();
        let base = Base::open(&self.store.bases_dir(), &training.base)?;
        let frames = training.labelled.map_or(0, |n| n as usize);
        let wanted = training.experiments.len() as u32;
        if request.experiments.is_some() {
            self.fits(&base, &categories, (wanted as usize, training.epochs, frames))?;
            return Ok(training);
        }
        let experiments = self.affordable(&base, &categories, (wanted, training.epochs, frames))?;
        if experiments == wanted {
            return Ok(training);
        }
        let request = TrainRequest { experiments: Some(experiments), ..request };
        let note =
            format!("{experiments} experiments instead of {wanted}: there is no memory for more (limits.memory)");
        Ok(Training { note: Some(note), ..request::plan(&config, &runtime, &self.store, request)? })
    }

    fn submit(&self, request: TrainRequest, auto: bool) -> Result<Training, TrainError> {
        // Before it is planned, which takes a while.
        lock(&self.queue).has_room()?;
        let training = Training { auto, ..self.planned(request)? };
        {
            let mut queue = lock(&self.queue);
            queue.has_room()?;
            self.store.put_training(&training)?;
            // It may have been deleted since it was looked for; with the record there it can't be any more.
            if let Ok(TrainingSource::Model(model)) = training.from.parse()
                && let Err(gone) = self.store.model(model)
            {
                let gone = gone.into();
                self.close(training.id, &gone)?;
                return Err(gone);
            }
            queue.waiting.push_back(training.id);
        }
        self.events.publish(Event::Training(Arc::new(training.clone())));
        self.changed.notify_all();
        Ok(training)
    }

    /// Begins a training if one is due by itself; none runs or waits.
    fn by_itself(&self, auto: &mut Auto) -> Result<(), TrainError> {
        let wanted = self.config.now().auto;
        if wanted == 0 {
            return Ok(());
        }
        let last = auto::last_for_all(&self.store)?;
        let before = last.as_ref().map_or(0, |t| {
            let took_part = u64::from(t.split.training + t.split.validation + t.skipped);
            t.labelled.unwrap_or(took_part)
        });
        if auto.due(wanted, self.store.usage()?.labelled, before, Instant::now()) {
            let minutes = last.and_then(|t| t.minutes).unwrap_or(auto::MINUTES);
            let training = self.submit(TrainRequest { minutes: Some(minutes), ..TrainRequest::default() }, true)?;
            tracing::info!(training = %training.id, "enough frames are new: a training begins by itself");
        }
        Ok(())
    }

    /// Until it is told to stop. A training that panics has failed; its panic is passed on.
    fn work(&self, beat: &Beat) {
        // Capture, labelling and live detection have priority. ONNX Runtime's threads inherit this.
        if let Err(error) = rustix::process::setpriority_process(None, 10) {
            tracing::warn!(%error, "the training can't lower its priority");
        }
        // What a panic between two trainings left: whoever waits for its end need not wait on.
        lock(&self.queue).running = None;
        self.changed.notify_all();
        self.make_room();
        let mut auto = Auto::new(Instant::now());
        while let Some((id, cancel, in_vain)) = self.next(beat, &mut auto) {
            let result = catch_unwind(AssertUnwindSafe(|| {
                let Self { store, sound, means, events, deployment, live, .. } = self;
                let config = &self.config.now();
                (self.carry_out)(
                    &Job { id, config, live, store, sound, means, in_vain, events, deployment, beat },
                    &cancel,
                )
            }));
            let (error, panic) = match result {
                Ok(Ok(())) => (None, None),
                Ok(Err(error)) => (Some(error), None),
                Err(panic) => {
                    let error = TrainError::Failed("the training broke off unexpectedly; see the log".into());
                    (Some(error), Some(panic))
                }
            };
            let stopping = lock(&self.queue).stopping;
            let store_end = || match &error {
                Some(TrainError::Cancelled) if stopping => self.put_off(id),
                Some(TrainError::Memory(how)) if !cancel.load(Ordering::Relaxed) => {
                    let note = format!(
                        "memory ran out ({how}): it went on from its last epoch with half of it, which is slower"
                    );
                    let less = |queue: &mut Queue| queue.ran_out = Some(id);
                    self.again(id, note, |training| ran_out(training, how), less)
                }
                Some(TrainError::Silent(how)) if !cancel.load(Ordering::Relaxed) => {
                    let note = format!("{how}: it was ended, and the training went on from its last epoch");
                    self.again(id, note, |training| hung(training, how), |_| {})
                }
                Some(error) => self.close(id, error),
                None => Ok(()),
            };
            self.surely(id, beat, store_end);
            self.make_room();
            lock(&self.queue).running = None;
            self.changed.notify_all();
            if let Some(panic) = panic {
                resume_unwind(panic);
            }
        }
    }

    /// The training that is to begin, once there is one, and how often memory ran out in it; none once it is to stop.
    fn next(&self, beat: &Beat, auto: &mut Auto) -> Option<(TrainingId, Arc<AtomicBool>, u32)> {
        beat.alive();
        let mut queue = lock(&self.queue);
        loop {
            if queue.stopping {
                return None;
            }
            // Without ONNX Runtime it waits: one that was interrupted is not lost for a library that is not there yet.
            // A disk that does not take how the last one ended takes no other either.
            let settled = self.store.all_settled();
            if !queue.waiting.is_empty()
                && settled
                && self.means.engine.get().is_ok()
                && let Some(id) = queue.waiting.pop_front()
            {
                let cancel = Arc::new(AtomicBool::new(false));
                queue.running = Some((id, Arc::clone(&cancel)));
                return Some((id, cancel, u32::from(queue.ran_out.take() == Some(id))));
            }
            let pause = if settled { auto::LOOK_EVERY } else { STORE_AGAIN };
            let (waited, timeout) = self.changed.wait_timeout(queue, pause).unwrap_or_else(|e| e.into_inner());
            queue = waited;
            if timeout.timed_out() {
                let idle = queue.waiting.is_empty() && settled;
                drop(queue);
                beat.alive();
                if idle && let Err(error) = self.by_itself(auto) {
                    tracing::warn!(%error, "no training begins by itself");
                }
                queue = lock(&self.queue);
            }
        }
    }

    /// Notes how a training ended, however long its record can't be read.
    fn surely(&self, id: TrainingId, beat: &Beat, store_end: impl Fn() -> Result<(), TrainError>) {
        let mut told = false;
        while let Err(error) = store_end() {
            if !std::mem::replace(&mut told, true) {
                tracing::error!(training = %id, %error, "the record of the training can't be read, trying on");
            }
            beat.alive();
            let queue = lock(&self.queue);
            let (queue, _) = self.changed.wait_timeout(queue, STORE_AGAIN).unwrap_or_else(|e| e.into_inner());
            if queue.stopping {
                return;
            }
        }
    }

    fn make_room(&self) {
        room::make_room(&self.store, &self.events, self.means.disk);
    }

    /// It goes on when the daemon is started again: a start that ended on purpose does not count.
    fn put_off(&self, id: TrainingId) -> Result<(), TrainError> {
        let mut training = self.store.training(id)?;
        training.starts = training.starts.saturating_sub(1);
        if let Err(error) = self.store.put_training(&training) {
            tracing::warn!(training = %id, %error, "that it goes on later can't be stored: this start counts");
        }
        Ok(())
    }

    /// It goes on from its last epoch, next of all; after starts enough without an epoch it has failed.
    fn again(
        &self,
        id: TrainingId,
        note: String,
        failed: impl FnOnce(&Training) -> TrainError,
        queued: impl FnOnce(&mut Queue),
    ) -> Result<(), TrainError> {
        let mut training = self.store.training(id)?;
        if training.starts >= MOST_STARTS {
            return self.close(id, &failed(&training));
        }
        tracing::warn!(training = %id, note, "the training is started again");
        training.state = TrainingState::Queued;
        training.activity = Activity::QueuedAgain;
        training.note = Some(note);
        if let Err(error) = self.store.settle_training(&training) {
            tracing::error!(training = %id, %error, "that the training is started again is not on the disk yet");
        }
        let mut queue = lock(&self.queue);
        queue.waiting.push_front(id);
        queued(&mut queue);
        drop(queue);
        self.events.publish(Event::Training(Arc::new(training)));
        Ok(())
    }

    /// Stores why a training ended without a model.
    fn close(&self, id: TrainingId, error: &TrainError) -> Result<(), TrainError> {
        let mut training = self.store.training(id)?;
        if matches!(error, TrainError::Cancelled) {
            training.break_off(TrainingState::Cancelled, Activity::Cancelled);
        } else {
            tracing::error!(training = %id, %error, "the training failed");
            training.error = Some(error.to_string());
            training.break_off(TrainingState::Failed, Activity::Failed);
        }
        self.settle(&training);
        self.events.publish(Event::Training(Arc::new(training)));
        Ok(())
    }

    /// Stores a training that is over: it is, whether the disk takes that or not.
    fn settle(&self, training: &Training) {
        let mut settled = self.store.settle_training(training);
        match self.store.training_files(training.id) {
            Ok(files) => job::clear(&files),
            Err(error) => tracing::warn!(training = %training.id, %error, "what it would go on with can't be removed"),
        }
        if settled.is_err() {
            // That has made some room.
            settled = self.store.settle_training(training);
        }
        if let Err(error) = settled {
            tracing::error!(training = %training.id, %error, "the end of the training is not on the disk yet");
        }
    }
}

/// So many, or half as many, and so on, as fit. Error: that of all, where not even one does.
fn as_many_as_fit(all: u32, fits: impl Fn(u32) -> Result<(), TrainError>) -> Result<u32, TrainError> {
    let refused = match fits(all) {
        Err(error @ TrainError::Invalid(_)) => error,
        other => return other.map(|()| all),
    };
    let mut fewer = std::iter::successors(Some(all / 2), |n| Some(n / 2)).take_while(|n| *n > 0);
    fewer.find(|n| fits(*n).is_ok()).ok_or(refused)
}

#[cfg(test)]
#[path = "trainer_tests.rs"]
mod tests;
