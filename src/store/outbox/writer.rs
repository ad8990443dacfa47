//! The thread that writes messages in groups, one fdatasync a group, and reads them again: the part `outbox`. Where it breaks
//! off, its files are opened anew, and what it was about to do is done again.

use super::item::{Item, News, Told};
use super::queue::Queue;
use crate::store::durable::Files;
use crate::store::error::{Result, StoreError};
use crate::store::room::Room;
use crate::supervise::{Beat, Supervisor};
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio_util::sync::CancellationToken;

/// How long a message waits for company before it is written: what a broker acknowledges by then never is.
const GROUP: Duration = Duration::from_millis(100);
/// After a failure the disk is tried again.
const AGAIN: Duration = Duration::from_secs(1);
/// A group takes seconds on a worn card; beyond this the disk hangs.
const WITHIN: Duration = Duration::from_secs(600);
/// Between two signs of life where nothing is to be done.
const TICK: Duration = Duration::from_secs(5);
/// Bytes of a segment: a sixteenth of the budget, within these.
const SEGMENT: (u64, u64) = (64 << 10, 4 << 20);

/// The queue on disk, as others see it: none of its calls waits for the disk. Dropped, it writes what it was given, and waits
/// for that.
pub struct Outbox {
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
    /// Ends the pause of a thread that broke off.
    stop: CancellationToken,
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
    /// What the thread does just now, which is done again where it breaks off.
    under_way: Option<Work>,
}

impl State {
    fn is_clean(&self) -> bool {
        self.new.is_empty() && self.done.is_empty() && self.told.is_empty()
    }

    fn begun(&mut self, work: Work) -> Work {
        self.under_way = Some(work.clone());
        work
    }

    /// What is told later counts.
    fn untell(&mut self, done: BTreeSet<u64>, told: BTreeMap<String, String>) {
        self.done.extend(done);
        for (of, upto) in told {
            self.told.entry(of).or_insert(upto);
        }
    }
}

/// What is to be written together.
#[derive(Clone)]
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

#[derive(Clone)]
enum Work {
    Load(u64),
    Write(Group),
    /// A sign of life is due.
    Nothing,
    End,
}

/// What of a message's metadata is understood: its kind matters to the caller alone.
type Understood = Box<dyn FnMut(&[u8], u64) -> bool + Send>;

/// What the thread works with.
struct Writer {
    files: Files,
    room: Room,
    dir: PathBuf,
    /// Bytes of a segment.
    full: u64,
    understood: Understood,
    /// `None` where the thread broke off: nobody knows what it left in there.
    queue: Option<Queue>,
    shared: Arc<Shared>,
    news: UnboundedSender<News>,
    failing: bool,
}

impl Outbox {
    /// Opens the queue in `dir`, for so many bytes of messages; `parts` keeps its thread going. `begin`: what else counts as
    /// told, of what is told; on disk when this returns. `read`: see [`Queue::open`]. Errors: the folder can't be read; no
    /// thread is to be had.
    pub fn open<T>(
        (files, room, dir): (&Files, &Room, &Path),
        budget: u64,
        begin: impl FnOnce(&BTreeMap<String, String>) -> BTreeMap<String, String>,
        mut read: impl FnMut(&[u8], u64) -> Option<T> + Send + 'static,
        parts: &Supervisor,
    ) -> Result<Opened<T>> {
        let full = (budget / 16).clamp(SEGMENT.0, SEGMENT.1);
        let (mut queue, waiting) = Queue::open(files, dir, full, &mut read)?;
        let begun = begin(queue.told());
        if !begun.is_empty()
            && let (_, Err(error)) = queue.commit(&[], &BTreeSet::new(), &begun)
        {
            tracing::warn!(%error, "up to where all is told can't be written down");
        }
        let (mut told, next) = (begun, queue.next_number());
        told.extend(queue.told().clone());
        let (sender, news) = unbounded_channel();
        let (shared, stop) = (Arc::new(Shared::default()), CancellationToken::new());
        let mut writer = Writer {
            files: files.clone(),
            room: room.clone(),
            dir: dir.to_owned(),
            full,
            understood: Box::new(move |meta, length| read(meta, length).is_some()),
            queue: Some(queue),
            shared: Arc::clone(&shared),
            news: sender,
            failing: false,
        };
        let thread = parts.thread("outbox", WITHIN, &stop, move |beat| Ok(writer.run(beat)?));
        let thread = thread.map_err(|source| StoreError::Io { what: "start the outbox".into(), source })?;
        Ok(Opened { outbox: Self { shared, thread: Some(thread), stop }, news, waiting, told, next })
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
        self.stop.cancel();
        self.shared.lock().stop = true;
        self.shared.wake.notify_one();
        if let Some(thread) = self.thread.take() {
            // Its supervisor has told of every panic.
            let _ = thread.join();
        }
        let left = self.shared.lock().new.len();
        if left > 0 {
            tracing::error!(left, "the outbox ended with messages that are not on the disk");
        }
    }
}

