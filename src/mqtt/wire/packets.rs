//! Packets of both versions as one.

use super::codes;
use crate::mqtt::payload::Message;
use bytes::{Bytes, BytesMut};
use rumqttc::mqttbytes::{self as old_bytes, v4};
use rumqttc::v5::mqttbytes::QoS;
use rumqttc::v5::mqttbytes::v5;
use std::fmt;

/// Bytes of one packet, both ways.
pub const MAX_PACKET: u32 = 256 * 1024;
/// How long the broker keeps the session, and with it commands sent meanwhile.
const SESSION_SECONDS: u32 = 24 * 3600;
/// Messages that the broker may send before they are acknowledged.
const RECEIVE_MAXIMUM: u16 = 32;
/// The kind of a packet that is a message: the upper half of its first byte.
const PUBLISH: u8 = 3;
/// The first byte of the broker's answer.
pub const CONNACK: u8 = 0x20;

/// The version of MQTT that is spoken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Version {
    V5,
    V311,
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::V5 => "5",
            Self::V311 => "3.1.1",
        })
    }
}

/// What the first packet says.
pub struct Hello<'a> {
    pub client: &'a str,
    /// What the broker says for whoever is gone without a goodbye.
    pub will: Option<&'a Message>,
    pub will_retain: bool,
    pub will_qos: QoS,
    /// User name and password.
    pub login: Option<(&'a str, &'a str)>,
    pub keep_alive: u16,
}

/// What the broker answers to it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Answer {
    pub code: u8,
    /// It has the form of MQTT 3.1.1.
    pub old: bool,
    pub says: Option<String>,
    pub server: Option<String>,
    pub max_packet: Option<u32>,
    pub receive_maximum: Option<u16>,
    pub max_qos: Option<u8>,
    pub retain_available: Option<u8>,
    pub keep_alive: Option<u16>,
}

/// A message that came in.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Incoming {
    pub topic: String,
    pub payload: Bytes,
    pub retain: bool,
    /// It may have come before.
    pub again: bool,
    /// MQTT 5 only.
    pub response_topic: Option<String>,
    /// MQTT 5 only.
    pub correlation: Option<Bytes>,
}

/// What came in, after the answer.
#[derive(Debug)]
pub enum Heard {
    Message {
        message: Incoming,
        /// To be acknowledged with it.
        packet: Option<u16>,
    },
    /// The broker has these; or would not take them.
    Acknowledged {
        packets: Vec<u16>,
        refused: Option<Denied>,
    },
    /// For each filter whether it may be listened to.
    Subscribed(Vec<bool>),
    Pong,
    Goodbye {
        code: u8,
        says: Option<String>,
        server: Option<String>,
    },
    Nothing,
}

/// Why a broker would not take a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Denied {
    /// As MQTT 5 has it.
    pub code: u8,
    /// What it says beside the code.
    pub says: Option<String>,
}

/// What was read begins with it.
#[derive(Debug, PartialEq, Eq)]
pub enum Split {
    Packet(BytesMut),
    /// A message of so many bytes that is not read: it is passed over, and acknowledged where it has a number, so that it
    /// does not come again.
    PassedOver {
        whole: usize,
        packet: Option<u16>,
    },
}

/// The next whole packet of what was read; `None` where more of it is to come. Error: what is wrong with its length. MQTT 3.1.1
/// can't say how large a message may be: what whoever may write there sends is passed over.
pub fn split(read: &mut BytesMut) -> Result<Option<Split>, String> {
    let mut length = 0_usize;
    for at in 0..4 {
        let Some(byte) = read.get(1 + at) else { return Ok(None) };
        length |= usize::from(byte & 0x7f) << (7 * at);
        if byte & 0x80 == 0 {
            let whole = 2 + at + length;
            if whole > MAX_PACKET as usize {
                return match read[0] >> 4 {
                    PUBLISH => Ok(number(read[0], &read[2 + at..]).map(|packet| Split::PassedOver { whole, packet })),
                    _ => Err(format!("a packet of {whole} bytes; at most {MAX_PACKET} are taken")),
                };
            }
            return Ok((read.len() >= whole).then(|| Split::Packet(read.split_to(whole))));
        }
    }
    Err("the length of a packet is none".to_owned())
}

