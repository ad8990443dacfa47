//! One process a store: an exclusive lock on the file `lock`, which holds the owner's process id, and one on the folder
//! itself, which nobody can take away from under the owner as they can the file.

use super::error::{Result, StoreError, What};
use crate::files;
use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read, Write};
use std::path::Path;

/// Bytes of a process id.
const PID: u64 = 20;

/// The lock is held as long as this lives; the system frees it when the process ends, however it ends.
pub struct Lock {
    file: File,
    /// `None` on a file system that locks no folders.
    folder: Option<File>,
}

impl Drop for Lock {
    /// Unlocks in so many words: closing would not, while a child that is just being started still has our files.
    fn drop(&mut self) {
        // Closing is all that could still be tried.
        let _ = self.file.unlock();
        let _ = self.folder.as_ref().map(File::unlock);
    }
}

impl Lock {
    pub fn take(dir: &Path) -> Result<Self> {
        let path = dir.join("lock");
        clear(dir, &path)?;
        let mut options = OpenOptions::new();
        let written = options.read(true).write(true).create(true).truncate(false).open(&path);
        // On a disk that can only be read there is still a lock, for those who only look.
        let opened = written.or_else(|e| File::open(&path).map_err(|_| e));
        let mut file = opened.what(|| format!("open {}", path.display()))?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(in_use(dir, &mut file)),
            Err(TryLockError::Error(e)) => return Err(e).what(|| format!("lock {}", path.display())),
        }
        let folder = File::open(dir).what(|| format!("open {}", dir.display()))?;
        let folder = match folder.try_lock() {
            Ok(()) => Some(folder),
            // The file is another than the one that the owner locked.
            Err(TryLockError::WouldBlock) => return Err(in_use(dir, &mut file)),
            Err(TryLockError::Error(_)) => None,
        };
        // Tells a person who holds it; on a full disk nobody is told.
        let _ = file.set_len(0).and_then(|()| write!(file, "{}", std::process::id()));
        Ok(Self { file, folder })
    }
}

/// Nothing of ours makes anything but a file there, and whoever opened a pipe would wait for somebody to write.
fn clear(dir: &Path, path: &Path) -> Result<()> {
    let there = path.metadata().is_ok_and(|found| files::plain(&found).is_err());
    let owned = || File::open(dir).is_ok_and(|folder| matches!(folder.try_lock(), Err(TryLockError::WouldBlock)));
    // The owner of the store has it open as it is.
    if !there || owned() {
        return Ok(());
    }
    let aside = path.with_extension("damaged");
    tracing::warn!("{} is no file: it is put aside as {}", path.display(), aside.display());
    std::fs::rename(path, &aside).what(|| format!("rename {} to {}", path.display(), aside.display()))
}

fn in_use(dir: &Path, file: &mut File) -> StoreError {
    let mut pid = String::new();
    // The owner may be writing it just now: then it is unknown.
    let _ = file.take(PID).read_to_string(&mut pid);
    let pid = if pid.trim().is_empty() { "unknown".to_owned() } else { pid.trim().to_owned() };
    StoreError::InUse { dir: dir.into(), pid }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_child_that_is_just_being_started_keeps_no_lock() {
        let dir = tempfile::tempdir().unwrap();
        let lock = Lock::take(dir.path()).unwrap();
        // What a fork does to every open file until the child runs its own program.
        let child = (lock.file.try_clone().unwrap(), lock.folder.as_ref().map(|folder| folder.try_clone().unwrap()));
        assert!(matches!(Lock::take(dir.path()), Err(StoreError::InUse { .. })));
        drop(lock);
        Lock::take(dir.path()).unwrap();
        drop(child);
    }

    #[test]
    fn a_lock_whose_file_is_removed_or_replaced_holds() {
        let dir = tempfile::tempdir().unwrap();
        let lock = Lock::take(dir.path()).unwrap();
        std::fs::remove_file(dir.path().join("lock")).unwrap();
        assert!(matches!(Lock::take(dir.path()), Err(StoreError::InUse { .. })));
        // Now there is one that nobody holds.
        assert!(matches!(Lock::take(dir.path()), Err(StoreError::InUse { .. })));
        drop(lock);
        Lock::take(dir.path()).unwrap();
    }
}
