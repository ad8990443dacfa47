//! Brokers that refuse in one of the ways real ones do.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;
use tokio_rustls::TlsAcceptor;

/// What a broker does with a connection.
#[derive(Clone)]
pub enum Way {
    /// Answers the first packet with these bytes, and closes.
    Answers(Vec<u8>),
    /// Answers MQTT 5 with the first, 3.1.1 with the second, and closes.
    Both(Vec<u8>, Vec<u8>),
    /// Closes without an answer.
    HangsUp,
    /// Takes the connection and never answers.
    Silent,
    /// Accepts with this answer; acknowledges what comes.
    Accepts(Vec<u8>),
    /// Accepts; does not take that many messages of QoS 1, with this code, and acknowledges what comes after.
    Denies(u8, Arc<AtomicUsize>),
    /// Accepts, says these bytes, and closes.
    Ends(Vec<u8>),
    /// Does not speak MQTT 5: answers it so (nothing: hangs up), and passes 3.1.1 on to the broker at this port.
    Old(Option<Vec<u8>>, u16),
    /// Answers only who asks in HTTP.
    Web,
}

/// A CONNACK of MQTT 5 with this code and these properties.
pub fn connack(code: u8, properties: &[u8]) -> Vec<u8> {
    let length = properties.len() as u8;
    [&[0x20, 3 + length, 0, code, length], properties].concat()
}

/// A CONNACK of MQTT 3.1.1.
pub fn old_connack(code: u8) -> Vec<u8> {
    vec![0x20, 2, 0, code]
}

pub struct Refusing {
    pub port: u16,
    connections: Arc<AtomicUsize>,
    task: JoinHandle<()>,
}

impl Refusing {
    pub async fn start(way: Way) -> Self {
        Self::secured(way, None).await
    }

    /// Behind TLS.
    pub async fn secured(way: Way, tls: Option<TlsAcceptor>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let connections = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&connections);
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                counted.fetch_add(1, Ordering::Relaxed);
                let (way, tls) = (way.clone(), tls.clone());
                tokio::spawn(async move {
                    match tls {
                        None => serve(stream, way).await,
                        Some(tls) => match tls.accept(stream).await {
                            Ok(stream) => serve(stream, way).await,
                            Err(_) => None,
                        },
                    }
                });
            }
        });
        Self { port, connections, task }
    }

    pub fn connections(&self) -> usize {
        self.connections.load(Ordering::Relaxed)
    }

    /// Once this returns another may listen there.
    pub async fn end(mut self) {
        self.task.abort();
        assert!((&mut self.task).await.unwrap_err().is_cancelled());
    }
}

impl Drop for Refusing {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// The next packet: its first byte, the bytes that say how long it is, and the rest.
async fn packet(stream: &mut (impl AsyncRead + Unpin)) -> Option<(u8, Vec<u8>, Vec<u8>)> {
    let first = stream.read_u8().await.ok()?;
    let (mut length, mut header) = (0, vec![]);
    for shift in [0, 7, 14, 21] {
        let byte = stream.read_u8().await.ok()?;
        header.push(byte);
        length |= usize::from(byte & 127) << shift;
        if byte < 128 {
            break;
        }
    }
    let mut body = vec![0; length];
    stream.read_exact(&mut body).await.ok()?;
    Some((first, header, body))
}

/// Accepts with this answer, and acknowledges what comes; or says with which code it is not taken.
async fn takes(
    stream: &mut (impl AsyncRead + AsyncWrite + Unpin),
    answer: &[u8],
    denies: impl Fn() -> Option<u8>,
) -> Option<()> {
    stream.write_all(answer).await.ok()?;
    while let Some((first, _, body)) = packet(stream).await {
        let answer = match first >> 4 {
            3 if first >> 1 & 3 == 1 => {
                let at = 2 + usize::from(u16::from_be_bytes([body[0], body[1]]));
                match denies() {
                    Some(code) => vec![0x40, 3, body[at], body[at + 1], code],
                    None => vec![0x40, 2, body[at], body[at + 1]],
                }
            }
            8 => vec![0x90, 5, body[0], body[1], 0, 1, 1],
            12 => vec![0xd0, 0],
            _ => vec![],
        };
        stream.write_all(&answer).await.ok()?;
    }
    Some(())
}

async fn serve(mut stream: impl AsyncRead + AsyncWrite + Unpin, way: Way) -> Option<()> {
    if let Way::Web = way {
        let mut asked = [0; 3];
        stream.read_exact(&mut asked).await.ok()?;
        if &asked == b"GET" {
            stream.write_all(b"HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n").await.ok()?;
        }
        return Some(());
    }
    let (first, header, body) = packet(&mut stream).await?;
    let new = body.get(6) == Some(&5);
    match way {
        Way::Answers(answer) => stream.write_all(&answer).await.ok()?,
        Way::Both(to_new, to_old) => stream.write_all(if new { &to_new } else { &to_old }).await.ok()?,
        Way::HangsUp | Way::Web => {}
        Way::Silent => std::future::pending().await,
        Way::Ends(last) => {
            stream.write_all(&if new { connack(0, &[]) } else { old_connack(0) }).await.ok()?;
            stream.write_all(&last).await.ok()?;
        }
        Way::Accepts(answer) => takes(&mut stream, &answer, || None).await?,
        Way::Denies(code, times) => {
            let one_less = |left: usize| left.checked_sub(1);
            let denies = || times.fetch_update(Ordering::Relaxed, Ordering::Relaxed, one_less).is_ok().then_some(code);
            takes(&mut stream, &connack(0, &[]), denies).await?;
        }
        Way::Old(answer, _) if new => stream.write_all(&answer.unwrap_or_default()).await.ok()?,
        Way::Old(_, port) => {
            let mut broker = TcpStream::connect(("127.0.0.1", port)).await.ok()?;
            broker.write_all(&[&[first], &header[..], &body].concat()).await.ok()?;
            tokio::io::copy_bidirectional(&mut stream, &mut broker).await.ok()?;
        }
    }
    stream.shutdown().await.ok()
}
