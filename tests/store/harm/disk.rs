//! A disk that fails where it is told to, and that knows what a power cut may leave of it.
//!
//! It stands on a folder of the real disk, so that the store runs on it as it is. Beside that it keeps what is durable:
//! bytes since their file was synced, names since their folder was. A power cut keeps all of that, and of the rest any
//! part: whole writes, torn ones, names of files and lost renames, each for itself.

use fieldcoach::store::disk::{Disk, DiskFile, Entry, Handle, Mode, Real};
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

/// How a call fails.
#[derive(Clone, Copy, Debug)]
pub enum Fault {
    /// Nothing is done.
    Io,
    /// Nothing is done, for want of room.
    Full,
    /// A write is torn; all else is done, and an error reported.
    Half,
}

/// Where sled's folder is after a power cut.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Index {
    Current,
    /// As it was when it was last synced.
    Older,
    Gone,
}

#[derive(Debug)]
pub struct Harmed {
    root: PathBuf,
    /// Where sled's folder is copied to whenever it is synced.
    older: PathBuf,
    state: Arc<Mutex<State>>,
}

#[derive(Debug, Default)]
struct State {
    /// Calls so far that change or sync something.
    calls: u64,
    fail: Option<(u64, Fault)>,
    off: bool,
    files: Vec<File>,
    names: Files,
    durable: Files,
    /// Changes of names that their folder was not synced after, oldest first.
    pending: Vec<Name>,
    /// Folders that were made.
    folders: Folders,
}

/// Content: what is durable, and what came after it.
#[derive(Clone, Debug, Default)]
struct File {
    durable: Vec<u8>,
    pending: Vec<Change>,
}

#[derive(Clone, Debug)]
enum Change {
    Write { at: u64, bytes: Vec<u8> },
    Length(u64),
}

/// A change of names, durable once its folder was synced.
#[derive(Clone, Debug)]
struct Name {
    folder: PathBuf,
    change: Renaming,
}

#[derive(Clone, Debug)]
enum Renaming {
    File {
        gone: Option<PathBuf>,
        there: Option<(PathBuf, usize)>,
    },
    /// A folder, with all that lies in it.
    Folder {
        from: PathBuf,
        to: PathBuf,
    },
    /// A folder that was empty by then.
    NoFolder(PathBuf),
}

fn apply(content: &mut Vec<u8>, change: &Change, share: usize) {
    match change {
        Change::Length(len) => content.resize(*len as usize, 0),
        Change::Write { at, bytes } => {
            let end = *at as usize + share;
            content.resize(content.len().max(end), 0);
            content[*at as usize..end].copy_from_slice(&bytes[..share]);
        }
    }
}

type Files = BTreeMap<PathBuf, usize>;
/// Whether their name is durable.
type Folders = BTreeMap<PathBuf, bool>;

fn rename((files, folders): (&mut Files, &mut Folders), change: &Renaming) {
    match change {
        Renaming::File { gone, there } => {
            if let Some(gone) = gone {
                files.remove(gone);
            }
            if let Some((path, file)) = there {
                files.insert(path.clone(), *file);
            }
        }
        Renaming::Folder { from, to } => {
            let move_all = |path: PathBuf| moved(&path, from, to);
            *files = std::mem::take(files).into_iter().map(|(path, file)| (move_all(path), file)).collect();
            *folders = std::mem::take(folders).into_iter().map(|(path, sure)| (move_all(path), sure)).collect();
        }
        Renaming::NoFolder(path) => {
            folders.remove(path);
        }
    }
}

/// Where something lies once a folder above it, or it itself, is called `to`.
fn moved(path: &Path, from: &Path, to: &Path) -> PathBuf {
    path.strip_prefix(from).map_or_else(|_| path.into(), |inside| to.join(inside).components().collect())
}

impl State {
    /// Counts a call; the fault it is to have, if any. Once the power is off every call fails.
    fn call(&mut self) -> io::Result<Option<Fault>> {
        if self.off {
            return Err(io::Error::other("the power is off"));
        }
        self.calls += 1;
        match self.fail {
            Some((at, Fault::Io)) if at == self.calls => Err(io::Error::from_raw_os_error(5)),
            Some((at, Fault::Full)) if at == self.calls => Err(io::Error::from_raw_os_error(28)),
            Some((at, fault)) if at == self.calls => Ok(Some(fault)),
            _ => Ok(None),
        }
    }

    fn name(&mut self, folder: &Path, gone: Option<&Path>, there: Option<(&Path, usize)>) {
        let there = there.map(|(path, file)| (path.to_owned(), file));
        self.change(folder, Renaming::File { gone: gone.map(Path::to_owned), there });
    }

