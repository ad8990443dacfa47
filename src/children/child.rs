//! The running program, seen from the daemon.

use super::launch;
use super::mark::Mark;
use super::program::{Launcher, Program};
use super::words::Words;
use crate::host;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::process::{Pid, Signal, WaitId, WaitIdOptions, kill_process_group, waitid};
use std::fmt;
use std::io::{self, ErrorKind, Read};
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::process::{ChildStdout, Command, ExitStatus, Stdio};
use std::sync::LazyLock;
use std::sync::mpsc::{Sender, channel};
use std::thread;
use std::time::{Duration, Instant};

/// A killed process is gone within this, unless the kernel itself waits for something.
const GONE_WITHIN: Duration = Duration::from_secs(2);
const LOOK_EVERY: Duration = Duration::from_millis(5);

/// A program that runs. Dropping it kills it, and all that it started.
pub struct Child {
    process: Process,
    stdout: ChildStdout,
    words: Words,
    /// [`host::ended_for_memory`] when it was started.
    ended_before: u64,
    /// As long as it is open the program goes on.
    _line: UnixStream,
}

/// How a program ended, and what it said last.
#[derive(Debug)]
pub struct Ended {
    /// `None`: it does not end, though it was killed.
    pub status: Option<ExitStatus>,
    /// Its last lines on standard error, the newest last, without the passwords of addresses.
    pub words: Vec<String>,
    /// It had to be ended, by us.
    pub by_us: bool,
    /// Since it was started the kernel has ended processes because memory ran out.
    pub memory_ran_out: bool,
}

/// By which others end a program. What it comes to by faults of its own (SIGSEGV, SIGABRT) or a limit that was set (SIGXCPU)
/// is not among them.
const BY_OTHERS: [Signal; 4] = [Signal::KILL, Signal::TERM, Signal::INT, Signal::HUP];

impl Ended {
    /// Who else ended it, in words; none where it came to its end by itself, at a fault of its own, or by us.
    pub fn by_others(&self) -> Option<String> {
        let signal = self.status?.signal().filter(|signal| BY_OTHERS.iter().any(|by| by.as_raw() == *signal))?;
        match signal == Signal::KILL.as_raw() {
            _ if self.by_us => None,
            true if self.memory_ran_out => Some("by the kernel, as memory ran out".to_owned()),
            _ => Some(format!("by signal {signal}")),
        }
    }
}

impl fmt::Display for Ended {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.status.map(|status| (status.code(), status.signal())) {
            Some((Some(code), _)) => write!(f, "it ended with status {code}"),
            Some((None, Some(signal))) => write!(f, "it was ended by signal {signal}"),
            _ => f.write_str("it did not end"),
        }
    }
}

impl Child {
    /// Starts it. Error: there is no such program (`NotFound`), or the system has no room for a process.
    pub fn start(launcher: &Launcher, program: &Program) -> io::Result<Self> {
        Self::start_heard(launcher, program, |_| true)
    }

    /// Starts it; `hear` is told every line of its standard error as it comes, and says whether it may be one of the last
    /// words.
    pub fn start_heard(
        launcher: &Launcher,
        program: &Program,
        hear: impl Fn(&str) -> bool + Send + 'static,
    ) -> io::Result<Self> {
        let mark = Mark::new();
        let order = program.order(&mark)?;
        let (line, other) = UnixStream::pair()?;
        let mut command = Command::new(&launcher.0);
        command
            .arg(launch::COMMAND)
            .stdin(OwnedFd::from(other))
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .env("ORT_DISABLE_TELEMETRY", "1")
            .env_remove("NOTIFY_SOCKET")
            .process_group(0);
        let ended_before = host::ended_for_memory();
        let mut process = Process { child: Some(spawn(command)?), mark: Some(mark) };
        let (stdout, stderr) = process.pipes().ok_or_else(|| io::Error::other("a process has no pipes"))?;
        let words = Words::of(stderr, program.secrets.clone(), hear)?;
        match launch::send(&order, &line) {
            // What it says at its end says more.
            Err(error) if error.kind() != ErrorKind::BrokenPipe => return Err(error),
            _ => {}
        }
        Ok(Self { process, stdout, words, ended_before, _line: line })
    }

