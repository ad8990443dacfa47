//! A file of records that only grows, until it is full: then it takes the place of the file before it, and a new one is
//! begun. So the newest entries are always there, in twice their bytes at most, and none is ever written twice: flash
//! wears.

use super::durable::{AppendFile, Files};
use super::error::{Result, StoreError};
use super::record::{self, Depth, HEADER, Item, Magic};
use std::path::{Path, PathBuf};

/// Blocks taken ahead of the end: what is acknowledged is written down on a disk that others have filled, as labels are.
const ROOM: u64 = 256 << 10;

/// What kind of log.
pub struct Kind {
    pub magic: Magic,
    /// Entries of a file that is full.
    pub full: usize,
    /// Whether the store is opened for the first time.
    pub new: bool,
}

/// Earlier versions began with an empty file.
const LOST: &str = "what was in it, if anything was, is lost; a new one is begun";

/// What a file begins with: one that holds nothing is told from one that was emptied.
fn beginning() -> Vec<u8> {
    record::void(HEADER as u64).map(|header| header.to_vec()).unwrap_or_default()
}

/// Two files, of which the newer one is appended to.
pub struct Rolling {
    path: PathBuf,
    magic: Magic,
    /// Entries of a file that is full.
    full: usize,
    /// `None` where it may not be opened, nor put aside.
    file: Option<AppendFile>,
    /// Entries in it.
    written: usize,
    /// Up to where blocks are taken.
    room_to: u64,
}

impl Rolling {
    /// Reads both files, or begins one. `read` gets the metadata of each record, oldest first, and answers how many entries
    /// those are. What is torn or damaged is passed over and told; that there is none, where the store is not `new`, too.
    pub fn open(
        files: &Files,
        path: &Path,
        Kind { magic, full, new }: Kind,
        mut read: impl FnMut(&[u8]) -> usize,
    ) -> Result<Self> {
        if !new && !files.is_there(path)? {
            files.note(format!("{} is not there: {LOST}", path.display()));
        }
        let old = files.open(&before(path)).unwrap_or_else(|error| {
            files.note(format!("{error}; what is in it is not shown"));
            None
        });
        if let Some((old, len)) = old {
            let note = |text: String| files.note(format!("{}: {text}", before(path).display()));
            let end = record::scan(&*old, magic, 0, len, Depth::Meta, |item| {
                match item {
                    Item::Record { meta, .. } => drop(read(&meta)),
                    Item::Damage { text, .. } => note(text),
                }
                Ok(())
            })?;
            if end < len || len == 0 {
                note(format!("{} bytes of {len} are no whole entry", len - end));
            }
        }
        let mut written = 0;
        let Some(mut file) = begun_if_taken(files, path)? else {
            return Ok(Self { path: path.to_owned(), magic, full, file: None, written, room_to: 0 });
        };
        let end = record::scan(&*file.handle(), magic, 0, file.len(), Depth::Meta, |item| {
            match item {
                Item::Record { meta, .. } => written += read(&meta),
                Item::Damage { text, .. } => files.note(format!("{}: {text}", path.display())),
            }
            Ok(())
        })?;
        if file.len() == 0 {
            drop(file);
            files.note(format!("{} is empty: {LOST}", path.display()));
            files.replace(path, &beginning())?;
            file = begun(files, path)?;
        } else if end == 0 {
            // No torn tail, but no such file at all.
            drop(file);
            files.note(format!("{} can't be read; it is put aside, and a new one is begun", path.display()));
            files.set_aside(path)?;
            file = begun(files, path)?;
        } else if end < file.len() {
            files.note(format!("{}: {} bytes at its end are no whole entry", path.display(), file.len() - end));
            file.cut(end)?;
        }
        let room_to = in_hand(&file);
        Ok(Self { path: path.to_owned(), magic, full, file: Some(file), written, room_to })
    }

    /// Adds a record that holds so many entries, into the room that is kept for labels where there is no other; on disk when it
    /// returns.
    pub fn add(&mut self, files: &Files, key: [u8; 16], meta: &[u8], entries: usize) -> Result<()> {
        let record = record::encode(self.magic, key, meta, &[])?;
        let added = files.surely(|| self.write(files, &record));
        match added {
            Ok(()) => self.written += entries,
            // Cutting what was written of it gave the room away.
            Err(_) => self.room_to = 0,
        }
        added
    }

    fn write(&mut self, files: &Files, record: &[u8]) -> Result<()> {
        if self.written >= self.full {
            // It is there no more where the rest failed the last time.
            if files.is_there(&self.path)? {
                files.rename(&self.path, &before(&self.path))?;
            }
            (self.file, self.written, self.room_to) = (Some(begun(files, &self.path)?), 0, 0);
        }
        let file = match &mut self.file {
            Some(file) => file,
            none => none.insert(begun(files, &self.path)?),
        };
        if file.len() + ROOM / 2 > self.room_to {
            self.room_to = in_hand(file);
        }
        let at = file.len();
        if let Err(error) = file.append(record) {
            let StoreError::Gone(_) = &error else { return Err(error) };
            *file = begun(files, &self.path)?;
            self.room_to = 0;
            files.note(format!("{error}; the log goes on in what is there now"));
            file.append(record)?;
            return file.sync();
        }
        let synced = file.sync();
        if synced.is_err() {
            // It is written once more, or not at all.
            file.take_back(at);
        }
        synced
    }
}

/// Takes blocks ahead of its end; answers up to where.
fn in_hand(file: &AppendFile) -> u64 {
    file.keep_room(ROOM);
    file.len() + ROOM
}

fn before(path: &Path) -> PathBuf {
    path.with_extension("old")
}

