//! The thread that writes messages in groups, one fdatasync a group, and reads them again.

use super::item::{Item, News, Told};
use super::queue::Queue;
use crate::store::durable::Files;
use crate::store::error::{Result, StoreError};
use crate::store::room::Room;
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::path::Path;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

/// How long a message waits for company before it is written: what a broker acknowledges by then never is.
const GROUP: Duration = Duration::from_millis(100);
/// After a failure the disk is tried again.
const AGAIN: Duration = Duration::from_secs(1);
/// Bytes of a segment: a sixteenth of the budget, within these.
const SEGMENT: (u64, u64) = (64 << 10, 4 << 20);

/// The queue on disk, as others see it: none of its calls waits for the disk. Dropped, it writes what it was given, and waits
/// for that.
pub struct Outbox {
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
}

/// What opening yields.
pub struct Opened<T> {
    pub outbox: Outbox,
    /// Ends when the writing thread does.
    pub news: UnboundedReceiver<News>,
    /// What waits, oldest first: number, and what was made of its metadata.
    pub waiting: Vec<(u64, T)>,
    pub told: BTreeMap<String, String>,
    /// The number of the next message.
    pub next: u64,
}

#[derive(Default)]
struct Shared {
    state: Mutex<State>,
    wake: Condvar,
}

#[derive(Default)]
struct State {
    new: BTreeMap<u64, Item>,
    done: BTreeSet<u64>,
    told: BTreeMap<String, String>,
    load: VecDeque<u64>,
    /// When to write; `None` where there is nothing to.
    due: Option<Instant>,
    stop: bool,
}

impl State {
    fn is_clean(&self) -> bool {
        self.new.is_empty() && self.done.is_empty() && self.told.is_empty()
    }
}

/// What is to be written together.
struct Group {
    items: Vec<Item>,
    done: BTreeSet<u64>,
    told: BTreeMap<String, String>,
}

impl Group {
    /// Labels go first; marks are small, and make room.
    fn has_room(&self, room: &Room) -> Result<()> {
        match self.items.iter().map(|item| (item.meta.len() + item.body.len()) as u64).sum::<u64>() {
            0 => Ok(()),
            bytes => room.for_trainings(bytes),
        }
    }
}

enum Work {
    Load(u64),
    Write(Group),
    End,
}

impl Outbox {
    /// Opens the queue in `dir`, for so many bytes of messages. `begin`: what else counts as told, of what is told; on disk
    /// when this returns. `read`: see [`Queue::open`]. Errors: the folder can't be read; no thread is to be had.
    pub fn open<T>(
        files: &Files,
        room: &Room,
        dir: &Path,
        budget: u64,
        begin: impl FnOnce(&BTreeMap<String, String>) -> BTreeMap<String, String>,
        read: impl FnMut(&[u8], u64) -> Option<T>,
    ) -> Result<Opened<T>> {
        let (mut queue, waiting) = Queue::open(files, dir, (budget / 16).clamp(SEGMENT.0, SEGMENT.1), read)?;
        let begun = begin(queue.told());
        if !begun.is_empty()
            && let (_, Err(error)) = queue.commit(&[], &BTreeSet::new(), &begun)
        {
            tracing::warn!(%error, "up to where all is told can't be written down");
        }
        let (mut told, next) = (begun, queue.next_number());
        told.extend(queue.told().clone());
        let (sender, news) = unbounded_channel();
        let shared = Arc::new(Shared::default());
        let (writing, room) = (Arc::clone(&shared), room.clone());
        let thread = std::thread::Builder::new().name("outbox".to_owned());
        let thread = thread.spawn(move || run(queue, &room, &writing, &sender));
        let thread = thread.map_err(|source| StoreError::Io { what: "start the outbox".into(), source })?;
        Ok(Opened { outbox: Self { shared, thread: Some(thread) }, news, waiting, told, next })
    }

    /// Takes a message.
    pub fn push(&self, item: Item) {
        let mut state = self.shared.lock();
        state.new.insert(item.number, item);
        self.wake(&mut state);
    }

    /// Something was told; with nothing as its end, it is to be known no more.
    pub fn tell(&self, told: Told) {
        let mut state = self.shared.lock();
        state.told.insert(told.of, told.upto);
        self.wake(&mut state);
    }

