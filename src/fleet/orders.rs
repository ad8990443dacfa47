//! Commands to many devices: a few first, the rest where those did it, and no further once too many fail.
//!
//! This is what an order is and what follows from what was heard; it sends and writes nothing itself.
//!
//! 1. An order is on disk before anything of it is sent; each device gets its command under one id for good, which is made of
//!    the order's and its own: sent again after a restart, it is known there.
//! 2. A command that the broker has is not sent again. Its answer comes, or its time passes.

use crate::mqtt::command;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use std::collections::BTreeSet;
use std::ops::RangeInclusive;
use utoipa::ToSchema;
use uuid::Uuid;

/// Devices of an order.
pub const DEVICES: RangeInclusive<usize> = 1..=10_000;
/// Seconds within which a device may carry it out.
pub const EXPIRES: RangeInclusive<u32> = 10..=7 * 24 * 3600;
/// Bytes of a command.
pub const BODY: usize = 2_000;
/// Commands of an order that are on their way at once.
const AT_ONCE: usize = 50;
/// An answer may take so long after the last moment at which the command counts.
const GRACE: SignedDuration = SignedDuration::from_secs(60);
/// Characters of what a device answers.
const WORDS: usize = 500;

/// What somebody orders.
#[derive(Clone, Debug, PartialEq, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewOrder {
    /// Ids, each once; the first are those that are tried first.
    pub devices: Vec<String>,
    /// `set`, `deploy`, `capture`, `train`, `rollback`, `cancel`, `reboot-service`.
    pub command: String,
    /// As the command takes it, without `id` and `expires`.
    #[serde(default)]
    pub body: Map<String, Value>,
    /// So many devices are tried first; the rest follows where all of them did it. 0: all at once.
    #[serde(default = "one")]
    pub canary: usize,
    /// No further device gets it once so many failed. 0: never mind.
    #[serde(default = "one")]
    pub stop_after_failures: usize,
    /// Seconds within which each has to carry it out, from now on.
    #[serde(default = "ten_minutes")]
    pub expires_s: u32,
}

fn one() -> usize {
    1
}

fn ten_minutes() -> u32 {
    600
}

/// An order as it is told.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct Order {
    #[schema(value_type = String, format = Uuid)]
    pub id: Uuid,
    #[schema(value_type = String, format = DateTime)]
    pub made: Timestamp,
    /// Who ordered it.
    pub by: String,
    pub command: String,
    #[schema(value_type = Object)]
    pub body: Map<String, Value>,
    pub state: OrderState,
    /// Why it stopped, in words; null where it did not.
    pub stopped: Option<String>,
    pub canary: usize,
    pub stop_after_failures: usize,
    #[schema(value_type = String, format = DateTime)]
    pub expires: Timestamp,
    pub devices: Vec<Part>,
}

/// How an order is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum OrderState {
    /// The first devices try it.
    Canary,
    Running,
    /// No further device gets it.
    Stopped,
    /// Every device did it, or did not.
    Done,
}

/// What became of it on one device.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Part {
    /// The device.
    pub id: String,
    pub state: PartState,
    /// What it answered, in words.
    pub words: String,
}

/// How it is on one device.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum PartState {
    /// The broker does not have it.
    Waiting,
    /// The broker has it; no answer yet.
    Sent,
    Done,
    Failed,
    /// No answer came in its time.
    Expired,
}

impl PartState {
    fn is_over(self) -> bool {
        matches!(self, Self::Done | Self::Failed | Self::Expired)
    }
}

/// An order as it is written, without its parts.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct OrderRecord {
    pub id: Uuid,
    pub made: Timestamp,
    pub by: String,
    pub command: String,
    pub body: Map<String, Value>,
    pub canary: usize,
    pub stop_after_failures: usize,
    pub expires: Timestamp,
    pub state: OrderState,
    pub stopped: Option<String>,
}

/// A command to be sent.
#[derive(Clone, Debug, PartialEq)]
pub struct Sending {
    pub order: Uuid,
    /// Which of its parts.
    pub part: usize,
    pub device: String,
    pub command: String,
    pub payload: Vec<u8>,
}

/// An order that goes on.
#[derive(Debug)]
pub struct Running {
    pub record: OrderRecord,
    parts: Vec<Part>,
    /// Handed over, and not acknowledged by the broker.
    under_way: BTreeSet<usize>,
    /// Parts that are not written down as they are.
    unwritten: BTreeSet<usize>,
    /// Whether the record is not.
    changed: bool,
}

