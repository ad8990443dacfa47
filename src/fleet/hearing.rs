//! The connection to the broker: listens to all devices, passes requests and commands on, and comes back by itself.
//!
//! What the broker keeps is asked for with QoS 0: it comes again at each connect, and brokers bound how much of QoS 1 they
//! keep for one listener, which a burst of thousands exceeds. What must arrive comes with QoS 1, in a session that lasts.

use super::device::{HistoryKind, Reach};
use super::heard::{Happened, Heard, Now};
use super::orders::Sending;
use super::pictures::{Picture, PictureKind};
use super::reading::{self, SaidEvent, SaidTraining};
use super::shared::{Shared, Write};
use crate::json;
use crate::mqtt::account::Account;
use crate::mqtt::again::Again;
use crate::mqtt::payload::Message;
use crate::mqtt::terms;
use crate::mqtt::topics::{Published, Topics, of_all, published};
use crate::mqtt::wire::{Connection, Denied, Incoming, Manner, Said, Trouble, connect};
use crate::supervise::Beat;
use bytes::Bytes;
use rumqttc::v5::mqttbytes::QoS;
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{Mutex, MutexGuard, mpsc};
use tokio::time::{Instant, sleep, sleep_until, timeout};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

/// How often it is looked who fell silent, and which orders are out of time.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// How soon room at the connection is looked for again.
const AGAIN: Duration = Duration::from_millis(10);
const LAST_WORD: Duration = Duration::from_secs(1);
/// What of all devices is kept by the broker.
const KEPT: [&str; 6] = ["availability", "status", "training", "flipbook/frame", "snapshot", "cameras/+/snapshot"];
/// What must arrive.
const MUST: [&str; 2] = ["events", "reply"];

/// Whoever listens.
pub struct Hearing {
    shared: Arc<Shared>,
    account: Account,
    /// Who this server is to the broker.
    client: String,
    /// Messages to devices.
    going: Mutex<mpsc::Receiver<(String, Bytes)>>,
}

/// One connection.
struct Session<'a> {
    hearing: &'a Hearing,
    connection: Connection,
    going: &'a mut mpsc::Receiver<(String, Bytes)>,
    /// Filters that the broker did not answer yet.
    asked: VecDeque<Vec<String>>,
    /// Commands that it did not acknowledge yet.
    sent: HashMap<u16, (Uuid, usize)>,
}

impl Hearing {
    /// `name`: of this server, for good.
    pub fn new(shared: Arc<Shared>, account: Account, name: String, going: mpsc::Receiver<(String, Bytes)>) -> Self {
        Self { shared, account, client: format!("fieldcoach-{name}"), going: Mutex::new(going) }
    }

    /// Listens until `stop` is cancelled.
    pub async fn listen(&self, beat: &Beat, stop: &CancellationToken) -> anyhow::Result<()> {
        let mut going = self.going.lock().await;
        let (mut account, mut manner, mut again) = (self.account.clone(), Manner::default(), Again::default());
        loop {
            beat.alive();
            let attempted = tokio::select! {
                () = stop.cancelled() => return Ok(()),
                attempted = connect(account.clone(), self.client.clone(), None, manner) => attempted,
            };
            manner = attempted.manner;
            let mut since = None;
            let trouble = match attempted.outcome {
                Ok(connection) => {
                    tracing::info!(at = %account.address, protocol = %connection.terms.version, "connected to the broker");
                    since = Some(connection.since);
                    let Err(trouble) = self.serve(connection, &mut going, beat, stop).await else { return Ok(()) };
                    manner.learn(&trouble);
                    trouble
                }
                Err(trouble) => trouble,
            };
            self.shared.orders.cut();
            let pause = again.ended(&mut account, since.map(|since| since.elapsed()));
            tracing::warn!(%trouble, ?pause, "no connection to the broker");
            self.shared.broker.lost(trouble.to_string());
            if self.wait(pause, &mut going, beat, stop).await {
                return Ok(());
            }
        }
    }

    /// Waits; what is to be sent meanwhile is lost, as it is on a connection that breaks. Whether to stop.
    async fn wait(
        &self,
        pause: Duration,
        going: &mut MutexGuard<'_, mpsc::Receiver<(String, Bytes)>>,
        beat: &Beat,
        stop: &CancellationToken,
    ) -> bool {
        let until = Instant::now() + pause;
        loop {
            beat.alive();
            tokio::select! {
                () = stop.cancelled() => return true,
                () = sleep_until(until) => return false,
                Some(_) = going.recv() => {}
            }
        }
    }

