//! The fleet as others reach it.

use super::asking::{Asking, Untaken};
use super::broker::Brokerage;
use super::device::{Device, DeviceChange, DeviceState, Devices, HistoryFilter, HistoryPage, Reach};
use super::heard::{Heard, Kept, Now};
use super::hearing::Hearing;
use super::keep::{Keep, KeepError};
use super::metrics;
use super::ordering::Orders;
use super::orders::{NewOrder, Order};
use super::pictures::Pictures;
use super::registry::Registry;
use super::shared::Shared;
use super::writing::Writing;
use crate::config;
use crate::domain::{Role, limits};
use crate::mqtt::account::Account;
use crate::remote::{Answer, Question, RemoteError};
use crate::supervise::Supervisor;
use bytes::Bytes;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

/// What is to be written down, and waits.
const UNWRITTEN: usize = 20_000;
/// Messages to devices that wait.
const WAITING: usize = 64;
/// A turn of the loop that listens is a moment.
const TURN_WITHIN: Duration = Duration::from_secs(60);
/// What changes within this time is told together.
const TOGETHER: Duration = Duration::from_millis(300);

/// Why a device can't be asked.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AskError {
    #[error("no device `{0}` was heard here")]
    NoDevice(String),
    #[error("there is no token of `{0}` here: give the fleet's server one that the device issued")]
    NoToken(String),
    #[error("the device `{0}` is not there now")]
    Offline(String),
    #[error("there is no connection to the broker: {0}")]
    NoBroker(String),
    #[error("the device says that it does not know the token that is kept here: give the fleet's server another one")]
    Unknown,
    #[error("the device gives no answer through the broker: it may not let itself be reached so (mqtt.remote)")]
    Silent,
    #[error("the device fell silent; what was asked for may have been done: look before you ask again")]
    Lost,
    #[error("the request can't be written: {0}")]
    Unwritable(String),
}

impl From<RemoteError> for AskError {
    fn from(error: RemoteError) -> Self {
        match error {
            RemoteError::Silent => Self::Silent,
            RemoteError::Unknown => Self::Unknown,
            RemoteError::Lost => Self::Lost,
            RemoteError::Unwritable(why) => Self::Unwritable(why),
        }
    }
}

