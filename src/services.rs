//! What the doors (HTTP, MQTT) reach: handles on every service, and nothing else.

use crate::camera::Camera;
use crate::config::Config;
use crate::events::Events;
use crate::live::Live;
use crate::runtime::Runtime;
use crate::store::Store;
use crate::telemetry::Health;
use crate::train::Trainer;
use std::sync::Arc;

/// Handles on every service; clones share them.
#[derive(Clone)]
pub struct Services {
    pub config: Arc<Config>,
    pub store: Store,
    pub events: Events,
    pub camera: Camera,
    pub trainer: Trainer,
    pub live: Live,
    pub runtime: Runtime,
    pub health: Health,
}
