//! How all parts are.

use super::beat::Beat;
use super::part::{Part, PartName, PartState};
use parking_lot::Mutex;
use std::collections::BTreeMap;
use std::time::{Duration, Instant};

/// Where parts post how they are.
#[derive(Default)]
pub struct Board(Mutex<BTreeMap<PartName, Entry>>);

#[derive(Default)]
struct Entry {
    part: Option<Part>,
    beat: Option<Beat>,
    trouble: Trouble,
}

/// What is wrong with a part that was started. Not what it posts of its own work: a broker that is away is no trouble.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Trouble {
    /// How often it failed or broke.
    pub failures: u32,
    /// Why it did last, in words.
    pub failure: String,
    /// It waits to be started again.
    pub down: bool,
    /// It gives no sign of life.
    pub stuck: bool,
}

impl Trouble {
    /// Whether the part does its work.
    pub fn is_over(&self) -> bool {
        !self.down && !self.stuck
    }
}

impl Board {
    pub fn post(&self, name: PartName, part: Part) {
        self.0.lock().entry(name).or_default().part = Some(part);
    }

    /// From now on this beat tells whether the part lives.
    pub fn watch(&self, name: PartName, beat: Beat) {
        self.0.lock().entry(name).or_default().beat = Some(beat);
    }

    /// The part failed, and waits to be started again.
    pub fn failed(&self, name: &PartName, failure: String) {
        let mut board = self.0.lock();
        let trouble = &mut board.entry(name.clone()).or_default().trouble;
        *trouble = Trouble { failures: trouble.failures + 1, failure, down: true, stuck: false };
    }

    /// The part is started.
    pub fn runs(&self, name: &PartName) {
        self.0.lock().entry(name.clone()).or_default().trouble.down = false;
    }

    /// What is or was wrong with each part that was started.
    pub fn troubles(&self, now: Instant) -> BTreeMap<PartName, Trouble> {
        let board = self.0.lock();
        let started = board.iter().filter(|(_, entry)| entry.beat.is_some());
        started.map(|(n, e)| (n.clone(), Trouble { stuck: e.overdue(now).is_some(), ..e.trouble.clone() })).collect()
    }

    /// Every part that posted something; one whose sign of life is overdue is stuck, whatever it posted.
    pub fn parts(&self, now: Instant) -> BTreeMap<PartName, Part> {
        let board = self.0.lock();
        let posted =
            board.iter().filter_map(|(name, entry)| Some((name.clone(), entry.part.clone()?, entry.overdue(now))));
        posted
            .map(|(name, part, overdue)| match overdue {
                Some(late) => (name, Part { state: PartState::Stuck, error: Some(words(late)), ..part }),
                None => (name, part),
            })
            .collect()
    }

    /// Parts whose sign of life is overdue, and for how long it is.
    pub fn stuck(&self, now: Instant) -> BTreeMap<PartName, Duration> {
        self.0.lock().iter().filter_map(|(name, entry)| Some((name.clone(), entry.overdue(now)?))).collect()
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
