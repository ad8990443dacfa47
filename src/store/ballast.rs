//! Room on the disk that is taken while there is plenty, and given back when labels, or the next opening, find none.

use super::disk::{Disk, Mode};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// Bytes of the ballast: some hundred thousand labels, or an index that is opened.
pub const BYTES: u64 = 32 << 20;
/// It is taken only where so many times its bytes are free.
const PLENTY: u64 = 4;

/// The file of the ballast, which holds nothing but blocks: it has no bytes.
#[derive(Debug)]
pub struct Ballast {
    path: PathBuf,
    disk: Arc<dyn Disk>,
    /// The disk has no blocks to keep.
    without: AtomicBool,
}

impl Ballast {
    /// In the folder of a store.
    pub fn of(folder: &Path, disk: Arc<dyn Disk>) -> Self {
        Self { path: folder.join("ballast"), disk, without: AtomicBool::new(false) }
    }

    /// Takes it where it is not there as it should be and there is plenty of room. A disk that can't do it is used without.
    pub fn take(&self) {
        let plenty = || self.disk.free(self.folder()).is_ok_and(|free| free > PLENTY * BYTES);
        if self.is_taken() || self.without.load(Ordering::Relaxed) || !plenty() {
            return;
        }
        // Of its name, and without its blocks: copied, cut, or begun when the power went.
        let _ = self.disk.remove(&self.path);
        let taken = self.keep_blocks();
        if taken.is_err() || !self.is_taken() {
            let for_good = taken.map_or_else(|error| error.kind() == io::ErrorKind::Unsupported, |()| true);
            self.without.store(for_good, Ordering::Relaxed);
            self.release();
        }
    }

    /// Whether its blocks are there.
    fn is_taken(&self) -> bool {
        self.disk.look(&self.path).is_ok_and(|found| found.file && found.len == 0 && found.on_disk >= BYTES)
    }

    fn keep_blocks(&self) -> io::Result<()> {
        let file = self.disk.open(&self.path, Mode::Create)?;
        file.keep_room(0, BYTES)?;
        file.sync()?;
        self.disk.sync_folder(self.folder())
    }

    fn folder(&self) -> &Path {
        self.path.parent().unwrap_or(Path::new("."))
    }

    /// Gives it back; answers whether there was anything to give.
    pub fn release(&self) -> bool {
        // The sync makes the file system give its blocks out again.
        self.disk.remove(&self.path).and_then(|()| self.disk.sync_folder(self.folder())).is_ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::disk::Real;

    #[test]
    fn it_takes_blocks_and_gives_them_back_once() {
        let folder = tempfile::tempdir().unwrap();
        let ballast = Ballast::of(folder.path(), Arc::new(Real));
        assert!(!ballast.release());
        ballast.take();
        let there = Real.look(&folder.path().join("ballast")).unwrap();
        assert!(there.on_disk >= BYTES, "{there:?}");
        ballast.take();
        assert!(ballast.release());
        assert!(!ballast.release());
    }
}