    fn change(&mut self, folder: &Path, change: Renaming) {
        rename((&mut self.names, &mut Folders::new()), &change);
        if let Renaming::Folder { from, to } = &change {
            // What happened in it before is synced by its name of now.
            self.pending.iter_mut().for_each(|name| name.folder = moved(&name.folder, from, to));
        }
        self.pending.push(Name { folder: folder.into(), change });
    }

    /// All changes of names in this folder are durable from now on.
    fn settle(&mut self, folder: &Path) {
        let (synced, rest) = std::mem::take(&mut self.pending).into_iter().partition(|name| name.folder == folder);
        self.pending = rest;
        let synced: Vec<Name> = synced;
        for Name { change, .. } in &synced {
            rename((&mut self.durable, &mut self.folders), change);
            let Renaming::Folder { from, to } = change else { continue };
            for name in &mut self.pending {
                if let Renaming::File { gone, there } = &mut name.change {
                    gone.iter_mut().for_each(|path| *path = moved(path, from, to));
                    there.iter_mut().for_each(|(path, _)| *path = moved(path, from, to));
                }
            }
        }
        let inside = self.folders.iter_mut().filter(|(made, _)| made.parent() == Some(folder));
        inside.for_each(|(_, durable)| *durable = true);
    }
}

/// After a call was done: an error where half of it was to be.
fn done<T>(fault: Option<Fault>, value: T) -> io::Result<T> {
    if fault.is_some() { Err(io::Error::from_raw_os_error(5)) } else { Ok(value) }
}

fn folder(path: &Path) -> &Path {
    path.parent().unwrap()
}

impl Harmed {
    /// `root`: the store's folder, which is empty. `older`: a folder beside it.
    pub fn new(root: &Path, older: &Path) -> Self {
        Self { root: root.into(), older: older.into(), state: Arc::default() }
    }

    pub fn clone(&self) -> Arc<Self> {
        Arc::new(Self { root: self.root.clone(), older: self.older.clone(), state: self.state.clone() })
    }

    /// Calls so far.
    pub fn calls(&self) -> u64 {
        self.state.lock().unwrap().calls
    }

    /// Makes the call of this number fail.
    pub fn fail(&self, call: u64, fault: Fault) {
        self.state.lock().unwrap().fail = Some((call, fault));
    }

    /// From now on nothing reaches the disk.
    pub fn power_off(&self) {
        self.state.lock().unwrap().off = true;
    }

    /// One of the states that the power cut may have left, in the empty folder `to`.
    pub fn leave(&self, to: &Path, index: Index, seed: u64) {
        let mut rng = StdRng::seed_from_u64(seed);
        let state = self.state.lock().unwrap();
        // Nothing, everything, or any part of what was not synced.
        let part = [0.0, 1.0, 0.5, 0.5][rng.random_range(0..4)];
        let (mut names, mut folders) = (state.durable.clone(), state.folders.clone());
        for name in &state.pending {
            if rng.random_bool(part) {
                rename((&mut names, &mut folders), &name.change);
            }
        }
        let place = |path: &Path| to.join(path.strip_prefix(&self.root).unwrap());
        for (made, durable) in &folders {
            if *durable || rng.random_bool(part) {
                // One whose parent is lost is lost with it.
                let _ = std::fs::create_dir(place(made));
            }
        }
        for (path, file) in names {
            let File { durable, pending } = &state.files[file];
            let mut content = durable.clone();
            for change in pending {
                if rng.random_bool(part) {
                    let whole = if let Change::Write { bytes, .. } = change { bytes.len() } else { 0 };
                    let share = if rng.random_bool(0.3) { rng.random_range(0..=whole) } else { whole };
                    apply(&mut content, change, share);
                }
            }
            let _ = std::fs::write(place(&path), content);
        }
        match index {
            Index::Current => copy(&self.root.join("index"), &to.join("index")),
            Index::Older => copy(&self.older.join("index"), &to.join("index")),
            Index::Gone => {}
        }
    }
}

/// Copies a folder that may not be there.
fn copy(from: &Path, to: &Path) {
    let Ok(items) = std::fs::read_dir(from) else { return };
    std::fs::create_dir_all(to).unwrap();
    for item in items {
        let path = item.unwrap().path();
        let target = to.join(path.file_name().unwrap());
        match path.is_dir() {
            true => copy(&path, &target),
            // sled may be replacing it.
            false => drop(std::fs::copy(&path, &target)),
        }
    }
}

#[derive(Debug)]
struct Open {
    real: Handle,
    /// Among the files; `None` for sled's, which are not kept.
    file: Option<usize>,
    root: PathBuf,
    older: PathBuf,
    state: Arc<Mutex<State>>,
}

