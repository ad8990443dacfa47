//! How long a training still takes, at the pace that it came along so far.

use std::time::{Duration, Instant};

/// Where a training was when it was started, or gone on with after a restart.
pub struct Pace {
    begun: Instant,
    from: Option<f32>,
}

impl Pace {
    pub fn begin() -> Self {
        Self { begun: Instant::now(), from: None }
    }

    /// Seconds left of a training at `progress` (0 to 1); `None` until that can be told.
    pub fn seconds_left(&mut self, progress: f32) -> Option<f32> {
        let from = *self.from.get_or_insert(progress);
        left(self.begun.elapsed(), progress - from, 1.0 - progress)
    }
}

/// What is to go at the pace of what is done; `None` while less than a hundredth is done.
fn left(elapsed: Duration, done: f32, to_go: f32) -> Option<f32> {
    (done >= 0.01 && to_go >= 0.0).then(|| elapsed.as_secs_f32() * to_go / done)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rest_follows_the_pace() {
        assert_eq!(left(Duration::from_secs(30), 0.25, 0.5), Some(60.0));
        assert_eq!(left(Duration::from_secs(30), 0.0, 1.0), None);
        assert_eq!(left(Duration::from_secs(30), f32::NAN, 0.5), None);
    }

    #[test]
    fn a_training_that_goes_on_counts_from_there() {
        let mut pace = Pace::begin();
        assert_eq!(pace.seconds_left(0.5), None);
        assert!(pace.seconds_left(0.75).is_some());
    }
}
