//! The disk budget: a bound on all segment bytes. Oldest segments go first, labelled frames stay.

use super::labels::unlist;
use crate::domain::{FrameId, FrameSource};
use crate::store::core::Core;
use crate::store::error::{Result, StoreError};
use crate::store::index::Changes;
use crate::store::index::counts::Counts;
use crate::store::index::keys::{self, FrameEntry, Location};
use crate::store::journal::Logged;
use crate::store::segments::file_of;
use crate::store::segments::{Segments, Series};
use crate::store::tables::space::Pin;
use std::collections::{BTreeSet, HashMap};
use std::sync::atomic::Ordering;
use std::time::Duration;

/// How long an imported or uploaded frame waits for its labels before it may be dropped.
const PIN: Duration = Duration::from_secs(600);

/// Bytes of a file system's block: a file takes whole ones.
const BLOCK: u64 = 4096;

/// What retention does with a frame of a segment that goes.
enum Fate {
    /// Copied forward already, or before; its index entry gets the new place.
    Moves(Location),
    Goes,
}

/// What of a segment that goes stays.
#[derive(Clone, Copy, PartialEq)]
enum Spare {
    /// Frames with somebody's work in them.
    Work,
    AllButDeleted,
}

impl Core {
    /// Makes room for `need` more bytes of a frame from that source, or says `Full`. Answers how many frames were dropped
    /// for it.
    pub fn make_room(&self, segments: &mut Segments, need: u64, source: FrameSource) -> Result<u64> {
        // What somebody brings was promised its room: at last whatever can go makes way for it, however much is copied for that.
        let worth = if source.is_brought() { BLOCK } else { segments.size() / 8 };
        let result = self.try_make_room(segments, need.next_multiple_of(BLOCK), worth);
        let full = matches!(result, Err(StoreError::Full(_)));
        if self.counts.full.swap(full, Ordering::Relaxed) != full {
            match &result {
                Err(e) => tracing::warn!("capture stops: {e}"),
                Ok(_) => tracing::info!("there is room again, capture goes on"),
            }
        }
        result
    }

    /// `worth`: bytes that freeing a segment must free.
    fn try_make_room(&self, segments: &mut Segments, need: u64, worth: u64) -> Result<u64> {
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
        let (mut rounds, mut dropped) = (segments.files.len() + 8, 0);
        while segments.on_disk() + need > most {
            rounds = rounds.saturating_sub(1);
            let Some((number, spare)) = self.victim(segments, worth)?.filter(|_| rounds > 0) else {
                return Err(StoreError::Full(self.full_of(quota, most)));
            };
            dropped += self.retire(segments, number, spare)?;
        }
        Ok(dropped)
    }

    /// What fills the budget, and what to do.
    fn full_of(&self, quota: u64, most: u64) -> String {
        let labelled = self.index.counts(|counts| counts.segments.values().any(|needed| needed.labelled > 0));
        let waiting = !self.space.lock().pins.is_empty();
        let minutes = PIN.as_secs() / 60;
        let (what, todo) = match (labelled, waiting) {
            (true, false) => {
                ("labelled frames, which are never dropped".to_owned(), "clear the labels of frames you no longer need")
            }
            (true, true) => (
                format!("frames that are labelled, or came in within the last {minutes} minutes: neither are dropped"),
                "clear the labels of frames you no longer need, or wait",
            ),
            (false, true) => (
                format!("frames that came in within the last {minutes} minutes, which wait for labels"),
                "wait until older ones may be dropped",
            ),
            (false, false) => ("frames of which too little can be dropped at once".to_owned(), "delete some"),
        };
        format!(
            "store.budget ({quota} bytes, of which {most} are for frames, the rest to move them) is full of {what}: raise \
             the budget, or {todo}; labelling goes on"
        )
    }

