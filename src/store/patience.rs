//! Waiting for the store no longer than its disk answers: for doors, and for parts that must go on. What is not waited for any
//! longer goes on by itself, and is done or not.

use super::error::{Result, StoreError};
use super::handle::Store;
use std::future::Future;
use std::panic::resume_unwind;
use std::pin::pin;
use std::sync::mpsc::{RecvTimeoutError, sync_channel};
use std::thread;
use std::time::Duration;

/// How often whoever waits looks whether the disk still answers.
const LOOK_EVERY: Duration = Duration::from_millis(500);

impl Store {
    /// An error where a call to the disk has not come back in its time, and until it does: whoever asks for anything may
    /// wait as long.
    pub fn answers(&self) -> Result<()> {
        self.core().files.underway.answers()
    }

    /// What is wrong with the disk now, in words.
    pub fn trouble(&self) -> Option<String> {
        match self.answers() {
            Ok(()) => self.core().fault.borrow().clone(),
            Err(hangs) => Some(hangs.to_string()),
        }
    }

    /// Does work on a thread of its own, and waits for it as long as the disk answers. Blocks.
    pub fn patiently<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Result<T> {
        self.answers()?;
        let (give, done) = sync_channel(1);
        let work = move || {
            // Whoever waited may be gone.
            let _ = give.send(work());
        };
        let thread = thread::Builder::new().name("store-call".into()).spawn(work);
        let thread = thread.map_err(|source| StoreError::of(source, "start a thread".into()))?;
        loop {
            match done.recv_timeout(LOOK_EVERY) {
                Ok(done) => return Ok(done),
                Err(RecvTimeoutError::Timeout) => self.answers()?,
                Err(RecvTimeoutError::Disconnected) => match thread.join() {
                    Err(panic) => resume_unwind(panic),
                    Ok(()) => unreachable!("it gives what it did before it ends"),
                },
            }
        }
    }

    /// Waits for work as long as the disk answers.
    pub async fn unless_it_hangs<T>(&self, work: impl Future<Output = T>) -> Result<T> {
        self.answers()?;
        let mut work = pin!(work);
        loop {
            match tokio::time::timeout(LOOK_EVERY, &mut work).await {
                Ok(done) => return Ok(done),
                Err(_) => self.answers()?,
            }
        }
    }
}
