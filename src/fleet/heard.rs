//! What comes of what was heard of a device: what is written down of it.

use super::device::{Alarm, DeviceState, HistoryKind};
use crate::domain::{ModelId, TrainingId};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::time::{Duration, Instant};

/// A status comes every 30 s: whoever was not heard for so long is silent.
pub const SILENT: Duration = Duration::from_secs(90);

/// When something is heard, by the clock on the wall, and by the one that nobody sets.
#[derive(Clone, Copy, Debug)]
pub struct Now {
    pub wall: Timestamp,
    pub at: Instant,
}

impl Now {
    pub fn here() -> Self {
        Self { wall: Timestamp::now(), at: Instant::now() }
    }
}

/// What is to be written down of what was heard.
#[derive(Debug, Default, PartialEq)]
pub struct Heard {
    /// For the history.
    pub happened: Vec<Happened>,
    /// The device of which something else is to be known after a restart; or nothing any more.
    pub changed: Option<String>,
}

/// Something for the history.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Happened {
    pub at: Timestamp,
    pub device: String,
    pub kind: HistoryKind,
    pub words: String,
}

/// What is known of a device after a restart, so that only what changed meanwhile is told.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Kept {
    pub id: String,
    /// As people call it; none: its id.
    #[serde(default)]
    pub name: Option<String>,
    #[serde(default)]
    pub groups: Vec<String>,
    /// As the history has it; none where it was not heard well enough to tell.
    #[serde(default)]
    pub state: Option<DeviceState>,
    /// When it was heard last, as of the last change.
    #[serde(default)]
    pub last_seen: Option<Timestamp>,
    #[serde(default)]
    pub alarms: Vec<Alarm>,
    /// The last training, and whether it was over.
    #[serde(default)]
    pub training: Option<(TrainingId, bool)>,
    #[serde(default)]
    pub model: Option<ModelId>,
}

impl Kept {
    /// Of a device that was never heard.
    pub fn new(id: &str) -> Self {
        Self {
            id: id.to_owned(),
            name: None,
            groups: Vec::new(),
            state: None,
            last_seen: None,
            alarms: Vec::new(),
            training: None,
            model: None,
        }
    }
}
