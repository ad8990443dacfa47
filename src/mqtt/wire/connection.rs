//! A connection: packets in and out, signs of life.
//!
//! Whatever waits here can be dropped: what was read and what is to be written stays.

use super::codes;
use super::dial::{Stream, of_tls, plain, tls_words};
use super::look::told;
use super::packets::{self, Answer, CONNACK, Denied, Heard, Hello, Incoming, Split, Version, split};
use super::refusals::Refusal;
use super::trouble::{Speaks, Trouble};
use crate::mqtt::payload::Message;
use bytes::{Buf, BytesMut};
use rumqttc::v5::mqttbytes::QoS;
use std::collections::{BTreeSet, VecDeque};
use std::io;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt, ReadHalf, WriteHalf};
use tokio::time::{Instant, sleep_until};

/// Messages on the wire at once, at most.
pub const WINDOW: usize = 16;
/// How long nothing is said to the broker, at most.
pub const KEEP_ALIVE: Duration = Duration::from_secs(20);
/// A broker answers each sign of life, so a longer silence than this is a dead connection.
const SILENCE: Duration = Duration::from_secs(50);
/// Bytes that wait to be written, at most, with another message after them.
const ENOUGH: usize = 256 * 1024;
/// Bytes of an answer by which it is known what speaks.
const ENOUGH_TO_TELL: usize = 5;

/// A stream as packets.
pub struct Wire {
    reader: ReadHalf<Box<dyn Stream>>,
    writer: WriteHalf<Box<dyn Stream>>,
    read: BytesMut,
    /// Bytes that are passed over, of those to come.
    skip: usize,
    out: BytesMut,
    unflushed: bool,
    /// Nothing can be written any more; what the broker said last may still be read.
    broken: bool,
}

impl Wire {
    pub fn new(stream: Box<dyn Stream>) -> Self {
        let (reader, writer) = tokio::io::split(stream);
        let (read, out) = (BytesMut::new(), BytesMut::new());
        Self { reader, writer, read, skip: 0, out, unflushed: false, broken: false }
    }

    /// What was read begins with it; `None` where more of it is to come.
    fn split(&mut self) -> Result<Option<Split>, Trouble> {
        self.pass_over();
        if self.skip > 0 {
            return Ok(None);
        }
        let split = split(&mut self.read).map_err(Trouble::Garbled)?;
        if let Some(Split::PassedOver { whole, .. }) = &split {
            self.skip = *whole;
            self.pass_over();
        }
        Ok(split)
    }

    fn pass_over(&mut self) {
        let over = self.skip.min(self.read.len());
        self.read.advance(over);
        self.skip -= over;
    }

    /// Writes what is to be written until there is more to read. How much was read: 0 at the end.
    async fn turn(&mut self) -> io::Result<usize> {
        loop {
            let writes = !self.broken && (!self.out.is_empty() || self.unflushed);
            let written = tokio::select! {
                read = self.reader.read_buf(&mut self.read) => return read,
                written = push(&mut self.writer, &mut self.out, &mut self.unflushed), if writes => written,
            };
            self.broken |= written.is_err();
        }
    }

    /// Writes all that is to be written.
    async fn flush(&mut self) -> io::Result<()> {
        while !self.out.is_empty() || self.unflushed {
            push(&mut self.writer, &mut self.out, &mut self.unflushed).await?;
        }
        Ok(())
    }

    /// Says hello, and waits for the answer.
    pub async fn greet(&mut self, hello: &Hello<'_>, version: Version, at: &str) -> Result<Answer, Trouble> {
        packets::write_hello(hello, version, &mut self.out);
        loop {
            if self.read.len() >= ENOUGH_TO_TELL && self.read[0] != CONNACK {
                return Err(self.foreign(at));
            }
            if let Some(Split::Packet(packet)) = self.split()? {
                return packets::answer(packet, version).map_err(Trouble::Garbled);
            }
            match self.turn().await {
                Ok(0) => return Err(self.foreign(at)),
                Ok(_) => {}
                Err(error) => {
                    return Err(match of_tls(&error) {
                        Some(error) => Trouble::Tls { at: at.to_owned(), why: tls_words(error) },
                        None => self.foreign(at),
                    });
                }
            }
        }
    }

