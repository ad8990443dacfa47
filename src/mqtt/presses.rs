//! Buttons that were pressed several times while the device was away.
//!
//! Who presses a button and sees nothing happen presses it again. The broker keeps all of that for a device that is away, and
//! sends it at once when the device is back: it counts as one press. While the device is there each press counts, but for one
//! that the broker sends again because it did not hear that it had arrived.

use super::payload::Message;
use serde_json::{Map, Value};
use std::collections::VecDeque;
use std::time::{Duration, Instant};

/// With no command for so long all that was kept has come.
const PAUSE: Duration = Duration::from_secs(2);
/// How long a press is known again.
const KNOWN: Duration = Duration::from_secs(600);
/// Presses that are remembered.
const REMEMBERED: usize = 64;
/// So many wait for the reply to one press; who comes later is told to ask again.
const WAITING: usize = 16;

/// A press that is carried out once, and who else wants to know what came of it.
#[derive(Debug)]
pub struct Press<W> {
    number: u64,
    name: String,
    body: Map<String, Value>,
    at: Instant,
    waiting: Vec<W>,
    reply: Option<Message>,
}

/// What one more press that is the same gets.
#[derive(Debug)]
pub enum Joined {
    /// The reply, which is there by now.
    Answered(Message),
    /// The reply, once it is there.
    Waits,
    /// None: too many wait for it.
    TooMany,
}

impl<W> Press<W> {
    /// One more that is the same.
    pub fn join(&mut self, who: W) -> Joined {
        match &self.reply {
            Some(reply) => Joined::Answered(reply.clone()),
            None if self.waiting.len() == WAITING => Joined::TooMany,
            None => {
                self.waiting.push(who);
                Joined::Waits
            }
        }
    }
}

/// The newest presses.
#[derive(Debug)]
pub struct Presses<W> {
    newest: VecDeque<Press<W>>,
    /// When the broker was there again, and when the last of what it had kept came.
    kept: Option<(Instant, Instant)>,
}

impl<W> Default for Presses<W> {
    fn default() -> Self {
        Self { newest: VecDeque::new(), kept: None }
    }
}

impl<W> Presses<W> {
    /// The broker is there, and sends what it had kept.
    pub fn connected(&mut self) {
        let now = Instant::now();
        self.kept = Some((now, now));
    }

    /// The press that this is once more. `again`: the broker may have sent it before.
    pub fn same(&mut self, name: &str, body: &Map<String, Value>, again: bool) -> Option<&mut Press<W>> {
        let now = Instant::now();
        self.kept = self.kept.filter(|(_, last)| now < *last + PAUSE).map(|(since, _)| (since, now));
        let since = self.kept.map(|(since, _)| since);
        self.newest.retain(|press| press.reply.is_none() || now < press.at + KNOWN);
        self.newest.iter_mut().rev().find(|press| {
            press.name == name && press.body == *body && (again || since.is_some_and(|since| press.at >= since))
        })
    }

    /// A press that is carried out.
    pub fn begin(&mut self, number: u64, name: &str, body: Map<String, Value>) {
        let (name, at) = (name.to_owned(), Instant::now());
        self.newest.push_back(Press { number, name, body, at, waiting: Vec::new(), reply: None });
        if self.newest.len() > REMEMBERED {
            self.newest.pop_front();
        }
    }

    /// It was carried out; who else waited for the reply.
    pub fn end(&mut self, number: u64, reply: &Message) -> Vec<W> {
        let Some(press) = self.newest.iter_mut().find(|press| press.number == number) else { return Vec::new() };
        press.reply = Some(reply.clone());
        std::mem::take(&mut press.waiting)
    }
}
