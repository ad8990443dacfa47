//! The HTTP door's sign of life: it answers.

use crate::supervise::Beat;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::ring;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{ClientConfig, DigitallySignedStruct, SignatureScheme};
use std::convert::Infallible;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

/// How often it is asked.
const EVERY: Duration = Duration::from_secs(15);
/// How long one answer may take.
const ANSWER_WITHIN: Duration = Duration::from_secs(10);
/// Some asked in vain before the door counts as stuck: a device that trains or swaps answers late.
pub const SILENT_WITHIN: Duration = Duration::from_secs(180);

/// Asks the door at this address for `/healthz` as anybody would, and beats at every answer.
pub async fn beat_while_answering(address: SocketAddr, tls: bool, beat: &Beat) -> Infallible {
    loop {
        match tokio::time::timeout(ANSWER_WITHIN, ask(address, tls)).await {
            Ok(Ok(())) => beat.alive(),
            Ok(Err(error)) => tracing::warn!(%error, "the HTTP door does not answer itself"),
            Err(_) => tracing::warn!("the HTTP door does not answer itself in time"),
        }
        tokio::time::sleep(EVERY).await;
    }
}

async fn ask(address: SocketAddr, tls: bool) -> io::Result<()> {
    let stream = TcpStream::connect(reachable(address)).await?;
    match tls {
        false => ask_on(stream, address).await,
        true => {
            let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
                .with_safe_default_protocol_versions()
                .map_err(io::Error::other)?
                .dangerous()
                .with_custom_certificate_verifier(Arc::new(Anybody))
                .with_no_client_auth();
            let name = ServerName::from(reachable(address).ip());
            ask_on(TlsConnector::from(Arc::new(config)).connect(name, stream).await?, address).await
        }
    }
}

/// Where a listener on every address is reached from here.
fn reachable(address: SocketAddr) -> SocketAddr {
    let here: IpAddr = if address.is_ipv4() { Ipv4Addr::LOCALHOST.into() } else { Ipv6Addr::LOCALHOST.into() };
    let ip = if address.ip().is_unspecified() { here } else { address.ip() };
    SocketAddr::new(ip, address.port())
}

async fn ask_on(mut stream: impl AsyncRead + AsyncWrite + Unpin, address: SocketAddr) -> io::Result<()> {
    let request = format!("GET /healthz HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await?;
    let mut answer = Vec::new();
    stream.take(1024).read_to_end(&mut answer).await?;
    match answer.starts_with(b"HTTP/1.1 200") {
        true => Ok(()),
        false => {
            Err(io::Error::other(String::from_utf8_lossy(&answer).lines().next().unwrap_or("no answer").to_owned()))
        }
    }
}

/// Takes any certificate: the daemon asks itself, by an address that a certificate from files need not name, and only
/// wants to know whether there is an answer.
#[derive(Debug)]
struct Anybody;

impl ServerCertVerifier for Anybody {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn verify_tls13_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        ring::default_provider().signature_verification_algorithms.supported_schemes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::Router;
    use axum::http::StatusCode;
    use axum::routing::get;
    use tokio::net::TcpListener;

    async fn answers(with: StatusCode) -> io::Result<()> {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let server = tokio::spawn(async move {
            axum::serve(listener, Router::new().route("/healthz", get(move || async move { with }))).await
        });
        let asked = ask(address, false).await;
        server.abort();
        asked
    }

    #[tokio::test]
    async fn only_a_good_answer_counts() {
        answers(StatusCode::OK).await.unwrap();
        assert!(answers(StatusCode::SERVICE_UNAVAILABLE).await.unwrap_err().to_string().contains("503"));
        let nobody = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
        // Another test may listen there by now, and does not speak of health.
        assert!(ask(nobody, false).await.is_err());
    }
}