/// The number of a message, by its first byte and what follows its length, where it has one; `None`: more of it is to come.
fn number(first: u8, rest: &[u8]) -> Option<Option<u16>> {
    let two = |at: usize| Some(u16::from_be_bytes([*rest.get(at)?, *rest.get(at + 1)?]));
    match (first >> 1) & 3 {
        0 => Some(None),
        _ => two(2 + usize::from(two(0)?)).map(Some),
    }
}

/// The answer to the first packet.
pub fn answer(packet: BytesMut, version: Version) -> Result<Answer, String> {
    // One byte says how long it is: a longer one is MQTT 5 with properties, and then it may be two.
    let header = 1 + packet.iter().skip(1).take(4).position(|byte| byte & 0x80 == 0).map_or(4, |at| at + 1);
    let mut body = packet.freeze();
    if body.first() != Some(&CONNACK) || body.len() < header + 2 {
        return Err("the broker's first packet is no answer".to_owned());
    }
    let _ = body.split_to(header);
    let code = body.split_to(2)[1];
    if version == Version::V311 || body.is_empty() {
        return Ok(Answer { code, old: true, ..Answer::default() });
    }
    let of = v5::ConnAckProperties::read(&mut body).map_err(|error| format!("its answer can't be read: {error}"))?;
    let Some(of) = of else { return Ok(Answer { code, ..Answer::default() }) };
    Ok(Answer {
        code,
        old: false,
        says: of.reason_string,
        server: of.server_reference,
        max_packet: of.max_packet_size,
        receive_maximum: of.receive_max,
        max_qos: of.max_qos,
        retain_available: of.retain_available,
        keep_alive: of.server_keep_alive,
    })
}

/// What a packet after the answer says. Error: it is not MQTT.
pub fn read(packet: BytesMut, version: Version) -> Result<Heard, String> {
    match version {
        Version::V5 => read_new(packet),
        Version::V311 => read_old(packet),
    }
}

fn read_new(mut packet: BytesMut) -> Result<Heard, String> {
    // rumqttc knows neither one without properties, nor codes that are newer than it is.
    if packet.first() == Some(&0xe0) {
        return Ok(goodbye(&packet.freeze()));
    }
    Ok(match v5::Packet::read(&mut packet, None).map_err(|error| error.to_string())? {
        v5::Packet::Publish(publish) => {
            let topic = String::from_utf8(publish.topic.to_vec()).map_err(|_| "a topic that is no UTF-8".to_owned())?;
            let of = publish.properties.unwrap_or_default();
            let message = Incoming {
                topic,
                payload: publish.payload,
                retain: publish.retain,
                again: publish.dup,
                response_topic: of.response_topic,
                correlation: of.correlation_data,
            };
            Heard::Message { message, packet: (publish.qos != QoS::AtMostOnce).then_some(publish.pkid) }
        }
        v5::Packet::PubAck(of) => {
            let says = of.properties.and_then(|properties| properties.reason_string);
            let refused = denial(of.reason).map(|code| Denied { code, says });
            Heard::Acknowledged { packets: vec![of.pkid], refused }
        }
        v5::Packet::SubAck(of) => {
            let granted = of.return_codes.iter().map(|code| matches!(code, v5::SubscribeReasonCode::Success(_)));
            Heard::Subscribed(granted.collect())
        }
        v5::Packet::PingResp(_) => Heard::Pong,
        v5::Packet::UnsubAck(_) => Heard::Nothing,
        other => return Err(format!("a packet that no broker sends: {other:?}")),
    })
}

