//! The device's own authority.

use super::names::Names;
use anyhow::{Context, Result, ensure};
use rcgen::{
    BasicConstraints, CertificateParams, CidrSubnet, DnType, ExtendedKeyUsagePurpose, GeneralSubtree, IsCa, Issuer,
    KeyPair, KeyUsagePurpose, NameConstraints, PKCS_ECDSA_P256_SHA256, date_time_ymd,
};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivatePkcs8KeyDer};
use sha2::{Digest, Sha256};
use std::net::IpAddr;
use x509_parser::extensions::GeneralName;
use x509_parser::prelude::{FromDer, X509Certificate};

/// Networks that anybody may use at home (RFC 1918, 6598, 3927, 4193, 4291): vouching for them harms nobody outside.
const PRIVATE: [(&str, u8); 9] = [
    ("10.0.0.0", 8),
    ("172.16.0.0", 12),
    ("192.168.0.0", 16),
    ("100.64.0.0", 10),
    ("169.254.0.0", 16),
    ("127.0.0.0", 8),
    ("fc00::", 7),
    ("fe80::", 10),
    ("::1", 128),
];

/// An authority: its certificate, which phones may install, and its key.
pub struct Authority {
    pub certificate: CertificateDer<'static>,
    key: KeyPair,
}

impl Authority {
    /// Makes one for this device. What it may vouch for never changes again.
    pub fn make(device: &str, names: &Names) -> Result<Self> {
        let key = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256)?;
        let mut params = CertificateParams::default();
        params.distinguished_name.push(DnType::CommonName, format!("Fieldcoach {device}"));
        params.distinguished_name.push(DnType::OrganizationName, "Fieldcoach device authority");
        params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        params.name_constraints =
            Some(NameConstraints { permitted_subtrees: permitted(names), excluded_subtrees: vec![] });
        // No clock is asked: it may be in 1970 when the device is first started.
        (params.not_before, params.not_after) = (date_time_ymd(2020, 1, 1), date_time_ymd(2070, 1, 1));
        let certificate = params.self_signed(&key)?.der().clone();
        Ok(Self { certificate, key })
    }

    /// As one file: certificate, then key.
    pub fn to_pem(&self) -> String {
        pem("CERTIFICATE", &self.certificate) + &self.key.serialize_pem()
    }

    pub fn from_pem(text: &[u8]) -> Result<Self> {
        let certificate = CertificateDer::from_pem_slice(text).context("it holds no certificate")?;
        let key = PrivatePkcs8KeyDer::from_pem_slice(text).context("it holds no key")?;
        let key = KeyPair::from_pkcs8_der_and_sign_algo(&key, &PKCS_ECDSA_P256_SHA256).context("its key is no key")?;
        let authority = Self { certificate, key };
        let parsed = authority.parsed()?;
        ensure!(parsed.is_ca(), "its certificate is no authority's");
        let public = parsed.public_key().subject_public_key.data.as_ref();
        ensure!(public == authority.key.public_key_raw(), "its key is of another certificate");
        Ok(authority)
    }

    /// What certificates are signed with.
    pub fn issuer(&self) -> Result<Issuer<'_, &KeyPair>> {
        Ok(Issuer::from_ca_cert_der(&self.certificate, &self.key)?)
    }

    /// SHA-256 of the certificate, in hex with colons, as browsers and phones show it.
    pub fn fingerprint(&self) -> String {
        Sha256::digest(&self.certificate).iter().map(|byte| format!("{byte:02X}")).collect::<Vec<_>>().join(":")
    }

    /// Of these names those that it may vouch for: one more would spoil a certificate for all of them.
    pub fn may_name(&self, names: &Names) -> Result<Names> {
        let parsed = self.parsed()?;
        let constraints = parsed.name_constraints()?.and_then(|c| c.value.permitted_subtrees.as_ref());
        let Some(trees) = constraints else { return Ok(names.clone()) };
        let host = |host: &String| {
            trees.iter().any(|tree| match tree.base {
                GeneralName::DNSName(root) => host == root || host.ends_with(&format!(".{root}")),
                _ => false,
            })
        };
        let address = |address: &IpAddr| {
            trees.iter().any(|tree| match tree.base {
                GeneralName::IPAddress(bytes) => within(*address, bytes),
                _ => false,
            })
        };
        Ok(Names {
            hosts: names.hosts.iter().filter(|h| host(h)).cloned().collect(),
            addresses: names.addresses.iter().filter(|a| address(a)).copied().collect(),
        })
    }

    fn parsed(&self) -> Result<X509Certificate<'_>> {
        Ok(X509Certificate::from_der(&self.certificate).context("its certificate can't be read")?.1)
    }
}

