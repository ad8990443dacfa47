//! The live loop: the model deployed at a camera on its newest frame, `live.fps` times a second. Never a queue: frames
//! that come while the model looks are passed over.

use super::detector::{Detector, SESSION};
use super::doubt::doubted;
use super::eye::Eye;
use super::keeping::Offers;
use super::lock::lock;
use super::looking::Looking;
use super::seen::Seen;
use super::shared::Shared;
use super::sight::{self, Sight};
use super::status::{LiveStatus, LookedAt};
use super::tracker::{Flicker, Followed, When};
use super::watching::{counted, least_score};
use crate::causes::with_causes;
use crate::config;
use crate::domain::{
    CameraId, DetectedObject, Detections, Event, FleetEvent, FleetEventKind, KeptFor, LiveModels, LookId, Model,
    ModelId, NewFrame, Prediction, Sighting,
};
use crate::runtime::Engine;
use crate::settings::Current;
use crate::supervise::Beat;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
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
    heard: broadcast::Receiver<Event>,
    /// Of each camera.
    sights: Vec<Sight>,
    /// When a model could not be loaded for want of ONNX Runtime.
    without_engine: Option<Instant>,
    config: Current<config::Live>,
    look: Look,
    offers: Offers,
}

/// What came of a look.
struct Looked<'a> {
    now: Instant,
    frame: &'a Arc<NewFrame>,
    model: Model,
    predictions: Vec<Prediction>,
    milliseconds: f32,
    /// Between looks at this camera.
    pace: Duration,
}

/// What of a look may make it worth keeping, or one before it.
struct Odd {
    unsure: Option<KeptFor>,
    /// Categories of what appeared in it.
    appeared: Vec<String>,
    flickers: Vec<Flicker>,
}

/// Why the loop woke.
enum Woken {
    Stop,
    Frame,
    Heard(Result<Event, broadcast::error::RecvError>),
}

impl Watcher {
    /// Of the newest frames of these cameras. Listens from now on: make it before the store is first asked, so that no
    /// deployment falls between.
    pub fn new(
        config: Current<config::Live>,
        shared: Arc<Shared>,
        engine: Engine,
        status: watch::Sender<LiveStatus>,
        sights: Vec<Sight>,
        look: Look,
        offers: Offers,
    ) -> Self {
        Self {
            heard: shared.events.subscribe(),
            shared,
            engine,
            status,
            sights,
            without_engine: None,
            config,
            look,
            offers,
        }
    }