/// The code with which a message was not taken; `None`: it was.
fn denial(reason: v5::PubAckReason) -> Option<u8> {
    use v5::PubAckReason as Reason;
    match reason {
        Reason::Success | Reason::NoMatchingSubscribers => None,
        Reason::UnspecifiedError => Some(0x80),
        Reason::ImplementationSpecificError => Some(0x83),
        Reason::NotAuthorized => Some(codes::NOT_AUTHORIZED),
        Reason::TopicNameInvalid => Some(codes::TOPIC),
        Reason::PacketIdentifierInUse => Some(0x91),
        Reason::QuotaExceeded => Some(codes::QUOTA),
        Reason::PayloadFormatInvalid => Some(codes::FORMAT),
    }
}

fn goodbye(packet: &Bytes) -> Heard {
    let of = packet.get(3..).and_then(|_| v5::DisconnectProperties::extract(&mut packet.slice(3..)).ok()).flatten();
    let (says, server) = of.map(|of| (of.reason_string, of.server_reference)).unwrap_or_default();
    Heard::Goodbye { code: packet.get(2).copied().unwrap_or(0), says, server }
}

fn read_old(mut packet: BytesMut) -> Result<Heard, String> {
    Ok(match v4::Packet::read(&mut packet, usize::MAX).map_err(|error| error.to_string())? {
        v4::Packet::Publish(of) => {
            let packet = (of.qos != old_bytes::QoS::AtMostOnce).then_some(of.pkid);
            let message = Incoming {
                topic: of.topic,
                payload: of.payload,
                retain: of.retain,
                again: of.dup,
                ..Incoming::default()
            };
            Heard::Message { message, packet }
        }
        v4::Packet::PubAck(of) => Heard::Acknowledged { packets: vec![of.pkid], refused: None },
        v4::Packet::SubAck(of) => {
            let granted = of.return_codes.iter().map(|code| matches!(code, v4::SubscribeReasonCode::Success(_)));
            Heard::Subscribed(granted.collect())
        }
        v4::Packet::PingResp => Heard::Pong,
        v4::Packet::UnsubAck(_) => Heard::Nothing,
        other => return Err(format!("a packet that no broker sends: {other:?}")),
    })
}

/// What is written is within what MQTT can say: ids, topics and payloads are bounded.
fn written<E: fmt::Display>(result: Result<usize, E>) {
    if let Err(error) = result {
        tracing::error!(%error, "a packet can't be written");
    }
}

pub fn write_hello(hello: &Hello, version: Version, out: &mut BytesMut) {
    let (qos, retain) = (hello.will_qos, hello.will_retain);
    let will = hello.will.map(|will| (will.topic.clone(), will.payload.clone()));
    match version {
        Version::V5 => {
            let connect = v5::Connect {
                keep_alive: hello.keep_alive,
                client_id: hello.client.to_owned(),
                clean_start: false,
                properties: Some(v5::ConnectProperties {
                    session_expiry_interval: Some(SESSION_SECONDS),
                    max_packet_size: Some(MAX_PACKET),
                    receive_maximum: Some(RECEIVE_MAXIMUM),
                    ..v5::ConnectProperties::new()
                }),
            };
            let will = will.map(|(topic, payload)| v5::LastWill::new(topic, payload, qos, retain, None));
            let login = hello.login.map(|(name, password)| v5::Login::new(name, password));
            written(v5::Packet::Connect(connect, will, login).write(out, None));
        }
        Version::V311 => {
            let connect = v4::Connect {
                keep_alive: hello.keep_alive,
                clean_session: false,
                last_will: will.map(|(topic, payload)| v4::LastWill::new(topic, payload, old_qos(qos), retain)),
                login: hello.login.map(|(name, password)| v4::Login::new(name, password)),
                ..v4::Connect::new(hello.client)
            };
            written(connect.write(out));
        }
    }
}

/// Of QoS 1 where there is a packet identifier.
pub fn write_message(message: &Message, retain: bool, packet: Option<u16>, version: Version, out: &mut BytesMut) {
    let qos = if packet.is_some() { QoS::AtLeastOnce } else { QoS::AtMostOnce };
    let (topic, payload, pkid) = (message.topic.clone(), message.payload.clone(), packet.unwrap_or(0));
    match version {
        Version::V5 => {
            let properties = v5::PublishProperties {
                content_type: Some(message.content_type.to_owned()),
                correlation_data: message.correlation.clone(),
                user_properties: message.properties.clone(),
                ..v5::PublishProperties::default()
            };
            let publish = v5::Publish { retain, pkid, ..v5::Publish::new(topic, qos, payload, Some(properties)) };
            written(publish.write(out));
        }
        Version::V311 => {
            let publish = v4::Publish { retain, pkid, ..v4::Publish::from_bytes(topic, old_qos(qos), payload) };
            written(publish.write(out));
        }
    }
}

