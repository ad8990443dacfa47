//! When the next attempt to reach the broker comes, and at which of its addresses.

use super::account::Account;
use crate::backoff::Backoff;
use std::time::Duration;

const FIRST_PAUSE: Duration = Duration::from_millis(500);
/// With the time that an attempt may take, a broker that is back is found within 30 s.
const LONGEST_PAUSE: Duration = Duration::from_secs(16);
/// A connection that lasted this long was a good one: the next pause is short again. Longer than two devices of one id let
/// each other be.
const GOOD: Duration = Duration::from_secs(60);

/// Counts attempts.
#[derive(Debug)]
pub struct Again {
    backoff: Backoff,
    /// Ends since the last good connection.
    ends: usize,
}

impl Default for Again {
    fn default() -> Self {
        Self { backoff: Backoff::new(FIRST_PAUSE, LONGEST_PAUSE), ends: 0 }
    }
}

impl Again {
    /// The attempt at the account's address led to nothing, or to a connection that lasted so long: the next one goes to the
    /// next address, after this pause. It grows once all of them were tried.
    pub fn ended(&mut self, account: &mut Account, lasted: Option<Duration>) -> Duration {
        if lasted.is_some_and(|lasted| lasted >= GOOD) {
            *self = Self::default();
        }
        account.turn();
        self.ends += 1;
        match self.ends.is_multiple_of(account.addresses()) {
            true => self.backoff.pause(),
            false => Backoff::new(FIRST_PAUSE, FIRST_PAUSE).pause(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Broker;
    use std::collections::BTreeSet;

    fn account(text: &str) -> Account {
        let Ok(Broker::Remote(servers)) = text.parse() else { panic!("{text}") };
        Account::at(&servers)
    }

    #[test]
    fn each_address_has_its_turn_before_a_pause_grows() {
        let (mut account, mut again) = (account("mqtt://a,mqtt://b,mqtt://c"), Again::default());
        let broker = account.broker();
        for round in [0.5, 1.0, 2.0, 4.0] {
            let mut tried = BTreeSet::new();
            let pauses: Vec<f64> = (0..3)
                .map(|_| {
                    tried.insert(account.address.to_string());
                    again.ended(&mut account, None).as_secs_f64()
                })
                .collect();
            assert_eq!((tried.len(), account.broker()), (3, broker.clone()));
            assert!(pauses[0] <= 0.5 && pauses[1] <= 0.5, "{pauses:?}");
            assert!((0.5 * round..=round).contains(&pauses[2]), "{pauses:?}");
        }
        assert!(again.ended(&mut account, Some(GOOD)) <= FIRST_PAUSE);
    }

    #[test]
    fn devices_spread_over_the_addresses() {
        let first: BTreeSet<String> =
            (0..100).map(|_| account("mqtt://a,mqtt://b,mqtt://c").address.to_string()).collect();
        assert_eq!(first.len(), 3);
        assert_eq!(account("mqtt://a").address.to_string(), "a:1883");
    }
}
