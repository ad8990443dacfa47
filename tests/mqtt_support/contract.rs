//! Holds what is published to `docs/asyncapi.json`: every message that a test receives.

use jsonschema::{Draft, Validator};
use rumqttc::v5::mqttbytes::v5::Publish;
use serde_json::{Map, Value, json};
use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

/// Bytes that a picture has at most.
const PICTURE: usize = 100_000;
/// No payload has this many bytes.
const PAYLOAD: usize = 128_000;

/// One message of the document.
struct Kind {
    content_type: String,
    payload: Validator,
}

/// The document.
pub struct Contract {
    /// The address of each channel in its parts, and the messages on it.
    channels: Vec<(Vec<String>, Vec<String>)>,
    kinds: HashMap<String, Kind>,
}

static CONTRACT: LazyLock<Contract> = LazyLock::new(|| {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/asyncapi.json");
    Contract::of(&serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap())
});

/// What is wrong with this message, if anything. Commands are the tests' own, and some of them are wrong on purpose.
pub fn fault(publish: &Publish) -> Option<String> {
    let topic = super::topic_of(publish);
    let kind = publish.properties.as_ref().and_then(|properties| properties.content_type.as_deref());
    CONTRACT.fault(topic, &publish.payload, kind).map(|fault| format!("{topic}: {fault}"))
}

/// The same for a payload that was printed.
pub fn printed(topic: &str, payload: &[u8]) -> Option<String> {
    CONTRACT.fault(topic, payload, None).map(|fault| format!("{topic}: {fault}"))
}

/// Whether the document allows this command.
pub fn allows(name: &str, body: &Value) -> bool {
    CONTRACT.kinds[name].payload.is_valid(body)
}

impl Contract {
    fn of(document: &Value) -> Self {
        let components = &document["components"];
        let schemas = strict(components["schemas"].as_object().unwrap().clone(), &components["messages"]);
        let kind = |(name, message): (&String, &Value)| {
            let mut payload = message["payload"].clone();
            payload["components"] = json!({ "schemas": schemas });
            if payload.get("properties").is_some() || payload.get("allOf").is_some() {
                payload["unevaluatedProperties"] = json!(false);
            }
            let options = jsonschema::options().with_draft(Draft::Draft202012).should_validate_formats(true);
            let payload = options.build(&payload).unwrap_or_else(|error| panic!("{name}: {error}"));
            let content_type = message["contentType"].as_str().unwrap().to_owned();
            (name.clone(), Kind { content_type, payload })
        };
        let channel = |channel: &Value| {
            let address = channel["address"].as_str().unwrap().split('/').map(str::to_owned).collect();
            (address, channel["messages"].as_object().unwrap().keys().cloned().collect())
        };
        Self {
            channels: document["channels"].as_object().unwrap().values().map(channel).collect(),
            kinds: components["messages"].as_object().unwrap().iter().map(kind).collect(),
        }
    }

    fn fault(&self, topic: &str, payload: &[u8], content_type: Option<&str>) -> Option<String> {
        let Some(kinds) = self.on(topic) else { return Some("the document has no such topic".to_owned()) };
        // What was kept is taken back.
        if payload.is_empty() || topic.contains("/command/") {
            return None;
        }
        if payload.len() >= PAYLOAD {
            return Some(format!("{} bytes", payload.len()));
        }
        let faults = kinds.iter().map(|name| self.kinds[name].fault(payload, content_type));
        let faults: Vec<_> = faults.collect::<Option<_>>()?;
        Some(faults.join("; or "))
    }

    /// What may come there. Outside a device's topics there are Home Assistant's, and answers that were asked for there.
    fn on(&self, topic: &str) -> Option<&Vec<String>> {
        let parts: Vec<&str> = topic.split('/').collect();
        let own = parts[0] == "fieldcoach";
        let found = self.channels.iter().find(|(address, _)| match address[0].as_str() {
            "{prefix}" if own => false,
            "{prefix}" => fits(&address[1..], &parts[parts.len().saturating_sub(address.len() - 1)..]),
            _ => fits(address, &parts),
        });
        let reply = || self.channels.iter().find(|(address, _)| address.last().unwrap() == "reply");
        let below = own && parts.get(2) == Some(&"reply");
        found.or_else(|| if own && !below { None } else { reply() }).map(|(_, kinds)| kinds)
    }
}

impl Kind {
    fn fault(&self, payload: &[u8], content_type: Option<&str>) -> Option<String> {
        if content_type.is_some_and(|content_type| content_type != self.content_type) {
            return Some(format!("it is {content_type:?}, and not {}", self.content_type));
        }
        let value = match self.content_type.as_str() {
            "image/jpeg" if !payload.starts_with(&[0xff, 0xd8]) => return Some("no JPEG".to_owned()),
            "image/jpeg" if payload.len() > PICTURE => return Some(format!("{} bytes", payload.len())),
            "image/jpeg" => return None,
            // Its own tests read it.
            "application/octet-stream" => return None,
            "text/plain" => Value::String(String::from_utf8(payload.to_vec()).ok()?),
            _ => match serde_json::from_slice(payload) {
                Ok(value) => value,
                Err(error) => return Some(error.to_string()),
            },
        };
        let told = |error: jsonschema::ValidationError| format!("{}: {error:.300}", error.instance_path());
        let faults: Vec<_> = self.payload.iter_errors(&value).map(told).collect();
        (!faults.is_empty()).then(|| faults.join(", "))
    }
}

fn fits(address: &[String], parts: &[&str]) -> bool {
    address.len() == parts.len()
        && address.iter().zip(parts).all(|(address, part)| address.starts_with('{') || address == part)
}

/// The schemas, taking nothing that they do not name. Those that others are made of can't: the others do.
fn strict(mut schemas: Map<String, Value>, messages: &Value) -> Map<String, Value> {
    fn made_of(value: &Value, names: &mut HashSet<String>) {
        if let Some(parts) = value.get("allOf").and_then(Value::as_array) {
            let named = parts.iter().filter_map(|part| part["$ref"].as_str());
            names.extend(named.filter_map(|name| Some(name.rsplit_once('/')?.1.to_owned())));
        }
        match value {
            Value::Object(entries) => entries.values().for_each(|value| made_of(value, names)),
            Value::Array(items) => items.iter().for_each(|value| made_of(value, names)),
            _ => {}
        }
    }
    let mut parts = HashSet::new();
    made_of(messages, &mut parts);
    schemas.values().for_each(|schema| made_of(schema, &mut parts));
    for (name, schema) in &mut schemas {
        let open = schema.get("additionalProperties").is_some() || parts.contains(name);
        if !open && (schema.get("properties").is_some() || schema.get("allOf").is_some()) {
            schema["unevaluatedProperties"] = json!(false);
        }
    }
    schemas
}
