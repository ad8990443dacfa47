//! One process a store: an exclusive lock on the file `lock`, which holds the owner's process id.

use super::error::{Result, StoreError, What};
use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read, Write};
use std::path::Path;

/// The lock is held as long as this lives; the system frees it when the process ends, however it ends.
pub struct Lock {
    file: File,
}

impl Drop for Lock {
    /// Unlocks in so many words: closing would not, while a child that is just being started still has our files.
    fn drop(&mut self) {
        // Closing is all that could still be tried.
        let _ = self.file.unlock();
    }
}

impl Lock {
    pub fn take(dir: &Path) -> Result<Self> {
        let path = dir.join("lock");
        let mut options = OpenOptions::new();
        let written = options.read(true).write(true).create(true).truncate(false).open(&path);
        // On a disk that can only be read there is still a lock, for those who only look.
        let opened = written.or_else(|e| File::open(&path).map_err(|_| e));
        let mut file = opened.what(|| format!("open {}", path.display()))?;
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
        // Tells a person who holds it; on a full disk nobody is told.
        let _ = file.set_len(0).and_then(|()| write!(file, "{}", std::process::id()));
        Ok(Self { file })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_child_that_is_just_being_started_keeps_no_lock() {
        let dir = tempfile::tempdir().unwrap();
        let lock = Lock::take(dir.path()).unwrap();
        // What a fork does to every open file until the child runs its own program.
        let child = lock.file.try_clone().unwrap();
        assert!(matches!(Lock::take(dir.path()), Err(StoreError::InUse { .. })));
        drop(lock);
        Lock::take(dir.path()).unwrap();
        drop(child);
    }
}
