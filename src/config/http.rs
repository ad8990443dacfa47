//! How the HTTP door is reached: `[http]`.

use bytesize::ByteSize;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::str::FromStr;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Http {
    /// Off loopback with TLS and a token, always.
    pub listen: SocketAddr,
    /// Largest body of one upload.
    pub max_upload: ByteSize,
    pub tls: Tls,
    /// With `files`: PEM file of the certificate and those that lead to its authority.
    pub cert: Option<PathBuf>,
    /// With `files`: PEM file of its key.
    pub key: Option<PathBuf>,
    /// With `proxy`: the addresses or networks of the reverse proxy.
    pub trusted: Vec<Network>,
    /// Names of the device beside its own: for the certificate, the pairing code, and a proxy that passes on none.
    pub names: Vec<String>,
    /// Whether the device is announced in its network, as `{device}.local`.
    pub mdns: bool,
    /// Addresses or networks that may read `/metrics` without a token.
    pub metrics: Vec<Network>,
}

/// Who ends TLS, and with whose certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Tls {
    /// `own` off loopback; on loopback neither TLS nor tokens.
    Auto,
    /// This daemon, with a certificate of the device's own authority.
    Own,
    /// This daemon, with a certificate from files.
    Files,
    /// A reverse proxy.
    Proxy,
}

/// What stands between the door and the network.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Front {
    /// Only this machine reaches it: no TLS, no token.
    Loopback,
    Own,
    Files {
        cert: PathBuf,
        key: PathBuf,
    },
    Proxy(Vec<Network>),
}

impl Http {
    /// What stands between the door and the network; the error names the key that is wrong.
    pub fn front(&self) -> Result<Front, String> {
        let refuse = |text: &str| Err(text.to_owned());
        if self.tls != Tls::Files && (self.cert.is_some() || self.key.is_some()) {
            return refuse("http.cert and http.key go with http.tls = \"files\"");
        }
        if self.tls != Tls::Proxy && !self.trusted.is_empty() {
            return refuse("http.trusted goes with http.tls = \"proxy\"");
        }
        match self.tls {
            Tls::Auto if self.listen.ip().is_loopback() => Ok(Front::Loopback),
            Tls::Auto | Tls::Own => Ok(Front::Own),
            Tls::Files => match (&self.cert, &self.key) {
                (Some(cert), Some(key)) => Ok(Front::Files { cert: cert.clone(), key: key.clone() }),
                _ => refuse("http.tls: with \"files\" set http.cert and http.key to PEM files"),
            },
            Tls::Proxy if self.trusted.is_empty() => {
                refuse("http.tls: with \"proxy\" set http.trusted to the addresses of the reverse proxy")
            }
            Tls::Proxy if self.trusted.iter().any(Network::is_everybody) => {
                refuse("http.trusted: this is everybody; name the addresses of the reverse proxy")
            }
            Tls::Proxy => Ok(Front::Proxy(self.trusted.clone())),
        }
    }

    /// Rules that no single type can hold.
    pub fn check(&self) -> Result<(), String> {
        self.front()?;
        match self.names.iter().find(|name| !is_host_name(name)) {
            Some(name) => Err(format!("http.names: `{name}` is no host name")),
            None => Ok(()),
        }
    }
}

impl Default for Http {
    fn default() -> Self {
        Self {
            listen: ([127, 0, 0, 1], 8080).into(),
            max_upload: ByteSize::mb(32),
            tls: Tls::Auto,
            cert: None,
            key: None,
            trusted: Vec::new(),
            names: Vec::new(),
            mdns: true,
            metrics: Vec::new(),
        }
    }
}

/// An address or a network of them: `10.0.0.1`, `10.0.0.0/8`, `fd00::/8`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Network(ipnet::IpNet);

impl Network {
    fn is_everybody(&self) -> bool {
        self.0.prefix_len() == 0
    }

    pub fn contains(&self, address: IpAddr) -> bool {
        self.0.contains(&address.to_canonical())
    }
}

impl FromStr for Network {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        let whole = text.parse::<IpAddr>().map(ipnet::IpNet::from);
        let network = whole.or_else(|_| text.parse::<ipnet::IpNet>());
        network.map(Self).map_err(|_| format!("`{text}` is no address and no network such as 10.0.0.0/8"))
    }
}

impl fmt::Display for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.prefix_len() == self.0.max_prefix_len() { self.0.addr().fmt(f) } else { self.0.fmt(f) }
    }
}

impl TryFrom<String> for Network {
    type Error = String;
    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

impl From<Network> for String {
    fn from(network: Network) -> Self {
        network.to_string()
    }
}

/// Letters, digits and `-` between dots; no address.
fn is_host_name(text: &str) -> bool {
    let label = |label: &str| {
        (1..=63).contains(&label.len())
            && label.chars().all(|c| c.is_ascii_alphanumeric() || c == '-')
            && !(label.starts_with('-') || label.ends_with('-'))
    };
    text.len() <= 253 && text.split('.').all(label) && text.parse::<IpAddr>().is_err()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn off_loopback_there_is_always_tls_or_a_proxy() {
        let front = |text: &str| {
            let http: Http = toml::from_str(text).map_err(|e| e.to_string())?;
            http.check().and_then(|()| http.front())
        };
        assert_eq!(front("listen = '127.0.0.1:80'"), Ok(Front::Loopback));
        assert_eq!(front("listen = '[::1]:80'"), Ok(Front::Loopback));
        for listen in ["0.0.0.0:80", "[::]:80", "192.168.1.7:443", "[::ffff:127.0.0.1]:80"] {
            assert_eq!(front(&format!("listen = '{listen}'")), Ok(Front::Own), "{listen}");
        }
        assert_eq!(front("tls = 'own'"), Ok(Front::Own), "on loopback too, where it is asked for");
        let files = Front::Files { cert: "/c.pem".into(), key: "/k.pem".into() };
        assert_eq!(front("tls = 'files'\ncert = '/c.pem'\nkey = '/k.pem'"), Ok(files));
        let trusted = vec!["10.0.0.1".parse().unwrap(), "10.1.0.0/16".parse().unwrap()];
        assert_eq!(front("tls = 'proxy'\ntrusted = ['10.0.0.1', '10.1.0.0/16']"), Ok(Front::Proxy(trusted)));
        for (text, says) in [
            ("tls = 'off'", "tls"),
            ("tls = 'files'\ncert = '/c.pem'", "http.key"),
            ("cert = '/c.pem'\nkey = '/k.pem'", "files"),
            ("tls = 'proxy'", "http.trusted"),
            ("tls = 'proxy'\ntrusted = ['10.0.0.1', '::/0']", "everybody"),
            ("trusted = ['10.0.0.1']", "proxy"),
            ("tls = 'proxy'\ntrusted = ['everybody']", "everybody"),
            ("names = ['cam 7']", "cam 7"),
            ("names = ['10.0.0.1']", "10.0.0.1"),
        ] {
            let error = front(text).unwrap_err();
            assert!(error.contains(says), "{text}: {error}");
        }
    }
}
