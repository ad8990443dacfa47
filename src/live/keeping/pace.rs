//! How many frames may be kept: so many an hour, and not all of them at once.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

const HOUR: Duration = Duration::from_secs(3600);
/// A busy scene would have the whole hour's frames within seconds: of each stretch of this length no more than a quarter of
/// them are kept.
const STRETCH: Duration = Duration::from_secs(300);

/// When frames were kept in the last hour, oldest first.
#[derive(Debug, Default)]
pub struct Pace(VecDeque<Instant>);

impl Pace {
    /// How many more may be kept `now`, where `most` are in an hour.
    pub fn room(&mut self, now: Instant, most: u32) -> usize {
        let since = |at: &Instant| now.saturating_duration_since(*at);
        while self.0.front().is_some_and(|first| since(first) >= HOUR) {
            self.0.pop_front();
        }
        let most = most as usize;
        let late = self.0.iter().rev().take_while(|at| since(at) < STRETCH).count();
        most.saturating_sub(self.0.len()).min(most.div_ceil(4).saturating_sub(late))
    }

    /// One was kept.
    pub fn count(&mut self, now: Instant) {
        self.0.push_back(now);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_more_than_so_many_are_kept_in_any_hour_and_a_quarter_of_them_within_minutes() {
        let (mut pace, begun) = (Pace::default(), Instant::now());
        let mut kept = Vec::new();
        // Asked every second for three hours.
        for second in 0..3 * 3600 {
            let now = begun + Duration::from_secs(second);
            if pace.room(now, 10) > 0 {
                pace.count(now);
                kept.push(second);
            }
        }
        for from in 0..2 * 3600 {
            let within = |span: u64| kept.iter().filter(|at| (from..from + span).contains(*at)).count();
            assert!(within(3600) <= 10 && within(300) <= 3, "{from}");
        }
        assert_eq!((kept.len(), &kept[..4]), (30, [0, 1, 2, 300].as_slice()));
        assert_eq!(pace.room(begun + 4 * HOUR, 0), 0, "none at all");
        assert_eq!(pace.room(begun + 4 * HOUR, 1), 1);
    }
}
