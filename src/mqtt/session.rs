//! The connection: one MQTT 5 session that comes back by itself and never loses what the outbox holds.
//!
//! Each connection gets a fresh rumqttc event loop, and what was not acknowledged is sent again from our own outbox:
//! rumqttc's own list of pending messages is dropped when the broker forgot the session, and its state after a lost
//! connection can block for good. A message is tied to its acknowledgement by order: the event loop reports the packet
//! identifier of each publish in the order in which they were handed to it. Nothing here waits for room in rumqttc's
//! request channel: no more is handed over than fits.

use super::account::Account;
use super::outbox::Outbox;
use super::payload::Message;
use super::topics::{Keep, Topics};
use super::wire::{Connection, WINDOW, connect, explain, options, publish, size};
use crate::backoff::Backoff;
use crate::causes::with_causes;
use crate::store::outbox::Told;
use crate::telemetry::Fill;
use anyhow::Result;
use futures::stream::StreamExt;
use rumqttc::Outgoing;
use rumqttc::v5::Event;
use rumqttc::v5::mqttbytes::v5::{Filter, Packet, PubAckReason, Publish};
use rumqttc::v5::mqttbytes::{QoS, valid_topic};
use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;
use tokio::time::{Instant, sleep_until, timeout, timeout_at};

/// A broker answers each keep-alive, so a longer silence than this is a dead connection (rumqttc itself does not
/// notice while it waits to write).
const SILENCE: Duration = Duration::from_secs(50);
const FIRST_PAUSE: Duration = Duration::from_millis(500);
/// With the time that an attempt may take, a broker that is back is found within 30 s.
const LONGEST_PAUSE: Duration = Duration::from_secs(20);
/// A connection that lasted this long was a good one: the next pause is short again.
const GOOD: Duration = Duration::from_secs(10);
/// What a clean stop waits at most for the last acknowledgements.
const GOODBYE: Duration = Duration::from_secs(3);
/// And for that of `offline`.
const LAST_WORD: Duration = Duration::from_secs(1);

/// What [`Link::next`] tells.
#[derive(Debug)]
pub enum Happening {
    Connected,
    /// The connection is gone, or could not be made; the next attempt comes after the pause.
    Lost {
        error: String,
        pause: Duration,
    },
    Received(Publish),
}

/// The connection and what waits for it.
pub struct Link {
    account: Account,
    device: String,
    filters: [String; 2],
    online: Message,
    offline: Message,
    outbox: Outbox,
    /// The last message of each retained topic: a broker that forgot them gets them again.
    retained: BTreeMap<String, Message>,
    connection: Option<Connection>,
    received: VecDeque<Publish>,
    backoff: Backoff,
    retry: Instant,
}

impl Link {
    /// Prepares; [`Link::next`] connects. `online` and `offline` are the two availability messages, `offline` also the
    /// will. Errors: unreadable password or certificate files.
    pub fn new(account: &Account, device: &str, online: Message, offline: Message, outbox: Outbox) -> Result<Self> {
        // What can't be used now is told now; each connection reads it again.
        options(account, device, &offline)?;
        Ok(Self {
            account: account.clone(),
            device: device.to_owned(),
            filters: Topics::new(device).filters(),
            online,
            offline,
            outbox,
            retained: BTreeMap::new(),
            connection: None,
            received: VecDeque::new(),
            backoff: Backoff::new(FIRST_PAUSE, LONGEST_PAUSE),
            retry: Instant::now(),
        })
    }

    /// How full the outbox is.
    pub fn fill(&self) -> Fill {
        self.outbox.fill()
    }

    /// Up to where things of each kind were told.
    pub fn told(&self) -> &BTreeMap<String, String> {
        self.outbox.told()
    }

    /// Things were told up to there, with what was sent before.
    pub fn tell(&mut self, told: Told) {
        self.outbox.tell(told);
    }

    /// Takes a message to be sent when the connection allows; never waits.
    pub fn send(&mut self, message: Message) {
        if !valid_topic(&message.topic) || message.topic.is_empty() {
            tracing::warn!(topic = message.topic, "not a topic to publish to, message dropped");
        } else if message.delivery.keep == Keep::Nothing {
            self.send_now(&message);
        } else {
            if message.delivery.retain {
                self.retained.insert(message.topic.clone(), message.clone());
            }
            self.outbox.push(message);
        }
    }

    /// What happens next. Connects, sends what waits and reads acknowledgements meanwhile. Nothing is lost when the
    /// future is dropped: call it again.
    pub async fn next(&mut self) -> Happening {
        loop {
            if let Some(happening) = self.step().await {
                return happening;
            }
        }
    }

    /// One packet, or one attempt to connect; what of it others want to know. Can be dropped as [`Link::next`] can.
    async fn step(&mut self) -> Option<Happening> {
        if let Some(publish) = self.received.pop_front() {
            return Some(Happening::Received(publish));
        }
        self.pump();
        let Some(connection) = &mut self.connection else {
            tokio::select! {
                () = sleep_until(self.retry) => {}
                () = self.outbox.changed() => return None,
            }
            // Passwords and certificates are set right without a restart.
            match options(&self.account, &self.device, &self.offline) {
                Ok(options) => self.connection = Some(connect(options)),
                Err(error) => return Some(self.lost(with_causes(&error))),
            }
            return None;
        };
        let packet = tokio::select! {
            packet = timeout_at(connection.heard + SILENCE, connection.packets.next()) => packet,
            // What was read from the disk can be sent now.
            () = self.outbox.changed() => return None,
        };
        match packet {
            Err(_) => Some(self.lost("the broker is silent".to_owned())),
            Ok(None) => Some(self.lost("the connection ended".to_owned())),
            Ok(Some(Err((error, rest)))) => {
                self.received.extend(rest);
                Some(self.lost(explain(&error)))
            }
            Ok(Some(Ok(Event::Outgoing(outgoing)))) => {
                self.wrote(&outgoing);
                None
            }
            Ok(Some(Ok(Event::Incoming(packet)))) => {
                connection.heard = Instant::now();
                self.read(packet)
            }
        }
    }

