//! Whether anybody answers at an address. It is quicker to try than to start a program for it, and says more.

use crate::camera::source::SourceError;
use crate::config::Address;
use crate::domain::CameraTrouble;
use std::io::{self, ErrorKind};
use std::net::{TcpStream, ToSocketAddrs};
use std::time::Duration;

/// A camera in the same network answers within milliseconds; one that does not is asked again soon.
const ANSWER_WITHIN: Duration = Duration::from_secs(2);
/// Of a name that stands for many machines these are tried.
const MOST: usize = 3;

/// Error: there is no such host, or nobody answers there.
pub fn knock(address: &Address) -> Result<(), SourceError> {
    let (host, port) = (address.host(), address.port());
    let found: Vec<_> = (host, port)
        .to_socket_addrs()
        .map_err(|error| {
            unreachable(format!("there is no host {host} ({error}); mend camera.source, or look at the network"))
        })?
        .collect();
    let mut last = io::Error::from(ErrorKind::AddrNotAvailable);
    for place in found.into_iter().take(MOST) {
        match TcpStream::connect_timeout(&place, ANSWER_WITHIN) {
            Ok(_) => return Ok(()),
            Err(error) => last = error,
        }
    }
    Err(unreachable(match last.kind() {
        ErrorKind::ConnectionRefused => {
            format!("{host} is there, but refuses port {port}: switch its stream on, or set the port in camera.source")
        }
        ErrorKind::TimedOut | ErrorKind::HostUnreachable | ErrorKind::NetworkUnreachable => {
            format!("{host} does not answer; look at its power and its network cable")
        }
        _ => format!("{host} can't be reached: {last}"),
    }))
}

fn unreachable(text: String) -> SourceError {
    SourceError::new(CameraTrouble::Unreachable, text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::TcpListener;

    #[test]
    fn who_is_not_there_and_who_refuses_are_told_apart() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address: Address = format!("rtsp://127.0.0.1:{}/x", listener.local_addr().unwrap().port()).parse().unwrap();
        knock(&address).unwrap();
        drop(listener);
        for (address, words) in [
            (address, "127.0.0.1 is there, but refuses port"),
            ("rtsp://a:b@no.such.invalid/x".parse().unwrap(), "there is no host no.such.invalid"),
        ] {
            let error = knock(&address).unwrap_err();
            assert_eq!(error.trouble, CameraTrouble::Unreachable);
            assert!(error.to_string().contains(words), "{error}");
        }
    }
}
