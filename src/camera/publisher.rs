//! Publishes what the source gives, and keeps what the keep rule picks.

use super::called::Called;
use super::keep::{Keep, Rule, Verdict};
use super::rate::Rate;
use super::reader::Report;
use super::status::{CameraState, CameraStatus};
use crate::config;
use crate::domain::{CameraTrouble, Event, FleetEvent, FleetEventKind, Frame, NewFrame};
use crate::events::Events;
use crate::moment::Moment;
use crate::picture::PictureError;
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
/// So many frames in a row that can't be decoded, and the camera gives nothing but damage. Frames are looked at about once
/// a second.
const MOST_UNREADABLE: u32 = 3;

/// Stores a frame: the store's `add_frame`.
pub type Keeper = Arc<dyn Fn(&NewFrame) -> Result<Frame, StoreError> + Send + Sync>;

/// What came of a frame.
enum Seen {
    /// The keep rule did not ask for it.
    NotLookedAt,
    /// It could be decoded, and is not worth keeping.
    Sound,
    /// It was to be stored; what went wrong with that.
    Decided(Option<String>),
}

/// What is known of the camera.
pub struct Publisher {
    /// After this long without a frame the camera is lost.
    silence: Duration,
    called: Called,
    config: Current<config::Camera>,
    keep: Keep,
    rate: Rate,
    status: watch::Sender<CameraStatus>,
    latest: watch::Sender<Option<Arc<NewFrame>>>,
    keeper: Keeper,
    events: Events,
    /// Why no frames come, as it was told, and since when.
    lost: Option<(CameraTrouble, Moment)>,
    /// Frames in a row that could not be decoded.
    unreadable: u32,
    full: bool,
    /// The last trouble that was logged, so that it is logged once.
    warned: Option<String>,
}

impl Publisher {
    pub fn new(
        called: Called,
        config: Current<config::Camera>,
        status: watch::Sender<CameraStatus>,
        latest: watch::Sender<Option<Arc<NewFrame>>>,
        keeper: Keeper,
        events: Events,
    ) -> Self {
        let three_frames = Duration::try_from_secs_f32(3.0 / config.now().fps).unwrap_or_default();
        Self {
            silence: SILENCE + three_frames,
            called,
            config,
            keep: Keep::default(),
            rate: Rate::default(),
            status,
            latest,
            keeper,
            events,
            lost: None,
            unreadable: 0,
            full: false,
            warned: None,
        }
    }

    /// Until `stop` is cancelled, or nobody reports any more.
    pub fn run(&mut self, reported: &Receiver<Report>, stop: &CancellationToken, beat: &Beat) {
        let (mut heard, mut patience) = (Instant::now(), self.silence);
        while !stop.is_cancelled() {
            beat.alive();
            match reported.recv_timeout(TICK) {
                Ok(report) => {
                    heard = Instant::now();
                    let more = match &report {
                        Report::Failed(_, more) | Report::Opened(_, more) => *more,
                        _ => Duration::ZERO,
                    };
                    patience = self.silence + more;
                    self.hear(heard, report);
                }
                Err(RecvTimeoutError::Timeout) if heard.elapsed() > patience => {
                    self.lose(CameraTrouble::Stalled, format!("no frame for {} s", patience.as_secs()));
                }
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => break,
            }
        }
    }

    fn hear(&mut self, now: Instant, report: Report) {
        match report {
            Report::Opened(source, _) => {
                self.unreadable = 0;
                tracing::info!("camera: {}", self.called.words(&format!("reading {source}")));
                self.status.send_modify(|s| s.source = source);
            }
            Report::Frame(frame) => self.frame(now, frame),
            Report::PassedOver(damaged) => self.damaged(damaged),
            Report::Failed(error, _) => self.lose(error.trouble, error.to_string()),
        }
    }

    /// No frames come. Told anew when the trouble is another one than before.
    fn lose(&mut self, trouble: CameraTrouble, why: String) {
        let before = self.lost.take();
        if before.as_ref().is_none_or(|(told, _)| *told != trouble) {
            tracing::warn!("camera lost: {}", self.called.words(&why));
            let event = self.called.event(FleetEventKind::CameraLost, &why);
            self.events.publish(Event::Fleet(FleetEvent { trouble: Some(trouble), ..event }));
        }
        let since = before.map_or_else(Moment::now, |(_, since)| since);
        self.rate = Rate::default();
        self.status.send_if_modified(|s| {
            let before = (s.state, s.trouble, s.lost_since, s.error.take());
            (s.state, s.fps) = (CameraState::Lost, 0.0);
            (s.trouble, s.lost_since, s.error) = (Some(trouble), Some(since.told()), Some(why));
            before != (s.state, s.trouble, s.lost_since, s.error.clone())
        });
        self.lost = Some((trouble, since));
    }

