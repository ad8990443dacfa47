//! A file of records that only grows, until it is full: then it takes the place of the file before it, and a new one is
//! begun. So the newest entries are always there, in twice their bytes at most, and none is ever written twice: flash
//! wears.

use super::durable::{AppendFile, Files};
use super::error::Result;
use super::record::{self, Depth, Item, Magic};
use std::path::{Path, PathBuf};

/// Two files, of which the newer one is appended to.
pub struct Rolling {
    path: PathBuf,
    magic: Magic,
    /// Entries of a file that is full.
    full: usize,
    file: AppendFile,
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
        if let Some((old, len)) = files.open(&before(path))? {
            record::scan(&*old, magic, 0, len, Depth::Meta, |item| {
                match item {
                    Item::Record { meta, .. } => drop(read(&meta)),
                    Item::Damage { text, .. } => tracing::error!("{}: {text}", before(path).display()),
                }
                Ok(())
            })?;
        }
        let mut file = begun(files, path)?;
        let mut written = 0;
        let end = record::scan(&*file.handle(), magic, 0, file.len(), Depth::Meta, |item| {
            match item {
                Item::Record { meta, .. } => written += read(&meta),
                Item::Damage { text, .. } => files.note(format!("{}: {text}", path.display())),
            }
            Ok(())
        })?;
        if end == 0 && file.len() > 0 {
            // No torn tail, but no such file at all.
            files.note(format!("{} can't be read; it is put aside, and a new one is begun", path.display()));
            files.set_aside(path)?;
            file = begun(files, path)?;
        } else if end < file.len() {
            files.note(format!("{}: {} bytes at its end are no whole entry", path.display(), file.len() - end));
            file.cut(end)?;
        }
        Ok(Self { path: path.to_owned(), magic, full, file, written })
    }

    /// Adds a record that holds so many entries; on disk when it returns.
    pub fn add(&mut self, files: &Files, key: [u8; 16], meta: &[u8], entries: usize) -> Result<()> {
        if self.written >= self.full {
            // It is there no more where the rest failed the last time.
            if files.is_there(&self.path)? {
                files.rename(&self.path, &before(&self.path))?;
            }
            (self.file, self.written) = (begun(files, &self.path)?, 0);
        }
        self.file.append(&record::encode(self.magic, key, meta, &[])?)?;
        self.file.sync()?;
        self.written += entries;
        Ok(())
    }
}

fn before(path: &Path) -> PathBuf {
    path.with_extension("old")
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
    fn a_link_is_not_followed() {
        let dir = tempfile::tempdir().unwrap();
        let (files, path, victim) =
            (Files::on(Arc::new(Real), Path::new(".")), dir.path().join("log"), dir.path().join("victim"));
        std::fs::write(&victim, "dear").unwrap();
        std::os::unix::fs::symlink(&victim, &path).unwrap();
        assert!(Rolling::open(&files, &path, record::LOG, 3, |_| 1).is_err());
        assert_eq!(std::fs::read_to_string(&victim).unwrap(), "dear");
    }
}
