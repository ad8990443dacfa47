//! What all parts of the fleet share.

use super::asking::Asking;
use super::broker::Brokerage;
use super::heard::Heard;
use super::keep::{Keep, KeepError};
use super::ordering::Orders;
use super::pictures::Pictures;
use super::registry::Registry;
use tokio::sync::mpsc;
use uuid::Uuid;

/// Something that is to be written down.
#[derive(Debug)]
pub enum Write {
    Heard(Heard),
    /// How an order is.
    Order(Uuid),
}

/// What is known, who is asked, and what is on disk.
pub struct Shared {
    pub registry: Registry,
    pub pictures: Pictures,
    pub asking: Asking,
    pub orders: Orders,
    pub broker: Brokerage,
    pub keep: Keep,
    pub unwritten: mpsc::Sender<Write>,
}

impl Shared {
    /// Hands over what is to be written down.
    pub fn unwritten(&self, write: Write) {
        if self.unwritten.try_send(write).is_err() {
            let words = "the disk does not take what is heard as fast as it comes: some of what happened is not noted";
            self.broker.note("disk", words);
        }
    }

    /// Writes down what is to be known of a device after a restart, as it is now.
    pub fn write_device(&self, id: &str) -> Result<(), KeepError> {
        self.keep.put_as_it_is(id, || self.registry.kept(id))
    }

    /// Writes down how an order is now.
    pub fn write_order(&self, id: Uuid) -> Result<(), KeepError> {
        self.orders.write(id, |record, parts| self.keep.put_progress(record, parts))
    }
}