impl Shared {
    /// Plain data, whole whatever panicked meanwhile.
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits for something to do, for some seconds at most.
    fn work(&self) -> Work {
        let (mut state, until) = (self.lock(), Instant::now() + TICK);
        loop {
            if let Some(number) = state.load.pop_front() {
                return state.begun(Work::Load(number));
            }
            let now = Instant::now();
            if !state.is_clean() && (state.stop || state.due.is_none_or(|due| due <= now)) {
                state.due = None;
                let group = Group {
                    items: std::mem::take(&mut state.new).into_values().collect(),
                    done: std::mem::take(&mut state.done),
                    told: std::mem::take(&mut state.told),
                };
                return state.begun(Work::Write(group));
            }
            if state.is_clean() {
                state.due = None;
                if state.stop {
                    return Work::End;
                }
            }
            if now >= until {
                return Work::Nothing;
            }
            let next = state.due.map_or(until, |due| due.min(until));
            let waited = self.wake.wait_timeout(state, next.saturating_duration_since(now));
            state = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    /// What was under way when the thread broke off is to be done again. Some of it may be on disk: the same number twice is
    /// one message, and one that is done with gets its mark.
    fn take_back(&self) {
        let mut state = self.lock();
        match state.under_way.take() {
            Some(Work::Load(number)) => state.load.push_front(number),
            Some(Work::Write(group)) => {
                for item in group.items {
                    if !state.done.contains(&item.number) {
                        state.new.entry(item.number).or_insert(item);
                    }
                }
                state.untell(group.done, group.told);
            }
            Some(Work::Nothing | Work::End) | None => {}
        }
    }

    fn done(&self) {
        self.lock().under_way = None;
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
        state.untell(group.done, group.told);
        state.due = Some(Instant::now() + AGAIN);
        state.stop
    }
}

impl Writer {
    /// Works until it is told to stop. Error: the files can't be opened again after it broke off.
    fn run(&mut self, beat: &Beat) -> Result<()> {
        self.shared.take_back();
        let mut queue = match self.queue.take() {
            Some(queue) => queue,
            None => self.open_again()?,
        };
        loop {
            beat.alive();
            match self.shared.work() {
                Work::Nothing => {}
                Work::End => return Ok(()),
                Work::Load(number) => self.load(&mut queue, number),
                Work::Write(group) => {
                    if !self.write(&mut queue, group) {
                        self.shared.done();
                        return Ok(());
                    }
                }
            }
            self.shared.done();
        }
    }

    fn open_again(&mut self) -> Result<Queue> {
        let understood = &mut self.understood;
        let opened =
            Queue::open(&self.files, &self.dir, self.full, |meta, length| understood(meta, length).then_some(()));
        match opened {
            Ok((queue, _)) => Ok(queue),
            Err(error) => {
                self.fails(true);
                Err(error)
            }
        }
    }

    fn tell(&self, one: News) {
        // Nobody hears the news after the end: fine.
        let _ = self.news.send(one);
    }

    /// Tells, where that is news, whether the disk takes nothing.
    fn fails(&mut self, failing: bool) {
        if std::mem::replace(&mut self.failing, failing) != failing {
            self.tell(News::Failing(failing));
        }
    }

    fn load(&self, queue: &mut Queue, number: u64) {
        self.tell(match queue.read(number) {
            Ok(Some(item)) => News::Loaded(item),
            Ok(None) => News::Lost(number),
            Err(error) => {
                tracing::error!("a message of the outbox is lost: {error}");
                News::Lost(number)
            }
        });
    }

    /// Answers whether it goes on: at the end what the disk does not take is lost.
    fn write(&mut self, queue: &mut Queue, group: Group) -> bool {
        let (written, outcome) = match group.has_room(&self.room) {
            Ok(()) => queue.commit(&group.items, &group.done, &group.told),
            Err(full) => (0, Err(full)),
        };
        queue.take_lost().into_iter().for_each(|number| self.tell(News::Lost(number)));
        if let Some(last) = written.checked_sub(1).and_then(|last| group.items.get(last)) {
            self.tell(News::Written(last.number));
        }
        let Err(error) = outcome else {
            if self.failing {
                tracing::info!("the outbox is written to disk again");
            }
            self.fails(false);
            return true;
        };
        if !self.failing {
            tracing::error!("the outbox can't be written, messages stay in memory; trying on: {error}");
        }
        self.fails(true);
        !self.shared.give_back(group, written)
    }
}
