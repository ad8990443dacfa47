//! The AsyncAPI document: every topic and every payload, made from the tables and the types that they are sent by.
//!
//! | file | what it is for |
//! | --- | --- |
//! | `messages` | what each message is |
//! | `schemas` | the types of payloads as schemas |

mod messages;
mod schemas;

use super::command;
use super::topics::{Delivery, Keep, Topic, Topics};
use crate::domain::{CameraId, TrainingId};
use messages::{BINDING, Kind, REFUSED, reply};
use rumqttc::v5::mqttbytes::QoS;
use serde_json::{Map, Value, json};

/// What this door tells and is told, as an AsyncAPI 3 document: `docs/asyncapi.json`.
pub fn document() -> serde_json::Result<Value> {
    let schemas = schemas::all()?;
    let mut parts = Parts::default();
    let (training, camera) = (TrainingId::new(), CameraId::main());
    let topics = Topics::new("{device}").discovered("{prefix}");
    for topic in Topic::all(training, camera.clone()) {
        let address = topics.name(&topic).replace(&training.to_string(), "{training}");
        let address = address.replace(&format!("/cameras/{camera}/"), "/cameras/{camera}/");
        let address = address.replace("/http/reply/requester", "/http/reply/{requester}");
        parts.told(channel_of(&topic), &address, topic.delivery(), &messages::told(&topic));
    }
    for name in command::NAMES {
        parts.asked(name, &topics.command(name), &messages::asked(name, &schemas));
    }
    parts.heard(&topics.home_assistant());
    parts.requested(&topics.http_request());
    Ok(json!({
        "asyncapi": "3.0.0",
        "info": {
            "title": "Fieldcoach over MQTT", "version": env!("CARGO_PKG_VERSION"),
            "description": "What a device tells its broker, and what it can be asked for. `send` is what the device sends. \
                            An empty retained message takes back what was kept on its topic.",
        },
        "defaultContentType": "application/json",
        "channels": parts.channels,
        "operations": parts.operations,
        "components": {"messages": parts.messages, "schemas": schemas},
    }))
}

#[derive(Default)]
struct Parts {
    channels: Map<String, Value>,
    operations: Map<String, Value>,
    messages: Map<String, Value>,
}

impl Parts {
    /// What the device sends.
    fn told(&mut self, channel: &str, address: &str, delivery: Delivery, kinds: &[Kind]) {
        self.channel(channel, address, kinds);
        let away = match delivery.keep {
            Keep::Every(_) => "While the broker is away all are kept, and sent in order.",
            Keep::Newest => "While the broker is away the newest is kept.",
            Keep::Nothing => "While the broker is away none is kept.",
        };
        let operation = json!({
            "action": "send", "channel": {"$ref": format!("#/channels/{channel}")}, "description": away,
            "bindings": {"mqtt": {"qos": qos(delivery.qos), "retain": delivery.retain, "bindingVersion": BINDING}},
        });
        self.operations.insert(format!("tell_{channel}"), operation);
    }

    /// A command.
    fn asked(&mut self, name: &str, address: &str, kind: &Kind) {
        let channel = format!("command_{name}");
        self.channel(&channel, address, std::slice::from_ref(kind));
        let message = |name: &str| json!({"$ref": format!("#/channels/reply/messages/{name}")});
        let operation = json!({
            "action": "receive", "channel": {"$ref": format!("#/channels/{channel}")},
            "description": "An empty payload is `{}`. Retained commands are refused.",
            "bindings": {"mqtt": {"qos": 1, "retain": false, "bindingVersion": BINDING}},
            "reply": {
                "address": {
                    "location": "$message.header#/responseTopic",
                    "description": "The response topic of MQTT 5, where the command has one; the answer has its correlation \
                                    data then. Else the reply's own channel.",
                },
                "channel": {"$ref": "#/channels/reply"},
                "messages": [message(&reply(name)), message(REFUSED)],
            },
        });
        self.operations.insert(format!("do_{name}"), operation);
    }

    /// What Home Assistant says of itself.
    fn heard(&mut self, address: &str) {
        let channel = "home_assistant";
        self.channel(channel, address, &[messages::home_assistant()]);
        let operation = json!({
            "action": "receive", "channel": {"$ref": format!("#/channels/{channel}")},
            "description": "With `online` the device announces itself again.",
            "bindings": {"mqtt": {"qos": 1, "bindingVersion": BINDING}},
        });
        self.operations.insert(format!("hear_{channel}"), operation);
    }

    /// What passes to the HTTP door.
    fn requested(&mut self, address: &str) {
        let channel = "http_request";
        self.channel(channel, address, &[messages::through("httpRequest", "A part of a request to the HTTP door.")]);
        let operation = json!({
            "action": "receive", "channel": {"$ref": format!("#/channels/{channel}")},
            "description": "Answered on `http_reply`, where the requester has a token of the device (`mqtt.remote`).",
            "bindings": {"mqtt": {"qos": 0, "bindingVersion": BINDING}},
        });
        self.operations.insert(format!("hear_{channel}"), operation);
    }

    fn channel(&mut self, channel: &str, address: &str, kinds: &[Kind]) {
        let refer = |kind: &Kind| (kind.name.clone(), json!({"$ref": format!("#/components/messages/{}", kind.name)}));
        let parameters: Map<String, Value> = PARAMETERS
            .iter()
            .filter(|(name, _)| address.contains(&format!("{{{name}}}")))
            .map(|(name, words)| ((*name).to_owned(), json!({"description": words})))
            .collect();
        let messages: Map<String, Value> = kinds.iter().map(refer).collect();
        let written = json!({"address": address, "parameters": parameters, "messages": messages});
        self.channels.insert(channel.to_owned(), written);
        self.messages.extend(kinds.iter().map(|kind| (kind.name.clone(), kind.written())));
    }
}

/// What stands for something in a topic.
const PARAMETERS: [(&str, &str); 5] = [
    ("device", "`device.id`"),
    ("training", "The id of a training"),
    ("camera", "The id of one of several cameras"),
    ("requester", "What a requester calls itself: letters, digits, `-` and `_`"),
    ("prefix", "`mqtt.discovery_prefix`, which may have several levels"),
];

/// What a topic is called in the document.
fn channel_of(topic: &Topic) -> &'static str {
    match topic {
        Topic::Availability => "availability",
        Topic::Status => "status",
        Topic::Training => "training",
        Topic::Epoch(_) => "epoch",
        Topic::FlipbookFrame => "flipbook_frame",
        Topic::FlipbookPage => "flipbook_page",
        Topic::Detections => "detections",
        Topic::DetectionsOf(_) => "camera_detections",
        Topic::Counts => "counts",
        Topic::CountsOf(_) => "camera_counts",
        Topic::Snapshot => "snapshot",
        Topic::SnapshotOf(_) => "camera_snapshot",
        Topic::Events => "events",
        Topic::Reply => "reply",
        Topic::HttpReply(_) => "http_reply",
        Topic::Discovery => "discovery",
    }
}

fn qos(qos: QoS) -> u8 {
    match qos {
        QoS::AtMostOnce => 0,
        QoS::AtLeastOnce => 1,
        QoS::ExactlyOnce => 2,
    }
}