impl NewOrder {
    /// Makes an order of it. Error: what is wrong with it, in words.
    pub fn accept(self, by: &str, now: Timestamp) -> Result<Running, String> {
        let (least, most) = DEVICES.into_inner();
        let mut seen = BTreeSet::new();
        if !(least..=most).contains(&self.devices.len()) {
            return Err(format!("an order goes to {least} to {most} devices; these are {}", self.devices.len()));
        }
        if let Some(twice) = self.devices.iter().find(|id| !seen.insert(*id)) {
            return Err(format!("the device `{twice}` is there twice"));
        }
        if !EXPIRES.contains(&self.expires_s) {
            let (least, most) = EXPIRES.into_inner();
            return Err(format!("expires_s must be {least} to {most}; it is {}", self.expires_s));
        }
        for key in ["id", "expires"] {
            if self.body.contains_key(key) {
                return Err(format!("`{key}` is given to the command by this server"));
            }
        }
        if serde_json::to_vec(&self.body).map_or(true, |body| body.len() > BODY) {
            return Err(format!("the command has more than {BODY} bytes"));
        }
        // As the device will read it.
        command::parse(&self.command, self.body.clone())?;
        let expires = now.checked_add(SignedDuration::from_secs(self.expires_s.into())).map_err(|e| e.to_string())?;
        let canary = if self.canary >= self.devices.len() { 0 } else { self.canary };
        let record = OrderRecord {
            id: Uuid::now_v7(),
            made: now,
            by: by.to_owned(),
            command: self.command,
            body: self.body,
            canary,
            stop_after_failures: self.stop_after_failures,
            expires,
            state: if canary > 0 { OrderState::Canary } else { OrderState::Running },
            stopped: None,
        };
        let waiting = |id| Part { id, state: PartState::Waiting, words: String::new() };
        Ok(Running::of(record, self.devices.into_iter().map(waiting).collect()))
    }
}

impl Running {
    /// As it was written.
    pub fn of(record: OrderRecord, parts: Vec<Part>) -> Self {
        Self { record, parts, under_way: BTreeSet::new(), unwritten: BTreeSet::new(), changed: false }
    }

    pub fn parts(&self) -> &[Part] {
        &self.parts
    }

    /// Whether nothing more will happen to it.
    pub fn is_over(&self) -> bool {
        let state = self.record.state;
        state == OrderState::Done
            || (state == OrderState::Stopped && !self.parts.iter().any(|part| part.state == PartState::Sent))
    }

    /// As it is told.
    pub fn told(&self) -> Order {
        let record = self.record.clone();
        Order {
            id: record.id,
            made: record.made,
            by: record.by,
            command: record.command,
            body: record.body,
            state: record.state,
            stopped: record.stopped,
            canary: record.canary,
            stop_after_failures: record.stop_after_failures,
            expires: record.expires,
            devices: self.parts.clone(),
        }
    }

    /// What may be sent now, at most so many: each is handed out once in a connection.
    pub fn to_send(&mut self, room: usize, now: Timestamp) -> Vec<Sending> {
        if !matches!(self.record.state, OrderState::Canary | OrderState::Running) || now >= self.record.expires {
            return Vec::new();
        }
        let upto = if self.record.state == OrderState::Canary { self.record.canary } else { self.parts.len() };
        let sent = self.parts.iter().filter(|part| part.state == PartState::Sent).count();
        let room = room.min(AT_ONCE.saturating_sub(sent + self.under_way.len()));
        let waits = |at: &usize| self.parts[*at].state == PartState::Waiting && !self.under_way.contains(at);
        let which: Vec<usize> = (0..upto.min(self.parts.len())).filter(waits).take(room).collect();
        self.under_way.extend(&which);
        which.into_iter().map(|at| self.sending(at)).collect()
    }

    fn sending(&self, at: usize) -> Sending {
        let device = self.parts[at].id.clone();
        let mut body = self.record.body.clone();
        body.insert("id".to_owned(), json!(command_id(self.record.id, &device)));
        body.insert("expires".to_owned(), json!(self.record.expires));
        let payload = Value::Object(body).to_string().into_bytes();
        Sending { order: self.record.id, part: at, device, command: self.record.command.clone(), payload }
    }

    /// The broker has it.
    pub fn sent(&mut self, at: usize) {
        self.under_way.remove(&at);
        if self.parts.get(at).is_some_and(|part| part.state == PartState::Waiting) {
            self.set(at, PartState::Sent, String::new());
        }
    }

