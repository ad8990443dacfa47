//! How the device is reached, as the door and the pairing need it.

use super::certificates::Certificates;
use super::names::{Names, local_name};
use crate::config::{Config, Front};
use crate::store::Store;
use anyhow::Result;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// Handle; clones share it.
#[derive(Clone, Debug)]
pub struct Reach(Arc<Place>);

#[derive(Debug)]
struct Place {
    front: Front,
    /// Where the door listens, its port known.
    listen: SocketAddr,
    device: String,
    names: Vec<String>,
    certificates: Option<Arc<Certificates>>,
    /// Whether the device's local name leads here.
    announced: AtomicBool,
}

impl Reach {
    /// Makes or reads certificates where the door needs them. Blocks.
    pub fn open(config: &Config, listen: SocketAddr, store: &Store) -> Result<Self> {
        let (device, names) = (config.device.id.clone(), config.http.names.clone());
        let front = config.http.front().map_err(anyhow::Error::msg)?;
        let certificates = match &front {
            Front::Own => Some(Certificates::own(store.clone(), &device, &names, listen)?),
            Front::Files { cert, key } => Some(Certificates::files(cert.clone(), key.clone())?),
            Front::Loopback | Front::Proxy(_) => None,
        };
        let (certificates, announced) = (certificates.map(Arc::new), AtomicBool::new(false));
        Ok(Self(Arc::new(Place { front, listen, device, names, certificates, announced })))
    }

    pub fn front(&self) -> &Front {
        &self.0.front
    }

    pub fn device(&self) -> &str {
        &self.0.device
    }

    pub fn listen(&self) -> SocketAddr {
        self.0.listen
    }

    pub fn certificates(&self) -> Option<&Arc<Certificates>> {
        self.0.certificates.as_ref()
    }

    /// SHA-256 of the device's own authority, where it has one.
    pub fn fingerprint(&self) -> Option<String> {
        Some(self.0.certificates.as_ref()?.authority()?.fingerprint())
    }

    /// The certificate of the device's own authority (DER).
    pub fn authority(&self) -> Option<Vec<u8>> {
        Some(self.0.certificates.as_ref()?.authority()?.certificate.to_vec())
    }

    /// Whether the device's local name leads here.
    pub fn set_announced(&self, announced: bool) {
        self.0.announced.store(announced, Ordering::Relaxed);
    }

    /// Addresses of the page, the best one first, with a `/` at their end. None on loopback, where nobody else comes.
    pub fn pages(&self) -> Vec<String> {
        let Place { front, listen, device, names, announced, .. } = &*self.0;
        let mut hosts = names.clone();
        let port = match front {
            Front::Loopback => return Vec::new(),
            // Its port is not ours.
            Front::Proxy(_) => 443,
            Front::Own | Front::Files { .. } => {
                if announced.load(Ordering::Relaxed) {
                    hosts.insert(0, local_name(device));
                }
                let mut addresses = Names::now(device, names, *listen).addresses;
                if addresses.iter().any(|address| !address.is_loopback()) {
                    addresses.retain(|address| !address.is_loopback());
                }
                hosts.extend(addresses.iter().map(written));
                listen.port()
            }
        };
        let port = if port == 443 { String::new() } else { format!(":{port}") };
        hosts.iter().map(|host| format!("https://{host}{port}/")).collect()
    }
}

/// As in a URL.
fn written(address: &IpAddr) -> String {
    if address.is_ipv6() { format!("[{address}]") } else { address.to_string() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::Options;

    fn pages(text: &str, listen: &str, announced: bool) -> Vec<String> {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(Options { dir: dir.path().to_owned(), budget: 50_000_000, reserve: 0 }).unwrap();
        let mut config: Config = toml::from_str(&format!("[device]\nid = 'cam-7'\n[http]\n{text}")).unwrap();
        config.http.listen = listen.parse().unwrap();
        let reach = Reach::open(&config, config.http.listen, &store).unwrap();
        reach.set_announced(announced);
        reach.pages()
    }

    #[test]
    fn the_page_is_shown_by_name_where_the_name_is_known() {
        assert_eq!(pages("", "192.168.1.7:8080", false), ["https://192.168.1.7:8080/"]);
        assert_eq!(
            pages("names = ['cam.example']", "192.168.1.7:443", true),
            ["https://cam-7.local/", "https://cam.example/", "https://192.168.1.7/"]
        );
        assert_eq!(pages("", "[fd00::7]:443", false), ["https://[fd00::7]/"]);
        assert_eq!(pages("", "127.0.0.1:80", true), Vec::<String>::new());
        assert_eq!(pages("tls = 'own'", "127.0.0.1:8443", false)[0], "https://127.0.0.1:8443/");
        let proxy = "tls = 'proxy'\ntrusted = ['10.0.0.1']\nnames = ['cam.example']";
        assert_eq!(pages(proxy, "10.0.0.2:8080", true), ["https://cam.example/"]);
    }
}
