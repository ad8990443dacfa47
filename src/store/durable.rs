//! Every durable write of the store goes through here, and nothing else does: append, replace, rename, remove, sync. It
//! stands on the seam (`disk`), so there is one place to read when asking what is on disk when a call returns.

use super::ballast::Ballast;
use super::disk::{Disk, Handle, Mode};
use super::error::{Result, StoreError, What};
use super::home::Home;
use super::losses::Losses;
use super::underway::{Timed, Underway};
use crate::supervise::Progress;
use parking_lot::Mutex;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The files of the store on their disk; clones share it.
#[derive(Clone, Debug)]
pub struct Files {
    pub(super) disk: Arc<dyn Disk>,
    /// What it has not come back from.
    pub underway: Arc<Underway>,
    /// Whether what is written goes where it should.
    pub home: Arc<Home>,
    /// Given back for what must go through on a full disk.
    pub ballast: Arc<Ballast>,
    /// What was found and mended, in words.
    notes: Arc<Mutex<Vec<String>>>,
    /// What was lost for good.
    pub losses: Arc<Losses>,
    /// Of what is brought into an index.
    pub progress: Progress,
}

/// Bytes of a small record, at most: whatever has more is none of ours.
pub const SMALL: u64 = 16 << 20;

/// Notes that are kept.
const NOTES: usize = 200;

/// A file that only grows, save for torn tails cut when it is opened. Keeps its own end, so a failed append leaves
/// no trace that the next one could build on.
pub struct AppendFile {
    home: Arc<Home>,
    path: PathBuf,
    /// By which the system tells it from others.
    id: (u64, u64),
    file: Handle,
    len: u64,
    synced: u64,
    /// After a failed sync nobody knows what of the bytes since the last good one is on disk: they are written once more.
    suspect: bool,
    /// Bytes may lie beyond the end: they are cut before anything is appended.
    rest: bool,
}

/// Bytes that are written once more at a time.
const AGAIN: u64 = 1 << 20;

impl Files {
    /// Of the store in a folder.
    pub fn on(disk: Arc<dyn Disk>, folder: &Path) -> Self {
        let underway = Arc::<Underway>::default();
        let disk: Arc<dyn Disk> = Arc::new(Timed::over(disk, Arc::clone(&underway)));
        let (ballast, home) = (Arc::new(Ballast::of(folder, disk.clone())), Arc::new(Home::new(disk.clone())));
        let (notes, losses, progress) = (Arc::default(), Arc::default(), Progress::default());
        Self { disk, underway, home, ballast, notes, losses, progress }
    }

    /// What is brought into an index is counted there.
    pub fn counted(self, progress: &Progress) -> Self {
        Self { progress: progress.clone(), ..self }
    }

    /// Something was not as it should be, and is mended: told in the log, and to `check`.
    pub fn note(&self, text: String) {
        tracing::warn!("{text}");
        let mut notes = self.notes.lock();
        if notes.len() < NOTES {
            notes.push(text);
        }
    }

    /// Something is lost for good: told until somebody says that it is known.
    pub fn lost(&self, text: String) {
        if self.losses.add(text.clone()) {
            tracing::error!("{text}");
        }
    }

    /// What was noted so far.
    pub fn notes(&self) -> Vec<String> {
        self.notes.lock().clone()
    }

    /// The disk itself, for what is read and may be missing.
    pub fn disk(&self) -> &dyn Disk {
        &*self.disk
    }

    /// Does what must go through on a full disk: once more without the ballast, if there was one.
    pub fn surely<T>(&self, mut work: impl FnMut() -> Result<T>) -> Result<T> {
        match work() {
            Err(StoreError::Full(_)) if self.ballast.release() => {
                tracing::warn!("the disk is full: the room that is kept for labels is used");
                work()
            }
            result => result,
        }
    }

    /// A new, empty file to append to, whose name is on disk when this returns.
    pub fn create(&self, path: &Path) -> Result<AppendFile> {
        self.home.gate()?;
        self.home.noted(path, self.create_once(path))
    }

    fn create_once(&self, path: &Path) -> Result<AppendFile> {
        let file = self.disk.open(path, Mode::Create).what(|| format!("make {}", path.display()))?;
        self.sync_folder(parent(path))?;
        self.grows(path, file)
    }

    /// An existing file to append to, whose name is on disk when this returns: whoever gave it that may not have come so far.
    pub fn append(&self, path: &Path) -> Result<AppendFile> {
        self.home.gate()?;
        self.home.noted(path, self.append_once(path))
    }

