//! What each message is: its payload, and what is said of it.

use super::schemas::{self, refer};
use crate::domain::{Detections, FleetEvent};
use crate::mqtt::command::{self, CancelRequest, CaptureRequest, DeployRequest, RebootRequest, RollbackRequest};
use crate::mqtt::told::{
    CaptureResult, CountsBody, EpochBody, ModelResult, PageBody, RebootResult, StampBody, StatusBody, TrainingBody,
    TrainingResult,
};
use crate::mqtt::topics::Topic;
use crate::settings::{Changed, Part};
use crate::telemetry::Status;
use crate::train::TrainRequest;
use serde_json::{Map, Value, json};

/// The version of the binding that says how things travel.
pub const BINDING: &str = "0.2.0";

/// A kind of message.
pub struct Kind {
    pub name: String,
    pub summary: &'static str,
    content_type: &'static str,
    payload: Value,
    /// What travels as user properties in MQTT 5.
    properties: Option<Value>,
}

impl Kind {
    fn json(name: &str, summary: &'static str, payload: Value) -> Self {
        Self { name: name.to_owned(), summary, content_type: "application/json", payload, properties: None }
    }

    /// With what every payload carries.
    fn stamped(name: &str, summary: &'static str, mut body: Vec<Value>) -> Self {
        body.insert(0, refer::<StampBody>());
        Self::json(name, summary, json!({ "allOf": body }))
    }

    /// Of a payload without room for it: it travels as user properties, with `more`.
    fn bare(name: &str, summary: &'static str, content_type: &'static str, payload: Value, more: &[&str]) -> Self {
        let stamp = ["id", "time", "device"];
        let keys = stamp.iter().chain(more);
        let properties: Map<String, Value> =
            keys.clone().map(|key| ((*key).to_owned(), json!({"type": "string"}))).collect();
        let properties = json!({
            "type": "object", "description": "User properties of MQTT 5; none in MQTT 3.1.1.", "properties": properties,
        });
        Self { name: name.to_owned(), summary, content_type, payload, properties: Some(properties) }
    }

    /// As the document has it.
    pub fn written(&self) -> Value {
        let mut message = json!({
            "name": self.name, "summary": self.summary, "contentType": self.content_type, "payload": self.payload,
            "bindings": {"mqtt": {"contentType": self.content_type, "bindingVersion": BINDING}},
        });
        if let Some(properties) = &self.properties {
            message["headers"] = properties.clone();
        }
        message
    }
}

/// What passes between a requester and the HTTP door: no JSON, and nothing travels beside it.
pub fn through(name: &str, summary: &'static str) -> Kind {
    let description = "A MAC of 32 bytes, the length of the head in two, the head in JSON, and the body: docs/mqtt.md.";
    let payload = json!({"type": "string", "contentEncoding": "binary", "description": description});
    Kind { name: name.to_owned(), summary, content_type: "application/octet-stream", payload, properties: None }
}

/// What is told on a topic; more than one kind where it depends.
pub fn told(topic: &Topic) -> Vec<Kind> {
    let picture = || json!({"type": "string", "contentMediaType": "image/jpeg"});
    vec![match topic {
        Topic::Availability => Kind::bare(
            "availability",
            "Whether the device is there; the last will says that it is not.",
            "text/plain",
            json!({"type": "string", "enum": ["online", "offline"]}),
            &[],
        ),
        Topic::Status => Kind::stamped("status", "How the device is.", vec![refer::<Status>(), refer::<StatusBody>()]),
        Topic::Training => {
            Kind::stamped("training", "How far the newest training has come.", vec![refer::<TrainingBody>()])
        }
        Topic::Epoch(_) => Kind::stamped("epoch", "The end of an epoch.", vec![refer::<EpochBody>()]),
        Topic::FlipbookFrame => Kind::bare(
            "flipbookFrame",
            "A drawn page of the flip book, a JPEG of at most 100,000 bytes.",
            "image/jpeg",
            picture(),
            &["training", "experiment", "epoch", "frame"],
        ),
        Topic::FlipbookPage => Kind::stamped("flipbookPage", "That page, at every epoch.", vec![refer::<PageBody>()]),
        Topic::Detections | Topic::DetectionsOf(_) => {
            Kind::stamped("detections", "What the deployed model saw.", vec![refer::<Detections>()])
        }
        Topic::Counts | Topic::CountsOf(_) => {
            let summary = "How many objects of each category there are, when that changes.";
            Kind::stamped("counts", summary, vec![refer::<CountsBody>()])
        }
        Topic::Snapshot | Topic::SnapshotOf(_) => Kind::bare(
            "snapshot",
            "The camera's newest picture, a JPEG of at most 40,000 bytes.",
            "image/jpeg",
            picture(),
            &["taken"],
        ),
        Topic::Events => Kind::stamped("event", "What happened.", vec![refer::<FleetEvent>()]),
        Topic::Reply => return replies(),
        Topic::HttpReply(_) => through("httpReply", "A part of an answer of the HTTP door, or what belongs to it."),
        Topic::Discovery => {
            let text = || json!({"type": "string"});
            let component = json!({"type": "object", "required": ["p"], "properties": {"p": text()}});
            let announcement = json!({
                "type": "object", "required": ["dev", "o", "cmps"],
                "properties": {
                    "dev": {"type": "object", "required": ["ids", "name"], "properties": {"name": text()}},
                    "o": {"type": "object", "required": ["name"], "properties": {"name": text()}},
                    "availability": {"type": "array", "items": {"type": "object", "required": ["topic"]}},
                    "availability_mode": {"const": "all"},
                    "qos": {"const": 1},
                    "cmps": {"type": "object", "additionalProperties": component},
                },
            });
            let summary = "All entities of the device, in the form that Home Assistant reads.";
            Kind::bare("discovery", summary, "application/json", announcement, &[])
        }
    }]
}

