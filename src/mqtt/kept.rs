//! Messages as they lie in the store's queue: all but the payload as JSON beside it.

use super::payload::Message;
use super::topics::{Delivery, Keep, Worth};
use crate::store::outbox::Item;
use bytes::Bytes;
use rumqttc::v5::mqttbytes::QoS;
use serde::{Deserialize, Serialize};

/// Content types that messages of ours have.
const TYPES: [&str; 3] = ["application/json", "text/plain", "image/jpeg"];

#[derive(Serialize, Deserialize)]
struct Head {
    topic: String,
    worth: Worth,
    #[serde(rename = "type")]
    content_type: String,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    properties: Vec<(String, String)>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    correlation: Option<Vec<u8>>,
}

/// A message as an item of the queue.
pub fn item(number: u64, message: &Message) -> Item {
    let worth = match message.delivery.keep {
        Keep::Every(worth) => worth,
        Keep::Newest | Keep::Nothing => Worth::Rest,
    };
    let head = Head {
        topic: message.topic.clone(),
        worth,
        content_type: message.content_type.to_owned(),
        properties: message.properties.clone(),
        correlation: message.correlation.as_ref().map(|bytes| bytes.to_vec()),
    };
    // Texts, numbers and lists of them are always JSON.
    let meta = serde_json::to_vec(&head).unwrap_or_default();
    Item { number, meta: meta.into(), body: message.payload.clone() }
}

/// Its topic, and how it is kept; `None` where that is not understood.
pub fn head(meta: &[u8]) -> Option<(String, Keep)> {
    let head: Head = serde_json::from_slice(meta).ok()?;
    Some((head.topic, Keep::Every(head.worth)))
}

/// The message again.
pub fn message(meta: &[u8], payload: Bytes) -> Option<Message> {
    let head: Head = serde_json::from_slice(meta).ok()?;
    Some(Message {
        topic: head.topic,
        delivery: Delivery { retain: false, qos: QoS::AtLeastOnce, keep: Keep::Every(head.worth), whole: false },
        payload,
        content_type: TYPES.into_iter().find(|known| *known == head.content_type)?,
        properties: head.properties,
        correlation: head.correlation.map(Bytes::from),
    })
}

#[cfg(test)]
mod tests {
    use super::super::payload::Stamp;
    use super::super::topics::Topic;
    use super::*;

    #[test]
    fn a_message_comes_back_as_it_was() {
        let mut before = Stamp::new("d").json(Topic::Reply, &serde_json::Map::new()).unwrap();
        before.topic = "somewhere/else".to_owned();
        before.correlation = Some(Bytes::from_static(&[0, 255, 7]));
        before.properties.push(("a".to_owned(), "ü".to_owned()));
        let item = item(3, &before);
        assert_eq!(head(&item.meta), Some(("somewhere/else".to_owned(), Keep::Every(Worth::Rest))));
        assert_eq!(message(&item.meta, item.body), Some(before));
    }
}
