//! Payloads: the one place that stamps them with `id`, `time` and `device`, and that keeps them short enough.

use super::topics::{Delivery, Keep, Topic, Topics};
use crate::domain::PerCamera;
use bytes::Bytes;
use jiff::Timestamp;
use rumqttc::v5::mqttbytes::QoS;
use serde::Serialize;
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};
use uuid::Uuid;

/// No payload has this many bytes.
pub const LIMIT: usize = 128_000;

/// Bytes of a text that may be the name of a thing.
const NAME: usize = 64;

/// A message ready to be sent.
#[derive(Clone, Debug, PartialEq)]
pub struct Message {
    pub topic: String,
    pub delivery: Delivery,
    pub payload: Bytes,
    /// MQTT 5 content type.
    pub content_type: &'static str,
    /// MQTT 5 user properties: where the payload itself has no room for `id`, `time` and `device`.
    pub properties: Vec<(String, String)>,
    /// MQTT 5 correlation data of the command this answers.
    pub correlation: Option<Bytes>,
}

impl Message {
    /// What is sent to a device, kept by nobody: a command of QoS 1, or a request of QoS 0, which is sent again by whoever
    /// sends it.
    pub fn to_device(topic: String, payload: Bytes, qos: QoS) -> Self {
        let delivery = Delivery { retain: false, qos, keep: Keep::Nothing, whole: true };
        let (properties, correlation) = (Vec::new(), None);
        Self { topic, delivery, payload, content_type: "application/octet-stream", properties, correlation }
    }
}

/// Makes the messages of one device.
#[derive(Clone, Debug)]
pub struct Stamp {
    device: String,
    topics: Topics,
}

#[derive(Serialize)]
struct Stamped<'a, T> {
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    time: Option<Timestamp>,
    device: &'a str,
    #[serde(flatten)]
    body: &'a T,
}

impl Stamp {
    pub fn new(device: &str) -> Self {
        Self { device: device.to_owned(), topics: Topics::new(device) }
    }

    /// With Home Assistant under this topic.
    pub fn discovered(self, prefix: &str) -> Self {
        Self { topics: self.topics.discovered(prefix), ..self }
    }

    /// Of a device with these cameras.
    pub fn of_cameras<T>(self, cameras: &PerCamera<T>) -> Self {
        Self { topics: self.topics.of_cameras(cameras), ..self }
    }

    /// Of one whose HTTP door is reached through the broker.
    pub fn reached(self, reached: bool) -> Self {
        Self { topics: self.topics.reached(reached), ..self }
    }

    pub fn device(&self) -> &str {
        &self.device
    }

    /// Takes back what is retained on this topic.
    pub fn taken_back(&self, topic: String) -> Message {
        let message = self.raw(Topic::Discovery, Bytes::new(), "text/plain", Vec::new());
        Message { topic, ..message }
    }

    pub fn topics(&self) -> &Topics {
        &self.topics
    }

    /// A JSON message of now. `body` is a struct or map without the keys `id`, `time` and `device`. Too large a body
    /// is shortened, see [`shorten`]. Error: `body` is no JSON object.
    pub fn json<T: Serialize>(&self, topic: Topic, body: &T) -> serde_json::Result<Message> {
        self.stamped(topic, Some(new_id()), Some(Timestamp::now()), body)
    }

    /// As [`Stamp::json`], with this `id`.
    pub fn json_as<T: Serialize>(&self, id: Value, topic: Topic, body: &T) -> serde_json::Result<Message> {
        self.stamped(topic, Some(id), Some(Timestamp::now()), body)
    }

    /// The `id` of what is told of this thing of then: the same whenever the message is made, so that what is told again
    /// after a kill is known by it.
    pub fn id_of(&self, then: Timestamp, thing: &str) -> Value {
        let hash = Sha256::digest(format!("{} {thing}", self.device));
        let random = std::array::from_fn(|at| hash[at]);
        let milliseconds = u64::try_from(then.as_millisecond()).unwrap_or(0);
        Value::String(uuid::Builder::from_unix_timestamp_millis(milliseconds, &random).into_uuid().to_string())
    }

    /// As [`Stamp::json`], for a body that has its own `id`, of which there is one message only.
    pub fn named<T: Serialize>(&self, topic: Topic, body: &T) -> serde_json::Result<Message> {
        self.stamped(topic, None, Some(Timestamp::now()), body)
    }

    /// As [`Stamp::json_as`], for a body that has its own `time`, at which it happened.
    pub fn timed<T: Serialize>(&self, id: Value, topic: Topic, body: &T) -> serde_json::Result<Message> {
        self.stamped(topic, Some(id), None, body)
    }

    /// As [`Stamp::json`], with the `id` of the command that `body` answers, where it had one.
    pub fn answer<T: Serialize>(&self, id: Option<Value>, body: &T) -> serde_json::Result<Message> {
        self.stamped(Topic::Reply, id.or_else(|| Some(new_id())), Some(Timestamp::now()), body)
    }

    /// An answer that was written before.
    pub fn answered(&self, payload: Bytes) -> Message {
        self.raw(Topic::Reply, payload, "application/json", Vec::new())
    }

    fn stamped<T: Serialize>(
        &self,
        topic: Topic,
        id: Option<Value>,
        time: Option<Timestamp>,
        body: &T,
    ) -> serde_json::Result<Message> {
        let mut payload = serde_json::to_vec(&Stamped { id, time, device: &self.device, body })?;
        if payload.len() >= LIMIT {
            let size = payload.len();
            payload = shorten(serde_json::from_slice(&payload)?, LIMIT - 1)?;
            tracing::warn!(topic = self.topics.name(&topic), size, "payload too large, shortened");
        }
        Ok(self.raw(topic, payload.into(), "application/json", Vec::new()))
    }

