//! The connection to a broker, from its name to packets, in MQTT 5 or 3.1.1, whichever the broker speaks.
//!
//! rumqttc reads and writes the packets. Its event loop is not used: what a broker says as it refuses, or ends, does not
//! come through it (a 3.1.1 answer is "closed by peer"; so is a TLS port), and it can't keep to what a broker takes.
//!
//! | file | what it is for |
//! | --- | --- |
//! | `codes`, `refusals`, `trouble` | codes, and what they mean; why there is no connection, in words that say what to change |
//! | `packets` | packets of both versions as one; what a broker takes |
//! | `judge`, `tls` | certificates, and what is wrong with one; TLS from files |
//! | `dial`, `look` | from a name to a stream of bytes; what speaks at a port that does not speak MQTT |
//! | `connection` | packets in and out, signs of life |
//! | `attempt` | one attempt to connect: which version, how much is asked of the broker |

mod attempt;
mod codes;
mod connection;
mod dial;
mod judge;
mod look;
mod packets;
mod refusals;
mod tls;
mod trouble;

pub use attempt::{Attempted, Manner, connect};
pub use codes::{FORMAT, NOT_AUTHORIZED, TOPIC};
pub use connection::{Connection, Said, Terms, WINDOW};
pub use packets::{Denied, Incoming, Version, size};
pub use refusals::line;
pub use trouble::Trouble;