    /// `Ok`: it was told to stop.
    async fn serve(
        &self,
        connection: Connection,
        going: &mut MutexGuard<'_, mpsc::Receiver<(String, Bytes)>>,
        beat: &Beat,
        stop: &CancellationToken,
    ) -> Result<(), Trouble> {
        let going = &mut **going;
        let mut session = Session { hearing: self, connection, going, asked: VecDeque::new(), sent: HashMap::new() };
        session.begin();
        let mut look = tokio::time::interval(LOOK_EVERY);
        look.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            // It is looked every second, so there is always another turn.
            beat.alive();
            session.send_commands();
            let room = session.connection.has_room();
            tokio::select! {
                () = stop.cancelled() => break,
                said = session.connection.next() => session.heard(said?),
                Some((device, message)) = session.going.recv(), if room => session.pass(&device, message),
                () = self.shared.orders.due() => {}
                () = sleep(AGAIN), if !room => {}
                _ = look.tick() => self.look(),
            }
        }
        let _ = timeout(LAST_WORD, session.connection.leave()).await;
        Ok(())
    }

    /// Time passes.
    fn look(&self) {
        let now = Now::here();
        for heard in self.shared.registry.look(now) {
            self.shared.unwritten(Write::Heard(heard));
        }
        for order in self.shared.orders.passed(now.wall) {
            self.shared.unwritten(Write::Order(order));
        }
    }

    /// A message came.
    fn hear(&self, message: &Incoming) {
        let (shared, now) = (&self.shared, Now::here());
        let Some((device, what)) = published(&message.topic) else {
            return shared.broker.strange(&message.topic, "no device has this topic");
        };
        let heard = match what {
            Published::Availability => self.available(device, message, now),
            Published::Status if message.payload.is_empty() => self.taken_back(device, now),
            Published::Status => match reading::read(&message.payload, now.wall) {
                Ok(reading) => shared.registry.status(device, reading, message.retain, now),
                Err(why) => {
                    shared.broker.strange(&message.topic, &why);
                    shared.registry.unreadable(device, &why, now)
                }
            },
            Published::Training => match self.understood::<SaidTraining>(message) {
                Some(said) => shared.registry.training(device, &said, now),
                None => return,
            },
            Published::Events => match self.understood::<SaidEvent>(message) {
                Some(said) => shared.registry.event(device, said, now),
                None => return,
            },
            Published::FlipbookFrame => return self.picture(device, message, PictureKind::Page, now),
            Published::Snapshot => return self.picture(device, message, PictureKind::Snapshot, now),
            Published::Reply => return self.answered(device, message, now),
            Published::HttpReply(requester) if requester == shared.asking.reply() => {
                return shared.asking.hear(device, &message.payload);
            }
            Published::HttpReply(_) | Published::Other => return,
        };
        self.tell(heard);
    }

    fn tell(&self, heard: Heard) {
        // One that comes back may have a token here from before.
        if let Some(id) = &heard.changed
            && let Some(role) = self.shared.asking.role(id)
            && self.shared.registry.device(id).is_some_and(|device| device.reach == Reach::None)
        {
            self.shared.registry.reached(id, Reach::Paired, Some(role), Now::here());
        }
        if heard != Heard::default() {
            self.shared.unwritten(Write::Heard(heard));
        }
    }

    fn available(&self, device: &str, message: &Incoming, now: Now) -> Heard {
        match &message.payload[..] {
            b"online" => self.shared.registry.available(device, true, message.retain, now),
            b"offline" => self.shared.registry.available(device, false, message.retain, now),
            b"" => self.taken_back(device, now),
            _ => {
                self.shared.broker.strange(&message.topic, "it says neither online nor offline");
                Heard::default()
            }
        }
    }

    /// The device took back what the broker kept of it.
    fn taken_back(&self, device: &str, now: Now) -> Heard {
        self.shared.pictures.forget(device);
        self.shared.registry.forget(device, "took back what the broker kept of it: it has another id now", now)
    }

    /// What a message says, where that is understood, and something.
    fn understood<T: DeserializeOwned>(&self, message: &Incoming) -> Option<T> {
        if message.payload.is_empty() {
            return None;
        }
        let read = serde_json::from_slice(&message.payload);
        let told =
            |error: &serde_json::Error| self.shared.broker.strange(&message.topic, &json::plain(&error.to_string()));
        read.inspect_err(told).ok()
    }

    fn picture(&self, device: &str, message: &Incoming, what: PictureKind, now: Now) {
        if message.payload.is_empty() || self.shared.registry.device(device).is_none() {
            return;
        }
        let picture = Picture { jpeg: message.payload.clone(), at: now.wall, what };
        match self.shared.pictures.put(device, picture, message.retain) {
            Ok(true) => self.shared.registry.picture(device, now),
            Ok(false) => {}
            Err(why) => self.shared.broker.strange(&message.topic, why),
        }
    }

    /// A device answered a command.
    fn answered(&self, device: &str, message: &Incoming, now: Now) {
        let Some(answer) = self.understood::<Value>(message) else { return };
        let Some(order) = self.shared.orders.answered(device, &answer) else { return };
        self.shared.unwritten(Write::Order(order));
        let ok = answer.get("ok").and_then(Value::as_bool) == Some(true);
        let command = self.shared.orders.command(order).unwrap_or_default();
        let words = if ok {
            format!("did `{command}`, as was ordered")
        } else {
            format!("did not do `{command}`, as was ordered")
        };
        let happened = Happened { at: now.wall, device: device.to_owned(), kind: HistoryKind::Order, words };
        self.tell(Heard { happened: vec![happened], changed: None });
    }
}

