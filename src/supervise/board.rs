//! How all parts are.

use super::beat::Beat;
use super::part::{Part, PartState};
use parking_lot::Mutex;
use std::collections::BTreeMap;
use std::time::{Duration, Instant};

/// Where parts post how they are.
#[derive(Default)]
pub struct Board(Mutex<BTreeMap<&'static str, Entry>>);

#[derive(Default)]
struct Entry {
    part: Option<Part>,
    beat: Option<Beat>,
}

impl Board {
    pub fn post(&self, name: &'static str, part: Part) {
        self.0.lock().entry(name).or_default().part = Some(part);
    }

    /// From now on this beat tells whether the part lives.
    pub fn watch(&self, name: &'static str, beat: Beat) {
        self.0.lock().entry(name).or_default().beat = Some(beat);
    }

    /// Every part that posted something; one whose sign of life is overdue is stuck, whatever it posted.
    pub fn parts(&self, now: Instant) -> BTreeMap<&'static str, Part> {
        let board = self.0.lock();
        let posted = board.iter().filter_map(|(name, entry)| Some((*name, entry.part.clone()?, entry.overdue(now))));
        posted
            .map(|(name, part, overdue)| match overdue {
                Some(late) => (name, Part { state: PartState::Stuck, error: Some(words(late)), ..part }),
                None => (name, part),
            })
            .collect()
    }

    /// Parts whose sign of life is overdue, and for how long it is.
    pub fn stuck(&self, now: Instant) -> BTreeMap<&'static str, Duration> {
        self.0.lock().iter().filter_map(|(name, entry)| Some((*name, entry.overdue(now)?))).collect()
    }
}

impl Entry {
    fn overdue(&self, now: Instant) -> Option<Duration> {
        self.beat.as_ref()?.overdue(now)
    }
}

fn words(late: Duration) -> String {
    format!("a sign of life has been due for {} s", late.as_secs())
}
