//! TLS towards the broker: rustls with ring, from PEM files.

use anyhow::{Context, Result, bail};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ClientConfig, RootCertStore};
use std::path::Path;
use std::sync::Arc;

/// Trusts the authorities in `ca`, or the system's without it; shows `cert` with `key` where the broker asks. Errors
/// name the configuration key and the file.
pub fn client_config(ca: Option<&Path>, cert: Option<&Path>, key: Option<&Path>) -> Result<ClientConfig> {
    let roots = match ca {
        Some(path) => trusted("mqtt.ca", path)?,
        None => of_the_system()?,
    };
    let builder = ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()?
        .with_root_certificates(roots);
    match (cert, key) {
        (None, None) => Ok(builder.with_no_client_auth()),
        (Some(cert), Some(key)) => {
            let chain = certificates("mqtt.cert", cert)?;
            let private = PrivateKeyDer::from_pem_file(key)
                .with_context(|| format!("mqtt.key: no private key (PEM) in {}", key.display()))?;
            builder.with_client_auth_cert(chain, private).context("mqtt.cert and mqtt.key do not go together")
        }
        _ => bail!("mqtt.cert and mqtt.key go together: set both or none"),
    }
}

/// The authorities in a file.
fn trusted(key: &str, path: &Path) -> Result<RootCertStore> {
    let mut roots = RootCertStore::empty();
    let (added, _) = roots.add_parsable_certificates(certificates(key, path)?);
    if added == 0 {
        bail!("{key}: no usable certificate in {}", path.display());
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
             mqtt.ca to the broker's CA certificate (PEM)"
        );
    }
    Ok(roots)
}

fn certificates(key: &str, path: &Path) -> Result<Vec<CertificateDer<'static>>> {
    let certificates: Vec<_> = CertificateDer::pem_file_iter(path)
        .and_then(Iterator::collect)
        .with_context(|| format!("{key}: can't read {} as PEM", path.display()))?;
    if certificates.is_empty() {
        bail!("{key}: no certificate (PEM) in {}", path.display());
    }
    Ok(certificates)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_name_the_key_and_the_file() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let error = client_config(Some(file.path()), None, None).unwrap_err().to_string();
        assert!(error.contains("mqtt.ca") && error.contains(file.path().to_str().unwrap()), "{error}");
        let error = client_config(Some(Path::new("/no/such.pem")), None, None).unwrap_err().to_string();
        assert!(error.contains("mqtt.ca") && error.contains("/no/such.pem"), "{error}");
    }
}
