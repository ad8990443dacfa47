//! What must arrive, until the broker has acknowledged it.
//!
//! Every message of QoS 1 passes through here, the oldest first. Each topic keeps its order; where one has a long backlog
//! the others have their turn in between, so that it holds up none. A message leaves only when the broker acknowledged that very message (or refused it for good).
//! After a reconnect everything that was sent and not acknowledged is sent again, in the old order: a receiver may see
//! a message twice and tells by its `id`.
//!
//! What must arrive all, and not only the newest of it, lies in the store's queue as well (`store::outbox`), a tenth of a
//! second after it happened: neither a power cut nor a restart loses it. Of a long backlog only heads are in memory; a
//! message is read from the disk when its turn comes.
//!
//! Beyond the budget the oldest go: pages first, then epochs, then the rest. That is counted and said.

use super::kept;
use super::payload::Message;
use super::retold;
use super::topics::{Keep, Worth};
use crate::store::outbox::{Item, News, Opened, Told};
use crate::store::{Store, StoreError, outbox};
use crate::telemetry::Fill;
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use tokio::sync::mpsc::UnboundedReceiver;

/// Bytes of messages in memory; what is on disk and beyond this is read when its turn comes.
pub const MEMORY: usize = 8_000_000;
/// Under which the count of what was dropped lies among what was told.
const DROPPED: &str = "dropped";
/// Messages of a topic that are read before their turn.
const AHEAD: usize = 32;
/// Messages of a topic after which another one has its turn, where one waits.
const IN_A_ROW: usize = 4;

/// Names a message in the queue: its number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Ticket(u64);

#[derive(Debug)]
struct Entry {
    topic: String,
    keep: Keep,
    /// Of its payload.
    bytes: usize,
    body: Body,
}

#[derive(Debug)]
enum Body {
    /// In memory; `written`: on disk too.
    Here {
        message: Message,
        written: bool,
    },
    OnDisk,
    /// Asked of the disk.
    Coming,
}

/// The messages of one topic that wait.
#[derive(Debug)]
struct Lane {
    keep: Keep,
    waiting: VecDeque<Ticket>,
}

/// The queue on disk.
struct Disk {
    queue: outbox::Outbox,
    news: UnboundedReceiver<News>,
    /// It takes nothing at present.
    failing: bool,
}

/// The queue; see the module's documentation.
pub struct Outbox {
    entries: BTreeMap<Ticket, Entry>,
    lanes: BTreeMap<String, Lane>,
    /// Before all others.
    first: VecDeque<Ticket>,
    /// Handed over and not acknowledged; with the packet identifier, once it is on the wire.
    flight: BTreeMap<Ticket, Option<u16>>,
    /// Topics of which nothing is sent for now.
    held: BTreeSet<String>,
    /// The topic that was last, and how often in a row.
    turn: String,
    in_a_row: usize,
    next: u64,
    /// Of all payloads, and of those in memory.
    bytes: usize,
    in_memory: usize,
    budget: usize,
    dropped: u64,
    disk: Option<Disk>,
    told: BTreeMap<String, String>,
}

impl Outbox {
    /// One in memory alone. `budget`: bytes of payload kept at most.
    pub fn new(budget: usize) -> Self {
        Self {
            entries: BTreeMap::new(),
            lanes: BTreeMap::new(),
            first: VecDeque::new(),
            flight: BTreeMap::new(),
            held: BTreeSet::new(),
            turn: String::new(),
            in_a_row: 0,
            next: 1,
            bytes: 0,
            in_memory: 0,
            budget,
            dropped: 0,
            disk: None,
            told: BTreeMap::new(),
        }
    }

    /// One whose messages lie in the store, with those that wait there. Of what nothing was told yet all that there is counts
    /// as told. Blocks. Error: the folder can't be read.
    pub fn open(store: &Store, budget: usize) -> Result<Self, StoreError> {
        let read = |meta: &[u8], payload: u64| kept::head(meta).map(|head| (head, payload));
        let Opened { outbox: queue, news, waiting, mut told, next } =
            store.outbox(budget as u64, |told| retold::begin(store, told), read)?;
        let dropped = told.remove(DROPPED).and_then(|count| count.parse().ok()).unwrap_or(0);
        let mut outbox = Self { told, next, dropped, ..Self::new(budget) };
        for (number, ((topic, keep), payload)) in waiting {
            let entry = Entry { topic, keep, bytes: payload as usize, body: Body::OnDisk };
            outbox.bytes += entry.bytes;
            outbox.line_up(Ticket(number), &entry);
            outbox.entries.insert(Ticket(number), entry);
        }
        outbox.disk = Some(Disk { queue, news, failing: false });
        outbox.keep_budget();
        Ok(outbox)
    }