    fn found(&mut self) {
        if self.lost.take().is_some() {
            tracing::info!("{}", self.called.words("the camera is back"));
            let source = self.status.borrow().source.clone();
            self.tell(FleetEventKind::CameraBack, &source);
        }
    }

    /// Shown with the next change of the status; not worth one of its own.
    fn damaged(&mut self, more: u64) {
        self.status.send_if_modified(|s| {
            s.damaged += more;
            false
        });
    }

    fn frame(&mut self, now: Instant, mut frame: NewFrame) {
        frame.camera = Some(self.called.id().clone());
        let frame = Arc::new(frame);
        // Stored before it is published, so that the live service knows a stored frame's id when it sees the frame.
        match self.consider(now, &frame) {
            // As damaged as those before it, for all that is known.
            Ok(Seen::NotLookedAt) if self.unreadable >= MOST_UNREADABLE => {}
            Ok(seen) => {
                if !matches!(seen, Seen::NotLookedAt) {
                    self.unreadable = 0;
                }
                self.found();
                self.publish(now, frame, seen);
            }
            Err(error) => self.unreadable(&error),
        }
    }

    /// A frame that can't be decoded is shown to nobody, and not stored.
    fn unreadable(&mut self, error: &PictureError) {
        self.unreadable = self.unreadable.saturating_add(1);
        self.damaged(1);
        if self.unreadable == 1 {
            tracing::warn!("{}", self.called.words(&format!("a camera frame can't be decoded: {error}")));
        }
        if self.unreadable >= MOST_UNREADABLE {
            let text = "the camera sends only frames that can't be decoded; look at its cable, or set another size";
            self.lose(CameraTrouble::Damaged, text.to_owned());
        }
    }

    /// Shows the frame to all.
    fn publish(&mut self, now: Instant, frame: Arc<NewFrame>, seen: Seen) {
        let fps = self.rate.tick(now);
        let (width, height) = (frame.width, frame.height);
        self.latest.send_replace(Some(frame));
        let state = if self.full { CameraState::Full } else { CameraState::Streaming };
        self.status.send_if_modified(|s| {
            let resized = (s.width, s.height) != (width, height);
            if resized && s.width > 0 {
                let text = format!("pictures of {width} × {height} instead of {} × {}", s.width, s.height);
                tracing::info!("camera: {}", self.called.words(&text));
            }
            let changed = resized
                || s.state != state
                || fps.is_some_and(|fps| (fps - s.fps).abs() > 0.1 * s.fps)
                || matches!(&seen, Seen::Decided(error) if *error != s.error);
            (s.width, s.height, s.state) = (width, height, state);
            (s.trouble, s.lost_since) = (None, None);
            s.fps = fps.unwrap_or(s.fps);
            match seen {
                Seen::Decided(error) => s.error = error,
                // What was wrong with the source is over; what is wrong with the store is not.
                _ if !self.full && self.warned.is_none() => s.error = None,
                _ => {}
            }
            changed
        });
    }

    /// Stores the frame if the keep rule says so. Error: it is damaged.
    fn consider(&mut self, now: Instant, frame: &NewFrame) -> Result<Seen, PictureError> {
        let rule = Rule::of(&self.config.now());
        let grey = match self.keep.consider(rule, now, frame)? {
            Verdict::NotYet => return Ok(Seen::NotLookedAt),
            Verdict::Same => {
                // Shown with the next change of the status; not worth one of its own.
                self.status.send_if_modified(|s| {
                    s.skipped += 1;
                    false
                });
                return Ok(Seen::Sound);
            }
            Verdict::Keep(grey) => grey,
        };
        let error = match (self.keeper)(frame) {
            Ok(stored) => {
                self.keep.kept(now, grey);
                self.full = false;
                self.warned = None;
                self.status.send_modify(|s| s.kept += 1);
                self.events.publish(Event::Frame(stored));
                None
            }
            Err(StoreError::Full(why)) => {
                self.keep.failed(now);
                if !self.full {
                    self.tell(FleetEventKind::DiskLow, &why);
                }
                self.full = true;
                Some(self.warn(why))
            }
            Err(error) => {
                self.keep.failed(now);
                Some(self.warn(format!("a frame could not be stored: {error}")))
            }
        };
        Ok(Seen::Decided(error))
    }

    /// Logs a trouble unless it was the last one logged.
    fn warn(&mut self, text: String) -> String {
        if self.warned.as_ref() != Some(&text) {
            tracing::warn!("{}", self.called.words(&text));
            self.warned = Some(text.clone());
        }
        text
    }

    fn tell(&self, kind: FleetEventKind, message: &str) {
        self.events.publish(Event::Fleet(self.called.event(kind, message)));
    }
}

#[cfg(test)]
#[path = "publisher_tests.rs"]
mod tests;
