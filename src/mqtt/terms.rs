//! What is told of a broker that does not take all, in words: what that leads to, and where it is changed.

use super::wire::{Denied, FORMAT, NOT_AUTHORIZED, TOPIC, Terms, Version, line};
use std::collections::BTreeMap;

/// Bytes of a packet with which everything fits as it is.
const PLENTY: usize = 140_000;

/// What a broker that takes this leads to, by what it is about.
pub fn notes(terms: &Terms) -> BTreeMap<String, String> {
    let mut notes = BTreeMap::new();
    let mut note = |about: &str, words: String| drop(notes.insert(about.to_owned(), words));
    if terms.version == Version::V311 {
        note(
            "version",
            "the broker speaks MQTT 3.1.1, not 5: answers to commands go to /reply, and what is told as user properties is left out; \
             it is asked for 5 once a day"
                .to_owned(),
        );
    }
    if !terms.retains {
        note(
            "retain",
            "the broker keeps no messages (retained ones): who comes later hears of this device with its next status, within 30 s, and \
             Home Assistant when it says that it started; allow them on the broker (mosquitto: retain_available true)"
                .to_owned(),
        );
    }
    if !terms.acknowledges {
        note(
            "qos",
            "the broker takes messages of QoS 0 only: what must arrive is sent again until the broker has read it, but that it passes it on \
             can't be promised, and commands may be lost; allow QoS 1 on the broker (mosquitto: max_qos)"
                .to_owned(),
        );
    }
    if terms.max_packet < PLENTY {
        note(
            "packet",
            format!(
                "the broker takes packets of {} bytes at most: what is longer is sent shortened; raise that on the broker (mosquitto: \
                 max_packet_size)",
                terms.max_packet
            ),
        );
    }
    notes
}

/// What of that matters to whoever listens to all devices.
pub fn fleet_notes(terms: &Terms) -> BTreeMap<String, String> {
    let mut notes = BTreeMap::new();
    if !terms.retains {
        let words = "the broker keeps no messages (retained ones): devices are known once they speak, and who is gone is not told";
        notes.insert("retain".to_owned(), words.to_owned());
    }
    if !terms.acknowledges {
        let words = "the broker takes messages of QoS 0 only: that commands of orders arrive can't be promised";
        notes.insert("qos".to_owned(), words.to_owned());
    }
    notes
}

/// Of a message that can't be made to fit.
pub fn too_large(topic: &str, limit: usize) -> String {
    format!(
        "{topic} is not sent: the broker takes packets of {limit} bytes at most; raise that there (mosquitto: max_packet_size)"
    )
}

/// Of a message that the broker would not take, and would not at another time.
pub fn refused(topic: &str, denied: &Denied) -> String {
    // Ours, and that of discovery, which has a prefix of its own.
    let all = format!("{}/#", topic.split('/').next().unwrap_or_default());
    let words = match denied.code {
        NOT_AUTHORIZED => {
            format!("the broker does not let this device write {topic}; let it (mqtt.username) write {all} there")
        }
        TOPIC => format!("the broker does not take the topic {topic}; allow {all} there"),
        FORMAT => format!("the broker does not take what this device writes to {topic}; its log may say why"),
        code => format!("the broker refuses {topic} (code 0x{code:02X}); its log may say why"),
    };
    match &denied.says {
        Some(says) => format!("{words}; it says: {}", line(says)),
        None => words,
    }
}

/// Of a filter that this client may not listen to.
pub fn deaf(filter: &str) -> String {
    format!("the broker does not let this client hear {filter}; let it (mqtt.username) read that there")
}
