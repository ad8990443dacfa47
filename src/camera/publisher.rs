//! Publishes what the source gives, and keeps what the keep rule picks.

use super::keep::{Keep, Rule, Verdict};
use super::rate::Rate;
use super::reader::Report;
use super::status::{CameraState, CameraStatus};
use crate::config;
use crate::domain::{CameraId, Event, FleetEvent, FleetEventKind, Frame, NewFrame};
use crate::events::Events;
use crate::settings::Current;
use crate::store::StoreError;
use crate::supervise::Beat;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::{Duration, Instant};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

/// How often it looks whether it is to stop.
const TICK: Duration = Duration::from_millis(50);
/// After this long without a frame, beyond what the frame rate allows, a camera is lost.
const SILENCE: Duration = Duration::from_secs(10);

/// Stores a frame: the store's `add_frame`.
pub type Keeper = Arc<dyn Fn(&NewFrame) -> Result<Frame, StoreError> + Send + Sync>;

/// What is known of the camera.
pub struct Publisher {
    /// After this long without a frame the camera is lost.
    silence: Duration,
    config: Current<config::Camera>,
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

impl Publisher {
    pub fn new(
        config: Current<config::Camera>,
        status: watch::Sender<CameraStatus>,
        latest: watch::Sender<Option<Arc<NewFrame>>>,
        keeper: Keeper,
        events: Events,
    ) -> Self {
        let three_frames = Duration::try_from_secs_f32(3.0 / config.now().fps).unwrap_or_default();
        Self {
            silence: SILENCE + three_frames,
            config,
            keep: Keep::default(),
            rate: Rate::default(),
            status,
            latest,
            keeper,
            events,
            lost: false,
            full: false,
            warned: None,
        }
    }

    /// Until `stop` is cancelled, or nobody reports any more.
    pub fn run(&mut self, reported: &Receiver<Report>, stop: &CancellationToken, beat: &Beat) {
        let mut heard = Instant::now();
        let mut failed = false;
        while !stop.is_cancelled() {
            beat.alive();
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
        let rule = Rule::of(&self.config.now());
        let grey = match self.keep.consider(rule, now, frame) {
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
