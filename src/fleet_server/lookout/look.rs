//! One look at a device after the other, and what is new in each. What a device answers is told as it is: it may be of another
//! version than this server.

use super::news::Told;
use crate::fleet::Fleet;
use axum::body::Body;
use axum::extract::Request;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

/// Categories and what is watched change seldom: they are asked for at every so many looks.
const SELDOM: u32 = 5;
/// Newest frames that are asked for where there are more than before.
const FRAMES: usize = 20;
/// Newest entries of the log that are asked for.
const LOG: usize = 20;
/// Bytes of an answer, at most.
const ANSWER: usize = 4_000_000;

/// What is read of a device's status.
#[derive(Deserialize)]
struct Status {
    store: Store,
    model: Option<Model>,
    training: Option<Progress>,
}

#[derive(Deserialize)]
struct Store {
    frames: u64,
}

#[derive(Deserialize)]
struct Model {
    id: String,
}

#[derive(Clone, Debug, PartialEq, Deserialize)]
struct Progress {
    id: String,
    state: String,
    epoch: u32,
    progress: f32,
}

#[derive(Deserialize)]
struct Slice {
    items: Vec<Value>,
}

/// What is known of a device by the looks before.
pub struct Looks {
    fleet: Fleet,
    device: String,
    number: u32,
    /// `None` before the first look: what there was then is no news.
    known: Option<Known>,
}

struct Known {
    frames: u64,
    /// Ids are in the order of time.
    newest: Option<String>,
    model: Option<String>,
    training: Option<Progress>,
    detections: Option<Value>,
    /// The newest entry of its log.
    log: Option<Value>,
    categories: Option<Value>,
    watch: Option<Value>,
}

impl Looks {
    pub fn at(fleet: Fleet, device: String) -> Self {
        Self { fleet, device, number: 0, known: None }
    }

    /// What is new since the look before; `None` where the device does not answer.
    pub async fn next(&mut self) -> Option<Vec<Told>> {
        let status = self.get::<Status>("status").await?;
        let Some(mut known) = self.known.take() else {
            self.known = Some(self.first(status).await);
            return Some(Vec::new());
        };
        let mut told = Vec::new();
        self.training(&status, &mut known, &mut told).await;
        self.model(&status, &mut known, &mut told).await;
        self.frames(&status, &mut known, &mut told).await;
        let detections = self.get("detections").await;
        changed("detections", detections, Value::clone, &mut known.detections, &mut told);
        self.log(&mut known, &mut told).await;
        self.number += 1;
        if self.number.is_multiple_of(SELDOM) {
            let categories = self.get("categories").await;
            changed("categories", categories, |_| json!({}), &mut known.categories, &mut told);
            let watch = self.get("watch").await;
            changed("watch", watch, Value::clone, &mut known.watch, &mut told);
        }
        self.known = Some(known);
        Some(told)
    }

    async fn first(&self, status: Status) -> Known {
        Known {
            frames: status.store.frames,
            newest: self.newest("frames", 1).await.first().and_then(id),
            model: status.model.map(|model| model.id),
            training: status.training,
            detections: self.get("detections").await,
            log: self.newest("log", 1).await.pop(),
            categories: self.get("categories").await,
            watch: self.get("watch").await,
        }
    }

    async fn training(&self, status: &Status, known: &mut Known, told: &mut Vec<Told>) {
        if known.training == status.training {
            return;
        }
        // One that is over is in the status no more; how it ended is news.
        let ended =
            known.training.iter().filter(|before| status.training.as_ref().is_none_or(|now| now.id != before.id));
        for one in ended.chain(&status.training) {
            let Some(training) = self.get::<Value>(&format!("trainings/{}", one.id)).await else { return };
            let before = known.training.as_ref().filter(|known| known.id == one.id).map_or(0, |known| known.epoch);
            let epoch = Told::epoch(&training, before);
            told.push(Told::new("training", training));
            told.extend(epoch);
        }
        known.training.clone_from(&status.training);
    }

    async fn model(&self, status: &Status, known: &mut Known, told: &mut Vec<Told>) {
        let now = status.model.as_ref().map(|model| model.id.clone());
        if known.model == now {
            return;
        }
        let model = match &now {
            None => Some(Value::Null),
            Some(id) => self.get(&format!("models/{id}")).await,
        };
        if let Some(model) = model {
            told.push(Told::new("deployed", model));
            known.model = now;
        }
    }

    async fn frames(&self, status: &Status, known: &mut Known, told: &mut Vec<Told>) {
        if known.frames == status.store.frames {
            return;
        }
        let frames = self.newest("frames", FRAMES).await;
        let newest = frames.first().and_then(id);
        let is_new = |frame: &Value| id(frame) > known.newest;
        told.extend(frames.into_iter().filter(is_new).rev().map(|frame| Told::new("frame", frame)));
        known.newest = newest.max(known.newest.take());
        known.frames = status.store.frames;
    }

    /// What an operator wants to know of, as the device keeps it in its log.
    async fn log(&self, known: &mut Known, told: &mut Vec<Told>) {
        let entries = self.newest("log", LOG).await;
        let newest = entries.first().cloned();
        let new: Vec<Value> = entries.into_iter().take_while(|entry| Some(entry) != known.log.as_ref()).collect();
        told.extend(new.into_iter().rev().map(|entry| Told::new("fleet", entry)));
        known.log = newest.or(known.log.take());
    }

    async fn newest(&self, of: &str, limit: usize) -> Vec<Value> {
        let slice = self.get::<Slice>(&format!("{of}?limit={limit}")).await;
        slice.map(|slice| slice.items).unwrap_or_default()
    }

    /// What the device answers there; `None` where it gives none that can be read.
    async fn get<T: DeserializeOwned>(&self, path: &str) -> Option<T> {
        let request = Request::builder().uri(format!("/api/v1/{path}")).body(Body::empty()).ok()?;
        let answer = self.fleet.ask(&self.device, request).await.ok()?;
        let body = answer.status().is_success().then(|| answer.into_body())?;
        let bytes = axum::body::to_bytes(body, ANSWER).await.ok()?;
        serde_json::from_slice(&bytes).ok()
    }
}

fn id(record: &Value) -> Option<String> {
    record["id"].as_str().map(str::to_owned)
}

/// Tells where something is another than before, and remembers it. What could not be asked for is as it was.
fn changed(
    name: &'static str,
    now: Option<Value>,
    told_as: impl Fn(&Value) -> Value,
    known: &mut Option<Value>,
    told: &mut Vec<Told>,
) {
    let Some(now) = now else { return };
    if known.as_ref().is_some_and(|known| *known != now) {
        told.push(Told::new(name, told_as(&now)));
    }
    *known = Some(now);
}
