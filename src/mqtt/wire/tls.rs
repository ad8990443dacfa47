//! TLS towards the broker: rustls with ring, from PEM files.

use super::judge::{Judge, Rule};
use crate::files;
use crate::mqtt::account::Account;
use anyhow::{Context, Result, bail, ensure};
use rustls::client::WebPkiServerVerifier;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ClientConfig, RootCertStore};
use std::path::Path;
use std::sync::Arc;

/// TLS as the configuration wants it.
pub struct Secured {
    pub config: Arc<ClientConfig>,
    pub judge: Arc<Judge>,
}

impl Secured {
    /// From the files as they are now: trusts the one certificate that `mqtt.fingerprint` names, else the authorities in
    /// `mqtt.ca`, or the system's without it; shows `mqtt.cert` where the broker asks. `None`: the address has no TLS.
    /// Errors name the configuration key and the file.
    pub fn of(account: &Account) -> Result<Option<Self>> {
        if !account.address.tls {
            ensure!(
                account.fingerprint.is_none(),
                "mqtt.fingerprint is set, and mqtt.broker is without TLS, where nothing has a certificate: write mqtts:// there"
            );
            return Ok(None);
        }
        let judge = Arc::new(Judge::new(rule(account)?));
        let builder = ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
            .with_safe_default_protocol_versions()?
            .dangerous()
            .with_custom_certificate_verifier(Arc::clone(&judge) as _);
        let config = match (&account.cert, &account.key) {
            (None, None) => builder.with_no_client_auth(),
            (Some(cert), Some(key)) => {
                let chain = certificates("mqtt.cert", cert)?;
                let private = PrivateKeyDer::from_pem_file(key)
                    .with_context(|| format!("mqtt.key: no private key (PEM) in {}", key.display()))?;
                builder.with_client_auth_cert(chain, private).context("mqtt.cert and mqtt.key do not go together")?
            }
            _ => bail!("mqtt.cert and mqtt.key go together: set both or none"),
        };
        Ok(Some(Self { config: Arc::new(config), judge }))
    }
}

fn rule(account: &Account) -> Result<Rule> {
    if let Some(fingerprint) = account.fingerprint {
        return Ok(Rule::This(fingerprint));
    }
    let (roots, authorities) = match &account.ca {
        Some(path) => (trusted(path)?, format!("the authorities in mqtt.ca ({})", path.display())),
        None => (of_the_system()?, "the authorities that this device trusts".to_owned()),
    };
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    Ok(Rule::Vouched(WebPkiServerVerifier::builder_with_provider(Arc::new(roots), provider).build()?, authorities))
}

/// The authorities in a file.
fn trusted(path: &Path) -> Result<RootCertStore> {
    let mut roots = RootCertStore::empty();
    let (added, _) = roots.add_parsable_certificates(certificates("mqtt.ca", path)?);
    if added == 0 {
        bail!("mqtt.ca: no usable certificate in {}", path.display());
    }
    Ok(roots)
}

/// The authorities that the system trusts, or those that `SSL_CERT_FILE` and `SSL_CERT_DIR` name.
fn of_the_system() -> Result<RootCertStore> {
    let found = rustls_native_certs::load_native_certs();
    for error in &found.errors {
        tracing::warn!(%error, "some of the system's trusted authorities can't be read");
    }
    let mut roots = RootCertStore::empty();
    let (added, _) = roots.add_parsable_certificates(found.certs);
    if added == 0 {
        bail!(
            "found no trusted authorities of the system (on Debian: the package ca-certificates); install them, or set \
             mqtt.ca to the broker's CA certificate (PEM), or mqtt.fingerprint to the broker's own"
        );
    }
    Ok(roots)
}

fn certificates(key: &str, path: &Path) -> Result<Vec<CertificateDer<'static>>> {
    let shown = path.display();
    let bytes = files::read(path, files::PEM).with_context(|| format!("{key}: can't read {shown}"))?;
    ensure!(!bytes.trim_ascii().is_empty(), "{key}: {shown} is empty; copy the certificate (PEM) into it");
    // What is in DER begins so.
    if matches!(bytes[..], [0x30, 0x80..=0x84, ..]) {
        bail!("{key}: {shown} is in DER; turn it into PEM: openssl x509 -inform der -in FILE -out FILE.pem");
    }
    let certificates: Vec<_> = CertificateDer::pem_slice_iter(&bytes)
        .collect::<Result<_, _>>()
        .with_context(|| format!("{key}: can't read {shown} as PEM; copy the file anew"))?;
    if certificates.is_empty() {
        let holds = match String::from_utf8_lossy(&bytes).contains("PRIVATE KEY") {
            true => "a private key, and no certificate",
            false => "no certificate (PEM)",
        };
        bail!("{key}: {shown} holds {holds}; take the file that begins with -----BEGIN CERTIFICATE-----");
    }
    Ok(certificates)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mqtt::account::Address;

    fn error(change: impl Fn(&mut Account)) -> String {
        let address = Address { host: "localhost".into(), port: 8883, tls: true };
        let mut account = Account::anonymous(address);
        change(&mut account);
        Secured::of(&account).err().unwrap().to_string()
    }

    #[test]
    fn errors_name_the_key_the_file_and_what_it_holds() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let path = file.path().to_owned();
        let said = |bytes: &[u8]| {
            std::fs::write(&path, bytes).unwrap();
            let error = error(|account| account.ca = Some(path.clone()));
            assert!(error.contains("mqtt.ca") && error.contains(path.to_str().unwrap()), "{error}");
            error
        };
        assert!(said(b"").contains("is empty") && said(b"\n \n").contains("is empty"));
        assert!(said(&[0x30, 0x82, 1, 0]).contains("-inform der"));
        assert!(said(b"hello").contains("no certificate"));
        let key = rcgen::KeyPair::generate().unwrap().serialize_pem();
        assert!(said(key.as_bytes()).contains("a private key"));
        let broken = "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n";
        assert!(said(broken.as_bytes()).contains("usable"));
        let missing = error(|account| account.ca = Some("/no/such.pem".into()));
        assert!(missing.contains("mqtt.ca") && missing.contains("/no/such.pem"), "{missing}");
        let alone = error(|account| {
            account.fingerprint = Some(crate::config::Fingerprint([0; 32]));
            account.cert = Some(path.clone());
        });
        assert!(alone.contains("mqtt.key"), "{alone}");
    }

    #[test]
    fn a_fingerprint_without_tls_is_told() {
        let error = error(|account| {
            account.address.tls = false;
            account.fingerprint = Some(crate::config::Fingerprint([0; 32]));
        });
        assert!(error.contains("mqtts://"), "{error}");
    }
}
