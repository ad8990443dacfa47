//! What goes into the queue, and what comes back.

use bytes::Bytes;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// A message to keep.
#[derive(Clone, Debug, PartialEq)]
pub struct Item {
    /// Its place in the order; larger than that of all before.
    pub number: u64,
    /// Read again at the next opening.
    pub meta: Bytes,
    pub body: Bytes,
}

/// Up to where things of one kind were told: what comes later is told anew after a kill.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Told {
    /// Of what.
    pub of: String,
    /// The last one.
    pub upto: String,
}

/// What the writing thread tells.
#[derive(Debug, PartialEq)]
pub enum News {
    /// All messages up to this number are on disk.
    Written(u64),
    /// A message that was asked for.
    Loaded(Item),
    /// The message of this number can't be read any more; it is gone.
    Lost(u64),
    /// Whether the disk takes messages.
    Failing(bool),
}

/// What was told, as it is written.
pub fn list(told: &BTreeMap<String, String>) -> Vec<Told> {
    told.iter().map(|(of, upto)| Told { of: of.clone(), upto: upto.clone() }).collect()
}

/// Numbers as stretches of ones that follow each other.
pub fn ranges(numbers: &BTreeSet<u64>) -> Vec<(u64, u64)> {
    let mut ranges: Vec<(u64, u64)> = Vec::new();
    for &number in numbers {
        match ranges.last_mut() {
            Some((_, to)) if *to + 1 == number => *to = number,
            _ => ranges.push((number, number)),
        }
    }
    ranges
}
