//! What was seen last of something that may take long to look at, as a disk that hangs.

use parking_lot::Mutex;
use std::collections::BTreeMap;
use std::io;
use std::sync::Arc;
use std::sync::mpsc::sync_channel;
use std::thread;
use std::time::{Duration, Instant};

/// How long whoever asks waits for a new look.
const WITHIN: Duration = Duration::from_secs(3);

/// Of something; clones share what was seen.
pub struct Glance<T>(Arc<Mutex<State<T>>>);

struct State<T> {
    last: Option<(Instant, T)>,
    /// Looks that are not back, and when they began.
    under_way: BTreeMap<u64, Instant>,
    looks: u64,
}

/// What was seen.
pub struct Seen<T> {
    pub what: T,
    /// How long ago, where it could not be seen now.
    pub before: Option<Duration>,
}

impl<T> Clone for Glance<T> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<T> Default for Glance<T> {
    fn default() -> Self {
        Self(Arc::new(Mutex::new(State { last: None, under_way: BTreeMap::new(), looks: 0 })))
    }
}

/// A look, until this is dropped.
struct Looking<T> {
    state: Arc<Mutex<State<T>>>,
    number: u64,
}

impl<T> Drop for Looking<T> {
    fn drop(&mut self) {
        self.state.lock().under_way.remove(&self.number);
    }
}

impl<T: Clone + Send + 'static> Glance<T> {
    /// Looks, on a thread of its own, by what was seen last; answers that where it takes too long, and then begins no other
    /// look before that one is back. `None` where nothing was seen yet. Error: the system has no threads.
    pub fn look(&self, look: impl FnOnce(Option<T>) -> T + Send + 'static) -> io::Result<Option<Seen<T>>> {
        self.look_within(WITHIN, look)
    }

    fn look_within(
        &self,
        most: Duration,
        look: impl FnOnce(Option<T>) -> T + Send + 'static,
    ) -> io::Result<Option<Seen<T>>> {
        let begun = Instant::now();
        let (looking, last) = {
            let mut state = self.0.lock();
            if state.under_way.values().any(|begun| begun.elapsed() > most) {
                return Ok(seen_before(&state));
            }
            state.looks += 1;
            let number = state.looks;
            state.under_way.insert(number, begun);
            let last = state.last.as_ref().map(|(_, what)| what.clone());
            (Looking { state: Arc::clone(&self.0), number }, last)
        };
        let (give, seen) = sync_channel(1);
        thread::Builder::new().name("glance".into()).spawn(move || {
            let what = look(last);
            looking.state.lock().last = Some((begun, what.clone()));
            drop(looking);
            // Whoever asked may be gone.
            let _ = give.send(what);
        })?;
        match seen.recv_timeout(most) {
            Ok(what) => Ok(Some(Seen { what, before: None })),
            Err(_) => Ok(self.last()),
        }
    }

    /// What was seen last.
    pub fn last(&self) -> Option<Seen<T>> {
        seen_before(&self.0.lock())
    }
}

fn seen_before<T: Clone>(state: &State<T>) -> Option<Seen<T>> {
    state.last.as_ref().map(|(at, what)| Seen { what: what.clone(), before: Some(at.elapsed()) })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::mpsc::channel;

    #[test]
    fn who_asks_is_answered_with_what_was_seen_last_and_one_look_waits() {
        let (glance, moment) = (Glance::<u32>::default(), Duration::from_millis(50));
        let (go, wait) = channel::<()>();
        let none = glance.look_within(moment, move |_| {
            wait.recv().unwrap();
            1
        });
        assert!(none.unwrap().is_none());
        // Not even begun.
        assert!(glance.look_within(moment, |_| panic!("another look")).unwrap().is_none());
        go.send(()).unwrap();
        while glance.last().is_none() {
            thread::yield_now();
        }
        let long = Duration::from_secs(60);
        let seen = loop {
            let seen = glance.look_within(long, |last| last.unwrap() + 1).unwrap().unwrap();
            if seen.before.is_none() {
                break seen;
            }
        };
        assert_eq!(seen.what, 2);
    }
}
