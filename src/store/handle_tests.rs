use super::super::disk::{DiskFile, Entry, Handle, Mode};
use super::*;
use crate::backoff::Backoff;
use crate::store::outbox::{Item, News};
use crate::supervise::PartState;
use parking_lot::Mutex;
use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc;
use std::time::Instant;

/// The machine's disk, but that syncing a file breaks off once when it is armed, and that reading waits while it is slow. Tells
/// of the syncs that went well.
#[derive(Clone, Debug)]
struct Breaking {
    armed: Arc<AtomicBool>,
    slow: Arc<Mutex<()>>,
    synced: mpsc::Sender<()>,
}

#[derive(Debug)]
struct BreakingFile(Handle, Breaking);

impl Disk for Breaking {
    fn open(&self, path: &Path, mode: Mode) -> io::Result<Handle> {
        Ok(Arc::new(BreakingFile(Real.open(path, mode)?, self.clone())))
    }

    fn look(&self, path: &Path) -> io::Result<Entry> {
        Real.look(path)
    }

    fn list(&self, folder: &Path) -> io::Result<Vec<PathBuf>> {
        Real.list(folder)
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        Real.rename(from, to)
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        Real.remove(path)
    }

    fn remove_folder(&self, folder: &Path) -> io::Result<()> {
        Real.remove_folder(folder)
    }

    fn make_folder(&self, folder: &Path) -> io::Result<()> {
        Real.make_folder(folder)
    }

    fn sync_folder(&self, folder: &Path) -> io::Result<()> {
        Real.sync_folder(folder)
    }

    fn free(&self, folder: &Path) -> io::Result<u64> {
        Real.free(folder)
    }
}

impl DiskFile for BreakingFile {
    fn look(&self) -> io::Result<Entry> {
        self.0.look()
    }

    fn read_exact_at(&self, bytes: &mut [u8], at: u64) -> io::Result<()> {
        drop(self.1.slow.lock());
        self.0.read_exact_at(bytes, at)
    }

    fn write_all_at(&self, bytes: &[u8], at: u64) -> io::Result<()> {
        self.0.write_all_at(bytes, at)
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        self.0.set_len(len)
    }

    fn keep_room(&self, at: u64, bytes: u64) -> io::Result<()> {
        self.0.keep_room(at, bytes)
    }

    fn sync(&self) -> io::Result<()> {
        assert!(!self.1.armed.swap(false, Ordering::SeqCst), "the sync broke");
        self.0.sync()?;
        let _ = self.1.synced.send(());
        Ok(())
    }
}

fn frame() -> NewFrame {
    let image = image::RgbImage::new(16, 16);
    NewFrame {
        jpeg: crate::picture::encode_jpeg(&image, 90),
        taken: Timestamp::UNIX_EPOCH,
        width: 16,
        height: 16,
        source: FrameSource::Upload,
        camera: None,
        name: None,
        clip: None,
        kept: None,
        truth: None,
    }
}

/// What somebody wants of a store and a frame in it.
type Ask = fn(&Store, FrameId) -> Result<()>;

fn category() -> Category {
    Category { name: "cell".into(), colour: "#102030".into(), instructions: String::new(), kind: LabelKind::Box }
}

#[tokio::test]
async fn a_sync_that_panics_is_done_again_and_shows() {
    let dir = tempfile::tempdir().unwrap();
    let options = Options { dir: dir.path().to_owned(), budget: 1 << 28, reserve: 0 };
    let pause = Duration::from_millis(1);
    let supervisor = Supervisor::with_pauses(Backoff::new(pause, pause));
    let (synced, syncs) = mpsc::channel();
    let disk = Breaking { armed: Arc::default(), slow: Arc::default(), synced };
    let store = Store::start(options, Arc::new(disk.clone()), &supervisor).unwrap();
    // Those of the opening.
    syncs.try_iter().for_each(drop);
    disk.armed.store(true, Ordering::SeqCst);
    store.add_frame(&frame()).unwrap();
    syncs.recv_timeout(Duration::from_secs(60)).expect("what the frame wrote is synced after all");
    let part = supervisor.parts(Instant::now())["store-sync"].clone();
    assert_eq!((part.state, part.restarts), (PartState::Running, 1));
    assert_eq!(part.error.as_deref(), Some("it broke: the sync broke"));
    drop(store);
    assert!(supervisor.joined(Duration::from_secs(60)).await.is_empty(), "the thread ends with the last handle");
}

#[tokio::test]
async fn an_outbox_whose_thread_breaks_off_writes_what_it_was_about_to_and_loses_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let options = Options { dir: dir.path().to_owned(), budget: 1 << 28, reserve: 0 };
    let pause = Duration::from_millis(1);
    let supervisor = Supervisor::with_pauses(Backoff::new(pause, pause));
    let disk = Breaking { armed: Arc::default(), slow: Arc::default(), synced: mpsc::channel().0 };
    let store = Store::start(options, Arc::new(disk.clone()), &supervisor).unwrap();
    let open = || store.outbox(1 << 20, |_| BTreeMap::new(), |_, _| Some(())).unwrap();
    let Opened { outbox, mut news, .. } = open();
    let item = |number| Item { number, meta: "{}".into(), body: vec![number as u8; 10].into() };
    let within = Duration::from_secs(60);
    for number in 1..=3 {
        disk.armed.store(number == 2, Ordering::SeqCst);
        outbox.push(item(number));
        let written = tokio::time::timeout(within, news.recv()).await.expect("it is written after all");
        assert!(matches!(written, Some(News::Written(upto)) if upto == number), "{written:?}");
    }
    let part = supervisor.parts(Instant::now())["outbox"].clone();
    assert_eq!(
        (part.state, part.restarts, part.error.as_deref()),
        (PartState::Running, 1, Some("it broke: the sync broke"))
    );
    outbox.load(2);
    let loaded = tokio::time::timeout(within, news.recv()).await.unwrap();
    assert!(matches!(&loaded, Some(News::Loaded(loaded)) if *loaded == item(2)), "{loaded:?}");
    outbox.forget(2);
    drop(outbox);
    assert_eq!(open().waiting.into_iter().map(|(number, ())| number).collect::<Vec<_>>(), [1, 3]);
}

