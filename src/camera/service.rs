//! The capture service: one thread reads the source, another publishes and keeps what it gives.
//!
//! Two threads, because a source may hang in the middle of a system call: the second notices, says so, and stops when
//! asked to, whatever the first one does. There is never more than one reader, so a hung device is never opened twice.

use super::keep::{Keep, Verdict};
use super::open::{Opener, opener};
use super::source::{Source, SourceError};
use super::status::{CameraState, CameraStatus};
use crate::backoff::Backoff;
use crate::config;
use crate::domain::{CameraId, Event, FleetEvent, FleetEventKind, Frame, NewFrame};
use crate::events::Events;
use crate::store::{Store, StoreError};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::time::{Duration, Instant};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

/// How often the service looks whether it is to stop.
const TICK: Duration = Duration::from_millis(50);
/// After this long without a frame, beyond what the frame rate allows, a camera is lost.
const SILENCE: Duration = Duration::from_secs(10);
/// So many frames in a row make a connection good: the next pause is short again.
const GOOD: u32 = 10;
const FIRST_PAUSE: Duration = Duration::from_millis(500);
const LONGEST_PAUSE: Duration = Duration::from_secs(30);

/// Stores a frame: the store's `add_frame`.
type Keeper = Arc<dyn Fn(&NewFrame) -> Result<Frame, StoreError> + Send + Sync>;

/// Handle on the running camera; clones share it.
#[derive(Clone)]
pub struct Camera {
    pub status: watch::Receiver<CameraStatus>,
    pub latest: watch::Receiver<Option<Arc<NewFrame>>>,
    keeper: Keeper,
    events: Events,
}

impl Camera {
    /// Starts the capture threads: they reconnect by themselves with growing, jittered pauses, until `stop` is
    /// cancelled. The watches close once capture has ended.
    pub fn start(config: &config::Camera, store: Store, events: Events, stop: CancellationToken) -> Self {
        let keeper: Keeper = Arc::new(move |frame| store.add_frame(frame));
        let pauses = Backoff::new(FIRST_PAUSE, LONGEST_PAUSE);
        Self::run(config, opener(config), pauses, keeper, events, stop)
    }

    fn run(
        config: &config::Camera,
        open: Opener,
        pauses: Backoff,
        keeper: Keeper,
        events: Events,
        stop: CancellationToken,
    ) -> Self {
        let (status, status_seen) = watch::channel(CameraStatus {
            state: CameraState::Starting,
            source: config.source.to_string(),
            error: None,
            fps: 0.0,
            width: 0,
            height: 0,
            kept: 0,
            skipped: 0,
        });
        let (latest, latest_seen) = watch::channel(None);
        let (reports, reported) = sync_channel(1);
        let (awake, wake) = sync_channel::<()>(0);
        let service = Service {
            silence: SILENCE + Duration::try_from_secs_f32(3.0 / config.fps).unwrap_or_default(),
            keep: Keep::new(config.keep_every, config.keep_difference),
            rate: Rate::default(),
            status,
            latest,
            keeper: keeper.clone(),
            events: events.clone(),
            lost: false,
            full: false,
            warned: None,
        };
        let reader = std::thread::Builder::new().name("camera-source".into());
        let publisher = std::thread::Builder::new().name("camera".into());
        let started = reader
            .spawn(move || read(open, &reports, &wake, pauses))
            .and_then(|_| publisher.spawn(move || service.run(&reported, &stop, awake)));
        if let Err(error) = started {
            // The closures were dropped, and with them the watches' senders: whoever waits is told.
            tracing::error!("the camera could not be started: {error}");
        }
        Self { status: status_seen, latest: latest_seen, keeper, events }
    }

    /// Stores the newest frame now, whatever the keep rule says. Error: no camera frame yet, or the store is full.
    pub fn capture(&self) -> Result<Frame, StoreError> {
        let frame = self.latest.borrow().clone();
        let frame = frame.ok_or_else(|| {
            let status = self.status.borrow();
            let why = status.error.as_deref().unwrap_or("it is still starting");
            StoreError::Conflict(format!("there is no frame from the camera yet: {why}"))
        })?;
        let stored = (self.keeper)(&frame)?;
        self.events.publish(Event::Frame(stored.clone()));
        Ok(stored)
    }
}

