//! Starts, supervises and stops the server of a fleet: what a device's daemon has, but for cameras, models and trainings.

use super::router;
use crate::access::Access;
use crate::appliance::{self, App, Running};
use crate::config::{Broker, Config, Device};
use crate::events::Events;
use crate::fleet::Fleet;
use crate::host;
use crate::http::Gate;
use crate::reach::Reach;
use crate::store::Store;
use crate::supervise::{Faults, Supervisor};
use crate::telemetry::{Health, clock, disk, parts};
use std::net::SocketAddr;
use std::sync::Arc;
use tokio_util::sync::CancellationToken;

/// What is another default of the configuration than a device's: both may run on one machine.
pub fn defaults() -> [(&'static str, String); 3] {
    let id = Device::default().id;
    let id = id.strip_prefix("cam-").map_or_else(|| format!("{id}-fleet"), |machine| format!("fleet-{machine}"));
    [("data_dir", "/var/lib/fieldcoach-fleet".into()), ("http.listen", "127.0.0.1:8090".into()), ("device.id", id)]
}

/// What the doors of the server reach.
pub struct Served {
    pub gate: Gate,
    pub fleet: Fleet,
}

/// Runs the server until it is told to stop (SIGINT, SIGTERM, SIGHUP), and keeps systemd informed.
pub async fn run(config: Config) -> anyhow::Result<()> {
    appliance::until_told(|| start(config.clone()), |_| {}).await
}

/// Starts the server. What can't work at all (no broker named, address taken, data in use) is an error at once; a broker that
/// may come back is not.
pub async fn start(config: Config) -> anyhow::Result<Running<Served>> {
    config.validate()?;
    let Broker::Remote(_) = config.mqtt.broker else {
        anyhow::bail!(
            "which broker the devices are at is not said: fieldcoach fleet --broker mqtts://HOST:8883, or mqtt.broker in its configuration"
        );
    };
    host::open_more_files();
    let config = Arc::new(config);
    let (listener, http) = appliance::listen(&config).await?;
    let supervisor = Supervisor::default().with_faults(Faults::asked());
    let stop = CancellationToken::new();
    // What was started before a failure must not run on.
    let ending = stop.clone().drop_guard();
    let gate = opened(&config, http, &supervisor, &stop).await?;
    let fleet = Fleet::start(&config.mqtt, &config.data_dir, &supervisor, &stop).await?;
    let (door, known) = (gate.clone(), fleet.clone());
    let app: App = Arc::new(move |stop| router::app(door.clone(), known.clone(), stop));
    appliance::serve(listener, http, &gate, &app, &supervisor, &stop);
    tracing::info!(%http, broker = %config.mqtt.broker, data = %config.data_dir.display(), "the fleet's server is up");
    let (anew, stop) = (gate.store.anew(), ending.disarm());
    Ok(Running { services: Served { gate, fleet }, http, broker: None, anew, stop, supervisor })
}

/// Opens the store for tokens, certificates and what people did, and starts what keeps it.
async fn opened(
    config: &Arc<Config>,
    http: SocketAddr,
    supervisor: &Supervisor,
    stop: &CancellationToken,
) -> anyhow::Result<Gate> {
    let (opening, watching, events) = (Arc::clone(config), supervisor.clone(), Events::new());
    let told = events.clone();
    let opened = tokio::task::spawn_blocking(move || {
        let store: Store = appliance::open_store_supervised(&opening, &watching)?;
        let access = Access::open(store.clone(), told)?;
        let reach = Reach::open(&opening, http, &store)?;
        anyhow::Ok((store, access, reach))
    });
    let (store, access, reach) = opened.await??;
    disk::tell(&store, &events, supervisor, stop);
    clock::tell(&store, &events, supervisor, stop);
    parts::tell(&events, supervisor, stop);
    Ok(Gate::new(Arc::clone(config), store, access, reach, Health::new(supervisor.clone())))
}
