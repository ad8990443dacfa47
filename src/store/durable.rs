//! Every durable write of the store goes through here, and nothing else does: append, replace, rename, remove, sync.
//!
//! So there is one place where the harm of power cuts and full disks can be injected, and one place to read when
//! asking what is on disk at the moment a call returns.

use super::error::{Result, StoreError, What};
use std::fs::{File, OpenOptions};
use std::io;
use std::os::unix::fs::{FileExt, MetadataExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// A file that only grows, save for torn tails cut when it is opened. Keeps its own end, so a failed append leaves
/// no trace that the next one could build on.
pub struct AppendFile {
    path: PathBuf,
    file: Arc<File>,
    len: u64,
    synced: u64,
    /// After a failed sync nobody knows what is on disk: refuse until the store is opened anew.
    broken: bool,
}

impl AppendFile {
    /// A new, empty file whose name is on disk when this returns.
    pub fn create(path: &Path) -> Result<Self> {
        let file = OpenOptions::new().read(true).write(true).create_new(true).open(path);
        let file = file.what(|| format!("make {}", path.display()))?;
        sync_dir(parent(path))?;
        Ok(Self { path: path.into(), file: Arc::new(file), len: 0, synced: 0, broken: false })
    }

    /// An existing file.
    pub fn open(path: &Path) -> Result<Self> {
        let file = OpenOptions::new().read(true).write(true).open(path);
        let file = file.what(|| format!("open {}", path.display()))?;
        let len = file.metadata().what(|| format!("read {}", path.display()))?.len();
        // What a killed process wrote may not be on disk yet: only a sync from now on counts.
        Ok(Self { path: path.into(), file: Arc::new(file), len, synced: 0, broken: false })
    }

    pub fn len(&self) -> u64 {
        self.len
    }

    /// For reading at an offset; shares the file.
    pub fn handle(&self) -> Arc<File> {
        self.file.clone()
    }

    /// Bytes on disk by real blocks, or by length where that is more (blocks not given out yet).
    pub fn on_disk(&self) -> Result<u64> {
        Ok(blocks(&self.file.metadata().what(|| format!("read {}", self.path.display()))?))
    }

    /// Appends and answers where it starts. Not on disk before `sync`.
    pub fn append(&mut self, bytes: &[u8]) -> Result<u64> {
        self.usable()?;
        let at = self.len;
        if let Err(e) = self.file.write_all_at(bytes, at) {
            // Best effort: a rest beyond the end is overwritten by the next append or cut at the next opening.
            let _ = self.file.set_len(at);
            return Err(e).what(|| format!("write {}", self.path.display()));
        }
        self.len += bytes.len() as u64;
        Ok(at)
    }

    /// fdatasync: everything appended so far is on disk.
    pub fn sync(&mut self) -> Result<()> {
        self.usable()?;
        if self.synced == self.len {
            return Ok(());
        }
        if let Err(e) = self.file.sync_data() {
            self.broken = true;
            return Err(e).what(|| format!("sync {}", self.path.display()));
        }
        self.synced = self.len;
        Ok(())
    }

    /// Everything up to `end` is on disk: a sync of `handle` by somebody else covered it.
    pub fn note_synced(&mut self, end: u64) {
        self.synced = self.synced.max(end.min(self.len));
    }

    pub fn synced(&self) -> u64 {
        self.synced
    }

    /// Cuts a torn tail, or takes back what was appended since.
    pub fn cut(&mut self, len: u64) -> Result<()> {
        self.file.set_len(len).what(|| format!("cut {}", self.path.display()))?;
        self.len = len;
        self.synced = 0;
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
        let _ = rustix::fs::fallocate(&self.file, rustix::fs::FallocateFlags::KEEP_SIZE, self.len, bytes);
    }

    fn usable(&self) -> Result<()> {
        if self.broken {
            let path = self.path.display();
            return Err(StoreError::Damaged(format!(
                "{path} could not be synced earlier: check the disk, then restart"
            )));
        }
        Ok(())
    }
}

/// fdatasync through a handle of an append file.
pub fn sync(file: &File) -> Result<()> {
    file.sync_data().what(|| "sync a segment".to_owned())
}

/// Bytes a file takes on disk.
pub fn blocks(metadata: &std::fs::Metadata) -> u64 {
    (metadata.blocks() * 512).max(metadata.len().next_multiple_of(4096))
}

/// Replaces a file as a whole: temporary file, fsync, rename, fsync of the folder. Readers see the old or the new.
pub fn replace(path: &Path, bytes: &[u8]) -> Result<()> {
    let temporary = temporary(path);
    let write = || -> io::Result<()> {
        let file = File::create(&temporary)?;
        file.write_all_at(bytes, 0)?;
        file.sync_all()?;
        std::fs::rename(&temporary, path)
    };
    if let Err(e) = write() {
        let _ = std::fs::remove_file(&temporary);
        return Err(e).what(|| format!("write {}", path.display()));
    }
    sync_dir(parent(path))
}

/// Moves a finished file into the store, across file systems if need be. Durable when it returns.
pub fn move_in(from: &Path, to: &Path) -> Result<u64> {
    let temporary = temporary(to);
    let work = || -> io::Result<u64> {
        if std::fs::rename(from, &temporary).is_err() {
            std::fs::copy(from, &temporary)?;
        }
        let file = File::open(&temporary)?;
        file.sync_all()?;
        let len = file.metadata()?.len();
        std::fs::rename(&temporary, to)?;
        Ok(len)
    };
    let len = work().what(|| format!("move {} to {}", from.display(), to.display()))?;
    sync_dir(parent(to))?;
    // Gone already where it was renamed.
    let _ = std::fs::remove_file(from);
    Ok(len)
}

/// Renames within one folder, durably.
pub fn rename(from: &Path, to: &Path) -> Result<()> {
    std::fs::rename(from, to).what(|| format!("rename {} to {}", from.display(), to.display()))?;
    sync_dir(parent(to))
}

/// Removes a file, durably; one that is not there is fine.
pub fn remove(path: &Path) -> Result<()> {
    match std::fs::remove_file(path) {
        Err(e) if e.kind() != io::ErrorKind::NotFound => Err(e).what(|| format!("remove {}", path.display())),
        _ => sync_dir(parent(path)),
    }
}

/// Makes a folder and those above it; its name is on disk when this returns.
pub fn make_dir(path: &Path) -> Result<()> {
    if path.is_dir() {
        return Ok(());
    }
    std::fs::create_dir_all(path).what(|| format!("make the folder {}", path.display()))?;
    sync_dir(parent(path))
}

fn sync_dir(dir: &Path) -> Result<()> {
    File::open(dir).and_then(|d| d.sync_all()).what(|| format!("sync the folder {}", dir.display()))
}

fn parent(path: &Path) -> &Path {
    match path.parent() {
        Some(p) if !p.as_os_str().is_empty() => p,
        _ => Path::new("."),
    }
}

fn temporary(path: &Path) -> PathBuf {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    path.with_file_name(format!(".{name}.{}.tmp", uuid::Uuid::now_v7().simple()))
}

/// Bytes that others than root may still write on the file system of a folder.
pub fn free(dir: &Path) -> Result<u64> {
    let stat = rustix::fs::statvfs(dir).map_err(std::io::Error::from).what(|| format!("look at {}", dir.display()))?;
    Ok(stat.f_bavail.saturating_mul(stat.f_frsize))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn replacing_leaves_the_new_content_and_no_temporary_file() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a.json");
        replace(&path, b"one, and longer").unwrap();
        replace(&path, b"two").unwrap();
        assert_eq!(std::fs::read(&path).unwrap(), b"two");
        assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 1);
    }

    #[test]
    fn appends_follow_one_another_and_a_cut_takes_back() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("f");
        let mut file = AppendFile::create(&path).unwrap();
        assert_eq!(file.append(b"abc").unwrap(), 0);
        assert_eq!(file.append(b"def").unwrap(), 3);
        file.keep_room(1 << 20);
        file.cut(4).unwrap();
        file.append(b"X").unwrap();
        file.sync().unwrap();
        assert_eq!(std::fs::read(&path).unwrap(), b"abcdX");
    }
}