#[test]
fn while_the_index_is_made_anew_nobody_waits_and_all_are_told_why() {
    let dir = tempfile::tempdir().unwrap();
    let options = Options { dir: dir.path().to_owned(), budget: 1 << 28, reserve: 0 };
    let disk = Breaking { armed: Arc::default(), slow: Arc::default(), synced: mpsc::channel().0 };
    let supervisor = Supervisor::default();
    let store = Store::start(options, Arc::new(disk.clone()), &supervisor).unwrap();
    let id = store.add_frame(&frame()).unwrap().id;
    let write = |revision| LabelWrite { revision, phase: Phase::Labelled, ..LabelWrite::default() };
    store.put_labels(id, write(0)).unwrap();
    let core = Arc::clone(&store.shared.core);

    let slow = disk.slow.lock();
    core.index.give_up(&StoreError::Damaged("on purpose".into()));
    let begun = Instant::now();
    while core.segments.lock_within(Duration::ZERO).is_some() {
        assert!(begun.elapsed() < Duration::from_secs(5), "it is made anew");
    }
    let (give, answers) = mpsc::channel();
    let asks: [(&str, Ask); 5] = [
        ("a frame", |store, _| store.add_frame(&frame()).map(drop)),
        ("a label", |store, id| store.put_labels(id, LabelWrite::default()).map(drop)),
        ("a category", |store, _| store.add_category(category()).map(drop)),
        ("usage", |store, _| store.usage().map(drop)),
        ("readiness", |store, _| store.disk_is_well()),
    ];
    for (what, ask) in asks {
        let (give, store) = (give.clone(), store.clone());
        std::thread::spawn(move || give.send((what, ask(&store, id))));
    }
    for _ in asks {
        let (what, answer) = answers.recv_timeout(Duration::from_secs(5)).expect("nobody waits");
        assert!(matches!(answer, Err(StoreError::Rebuilding)), "{what}: {answer:?}");
    }
    assert!(store.categories().unwrap().is_empty() && store.models(None, 9).unwrap().items.is_empty());
    assert_eq!(supervisor.stuck(Instant::now() + SYNC_WITHIN).len(), 0, "it has as long as that takes");
    drop(slow);
    while core.index.has_failed() || store.disk_is_well().is_err() {
        assert!(begun.elapsed() < Duration::from_secs(60), "{:?}", store.trouble());
        std::thread::sleep(Duration::from_millis(5));
    }
    assert_eq!(store.put_labels(id, write(1)).unwrap().revision, 2);
    store.add_frame(&frame()).unwrap();
    assert_eq!(store.usage().unwrap().frames, 2);
}

/// As a store wrote them before names were held to anything.
#[test]
fn names_of_an_old_store_lead_to_categories_that_can_be_addressed() {
    use crate::store::index::{Changes, keys};
    use crate::store::journal::Logged;
    let dir = tempfile::tempdir().unwrap();
    let options = || Options { dir: dir.path().to_owned(), budget: 1 << 28, reserve: 0 };
    let store = Store::open(options()).unwrap();
    for (number, name) in [(1, ".."), (2, "cafe\u{301}"), (3, "tab\there")] {
        let category =
            Category { name: name.into(), colour: "#102030".into(), instructions: String::new(), kind: LabelKind::Box };
        let core = &store.shared.core;
        let mut changes = Changes::default();
        changes.put(keys::category(number), serde_json::to_vec(&category).unwrap());
        core.journal.lock().append(&Logged::Category { number, category }).unwrap();
        core.follow(changes).unwrap();
        core.dirty();
    }
    drop(store);
    let names = |store: &Store| store.categories().unwrap().into_iter().map(|c| c.name).collect::<Vec<_>>();
    // From the index as it was written, and as it is made anew from the journal.
    for round in 0..3 {
        if round == 1 {
            std::fs::remove_dir_all(dir.path().join("index")).unwrap();
        }
        let store = Store::open(options()).unwrap();
        assert_eq!(names(&store), ["(..)", "cafe\u{301}", "tab here"], "round {round}");
        for (said, name) in [("..", "(..)"), ("tab\there", "tab here"), ("café", "cafe\u{301}")] {
            assert_eq!(store.category_now(said).unwrap().name, name, "round {round}");
        }
        assert!(store.check().unwrap().problems.is_empty());
    }
    let store = Store::open(options()).unwrap();
    let colour = |colour: &str| CategoryPatch { colour: Some(colour.into()), ..CategoryPatch::default() };
    assert_eq!(store.patch_category("café", colour("#405060")).unwrap().colour, "#405060");
    assert_eq!(store.patch_category("(..)", colour("#405060")).unwrap().colour, "#405060");
    let named = |name: &str| CategoryPatch { name: Some(name.into()), ..CategoryPatch::default() };
    store.patch_category("(..)", named("dots")).unwrap();
    store.patch_category("cafe\u{301}", named("café")).unwrap();
    drop(store);
    let store = Store::open(options()).unwrap();
    assert_eq!(names(&store), ["dots", "café", "tab here"]);
    assert_eq!(store.category_now("..").unwrap().name, "dots");
    store.delete_category(&crate::domain::Who::local(), "tab here", false).unwrap();
}
