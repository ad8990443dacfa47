//! The MQTT door, and the broker that comes with the daemon.

use crate::config::Broker;
use crate::domain::Event;
use crate::http;
use crate::mqtt;
use crate::mqtt::outbox::Outbox;
use crate::remote::{self, Answering};
use crate::services::Services;
use crate::supervise::{Beat, Part, PartState, Supervisor};
use parking_lot::Mutex;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::broadcast::Receiver;
use tokio_util::sync::CancellationToken;

/// A turn of the MQTT loop takes moments, but it may wait for a status that a slow disk holds up.
const MQTT_WITHIN: Duration = Duration::from_secs(300);

/// Starts them as the configuration says. `program`: this one. Where the embedded broker listens, if there is one; error:
/// it can't.
pub async fn start(
    services: &Services,
    program: PathBuf,
    supervisor: &Supervisor,
    stop: &CancellationToken,
) -> anyhow::Result<Option<SocketAddr>> {
    let settings = &services.config.mqtt;
    // The broker hears the last words, and ends then.
    let told = CancellationToken::new();
    let (broker, servers) = match &settings.broker {
        Broker::Off => {
            supervisor.post("mqtt", Part::new(PartState::Off));
            return Ok(None);
        }
        Broker::Embedded => {
            let at = match mqtt::embedded::Broker::start(&program, settings.listen).await {
                Ok(broker) => keep_broker(broker, program, supervisor, &told),
                // Set at a distance, from where it must also be set right.
                Err(error) if services.settings.sets("mqtt.broker") => {
                    tracing::warn!("no embedded broker: {error:#}");
                    supervisor.post("mqtt", Part { error: Some(format!("{error:#}")), ..Part::new(PartState::Failed) });
                    return Ok(None);
                }
                Err(error) => return Err(error),
            };
            {
                let address = mqtt::Address { host: at.ip().to_string(), port: at.port(), tls: false };
                (Some(at), address.into())
            }
        }
        Broker::Remote(servers) => (None, servers.clone()),
    };
    // From now on, not from when the task first runs: what happens is heard, and counts as not told yet.
    let first = Arc::new(Mutex::new(Some(listening(services).await?)));
    let (door, halt, telling) = (services.clone(), stop.clone(), told.drop_guard());
    supervisor.task("mqtt", MQTT_WITHIN, stop, move |beat: Beat| {
        let _telling = &telling;
        let (first, door, servers, halt) = (Arc::clone(&first), door.clone(), servers.clone(), halt.clone());
        async move {
            let begun = first.lock().take();
            let begun = match begun {
                Some(begun) => begun,
                None => listening(&door).await?,
            };
            if !door.config.mqtt.remote {
                mqtt::run(door, begun, servers, None, beat, halt).await;
                return Ok(());
            }
            let (reached, way) = mqtt::Reached::new();
            let answering = Answering {
                device: door.config.device.id.clone(),
                access: door.access.clone(),
                router: http::app(door.clone(), halt.clone())?,
            };
            let answered = remote::answer(&answering, way, halt.clone());
            // It has nothing to answer any more once the other has ended.
            tokio::join!(mqtt::run(door, begun, servers, Some(reached), beat, halt), answered);
            Ok(())
        }
    });
    Ok(broker)
}

/// What happens from now on, and what was not told before.
async fn listening(services: &Services) -> anyhow::Result<(Receiver<Event>, Outbox)> {
    let (heard, services) = (services.events.subscribe(), services.clone());
    Ok((heard, tokio::task::spawn_blocking(move || mqtt::outbox(&services)).await?))
}

/// Replaces the broker where it ends or gives no answer, at the same address; that address.
fn keep_broker(
    broker: mqtt::embedded::Broker,
    program: PathBuf,
    supervisor: &Supervisor,
    stop: &CancellationToken,
) -> SocketAddr {
    let (address, halt) = (broker.address, stop.clone());
    let first = Arc::new(Mutex::new(Some(broker)));
    supervisor.task("broker", mqtt::embedded::Broker::SILENT_WITHIN, stop, move |beat: Beat| {
        let (first, program, halt) = (Arc::clone(&first), program.clone(), halt.clone());
        async move {
            let started = first.lock().take();
            let mut broker = match started {
                Some(broker) => broker,
                None => mqtt::embedded::Broker::start(&program, address).await?,
            };
            let ended = tokio::select! {
                error = broker.watch(&beat) => Err(error),
                () = halt.cancelled() => Ok(()),
            };
            broker.end().await;
            ended
        }
    });
    address
}
