//! Room on the disk for everything that is no label. What would go below the reserve is refused before it is written.

use super::durable::Files;
use super::error::{Result, StoreError, What};
use crate::files::Writing;
use std::io::{self, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

/// Bytes that [`Roomy`] writes between two looks at the disk.
const STEP: u64 = 4 << 20;

/// The room of a store; clones look at the same disk.
#[derive(Clone, Debug)]
pub struct Room {
    files: Files,
    dir: PathBuf,
    /// Bytes that stay free.
    reserve: u64,
}

impl Room {
    pub fn new(files: &Files, dir: PathBuf, reserve: u64) -> Self {
        Self { files: files.clone(), dir, reserve }
    }

    /// Whether there is room for so many bytes that labels need.
    pub fn for_labels(&self, bytes: u64) -> Result<()> {
        self.above(0, bytes)
    }

    /// Whether there is room for so many bytes that need not be: an export, an upload, a base.
    pub fn for_guests(&self, bytes: u64) -> Result<()> {
        self.above(self.reserve, bytes)
    }

    /// Whether there is room for so many bytes of trainings and models. Half of the reserve may go to them, so that a
    /// training which began with room left can end; the other half is for labels.
    pub fn for_trainings(&self, bytes: u64) -> Result<()> {
        self.above(self.reserve / 2, bytes)
    }

    /// How files are written for people, elsewhere than in the store.
    pub fn outside(&self) -> Writing {
        Writing::beside(&self.dir, self.reserve)
    }

    fn above(&self, rest: u64, bytes: u64) -> Result<()> {
        let free = self.files.free(&self.dir)?;
        if free >= rest.saturating_add(bytes) {
            return Ok(());
        }
        Err(StoreError::Full(format!(
            "{free} bytes are free on the disk of {}; {bytes} are needed, and {rest} are kept for labels: free some space, or \
             lower store.reserve",
            self.dir.display()
        )))
    }

    /// What passes through, an upload or an export, of so many bytes where that is known, into what `make` makes in the
    /// store's folder. It is written only as far as there is room for guests.
    pub fn guest<W: Write>(&self, bytes: Option<u64>, make: impl FnOnce(&Path) -> io::Result<W>) -> Result<Roomy<W>> {
        self.files.home.gate()?;
        self.for_guests(bytes.unwrap_or(1))?;
        Ok(self.writer(make(&self.dir).what(|| format!("make a file in {}", self.dir.display()))?))
    }

    /// A file that is written only as far as there is room for guests.
    pub fn writer<W: Write>(&self, out: W) -> Roomy<W> {
        Roomy { room: self.clone(), out, since: STEP }
    }
}

/// See [`Room::writer`].
pub struct Roomy<W> {
    room: Room,
    out: W,
    /// Bytes since the last look.
    since: u64,
}

impl<W> Roomy<W> {
    pub fn into_inner(self) -> W {
        self.out
    }
}

impl<W: Write> Write for Roomy<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.since >= STEP {
            let most = STEP.max(bytes.len() as u64);
            let room = self.room.for_guests(most);
            room.map_err(|why| io::Error::new(io::ErrorKind::StorageFull, why.to_string()))?;
            self.since = 0;
        }
        let said = |error: io::Error| {
            let kind = error.kind();
            let what = format!("write to the disk of {}", self.room.dir.display());
            io::Error::new(kind, StoreError::of(error, what).to_string())
        };
        let written = self.out.write(bytes).map_err(said)?;
        self.since += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

impl<W: Seek> Seek for Roomy<W> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.out.seek(to)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::disk::Real;
    use std::sync::Arc;

    #[test]
    fn what_would_go_below_the_reserve_is_refused_before_it_is_written() {
        let dir = tempfile::tempdir().unwrap();
        let room = |reserve| Room::new(&Files::on(Arc::new(Real), dir.path()), dir.path().into(), reserve);
        let plenty = room(0);
        plenty.for_guests(1 << 20).unwrap();
        let free = plenty.files.free(dir.path()).unwrap();
        // Others write to the disk of the tests too.
        let tight = room(free + (1 << 30));
        for refused in [tight.for_guests(1), room(2 * free + (2 << 30)).for_trainings(1)] {
            let refused = refused.unwrap_err();
            assert!(matches!(&refused, StoreError::Full(why) if why.contains("store.reserve")), "{refused}");
        }
        tight.for_trainings(1).unwrap();
        let mut out = tight.writer(Vec::new());
        assert_eq!(out.write(b"abc").unwrap_err().kind(), io::ErrorKind::StorageFull);
        assert!(out.into_inner().is_empty());
        let mut out = plenty.writer(Vec::new());
        out.write_all(b"abc").unwrap();
        assert_eq!(out.into_inner(), b"abc");
    }
}
