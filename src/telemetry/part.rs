//! How a part of the daemon is.

use serde::{Deserialize, Serialize};

/// One supervised part of the daemon.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Part {
    /// `running`, `restarting`, `off`.
    pub state: String,
    pub restarts: u32,
    /// What went wrong last, in words.
    pub error: Option<String>,
}
