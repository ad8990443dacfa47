//! How many frames there are of each kind, and what of segments and journal they need: kept in the index, in the same
//! batch as every change, so that it is right whatever a power cut leaves of sled, and no opening counts a million
//! frames. Worked out from what a batch changes, so no caller can forget it.

use super::keys::{self, FrameEntry, PHASES};
use crate::domain::{FrameSource, Phase};
use crate::store::error::{Result, StoreError};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// Frames by what they are, and the bytes they need.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Counts {
    totals: Totals,
    /// Frames with a label of the category of this number, drafts among them.
    pub categories: BTreeMap<u32, u64>,
    /// Of segments in which there is any.
    pub segments: BTreeMap<u32, Needed>,
}

/// What there is one number of.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
struct Totals {
    #[serde(rename = "p")]
    phases: [u64; PHASES.len()],
    #[serde(rename = "s")]
    sources: BTreeMap<FrameSource, u64>,
    #[serde(rename = "w")]
    drafts: u64,
    #[serde(rename = "x")]
    deleted: u64,
    #[serde(rename = "l")]
    live: u64,
}

/// Bytes of a segment that retention minds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Needed {
    /// Of frames with somebody's work in them.
    #[serde(rename = "l")]
    pub labelled: u64,
    #[serde(rename = "d")]
    pub deleted: u64,
}

/// Something in the index that is counted.
pub enum Counted {
    Frame(Box<FrameEntry>),
    Deleted(Box<FrameEntry>),
    InCategory(u32),
}

/// One more, or one less.
#[derive(Clone, Copy)]
pub enum Step {
    Up,
    Down,
}

/// Keys, and what stands under them from now on.
pub type Writes = Vec<(Vec<u8>, Option<Vec<u8>>)>;

/// What of the counts is to be written.
#[derive(Default)]
pub struct Touched {
    totals: bool,
    categories: BTreeSet<u32>,
    segments: BTreeSet<u32>,
}

impl Counted {
    /// Whether anything under this key is.
    pub fn is(key: &[u8]) -> bool {
        [keys::FRAMES, keys::DELETED, keys::LISTS].iter().any(|kind| key.starts_with(kind))
    }

    /// What stands under a key.
    pub fn of(key: &[u8], value: &[u8]) -> Result<Option<Self>> {
        let entry = || {
            serde_json::from_slice(value).map_err(|e| StoreError::Damaged(format!("an index entry is damaged: {e}")))
        };
        Ok(match key.get(..1) {
            Some(keys::FRAMES) => Some(Self::Frame(entry()?)),
            Some(keys::DELETED) => Some(Self::Deleted(entry()?)),
            Some(keys::LISTS) => keys::category_of(key).map(Self::InCategory),
            _ => None,
        })
    }
}

impl Step {
    fn back(self) -> Self {
        match self {
            Self::Up => Self::Down,
            Self::Down => Self::Up,
        }
    }

    /// Counts that were wrong stay so until `check --repair`; they must not stop anything.
    fn by(self, count: &mut u64, amount: u64) {
        *count = match self {
            Self::Up => count.saturating_add(amount),
            Self::Down => count.saturating_sub(amount),
        };
    }
}

impl Counts {
    pub fn phase(&self, phase: Phase) -> u64 {
        self.totals.phases[phase as usize]
    }

    pub fn frames(&self) -> u64 {
        self.totals.phases.iter().sum()
    }

    pub fn labelled(&self) -> u64 {
        self.frames() - self.phase(Phase::Unlabelled)
    }

    pub fn sources(&self) -> &BTreeMap<FrameSource, u64> {
        &self.totals.sources
    }

    pub fn drafts(&self) -> u64 {
        self.totals.drafts
    }

    /// Deleted frames that still take room.
    pub fn deleted(&self) -> u64 {
        self.totals.deleted
    }

    /// Bytes of the journal in which frames that are there have their labels.
    pub fn live(&self) -> u64 {
        self.totals.live
    }

    /// Counts what a batch changes, and has it written with the counts; where it is not taken, nothing is counted.
    pub fn change(&mut self, steps: &[(Counted, Step)], write: impl FnOnce(Writes) -> Result<()>) -> Result<()> {
        let mut touched = Touched::default();
        steps.iter().for_each(|(counted, step)| self.step(&mut touched, counted, *step));
        let written = self.written(touched).and_then(write);
        if written.is_err() {
            let mut touched = Touched::default();
            steps.iter().rev().for_each(|(counted, step)| self.step(&mut touched, counted, step.back()));
            // What came to nothing goes, as it would have.
            let _ = self.written(touched);
        }
        written
    }

