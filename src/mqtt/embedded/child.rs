//! The process that is the broker. It ends with the daemon.

use super::server;
use crate::host;
use std::io::{self, Read};
use std::net::SocketAddr;
use std::thread;

/// The command by which the program becomes this process; nobody else calls it.
pub const COMMAND: &str = "broker-child";

/// Serves at this address until stdin is closed, which the daemon holds. What stops the daemon may be sent to this one too
/// (Ctrl-C, systemd); it is heeded by the daemon, whose last words are still to be passed on. Error: the address can't be
/// listened on.
pub fn serve(listen: SocketAddr) -> anyhow::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    thread::Builder::new().name("daemon".into()).spawn(|| {
        // Nothing is ever written to it.
        let _ = io::stdin().read_to_end(&mut Vec::new());
        std::process::exit(0)
    })?;
    let _deaf = host::be_deaf()?;
    runtime.block_on(server::serve(listen))
}
