//! Lines that libraries log over and over, such as sled's of a full disk, thinned: each place in their code says its first
//! line, and then once a minute how many more there were, with the last of them. Our own lines are all there.

use parking_lot::Mutex;
use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tracing::field::{Field, Visit};
use tracing::{Event, Level, Metadata, Subscriber};
use tracing_log::NormalizeEvent;
use tracing_subscriber::Layer;
use tracing_subscriber::layer::Context;

/// A place is heard once in this time.
pub const EVERY: Duration = Duration::from_secs(60);
/// Whose lines are all there.
const OURS: &str = env!("CARGO_CRATE_NAME");

/// A place in a library's code: file and line, or its target where the library does not say.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Place {
    target: String,
    file: Option<String>,
    line: Option<u32>,
}

#[derive(Debug)]
struct Heard {
    first: Instant,
    /// Not let through since.
    more: u64,
    last: String,
}

/// What is told of a place that was thinned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Told {
    pub target: String,
    pub more: u64,
    pub last: String,
}

/// A layer that holds repeated warnings and errors of libraries back; clones share what they have heard.
#[derive(Clone, Debug, Default)]
pub struct Thinned(Arc<Mutex<HashMap<Place, Heard>>>);

impl Thinned {
    /// Whether what comes from there now is let through.
    fn passes(&self, place: Place, now: Instant, words: impl FnOnce() -> String) -> bool {
        match self.0.lock().entry(place) {
            Entry::Vacant(vacant) => {
                vacant.insert(Heard { first: now, more: 0, last: String::new() });
                true
            }
            Entry::Occupied(mut heard) => {
                let heard = heard.get_mut();
                heard.more += 1;
                heard.last = words();
                false
            }
        }
    }

    /// What was held back of places that were first heard long enough ago; they begin anew.
    pub fn due(&self, now: Instant) -> Vec<Told> {
        let mut told = Vec::new();
        self.0.lock().retain(|place, heard| {
            let over = now.saturating_duration_since(heard.first) >= EVERY;
            if over && heard.more > 0 {
                told.push(Told {
                    target: place.target.clone(),
                    more: heard.more,
                    last: std::mem::take(&mut heard.last),
                });
                // It goes on: no line of it until the next minute is over.
                (heard.first, heard.more) = (now, 0);
                return true;
            }
            !over
        });
        told
    }

    /// Tells on, once a minute, for as long as the program runs. `lost`: lines that nobody took in time, so far.
    pub fn keep_telling(&self, lost: impl Fn() -> usize + Send + 'static) -> std::io::Result<()> {
        let thinned = self.clone();
        let mut known = 0;
        std::thread::Builder::new().name("log".into()).spawn(move || {
            loop {
                std::thread::sleep(EVERY);
                let all = lost();
                if all > known {
                    tracing::warn!(
                        lines = all - known,
                        "lines of the log were lost: whoever reads it did not take them in time"
                    );
                    known = all;
                }
                for Told { target, more, last } in thinned.due(Instant::now()) {
                    tracing::warn!("{target} said so {more} times more within the last minutes, lastly: {last}");
                }
            }
        })?;
        Ok(())
    }
}

impl<S: Subscriber> Layer<S> for Thinned {
    fn event_enabled(&self, event: &Event<'_>, _: Context<'_, S>) -> bool {
        // What comes by the `log` crate says in its fields where it comes from.
        let normalized = event.normalized_metadata();
        let from: &Metadata<'_> = normalized.as_ref().unwrap_or_else(|| event.metadata());
        let ours = from.target().split("::").next() == Some(OURS);
        if ours || *from.level() > Level::WARN {
            return true;
        }
        let place = Place { target: from.target().into(), file: from.file().map(Into::into), line: from.line() };
        self.passes(place, Instant::now(), || words(event))
    }
}

fn words(event: &Event<'_>) -> String {
    struct Words(String);
    impl Visit for Words {
        fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
            if field.name() == "message" {
                self.0 = format!("{value:?}");
            }
        }
    }
    let mut words = Words(String::new());
    event.record(&mut words);
    words.0
}

#[cfg(test)]
mod tests {
    use super::*;
    use tracing_subscriber::prelude::*;

    /// What the layer behind it hears.
    #[derive(Clone, Default)]
    struct Log(Arc<Mutex<Vec<String>>>);

    impl<S: Subscriber> Layer<S> for Log {
        fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
            self.0.lock().push(words(event));
        }
    }

    #[test]
    fn a_library_says_so_once_and_we_as_often_as_we_like() {
        let (log, thinned) = (Log::default(), Thinned::default());
        let subscriber = tracing_subscriber::registry().with(thinned.clone()).with(log.clone());
        tracing::subscriber::with_default(subscriber, || {
            for n in 0..5 {
                tracing::error!(target: "sled::pagecache", "no space ({n})");
                tracing::warn!(target: "sled::pagecache", "another place ({n})");
                tracing::info!(target: "sled::pagecache", "no trouble");
                tracing::error!("ours");
            }
        });
        let said = std::mem::take(&mut *log.0.lock());
        let count = |words: &str| said.iter().filter(|line| line.contains(words)).count();
        assert_eq!((count("no space"), count("another place"), count("no trouble"), count("ours")), (1, 1, 5, 5));
        let now = Instant::now();
        assert_eq!(thinned.due(now), [], "not within the first minute");
        let mut told = thinned.due(now + EVERY);
        told.sort_by(|a, b| a.last.cmp(&b.last));
        assert_eq!(
            told.iter().map(|t| (t.more, &*t.last)).collect::<Vec<_>>(),
            [(4, "another place (4)"), (4, "no space (4)")]
        );
        assert_eq!(thinned.due(now + 2 * EVERY), [], "they are quiet");
        assert!(thinned.0.lock().is_empty(), "what comes then is news again");
    }
}
