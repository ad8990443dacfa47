//! What speaks at a port that does not speak as it should: asked in the other ways, each for a moment.

use super::dial::reach;
use super::trouble::Speaks;
use crate::mqtt::account::Address;
use rumqttc::mqttbytes::v4;
use rustls::pki_types::ServerName;
use rustls::{ClientConfig, ClientConnection, RootCertStore};
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::time::{Instant, timeout_at};

/// How long an answer may take.
const WITHIN: Duration = Duration::from_secs(2);
/// Bytes that are enough to know it by.
const ENOUGH: usize = 5;

/// What a port speaks that does not speak as this address says.
pub async fn look(address: &Address) -> Option<Speaks> {
    let deadline = Instant::now() + WITHIN;
    // As nobody, and without a password: whoever answers gets to know nothing. By the broker's name, without which some
    // answer nothing.
    let nobody = if address.tls { hello_of_mqtt() } else { hello_of_tls(&address.host) };
    let (other, page) = tokio::join!(
        ask(address, &nobody, deadline),
        ask(address, b"GET / HTTP/1.1\r\nHost: fieldcoach\r\nConnection: close\r\n\r\n", deadline)
    );
    let meant = if address.tls { Speaks::Tls } else { Speaks::Mqtt };
    other.or(page).filter(|speaks| *speaks != meant)
}

async fn ask(address: &Address, hello: &[u8], deadline: Instant) -> Option<Speaks> {
    let mut stream = reach(address, deadline).await.ok()?;
    timeout_at(deadline, stream.write_all(hello)).await.ok()?.ok()?;
    let mut answer = Vec::new();
    while answer.len() < ENOUGH {
        match timeout_at(deadline, stream.read_buf(&mut answer)).await {
            Ok(Ok(read)) if read > 0 => {}
            _ => break,
        }
    }
    told(&answer)
}

/// What speaks, by the first bytes of an answer.
pub fn told(answer: &[u8]) -> Option<Speaks> {
    match answer {
        // An answer to a first packet of MQTT.
        [0x20, 2..=127, 0 | 1, ..] => Some(Speaks::Mqtt),
        // An alert, or a handshake.
        [0x15 | 0x16, 3, 0..=4, ..] => Some(Speaks::Tls),
        _ if answer.starts_with(b"HTTP/") || answer.starts_with(b"<") => Some(Speaks::Http),
        _ => None,
    }
}

fn hello_of_mqtt() -> Vec<u8> {
    let mut bytes = bytes::BytesMut::new();
    // Its length is a constant.
    let _ = v4::Connect::new("fieldcoach-looks").write(&mut bytes);
    bytes.to_vec()
}

fn hello_of_tls(host: &str) -> Vec<u8> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut bytes = Vec::new();
    let hello =
        ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions().ok().and_then(|b| {
            let config = b.with_root_certificates(RootCertStore::empty()).with_no_client_auth();
            let name = ServerName::try_from(host.to_owned()).ok()?;
            ClientConnection::new(Arc::new(config), name).ok()
        });
    if let Some(mut connection) = hello {
        // Into memory.
        let _ = connection.write_tls(&mut bytes);
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_known_by_its_first_bytes() {
        for (bytes, speaks) in [
            (&[0x20, 2, 0, 5][..], Some(Speaks::Mqtt)),
            (&[0x15, 3, 3, 0, 2, 2, 10], Some(Speaks::Tls)),
            (b"HTTP/1.1 400 Bad Request", Some(Speaks::Http)),
            (b"<html>", Some(Speaks::Http)),
            (b"SSH-2.0-OpenSSH", None),
            (b"", None),
        ] {
            assert_eq!(told(bytes), speaks, "{bytes:?}");
        }
        assert_eq!(told(&hello_of_tls("broker.lan")), Some(Speaks::Tls));
        assert_eq!(hello_of_mqtt()[0], 0x10);
    }
}
