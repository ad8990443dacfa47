//! The one place where a model goes live, for both doors and the trainer.

use crate::domain::{Event, Model, ModelId};
use crate::events::Events;
use crate::store::{GoneLive, Store, StoreError};
use std::sync::Arc;

/// Makes a stored model the deployed one, durably, and tells everyone; the live loop follows.
pub fn deploy(store: &Store, events: &Events, id: ModelId) -> Result<Model, StoreError> {
    Ok(announce(events, store.deploy(id)?))
}

/// Goes back to the model deployed before this one; `Conflict` when there is none.
pub fn roll_back(store: &Store, events: &Events) -> Result<Model, StoreError> {
    Ok(announce(events, store.roll_back()?))
}

fn announce(events: &Events, GoneLive { model, event }: GoneLive) -> Model {
    events.publish(Event::Deployed(Some(Arc::new(model.clone()))));
    if let Some(event) = event {
        tracing::info!("{}", event.message);
        events.publish(Event::Fleet(event));
    }
    model
}
