//! A film, over and over. Where its pictures become of another size, ffmpeg is started anew from there, as the one that runs
//! can't follow; so it goes on, and nobody is told that it was away. A film in which no place can be found (times that begin
//! again in the midst of it) is shown in the size of its first pictures.

use super::ffmpeg::Player;
use super::pipe::Pipe;
use crate::camera::source::{Source, SourceError};
use crate::domain::{CameraTrouble, NewFrame};
use std::time::{Duration, Instant};

/// ffmpeg reads ahead of the clock by less than this. It begins at the last picture before that stands alone: where the size
/// changes there is one.
const AHEAD: Duration = Duration::from_secs(1);

/// A film that plays.
pub struct Film {
    player: Player,
    pipe: Pipe,
    /// Where in the film it was started, and when.
    from: Duration,
    begun: Instant,
    /// Whether it gave a picture since.
    given: bool,
    /// The size of its first pictures.
    size: Option<(u32, u32)>,
    /// All pictures are fitted into that one.
    fitted: bool,
    /// Damaged pictures of those that were started before.
    damaged: u64,
}

impl Film {
    /// From its start. Error: ffmpeg can't be started.
    pub fn begin(player: Player) -> Result<Self, SourceError> {
        let pipe = player.start(Duration::ZERO, None)?;
        let (from, begun, given, size, fitted, damaged) = (Duration::ZERO, Instant::now(), false, None, false, 0);
        Ok(Self { player, pipe, from, begun, given, size, fitted, damaged })
    }

    /// From where it goes on after this; `None`: it does not.
    fn next_from(&mut self, error: &SourceError) -> Option<Duration> {
        let resized = error.trouble == CameraTrouble::FormatChanged;
        if self.from.is_zero() {
            self.size = self.pipe.first_size();
            // It plays over and over by itself, and has to give something: else it would be begun for ever.
            return (resized && self.given).then(|| self.played());
        }
        if resized {
            return Some(self.played());
        }
        if !self.given {
            tracing::warn!(
                "{}: its size changes where it can't be begun; it is shown in its first one",
                self.describe()
            );
            self.fitted = true;
        }
        // It was at its end, or is nothing to begin in the midst of.
        (self.fitted || error.trouble == CameraTrouble::Ended).then_some(Duration::ZERO)
    }

    fn played(&self) -> Duration {
        self.from + self.begun.elapsed() + AHEAD
    }
}

impl Source for Film {
    fn next(&mut self) -> Result<NewFrame, SourceError> {
        loop {
            let error = match self.pipe.next() {
                Ok(frame) => {
                    self.given = true;
                    return Ok(frame);
                }
                Err(error) => error,
            };
            let Some(from) = self.next_from(&error) else { return Err(error) };
            tracing::debug!("{error}: it goes on at {from:?}");
            self.damaged += self.pipe.passed_over();
            self.pipe = self.player.start(from, self.size.filter(|_| self.fitted))?;
            (self.from, self.begun, self.given) = (from, Instant::now(), false);
        }
    }

    fn passed_over(&mut self) -> u64 {
        std::mem::take(&mut self.damaged) + self.pipe.passed_over()
    }

    fn wakes_within(&self) -> Duration {
        // It may be started twice for one picture.
        2 * self.pipe.wakes_within()
    }

    fn describe(&self) -> String {
        self.pipe.describe()
    }
}
