//! Tells when the clock is not believed, and when it is again.

use crate::clock::Change;
use crate::domain::{Event, FleetEvent, FleetEventKind};
use crate::events::Events;
use crate::store::Store;
use crate::supervise::Supervisor;
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// How often it is looked at.
const EVERY: Duration = Duration::from_secs(1);
/// A turn waits for a disk to take a few bytes, now and then.
const TURN_WITHIN: Duration = Duration::from_secs(600);

/// Whether the clock can be believed.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize, utoipa::ToSchema)]
pub struct ClockStatus {
    pub state: ClockState,
    /// Why it is not believed, in words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ClockState {
    Sure,
    /// It was never set, or was set by much a moment ago: times of now are marked so.
    Unsure,
}

impl From<Option<String>> for ClockStatus {
    fn from(doubt: Option<String>) -> Self {
        Self { state: if doubt.is_some() { ClockState::Unsure } else { ClockState::Sure }, why: doubt }
    }
}

/// Starts to look and to tell, as the part `clock`.
pub fn tell(store: &Store, events: &Events, supervisor: &Supervisor, stop: &CancellationToken) {
    let (store, events, halt) = (store.clone(), events.clone(), stop.clone());
    supervisor.task("clock", TURN_WITHIN, stop, move |beat| {
        let (store, events, halt) = (store.clone(), events.clone(), halt.clone());
        async move {
            loop {
                beat.alive();
                let looked = store.clone();
                match tokio::task::spawn_blocking(move || looked.look_at_clock()).await? {
                    Some(Change::Unsure(why)) => {
                        tracing::warn!("{why}");
                        events.publish(Event::Fleet(FleetEvent::new(FleetEventKind::ClockUnsure, why)));
                    }
                    Some(Change::Sure(what)) => {
                        tracing::info!("{what}");
                        events.publish(Event::Fleet(FleetEvent::new(FleetEventKind::ClockSure, what)));
                    }
                    None => {}
                }
                tokio::select! {
                    () = halt.cancelled() => return Ok(()),
                    () = tokio::time::sleep(EVERY) => {}
                }
            }
        }
    });
}
