//! sled, opened at a place.

use super::counts::Counts;
use super::memory;
use crate::store::disk::Handle;
use crate::store::error::StoreError;
use parking_lot::Mutex;
use std::collections::BTreeSet;
use std::io;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

/// Blocks taken ahead of the end of sled's file: some ten thousand labels on a full disk.
const ROOM: u64 = 16 << 20;

/// Where it lies.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Place {
    /// `index/` in the store's folder.
    Disk,
    /// Where a full disk has no room for it: labels need none, and it can be made anew.
    Memory,
    /// In memory too: a copy of what is on the disk, to be looked at.
    Copy,
}

/// sled, opened.
pub struct Opened {
    pub db: sled::Db,
    /// As of the last batch. Held while one is applied, so that its counts are those of all before it.
    pub counts: Mutex<Counts>,
    /// Keys that were written since a copy of it was begun; none while there is no such copy.
    pub written: Mutex<Option<BTreeSet<Vec<u8>>>>,
    /// A second handle on sled's file: its own `flush` stops at `sync_file_range`.
    pub file: Handle,
    pub place: Place,
    pub folder: PathBuf,
    /// Up to where blocks are taken for sled's file.
    pub room_to: AtomicU64,
    /// sled does not recover from an error: it is not asked again.
    pub failed: AtomicBool,
}

impl Drop for Opened {
    fn drop(&mut self) {
        if self.place != Place::Disk {
            // Nobody opens it again; what can't be removed now is by whoever needs one next.
            let _ = memory::remove(&self.folder);
        }
        if self.failed.load(Ordering::Relaxed) {
            // Its end may wait for ever for what it could not write: it has none.
            std::mem::forget(self.db.clone());
        }
    }
}

impl Opened {
    /// Takes blocks beyond the end of sled's file: one write that finds no room is its end.
    pub fn keep_room(&self) {
        let end = self.file.look().map_or(0, |found| found.len);
        if end + ROOM / 2 > self.room_to.load(Ordering::Relaxed) {
            // File systems that can't do it are used without.
            let _ = self.file.keep_room(end, ROOM);
            self.room_to.store(end + ROOM, Ordering::Relaxed);
        }
    }
}

/// What an error of sled's says of the index: damage, but for those of the disk that pass.
pub fn unusable(error: sled::Error, what: &str) -> StoreError {
    use io::ErrorKind::{InvalidData, InvalidInput, Other, UnexpectedEof};
    match error {
        // The number of a bad block: EIO.
        sled::Error::Io(e)
            if e.raw_os_error() != Some(5)
                && !matches!(e.kind(), InvalidData | InvalidInput | Other | UnexpectedEof) =>
        {
            StoreError::of(e, what.to_owned())
        }
        e => StoreError::Damaged(format!("{what}: {e}")),
    }
}
