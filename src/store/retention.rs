//! The disk budget: a bound on all segment bytes. Oldest segments go first, labelled frames stay.

use super::core::{Core, Pin, locked};
use super::index::Changes;
use super::index::keys::{self, Entry, Location};
use super::journal::Entry as Logged;
use super::recover::file_of;
use super::segments::{Segments, Series};
use super::{Result, StoreError};
use crate::domain::{FrameId, Phase};
use std::collections::HashMap;
use std::os::unix::fs::FileExt;
use std::sync::atomic::Ordering;
use std::time::Duration;

/// Bytes of a segment, where the budget is large enough.
const SEGMENT: u64 = 32 << 20;
/// Bytes set aside for sled; of small budgets a quarter, which sled may exceed by a few megabytes.
const SLED: u64 = 128 << 20;
/// The smallest budget a store works with.
const SMALLEST: u64 = 1 << 20;
/// How long an imported or uploaded frame waits for its labels before it may be dropped.
const PIN: Duration = Duration::from_secs(600);

/// What the user allows, and what follows from it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Budget {
    /// As configured, in bytes.
    pub quota: u64,
    /// Bytes all segments together may take: the quota less one segment (in which retention copies labelled frames
    /// before it frees the old one) and the room for sled.
    pub segments: u64,
    /// Bytes of one segment.
    pub segment: u64,
}

impl Budget {
    pub fn of(quota: u64) -> Result<Self> {
        if quota < SMALLEST {
            return Err(StoreError::Invalid(format!(
                "store.budget: {quota} bytes are too few; give it at least {SMALLEST}, better some gigabytes"
            )));
        }
        // Small budgets (tests, demonstrations) get smaller segments, so that several fit.
        let segment = (quota / 16).clamp(256 << 10, SEGMENT);
        let sled = (quota / 4).min(SLED);
        Ok(Self { quota, segments: quota - segment - sled, segment })
    }
}

/// What retention does with a frame of a segment that goes.
enum Fate {
    /// Copied forward already, or before; its index entry gets the new place.
    Moves(Location),
    Goes,
}

impl Core {
    /// Makes room for `need` more bytes, or says `Full`.
    pub fn make_room(&self, segments: &mut Segments, need: u64) -> Result<()> {
        let result = self.try_make_room(segments, need.next_multiple_of(4096));
        let full = matches!(result, Err(StoreError::Full(_)));
        if self.counts.full.swap(full, Ordering::Relaxed) != full {
            match &result {
                Err(e) => tracing::warn!("capture stops: {e}"),
                Ok(()) => tracing::info!("there is room again, capture goes on"),
            }
        }
        result
    }

    fn try_make_room(&self, segments: &mut Segments, need: u64) -> Result<()> {
        let (quota, most) = (self.budget.quota, self.budget.segments);
        if need > most / 2 {
            return Err(StoreError::Invalid(format!(
                "a frame of {need} bytes is too large for store.budget = {quota} bytes: raise the budget"
            )));
        }
        let free = self.free()?;
        if free < self.reserve.saturating_add(need) {
            return Err(StoreError::Full(format!(
                "the disk of {} has {free} bytes left, and store.reserve keeps {} free: free some space or lower the \
                 reserve; labelling goes on",
                self.dir.display(),
                self.reserve
            )));
        }
        // Each round frees something; the bound only guards against counting wrongly.
        let mut rounds = segments.files.len() + 8;
        while segments.on_disk() + need > most {
            rounds = rounds.saturating_sub(1);
            let Some(number) = self.victim(segments)?.filter(|_| rounds > 0) else {
                return Err(StoreError::Full(format!(
                    "store.budget ({quota} bytes) is full of labelled frames, which are never dropped: raise the budget, \
                     or clear the labels of frames you no longer need; labelling goes on"
                )));
            };
            self.retire(segments, number)?;
        }
        Ok(())
    }

    /// The segment to free next: the oldest in which at least a quarter can go (so that each byte freed costs at most
    /// three copied), else the one that frees most, if that is an eighth of a segment or more.
    fn victim(&self, segments: &mut Segments) -> Result<Option<u32>> {
        if let Some(number) = self.pick(segments, |s, n| !s.is_active(n)) {
            return Ok(Some(number));
        }
        // Nothing but the ends that are still written to: finish them, so that they can go too.
        let found = self.pick(segments, |s, n| s.is_active(n));
        if let Some(number) = found {
            let series = segments.files[&number].series;
            segments.seal(series)?;
        }
        Ok(found)
    }

    fn pick(&self, segments: &Segments, may: impl Fn(&Segments, u32) -> bool) -> Option<u32> {
        let mut space = locked(&self.space);
        space.pins.retain(|_, pin| pin.since.elapsed() < PIN);
        let mut stays: HashMap<u32, u64> = space.labelled.clone();
        for pin in space.pins.values() {
            *stays.entry(pin.segment).or_default() += pin.total;
        }
        let candidates: Vec<(u32, u64, u64)> = segments
            .files
            .iter()
            .filter(|(n, _)| may(segments, **n))
            .map(|(n, s)| (*n, s.len.saturating_sub(stays.get(n).copied().unwrap_or(0)), s.len))
            .filter(|(_, gain, _)| *gain > 0)
            .collect();
        let oldest = candidates.iter().find(|(_, gain, len)| gain * 4 >= *len);
        let best = || candidates.iter().filter(|(_, g, _)| *g >= segments.size() / 8).max_by_key(|(_, gain, _)| *gain);
        oldest.or_else(best).map(|(n, ..)| *n)
    }

