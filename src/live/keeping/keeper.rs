//! The part that keeps what is worth it: decides, and stores.

use super::learner::Learner;
use super::offer::Candidate;
use super::pace::Pace;
use crate::config;
use crate::domain::{CameraId, Event, Frame, KeptFor, NewFrame, PerCamera};
use crate::live::lock::lock;
use crate::live::shared::Shared;
use crate::picture::Likeness;
use crate::settings::Current;
use crate::store::StoreError;
use crate::supervise::Beat;
use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::{Duration, Instant};
use tokio_util::sync::CancellationToken;

/// Storing a frame may wait for a worn card, and for frames that are dropped to make room.
pub const KEEP_WITHIN: Duration = Duration::from_secs(300);
/// How often it looks whether it is to stop, and gets to know a labelled frame where one is left.
const TICK: Duration = Duration::from_millis(50);
/// After the store did not take a frame, or could not be read.
const REST: Duration = Duration::from_secs(60);
/// Frames kept before that another one of the camera must differ from.
const COMPARED: usize = 16;

/// What is known of a camera's frames that were kept.
struct Lane {
    camera: CameraId,
    config: Current<config::Camera>,
    pace: Pace,
    /// What those look like that were kept last, oldest first.
    last: VecDeque<Likeness>,
}

/// The part.
pub struct Keeper {
    shared: Arc<Shared>,
    lanes: Vec<Lane>,
    learner: Learner,
    /// Until when the store is left alone.
    rest: Option<Instant>,
}

impl Keeper {
    /// Of these cameras.
    pub fn new(shared: Arc<Shared>, cameras: &PerCamera<Current<config::Camera>>) -> Self {
        let lane = |(camera, config): (&CameraId, &Current<config::Camera>)| Lane {
            camera: camera.clone(),
            config: config.clone(),
            pace: Pace::default(),
            last: VecDeque::new(),
        };
        let (lanes, learner) = (cameras.iter().map(lane).collect(), Learner::new(shared.events.subscribe()));
        Self { shared, lanes, learner, rest: None }
    }

    /// Until `stop` is cancelled.
    pub fn run(&mut self, offered: &Receiver<Candidate>, stop: &CancellationToken, beat: &Beat) {
        while !stop.is_cancelled() {
            beat.alive();
            match offered.recv_timeout(TICK) {
                Ok(candidate) => self.consider(Instant::now(), &candidate),
                Err(RecvTimeoutError::Timeout) => self.learn(),
                // The live loop is being started again, with the same offers: it never comes to this.
                Err(RecvTimeoutError::Disconnected) => return,
            }
        }
    }

    fn rests(&self, now: Instant) -> bool {
        self.rest.is_some_and(|until| now < until)
    }

    /// Gets to know a labelled frame, as long as any camera keeps frames by it.
    fn learn(&mut self) {
        let now = Instant::now();
        self.learner.hear(&self.shared.familiar);
        if self.rests(now) || !self.learner.is_behind() {
            return;
        }
        if let Err(error) = self.learner.step(&self.shared.store, &self.shared.familiar) {
            self.give_rest(now, &error);
        }
    }

    /// Keeps the look if it is worth it, and there is room for it.
    fn consider(&mut self, now: Instant, candidate: &Candidate) {
        let Candidate { seen, why } = candidate;
        let of = seen.detections.camera.as_ref();
        let Some(place) = self.lanes.iter().position(|lane| Some(&lane.camera) == of) else { return };
        let lane = &mut self.lanes[place];
        let most = lane.config.now().keep_more_per_hour;
        if self.rest.is_some_and(|until| now < until) || lane.pace.room(now, most) == 0 {
            return;
        }
        // A damaged frame is the camera's trouble, and told as that.
        let Ok(image) = self.shared.pixels(&seen.frame) else { return };
        let likeness = Likeness::of(&image);
        if lane.last.iter().any(|last| last.is_near(&likeness)) {
            return;
        }
        let unlike = || lock(&self.shared.familiar).unlike(&likeness).map(|share| KeptFor::Unlike { share });
        let Some(why) = why.clone().or_else(unlike) else { return };
        match self.keep(candidate, why) {
            Ok(stored) => {
                let lane = &mut self.lanes[place];
                if lane.last.len() == COMPARED {
                    lane.last.pop_front();
                }
                lane.last.push_back(likeness);
                if stored.is_some() {
                    lane.pace.count(now);
                }
            }
            Err(error) => self.give_rest(now, &error),
        }
    }

    /// Stores the frame of the look, unless it is stored already.
    fn keep(&self, Candidate { seen, .. }: &Candidate, why: KeptFor) -> Result<Option<Frame>, StoreError> {
        let Shared { store, events, looks, keeping, .. } = &*self.shared;
        let _turn = lock(keeping);
        let (camera, taken) = (seen.detections.camera.as_ref(), seen.detections.taken);
        if lock(looks).taken(camera, taken).is_some_and(|look| look.stored.is_some()) {
            return Ok(None);
        }
        let frame = NewFrame { kept: Some(why), ..NewFrame::clone(&seen.frame) };
        let stored = store.add_frame(&frame)?;
        lock(looks).store(camera, taken, stored.id);
        events.publish(Event::Frame(stored.clone()));
        Ok(Some(stored))
    }

    /// What is wrong with the disk is told by the camera, and by the store.
    fn give_rest(&mut self, now: Instant, error: &StoreError) {
        if !matches!(error, StoreError::Full(_)) {
            tracing::warn!("a frame could not be kept for what the model makes of it: {error}");
        }
        self.rest = Some(now + REST);
    }
}

#[cfg(test)]
#[path = "keeper_tests.rs"]
mod tests;
