//! What the handlers of the fleet's server reach.

use super::lookout::Lookouts;
use crate::fleet::Fleet;
use crate::http::shared::{Document, Gate};
use crate::turns::Turns;
use axum::extract::FromRef;
use std::sync::Arc;
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;

/// Seats before the events of devices, and before their pictures.
const LISTENERS: usize = 256;
const VIEWERS: usize = 64;

/// What handlers reach; clones share it.
#[derive(Clone)]
pub struct Door {
    pub gate: Gate,
    pub fleet: Fleet,
    /// What is asked of devices again and again, as long as somebody listens.
    pub lookouts: Lookouts,
    pub document: Document,
    /// Ends the streams that would never end.
    pub stop: CancellationToken,
    /// At decoding pictures of devices.
    pub pictures: Turns,
    pub listeners: Arc<Semaphore>,
    pub viewers: Arc<Semaphore>,
}

impl Door {
    pub fn new(gate: Gate, fleet: Fleet, document: Document, stop: CancellationToken) -> Self {
        let (listeners, viewers) = (Arc::new(Semaphore::new(LISTENERS)), Arc::new(Semaphore::new(VIEWERS)));
        let lookouts = Lookouts::of(fleet.clone(), stop.clone());
        let pictures = Turns::at_pictures();
        Self { gate, fleet, lookouts, document, stop, pictures, listeners, viewers }
    }
}

impl FromRef<Door> for Gate {
    fn from_ref(door: &Door) -> Self {
        door.gate.clone()
    }
}

impl FromRef<Door> for Document {
    fn from_ref(door: &Door) -> Self {
        door.document.clone()
    }
}
