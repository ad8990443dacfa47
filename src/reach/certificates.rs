//! What TLS answers with: a certificate of the device's own authority, or one from files; kept up to date.

use super::authority::Authority;
use super::leaf::{Leaf, earliest};
use super::names::Names;
use crate::files;
use crate::store::Store;
use anyhow::{Context, Result};
use arc_swap::ArcSwap;
use parking_lot::Mutex;
use rustls::ServerConfig;
use rustls::crypto::ring;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use time::OffsetDateTime;
use x509_parser::prelude::{FromDer, X509Certificate};

const AUTHORITY: &str = "authority.pem";
const SERVER: &str = "server.pem";

/// The certificate of now.
#[derive(Debug)]
pub struct Certificates {
    current: ArcSwap<CertifiedKey>,
    source: Source,
}

#[derive(Debug)]
enum Source {
    Own(Box<Own>),
    Files(Files),
}

/// Under the device's own authority.
struct Own {
    store: Store,
    authority: Authority,
    device: String,
    more: Vec<String>,
    listen: SocketAddr,
    leaf: Mutex<Leaf>,
}

#[derive(Debug)]
struct Files {
    cert: PathBuf,
    key: PathBuf,
    /// What was read last.
    seen: Mutex<(Vec<u8>, Vec<u8>)>,
}

impl std::fmt::Debug for Own {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Own").field("device", &self.device).finish_non_exhaustive()
    }
}

impl Certificates {
    /// Under the device's own authority, which is made where there is none. `more`: names beside its own. Blocks.
    pub fn own(store: Store, device: &str, more: &[String], listen: SocketAddr) -> Result<Self> {
        let names = Names::now(device, more, listen);
        let authority = match stored(&store, AUTHORITY, Authority::from_pem)? {
            Some(authority) => authority,
            None => {
                let authority = Authority::make(device, &names)?;
                store.put_key(AUTHORITY, authority.to_pem().as_bytes())?;
                tracing::info!(fingerprint = authority.fingerprint(), "made the device's authority");
                authority
            }
        };
        let may = authority.may_name(&names)?;
        warn_of_others(&names, &may);
        let now = OffsetDateTime::now_utc();
        let leaf = match stored(&store, SERVER, Leaf::from_pem)? {
            Some(leaf) if leaf.fits(&authority, &may, now) => leaf,
            old => made(&store, &authority, &may, now, old.as_ref())?,
        };
        let current = ArcSwap::from_pointee(certified(leaf.chain.clone(), leaf.key.clone_key())?);
        let (device, more) = (device.to_owned(), more.to_vec());
        let own = Own { store, authority, device, more, listen, leaf: Mutex::new(leaf) };
        Ok(Self { current, source: Source::Own(Box::new(own)) })
    }

    /// From PEM files. Errors name the configuration key and the file.
    pub fn files(cert: PathBuf, key: PathBuf) -> Result<Self> {
        let files = Files { cert, key, seen: Mutex::default() };
        let seen = files.read()?;
        let first = files.certified(&seen)?;
        if has_expired(&first) {
            tracing::error!("http.cert: the certificate in {} has expired; browsers refuse it", files.cert.display());
        }
        let current = ArcSwap::from_pointee(first);
        *files.seen.lock() = seen;
        Ok(Self { current, source: Source::Files(files) })
    }

    /// Makes it anew where names changed or its time runs out; reads files that changed. Whether there is another one
    /// now. After an error the one before goes on. Blocks.
    pub fn renew(&self) -> Result<bool> {
        let next = match &self.source {
            Source::Own(own) => own.renewed(OffsetDateTime::now_utc())?,
            Source::Files(files) => files.changed()?,
        };
        let changed = next.is_some();
        next.into_iter().for_each(|key| self.current.store(Arc::new(key)));
        Ok(changed)
    }

    /// The device's own authority, where the certificate is under it.
    pub fn authority(&self) -> Option<&Authority> {
        match &self.source {
            Source::Own(own) => Some(&own.authority),
            Source::Files(_) => None,
        }
    }

    /// TLS 1.2 and 1.3 with these certificates, HTTP/2 and 1.1.
    pub fn server_config(self: &Arc<Self>) -> Result<ServerConfig> {
        let mut config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()?
            .with_no_client_auth()
            .with_cert_resolver(Arc::clone(self) as Arc<dyn ResolvesServerCert>);
        config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        Ok(config)
    }
}

impl ResolvesServerCert for Certificates {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(self.current.load_full())
    }
}

