//! The pool of a daemon or a command: one thing after the other, and what became of the last.

use super::candidate::{Judging, Taken, Taking};
use super::error::{PoolError, Result};
use super::facts::Key;
use super::ledger::Ledger;
use super::models::{self, Listing};
use super::place::Place;
use super::pull::Pulling;
use super::push::Pushing;
use super::told::{Pulled, Pushed};
use crate::config::{self, Fingerprint};
use crate::dataset::Going;
use crate::domain::ModelId;
use crate::events::Events;
use crate::store::Store;
use crate::turns::Turns;
use parking_lot::Mutex;
use std::sync::Arc;
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// How often whoever waits for its turn looks whether it still wants it.
const LOOK_EVERY: Duration = Duration::from_millis(200);

/// Handle; clones share what is behind it. All calls block.
#[derive(Clone)]
pub struct Pool(Arc<Shared>);

struct Shared {
    config: config::Pool,
    device: String,
    means: Means,
    /// Held by whoever reads or writes the ledger.
    turn: Mutex<()>,
    stop: CancellationToken,
}

/// What a pool works with here.
#[derive(Clone)]
pub struct Means {
    pub store: Store,
    pub events: Events,
    /// Turns at decoding pictures of others.
    pub pictures: Turns,
}

impl Pool {
    /// Of this device; asks nothing yet.
    pub fn new(config: &config::Pool, device: &str, means: Means, stop: &CancellationToken) -> Self {
        let (config, device, stop) = (config.clone(), device.to_owned(), stop.clone());
        Self(Arc::new(Shared { config, device, means, turn: Mutex::new(()), stop }))
    }

    /// Where it is; empty where there is none.
    pub fn url(&self) -> String {
        self.0.config.url.to_string()
    }

    pub fn is_on(&self) -> bool {
        self.0.config.url.place().is_some()
    }

    /// The key by which this device vouches for its models.
    pub fn key(&self) -> Result<Fingerprint> {
        Ok(Key::of(&self.0.means.store)?.public())
    }

    /// Labels and models that are not there yet; what was done is told though it ends in the middle.
    pub fn push(&self, told: &mut Pushed, going: &mut Going) -> Result<()> {
        self.in_turn(going, |place, ledger, going| {
            let Shared { means: Means { store, .. }, device, .. } = &*self.0;
            Pushing { store, place, device, ledger }.labels(told, going)?;
            models::push(store, place, device, told, going)
        })
    }

    /// Labels of other devices that are not here yet; what was done is told though it ends in the middle.
    pub fn pull(&self, told: &mut Pulled, going: &mut Going) -> Result<()> {
        self.in_turn(going, |place, ledger, going| {
            let Shared { means: Means { store, events, pictures }, device, .. } = &*self.0;
            Pulling { store, place, device, ledger, pictures, events }.labels(told, going)
        })
    }

    /// Takes a model as a candidate: live only if it is better here.
    pub fn take(&self, id: ModelId, judging: &Judging, going: &mut Going) -> Result<Taken> {
        let mut taken = None;
        self.in_turn(going, |place, _, going| {
            let Shared { means: Means { store, .. }, config, .. } = &*self.0;
            let mut trusted = config.trusted.clone();
            trusted.push(Key::of(store)?.public());
            taken = Some(Taking { store, place, trusted: &trusted }.take(id, judging, going)?);
            Ok(())
        })?;
        taken.ok_or(PoolError::Stopped)
    }

    /// All models that are there.
    pub fn models(&self) -> Result<Listing> {
        models::list(&self.place()?)
    }

    fn place(&self) -> Result<Place> {
        Place::open(&self.0.config, &self.0.stop)
    }

    fn in_turn(
        &self,
        going: &mut Going,
        work: impl FnOnce(&Place, &mut Ledger, &mut Going) -> Result<()>,
    ) -> Result<()> {
        let Shared { turn, means, device, stop, .. } = &*self.0;
        let _turn = loop {
            match turn.try_lock_for(LOOK_EVERY) {
                Some(turn) => break turn,
                None if stop.is_cancelled() || going(0, 1).is_break() => return Err(PoolError::Stopped),
                None => {}
            }
        };
        let place = self.place()?;
        let mut ledger = Ledger::read(&means.store, &self.url(), device)?;
        work(&place, &mut ledger, going)
    }
}