impl Disk for Harmed {
    fn open(&self, path: &Path, mode: Mode) -> io::Result<Handle> {
        let mut state = self.state.lock().unwrap();
        let fault = if mode == Mode::Create { state.call()? } else { None };
        let real = Real.open(path, mode)?;
        let file = if mode == Mode::Create {
            state.files.push(File::default());
            let file = state.files.len() - 1;
            state.name(folder(path), None, Some((path, file)));
            Some(file)
        } else {
            state.names.get(path).copied()
        };
        let (root, older) = (self.root.clone(), self.older.clone());
        done(fault, Arc::new(Open { real, file, root, older, state: self.state.clone() }) as Handle)
    }

    fn look(&self, path: &Path) -> io::Result<Entry> {
        Real.look(path)
    }

    fn list(&self, folder: &Path) -> io::Result<Vec<PathBuf>> {
        Real.list(folder)
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        let mut state = self.state.lock().unwrap();
        let fault = state.call()?;
        Real.rename(from, to)?;
        match state.names.get(from).copied() {
            Some(file) => state.name(folder(to), Some(from), Some((to, file))),
            None => state.change(folder(to), Renaming::Folder { from: from.into(), to: to.into() }),
        }
        done(fault, ())
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        let mut state = self.state.lock().unwrap();
        let fault = state.call()?;
        Real.remove(path)?;
        state.name(folder(path), Some(path), None);
        done(fault, ())
    }

    fn remove_folder(&self, path: &Path) -> io::Result<()> {
        let mut state = self.state.lock().unwrap();
        let fault = state.call()?;
        Real.remove_folder(path)?;
        let inside: Vec<PathBuf> = state.names.keys().filter(|name| name.starts_with(path)).cloned().collect();
        inside.iter().for_each(|name| state.name(folder(name), Some(name), None));
        let under: Vec<PathBuf> = state.folders.keys().filter(|name| name.starts_with(path)).cloned().collect();
        for gone in under.into_iter().rev() {
            state.change(folder(&gone), Renaming::NoFolder(gone.clone()));
        }
        done(fault, ())
    }

    fn make_folder(&self, folder: &Path) -> io::Result<()> {
        let mut state = self.state.lock().unwrap();
        let fault = state.call()?;
        Real.make_folder(folder)?;
        if folder != self.root {
            state.folders.entry(folder.into()).or_insert(false);
        }
        done(fault, ())
    }

    fn sync_folder(&self, folder: &Path) -> io::Result<()> {
        let mut state = self.state.lock().unwrap();
        let fault = state.call()?;
        if fault.is_none() {
            state.settle(folder);
        }
        done(fault, ())
    }

    fn free(&self, _: &Path) -> io::Result<u64> {
        Ok(1 << 40)
    }
}

impl DiskFile for Open {
    fn look(&self) -> io::Result<Entry> {
        self.real.look()
    }

    fn read_exact_at(&self, bytes: &mut [u8], at: u64) -> io::Result<()> {
        self.real.read_exact_at(bytes, at)
    }

    fn write_all_at(&self, bytes: &[u8], at: u64) -> io::Result<()> {
        let mut state = self.state.lock().unwrap();
        let fault = state.call()?;
        let written = if fault.is_some() { &bytes[..bytes.len() / 2] } else { bytes };
        self.real.write_all_at(written, at)?;
        if let Some(file) = self.file {
            state.files[file].pending.push(Change::Write { at, bytes: written.to_vec() });
        }
        done(fault, ())
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        let mut state = self.state.lock().unwrap();
        let fault = state.call()?;
        self.real.set_len(len)?;
        if let Some(file) = self.file {
            state.files[file].pending.push(Change::Length(len));
        }
        done(fault, ())
    }

    fn keep_room(&self, _: u64, _: u64) -> io::Result<()> {
        Ok(())
    }

    fn sync(&self) -> io::Result<()> {
        let mut state = self.state.lock().unwrap();
        let fault = state.call()?;
        match self.file {
            // After a failed sync nobody knows what is on disk.
            Some(file) if fault.is_none() => {
                let File { durable, pending } = &mut state.files[file];
                for change in pending.drain(..) {
                    let whole = if let Change::Write { bytes, .. } = &change { bytes.len() } else { 0 };
                    apply(durable, &change, whole);
                }
            }
            // sled's file.
            None => {
                let _ = std::fs::remove_dir_all(self.older.join("index"));
                copy(&self.root.join("index"), &self.older.join("index"));
            }
            _ => {}
        }
        done(fault, ())
    }
}
