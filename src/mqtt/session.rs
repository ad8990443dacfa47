//! The connection: one MQTT session that comes back by itself and never loses what the outbox holds.
//!
//! What was not acknowledged is sent again from our own outbox at the next connect, in MQTT 5 or 3.1.1 alike: nothing is lost
//! where a broker turns out to speak 3.1.1 only.

use super::account::{Account, Address};
use super::again::Again;
use super::choked::Choked;
use super::denied::Denials;
use super::fit::fit;
use super::outbox::Outbox;
use super::payload::{Message, Stamp};
use super::remembered::Remembered;
use super::terms;
use super::topics::{Keep, Topic};
use super::twin::Twin;
use super::wire::{
    Attempted, Connection, Denied, Incoming, Manner, NOT_AUTHORIZED, Said, Trouble, WINDOW, connect, size,
};
use crate::domain::Concession;
use crate::store::outbox::Told;
use crate::telemetry::{Agreed, Fill};
use futures::future::BoxFuture;
use rumqttc::v5::mqttbytes::{QoS, valid_topic};
use std::collections::BTreeMap;
use std::time::Duration;
use tokio::time::{Instant, sleep_until, timeout};

/// What a clean stop waits at most for the last acknowledgements.
const GOODBYE: Duration = Duration::from_secs(3);
/// And for that of `offline`.
const LAST_WORD: Duration = Duration::from_secs(1);
/// What a note of another device with our id is about.
const TWIN: &str = "twin";

/// What [`Link::next`] tells.
#[derive(Debug)]
pub enum Happening {
    Connected,
    /// The connection is gone, or could not be made; the next attempt comes after the pause.
    Lost {
        error: String,
        pause: Duration,
    },
    Received(Incoming),
    /// The broker has everything.
    Emptied,
    /// What is known of the broker changed ([`Link::agreed`]).
    Learned,
}

/// How far it is.
enum State {
    /// No attempt before then.
    Waiting(Instant),
    Connecting(BoxFuture<'static, Attempted>),
    Connected(Box<Connection>),
}

/// The connection and what waits for it.
pub struct Link {
    account: Account,
    device: String,
    client: String,
    filters: Vec<String>,
    /// Our own status.
    status: String,
    online: Message,
    offline: Message,
    outbox: Outbox,
    /// The last message of each retained topic: a broker that forgot them gets them again.
    retained: BTreeMap<String, Message>,
    state: State,
    manner: Manner,
    remembered: Remembered,
    twin: Twin,
    choked: Choked,
    /// What this device may not write there.
    denials: Denials,
    /// What is to be told of the broker that is connected, by what it is about.
    notes: BTreeMap<String, String>,
    learned: bool,
    again: Again,
}

impl Link {
    /// Prepares; [`Link::next`] connects.
    pub fn new(account: &Account, stamp: &Stamp, outbox: Outbox) -> Self {
        let availability = |state: &'static str| {
            stamp.bare(Topic::Availability, bytes::Bytes::from_static(state.as_bytes()), "text/plain", &[])
        };
        Self {
            account: account.clone(),
            device: stamp.device().to_owned(),
            client: format!("fieldcoach-{}", stamp.device()),
            filters: stamp.topics().filters(),
            status: stamp.topics().name(&Topic::Status),
            online: availability("online"),
            offline: availability("offline"),
            outbox,
            retained: BTreeMap::new(),
            state: State::Waiting(Instant::now()),
            manner: Manner::default(),
            remembered: Remembered::new(account.broker(), Vec::new()),
            twin: Twin::default(),
            choked: Choked::default(),
            denials: Denials::default(),
            notes: BTreeMap::new(),
            learned: false,
            again: Again::default(),
        }
    }

    /// With what was written down of brokers.
    pub fn knowing(mut self, known: Vec<Concession>) -> Self {
        self.remembered = Remembered::new(self.account.broker(), known);
        self.manner = self.remembered.manner();
        self
    }

    /// What is to be written down of brokers, where that changed.
    pub fn unwritten(&mut self) -> Option<Vec<Concession>> {
        self.remembered.unwritten()
    }

    /// What is known of the broker.
    pub fn agreed(&self) -> Agreed {
        let protocol = self.connected().map(|connection| connection.terms.version.to_string());
        let again = self.connected().and(self.manner.doubted_at()).map(Instant::into_std);
        Agreed { protocol, notes: self.notes.values().cloned().collect(), again }
    }

    /// Where the attempts go, or the connection is.
    pub fn address(&self) -> &Address {
        &self.account.address
    }

    /// The connection, while there is one.
    pub fn connected(&self) -> Option<&Connection> {
        match &self.state {
            State::Connected(connection) => Some(connection),
            _ => None,
        }
    }

