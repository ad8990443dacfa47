//! The end of the process, wished for so that whoever supervises it starts it again.

use std::env;
use tokio_util::sync::CancellationToken;

/// With what the process ends then: the unit has it started again whatever `Restart=` says there.
pub const STATUS: u8 = 75;

/// Asks for the end; clones share it.
#[derive(Clone, Debug, Default)]
pub struct Restart(CancellationToken);

impl Restart {
    /// Error, in words: nobody would start the process again.
    pub fn possible() -> Result<(), String> {
        match env::var_os("NOTIFY_SOCKET") {
            Some(_) => Ok(()),
            None => Err("the daemon was not started by systemd, so nobody would start it again; it goes on".to_owned()),
        }
    }

    /// Asks for the end.
    pub fn ask(&self) {
        self.0.cancel();
    }

    /// Whether somebody did.
    pub fn is_asked(&self) -> bool {
        self.0.is_cancelled()
    }

    /// Until somebody does.
    pub async fn asked(&self) {
        self.0.cancelled().await;
    }
}
