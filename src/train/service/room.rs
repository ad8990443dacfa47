//! Room on the disk for trainings.

use crate::domain::Event;
use crate::events::Events;
use crate::store::{Store, Trimmed};

/// Removes the oldest trainings where all take more of the disk than they may, `most` bytes, and tells.
pub fn make_room(store: &Store, events: &Events, most: u64) {
    match store.trim_trainings(most) {
        Ok(Trimmed { event: None, .. }) => {}
        Ok(Trimmed { event: Some(event), .. }) => {
            tracing::warn!("{}", event.message);
            events.publish(Event::Fleet(event));
        }
        Err(error) => tracing::warn!(%error, "old trainings can't be removed"),
    }
}