    /// Whether a message of this topic waits until the broker has it.
    pub fn holds(&self, topic: &str) -> bool {
        self.outbox.holds(topic)
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
            if message.topic == self.status {
                self.twin.sent(&message);
            }
            // What is taken back is not kept to be sent again.
            if message.delivery.retain && !message.payload.is_empty() {
                self.retained.insert(message.topic.clone(), message.clone());
            }
            // Of what is kept the newest is asked again by itself.
            if !(message.delivery.keep == Keep::Newest && self.denials.holds(&message.topic)) {
                self.outbox.push(message);
            }
        }
    }

    /// Sends again what the broker would keep if it could: somebody came who did not hear it.
    pub fn tell_again(&mut self) {
        if self.connected().is_some_and(|connection| !connection.terms.retains) {
            self.tell_retained();
        }
    }

    fn tell_retained(&mut self) {
        let sent = |topic: &str| topic != self.online.topic && !self.denials.holds(topic);
        for message in self.retained.values().filter(|message| sent(&message.topic)) {
            self.outbox.push(message.clone());
        }
        self.outbox.push_first(self.online.clone());
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
        self.settle();
        self.pump();
        if std::mem::take(&mut self.learned) {
            return Some(Happening::Learned);
        }
        match &mut self.state {
            State::Waiting(until) => {
                tokio::select! {
                    () = sleep_until(*until) => {}
                    () = self.outbox.changed() => return None,
                }
                let (account, client, will) = (self.account.clone(), self.client.clone(), Some(self.offline.clone()));
                self.state = State::Connecting(Box::pin(connect(account, client, will, self.manner.clone())));
                None
            }
            State::Connecting(attempt) => {
                let attempted = tokio::select! {
                    attempted = attempt => attempted,
                    () = self.outbox.changed() => return None,
                };
                self.manner = attempted.manner;
                Some(match attempted.outcome {
                    Ok(connection) => self.begin(connection),
                    Err(trouble) => self.lost(&trouble),
                })
            }
            State::Connected(connection) => {
                // It may speak MQTT 5 by now, or let this device write more.
                let doubts = due(self.manner.doubted_at());
                let lets = due(self.denials.doubted_at());
                let said = tokio::select! {
                    said = connection.next() => said,
                    // What was read from the disk can be sent now.
                    () = self.outbox.changed() => return None,
                    () = doubts => {
                        self.ask_anew().await;
                        return None;
                    }
                    () = lets => {
                        self.try_denied();
                        return None;
                    }
                };
                match said {
                    Ok(said) => self.heard(said),
                    Err(trouble) => Some(self.lost(&trouble)),
                }
            }
        }
    }

    fn begin(&mut self, mut connection: Connection) -> Happening {
        let mut filters = self.filters.clone();
        if self.twin.asks() {
            filters.push(self.status.clone());
        }
        connection.subscribe(&filters, QoS::AtLeastOnce);
        self.notes = terms::notes(&connection.terms);
        self.notes.extend(self.denials.told().map(|(topic, words)| (topic.clone(), words.clone())));
        self.remembered.settle(&self.manner);
        self.state = State::Connected(Box::new(connection));
        self.note_twin();
        self.tell_retained();
        Happening::Connected
    }

    /// Writes again what the broker did not let through a while ago.
    fn try_denied(&mut self) {
        for topic in self.denials.doubted(Instant::now()) {
            self.outbox.release(&topic);
            self.learned |= self.notes.remove(&topic).is_some();
            if let Some(message) = self.retained.get(&topic) {
                self.outbox.push(message.clone());
            }
        }
    }

    /// Leaves, to ask the broker anew for what it did not take.
    async fn ask_anew(&mut self) {
        self.outbox.disconnected();
        self.manner = Manner::anew();
        if let State::Connected(connection) = std::mem::replace(&mut self.state, State::Waiting(Instant::now())) {
            let _ = timeout(LAST_WORD, connection.leave()).await;
        }
    }

    /// Says `offline`, waits a little for what is on its way, and leaves.
    pub async fn close(mut self) {
        if self.connected().is_none() {
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
        if let State::Connected(connection) = self.state {
            let _ = timeout(LAST_WORD, connection.leave()).await;
        }
    }

    /// Until the broker has everything, or is gone.
    async fn emptied(&mut self) {
        while self.outbox.due() > 0 {
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
        let State::Connected(connection) = &mut self.state else { return };
        while self.outbox.in_flight() < connection.terms.window.min(WINDOW) && connection.has_room() {
            let Some((ticket, message)) = self.outbox.take() else { return };
            let limit = connection.terms.max_packet;
            let packet = if size(message) <= limit {
                connection.send(message)
            } else if let Some(fitting) = fit(message, limit) {
                connection.send(&fitting)
            } else {
                let (topic, bytes) = (message.topic.clone(), message.payload.len());
                tracing::warn!(topic, bytes, limit, "the broker takes no packet of this size, message dropped");
                self.notes.entry(topic.clone()).or_insert_with(|| {
                    self.learned = true;
                    terms::too_large(&topic, limit)
                });
                self.outbox.give_up(ticket);
                continue;
            };
            self.outbox.sent(ticket, packet);
        }
    }

    fn send_now(&mut self, message: &Message) {
        if let State::Connected(connection) = &mut self.state
            && connection.has_room()
        {
            let limit = connection.terms.max_packet;
            if size(message) <= limit {
                connection.send_once(message);
            } else if let Some(fitting) = fit(message, limit) {
                connection.send_once(&fitting);
            }
        }
    }

    fn heard(&mut self, said: Said) -> Option<Happening> {
        match said {
            Said::Message(message) if message.topic == self.status => {
                self.twin.kept(&message.payload);
                self.note_twin();
                // One is enough; else every status comes back to us.
                if let State::Connected(connection) = &mut self.state {
                    connection.unsubscribe(&self.status);
                }
                None
            }
            Said::Message(message) => Some(Happening::Received(message)),
            Said::PassedOver { bytes } => {
                tracing::warn!(bytes, "a message came that is too large to be read, and was passed over");
                None
            }
            Said::Acknowledged { packets, refused: None } => {
                packets.into_iter().for_each(|packet| self.outbox.acknowledged(packet));
                if self.outbox.due() > 0 {
                    return None;
                }
                self.choked = Choked::default();
                Some(Happening::Emptied)
            }
            Said::Acknowledged { packets, refused: Some(denied) } => {
                packets.into_iter().for_each(|packet| self.denied(packet, &denied));
                None
            }
            Said::Subscribed(granted) => {
                let refused = self.filters.clone().into_iter().zip(granted).filter(|(_, granted)| !granted);
                refused.for_each(|(filter, _)| self.note(filter.clone(), terms::deaf(&filter)));
                None
            }
        }
    }

    /// The broker did not take a message: it will not, or will once it lets this device write there.
    fn denied(&mut self, packet: u16, denied: &Denied) {
        let may_change = denied.code == NOT_AUTHORIZED;
        let topic = if may_change { self.outbox.withheld(packet) } else { self.outbox.refused(packet) };
        let Some(topic) = topic else { return };
        let words = terms::refused(&topic, denied);
        if may_change {
            self.denials.hear(topic.clone(), words.clone(), Instant::now());
        }
        self.note(topic, words);
    }

    /// A connection that lasts has no other device in its place.
    fn settle(&mut self) {
        let Some(lasted) = self.connected().map(|connection| connection.since.elapsed()) else { return };
        self.twin.lasts(lasted);
        if self.twin.words(&self.device, &self.client).is_none() && self.notes.remove(TWIN).is_some() {
            self.learned = true;
        }
    }

    fn note_twin(&mut self) {
        if let Some(words) = self.twin.words(&self.device, &self.client) {
            self.note(TWIN.to_owned(), words);
        }
    }

    fn note(&mut self, about: String, words: String) {
        if self.notes.get(&about) != Some(&words) {
            tracing::warn!("{words}");
            self.learned = true;
            self.notes.insert(about, words);
        }
    }

    fn suspect_size(&mut self, trouble: &Trouble) {
        let State::Connected(connection) = &self.state else { return };
        // Of what was sent shortened it is the size before.
        let bytes = self.outbox.largest_in_flight().min(connection.terms.max_packet);
        if self.choked.ended(trouble, bytes) {
            tracing::warn!(bytes, "the broker ends the connection at messages of this size; they are sent smaller");
            self.manner.shrink(bytes);
        }
    }

    fn lost(&mut self, trouble: &Trouble) -> Happening {
        self.manner.learn(trouble);
        // Some end the connection at what they do not let through.
        let denied =
            self.denials.just_before(Instant::now()).filter(|_| matches!(trouble, Trouble::Cut)).map(str::to_owned);
        if denied.is_none() {
            self.suspect_size(trouble);
        }
        let before = std::mem::replace(&mut self.state, State::Waiting(Instant::now()));
        self.outbox.disconnected();
        self.notes.clear();
        let mut error = trouble.to_string();
        let mut lasted = None;
        if let State::Connected(connection) = before {
            self.remembered.settle(&self.manner);
            lasted = Some(connection.since.elapsed());
            if denied.is_none() {
                self.twin.ended(trouble, connection.since.elapsed());
            }
        }
        if let (Trouble::Cut, Some(words)) = (trouble, self.twin.words(&self.device, &self.client)) {
            error = words;
        }
        if let Some(words) = denied {
            error = words;
        }
        let pause = self.again.ended(&mut self.account, lasted);
        self.state = State::Waiting(Instant::now() + pause);
        Happening::Lost { error, pause }
    }
}

/// Until then; for ever where there is no such time.
async fn due(at: Option<Instant>) {
    match at {
        Some(at) => sleep_until(at).await,
        None => std::future::pending().await,
    }
}
