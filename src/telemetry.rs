//! Logs, metrics, health (stub; the HTTP door's owner replaces this).
use crate::services::Services;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// One supervised part of the daemon.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Part {
    /// `running`, `restarting`, `off`.
    pub state: String,
    pub restarts: u32,
    pub error: Option<String>,
}
/// The board on which supervised parts post how they are; clones share it.
#[derive(Clone, Default)]
pub struct Health {}
impl Health {
    pub fn set(&self, _part: &'static str, _state: Part) {
        todo!()
    }
    pub fn parts(&self) -> BTreeMap<&'static str, Part> {
        todo!()
    }
}
/// `GET /status` and MQTT `/status`: one shape for both doors.
#[derive(Clone, Debug, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Status {
    pub device: String,
}
pub fn status(_services: &Services) -> Status {
    todo!()
}
