//! How Home Assistant gets to know this device: one retained message that describes all its entities.
//!
//! Format: <https://www.home-assistant.io/integrations/mqtt/#device-discovery-payload>. Home Assistant reads the key
//! `device` here in its own way, so `id`, `time` and `device` travel as user properties.

use super::payload::{Message, Stamp};
use super::sight::Sight;
use super::topics::{Topic, Topics};
use crate::domain::{CameraId, Entity};
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

const VERSION: &str = env!("CARGO_PKG_VERSION");
/// Categories that get entities, all cameras together: the announcement is one message.
const CATEGORIES: usize = 24;

/// Its entities, by what they are called in it.
type Components = Map<String, Value>;

/// Entities that are gone and remembered; of older ones nothing more is said.
const REMEMBERED: usize = 100;

/// The announcement of the device, at whose cameras these models look, and all entities of which it tells. Those of `known`
/// that are none any more are taken back: a component with nothing but its platform.
pub fn announce(stamp: &Stamp, sights: &[Sight], known: &[Entity]) -> (Message, Vec<Entity>) {
    let components = components(stamp.topics(), stamp.device(), sights);
    let mut entities: Vec<Entity> = known.iter().filter(|one| !components.contains_key(&one.key)).cloned().collect();
    entities.drain(..entities.len().saturating_sub(REMEMBERED));
    let gone: Components = entities.iter().map(|one| (one.key.clone(), json!({ "p": one.platform }))).collect();
    entities.extend(entities_of(&components));
    let all: Components = components.into_iter().chain(gone).collect();
    let device = stamp.device();
    let body = json!({
        "dev": { "ids": [format!("fieldcoach_{device}")], "name": format!("Fieldcoach {device}"), "mf": "Fieldcoach",
                 "mdl": "Fieldcoach", "sw": VERSION },
        "o": { "name": "fieldcoach", "sw": VERSION },
        "availability": [there(stamp.topics())],
        "availability_mode": "all",
        "qos": 1,
        "cmps": all,
    });
    (stamp.bare(Topic::Discovery, body.to_string().into(), "application/json", &[]), entities)
}

fn entities_of(components: &Components) -> impl Iterator<Item = Entity> {
    let platform = |component: &Value| component["p"].as_str().unwrap_or_default().to_owned();
    components.iter().map(move |(key, value)| Entity { key: key.clone(), platform: platform(value) })
}

fn components(topics: &Topics, device: &str, sights: &[Sight]) -> Components {
    let mut all = of_device(topics);
    all.extend(of_training(topics));
    match topics.cameras() {
        [] => all.extend(of_camera(topics, None, sights)),
        several => all.extend(several.iter().flat_map(|id| of_camera(topics, Some(id), sights))),
    }
    for (name, component) in all.iter_mut() {
        component["unique_id"] = json!(format!("fieldcoach_{device}_{name}"));
    }
    all
}

/// Where the device says that it is there.
fn there(topics: &Topics) -> Value {
    json!({ "topic": topics.name(&Topic::Availability) })
}

