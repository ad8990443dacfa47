//! What is under way on the disk, and since when: by which a disk that hangs is known. Nobody can end a call to such a disk;
//! but whoever waits for it, or for a lock that is held meanwhile, can be told.

use super::disk::{Disk, DiskFile, Entry, Handle, Mode};
use super::error::{Result, StoreError};
use parking_lot::Mutex;
use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// A worn card takes seconds for a sync; beyond this it is told.
pub const PATIENCE: Duration = Duration::from_secs(8);
/// To remove a folder is many calls in one.
const FOLDER_PATIENCE: Duration = Duration::from_secs(60);
/// Bytes a second that the slowest disk takes or gives.
const PACE: u64 = 1 << 20;

/// The calls to a disk that have not come back; all files of a store share one.
#[derive(Debug, Default)]
pub struct Underway(Mutex<Calls>);

#[derive(Debug, Default)]
struct Calls {
    next: u64,
    begun: BTreeMap<u64, Call>,
}

#[derive(Debug)]
struct Call {
    /// By when it should have come back.
    due: Instant,
    what: &'static str,
    path: Arc<Path>,
}

/// A call, until this is dropped.
pub struct Turn<'a> {
    underway: &'a Underway,
    number: u64,
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        self.underway.0.lock().begun.remove(&self.number);
    }
}

impl Underway {
    /// A call begins that moves so many bytes.
    pub fn begin(&self, what: &'static str, path: Arc<Path>, bytes: u64) -> Turn<'_> {
        self.within(what, path, PATIENCE + Duration::from_secs(bytes / PACE))
    }

    fn within(&self, what: &'static str, path: Arc<Path>, patience: Duration) -> Turn<'_> {
        let mut calls = self.0.lock();
        calls.next += 1;
        let number = calls.next;
        calls.begun.insert(number, Call { due: Instant::now() + patience, what, path });
        Turn { underway: self, number }
    }

    /// An error where a call to the disk should have come back by now: then nobody knows when the next one will.
    pub fn answers(&self) -> Result<()> {
        let (calls, now) = (self.0.lock(), Instant::now());
        match calls.begun.values().find(|call| call.due < now) {
            None => Ok(()),
            Some(Call { what, path, .. }) => Err(StoreError::Hangs(format!("{what} {}", path.display()))),
        }
    }
}

/// A disk of which is known what is under way on it.
#[derive(Debug)]
pub struct Timed {
    under: Arc<dyn Disk>,
    underway: Arc<Underway>,
}

impl Timed {
    pub fn over(under: Arc<dyn Disk>, underway: Arc<Underway>) -> Self {
        Self { under, underway }
    }

    fn begin(&self, what: &'static str, path: &Path) -> Turn<'_> {
        self.underway.begin(what, path.into(), 0)
    }
}

impl Disk for Timed {
    fn open(&self, path: &Path, mode: Mode) -> io::Result<Handle> {
        let _turn = self.begin("to open", path);
        let file = self.under.open(path, mode)?;
        Ok(Arc::new(TimedFile { file, path: path.into(), underway: Arc::clone(&self.underway) }))
    }

    fn look(&self, path: &Path) -> io::Result<Entry> {
        let _turn = self.begin("to look at", path);
        self.under.look(path)
    }

    fn list(&self, folder: &Path) -> io::Result<Vec<PathBuf>> {
        let _turn = self.begin("to list", folder);
        self.under.list(folder)
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        let _turn = self.begin("to rename", from);
        self.under.rename(from, to)
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        let _turn = self.begin("to remove", path);
        self.under.remove(path)
    }

    fn remove_folder(&self, folder: &Path) -> io::Result<()> {
        let _turn = self.underway.within("to remove", folder.into(), FOLDER_PATIENCE);
        self.under.remove_folder(folder)
    }

    fn make_folder(&self, folder: &Path) -> io::Result<()> {
        let _turn = self.begin("to make", folder);
        self.under.make_folder(folder)
    }

    fn sync_folder(&self, folder: &Path) -> io::Result<()> {
        let _turn = self.begin("to sync", folder);
        self.under.sync_folder(folder)
    }

    fn free(&self, folder: &Path) -> io::Result<u64> {
        let _turn = self.begin("to look at", folder);
        self.under.free(folder)
    }
}

#[derive(Debug)]
struct TimedFile {
    file: Handle,
    path: Arc<Path>,
    underway: Arc<Underway>,
}

impl TimedFile {
    fn begin(&self, what: &'static str, bytes: u64) -> Turn<'_> {
        self.underway.begin(what, Arc::clone(&self.path), bytes)
    }
}

impl DiskFile for TimedFile {
    fn look(&self) -> io::Result<Entry> {
        let _turn = self.begin("to look at", 0);
        self.file.look()
    }

    fn read_exact_at(&self, bytes: &mut [u8], at: u64) -> io::Result<()> {
        let _turn = self.begin("to read", bytes.len() as u64);
        self.file.read_exact_at(bytes, at)
    }

    fn data(&self, from: u64) -> io::Result<Option<u64>> {
        let _turn = self.begin("to read", 0);
        self.file.data(from)
    }

    fn write_all_at(&self, bytes: &[u8], at: u64) -> io::Result<()> {
        let _turn = self.begin("to write", bytes.len() as u64);
        self.file.write_all_at(bytes, at)
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        let _turn = self.begin("to cut", 0);
        self.file.set_len(len)
    }

    fn keep_room(&self, at: u64, bytes: u64) -> io::Result<()> {
        let _turn = self.begin("to take room for", bytes);
        self.file.keep_room(at, bytes)
    }

    fn sync(&self) -> io::Result<()> {
        let _turn = self.begin("to sync", 0);
        self.file.sync()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_does_not_come_back_in_its_time_is_told_until_it_does() {
        let underway = Underway::default();
        let path: Arc<Path> = Path::new("labels.journal").into();
        let slow = underway.begin("to write", path.clone(), 1 << 30);
        underway.answers().unwrap();
        let stuck = underway.within("to sync", path, Duration::ZERO);
        std::thread::sleep(Duration::from_millis(2));
        let told = underway.answers().unwrap_err().to_string();
        assert!(told.contains("to sync labels.journal"), "{told}");
        drop(stuck);
        underway.answers().unwrap();
        drop(slow);
        assert!(underway.0.lock().begun.is_empty());
    }
}
