//! ONNX Runtime for a program that goes on without it.

use super::error::RuntimeError;
use super::handle::{Runtime, RuntimeStatus};
use arc_swap::ArcSwap;
use parking_lot::Mutex;
use std::fmt;
use std::sync::Arc;

/// Opens the library; the error says in words what is missing and what to do.
type Open = Box<dyn Fn() -> Result<Runtime, String> + Send + Sync>;

/// ONNX Runtime, as soon as it can be opened; clones share it. Whoever needs it asks anew: a library that was put in its
/// place meanwhile is taken without a restart.
#[derive(Clone)]
pub struct Engine(Arc<Inner>);

struct Inner {
    open: Open,
    last: ArcSwap<State>,
    /// Held by whoever opens: a library is loaded once.
    opening: Mutex<()>,
}

enum State {
    Opened(Runtime),
    /// Another process opened it, and found it to be this.
    Seen(RuntimeStatus),
    /// It can't be opened, for this reason.
    Missing(String),
}

impl From<Result<Runtime, String>> for State {
    fn from(opened: Result<Runtime, String>) -> Self {
        opened.map_or_else(Self::Missing, Self::Opened)
    }
}

impl Engine {
    /// Tries at once; that it can't be opened is logged, and no error.
    pub fn new(open: impl Fn() -> Result<Runtime, String> + Send + Sync + 'static) -> Self {
        Self::with(open().into(), Box::new(open))
    }

    /// Of which another process found out what it is, or why it can't be opened: opened when somebody first needs it, as
    /// it takes memory from then on.
    pub fn seen(
        found: Result<RuntimeStatus, String>,
        open: impl Fn() -> Result<Runtime, String> + Send + Sync + 'static,
    ) -> Self {
        Self::with(found.map_or_else(State::Missing, State::Seen), Box::new(open))
    }

    fn with(first: State, open: Open) -> Self {
        if let State::Missing(why) = &first {
            tracing::error!("without ONNX Runtime nothing is trained and no model looks at the camera: {why}");
        }
        Self(Arc::new(Inner { open, last: ArcSwap::from_pointee(first), opening: Mutex::new(()) }))
    }

    /// The runtime, opened if nobody needed it so far; where there was none, it is tried again. Error:
    /// [`RuntimeError::Missing`].
    pub fn get(&self) -> Result<Runtime, RuntimeError> {
        if let State::Opened(runtime) = &**self.0.last.load() {
            return Ok(runtime.clone());
        }
        let _one_at_a_time = self.0.opening.lock();
        if let State::Opened(runtime) = &**self.0.last.load() {
            return Ok(runtime.clone());
        }
        let opened = (self.0.open)();
        self.0.last.store(Arc::new(opened.clone().into()));
        opened.map_err(RuntimeError::Missing)
    }

    /// What is running, without a try: where nothing is, the note says why and the rest is empty.
    pub fn describe(&self) -> RuntimeStatus {
        match &**self.0.last.load() {
            State::Opened(runtime) => runtime.describe().clone(),
            State::Seen(status) => status.clone(),
            State::Missing(why) => RuntimeStatus { note: Some(why.clone()), ..RuntimeStatus::default() },
        }
    }
}

impl From<Runtime> for Engine {
    /// One that is there.
    fn from(runtime: Runtime) -> Self {
        Self::new(move || Ok(runtime.clone()))
    }
}

impl fmt::Debug for Engine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Engine").field(&self.describe()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::runtime::for_tests;
    use std::sync::atomic::{AtomicBool, Ordering};

    #[test]
    fn one_that_another_process_saw_is_opened_when_it_is_needed() {
        let opened = Arc::new(AtomicBool::new(false));
        let opens = Arc::clone(&opened);
        let status = RuntimeStatus { version: "1.99".into(), device: "cpu".into(), ..RuntimeStatus::default() };
        let engine = Engine::seen(Ok(status.clone()), move || {
            opens.store(true, Ordering::Relaxed);
            Ok(for_tests())
        });
        assert_eq!(engine.describe(), status);
        assert!(!opened.load(Ordering::Relaxed), "nobody needed it");
        assert!(engine.get().is_ok());
        assert_ne!(engine.describe().version, "1.99", "what is opened speaks for itself");
    }

    #[test]
    fn a_library_that_comes_later_is_taken() {
        let there = Arc::new(AtomicBool::new(false));
        let looked = Arc::clone(&there);
        let engine = Engine::new(move || match looked.load(Ordering::Relaxed) {
            true => Ok(for_tests()),
            false => Err("no library yet".to_owned()),
        });
        assert!(matches!(engine.get(), Err(RuntimeError::Missing(why)) if why == "no library yet"));
        assert_eq!(engine.describe().note.as_deref(), Some("no library yet"));
        there.store(true, Ordering::Relaxed);
        assert_eq!(engine.describe().device, "", "describing it tries nothing");
        assert!(engine.get().is_ok());
        assert_eq!((engine.describe().device.as_str(), engine.describe().note), ("cpu", None));
    }
}
