//! Room on the disk that is taken while there is plenty, and given back when labels, or the next opening, find none.

use super::disk::{Disk, Mode};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Bytes of the ballast: some hundred thousand labels, or an index that is opened.
pub const BYTES: u64 = 32 << 20;
/// It is taken only where so many times its bytes are free.
const PLENTY: u64 = 4;

/// The file of the ballast, which holds nothing but blocks.
#[derive(Debug)]
pub struct Ballast {
    path: PathBuf,
    disk: Arc<dyn Disk>,
}

impl Ballast {
    /// In the folder of a store.
    pub fn of(folder: &Path, disk: Arc<dyn Disk>) -> Self {
        Self { path: folder.join("ballast"), disk }
    }

    /// Takes it where it is not there and there is plenty of room. A disk that can't do it is used without.
    pub fn take(&self) {
        let folder = self.path.parent().unwrap_or(Path::new("."));
        let plenty = || self.disk.free(folder).is_ok_and(|free| free > PLENTY * BYTES);
        if self.disk.look(&self.path).is_ok() || !plenty() {
            return;
        }
        let taken = self.disk.open(&self.path, Mode::Create).and_then(|file| file.keep_room(0, BYTES));
        if taken.is_err() {
            self.release();
        }
    }

    /// Gives it back; answers whether there was anything to give.
    pub fn release(&self) -> bool {
        let folder = self.path.parent().unwrap_or(Path::new("."));
        // The sync makes the file system give its blocks out again.
        self.disk.remove(&self.path).and_then(|()| self.disk.sync_folder(folder)).is_ok()
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
