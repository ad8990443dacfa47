//! Certificates as hobby guides make them.

use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair, PKCS_ECDSA_P256_SHA256, SigningKey};
use rustls::crypto::ring::sign::any_supported_type;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::sign::{CertifiedKey, SingleCertAndKey};
use sha2::{Digest, Sha256};
use std::sync::Arc;
use std::time::{Duration, SystemTime};
use tokio_rustls::TlsAcceptor;
use x509_parser::prelude::{FromDer, X509Certificate, X509Version};

/// An authority, and what vouches for brokers.
pub struct Authority {
    issuer: Issuer<'static, KeyPair>,
    pub pem: String,
}

/// A broker's certificate with its key.
pub struct Shown {
    pub der: CertificateDer<'static>,
    pub pem: String,
    pub key: KeyPair,
}

fn key() -> KeyPair {
    KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).unwrap()
}

fn pem(der: &[u8]) -> String {
    pem::encode(&pem::Pem::new("CERTIFICATE", der.to_vec()))
}

/// Of a broker with these names, valid for a day.
pub fn params(names: &[&str]) -> CertificateParams {
    let mut params = CertificateParams::new(names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>()).unwrap();
    params.distinguished_name = rcgen::DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, "localhost");
    let now = SystemTime::now();
    (params.not_before, params.not_after) =
        ((now - Duration::from_secs(3600)).into(), (now + Duration::from_secs(86_400)).into());
    params
}

impl Authority {
    pub fn new(name: &str) -> Self {
        let mut params = params(&[]);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.distinguished_name.push(DnType::CommonName, name);
        let key = key();
        let certificate = params.self_signed(&key).unwrap();
        Self { issuer: Issuer::new(params, key), pem: certificate.pem() }
    }

    pub fn signs(&self, params: &CertificateParams) -> Shown {
        let key = key();
        let certificate = params.signed_by(&key, &self.issuer).unwrap();
        Shown { der: certificate.der().clone(), pem: certificate.pem(), key }
    }

    /// Of version 1: without a version, and without extensions, in which the names would stand.
    pub fn signs_version_1(&self) -> Shown {
        let of_now = self.signs(&params(&["localhost"]));
        let (_, parsed) = X509Certificate::from_der(&of_now.der).unwrap();
        let tbs = &parsed.tbs_certificate;
        // ecdsa-with-SHA256.
        let algorithm = [0x30, 10, 6, 8, 0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 3, 2];
        let validity = seq(&[&time(b"250101000000Z"), &time(b"450101000000Z")]);
        let serial = [2, 1, 7];
        let body =
            seq(&[&serial, &algorithm, tbs.issuer.as_raw(), &validity, tbs.subject.as_raw(), tbs.subject_pki.raw]);
        let signature = self.issuer.key().sign(&body).unwrap();
        let bits = [&[3, signature.len() as u8 + 1, 0][..], &signature].concat();
        let der = CertificateDer::from(seq(&[&body, &algorithm, &bits]));
        let (_, made) = X509Certificate::from_der(&der).unwrap();
        assert_eq!(made.version(), X509Version::V1);
        Shown { pem: pem(&der), der: der.clone(), key: of_now.key }
    }
}

fn time(text: &[u8]) -> Vec<u8> {
    [&[0x17, text.len() as u8], text].concat()
}

fn seq(parts: &[&[u8]]) -> Vec<u8> {
    let body = parts.concat();
    let [high, low] = (body.len() as u16).to_be_bytes();
    let header: &[u8] = match body.len() {
        0..128 => &[0x30, low],
        128..256 => &[0x30, 0x81, low],
        _ => &[0x30, 0x82, high, low],
    };
    [header, &body].concat()
}

/// One for which nobody vouches but itself.
pub fn own(params: &CertificateParams) -> Shown {
    let key = key();
    let certificate = params.self_signed(&key).unwrap();
    Shown { der: certificate.der().clone(), pem: certificate.pem(), key }
}

impl Shown {
    /// As openssl prints it.
    pub fn fingerprint(&self) -> String {
        let bytes: Vec<String> = Sha256::digest(&self.der).iter().map(|byte| format!("{byte:02X}")).collect();
        bytes.join(":")
    }

    /// A server that shows it, whatever is wrong with it.
    pub fn acceptor(&self) -> TlsAcceptor {
        let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(self.key.serialize_der()));
        let shown = CertifiedKey::new(vec![self.der.clone()], any_supported_type(&key).unwrap());
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = rustls::ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_cert_resolver(Arc::new(SingleCertAndKey::from(shown)));
        TlsAcceptor::from(Arc::new(config))
    }
}