    /// A message is done with.
    pub fn forget(&self, number: u64) {
        let mut state = self.shared.lock();
        // What was not written needs no mark.
        if state.new.remove(&number).is_none() {
            state.done.insert(number);
            self.wake(&mut state);
        }
    }

    /// Asks for a message, which comes among the news.
    pub fn load(&self, number: u64) {
        self.shared.lock().load.push_back(number);
        self.shared.wake.notify_one();
    }

    fn wake(&self, state: &mut State) {
        if state.due.is_none() {
            state.due = Some(Instant::now() + GROUP);
            self.shared.wake.notify_one();
        }
    }
}

impl Drop for Outbox {
    fn drop(&mut self) {
        self.shared.lock().stop = true;
        self.shared.wake.notify_one();
        if let Some(thread) = self.thread.take() {
            // Whoever hears the news knows of a panic by their end.
            let _ = thread.join();
        }
    }
}

impl Shared {
    /// Plain data, whole whatever panicked meanwhile.
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits for something to do.
    fn work(&self) -> Work {
        let mut state = self.lock();
        loop {
            if let Some(number) = state.load.pop_front() {
                return Work::Load(number);
            }
            let now = Instant::now();
            if !state.is_clean() && (state.stop || state.due.is_none_or(|due| due <= now)) {
                state.due = None;
                return Work::Write(Group {
                    items: std::mem::take(&mut state.new).into_values().collect(),
                    done: std::mem::take(&mut state.done),
                    told: std::mem::take(&mut state.told),
                });
            }
            if state.is_clean() {
                state.due = None;
                if state.stop {
                    return Work::End;
                }
            }
            state = match state.due {
                Some(due) => {
                    let waited = self.wake.wait_timeout(state, due.saturating_duration_since(now));
                    waited.unwrap_or_else(PoisonError::into_inner).0
                }
                None => self.wake.wait(state).unwrap_or_else(PoisonError::into_inner),
            };
        }
    }

    /// What could not be written is tried again, unless it is over; whether it is.
    fn give_back(&self, group: Group, written: usize) -> bool {
        let mut state = self.lock();
        for item in group.items.into_iter().skip(written) {
            // Done with meanwhile: it needs no mark either.
            if !state.done.remove(&item.number) {
                state.new.insert(item.number, item);
            }
        }
        state.done.extend(group.done);
        for (of, upto) in group.told {
            state.told.entry(of).or_insert(upto);
        }
        state.due = Some(Instant::now() + AGAIN);
        state.stop
    }
}

fn run(mut queue: Queue, room: &Room, shared: &Shared, news: &UnboundedSender<News>) {
    let mut failing = false;
    // Nobody hears the news after the end: fine.
    let tell = |one: News| drop(news.send(one));
    loop {
        match shared.work() {
            Work::End => return,
            Work::Load(number) => match queue.read(number) {
                Ok(Some(item)) => tell(News::Loaded(item)),
                Ok(None) => tell(News::Lost(number)),
                Err(error) => {
                    tracing::error!("a message of the outbox is lost: {error}");
                    tell(News::Lost(number));
                }
            },
            Work::Write(group) => {
                let (written, outcome) = match group.has_room(room) {
                    Ok(()) => queue.commit(&group.items, &group.done, &group.told),
                    Err(full) => (0, Err(full)),
                };
                queue.take_lost().into_iter().for_each(|number| tell(News::Lost(number)));
                if let Some(last) = written.checked_sub(1).and_then(|last| group.items.get(last)) {
                    tell(News::Written(last.number));
                }
                match outcome {
                    Ok(()) if failing => {
                        tracing::info!("the outbox is written to disk again");
                        failing = false;
                        tell(News::Failing(false));
                    }
                    Ok(()) => {}
                    Err(error) => {
                        if !failing {
                            tracing::error!("the outbox can't be written, messages stay in memory; trying on: {error}");
                            failing = true;
                            tell(News::Failing(true));
                        }
                        let left = group.items.len() - written;
                        if shared.give_back(group, written) {
                            tracing::error!(left, "stopped with messages that could not be written: {error}");
                            return;
                        }
                    }
                }
            }
        }
    }
}
