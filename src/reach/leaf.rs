//! A certificate under the device's authority: what it names, and how long it lasts.

use super::authority::{Authority, pem};
use super::names::Names;
use crate::clock::EARLIEST;
use anyhow::{Context, Result};
use rcgen::{
    CertificateParams, DnType, DnValue, ExtendedKeyUsagePurpose, KeyPair, KeyUsagePurpose, PKCS_ECDSA_P256_SHA256,
    SanType,
};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use std::net::IpAddr;
use time::{Duration, OffsetDateTime};
use x509_parser::extensions::GeneralName;
use x509_parser::prelude::{FromDer, X509Certificate};

/// How long it lasts: Apple's devices refuse more than 825 days.
const LASTS: Duration = Duration::days(800);
/// It begins so long before now: the phone's clock may be behind, and so may the device's.
const BEFORE: Duration = Duration::days(30);
/// It is made anew when it has less left.
const LEFT: Duration = Duration::days(60);

/// Before this the clock is wrong for sure.
pub fn earliest() -> OffsetDateTime {
    OffsetDateTime::from_unix_timestamp(EARLIEST).unwrap_or(OffsetDateTime::UNIX_EPOCH)
}

/// A certificate with its key, and the authority's certificate that it was made under.
pub struct Leaf {
    pub chain: Vec<CertificateDer<'static>>,
    pub key: PrivateKeyDer<'static>,
}

impl Leaf {
    /// Makes one for these names, all of which the authority may vouch for. `before`: the one it replaces; where the
    /// clock is wrong for sure, that one tells the time better.
    pub fn make(authority: &Authority, names: &Names, now: OffsetDateTime, before: Option<&Self>) -> Result<Self> {
        let key = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256)?;
        let mut params = CertificateParams::default();
        // Not a host name: some would hold it to the authority's constraints.
        params.distinguished_name.push(DnType::CommonName, DnValue::Utf8String("Fieldcoach device".to_owned()));
        let hosts = names.hosts.iter().map(|host| Ok(SanType::DnsName(host.as_str().try_into()?)));
        let addresses = names.addresses.iter().map(|address| Ok(SanType::IpAddress(*address)));
        params.subject_alt_names = hosts.chain(addresses).collect::<Result<_, rcgen::Error>>()?;
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        params.use_authority_key_identifier_extension = true;
        let known = before.and_then(|leaf| leaf.validity().ok()).map_or(earliest(), |(from, _)| from + BEFORE);
        let now = if now < earliest() { known.max(earliest()) } else { now };
        params.not_before = now - BEFORE;
        params.not_after = params.not_before + LASTS;
        let certificate = params.signed_by(&key, &authority.issuer()?)?;
        let key = PrivateKeyDer::try_from(key.serialize_der()).map_err(anyhow::Error::msg)?;
        Ok(Self { chain: vec![certificate.der().clone(), authority.certificate.clone()], key })
    }

    /// Whether it is under this authority, names these names, and is good for a while. Where the clock is wrong for
    /// sure, it does not judge.
    pub fn fits(&self, authority: &Authority, names: &Names, now: OffsetDateTime) -> bool {
        let good = |(from, until)| now < earliest() || (from <= now && now < until - LEFT);
        self.chain.get(1) == Some(&authority.certificate)
            && self.names().is_ok_and(|named| named == *names)
            && self.validity().is_ok_and(good)
    }

    /// As one file: certificate, authority, key.
    pub fn to_pem(&self) -> String {
        let chain: String = self.chain.iter().map(|der| pem("CERTIFICATE", der)).collect();
        chain + &pem("PRIVATE KEY", self.key.secret_der())
    }

    pub fn from_pem(text: &[u8]) -> Result<Self> {
        let chain =
            CertificateDer::pem_slice_iter(text).collect::<Result<_, _>>().context("it holds no certificates")?;
        let key = PrivateKeyDer::from_pem_slice(text).context("it holds no key")?;
        Ok(Self { chain, key })
    }

    /// From when until when it is good.
    pub fn validity(&self) -> Result<(OffsetDateTime, OffsetDateTime)> {
        let validity = self.parsed()?.validity().clone();
        Ok((validity.not_before.to_datetime(), validity.not_after.to_datetime()))
    }

    fn names(&self) -> Result<Names> {
        let parsed = self.parsed()?;
        let mut names = Names::default();
        for name in parsed.subject_alternative_name()?.iter().flat_map(|ext| &ext.value.general_names) {
            match name {
                GeneralName::DNSName(host) => names.hosts.push((*host).to_owned()),
                GeneralName::IPAddress(bytes) => names.addresses.extend(address(bytes)),
                _ => {}
            }
        }
        Ok(names)
    }

    fn parsed(&self) -> Result<X509Certificate<'_>> {
        let first = self.chain.first().context("it holds no certificate")?;
        Ok(X509Certificate::from_der(first).context("its certificate can't be read")?.1)
    }
}

