//! How Home Assistant gets to know this device: one retained message that describes all its entities.
//!
//! Format: <https://www.home-assistant.io/integrations/mqtt/#device-discovery-payload>. Home Assistant reads the key
//! `device` here in its own way, so `id`, `time` and `device` travel as user properties.

use super::payload::{Message, Stamp};
use super::topics::{Topic, Topics};
use serde_json::{Value, json};

const VERSION: &str = env!("CARGO_PKG_VERSION");

/// The announcement of the device.
pub fn announce(stamp: &Stamp) -> Message {
    let body = body(stamp.topics(), stamp.device());
    stamp.bare(Topic::Discovery, body.to_string().into(), "application/json", &[])
}

fn body(topics: &Topics, device: &str) -> Value {
    let status = topics.name(Topic::Status);
    let training = topics.name(Topic::Training);
    let mut components = json!({
        "camera": {
            "p": "sensor", "name": "Camera", "icon": "mdi:camera",
            "state_topic": status, "value_template": "{{ value_json.camera.state }}",
        },
        "disk": {
            "p": "sensor", "name": "Frame store", "icon": "mdi:harddisk", "unit_of_measurement": "%",
            "state_class": "measurement", "entity_category": "diagnostic", "suggested_display_precision": 1,
            "state_topic": status,
            "value_template": "{{ (100 * value_json.store.frame_bytes / value_json.store.budget) | round(2) }}",
        },
        "training": {
            "p": "sensor", "name": "Training", "icon": "mdi:school",
            "state_topic": training, "value_template": "{{ value_json.state }}",
        },
        "progress": {
            "p": "sensor", "name": "Training progress", "icon": "mdi:progress-clock", "unit_of_measurement": "%",
            "state_topic": training, "value_template": "{{ (100 * value_json.progress) | round(0) }}",
        },
        "best_ap50": {
            "p": "sensor", "name": "Best AP50", "icon": "mdi:bullseye-arrow", "state_class": "measurement",
            "suggested_display_precision": 2, "state_topic": training,
            "value_template": "{{ value_json.best.metrics.ap50 if value_json.best else None }}",
        },
        "flipbook": {
            "p": "image", "name": "Flip book", "icon": "mdi:book-open-page-variant",
            "image_topic": topics.name(Topic::FlipbookFrame), "content_type": "image/jpeg",
        },
        "train": {
            "p": "button", "name": "Train", "icon": "mdi:school",
            "command_topic": topics.command("train"), "payload_press": "{}",
        },
        "capture": {
            "p": "button", "name": "Capture", "icon": "mdi:camera-iris",
            "command_topic": topics.command("capture"), "payload_press": "{}",
        },
    });
    if let Value::Object(components) = &mut components {
        for (name, component) in components {
            component["unique_id"] = json!(format!("fieldcoach_{device}_{name}"));
            component["availability_topic"] = json!(topics.name(Topic::Availability));
            component["qos"] = json!(1);
        }
    }
    json!({
        "dev": { "ids": [format!("fieldcoach_{device}")], "name": format!("Fieldcoach {device}"), "mf": "Fieldcoach",
                 "mdl": "Fieldcoach", "sw": VERSION },
        "o": { "name": "fieldcoach", "sw": VERSION },
        "cmps": components,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_component_has_what_home_assistant_requires() {
        let message = announce(&Stamp::new("cam-7"));
        assert_eq!(message.topic, "homeassistant/device/cam-7/config");
        assert!(message.delivery.retain);
        let value: Value = serde_json::from_slice(&message.payload).unwrap();
        assert!(value["dev"]["ids"][0].is_string() && value["o"]["name"].is_string());
        let components = value["cmps"].as_object().unwrap();
        let mut seen = std::collections::HashSet::new();
        for (name, component) in components {
            assert_eq!(component["availability_topic"], "fieldcoach/cam-7/availability", "{name}");
            assert!(seen.insert(component["unique_id"].as_str().unwrap().to_owned()), "{name}");
            let required = match component["p"].as_str().unwrap() {
                "sensor" => "state_topic",
                "image" => "image_topic",
                "button" => "command_topic",
                other => panic!("{other}"),
            };
            assert!(component[required].as_str().unwrap().starts_with("fieldcoach/cam-7/"), "{name}");
        }
        assert_eq!(components["train"]["command_topic"], "fieldcoach/cam-7/command/train");
    }
}