    fn append_once(&self, path: &Path) -> Result<AppendFile> {
        let file = self.disk.open(path, Mode::Write).what(|| format!("open {}", path.display()))?;
        self.sync_folder(parent(path))?;
        self.grows(path, file)
    }

    fn grows(&self, path: &Path, file: Handle) -> Result<AppendFile> {
        let found = file.look().what(|| format!("read {}", path.display()))?;
        let (home, path) = (self.home.clone(), path.into());
        // What a killed process wrote may not be on disk yet: only a sync from now on counts.
        Ok(AppendFile { home, path, id: found.id, file, len: found.len, synced: 0, suspect: false, rest: false })
    }

    /// Whether what is written now lies where it should, on a disk that takes it; `path`: a file that is written.
    pub fn take_writes(&self, path: &Path) -> Result<()> {
        self.home.gate()?;
        // Opening writes nothing, and finds a disk that became read-only or failed, and a file that may not be written.
        self.disk.open(path, Mode::Write).what(|| format!("open {}", path.display()))?;
        self.home.refusal()
    }

    /// A file to read, and its length; `None` where there is none.
    pub fn open(&self, path: &Path) -> Result<Option<(Handle, u64)>> {
        self.home.is_ours()?;
        match self.disk.open(path, Mode::Read) {
            Ok(file) => {
                let len = file.look().what(|| format!("read {}", path.display()))?.len;
                Ok(Some((file, len)))
            }
            Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(e) if e.kind() == io::ErrorKind::InvalidInput => {
                Err(StoreError::Damaged(format!("{} can't be read: {e}", path.display())))
            }
            Err(e) => Err(e).what(|| format!("open {}", path.display())),
        }
    }

    /// A whole file; `None` where there is none. Error: it has more bytes than `most` (`Damaged`).
    pub fn read(&self, path: &Path, most: u64) -> Result<Option<Vec<u8>>> {
        let Some((file, len)) = self.open(path)? else { return Ok(None) };
        if len > most {
            let text = format!("{} has {len} bytes, and what is written there has {most} at most", path.display());
            return Err(StoreError::Damaged(text));
        }
        let mut bytes = vec![0; usize::try_from(len).unwrap_or(usize::MAX)];
        file.read_exact_at(&mut bytes, 0).what(|| format!("read {}", path.display()))?;
        Ok(Some(bytes))
    }

    /// The checksum of a whole file.
    pub fn crc32(&self, path: &Path) -> Result<u32> {
        let Some((file, len)) = self.open(path)? else { return Ok(0) };
        let (mut hasher, mut at) = (crc32fast::Hasher::new(), 0);
        while at < len {
            let mut bytes = vec![0; usize::try_from(len - at).unwrap_or(usize::MAX).min(1 << 20)];
            file.read_exact_at(&mut bytes, at).what(|| format!("read {}", path.display()))?;
            hasher.update(&bytes);
            at += bytes.len() as u64;
        }
        Ok(hasher.finalize())
    }

    /// Gives what is no use another name, for whoever wants to look at it; one that was put aside earlier goes.
    pub fn set_aside(&self, path: &Path) -> Result<()> {
        self.home.gate()?;
        let aside = PathBuf::from(format!("{}.damaged", path.display()));
        match self.disk.look(&aside) {
            Ok(found) if found.folder => self.remove_folder(&aside)?,
            Ok(_) => self.remove(&aside)?,
            Err(_) => {}
        }
        self.rename(path, &aside)
    }

    /// Whether something lies there.
    pub fn is_there(&self, path: &Path) -> Result<bool> {
        self.home.is_ours()?;
        match self.disk.look(path) {
            Ok(_) => Ok(true),
            Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(false),
            Err(e) => Err(e).what(|| format!("look for {}", path.display())),
        }
    }

