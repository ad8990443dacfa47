//! Reads commands as they come in and writes their replies; knows those that arrived twice.

use super::command::{Command, REBOOT, object, parse};
use super::ledger::REMEMBERED;
use super::payload::{Message, Stamp};
use super::presses::{Joined, Presses};
use super::told::Answer;
use super::topics::Topic;
use super::wire::Incoming;
use crate::domain::{Commanded, limits};
use bytes::Bytes;
use jiff::Timestamp;
use serde_json::{Map, Value};
use std::collections::VecDeque;
use std::sync::Arc;

/// What is answered to a command of which nobody knows any more.
const INTERRUPTED: &str = "the daemon ended while it was being carried out: it may have been done; look before you ask again, under another id";
/// Commands carried out at once; further ones are told to come again.
const AT_ONCE: usize = 8;

/// A command that is being carried out, and where its answer goes.
#[derive(Clone, Debug, PartialEq)]
pub struct Asked {
    /// Tells it from all others.
    number: u64,
    name: String,
    id: Option<Value>,
    response_topic: Option<String>,
    correlation: Option<Bytes>,
}

impl Asked {
    /// Its name and its id, where it has one.
    pub fn named(&self) -> Option<(String, Value)> {
        Some((self.name.clone(), self.id.clone()?))
    }

    /// Whether the daemon is to end once it is answered.
    pub fn ends(&self) -> bool {
        self.name == REBOOT
    }
}

/// What to do about an incoming command.
#[derive(Debug)]
pub enum Verdict {
    Reply(Message),
    Execute(Asked, Command),
    /// It arrived twice, and its reply is on its way.
    Ignore,
}

/// Reads commands and writes replies; knows those that arrived twice.
pub struct Inbox {
    stamp: Stamp,
    numbers: u64,
    running: Vec<Asked>,
    answered: VecDeque<(String, Value, Message)>,
    presses: Presses<Asked>,
    doubt: Doubt,
}

/// Why the clock is not believed, in words, where it is not.
pub type Doubt = Arc<dyn Fn(()) -> Option<String> + Send + Sync>;

/// Whether it holds a number that is too large to be kept as it is written.
fn is_rounded(id: &Value) -> bool {
    match id {
        Value::Number(number) => number.is_f64() && number.as_f64().is_none_or(|number| number.abs() >= EXACT),
        Value::Array(items) => items.iter().any(is_rounded),
        Value::Object(entries) => entries.values().any(is_rounded),
        _ => false,
    }
}

/// From here on numbers with a fraction have none.
const EXACT: f64 = 9_007_199_254_740_992.0;

impl Inbox {
    /// Knows these of before. What was being carried out when the daemon ended is answered with that: those answers come too.
    pub fn new(stamp: Stamp, doubt: Doubt, known: Vec<Commanded>) -> (Self, Vec<(Asked, Message)>) {
        let (running, answered, presses) = (Vec::new(), VecDeque::new(), Presses::default());
        let mut this = Self { stamp, numbers: 0, running, answered, presses, doubt };
        let mut interrupted = Vec::new();
        for Commanded { name, id, answer } in known {
            let reply = match answer {
                Some(answer) => this.stamp.answered(answer.into()),
                None => {
                    let (response_topic, correlation) = (None, None);
                    let asked =
                        Asked { number: 0, name: name.clone(), id: Some(id.clone()), response_topic, correlation };
                    let Some(reply) = this.reply(&asked, Err(INTERRUPTED.to_owned())) else { continue };
                    interrupted.push((asked, reply.clone()));
                    reply
                }
            };
            this.answered.push_back((name, id, reply));
        }
        (this, interrupted)
    }

    /// Whether any is being carried out.
    pub fn is_busy(&self) -> bool {
        !self.running.is_empty()
    }

    /// The broker is there again: what comes at once was asked for while this device was away.
    pub fn connected(&mut self) {
        self.presses.connected();
    }

