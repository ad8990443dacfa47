//! The address of a network camera, which may hold a password.

use crate::domain::{not_understood, passwords_in, without_secrets};
use percent_encoding::percent_decode_str;
use std::fmt;
use std::str::FromStr;

/// An address of a stream. Shown it is without user, password and what a query may hold.
#[derive(Clone, PartialEq, Eq)]
pub struct Address {
    whole: String,
    scheme: usize,
    host: String,
    port: u16,
    /// User and password, as they are written.
    user: Option<String>,
}

/// Schemes that are taken, and their ports.
const SCHEMES: [(&str, u16); 4] = [("rtsp", 554), ("rtsps", 322), ("http", 80), ("https", 443)];

impl Address {
    /// Whether this is a scheme of addresses.
    pub fn knows(scheme: &str) -> bool {
        SCHEMES.iter().any(|(known, _)| *known == scheme)
    }

    /// All of it, which must not be told.
    pub fn secret(&self) -> &str {
        &self.whole
    }

    /// A name, or an address in numbers, without brackets.
    pub fn host(&self) -> &str {
        &self.host
    }

    /// That of its scheme, where none is written.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Whether it is of RTSP, open or encrypted.
    pub fn is_rtsp(&self) -> bool {
        self.whole[..self.scheme].starts_with("rtsp")
    }

    /// Whether it holds what must not be told.
    pub fn has_secret(&self) -> bool {
        self.to_string() != self.whole
    }

    /// What must not be told, each as it is written and as it is meant.
    pub fn secrets(&self) -> Vec<String> {
        let user = self.user.as_deref().map(|user| user.split_once(':').map_or(user, |(_, password)| password));
        let written = user.into_iter().chain(passwords_in(&self.whole[self.scheme + 3..]));
        let both = written.flat_map(|one| [one.to_owned(), percent_decode_str(one).decode_utf8_lossy().into_owned()]);
        // Shorter ones are found in any text.
        both.filter(|secret| secret.len() > 3).collect()
    }
}

impl FromStr for Address {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        let told = not_understood(text);
        let wrong = |why: &str| Err(format!("`{told}` is no address of a camera: {why}"));
        let Some((scheme, rest)) = text.split_once("://") else { return wrong("it has no ://") };
        let Some((_, usual)) = SCHEMES.iter().find(|(known, _)| *known == scheme) else {
            return wrong("it begins with rtsp://, rtsps://, http:// or https://");
        };
        if text.contains(|c: char| c.is_whitespace() || c.is_control()) {
            return wrong("there are spaces in it; write each as %20");
        }
        // What is told of an address is no address.
        if text.contains('…') {
            return wrong("write out what stands for …: user and password are not told");
        }
        let authority = &rest[..rest.find(['/', '?', '#']).unwrap_or(rest.len())];
        let (user, place) = match authority.rsplit_once('@') {
            Some((user, place)) => (Some(user.to_owned()), place),
            None => (None, authority),
        };
        let (host, port) = match place.strip_prefix('[').and_then(|place| place.split_once(']')) {
            Some((host, port)) => (host, port.strip_prefix(':')),
            None => place.split_once(':').map_or((place, None), |(host, port)| (host, Some(port))),
        };
        if host.is_empty() {
            return wrong("it names no host");
        }
        let port = match port.map(str::parse) {
            None => *usual,
            Some(Ok(port)) if port > 0 => port,
            Some(_) => {
                return wrong(
                    "its port is no number from 1 to 65535; in a password write : / ? # @ as %3A %2F %3F %23 %40",
                );
            }
        };
        Ok(Self { whole: text.to_owned(), scheme: scheme.len(), host: host.to_owned(), port, user })
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&without_secrets(&self.whole))
    }
}

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn host_and_port_are_found_whatever_stands_around_them() {
        for (text, host, port, secret) in [
            ("rtsp://cam", "cam", 554, false),
            ("rtsps://cam/x:1", "cam", 322, false),
            ("rtsp://a:b%40c@10.0.0.7:8554/h264?channel=1", "10.0.0.7", 8554, true),
            ("rtsp://a:b@c@cam/", "cam", 554, true),
            ("http://[fe80::1]:8080/x?token=1", "fe80::1", 8080, true),
            ("https://[::1]", "::1", 443, false),
            ("rtsp://cam/user=admin_password=geheim_channel=1", "cam", 554, true),
        ] {
            let address: Address = text.parse().unwrap();
            assert_eq!((address.host(), address.port(), address.has_secret()), (host, port, secret), "{text}");
            assert_eq!(address.secret(), text);
        }
        let address: Address = "rtsp://a:ge%40heim@cam".parse().unwrap();
        assert_eq!(address.secrets(), ["ge%40heim", "ge@heim"]);
        let address: Address = "rtsp://cam/user=admin&password=geheim&channel=1".parse().unwrap();
        assert_eq!(address.secrets()[0], "geheim");
        assert!(address.is_rtsp() && !"http://cam".parse::<Address>().unwrap().is_rtsp());
    }

    #[test]
    fn what_is_no_address_is_told_without_its_password() {
        for (text, words) in [
            ("rtsp://", "no host"),
            ("rtsp://:554/", "no host"),
            ("rtsp://cam:port/", "no number"),
            ("rtsp://a:ge/heim@cam", "%2F"),
            ("rtsp://a:geheim@cam/a b", "%20"),
            ("rtsp://a:ge heim@cam/a", "%20"),
            ("rtsp://cam:x/password=geheim", "no number"),
            ("rtsp://…@cam/", "write out"),
            ("udp://cam", "rtsp://"),
        ] {
            let error = text.parse::<Address>().unwrap_err();
            assert!(error.contains(words) && !error.contains("heim"), "{error}");
        }
    }
}
