//! The parts by which the device is reached beside its door: certificate, announcement, local socket, the upkeep of access.

use super::first::keep_access;
use crate::config::Front;
use crate::http::{self, Gate, LocalSocket};
use crate::reach::{Certificates, Reach, announce};
use crate::supervise::{Beat, Part, PartState, Supervisor};
use anyhow::Result;
use axum::Router;
use parking_lot::Mutex;
use std::sync::Arc;
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// Makes the door that is served; it closes with what it is given.
pub type App = Arc<dyn Fn(CancellationToken) -> Result<Router> + Send + Sync>;

/// How often names, addresses, time and files are looked at.
const LOOK_EVERY: Duration = Duration::from_secs(15);
/// A turn takes moments, on a slow disk longer.
const WITHIN: Duration = Duration::from_secs(300);

/// Starts what this front needs.
pub fn start(gate: &Gate, app: &App, supervisor: &Supervisor, stop: &CancellationToken) {
    serve_local(gate, app, supervisor, stop);
    let front = gate.reach.front();
    if *front == Front::Loopback {
        return;
    }
    let (door, halt) = (gate.clone(), stop.clone());
    supervisor.task("access", WITHIN, stop, move |beat| keep_access(door.clone(), beat, halt.clone()));
    if let Some(certificates) = gate.reach.certificates() {
        let (certificates, halt, board) = (certificates.clone(), stop.clone(), supervisor.clone());
        supervisor.task("certificate", WITHIN, stop, move |beat| {
            tend(certificates.clone(), board.clone(), beat, halt.clone())
        });
    }
    // Behind a proxy the port that is announced would be none that answers phones.
    match gate.config.http.mdns && !matches!(front, Front::Proxy(_)) && others_come(&gate.reach) {
        true => {
            let (reach, halt) = (gate.reach.clone(), stop.clone());
            supervisor.task("mdns", WITHIN, stop, move |beat| announce(reach.clone(), beat, halt.clone()));
        }
        false => supervisor.post("mdns", Part::new(PartState::Off)),
    }
}

/// The socket is there when this returns; after a failure it is bound anew.
fn serve_local(gate: &Gate, app: &App, supervisor: &Supervisor, stop: &CancellationToken) {
    let (app, halt, folder) = (app.clone(), stop.clone(), gate.config.data_dir.clone());
    let first = Mutex::new(Some(LocalSocket::bind(&folder)));
    supervisor.task("local-socket", WITHIN, stop, move |beat| {
        let bound = first.lock().take().unwrap_or_else(|| LocalSocket::bind(&folder));
        let (app, halt) = (app(halt.clone()), halt.clone());
        async move {
            tokio::select! {
                served = http::serve_local(bound?, app?, halt) => served,
                // It waits for people.
                never = beat.ticking() => match never {},
            }
        }
    });
}

/// Whether anybody in the network reaches the door.
fn others_come(reach: &Reach) -> bool {
    !reach.listen().ip().to_canonical().is_loopback()
}

/// Keeps the certificate true and in time.
async fn tend(certificates: Arc<Certificates>, board: Supervisor, beat: Beat, stop: CancellationToken) -> Result<()> {
    let mut told = None;
    loop {
        beat.alive();
        let renewing = certificates.clone();
        let renewed = tokio::task::spawn_blocking(move || renewing.renew()).await?;
        // The certificate before goes on; what is wrong shows in the status, and is said once.
        let error = renewed.err().map(|error| format!("{error:#}"));
        if error != told {
            match &error {
                Some(error) => tracing::error!("the certificate could not be renewed, the one before goes on: {error}"),
                None => tracing::info!("the certificate is up to date again"),
            }
            board.post("certificate", Part { error: error.clone(), ..Part::new(PartState::Running) });
            told = error;
        }
        if tokio::time::timeout(LOOK_EVERY, stop.cancelled()).await.is_ok() {
            return Ok(());
        }
    }
}
