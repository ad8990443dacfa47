//! What the codes mean with which brokers refuse, and end, connections.

use super::codes::{
    CLIENT_ID, FORMAT, LOGIN, NOT_AUTHORIZED, QOS, QUOTA, RETAIN, TAKEN_OVER, TOO_LARGE, TOPIC, VERSION,
};
use super::packets::Version;
use std::fmt;

/// A broker that says no, or goodbye.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// As MQTT 5 has it, also where the broker speaks 3.1.1.
    pub code: u8,
    pub version: Version,
    /// What it says beside the code.
    pub says: Option<String>,
    /// The server that it names in its place.
    pub server: Option<String>,
    /// Who was refused.
    pub client: String,
    pub username: Option<String>,
}

impl Refusal {
    /// The code of MQTT 5 that means what this one of 3.1.1 does.
    pub fn modern(code: u8) -> u8 {
        match code {
            1 => VERSION,
            2 => CLIENT_ID,
            3 => 0x88,
            4 => LOGIN,
            5 => NOT_AUTHORIZED,
            other => other,
        }
    }

    fn words(&self) -> String {
        let client = &self.client;
        match self.code {
            0x81 | 0x82 => "the broker says that what this device sends is not MQTT as it knows it".to_owned(),
            0x83 => "the broker refuses for a reason of its own; its log says which".to_owned(),
            VERSION if self.version == Version::V5 => "the broker does not speak MQTT 5".to_owned(),
            VERSION => "the broker speaks neither MQTT 5 nor MQTT 3.1.1; bring it up to date, or set mqtt.broker to another one".to_owned(),
            CLIENT_ID => format!("the broker does not take the client id `{client}`; change device.id, or allow it on the broker"),
            LOGIN | NOT_AUTHORIZED => self.login(),
            0x88 => "the broker is not available at present (it says so itself); it is tried again".to_owned(),
            0x89 => "the broker is busy; it is tried again".to_owned(),
            0x8a => format!("the broker has banned this device (client id `{client}`); lift that on the broker"),
            0x8b => "the broker is shutting down; it is tried again".to_owned(),
            0x8c => "the broker wants another way of logging in than a user name and a password".to_owned(),
            0x8d => "the broker had not heard of this device for too long; the network may be slow".to_owned(),
            TAKEN_OVER => format!(
                "another device connected to the broker with the client id `{client}`, and took this one's place; give each device a device.id of its own"
            ),
            TOPIC => "the broker does not take this device's topics; allow `fieldcoach/#` on the broker".to_owned(),
            0x93 => "the broker says that too many messages were under way at once".to_owned(),
            TOO_LARGE => "the broker says that a packet was too large; raise its limit (mosquitto: max_packet_size)".to_owned(),
            0x96 => "the broker says that messages come too fast; raise its limit, or lower live.publish_hz".to_owned(),
            QUOTA => "a quota of the broker is used up (connections, or messages); raise it there".to_owned(),
            0x98 => "somebody ended this connection at the broker".to_owned(),
            FORMAT => "the broker does not take a message as this device writes it".to_owned(),
            RETAIN => "the broker takes no retained messages; allow them there (mosquitto: retain_available true)".to_owned(),
            QOS => "the broker does not take messages of QoS 1; allow them there (mosquitto: max_qos)".to_owned(),
            0x9c | 0x9d => match &self.server {
                Some(server) => format!("the broker sends this device to another one: set mqtt.broker to {server}"),
                None => "the broker sends this device to another one, and does not say which; ask who runs it, and set mqtt.broker".to_owned(),
            },
            0x9f => "the broker says that connections come too fast; it is tried again".to_owned(),
            0xa0 => "the broker lets no connection last longer; it is tried again".to_owned(),
            0x80 => "the broker refuses, and gives no reason; its log may".to_owned(),
            code => format!("the broker refuses with code 0x{code:02X}; its log may say why"),
        }
    }

    fn login(&self) -> String {
        let refuses = match self.code {
            LOGIN => "does not know this user name with this password",
            _ => "does not let this user in, or not with this password",
        };
        match &self.username {
            Some(name) => format!("the broker {refuses} (`{name}`); look at mqtt.username and mqtt.password_file"),
            None => {
                "the broker lets nobody in without a user name and a password; set mqtt.username and mqtt.password_file"
                    .to_owned()
            }
        }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.words())?;
        match self.says.as_deref().map(str::trim).filter(|says| !says.is_empty()) {
            Some(says) => write!(f, "; it says: {}", line(says)),
            None => Ok(()),
        }
    }
}

/// Of what others say: no more than a line of it.
pub fn line(says: &str) -> String {
    says.chars().filter(|c| !c.is_control()).take(200).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(code: u8) -> Refusal {
        let (client, username) = ("fieldcoach-cam-7".to_owned(), Some("cam".to_owned()));
        Refusal { code, version: Version::V5, says: None, server: None, client, username }
    }

    #[test]
    fn every_code_has_words_and_those_of_3_1_1_mean_the_same() {
        for code in 0x80..=0xa2 {
            assert!(refusal(code).to_string().starts_with(|c: char| c.is_lowercase()), "{code:x}");
        }
        let old = Refusal { version: Version::V311, ..refusal(VERSION) };
        assert!(old.to_string().contains("neither") && !refusal(VERSION).to_string().contains("3.1.1"));
        assert!(refusal(Refusal::modern(4)).to_string().contains("mqtt.password_file"));
        assert!(refusal(Refusal::modern(2)).to_string().contains("device.id"));
        let nobody = Refusal { username: None, ..refusal(NOT_AUTHORIZED) };
        assert!(nobody.to_string().contains("set mqtt.username"), "{nobody}");
        let moved = Refusal { server: Some("b2.lan:1883".into()), says: Some("gone\nthere".into()), ..refusal(0x9d) };
        assert!(moved.to_string().ends_with("set mqtt.broker to b2.lan:1883; it says: gonethere"), "{moved}");
    }
}