    /// Waits for more of its standard output; 0: that is over. Error: nothing came until `deadline` (`TimedOut`).
    pub fn read(&mut self, piece: &mut [u8], deadline: Instant) -> io::Result<usize> {
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            let wait = Timespec { tv_sec: left.as_secs().min(1 << 30) as i64, tv_nsec: left.subsec_nanos().into() };
            let mut fds = [PollFd::new(&self.stdout, PollFlags::IN)];
            match poll(&mut fds, Some(&wait)) {
                Ok(0) => return Err(io::Error::new(ErrorKind::TimedOut, "the program gives nothing")),
                Ok(_) => {}
                Err(rustix::io::Errno::INTR) => continue,
                Err(error) => return Err(error.into()),
            }
            match self.stdout.read(piece) {
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                read => return read,
            }
        }
    }

    /// Its last lines on standard error so far, the newest last.
    pub fn words(&self) -> Vec<String> {
        self.words.so_far()
    }

    /// The number of its process group, and of its first process.
    pub fn id(&self) -> u32 {
        self.process.child.as_ref().map_or(0, std::process::Child::id)
    }

    /// Waits until it has ended by itself; false: not `within` this time.
    pub fn wait(&self, within: Duration) -> bool {
        let until = Instant::now() + within;
        while !self.process.has_ended() {
            if Instant::now() >= until {
                return false;
            }
            thread::sleep(LOOK_EVERY);
        }
        true
    }

    /// Ends it, and tells how it ended: by itself, if it had.
    pub fn finish(mut self) -> Ended {
        let by_us = !self.process.has_ended();
        let status = self.process.end();
        let memory_ran_out = host::ended_for_memory() > self.ended_before;
        Ended { status, words: self.words.last(), by_us, memory_ran_out }
    }
}

struct Process {
    /// `None` once it was waited for.
    child: Option<std::process::Child>,
    /// `None` for one that was not told yet what to run.
    mark: Option<Mark>,
}

impl Process {
    fn pipes(&mut self) -> Option<(ChildStdout, std::process::ChildStderr)> {
        let child = self.child.as_mut()?;
        Some((child.stdout.take()?, child.stderr.take()?))
    }

    fn pid(&self) -> Option<Pid> {
        Pid::from_raw(i32::try_from(self.child.as_ref()?.id()).ok()?)
    }

    /// Whether it has ended. It is not taken from the system's list: its number stays its own until its group was killed.
    fn has_ended(&self) -> bool {
        let looked = WaitIdOptions::EXITED | WaitIdOptions::NOHANG | WaitIdOptions::NOWAIT;
        self.pid().is_none_or(|pid| !matches!(waitid(WaitId::Pid(pid), looked), Ok(None)))
    }

    /// Kills what is left of the group, and what left the group.
    fn end(&mut self) -> Option<ExitStatus> {
        let pid = self.pid()?;
        let mut child = self.child.take()?;
        // One that has ended can't be killed.
        let _ = kill_process_group(pid, Signal::KILL);
        if let Some(mark) = &self.mark {
            mark.kill(GONE_WITHIN);
        }
        let until = Instant::now() + GONE_WITHIN;
        loop {
            match child.try_wait() {
                Ok(None) if Instant::now() < until => thread::sleep(LOOK_EVERY),
                Ok(None) => break,
                ended => return ended.ok().flatten(),
            }
        }
        tracing::warn!(process = child.id(), "a program does not end, though it was killed");
        // Somebody has to take it from the system's list once it does.
        let _ = thread::Builder::new().name("child-end".into()).spawn(move || child.wait());
        None
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.end();
    }
}

type Spawn = (Command, Sender<io::Result<std::process::Child>>);

/// The kernel ends a child with the *thread* that started it: this one lasts as long as the process.
static STARTER: LazyLock<Option<Sender<Spawn>>> = LazyLock::new(|| {
    let (give, take) = channel::<Spawn>();
    let starts = move || {
        for (mut command, started) in take {
            // Who asked may be gone: then so is the child.
            if let Err(lost) = started.send(command.spawn())
                && let Ok(child) = lost.0
            {
                drop(Process { child: Some(child), mark: None });
            }
        }
    };
    thread::Builder::new().name("children".into()).spawn(starts).ok().map(|_| give)
});

fn spawn(command: Command) -> io::Result<std::process::Child> {
    let gone = || io::Error::other("the system has no thread to start programs on");
    let (started, wait) = channel();
    STARTER.as_ref().ok_or_else(gone)?.send((command, started)).map_err(|_| gone())?;
    wait.recv().map_err(|_| gone())?
}
