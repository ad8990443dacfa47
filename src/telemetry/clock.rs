//! Tells when the clock is not believed, and when it is again.

use crate::children::{Child, Launcher, Program};
use crate::clock::{self, Change};
use crate::domain::{Event, FleetEvent, FleetEventKind};
use crate::events::Events;
use crate::store::Store;
use crate::supervise::Supervisor;
use std::time::{Duration, Instant};
use tokio_util::sync::CancellationToken;

/// How often it is looked at.
const EVERY: Duration = Duration::from_secs(1);
/// How often it is asked whether a time server has set it, as long as none has.
const ASK_EVERY: Duration = Duration::from_secs(60);
const ANSWERS_WITHIN: Duration = Duration::from_secs(10);

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
            let mut ask = Some(Instant::now());
            loop {
                beat.alive();
                if ask.is_some_and(|at| at <= Instant::now()) {
                    let asked = tokio::task::spawn_blocking(|| is_synchronised("timedatectl", &Launcher::own()));
                    ask = match asked.await? {
                        Some(false) => Some(Instant::now() + ASK_EVERY),
                        Some(true) => {
                            clock::hear_of_server();
                            None
                        }
                        None => None,
                    };
                }
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

/// Whether a time server has set the clock in this boot, whichever program asked it: what the kernel says, which this service
/// may not ask itself (`ProtectClock`). `None`: there is nobody to ask.
fn is_synchronised(program: &str, launcher: &Launcher) -> Option<bool> {
    let program = Program::new(program).args(["show", "--property=NTPSynchronized", "--value"]);
    let mut child = Child::start(launcher, &program).ok()?;
    let (deadline, mut said) = (Instant::now() + ANSWERS_WITHIN, Vec::new());
    let mut piece = [0; 64];
    while let Ok(read @ 1..) = child.read(&mut piece, deadline) {
        said.extend(&piece[..read]);
        if said.len() > 64 {
            break;
        }
    }
    match said.trim_ascii() {
        b"yes" => Some(true),
        // It may not answer yet, early in a boot.
        _ => Some(false),
    }
}
