//! The bus on which services tell the doors what happened. Nothing that must not be lost relies on it alone.

use crate::domain::Event;
use tokio::sync::broadcast;

/// A handle on the bus; clones share it.
#[derive(Clone, Debug)]
pub struct Events(broadcast::Sender<Event>);

impl Events {
    /// A listener that falls more than 1024 events behind misses the oldest and is told how many.
    pub fn new() -> Self {
        Self(broadcast::channel(1024).0)
    }

    /// Tells all listeners; nobody listening is fine.
    pub fn publish(&self, event: Event) {
        let _ = self.0.send(event);
    }

    pub fn subscribe(&self) -> broadcast::Receiver<Event> {
        self.0.subscribe()
    }
}

impl Default for Events {
    fn default() -> Self {
        Self::new()
    }
}
