//! That messages were dropped is an event: not one for each, as there may be thousands.

use std::time::{Duration, Instant};

/// Between two events.
const EVERY: Duration = Duration::from_secs(600);

/// What was told of messages that were dropped.
#[derive(Debug, Default)]
pub struct Drops {
    /// How many there were when that was told last; before that, at the start.
    told: Option<u64>,
    at: Option<Instant>,
}

impl Drops {
    /// How many were dropped since that was told last, where it is to be told `now`; `dropped`: of all times.
    pub fn news(&mut self, dropped: u64, now: Instant) -> Option<u64> {
        let new = dropped.saturating_sub(*self.told.get_or_insert(dropped));
        let lately = self.at.is_some_and(|at| now.saturating_duration_since(at) < EVERY);
        (new > 0 && !lately).then(|| {
            (self.told, self.at) = (Some(dropped), Some(now));
            new
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_is_told_at_once_and_the_rest_together() {
        let (mut drops, start) = (Drops::default(), Instant::now());
        assert_eq!(drops.news(40, start), None, "before the start");
        assert_eq!(drops.news(41, start), Some(1));
        assert_eq!(drops.news(900, start + EVERY / 2), None);
        assert_eq!(drops.news(1000, start + EVERY), Some(959));
        assert_eq!(drops.news(1000, start + 3 * EVERY), None);
    }
}