/// The answers to commands: one for each that was carried out, and one for all that were not.
fn replies() -> Vec<Kind> {
    let answer = |command: Value, ok: bool, key: &str, value: Value| {
        let id = json!({"description": "That of the command, where it had one; else a UUIDv7."});
        let time = json!({"type": "string", "format": "date-time"});
        let mut properties = json!({
            "id": id, "time": time, "device": {"type": "string"}, "truncated": {"type": "boolean"},
            "command": command, "ok": {"const": ok},
        });
        properties[key] = value;
        json!({
            "type": "object", "required": ["id", "time", "device", "command", "ok", key], "properties": properties,
        })
    };
    let mut replies: Vec<Kind> = command::NAMES
        .iter()
        .map(|name| {
            let payload = answer(json!({"const": name}), true, "result", result(name));
            Kind::json(&reply(name), "The command was carried out.", payload)
        })
        .collect();
    let refused = answer(json!({"type": "string"}), false, "error", json!({"type": "string"}));
    replies.push(Kind::json(REFUSED, "The command was not carried out, and why.", refused));
    replies
}

/// The name of the answer to commands that were not carried out.
pub const REFUSED: &str = "refused";

/// The name of the answer to this command.
pub fn reply(command: &str) -> String {
    format!("{command}Done")
}

fn result(command: &str) -> Value {
    match command {
        "train" | "cancel" => refer::<TrainingResult>(),
        "deploy" | "rollback" => refer::<ModelResult>(),
        "capture" => refer::<CaptureResult>(),
        "reboot-service" => refer::<RebootResult>(),
        _ => refer::<Changed>(),
    }
}

/// What is asked for with this command.
pub fn asked(command: &str, all: &Map<String, Value>) -> Kind {
    let (summary, name) = match command {
        "train" => ("Begins a training.", schemas::name::<TrainRequest>()),
        "cancel" => ("Ends a training.", schemas::name::<CancelRequest>()),
        "deploy" => ("Puts a model on the live camera.", schemas::name::<DeployRequest>()),
        "rollback" => ("Puts back the model that was live before.", schemas::name::<RollbackRequest>()),
        "capture" => ("Stores the newest frame.", schemas::name::<CaptureRequest>()),
        "reboot-service" => ("Ends the daemon, so that systemd starts it again.", schemas::name::<RebootRequest>()),
        _ => ("Changes settings.", schemas::name::<Part>()),
    };
    let mut payload = all.get(name.as_ref()).cloned().unwrap_or_default();
    payload["type"] = json!("object");
    payload["properties"]["id"] = json!({
        "description": "Names the command: one that comes again is carried out once, also after a restart. At most 200 bytes as JSON.",
    });
    payload["properties"]["expires"] = json!({
        "type": ["string", "null"], "format": "date-time",
        "description": "Until when it may be carried out; it is refused later, and while the device does not believe its clock.",
    });
    Kind::json(command, summary, payload)
}

/// What Home Assistant says of itself.
pub fn home_assistant() -> Kind {
    let payload = json!({"type": "string", "enum": ["online", "offline"]});
    Kind {
        name: "homeAssistant".to_owned(),
        summary: "Whether Home Assistant runs.",
        content_type: "text/plain",
        payload,
        properties: None,
    }
}
