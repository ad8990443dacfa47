//! What a broker was found not to take.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// What a broker was found not to take: it is not asked for that again until a day is over, also after a restart.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Concession {
    /// Which one, as `host:port`.
    pub broker: String,
    /// Whether it speaks MQTT 5.
    pub mqtt_5: bool,
    /// Whether it keeps messages.
    pub retain: bool,
    /// Whether it takes messages that it acknowledges.
    pub acknowledges: bool,
    /// Bytes of a packet that it takes.
    pub max_packet: usize,
    /// When it is asked for all of it again.
    pub until: Timestamp,
}
