//! A disk that only seems to be written to, so that a store can be opened, and looked at, without a change to it.
//!
//! Changes lie in memory, over the files of another disk. They are what an opening writes: ends that are cut, small files
//! that are replaced.

use super::disk::{Disk, DiskFile, Entry, Handle, Mode};
use parking_lot::Mutex;
use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The disk of `under`, as if it had been changed.
#[derive(Debug)]
pub struct Dry {
    under: Arc<dyn Disk>,
    /// What lies over it: files, and names that are gone.
    over: Mutex<BTreeMap<PathBuf, Option<Arc<Over>>>>,
    folders: Mutex<BTreeSet<PathBuf>>,
}

/// A file, as if it had been changed.
#[derive(Debug)]
struct Over {
    under: Option<Handle>,
    changed: Mutex<Changed>,
    id: (u64, u64),
}

#[derive(Debug)]
struct Changed {
    len: u64,
    /// How much of what lies under it still shows.
    shows: u64,
    writes: Vec<(u64, Vec<u8>)>,
}

impl Dry {
    pub fn over(under: Arc<dyn Disk>) -> Self {
        Self { under, over: Mutex::default(), folders: Mutex::default() }
    }

    /// A file that may be written.
    fn file(&self, path: &Path) -> io::Result<Arc<Over>> {
        let mut over = self.over.lock();
        match over.get(path) {
            Some(Some(file)) => return Ok(file.clone()),
            Some(None) => return Err(ErrorKind::NotFound.into()),
            None => {}
        }
        let under = self.under.open(path, Mode::Read).map_err(nothing)?;
        let found = under.look()?;
        let changed = Mutex::new(Changed { len: found.len, shows: found.len, writes: vec![] });
        let file = Arc::new(Over { under: Some(under), changed, id: found.id });
        over.insert(path.into(), Some(file.clone()));
        Ok(file)
    }

    fn is_there(&self, path: &Path) -> bool {
        match self.over.lock().get(path) {
            Some(file) => file.is_some(),
            None => self.folders.lock().contains(path) || self.under.look(path).is_ok(),
        }
    }
}

/// Below what is no folder there is nothing, as below the folder that seems to lie in its place.
fn nothing(error: io::Error) -> io::Error {
    if error.kind() == ErrorKind::NotADirectory { ErrorKind::NotFound.into() } else { error }
}

impl Disk for Dry {
    fn open(&self, path: &Path, mode: Mode) -> io::Result<Handle> {
        match mode {
            Mode::Read if !self.over.lock().contains_key(path) => self.under.open(path, mode).map_err(nothing),
            Mode::Read | Mode::Write => Ok(self.file(path)?),
            Mode::Create if self.is_there(path) => Err(ErrorKind::AlreadyExists.into()),
            Mode::Create => {
                let changed = Mutex::new(Changed { len: 0, shows: 0, writes: vec![] });
                let mut over = self.over.lock();
                // No device has this number.
                let file = Arc::new(Over { under: None, changed, id: (u64::MAX, over.len() as u64) });
                over.insert(path.into(), Some(file.clone()));
                Ok(file)
            }
        }
    }

    fn look(&self, path: &Path) -> io::Result<Entry> {
        match self.over.lock().get(path) {
            Some(Some(file)) => file.look(),
            Some(None) => Err(ErrorKind::NotFound.into()),
            None if self.folders.lock().contains(path) => {
                Ok(Entry { len: 0, on_disk: 0, folder: true, file: false, id: (0, 0) })
            }
            None => self.under.look(path).map_err(nothing),
        }
    }

    fn list(&self, folder: &Path) -> io::Result<Vec<PathBuf>> {
        let mut all: BTreeSet<PathBuf> = match self.under.list(folder) {
            Ok(list) => list.into_iter().collect(),
            Err(_) if self.folders.lock().contains(folder) => BTreeSet::new(),
            Err(e) => return Err(e),
        };
        for (path, file) in self.over.lock().iter().filter(|(path, _)| path.parent() == Some(folder)) {
            match file {
                Some(_) => drop(all.insert(path.clone())),
                None => drop(all.remove(path)),
            }
        }
        Ok(all.into_iter().collect())
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        // Nobody looks into what is no file and was moved aside.
        let file = if self.look(from)?.file { Some(self.file(from)?) } else { None };
        let mut over = self.over.lock();
        over.insert(from.into(), None);
        over.extend(file.map(|file| (to.to_path_buf(), Some(file))));
        Ok(())
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        self.look(path)?;
        self.over.lock().insert(path.into(), None);
        Ok(())
    }

