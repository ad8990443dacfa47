//! Why there is no connection, in words that name the cause and what to change.

use super::codes::TOO_LARGE;
use super::refusals::Refusal;
use std::fmt;

/// What speaks at a port.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Speaks {
    Mqtt,
    Tls,
    Http,
}

/// Why a connection was not made, or ended. `at` is the host with its port.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// A file or a key of the configuration can't be used.
    Settings(String),
    UnknownName {
        host: String,
        why: String,
    },
    /// Nothing listens there.
    Closed {
        at: String,
    },
    /// The network leads nowhere.
    NoWay {
        at: String,
        why: String,
    },
    /// Nobody says whether anything listens there.
    NoReply {
        at: String,
    },
    /// What was wrong with the broker's certificate.
    Certificate(String),
    /// TLS could not be agreed upon.
    Tls {
        at: String,
        why: String,
    },
    /// What answers, if anything does, is not TLS.
    NoTls {
        at: String,
    },
    /// Another protocol than `mqtt.broker` says.
    Other {
        at: String,
        speaks: Speaks,
    },
    /// Connected, and no answer to what MQTT begins with.
    Silent {
        at: String,
    },
    /// Ended without an answer to what MQTT begins with.
    HungUp {
        at: String,
    },
    Refused(Box<Refusal>),
    /// It was accepted, and ended with a reason.
    Goodbye(Box<Refusal>),
    /// It was accepted, and ended without one.
    Cut,
    /// It was accepted, and the network failed.
    Broken(String),
    /// It was accepted, and nothing is heard any more.
    Quiet,
    /// What came is not MQTT.
    Garbled(String),
}

impl Trouble {
    /// Whether the broker says that a packet was too large.
    pub fn is_too_large(&self) -> bool {
        matches!(self, Self::Goodbye(refusal) if refusal.code == TOO_LARGE)
    }
}

impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Settings(why) | Self::Certificate(why) => f.write_str(why),
            Self::UnknownName { host, why } => {
                write!(f, "the network does not know the name `{host}` ({why}); is it spelt right in mqtt.broker?")?;
                match host.ends_with(".local") {
                    true => f.write_str(" Names that end in .local need mDNS on this device (package libnss-mdns)"),
                    false => f.write_str(" An address, such as mqtt://192.168.1.10, needs no name"),
                }
            }
            Self::Closed { at } => write!(
                f,
                "nothing listens at {at}; is the broker started, and is the port in mqtt.broker the right one?"
            ),
            Self::NoWay { at, why } => {
                write!(f, "there is no way to {at} ({why}); is this device in the network, and is mqtt.broker right?")
            }
            Self::NoReply { at } => write!(
                f,
                "{at} gives no answer; is that machine on, does a firewall let its port through, and is mqtt.broker right?"
            ),
            Self::Tls { at, why } => write!(f, "TLS with {at} failed: {why}"),
            Self::Other { at, speaks: Speaks::Tls } => write!(
                f,
                "{at} speaks TLS; write mqtts://{at} in mqtt.broker (and set mqtt.ca, where an authority of your own vouches for the broker)"
            ),
            Self::Other { at, speaks: Speaks::Mqtt } => write!(
                f,
                "{at} speaks MQTT without TLS; write mqtt://{at} in mqtt.broker, or take the broker's port for TLS (mostly 8883)"
            ),
            Self::Other { at, speaks: Speaks::Http } => write!(
                f,
                "{at} speaks HTTP, not MQTT; take the broker's port for MQTT in mqtt.broker (mostly 1883, with TLS 8883). WebSockets are not spoken here"
            ),
            Self::NoTls { at } => write!(
                f,
                "{at} does not answer as TLS does; is that the broker's port for TLS (mostly 8883)? For one without TLS write mqtt:// in mqtt.broker"
            ),
            Self::Silent { at } => write!(
                f,
                "{at} took the connection and gave no answer in time; is a broker there, and is the port in mqtt.broker the right one (one for TLS takes mqtts://)?"
            ),
            Self::HungUp { at } => write!(
                f,
                "{at} ends the connection without an answer; is a broker there, is the port in mqtt.broker the right one (one for TLS takes mqtts://), and does the broker take one more client? Its log may say why"
            ),
            Self::Refused(refusal) | Self::Goodbye(refusal) => refusal.fmt(f),
            Self::Cut => f.write_str("the broker ended the connection without a reason"),
            Self::Broken(how) => write!(f, "the connection to the broker broke ({how})"),
            Self::Quiet => f.write_str("the broker is silent: it does not answer any more"),
            Self::Garbled(what) => write!(f, "what the broker sends is not MQTT: {what}"),
        }
    }
}
