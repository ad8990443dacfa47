//! Growing pauses between attempts at what failed.
//!
//! A type of ours rather than a crate: backon's pauses can't begin anew after a good run, and its jitter goes beyond the
//! longest one.

use std::time::Duration;

/// Pauses that double up to the longest, each between half and all of its nominal length ("equal jitter"; M. Brooker,
/// "Exponential Backoff And Jitter", AWS Architecture Blog, 2015): a fleet that lost power together does not come back
/// in step.
#[derive(Clone, Debug)]
pub struct Backoff {
    first: Duration,
    longest: Duration,
    nominal: Duration,
}

impl Backoff {
    pub const fn new(first: Duration, longest: Duration) -> Self {
        Self { first, longest, nominal: first }
    }

    /// How long to wait before the next attempt.
    pub fn pause(&mut self) -> Duration {
        let pause = self.nominal.min(self.longest).mul_f64(0.5 + 0.5 * rand::random::<f64>());
        self.nominal = self.nominal.saturating_mul(2).min(self.longest);
        pause
    }

    /// No pause is longer.
    pub const fn longest(&self) -> Duration {
        self.longest
    }

    /// An attempt went well: the next pause is as short as the first.
    pub fn reset(&mut self) {
        self.nominal = self.first;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_up_to_the_longest_and_begin_anew_after_a_good_run() {
        let mut backoff = Backoff::new(Duration::from_secs(1), Duration::from_secs(6));
        for nominal in [1.0, 2.0, 4.0, 6.0, 6.0] {
            let pause = backoff.pause().as_secs_f64();
            assert!((0.5 * nominal..=nominal).contains(&pause), "{pause} for {nominal}");
        }
        backoff.reset();
        assert!(backoff.pause() <= Duration::from_secs(1));
        assert!(Backoff::new(Duration::MAX, Duration::from_secs(6)).pause() <= Duration::from_secs(6));
    }

    #[test]
    fn no_two_devices_wait_alike() {
        let pauses: Vec<_> = (0..8).map(|_| Backoff::new(Duration::from_secs(1), Duration::MAX).pause()).collect();
        assert!(pauses.iter().any(|pause| *pause != pauses[0]), "{pauses:?}");
    }
}
