//! The gate of every durable write: does it go into the folder that was opened, and are the files that grow still where they
//! were? What is refused here is told by `/readyz`, as it asks the same. Also, what the disk itself refused, until it takes it.

use super::disk::{Disk, Mode};
use super::error::{Result, StoreError, What};
use super::syncer::Syncer;
use parking_lot::Mutex;
use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};

/// By which the system tells files apart.
type Id = (u64, u64);

/// A store's folder and the files of it that must stay where they are; all files of a store share one.
#[derive(Debug)]
pub struct Home {
    disk: Arc<dyn Disk>,
    /// Never held while the disk is asked for anything: it may hang.
    state: Mutex<State>,
    /// It was opened to be read alone.
    closed: AtomicBool,
    /// Held while a file that must stay in its place is replaced.
    replacing: Mutex<()>,
    /// Told of what the disk refuses, once the store is open.
    wake: OnceLock<Arc<Syncer>>,
}

#[derive(Debug, Default)]
struct State {
    folder: Option<(Arc<Path>, Id)>,
    ends: BTreeMap<Arc<Path>, Id>,
    refused: BTreeMap<PathBuf, String>,
}

impl Home {
    pub fn new(disk: Arc<dyn Disk>) -> Self {
        let (state, closed, replacing, wake) = Default::default();
        Self { disk, state, closed, replacing, wake }
    }

    /// From now on only the folder that lies there now is the store's.
    pub fn settle(&self, folder: &Path) -> Result<()> {
        let id = self.disk.look(folder).what(|| format!("look at {}", folder.display()))?.id;
        self.state.lock().folder = Some((folder.into(), id));
        Ok(())
    }

    /// From now on this is told of what the disk refuses.
    pub fn serve(&self, syncer: Arc<Syncer>) {
        self.wake.get_or_init(|| syncer);
    }

    /// From now on nothing is written.
    pub fn close(&self) {
        self.closed.store(true, Ordering::Relaxed);
    }

    /// Nothing is written any more while this file is not in its place.
    pub fn hold(&self, path: &Path, id: Id) {
        self.state.lock().ends.insert(path.into(), id);
    }

    /// It is complete: what becomes of it is no matter of what is written.
    pub fn let_go(&self, path: &Path) {
        self.state.lock().ends.remove(path);
    }

    /// Whether the folder is the one that was opened: else what is read there is somebody else's.
    pub fn is_ours(&self) -> Result<()> {
        let folder = self.state.lock().folder.clone();
        folder.iter().try_for_each(|(path, id)| self.in_place(path, *id))
    }

    /// Whether what is written now lies where it should.
    pub fn gate(&self) -> Result<()> {
        self.may_be_written()?;
        self.is_whole()
    }

    /// Whether it was opened to be written.
    pub fn may_be_written(&self) -> Result<()> {
        match self.closed.load(Ordering::Relaxed) {
            true => Err(StoreError::ReadOnly("write to it".into())),
            false => Ok(()),
        }
    }

    /// Whether what is read and written lies where it should.
    pub fn is_whole(&self) -> Result<()> {
        self.all_in_place().or_else(|_| {
            // One of them may have been replaced between the two looks.
            let _turn = self.replacing.lock();
            self.all_in_place()
        })
    }

    fn all_in_place(&self) -> Result<()> {
        let held: Vec<(Arc<Path>, Id)> = {
            let state = self.state.lock();
            state.folder.iter().cloned().chain(state.ends.iter().map(|(path, id)| (Arc::clone(path), *id))).collect()
        };
        held.iter().try_for_each(|(path, id)| self.in_place(path, *id))
    }

    /// Whether a file is still where it was: it may have been removed, or another lie there.
    pub fn in_place(&self, path: &Path, id: Id) -> Result<()> {
        match self.disk.look(path) {
            Ok(found) if found.id == id => Ok(()),
            Ok(_) => Err(StoreError::Gone(path.into())),
            // One of those above it may be no folder any more.
            Err(e) if matches!(e.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => {
                Err(StoreError::Gone(path.into()))
            }
            Err(e) => Err(e).what(|| format!("look at {}", path.display())),
        }
    }

    /// Renames; what must stay in its place is what lies there afterwards.
    pub fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        if !self.state.lock().ends.contains_key(to) {
            return self.disk.rename(from, to);
        }
        let _turn = self.replacing.lock();
        let id = self.disk.look(from)?.id;
        let renamed = self.disk.rename(from, to);
        // One that failed may have been done all the same.
        if self.disk.look(to).is_ok_and(|found| found.id == id) {
            self.state.lock().ends.insert(to.into(), id);
        }
        renamed
    }

