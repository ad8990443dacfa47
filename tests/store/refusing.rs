//! A disk that refuses: told within moments of the first write that failed, and no longer than it does.

use super::*;
use fieldcoach::store::disk::{Disk, DiskFile, Entry, Handle, Mode, Real};
use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex};
use std::time::{Duration, Instant};

/// EIO: pulled, or worn out.
const PULLED: i32 = 5;
/// EPERM: another's file, or one that is immutable.
const DENIED: i32 = 1;
/// EROFS.
const READ_ONLY: i32 = 30;

/// The disk of the machine, which refuses what it is told to.
#[derive(Clone, Debug, Default)]
pub struct Refusing(Arc<Refusal>);

#[derive(Debug, Default)]
struct Refusal {
    on: AtomicBool,
    /// What changes or syncs something does not come back.
    hangs: Mutex<bool>,
    goes_on: Condvar,
    reads: AtomicBool,
    /// The error, and of which path; of all where that is empty.
    how: Mutex<(i32, String)>,
}

impl Refusing {
    pub fn hang(&self, hangs: bool) {
        *self.0.hangs.lock().unwrap() = hangs;
        self.0.goes_on.notify_all();
    }

    fn refuse(&self, code: i32, path: &str) {
        *self.0.how.lock().unwrap() = (code, path.into());
        self.0.on.store(true, Ordering::SeqCst);
    }

    fn take(&self) {
        self.0.on.store(false, Ordering::SeqCst);
        self.0.reads.store(false, Ordering::SeqCst);
    }

    fn ask(&self, path: &Path) -> io::Result<()> {
        let hangs = self.0.hangs.lock().unwrap();
        drop(self.0.goes_on.wait_while(hangs, |hangs| *hangs).unwrap());
        let (code, of) = self.0.how.lock().unwrap().clone();
        match self.0.on.load(Ordering::SeqCst) && path.to_str().unwrap().contains(&of) {
            true => Err(io::Error::from_raw_os_error(code)),
            false => Ok(()),
        }
    }

    fn ask_read(&self, path: &Path) -> io::Result<()> {
        if self.0.reads.load(Ordering::SeqCst) { self.ask(path) } else { Ok(()) }
    }
}

#[derive(Debug)]
struct Opened {
    disk: Refusing,
    path: PathBuf,
    file: Handle,
}

impl Disk for Refusing {
    fn open(&self, path: &Path, mode: Mode) -> io::Result<Handle> {
        if mode == Mode::Read {
            self.ask_read(path)?
        } else {
            self.ask(path)?
        }
        Ok(Arc::new(Opened { disk: self.clone(), path: path.into(), file: Real.open(path, mode)? }))
    }

    fn look(&self, path: &Path) -> io::Result<Entry> {
        Real.look(path)
    }

    fn list(&self, folder: &Path) -> io::Result<Vec<PathBuf>> {
        self.ask_read(folder)?;
        Real.list(folder)
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        self.ask(to)?;
        Real.rename(from, to)
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        self.ask(path)?;
        Real.remove(path)
    }

    fn remove_folder(&self, folder: &Path) -> io::Result<()> {
        self.ask(folder)?;
        Real.remove_folder(folder)
    }

    fn make_folder(&self, folder: &Path) -> io::Result<()> {
        self.ask(folder)?;
        Real.make_folder(folder)
    }

    fn sync_folder(&self, folder: &Path) -> io::Result<()> {
        self.ask(folder)?;
        Real.sync_folder(folder)
    }

    fn free(&self, folder: &Path) -> io::Result<u64> {
        Real.free(folder)
    }
}

impl DiskFile for Opened {
    fn look(&self) -> io::Result<Entry> {
        self.file.look()
    }

    fn read_exact_at(&self, bytes: &mut [u8], at: u64) -> io::Result<()> {
        self.disk.ask_read(&self.path)?;
        self.file.read_exact_at(bytes, at)
    }

    fn write_all_at(&self, bytes: &[u8], at: u64) -> io::Result<()> {
        self.disk.ask(&self.path)?;
        self.file.write_all_at(bytes, at)
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        self.disk.ask(&self.path)?;
        self.file.set_len(len)
    }

    fn keep_room(&self, at: u64, bytes: u64) -> io::Result<()> {
        self.file.keep_room(at, bytes)
    }

    fn sync(&self) -> io::Result<()> {
        self.disk.ask(&self.path)?;
        self.file.sync()
    }
}

