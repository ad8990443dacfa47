//! Being told to stop; and the end in any case, whatever hangs.

use crate::supervise::PartName;
use rustix::process::{Signal as Kill, getpid, kill_process};
use std::future::poll_fn;
use std::io;
use std::sync::mpsc;
use std::task::Poll;
use std::thread;
use std::time::Duration;
use tokio::signal::unix::{Signal, SignalKind, signal};

/// After being told, the process is gone within this time, with [`LAST_WORDS`] twice beside it.
const END_WITHIN: Duration = Duration::from_secs(9);
/// What hangs may hold the log, or what runs at the exit, too: neither is waited for longer.
const LAST_WORDS: Duration = Duration::from_millis(300);

/// Hears SIGINT, SIGTERM and SIGHUP (the terminal is gone), from when it is made.
pub struct Told([Signal; 3]);

impl Told {
    /// Error: the system takes no handlers.
    pub fn listen() -> io::Result<Self> {
        Ok(Self([signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?, signal(SignalKind::hangup())?]))
    }

    /// Until one of them comes, or came.
    pub async fn heard(&mut self) {
        poll_fn(|context| {
            // Each is asked, so that each wakes this.
            let heard =
                self.0.iter_mut().map(|signal| signal.poll_recv(context).is_ready()).filter(|heard| *heard).count();
            if heard > 0 { Poll::Ready(()) } else { Poll::Pending }
        })
        .await;
    }
}

/// Ends the process 9 s from now if it is still there, naming what `late` then answers. What was acknowledged is on disk at
/// any moment, so this is no failure. Error: the system has no thread to give.
pub fn end_in_any_case(late: impl Fn() -> Vec<PartName> + Send + 'static) -> io::Result<()> {
    let clock = move || {
        thread::sleep(END_WITHIN);
        let (said, heard) = mpsc::channel::<()>();
        let words = move || {
            let parts = late().join(", ");
            tracing::error!(
                parts,
                "these did not stop within {} s of being told; the process ends without them. What was acknowledged is on disk",
                END_WITHIN.as_secs()
            );
            drop(said);
        };
        let _ = thread::Builder::new().spawn(words);
        // Said, or silent for too long: the end is the same.
        let _ = heard.recv_timeout(LAST_WORDS);
        let kill = || {
            thread::sleep(LAST_WORDS);
            let _ = kill_process(getpid(), Kill::KILL);
        };
        let _ = thread::Builder::new().spawn(kill);
        std::process::exit(0);
    };
    thread::Builder::new().name("last-resort".into()).spawn(clock).map(drop)
}
