//! Who connects to which broker.

use crate::config;
use crate::config::{Fingerprint, Servers};
use crate::files;
use anyhow::{Context, Result, bail, ensure};
use rand::seq::SliceRandom;
use std::collections::VecDeque;
use std::path::{Path, PathBuf};

pub use crate::config::BrokerAddress as Address;

/// Who connects where.
#[derive(Clone, Debug)]
pub struct Account {
    /// Where the next attempt goes.
    pub address: Address,
    /// Other addresses of the same broker, in the order in which they are tried after that one.
    others: VecDeque<Address>,
    pub username: Option<String>,
    pub password_file: Option<PathBuf>,
    pub ca: Option<PathBuf>,
    pub fingerprint: Option<Fingerprint>,
    pub cert: Option<PathBuf>,
    pub key: Option<PathBuf>,
}

impl Account {
    /// As the configuration says, at this broker; of several addresses a random one comes first, so that devices spread
    /// over the nodes of a cluster.
    pub fn of(settings: &config::Mqtt, servers: &Servers) -> Self {
        let account = Self::at(servers);
        Self {
            username: settings.username.clone(),
            password_file: settings.password_file.clone(),
            ca: settings.ca.clone(),
            fingerprint: settings.fingerprint,
            cert: settings.cert.clone(),
            key: settings.key.clone(),
            ..account
        }
    }

    /// Nobody in particular, at this broker.
    pub fn at(servers: &Servers) -> Self {
        let (first, others) = servers.split();
        let mut account = Self { others: others.iter().cloned().collect(), ..Self::anonymous(first.clone()) };
        account.others.make_contiguous().shuffle(&mut rand::rng());
        (0..rand::random_range(0..=others.len())).for_each(|_| account.turn());
        account
    }

    /// The next attempt goes to the next address.
    pub fn turn(&mut self) {
        if let Some(next) = self.others.pop_front() {
            self.others.push_back(std::mem::replace(&mut self.address, next));
        }
    }

    /// How many addresses the broker has.
    pub fn addresses(&self) -> usize {
        1 + self.others.len()
    }

    /// The broker, whichever of its addresses is tried now.
    pub fn broker(&self) -> String {
        let mut all: Vec<String> = self.others.iter().chain([&self.address]).map(Address::to_string).collect();
        all.sort();
        all.join(",")
    }

    /// Nobody in particular, with the system's authorities where TLS is asked for.
    pub fn anonymous(address: Address) -> Self {
        let others = VecDeque::new();
        Self {
            address,
            others,
            username: None,
            password_file: None,
            ca: None,
            fingerprint: None,
            cert: None,
            key: None,
        }
    }

    /// User name and password as they are now in their file. Error: it can't be used.
    pub fn login(&self) -> Result<Option<(String, String)>> {
        match (&self.username, &self.password_file) {
            (None, None) => Ok(None),
            (Some(name), None) => Ok(Some((name.clone(), String::new()))),
            (Some(name), Some(path)) => Ok(Some((name.clone(), password(path)?))),
            (None, Some(_)) => bail!("mqtt.password_file is set, and mqtt.username is not: the broker needs both"),
        }
    }
}

/// Bytes of a file with a password, at most: MQTT has lengths of two bytes, and UTF-16 takes two for each.
const PASSWORD: u64 = 128 << 10;

/// The one line of a file, without what editors and shells put around it: a byte order mark, line ends.
fn password(path: &Path) -> Result<String> {
    let shown = path.display();
    let bytes = files::read(path, PASSWORD).with_context(|| format!("mqtt.password_file: can't read {shown}"))?;
    let text = match &bytes[..] {
        [0xff, 0xfe, rest @ ..] => wide(rest, u16::from_le_bytes),
        [0xfe, 0xff, rest @ ..] => wide(rest, u16::from_be_bytes),
        [0xef, 0xbb, 0xbf, rest @ ..] => String::from_utf8(rest.to_vec()).ok(),
        all => String::from_utf8(all.to_vec()).ok(),
    };
    let text = text.with_context(|| format!("mqtt.password_file: {shown} is no text in UTF-8; write it anew"))?;
    let line = text.trim_end_matches(['\r', '\n']);
    ensure!(!line.is_empty(), "mqtt.password_file: {shown} is empty; write the password into it, in one line");
    ensure!(
        !line.contains(['\r', '\n', '\0']),
        "mqtt.password_file: {shown} has more than one line; write only the password into it"
    );
    Ok(line.to_owned())
}

/// UTF-16, as PowerShell writes it.
fn wide(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> Option<String> {
    let (pairs, rest) = bytes.as_chunks::<2>();
    let units: Vec<u16> = pairs.iter().map(|pair| unit(*pair)).collect();
    String::from_utf16(&units).ok().filter(|_| rest.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(bytes: &[u8]) -> Result<String, String> {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), bytes).unwrap();
        password(file.path()).map_err(|error| error.to_string())
    }

    #[test]
    fn a_password_is_read_without_what_editors_put_around_it() {
        for bytes in [
            &b"s\xc3\xa4cret word"[..],
            b"s\xc3\xa4cret word\n",
            b"s\xc3\xa4cret word\r\n\r\n",
            b"\xef\xbb\xbfs\xc3\xa4cret word\r\n",
            b"\xff\xfes\0\xe4\0c\0r\0e\0t\0 \0w\0o\0r\0d\0\r\0\n\0",
            b"\xfe\xff\0s\0\xe4\0c\0r\0e\0t\0 \0w\0o\0r\0d",
        ] {
            assert_eq!(read(bytes).as_deref(), Ok("säcret word"), "{bytes:?}");
        }
        // What is the password's own stays.
        assert_eq!(read(b" a b ").as_deref(), Ok(" a b "));
    }

    #[test]
    fn what_is_no_password_is_told() {
        for (bytes, said) in [
            (&b""[..], "is empty"),
            (b"\xef\xbb\xbf\r\n", "is empty"),
            (b"cam\nsecret\n", "one line"),
            (b"\xe4\xff", "UTF-8"),
        ] {
            let error = read(bytes).unwrap_err();
            assert!(error.contains(said) && error.contains("mqtt.password_file"), "{error}");
        }
    }
}