/// The file to append to; where it may not be opened, a new one in its place. `None` where that can't be put aside either: the
/// disk may take it later.
fn begun_if_taken(files: &Files, path: &Path) -> Result<Option<AppendFile>> {
    let error = match begun(files, path) {
        Err(error @ StoreError::Io { .. }) if error.is_refusal() => error,
        begun => return begun.map(Some),
    };
    match files.set_aside(path).and_then(|()| begun(files, path)) {
        Ok(file) => {
            files.note(format!("{error}; it is put aside, and a new one is begun"));
            Ok(Some(file))
        }
        Err(_) => {
            files.note(format!("{error}; what is in it is not shown, and nothing is added before it can be opened"));
            Ok(None)
        }
    }
}

/// The file to append to, which is made if need be.
fn begun(files: &Files, path: &Path) -> Result<AppendFile> {
    if !files.is_there(path)? {
        files.replace(path, &beginning())?;
    }
    files.append(path)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::disk::Real;
    use std::sync::Arc;

    fn open(files: &Files, path: &Path) -> (Rolling, Vec<String>) {
        let mut all = vec![];
        let rolling = Rolling::open(files, path, Kind { magic: record::LOG, full: 3, new: true }, |meta| {
            all.push(String::from_utf8(meta.to_vec()).unwrap());
            1
        });
        (rolling.unwrap(), all)
    }

    #[test]
    fn the_newest_entries_stay_in_two_files() {
        let dir = tempfile::tempdir().unwrap();
        let (files, path) = (Files::on(Arc::new(Real), Path::new(".")), dir.path().join("log"));
        for n in 0..11 {
            // Opened anew each time: what is counted is what is there.
            open(&files, &path).0.add(&files, [0; 16], n.to_string().as_bytes(), 1).unwrap();
        }
        assert_eq!(open(&files, &path).1, ["6", "7", "8", "9", "10"]);
        // Cut off between the two steps of turning the files over.
        std::fs::rename(&path, dir.path().join("log.old")).unwrap();
        assert_eq!(open(&files, &path).1, ["9", "10"]);
    }

    #[test]
    fn a_torn_tail_is_cut_and_what_is_no_log_is_kept_aside() {
        let dir = tempfile::tempdir().unwrap();
        let (files, path) = (Files::on(Arc::new(Real), Path::new(".")), dir.path().join("log"));
        for n in ["1", "2"] {
            open(&files, &path).0.add(&files, [0; 16], n.as_bytes(), 1).unwrap();
        }
        let whole = std::fs::read(&path).unwrap();
        std::fs::write(&path, &whole[..whole.len() - 1]).unwrap();
        let (mut rolling, all) = open(&files, &path);
        assert_eq!(all, ["1"]);
        rolling.add(&files, [0; 16], b"3", 1).unwrap();
        assert_eq!(open(&files, &path).1, ["1", "3"]);

        std::fs::write(&path, [0; 4096]).unwrap();
        open(&files, &path).0.add(&files, [0; 16], b"4", 1).unwrap();
        assert_eq!(open(&files, &path).1, ["4"]);
        assert_eq!(std::fs::read(dir.path().join("log.damaged")).unwrap(), [0; 4096]);
    }

    #[test]
    fn a_file_that_is_removed_or_replaced_takes_nothing_more() {
        let dir = tempfile::tempdir().unwrap();
        let (files, path) = (Files::on(Arc::new(Real), Path::new(".")), dir.path().join("log"));
        let mut rolling = open(&files, &path).0;
        rolling.add(&files, [0; 16], b"1", 1).unwrap();
        std::fs::copy(&path, dir.path().join("copy")).unwrap();
        std::fs::rename(dir.path().join("copy"), &path).unwrap();
        rolling.add(&files, [0; 16], b"2", 1).unwrap();
        assert_eq!(open(&files, &path).1, ["1", "2"]);
        std::fs::remove_file(&path).unwrap();
        rolling.add(&files, [0; 16], b"3", 1).unwrap();
        assert_eq!(open(&files, &path).1, ["3"]);
    }

    #[test]
    fn one_that_is_emptied_or_gone_is_told_and_one_that_never_held_anything_is_not() {
        let dir = tempfile::tempdir().unwrap();
        let (files, path) = (Files::on(Arc::new(Real), Path::new(".")), dir.path().join("log"));
        let open = |new| drop(Rolling::open(&files, &path, Kind { magic: record::LOG, full: 3, new }, |_| 1).unwrap());
        open(true);
        open(false);
        assert!(files.notes().is_empty(), "{:?}", files.notes());
        std::fs::write(&path, "").unwrap();
        open(false);
        open(false);
        std::fs::remove_file(&path).unwrap();
        open(false);
        let notes = files.notes();
        assert_eq!(notes.len(), 2, "{notes:?}");
        assert!(notes[0].contains("is empty") && notes[1].contains("is not there"), "{notes:?}");
    }

    #[test]
    fn a_link_is_not_followed() {
        let dir = tempfile::tempdir().unwrap();
        let (files, path, victim) =
            (Files::on(Arc::new(Real), Path::new(".")), dir.path().join("log"), dir.path().join("victim"));
        std::fs::write(&victim, "dear").unwrap();
        std::os::unix::fs::symlink(&victim, &path).unwrap();
        // It is put aside as a file that may not be opened is.
        let mut rolling = Rolling::open(&files, &path, Kind { magic: record::LOG, full: 3, new: true }, |_| 1).unwrap();
        rolling.add(&files, [0; 16], b"1", 1).unwrap();
        assert_eq!(open(&files, &path).1, ["1"]);
        assert!(files.notes().iter().any(|note| note.contains("put aside")), "{:?}", files.notes());
        assert_eq!(std::fs::read_to_string(&victim).unwrap(), "dear");
    }
}
