//! The step between the daemon and the program: our own program, which becomes the other.

use super::mark;
use super::program::Order;
use crate::host;
use rustix::process::{Resource, Rlimit, getppid, getrlimit, setpriority_process, setrlimit};
use std::ffi::OsString;
use std::io::{self, Read, Write};
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::ffi::OsStringExt;
use std::os::unix::net::UnixStream;
use std::os::unix::process::CommandExt;
use std::process::{Command, Stdio};

/// The command by which the program becomes this process; nobody else calls it.
pub const COMMAND: &str = "other-child";

/// Rather than the daemon, which has labels to take, and later than a training.
const OOM_SCORE: i32 = 700;
/// Ends whoever carries the mark (`$0`) and the whole process group, itself included, once the daemon's end of the line is
/// closed: also those that the program started, of which the kernel knows nothing.
const UNTIL_THE_DAEMON_IS_GONE: &str = "read -r _; grep -lsF \"$0\" /proc/[0-9]*/environ | \
                                        while IFS=/ read -r _ _ process _; do kill -s KILL \"$process\"; done; \
                                        kill -s KILL 0";

/// Sends what is to be run. The line stays open as long as the daemon wants the program.
pub fn send(order: &Order, mut line: &UnixStream) -> io::Result<()> {
    let bytes = rmp_serde::to_vec(order).map_err(io::Error::other)?;
    let length = u32::try_from(bytes.len()).map_err(io::Error::other)?;
    line.write_all(&[&length.to_le_bytes()[..], &bytes].concat())
}

fn receive(mut line: &UnixStream) -> io::Result<Order> {
    let mut length = [0; 4];
    line.read_exact(&mut length)?;
    let mut bytes = vec![0; u32::from_le_bytes(length) as usize];
    line.read_exact(&mut bytes)?;
    rmp_serde::from_slice(&bytes).map_err(io::Error::other)
}

/// Becomes the program that the daemon at the other end of stdin names. Error: it can't.
pub fn serve() -> io::Result<()> {
    host::end_with_who_started_this()?;
    let line = UnixStream::from(io::stdin().as_fd().try_clone_to_owned()?);
    let order = receive(&line)?;
    // It ended before the kernel was asked to tell.
    if getppid().map(|parent| parent.as_raw_nonzero().get()) != Some(order.parent) {
        return Ok(());
    }
    // What can't be had is no reason to go without pictures.
    let _ = host::be_ended_first(OOM_SCORE);
    let mark = (mark::NAME, order.mark.as_str());
    watch(line, mark)?;
    confine(&order)?;
    let (input, mut given) = io::pipe()?;
    given.write_all(&order.input)?;
    drop(given);
    let path = OsString::from_vec(order.path);
    let error = Command::new(&path)
        .args(order.arguments.into_iter().map(OsString::from_vec))
        .stdin(input)
        // What the daemon was configured by is nobody else's.
        .env_clear()
        .envs(std::env::vars_os().filter(|(name, _)| !is_ours(name.as_encoded_bytes())))
        .env(mark.0, mark.1)
        .exec();
    Err(io::Error::new(error.kind(), format!("{} can't be run: {error}", path.display())))
}

fn is_ours(name: &[u8]) -> bool {
    name.starts_with(b"FIELDCOACH_") || name.starts_with(b"ORT_") || name == b"MALLOC_ARENA_MAX"
}

/// Leaves somebody behind in the process group.
fn watch(line: UnixStream, (name, value): (&str, &str)) -> io::Result<()> {
    let nothing = || Stdio::null();
    Command::new("/bin/sh")
        .args(["-c", UNTIL_THE_DAEMON_IS_GONE, &format!("{name}={value}")])
        .stdin(OwnedFd::from(line))
        .stdout(nothing())
        .stderr(nothing())
        .env_clear()
        .spawn()
        .map(drop)
}

fn confine(order: &Order) -> io::Result<()> {
    let limit = |resource, most: u64, more: u64| {
        // Nobody may take more than what was allowed before.
        let most = getrlimit(resource).maximum.map_or(most, |allowed| allowed.min(most));
        setrlimit(resource, Rlimit { current: Some(most), maximum: Some(most.saturating_add(more)) })
            .or_else(|_| setrlimit(resource, Rlimit { current: Some(most), maximum: Some(most) }))
    };
    limit(Resource::Core, 0, 0)?;
    if let Some(bytes) = order.memory {
        limit(Resource::As, bytes, 0)?;
    }
    if let Some(seconds) = order.processor {
        // SIGXCPU first, which says why.
        limit(Resource::Cpu, seconds, 5)?;
    }
    if order.nice > 0 {
        setpriority_process(None, order.nice)?;
    }
    Ok(())
}
