//! All devices, as they were heard; each change has a number, so that whoever asks again gets what is new alone.
//!
//! Whether a device is there goes by what it says and by this server's clock that nobody sets, never by the clock of a
//! device; of what the broker kept from before, the time in it is all that is known.

use super::device::{Broker, Device, DeviceChange, Devices, HistoryKind, Reach};
use super::entry::Entry;
use super::heard::{Happened, Heard, Kept, Now};
use super::reading::{Reading, SaidEvent, SaidTraining};
use crate::domain::{Role, limits, name};
use parking_lot::Mutex;
use std::collections::{BTreeMap, HashMap, VecDeque};
use std::sync::Arc;
use tokio::sync::watch;

/// Devices that are known, at most.
pub const MOST: usize = 10_000;
/// Devices that are gone, and remembered for whoever asks what changed.
const GONE: usize = 1_000;
/// Groups of a device.
const GROUPS: usize = 16;

/// All devices.
pub struct Registry {
    known: Mutex<Known>,
    revision: watch::Sender<u64>,
}

struct Known {
    all: HashMap<String, Entry>,
    /// Who changed, by the number of the change.
    changes: BTreeMap<u64, String>,
    gone: VecDeque<(u64, String)>,
    /// What changed before is not known.
    floor: u64,
    revision: u64,
    /// Ids that came when there was no room.
    turned_away: u64,
}

impl Registry {
    /// With those that are known from before. Numbers begin with the time, so that those of a former start are known to be.
    pub fn new(kept: Vec<Kept>, now: Now) -> Self {
        let first = u64::try_from(now.wall.as_millisecond()).unwrap_or(0).max(1);
        let mut known = Known {
            all: HashMap::new(),
            changes: BTreeMap::new(),
            gone: VecDeque::new(),
            floor: first,
            revision: first,
            turned_away: 0,
        };
        for kept in kept.into_iter().take(MOST) {
            let revision = known.next();
            known.changes.insert(revision, kept.id.clone());
            let id = kept.id.clone();
            let mut entry = Entry::of(kept, now);
            entry.revision = revision;
            known.all.insert(id, entry);
        }
        let revision = watch::Sender::new(known.revision);
        Self { known: Mutex::new(known), revision }
    }

    /// The number of the newest change, and of those to come.
    pub fn revisions(&self) -> watch::Receiver<u64> {
        self.revision.subscribe()
    }

    /// Those that changed since; all where that is not known. The broker is told by others.
    pub fn since(&self, since: Option<u64>) -> Devices {
        let known = self.known.lock();
        let since = since.filter(|since| (known.floor..=known.revision).contains(since));
        let devices = match since {
            None => known.all.values().map(|entry| Arc::clone(&entry.device)).collect(),
            Some(since) => {
                let changed = known.changes.range(since + 1..).filter_map(|(_, id)| known.all.get(id));
                changed.map(|entry| Arc::clone(&entry.device)).collect()
            }
        };
        let gone =
            known.gone.iter().filter(|(at, id)| since.is_some_and(|since| *at > since) && !known.all.contains_key(id));
        let gone = gone.map(|(_, id)| id.clone()).collect();
        Devices { revision: known.revision, devices, gone, all: since.is_none(), broker: Broker::default() }
    }

    /// One of them.
    pub fn device(&self, id: &str) -> Option<Arc<Device>> {
        self.known.lock().all.get(id).map(|entry| Arc::clone(&entry.device))
    }

    /// What is to be known of it after a restart.
    pub fn kept(&self, id: &str) -> Option<Kept> {
        self.known.lock().all.get(id).map(Entry::kept)
    }

    /// How many there are, and how many there was no room for.
    pub fn count(&self) -> (usize, u64) {
        let known = self.known.lock();
        (known.all.len(), known.turned_away)
    }

    /// Changes one; one that is not known is made where `new`. `None`: there is none, and none is made.
    fn with<T>(
        &self,
        id: &str,
        new: bool,
        now: Now,
        change: impl FnOnce(&mut Entry, &mut Heard) -> T,
    ) -> Option<(T, Heard)> {
        let mut known = self.known.lock();
        let mut heard = Heard::default();
        if !known.all.contains_key(id) {
            if !new {
                return None;
            }
            if known.all.len() >= MOST {
                known.turned_away += 1;
                return None;
            }
            known.all.insert(id.to_owned(), Entry::of(Kept::new(id), now));
            let words = "heard for the first time".to_owned();
            heard.happened.push(Happened { at: now.wall, device: id.to_owned(), kind: HistoryKind::New, words });
        }
        let next = known.revision + 1;
        let entry = known.all.get_mut(id)?;
        let (device, kept) = (Arc::clone(&entry.device), entry.kept());
        let done = change(entry, &mut heard);
        if kept != entry.kept() || entry.revision == 0 {
            heard.changed = Some(id.to_owned());
        }
        if *device == *entry.device && entry.revision > 0 {
            return Some((done, heard));
        }
        let before = std::mem::replace(&mut entry.revision, next);
        known.changes.remove(&before);
        known.changes.insert(next, id.to_owned());
        known.revision = next;
        self.revision.send_replace(next);
        Some((done, heard))
    }

    /// It said that it is there, or somebody said that it is not. `retained`: the broker kept that from before.
    pub fn available(&self, id: &str, online: bool, retained: bool, now: Now) -> Heard {
        let told = self.with(id, true, now, |entry, heard| entry.available(online, retained, now, heard));
        told.map(|((), heard)| heard).unwrap_or_default()
    }

