//! Wrong codes of each address: ten in a minute, and it waits, each time twice as long. So whoever tries keeps nobody
//! else out, not even neighbours in one IPv6 network. Who has a whole network of addresses is held by the pace of that
//! (`pace`): 100 tries a second of 2^40 codes, in the minutes that one lasts.

use std::collections::HashMap;
use std::net::IpAddr;
use std::time::{Duration, Instant};

/// Wrong codes within [`WINDOW`] after which an address waits.
const WRONG: u32 = 10;
const WINDOW: Duration = Duration::from_secs(60);
/// How long it waits at first, and at most.
const FIRST_WAIT: Duration = Duration::from_secs(60);
const LONGEST_WAIT: Duration = Duration::from_secs(3600);
/// After so long without a wrong code an address is as good as any.
const FORGET: Duration = Duration::from_secs(24 * 3600);
/// Addresses that are remembered; beyond, the one that was wrong longest ago is forgotten.
const ADDRESSES: usize = 10_000;

/// The addresses that were wrong.
#[derive(Default)]
pub struct Guesses(HashMap<IpAddr, Guesser>);

struct Guesser {
    since: Instant,
    wrong: u32,
    last: Instant,
    waits: u32,
    until: Option<Instant>,
}

/// What follows from a wrong code.
#[derive(Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Try again.
    Wrong,
    /// This was the tenth: the address waits from now on.
    Locked(Duration),
}

impl Guesses {
    /// How long this address still has to wait.
    pub fn waits(&self, address: IpAddr, now: Instant) -> Option<Duration> {
        let until = self.0.get(&address.to_canonical())?.until?;
        until.checked_duration_since(now).filter(|left| !left.is_zero())
    }

    /// This address gave a wrong code.
    pub fn wrong(&mut self, address: IpAddr, now: Instant) -> Verdict {
        self.make_room(now);
        let fresh = Guesser { since: now, wrong: 0, last: now, waits: 0, until: None };
        let guesser = self.0.entry(address.to_canonical()).or_insert(fresh);
        if now.duration_since(guesser.since) >= WINDOW {
            (guesser.since, guesser.wrong) = (now, 0);
        }
        guesser.wrong += 1;
        guesser.last = now;
        if guesser.wrong < WRONG {
            return Verdict::Wrong;
        }
        let wait = FIRST_WAIT.saturating_mul(1 << guesser.waits.min(16)).min(LONGEST_WAIT);
        guesser.waits += 1;
        (guesser.since, guesser.wrong, guesser.until) = (now + wait, 0, Some(now + wait));
        Verdict::Locked(wait)
    }

    fn make_room(&mut self, now: Instant) {
        if self.0.len() < ADDRESSES {
            return;
        }
        self.0.retain(|_, guesser| now.saturating_duration_since(guesser.last) < FORGET);
        while self.0.len() >= ADDRESSES
            && let Some(oldest) = self.0.iter().min_by_key(|(_, g)| g.last).map(|(a, _)| *a)
        {
            self.0.remove(&oldest);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(last: u8) -> IpAddr {
        [10, 0, 0, last].into()
    }

    #[test]
    fn ten_wrong_codes_in_a_minute_lock_for_a_growing_time() {
        let (mut guesses, mut now) = (Guesses::default(), Instant::now());
        for wait in [60, 120, 240, 480, 960, 1920, 3600, 3600] {
            for _ in 0..9 {
                assert_eq!(guesses.wrong(address(1), now), Verdict::Wrong);
                assert_eq!(guesses.waits(address(1), now), None);
            }
            assert_eq!(guesses.wrong(address(1), now), Verdict::Locked(Duration::from_secs(wait)));
            assert_eq!(guesses.waits(address(1), now), Some(Duration::from_secs(wait)));
            assert_eq!(guesses.waits(address(2), now), None, "others are not kept out");
            now += Duration::from_secs(wait);
            assert_eq!(guesses.waits(address(1), now), None);
        }
    }

    #[test]
    fn a_slow_hand_is_not_locked() {
        let (mut guesses, now) = (Guesses::default(), Instant::now());
        for n in 0..100 {
            assert_eq!(guesses.wrong(address(1), now + n * Duration::from_secs(7)), Verdict::Wrong);
        }
    }

    #[test]
    fn a_neighbour_in_the_same_network_is_not_kept_out() {
        let (mut guesses, now) = (Guesses::default(), Instant::now());
        for _ in 0..10 {
            guesses.wrong("fd00::1".parse().unwrap(), now);
        }
        assert!(guesses.waits("fd00::1".parse().unwrap(), now).is_some());
        assert!(guesses.waits("fd00::2".parse().unwrap(), now).is_none());
    }

    #[test]
    fn what_is_remembered_is_bounded() {
        let (mut guesses, now) = (Guesses::default(), Instant::now());
        for n in 0..ADDRESSES as u32 + 100 {
            guesses.wrong(IpAddr::from((n + (1 << 24)).to_be_bytes()), now + Duration::from_millis(n.into()));
        }
        assert_eq!(guesses.0.len(), ADDRESSES);
    }
}
