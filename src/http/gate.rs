//! What letting people in takes, whatever stands behind the door: a device, or the server of a fleet.

use super::hanging::Patience;
use crate::access::Access;
use crate::config::Config;
use crate::reach::Reach;
use crate::services::Services;
use crate::store::Store;
use crate::telemetry::Health;
use axum::body::Bytes;
use std::sync::Arc;

/// Handles on what every door has; clones share them. Handlers and layers that both doors have take this as their state.
#[derive(Clone)]
pub struct Gate {
    pub config: Arc<Config>,
    /// Tokens, certificates, and what people did.
    pub store: Store,
    pub access: Access,
    pub reach: Reach,
    pub health: Health,
    /// With a disk that hangs.
    pub patience: Patience,
}

impl Gate {
    pub fn new(config: Arc<Config>, store: Store, access: Access, reach: Reach, health: Health) -> Self {
        let patience = Patience::with(store.clone());
        Self { config, store, access, reach, health, patience }
    }

    /// That of a device.
    pub fn of(services: &Services) -> Self {
        let Services { config, store, access, reach, health, .. } = services.clone();
        Self::new(config, store, access, reach, health)
    }
}

/// The OpenAPI document of a door, as JSON.
#[derive(Clone)]
pub struct Document(pub Bytes);
