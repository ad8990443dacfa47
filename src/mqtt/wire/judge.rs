//! Whether a broker's certificate is the right one, and what is wrong with it where it is not.

use crate::config::Fingerprint;
use jiff::Timestamp;
use parking_lot::Mutex;
use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{
    WebPkiSupportedAlgorithms, verify_tls12_signature, verify_tls13_signature, verify_tls13_signature_with_raw_key,
};
use rustls::pki_types::{CertificateDer, ServerName, SubjectPublicKeyInfoDer, UnixTime};
use rustls::{CertificateError, DigitallySignedStruct, Error, SignatureScheme};
use sha2::{Digest, Sha256};
use std::net::IpAddr;
use std::sync::Arc;
use x509_parser::extensions::GeneralName;
use x509_parser::prelude::{FromDer, X509Certificate, X509Version};
use x509_parser::public_key::PublicKey;

/// Bits of an RSA key, at least.
const RSA_BITS: usize = 2048;
/// Signatures with broken hashes: with RSA, and with ECDSA.
const BROKEN: [(&str, &str); 3] =
    [("1.2.840.113549.1.1.4", "MD5"), ("1.2.840.113549.1.1.5", "SHA-1"), ("1.2.840.10045.4.1", "SHA-1")];

/// By what a broker's certificate is judged.
#[derive(Debug)]
pub enum Rule {
    /// An authority that is trusted vouches for it and its name. With words for those authorities.
    Vouched(Arc<WebPkiServerVerifier>, String),
    /// It is this one, whatever it says of itself.
    This(Fingerprint),
}

/// Judges a broker's certificate, and remembers what was wrong with it.
#[derive(Debug)]
pub struct Judge {
    rule: Rule,
    algorithms: WebPkiSupportedAlgorithms,
    verdict: Mutex<Option<String>>,
}

impl Judge {
    pub fn new(rule: Rule) -> Self {
        let algorithms = rustls::crypto::ring::default_provider().signature_verification_algorithms;
        Self { rule, algorithms, verdict: Mutex::new(None) }
    }

    /// What was wrong with the certificate that came last.
    pub fn verdict(&self) -> Option<String> {
        self.verdict.lock().clone()
    }

    fn judge(
        &self,
        certificate: &CertificateDer<'_>,
        between: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        now: UnixTime,
    ) -> Result<(), (Error, String)> {
        match &self.rule {
            Rule::This(wanted) if fingerprint(certificate) == *wanted => Ok(()),
            Rule::This(wanted) => {
                let (has, refused) = (fingerprint(certificate), CertificateError::ApplicationVerificationFailure);
                let words = format!(
                    "the broker shows another certificate than mqtt.fingerprint names: its fingerprint is {has}, and {wanted} is \
                     set. If the broker's certificate was renewed, set the new one; else somebody may be in between"
                );
                Err((refused.into(), words))
            }
            Rule::Vouched(chain, authorities) => {
                let verified = chain.verify_server_cert(certificate, between, name, &[], now);
                verified.map(drop).map_err(|error| {
                    let words = faults(&error, certificate, name, now, authorities);
                    (error, words)
                })
            }
        }
    }
}

impl Judge {
    /// The certificate would be accepted, and the broker can't prove that it is its own.
    fn unproven(&self, error: &Error, certificate: &CertificateDer<'_>) {
        let parsed = X509Certificate::from_der(certificate).ok().map(|(_, parsed)| parsed);
        let weak = parsed.as_ref().map(weak).unwrap_or_default();
        let old = parsed.is_some_and(|parsed| parsed.version() != X509Version::V3);
        let why = match (weak.is_empty(), old) {
            (false, _) => weak.join("; and "),
            (_, true) => "it is of version 1, which only goes with TLS 1.3: bring the broker up to date, or make one of version 3".to_owned(),
            _ => error.to_string(),
        };
        *self.verdict.lock() = Some(format!("the broker's certificate can't be used: {why}"));
    }
}