    pub fn fill(&self) -> Fill {
        Fill { waiting: self.entries.len(), bytes: self.bytes, dropped: self.dropped }
    }

    /// Messages that wait for the broker, and not for leave to be sent.
    pub fn due(&self) -> usize {
        let held = self.lanes.iter().filter(|(topic, _)| self.held.contains(*topic));
        self.entries.len() - held.map(|(_, lane)| lane.waiting.len()).sum::<usize>()
    }

    /// Whether there is a message of this topic that the broker has not acknowledged.
    pub fn holds(&self, topic: &str) -> bool {
        self.entries.values().any(|entry| entry.topic == topic)
    }

    /// Up to where things of each kind were told.
    pub fn told(&self) -> &BTreeMap<String, String> {
        &self.told
    }

    /// Things were told up to there, with the messages put in before.
    pub fn tell(&mut self, told: Told) {
        self.told.insert(told.of.clone(), told.upto.clone());
        if let Some(disk) = &self.disk {
            disk.queue.tell(told);
        }
    }

    /// Appends a message. A waiting one of the same topic is replaced where only the newest counts.
    pub fn push(&mut self, message: Message) {
        self.forget_stale(&message);
        let (ticket, entry) = self.entry(message);
        self.line_up(ticket, &entry);
        self.entries.insert(ticket, entry);
        self.keep_budget();
    }

    /// Puts a message, of which only the newest counts, before all others.
    pub fn push_first(&mut self, message: Message) {
        self.forget_stale(&message);
        let (ticket, entry) = self.entry(message);
        self.entries.insert(ticket, entry);
        self.first.push_back(ticket);
    }

    /// The next message to send, which now counts as handed over. What must be read first is asked for.
    pub fn take(&mut self) -> Option<(Ticket, &Message)> {
        let ticket = match self.first.pop_front() {
            Some(ticket) => ticket,
            None => {
                let mut order: Vec<(Ticket, String)> = self
                    .lanes
                    .iter()
                    .filter(|(topic, _)| !self.held.contains(*topic))
                    .filter_map(|(topic, lane)| Some((*lane.waiting.front()?, topic.clone())))
                    .collect();
                order.sort_unstable();
                order.retain(|(_, topic)| self.ready(topic));
                let another = |(_, topic): &&(Ticket, String)| *topic != self.turn || self.in_a_row < IN_A_ROW;
                let (ticket, topic) = order.iter().find(another).or(order.first())?.clone();
                self.in_a_row = if topic == self.turn { self.in_a_row + 1 } else { 1 };
                let lane = self.lanes.get_mut(&topic)?;
                lane.waiting.pop_front();
                if lane.waiting.is_empty() {
                    self.lanes.remove(&topic);
                }
                self.turn = topic;
                ticket
            }
        };
        self.flight.insert(ticket, None);
        match &self.entries.get(&ticket)?.body {
            Body::Here { message, .. } => Some((ticket, message)),
            Body::OnDisk | Body::Coming => None,
        }
    }

    /// Whether the first of a topic is in memory; the next ones are asked of the disk.
    fn ready(&mut self, topic: &str) -> bool {
        let Some(lane) = self.lanes.get(topic) else { return false };
        let Some(disk) = &self.disk else { return true };
        for ticket in lane.waiting.iter().take(AHEAD) {
            if let Some(entry) = self.entries.get_mut(ticket)
                && matches!(entry.body, Body::OnDisk)
            {
                entry.body = Body::Coming;
                disk.queue.load(ticket.0);
            }
        }
        let first = lane.waiting.front().and_then(|ticket| self.entries.get(ticket));
        first.is_some_and(|entry| matches!(entry.body, Body::Here { .. }))
    }

    /// Waits until the disk has something to tell, and takes it in; for ever where there is no disk. Can be dropped.
    pub async fn changed(&mut self) {
        let news = match &mut self.disk {
            Some(disk) => disk.news.recv().await,
            None => std::future::pending().await,
        };
        match news {
            Some(News::Written(upto)) => {
                self.written(Ticket(upto));
                self.keep_memory();
            }
            Some(News::Loaded(item)) => self.loaded(item),
            Some(News::Lost(number)) => {
                self.drop_one();
                self.remove(Ticket(number));
            }
            Some(News::Failing(failing)) => {
                if let Some(disk) = &mut self.disk {
                    disk.failing = failing;
                }
                self.keep_budget();
            }
            None => {
                tracing::error!("the outbox is kept in memory from now on: its thread ended");
                self.disk = None;
                let lost: Vec<Ticket> = self
                    .entries
                    .iter()
                    .filter(|(_, e)| !matches!(e.body, Body::Here { .. }))
                    .map(|(t, _)| *t)
                    .collect();
                self.dropped += lost.len() as u64;
                lost.into_iter().for_each(|ticket| drop(self.remove(ticket)));
            }
        }
    }