    /// What lies there and is no plain file, in words.
    pub fn other_than_file(&self, path: &Path) -> Result<Option<&'static str>> {
        match self.disk.look(path) {
            Ok(found) if found.file => Ok(None),
            Ok(found) => Ok(Some(if found.folder { "a folder" } else { "no file but a pipe, a socket or a device" })),
            Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(e) => Err(e).what(|| format!("look at {}", path.display())),
        }
    }

    /// Whether a folder lies there.
    pub fn is_folder(&self, path: &Path) -> Result<bool> {
        match self.disk.look(path) {
            Ok(found) => Ok(found.folder),
            Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(false),
            Err(e) => Err(e).what(|| format!("look at {}", path.display())),
        }
    }

    pub fn list(&self, folder: &Path) -> Result<Vec<PathBuf>> {
        self.home.is_ours()?;
        self.disk.list(folder).what(|| format!("list {}", folder.display()))
    }

    pub fn free(&self, folder: &Path) -> Result<u64> {
        self.home.may_be_written()?;
        self.home.is_ours()?;
        self.disk.free(folder).what(|| format!("look at {}", folder.display()))
    }

    /// Replaces a file as a whole: temporary file, fsync, rename, fsync of the folder. Readers see the old or the new.
    pub fn replace(&self, path: &Path, bytes: &[u8]) -> Result<()> {
        // Records are small; what is not was checked for room before.
        self.home.gate()?;
        self.home.noted(path, self.surely(|| self.replace_once(path, bytes)))
    }

    /// Moves a finished file into the store, across file systems if need be; gives its length. Durable when it returns.
    pub fn move_in(&self, from: &Path, to: &Path) -> Result<u64> {
        self.home.gate()?;
        self.home.noted(to, self.move_in_once(from, to))
    }

    fn move_in_once(&self, from: &Path, to: &Path) -> Result<u64> {
        let temporary = temporary(to);
        let work = || -> io::Result<u64> {
            if self.disk.rename(from, &temporary).is_err() {
                let (source, target) = (self.disk.open(from, Mode::Read)?, self.disk.open(&temporary, Mode::Create)?);
                let mut bytes = vec![0; usize::try_from(source.look()?.len).unwrap_or(usize::MAX)];
                source.read_exact_at(&mut bytes, 0)?;
                target.write_all_at(&bytes, 0)?;
            }
            let file = self.disk.open(&temporary, Mode::Write)?;
            file.sync()?;
            let len = file.look()?.len;
            self.disk.rename(&temporary, to)?;
            Ok(len)
        };
        let len = work().what(|| format!("move {} to {}", from.display(), to.display()))?;
        self.sync_folder(parent(to))?;
        // Gone already where it was renamed.
        let _ = self.disk.remove(from);
        Ok(len)
    }

    /// Renames within one folder, durably.
    pub fn rename(&self, from: &Path, to: &Path) -> Result<()> {
        self.home.gate()?;
        let renamed = self.home.rename(from, to).what(|| format!("rename {} to {}", from.display(), to.display()));
        self.home.noted(to, renamed.and_then(|()| self.sync_folder(parent(to))))
    }

    /// Removes a file, durably; one that is not there is fine.
    pub fn remove(&self, path: &Path) -> Result<()> {
        self.home.gate()?;
        let removed = match self.disk.remove(path) {
            Err(e) if e.kind() != io::ErrorKind::NotFound => Err(e).what(|| format!("remove {}", path.display())),
            _ => self.sync_folder(parent(path)),
        };
        self.home.noted(path, removed)
    }

    /// Removes a folder with everything in it.
    pub fn remove_folder(&self, folder: &Path) -> Result<()> {
        self.home.gate()?;
        self.home.noted(folder, self.disk.remove_folder(folder).what(|| format!("remove {}", folder.display())))
    }

    /// Makes a folder and those above it; its name is on disk when this returns.
    pub fn make_folder(&self, path: &Path) -> Result<()> {
        self.home.gate()?;
        if self.disk.look(path).is_ok_and(|entry| entry.folder) {
            return Ok(());
        }
        let made = self.disk.make_folder(path).what(|| format!("make the folder {}", path.display()));
        self.home.noted(path, made.and_then(|()| self.sync_folder(parent(path))))
    }

    pub(super) fn sync_folder(&self, folder: &Path) -> Result<()> {
        self.disk.sync_folder(folder).what(|| format!("sync the folder {}", folder.display()))
    }
}

impl AppendFile {
    pub fn len(&self) -> u64 {
        self.len
    }

    /// For reading at an offset; shares the file.
    pub fn handle(&self) -> Handle {
        self.file.clone()
    }

    /// Bytes on disk.
    pub fn on_disk(&self) -> Result<u64> {
        Ok(self.file.look().what(|| format!("read {}", self.path.display()))?.on_disk)
    }

    /// Appends and answers where it starts. Not on disk before `sync`.
    pub fn append(&mut self, bytes: &[u8]) -> Result<u64> {
        // Before it: a file that has no name any more takes everything.
        self.home.gate()?;
        self.in_place()?;
        let appended = self.append_once(bytes);
        self.home.noted(&self.path, appended)
    }