    /// Judges the command `name`.
    pub fn receive(&mut self, name: &str, message: &Incoming) -> Verdict {
        self.numbers += 1;
        let mut asked =
            Asked { number: self.numbers, name: name.to_owned(), id: None, response_topic: None, correlation: None };
        if let Some(topic) = &message.response_topic {
            if let Err(error) = self.stamp.topics().may_answer_on(topic) {
                return self.refuse(&asked, error);
            }
            asked.response_topic = Some(topic.clone());
        }
        if let Some(correlation) = &message.correlation {
            let (most, bytes) = (limits::COMMAND_ID, correlation.len());
            if bytes > most {
                let text =
                    format!("the correlation data of a command has {most} bytes at most, and this one's {bytes}");
                return self.refuse(&asked, text);
            }
            asked.correlation = Some(correlation.clone());
        }
        if message.retain {
            // It would be carried out again at every reconnect.
            return self
                .refuse(&asked, "a retained command is not carried out; send it without the retain flag".into());
        }
        let mut body = match object(&message.payload) {
            Ok(body) => body,
            Err(error) => return self.refuse(&asked, error),
        };
        let expires = body.remove("expires").filter(|expires| !expires.is_null());
        asked.id = match id_of(&mut body) {
            Ok(id) => id,
            Err(error) => return self.refuse(&asked, error),
        };
        if let Some(id) = &asked.id {
            if self.running.iter().any(|other| other.name == name && other.id == asked.id) {
                return Verdict::Ignore;
            }
            if let Some((_, _, reply)) = self.answered.iter().find(|(of, other, _)| of == name && other == id) {
                return Verdict::Reply(self.address(&asked, reply.clone()));
            }
        }
        if let Err(error) = self.in_time(expires.as_ref()) {
            return self.refuse(&asked, error);
        }
        let command = match parse(name, body.clone()) {
            Ok(command) => command,
            Err(error) => return self.refuse(&asked, error),
        };
        let press = asked.id.is_none() && command.is_press();
        if press && let Some(press) = self.presses.same(name, &body, message.again) {
            tracing::info!(command = name, "asked for several times while this device was away; carried out once");
            return match press.join(asked.clone()) {
                Joined::Answered(reply) => Verdict::Reply(self.address(&asked, reply)),
                Joined::Waits => Verdict::Ignore,
                Joined::TooMany => {
                    let text = "it is carried out already, and too many wait for the reply; ask again later";
                    self.refuse(&asked, text.into())
                }
            };
        }
        if self.running.len() >= AT_ONCE {
            return self.refuse(&asked, format!("{AT_ONCE} commands are being carried out; try again"));
        }
        if press {
            self.presses.begin(asked.number, name, body);
        }
        self.running.push(asked.clone());
        Verdict::Execute(asked, command)
    }

    /// The replies to a command that was carried out: more than one, where it was asked for more than once.
    pub fn finish(&mut self, asked: &Asked, result: Result<Value, String>) -> Vec<Message> {
        self.running.retain(|running| running.number != asked.number);
        let Some(reply) = self.reply(asked, result) else { return Vec::new() };
        if let Some(id) = &asked.id {
            self.answered.push_back((asked.name.clone(), id.clone(), reply.clone()));
            if self.answered.len() > REMEMBERED {
                self.answered.pop_front();
            }
        }
        let waiting = self.presses.end(asked.number, &reply);
        let others = waiting.iter().map(|other| self.address(other, reply.clone())).collect::<Vec<_>>();
        std::iter::once(reply).chain(others).collect()
    }

    /// Error: the command was to be carried out until then, and that is over, or nobody knows.
    fn in_time(&self, expires: Option<&Value>) -> Result<(), String> {
        let Some(expires) = expires else { return Ok(()) };
        let until: Option<Timestamp> = expires.as_str().and_then(|text| text.parse().ok());
        let Some(until) = until else {
            return Err("`expires` must be a time as RFC 3339 writes it, such as 2026-01-01T12:00:00Z".to_owned());
        };
        if let Some(why) = (self.doubt)(()) {
            return Err(format!("whether the command has expired can't be told: {why}"));
        }
        if until < Timestamp::now() { Err(format!("the command expired at {until}")) } else { Ok(()) }
    }

    fn refuse(&self, asked: &Asked, error: String) -> Verdict {
        tracing::info!(command = asked.name, error, "command refused");
        self.reply(asked, Err(error)).map_or(Verdict::Ignore, Verdict::Reply)
    }