fn address(bytes: &[u8]) -> Option<IpAddr> {
    let v4 = || Some(IpAddr::from(<[u8; 4]>::try_from(bytes).ok()?));
    v4().or_else(|| Some(IpAddr::from(<[u8; 16]>::try_from(bytes).ok()?)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use rcgen::date_time_ymd;

    fn names() -> Names {
        Names { hosts: vec!["cam-7.local".into()], addresses: vec![[192, 168, 1, 7].into()] }
    }

    fn made(now: OffsetDateTime) -> (Authority, Leaf) {
        let authority = Authority::make("cam-7", &names()).unwrap();
        let leaf = Leaf::make(&authority, &names(), now, None).unwrap();
        (authority, leaf)
    }

    fn good(leaf: &Leaf, at: OffsetDateTime) -> bool {
        let (from, until) = leaf.validity().unwrap();
        from <= at && at <= until
    }

    #[test]
    fn it_lasts_as_long_as_phones_accept_and_is_made_anew_in_time() {
        let now = date_time_ymd(2027, 5, 1);
        let (authority, leaf) = made(now);
        let (from, until) = leaf.validity().unwrap();
        assert!(from < now && until - from <= Duration::days(825));
        let again = Leaf::from_pem(leaf.to_pem().as_bytes()).unwrap();
        assert!(again.fits(&authority, &names(), now));
        assert!(!again.fits(&authority, &names(), until - Duration::days(59)), "its time runs out");
        assert!(!again.fits(&authority, &names(), from - Duration::days(1)), "made while the clock was ahead");
        let other = Names { hosts: vec!["cam-8.local".into()], ..names() };
        assert!(!again.fits(&authority, &other, now), "the device has another name");
        assert!(!again.fits(&Authority::make("cam-7", &names()).unwrap(), &names(), now), "another authority");
    }

    #[test]
    fn one_made_in_1970_is_good_when_the_time_is_right_again() {
        let (authority, leaf) = made(OffsetDateTime::UNIX_EPOCH);
        for at in [earliest(), earliest() + Duration::days(700)] {
            assert!(good(&leaf, at));
        }
        assert!(leaf.fits(&authority, &names(), earliest() + Duration::days(1)));
    }

    #[test]
    fn a_clock_in_1970_neither_replaces_a_good_one_nor_makes_an_expired_one() {
        let true_now = date_time_ymd(2033, 1, 1);
        let (authority, leaf) = made(true_now);
        assert!(leaf.fits(&authority, &names(), OffsetDateTime::UNIX_EPOCH));
        let moved = Names { addresses: vec![[192, 168, 1, 8].into()], ..names() };
        assert!(!leaf.fits(&authority, &moved, OffsetDateTime::UNIX_EPOCH));
        let next = Leaf::make(&authority, &moved, OffsetDateTime::UNIX_EPOCH, Some(&leaf)).unwrap();
        assert!(good(&next, true_now));
    }
}
