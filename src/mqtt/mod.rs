//! The MQTT door: tells the fleet what happens, and takes commands. `docs/mqtt.md` is its reference.
//!
//! | file | what it is for |
//! | --- | --- |
//! | `topics` | every topic with its retain flag and quality of service |
//! | `payload` | stamps messages with `id`, `time` and `device`, and shortens them |
//! | `publisher` | from events to messages |
//! | `status`, `flipframe`, `discovery` | when the status is due; the drawn page; Home Assistant |
//! | `commands` | from incoming JSON to the services and back |
//! | `outbox` | what must arrive, until it has |
//! | `client`, `tls` | the connection |
//! | `door` | the loop that joins all of these |
//! | `embedded` | a broker inside this process |

pub mod client;
pub mod commands;
mod discovery;
pub mod door;
pub mod embedded;
mod flipframe;
pub mod outbox;
pub mod payload;
mod publisher;
mod status;
mod tls;
pub mod topics;

use crate::services::Services;
use client::{Account, Link};
use door::Door;
use outbox::Outbox;
use payload::Stamp;
use tokio_util::sync::CancellationToken;
use topics::Topic;

/// Where the broker is.
#[derive(Clone, Debug)]
pub struct Address {
    pub host: String,
    pub port: u16,
    pub tls: bool,
}

/// Publishes and takes commands until `stop` is cancelled; reconnects by itself. Error: the configuration names a
/// password or certificate file that can't be used.
pub async fn run(services: Services, broker: Address, stop: CancellationToken) -> anyhow::Result<()> {
    let settings = &services.config.mqtt;
    let account = Account {
        address: broker,
        username: settings.username.clone(),
        password_file: settings.password_file.clone(),
        ca: settings.ca.clone(),
        cert: settings.cert.clone(),
        key: settings.key.clone(),
    };
    let link = link(&account, &services.config.device.id)?;
    let events = services.events.subscribe();
    Door::new(services).serve(events, link, stop).await;
    Ok(())
}

/// A connection of `device` with an empty outbox. Errors: see [`Link::new`].
pub fn link(account: &Account, device: &str) -> anyhow::Result<Link> {
    let stamp = Stamp::new(device);
    let availability = |state: &'static str| {
        stamp.bare(Topic::Availability, bytes::Bytes::from_static(state.as_bytes()), "text/plain", &[])
    };
    Link::new(account, device, availability("online"), availability("offline"), Outbox::new(outbox::BUDGET))
}
