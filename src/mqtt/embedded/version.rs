//! MQTT 3.1.1 and MQTT 5 on one port.
//!
//! rumqttd serves them on separate ports, and its 3.1.1 side panics on a message that came with MQTT 5 properties and on
//! the answer to an unsubscription. [`Either`] finds the version in the first packet of a connection and translates, so
//! that every client can use one port.

use bytes::{BufMut, BytesMut};
use rumqttd::protocol::{Error, Packet, Protocol, v4::V4, v5::V5};

/// MQTT 3.1.1 or MQTT 5, whichever a connection begins with.
#[derive(Clone, Debug, Default)]
pub enum Either {
    #[default]
    Unknown,
    Old,
    New,
}

impl Protocol for Either {
    fn read_mut(&mut self, stream: &mut BytesMut, max_size: usize) -> Result<Packet, Error> {
        if matches!(self, Self::Unknown) {
            *self = match protocol_level(stream) {
                Some(5) => Self::New,
                Some(_) => Self::Old,
                None => return Err(Error::InsufficientBytes(1)),
            };
        }
        // rumqttd panics on some of what only a server sends, and is dead from then on.
        if let Some(first) = stream.first()
            && !from_a_client(*first)
        {
            return Err(Error::InvalidPacketType(first >> 4));
        }
        match self {
            Self::New => V5.read_mut(stream, max_size),
            _ => V4.read_mut(stream, max_size),
        }
    }

    fn write(&self, packet: Packet, buffer: &mut BytesMut) -> Result<usize, Error> {
        if matches!(self, Self::New) {
            return V5.write(packet, buffer);
        }
        let packet = match packet {
            Packet::Publish(publish, _) => Packet::Publish(publish, None),
            Packet::PubAck(acknowledgement, _) => Packet::PubAck(acknowledgement, None),
            Packet::PubRec(received, _) => Packet::PubRec(received, None),
            Packet::PubRel(release, _) => Packet::PubRel(release, None),
            Packet::PubComp(complete, _) => Packet::PubComp(complete, None),
            Packet::SubAck(acknowledgement, _) => Packet::SubAck(acknowledgement, None),
            // Section 3.11 of MQTT 3.1.1: the identifier and nothing else.
            Packet::UnsubAck(acknowledgement, _) => {
                buffer.put_slice(&[0xb0, 2]);
                buffer.put_u16(acknowledgement.pkid);
                return Ok(4);
            }
            // A server of 3.1.1 says no goodbye.
            Packet::Disconnect(..) => return Ok(0),
            packet => packet,
        };
        V4.write(packet, buffer)
    }
}

/// Whether a client may send a packet that begins with this byte (MQTT 5, section 2.1.2): all but what answers a client.
/// AUTH is not among them: this broker knows no method of it.
fn from_a_client(first: u8) -> bool {
    matches!(first >> 4, 1 | 3..=8 | 10 | 12 | 14)
}

/// The protocol level in the beginning of a CONNECT packet (MQTT 5, section 3.1): 4 is MQTT 3.1.1, 5 is MQTT 5.
/// `None`: more bytes are needed. What is no CONNECT packet counts as level 4, whose server refuses it.
fn protocol_level(bytes: &[u8]) -> Option<u8> {
    const OTHER: u8 = 4;
    if *bytes.first()? != 0x10 {
        return Some(OTHER);
    }
    // The remaining length takes one to four bytes, the last one below 128.
    let Some(last) = bytes.iter().skip(1).take(4).position(|byte| byte & 0x80 == 0) else {
        return (bytes.len() > 4).then_some(OTHER);
    };
    // Then the protocol's name with its length in two bytes, then the level.
    let name = last + 2;
    let length = usize::from(u16::from_be_bytes([*bytes.get(name)?, *bytes.get(name + 1)?]));
    if length > 6 {
        return Some(OTHER);
    }
    bytes.get(name + 2 + length).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_packet_names_its_version() {
        for (level, length) in [(4, &[16][..]), (5, &[16]), (5, &[0x90, 0x01])] {
            let packet = [&[0x10][..], length, &[0, 4], b"MQTT", &[level, 2]].concat();
            for cut in 1..packet.len() {
                let expected = (cut >= packet.len() - 1).then_some(level);
                assert_eq!(protocol_level(&packet[..cut]), expected, "{cut} of {packet:?}");
            }
        }
    }

    #[test]
    fn other_bytes_never_wait_for_more() {
        assert_eq!(protocol_level(b"GET / HTTP/1.1"), Some(4));
        assert_eq!(protocol_level(&[0x10, 0xff, 0xff, 0xff, 0xff]), Some(4));
        assert_eq!(protocol_level(&[0x10, 20, 0xff, 0xff]), Some(4));
    }
}
