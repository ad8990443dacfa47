//! A file of records that only grows, until it is full: then it takes the place of the file before it, and a new one is
//! begun. So the newest entries are always there, in twice their bytes at most, and none is ever written twice: flash
//! wears.

use super::durable::{AppendFile, Files};
use super::error::{Result, StoreError};
use super::record::{self, Depth, Item, Magic};
use std::path::{Path, PathBuf};

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
}

impl Rolling {
    /// Reads both files, or begins one. `read` gets the metadata of each record, oldest first, and answers how many entries
    /// those are. What is torn or damaged is passed over and told.
    pub fn open(
        files: &Files,
        path: &Path,
        magic: Magic,
        full: usize,
        mut read: impl FnMut(&[u8]) -> usize,
    ) -> Result<Self> {
        let old = files.open(&before(path)).unwrap_or_else(|error| {
            files.note(format!("{error}; what is in it is not shown"));
            None
        });
        if let Some((old, len)) = old {
            record::scan(&*old, magic, 0, len, Depth::Meta, |item| {
                match item {
                    Item::Record { meta, .. } => drop(read(&meta)),
                    Item::Damage { text, .. } => tracing::error!("{}: {text}", before(path).display()),
                }
                Ok(())
            })?;
        }
        let mut written = 0;
        let Some(mut file) = begun_if_taken(files, path)? else {
            return Ok(Self { path: path.to_owned(), magic, full, file: None, written });
        };
        let end = record::scan(&*file.handle(), magic, 0, file.len(), Depth::Meta, |item| {
            match item {
                Item::Record { meta, .. } => written += read(&meta),
                Item::Damage { text, .. } => files.note(format!("{}: {text}", path.display())),
            }
            Ok(())
        })?;
        if end == 0 && file.len() > 0 {
            // No torn tail, but no such file at all.
            drop(file);
            files.note(format!("{} can't be read; it is put aside, and a new one is begun", path.display()));
            files.set_aside(path)?;
            file = begun(files, path)?;
        } else if end < file.len() {
            files.note(format!("{}: {} bytes at its end are no whole entry", path.display(), file.len() - end));
            file.cut(end)?;
        }
        Ok(Self { path: path.to_owned(), magic, full, file: Some(file), written })
    }

    /// Adds a record that holds so many entries; on disk when it returns.
    pub fn add(&mut self, files: &Files, key: [u8; 16], meta: &[u8], entries: usize) -> Result<()> {
        if self.written >= self.full {
            // It is there no more where the rest failed the last time.
            if files.is_there(&self.path)? {
                files.rename(&self.path, &before(&self.path))?;
            }
            (self.file, self.written) = (Some(begun(files, &self.path)?), 0);
        }
        let record = record::encode(self.magic, key, meta, &[])?;
        let file = match &mut self.file {
            Some(file) => file,
            none => none.insert(begun(files, &self.path)?),
        };
        if let Err(error) = file.append(&record) {
            let StoreError::Gone(_) = &error else { return Err(error) };
            *file = begun(files, &self.path)?;
            files.note(format!("{error}; the log goes on in what is there now"));
            file.append(&record)?;
        }
        file.sync()?;
        self.written += entries;
        Ok(())
    }
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
        files.replace(path, &[])?;
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
        let rolling = Rolling::open(files, path, record::LOG, 3, |meta| {
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
    fn a_link_is_not_followed() {
        let dir = tempfile::tempdir().unwrap();
        let (files, path, victim) =
            (Files::on(Arc::new(Real), Path::new(".")), dir.path().join("log"), dir.path().join("victim"));
        std::fs::write(&victim, "dear").unwrap();
        std::os::unix::fs::symlink(&victim, &path).unwrap();
        // It is put aside as a file that may not be opened is.
        let mut rolling = Rolling::open(&files, &path, record::LOG, 3, |_| 1).unwrap();
        rolling.add(&files, [0; 16], b"1", 1).unwrap();
        assert_eq!(open(&files, &path).1, ["1"]);
        assert!(files.notes().iter().any(|note| note.contains("put aside")), "{:?}", files.notes());
        assert_eq!(std::fs::read_to_string(&victim).unwrap(), "dear");
    }
}
