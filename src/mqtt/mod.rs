//! The MQTT door: tells the fleet what happens, and takes commands. `docs/mqtt.md` is its reference.
//!
//! | file | what it is for |
//! | --- | --- |
//! | `topics` | every topic with its retain flag and quality of service |
//! | `payload` | stamps messages with `id`, `time` and `device`, and shortens them |
//! | `publisher` | from events to messages |
//! | `status`, `flipframe`, `discovery` | when the status is due; pictures that fit; Home Assistant |
//! | `sight`, `counts`, `snapshots` | which model looks where; how many it sees; when a camera's picture is due |
//! | `told` | what is told here and by no other door |
//! | `document` | every topic and payload as an AsyncAPI document |
//! | `command`, `inbox`, `execute` | what can be asked for; each command read once and replied to; carried out |
//! | `commanding`, `ledger` | from a command to its answer; those under an id, on disk before they are carried out |
//! | `presses`, `ghosts` | buttons pressed while the device was away; what brokers keep of it under another name |
//! | `outbox`, `kept`, `retold`, `drops` | what must arrive, until it has; as it lies in the store; what was not told before a kill; that some was dropped, as an event |
//! | `account`, `again`, `session` | who connects where; when, and at which of its addresses; the connection that comes back by itself |
//! | `terms`, `remembered`, `fit` | what a broker does not take, in words; as it is written down; messages made to fit |
//! | `denied`, `choked`, `twin` | why connections end without a word: topics that this device may not write; messages that are too large; another device with the same id |
//! | `wire` | the connection itself: TLS, MQTT 5 and 3.1.1, why a broker refuses |
//! | `door`, `serving` | what is reached of the device; the loop that joins it with all of these |
//! | `reached` | what passes to and from whoever answers requests for the HTTP door |
//! | `thin` | a door with nothing behind it, for benches and tests |
//! | `embedded` | a broker that comes with the daemon, in a process of its own |

pub mod account;
pub mod again;
mod choked;
pub mod command;
mod commanding;
mod counts;
mod denied;
mod discovery;
mod document;
pub mod door;
mod drops;
pub mod embedded;
mod execute;
mod fit;
mod flipframe;
mod ghosts;
pub mod inbox;
mod kept;
mod ledger;
pub mod outbox;
pub mod payload;
mod presses;
mod publisher;
mod reached;
mod remembered;
pub mod retold;
mod serving;
pub mod session;
pub mod sight;
mod snapshots;
mod status;
pub mod terms;
mod thin;
mod told;
pub mod topics;
mod twin;
pub mod wire;

use crate::causes::with_causes;
use crate::config::Servers;
use crate::domain::Event;
use crate::services::Services;
use crate::supervise::Beat;
use account::Account;
pub use account::Address;
pub use document::document;
use door::{Door, blocking};
use outbox::Outbox;
pub use reached::{Answerer, Reached};
use session::Link;
use tokio::sync::broadcast;
use tokio_util::sync::CancellationToken;

/// What waits to be told. Blocks.
pub fn outbox(services: &Services) -> Outbox {
    let budget = usize::try_from(services.config.mqtt.outbox.as_u64()).unwrap_or(usize::MAX);
    Outbox::open(&services.store, budget).unwrap_or_else(|error| {
        tracing::error!(%error, "the outbox can't be opened: what the broker does not take is kept in memory alone");
        Outbox::new(outbox::MEMORY.min(budget))
    })
}

/// Publishes and takes commands until `stop` is cancelled; reconnects by itself.
pub async fn run(
    services: Services,
    (events, outbox): (broadcast::Receiver<Event>, Outbox),
    broker: Servers,
    reached: Option<Reached>,
    beat: Beat,
    stop: CancellationToken,
) {
    let settings = &services.config.mqtt;
    let account = Account::of(settings, &broker);
    let store = services.store.clone();
    let known = blocking(move || Ok(store.concessions()?)).await.unwrap_or_else(|error| {
        let error = with_causes(&error);
        tracing::warn!(error, "what brokers do not take can't be read, so they are asked anew");
        Vec::new()
    });
    let door = Door::new(services, reached);
    let link = Link::new(&account, &door.stamp, outbox).knowing(known);
    door.serve(events, link, beat, stop).await;
}