    /// A message goes that nobody got: counted over restarts, beside up to where things were told.
    fn drop_one(&mut self) {
        self.dropped += 1;
        let count = Told { of: DROPPED.to_owned(), upto: self.dropped.to_string() };
        self.disk.iter().for_each(|disk| disk.queue.tell(count.clone()));
    }

    fn written(&mut self, upto: Ticket) {
        for entry in self.entries.range_mut(..=upto).rev().map(|(_, entry)| entry) {
            match &mut entry.body {
                // All before it are written.
                Body::Here { written: true, .. } => return,
                Body::Here { written, .. } if matches!(entry.keep, Keep::Every(_)) => *written = true,
                Body::Here { .. } => {}
                Body::OnDisk | Body::Coming => return,
            }
        }
    }

    fn loaded(&mut self, item: Item) {
        let Some(entry) = self.entries.get_mut(&Ticket(item.number)) else { return };
        match kept::message(&item.meta, item.body) {
            Some(message) => {
                self.in_memory += message.payload.len();
                self.bytes = self.bytes - entry.bytes + message.payload.len();
                entry.bytes = message.payload.len();
                entry.body = Body::Here { message, written: true };
            }
            None => {
                self.drop_one();
                self.remove(Ticket(item.number));
            }
        }
    }

    /// Messages handed over and not acknowledged.
    pub fn in_flight(&self) -> usize {
        self.flight.len()
    }

    /// Bytes of the largest of them.
    pub fn largest_in_flight(&self) -> usize {
        self.flight.keys().filter_map(|ticket| Some(self.entries.get(ticket)?.bytes)).max().unwrap_or(0)
    }

    /// A message handed over went out with this packet identifier.
    pub fn sent(&mut self, ticket: Ticket, packet: u16) {
        if let Some(flying) = self.flight.get_mut(&ticket) {
            *flying = Some(packet);
        }
    }

    /// The broker has the message of this packet identifier: it is done.
    pub fn acknowledged(&mut self, packet: u16) {
        if let Some(ticket) = self.flying(packet) {
            self.remove(ticket);
        }
    }

    /// The broker refused the message of this packet identifier, and would again. Returns its topic.
    pub fn refused(&mut self, packet: u16) -> Option<String> {
        let ticket = self.flying(packet)?;
        self.drop_one();
        self.remove(ticket)
    }

    /// The broker would take the message of this packet identifier at another time: it waits in its old place, and with it
    /// all of its topic, until [`Self::release`]. Where only the newest counts it goes. Returns its topic.
    pub fn withheld(&mut self, packet: u16) -> Option<String> {
        let ticket = self.flying(packet)?;
        let entry = self.entries.get(&ticket)?;
        let (topic, keep) = (entry.topic.clone(), entry.keep);
        match keep {
            Keep::Every(_) => {
                self.flight.remove(&ticket);
                self.line_up_again(ticket, topic.clone(), keep);
                self.held.insert(topic.clone());
            }
            Keep::Newest | Keep::Nothing => drop(self.remove(ticket)),
        }
        Some(topic)
    }

    /// What waits of this topic may be sent again.
    pub fn release(&mut self, topic: &str) {
        self.held.remove(topic);
    }

    /// Gives up on a message that was taken.
    pub fn give_up(&mut self, ticket: Ticket) {
        if self.remove(ticket).is_some() {
            self.drop_one();
        }
    }

    /// The connection is gone: everything not acknowledged waits again, in its old order.
    pub fn disconnected(&mut self) {
        for ticket in std::mem::take(&mut self.flight).into_keys().rev() {
            let Some(entry) = self.entries.get(&ticket) else { continue };
            let (topic, keep) = (entry.topic.clone(), entry.keep);
            // Where only the newest counts, one that was on the wire may have a successor by now.
            if keep == Keep::Newest && self.lanes.contains_key(&topic) {
                self.remove(ticket);
                continue;
            }
            self.line_up_again(ticket, topic, keep);
        }
    }

    /// In its old place: some that were sent with it may wait already.
    fn line_up_again(&mut self, ticket: Ticket, topic: String, keep: Keep) {
        let lane = self.lanes.entry(topic).or_insert_with(|| Lane { keep, waiting: VecDeque::new() });
        let place = lane.waiting.partition_point(|other| *other < ticket);
        lane.waiting.insert(place, ticket);
    }

