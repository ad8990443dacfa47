//! When `/status` is due: every 30 s and on change, at most once a second.

use std::time::Duration;
use tokio::time::{Instant, sleep_until};

const EVERY: Duration = Duration::from_secs(30);
const SHORTEST: Duration = Duration::from_secs(1);

/// Tells when to publish next.
#[derive(Debug)]
pub struct Pulse {
    due: Instant,
    last: Option<Instant>,
    /// A status is being put together.
    busy: bool,
}

impl Pulse {
    /// Due at once.
    pub fn new() -> Self {
        Self { due: Instant::now(), last: None, busy: false }
    }

    /// Something that the status tells has changed.
    pub fn changed(&mut self) {
        let earliest = self.last.map_or_else(Instant::now, |last| last + SHORTEST);
        self.due = self.due.min(earliest);
    }

    /// Waits until a status is due. Can be dropped and called again.
    pub async fn wait(&self) {
        if self.busy {
            std::future::pending::<()>().await;
        }
        sleep_until(self.due).await;
    }

    /// A status is being put together: changes from now on ask for another.
    pub fn begin(&mut self) {
        self.busy = true;
        self.last = Some(Instant::now());
        self.due = Instant::now() + EVERY;
    }

    /// It was published, or failed.
    pub fn done(&mut self) {
        self.busy = false;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn changes_are_gathered() {
        let mut pulse = Pulse::new();
        let start = Instant::now();
        assert!(pulse.due <= start);
        pulse.begin();
        assert!(pulse.due >= start + EVERY);
        pulse.changed();
        let due = pulse.due;
        assert!(due >= start + SHORTEST && due <= Instant::now() + SHORTEST);
        pulse.changed();
        assert_eq!(pulse.due, due);
    }
}
