//! Times that were told while nobody knew the time.

use serde::{Deserialize, Serialize};

/// What is known of the clock by which a record's times were told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Clock {
    /// It was wrong, or nobody knew: it had never been set, or was set by much a moment before.
    Unsure,
}

/// A moment by the clock that nobody sets: by it a time is mended once the same boot has learned what time it is.
///
/// A clock may be believed and yet be wrong by the days for which a device without a battery was off. What it told counts,
/// and is mended if a time server sets it right.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stamp {
    /// Which boot of the machine.
    #[serde(rename = "b")]
    pub boot: String,
    /// Milliseconds since then.
    #[serde(rename = "ms")]
    pub at: i64,
    /// Whether the clock was believed.
    #[serde(rename = "ok", default, skip_serializing_if = "std::ops::Not::not")]
    pub believed: bool,
}
