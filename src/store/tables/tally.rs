//! How many frames there are of each kind: counted once at opening and kept in step with every change, since counting a
//! hundred thousand takes too long to do it at every request.

use crate::domain::{FrameSource, Phase};
use crate::store::index::keys::{FrameEntry, PHASES};
use std::collections::{BTreeMap, BTreeSet};

/// Frames by what they are.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Tally {
    phases: [u64; PHASES.len()],
    /// Frames with a label of the category of this number, drafts among them.
    pub categories: BTreeMap<u32, u64>,
    pub sources: BTreeMap<FrameSource, u64>,
    pub drafts: u64,
    /// Deleted frames that still take room.
    pub deleted: u64,
}

impl Tally {
    /// A frame is there, with labels of the categories of these numbers.
    pub fn add(&mut self, entry: &FrameEntry, categories: &BTreeSet<u32>) {
        self.count(entry, categories, |n| *n += 1);
    }

    /// A frame is there no more.
    pub fn remove(&mut self, entry: &FrameEntry, categories: &BTreeSet<u32>) {
        self.count(entry, categories, |n| *n = n.saturating_sub(1));
    }

    fn count(&mut self, entry: &FrameEntry, categories: &BTreeSet<u32>, change: impl Fn(&mut u64)) {
        change(&mut self.phases[entry.phase as usize]);
        change(self.sources.entry(entry.meta.source).or_default());
        if entry.draft {
            change(&mut self.drafts);
        }
        for number in categories {
            change(self.categories.entry(*number).or_default());
        }
    }

    pub fn phase(&self, phase: Phase) -> u64 {
        self.phases[phase as usize]
    }

    pub fn frames(&self) -> u64 {
        self.phases.iter().sum()
    }

    pub fn labelled(&self) -> u64 {
        self.frames() - self.phase(Phase::Unlabelled)
    }
}
