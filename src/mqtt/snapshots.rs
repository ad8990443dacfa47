//! When which camera's picture is due: now and then, and when something happened there.

use crate::domain::CameraId;
use std::time::Duration;
use tokio::time::{Instant, sleep_until};

/// Whatever happens, a camera's picture is told at most this often.
const SHORTEST: Duration = Duration::from_secs(60);
/// A camera that has no picture yet is asked again.
const AGAIN: Duration = Duration::from_secs(10);

/// The cameras, and when each is due.
#[derive(Debug)]
pub struct Snapshots {
    every: Duration,
    cameras: Vec<Due>,
    /// A picture is being made.
    busy: bool,
}

#[derive(Debug)]
struct Due {
    /// `None`: the only one.
    camera: Option<CameraId>,
    at: Instant,
    /// The next may not come before.
    earliest: Instant,
}

impl Snapshots {
    /// Of these cameras (none: of the only one), each so often; never where that is zero.
    pub fn new(every: Duration, cameras: &[CameraId], now: Instant) -> Self {
        let due = |camera| Due { camera, at: now, earliest: now };
        let cameras = match cameras {
            [] => vec![due(None)],
            several => several.iter().cloned().map(Some).map(due).collect(),
        };
        Self { every, cameras: if every.is_zero() { Vec::new() } else { cameras }, busy: false }
    }

    /// Something happened at this camera.
    pub fn happened(&mut self, camera: Option<&CameraId>) {
        let at = |due: &&mut Due| due.camera.is_none() || due.camera.as_ref() == camera;
        for due in self.cameras.iter_mut().filter(at) {
            due.at = due.at.min(due.earliest);
        }
    }

    /// Waits until one is due. Can be dropped and called again.
    pub async fn wait(&self) {
        match self.due() {
            Some(at) if !self.busy => sleep_until(at).await,
            _ => std::future::pending().await,
        }
    }

    fn due(&self) -> Option<Instant> {
        self.cameras.iter().map(|due| due.at).min()
    }

    /// The camera whose picture is made now.
    pub fn begin(&mut self, now: Instant) -> Option<Option<CameraId>> {
        let due = self.cameras.iter_mut().filter(|due| due.at <= now).min_by_key(|due| due.at)?;
        self.busy = true;
        due.at = now + self.every;
        due.earliest = now + SHORTEST.min(self.every);
        Some(due.camera.clone())
    }

    /// It was told, or there was none to tell.
    pub fn done(&mut self, camera: Option<&CameraId>, told: bool, now: Instant) {
        self.busy = false;
        if let Some(due) = self.cameras.iter_mut().find(|due| due.camera.as_ref() == camera)
            && !told
        {
            due.at = now + AGAIN.min(self.every);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const EVERY: Duration = Duration::from_secs(600);

    #[test]
    fn pictures_come_now_and_then_and_when_something_happened() {
        let ([door, yard], start): ([CameraId; 2], _) =
            (["door", "yard"].map(|id| id.parse().unwrap()), Instant::now());
        let mut snapshots = Snapshots::new(EVERY, &[door.clone(), yard.clone()], start);
        for camera in [&door, &yard] {
            assert_eq!((snapshots.due(), snapshots.begin(start)), (Some(start), Some(Some(camera.clone()))));
            snapshots.done(Some(camera), camera == &door, start);
        }
        assert_eq!(snapshots.begin(start), None);
        // The yard had none.
        let again = start + AGAIN;
        assert_eq!((snapshots.due(), snapshots.begin(again)), (Some(again), Some(Some(yard.clone()))));
        snapshots.done(Some(&yard), true, again);
        snapshots.happened(Some(&door));
        let soon = start + SHORTEST;
        assert_eq!((snapshots.due(), snapshots.begin(soon)), (Some(soon), Some(Some(door.clone()))));
        snapshots.done(Some(&door), true, soon);
        assert_eq!(snapshots.due(), Some(again + EVERY));
    }

    #[test]
    fn none_are_made_where_none_are_wanted() {
        let mut snapshots = Snapshots::new(Duration::ZERO, &[], Instant::now());
        snapshots.happened(None);
        assert_eq!((snapshots.due(), snapshots.begin(Instant::now())), (None, None));
    }
}