impl Own {
    fn renewed(&self, now: OffsetDateTime) -> Result<Option<CertifiedKey>> {
        let names = self.authority.may_name(&Names::now(&self.device, &self.more, self.listen))?;
        let mut leaf = self.leaf.lock();
        if leaf.fits(&self.authority, &names, now) {
            return Ok(None);
        }
        *leaf = made(&self.store, &self.authority, &names, now, Some(&leaf))?;
        certified(leaf.chain.clone(), leaf.key.clone_key()).map(Some)
    }
}

impl Files {
    fn read(&self) -> Result<(Vec<u8>, Vec<u8>)> {
        let read = |name: &str, path: &PathBuf| {
            files::read(path, files::PEM).with_context(|| format!("{name}: {} can't be read", path.display()))
        };
        Ok((read("http.cert", &self.cert)?, read("http.key", &self.key)?))
    }

    fn certified(&self, (cert, key): &(Vec<u8>, Vec<u8>)) -> Result<CertifiedKey> {
        let chain: Vec<_> = CertificateDer::pem_slice_iter(cert)
            .collect::<Result<_, _>>()
            .with_context(|| format!("http.cert: {} is no PEM file", self.cert.display()))?;
        let key = PrivateKeyDer::from_pem_slice(key)
            .with_context(|| format!("http.key: no private key (PEM) in {}", self.key.display()))?;
        anyhow::ensure!(!chain.is_empty(), "http.cert: no certificate (PEM) in {}", self.cert.display());
        certified(chain, key).context("http.cert and http.key do not go together")
    }

    fn changed(&self) -> Result<Option<CertifiedKey>> {
        let now = self.read()?;
        let mut seen = self.seen.lock();
        if *seen == now {
            return Ok(None);
        }
        // Half of a pair may have been replaced: then this fails, and is tried again.
        let key = self.certified(&now)?;
        if has_expired(&key) {
            anyhow::bail!("http.cert: the new certificate in {} has expired", self.cert.display());
        }
        *seen = now;
        tracing::info!(cert = %self.cert.display(), "the certificate changed");
        Ok(Some(key))
    }
}

/// What the store keeps under this name; where that is no use, it is kept aside, and told.
fn stored<T>(store: &Store, name: &str, read: impl Fn(&[u8]) -> Result<T>) -> Result<Option<T>> {
    let Some(bytes) = store.key(name)? else { return Ok(None) };
    match read(&bytes) {
        Ok(found) => Ok(Some(found)),
        Err(error) => {
            tracing::error!("keys/{name} is no use, so a new one is made: {error:#}");
            store.set_key_aside(name)?;
            Ok(None)
        }
    }
}

fn made(store: &Store, authority: &Authority, names: &Names, now: OffsetDateTime, old: Option<&Leaf>) -> Result<Leaf> {
    let leaf = Leaf::make(authority, names, now, old)?;
    store.put_key(SERVER, leaf.to_pem().as_bytes())?;
    tracing::info!(hosts = names.hosts.join(", "), addresses = ?names.addresses, "made the device's certificate");
    Ok(leaf)
}

fn certified(chain: Vec<CertificateDer<'static>>, key: PrivateKeyDer<'static>) -> Result<CertifiedKey> {
    Ok(CertifiedKey::from_der(chain, key, &ring::default_provider())?)
}

/// Whether its time is over, as far as the clock can be believed.
fn has_expired(key: &CertifiedKey) -> bool {
    let until = key.cert.first().and_then(|der| {
        let (_, parsed) = X509Certificate::from_der(der).ok()?;
        Some(parsed.validity().not_after.to_datetime())
    });
    let now = OffsetDateTime::now_utc();
    now >= earliest() && until.is_some_and(|until| until < now)
}

/// Names that the authority, made earlier, may not vouch for.
fn warn_of_others(names: &Names, may: &Names) {
    let hosts = names.hosts.iter().filter(|host| !may.hosts.contains(host)).cloned();
    let addresses = names.addresses.iter().filter(|a| !may.addresses.contains(a)).map(ToString::to_string);
    let others: Vec<String> = hosts.chain(addresses).collect();
    if !others.is_empty() {
        tracing::warn!(
            "the device's authority may not vouch for {}; a browser warns there. For a new authority, which every phone \
             has to install again, remove keys/{AUTHORITY} and restart",
            others.join(", ")
        );
    }
}

#[cfg(test)]
#[path = "certificates_tests.rs"]
mod tests;
