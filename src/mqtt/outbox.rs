//! What must arrive, until the broker has acknowledged it.
//!
//! Every message of QoS 1 passes through here. The queue keeps the order of each topic, survives any number of lost
//! connections, and a message leaves it only when the broker acknowledged that very message (or refused it for good).
//! After a reconnect everything that was sent and not acknowledged is sent again, in the old order: a receiver may see
//! a message twice and tells by its `id`.
//!
//! **What is lost today**: this queue lies in memory. A power cut, a crash or a restart of the daemon loses what the broker
//! had not acknowledged by then (a clean stop waits 3 seconds for it). Beyond [`BUDGET`] bytes the oldest waiting
//! messages are dropped, counted and said. The durable outbox replaces this type and keeps its methods.

use super::payload::Message;
use super::topics::Keep;
use crate::telemetry::Fill;
use std::collections::VecDeque;

/// Bytes of messages kept for a broker that is away.
pub const BUDGET: usize = 32_000_000;

/// Names a message in the queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ticket(u64);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Waiting,
    /// Given to the client, which has not put it on the wire yet.
    Handed,
    /// On the wire with this packet identifier.
    Sent(u16),
}

#[derive(Debug)]
struct Entry {
    ticket: Ticket,
    state: State,
    message: Message,
}

/// The queue; see the module's documentation.
#[derive(Debug)]
pub struct Outbox {
    entries: VecDeque<Entry>,
    next: u64,
    bytes: usize,
    budget: usize,
    dropped: u64,
}

impl Outbox {
    /// `budget`: bytes of payload kept at most.
    pub fn new(budget: usize) -> Self {
        Self { entries: VecDeque::new(), next: 0, bytes: 0, budget, dropped: 0 }
    }

    pub fn fill(&self) -> Fill {
        Fill { waiting: self.entries.len(), bytes: self.bytes, dropped: self.dropped }
    }

    /// Appends a message. A waiting one of the same topic is replaced where only the newest counts.
    pub fn push(&mut self, message: Message) {
        self.forget_stale(&message);
        let entry = self.entry(message);
        self.entries.push_back(entry);
        self.keep_budget();
    }

    /// Puts a message before all others.
    pub fn push_first(&mut self, message: Message) {
        self.forget_stale(&message);
        let entry = self.entry(message);
        self.entries.push_front(entry);
        self.keep_budget();
    }

    /// The next message to send, which now counts as handed over.
    pub fn take(&mut self) -> Option<(Ticket, &Message)> {
        let entry = self.entries.iter_mut().find(|entry| entry.state == State::Waiting)?;
        entry.state = State::Handed;
        Some((entry.ticket, &entry.message))
    }

    /// Messages handed over and not acknowledged.
    pub fn in_flight(&self) -> usize {
        self.entries.iter().filter(|entry| entry.state != State::Waiting).count()
    }

    /// A message handed over went out with this packet identifier.
    pub fn sent(&mut self, ticket: Ticket, packet: u16) {
        if let Some(entry) = self.entries.iter_mut().find(|entry| entry.ticket == ticket) {
            entry.state = State::Sent(packet);
        }
    }

    /// The broker has the message of this packet identifier: it is done.
    pub fn acknowledged(&mut self, packet: u16) {
        self.remove_where(|entry| entry.state == State::Sent(packet));
    }

    /// The broker refused the message of this packet identifier, and would again. Returns its topic.
    pub fn refused(&mut self, packet: u16) -> Option<String> {
        let message = self.remove_where(|entry| entry.state == State::Sent(packet))?;
        self.dropped += 1;
        Some(message.topic)
    }

    /// Gives up on a message that was taken.
    pub fn give_up(&mut self, ticket: Ticket) {
        if self.remove_where(|entry| entry.ticket == ticket).is_some() {
            self.dropped += 1;
        }
    }

    /// The connection is gone: everything not acknowledged waits again, in its old order.
    pub fn disconnected(&mut self) {
        for entry in &mut self.entries {
            entry.state = State::Waiting;
        }
        // Where only the newest counts, one that was on the wire may have a successor by now.
        for at in (0..self.entries.len()).rev() {
            let message = &self.entries[at].message;
            let newer = |entry: &Entry| entry.message.topic == message.topic;
            if message.delivery.keep == Keep::Newest && self.entries.iter().skip(at + 1).any(newer) {
                self.remove_at(at);
            }
        }
    }