    /// Frees a segment: labelled frames are copied forward and synced, the rest leaves the index, the file goes last.
    ///
    /// A power cut in between leaves the file: its frames are found again at the next opening, none is lost.
    fn retire(&self, segments: &mut Segments, number: u32) -> Result<()> {
        let ids = self.index.frames_under(&keys::segment(number))?;
        let mut copied: HashMap<FrameId, Location> = HashMap::new();
        // Copies what is labelled now, without holding up those who label.
        for &id in &ids {
            if let Some(entry) = self.index.entry(id)?
                && entry.location.segment == number
                && self.stays(id, &entry)
            {
                copied.insert(id, self.copy_forward(segments, entry.location)?);
            }
        }
        segments.sync(Series::Kept)?;
        // Then once more with labelling held: a frame labelled meanwhile stays as well.
        let mut journal = locked(&self.journal);
        let mut changes = Changes::default();
        let (mut dropped, mut moved) = (0, Vec::new());
        for &id in &ids {
            changes.remove(keys::with(keys::segment(number), id));
            let Some(entry) = self.index.entry(id)? else { continue };
            if entry.location.segment != number {
                continue;
            }
            let fate = match copied.get(&id) {
                Some(to) => Fate::Moves(*to),
                None if self.stays(id, &entry) => Fate::Moves(self.copy_forward(segments, entry.location)?),
                None => Fate::Goes,
            };
            match fate {
                Fate::Moves(to) => {
                    changes.mark(keys::with(keys::segment(to.segment), id));
                    changes.put_entry(id, &Entry { location: to, ..entry.clone() })?;
                    moved.push((id, to, entry.phase > Phase::Unlabelled));
                }
                Fate::Goes => {
                    changes.remove(keys::frame(id));
                    changes.remove(keys::with(keys::phase(entry.phase), id));
                    changes.remove(keys::side(id));
                    dropped += 1;
                }
            }
        }
        segments.sync(Series::Kept)?;
        let total = self.counts.dropped.load(Ordering::Relaxed) + dropped;
        changes.put(keys::mark("dropped"), total.to_string().as_bytes());
        self.index.apply(changes)?;
        self.counts.dropped.store(total, Ordering::Relaxed);
        self.counts.frames.fetch_sub(dropped, Ordering::Relaxed);
        self.account_moves(number, &moved);
        journal.append(&Logged::Dropped(total))?;
        drop(journal);
        self.index.sync()?;
        segments.remove(number)?;
        tracing::info!(segment = number, dropped, kept = moved.len(), "retention freed a segment");
        Ok(())
    }

    /// Labelled, or imported so recently that its labels may be on their way.
    fn stays(&self, id: FrameId, entry: &Entry) -> bool {
        entry.phase > Phase::Unlabelled || locked(&self.space).pins.contains_key(&id)
    }

    /// Copies a record, byte for byte, to the kept series.
    fn copy_forward(&self, segments: &mut Segments, at: Location) -> Result<Location> {
        let file = file_of(&self.segments_dir(), at.segment)?
            .ok_or_else(|| StoreError::Damaged(format!("segment {} is gone", at.segment)))?;
        let mut bytes = vec![0; at.total as usize];
        file.read_exact_at(&mut bytes, at.offset)
            .map_err(|source| StoreError::Io { what: format!("read segment {}", at.segment), source })?;
        segments.append(Series::Kept, &bytes)
    }

    fn account_moves(&self, from: u32, moved: &[(FrameId, Location, bool)]) {
        let mut space = locked(&self.space);
        space.labelled.remove(&from);
        for (id, to, labelled) in moved {
            if *labelled {
                *space.labelled.entry(to.segment).or_default() += to.total;
            }
            if let Some(pin) = space.pins.get_mut(id) {
                *pin = Pin { segment: to.segment, ..*pin };
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_large_budget_leaves_one_segment_and_sled_their_room() {
        let budget = Budget::of(20_000_000_000).unwrap();
        assert_eq!(budget.segment, 32 << 20);
        assert_eq!(budget.segments, 20_000_000_000 - (32 << 20) - (128 << 20));
    }

    #[test]
    fn small_budgets_hold_at_least_two_segments_and_tiny_ones_are_refused() {
        for quota in [1 << 20, 3 << 20, 50_000_000, 200_000_000, u64::MAX] {
            let budget = Budget::of(quota).unwrap();
            assert!(budget.segments >= 2 * budget.segment, "{budget:?}");
            assert!(budget.segments + budget.segment < quota);
        }
        assert!(matches!(Budget::of(1000), Err(StoreError::Invalid(_))));
    }
}
