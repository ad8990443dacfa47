//! What happens on a device, for whoever listens here: an event stream does not pass a broker. Instead the device is asked
//! how it is every few seconds, as long as somebody listens, once for all who do; what changed is told under the names that a
//! device's own stream has.
//!
//! Told are `frame`, `training`, `epoch`, `detections`, `deployed`, `fleet`, `categories` and `watch`. What others do to labels,
//! and what is deleted, shows when the page asks by itself.

mod look;
mod news;

use crate::fleet::Fleet;
use look::Looks;
pub use news::Told;
use parking_lot::Mutex;
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::broadcast::{self, Receiver, Sender};
use tokio_util::sync::CancellationToken;

/// Between two looks.
const EVERY: Duration = Duration::from_secs(3);
/// News that wait for whoever listens slowly.
const WAITING: usize = 128;

/// Those who look at devices; clones share them.
#[derive(Clone)]
pub struct Lookouts(Arc<Inner>);

struct Inner {
    fleet: Fleet,
    stop: CancellationToken,
    all: Mutex<HashMap<String, Sender<Told>>>,
}

impl Lookouts {
    pub fn of(fleet: Fleet, stop: CancellationToken) -> Self {
        Self(Arc::new(Inner { fleet, stop, all: Mutex::default() }))
    }

    /// What happens on this device from now on; somebody looks from now on as long as this is held.
    pub fn listen(&self, device: &str) -> Receiver<Told> {
        let mut all = self.0.all.lock();
        if let Some(there) = all.get(device) {
            return there.subscribe();
        }
        let (tell, heard) = broadcast::channel(WAITING);
        all.insert(device.to_owned(), tell.clone());
        tokio::spawn(self.clone().look(device.to_owned(), tell));
        heard
    }

    async fn look(self, device: String, tell: Sender<Told>) {
        let mut looks = Looks::at(self.0.fleet.clone(), device.clone());
        loop {
            // Where it gives no answer nobody knows what happens there: the streams end, and say so by that.
            let Some(news) = looks.next().await else {
                self.0.all.lock().remove(&device);
                return;
            };
            for told in news {
                // Nobody may listen any more.
                let _ = tell.send(told);
            }
            if tokio::time::timeout(EVERY, self.0.stop.cancelled()).await.is_ok() {
                return;
            }
            let mut all = self.0.all.lock();
            // Asked under the lock: whoever comes later begins anew.
            if tell.receiver_count() == 0 {
                all.remove(&device);
                return;
            }
        }
    }
}
