//! How a part of the daemon is.

use serde::{Deserialize, Serialize};
use std::borrow::Cow;

/// What a part is called: a word, or, of those of which there may be several, made of one: `camera door`.
pub type PartName = Cow<'static, str>;

/// What a part does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum PartState {
    Running,
    /// It failed and is started again after a pause; MQTT: there is no connection, and it tries for one.
    Restarting,
    /// It gives no sign of life; if that lasts, systemd restarts the daemon.
    Stuck,
    /// The configuration does without it.
    Off,
    /// It can't do its work, and nothing starts it again.
    Failed,
}

/// One supervised part of the daemon.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Part {
    pub state: PartState,
    /// Since the daemon started.
    pub restarts: u32,
    /// What went wrong last, in words.
    pub error: Option<String>,
}

impl Part {
    /// A part of which there is nothing else to say.
    pub fn new(state: PartState) -> Self {
        Self { state, restarts: 0, error: None }
    }
}
