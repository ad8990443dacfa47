//! The part that keeps what is worth it: decides, and stores.

use super::burst::{Burst, Shot};
use super::learner::Learner;
use super::offer::Candidate;
use super::pace::{Allowance, Pace};
use crate::config;
use crate::domain::{CameraId, ClipId, ClipPlace, Event, KeptFor, NewFrame, PerCamera, limits};
use crate::live::lock::lock;
use crate::live::looks::Remembered;
use crate::live::shared::Shared;
use crate::picture::Likeness;
use crate::settings::Current;
use crate::store::{FrameQuery, Store, StoreError};
use crate::supervise::Beat;
use jiff::{SignedDuration, Timestamp};
use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::{Duration, Instant};
use tokio_util::sync::CancellationToken;

/// Storing a frame may wait for a worn card, and for frames that are dropped to make room.
pub const KEEP_WITHIN: Duration = Duration::from_secs(300);
/// How often it looks whether it is to stop, and gets to know a labelled frame where one is left.
const TICK: Duration = Duration::from_millis(50);
/// It rests so many times as long as that took, for a second at most: there is no hurry.
const EASE: u32 = 4;
const LONGEST: Duration = Duration::from_secs(1);
/// After the store did not take a frame, or could not be read.
const REST: Duration = Duration::from_secs(60);
/// In which so many frames are kept.
const HOUR: SignedDuration = SignedDuration::from_hours(1);
/// Frames kept before that another one of the camera must differ from.
const COMPARED: usize = 16;

/// What is known of a camera's frames that were kept.
struct Lane {
    camera: CameraId,
    config: Current<config::Camera>,
    pace: Pace,
    /// What those look like that were kept last, oldest first.
    last: VecDeque<Likeness>,
    /// What is kept once it is over.
    burst: Option<Burst>,
}

impl Lane {
    fn remember(&mut self, likeness: Likeness) {
        if self.last.len() == COMPARED {
            self.last.pop_front();
        }
        self.last.push_back(likeness);
    }

    /// Counts what was kept within the hour, before a restart.
    fn remember_hour(&mut self, store: &Store) -> Result<(), StoreError> {
        let (allowed, now, today) = (self.allowed(), Instant::now(), Timestamp::now());
        for (taken, why) in kept_of_late(store, &self.camera, today, self.config.now().keep_more_per_hour as usize)? {
            // By a clock that was set since it may lie ahead: then it was just now.
            let ago = Duration::try_from(today.duration_since(taken)).unwrap_or_default();
            self.pace.count(now.checked_sub(ago).unwrap_or(now), allowed, &why);
        }
        Ok(())
    }

    /// How much may be kept, as it is set now.
    fn allowed(&self) -> Allowance {
        let config = self.config.now();
        Allowance::new(config.keep_more_per_hour, config.burst > 0.0)
    }
}

