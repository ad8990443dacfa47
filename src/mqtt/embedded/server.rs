//! The broker, in this process.

use super::version::Either;
use anyhow::{Context, Result};
use rumqttd::{ConnectionSettings, LinkType, Router, RouterConfig, Server, ServerSettings};
use std::net::{SocketAddr, TcpListener};

const MAX_PACKET: usize = 256 * 1024;

/// An address that can be listened on (port 0 takes a free one): rumqttd binds by itself, and tells neither the port nor
/// why it could not. Error: it is taken.
pub fn free(listen: SocketAddr) -> Result<SocketAddr> {
    TcpListener::bind(listen)
        .and_then(|listener| listener.local_addr())
        .with_context(|| format!("mqtt.listen: can't listen on {listen}; take another port, or 0 for a free one"))
}

/// Serves until the process ends, unless it can't. rumqttd can't be stopped.
pub async fn serve(listen: SocketAddr) -> Result<()> {
    let router = Router::new(0, router()).spawn();
    let mut server = Server::new(settings(listen), router, Either::default());
    Ok(server.start(LinkType::Remote).await?)
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

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::{Read, Write};
    use std::net::TcpStream;
    use std::sync::atomic::{AtomicU8, Ordering};
    use std::thread;
    use std::time::Duration;

    const PATIENCE: Duration = Duration::from_secs(10);

    fn started() -> SocketAddr {
        let address = free("127.0.0.1:0".parse().unwrap()).unwrap();
        thread::spawn(move || tokio::runtime::Runtime::new().unwrap().block_on(serve(address)));
        while TcpStream::connect(address).is_err() {
            thread::yield_now();
        }
        address
    }

    /// Connects in MQTT 5, each time as another; whether the broker accepts.
    fn connect(address: SocketAddr) -> (TcpStream, bool) {
        static NAMES: AtomicU8 = AtomicU8::new(b'a');
        let name = NAMES.fetch_add(1, Ordering::Relaxed);
        let mut stream = TcpStream::connect(address).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        let packet = [&[0x10, 14, 0, 4][..], b"MQTT", &[5, 2, 0, 60, 0, 0, 1, name]].concat();
        stream.write_all(&packet).unwrap();
        let mut first = [0];
        let accepted = stream.read_exact(&mut first).is_ok() && first == [0x20];
        (stream, accepted)
    }

    #[test]
    fn what_only_a_server_sends_does_not_end_the_broker() {
        let address = started();
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
    fn a_taken_port_is_named() {
        let taken = TcpListener::bind("127.0.0.1:0").unwrap();
        let error = free(taken.local_addr().unwrap()).unwrap_err().to_string();
        assert!(error.contains("mqtt.listen") && error.contains(&taken.local_addr().unwrap().to_string()), "{error}");
    }
}
