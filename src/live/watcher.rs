//! The live loop: the deployed model on the camera's newest frame, `live.fps` times a second. Never a queue: frames
//! that come while the model looks are passed over.

use super::detector::{Detector, SESSION};
use super::seen::Seen;
use super::shared::{Loaded, Shared, lock};
use super::status::LiveStatus;
use super::tracker::{Followed, Tracker, When};
use super::watching::{counted, least_score};
use crate::causes::with_causes;
use crate::config;
use crate::domain::{
    DetectedObject, Detections, Event, FleetEvent, FleetEventKind, Frame, FrameId, LookId, Model, ModelId, NewFrame,
    Prediction, Sighting,
};
use crate::runtime::Engine;
use crate::settings::Current;
use crate::supervise::Beat;
use jiff::Timestamp;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::runtime::Handle;
use tokio::sync::{broadcast, watch};
use tokio_util::sync::CancellationToken;

/// TensorRT may take half an hour to build a model's engine on a small device.
const LOAD_WITHIN: Duration = Duration::from_secs(2 * 3600);

/// Where there is no ONNX Runtime, it is looked for again after this.
const ENGINE_AGAIN: Duration = Duration::from_secs(15);

/// The model, what it sees in a frame, and the milliseconds it took; `None` without a model.
pub type Look = fn(&Shared, &Arc<NewFrame>) -> anyhow::Result<Option<(Model, Vec<Prediction>, f32)>>;

/// The loop, and what it remembers.
pub struct Watcher {
    shared: Arc<Shared>,
    engine: Engine,
    status: watch::Sender<LiveStatus>,
    seen: watch::Sender<Option<Arc<Seen>>>,
    heard: broadcast::Receiver<Event>,
    tracker: Tracker,
    /// Why the deployed model is not the one that looks; stays in the status until another is deployed.
    unloadable: Option<String>,
    /// When it was for want of ONNX Runtime.
    without_engine: Option<Instant>,
    /// When the frame stored last was taken, and its id.
    stored: Option<(Timestamp, FrameId)>,
    config: Current<config::Live>,
    /// When the model looked last.
    last: Option<Instant>,
    look: Look,
    /// The model has not looked at a frame of this camera yet.
    first: bool,
}

/// Why the loop woke.
enum Woken {
    Stop,
    Frame,
    NoCamera,
    Heard(Result<Event, broadcast::error::RecvError>),
}

impl Watcher {
    /// Of the newest frames of this camera. Listens from now on: make it before the store is first asked, so that no
    /// deployment falls between.
    pub fn new(
        config: Current<config::Live>,
        shared: Arc<Shared>,
        engine: Engine,
        status: watch::Sender<LiveStatus>,
        seen: watch::Sender<Option<Arc<Seen>>>,
        look: Look,
    ) -> Self {
        Self {
            heard: shared.events.subscribe(),
            shared,
            engine,
            status,
            seen,
            tracker: Tracker::default(),
            unloadable: None,
            without_engine: None,
            stored: None,
            config,
            last: None,
            look,
            first: true,
        }
    }

    /// Until `stop` is cancelled; `timer` counts time while it waits.
    pub fn run(
        &mut self,
        latest: &mut watch::Receiver<Option<Arc<NewFrame>>>,
        stop: &CancellationToken,
        beat: &Beat,
        timer: &Handle,
    ) {
        self.reload(beat);
        let mut camera = true;
        loop {
            let woken = timer.block_on(async {
                tokio::select! {
                    biased;
                    () = stop.cancelled() => Woken::Stop,
                    // Before the frame: it may be the event that tells the frame's id.
                    heard = self.heard.recv() => Woken::Heard(heard),
                    changed = latest.changed(), if camera => if changed.is_ok() { Woken::Frame } else { Woken::NoCamera },
                    // There may be no frame and no event for ever.
                    never = beat.ticking() => match never {},
                }
            });
            beat.alive();
            match woken {
                Woken::Stop => return,
                Woken::NoCamera => camera = false,
                Woken::Heard(Ok(event)) => self.hear(event, beat),
                Woken::Heard(Err(broadcast::error::RecvError::Lagged(_))) => self.reload(beat),
                // `shared` holds a sender: the bus never closes under the loop.
                Woken::Heard(Err(broadcast::error::RecvError::Closed)) => {}
                Woken::Frame => {
                    let now = Instant::now();
                    if self.without_engine.is_some_and(|tried| now - tried >= ENGINE_AGAIN) {
                        self.reload(beat);
                    }
                    // Some slack, as cameras are not punctual.
                    let due = self.last.is_none_or(|last| now - last >= self.period().mul_f32(0.8));
                    let frame = latest.borrow_and_update().clone().filter(|_| due);
                    if let Some(frame) = frame {
                        self.catch_up(beat);
                        self.look(now, &frame, beat);
                    }
                }
            }
        }
    }

