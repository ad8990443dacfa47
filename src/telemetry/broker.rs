//! How the connection to the MQTT broker is.

use crate::moment::Moment;
use crate::supervise::PartState;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::time::Instant;

/// The connection to the broker.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct BrokerStatus {
    /// As configured: `mqtt://host:1883`, `embedded`, or empty.
    pub broker: String,
    pub state: BrokerState,
    /// Since when that is its state.
    #[schema(value_type = String, format = DateTime)]
    pub since: Timestamp,
    /// The version of MQTT that is spoken: `5` or `3.1.1`; absent without a connection.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub protocol: Option<String>,
    /// What the broker does not take, and what that leads to, in words.
    pub notes: Vec<String>,
    /// When it is asked again for what it does not take; absent where it takes everything, and without a connection.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub asked_again: Option<Timestamp>,
    pub outbox: Fill,
}

/// What is known of a broker that is connected.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Agreed {
    /// The version of MQTT.
    pub protocol: Option<String>,
    /// What it does not take, and what that leads to, in words.
    pub notes: Vec<String>,
    /// When it is asked again for that.
    pub again: Option<Instant>,
}

/// What the connection does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum BrokerState {
    /// None is configured.
    Off,
    Connected,
    /// There is none, and it tries for one. The part `mqtt` says what went wrong last.
    Connecting,
    /// It can't connect, and does not try.
    Failed,
}

/// How full the outbox is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Fill {
    /// Messages that the broker has not acknowledged.
    pub waiting: usize,
    pub bytes: usize,
    /// Messages dropped since the start: over the budget, or refused by the broker.
    pub dropped: u64,
}

impl From<PartState> for BrokerState {
    fn from(part: PartState) -> Self {
        match part {
            PartState::Off => Self::Off,
            PartState::Running => Self::Connected,
            PartState::Restarting => Self::Connecting,
            PartState::Stuck | PartState::Failed => Self::Failed,
        }
    }
}

/// What is known of the connection, and since when.
#[derive(Debug)]
pub struct Watched {
    state: BrokerState,
    since: Moment,
    pub fill: Fill,
    agreed: Agreed,
    again: Option<Moment>,
}

impl Watched {
    /// None is known of at the start.
    pub fn new() -> Self {
        Self {
            state: BrokerState::Off,
            since: Moment::now(),
            fill: Fill::default(),
            agreed: Agreed::default(),
            again: None,
        }
    }

    /// That is known of it now.
    pub fn agrees(&mut self, agreed: Agreed) {
        if self.agreed.again != agreed.again {
            self.again = agreed.again.map(Moment::of);
        }
        self.agreed = agreed;
    }

    /// The connection to this broker, in this state; before anything was agreed with it there is none yet.
    pub fn status(&mut self, broker: String, state: BrokerState) -> BrokerStatus {
        let state = match (state, &self.agreed.protocol) {
            (BrokerState::Connected, None) => BrokerState::Connecting,
            (state, _) => state,
        };
        let (since, Agreed { protocol, notes, .. }) = (self.is(state), self.agreed.clone());
        let asked_again = self.again.as_ref().map(Moment::told);
        BrokerStatus { broker, state, since, protocol, notes, asked_again, outbox: self.fill }
    }

    /// It is like that now; answers since when.
    pub fn is(&mut self, state: BrokerState) -> Timestamp {
        if self.state != state {
            (self.state, self.since) = (state, Moment::now());
        }
        self.since.told()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_connected_before_it_was_agreed_how() {
        let mut watched = Watched::new();
        let state = |watched: &mut Watched| watched.status("mqtt://x".into(), BrokerState::Connected).state;
        assert_eq!(state(&mut watched), BrokerState::Connecting);
        watched.agrees(Agreed { protocol: Some("5".into()), ..Agreed::default() });
        assert_eq!(state(&mut watched), BrokerState::Connected);
    }

    #[test]
    fn a_state_lasts_until_there_is_another() {
        let mut watched = Watched::new();
        let first = watched.is(BrokerState::Connecting);
        let lost = watched.is(BrokerState::Connected);
        assert_eq!((watched.is(BrokerState::Connected), lost >= first), (lost, true));
        assert!(watched.is(BrokerState::Connecting) >= lost);
    }
}