    /// What came in place of an answer.
    fn foreign(&self, at: &str) -> Trouble {
        let at = at.to_owned();
        match (told(&self.read), &self.read[..]) {
            (Some(speaks @ (Speaks::Tls | Speaks::Http)), _) => Trouble::Other { at, speaks },
            (_, [] | [CONNACK, ..]) => Trouble::HungUp { at },
            (_, bytes) => Trouble::Garbled(shown(bytes)),
        }
    }
}

async fn push(writer: &mut WriteHalf<Box<dyn Stream>>, out: &mut BytesMut, unflushed: &mut bool) -> io::Result<()> {
    if out.is_empty() {
        writer.flush().await?;
        *unflushed = false;
        return Ok(());
    }
    let written = writer.write_buf(out).await?;
    *unflushed = true;
    if written == 0 { Err(io::ErrorKind::WriteZero.into()) } else { Ok(()) }
}

/// What an error of the stream is to a connection.
fn ended(error: &io::Error) -> Trouble {
    use io::ErrorKind::{BrokenPipe, ConnectionAborted, ConnectionReset, UnexpectedEof};
    match (error.kind(), of_tls(error)) {
        (_, Some(error)) => Trouble::Broken(tls_words(error)),
        // A broker that closes may not have read all.
        (BrokenPipe | ConnectionAborted | ConnectionReset | UnexpectedEof, None) => Trouble::Cut,
        _ => Trouble::Broken(plain(error)),
    }
}

/// The beginning of what is no MQTT, so that it can be told.
fn shown(bytes: &[u8]) -> String {
    let text: String =
        String::from_utf8_lossy(&bytes[..bytes.len().min(40)]).chars().filter(|c| !c.is_control()).collect();
    format!("it begins with `{text}`")
}

/// What the broker takes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Terms {
    pub version: Version,
    /// Bytes of a packet.
    pub max_packet: usize,
    /// Messages on the wire at once.
    pub window: usize,
    /// Whether it acknowledges messages.
    pub acknowledges: bool,
    /// Whether it keeps messages for who comes later.
    pub retains: bool,
}

/// A connection that the broker accepted.
pub struct Connection {
    wire: Wire,
    pub terms: Terms,
    pub since: Instant,
    /// Who we are to the broker.
    client: String,
    username: Option<String>,
    every: Duration,
    ping_at: Instant,
    heard: Instant,
    last_id: u16,
    in_use: BTreeSet<u16>,
    /// Signs of life that are not answered yet: each with the messages, written before it, that the broker has read
    /// once it answers. So a message arrives where none is acknowledged.
    pings: VecDeque<Vec<u16>>,
    /// Messages after which no sign of life was sent yet.
    unproven: Vec<u16>,
}

impl Connection {
    pub fn new(wire: Wire, terms: Terms, keep_alive: Option<u16>, client: &str, username: Option<&str>) -> Self {
        let now = Instant::now();
        // The broker ends a connection that is silent for one and a half times of what it says.
        let asked = keep_alive.filter(|seconds| *seconds > 0).map(|seconds| Duration::from_secs(seconds.into()));
        let every = asked.map_or(KEEP_ALIVE, |asked| asked.mul_f32(0.75).min(KEEP_ALIVE));
        Self {
            wire,
            terms,
            since: now,
            client: client.to_owned(),
            username: username.map(str::to_owned),
            every,
            ping_at: now + every,
            heard: now,
            last_id: 0,
            in_use: BTreeSet::new(),
            pings: VecDeque::new(),
            unproven: Vec::new(),
        }
    }

    /// Whether another message can be written now.
    pub fn has_room(&self) -> bool {
        self.wire.out.len() < ENOUGH
    }

    /// Writes a message that must arrive. The packet that is acknowledged when the broker has it.
    pub fn send(&mut self, message: &Message) -> u16 {
        let packet = self.next_id();
        let (retain, acknowledged) = (message.delivery.retain && self.terms.retains, self.terms.acknowledges);
        self.write(message, retain, acknowledged.then_some(packet));
        if !acknowledged {
            self.unproven.push(packet);
        }
        packet
    }

    /// Writes a message that may be lost.
    pub fn send_once(&mut self, message: &Message) {
        debug_assert_eq!(message.delivery.qos, QoS::AtMostOnce);
        self.write(message, message.delivery.retain && self.terms.retains, None);
    }

    fn write(&mut self, message: &Message, retain: bool, packet: Option<u16>) {
        packets::write_message(message, retain, packet, self.terms.version, &mut self.wire.out);
    }

