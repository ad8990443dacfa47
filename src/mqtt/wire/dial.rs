//! From the name of a host to a stream of bytes.

use super::judge::Judge;
use super::tls::Secured;
use super::trouble::Trouble;
use crate::mqtt::account::Address;
use rustls::pki_types::ServerName;
use rustls::{AlertDescription, Error};
use std::io;
use std::sync::Arc;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpStream, lookup_host};
use tokio::time::{Instant, timeout_at};
use tokio_rustls::TlsConnector;

/// Bytes, both ways.
pub trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}
impl<T: AsyncRead + AsyncWrite + Send + Unpin> Stream for T {}

/// A TCP connection, at the first address that takes one.
pub async fn reach(address: &Address, deadline: Instant) -> Result<TcpStream, Trouble> {
    let (at, host) = (address.to_string(), address.host.trim_matches(['[', ']']));
    let unknown = |why: String| Trouble::UnknownName { host: host.to_owned(), why };
    let found = match timeout_at(deadline, lookup_host((host, address.port))).await {
        Ok(Ok(found)) => found,
        Ok(Err(error)) => return Err(unknown(plain(&error))),
        Err(_) => return Err(unknown("the name server gives no answer".to_owned())),
    };
    let mut last = unknown("it has no address".to_owned());
    for one in found {
        last = match timeout_at(deadline, TcpStream::connect(one)).await {
            Ok(Ok(stream)) => {
                // Small packets go at once; where that can't be set they go later.
                let _ = stream.set_nodelay(true);
                return Ok(stream);
            }
            Ok(Err(error)) => unreached(at.clone(), &error),
            Err(_) => return Err(Trouble::NoReply { at }),
        };
    }
    Err(last)
}

fn unreached(at: String, error: &io::Error) -> Trouble {
    match error.kind() {
        io::ErrorKind::ConnectionRefused => Trouble::Closed { at },
        io::ErrorKind::TimedOut => Trouble::NoReply { at },
        _ => Trouble::NoWay { at, why: plain(error) },
    }
}

/// Without the number of the error, and without what getaddrinfo is.
pub fn plain(error: &io::Error) -> String {
    let text = error.to_string();
    let text = text.rsplit_once("address information: ").map_or(text.as_str(), |(_, why)| why);
    text.split(" (os error").next().unwrap_or(text).to_lowercase()
}

/// TLS over it, where the broker is the right one.
pub async fn secure(
    stream: TcpStream,
    address: &Address,
    secured: &Secured,
    deadline: Instant,
) -> Result<Box<dyn Stream>, Trouble> {
    let (at, host) = (address.to_string(), address.host.trim_matches(['[', ']']));
    let name = ServerName::try_from(host.to_owned())
        .map_err(|_| Trouble::Settings(format!("`{host}` in mqtt.broker is no name that a certificate can have")))?;
    let connector = TlsConnector::from(Arc::clone(&secured.config));
    match timeout_at(deadline, connector.connect(name, stream)).await {
        Ok(Ok(stream)) => Ok(Box::new(stream)),
        Ok(Err(error)) => Err(untrusted(at, &error, &secured.judge)),
        Err(_) => Err(Trouble::Silent { at }),
    }
}

/// Why a handshake failed.
fn untrusted(at: String, error: &io::Error, judge: &Judge) -> Trouble {
    if let Some(words) = judge.verdict() {
        return Trouble::Certificate(words);
    }
    match of_tls(error) {
        Some(Error::InvalidMessage(_)) | None => Trouble::NoTls { at },
        Some(error) => Trouble::Tls { at, why: tls_words(error) },
    }
}

/// What TLS says of an error of the stream.
pub fn of_tls(error: &io::Error) -> Option<&Error> {
    error.get_ref()?.downcast_ref()
}

/// What TLS says, with what to change.
pub fn tls_words(error: &Error) -> String {
    use AlertDescription as A;
    match error {
        Error::AlertReceived(A::CertificateRequired) => {
            "the broker wants a certificate of this device; set mqtt.cert and mqtt.key".to_owned()
        }
        Error::AlertReceived(
            A::UnknownCA | A::BadCertificate | A::CertificateUnknown | A::CertificateExpired | A::CertificateRevoked
            | A::UnsupportedCertificate | A::DecryptError | A::AccessDenied,
        ) => format!("the broker does not accept this device's certificate ({error}); look at mqtt.cert and mqtt.key"),
        Error::AlertReceived(A::HandshakeFailure) => {
            "the broker ends it (handshake failure): it wants a certificate of this device (mqtt.cert and mqtt.key), or speaks \
             only ways of TLS that are not secure any more"
                .to_owned()
        }
        Error::AlertReceived(A::ProtocolVersion) | Error::PeerIncompatible(_) => {
            format!("the broker speaks no version of TLS that is secure, 1.2 or 1.3 ({error}); bring it up to date")
        }
        error => error.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_of_the_system_are_told_without_their_numbers() {
        let error = io::Error::other("failed to lookup address information: Name or service not known");
        assert_eq!(plain(&error), "name or service not known");
        assert_eq!(plain(&io::Error::from_raw_os_error(113)), "no route to host");
        let at = || "h:1".to_owned();
        assert_eq!(unreached(at(), &io::Error::from_raw_os_error(111)), Trouble::Closed { at: at() });
        assert!(matches!(unreached(at(), &io::Error::from_raw_os_error(101)), Trouble::NoWay { .. }));
    }
}