    /// Says `Full` where so many more bytes of frames that stay would not fit, however much else is dropped for them.
    pub fn has_room_for(&self, need: u64) -> Result<()> {
        let labelled: u64 = self.index.counts(|counts| counts.segments.values().map(|s| s.labelled).sum());
        let waiting = self.waiting();
        let (quota, most) = (self.budget.quota, self.budget.segments);
        let room = most.saturating_sub(self.ends()).saturating_sub(labelled).saturating_sub(waiting);
        if need > room {
            let minutes = PIN.as_secs() / 60;
            let (what, todo) = match (labelled, waiting) {
                (0, 0) => (String::new(), ", or bring less at once"),
                (_, 0) => {
                    (", or taken by frames that are labelled".to_owned(), ", or delete frames you no longer need")
                }
                _ => (
                    format!(", or taken by frames that are labelled or came in within the last {minutes} minutes"),
                    ", delete frames you no longer need, or wait",
                ),
            };
            return Err(StoreError::Full(format!(
                "it needs {need} bytes, and {room} fit: the other {} of store.budget ({quota} bytes) are kept for the index \
                 and to move frames{what}; raise the budget{todo}",
                quota.saturating_sub(room)
            )));
        }
        let more = need.min(most.saturating_sub(self.segments()?.on_disk()));
        let free = self.free()?;
        match free < self.reserve.saturating_add(more) {
            true => Err(StoreError::Full(format!(
                "it needs {more} bytes, and the disk of {} has {free} bytes left, of which store.reserve keeps {} free: \
                 free some space or lower the reserve",
                self.dir.display(),
                self.reserve
            ))),
            false => Ok(()),
        }
    }

    /// Bytes of all segments, at most, in which no frame can lie or which can't be freed: of the last block of each, and as
    /// much as is not worth freeing for what somebody brings. Two neighbours hold together more than a full one.
    fn ends(&self) -> u64 {
        (2 * (self.budget.segments / self.budget.segment) + 3) * 2 * BLOCK
    }

    /// Bytes of frames that wait for their labels, which are not dropped either.
    fn waiting(&self) -> u64 {
        let mut space = self.space.lock();
        space.pins.retain(|_, pin| pin.since.elapsed() < PIN);
        space.pins.values().map(|pin| pin.total).sum()
    }

    /// The segment to free next, and what is spared in it. First one of which an eighth or more of a segment was
    /// deleted: all else in it stays. Then the oldest in which at least a quarter can go (so that each byte freed costs
    /// at most three copied), else the one that frees most, if that is `worth` it.
    fn victim(&self, segments: &mut Segments, worth: u64) -> Result<Option<(u32, Spare)>> {
        let deleted = self.most_deleted(segments).map(|n| (n, Spare::AllButDeleted));
        if let Some(found) = deleted.filter(|(n, _)| !segments.is_active(*n)) {
            return Ok(Some(found));
        }
        let whole = || self.pick(segments, worth, |s, n| !s.is_active(n));
        // At last the ends that are still written to: finish them, so that they can go too.
        let usual = |n| (n, Spare::Work);
        let end = || self.pick(segments, worth, |s, n| s.is_active(n)).map(usual);
        let found = deleted.or_else(|| whole().map(usual)).or_else(end);
        if let Some((number, _)) = found
            && segments.is_active(number)
        {
            let series = segments.files[&number].series;
            segments.seal(series)?;
        }
        Ok(found)
    }

    /// The segment of which most was deleted, if that is worth copying the rest.
    fn most_deleted(&self, segments: &Segments) -> Option<u32> {
        self.index.counts(|counts| {
            let deleted = counts.segments.iter().map(|(n, needed)| (*n, needed.deleted));
            let worth = deleted.filter(|(n, bytes)| segments.files.contains_key(n) && *bytes >= segments.size() / 8);
            worth.max_by_key(|(_, bytes)| *bytes).map(|(n, _)| n)
        })
    }

    fn pick(&self, segments: &Segments, worth: u64, may: impl Fn(&Segments, u32) -> bool) -> Option<u32> {
        let mut space = self.space.lock();
        space.pins.retain(|_, pin| pin.since.elapsed() < PIN);
        let labelled = |counts: &Counts| counts.segments.iter().map(|(n, needed)| (*n, needed.labelled)).collect();
        let mut stays: HashMap<u32, u64> = self.index.counts(labelled);
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
        let best = || candidates.iter().filter(|(_, gain, _)| *gain >= worth).max_by_key(|(_, gain, _)| *gain);
        oldest.or_else(best).map(|(n, ..)| *n)
    }

