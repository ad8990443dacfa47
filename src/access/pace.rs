//! How much of each at a time: a token that runs away must not take the device from the others.

use crate::domain::TokenId;
use governor::clock::{Clock, DefaultClock};
use governor::state::keyed::HashMapStateStore;
use governor::{Quota, RateLimiter};
use std::net::{IpAddr, Ipv6Addr};
use std::num::NonZeroU32;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

/// Requests a second of one payer, in the long run: a page that scrubs through a flip book asks for 60.
const PER_SECOND: NonZeroU32 = NonZeroU32::new(100).unwrap();
/// Requests that may come at once.
const AT_ONCE: NonZeroU32 = NonZeroU32::new(500).unwrap();
/// Payers that have been quiet are forgotten every so many requests.
const TIDY_EVERY: u32 = 4_096;

/// To whose account a request goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Payer {
    Token(TokenId),
    /// Nobody known.
    Address(IpAddr),
}

/// The accounts of all payers.
pub struct Pace {
    limiter: RateLimiter<Payer, HashMapStateStore<Payer>, DefaultClock>,
    requests: AtomicU32,
}

impl Default for Pace {
    fn default() -> Self {
        let quota = Quota::per_second(PER_SECOND).allow_burst(AT_ONCE);
        Self { limiter: RateLimiter::hashmap(quota), requests: AtomicU32::new(0) }
    }
}

impl Pace {
    /// Takes one request from the account, or says when there will be something on it again.
    pub fn pay(&self, payer: Payer) -> Result<(), Duration> {
        if self.requests.fetch_add(1, Ordering::Relaxed) % TIDY_EVERY == TIDY_EVERY - 1 {
            self.limiter.retain_recent();
        }
        let payer = match payer {
            Payer::Address(address) => Payer::Address(network(address)),
            token => token,
        };
        self.limiter.check_key(&payer).map_err(|until| until.wait_time_from(DefaultClock::default().now()))
    }
}

/// The network that one stranger commands: an IPv6 address of its own is free for everybody in a /64.
pub fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(v6) => Ipv6Addr::from_bits(v6.to_bits() & (u128::MAX << 64)).into(),
        v4 => v4,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_payer_that_runs_away_waits_and_others_do_not() {
        let (pace, greedy) = (Pace::default(), Payer::Token(TokenId::new()));
        let taken = (0..10_000).take_while(|_| pace.pay(greedy).is_ok()).count();
        assert!((500..10_000).contains(&taken), "{taken}");
        assert!(pace.pay(greedy).unwrap_err() <= Duration::from_secs(1));
        assert_eq!(pace.pay(Payer::Token(TokenId::new())), Ok(()));
        assert_eq!(pace.pay(Payer::Address([10, 0, 0, 1].into())), Ok(()));
        assert_eq!(network("2001:db8:1:2:ffff::1".parse().unwrap()), network("2001:db8:1:2::1".parse().unwrap()));
        assert_ne!(network("2001:db8:1:3::1".parse().unwrap()), network("2001:db8:1:2::1".parse().unwrap()));
    }
}
