//! Reads the source: opens it, reads it until it fails, pauses, and again.

use super::open::Opener;
use super::source::SourceError;
use crate::backoff::Backoff;
use crate::domain::{CameraTrouble, NewFrame};
use crate::supervise::{Beat, panic_words};
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender};
use std::time::Duration;

/// So many frames in a row make a connection good: the next pause is short again.
const GOOD: u32 = 10;
/// A camera that is slow to wake, or a folder on a disk that is, takes seconds.
const OPEN_WITHIN: Duration = Duration::from_secs(300);

/// Cameras lock out who tries wrong passwords.
const DENIED_PAUSE: Duration = Duration::from_secs(60);

/// What the reader has to say.
pub enum Report {
    /// What it is, and how much longer than others it may take to its first frame.
    Opened(String, Duration),
    Frame(NewFrame),
    /// So many damaged pictures were passed over.
    PassedOver(u64),
    /// It is tried again after this pause.
    Failed(SourceError, Duration),
}

/// Reads one source at a time, and tells of it.
pub struct Reader {
    pub open: Opener,
    pub reports: SyncSender<Report>,
    /// Its other end is dropped when the service stops, which ends a pause at once.
    pub wake: Receiver<()>,
    pub pauses: Backoff,
}

impl Reader {
    /// Ends when nobody listens any more. A panic of the source is told as a failure, and passed on.
    pub fn run(&mut self, beat: &Beat) {
        loop {
            let error = match catch_unwind(AssertUnwindSafe(|| self.read(beat))) {
                Ok(None) => return,
                Ok(Some(error)) => error,
                // `v4l` panics when a stream can't be stopped.
                Err(panic) => {
                    let error = SourceError::new(
                        CameraTrouble::Failed,
                        format!("the source broke: {}", panic_words(panic.as_ref())),
                    );
                    if self.report(beat, Report::Failed(error, Duration::ZERO)).is_none() {
                        return;
                    }
                    resume_unwind(panic)
                }
            };
            let pause = if error.trouble == CameraTrouble::Denied { DENIED_PAUSE } else { self.pauses.pause() };
            if self.report(beat, Report::Failed(error, pause)).is_none() {
                return;
            }
            beat.busy(pause.saturating_add(OPEN_WITHIN));
            if self.wake.recv_timeout(pause) != Err(RecvTimeoutError::Timeout) {
                return;
            }
        }
    }

    /// Until the source fails; `None`: nobody listens any more.
    fn read(&mut self, beat: &Beat) -> Option<SourceError> {
        beat.busy(OPEN_WITHIN);
        let mut source = match (self.open)() {
            Ok(source) => source,
            Err(error) => return Some(error),
        };
        self.report(beat, Report::Opened(source.describe(), source.wakes_within()))?;
        let mut given = 0u32;
        loop {
            beat.alive();
            let next = source.next();
            let passed_over = source.passed_over();
            if passed_over > 0 {
                self.report(beat, Report::PassedOver(passed_over))?;
            }
            match next {
                Ok(frame) => self.report(beat, Report::Frame(frame))?,
                Err(error) => return Some(error),
            }
            given += 1;
            if given == GOOD {
                self.pauses.reset();
            }
        }
    }

    /// Waits for the publisher, which has a beat of its own. `None`: it is gone.
    fn report(&self, beat: &Beat, report: Report) -> Option<()> {
        beat.idle();
        self.reports.send(report).ok()
    }
}
