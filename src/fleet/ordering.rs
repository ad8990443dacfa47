//! All orders: those that go on, and the last that are over.

use super::keep::{KeepError, ORDERS};
use super::orders::{Order, OrderRecord, Part, Running, Sending, order_of};
use jiff::Timestamp;
use parking_lot::Mutex;
use serde_json::Value;
use std::collections::BTreeMap;
use tokio::sync::Notify;
use uuid::Uuid;

/// All orders, by their ids, which sort as they were made.
pub struct Orders {
    all: Mutex<BTreeMap<Uuid, Running>>,
    /// There is something to send.
    due: Notify,
}

impl Orders {
    /// As they were written.
    pub fn new(written: Vec<(OrderRecord, Vec<Part>)>) -> Self {
        let all = written.into_iter().map(|(record, parts)| (record.id, Running::of(record, parts))).collect();
        Self { all: Mutex::new(all), due: Notify::new() }
    }

    /// All of them, newest first.
    pub fn all(&self) -> Vec<Order> {
        self.all.lock().values().rev().map(Running::told).collect()
    }

    pub fn of(&self, id: Uuid) -> Option<Order> {
        self.all.lock().get(&id).map(Running::told)
    }

    /// What is ordered.
    pub fn command(&self, id: Uuid) -> Option<String> {
        self.all.lock().get(&id).map(|running| running.record.command.clone())
    }

    /// One that is on disk begins.
    pub fn begin(&self, running: Running) -> Order {
        let told = running.told();
        self.all.lock().insert(told.id, running);
        self.due.notify_one();
        told
    }

    /// No further device gets it; `None`: there is none.
    pub fn cancel(&self, id: Uuid, by: &str) -> Option<Order> {
        let mut all = self.all.lock();
        let running = all.get_mut(&id)?;
        running.cancel(by);
        Some(running.told())
    }

    /// Until something new is to be sent.
    pub async fn due(&self) {
        self.due.notified().await;
    }

    /// What may be sent now, at most so many.
    pub fn to_send(&self, room: usize, now: Timestamp) -> Vec<Sending> {
        let mut sending: Vec<Sending> = Vec::new();
        for running in self.all.lock().values_mut() {
            sending.extend(running.to_send(room.saturating_sub(sending.len()), now));
        }
        sending
    }

    /// Changes one; its id, where something of it is to be written.
    fn change(&self, id: Uuid, change: impl FnOnce(&mut Running)) -> Option<Uuid> {
        let mut all = self.all.lock();
        let running = all.get_mut(&id)?;
        change(running);
        running.is_unwritten().then_some(id)
    }

    /// The broker has a part of it.
    pub fn sent(&self, id: Uuid, part: usize) -> Option<Uuid> {
        self.change(id, |running| running.sent(part))
    }

    /// The broker does not take a part of it.
    pub fn refused(&self, id: Uuid, part: usize, why: &str) -> Option<Uuid> {
        self.change(id, |running| running.refused(part, why))
    }

    /// A device answered a command: to an order of ours, or to somebody else.
    pub fn answered(&self, device: &str, answer: &Value) -> Option<Uuid> {
        let id = answer.get("id").and_then(Value::as_str).and_then(order_of)?;
        let changed = self.change(id, |running| running.answered(device, answer));
        // The next may follow.
        self.due.notify_one();
        changed
    }

    /// What was handed over to the connection is lost with it.
    pub fn cut(&self) {
        self.all.lock().values_mut().for_each(Running::cut);
    }

    /// Time passes; those of which something is to be written.
    pub fn passed(&self, now: Timestamp) -> Vec<Uuid> {
        let mut all = self.all.lock();
        all.values_mut().for_each(|running| running.passed(now));
        all.values().filter(|running| running.is_unwritten()).map(|running| running.record.id).collect()
    }

    /// Has `write` write down what is not; where it fails that is to be written still.
    pub fn write(
        &self,
        id: Uuid,
        write: impl FnOnce(&OrderRecord, &[(usize, Part)]) -> Result<(), KeepError>,
    ) -> Result<(), KeepError> {
        let mut all = self.all.lock();
        let Some(running) = all.get_mut(&id) else { return Ok(()) };
        let parts = running.unwritten();
        write(&running.record, &parts)?;
        running.written();
        Ok(())
    }

    /// Those that are over and beyond what is remembered: they are forgotten.
    pub fn outdated(&self) -> Vec<OrderRecord> {
        let mut all = self.all.lock();
        let over: Vec<Uuid> =
            all.values().filter(|running| running.is_over()).map(|running| running.record.id).collect();
        let old = over.len().saturating_sub(ORDERS);
        over[..old].iter().filter_map(|id| all.remove(id)).map(|running| running.record).collect()
    }
}
