//! What the device is called, and its addresses.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

/// What a certificate is to name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Names {
    /// The one that is shown comes first.
    pub hosts: Vec<String>,
    /// Those of the network come first.
    pub addresses: Vec<IpAddr>,
}

/// The name under which the device is found in its network.
pub fn local_name(device: &str) -> String {
    let plain: String = device.chars().map(|c| if c == '_' { '-' } else { c.to_ascii_lowercase() }).collect();
    let plain = plain.trim_matches('-');
    // A label of a host name has 63 characters at most.
    let plain = plain.get(..63).unwrap_or(plain);
    format!("{}.local", if plain.is_empty() { "fieldcoach" } else { plain })
}

impl Names {
    /// Those of now: of this device, those of the configuration, those of the machine, and localhost.
    pub fn now(device: &str, more: &[String], listen: SocketAddr) -> Self {
        let mut hosts = vec![local_name(device)];
        hosts.extend(more.iter().map(|name| name.to_ascii_lowercase()));
        let machine = rustix::system::uname().nodename().to_string_lossy().to_ascii_lowercase();
        if machine.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '.') && !machine.is_empty() {
            if !machine.contains('.') {
                hosts.push(format!("{machine}.local"));
            }
            hosts.push(machine);
        }
        hosts.push("localhost".to_owned());
        let mut addresses = addresses(listen);
        addresses.extend([IpAddr::from(Ipv4Addr::LOCALHOST), Ipv6Addr::LOCALHOST.into()]);
        Self { hosts: once(hosts), addresses: once(addresses) }
    }
}

/// Addresses at which others reach a listener: the one it listens on, or all of the machine.
fn addresses(listen: SocketAddr) -> Vec<IpAddr> {
    let ip = listen.ip().to_canonical();
    if !ip.is_unspecified() {
        return if ip.is_loopback() { vec![] } else { vec![ip] };
    }
    let found = if_addrs::get_if_addrs().unwrap_or_else(|error| {
        tracing::warn!(%error, "the addresses of this machine can't be told");
        Vec::new()
    });
    let mut all: Vec<IpAddr> = found
        .iter()
        .filter(|interface| !interface.is_loopback() && !interface.is_link_local())
        .map(if_addrs::Interface::ip)
        .filter(|address| listen.is_ipv6() || address.is_ipv4())
        .collect();
    // The short ones first: they are read aloud and typed.
    all.sort_by_key(|address| (address.is_ipv6(), *address));
    all
}

fn once<T: PartialEq>(all: Vec<T>) -> Vec<T> {
    let mut found = Vec::new();
    for one in all {
        if !found.contains(&one) {
            found.push(one);
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_device_is_called_as_host_names_may_be() {
        for (device, name) in [("cam-7", "cam-7.local"), ("Barn_2", "barn-2.local"), ("__", "fieldcoach.local")] {
            assert_eq!(local_name(device), name);
        }
        assert_eq!(local_name(&"x".repeat(64)).len(), 63 + ".local".len());
    }

    #[test]
    fn names_are_those_of_the_listener_and_of_the_machine() {
        let more = ["Cam.example.org".to_owned()];
        let names = Names::now("cam-7", &more, "192.168.1.7:8080".parse().unwrap());
        assert_eq!(names.hosts[..2], ["cam-7.local", "cam.example.org"]);
        assert_eq!(names.addresses, ["192.168.1.7", "127.0.0.1", "::1"].map(|a| a.parse::<IpAddr>().unwrap()));
        let names = Names::now("cam-7", &[], "0.0.0.0:8080".parse().unwrap());
        assert!(names.addresses.iter().all(|a| a.is_ipv4() || a.is_loopback()));
        assert_eq!(names.hosts.last().unwrap(), "localhost");
    }
}
