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
        verify_tls12_signature(message, certificate, signed, &self.algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        match (&self.rule, X509Certificate::from_der(certificate)) {
            // A certificate of version 1 may be the one that is named; its key is in there all the same.
            (Rule::This(_), Ok((_, parsed))) => {
                let key = SubjectPublicKeyInfoDer::from(parsed.tbs_certificate.subject_pki.raw);
                verify_tls13_signature_with_raw_key(message, &key, signed, &self.algorithms)
            }
            _ => verify_tls13_signature(message, certificate, signed, &self.algorithms),
        }
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