    /// Frees a segment: what is spared is copied forward and synced, the rest leaves the index, the file goes last. Answers
    /// how many frames were dropped.
    ///
    /// A power cut in between leaves the file: its frames are found again at the next opening, none is lost.
    fn retire(&self, segments: &mut Segments, number: u32, spare: Spare) -> Result<u64> {
        let ids = self.index.frames_under(&keys::segment(number))?;
        let mut copied: HashMap<FrameId, Location> = HashMap::new();
        // Copies what is labelled now, without holding up those who label.
        for &id in &ids {
            if let Some(entry) = self.index.entry(id)?
                && entry.location.segment == number
                && self.stays(id, &entry, spare)
            {
                copied.insert(id, self.copy_forward(segments, entry.location)?);
            }
        }
        segments.sync(Series::Kept)?;
        // Then once more with labelling held: a frame labelled meanwhile stays as well.
        let mut journal = self.journal()?;
        let mut changes = Changes::default();
        let deleted = self.deleted_in(number)?;
        let (mut dropped, mut moved) = (0, Vec::new());
        for &id in &ids {
            changes.remove(keys::with(keys::segment(number), id));
            let Some(entry) = self.index.entry(id)? else { continue };
            if entry.location.segment != number {
                continue;
            }
            let fate = match copied.get(&id) {
                Some(to) => Fate::Moves(*to),
                None if self.stays(id, &entry, spare) => Fate::Moves(self.copy_forward(segments, entry.location)?),
                None => Fate::Goes,
            };
            match fate {
                Fate::Moves(to) => {
                    changes.mark(keys::with(keys::segment(to.segment), id));
                    changes.put_entry(id, &FrameEntry { location: to, ..entry })?;
                    moved.push((id, to));
                }
                Fate::Goes => {
                    changes.remove(keys::frame(id));
                    // What goes has no labels.
                    unlist(&mut changes, id, &entry, &BTreeSet::new());
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
        {
            let mut space = self.space.lock();
            for (id, to) in &moved {
                if let Some(pin) = space.pins.get_mut(id) {
                    *pin = Pin { segment: to.segment, ..*pin };
                }
            }
        }
        journal.append(&Logged::Dropped(total))?;
        // Nobody may bring back what goes with the file.
        let held = if deleted.is_empty() { None } else { Some(journal) };
        self.index.sync()?;
        segments.remove(number)?;
        self.forget_deleted(&deleted)?;
        drop(held);
        tracing::info!(
            segment = number,
            dropped,
            deleted = deleted.len(),
            kept = moved.len(),
            "retention freed a segment"
        );
        Ok(dropped)
    }

    /// Deleted frames of a segment, whether or not an earlier try to free it took them off its list.
    fn deleted_in(&self, number: u32) -> Result<Vec<FrameId>> {
        let mut deleted = Vec::new();
        if self.index.counts(|counts| counts.segments.get(&number).is_none_or(|needed| needed.deleted == 0)) {
            return Ok(deleted);
        }
        for id in self.index.frames_under(keys::DELETED)? {
            if self.index.buried(id)?.is_some_and(|entry| entry.location.segment == number) {
                deleted.push(id);
            }
        }
        Ok(deleted)
    }

    /// Deleted frames leave the index after their segment: found in a file that is left, they would be there again.
    fn forget_deleted(&self, deleted: &[FrameId]) -> Result<()> {
        let mut changes = Changes::default();
        for &id in deleted {
            changes.remove(keys::deleted(id));
            changes.remove(keys::side(id));
        }
        self.index.apply(changes)
    }

    /// Labelled, if only as a draft, or imported so recently that its labels may be on their way.
    fn stays(&self, id: FrameId, entry: &FrameEntry, spare: Spare) -> bool {
        spare == Spare::AllButDeleted || entry.has_work() || self.space.lock().pins.contains_key(&id)
    }

    /// Copies a record, byte for byte, to the kept series.
    fn copy_forward(&self, segments: &mut Segments, at: Location) -> Result<Location> {
        let file = file_of(&self.files, &self.segments_dir(), at.segment)?
            .ok_or_else(|| StoreError::Damaged(format!("segment {} is gone", at.segment)))?;
        let mut bytes = vec![0; at.total as usize];
        file.read_exact_at(&mut bytes, at.offset)
            .map_err(|source| StoreError::Io { what: format!("read segment {}", at.segment), source })?;
        segments.append(Series::Kept, &bytes)
    }
}
