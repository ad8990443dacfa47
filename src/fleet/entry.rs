//! One device in the registry: what it said last, and what follows from it.

use super::device::{Alarm, AlarmKind, Device, DeviceState, HistoryKind};
use super::heard::{Happened, Heard, Kept, Now, SILENT};
use super::reading::{Fault, Reading, SaidEvent, SaidTraining};
use crate::clock::EARLIEST;
use crate::domain::{ModelId, TrainingId, limits};
use jiff::Timestamp;
use std::collections::VecDeque;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Events that are known by their ids: those that came last.
const KNOWN: usize = 32;
/// Entries of the history that a device may fill at once; then one a minute.
const AT_ONCE: u32 = 60;
const EACH: Duration = Duration::from_secs(60);

/// What is known of one device.
pub struct Entry {
    pub device: Arc<Device>,
    /// The number of its last change; 0 before the first.
    pub revision: u64,
    /// What its will, or it, said last.
    pub available: Option<bool>,
    /// When it is silent, if it is not heard until then.
    pub due: Instant,
    /// Whether it was heard since this server started.
    heard: bool,
    /// Its state as the history has it.
    noted: Option<DeviceState>,
    last_seen: Option<Timestamp>,
    training: Option<(TrainingId, bool)>,
    model: Option<ModelId>,
    events: VecDeque<uuid::Uuid>,
    room: Room,
}

/// Characters of an entry.
const WORDS: usize = 500;
/// Alarms that are known after a restart, and characters of what is said of each: so that a record is small.
const KEPT_ALARMS: usize = 10;
const KEPT_WORDS: usize = 60;

fn kept(alarm: &Alarm) -> Alarm {
    Alarm { words: limits::short(alarm.words.clone(), KEPT_WORDS), ..alarm.clone() }
}

/// How much a device may still fill of the history.
struct Room {
    left: u32,
    since: Instant,
    left_out: u64,
}

impl Room {
    fn new(now: Now) -> Self {
        Self { left: AT_ONCE, since: now.at, left_out: 0 }
    }

    /// Whether there is room for one; and how many were left out before, which is told once.
    fn take(&mut self, now: Now) -> Option<u64> {
        let passed = now.at.saturating_duration_since(self.since).as_secs() / EACH.as_secs();
        if passed > 0 {
            self.left = AT_ONCE.min(self.left.saturating_add(u32::try_from(passed).unwrap_or(AT_ONCE)));
            self.since = now.at;
        }
        if self.left == 0 {
            self.left_out += 1;
            return None;
        }
        self.left -= 1;
        Some(std::mem::take(&mut self.left_out))
    }
}

impl Entry {
    /// As it was known before, and was not heard yet.
    pub fn of(kept: Kept, now: Now) -> Self {
        let state = match kept.state {
            Some(DeviceState::Offline) => DeviceState::Offline,
            _ => DeviceState::Silent,
        };
        let device = Device {
            name: kept.name.unwrap_or_else(|| kept.id.clone()),
            groups: kept.groups,
            state,
            last_seen: kept.last_seen,
            alarms: kept.alarms,
            ..Device::new(&kept.id)
        };
        Self {
            device: Arc::new(device),
            revision: 0,
            available: (state == DeviceState::Offline).then_some(false),
            due: now.at + SILENT,
            heard: false,
            noted: kept.state,
            last_seen: kept.last_seen,
            training: kept.training,
            model: kept.model,
            events: VecDeque::new(),
            room: Room::new(now),
        }
    }

    /// What is to be known of it after a restart.
    pub fn kept(&self) -> Kept {
        let device = &self.device;
        Kept {
            id: device.id.clone(),
            name: (device.name != device.id).then(|| device.name.clone()),
            groups: device.groups.clone(),
            state: self.noted,
            last_seen: self.last_seen,
            alarms: device.alarms.iter().take(KEPT_ALARMS).map(kept).collect(),
            training: self.training,
            model: self.model,
        }
    }

    /// Changes what is told of it, where that is another.
    pub fn set<T: PartialEq>(&mut self, value: T, place: impl Fn(&mut Device) -> &mut T, is: impl Fn(&Device) -> &T) {
        if *is(&self.device) != value {
            *place(Arc::make_mut(&mut self.device)) = value;
        }
    }

    /// Whether it fell silent, and that is not told.
    pub fn is_overdue(&self, now: Now) -> bool {
        let silent = Some(DeviceState::Silent);
        self.available != Some(false)
            && self.due <= now.at
            && (self.device.state != DeviceState::Silent || self.noted != silent)
    }

    /// Nobody could be heard for a while, which says nothing of it.
    pub fn wait(&mut self, now: Now) {
        if self.device.state == DeviceState::Online || !self.heard {
            self.due = now.at + SILENT;
        }
    }

    /// It, or the broker for it, said whether it is there.
    pub fn available(&mut self, online: bool, retained: bool, now: Now, heard: &mut Heard) {
        (self.available, self.heard) = (Some(online), true);
        // Of what the broker kept nobody knows how old it is.
        if online && !retained {
            self.due = now.at + SILENT;
        }
        self.judge(now, heard);
    }

    /// Its state, by all that was heard.
    pub fn judge(&mut self, now: Now, heard: &mut Heard) {
        let state = match self.available {
            Some(false) => DeviceState::Offline,
            _ if self.due <= now.at || !self.heard => DeviceState::Silent,
            _ => DeviceState::Online,
        };
        self.set(state, |device| &mut device.state, |device| &device.state);
        // Who was not heard since the start may be heard soon.
        let sure = state != DeviceState::Silent || self.due <= now.at;
        if self.noted == Some(state) || !sure {
            return;
        }
        let before = self.noted.replace(state);
        self.last_seen = self.device.last_seen;
        let (kind, words) = match state {
            DeviceState::Online => (HistoryKind::Online, "is there".to_owned()),
            DeviceState::Offline => {
                (HistoryKind::Offline, "is gone: it said goodbye, or the broker lost it".to_owned())
            }
            DeviceState::Silent => (HistoryKind::Silent, format!("was not heard for {} s", SILENT.as_secs())),
        };
        // Of one that is new that is no news.
        if before.is_some() {
            self.tell(kind, words, now, heard);
        }
    }