fn of_device(topics: &Topics) -> Components {
    let status = topics.name(&Topic::Status);
    let components = [
        (
            "disk",
            json!({
                "p": "sensor", "name": "Frame store", "icon": "mdi:harddisk", "unit_of_measurement": "%",
                "state_class": "measurement", "entity_category": "diagnostic", "suggested_display_precision": 1,
                "state_topic": status,
                "value_template": "{{ (100 * value_json.store.frame_bytes / value_json.store.budget) | round(2) }}",
            }),
        ),
        (
            "free",
            json!({
                "p": "sensor", "name": "Disk free", "device_class": "data_size", "unit_of_measurement": "B",
                "state_class": "measurement", "entity_category": "diagnostic", "suggested_display_precision": 0,
                "state_topic": status, "value_template": "{{ value_json.disk.free }}",
            }),
        ),
        // The hottest part; of a device that does not tell there is none.
        (
            "temperature",
            json!({
                "p": "sensor", "name": "Temperature", "device_class": "temperature", "unit_of_measurement": "°C",
                "state_class": "measurement", "entity_category": "diagnostic", "suggested_display_precision": 0,
                "state_topic": status, "value_template": "{{ value_json.temperatures | map(attribute='celsius') | max }}",
            }),
        ),
        (
            "model",
            json!({
                "p": "sensor", "name": "Model", "icon": "mdi:eye", "state_topic": status,
                "value_template": "{{ value_json.model.id if value_json.model else 'none' }}",
                "json_attributes_topic": status, "json_attributes_template": "{{ (value_json.model or {}) | tojson }}",
            }),
        ),
        (
            "model_made",
            json!({
                "p": "sensor", "name": "Model made", "device_class": "timestamp", "entity_category": "diagnostic",
                "state_topic": status, "value_template": "{{ value_json.model.created if value_json.model else None }}",
            }),
        ),
        (
            "rollback",
            json!({
                "p": "button", "name": "Roll back the model", "icon": "mdi:undo", "entity_category": "config",
                "command_topic": topics.command("rollback"), "payload_press": "{}",
            }),
        ),
    ];
    components.map(|(key, component)| (key.to_owned(), component)).into_iter().collect()
}

fn of_training(topics: &Topics) -> Components {
    let training = topics.name(&Topic::Training);
    let components = [
        (
            "training",
            json!({
                "p": "sensor", "name": "Training", "icon": "mdi:school",
                "state_topic": training, "value_template": "{{ value_json.state }}",
            }),
        ),
        (
            "progress",
            json!({
                "p": "sensor", "name": "Training progress", "icon": "mdi:progress-clock", "unit_of_measurement": "%",
                "state_topic": training, "value_template": "{{ (100 * value_json.progress) | round(0) }}",
            }),
        ),
        (
            "best_ap50",
            json!({
                "p": "sensor", "name": "Best AP50", "icon": "mdi:bullseye-arrow", "state_class": "measurement",
                "suggested_display_precision": 2, "state_topic": training,
                "value_template": "{{ value_json.best.metrics.ap50 if value_json.best else None }}",
            }),
        ),
        (
            "flipbook",
            json!({
                "p": "image", "name": "Flip book", "icon": "mdi:book-open-page-variant",
                "image_topic": topics.name(&Topic::FlipbookFrame), "content_type": "image/jpeg",
            }),
        ),
        (
            "train",
            json!({
                "p": "button", "name": "Train", "icon": "mdi:school",
                "command_topic": topics.command("train"), "payload_press": "{}",
            }),
        ),
    ];
    components.map(|(key, component)| (key.to_owned(), component)).into_iter().collect()
}

