//! The seam at which a disk can fail: every operation of the store on files, but sled's own, is one of these.
//!
//! [`Real`] is the disk of the machine. Tests bring another that fails at any call, or that forgets what was not synced.
//! What sled does in its folder lies beyond the seam: there the folder is current, older, or gone. The file that holds
//! the lock says nothing that must survive, and is not covered.

use crate::files;
use rustix::fs::{OFlags, SeekFrom, seek};
use rustix::io::Errno;
use std::fmt::Debug;
use std::fs::{File, OpenOptions};
use std::io;
use std::os::unix::fs::{DirBuilderExt, FileExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// An open file; clones of the handle share it.
pub type Handle = Arc<dyn DiskFile>;

/// How a file is opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// To be read.
    Read,
    /// One that is there, to be read and written.
    Write,
    /// One that must not be there yet, to be read and written.
    Create,
}

/// What a path leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Bytes.
    pub len: u64,
    /// Bytes on disk by real blocks, or by length where that is more (blocks not given out yet, if those are no hole).
    pub on_disk: u64,
    pub folder: bool,
    /// A plain file: neither a folder, nor a pipe, nor a device.
    pub file: bool,
    /// By which the system tells files apart: device and number.
    pub id: (u64, u64),
}

/// A disk. Nothing is durable before it is synced: a file's bytes by the file, its name by the folder.
pub trait Disk: Send + Sync + Debug {
    /// An error of kind `InvalidInput` where what is there is no plain file: its words say what it is.
    fn open(&self, path: &Path, mode: Mode) -> io::Result<Handle>;
    /// An error of kind `NotFound` where there is nothing.
    fn look(&self, path: &Path) -> io::Result<Entry>;
    /// What lies in a folder, in any order.
    fn list(&self, folder: &Path) -> io::Result<Vec<PathBuf>>;
    /// Takes the place of what was at `to`.
    fn rename(&self, from: &Path, to: &Path) -> io::Result<()>;
    fn remove(&self, path: &Path) -> io::Result<()>;
    /// With everything in it.
    fn remove_folder(&self, folder: &Path) -> io::Result<()>;
    /// With those above it, as far as they are missing.
    fn make_folder(&self, folder: &Path) -> io::Result<()>;
    /// The names in it are on disk when it returns.
    fn sync_folder(&self, folder: &Path) -> io::Result<()>;
    /// Bytes that others than root may still write on the file system of a folder; an error of kind
    /// `ReadOnlyFilesystem` where nobody can.
    fn free(&self, folder: &Path) -> io::Result<u64>;
}

/// A file of a [`Disk`].
pub trait DiskFile: Send + Sync + Debug {
    fn look(&self) -> io::Result<Entry>;
    fn read_exact_at(&self, bytes: &mut [u8], at: u64) -> io::Result<()>;
    /// The first byte from there on that may be other than zero; `None` where the rest is a hole.
    fn data(&self, from: u64) -> io::Result<Option<u64>> {
        Ok(Some(from))
    }
    /// Beyond the end, the file grows. After an error any part of it may have been written.
    fn write_all_at(&self, bytes: &[u8], at: u64) -> io::Result<()>;
    fn set_len(&self, len: u64) -> io::Result<()>;
    /// Takes blocks for `bytes` from `at` on, without growing the file.
    fn keep_room(&self, at: u64, bytes: u64) -> io::Result<()>;
    /// The bytes and the length are on disk when it returns. After an error nobody knows what is.
    fn sync(&self) -> io::Result<()>;
}

/// The disk of the machine.
#[derive(Clone, Copy, Debug, Default)]
pub struct Real;

impl Disk for Real {
    fn open(&self, path: &Path, mode: Mode) -> io::Result<Handle> {
        let mut options = OpenOptions::new();
        // Pictures and keys are nobody else's, whatever the umask.
        options.read(true).write(mode != Mode::Read).create_new(mode == Mode::Create).mode(0o600);
        // Whoever opens a pipe waits for somebody to write, and what opening does to some devices can't be undone.
        let mut flags = OFlags::NONBLOCK;
        if mode != Mode::Read {
            // Nobody's link leads a write out of the data folder.
            flags |= OFlags::NOFOLLOW;
        }
        if mode != Mode::Create {
            files::plain(&path.metadata()?)?;
        }
        let file = options.custom_flags(flags.bits().cast_signed()).open(path);
        let file = file.map_err(|error| no_more_files(error, path))?;
        files::plain(&file.metadata()?)?;
        Ok(Arc::new(file))
    }