    /// Remembers what became of a write: what the disk refused is told until it takes it.
    pub fn noted<T>(&self, path: &Path, result: Result<T>) -> Result<T> {
        match &result {
            Ok(_) => drop(self.state.lock().refused.remove(path)),
            Err(error) if error.is_refusal() => {
                self.state.lock().refused.insert(path.into(), error.to_string());
                self.wake.get().into_iter().for_each(|syncer| syncer.dirty());
            }
            Err(_) => {}
        }
        result
    }

    /// What the disk refused, and was not seen to take since.
    pub fn refusal(&self) -> Result<()> {
        match self.state.lock().refused.first_key_value() {
            Some((_, why)) => Err(StoreError::Refused(why.clone())),
            None => Ok(()),
        }
    }

    /// Looks whether the disk takes by now what it refused.
    pub fn try_again(&self) {
        let refused: Vec<PathBuf> = self.state.lock().refused.keys().cloned().collect();
        for path in refused {
            if self.gate().is_ok() && self.takes(&path).is_ok() {
                self.state.lock().refused.remove(&path);
            }
        }
    }

    /// Whether a file may be written, and something beside it. A full disk refuses nothing.
    pub fn takes(&self, path: &Path) -> io::Result<()> {
        if self.disk.look(path).is_ok_and(|found| !found.folder) {
            self.disk.open(path, Mode::Write)?;
        }
        let is_folder = |path: &&Path| self.disk.look(path).is_ok_and(|found| found.folder);
        let Some(folder) = path.ancestors().skip(1).find(is_folder) else { return Ok(()) };
        let beside = folder.join(format!(".{}.tmp", uuid::Uuid::now_v7().simple()));
        let written = self.disk.open(&beside, Mode::Create).and_then(|file| {
            file.write_all_at(b"?", 0)?;
            file.sync()
        });
        match written {
            Ok(()) => self.disk.remove(&beside),
            Err(e) => {
                // What is left of it is removed at the next opening.
                let _ = self.disk.remove(&beside);
                if StoreError::of(e, String::new()).is_refusal() { Err(io::ErrorKind::Other.into()) } else { Ok(()) }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::disk::Real;

    #[test]
    fn another_folder_or_file_in_the_place_of_one_is_known() {
        let dir = tempfile::tempdir().unwrap();
        let (folder, away) = (dir.path().join("data"), dir.path().join("away"));
        std::fs::create_dir(&folder).unwrap();
        let home = Home::new(Arc::new(Real));
        home.gate().unwrap();
        home.settle(&folder).unwrap();
        let end = folder.join("end");
        std::fs::write(&end, "x").unwrap();
        home.hold(&end, Real.look(&end).unwrap().id);
        home.gate().unwrap();

        std::fs::copy(&end, folder.join("copy")).unwrap();
        home.rename(&folder.join("copy"), &end).unwrap();
        home.gate().unwrap();
        std::fs::copy(&end, folder.join("copy")).unwrap();
        std::fs::rename(folder.join("copy"), &end).unwrap();
        assert!(matches!(home.gate(), Err(StoreError::Gone(path)) if path == end));
        home.is_ours().unwrap();
        home.let_go(&end);
        home.gate().unwrap();

        std::fs::rename(&folder, &away).unwrap();
        assert!(matches!(home.is_ours(), Err(StoreError::Gone(_))));
        std::fs::create_dir(&folder).unwrap();
        assert!(matches!(home.gate(), Err(StoreError::Gone(_))));
        std::fs::remove_dir(&folder).unwrap();
        std::fs::rename(&away, &folder).unwrap();
        home.gate().unwrap();
    }

    #[test]
    fn what_the_disk_refused_is_told_until_it_takes_it() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("sub").join("file");
        let home = Home::new(Arc::new(Real));
        let refused = |code| StoreError::of(io::Error::from_raw_os_error(code), "write it".into());
        for (code, told) in [(5, true), (30, true), (1, true), (28, false), (2, false)] {
            home.noted::<()>(&path, Err(refused(code))).unwrap_err();
            assert_eq!(home.refusal().is_err(), told, "{code}");
            home.noted(&path, Ok(())).unwrap();
            home.refusal().unwrap();
        }
        home.noted::<()>(&path, Err(refused(5))).unwrap_err();
        home.try_again();
        home.refusal().unwrap();
        assert_eq!(Real.list(dir.path()).unwrap(), Vec::<PathBuf>::new());
        // A link is not followed: it can't be opened to be written.
        let link = dir.path().join("link");
        std::os::unix::fs::symlink("nowhere", &link).unwrap();
        std::fs::write(dir.path().join("nowhere"), "").unwrap();
        home.noted::<()>(&link, Err(refused(1))).unwrap_err();
        home.try_again();
        home.refusal().unwrap_err();
    }
}
