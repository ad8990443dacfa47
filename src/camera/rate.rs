//! The measured frame rate.

use std::time::Instant;

/// Frames a second, measured over spans of 3 s.
#[derive(Default)]
pub struct Rate {
    since: Option<Instant>,
    frames: u32,
}

impl Rate {
    /// Counts a frame; the rate, where a span is over.
    pub fn tick(&mut self, now: Instant) -> Option<f32> {
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