    fn append_once(&mut self, bytes: &[u8]) -> Result<u64> {
        self.cut_rest()?;
        let at = self.len;
        if let Err(e) = self.file.write_all_at(bytes, at) {
            self.rest = true;
            // What can't be cut now is before the next append, or at the next opening.
            let _ = self.cut_rest();
            return Err(e).what(|| format!("write {}", self.path.display()));
        }
        self.len += bytes.len() as u64;
        Ok(at)
    }

    /// Everything appended so far is on disk.
    pub fn sync(&mut self) -> Result<()> {
        if self.synced == self.len && !self.suspect {
            return Ok(());
        }
        let synced = self.sync_once();
        self.home.noted(&self.path, synced)
    }

    fn sync_once(&mut self) -> Result<()> {
        if self.suspect {
            self.write_again().what(|| format!("write {}", self.path.display()))?;
        }
        if let Err(e) = self.file.sync() {
            self.suspect = true;
            return Err(e).what(|| format!("sync {}", self.path.display()));
        }
        (self.synced, self.suspect) = (self.len, false);
        Ok(())
    }

    /// What was appended from `len` on was not taken after all.
    pub fn take_back(&mut self, len: u64) {
        (self.len, self.synced, self.rest) = (len, self.synced.min(len), true);
        // What can't be cut now is before the next append, or at the next opening.
        let _ = self.cut_rest();
    }

    fn cut_rest(&mut self) -> Result<()> {
        if self.rest {
            self.file.set_len(self.len).what(|| format!("cut {}", self.path.display()))?;
            (self.rest, self.suspect) = (false, true);
        }
        Ok(())
    }

    /// The system takes bytes of which the sync failed for written, and does not write them again by itself.
    fn write_again(&self) -> io::Result<()> {
        let mut at = self.synced;
        while at < self.len {
            let mut bytes = vec![0; (self.len - at).min(AGAIN) as usize];
            self.file.read_exact_at(&mut bytes, at)?;
            self.file.write_all_at(&bytes, at)?;
            at += bytes.len() as u64;
        }
        Ok(())
    }

    /// Somebody's sync of `handle` failed.
    pub fn note_unsynced(&mut self) {
        self.suspect = true;
    }

    /// Whether only `sync` can tell what is on disk.
    pub fn is_suspect(&self) -> bool {
        self.suspect
    }

    /// Whether it is still where it was.
    pub fn in_place(&self) -> Result<()> {
        self.home.in_place(&self.path, self.id)
    }

    /// While it is not in its place nothing is written any more, into whatever file.
    pub fn hold(&self) {
        self.home.hold(&self.path, self.id);
    }

    /// It is complete.
    pub fn let_go(&self) {
        self.home.let_go(&self.path);
    }

    /// Everything up to `end` is on disk: a sync of `handle` by somebody else covered it.
    pub fn note_synced(&mut self, end: u64) {
        // An error is told to one of those who sync at the same time.
        if !self.suspect {
            self.synced = self.synced.max(end.min(self.len));
        }
    }

    pub fn synced(&self) -> u64 {
        self.synced
    }

    /// Cuts a torn tail, or takes back what was appended since.
    pub fn cut(&mut self, len: u64) -> Result<()> {
        self.file.set_len(len).what(|| format!("cut {}", self.path.display()))?;
        (self.len, self.synced, self.rest) = (len, 0, false);
        self.sync()
    }

    /// Writes over bytes that are no record (a torn stretch gets a header that says so).
    pub fn overwrite(&mut self, at: u64, bytes: &[u8]) -> Result<()> {
        self.file.write_all_at(bytes, at).what(|| format!("write {}", self.path.display()))?;
        self.synced = 0;
        self.sync()
    }

    /// Takes blocks beyond the end, so that a disk filled by others does not stop the next appends.
    pub fn keep_room(&self, bytes: u64) {
        // File systems that can't do it are used without.
        let _ = self.file.keep_room(self.len, bytes);
    }
}

/// Syncs through a handle of an append file, which lies there.
pub fn sync(files: &Files, path: &Path, file: &Handle) -> Result<()> {
    files.home.noted(path, file.sync().what(|| format!("sync {}", path.display())))
}

pub(super) fn parent(path: &Path) -> &Path {
    match path.parent() {
        Some(p) if !p.as_os_str().is_empty() => p,
        _ => Path::new("."),
    }
}

pub(super) fn temporary(path: &Path) -> PathBuf {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    path.with_file_name(format!(".{name}.{}.tmp", uuid::Uuid::now_v7().simple()))
}

#[cfg(test)]
#[path = "durable_tests.rs"]
mod tests;