pub fn within_seconds(what: &str, mut look: impl FnMut() -> bool) {
    let begun = Instant::now();
    while !look() {
        assert!(begun.elapsed() < Duration::from_secs(60), "{what}: it does not come");
        std::thread::sleep(Duration::from_millis(20));
    }
}

#[test]
fn the_first_write_that_fails_is_told_until_one_works_again() {
    let dir = tempfile::tempdir().unwrap();
    let disk = Refusing::default();
    let store = Store::open_on(options(dir.path()), Arc::new(disk.clone())).unwrap();
    store.add_category(category("cell")).unwrap();
    let frame = add(&store, 1).id;
    put(&store, frame, 0, vec![boxed("cell", 1.0)]).unwrap();
    store.put_training(&Training { state: TrainingState::Done, ..training() }).unwrap();
    within_seconds("at rest", || store.disk_is_well().is_ok());
    let fault = store.fault();
    let mut revision = 1;
    for (code, path) in [(PULLED, ""), (READ_ONLY, ""), (DENIED, "labels.journal")] {
        disk.refuse(code, path);
        // Before anything is written: the journal is opened to be.
        assert!(store.disk_is_well().is_err(), "{code}");
        assert!(put(&store, frame, revision, vec![boxed("cell", 2.0)]).is_err(), "{code}");
        within_seconds("a fault", || fault.borrow().is_some());
        disk.take();
        within_seconds("no fault", || fault.borrow().is_none() && store.disk_is_well().is_ok());
        put(&store, frame, revision, vec![boxed("cell", 2.0)]).unwrap();
        revision += 1;
    }
    // What only one file refuses is told as well, and stays told while it does, whatever else is written.
    store.put_settings("", None).unwrap();
    disk.refuse(DENIED, "settings.toml");
    assert!(store.put_settings("", None).is_err());
    within_seconds("a fault", || fault.borrow().as_ref().is_some_and(|why| why.contains("settings.toml")));
    put(&store, frame, revision, vec![boxed("cell", 3.0)]).unwrap();
    assert!(store.disk_is_well().is_err());
    disk.take();
    within_seconds("no fault", || fault.borrow().is_none());
    let left = std::fs::read_dir(dir.path()).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    assert_eq!(left.filter(|name| name.ends_with(".tmp")).count(), 0);
}

#[test]
fn a_list_that_cannot_be_read_is_no_empty_one() {
    let dir = tempfile::tempdir().unwrap();
    let disk = Refusing::default();
    let store = Store::open_on(options(dir.path()), Arc::new(disk.clone())).unwrap();
    store.put_training(&training()).unwrap();
    for of in ["trainings", "training.json"] {
        disk.refuse(PULLED, of);
        disk.0.reads.store(true, Ordering::SeqCst);
        assert!(store.trainings(None, 9).is_err(), "{of}");
        disk.take();
        assert_eq!(store.trainings(None, 9).unwrap().items.len(), 1);
    }
}

#[test]
fn a_file_that_may_not_be_read_stops_no_start() {
    for of in ["/log", "/log.old", "/timeline", "/audit", "/index/", "/index"] {
        let dir = tempfile::tempdir().unwrap();
        let store = open(dir.path());
        store.add_category(category("cell")).unwrap();
        let frame = add(&store, 1).id;
        put(&store, frame, 0, vec![boxed("cell", 1.0)]).unwrap();
        drop(store);
        std::fs::write(dir.path().join("log.old"), "").unwrap();
        let disk = Refusing::default();
        disk.refuse(DENIED, of);
        disk.0.reads.store(true, Ordering::SeqCst);
        let store = Store::open_on(options(dir.path()), Arc::new(disk.clone()));
        let store = store.unwrap_or_else(|error| panic!("{of}: {error}"));
        assert_eq!(store.labels(frame).unwrap().revision, 1, "{of}");
        put(&store, frame, 1, vec![boxed("cell", 2.0)]).unwrap();
        store.note(FleetEvent::new(FleetEventKind::CameraLost, "gone"));
        disk.take();
        within_seconds(of, || store.write_history().is_ok());
        drop(store);
        let store = open(dir.path());
        assert_eq!(store.labels(frame).unwrap().revision, 2, "{of}");
        assert!(!store.log(None, None, None, 9).unwrap().items.is_empty(), "{of}");
    }
}
