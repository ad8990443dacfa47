//! The one place where a model goes live, for both doors and the trainer.

use crate::domain::{Event, FleetEvent, FleetEventKind, Model, ModelId};
use crate::events::Events;
use crate::store::{Store, StoreError};
use std::sync::Arc;

/// Makes a stored model the deployed one, durably, and tells everyone; the live loop follows.
pub fn deploy(store: &Store, events: &Events, id: ModelId) -> Result<Model, StoreError> {
    let model = store.deploy(id)?;
    announce(events, &model, FleetEventKind::ModelDeployed, "now watches the camera");
    Ok(model)
}

/// Goes back to the model deployed before this one; `Conflict` when there is none.
pub fn roll_back(store: &Store, events: &Events) -> Result<Model, StoreError> {
    let model = store.roll_back()?;
    announce(events, &model, FleetEventKind::ModelRolledBack, "watches the camera again");
    Ok(model)
}

fn announce(events: &Events, model: &Model, kind: FleetEventKind, what: &str) {
    tracing::info!("model {} {what}", model.id);
    events.publish(Event::Deployed(Some(Arc::new(model.clone()))));
    let event = FleetEvent::new(kind, format!("model {} {what}", model.id));
    events.publish(Event::Fleet(FleetEvent { model: Some(model.id), ..event }));
}