/// `qos`: with which messages come at most.
pub fn write_subscribe(filters: &[String], qos: QoS, packet: u16, version: Version, out: &mut BytesMut) {
    match version {
        Version::V5 => {
            let filters = filters.iter().map(|filter| v5::Filter::new(filter.clone(), qos));
            let subscribe = v5::Subscribe { pkid: packet, ..v5::Subscribe::new_many(filters, None) };
            written(subscribe.write(out));
        }
        Version::V311 => {
            let qos = old_qos(qos);
            let filters = filters.iter().map(|filter| v4::SubscribeFilter::new(filter.clone(), qos));
            let subscribe = v4::Subscribe { pkid: packet, ..v4::Subscribe::new_many(filters) };
            written(subscribe.write(out));
        }
    }
}

pub fn write_unsubscribe(filter: &str, packet: u16, version: Version, out: &mut BytesMut) {
    match version {
        Version::V5 => {
            let unsubscribe = v5::Unsubscribe { pkid: packet, ..v5::Unsubscribe::new(filter, None) };
            written(unsubscribe.write(out));
        }
        Version::V311 => {
            written(v4::Unsubscribe { pkid: packet, topics: vec![filter.to_owned()] }.write(out));
        }
    }
}

/// Bytes that are the same in both versions.
pub fn write_acknowledgement(packet: u16, out: &mut BytesMut) {
    let [high, low] = packet.to_be_bytes();
    out.extend_from_slice(&[0x40, 2, high, low]);
}

pub fn write_ping(out: &mut BytesMut) {
    out.extend_from_slice(&[0xc0, 0]);
}

pub fn write_goodbye(out: &mut BytesMut) {
    out.extend_from_slice(&[0xe0, 0]);
}

fn old_qos(qos: QoS) -> old_bytes::QoS {
    match qos {
        QoS::AtMostOnce => old_bytes::QoS::AtMostOnce,
        QoS::AtLeastOnce | QoS::ExactlyOnce => old_bytes::QoS::AtLeastOnce,
    }
}

