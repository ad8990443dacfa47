//! Changes of a file: bytes, and what stands in it, words, numbers, entries and groups.

use proptest::prelude::*;
use proptest::test_runner::{RngSeed, TestError, TestRunner};
use rustix::time::{ClockId, clock_gettime};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{RecvTimeoutError, Sender};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

/// Seconds of the processor that no file takes.
const LONGEST: i64 = 2;
/// Bytes that the tests take together, whatever is in the files.
const MOST: u64 = 300_000_000;

#[derive(Clone, Debug)]
pub enum Change {
    Byte(u8),
    Cut(usize),
    Double(usize),
    Put(&'static str),
    End,
    /// A word or number becomes another; two change places.
    Word(&'static str),
    Swap(usize),
    Long(usize),
    /// An entry, between commas or line ends, goes or is there twice.
    EntryGoes,
    EntryTwice,
    /// So does what stands in brackets; or it is put into more of them.
    GroupGoes,
    GroupTwice,
    Nest(usize),
}

const PUT: [&str; 24] = [
    "<",
    ">",
    "\"",
    "&",
    "&x;",
    "]]>",
    "<!--",
    "<!DOCTYPE a [",
    "</object>",
    "<object>",
    "{",
    "}",
    "[",
    "]",
    "\0",
    "\u{feff}",
    ",",
    "1",
    "\\u0000",
    "\\",
    "\n",
    ":",
    " ",
    "\u{ff}\u{fe}",
];
const WORDS: [&str; 22] = [
    "NaN",
    "-Infinity",
    "1e308",
    "-1e99",
    "1e999",
    "-1",
    "0",
    "1",
    "0.5",
    "99999999999999999999",
    "4294967295",
    "null",
    "true",
    "\"text\"",
    "[]",
    "{}",
    "..",
    "../../etc/passwd",
    "/",
    "a.jpg",
    "red",
    "\"\"",
];

/// Where, mostly anywhere and often near the start, and what.
pub fn changes() -> impl Strategy<Value = Vec<(usize, Change)>> {
    let change = prop_oneof![
        2 => any::<u8>().prop_map(Change::Byte),
        1 => (1usize..60).prop_map(Change::Cut),
        1 => (1usize..200).prop_map(Change::Double),
        1 => prop::sample::select(&PUT[..]).prop_map(Change::Put),
        1 => Just(Change::End),
        3 => prop::sample::select(&WORDS[..]).prop_map(Change::Word),
        1 => any::<usize>().prop_map(Change::Swap),
        1 => (1usize..100_000).prop_map(Change::Long),
        1 => Just(Change::EntryGoes),
        1 => Just(Change::EntryTwice),
        1 => Just(Change::GroupGoes),
        1 => Just(Change::GroupTwice),
        1 => (1usize..5_000).prop_map(Change::Nest),
    ];
    let at = prop_oneof![2 => any::<usize>(), 1 => 0usize..150];
    prop::collection::vec((at, change), 1..6)
}

pub fn damaged(mut bytes: Vec<u8>, changes: &[(usize, Change)]) -> Vec<u8> {
    for (at, change) in changes {
        if bytes.is_empty() {
            break;
        }
        let at = at % bytes.len();
        let within = |count: usize| (at + count).min(bytes.len());
        let (range, twice) = match change {
            Change::Byte(byte) => {
                bytes[at] = *byte;
                continue;
            }
            Change::End => {
                bytes.truncate(at);
                continue;
            }
            Change::Put(text) => (put(&mut bytes, at..at, text.as_bytes()), false),
            Change::Word(text) => {
                let word = word(&bytes, at);
                (put(&mut bytes, word, text.as_bytes()), false)
            }
            Change::Long(length) => (put(&mut bytes, at..at, &vec![b'7'; *length]), false),
            Change::Swap(other) => {
                let (a, b) = (word(&bytes, at), word(&bytes, other % bytes.len()));
                let (a, b) = if a.start < b.start { (a, b) } else { (b, a) };
                if a.end <= b.start {
                    let (one, other) = (bytes[a.clone()].to_vec(), bytes[b.clone()].to_vec());
                    put(&mut bytes, b, &one);
                    put(&mut bytes, a, &other);
                }
                continue;
            }
            Change::Nest(depth) => {
                let group = group(&bytes, at);
                let (open, close) = if bytes[group.start] == b'{' { ("{\"a\":", "}") } else { ("[", "]") };
                put(&mut bytes, group.end..group.end, close.repeat(*depth).as_bytes());
                (put(&mut bytes, group.start..group.start, open.repeat(*depth).as_bytes()), false)
            }
            Change::Cut(count) => (at..within(*count), false),
            Change::Double(count) => (at..within(*count), true),
            Change::EntryGoes => (entry(&bytes, at), false),
            Change::EntryTwice => (entry(&bytes, at), true),
            Change::GroupGoes => (group(&bytes, at), false),
            Change::GroupTwice => (group(&bytes, at), true),
        };
        match twice {
            true => {
                let part = bytes[range.clone()].to_vec();
                put(&mut bytes, range.end..range.end, &part);
            }
            false => drop(bytes.drain(range)),
        }
    }
    bytes
}

/// Puts it there; nothing is left to take away.
fn put(bytes: &mut Vec<u8>, place: std::ops::Range<usize>, text: &[u8]) -> std::ops::Range<usize> {
    bytes.splice(place, text.iter().copied());
    0..0
}

fn word(bytes: &[u8], at: usize) -> std::ops::Range<usize> {
    span(bytes, at, |byte| byte.is_ascii_alphanumeric() || b"._-+".contains(&byte))
}

/// With the comma or line end behind it.
fn entry(bytes: &[u8], at: usize) -> std::ops::Range<usize> {
    let entry = span(bytes, at, |byte| !b",\n".contains(&byte));
    entry.start..(entry.end + 1).min(bytes.len())
}

fn span(bytes: &[u8], at: usize, inside: impl Fn(u8) -> bool) -> std::ops::Range<usize> {
    let start = bytes[..at].iter().rposition(|byte| !inside(*byte)).map_or(0, |before| before + 1);
    let end = bytes[at..].iter().position(|byte| !inside(*byte)).map_or(bytes.len(), |behind| at + behind);
    start..end.max(start)
}

/// The next brackets, with what is in them.
fn group(bytes: &[u8], at: usize) -> std::ops::Range<usize> {
    let Some(start) = bytes[at..].iter().position(|byte| b"[{<".contains(byte)).map(|from| at + from) else {
        return at..at + 1;
    };
    // `[` and `]` are two apart, and so are the others.
    let (open, close) = (bytes[start], bytes[start] + 2);
    let mut depth = 0;
    let closes = bytes[start..].iter().position(|byte| {
        depth += i64::from(*byte == open) - i64::from(*byte == close);
        depth == 0
    });
    start..closes.map_or(bytes.len(), |end| start + end + 1)
}

/// Since when a file is looked at, and what is in it.
type Watched = Arc<Mutex<Option<(Instant, Vec<u8>)>>>;

/// Ends the tests where a file takes so long by the clock on the wall: what waits for ever takes nothing of the processor.
struct Watchdog {
    now: Watched,
    /// Dropped at the end.
    _over: Sender<()>,
}

/// Others use the machine too.
const PATIENCE: Duration = Duration::from_secs(120);

impl Watchdog {
    fn new(form: &str) -> Self {
        let (over, ended) = std::sync::mpsc::channel();
        let (now, form) = (Watched::default(), form.to_owned());
        let watched = Arc::clone(&now);
        std::thread::spawn(move || {
            while ended.recv_timeout(Duration::from_secs(1)) == Err(RecvTimeoutError::Timeout) {
                let late = |(since, _): &&(Instant, Vec<u8>)| since.elapsed() > PATIENCE;
                if let Some((_, bytes)) = watched.lock().unwrap().as_ref().filter(late) {
                    let path = kept(&form, bytes);
                    eprintln!("{form}: nothing came of it within {PATIENCE:?}. The file is {}", path.display());
                    std::process::abort();
                }
            }
        });
        Self { now, _over: over }
    }

    fn watch(&self, bytes: &[u8], check: impl FnOnce()) {
        *self.now.lock().unwrap() = Some((Instant::now(), bytes.to_vec()));
        check();
        *self.now.lock().unwrap() = None;
    }
}

/// Keeps a file that something was wrong with.
fn kept(form: &str, bytes: &[u8]) -> PathBuf {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("damaged-{}", form.replace('/', "-")));
    std::fs::write(&path, bytes).unwrap();
    path
}

/// Checks that many cases; what fails is made small, and written to a file.
pub fn each<S: Strategy>(form: &str, strategy: S, file: impl Fn(S::Value) -> Vec<u8>, check: impl Fn(Vec<u8>)) {
    let number = |name: &str, or: u64| std::env::var(name).ok().and_then(|n| n.parse().ok()).unwrap_or(or);
    let (cases, seed) = (number("FIELDCOACH_FUZZ_CASES", 1_000) as u32, number("FIELDCOACH_FUZZ_SEED", 1));
    let config = ProptestConfig {
        cases,
        failure_persistence: None,
        rng_seed: RngSeed::Fixed(seed),
        max_shrink_iters: 2_000,
        ..ProptestConfig::default()
    };
    let (slowest, watchdog) = (std::cell::Cell::new(0), Watchdog::new(form));
    let run = TestRunner::new(config).run(&strategy, |case| {
        let bytes = file(case);
        let nanoseconds = || {
            let time = clock_gettime(ClockId::ThreadCPUTime);
            time.tv_sec * 1_000_000_000 + time.tv_nsec
        };
        // A virtual machine counts what others take from it; what hangs does so each time.
        let took = (0..3).map(|_| {
            let before = nanoseconds();
            watchdog.watch(&bytes, || check(bytes.clone()));
            nanoseconds() - before
        });
        let took =
            took.inspect(|took| slowest.set(slowest.get().max(*took))).find(|took| *took < LONGEST * 1_000_000_000);
        prop_assert!(took.is_some(), "it took more than {LONGEST} s of the processor, each time");
        Ok(())
    });
    if let Err(TestError::Fail(why, case)) = run {
        let path = kept(form, &file(case));
        panic!("{form}, FIELDCOACH_FUZZ_SEED={seed}: {why}. The file is {}", path.display());
    }
    run.unwrap();
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let peak =
        status.lines().find_map(|line| line.strip_prefix("VmHWM:")?.trim().strip_suffix(" kB")?.parse::<u64>().ok());
    let peak = peak.unwrap() * 1024;
    assert!(peak < MOST, "{form}: {peak} bytes");
    println!("{form}: {cases} held, the slowest {} ms; {} MB so far", slowest.get() / 1_000_000, peak / 1_000_000);
}
