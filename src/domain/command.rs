//! A command that a device was asked for under an id.

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// A command with an id that was begun: the same id again is not carried out again, also after a restart.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Commanded {
    /// Which command.
    pub name: String,
    /// As whoever asked gave it.
    pub id: Value,
    /// The answer, in JSON; `None`: it was being carried out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answer: Option<String>,
}
