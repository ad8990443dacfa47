//! Segments against index, at opening: what one has and the other lacks.

use super::labels;
use crate::domain::{FrameId, Phase};
use crate::store::durable::Files;
use crate::store::error::{Result, StoreError};
use crate::store::index::keys::{self, FrameEntry, FrameMeta, Location};
use crate::store::index::{Changes, Found, Index};
use crate::store::journal::Journal;
use crate::store::record::{self, Depth, Item};
use crate::store::segments::{self as segment, Segments, Series};
use std::collections::{BTreeMap, BTreeSet, HashSet};
use uuid::Uuid;

/// Frames a batch of changes.
const BATCH: usize = 1000;

/// Cuts torn tails, brings into the index what it lacks, drops from it what is not there.
pub fn segments(files: &Files, index: &Index, segments: &mut Segments, journal: &Journal) -> Result<()> {
    let indexed: BTreeMap<u32, FrameId> = index.last_of_segments()?.into_iter().collect();
    let mut undecided = Vec::new();
    // Kept copies come last: where a frame lies in both series, the copy is the one to point at.
    for series in [Series::Plain, Series::Kept] {
        let mark: Option<(u32, u64)> = index.mark(series.mark())?;
        let numbers = segments.numbers(series);
        for &number in &numbers {
            let last = numbers.last() == Some(&number);
            let from = match mark {
                Some((marked, end)) if number == marked && end <= segments.files[&number].len => end,
                // Known to be complete, unless an interrupted retirement took its frames out of the index.
                Some((marked, _)) if number < marked && indexed.contains_key(&number) => {
                    drop_beyond(files, index, segments, journal, number, &indexed)?;
                    continue;
                }
                _ => 0,
            };
            let voidable = match mark {
                Some((marked, end)) if number == marked => Some(end),
                Some((marked, _)) if number > marked => Some(0),
                _ => None,
            };
            undecided.extend(tail(files, index, segments, journal, Tail { number, series, from, last, voidable })?);
        }
    }
    let dropped = journal.tells_of_dropped(index.mark("journal")?.unwrap_or(0))?;
    let gone: Vec<u32> = indexed.keys().copied().filter(|n| !segments.files.contains_key(n)).collect();
    for number in gone {
        let ids = index.frames_under(&keys::segment(number))?;
        let mut there = 0;
        for id in &ids {
            there += usize::from(index.entry(*id)?.is_some_and(|entry| entry.location.segment == number));
        }
        let text = format!("segment {number} is gone, and with it {there} frames");
        match (there, dropped) {
            (0, _) => {}
            // An older index: what retention drops is no loss, but for what is labelled, which is told of each.
            (_, true) => files.note(text),
            (_, false) => files.lost(text),
        }
        for id in ids {
            forget(files, index, journal, id, number)?;
        }
    }
    let without = |n: &u32| !segments.files.contains_key(n);
    if index.counts(|counts| counts.segments.iter().any(|(n, needed)| needed.deleted > 0 && without(n))) {
        for id in index.frames_under(keys::DELETED)? {
            if let Some(entry) = index.buried(id)?.filter(|entry| without(&entry.location.segment)) {
                forget(files, index, journal, id, entry.location.segment)?;
            }
        }
    }
    decide(files, index, segments, journal, undecided)
}

/// A stretch that is no record, at the end of a series: torn, or damaged.
struct Stretch {
    number: u32,
    series: Series,
    from: u64,
    to: u64,
}

/// Where the index does not say what was durable: a stretch was torn unless a labelled frame is missing, which was
/// synced before its labels were acknowledged. Damage is left as it is, for `check` to tell of.
fn decide(files: &Files, index: &Index, segments: &Segments, journal: &Journal, undecided: Vec<Stretch>) -> Result<()> {
    if undecided.is_empty() {
        return Ok(());
    }
    for id in journal.labelled()? {
        // One that was brought back may still be buried: the journal is read later.
        if index.anywhere(id)?.is_none() {
            return Ok(());
        }
    }
    for Stretch { number, series, from, to } in undecided {
        if let Some(header) = record::void(to - from) {
            files.append(&segment::path(segments.dir(), number, series))?.overwrite(from, &header)?;
        }
    }
    Ok(())
}

struct Tail {
    number: u32,
    series: Series,
    from: u64,
    /// Of its series: it is written on.
    last: bool,
    /// Damage from here on was never durable and may be covered up; without a mark nobody knows.
    voidable: Option<u64>,
}

