//! Another device with the same id.
//!
//! Two clients with one id throw each other out of the broker, again and again. MQTT 5 has a reason for it; not every broker
//! gives it (mosquitto 2.0 closes without a word), and MQTT 3.1.1 has none. So, where a connection was accepted and soon
//! ended without a reason, the device looks, when it is back, at what is kept on its own `/status`: a status that it did
//! not send itself, of a time since it began, is of another device. Where nothing is kept, ends that come one after another
//! are a suspicion, and told as one.

use super::payload::Message;
use super::wire::Trouble;
use jiff::Timestamp;
use serde::Deserialize;
use std::collections::VecDeque;
use std::time::Duration;

/// A connection that lasted this long was not ended by another device.
const SOON: Duration = Duration::from_secs(60);
/// Ends in a row that are a suspicion.
const SUSPICIOUS: u32 = 3;
/// Statuses that are remembered as our own.
const REMEMBERED: usize = 256;

/// Code of MQTT 5.
const TAKEN_OVER: u8 = 0x8e;

/// What is known of another device with the same id.
#[derive(Debug, Default)]
pub struct Twin {
    /// Ends in a row, soon after the broker had accepted.
    ends: u32,
    /// It was seen.
    seen: bool,
    sent: VecDeque<String>,
    began: Option<Timestamp>,
}

#[derive(Deserialize)]
struct Known {
    id: String,
    time: Timestamp,
}

impl Twin {
    /// A status of our own goes out.
    pub fn sent(&mut self, status: &Message) {
        let Ok(known) = serde_json::from_slice::<Known>(&status.payload) else { return };
        self.began.get_or_insert(known.time);
        self.sent.push_back(known.id);
        if self.sent.len() > REMEMBERED {
            self.sent.pop_front();
        }
    }

    /// A connection ended that the broker had accepted.
    pub fn ended(&mut self, trouble: &Trouble, lasted: Duration) {
        match trouble {
            Trouble::Goodbye(refusal) if refusal.code == TAKEN_OVER => {
                self.ends += 1;
                self.seen = true;
            }
            Trouble::Cut if lasted < SOON => self.ends += 1,
            _ => *self = Self { ends: 0, seen: false, ..std::mem::take(self) },
        }
    }

    /// A connection lasts.
    pub fn lasts(&mut self, since: Duration) {
        if since >= SOON {
            (self.ends, self.seen) = (0, false);
        }
    }

    /// Whether to look at what is kept on our own status.
    pub fn asks(&self) -> bool {
        self.ends > 0
    }

    /// What is kept there.
    pub fn kept(&mut self, status: &[u8]) {
        let Ok(known) = serde_json::from_slice::<Known>(status) else { return };
        // One from before is of this device, as it was started last.
        if self.began.is_some_and(|began| known.time > began) && !self.sent.contains(&known.id) {
            self.seen = true;
        }
    }

    /// What is to be told of it, of this device with this client id.
    pub fn words(&self, device: &str, client: &str) -> Option<String> {
        match (self.seen, self.ends) {
            (true, 1..) => Some(format!(
                "another device with the id `{device}` is connected to this broker (client id `{client}`), and the two throw each other out \
                 again and again; give each device a device.id of its own"
            )),
            (false, SUSPICIOUS..) => Some(format!(
                "the broker accepts this device and ends the connection without a reason, {} times in a row; mostly that is another device with \
                 the same client id (`{client}`): give each device a device.id of its own. If there is none, the broker's log says why",
                self.ends
            )),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::payload::Stamp;
    use super::super::topics::Topic;
    use super::*;

    fn status() -> Message {
        Stamp::new("d").json(Topic::Status, &serde_json::Map::new()).unwrap()
    }

    #[test]
    fn a_status_that_we_did_not_send_is_another_device_s() {
        let mut twin = Twin::default();
        let before = status();
        let own = status();
        twin.sent(&own);
        twin.ended(&Trouble::Cut, Duration::from_secs(1));
        assert!(twin.asks() && twin.words("d", "c").is_none());
        for kept in [&before, &own] {
            twin.kept(&kept.payload);
            assert_eq!(twin.words("d", "c"), None);
        }
        std::thread::sleep(Duration::from_millis(1));
        twin.kept(&status().payload);
        assert!(twin.words("d", "c").unwrap().contains("device.id"));
        twin.lasts(SOON);
        assert_eq!(twin.words("d", "c"), None);
    }

    #[test]
    fn ends_in_a_row_are_a_suspicion() {
        let mut twin = Twin::default();
        for _ in 0..SUSPICIOUS {
            assert_eq!(twin.words("d", "c"), None);
            twin.ended(&Trouble::Cut, Duration::from_secs(5));
        }
        assert!(twin.words("d", "c").unwrap().contains("3 times in a row"));
        twin.ended(&Trouble::Cut, Duration::from_secs(500));
        assert!(!twin.asks());
    }
}