/// What the reading thread has to say.
enum Report {
    Opened(String),
    Frame(NewFrame),
    Failed(SourceError),
}

/// Opens the source, reads it until it fails, pauses, and again; ends when nobody listens any more.
fn read(mut open: Opener, reports: &SyncSender<Report>, wake: &Receiver<()>, mut pauses: Backoff) {
    loop {
        let attempt = catch_unwind(AssertUnwindSafe(|| read_until_failure(&mut open, reports, &mut pauses)));
        let error = match attempt {
            Ok(None) => return,
            Ok(Some(error)) => error,
            // `v4l` panics when a stream can't be stopped; that is one more way to fail.
            Err(panic) => SourceError::Broke(panic_text(panic.as_ref()).to_owned()),
        };
        if reports.send(Report::Failed(error)).is_err() {
            return;
        }
        // The other end is dropped when the service stops, which ends the pause at once.
        if wake.recv_timeout(pauses.pause()) != Err(RecvTimeoutError::Timeout) {
            return;
        }
    }
}

/// `None`: nobody listens any more.
fn read_until_failure(open: &mut Opener, reports: &SyncSender<Report>, pauses: &mut Backoff) -> Option<SourceError> {
    let mut source: Box<dyn Source> = match open() {
        Ok(source) => source,
        Err(error) => return Some(error),
    };
    reports.send(Report::Opened(source.describe())).ok()?;
    let mut given = 0u32;
    loop {
        match source.next() {
            Ok(frame) => reports.send(Report::Frame(frame)).ok()?,
            Err(error) => return Some(error),
        }
        given += 1;
        if given == GOOD {
            pauses.reset();
        }
    }
}

fn panic_text(panic: &(dyn std::any::Any + Send)) -> &str {
    panic.downcast_ref::<String>().map(String::as_str).or(panic.downcast_ref::<&str>().copied()).unwrap_or("panic")
}

struct Service {
    silence: Duration,
    keep: Keep,
    rate: Rate,
    status: watch::Sender<CameraStatus>,
    latest: watch::Sender<Option<Arc<NewFrame>>>,
    keeper: Keeper,
    events: Events,
    lost: bool,
    full: bool,
    /// The last trouble that was logged, so that it is logged once.
    warned: Option<String>,
}

impl Service {
    /// `awake` is held only to be dropped at the end.
    fn run(mut self, reported: &Receiver<Report>, stop: &CancellationToken, awake: SyncSender<()>) {
        let mut heard = Instant::now();
        let mut failed = false;
        while !stop.is_cancelled() {
            match reported.recv_timeout(TICK) {
                Ok(Report::Opened(source)) => {
                    tracing::info!("camera: reading {source}");
                    self.status.send_modify(|s| s.source = source);
                    (heard, failed) = (Instant::now(), false);
                }
                Ok(Report::Frame(frame)) => {
                    heard = Instant::now();
                    self.frame(heard, frame);
                }
                Ok(Report::Failed(error)) => {
                    failed = true;
                    self.lose(error.to_string());
                }
                Err(RecvTimeoutError::Timeout) => {
                    // Pauses after a failure are no silence: the failure was told.
                    if !failed && heard.elapsed() > self.silence {
                        self.lose(format!("no frame for {} s", self.silence.as_secs()));
                    }
                }
                Err(RecvTimeoutError::Disconnected) => break,
            }
        }
        drop(awake);
    }

    fn lose(&mut self, why: String) {
        if !self.lost {
            tracing::warn!("camera lost: {why}");
            self.tell(FleetEventKind::CameraLost, &why);
        }
        self.lost = true;
        self.rate = Rate::default();
        self.status.send_if_modified(|s| {
            let changed = s.state != CameraState::Lost || s.error.as_deref() != Some(&why);
            s.state = CameraState::Lost;
            s.error = Some(why);
            s.fps = 0.0;
            changed
        });
    }

