//! The broker, and who connects to it.

use super::broker::Broker;
use crate::domain::limits as bounds;
use bytesize::ByteSize;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::str::FromStr;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Mqtt {
    pub broker: Broker,
    /// Where the embedded broker listens; port 0 takes a free one.
    pub listen: SocketAddr,
    pub username: Option<String>,
    pub password_file: Option<PathBuf>,
    pub ca: Option<PathBuf>,
    /// The one certificate of the broker that is accepted, whoever vouches for it.
    pub fingerprint: Option<Fingerprint>,
    pub cert: Option<PathBuf>,
    pub key: Option<PathBuf>,
    /// Bytes of messages that are kept for a broker that is away.
    pub outbox: ByteSize,
    /// Where Home Assistant looks for devices.
    pub discovery_prefix: String,
    /// Seconds between pictures of each camera, at most a minute more often where something happened; 0 sends none.
    pub snapshot: u32,
    /// Whether the HTTP door is reached through the broker, by whoever has a token.
    pub remote: bool,
}

impl Default for Mqtt {
    fn default() -> Self {
        Self {
            broker: Broker::Off,
            listen: ([127, 0, 0, 1], 1883).into(),
            username: None,
            password_file: None,
            ca: None,
            fingerprint: None,
            cert: None,
            key: None,
            outbox: ByteSize::mb(256),
            discovery_prefix: "homeassistant".into(),
            snapshot: 900,
            remote: true,
        }
    }
}

impl Mqtt {
    pub(super) fn check(&self) -> Result<(), String> {
        if let Some(name) = &self.username
            && (!bounds::MQTT_USERNAME.contains(&name.chars().count()) || name.chars().any(char::is_control))
        {
            let most = bounds::MQTT_USERNAME.end();
            return Err(format!("mqtt.username: 1 to {most} characters, none of them a control character"));
        }
        if !self.listen.ip().is_loopback() {
            return Err(format!("mqtt.listen: the embedded broker listens on loopback only, not on {}", self.listen));
        }
        let prefix = &self.discovery_prefix;
        let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '/');
        if !bounds::DISCOVERY_PREFIX.contains(&prefix.len())
            || !prefix.chars().all(plain)
            || prefix.split('/').any(str::is_empty)
        {
            let (least, most) = bounds::DISCOVERY_PREFIX.into_inner();
            return Err(format!(
                "mqtt.discovery_prefix: `{prefix}` must be {least} to {most} letters, digits, `-`, `_`, and `/` between them"
            ));
        }
        // Its topics are this device's own.
        if prefix.split('/').next() == Some("fieldcoach") {
            return Err(format!(
                "mqtt.discovery_prefix: `{prefix}` lies among the topics of the devices; take another"
            ));
        }
        Ok(())
    }
}

/// The SHA-256 of a certificate, in any of the forms that people copy: hex with colons, spaces or neither, in small letters
/// or capitals, with what openssl writes before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Fingerprint(pub [u8; 32]);

impl FromStr for Fingerprint {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        const HOW: &str = "as `openssl x509 -in server.pem -noout -fingerprint -sha256` prints it";
        let value = text.trim().trim_start_matches('\u{feff}');
        let value = value.rsplit_once("ingerprint=").map_or(value, |(_, value)| value);
        let lower = value.to_ascii_lowercase();
        let hex: String = ["sha-256", "sha256"]
            .iter()
            .find_map(|name| lower.trim_start().strip_prefix(name))
            .unwrap_or(&lower)
            .chars()
            .filter(|c| !c.is_whitespace() && !matches!(c, ':' | '-'))
            .collect();
        let bytes =
            hex::decode(&hex).map_err(|_| format!("`{text}` is no SHA-256 fingerprint in hex; write it {HOW}"))?;
        match <[u8; 32]>::try_from(bytes) {
            Ok(bytes) => Ok(Self(bytes)),
            Err(bytes) => {
                let kind = match bytes.len() {
                    16 => " (that is MD5)",
                    20 => " (that is SHA-1)",
                    _ => "",
                };
                Err(format!("`{text}` has {} bytes{kind}, and a SHA-256 fingerprint 32; write it {HOW}", bytes.len()))
            }
        }
    }
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, byte) in self.0.iter().enumerate() {
            write!(f, "{}{byte:02X}", if at == 0 { "" } else { ":" })?;
        }
        Ok(())
    }
}

impl TryFrom<String> for Fingerprint {
    type Error = String;
    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

impl From<Fingerprint> for String {
    fn from(fingerprint: Fingerprint) -> Self {
        fingerprint.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fingerprint_is_read_in_every_form_that_people_copy() {
        let bytes: [u8; 32] = std::array::from_fn(|at| (at * 7 + 3) as u8);
        let colons = Fingerprint(bytes).to_string();
        let plain = hex::encode(bytes);
        for text in [
            colons.clone(),
            colons.to_lowercase(),
            plain.clone(),
            plain.to_uppercase(),
            colons.replace(':', " "),
            format!("SHA256 Fingerprint={colons}"),
            format!("sha256 Fingerprint={colons}\n"),
            format!("SHA256:{plain}"),
            format!(" SHA-256 {}", colons.to_lowercase()),
            format!("\u{feff}{colons}\r\n"),
        ] {
            assert_eq!(text.parse(), Ok(Fingerprint(bytes)), "{text:?}");
        }
    }

    #[test]
    fn what_is_no_fingerprint_says_how_to_get_one() {
        for (text, said) in [
            ("", "0 bytes"),
            ("AA:BB", "2 bytes"),
            ("SHA1 Fingerprint=AA:AA:AA:AA:AA:AA:AA:AA:AA:AA:AA:AA:AA:AA:AA:AA:AA:AA:AA:AA", "SHA-1"),
            ("SHA256:8Xf2k+Zb0+6j1v0yF0Lrm3K0W5Oa2a0x1m2n3b4c5d6", "in hex"),
        ] {
            let error = text.parse::<Fingerprint>().unwrap_err();
            assert!(error.contains(said) && error.contains("openssl x509"), "{error}");
        }
    }

    #[test]
    fn a_prefix_is_a_plain_topic() {
        let check = |prefix: &str| Mqtt { discovery_prefix: prefix.into(), ..Mqtt::default() }.check();
        for good in ["homeassistant", "ha/discovery", "a-b_c"] {
            assert_eq!(check(good), Ok(()));
        }
        for bad in ["", "/ha", "ha/", "ha//x", "ha/#", "+", "h a", "hä", "fieldcoach", "fieldcoach/x", &"a".repeat(101)]
        {
            let error = check(bad).unwrap_err();
            assert!(error.contains("mqtt.discovery_prefix"), "{error}");
        }
    }
}