    /// The broker does not take it.
    pub fn refused(&mut self, at: usize, why: &str) {
        self.under_way.remove(&at);
        if self.parts.get(at).is_some_and(|part| part.state == PartState::Waiting) {
            self.set(at, PartState::Failed, format!("the broker does not take the command: {why}"));
            self.settle();
        }
    }

    /// What was handed over was lost with the connection.
    pub fn cut(&mut self) {
        self.under_way.clear();
    }

    /// A device answered. What comes late, counts as well: it was done.
    pub fn answered(&mut self, device: &str, answer: &Value) {
        let Some(at) = self.parts.iter().position(|part| part.id == device) else { return };
        if matches!(self.parts[at].state, PartState::Done | PartState::Failed) {
            return;
        }
        self.under_way.remove(&at);
        let short = |text: String| crate::domain::limits::short(text, WORDS);
        match answer.get("ok").and_then(Value::as_bool) {
            Some(true) => {
                let result = answer.get("result").filter(|result| !result.is_null()).map(Value::to_string);
                self.set(at, PartState::Done, short(result.unwrap_or_default()));
            }
            Some(false) => {
                let why = answer.get("error").and_then(Value::as_str).unwrap_or("it does not say why");
                self.set(at, PartState::Failed, short(why.to_owned()));
            }
            None => self.set(at, PartState::Failed, "its answer can't be understood".to_owned()),
        }
        self.settle();
    }

    /// Time passes.
    pub fn passed(&mut self, now: Timestamp) {
        if self.is_over() {
            return;
        }
        let over = now >= self.record.expires;
        let late = self.record.expires.checked_add(GRACE).is_ok_and(|late| now >= late);
        for at in 0..self.parts.len() {
            match self.parts[at].state {
                PartState::Sent if late => self.set(at, PartState::Expired, "no answer came in its time".to_owned()),
                PartState::Waiting if over && self.record.state != OrderState::Stopped => {
                    self.under_way.remove(&at);
                    self.set(at, PartState::Expired, "its time passed before it was sent".to_owned());
                }
                _ => {}
            }
        }
        self.settle();
    }

    /// Somebody takes it back: no further device gets it.
    pub fn cancel(&mut self, by: &str) {
        if matches!(self.record.state, OrderState::Canary | OrderState::Running) {
            self.stop(format!("{by} stopped it"));
        }
    }

    fn stop(&mut self, why: String) {
        (self.record.state, self.record.stopped, self.changed) = (OrderState::Stopped, Some(why), true);
    }

    fn set(&mut self, at: usize, state: PartState, words: String) {
        (self.parts[at].state, self.parts[at].words) = (state, words);
        self.unwritten.insert(at);
    }

    /// What follows from how its parts are.
    fn settle(&mut self) {
        let OrderRecord { state, canary, stop_after_failures, .. } = self.record;
        if matches!(state, OrderState::Stopped | OrderState::Done) {
            return;
        }
        let failed = |parts: &[Part]| {
            parts.iter().filter(|part| matches!(part.state, PartState::Failed | PartState::Expired)).count()
        };
        let (tried, all) = (&self.parts[..canary.min(self.parts.len())], failed(&self.parts));
        if self.parts.iter().all(|part| part.state.is_over()) {
            (self.record.state, self.changed) = (OrderState::Done, true);
        } else if state == OrderState::Canary && failed(tried) > 0 {
            self.stop("a device that tried it first did not do it".to_owned());
        } else if stop_after_failures > 0 && all >= stop_after_failures {
            self.stop(format!("{all} devices did not do it"));
        } else if state == OrderState::Canary && tried.iter().all(|part| part.state == PartState::Done) {
            (self.record.state, self.changed) = (OrderState::Running, true);
        }
    }

    /// Whether something of it is to be written down.
    pub fn is_unwritten(&self) -> bool {
        self.changed || !self.unwritten.is_empty()
    }

    /// Its parts that are to be written down.
    pub fn unwritten(&self) -> Vec<(usize, Part)> {
        self.unwritten.iter().map(|at| (*at, self.parts[*at].clone())).collect()
    }

    /// All of it is written down.
    pub fn written(&mut self) {
        self.changed = false;
        self.unwritten.clear();
    }
}

/// The id of a device's command: the same however often it is sent.
pub fn command_id(order: Uuid, device: &str) -> String {
    format!("{order}/{device}")
}

/// Of which order an answer is.
pub fn order_of(id: &str) -> Option<Uuid> {
    id.split_once('/').and_then(|(order, _)| Uuid::parse_str(order).ok())
}

#[cfg(test)]
#[path = "orders_tests.rs"]
mod tests;
