//! A broker inside this process (rumqttd), for `mqtt.broker = "embedded"`: nothing to install for a first look.
//!
//! rumqttd serves MQTT 3.1.1 and MQTT 5 on separate ports, and its 3.1.1 side panics on a message that came with
//! MQTT 5 properties and on the answer to an unsubscription. [`Either`] finds the version in the first packet of a
//! connection and translates, so that every client can use one port. There is no access control; listen on loopback
//! only. The broker ends with the process: rumqttd can't be stopped.

use anyhow::{Context, Result, bail};
use bytes::{BufMut, BytesMut};
use rumqttd::protocol::{Error, Packet, Protocol, v4::V4, v5::V5};
use rumqttd::{ConnectionSettings, LinkType, Router, RouterConfig, Server, ServerSettings};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::thread;
use std::time::{Duration, Instant};

const MAX_PACKET: usize = 256 * 1024;
const START: Duration = Duration::from_secs(10);

/// Starts the broker; returns the address it listens on (port 0 takes a free one). Blocks for some milliseconds. Error:
/// the address is taken, or no thread could be started.
pub fn start(listen: SocketAddr) -> Result<SocketAddr> {
    // rumqttd binds by itself, and tells neither the port nor why it could not.
    let address = TcpListener::bind(listen)
        .and_then(|listener| listener.local_addr())
        .with_context(|| format!("mqtt.listen: can't listen on {listen}; take another port, or 0 for a free one"))?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let router = Router::new(0, router()).spawn();
    let mut server = Server::new(settings(address), router, Either::default());
    thread::Builder::new().name("mqtt-broker".to_owned()).spawn(move || {
        if let Err(error) = runtime.block_on(server.start(LinkType::Remote)) {
            tracing::error!(%error, "the embedded MQTT broker ended");
        }
    })?;
    wait_for(address)?;
    Ok(address)
}

fn router() -> RouterConfig {
    RouterConfig {
        max_connections: 200,
        max_outgoing_packet_count: 200,
        // Bytes in memory for each subscription filter: 4 segments of 2 MB.
        max_segment_size: 2 << 20,
        max_segment_count: 4,
        ..RouterConfig::default()
    }
}

fn settings(listen: SocketAddr) -> ServerSettings {
    ServerSettings {
        name: "embedded".to_owned(),
        listen,
        tls: None,
        next_connection_delay_ms: 1,
        connections: ConnectionSettings {
            connection_timeout_ms: 10_000,
            max_payload_size: MAX_PACKET,
            max_inflight_count: 100,
            auth: None,
            external_auth: None,
            // Topics come into being when they are published to.
            dynamic_filters: true,
        },
    }
}

fn wait_for(address: SocketAddr) -> Result<()> {
    let deadline = Instant::now() + START;
    while let Err(error) = TcpStream::connect_timeout(&address, START) {
        if Instant::now() > deadline {
            bail!("the embedded MQTT broker did not start on {address}: {error}");
        }
        thread::sleep(Duration::from_millis(5));
    }
    Ok(())
}

/// MQTT 3.1.1 or MQTT 5, whichever a connection begins with.
#[derive(Clone, Debug, Default)]
enum Either {
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
    use std::io::{Read, Write};

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

    /// Connects as `x` in MQTT 5; whether the broker accepts.
    fn connect(address: SocketAddr) -> (TcpStream, bool) {
        let mut stream = TcpStream::connect(address).unwrap();
        stream.set_read_timeout(Some(START)).unwrap();
        let packet = [&[0x10, 14, 0, 4][..], b"MQTT", &[5, 2, 0, 60, 0, 0, 1], b"x"].concat();
        stream.write_all(&packet).unwrap();
        let mut first = [0];
        let accepted = stream.read_exact(&mut first).is_ok() && first == [0x20];
        (stream, accepted)
    }

    #[test]
    fn what_only_a_server_sends_does_not_end_the_broker() {
        let address = start("127.0.0.1:0".parse().unwrap()).unwrap();
        // Each type that no client sends, the second of them with the bytes that were seen to kill it.
        for bytes in [&[0x20, 2, 0, 0][..], &[0xb0, 3, 0, 1, 0], &[0x90, 3, 0, 1, 0], &[0xd0, 0], &[0xf0, 0], &[0, 0]] {
            let (mut stream, accepted) = connect(address);
            assert!(accepted, "before {bytes:?}");
            stream.write_all(bytes).unwrap();
            let (_second, accepted) = connect(address);
            assert!(accepted, "after {bytes:?}");
        }
        assert!(connect(address).1);
    }

    #[test]
    fn other_bytes_never_wait_for_more() {
        assert_eq!(protocol_level(b"GET / HTTP/1.1"), Some(4));
        assert_eq!(protocol_level(&[0x10, 0xff, 0xff, 0xff, 0xff]), Some(4));
        assert_eq!(protocol_level(&[0x10, 20, 0xff, 0xff]), Some(4));
    }

    #[test]
    fn a_taken_port_is_named() {
        let taken = TcpListener::bind("127.0.0.1:0").unwrap();
        let error = start(taken.local_addr().unwrap()).unwrap_err().to_string();
        assert!(error.contains("mqtt.listen") && error.contains(&taken.local_addr().unwrap().to_string()), "{error}");
    }
}