    /// A message whose payload is no JSON object; `id`, `time`, `device` and `more` travel as MQTT 5 user properties.
    pub fn bare(&self, topic: Topic, payload: Bytes, content_type: &'static str, more: &[(&str, String)]) -> Message {
        let mut properties = vec![
            ("id".to_owned(), Uuid::now_v7().to_string()),
            ("time".to_owned(), Timestamp::now().to_string()),
            ("device".to_owned(), self.device.clone()),
        ];
        properties.extend(more.iter().map(|(key, value)| ((*key).to_owned(), value.clone())));
        self.raw(topic, payload, content_type, properties)
    }

    /// A message that says nothing beside its payload.
    pub fn plain(&self, topic: Topic, payload: Bytes) -> Message {
        self.raw(topic, payload, "application/octet-stream", Vec::new())
    }

    fn raw(
        &self,
        topic: Topic,
        payload: Bytes,
        content_type: &'static str,
        properties: Vec<(String, String)>,
    ) -> Message {
        Message {
            topic: self.topics.name(&topic),
            delivery: topic.delivery(),
            payload,
            content_type,
            properties,
            correlation: None,
        }
    }
}

fn new_id() -> Value {
    Value::String(Uuid::now_v7().to_string())
}

/// Cuts the largest list or text in `value` to half, again and again, until the JSON has at most `limit` bytes, or there is
/// nothing more to cut; the object then carries `"truncated": true`. Lists keep their beginning, which is where the best
/// predictions are; short texts, by which things are known, stay.
pub fn shorten(mut value: Value, limit: usize) -> serde_json::Result<Vec<u8>> {
    if let Value::Object(object) = &mut value {
        object.insert("truncated".to_owned(), Value::Bool(true));
    }
    loop {
        let bytes = serde_json::to_vec(&value)?;
        if bytes.len() <= limit || !halve_largest(&mut value) {
            return Ok(bytes);
        }
    }
}

/// Halves the largest list or text; `false` when nothing is left to cut.
fn halve_largest(value: &mut Value) -> bool {
    match value {
        Value::Array(items) if items.len() == 1 && size(&items[0]) > 1000 => halve_largest(&mut items[0]),
        Value::Array(items) if !items.is_empty() => {
            items.truncate(items.len() / 2);
            true
        }
        Value::String(text) if text.len() > NAME => {
            let middle = (0..=text.len() / 2).rev().find(|&at| text.is_char_boundary(at)).unwrap_or(0);
            text.truncate(middle);
            true
        }
        Value::Object(object) => halve_in(object),
        _ => false,
    }
}

fn halve_in(object: &mut Map<String, Value>) -> bool {
    let mut order: Vec<(usize, String)> = object.iter().map(|(key, value)| (size(value), key.clone())).collect();
    order.sort_unstable_by(|a, b| b.cmp(a));
    order.iter().any(|(_, key)| object.get_mut(key).is_some_and(halve_largest))
}

fn size(value: &Value) -> usize {
    match value {
        Value::String(text) => text.len() + 2,
        Value::Array(items) => 2 + items.iter().map(|item| size(item) + 1).sum::<usize>(),
        Value::Object(object) => 2 + object.iter().map(|(key, value)| key.len() + 4 + size(value)).sum::<usize>(),
        _ => 8,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn every_payload_carries_id_time_and_device() {
        let message = Stamp::new("cam-7").json(Topic::Status, &json!({"a": 1})).unwrap();
        let value: Value = serde_json::from_slice(&message.payload).unwrap();
        assert_eq!(value["device"], "cam-7");
        assert_eq!(value["a"], 1);
        assert_eq!(value["id"].as_str().unwrap().parse::<Uuid>().unwrap().get_version_num(), 7);
        value["time"].as_str().unwrap().parse::<Timestamp>().unwrap();
        assert!(value.get("truncated").is_none());
    }

    #[test]
    fn small_numbers_stay_short() {
        #[derive(Serialize)]
        struct Body {
            score: f32,
        }
        let message = Stamp::new("d").json(Topic::Status, &Body { score: 0.1 }).unwrap();
        assert!(std::str::from_utf8(&message.payload).unwrap().contains("\"score\":0.1}"));
    }

    #[test]
    fn a_long_list_is_cut_from_its_end() {
        let body = json!({"epoch": 3, "predictions": (0..40_000).collect::<Vec<_>>(), "name": "x"});
        let message = Stamp::new("d").json(Topic::FlipbookPage, &body).unwrap();
        assert!(message.payload.len() < LIMIT);
        let value: Value = serde_json::from_slice(&message.payload).unwrap();
        assert_eq!((&value["truncated"], &value["epoch"], &value["name"]), (&json!(true), &json!(3), &json!("x")));
        let kept = value["predictions"].as_array().unwrap();
        assert!(kept.len() >= 5_000 && kept[0] == 0, "{} kept", kept.len());
    }

    #[test]
    fn whatever_is_large_is_cut() {
        for body in [
            json!({"text": "ä".repeat(200_000)}),
            json!({"deep": {"er": {"list": vec!["abc"; 100_000]}}}),
            json!({"one": [{"text": "a".repeat(300_000)}]}),
            json!({"a": vec![1; 100_000], "b": vec![2; 100_000]}),
        ] {
            let message = Stamp::new("d").json(Topic::Events, &body).unwrap();
            assert!(message.payload.len() < LIMIT);
            let value: Value = serde_json::from_slice(&message.payload).unwrap();
            assert_eq!(value["truncated"], true);
            assert_eq!(value["device"], "d");
        }
    }
}
