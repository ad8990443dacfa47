//! How many frames may be kept: so many an hour, spread over it.
//!
//! A token bucket, kept as the moment at which it is full again (the generic cell rate algorithm, ITU-T I.371). What is kept for the
//! same reason as the one before waits until it is full: a busy scene has one reason all the time, and would leave none for
//! the others.

use crate::domain::KeptFor;
use std::mem::{Discriminant, discriminant};
use std::time::{Duration, Instant};

const HOUR: Duration = Duration::from_secs(3600);

/// How much may be kept.
#[derive(Clone, Copy, Debug)]
pub struct Allowance {
    an_hour: u32,
    /// Out of a full bucket.
    at_once: u32,
}

impl Allowance {
    /// So many frames in any hour; at once a tenth of them, where they are parts of clips a quarter.
    pub fn new(an_hour: u32, in_clips: bool) -> Self {
        Self { an_hour, at_once: an_hour.div_ceil(if in_clips { 4 } else { 10 }) }
    }

    /// Until there is one more. What is there at once, and what comes within an hour, are together no more than may be.
    fn interval(self) -> Duration {
        HOUR / (self.an_hour - self.at_once + 1) + Duration::from_nanos(1)
    }
}

/// What was kept of late.
#[derive(Debug, Default)]
pub struct Pace {
    /// When the bucket is full again.
    full: Option<Instant>,
    /// For what the last one was kept.
    last: Option<Discriminant<KeptFor>>,
}

impl Pace {
    /// How many more may be kept `now`, if there is a reason that is none of the last one's.
    pub fn room(&self, now: Instant, allowed: Allowance) -> usize {
        let missing = self.full.map_or(Duration::ZERO, |full| full.saturating_duration_since(now));
        let taken = missing.as_nanos().div_ceil(allowed.interval().as_nanos());
        (allowed.at_once as usize).saturating_sub(usize::try_from(taken).unwrap_or(usize::MAX))
    }

    /// How many more may be kept `now` for this.
    pub fn room_for(&self, now: Instant, allowed: Allowance, why: &KeptFor) -> usize {
        let room = self.room(now, allowed);
        let again = self.last == Some(discriminant(why));
        if again && room < allowed.at_once as usize { 0 } else { room }
    }

    /// One was kept.
    pub fn count(&mut self, now: Instant, allowed: Allowance, why: &KeptFor) {
        self.full = Some(self.full.map_or(now, |full| full.max(now)) + allowed.interval());
        // What is around something else has no reason of its own.
        if *why != KeptFor::Around {
            self.last = Some(discriminant(why));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn unsure() -> KeptFor {
        KeptFor::Unsure { category: "cat".into(), score: 0.5 }
    }

    /// The seconds at which something is kept that is asked every second for three hours.
    fn kept(an_hour: u32, in_clips: bool, why: impl Fn(u64) -> KeptFor) -> Vec<u64> {
        let (mut pace, begun, allowed) = (Pace::default(), Instant::now(), Allowance::new(an_hour, in_clips));
        let mut kept = Vec::new();
        for second in 0..3 * 3600 {
            let (now, why) = (begun + Duration::from_secs(second), why(second));
            for _ in 0..pace.room_for(now, allowed, &why) {
                pace.count(now, allowed, &why);
                kept.push(second);
            }
        }
        kept
    }

    fn most_within(span: u64, kept: &[u64]) -> usize {
        let within = |from: u64| kept.iter().filter(|at| (from..from + span).contains(*at)).count();
        (0..2 * 3600).map(within).max().unwrap_or_default()
    }

    #[test]
    fn no_more_than_so_many_are_kept_in_any_hour_and_they_are_spread_over_it() {
        for an_hour in [0, 1, 2, 10, 30, 200] {
            for in_clips in [false, true] {
                let all = kept(an_hour, in_clips, |_| unsure());
                assert!(most_within(3600, &all) <= an_hour as usize, "{an_hour}");
                assert!(all.len() >= 2 * an_hour as usize, "{an_hour}: {}", all.len());
            }
        }
        let all = kept(30, false, |second| match second % 3 {
            0 => unsure(),
            1 => KeptFor::Flicker { category: "cat".into() },
            _ => KeptFor::Unlike { share: 0.5 },
        });
        assert_eq!(most_within(3600, &all), 30, "all that may be");
        assert!(most_within(300, &all) <= 6 && most_within(900, &all) <= 10, "{all:?}");
    }

    #[test]
    fn one_reason_leaves_room_for_the_others() {
        let (mut pace, begun, allowed) = (Pace::default(), Instant::now(), Allowance::new(30, false));
        let after = |seconds| begun + Duration::from_secs(seconds);
        pace.count(begun, allowed, &unsure());
        assert_eq!((pace.room(begun, allowed), pace.room_for(begun, allowed, &unsure())), (2, 0));
        assert_eq!(pace.room_for(after(129), allowed, &unsure()), 3, "it is full again");
        let unlike = KeptFor::Unlike { share: 0.5 };
        assert_eq!(pace.room_for(after(1), allowed, &unlike), 2);
        pace.count(after(1), allowed, &unlike);
        assert_eq!((pace.room_for(after(2), allowed, &unlike), pace.room_for(after(2), allowed, &unsure())), (0, 1));
        let more = Allowance::new(60, false);
        assert_eq!(pace.room(after(2), more), 2, "more are allowed from now on: what was kept still counts");
        assert_eq!(pace.room(after(2), Allowance::new(0, false)), 0, "none at all");
    }
}