    /// Between looks, as set.
    fn period(&self) -> Duration {
        // No system counts time far enough for more.
        const LONGEST: Duration = Duration::from_secs(u32::MAX as u64);
        Duration::try_from_secs_f32(1.0 / self.config.now().fps).unwrap_or(LONGEST).min(LONGEST)
    }

    /// Hears what was told so far. A frame is stored before it is shown: then its id is among that.
    fn catch_up(&mut self, beat: &Beat) {
        use broadcast::error::TryRecvError;
        loop {
            match self.heard.try_recv() {
                Ok(event) => self.hear(event, beat),
                Err(TryRecvError::Lagged(_)) => self.reload(beat),
                Err(TryRecvError::Empty | TryRecvError::Closed) => return,
            }
        }
    }

    fn hear(&mut self, event: Event, beat: &Beat) {
        match event {
            Event::Deployed(_) => self.reload(beat),
            Event::Fleet(FleetEvent { kind: FleetEventKind::CameraLost, .. }) => self.lose_sight(),
            Event::Frame(Frame { taken, id, .. }) => {
                self.stored = Some((taken, id));
                lock(&self.shared.looks).store(taken, id);
            }
            _ => {}
        }
    }

    /// Takes the deployed model from the store, unless it is the one that is loaded, its categories called the same.
    fn reload(&mut self, beat: &Beat) {
        beat.busy(LOAD_WITHIN);
        self.without_engine = None;
        let deployed = match self.shared.store.deployed() {
            Ok(deployed) => deployed,
            Err(error) => return self.fail(format!("the deployed model can't be read: {error}")),
        };
        let Some(model) = deployed else {
            *lock(&self.shared.loaded) = None;
            return self.take_over(None);
        };
        let same = |l: &Loaded| l.model.id == model.id && l.model.categories == model.categories;
        if lock(&self.shared.loaded).as_ref().is_some_and(same) {
            // Back to the model that never stopped looking: what was wrong with another is over.
            self.unloadable = None;
            self.status.send_if_modified(|s| s.error.take().is_some());
            return;
        }
        let path = self.shared.store.model_path(model.id).map_err(anyhow::Error::from);
        let engine = self.engine.get();
        self.without_engine = engine.is_err().then(Instant::now);
        let load = |path: PathBuf| Detector::load(&engine?, &model, &path, SESSION);
        match path.and_then(load) {
            Ok(detector) => {
                let id = model.id;
                *lock(&self.shared.loaded) = Some(Loaded { model, detector });
                tracing::info!("live: model {id} looks at the camera");
                self.take_over(Some(id));
            }
            Err(error) => {
                let goes_on = if lock(&self.shared.loaded).is_some() { "; the one before goes on" } else { "" };
                let error = format!("model {} can't be loaded: {}{goes_on}", model.id, with_causes(&error));
                self.unloadable = Some(error.clone());
                self.fail(error);
            }
        }
    }

    /// Another model looks now, or none: what the last one saw is over.
    fn take_over(&mut self, model: Option<ModelId>) {
        self.lose_sight();
        self.last = None;
        self.first = true;
        self.unloadable = None;
        self.status.send_replace(LiveStatus { model, ..LiveStatus::default() });
    }

    /// What was seen last is not known to be there any more.
    fn lose_sight(&mut self) {
        for gone in self.tracker.clear() {
            self.tell_left(gone);
        }
        self.seen.send_if_modified(|seen| seen.take().is_some());
    }

