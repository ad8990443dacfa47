//! A file that is to take the place of another, written piece by piece: whoever looks sees the old one or the new one.

use super::disk::{Disk, Handle, Mode};
use super::durable::{Files, parent, temporary};
use super::error::{Result, What};
use super::home::Home;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Bytes that are written at a time.
const PIECE: usize = 1 << 20;

/// One that never takes its place is removed; where that fails, at the next opening.
#[derive(Debug)]
pub struct Successor {
    disk: Arc<dyn Disk>,
    path: PathBuf,
    temporary: PathBuf,
    file: Handle,
    /// Bytes that are written; those that are not yet.
    written: u64,
    pending: Vec<u8>,
    placed: bool,
}

impl Files {
    /// As [`Files::replace`], once.
    pub(super) fn replace_once(&self, path: &Path, bytes: &[u8]) -> Result<()> {
        let mut next = self.begin_successor(path)?;
        next.append(bytes)?;
        self.finish_successor(next)
    }

    /// A file that is to take the place of this one, for what is too much to be held in memory.
    pub fn successor(&self, path: &Path) -> Result<Successor> {
        self.home.gate()?;
        self.home.noted(path, self.begin_successor(path))
    }

    fn begin_successor(&self, path: &Path) -> Result<Successor> {
        Successor::beside(Arc::clone(&self.disk), path, temporary(path)).what(|| format!("write {}", path.display()))
    }

    /// It takes the place of the file, as [`Files::replace`] does it.
    pub fn succeed(&self, next: Successor) -> Result<()> {
        self.home.gate()?;
        let path = next.path().to_path_buf();
        self.home.noted(&path, self.finish_successor(next))
    }

    fn finish_successor(&self, next: Successor) -> Result<()> {
        let path = next.path().to_path_buf();
        next.take_place(&self.home).what(|| format!("write {}", path.display()))?;
        self.sync_folder(parent(&path))
    }
}

impl Successor {
    /// Of the file at `path`, under another name beside it.
    fn beside(disk: Arc<dyn Disk>, path: &Path, temporary: PathBuf) -> io::Result<Self> {
        let opened = disk.open(&temporary, Mode::Create);
        if opened.is_err() {
            // One that failed may have been done all the same.
            let _ = disk.remove(&temporary);
        }
        let file = opened?;
        Ok(Self { disk, path: path.into(), temporary, file, written: 0, pending: Vec::new(), placed: false })
    }

    /// The file whose place it takes.
    fn path(&self) -> &Path {
        &self.path
    }

    /// Bytes that it has.
    pub fn len(&self) -> u64 {
        self.written + self.pending.len() as u64
    }

    /// Appends to it. On disk after a sync.
    pub fn append(&mut self, bytes: &[u8]) -> Result<()> {
        self.pending.extend_from_slice(bytes);
        if self.pending.len() >= PIECE {
            self.write().what(|| format!("write {}", self.path.display()))
        } else {
            Ok(())
        }
    }

    fn write(&mut self) -> io::Result<()> {
        if !self.pending.is_empty() {
            self.file.write_all_at(&self.pending, self.written)?;
            self.written += self.pending.len() as u64;
            self.pending.clear();
        }
        Ok(())
    }

    /// What it has so far is on disk, so that its last sync takes less.
    pub fn sync(&mut self) -> Result<()> {
        self.write().and_then(|()| self.file.sync()).what(|| format!("write {}", self.path.display()))
    }

    /// Syncs it and gives it its name; that is on disk once the folder is synced.
    fn take_place(mut self, home: &Home) -> io::Result<()> {
        self.write()?;
        self.file.sync()?;
        home.rename(&self.temporary, &self.path)?;
        self.placed = true;
        Ok(())
    }
}

impl Drop for Successor {
    fn drop(&mut self) {
        if !self.placed {
            let _ = self.disk.remove(&self.temporary);
        }
    }
}