impl Session<'_> {
    fn begin(&mut self) {
        let shared = &self.hearing.shared;
        let replies = format!("http/reply/{}", shared.asking.reply());
        let kept: Vec<String> = KEPT.iter().map(|rest| of_all(rest)).collect();
        self.subscribe(vec![of_all(&replies)], QoS::AtMostOnce);
        self.subscribe(MUST.iter().map(|rest| of_all(rest)).collect(), QoS::AtLeastOnce);
        // One at a time: what is kept of each comes at once.
        for filter in kept {
            self.subscribe(vec![filter], QoS::AtMostOnce);
        }
        let terms = &self.connection.terms;
        shared.asking.connected(terms.max_packet);
        shared.registry.begin_anew(Now::here());
        shared.broker.connected(terms::fleet_notes(terms));
    }

    fn subscribe(&mut self, filters: Vec<String>, qos: QoS) {
        self.connection.subscribe(&filters, qos);
        self.asked.push_back(filters);
    }

    fn heard(&mut self, said: Said) {
        let shared = &self.hearing.shared;
        match said {
            Said::Message(message) => self.hearing.hear(&message),
            Said::PassedOver { bytes } => {
                shared.broker.strange("a topic of which only the broker knows", &format!("{bytes} bytes are not read"));
            }
            Said::Subscribed(granted) => {
                let asked = self.asked.pop_front().unwrap_or_default();
                for (filter, granted) in asked.into_iter().zip(granted) {
                    match granted {
                        true => shared.broker.settled(&filter),
                        false => shared.broker.note(&filter, terms::deaf(&filter)),
                    }
                }
            }
            Said::Acknowledged { packets, refused } => {
                let sent: Vec<(Uuid, usize)> = packets.iter().filter_map(|packet| self.sent.remove(packet)).collect();
                for (order, part) in sent {
                    self.acknowledged(order, part, refused.as_ref());
                }
            }
        }
    }

    /// What became of a command that was handed over.
    fn acknowledged(&self, order: Uuid, part: usize, refused: Option<&Denied>) {
        let shared = &self.hearing.shared;
        let changed = match refused {
            None => shared.orders.sent(order, part),
            Some(denied) => {
                let says = denied.says.as_deref().unwrap_or("it does not say why");
                shared.orders.refused(order, part, &format!("code 0x{:02X}; {says}", denied.code))
            }
        };
        if let Some(order) = changed {
            shared.unwritten(Write::Order(order));
        }
    }

    /// Passes a request on, which comes again where it is lost.
    fn pass(&mut self, device: &str, message: Bytes) {
        let topic = Topics::new(device).http_request();
        self.connection.send_once(&Message::to_device(topic, message, QoS::AtMostOnce));
    }

    fn send_commands(&mut self) {
        let room = self.connection.terms.window.saturating_sub(self.sent.len());
        if room == 0 || !self.connection.has_room() {
            return;
        }
        for Sending { order, part, device, command, payload } in
            self.hearing.shared.orders.to_send(room, Now::here().wall)
        {
            let topic = Topics::new(&device).command(&command);
            let packet = self.connection.send(&Message::to_device(topic, payload.into(), QoS::AtLeastOnce));
            self.sent.insert(packet, (order, part));
        }
    }
}