/// Frames of this camera that were kept within the hour for what the model made of them, the newest `most` of them; oldest
/// first.
fn kept_of_late(
    store: &Store,
    camera: &CameraId,
    now: Timestamp,
    most: usize,
) -> Result<Vec<(Timestamp, KeptFor)>, StoreError> {
    let (since, camera) = (now.checked_sub(HOUR).ok(), Some(camera.clone()));
    let mut query = FrameQuery { since, camera, limit: *limits::DOOR_SLICE.end(), ..FrameQuery::default() };
    let mut kept = Vec::new();
    loop {
        let slice = store.frames(&query)?;
        // They are in the order in which they came: what is not of the hour by then has nothing of it behind it.
        let over = slice.items.is_empty();
        kept.extend(slice.items.into_iter().filter_map(|frame| Some((frame.taken, frame.kept?))));
        query.before = slice.next.and_then(|next| next.parse().ok());
        if over || query.before.is_none() || kept.len() >= most {
            break;
        }
    }
    kept.truncate(most);
    kept.reverse();
    Ok(kept)
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
        let lane = |(camera, config): (&CameraId, &Current<config::Camera>)| {
            let (camera, config, pace) = (camera.clone(), config.clone(), Pace::default());
            let mut lane = Lane { camera, config, pace, last: VecDeque::new(), burst: None };
            if let Err(error) = lane.remember_hour(&shared.store) {
                tracing::warn!("how many frames were kept within the hour can't be read: {error}");
            }
            lane
        };
        let (lanes, learner) = (cameras.iter().map(lane).collect(), Learner::new(shared.events.subscribe()));
        Self { shared, lanes, learner, rest: None }
    }

    /// Until `stop` is cancelled. A burst that is not over then ends there.
    pub fn run(&mut self, offered: &Receiver<Candidate>, stop: &CancellationToken, beat: &Beat) {
        let mut pause = TICK;
        while !stop.is_cancelled() {
            beat.alive();
            match offered.recv_timeout(pause) {
                Ok(candidate) => self.consider(Instant::now(), candidate),
                Err(RecvTimeoutError::Timeout) => {
                    let begun = Instant::now();
                    self.learn();
                    pause = TICK.max(begun.elapsed() * EASE).min(LONGEST);
                }
                // The live loop has ended for good.
                Err(RecvTimeoutError::Disconnected) => break,
            }
            let now = Instant::now();
            self.finish(now, |burst| burst.is_over(now));
        }
        self.finish(Instant::now(), |_| true);
    }

    fn rests(&self, now: Instant) -> bool {
        self.rest.is_some_and(|until| now < until)
    }

    /// Gets to know a labelled frame, if one is left.
    fn learn(&mut self) {
        let now = Instant::now();
        self.learner.hear(&self.shared.familiar);
        if self.rests(now) || !self.learner.is_behind() {
            return;
        }
        if let Err(error) = self.learner.step(&self.shared) {
            self.give_rest(now, &error);
        }
    }

    /// Keeps the look, or begins a burst around it, if it is worth it and there is room for it.
    fn consider(&mut self, now: Instant, Candidate { seen, why }: Candidate) {
        let of = seen.detections.camera.as_ref();
        let Some(place) = self.lanes.iter().position(|lane| Some(&lane.camera) == of) else { return };
        let rests = self.rests(now);
        let lane = &mut self.lanes[place];
        let (seconds, allowed) = (lane.config.now().burst, lane.allowed());
        let of_burst = matches!(why, Some(KeptFor::Appeared { .. }));
        if rests || lane.burst.is_some() || lane.pace.room(now, allowed) == 0 || (of_burst && seconds == 0.0) {
            return;
        }
        // A damaged frame is the camera's trouble, and told as that.
        let Ok(image) = self.shared.pixels(&seen.frame) else { return };
        let likeness = Likeness::of(&image);
        if lane.last.iter().any(|last| last.is_near(&likeness)) {
            return;
        }
        let unlike = || lock(&self.shared.familiar).unlike(&likeness).map(|share| KeptFor::Unlike { share });
        let Some(why) = why.or_else(unlike) else { return };
        if lane.pace.room_for(now, allowed, &why) == 0 {
            return;
        }
        if seconds > 0.0 {
            lane.burst = Some(Burst::around(seen, why, seconds));
        } else {
            let look = Remembered { stored: seen.detections.frame, seen };
            self.keep(now, place, vec![Shot { look, likeness, why, at: 0.0 }]);
        }
    }

    /// Keeps the bursts that are over.
    fn finish(&mut self, now: Instant, over: impl Fn(&Burst) -> bool) {
        for place in 0..self.lanes.len() {
            let lane = &mut self.lanes[place];
            if let Some(burst) = lane.burst.take_if(|burst| over(burst)) {
                let room = lane.pace.room(now, lane.allowed());
                let looks = burst.looks(&lock(&self.shared.looks));
                self.keep(now, place, burst.shots(&looks, room));
            }
        }
    }

    /// Stores these looks of one camera; several are a clip.
    fn keep(&mut self, now: Instant, place: usize, shots: Vec<Shot>) {
        let clip = (shots.len() > 1).then(ClipId::new);
        for Shot { look, likeness, why, at } in shots {
            let clip = clip.map(|id| ClipPlace { id, at });
            match self.store(&look, NewFrame { kept: Some(why.clone()), clip, ..NewFrame::clone(&look.seen.frame) }) {
                Ok(stored) => {
                    let lane = &mut self.lanes[place];
                    lane.remember(likeness);
                    if stored {
                        let allowed = lane.allowed();
                        lane.pace.count(now, allowed, &why);
                    }
                }
                Err(error) => return self.give_rest(now, &error),
            }
        }
    }

    /// Stores the frame of a look as this, unless it is stored already; whether it did.
    fn store(&self, look: &Remembered, frame: NewFrame) -> Result<bool, StoreError> {
        let Shared { store, events, looks, keeping, .. } = &*self.shared;
        let _turn = lock(keeping);
        let (camera, taken) = (look.seen.detections.camera.as_ref(), look.seen.detections.taken);
        if lock(looks).taken(camera, taken).is_some_and(|look| look.stored.is_some()) {
            return Ok(false);
        }
        let stored = store.add_frame(&frame)?;
        lock(looks).store(camera, taken, stored.id);
        events.publish(Event::Frame(stored));
        Ok(true)
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