    /// Until `stop` is cancelled; `timer` counts time while it waits.
    pub fn run(&mut self, stop: &CancellationToken, beat: &Beat, timer: &Handle) {
        self.reload(beat);
        loop {
            let Self { heard, sights, .. } = self;
            let woken = timer.block_on(async {
                tokio::select! {
                    biased;
                    () = stop.cancelled() => Woken::Stop,
                    // Before the frame: it may be the event that tells the frame's id.
                    heard = heard.recv() => Woken::Heard(heard),
                    () = sight::news(sights) => Woken::Frame,
                    // There may be no frame and no event for ever.
                    never = beat.ticking() => match never {},
                }
            });
            beat.alive();
            match woken {
                Woken::Stop => return,
                Woken::Heard(Ok(event)) => self.hear(event, beat),
                Woken::Heard(Err(broadcast::error::RecvError::Lagged(_))) => self.reload(beat),
                // `shared` holds a sender: the bus never closes under the loop.
                Woken::Heard(Err(broadcast::error::RecvError::Closed)) => {}
                Woken::Frame => {
                    let now = Instant::now();
                    if self.without_engine.is_some_and(|tried| now - tried >= ENGINE_AGAIN) {
                        self.reload(beat);
                    }
                    let period = self.period();
                    if let Some((place, frame)) = sight::next(&mut self.sights, now, period) {
                        self.catch_up(beat);
                        self.look(now, place, &frame, beat);
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
            Event::Fleet(FleetEvent { kind: FleetEventKind::CameraLost, camera, .. }) => {
                self.lose_sight(|sight| Some(&sight.camera) == camera.as_ref());
                self.tell_status();
            }
            Event::Frame(frame) => {
                self.sights.iter_mut().for_each(|sight| sight.store(&frame));
                // What was uploaded is no look's, whenever it was taken.
                if frame.camera.is_some() {
                    lock(&self.shared.looks).store(frame.camera.as_ref(), frame.taken, frame.id);
                }
            }
            _ => {}
        }
    }

    /// Takes the deployed models from the store, but for those that are loaded, their categories called the same.
    fn reload(&mut self, beat: &Beat) {
        beat.busy(LOAD_WITHIN);
        self.without_engine = None;
        let before = self.shared.looking.load_full();
        loop {
            let wanted = match self.shared.deployment.models() {
                Ok(wanted) => wanted,
                Err(error) => return self.fail(format!("the deployed model can't be read: {error}")),
            };
            let mut damaged = None;
            let now = self.following(&before, &wanted, &mut damaged, beat);
            // Each is lost once: what is live then was before it.
            let lost = damaged.is_some_and(|(id, why)| match self.shared.deployment.lose(id, &why) {
                Ok(()) => true,
                Err(error) => {
                    tracing::error!("live: {why}, and can't be put aside: {error}");
                    false
                }
            });
            if !lost {
                self.shared.looking.store(Arc::new(now));
                return self.take_over(&before);
            }
        }
    }

    /// What looks where from now on. `damaged`: a model whose file is not what was stored, and why.
    fn following(
        &mut self,
        before: &Looking,
        wanted: &LiveModels,
        damaged: &mut Option<(ModelId, String)>,
        beat: &Beat,
    ) -> Looking {
        before.follow(wanted, |model| {
            beat.busy(LOAD_WITHIN);
            let path = self.shared.store.model_path(model.id)?;
            if let Some(why) = self.shared.store.wrong_with_model(model.id)? {
                let (_, why) = damaged.insert((model.id, why));
                anyhow::bail!("{why}");
            }
            let engine = self.engine.get();
            if engine.is_err() {
                self.without_engine = Some(Instant::now());
            }
            Detector::load(&engine?, model, &path, SESSION)
        })
    }

    /// Where another model looks now, or none, what the last one saw is over.
    fn take_over(&mut self, before: &Looking) {
        let now = self.shared.looking.load_full();
        let changed = |camera: Option<&CameraId>| !now.at(camera).is_as(before.at(camera));
        self.lose_sight(|sight| changed(Some(&sight.camera)));
        let anything = changed(None) || self.sights.iter().any(|sight| changed(Some(&sight.camera)));
        if let Some(error) = now.error().filter(|error| before.error() != Some(error)) {
            tracing::warn!("live: {error}");
        }
        if !anything {
            return self.tell_status();
        }
        for sight in self.sights.iter().filter(|sight| changed(Some(&sight.camera))) {
            if let Some(id) = now.at(Some(&sight.camera)).model() {
                tracing::info!("live: model {id} looks at the camera {}", sight.camera);
            }
        }
        let only = self.sights.first().filter(|_| self.sights.len() == 1).map(|sight| &sight.camera);
        let (model, error) = (now.at(only).model(), now.error().cloned());
        self.status.send_replace(LiveStatus { model, error, cameras: self.told(), ..LiveStatus::default() });
    }

    fn told(&self) -> Vec<LookedAt> {
        let looking = self.shared.looking.load();
        self.sights.iter().map(|sight| sight.told(looking.at(Some(&sight.camera)))).collect()
    }

    /// What was seen last of these cameras is not known to be there any more.
    fn lose_sight(&mut self, of: impl Fn(&Sight) -> bool) {
        let mut gone = Vec::new();
        for sight in self.sights.iter_mut().filter(|sight| of(sight)) {
            sight.begin_anew();
            gone.extend(sight.tracker.clear().into_iter().map(|one| sighting(&sight.camera, one)));
            self.shared.eyes.get(&sight.camera).into_iter().for_each(Eye::forget);
        }
        gone.into_iter().for_each(|one| self.tell_left(&one));
    }

    /// Looks at a frame of the camera at this place, and tells what is there.
    fn look(&mut self, now: Instant, place: usize, frame: &Arc<NewFrame>, beat: &Beat) {
        if std::mem::take(&mut self.sights[place].first) {
            // The device may have to prepare the model anew for this size of picture.
            beat.busy(LOAD_WITHIN);
        }
        let look = self.look;
        // What a panic leaves behind is replaced with the next frame.
        let result = catch_unwind(AssertUnwindSafe(|| look(&self.shared, frame)));
        let (model, predictions, milliseconds) = match result {
            Ok(Ok(Some(seen))) => seen,
            Ok(Ok(None)) => return,
            Ok(Err(error)) => {
                return self.fail_at(place, format!("a frame could not be looked at: {}", with_causes(&error)));
            }
            Err(panic) => {
                self.fail_at(place, "live detection broke on a frame; see the log".into());
                resume_unwind(panic)
            }
        };
        let period = self.period();
        let sight = &mut self.sights[place];
        let span = sight.last.map(|last| now - last);
        sight.last = Some(now);
        sight.error = None;
        if let Some(span) = span {
            sight.fps = smoothed(sight.fps, 1.0 / span.as_secs_f32().max(1e-3));
        }
        let pace = span.unwrap_or_default().max(period).max(now.elapsed());
        self.publish(place, Looked { now, frame, model, predictions, milliseconds, pace });
        self.status.send_if_modified(|s| {
            s.milliseconds = smoothed(s.milliseconds, milliseconds);
            false
        });
        self.tell_status();
    }

    /// What the sights know, in the status. Doors are woken for what is worth it: not every frame's jitter.
    fn tell_status(&self) {
        let (cameras, wrong) = (self.told(), self.shared.looking.load().error().cloned());
        self.status.send_if_modified(|s| {
            let before = std::mem::take(&mut s.cameras);
            let error = wrong.or_else(|| cameras.iter().find_map(|one| one.error.clone()));
            let began = |one: &LookedAt| before.iter().all(|old| old.camera != one.camera || old.fps == 0.0);
            let news = s.error != error || cameras.iter().any(|one| one.fps > 0.0 && began(one));
            s.fps = tenth(cameras.iter().map(|one| one.fps).sum());
            (s.error, s.cameras) = (error, cameras);
            news
        });
    }

    fn publish(&mut self, place: usize, looked: Looked) {
        let Looked { now, frame, model, predictions, milliseconds, pace } = looked;
        let watch = self.shared.watching.now();
        let unsure = doubted(&watch, &model, frame, &predictions);
        let (predictions, zones) = counted(&watch, &model, frame, predictions);
        let sight = &mut self.sights[place];
        let update = sight.tracker.update(When { at: now, taken: frame.taken }, &predictions);
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
            camera: Some(sight.camera.clone()),
            width: frame.width,
            height: frame.height,
            objects,
            frame: sight.stored(frame.taken),
            milliseconds,
        });
        let (frame, categories) = (frame.clone(), model.categories);
        let seen = Seen { frame, detections: detections.clone(), categories, at: Instant::now(), pace };
        let seen = Arc::new(seen);
        lock(&self.shared.looks).add(seen.clone());
        let camera = sight.camera.clone();
        self.shared.eyes.get(&camera).into_iter().for_each(|eye| eye.sees(seen.clone()));
        self.shared.events.publish(Event::Detections(detections.clone()));
        let appeared = update.appeared.iter().map(|new| new.category.clone()).collect();
        for new in update.appeared {
            let object = detections.objects.iter().find(|object| object.track == Some(new.number));
            let zone = object.and_then(|object| object.zone.clone());
            self.tell(Sighting { left: None, zone, ..sighting(&camera, new) }.appearance());
        }
        for gone in update.left {
            self.tell_left(&sighting(&camera, gone));
        }
        self.offer(place, now, &seen, Odd { unsure, appeared, flickers: update.flickers });
    }

    /// Offers the look for keeping, or those before it that turn out to be odd.
    fn offer(&mut self, place: usize, now: Instant, seen: &Arc<Seen>, Odd { unsure, appeared, flickers }: Odd) {
        let Sight { camera, offering, .. } = &mut self.sights[place];
        for Flicker { category, taken } in flickers {
            let odd = lock(&self.shared.looks).taken(Some(camera), taken).map(|look| look.seen.clone());
            let why = KeptFor::Flicker { category };
            odd.into_iter().for_each(|odd| offering.happened(&self.offers, now, odd, why.clone()));
        }
        for category in appeared {
            offering.happened(&self.offers, now, seen.clone(), KeptFor::Appeared { category });
        }
        offering.offer(&self.offers, now, seen, unsure);
    }

    fn tell_left(&self, gone: &Sighting) {
        gone.departure().into_iter().for_each(|event| self.tell(event));
    }

    fn tell(&self, event: FleetEvent) {
        self.shared.events.publish(Event::Fleet(event));
    }

    fn fail_at(&mut self, place: usize, error: String) {
        let sight = &mut self.sights[place];
        if sight.error.as_ref() != Some(&error) {
            tracing::warn!("live: camera {}: {error}", sight.camera);
            sight.error = Some(error);
        }
        self.tell_status();
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

/// How the model looks that is deployed at the frame's camera: see [`Look`]. Finds all that may count, and more.
pub fn detect(shared: &Shared, frame: &Arc<NewFrame>) -> anyhow::Result<Option<(Model, Vec<Prediction>, f32)>> {
    let looking = shared.looking.load_full();
    let Some(loaded) = &looking.at(frame.camera.as_ref()).loaded else { return Ok(None) };
    let image = shared.pixels(frame)?;
    let start = Instant::now();
    let found = loaded.detect(&image, least_score(&shared.watching.now(), &loaded.model))?;
    Ok(Some((loaded.model.clone(), found, start.elapsed().as_secs_f32() * 1000.0)))
}

/// As this camera saw it, over by now.
fn sighting(camera: &CameraId, Followed { number: track, category, first, last, score }: Followed) -> Sighting {
    let camera = Some(camera.clone());
    Sighting { track, category, camera, appeared: first, left: Some(last), clock: None, score, zone: None }
}

fn smoothed(before: f32, now: f32) -> f32 {
    tenth(if before == 0.0 { now } else { before + 0.2 * (now - before) })
}

fn tenth(value: f32) -> f32 {
    (value * 10.0).round() / 10.0
}
