//! One process a store: an exclusive lock on the file `lock`, which holds the owner's process id.

use super::durable::What;
use super::{Result, StoreError};
use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read, Write};
use std::path::Path;

/// The lock is held as long as this lives; the system frees it when the process ends, however it ends.
pub(super) struct Lock {
    _file: File,
}

impl Lock {
    pub fn take(dir: &Path) -> Result<Self> {
        let path = dir.join("lock");
        let mut file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(&path)
            .what(|| format!("open {}", path.display()))?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let mut pid = String::new();
                // The owner may be writing it just now: then it is unknown.
                let _ = file.read_to_string(&mut pid);
                let pid = if pid.trim().is_empty() { "unknown".to_owned() } else { pid.trim().to_owned() };
                return Err(StoreError::InUse { dir: dir.into(), pid });
            }
            Err(TryLockError::Error(e)) => return Err(e).what(|| format!("lock {}", path.display())),
        }
        // Tells a person who holds it; need not survive anything, so it is not synced.
        file.set_len(0).and_then(|()| write!(file, "{}", std::process::id())).what(|| "write the lock".to_owned())?;
        Ok(Self { _file: file })
    }
}