    fn look(&self, path: &Path) -> io::Result<Entry> {
        Ok(entry(&std::fs::metadata(path)?))
    }

    fn list(&self, folder: &Path) -> io::Result<Vec<PathBuf>> {
        std::fs::read_dir(folder)?.map(|item| Ok(item?.path())).collect()
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        std::fs::rename(from, to)
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        std::fs::remove_file(path)
    }

    fn remove_folder(&self, folder: &Path) -> io::Result<()> {
        std::fs::remove_dir_all(folder)
    }

    fn make_folder(&self, folder: &Path) -> io::Result<()> {
        let made = std::fs::DirBuilder::new().recursive(true).mode(0o700).create(folder);
        made.map_err(|error| no_more_files(error, folder))
    }

    fn sync_folder(&self, folder: &Path) -> io::Result<()> {
        File::open(folder)?.sync_all()
    }

    fn free(&self, folder: &Path) -> io::Result<u64> {
        let stat = rustix::fs::statvfs(folder)?;
        if stat.f_flag.contains(rustix::fs::StatVfsMountFlags::RDONLY) {
            return Err(io::ErrorKind::ReadOnlyFilesystem.into());
        }
        Ok(stat.f_bavail.saturating_mul(stat.f_frsize))
    }
}

/// A disk can have room for bytes and for no further file: then that is said.
fn no_more_files(error: io::Error, path: &Path) -> io::Error {
    let there = path.ancestors().skip(1).find(|folder| folder.is_dir());
    let stat = there.and_then(|folder| rustix::fs::statvfs(folder).ok());
    let out_of_files = |stat: rustix::fs::StatVfs| stat.f_files > 0 && stat.f_favail == 0 && stat.f_bavail > 0;
    if error.kind() == io::ErrorKind::StorageFull && stat.is_some_and(out_of_files) {
        let why = "the disk has room for bytes but for no further file (its inodes are used up); remove files on it";
        return io::Error::new(io::ErrorKind::StorageFull, why);
    }
    error
}

impl DiskFile for File {
    fn look(&self) -> io::Result<Entry> {
        Ok(entry(&self.metadata()?))
    }

    fn read_exact_at(&self, bytes: &mut [u8], at: u64) -> io::Result<()> {
        FileExt::read_exact_at(self, bytes, at)
    }

    fn data(&self, from: u64) -> io::Result<Option<u64>> {
        match seek(self, SeekFrom::Data(from)) {
            Ok(at) => Ok(Some(at)),
            Err(Errno::NXIO) => Ok(None),
            // A file system that knows of no holes.
            Err(Errno::INVAL | Errno::OPNOTSUPP) => Ok(Some(from)),
            Err(error) => Err(error.into()),
        }
    }

    fn write_all_at(&self, bytes: &[u8], at: u64) -> io::Result<()> {
        FileExt::write_all_at(self, bytes, at)
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        File::set_len(self, len)
    }

    fn keep_room(&self, at: u64, bytes: u64) -> io::Result<()> {
        Ok(rustix::fs::fallocate(self, rustix::fs::FallocateFlags::KEEP_SIZE, at, bytes)?)
    }

    fn sync(&self) -> io::Result<()> {
        self.sync_data()
    }
}

/// More bytes than this never wait for their blocks: they are a hole.
const PENDING: u64 = 256 << 20;

fn entry(metadata: &std::fs::Metadata) -> Entry {
    let (given, len) = (metadata.blocks() * 512, metadata.len().next_multiple_of(4096));
    Entry {
        len: metadata.len(),
        on_disk: if len > given.saturating_add(PENDING) { given } else { given.max(len) },
        folder: metadata.is_dir(),
        file: metadata.is_file(),
        id: (metadata.dev(), metadata.ino()),
    }
}