    fn flying(&self, packet: u16) -> Option<Ticket> {
        self.flight.iter().find(|(_, sent)| **sent == Some(packet)).map(|(ticket, _)| *ticket)
    }

    fn entry(&mut self, message: Message) -> (Ticket, Entry) {
        let ticket = Ticket(self.next);
        self.next += 1;
        let (topic, keep, bytes) = (message.topic.clone(), message.delivery.keep, message.payload.len());
        if let (Some(disk), Keep::Every(_)) = (&self.disk, keep) {
            disk.queue.push(kept::item(ticket.0, &message));
        }
        self.bytes += bytes;
        self.in_memory += bytes;
        (ticket, Entry { topic, keep, bytes, body: Body::Here { message, written: false } })
    }

    fn line_up(&mut self, ticket: Ticket, entry: &Entry) {
        let lane = || Lane { keep: entry.keep, waiting: VecDeque::new() };
        self.lanes.entry(entry.topic.clone()).or_insert_with(lane).waiting.push_back(ticket);
    }

    fn forget_stale(&mut self, message: &Message) {
        if message.delivery.keep != Keep::Newest {
            return;
        }
        let lane = self.lanes.remove(&message.topic).map(|lane| lane.waiting).unwrap_or_default();
        let first: Vec<Ticket> = self
            .first
            .iter()
            .copied()
            .filter(|t| self.entries.get(t).is_some_and(|e| e.topic == message.topic))
            .collect();
        self.first.retain(|ticket| !first.contains(ticket));
        for ticket in lane.into_iter().chain(first) {
            self.remove(ticket);
        }
    }

    fn keep_budget(&mut self) {
        // What the disk does not take lies in memory alone.
        let failing = self.disk.as_ref().is_some_and(|disk| disk.failing);
        while self.bytes > self.budget || (failing && self.in_memory > MEMORY) {
            if !self.drop_oldest() {
                break;
            }
        }
        self.keep_memory();
    }

    /// Of what is worth least, the oldest that waits.
    fn drop_oldest(&mut self) -> bool {
        for worth in [Worth::Page, Worth::Epoch, Worth::Rest] {
            let lanes = self.lanes.iter().filter(|(_, lane)| lane.keep == Keep::Every(worth));
            let oldest = lanes.filter_map(|(topic, lane)| Some((*lane.waiting.front()?, topic.clone()))).min();
            let Some((ticket, topic)) = oldest else { continue };
            if let Some(lane) = self.lanes.get_mut(&topic) {
                lane.waiting.pop_front();
                if lane.waiting.is_empty() {
                    self.lanes.remove(&topic);
                }
            }
            self.remove(ticket);
            self.drop_one();
            if self.dropped == 1 || self.dropped.is_multiple_of(1000) {
                tracing::warn!(dropped = self.dropped, budget = self.budget, "outbox full, oldest messages dropped");
            }
            return true;
        }
        false
    }

    /// What is on disk and not due soon is not held in memory as well.
    fn keep_memory(&mut self) {
        if self.disk.is_none() || self.in_memory <= MEMORY {
            return;
        }
        let soon: Vec<Ticket> = self.lanes.values().flat_map(|lane| lane.waiting.iter().take(AHEAD).copied()).collect();
        for (ticket, entry) in self.entries.iter_mut().rev() {
            // Older ones were put out before.
            if self.in_memory <= MEMORY / 2 || matches!(entry.body, Body::OnDisk) {
                return;
            }
            if matches!(entry.body, Body::Here { written: true, .. })
                && !self.flight.contains_key(ticket)
                && !soon.contains(ticket)
            {
                entry.body = Body::OnDisk;
                self.in_memory -= entry.bytes;
            }
        }
    }

    /// Done with; answers its topic, if it was there.
    fn remove(&mut self, ticket: Ticket) -> Option<String> {
        let entry = self.entries.remove(&ticket)?;
        self.bytes -= entry.bytes;
        if matches!(entry.body, Body::Here { .. }) {
            self.in_memory -= entry.bytes;
        }
        self.flight.remove(&ticket);
        if let Some(lane) = self.lanes.get_mut(&entry.topic) {
            // Mostly it is not in there any more; else it is one that was lost.
            if let Ok(at) = lane.waiting.binary_search(&ticket) {
                lane.waiting.remove(at);
            }
            if lane.waiting.is_empty() {
                self.lanes.remove(&entry.topic);
            }
        }
        if let (Some(disk), Keep::Every(_)) = (&self.disk, entry.keep) {
            disk.queue.forget(ticket.0);
        }
        Some(entry.topic)
    }
}

#[cfg(test)]
#[path = "outbox_tests.rs"]
mod tests;