/// An upper bound on the size of the packet, in bytes.
pub fn size(message: &Message) -> usize {
    let properties: usize = message.properties.iter().map(|(key, value)| key.len() + value.len() + 5).sum();
    let correlation = message.correlation.as_ref().map_or(0, |data| data.len() + 3);
    32 + message.topic.len() + message.content_type.len() + properties + correlation + message.payload.len()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::collection::vec;
    use proptest::prelude::*;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2000))]

        /// Whatever a broker sends, it is read or refused.
        #[test]
        fn no_bytes_are_too_odd(kind in any::<u8>(), body in vec(any::<u8>(), 0..60), cut in 0..60_usize) {
            let whole = [&[kind, body.len() as u8][..], &body].concat();
            let mut damaged = whole.clone();
            damaged.truncate(cut);
            for bytes in [&whole, &damaged] {
                for version in [Version::V5, Version::V311] {
                    if let Ok(Some(Split::Packet(packet))) = split(&mut BytesMut::from(&bytes[..])) {
                        let _ = read(packet.clone(), version);
                        let _ = answer(packet, version);
                    }
                }
            }
        }

        /// Likely ones: of kinds that brokers send, with properties of lengths that may be right.
        #[test]
        fn no_likely_bytes_are_too_odd(
            kind in prop::sample::select(&[0x20_u8, 0x30, 0x32, 0x40, 0x90, 0xb0, 0xd0, 0xe0][..]),
            head in vec(0..3_u8, 0..6),
            length in 0..12_u8,
            property in prop::sample::select(&[0x11_u8, 0x1f, 0x21, 0x26, 0x27, 0x12, 0x08, 0x09, 0x03, 0x23, 0x0b][..]),
            rest in vec(any::<u8>(), 0..20),
        ) {
            let body = [&head[..], &[length, property], &rest].concat();
            let packet = BytesMut::from(&[&[kind, body.len() as u8][..], &body].concat()[..]);
            for version in [Version::V5, Version::V311] {
                let _ = read(packet.clone(), version);
                let _ = answer(packet.clone(), version);
            }
        }
    }

    fn bytes(bytes: &[u8]) -> BytesMut {
        BytesMut::from(bytes)
    }

    #[test]
    fn a_packet_is_split_off_when_it_is_whole() {
        let mut read = bytes(&[0x40, 2, 0]);
        assert_eq!(split(&mut read), Ok(None));
        read.extend_from_slice(&[7, 0xd0]);
        assert_eq!(split(&mut read), Ok(Some(Split::Packet(bytes(&[0x40, 2, 0, 7])))));
        assert_eq!((split(&mut read), read.len()), (Ok(None), 1));
        assert!(split(&mut bytes(&[0x40, 0xff, 0xff, 0xff, 0x7f])).unwrap_err().contains("at most"));
        assert!(split(&mut bytes(&[0x30, 0xff, 0xff, 0xff, 0xff])).is_err());
    }

    #[test]
    fn a_message_that_is_too_large_is_passed_over_by_its_number() {
        let (length, whole) = ([0xff, 0xff, 0xff, 0x7f], 5 + 0x0fff_ffff);
        let of = |first: u8, rest: &[u8]| split(&mut bytes(&[&[first][..], &length, rest].concat()));
        assert_eq!(of(0x30, &[]), Ok(Some(Split::PassedOver { whole, packet: None })));
        assert_eq!(of(0x33, &[0, 2, b'a', b'b', 1, 2]), Ok(Some(Split::PassedOver { whole, packet: Some(258) })));
        for more in [&[][..], &[0], &[0, 2, b'a'], &[0, 2, b'a', b'b', 1]] {
            assert_eq!(of(0x32, more), Ok(None), "its number is to come");
        }
    }

    #[test]
    fn an_answer_of_3_1_1_is_known_whatever_was_asked() {
        let old = answer(bytes(&[0x20, 2, 0, 1]), Version::V5).unwrap();
        assert_eq!((old.old, old.code), (true, 1));
        let new = answer(bytes(&[0x20, 3, 0, 0x9a, 0]), Version::V5).unwrap();
        assert_eq!((new.old, new.code), (false, 0x9a));
        let tiny = answer(bytes(&[0x20, 10, 0, 0, 7, 0x27, 0, 0, 0x07, 0xd0, 0x24, 0]), Version::V5).unwrap();
        assert_eq!((tiny.max_packet, tiny.max_qos), (Some(2000), Some(0)));
        // Of more than 127 bytes.
        let says = "x".repeat(200);
        let mut long = bytes(&[0x20, 0xce, 0x01, 0, 0x86, 0xcb, 0x01, 0x1f, 0, 200]);
        long.extend_from_slice(says.as_bytes());
        assert_eq!(answer(long, Version::V5).unwrap().says, Some(says));
        assert!(answer(bytes(&[0x20, 3, 0, 0, 9]), Version::V5).is_err());
        assert!(answer(bytes(&[0x20, 1, 0]), Version::V5).is_err());
    }

    #[test]
    fn a_goodbye_is_read_with_and_without_a_reason() {
        let code = |packet: &[u8]| match read(bytes(packet), Version::V5) {
            Ok(Heard::Goodbye { code, .. }) => code,
            other => panic!("{other:?}"),
        };
        assert_eq!((code(&[0xe0, 0]), code(&[0xe0, 1, 0x8e]), code(&[0xe0, 2, 0x8e, 0])), (0, 0x8e, 0x8e));
        assert!(read(bytes(&[0x10, 0]), Version::V5).is_err() && read(bytes(&[0xf0, 0]), Version::V311).is_err());
    }
}