    fn frame(&mut self, now: Instant, mut frame: NewFrame) {
        frame.camera = Some(CameraId::main());
        if self.lost {
            self.lost = false;
            tracing::info!("the camera is back");
            let source = self.status.borrow().source.clone();
            self.tell(FleetEventKind::CameraBack, &source);
        }
        let fps = self.rate.tick(now);
        let (width, height) = (frame.width, frame.height);
        let frame = Arc::new(frame);
        // Stored before it is published, so that the live service knows a stored frame's id when it sees the frame.
        let trouble = self.consider(now, &frame);
        self.latest.send_replace(Some(frame));
        let state = if self.full { CameraState::Full } else { CameraState::Streaming };
        self.status.send_if_modified(|s| {
            let changed = (s.state, s.width, s.height) != (state, width, height)
                || fps.is_some_and(|fps| (fps - s.fps).abs() > 0.1 * s.fps)
                || trouble.as_ref().is_some_and(|t| *t != s.error);
            (s.width, s.height, s.state) = (width, height, state);
            s.fps = fps.unwrap_or(s.fps);
            match trouble {
                Some(trouble) => s.error = trouble,
                // What was wrong with the source is over; what is wrong with the store is not.
                None if !self.full && self.warned.is_none() => s.error = None,
                None => {}
            }
            changed
        });
    }

    /// Stores the frame if the keep rule says so. Returns the new `error` of the status where that was decided.
    fn consider(&mut self, now: Instant, frame: &NewFrame) -> Option<Option<String>> {
        let grey = match self.keep.consider(now, frame) {
            Ok(Verdict::NotYet) => return None,
            Ok(Verdict::Same) => {
                // Shown with the next change of the status; not worth one of its own.
                self.status.send_if_modified(|s| {
                    s.skipped += 1;
                    false
                });
                return None;
            }
            Ok(Verdict::Keep(grey)) => grey,
            Err(error) => return Some(Some(self.warn(format!("a camera frame can't be decoded: {error}")))),
        };
        match (self.keeper)(frame) {
            Ok(stored) => {
                self.keep.kept(now, grey);
                self.full = false;
                self.warned = None;
                self.status.send_modify(|s| s.kept += 1);
                self.events.publish(Event::Frame(stored));
                Some(None)
            }
            Err(StoreError::Full(why)) => {
                self.keep.failed(now);
                if !self.full {
                    self.tell(FleetEventKind::DiskLow, &why);
                }
                self.full = true;
                Some(Some(self.warn(why)))
            }
            Err(error) => {
                self.keep.failed(now);
                Some(Some(self.warn(format!("a frame could not be stored: {error}"))))
            }
        }
    }

    /// Logs a trouble unless it was the last one logged.
    fn warn(&mut self, text: String) -> String {
        if self.warned.as_ref() != Some(&text) {
            tracing::warn!("{text}");
            self.warned = Some(text.clone());
        }
        text
    }

    fn tell(&self, kind: FleetEventKind, message: &str) {
        self.events.publish(Event::Fleet(FleetEvent::new(kind, message)));
    }
}

/// Frames a second, measured over spans of 3 s.
#[derive(Default)]
struct Rate {
    since: Option<Instant>,
    frames: u32,
}

impl Rate {
    /// Counts a frame; the rate, where a span is over.
    fn tick(&mut self, now: Instant) -> Option<f32> {
        let since = *self.since.get_or_insert(now);
        let span = (now - since).as_secs_f32();
        if span < 3.0 {
            self.frames += 1;
            return None;
        }
        let fps = self.frames as f32 / span;
        (self.since, self.frames) = (Some(now), 1);
        Some((fps * 10.0).round() / 10.0)
    }
}

#[cfg(test)]
#[path = "service_tests.rs"]
mod tests;