/// What an authority made now may vouch for: the device's names, private networks, its public addresses of now.
fn permitted(names: &Names) -> Vec<GeneralSubtree> {
    let hosts = names.hosts.iter().cloned().map(GeneralSubtree::DnsName);
    let private = PRIVATE.iter().filter_map(|(address, bits)| Some((address.parse().ok()?, *bits)));
    // A provider gives an IPv6 network, and the device changes its address within.
    let public = names.addresses.iter().map(|address| (*address, if address.is_ipv4() { 32 } else { 64 }));
    let networks = private.chain(public.filter(|(address, _)| !is_private(*address)));
    hosts.chain(networks.map(|(a, bits)| GeneralSubtree::IpAddress(CidrSubnet::from_addr_prefix(a, bits)))).collect()
}

fn is_private(address: IpAddr) -> bool {
    PRIVATE.iter().any(|(network, bits)| {
        network.parse().is_ok_and(|network| ipnet::IpNet::new(network, *bits).is_ok_and(|net| net.contains(&address)))
    })
}

/// Whether an address lies in a network as certificates write it: address, then mask (RFC 5280, 4.2.1.10).
fn within(address: IpAddr, network: &[u8]) -> bool {
    let octets = match address {
        IpAddr::V4(v4) => v4.octets().to_vec(),
        IpAddr::V6(v6) => v6.octets().to_vec(),
    };
    let (base, mask) = network.split_at(network.len() / 2);
    base.len() == octets.len() && octets.iter().zip(base).zip(mask).all(|((a, b), m)| a & m == b & m)
}

/// One PEM block.
pub fn pem(kind: &str, der: &[u8]) -> String {
    ::pem::encode_config(&::pem::Pem::new(kind, der), ::pem::EncodeConfig::new().set_line_ending(::pem::LineEnding::LF))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names() -> Names {
        let addresses = ["192.168.1.7", "203.0.113.9", "2001:db8:1:2::7"].map(|a| a.parse().unwrap()).to_vec();
        Names { hosts: vec!["cam-7.local".into(), "localhost".into()], addresses }
    }

    #[test]
    fn an_authority_survives_its_file() {
        let authority = Authority::make("cam-7", &names()).unwrap();
        let again = Authority::from_pem(authority.to_pem().as_bytes()).unwrap();
        assert_eq!(again.fingerprint(), authority.fingerprint());
        assert_eq!(again.fingerprint().len(), 32 * 3 - 1);
        let other = Authority::make("cam-8", &names()).unwrap();
        let mixed = pem("CERTIFICATE", &authority.certificate) + &other.key.serialize_pem();
        assert!(Authority::from_pem(mixed.as_bytes()).is_err_and(|e| e.to_string().contains("another")));
        assert!(Authority::from_pem(b"nothing").is_err());
    }

    #[test]
    fn it_vouches_for_the_device_and_private_networks_only() {
        let authority = Authority::make("cam-7", &names()).unwrap();
        let parsed = authority.parsed().unwrap();
        let constraints = parsed.extensions().iter().find(|e| e.oid.to_id_string() == "2.5.29.30").unwrap();
        assert!(constraints.critical, "who does not know constraints must not trust it");
        let asked = Names {
            hosts: ["cam-7.local", "a.cam-7.local", "xcam-7.local", "bank.example", "local"].map(String::from).to_vec(),
            addresses: [
                "10.1.2.3",
                "203.0.113.9",
                "203.0.113.10",
                "2001:db8:1:2::8",
                "2001:db8:1:3::7",
                "8.8.8.8",
                "::1",
            ]
            .map(|a| a.parse().unwrap())
            .to_vec(),
        };
        let may = authority.may_name(&asked).unwrap();
        assert_eq!(may.hosts, ["cam-7.local", "a.cam-7.local"]);
        let addresses: Vec<String> = may.addresses.iter().map(IpAddr::to_string).collect();
        assert_eq!(addresses, ["10.1.2.3", "203.0.113.9", "2001:db8:1:2::8", "::1"]);
    }
}
