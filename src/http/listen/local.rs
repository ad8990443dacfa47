//! The local socket: the same door, for root and the daemon's user only. So whoever owns the device is never locked out.

use super::answer::answer;
use super::arrival::{Arrival, Way};
use super::connections::{Connections, Limits};
use super::untaken::UNTAKEN;
use anyhow::{Context, Result};
use axum::Router;
use std::fs::{File, Permissions};
use std::io;
use std::os::fd::AsRawFd;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::time::Duration;
use tokio::net::{UnixListener, UnixStream};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// Its name in the data folder.
pub const SOCKET: &str = "control.sock";
/// Bytes of a socket's path (`sun_path` in unix(7), with its end).
const LONGEST: usize = 107;
const LIMITS: Limits = Limits { all: 32, each: 32 };
const CLOSING: Duration = Duration::from_secs(5);

/// The local socket of a data folder, bound.
pub struct LocalSocket {
    path: PathBuf,
    listener: UnixListener,
}

impl LocalSocket {
    /// The folder is ours: what lies there under that name is left from before.
    pub fn bind(folder: &Path) -> Result<Self> {
        let path = folder.join(SOCKET);
        let listener = listen(&path).with_context(|| format!("{} can't be listened on", path.display()))?;
        Ok(Self { path, listener })
    }
}

/// Serves the door on the local socket until `stop` is cancelled.
pub async fn serve_local(
    LocalSocket { path, listener }: LocalSocket,
    app: Router,
    stop: CancellationToken,
) -> Result<()> {
    let (connections, tasks) = (Connections::new(LIMITS), TaskTracker::new());
    loop {
        let stream = tokio::select! {
            () = stop.cancelled() => break,
            accepted = listener.accept() => accepted?.0,
        };
        if !is_owner(&stream) {
            tracing::warn!("somebody else tried the local socket");
            continue;
        }
        let Some(admitted) = connections.admit(None) else { continue };
        let (app, stop) = (app.clone(), stop.clone());
        tasks.spawn(async move {
            let arrival = Arrival { way: Way::Local, peer: None, connection: admitted.connection.clone() };
            answer(stream, app, arrival, UNTAKEN, &stop).await;
        });
    }
    drop(listener);
    // Gone is fine.
    let _ = std::fs::remove_file(&path);
    tasks.close();
    if tokio::time::timeout(CLOSING, tasks.wait()).await.is_err() {
        connections.close();
        tasks.wait().await;
    }
    Ok(())
}

fn listen(path: &Path) -> io::Result<UnixListener> {
    match std::fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let (short, _folder) = short(path)?;
    let listener = UnixListener::bind(short)?;
    std::fs::set_permissions(path, Permissions::from_mode(0o600))?;
    Ok(listener)
}

/// A path short enough for a socket, by way of its open folder where need be; holds while that is open.
pub fn short(path: &Path) -> io::Result<(PathBuf, Option<File>)> {
    let (Some(folder), Some(name)) = (path.parent(), path.file_name()) else { return Ok((path.into(), None)) };
    if path.as_os_str().len() <= LONGEST {
        return Ok((path.into(), None));
    }
    let folder = File::open(folder)?;
    Ok((Path::new(&format!("/proc/self/fd/{}", folder.as_raw_fd())).join(name), Some(folder)))
}

/// Root, or whoever the daemon runs as: the socket's mode says so too, from a moment after it is made.
fn is_owner(stream: &UnixStream) -> bool {
    let ours = rustix::process::geteuid().as_raw();
    stream.peer_cred().is_ok_and(|peer| peer.uid() == 0 || peer.uid() == ours)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_socket_fits_wherever_the_folder_lies_and_is_for_one_user() {
        let dir = tempfile::tempdir().unwrap();
        let deep = dir.path().join("x".repeat(120));
        std::fs::create_dir(&deep).unwrap();
        for folder in [dir.path(), &deep] {
            let path = folder.join(SOCKET);
            let listener = listen(&path).unwrap();
            let _again = listen(&path).unwrap();
            drop(listener);
            assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
            let (short, _folder) = short(&path).unwrap();
            assert!(UnixStream::connect(short).await.is_ok());
        }
    }
}