    /// Says `offline`, waits a little for what is on its way, and leaves.
    pub async fn close(mut self) {
        if self.connection.as_ref().is_none_or(|connection| connection.since.is_none()) {
            return;
        }
        if timeout(GOODBYE, self.emptied()).await.is_err() {
            let waiting = self.outbox.fill().waiting;
            tracing::warn!(
                waiting,
                "stopped before the broker had everything; what must arrive is sent after the next start"
            );
        }
        // The last word, whatever still waits.
        self.outbox.push_first(self.offline.clone());
        let _ = timeout(LAST_WORD, self.said(&self.offline.topic.clone())).await;
        if let Some(connection) = &mut self.connection {
            let _ = connection.client.try_disconnect();
            // The broker closes; until then there is nothing left to read for.
            let _ = timeout(Duration::from_secs(1), async {
                while let Some(Ok(event)) = connection.packets.next().await {
                    if event == Event::Outgoing(Outgoing::Disconnect) {
                        return;
                    }
                }
            })
            .await;
        }
    }

    /// Until the broker has everything, or is gone.
    async fn emptied(&mut self) {
        while self.outbox.fill().waiting > 0 {
            // A step and not `next`, which goes on beyond the last acknowledgement.
            if let Some(Happening::Lost { .. }) = self.step().await {
                return;
            }
        }
    }

    /// Until the broker has what waits of this topic, or is gone.
    async fn said(&mut self, topic: &str) {
        while self.outbox.holds(topic) {
            if let Some(Happening::Lost { .. }) = self.step().await {
                return;
            }
        }
    }

    /// Hands over what waits, as far as the window goes.
    fn pump(&mut self) {
        let Some(connection) = self.connection.as_mut().filter(|connection| connection.since.is_some()) else { return };
        let mut room = WINDOW.saturating_sub(self.outbox.in_flight());
        while room > 0 {
            let Some((ticket, message)) = self.outbox.take() else { return };
            if size(message) > connection.max_packet {
                tracing::warn!(
                    topic = message.topic,
                    bytes = message.payload.len(),
                    limit = connection.max_packet,
                    "the broker takes no packet of this size, message dropped"
                );
                self.outbox.give_up(ticket);
                continue;
            }
            if !publish(&connection.client, message) {
                // The channel has room for the whole window, so the event loop is gone: a reconnect sends it again.
                return;
            }
            connection.handed.push_back(Some(ticket));
            room -= 1;
        }
    }

    fn send_now(&mut self, message: &Message) {
        let Some(connection) = self.connection.as_mut().filter(|connection| connection.since.is_some()) else { return };
        let queued = connection.handed.iter().filter(|ticket| ticket.is_none()).count();
        if queued < WINDOW && size(message) <= connection.max_packet && publish(&connection.client, message) {
            connection.handed.push_back(None);
        }
    }

    fn wrote(&mut self, outgoing: &Outgoing) {
        if let (Outgoing::Publish(packet), Some(connection)) = (outgoing, &mut self.connection)
            && let Some(Some(ticket)) = connection.handed.pop_front()
        {
            self.outbox.sent(ticket, *packet);
        }
    }

    fn read(&mut self, packet: Packet) -> Option<Happening> {
        match packet {
            Packet::ConnAck(acknowledgement) => {
                let connection = self.connection.as_mut()?;
                connection.since = Some(Instant::now());
                if let Some(max) = acknowledgement.properties.and_then(|properties| properties.max_packet_size) {
                    connection.max_packet = max as usize;
                }
                let filters = self.filters.iter().map(|filter| Filter::new(filter.clone(), QoS::AtLeastOnce));
                // The channel is empty on a new connection.
                let _ = connection.client.try_subscribe_many(filters);
                for message in self.retained.values().filter(|message| message.topic != self.online.topic) {
                    self.outbox.push(message.clone());
                }
                self.outbox.push_first(self.online.clone());
                Some(Happening::Connected)
            }
            Packet::PubAck(acknowledgement) => {
                match acknowledgement.reason {
                    PubAckReason::Success | PubAckReason::NoMatchingSubscribers => {
                        self.outbox.acknowledged(acknowledgement.pkid);
                    }
                    reason => {
                        if let Some(topic) = self.outbox.refused(acknowledgement.pkid) {
                            tracing::warn!(topic, ?reason, "the broker refused a message, dropped");
                        }
                    }
                }
                None
            }
            Packet::Publish(publish) => Some(Happening::Received(publish)),
            Packet::SubAck(acknowledgement) => {
                tracing::debug!(codes = ?acknowledgement.return_codes, "subscribed");
                None
            }
            _ => None,
        }
    }

    fn lost(&mut self, error: String) -> Happening {
        let since = self.connection.take().and_then(|connection| connection.since);
        self.outbox.disconnected();
        if since.is_some_and(|since| since.elapsed() >= GOOD) {
            self.backoff.reset();
        }
        let pause = self.backoff.pause();
        self.retry = Instant::now() + pause;
        Happening::Lost { error, pause }
    }
}
