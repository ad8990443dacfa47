//! What Home Assistant was told to make of this device.

use serde::{Deserialize, Serialize};

/// An entity that was announced.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entity {
    /// What it is called in the announcement.
    pub key: String,
    /// What kind of entity it is: `sensor`, `button`, …
    pub platform: String,
}