    fn reply(&self, asked: &Asked, result: Result<Value, String>) -> Option<Message> {
        let (ok, result, error) = match result {
            Ok(value) => (true, Some(value), None),
            Err(error) => (false, None, Some(error)),
        };
        let answer = Answer { command: &asked.name, ok, result, error };
        match self.stamp.answer(asked.id.clone(), &answer) {
            Ok(message) => Some(self.address(asked, message)),
            Err(error) => {
                tracing::error!(%error, command = asked.name, "could not write the reply");
                None
            }
        }
    }

    fn address(&self, asked: &Asked, mut message: Message) -> Message {
        message.topic = asked.response_topic.clone().unwrap_or_else(|| self.stamp.topics().name(&Topic::Reply));
        message.correlation = asked.correlation.clone();
        message
    }
}

/// Takes the command's own id out of its payload.
fn id_of(body: &mut Map<String, Value>) -> Result<Option<Value>, String> {
    let Some(id) = body.remove("id").filter(|id| !id.is_null()) else { return Ok(None) };
    let (most, bytes) = (limits::COMMAND_ID, id.to_string().len());
    if bytes > most {
        return Err(format!("the id of a command has {most} bytes at most, as JSON, and this one {bytes}"));
    }
    if is_rounded(&id) {
        return Err(
            "the id of a command is a text, or a whole number below 18446744073709551616: a larger one is rounded, \
                    and may become that of another command"
                .to_owned(),
        );
    }
    Ok(Some(id))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn inbox() -> Inbox {
        Inbox::new(Stamp::new("d"), Arc::new(|()| None), Vec::new()).0
    }

    #[test]
    fn what_was_carried_out_before_a_restart_is_answered_and_what_was_interrupted_is_told() {
        let done = json!({"id": "a", "command": "capture", "ok": true, "result": {"frame": "f"}}).to_string();
        let known = [("a", Some(done)), ("b", None)].map(|(id, answer)| Commanded {
            name: "capture".into(),
            id: json!(id),
            answer,
        });
        let (mut inbox, interrupted) = Inbox::new(Stamp::new("d"), Arc::new(|()| None), known.into());
        let [(asked, told)] = &interrupted[..] else { panic!("{interrupted:?}") };
        assert_eq!((asked.named(), told.topic.as_str()), (Some(("capture".into(), json!("b"))), "fieldcoach/d/reply"));
        let mut ask = |id: &str| receive(&mut inbox, "capture", &json!({ "id": id }).to_string());
        assert_eq!(reply(ask("a"))["result"]["frame"], "f");
        let again = reply(ask("b"));
        assert_eq!((&again["ok"], &again["id"]), (&json!(false), &json!("b")));
        assert!(again["error"].as_str().unwrap().contains("may have been done"), "{again}");
        assert!(matches!(ask("c"), Verdict::Execute(..)));
        // Of another command it is another id.
        assert!(matches!(receive(&mut inbox, "train", r#"{"id": "a"}"#), Verdict::Execute(..)));
    }

    fn publish(payload: &str) -> Incoming {
        let topic = "fieldcoach/d/command/x".to_owned();
        Incoming { topic, payload: payload.to_owned().into(), ..Incoming::default() }
    }

    fn receive(inbox: &mut Inbox, name: &str, payload: &str) -> Verdict {
        inbox.receive(name, &publish(payload))
    }

    fn reply(verdict: Verdict) -> Value {
        match verdict {
            Verdict::Reply(message) => serde_json::from_slice(&message.payload).unwrap(),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn what_is_wrong_is_said() {
        let mut inbox = inbox();
        for (name, payload, expected) in [
            ("fly", "{}", "train, cancel, deploy"),
            ("train", "{", "not JSON"),
            ("train", "[1]", "JSON object"),
            ("train", r#"{"epoch": 3}"#, "`epoch`"),
            ("train", r#"{"epochs": "many"}"#, "train"),
            ("train", r#"{"epochs": "many"}"#, "expected a whole number"),
            ("set", r#"{"live": {"fps": 1, "fps": 2}}"#, "the key `fps` is there twice"),
            ("train", r#"{"id": "a", "id": "b"}"#, "the key `id` is there twice"),
            ("train", r#"{"id": 18446744073709551616}"#, "rounded"),
            ("train", r#"{"id": [1e300]}"#, "rounded"),
            ("train", "\u{feff}{\"epoch\": 3}", "`epoch`"),
            ("train", "epochs=3", "it is a form"),
            ("cancel", "{}", "`training`"),
            ("deploy", r#"{"model": "x"}"#, "deploy"),
            ("capture", r#"{"a": 1}"#, "`a`"),
        ] {
            let value = reply(receive(&mut inbox, name, payload));
            assert_eq!((&value["ok"], &value["command"]), (&json!(false), &json!(name)));
            let error = value["error"].as_str().unwrap();
            assert!(error.contains(expected), "{name} {payload}: {error}");
        }
        let mut retained = publish("{}");
        retained.retain = true;
        assert_eq!(reply(inbox.receive("train", &retained))["ok"], false);
    }

    #[test]
    fn a_command_that_has_expired_is_not_carried_out() {
        let mut inbox = inbox();
        let late = reply(receive(&mut inbox, "capture", r#"{"id": "c1", "expires": "2020-01-01T12:00:00Z"}"#));
        assert_eq!(
            (&late["id"], &late["error"]),
            (&json!("c1"), &json!("the command expired at 2020-01-01T12:00:00Z"))
        );
        let no_time = reply(receive(&mut inbox, "capture", r#"{"expires": 7}"#));
        assert!(no_time["error"].as_str().unwrap().contains("RFC 3339"), "{no_time}");
        let soon = json!({"id": "c1", "expires": "9000-01-01T12:00:00Z"}).to_string();
        let Verdict::Execute(asked, _) = receive(&mut inbox, "capture", &soon) else { panic!() };
        inbox.finish(&asked, Ok(json!({})));
        // It was carried out in time: so it is said.
        let again = receive(&mut inbox, "capture", r#"{"id": "c1", "expires": "2020-01-01T12:00:00Z"}"#);
        assert_eq!(reply(again)["ok"], true);
        inbox.doubt = Arc::new(|()| Some("it was never set".to_owned()));
        let unsure = reply(receive(&mut inbox, "train", r#"{"expires": "9000-01-01T12:00:00Z"}"#));
        assert!(unsure["error"].as_str().unwrap().contains("it was never set"), "{unsure}");
    }

    #[test]
    fn an_empty_payload_asks_for_the_defaults() {
        let mut inbox = inbox();
        assert!(matches!(receive(&mut inbox, "capture", ""), Verdict::Execute(_, Command::Capture(None))));
        assert!(matches!(receive(&mut inbox, "train", " \n"), Verdict::Execute(_, Command::Train(_))));
    }

    #[test]
    fn a_command_that_arrives_twice_is_carried_out_once() {
        let mut inbox = inbox();
        let Verdict::Execute(asked, _) = receive(&mut inbox, "capture", r#"{"id": "c1"}"#) else { panic!() };
        assert!(matches!(receive(&mut inbox, "capture", r#"{"id": "c1"}"#), Verdict::Ignore));
        let first = inbox.finish(&asked, Ok(json!({"frame": "f"}))).remove(0);
        assert_eq!(first.topic, "fieldcoach/d/reply");
        let again = reply(receive(&mut inbox, "capture", r#"{"id": "c1"}"#));
        assert_eq!(again, serde_json::from_slice::<Value>(&first.payload).unwrap());
        assert_eq!((&again["id"], &again["result"]["frame"]), (&json!("c1"), &json!("f")));
        assert!(matches!(receive(&mut inbox, "capture", r#"{"id": "c2"}"#), Verdict::Execute(..)));
    }

    #[test]
    fn the_reply_goes_where_it_was_asked_for() {
        let mut inbox = inbox();
        let mut command = publish("{}");
        command.response_topic = Some("me/answers".to_owned());
        command.correlation = Some(Bytes::from_static(b"42"));
        let Verdict::Execute(asked, _) = inbox.receive("capture", &command) else { panic!() };
        let message = inbox.finish(&asked, Err("no frame yet".to_owned())).remove(0);
        assert_eq!((message.topic.as_str(), message.correlation.as_deref()), ("me/answers", Some(&b"42"[..])));
        let value: Value = serde_json::from_slice(&message.payload).unwrap();
        assert_eq!((&value["ok"], &value["error"]), (&json!(false), &json!("no frame yet")));
    }

    #[test]
    fn there_is_an_end_to_commands_at_once() {
        let mut inbox = inbox();
        for _ in 0..AT_ONCE {
            assert!(matches!(receive(&mut inbox, "capture", "{}"), Verdict::Execute(..)));
        }
        assert!(reply(receive(&mut inbox, "capture", "{}"))["error"].as_str().unwrap().contains("try again"));
    }

    #[test]
    fn an_id_is_bounded_and_an_answer_goes_to_no_device_s_topic() {
        let mut inbox = inbox();
        let long = reply(receive(&mut inbox, "capture", &json!({"id": "x".repeat(199)}).to_string()));
        assert!(long["error"].as_str().unwrap().contains("200 bytes at most"), "{long}");
        assert!(long["id"].as_str().unwrap().len() < 100);
        let fits = json!({"id": "x".repeat(198)}).to_string();
        assert!(matches!(receive(&mut inbox, "capture", &fits), Verdict::Execute(..)));
        let mut command = publish("{}");
        command.response_topic = Some("fieldcoach/other/command/train".to_owned());
        let Verdict::Reply(refused) = inbox.receive("capture", &command) else { panic!() };
        assert_eq!(refused.topic, "fieldcoach/d/reply");
        assert!(String::from_utf8_lossy(&refused.payload).contains("a device's own"));
    }

    #[test]
    fn what_is_kept_for_replies_is_bounded() {
        let mut inbox = inbox();
        inbox.connected();
        let with = |bytes: usize| Incoming { correlation: Some(vec![7; bytes].into()), ..publish("{}") };
        let Verdict::Reply(refused) = inbox.receive("capture", &with(201)) else { panic!() };
        assert!(String::from_utf8_lossy(&refused.payload).contains("200 bytes at most, and this one's 201"));
        assert_eq!(refused.correlation, None);
        let Verdict::Execute(asked, _) = inbox.receive("capture", &with(200)) else { panic!() };
        for press in 0..100 {
            match inbox.receive("capture", &with(20)) {
                Verdict::Ignore => assert!(press < 16),
                told => assert!(press >= 16 && reply(told)["error"].as_str().unwrap().contains("too many wait")),
            }
        }
        let replies = inbox.finish(&asked, Ok(json!({})));
        assert_eq!(replies.iter().filter(|reply| reply.correlation.is_some()).count(), 17);
    }

    #[test]
    fn presses_while_the_device_was_away_are_one() {
        let mut inbox = inbox();
        inbox.connected();
        let Verdict::Execute(asked, _) = receive(&mut inbox, "train", "{}") else { panic!() };
        assert!(matches!(receive(&mut inbox, "train", "{}"), Verdict::Ignore));
        let mut to_me = publish("");
        to_me.response_topic = Some("me/answers".to_owned());
        assert!(matches!(inbox.receive("train", &to_me), Verdict::Ignore));
        let replies = inbox.finish(&asked, Ok(json!({"training": "t"})));
        let topics: Vec<_> = replies.iter().map(|reply| reply.topic.as_str()).collect();
        assert_eq!(topics, ["fieldcoach/d/reply", "fieldcoach/d/reply", "me/answers"]);
        assert_eq!(reply(receive(&mut inbox, "train", "{}"))["result"]["training"], "t");
        // What is asked for otherwise, or by its id, is another.
        for other in [r#"{"epochs": 3}"#, r#"{"id": 1}"#, r#"{"id": 2}"#] {
            assert!(matches!(receive(&mut inbox, "train", other), Verdict::Execute(..)), "{other}");
        }
        let model = json!({"model": crate::domain::ModelId::new()}).to_string();
        for _ in 0..2 {
            assert!(matches!(receive(&mut inbox, "deploy", &model), Verdict::Execute(..)));
        }
    }

    #[test]
    fn presses_while_the_device_is_there_count_each_unless_the_broker_sends_one_again() {
        let mut inbox = inbox();
        for _ in 0..2 {
            assert!(matches!(receive(&mut inbox, "capture", "{}"), Verdict::Execute(..)));
        }
        let again = Incoming { again: true, ..publish("{}") };
        assert!(matches!(inbox.receive("capture", &again), Verdict::Ignore));
        assert!(matches!(inbox.receive("rollback", &again), Verdict::Execute(..)));
    }
}
