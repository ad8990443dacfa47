//! How the connection to the broker is, and what can't be understood of what comes, in words.

use super::device::Broker;
use super::registry::MOST;
use parking_lot::Mutex;
use std::collections::BTreeMap;
use tokio::sync::watch;

/// What is told of the broker.
#[derive(Default)]
pub struct Brokerage {
    state: Mutex<State>,
    changes: watch::Sender<u64>,
}

#[derive(Default)]
struct State {
    connected: bool,
    trouble: Option<String>,
    /// By what they are about.
    notes: BTreeMap<String, String>,
    /// Messages that could not be understood.
    strange: u64,
}

impl Brokerage {
    /// How many changes there were.
    pub fn changes(&self) -> watch::Receiver<u64> {
        self.changes.subscribe()
    }

    fn change(&self, change: impl FnOnce(&mut State) -> bool) {
        if change(&mut self.state.lock()) {
            self.changes.send_modify(|count| *count += 1);
        }
    }

    /// It is connected, and does not take this.
    pub fn connected(&self, notes: BTreeMap<String, String>) {
        self.change(|state| {
            (state.connected, state.trouble) = (true, None);
            state.notes.extend(notes);
            true
        });
    }

    /// There is no connection; why, in words.
    pub fn lost(&self, trouble: String) {
        self.change(|state| {
            let changed = state.connected || state.trouble.as_ref() != Some(&trouble);
            (state.connected, state.trouble) = (false, Some(trouble));
            changed
        });
    }

    /// Something that people should know of.
    pub fn note(&self, about: &str, words: impl Into<String>) {
        let words = words.into();
        self.change(|state| {
            let changed = state.notes.get(about) != Some(&words);
            if changed {
                tracing::warn!("{words}");
                state.notes.insert(about.to_owned(), words);
            }
            changed
        });
    }

    /// That is so no more.
    pub fn settled(&self, about: &str) {
        self.change(|state| state.notes.remove(about).is_some());
    }

    /// A message that can't be understood: counted, and the last one told.
    pub fn strange(&self, topic: &str, why: &str) {
        let topic: String = topic.chars().filter(|c| !c.is_control()).take(200).collect();
        let why: String = why.chars().filter(|c| !c.is_control()).take(200).collect();
        self.change(|state| {
            state.strange += 1;
            let words = format!("{} messages could not be understood; the last on {topic}: {why}", state.strange);
            // One that sends them all the time is not told all the time.
            let told = state.strange.is_power_of_two();
            if told {
                tracing::warn!("{words}");
            }
            state.notes.insert("strange".to_owned(), words);
            told
        });
    }

    /// As it is told. `count`: how many devices there are, and how many there was no room for.
    pub fn told(&self, (_, turned_away): (usize, u64)) -> Broker {
        let state = self.state.lock();
        let mut notes: Vec<String> = state.notes.values().cloned().collect();
        if turned_away > 0 {
            notes.push(format!("there is room for {MOST} devices: {turned_away} messages of others were left out"));
        }
        Broker { connected: state.connected, trouble: state.trouble.clone(), notes }
    }
}
