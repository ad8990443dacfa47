//! What happened on the device: its events, and apart from them, as there may be one a second, the objects that the
//! camera saw. The newest of both in memory; what is not on disk yet waits to be written in one go.

use crate::domain::{CameraId, Clock, FleetEvent, FleetEventKind, Sighting, Stamp, limits};
use crate::store::api::Slice;
use crate::store::durable::Files;
use crate::store::error::{Result, StoreError};
use crate::store::record;
use crate::store::rolling::{Kind, Rolling};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeSet, HashMap, VecDeque};
use std::path::Path;

/// Something with its place in the order in which things were noted: clocks are turned back.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Noted<T> {
    #[serde(rename = "n")]
    at: u64,
    /// Of a sighting: where its end was noted.
    #[serde(rename = "m", default, skip_serializing_if = "Option::is_none")]
    end: Option<u64>,
    /// By which its time is mended, and that of its end, where the clock was not believed.
    #[serde(rename = "s", default, skip_serializing_if = "Option::is_none")]
    stamp: Option<Stamp>,
    #[serde(rename = "e", default, skip_serializing_if = "Option::is_none")]
    end_stamp: Option<Stamp>,
    #[serde(flatten)]
    what: T,
}

/// Mends a time by its stamp, as far as that is known by now.
pub type Mend<'a> = &'a dyn Fn(Timestamp, Option<&Stamp>) -> (Timestamp, Option<Clock>);

impl Noted<FleetEvent> {
    fn mended(&self, mend: Mend) -> FleetEvent {
        let (time, clock) = mend(self.what.time, self.stamp.as_ref());
        FleetEvent { time, clock, ..self.what.clone() }
    }
}

impl Noted<Sighting> {
    fn mended(&self, mend: Mend) -> Sighting {
        let (appeared, clock) = mend(self.what.appeared, self.stamp.as_ref());
        let left = self.what.left.map(|left| mend(left, self.end_stamp.as_ref()));
        let (left, end) = (left.map(|(left, _)| left), left.and_then(|(_, clock)| clock));
        Sighting { appeared, left, clock: clock.or(end), ..self.what.clone() }
    }
}

/// What is told of an act on disk. It lies in the record of that act: one is there when the other is, and the log, which
/// comes after it, may be made up for.
pub type Said = Noted<FleetEvent>;

/// An event that was noted with its act comes over the bus as well, a moment later.
const MOMENT: usize = 100;

/// The newest of what happened.
#[derive(Default)]
pub struct History {
    /// Oldest first, both.
    events: VecDeque<Noted<FleetEvent>>,
    sightings: VecDeque<Noted<Sighting>>,
    /// Where an object that is there now is among them, by its track.
    there: HashMap<u64, u64>,
    next: u64,
    unwritten: Unwritten,
}

/// What is to be written.
#[derive(Debug, Default)]
pub struct Unwritten {
    events: BTreeSet<u64>,
    sightings: BTreeSet<u64>,
}

/// Where it is written to.
pub struct HistoryFiles {
    events: Rolling,
    sightings: Rolling,
}

impl History {
    /// Reads what is on disk. Objects that were there when it ended are there no more.
    /// `new`: of a store that is opened for the first time.
    pub fn open(files: &Files, dir: &Path, new: bool) -> Result<(Self, HistoryFiles)> {
        let mut all = Self::default();
        let events =
            Rolling::open(files, &dir.join("log"), Kind { magic: record::LOG, full: limits::LOG, new }, |meta| {
                let read = read(meta);
                let count = read.len();
                read.into_iter().for_each(|one| put(&mut all.events, one));
                count
            })?;
        // An object that stays for long is written twice.
        let kind = Kind { magic: record::LOG, full: 2 * limits::SIGHTINGS, new };
        let sightings = Rolling::open(files, &dir.join("timeline"), kind, |meta| {
            let read = read(meta);
            let count = read.len();
            read.into_iter().for_each(|one| put(&mut all.sightings, one));
            count
        })?;
        all.next = 1 + all.newest();
        let known = all.events.iter().map(|e| e.what.time);
        let known =
            known.chain(all.sightings.iter().flat_map(|s| [Some(s.what.appeared), s.what.left]).flatten()).max();
        all.end_all(known.unwrap_or_default(), None);
        all.forget();
        Ok((all, HistoryFiles { events, sightings }))
    }

    fn newest(&self) -> u64 {
        let events = self.events.iter().map(|e| e.at);
        events.chain(self.sightings.iter().map(|s| s.end.unwrap_or(s.at))).max().unwrap_or(0)
    }