/// Why something was not done.
#[derive(Debug, thiserror::Error)]
pub enum FleetError {
    /// What was sent is not right.
    #[error("{0}")]
    Refused(String),
    /// At another time it may be done.
    #[error("{0}")]
    Busy(String),
    #[error(transparent)]
    Ask(#[from] AskError),
    #[error(transparent)]
    Keep(#[from] KeepError),
    #[error("what was begun broke off: {0}")]
    Broken(String),
}

/// A handle on the fleet; clones share it.
#[derive(Clone)]
pub struct Fleet(pub(super) Arc<Shared>);

impl Fleet {
    /// Opens what is kept in this folder, and listens at the broker until `stop` is cancelled. Error: the folder can't be
    /// used, or no broker is named. A broker that is away is none: it is told ([`Fleet::devices`]).
    pub async fn start(
        settings: &config::Mqtt,
        folder: &Path,
        supervisor: &Supervisor,
        stop: &CancellationToken,
    ) -> Result<Self, FleetError> {
        let config::Broker::Remote(servers) = &settings.broker else {
            return Err(FleetError::Refused("no broker is named (mqtt.broker)".to_owned()));
        };
        let account = Account::of(settings, servers);
        let folder = folder.to_owned();
        let (out, going) = mpsc::channel(WAITING);
        let (unwritten, to_write) = mpsc::channel(UNWRITTEN);
        let (shared, name) = blocking(move || {
            let keep = Keep::open(&folder)?;
            let name = keep.name()?;
            let now = Now::here();
            let (mut kept, tokens) = (keep.devices()?, keep.tokens()?);
            let unknown = tokens.iter().filter(|(id, _)| !kept.iter().any(|known| known.id == *id));
            let unknown: Vec<Kept> = unknown.map(|(id, _)| Kept::new(id)).collect();
            kept.extend(unknown);
            let registry = Registry::new(kept, now);
            for (device, token) in &tokens {
                registry.reached(device, Reach::Paired, Some(token.role), now);
            }
            let shared = Shared {
                registry,
                pictures: Pictures::default(),
                asking: Asking::new(name.clone(), out, tokens),
                orders: Orders::new(keep.orders()?),
                broker: Brokerage::default(),
                keep,
                unwritten,
            };
            Ok((Arc::new(shared), name))
        })
        .await?;
        let hearing = Arc::new(Hearing::new(Arc::clone(&shared), account, name, going));
        let writing = Arc::new(Writing::new(Arc::clone(&shared), to_write));
        let (hear, write) = (stop.clone(), stop.clone());
        supervisor.task("fleet", TURN_WITHIN, stop, move |beat| {
            let (hearing, stop) = (Arc::clone(&hearing), hear.clone());
            async move { hearing.listen(&beat, &stop).await }
        });
        supervisor.task("fleet-keep", TURN_WITHIN, stop, move |beat| {
            let (writing, stop) = (Arc::clone(&writing), write.clone());
            async move { writing.write(&beat, &stop).await }
        });
        Ok(Self(shared))
    }

    /// Those that changed since; all without, or where that is not known.
    pub fn devices(&self, since: Option<u64>) -> Devices {
        Devices { broker: self.0.broker.told(self.0.registry.count()), ..self.0.registry.since(since) }
    }

    /// Why there is no connection to the broker; `None`: there is one.
    pub fn broker_trouble(&self) -> Option<String> {
        let broker = self.0.broker.told((0, 0));
        (!broker.connected).then(|| broker.trouble.unwrap_or_else(|| "it is being made".to_owned()))
    }

    /// Until something changes after this number; what changes soon after is waited for, so that it is told together.
    pub async fn changed(&self, since: u64) {
        let (mut revisions, mut broker) = (self.0.registry.revisions(), self.0.broker.changes());
        if *revisions.borrow_and_update() == since {
            // Neither ends before the fleet does.
            tokio::select! {
                _ = revisions.wait_for(|now| *now != since) => {}
                _ = broker.changed() => {}
            }
            tokio::time::sleep(TOGETHER).await;
        }
    }

    /// One device.
    pub fn device(&self, id: &str) -> Option<Arc<Device>> {
        self.0.registry.device(id)
    }

    /// Changes what people call a device; `None`: there is none. On disk when this returns.
    pub async fn change(&self, id: &str, change: DeviceChange) -> Result<Option<Arc<Device>>, FleetError> {
        let changed = self.0.registry.change(id, change, Now::here()).map_err(FleetError::Refused)?;
        let Some((device, heard)) = changed else { return Ok(None) };
        self.write(heard).await?;
        Ok(Some(device))
    }

    /// Forgets a device, and the token for it; whether there was one. It comes back when it is heard. On disk when this
    /// returns.
    pub async fn forget(&self, id: &str) -> Result<bool, FleetError> {
        if self.device(id).is_none() {
            return Ok(false);
        }
        self.drop_token(id).await?;
        self.0.pictures.forget(id);
        let heard = self.0.registry.forget(id, "was forgotten here; it comes back when it is heard", Now::here());
        let was = heard.changed.is_some();
        self.write(heard).await?;
        Ok(was)
    }

    /// Writes down at once what others wait for.
    async fn write(&self, heard: Heard) -> Result<(), FleetError> {
        let shared = Arc::clone(&self.0);
        blocking(move || {
            shared.keep.note(&heard.happened)?;
            if let Some(id) = &heard.changed {
                shared.write_device(id)?;
            }
            Ok(shared.keep.flush()?)
        })
        .await
    }

    /// The newest picture that a device sent, as JPEG.
    pub fn picture(&self, id: &str) -> Option<Bytes> {
        self.0.pictures.of(id).map(|picture| picture.jpeg)
    }

    /// Keeps a token of a device, which it is asked for first: its role there. On disk when this returns.
    pub async fn set_token(&self, id: &str, secret: &str) -> Result<Role, FleetError> {
        self.is_there(id)?;
        let token = self.0.asking.prove(id, secret).await.map_err(|error| match error {
            Untaken::Busy => FleetError::Busy(error.to_string()),
            Untaken::Remote(RemoteError::Unknown) => {
                FleetError::Refused("the device says that it does not know this token: give it another one".to_owned())
            }
            Untaken::Remote(error) => FleetError::Ask(error.into()),
            Untaken::Odd(_) => FleetError::Refused(error.to_string()),
        })?;
        let (shared, device, kept, role) = (Arc::clone(&self.0), id.to_owned(), token.clone(), token.role);
        blocking(move || Ok(shared.keep.put_token(&device, &kept)?)).await?;
        self.0.asking.set(id, Some(token));
        self.0.registry.reached(id, Reach::Paired, Some(role), Now::here());
        Ok(role)
    }

    /// Forgets the token of a device; whether there was one. On disk when this returns.
    pub async fn forget_token(&self, id: &str) -> Result<bool, FleetError> {
        let was = self.drop_token(id).await?;
        if was && self.device(id).is_some() {
            self.0.registry.reached(id, Reach::None, None, Now::here());
        }
        Ok(was)
    }

    async fn drop_token(&self, id: &str) -> Result<bool, FleetError> {
        let (shared, device) = (Arc::clone(&self.0), id.to_owned());
        let was = blocking(move || Ok(shared.keep.remove_token(&device)?)).await?;
        self.0.asking.set(id, None);
        Ok(was)
    }

    /// Whether a device can be asked now.
    pub fn may_ask(&self, id: &str) -> Result<(), AskError> {
        self.is_there(id)?;
        self.0.asking.role(id).map(drop).ok_or_else(|| AskError::NoToken(id.to_owned()))
    }

    fn is_there(&self, id: &str) -> Result<(), AskError> {
        let device = self.device(id).ok_or_else(|| AskError::NoDevice(id.to_owned()))?;
        if let Some(why) = self.broker_trouble() {
            return Err(AskError::NoBroker(why));
        }
        match device.state {
            DeviceState::Offline => Err(AskError::Offline(id.to_owned())),
            DeviceState::Online | DeviceState::Silent => Ok(()),
        }
    }

    /// Asks a device through the broker, as whoever its token here is. Whether it is reached shows in [`Device::reach`].
    pub async fn ask(&self, id: &str, question: Question) -> Result<Answer, AskError> {
        self.may_ask(id)?;
        let requester = self.0.asking.requester(id).ok_or_else(|| AskError::NoToken(id.to_owned()))?;
        let answer = requester.ask(question).await;
        let reach = match &answer {
            Ok(_) => Some(Reach::Paired),
            Err(RemoteError::Unknown) => Some(Reach::UnknownToken),
            Err(RemoteError::Silent) => {
                let online = self.device(id).is_some_and(|device| device.state == DeviceState::Online);
                online.then_some(Reach::Refused)
            }
            Err(RemoteError::Lost | RemoteError::Unwritable(_)) => None,
        };
        // The token may have been another meanwhile, or none.
        if let (Some(reach), Some(role)) = (reach, self.0.asking.role(id)) {
            self.0.registry.reached(id, reach, Some(role), Now::here());
        }
        Ok(answer?)
    }

    /// A page of what happened. Blocks.
    pub fn history(&self, filter: &HistoryFilter) -> Result<HistoryPage, FleetError> {
        Ok(self.0.keep.history(filter)?)
    }

    /// All orders, newest first.
    pub fn orders(&self) -> Vec<Order> {
        self.0.orders.all()
    }

    pub fn order(&self, id: Uuid) -> Option<Order> {
        self.0.orders.of(id)
    }

    /// Takes an order: on disk when this returns, and sent from then on.
    pub async fn order_of(&self, order: NewOrder, by: &str) -> Result<Order, FleetError> {
        if let Some(stranger) = order.devices.iter().find(|id| self.device(id).is_none()) {
            let shown = limits::short(stranger.clone(), *limits::DEVICE_ID.end());
            return Err(FleetError::Refused(format!("no device `{shown}` was heard here")));
        }
        let running = order.accept(by, Now::here().wall).map_err(FleetError::Refused)?;
        let shared = Arc::clone(&self.0);
        let (record, parts) = (running.record.clone(), running.parts().to_vec());
        blocking(move || {
            for old in shared.orders.outdated() {
                shared.keep.remove_order(&old)?;
            }
            Ok(shared.keep.put_order(&record, &parts)?)
        })
        .await?;
        Ok(self.0.orders.begin(running))
    }

    /// Takes an order back: no further device gets it. `None`: there is none. On disk when this returns.
    pub async fn cancel_order(&self, id: Uuid, by: &str) -> Result<Option<Order>, FleetError> {
        let Some(order) = self.0.orders.cancel(id, by) else { return Ok(None) };
        let shared = Arc::clone(&self.0);
        blocking(move || {
            shared.write_order(id)?;
            Ok(shared.keep.flush()?)
        })
        .await?;
        Ok(Some(order))
    }

    /// Metrics of all devices, in the OpenMetrics text format. Error: they can't be written.
    pub fn metrics(&self) -> Result<String, FleetError> {
        metrics::render(&self.devices(None)).map_err(|error| FleetError::Broken(error.to_string()))
    }
}

/// Work that waits for a disk.
async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, FleetError> + Send + 'static,
) -> Result<T, FleetError> {
    match tokio::task::spawn_blocking(work).await {
        Ok(done) => done,
        Err(error) => Err(FleetError::Broken(error.to_string())),
    }
}