impl ServerCertVerifier for Judge {
    fn verify_server_cert(
        &self,
        certificate: &CertificateDer<'_>,
        between: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        _ocsp: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        self.judge(certificate, between, name, now).map(|()| ServerCertVerified::assertion()).map_err(
            |(error, words)| {
                *self.verdict.lock() = Some(words);
                error
            },
        )
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let proven = verify_tls12_signature(message, certificate, signed, &self.algorithms);
        proven.inspect_err(|error| self.unproven(error, certificate))
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let proven = match (&self.rule, X509Certificate::from_der(certificate)) {
            // A certificate of version 1 may be the one that is named; its key is in there all the same.
            (Rule::This(_), Ok((_, parsed))) => {
                let key = SubjectPublicKeyInfoDer::from(parsed.tbs_certificate.subject_pki.raw);
                verify_tls13_signature_with_raw_key(message, &key, signed, &self.algorithms)
            }
            _ => verify_tls13_signature(message, certificate, signed, &self.algorithms),
        };
        proven.inspect_err(|error| self.unproven(error, certificate))
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.algorithms.supported_schemes()
    }
}

fn fingerprint(certificate: &CertificateDer<'_>) -> Fingerprint {
    Fingerprint(Sha256::digest(certificate).into())
}

/// All that is wrong with it, in words.
fn faults(
    error: &Error,
    certificate: &CertificateDer<'_>,
    name: &ServerName<'_>,
    now: UnixTime,
    authorities: &str,
) -> String {
    let Ok((_, parsed)) = X509Certificate::from_der(certificate) else {
        return format!("the broker's certificate can't be read ({error})");
    };
    let mut faults = Vec::new();
    let seconds = i64::try_from(now.as_secs()).unwrap_or(i64::MAX);
    let (from, until) = (parsed.validity().not_before.timestamp(), parsed.validity().not_after.timestamp());
    if seconds < from {
        faults.push(format!(
            "it is valid from {} on, and the clock of this device says {}: set the clock, or wait",
            day(from),
            day(seconds)
        ));
    }
    if seconds > until {
        faults.push(format!(
            "it was valid until {}, and the clock of this device says {}: renew it on the broker",
            day(until),
            day(seconds)
        ));
    }
    let own = parsed.issuer() == parsed.subject();
    let of_old = parsed.version() != X509Version::V3;
    if of_old {
        faults.push(
            "it is of version 1, which has no room for the names of the broker: make one of version 3 (openssl x509 -req with \
             -extfile, where subjectAltName stands)"
                .to_owned(),
        );
    }
    faults.extend(weak(&parsed));
    let untrusted = matches!(error, Error::InvalidCertificate(CertificateError::UnknownIssuer));
    if own {
        faults.push("nobody vouches for it but itself (it is self-signed)".to_owned());
    } else if untrusted {
        faults.push(format!("`{}` vouches for it, which is none of {authorities}", parsed.issuer()));
    }
    let names = names(&parsed);
    let fits = rustls::server::ParsedCertificate::try_from(certificate)
        .is_ok_and(|parsed| rustls::client::verify_server_name(&parsed, name).is_ok());
    if !fits && !of_old {
        let wanted = name.to_str();
        faults.push(match names.is_empty() {
            true => format!(
                "it has no names (subjectAltName), and the common name does not count: make one for `{wanted}`, as mqtt.broker \
                 calls the broker"
            ),
            false => format!(
                "it is for {}, and not for `{wanted}`, as mqtt.broker calls the broker: write one of its names there, or make \
                 a certificate with that name",
                names.join(", ")
            ),
        });
    }
    if faults.is_empty() {
        faults.push(error.to_string());
    }
    let faults = faults.join("; and ");
    let this = format!("mqtt.fingerprint to the SHA-256 fingerprint of this one, {}", fingerprint(certificate));
    let otherwise = match (own, untrusted, fits) {
        (true, ..) => format!(". If it is your broker's, set {this}"),
        (_, true, _) => {
            format!(". Set mqtt.ca to the authority that vouches for it; or, if it is your broker's, {this}")
        }
        (.., false) => format!(". Or, if it is your broker's all the same, set {this}"),
        (.., true) => String::new(),
    };
    format!("the broker's certificate is not accepted: {faults}{otherwise}")
}