    /// Gives what will be told of an act its place, before the act.
    pub fn foretell(&mut self, event: FleetEvent, stamp: Option<Stamp>) -> Said {
        let at = self.next;
        self.next += 1;
        Noted { at, end: None, stamp, end_stamp: None, what: event }
    }

    /// Notes what is told of an act that is on disk, unless it is known, or was forgotten since.
    pub fn came_true(&mut self, said: Said) {
        self.next = self.next.max(said.at + 1);
        let forgotten = self.events.len() >= limits::LOG && self.events.front().is_some_and(|first| said.at < first.at);
        if let (Err(place), false) = (self.events.binary_search_by_key(&said.at, |known| known.at), forgotten) {
            self.unwritten.events.insert(said.at);
            self.events.insert(place, said);
            self.forget();
        }
    }

    /// Notes an event; whether it is worth being written at once.
    pub fn note(&mut self, event: FleetEvent, stamp: Option<Stamp>) -> bool {
        if self.events.iter().rev().take(MOMENT).any(|known| known.what == event) {
            return false;
        }
        let at = self.next;
        self.next += 1;
        let object = matches!(event.kind, FleetEventKind::ObjectAppeared | FleetEventKind::ObjectLeft);
        match (event.kind, event.track, &event.category) {
            (FleetEventKind::ObjectAppeared, Some(track), Some(category)) => {
                let (category, score) = (category.clone(), event.score.unwrap_or(0.0));
                let what = Sighting {
                    track,
                    category,
                    camera: event.camera,
                    appeared: event.time,
                    left: None,
                    clock: None,
                    score,
                    zone: event.zone,
                };
                self.sightings.push_back(Noted { at, end: None, stamp, end_stamp: None, what });
                self.there.insert(track, at);
                self.unwritten.sightings.insert(at);
            }
            (FleetEventKind::ObjectLeft, Some(track), _) => {
                let there = self.there.remove(&track);
                if let Some(sighting) = there.and_then(|there| self.sighting(there)) {
                    sighting.end = Some(at);
                    sighting.end_stamp = stamp;
                    sighting.what.left = Some(event.time.max(sighting.what.appeared));
                    sighting.what.score = event.score.unwrap_or(sighting.what.score);
                    let of = sighting.at;
                    self.unwritten.sightings.insert(of);
                }
            }
            _ => {
                self.events.push_back(Noted { at, end: None, stamp, end_stamp: None, what: event });
                self.unwritten.events.insert(at);
            }
        }
        self.forget();
        !object
    }

    /// The objects that are there are watched no more.
    pub fn end_all(&mut self, time: Timestamp, stamp: Option<Stamp>) {
        self.there.clear();
        for sighting in self.sightings.iter_mut().filter(|s| s.what.left.is_none()) {
            sighting.end_stamp.clone_from(&stamp);
            sighting.what.left = Some(time.max(sighting.what.appeared));
            self.unwritten.sightings.insert(sighting.at);
        }
    }

    fn sighting(&mut self, at: u64) -> Option<&mut Noted<Sighting>> {
        let at = self.sightings.binary_search_by_key(&at, |s| s.at).ok()?;
        self.sightings.get_mut(at)
    }

    fn forget(&mut self) {
        let old = self.events.len().saturating_sub(limits::LOG);
        self.events.drain(..old);
        let old = self.sightings.len().saturating_sub(limits::SIGHTINGS);
        self.sightings.drain(..old);
    }

    /// Takes what is to be written, and what that is called.
    pub fn take_unwritten(&mut self) -> (Unwritten, Vec<u8>, Vec<u8>) {
        let unwritten = std::mem::take(&mut self.unwritten);
        let events: Vec<_> = self.events.iter().filter(|e| unwritten.events.contains(&e.at)).collect();
        let sightings: Vec<_> = self.sightings.iter().filter(|s| unwritten.sightings.contains(&s.at)).collect();
        // Plain data: it always becomes JSON.
        let (events, sightings) = (serde_json::to_vec(&events), serde_json::to_vec(&sightings));
        (unwritten, events.unwrap_or_default(), sightings.unwrap_or_default())
    }

    /// It could not be written.
    pub fn give_back(&mut self, unwritten: Unwritten) {
        // What has been forgotten meanwhile is not waited for.
        let (event, sighting) = (self.events.front().map(|e| e.at), self.sightings.front().map(|s| s.at));
        self.unwritten.events.extend(unwritten.events.into_iter().filter(|at| event.is_some_and(|first| *at >= first)));
        let sightings = unwritten.sightings.into_iter().filter(|at| sighting.is_some_and(|first| *at >= first));
        self.unwritten.sightings.extend(sightings);
    }

