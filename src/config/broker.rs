//! Where the broker is: at one address, or at several that all lead to it.

use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// Addresses of one broker, at most.
const MOST: usize = 16;

/// `"" | "embedded" | "mqtt://host:1883" | "mqtts://host:8883"`, or several of the latter, as a list or with commas between
/// them: the nodes of a cluster.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Written", into = "String")]
pub enum Broker {
    Off,
    Embedded,
    Remote(Servers),
}

/// An address of a broker.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BrokerAddress {
    pub host: String,
    pub port: u16,
    pub tls: bool,
}

/// The addresses of one broker, of which there is at least one; all with TLS, or none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Servers {
    first: BrokerAddress,
    others: Vec<BrokerAddress>,
}

impl Servers {
    /// All of them, the first and the others.
    pub fn split(&self) -> (&BrokerAddress, &[BrokerAddress]) {
        (&self.first, &self.others)
    }

    /// Whether what is sent there is encrypted.
    pub fn tls(&self) -> bool {
        self.first.tls
    }
}

impl From<BrokerAddress> for Servers {
    fn from(first: BrokerAddress) -> Self {
        Self { first, others: Vec::new() }
    }
}

/// As people write it.
#[derive(Deserialize)]
#[serde(untagged, expecting = "expected a broker as text, or a list of addresses")]
enum Written {
    Text(String),
    List(Vec<String>),
}

impl FromStr for Broker {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "" => Ok(Self::Off),
            "embedded" => Ok(Self::Embedded),
            _ => servers(text.split(',')).map(Self::Remote),
        }
    }
}

fn servers<'a>(texts: impl Iterator<Item = &'a str>) -> Result<Servers, String> {
    let all = texts.map(|text| text.trim().parse()).collect::<Result<Vec<BrokerAddress>, _>>()?;
    if all.len() > MOST {
        return Err(format!("a broker has {MOST} addresses at most, and these are {}", all.len()));
    }
    if all.iter().any(|one| one.tls != all[0].tls) {
        return Err("the addresses of one broker are all mqtt:// or all mqtts://".to_owned());
    }
    if let Some(twice) = all.iter().enumerate().find(|(at, one)| all[..*at].contains(one)) {
        return Err(format!("the address {} is there twice", twice.1));
    }
    let mut all = all.into_iter();
    let first = all.next().ok_or("the list of the broker's addresses is empty; \"\" is no broker")?;
    Ok(Servers { first, others: all.collect() })
}

impl FromStr for BrokerAddress {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        if text.contains('@') {
            // Not repeated: it would lead the password into logs and answers.
            return Err("a broker's address has no user in it; there are mqtt.username and mqtt.password_file".into());
        }
        let refuse =
            || format!("`{text}` is not a broker; use \"\", \"embedded\", mqtt://host:1883 or mqtts://host:8883");
        let (tls, rest) = match text.split_once("://") {
            Some(("mqtt", rest)) => (false, rest),
            Some(("mqtts", rest)) => (true, rest),
            _ => return Err(refuse()),
        };
        let rest = rest.trim_end_matches('/');
        let (host, port) = match rest.rsplit_once(':') {
            Some((host, port)) => (host, port.parse().map_err(|_| refuse())?),
            None => (rest, if tls { 8883 } else { 1883 }),
        };
        if host.is_empty() || host.contains(['/', ' ']) {
            return Err(refuse());
        }
        Ok(Self { host: host.to_owned(), port, tls })
    }
}

/// As an attempt to reach it is told of.
impl fmt::Display for BrokerAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.host, self.port)
    }
}

impl fmt::Display for Broker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Off => Ok(()),
            Self::Embedded => f.write_str("embedded"),
            Self::Remote(servers) => servers.fmt(f),
        }
    }
}

impl fmt::Display for Servers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scheme = if self.tls() { "mqtts" } else { "mqtt" };
        write!(f, "{scheme}://{}", self.first)?;
        self.others.iter().try_for_each(|other| write!(f, ",{scheme}://{other}"))
    }
}

impl TryFrom<Written> for Broker {
    type Error = String;
    fn try_from(written: Written) -> Result<Self, String> {
        match written {
            Written::Text(text) => text.parse(),
            Written::List(list) => servers(list.iter().map(String::as_str)).map(Self::Remote),
        }
    }
}

impl From<Broker> for String {
    fn from(broker: Broker) -> Self {
        broker.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::tests::load;

    #[test]
    fn brokers_survive_a_round_trip() {
        for text in ["", "embedded", "mqtt://host:1884", "mqtts://10.0.0.1:8883", "mqtt://a:1883,mqtt://[::1]:1884"] {
            assert_eq!(text.parse::<Broker>().unwrap().to_string(), text);
        }
        assert!(!"mqtt://cam:secret@h".parse::<Broker>().unwrap_err().contains("secret"));
        let address = BrokerAddress { host: "h".into(), port: 8883, tls: true };
        assert_eq!("mqtts://h".parse::<Broker>(), Ok(Broker::Remote(address.into())));
    }

    #[test]
    fn the_nodes_of_a_cluster_are_a_list_or_stand_between_commas() {
        let of = |text: &str| load(&format!("[mqtt]\nbroker = {text}")).map(|config| config.mqtt.broker);
        let two = of("['mqtt://a', 'mqtt://b:1884']").unwrap();
        assert_eq!(two, of("'mqtt://a, mqtt://b:1884/'").unwrap());
        assert_eq!(two.to_string(), "mqtt://a:1883,mqtt://b:1884");
        assert_eq!(of("['mqtt://a']").unwrap(), of("'mqtt://a'").unwrap());
        for (text, said) in [
            ("[]", "is empty"),
            ("['']", "is not a broker"),
            ("['embedded']", "is not a broker"),
            ("'mqtt://a,'", "is not a broker"),
            ("['mqtt://a', 'mqtts://b']", "all mqtts://"),
            ("['mqtt://a', 'mqtt://a:1883']", "there twice"),
            ("['mqtt://cam:secret@a']", "no user in it"),
            ("7", "a list of addresses"),
        ] {
            let error = of(text).unwrap_err();
            assert!(error.contains(said) && error.contains("mqtt.broker") && !error.contains("secret"), "{error}");
        }
        let many: Vec<String> = (0..17).map(|at| format!("mqtt://a{at}")).collect();
        assert!(many.join(",").parse::<Broker>().unwrap_err().contains("16 addresses"));
    }
}