    /// One more of these, or one less.
    pub fn step(&mut self, touched: &mut Touched, counted: &Counted, step: Step) {
        match counted {
            Counted::Frame(entry) => {
                touched.totals = true;
                step.by(&mut self.totals.phases[entry.phase as usize], 1);
                step.by(self.totals.sources.entry(entry.meta.source).or_default(), 1);
                step.by(&mut self.totals.drafts, entry.draft.into());
                if entry.has_work() {
                    step.by(&mut self.totals.live, entry.labels.map_or(0, |at| at.total));
                    step.by(&mut self.needed(touched, entry).labelled, entry.location.total);
                }
            }
            Counted::Deleted(entry) => {
                touched.totals = true;
                step.by(&mut self.totals.deleted, 1);
                step.by(&mut self.needed(touched, entry).deleted, entry.location.total);
            }
            Counted::InCategory(number) => {
                touched.categories.insert(*number);
                step.by(self.categories.entry(*number).or_default(), 1);
            }
        }
    }

    fn needed(&mut self, touched: &mut Touched, entry: &FrameEntry) -> &mut Needed {
        touched.segments.insert(entry.location.segment);
        self.segments.entry(entry.location.segment).or_default()
    }

    /// Keys and values of what was touched; what came to nothing goes.
    pub fn written(&mut self, touched: Touched) -> Result<Writes> {
        self.totals.sources.retain(|_, frames| *frames > 0);
        let mut written = Vec::new();
        if touched.totals {
            written.push((keys::TOTALS.to_vec(), Some(json(&self.totals)?)));
        }
        for number in touched.categories {
            if self.categories.get(&number) == Some(&0) {
                self.categories.remove(&number);
            }
            let frames = self.categories.get(&number).map(json).transpose()?;
            written.push((keys::numbered(keys::CATEGORY_COUNT, number), frames));
        }
        for number in touched.segments {
            if self.segments.get(&number) == Some(&Needed::default()) {
                self.segments.remove(&number);
            }
            let needed = self.segments.get(&number).map(json).transpose()?;
            written.push((keys::numbered(keys::SEGMENT_COUNT, number), needed));
        }
        Ok(written)
    }

    /// Takes up a value that was written.
    pub fn read(&mut self, key: &[u8], value: &[u8]) -> serde_json::Result<()> {
        match (key.get(..2), keys::number_at_end(key)) {
            (None, _) => self.totals = serde_json::from_slice(value)?,
            (Some(keys::CATEGORY_COUNT), Some(n)) => drop(self.categories.insert(n, serde_json::from_slice(value)?)),
            (Some(keys::SEGMENT_COUNT), Some(n)) => drop(self.segments.insert(n, serde_json::from_slice(value)?)),
            _ => {}
        }
        Ok(())
    }
}

fn json(value: &impl Serialize) -> Result<Vec<u8>> {
    serde_json::to_vec(value).map_err(|e| StoreError::Damaged(format!("the index's counts: {e}")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::index::keys::{FrameMeta, Location};
    use jiff::Timestamp;

    #[test]
    fn a_batch_that_is_not_taken_is_not_counted() {
        let meta = FrameMeta {
            taken: Timestamp::UNIX_EPOCH,
            stamp: None,
            width: 1,
            height: 1,
            source: FrameSource::Import,
            camera: None,
            name: None,
            clip: None,
            kept: None,
            pooled: None,
        };
        let location = Location { segment: 1, offset: 0, total: 100 };
        let (phase, revision) = (Phase::Labelled, 1);
        let entry = FrameEntry { meta, bytes: 60, location, phase, revision, labels: None, draft: false };
        let steps = || {
            let frame = Counted::Frame(Box::new(entry.clone()));
            [(frame, Step::Up), (Counted::InCategory(3), Step::Up)]
        };
        let mut counts = Counts::default();
        let full = |_| Err(StoreError::Full("no room".into()));
        counts.change(&steps(), full).unwrap_err();
        assert_eq!(counts, Counts::default());
        let mut wrote = 0;
        counts
            .change(&steps(), |written| {
                wrote = written.len();
                Ok(())
            })
            .unwrap();
        assert_eq!(wrote, 3);
        let before = counts.clone();
        assert_eq!((counts.frames(), counts.sources()[&FrameSource::Import], counts.categories[&3]), (1, 1, 1));
        counts.change(&steps(), full).unwrap_err();
        assert_eq!(counts, before);
    }
}