    /// It was heard.
    pub fn said(&mut self, reading: &Reading, retained: bool, now: Now) {
        self.heard = true;
        if !retained {
            self.due = now.at + SILENT;
            // It speaks, whatever was said of it before.
            self.available = Some(true);
            return self.set(Some(now.wall), |device| &mut device.last_seen, |device| &device.last_seen);
        }
        // All that is known of when it was said is what it says; and a clock that is not believed says nothing.
        let unsure = reading.faults.iter().any(|fault| fault.kind == AlarmKind::ClockUnsure);
        let then = reading.time.filter(|time| !unsure && time.as_second() >= EARLIEST).map(|time| time.min(now.wall));
        let age = then.and_then(|then| Duration::try_from(now.wall.duration_since(then)).ok());
        let left = age.map_or(SILENT, |age| SILENT.saturating_sub(age));
        self.due = self.due.min(now.at + left);
        if let Some(then) = then {
            let seen = self.device.last_seen.max(Some(then));
            self.set(seen, |device| &mut device.last_seen, |device| &device.last_seen);
        }
    }

    /// Takes over what its status says.
    pub fn take(&mut self, reading: Reading, now: Now, heard: &mut Heard) {
        let alarms = self.alarms(&reading.faults, now, heard);
        let waiting = reading.frames.zip(reading.labelled).map(|(frames, labelled)| frames.saturating_sub(labelled));
        let before = &self.device;
        let next = Device {
            id: before.id.clone(),
            name: before.name.clone(),
            groups: before.groups.clone(),
            state: before.state,
            last_seen: before.last_seen,
            version: reading.version,
            model: reading.model,
            training: reading.training,
            disk: reading.disk,
            temperature: reading.temperature,
            frames: reading.frames,
            labelled: reading.labelled,
            waiting,
            cameras: reading.cameras,
            alarms,
            picture_at: before.picture_at,
            reach: before.reach,
            role: before.role,
            unread: reading.unread,
        };
        self.device = Arc::new(next);
    }

    /// What is wrong with it now; what began and ended is told.
    fn alarms(&mut self, faults: &[Fault], now: Now, heard: &mut Heard) -> Vec<Alarm> {
        let before = Arc::clone(&self.device);
        let same = |alarm: &Alarm, fault: &Fault| (alarm.kind, &alarm.about) == (fault.kind, &fault.about);
        let mut alarms: Vec<Alarm> = Vec::new();
        for fault in faults {
            if alarms.iter().any(|alarm| same(alarm, fault)) {
                continue;
            }
            let old = before.alarms.iter().find(|alarm| same(alarm, fault));
            let since = fault.since.or(old.map(|old| old.since)).unwrap_or(now.wall);
            let Fault { kind, about, words, .. } = fault.clone();
            alarms.push(Alarm { kind, about, since, words });
            if old.is_none() {
                self.tell(HistoryKind::Alarm, worded(fault.about.as_deref(), &fault.words), now, heard);
            }
        }
        for old in &before.alarms {
            if !faults.iter().any(|fault| same(old, fault)) {
                self.tell(HistoryKind::Cleared, worded(old.about.as_deref(), &old.words), now, heard);
            }
        }
        alarms
    }

    /// How a training of it is: that it began, and that it is over, is told once each.
    pub fn trains(&mut self, said: &SaidTraining, now: Now, heard: &mut Heard) {
        let is = (said.training, said.state.is_over());
        if self.training == Some(is) {
            return;
        }
        self.training = Some(is);
        let short = said.training.to_string();
        let words = match (is.1, said.error.as_deref().or(said.verdict.as_deref())) {
            (false, _) => format!("training {short} began"),
            (true, None) => format!("training {short} is over: {}", state_words(said)),
            (true, Some(why)) => format!("training {short} is over: {}: {why}", state_words(said)),
        };
        self.tell(HistoryKind::Training, words, now, heard);
    }

    /// It told of something, which comes twice now and then.
    pub fn told(&mut self, said: SaidEvent, now: Now, heard: &mut Heard) {
        let Some(kind) = HistoryKind::of(said.event.kind) else { return };
        if self.events.contains(&said.id) {
            return;
        }
        self.events.push_back(said.id);
        if self.events.len() > KNOWN {
            self.events.pop_front();
        }
        self.tell(kind, said.event.message, now, heard);
    }

    fn tell(&mut self, kind: HistoryKind, words: String, now: Now, heard: &mut Heard) {
        let words = limits::short(words, WORDS);
        let Some(left_out) = self.room.take(now) else { return };
        let item = |kind, words| Happened { at: now.wall, device: self.device.id.clone(), kind, words };
        if left_out > 0 {
            let words = format!("told more than is kept: {left_out} entries before this one are left out");
            heard.happened.push(item(HistoryKind::Event, words));
        }
        heard.happened.push(item(kind, words));
    }
}

fn worded(about: Option<&str>, words: &str) -> String {
    about.map_or_else(|| words.to_owned(), |about| format!("{about}: {words}"))
}

fn state_words(said: &SaidTraining) -> &'static str {
    use crate::domain::TrainingState as State;
    match said.state {
        State::Failed => "it failed",
        State::Cancelled => "it was cancelled",
        _ => "it is done",
    }
}
