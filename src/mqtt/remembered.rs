//! What brokers do not take, as it is written down: asked anew by no connect of the next day.

use super::wire::Manner;
use crate::domain::Concession;

/// Brokers that are remembered.
const BROKERS: usize = 20;

/// What is known of brokers.
#[derive(Debug, Default)]
pub struct Remembered {
    /// The one that is spoken to.
    broker: String,
    /// That one last.
    known: Vec<Concession>,
    /// What it takes, as it was found out or written down last.
    settled: Manner,
    unwritten: bool,
}

impl Remembered {
    /// `broker`: its address; `known`: what was written down.
    pub fn new(broker: String, known: Vec<Concession>) -> Self {
        let own = known.iter().find(|concession| concession.broker == broker);
        let settled = own.map(Manner::known).unwrap_or_default();
        Self { broker, known, settled, unwritten: false }
    }

    /// How it is to be spoken to.
    pub fn manner(&self) -> Manner {
        self.settled.clone()
    }

    /// It was connected like that: what is found out where it was not may be no more than a broker that is being started.
    pub fn settle(&mut self, manner: &Manner) {
        if manner.is_like(&self.settled) {
            return;
        }
        self.settled = manner.clone();
        self.known.retain(|concession| concession.broker != self.broker);
        self.known.extend(manner.concession(self.broker.clone()));
        self.known.drain(..self.known.len().saturating_sub(BROKERS));
        self.unwritten = true;
    }

    /// What is to be written down, where that changed since it was asked last.
    pub fn unwritten(&mut self) -> Option<Vec<Concession>> {
        std::mem::take(&mut self.unwritten).then(|| self.known.clone())
    }
}
