//! Tells of a disk that does not take what the store writes, and of its recovery; and of what was found to be lost.

use crate::domain::{Event, FleetEvent, FleetEventKind};
use crate::events::Events;
use crate::store::Store;
use crate::supervise::Supervisor;
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// A turn is a moment.
const TURN_WITHIN: Duration = Duration::from_secs(60);
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// Starts to tell, as the part `disk`.
pub fn tell(store: &Store, events: &Events, supervisor: &Supervisor, stop: &CancellationToken) {
    let (store, events, halt) = (store.clone(), events.clone(), stop.clone());
    let fault = store.fault();
    supervisor.task("disk", TURN_WITHIN, stop, move |beat| {
        let (store, mut fault, events, halt) = (store.clone(), fault.clone(), events.clone(), halt.clone());
        async move {
            let mut told = false;
            loop {
                fault.borrow_and_update();
                let now = store.trouble();
                for lost in store.new_losses() {
                    events.publish(Event::Fleet(FleetEvent::new(FleetEventKind::DiskFailed, lost)));
                }
                // Its words may change; that it is wrong is told once.
                let event = match (&now, told) {
                    (Some(why), false) => {
                        if let Err(hangs) = store.answers() {
                            tracing::error!("{hangs}");
                        }
                        Some(FleetEvent::new(FleetEventKind::DiskFailed, why))
                    }
                    (None, true) => {
                        Some(FleetEvent::new(FleetEventKind::DiskBack, "the disk takes what is written again"))
                    }
                    _ => None,
                };
                told = now.is_some();
                if let Some(event) = event {
                    events.publish(Event::Fleet(event));
                }
                tokio::select! {
                    () = halt.cancelled() => return Ok(()),
                    // A fault may never come.
                    never = beat.ticking() => match never {},
                    changed = fault.changed() => if changed.is_err() { return Ok(()) },
                    // Of one that hangs nothing tells by itself.
                    () = tokio::time::sleep(LOOK_EVERY) => {}
                }
            }
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::Options;

    #[tokio::test]
    async fn a_folder_that_vanishes_and_comes_back_is_told_once_each() {
        let dir = tempfile::tempdir().unwrap();
        let (folder, away) = (dir.path().join("data"), dir.path().join("away"));
        let store = Store::open(Options { dir: folder.clone(), budget: 1 << 20, reserve: 0 }).unwrap();
        let (events, stop) = (Events::new(), CancellationToken::new());
        let mut heard = events.subscribe();
        tell(&store, &events, &Supervisor::default(), &stop);
        for (from, to, kind) in
            [(&folder, &away, FleetEventKind::DiskFailed), (&away, &folder, FleetEventKind::DiskBack)]
        {
            std::fs::rename(from, to).unwrap();
            let told = tokio::time::timeout(Duration::from_secs(60), heard.recv()).await.unwrap().unwrap();
            assert!(matches!(&told, Event::Fleet(event) if event.kind == kind), "{told:?}");
        }
        stop.cancel();
    }
}
