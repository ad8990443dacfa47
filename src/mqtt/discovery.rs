//! How Home Assistant gets to know this device: one retained message that describes all its entities.
//!
//! Format: <https://www.home-assistant.io/integrations/mqtt/#device-discovery-payload>. Home Assistant reads the key
//! `device` here in its own way, so `id`, `time` and `device` travel as user properties.

use super::payload::{Message, Stamp};
use super::topics::{Topic, Topics};
use crate::domain::CameraId;
use serde_json::{Value, json};

const VERSION: &str = env!("CARGO_PKG_VERSION");

/// The announcement of the device.
pub fn announce(stamp: &Stamp) -> Message {
    let body = body(stamp.topics(), stamp.device());
    stamp.bare(Topic::Discovery, body.to_string().into(), "application/json", &[])
}

fn body(topics: &Topics, device: &str) -> Value {
    let status = topics.name(&Topic::Status);
    let training = topics.name(&Topic::Training);
    let mut components = json!({
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
            "image_topic": topics.name(&Topic::FlipbookFrame), "content_type": "image/jpeg",
        },
        "train": {
            "p": "button", "name": "Train", "icon": "mdi:school",
            "command_topic": topics.command("train"), "payload_press": "{}",
        },
    });
    if let Value::Object(components) = &mut components {
        components.extend(match topics.cameras() {
            [] => camera(topics, None),
            several => several.iter().flat_map(|id| camera(topics, Some(id))).collect(),
        });
        for (name, component) in components.iter_mut() {
            component["unique_id"] = json!(format!("fieldcoach_{device}_{name}"));
            component["availability_topic"] = json!(topics.name(&Topic::Availability));
            component["qos"] = json!(1);
        }
        if !topics.cameras().is_empty() {
            // Those of a device that had one camera are taken back: a component with nothing but its platform.
            components.insert("camera".to_owned(), json!({"p": "sensor"}));
            components.insert("capture".to_owned(), json!({"p": "button"}));
        }
    }
    json!({
        "dev": { "ids": [format!("fieldcoach_{device}")], "name": format!("Fieldcoach {device}"), "mf": "Fieldcoach",
                 "mdl": "Fieldcoach", "sw": VERSION },
        "o": { "name": "fieldcoach", "sw": VERSION },
        "cmps": components,
    })
}

/// The entities of a camera; of the only one where none is named.
fn camera(topics: &Topics, id: Option<&CameraId>) -> Vec<(String, Value)> {
    let (key, name, state, press) = match id {
        None => (String::new(), String::new(), "value_json.camera.state".to_owned(), json!({})),
        Some(id) => {
            let own = format!("value_json.cameras | selectattr('id', 'eq', '{id}') | map(attribute='state') | first");
            (format!("_{id}"), format!(" {id}"), own, json!({ "camera": id }))
        }
    };
    let sensor = json!({
        "p": "sensor", "name": format!("Camera{name}"), "icon": "mdi:camera",
        "state_topic": topics.name(&Topic::Status), "value_template": format!("{{{{ {state} }}}}"),
    });
    let button = json!({
        "p": "button", "name": format!("Capture{name}"), "icon": "mdi:camera-iris",
        "command_topic": topics.command("capture"), "payload_press": press.to_string(),
    });
    let mut entities = vec![(format!("camera{key}"), sensor), (format!("capture{key}"), button)];
    if id.is_some() {
        // Beside the device's own, which trains for all of them.
        let train = json!({
            "p": "button", "name": format!("Train{name}"), "icon": "mdi:school",
            "command_topic": topics.command("train"), "payload_press": press.to_string(),
        });
        entities.push((format!("train{key}"), train));
    }
    entities
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::PerCamera;

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
        assert_eq!(components["camera"]["value_template"], "{{ value_json.camera.state }}");
        assert_eq!(components["capture"]["payload_press"], "{}");
    }

    #[test]
    fn each_of_several_cameras_has_entities_of_its_own() {
        let cameras = ["door", "yard"].map(|id| (id.parse().unwrap(), ()));
        let stamp = Stamp::new("cam-7").of_cameras(&PerCamera::of(cameras.into()).unwrap());
        let value: Value = serde_json::from_slice(&announce(&stamp).payload).unwrap();
        let components = &value["cmps"];
        let (door, yard) = (&components["camera_door"], &components["capture_yard"]);
        assert_eq!(
            (&door["name"], &door["unique_id"]),
            (&"Camera door".into(), &"fieldcoach_cam-7_camera_door".into())
        );
        assert_eq!(
            door["value_template"],
            "{{ value_json.cameras | selectattr('id', 'eq', 'door') | map(attribute='state') | first }}"
        );
        assert_eq!(yard["payload_press"], r#"{"camera":"yard"}"#);
        let train = &components["train_door"];
        assert_eq!((&train["name"], &train["payload_press"]), (&"Train door".into(), &r#"{"camera":"door"}"#.into()));
        assert_eq!(components["train"]["payload_press"], "{}", "for all of them");
        assert_eq!((&components["camera"], &components["capture"]), (&json!({"p": "sensor"}), &json!({"p": "button"})));
    }
}