    /// Events, newest first; those of objects come from their sightings. With a `camera` only those about it. `before`: a `next`.
    pub fn log(
        &self,
        kind: Option<FleetEventKind>,
        camera: Option<&CameraId>,
        before: Option<u64>,
        limit: usize,
        mend: Mend,
    ) -> Slice<FleetEvent> {
        let older = |at: &u64| before.is_none_or(|before| *at < before);
        let wanted = |of: FleetEventKind| kind.is_none_or(|kind| kind == of);
        let about = |of: &Option<CameraId>| camera.is_none_or(|camera| of.as_ref() == Some(camera));
        let mut found: Vec<(u64, FleetEvent)> = Vec::new();
        let events = self.events.iter().rev();
        let events = events.filter(|e| older(&e.at) && wanted(e.what.kind) && about(&e.what.camera));
        found.extend(events.take(limit + 1).map(|e| (e.at, e.mended(mend))));
        if wanted(FleetEventKind::ObjectAppeared) {
            let appeared = self.sightings.iter().rev().filter(|s| older(&s.at) && about(&s.what.camera));
            found.extend(appeared.take(limit + 1).map(|s| (s.at, s.mended(mend).appearance())));
        }
        if wanted(FleetEventKind::ObjectLeft) {
            let seen = self.sightings.iter().filter(|s| about(&s.what.camera));
            let mut left: Vec<_> = seen.filter_map(|s| Some((s.end.filter(older)?, s))).collect();
            left.sort_unstable_by_key(|(end, _)| std::cmp::Reverse(*end));
            let left = left.into_iter().take(limit + 1);
            found.extend(left.filter_map(|(end, s)| Some((end, s.mended(mend).departure()?))));
        }
        found.sort_by_key(|(at, _)| std::cmp::Reverse(*at));
        sliced(found, limit)
    }

    /// Objects, newest first. `before`: a `next`.
    pub fn timeline(
        &self,
        category: Option<&str>,
        camera: Option<&CameraId>,
        before: Option<u64>,
        limit: usize,
        mend: Mend,
    ) -> Slice<Sighting> {
        let wanted = |s: &&Noted<Sighting>| {
            before.is_none_or(|before| s.at < before)
                && category.is_none_or(|category| s.what.category == category)
                && camera.is_none_or(|camera| s.what.camera.as_ref() == Some(camera))
        };
        let found = self.sightings.iter().rev().filter(wanted).take(limit + 1);
        sliced(found.map(|s| (s.at, s.mended(mend))).collect(), limit)
    }
}

impl HistoryFiles {
    /// Writes what was taken; on disk when it returns.
    pub fn write(&mut self, files: &Files, what: &Unwritten, events: &[u8], sightings: &[u8]) -> Result<()> {
        if !what.events.is_empty() {
            self.events.add(files, [0; 16], events, what.events.len())?;
        }
        if !what.sightings.is_empty() {
            self.sightings.add(files, [0; 16], sightings, what.sightings.len())?;
        }
        Ok(())
    }
}

/// What is read anew takes the place of what was read of it before: it was written again.
fn put<T>(list: &mut VecDeque<Noted<T>>, one: Noted<T>) {
    match list.binary_search_by_key(&one.at, |known| known.at) {
        Ok(at) => list[at] = one,
        Err(at) => list.insert(at, one),
    }
}

fn read<T: serde::de::DeserializeOwned>(meta: &[u8]) -> Vec<T> {
    serde_json::from_slice(meta).unwrap_or_else(|e| {
        tracing::error!("a part of the log can't be read: {e}");
        Vec::new()
    })
}

/// `found` has one more than the slice where there are more.
fn sliced<T>(mut found: Vec<(u64, T)>, limit: usize) -> Slice<T> {
    let more = found.len() > limit;
    found.truncate(limit);
    let next = found.last().filter(|_| more).map(|(at, _)| at.to_string());
    Slice { items: found.into_iter().map(|(_, item)| item).collect(), next }
}

/// A `next` that somebody gave back.
pub fn place(before: Option<&str>) -> Result<Option<u64>> {
    let parsed = before.map(|text| {
        text.parse().map_err(|_| StoreError::Invalid(format!("`before`: {text} is no `next` of this list")))
    });
    parsed.transpose()
}

#[cfg(test)]
#[path = "history_tests.rs"]
mod tests;