/// The entities of a camera; of the only one where none is named.
fn of_camera(topics: &Topics, id: Option<&CameraId>, sights: &[Sight]) -> Components {
    let (suffix, name, state, press) = match id {
        None => (String::new(), String::new(), "value_json.camera.state".to_owned(), json!({})),
        Some(id) => {
            let own = format!("value_json.cameras | selectattr('id', 'eq', '{id}') | map(attribute='state') | first");
            (format!("_{id}"), format!(" {id}"), own, json!({ "camera": id }))
        }
    };
    let status = topics.name(&Topic::Status);
    let streams = format!("{{{{ 'online' if ({state}) in ('streaming', 'full') else 'offline' }}}}");
    let button = |name: String, icon: &str, command: &str| {
        json!({
            "p": "button", "name": name, "icon": icon, "command_topic": topics.command(command),
            "payload_press": press.to_string(),
        })
    };
    let mut components = Components::new();
    let mut add = |key: &str, component: Value| drop(components.insert(format!("{key}{suffix}"), component));
    add(
        "camera",
        json!({
            "p": "sensor", "name": format!("Camera{name}"), "icon": "mdi:camera",
            "state_topic": status, "value_template": format!("{{{{ {state} }}}}"),
        }),
    );
    add(
        "picture",
        json!({
            "p": "image", "name": format!("Picture{name}"), "image_topic": topics.name(&topics.snapshot(id)),
            "content_type": "image/jpeg",
            "availability": [there(topics), {"topic": status, "value_template": streams}],
        }),
    );
    add("capture", button(format!("Capture{name}"), "mdi:camera-iris", "capture"));
    if id.is_some() {
        add("train", button(format!("Train{name}"), "mdi:school", "train"));
        add("rollback", button(format!("Roll back the model{name}"), "mdi:undo", "rollback"));
    }
    let sight = sights.iter().find(|sight| sight.camera.as_ref() == id);
    let categories = sight.map_or(&[][..], |sight| &sight.categories);
    let most = CATEGORIES / topics.cameras().len().max(1);
    if categories.len() > most {
        tracing::warn!(
            camera = id.map(ToString::to_string),
            "Home Assistant hears of the first {most} categories alone"
        );
    }
    for category in categories.iter().take(most) {
        components.extend(of_category(topics, id, category));
    }
    components
}

/// How many there are, and whether there is one. Unavailable while nobody looks.
fn of_category(topics: &Topics, id: Option<&CameraId>, category: &str) -> Components {
    let counts = topics.name(&topics.counts(id));
    // A text of JSON is one of the templates' language too.
    let text = Value::from(category).to_string();
    let looks = format!("{{{{ 'online' if value_json.model and {text} in value_json.objects else 'offline' }}}}");
    let (suffix, name) = match id {
        None => (slug(category), category.to_owned()),
        Some(id) => (format!("{id}_{}", slug(category)), format!("{category} {id}")),
    };
    let component = |more: Value| {
        let mut component = json!({
            "state_topic": counts, "availability": [there(topics), {"topic": counts, "value_template": looks}],
        });
        if let (Value::Object(all), Value::Object(more)) = (&mut component, more) {
            all.extend(more);
        }
        component
    };
    let count = component(json!({
        "p": "sensor", "name": format!("{name} count"), "icon": "mdi:counter", "state_class": "measurement",
        "value_template": format!("{{{{ value_json.objects.get({text}) }}}}"),
    }));
    let present = component(json!({
        "p": "binary_sensor", "name": name, "device_class": "occupancy",
        "value_template": format!("{{{{ 'ON' if value_json.present.get({text}) else 'OFF' }}}}"),
    }));
    [(format!("count_{suffix}"), count), (format!("present_{suffix}"), present)].into_iter().collect()
}