    /// Listens to these; `qos`: with which messages come at most.
    pub fn subscribe(&mut self, filters: &[String], qos: QoS) {
        let packet = self.next_id();
        self.in_use.remove(&packet);
        packets::write_subscribe(filters, qos, packet, self.terms.version, &mut self.wire.out);
    }

    pub fn unsubscribe(&mut self, filter: &str) {
        let packet = self.next_id();
        self.in_use.remove(&packet);
        packets::write_unsubscribe(filter, packet, self.terms.version, &mut self.wire.out);
    }

    /// Says goodbye; nothing more is sent, and no last will.
    pub async fn leave(mut self) {
        packets::write_goodbye(&mut self.wire.out);
        // The broker closes; there is nothing left to read for.
        if self.wire.flush().await.is_ok() {
            let _ = self.wire.writer.shutdown().await;
        }
    }

    fn next_id(&mut self) -> u16 {
        loop {
            self.last_id = self.last_id.checked_add(1).unwrap_or(1);
            if self.in_use.insert(self.last_id) {
                return self.last_id;
            }
        }
    }

    /// What comes next. Can be dropped; nothing is lost.
    pub async fn next(&mut self) -> Result<Said, Trouble> {
        loop {
            while let Some(split) = self.wire.split()? {
                self.heard = Instant::now();
                let packet = match split {
                    Split::Packet(packet) => packet,
                    Split::PassedOver { whole, packet } => {
                        if let Some(packet) = packet {
                            packets::write_acknowledgement(packet, &mut self.wire.out);
                        }
                        return Ok(Said::PassedOver { bytes: whole });
                    }
                };
                let heard = packets::read(packet, self.terms.version).map_err(Trouble::Garbled)?;
                if let Some(told) = self.understand(heard)? {
                    return Ok(told);
                }
            }
            if !self.unproven.is_empty() && self.pings.is_empty() {
                self.ping();
            }
            let read = tokio::select! {
                read = self.wire.turn() => read,
                () = sleep_until(self.ping_at) => {
                    self.ping();
                    continue;
                }
                () = sleep_until(self.heard + SILENCE) => return Err(Trouble::Quiet),
            };
            match read {
                Ok(0) => return Err(Trouble::Cut),
                Ok(_) => {}
                Err(error) => return Err(ended(&error)),
            }
        }
    }

    fn ping(&mut self) {
        self.ping_at = Instant::now() + self.every;
        self.pings.push_back(std::mem::take(&mut self.unproven));
        packets::write_ping(&mut self.wire.out);
    }

    fn understand(&mut self, heard: Heard) -> Result<Option<Said>, Trouble> {
        Ok(match heard {
            Heard::Message { message, packet } => {
                if let Some(packet) = packet {
                    packets::write_acknowledgement(packet, &mut self.wire.out);
                }
                Some(Said::Message(message))
            }
            // It would take the message at another time: sent again after a pause, as all else that is under way.
            Heard::Acknowledged { refused: Some(Denied { code: codes::QUOTA, says }), .. } => {
                return Err(self.goodbye(codes::QUOTA, says, None));
            }
            Heard::Acknowledged { packets, refused } => {
                self.in_use.retain(|id| !packets.contains(id));
                Some(Said::Acknowledged { packets, refused })
            }
            Heard::Pong => {
                let packets = self.pings.pop_front().unwrap_or_default();
                self.in_use.retain(|id| !packets.contains(id));
                (!packets.is_empty()).then_some(Said::Acknowledged { packets, refused: None })
            }
            Heard::Subscribed(granted) => Some(Said::Subscribed(granted)),
            Heard::Nothing => None,
            Heard::Goodbye { code, says, server } => {
                return Err(self.goodbye(code, says, server));
            }
        })
    }

    fn goodbye(&self, code: u8, says: Option<String>, server: Option<String>) -> Trouble {
        let (client, username, version) = (self.client.clone(), self.username.clone(), self.terms.version);
        Trouble::Goodbye(Box::new(Refusal { code, version, says, server, client, username }))
    }
}

/// What a connection tells.
#[derive(Debug)]
pub enum Said {
    Message(Incoming),
    /// The broker has the messages of these packets; or would not take them.
    Acknowledged {
        packets: Vec<u16>,
        refused: Option<Denied>,
    },
    /// For each filter whether it may be listened to.
    Subscribed(Vec<bool>),
    /// A message came that is larger than any that is taken, and was not read.
    PassedOver {
        bytes: usize,
    },
}