    fn remove_folder(&self, folder: &Path) -> io::Result<()> {
        self.remove(folder)
    }

    fn make_folder(&self, folder: &Path) -> io::Result<()> {
        // In place of what was moved aside.
        self.over.lock().remove(folder);
        self.folders.lock().insert(folder.into());
        Ok(())
    }

    fn sync_folder(&self, _: &Path) -> io::Result<()> {
        Ok(())
    }

    /// None: nothing that needs room is to be tried.
    fn free(&self, _: &Path) -> io::Result<u64> {
        Ok(0)
    }
}

impl DiskFile for Over {
    fn look(&self) -> io::Result<Entry> {
        let len = self.changed.lock().len;
        Ok(Entry { len, on_disk: len, folder: false, file: true, id: self.id })
    }

    fn read_exact_at(&self, bytes: &mut [u8], at: u64) -> io::Result<()> {
        let changed = self.changed.lock();
        let end = at + bytes.len() as u64;
        if end > changed.len {
            return Err(ErrorKind::UnexpectedEof.into());
        }
        bytes.fill(0);
        let shown = changed.shows.clamp(at, end) - at;
        if let Some(under) = self.under.as_ref().filter(|_| shown > 0) {
            under.read_exact_at(&mut bytes[..shown as usize], at)?;
        }
        for (from, written) in &changed.writes {
            let to = from + written.len() as u64;
            let (first, last) = (at.max(*from), end.min(to));
            if first < last {
                let part = &written[(first - from) as usize..(last - from) as usize];
                bytes[(first - at) as usize..(last - at) as usize].copy_from_slice(part);
            }
        }
        Ok(())
    }

    fn data(&self, from: u64) -> io::Result<Option<u64>> {
        let (len, shows, written) = {
            let changed = self.changed.lock();
            let after = changed.writes.iter().map(|(at, bytes)| (*at, at + bytes.len() as u64));
            (changed.len, changed.shows, after.filter(|(_, to)| *to > from).map(|(at, _)| at.max(from)).min())
        };
        let under = match &self.under {
            Some(under) if from < shows => under.data(from)?.filter(|at| *at < shows),
            _ => None,
        };
        Ok(under.into_iter().chain(written).min().filter(|at| *at < len))
    }

    fn write_all_at(&self, bytes: &[u8], at: u64) -> io::Result<()> {
        let mut changed = self.changed.lock();
        changed.len = changed.len.max(at + bytes.len() as u64);
        changed.writes.push((at, bytes.to_vec()));
        Ok(())
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        let mut changed = self.changed.lock();
        (changed.len, changed.shows) = (len, changed.shows.min(len));
        for (at, written) in &mut changed.writes {
            written.truncate(len.saturating_sub(*at) as usize);
        }
        Ok(())
    }

    fn keep_room(&self, _: u64, _: u64) -> io::Result<()> {
        Ok(())
    }

    fn sync(&self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::disk::Real;

    #[test]
    fn it_reads_as_if_it_had_been_written_and_was_not() {
        let dir = tempfile::tempdir().unwrap();
        let (old, new) = (dir.path().join("old"), dir.path().join("new"));
        std::fs::write(&old, b"abcdef").unwrap();
        let dry = Dry::over(Arc::new(Real));
        let read = |path: &Path| {
            let file = dry.open(path, Mode::Read).unwrap();
            let mut bytes = vec![0; file.look().unwrap().len as usize];
            file.read_exact_at(&mut bytes, 0).unwrap();
            String::from_utf8(bytes).unwrap()
        };
        let file = dry.open(&old, Mode::Write).unwrap();
        file.set_len(4).unwrap();
        file.write_all_at(b"XY", 3).unwrap();
        file.write_all_at(b"!", 6).unwrap();
        assert_eq!(read(&old), "abcXY\0!");
        dry.rename(&old, &new).unwrap();
        assert_eq!(read(&new), "abcXY\0!");
        assert_eq!(dry.list(dir.path()).unwrap(), std::slice::from_ref(&new));
        assert!(dry.open(&old, Mode::Read).is_err());
        dry.open(&old, Mode::Create).unwrap().write_all_at(b"z", 0).unwrap();
        dry.remove(&new).unwrap();
        assert_eq!((read(&old), dry.is_there(&new)), ("z".into(), false));
        assert_eq!(std::fs::read(&old).unwrap(), b"abcdef");
        assert_eq!(Real.list(dir.path()).unwrap(), [old]);
    }
}