    /// Its status. `retained`: it was kept by the broker, from who knows when.
    pub fn status(&self, id: &str, reading: Reading, retained: bool, now: Now) -> Heard {
        let told = self.with(id, true, now, |entry, heard| {
            entry.said(&reading, retained, now);
            entry.take(reading, now, heard);
            entry.judge(now, heard);
        });
        told.map(|((), heard)| heard).unwrap_or_default()
    }

    /// Its status can't be read.
    pub fn unreadable(&self, id: &str, why: &str, now: Now) -> Heard {
        let told = self.with(id, true, now, |entry, _| {
            let words = format!("its status can't be read: {}", limits::short(why.to_owned(), limits::MESSAGE));
            entry.set(Some(words), |device| &mut device.unread, |device| &device.unread);
        });
        told.map(|((), heard)| heard).unwrap_or_default()
    }

    /// How a training of it is.
    pub fn training(&self, id: &str, said: &SaidTraining, now: Now) -> Heard {
        let told = self.with(id, false, now, |entry, heard| entry.trains(said, now, heard));
        told.map(|((), heard)| heard).unwrap_or_default()
    }

    /// It told of something, which may come twice.
    pub fn event(&self, id: &str, said: SaidEvent, now: Now) -> Heard {
        let told = self.with(id, false, now, |entry, heard| entry.told(said, now, heard));
        told.map(|((), heard)| heard).unwrap_or_default()
    }

    /// A picture of it was heard.
    pub fn picture(&self, id: &str, now: Now) {
        let at = Some(now.wall);
        self.with(id, false, now, |entry, _| {
            entry.set(at, |device| &mut device.picture_at, |device| &device.picture_at);
        });
    }

    /// What came of asking it through the broker.
    pub fn reached(&self, id: &str, reach: Reach, role: Option<Role>, now: Now) {
        self.with(id, false, now, |entry, _| {
            entry.set(reach, |device| &mut device.reach, |device| &device.reach);
            entry.set(role, |device| &mut device.role, |device| &device.role);
        });
    }

    /// What people call it. Error: what is wrong with that, in words; `None`: there is none.
    pub fn change(&self, id: &str, change: DeviceChange, now: Now) -> Result<Option<(Arc<Device>, Heard)>, String> {
        let called = change.name.map(|called| called_well(&called)).transpose()?;
        let groups = change.groups.map(groups_of).transpose()?;
        let changed = self.with(id, false, now, |entry, _| {
            let device = Arc::make_mut(&mut entry.device);
            if let Some(called) = called {
                device.name = if called.is_empty() { device.id.clone() } else { called };
            }
            device.groups = groups.unwrap_or_else(|| device.groups.clone());
            Arc::clone(&entry.device)
        });
        Ok(changed)
    }

    /// Forgets it; whether there was one. It comes back when it is heard.
    pub fn forget(&self, id: &str, why: &str, now: Now) -> Heard {
        let mut known = self.known.lock();
        let Some(entry) = known.all.remove(id) else { return Heard::default() };
        known.changes.remove(&entry.revision);
        let revision = known.next();
        known.gone.push_back((revision, id.to_owned()));
        if known.gone.len() > GONE
            && let Some((at, _)) = known.gone.pop_front()
        {
            known.floor = at;
        }
        self.revision.send_replace(revision);
        let happened = Happened { at: now.wall, device: id.to_owned(), kind: HistoryKind::Gone, words: why.to_owned() };
        Heard { happened: vec![happened], changed: Some(id.to_owned()) }
    }

    /// Looks who fell silent.
    pub fn look(&self, now: Now) -> Vec<Heard> {
        let overdue = |entry: &Entry| entry.is_overdue(now);
        let ids: Vec<String> =
            self.known.lock().all.iter().filter(|(_, entry)| overdue(entry)).map(|(id, _)| id.clone()).collect();
        let judged = ids.iter().filter_map(|id| self.with(id, false, now, |entry, heard| entry.judge(now, heard)));
        judged.map(|((), heard)| heard).collect()
    }

    /// The connection is back: nobody could be heard meanwhile, which says nothing of them.
    pub fn begin_anew(&self, now: Now) {
        self.known.lock().all.values_mut().for_each(|entry| entry.wait(now));
    }
}

impl Known {
    fn next(&mut self) -> u64 {
        self.revision += 1;
        self.revision
    }
}

/// A name as it is kept; empty where there is to be none.
fn called_well(called: &str) -> Result<String, String> {
    let called = name::spelled(called.trim()).into_owned();
    if !called.is_empty() {
        limits::within("the length of a name", called.chars().count(), &limits::TOKEN_NAME)?;
        name::check(&called)?;
    }
    Ok(called)
}

/// Groups as they are kept: in order, each once.
fn groups_of(said: Vec<String>) -> Result<Vec<String>, String> {
    let groups: Result<Vec<String>, String> = said.iter().map(|group| called_well(group)).collect();
    let mut groups = groups?;
    groups.retain(|group| !group.is_empty());
    groups.sort_unstable();
    groups.dedup();
    if groups.len() > GROUPS {
        return Err(format!("a device can be in {GROUPS} groups at most; there are {}", groups.len()));
    }
    Ok(groups)
}

#[cfg(test)]
#[path = "registry_tests.rs"]
mod tests;
