//! Moments by the clock that nobody sets. A device without a battery boots in 1970 and learns the time minutes later: what
//! lasts must neither end at once nor last for years by that, and is told in the time that the wall clock shows now.

use jiff::{SignedDuration, Timestamp};
use parking_lot::Mutex;
use std::time::{Duration, Instant};

/// Below this the wall clock was put right, as every clock is; beyond, it was set, and what was told is told anew.
const SET: SignedDuration = SignedDuration::from_secs(5);

/// A moment that no setting of the wall clock moves.
#[derive(Debug)]
pub struct Moment {
    at: Instant,
    /// What was told of it last: the same until the clock is set.
    told: Mutex<Timestamp>,
}

impl Moment {
    pub fn now() -> Self {
        Self::of(Instant::now())
    }

    pub fn of(at: Instant) -> Self {
        Self::known(at, on_the_wall(at))
    }

    /// Of which somebody was told already.
    pub fn known(at: Instant, told: Timestamp) -> Self {
        Self { at, told: Mutex::new(told) }
    }

    /// Whether it is over by `now`.
    pub fn is_over(&self, now: Instant) -> bool {
        self.at <= now
    }

    /// How long ago it was.
    pub fn elapsed(&self) -> Duration {
        self.at.elapsed()
    }

    /// As the wall clock has it now.
    pub fn told(&self) -> Timestamp {
        let (now, mut told) = (on_the_wall(self.at), self.told.lock());
        if now.duration_since(*told).abs() >= SET {
            *told = now;
        }
        *told
    }
}

/// What the wall clock shows then, or would have shown.
fn on_the_wall(at: Instant) -> Timestamp {
    let now = Instant::now();
    let span = |span: Duration| SignedDuration::try_from(span).unwrap_or(SignedDuration::MAX);
    let (ahead, behind) = (span(at.saturating_duration_since(now)), span(now.saturating_duration_since(at)));
    let wall = Timestamp::now();
    wall.saturating_add(ahead - behind).unwrap_or(wall)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_told_alike_until_the_clock_is_set() {
        let minute = Duration::from_secs(60);
        let moment = Moment::of(Instant::now() + minute);
        let told = moment.told();
        let left = told.duration_since(Timestamp::now());
        assert!((SignedDuration::from_secs(30)..=SignedDuration::from_secs(60)).contains(&left), "{left}");
        assert_eq!(moment.told(), told);
        assert!(!moment.is_over(Instant::now()) && moment.is_over(Instant::now() + minute));
        // As if it had been told by a clock that was in 1970.
        let moment = Moment::known(moment.at, Timestamp::UNIX_EPOCH);
        assert!(moment.told().duration_since(told).abs() < SignedDuration::from_secs(30));
        assert_eq!(moment.told(), moment.told());
    }
}