    fn entry(&mut self, message: Message) -> Entry {
        self.next += 1;
        self.bytes += message.payload.len();
        Entry { ticket: Ticket(self.next), state: State::Waiting, message }
    }

    fn forget_stale(&mut self, message: &Message) {
        if message.delivery.keep == Keep::Newest {
            self.remove_where(|entry| entry.state == State::Waiting && entry.message.topic == message.topic);
        }
    }

    fn keep_budget(&mut self) {
        while self.bytes > self.budget {
            let droppable = |entry: &Entry| entry.state == State::Waiting && entry.message.delivery.keep == Keep::Every;
            if self.remove_where(droppable).is_none() {
                return;
            }
            self.dropped += 1;
            // Said for the first, and now and then for the rest.
            if self.dropped == 1 || self.dropped.is_multiple_of(1000) {
                tracing::warn!(dropped = self.dropped, budget = self.budget, "outbox full, oldest messages dropped");
            }
        }
    }

    fn remove_where(&mut self, which: impl Fn(&Entry) -> bool) -> Option<Message> {
        let at = self.entries.iter().position(which)?;
        self.remove_at(at)
    }

    fn remove_at(&mut self, at: usize) -> Option<Message> {
        let message = self.entries.remove(at)?.message;
        self.bytes -= message.payload.len();
        Some(message)
    }
}

#[cfg(test)]
mod tests {
    use super::super::payload::Stamp;
    use super::super::topics::Topic;
    use super::*;

    fn message(topic: Topic, text: &'static str) -> Message {
        Stamp::new("d").bare(topic, bytes::Bytes::from_static(text.as_bytes()), "text/plain", &[])
    }

    fn take(outbox: &mut Outbox) -> Option<(Ticket, String)> {
        outbox.take().map(|(ticket, message)| (ticket, String::from_utf8(message.payload.to_vec()).unwrap()))
    }

    #[test]
    fn what_was_not_acknowledged_is_sent_again_in_order() {
        let mut outbox = Outbox::new(BUDGET);
        for text in ["a", "b", "c", "d"] {
            outbox.push(message(Topic::Events, text));
        }
        for packet in 1..=3 {
            let (ticket, _) = take(&mut outbox).unwrap();
            outbox.sent(ticket, packet);
        }
        outbox.acknowledged(2);
        assert_eq!(outbox.in_flight(), 2);
        outbox.disconnected();
        let order: Vec<_> = std::iter::from_fn(|| take(&mut outbox)).map(|(_, text)| text).collect();
        assert_eq!(order, ["a", "c", "d"]);
    }

    #[test]
    fn an_old_packet_identifier_acknowledges_nothing_after_a_reconnect() {
        let mut outbox = Outbox::new(BUDGET);
        outbox.push(message(Topic::Events, "a"));
        let (ticket, _) = take(&mut outbox).unwrap();
        outbox.sent(ticket, 1);
        outbox.disconnected();
        outbox.acknowledged(1);
        assert_eq!(outbox.fill().waiting, 1);
    }

    #[test]
    fn of_a_state_only_the_newest_waits() {
        let mut outbox = Outbox::new(BUDGET);
        outbox.push(message(Topic::Status, "1"));
        outbox.push(message(Topic::Events, "e"));
        let (ticket, _) = take(&mut outbox).unwrap();
        outbox.sent(ticket, 1);
        outbox.push(message(Topic::Status, "2"));
        outbox.push(message(Topic::Status, "3"));
        outbox.disconnected();
        let order: Vec<_> = std::iter::from_fn(|| take(&mut outbox)).map(|(_, text)| text).collect();
        assert_eq!(order, ["e", "3"]);
    }

    #[test]
    fn over_the_budget_the_oldest_go_and_are_counted() {
        let mut outbox = Outbox::new(10);
        outbox.push(message(Topic::Status, "state"));
        for text in ["one", "two", "six"] {
            outbox.push(message(Topic::Events, text));
        }
        assert_eq!(outbox.fill(), Fill { waiting: 2, bytes: 8, dropped: 2 });
        let order: Vec<_> = std::iter::from_fn(|| take(&mut outbox)).map(|(_, text)| text).collect();
        assert_eq!(order, ["state", "six"]);
    }
}