/// A category's name in letters that a unique id may have, no two alike.
fn slug(category: &str) -> String {
    let plain = |c: char| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '_' };
    let letters: String = category.chars().take(20).map(plain).collect();
    format!("{letters}_{}", hex::encode(&Sha256::digest(category)[..3]))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{ModelId, PerCamera};

    fn sight(camera: Option<&str>, categories: &[&str]) -> Sight {
        let categories = categories.iter().map(|name| (*name).to_owned()).collect();
        Sight { camera: camera.map(|id| id.parse().unwrap()), model: ModelId::new(), categories }
    }

    fn announced(stamp: &Stamp, sights: &[Sight], known: &[Entity]) -> (Value, Vec<Entity>) {
        let (message, known) = announce(stamp, sights, known);
        assert!(message.delivery.retain);
        (serde_json::from_slice(&message.payload).unwrap(), known)
    }

    #[test]
    fn every_component_has_what_home_assistant_requires() {
        let (value, _) = announced(&Stamp::new("cam-7"), &[sight(None, &["RBC"])], &[]);
        assert!(value["dev"]["ids"][0].is_string() && value["o"]["name"].is_string());
        let components = value["cmps"].as_object().unwrap();
        let mut seen = std::collections::HashSet::new();
        for (name, component) in components {
            assert!(seen.insert(component["unique_id"].as_str().unwrap().to_owned()), "{name}");
            let required = match component["p"].as_str().unwrap() {
                "sensor" | "binary_sensor" => "state_topic",
                "image" => "image_topic",
                "button" => "command_topic",
                other => panic!("{other}"),
            };
            assert!(component[required].as_str().unwrap().starts_with("fieldcoach/cam-7/"), "{name}");
        }
        assert_eq!(value["availability"], json!([{"topic": "fieldcoach/cam-7/availability"}]));
        assert_eq!(components["train"]["command_topic"], "fieldcoach/cam-7/command/train");
        assert_eq!(components["camera"]["value_template"], "{{ value_json.camera.state }}");
        assert_eq!(components["capture"]["payload_press"], "{}");
    }

    #[test]
    fn each_of_several_cameras_has_entities_of_its_own_and_those_of_the_one_before_are_taken_back() {
        let one = announced(&Stamp::new("cam-7"), &[], &[]).1;
        let cameras = ["door", "yard"].map(|id| (id.parse().unwrap(), ()));
        let stamp = Stamp::new("cam-7").of_cameras(&PerCamera::of(cameras.into()).unwrap());
        let (value, known) = announced(&stamp, &[sight(Some("yard"), &["RBC"])], &one);
        let components = value["cmps"].as_object().unwrap();
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
        assert_eq!(components["rollback_yard"]["payload_press"], r#"{"camera":"yard"}"#);
        let gone = |key: &str| components[key].as_object().unwrap().keys().eq(["p"]);
        assert!(gone("camera") && gone("capture") && gone("picture") && !gone("train"));
        let counts = components.iter().filter(|(key, _)| key.starts_with("count_"));
        assert_eq!(counts.map(|(key, _)| key.as_str()).collect::<Vec<_>>(), [format!("count_yard_{}", slug("RBC"))]);
        // They stay taken back, for whoever was away; what comes back is there again.
        assert!(announced(&stamp, &[], &known).0["cmps"]["capture"].as_object().unwrap().keys().eq(["p"]));
        assert!(announced(&Stamp::new("cam-7"), &[], &known).0["cmps"]["capture"]["name"].is_string());
    }

    #[test]
    fn a_category_may_be_called_anything() {
        let names = ["a\"}}b\\", "ä", "ö", "a b", "a_b"];
        let (value, _) = announced(&Stamp::new("cam-7"), &[sight(None, &names)], &[]);
        let components = value["cmps"].as_object().unwrap();
        let plain = |key: &str| key.chars().all(|c| c.is_ascii_alphanumeric() || "_-".contains(c));
        assert!(components.keys().all(|key| plain(key)));
        assert_eq!(components.keys().filter(|key| key.starts_with("present_")).count(), names.len());
    }

    #[test]
    fn the_announcement_of_a_device_with_all_that_it_may_have_fits() {
        let ids: Vec<String> = (0..crate::domain::limits::CAMERAS).map(|at| format!("camera-{at:0>57}")).collect();
        let cameras = ids.iter().map(|id| (id.parse().unwrap(), ())).collect();
        let stamp = Stamp::new(&"d".repeat(64)).of_cameras(&PerCamera::of(cameras).unwrap());
        let names: Vec<String> = (0..CATEGORIES).map(|at| format!("{at:Ü>64}")).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let sights: Vec<Sight> = ids.iter().map(|id| sight(Some(id), &names)).collect();
        let gone = |at| Entity { key: format!("present_{}_{at:0>27}", ids[0]), platform: "binary_sensor".to_owned() };
        let known: Vec<Entity> = (0..2 * REMEMBERED).map(gone).collect();
        let bytes = announce(&stamp, &sights, &known).0.payload.len();
        assert!(bytes < crate::mqtt::payload::LIMIT, "{bytes}");
    }
}
