//! From a failure to the next start.

use super::beat::Beat;
use super::board::Board;
use super::part::{Part, PartName, PartState};
use crate::backoff::Backoff;
use crate::causes::with_causes;
use std::any::Any;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

/// A run that took this long was a good one: the next pause is short again.
const GOOD: Duration = Duration::from_secs(60);

/// How a part came along so far.
pub struct Attempts {
    name: PartName,
    board: Arc<Board>,
    pub beat: Beat,
    pauses: Backoff,
    restarts: u32,
    error: Option<String>,
    begun: Instant,
}

impl Attempts {
    pub fn new(name: PartName, board: Arc<Board>, beat: Beat, pauses: Backoff) -> Self {
        board.watch(name.clone(), beat.clone());
        Self { name, board, beat, pauses, restarts: 0, error: None, begun: Instant::now() }
    }

    /// The part runs, again.
    pub fn begin(&mut self) {
        self.begun = Instant::now();
        self.board.runs(&self.name);
        self.beat.begin();
        self.post(PartState::Running);
    }

    /// It has ended, though nobody told it to. How long to wait before it is started again.
    pub fn ended(&mut self, outcome: thread::Result<anyhow::Result<()>>) -> Duration {
        let error = match outcome {
            Ok(Ok(())) => "it ended by itself".to_owned(),
            Ok(Err(error)) => with_causes(&error),
            Err(panic) => format!("it broke: {}", panic_words(panic.as_ref())),
        };
        // The supervisor waits now, not the part.
        self.beat.end();
        if self.begun.elapsed() >= GOOD {
            self.pauses.reset();
        }
        self.restarts += 1;
        let pause = self.pauses.pause();
        tracing::error!(part = &*self.name, error, pause_s = pause.as_secs_f32(), "a part failed; it is started again");
        self.board.failed(&self.name, error.clone());
        self.error = Some(error);
        self.post(PartState::Restarting);
        pause
    }

    /// It has ended as it was told to.
    pub fn over(self) {
        self.beat.end();
    }

    fn post(&self, state: PartState) {
        self.board.post(self.name.clone(), Part { state, restarts: self.restarts, error: self.error.clone() });
    }
}

/// What a panic said.
pub fn panic_words(panic: &(dyn Any + Send)) -> &str {
    panic.downcast_ref::<String>().map(String::as_str).or(panic.downcast_ref::<&str>().copied()).unwrap_or("a panic")
}
