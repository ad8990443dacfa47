//! A broker inside this process (rumqttd), for `mqtt.broker = "embedded"`: nothing to install for a first look.
//!
//! rumqttd serves MQTT 3.1.1 and MQTT 5 on separate ports. A listener of ours looks at the first packet of each
//! connection, which names its version, and passes the connection on, so that every client can use one port. There is
//! no access control; listen on loopback only. It ends with the process: rumqttd can't be stopped.

use anyhow::{Context, Result, bail};
use rumqttd::{Broker, Config, ConnectionSettings, RouterConfig, ServerSettings};
use std::collections::HashMap;
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::thread;
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

const MAX_PACKET: usize = 256 * 1024;
/// A connection has to send its first packet within this.
const FIRST_PACKET: Duration = Duration::from_secs(10);
const START: Duration = Duration::from_secs(10);

/// Starts the broker; returns the address it listens on (port 0 takes a free one). Blocks for some milliseconds. Error:
/// the address is taken, or no thread could be started.
pub fn start(listen: SocketAddr) -> Result<SocketAddr> {
    let listener = TcpListener::bind(listen)
        .with_context(|| format!("mqtt.listen: can't listen on {listen}; take another port, or 0 for a free one"))?;
    let address = listener.local_addr()?;
    listener.set_nonblocking(true)?;
    let (v4, v5) = (free_port()?, free_port()?);
    let mut broker = Broker::new(config(v4, v5));
    thread::Builder::new().name("mqtt-broker".to_owned()).spawn(move || {
        if let Err(error) = broker.start() {
            tracing::error!(%error, "the embedded MQTT broker ended");
        }
    })?;
    for port in [v4, v5] {
        wait_for(port)?;
    }
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    thread::Builder::new().name("mqtt-door".to_owned()).spawn(move || runtime.block_on(accept(listener, v4, v5)))?;
    Ok(address)
}

fn config(v4: SocketAddr, v5: SocketAddr) -> Config {
    let server = |name: &str, listen| {
        let settings = ServerSettings {
            name: name.to_owned(),
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
        };
        Some(HashMap::from([(name.to_owned(), settings)]))
    };
    Config {
        router: RouterConfig {
            max_connections: 200,
            max_outgoing_packet_count: 200,
            // Bytes in memory for each subscription filter: 4 segments of 2 MB.
            max_segment_size: 2 << 20,
            max_segment_count: 4,
            ..RouterConfig::default()
        },
        v4: server("mqtt-v4", v4),
        v5: server("mqtt-v5", v5),
        ..Config::default()
    }
}

/// rumqttd binds by itself and does not say where, so it needs a port that is free now.
fn free_port() -> Result<SocketAddr> {
    Ok(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?)
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

async fn accept(listener: TcpListener, v4: SocketAddr, v5: SocketAddr) {
    let listener = match tokio::net::TcpListener::from_std(listener) {
        Ok(listener) => listener,
        Err(error) => return tracing::error!(%error, "the embedded MQTT broker can't listen"),
    };
    loop {
        match listener.accept().await {
            Ok((client, _)) => {
                tokio::spawn(pass_on(client, v4, v5));
            }
            Err(error) => {
                // Out of file descriptors, say: that passes.
                tracing::warn!(%error, "the embedded MQTT broker could not accept a connection");
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
        }
    }
}

async fn pass_on(mut client: tokio::net::TcpStream, v4: SocketAddr, v5: SocketAddr) {
    let mut first = Vec::with_capacity(64);
    let level = tokio::time::timeout(FIRST_PACKET, async {
        loop {
            if let Some(level) = protocol_level(&first) {
                return Some(level);
            }
            match client.read_buf(&mut first).await {
                Ok(read) if read > 0 => {}
                _ => return None,
            }
        }
    });
    let Ok(Some(level)) = level.await else { return };
    let address = if level == 5 { v5 } else { v4 };
    let Ok(mut broker) = tokio::net::TcpStream::connect(address).await else { return };
    let _ = (client.set_nodelay(true), broker.set_nodelay(true));
    if broker.write_all(&first).await.is_ok() {
        // Ends with either side; the broker tells a lost connection from a goodbye by itself.
        let _ = tokio::io::copy_bidirectional(&mut client, &mut broker).await;
    }
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

    #[test]
    fn a_taken_port_is_named() {
        let taken = TcpListener::bind("127.0.0.1:0").unwrap();
        let error = start(taken.local_addr().unwrap()).unwrap_err().to_string();
        assert!(error.contains("mqtt.listen") && error.contains(&taken.local_addr().unwrap().to_string()), "{error}");
    }
}