/// What of its key and its signature is not secure any more.
fn weak(parsed: &X509Certificate<'_>) -> Vec<String> {
    let mut weak = Vec::new();
    if let Ok(PublicKey::RSA(key)) = parsed.public_key().parsed()
        && key.key_size() < RSA_BITS
    {
        let bits = key.key_size();
        weak.push(format!("its key of {bits} bits is too short: make one of {RSA_BITS}"));
    }
    let by = parsed.signature_algorithm.algorithm.to_id_string();
    if let Some((_, name)) = BROKEN.iter().find(|(id, _)| *id == by) {
        weak.push(format!(
            "it is signed with {name}, which is not secure any more: sign it with SHA-256 (openssl: -sha256)"
        ));
    }
    weak
}

fn day(seconds: i64) -> String {
    Timestamp::from_second(seconds).map_or_else(|_| "a day out of reach".to_owned(), |time| time.to_string())
}

/// The names that it has.
fn names(parsed: &X509Certificate<'_>) -> Vec<String> {
    let Ok(Some(found)) = parsed.subject_alternative_name() else { return Vec::new() };
    let names = found.value.general_names.iter().filter_map(|name| match name {
        GeneralName::DNSName(name) => Some(format!("`{name}`")),
        GeneralName::IPAddress(bytes) => {
            let address = <[u8; 4]>::try_from(*bytes).map(IpAddr::from).ok();
            let address = address.or_else(|| <[u8; 16]>::try_from(*bytes).map(IpAddr::from).ok())?;
            Some(format!("`{address}`"))
        }
        _ => None,
    });
    names.take(10).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use rustls::RootCertStore;
    use std::process::Command;

    /// As guides of ten years ago made it.
    fn old(dir: &std::path::Path) -> CertificateDer<'static> {
        let made = Command::new("openssl")
            .args(["req", "-x509", "-newkey", "rsa:1024", "-nodes", "-sha1", "-days", "2", "-subj", "/CN=localhost"])
            .args(["-addext", "subjectAltName=DNS:localhost", "-outform", "der", "-keyout", "key", "-out", "cert"])
            .current_dir(dir)
            .output();
        assert!(made.expect("openssl is missing: run `make test`, which installs it").status.success());
        std::fs::read(dir.join("cert")).unwrap().into()
    }

    #[test]
    fn all_that_is_wrong_is_told_together() {
        let dir = tempfile::tempdir().unwrap();
        let certificate = old(dir.path());
        let mut roots = RootCertStore::empty();
        let authority = rcgen::CertificateParams::new([]).unwrap().self_signed(&rcgen::KeyPair::generate().unwrap());
        roots.add(authority.unwrap().der().clone()).unwrap();
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let chain = WebPkiServerVerifier::builder_with_provider(Arc::new(roots), provider).build().unwrap();
        let judge = Judge::new(Rule::Vouched(chain, "those in mqtt.ca".into()));
        let name = ServerName::try_from("broker.lan").unwrap();
        let now = UnixTime::since_unix_epoch(std::time::Duration::from_secs(60));
        assert!(judge.verify_server_cert(&certificate, &[], &name, &[], now).is_err());
        let said = judge.verdict().unwrap();
        for words in ["valid from", "1970-01-01", "self-signed", "1024 bits", "SHA-1", "not for `broker.lan`"] {
            assert!(said.contains(words), "{words}: {said}");
        }
        // The very one is accepted, and what it can't prove is told.
        let judge = Judge::new(Rule::This(fingerprint(&certificate)));
        judge.verify_server_cert(&certificate, &[], &name, &[], now).unwrap();
        judge.unproven(&Error::General("no".into()), &certificate);
        assert!(judge.verdict().unwrap().contains("1024 bits"));
    }
}