/// Answers the stretches of which nobody knows whether they are torn or damaged.
fn tail(files: &Files, index: &Index, segments: &mut Segments, journal: &Journal, tail: Tail) -> Result<Vec<Stretch>> {
    let Tail { number, series, from, last, voidable } = tail;
    let path = segment::path(segments.dir(), number, series);
    let mut file = files.append(&path)?;
    // What was synced before the next segment was begun needs no second look at every picture.
    let depth = if last { Depth::Everything } else { Depth::Meta };
    let mut found: HashSet<(FrameId, u64)> = HashSet::new();
    let mut damage = Vec::new();
    let mut changes = Changes::default();
    let mut pending = 0;
    let end = record::scan(&*file.handle(), record::FRAME, from, file.len(), depth, |item| {
        let (at, header, meta) = match item {
            Item::Record { at, header, meta } => (at, header, meta),
            Item::Damage { from, to, text } => {
                files.note(format!("segment {number}: {text}"));
                damage.push((from, to));
                return Ok(());
            }
        };
        files.progress.step();
        let id = FrameId(Uuid::from_bytes(header.key));
        let location = Location { segment: number, offset: at, total: header.total() };
        found.insert((id, at));
        if learn(index, &mut changes, segments, id, location, u64::from(header.body_len), &meta, series)? {
            pending += 1;
        }
        if pending == BATCH {
            index.apply(std::mem::take(&mut changes))?;
            pending = 0;
        }
        Ok(())
    })?;
    index.apply(changes)?;
    let mut undecided = Vec::new();
    for (from, to) in damage.into_iter().filter(|_| last) {
        match voidable {
            None => undecided.push(Stretch { number, series, from, to }),
            Some(durable) if from >= durable => {
                if let Some(header) = record::void(to - from) {
                    file.overwrite(from, &header)?;
                }
            }
            Some(_) => {}
        }
    }
    if last && end < file.len() {
        files.note(format!("segment {number} ends with {} torn bytes, which are cut", file.len() - end));
        file.cut(end)?;
    }
    let mut lost = 0;
    for id in index.frames_under(&keys::segment(number))? {
        match index.anywhere(id)?.map(|found| found.entry) {
            Some(e) if e.location.segment != number => {}
            Some(e)
                if e.location.end() <= end
                    && (e.location.offset < from || found.contains(&(id, e.location.offset))) => {}
            _ => {
                forget(files, index, journal, id, number)?;
                lost += 1;
            }
        }
    }
    if lost > 0 {
        files.note(format!("segment {number} has {lost} frames less than it had"));
    }
    if last {
        segments.continue_at(number, file)?;
    }
    Ok(undecided)
}

/// Brings a record into the index unless it knows better. Answers whether it changed anything.
#[allow(clippy::too_many_arguments)]
fn learn(
    index: &Index,
    changes: &mut Changes,
    segments: &Segments,
    id: FrameId,
    location: Location,
    bytes: u64,
    meta: &[u8],
    series: Series,
) -> Result<bool> {
    let (entry, deleted) = match index.anywhere(id)? {
        Some(Found { entry: e, deleted }) if e.location == location => {
            // A deleted frame stays known while its segment is there, off its list where that was about to go.
            let off = deleted && !index.has(&keys::with(keys::segment(location.segment), id))?;
            if off {
                changes.mark(keys::with(keys::segment(location.segment), id));
            }
            return Ok(off);
        }
        Some(Found { entry: e, .. }) if series == Series::Plain && segments.files.contains_key(&e.location.segment) => {
            return Ok(false);
        }
        Some(Found { entry: e, deleted }) => {
            changes.remove(keys::with(keys::segment(e.location.segment), id));
            (FrameEntry { location, ..e }, deleted)
        }
        None => {
            let meta: FrameMeta = serde_json::from_slice(meta)
                .map_err(|e| StoreError::Damaged(format!("frame {id} in segment {}: {e}", location.segment)))?;
            // If it was deleted, the journal says so afterwards.
            let (phase, revision) = (Phase::Unlabelled, 0);
            let entry = FrameEntry { meta, bytes, location, phase, revision, labels: None, draft: false };
            labels::list(changes, id, &entry, &BTreeSet::new());
            (entry, false)
        }
    };
    match deleted {
        true => changes.put_buried(id, &entry)?,
        false => changes.put_entry(id, &entry)?,
    }
    changes.mark(keys::with(keys::segment(location.segment), id));
    Ok(true)
}

/// Drops what the index says lies beyond a finished segment's end.
fn drop_beyond(
    files: &Files,
    index: &Index,
    segments: &Segments,
    journal: &Journal,
    number: u32,
    ends: &BTreeMap<u32, FrameId>,
) -> Result<()> {
    let len = segments.files[&number].len;
    let beyond = |id: FrameId| -> Result<bool> {
        let place = index.anywhere(id)?.map(|found| found.entry.location);
        Ok(place.is_some_and(|at| at.segment == number && at.end() > len))
    };
    // Frames lie in the order of their ids, so the last one tells.
    if !beyond(ends[&number])? {
        return Ok(());
    }
    let mut lost = 0;
    for id in index.frames_under(&keys::segment(number))? {
        if beyond(id)? {
            forget(files, index, journal, id, number)?;
            lost += 1;
        }
    }
    files.note(format!("segment {number} is shorter than it was: {lost} frames are lost"));
    Ok(())
}

/// Takes a frame that is not in segment `number` out of the index. Its labels stay in the journal.
fn forget(files: &Files, index: &Index, journal: &Journal, id: FrameId, number: u32) -> Result<()> {
    let mut changes = Changes::default();
    changes.remove(keys::with(keys::segment(number), id));
    if index.buried(id)?.is_some_and(|entry| entry.location.segment == number) {
        changes.remove(keys::deleted(id));
        changes.remove(keys::side(id));
    }
    if let Some(entry) = index.entry(id)?
        && entry.location.segment == number
    {
        changes.remove(keys::frame(id));
        labels::unlist(&mut changes, id, &entry, &labels::listed(index, &*journal.handle(), id, &entry)?);
        if entry.has_work() {
            files.lost(format!("the labelled frame {id} is lost; its labels stay in the journal"));
        }
    }
    index.apply(changes)
}