    /// Looks at a frame and tells what is there.
    fn look(&mut self, now: Instant, frame: &Arc<NewFrame>, beat: &Beat) {
        if std::mem::take(&mut self.first) {
            // The device may have to prepare the model anew for this size of picture.
            beat.busy(LOAD_WITHIN);
        }
        let look = self.look;
        // What a panic leaves behind is replaced with the next frame.
        let result = catch_unwind(AssertUnwindSafe(|| look(&self.shared, frame)));
        let (model, predictions, milliseconds) = match result {
            Ok(Ok(Some(seen))) => seen,
            Ok(Ok(None)) => return,
            Ok(Err(error)) => return self.fail(format!("a frame could not be looked at: {}", with_causes(&error))),
            Err(panic) => {
                self.fail("live detection broke on a frame; see the log".into());
                resume_unwind(panic)
            }
        };
        let span = self.last.map(|last| now - last);
        self.last = Some(now);
        let pace = span.unwrap_or_default().max(self.period()).max(now.elapsed());
        self.publish(now, frame, &model, predictions, milliseconds, pace);
        self.status.send_if_modified(|s| {
            let before = s.clone();
            s.error.clone_from(&self.unloadable);
            s.milliseconds = smoothed(before.milliseconds, milliseconds);
            s.fps = span.map_or(before.fps, |span| smoothed(before.fps, 1.0 / span.as_secs_f32().max(1e-3)));
            // Worth waking the doors for: not every frame's jitter.
            before.error != s.error || before.fps == 0.0
        });
    }

    fn publish(
        &mut self,
        now: Instant,
        frame: &Arc<NewFrame>,
        model: &Model,
        predictions: Vec<Prediction>,
        milliseconds: f32,
        pace: Duration,
    ) {
        let (predictions, zones) = counted(&self.shared.watching.now(), model, frame, predictions);
        let update = self.tracker.update(When { at: now, taken: frame.taken }, &predictions);
        let objects = predictions.into_iter().zip(zones).zip(&update.tracks);
        let objects: Vec<_> = objects
            .map(|((Prediction { category, bbox, score }, zone), track)| DetectedObject {
                category,
                bbox,
                score,
                track: *track,
                zone,
            })
            .collect();
        let detections = Arc::new(Detections {
            id: LookId::new(),
            taken: frame.taken,
            model: model.id,
            width: frame.width,
            height: frame.height,
            objects,
            frame: self.stored.filter(|(taken, _)| *taken == frame.taken).map(|(_, id)| id),
            milliseconds,
        });
        let (frame, categories) = (frame.clone(), model.categories.clone());
        let seen = Seen { frame, detections: detections.clone(), categories, at: Instant::now(), pace };
        let seen = Arc::new(seen);
        lock(&self.shared.looks).add(seen.clone());
        self.seen.send_replace(Some(seen));
        self.shared.events.publish(Event::Detections(detections.clone()));
        for new in update.appeared {
            let object = detections.objects.iter().find(|object| object.track == Some(new.number));
            let zone = object.and_then(|object| object.zone.clone());
            self.tell(Sighting { left: None, zone, ..sighting(new) }.appearance());
        }
        for gone in update.left {
            self.tell_left(gone);
        }
    }

    fn tell_left(&self, gone: Followed) {
        sighting(gone).departure().into_iter().for_each(|event| self.tell(event));
    }

    fn tell(&self, event: FleetEvent) {
        self.shared.events.publish(Event::Fleet(event));
    }

    fn fail(&self, error: String) {
        self.status.send_if_modified(|s| {
            let new = s.error.as_ref() != Some(&error);
            if new {
                tracing::warn!("live: {error}");
                s.error = Some(error);
            }
            new
        });
    }
}

/// How the deployed model looks: see [`Look`]. Finds all that may count, and more.
pub fn detect(shared: &Shared, frame: &Arc<NewFrame>) -> anyhow::Result<Option<(Model, Vec<Prediction>, f32)>> {
    let mut loaded = lock(&shared.loaded);
    let Some(Loaded { model, detector }) = &mut *loaded else { return Ok(None) };
    let image = shared.pixels(frame)?;
    let start = Instant::now();
    let found = detector.detect(&image, least_score(&shared.watching.now(), model))?;
    Ok(Some((model.clone(), found, start.elapsed().as_secs_f32() * 1000.0)))
}

/// As it was seen, over by now.
fn sighting(Followed { number: track, category, first, last, score }: Followed) -> Sighting {
    Sighting { track, category, appeared: first, left: Some(last), clock: None, score, zone: None }
}

fn smoothed(before: f32, now: f32) -> f32 {
    let value = if before == 0.0 { now } else { before + 0.2 * (now - before) };
    (value * 10.0).round() / 10.0
}
