//! A disk that fills, an index that fails, a folder that vanishes: what the store does meanwhile, and afterwards.

use super::own_disk::on_own_disks;
use super::*;
use fieldcoach::store::FrameQuery;
use std::fs::File;
use std::mem::ManuallyDrop;
use std::os::fd::{FromRawFd, OwnedFd};
use std::os::unix::fs::MetadataExt;

/// From now on every write through an open file of this name finds the disk full, without the store's knowledge.
fn fill_behind(path: &Path) {
    let full = File::options().read(true).write(true).open("/dev/full").unwrap();
    let path = path.canonicalize().unwrap();
    for item in std::fs::read_dir("/proc/self/fd").unwrap() {
        let item = item.unwrap().path();
        if std::fs::read_link(&item).is_ok_and(|to| to == path) {
            let number: i32 = item.file_name().unwrap().to_str().unwrap().parse().unwrap();
            // SAFETY: the descriptor is open, and stays whoever's it is.
            let mut theirs = ManuallyDrop::new(unsafe { OwnedFd::from_raw_fd(number) });
            rustix::io::dup2(&full, &mut theirs).unwrap();
        }
    }
}

/// Labels a frame, over whatever is there, until the store takes it; a refusal must be one that says to try again.
fn put_until_taken(store: &Store, frame: FrameId, x: f32) -> FrameLabels {
    eventually(|| {
        let result = store.labels(frame).and_then(|now| put(store, frame, now.revision, vec![boxed("cell", x)]));
        match result {
            Ok(labels) => Some(labels),
            Err(StoreError::Rebuilding) => None,
            Err(error) => panic!("{error}"),
        }
    })
}

#[test]
fn an_index_that_fails_in_use_is_built_anew_and_nothing_is_lost() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path());
    store.add_category(category("cell")).unwrap();
    store.add_category(category("old")).unwrap();
    store.merge_category(&Who::local(), "old", "cell").unwrap();
    let frames: Vec<FrameId> = (0..40).map(|i| add(&store, i).id).collect();
    for id in &frames[..10] {
        put(&store, *id, 0, vec![boxed("cell", 1.0)]).unwrap();
    }
    let gone = frames[39];
    store.batch(&Who::local(), &[gone], fieldcoach::store::BatchAction::Delete).unwrap();
    fill_behind(&dir.path().join("index/db"));
    // Until it notices: sled writes some time after it was told.
    let mut labels: Vec<FrameLabels> = Vec::new();
    eventually(|| {
        labels = frames[..20].iter().map(|id| put_until_taken(&store, *id, 7.0)).collect();
        let aside = |name: &str| name.starts_with("index.damaged-");
        let names = std::fs::read_dir(dir.path()).unwrap().map(|e| e.unwrap().file_name().into_string().unwrap());
        names.into_iter().any(|name| aside(&name)).then_some(())
    });
    let same = |store: &Store| {
        for labels in &labels {
            assert_eq!(store.labels(labels.frame).unwrap(), *labels);
        }
        let there = store.frames(&FrameQuery { limit: 100, ..FrameQuery::default() }).unwrap().items.len();
        assert_eq!((there, store.counts().unwrap().deleted), (39, 1));
        assert_eq!(store.usage().unwrap().labelled, 20);
        assert_eq!(store.category_now("old").map(|c| c.name), Some("cell".into()));
        assert_sound(store);
    };
    eventually(|| store.disk_is_well().ok());
    same(&store);
    // And it is as good as any: frames come, and another opening finds all of it.
    add(&store, 100);
    put_until_taken(&store, frames[30], 3.0);
    store.batch(&Who::local(), &[frames[30]], fieldcoach::store::BatchAction::Unlabel).unwrap();
    drop(store);
    let store = open(dir.path());
    for labels in &labels {
        assert_eq!(store.labels(labels.frame).unwrap(), *labels);
    }
    assert_sound(&store);
}

#[test]
fn nothing_is_acknowledged_in_a_folder_that_is_gone() {
    let dir = tempfile::tempdir().unwrap();
    let folder = dir.path().join("data");
    let store = open(&folder);
    store.add_category(category("cell")).unwrap();
    let frame = add(&store, 1).id;
    put(&store, frame, 0, vec![boxed("cell", 1.0)]).unwrap();
    store.disk_is_well().unwrap();
    let fault = store.fault();
    // Once moved away, once removed for good.
    std::fs::rename(&folder, dir.path().join("elsewhere")).unwrap();
    let refused = put(&store, frame, 1, vec![boxed("cell", 2.0)]).unwrap_err();
    assert!(matches!(refused, StoreError::Gone(_)), "{refused}");
    assert!(matches!(store.disk_is_well(), Err(StoreError::Io { .. } | StoreError::Gone(_))));
    eventually(|| fault.borrow().clone());
    std::fs::rename(dir.path().join("elsewhere"), &folder).unwrap();
    put(&store, frame, 1, vec![boxed("cell", 3.0)]).unwrap();
    eventually(|| fault.borrow().is_none().then_some(()));
    std::fs::remove_dir_all(&folder).unwrap();
    std::fs::create_dir(&folder).unwrap();
    assert!(matches!(put(&store, frame, 2, vec![boxed("cell", 4.0)]), Err(StoreError::Gone(_))));
    assert!(store.disk_is_well().is_err());
}

#[test]
fn the_journal_is_compacted_while_labels_are_written_and_read() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path());
    store.add_category(category("cell")).unwrap();
    let frames: Vec<FrameId> = (0..8).map(|i| add(&store, i).id).collect();
    let deleted = add(&store, 9).id;
    put(&store, deleted, 0, vec![boxed("cell", 9.0)]).unwrap();
    let undo = store.batch(&Who::local(), &[deleted], fieldcoach::store::BatchAction::Delete).unwrap().undo.unwrap();
    let journal = dir.path().join("labels.journal");
    // Some 500 KB a write: 40 of them are more than the journal may hold of what is superseded.
    let many = |x: f32| vec![boxed("cell", x); 10_000];
    let stop = std::sync::atomic::AtomicBool::new(false);
    std::thread::scope(|scope| {
        let (reading, stop, frames) = (&store, &stop, &frames);
        let reader = scope.spawn(move || {
            let mut reads = 0;
            while !stop.load(std::sync::atomic::Ordering::Relaxed) {
                for id in frames {
                    let labels = reading.labels(*id).unwrap();
                    assert!(labels.revision == 0 || labels.labels.len() == 10_000);
                    reads += 1;
                }
            }
            reads
        });
        for round in 0..10 {
            for id in frames {
                put(&store, *id, round, many(round as f32)).unwrap();
            }
        }
        let shorter = || std::fs::metadata(&journal).unwrap().len() < 20 << 20;
        eventually(|| {
            store.put_sides(&BTreeMap::from([(frames[0], Side::Training)])).unwrap();
            shorter().then_some(())
        });
        stop.store(true, std::sync::atomic::Ordering::Relaxed);
        assert!(reader.join().unwrap() > 0);
    });
    let same = |store: &Store| {
        for id in &frames {
            let labels = store.labels(*id).unwrap();
            assert_eq!((labels.revision, &labels.labels[0]), (10, &boxed("cell", 9.0)));
        }
        assert_sound(store);
    };
    same(&store);
    put(&store, frames[0], 10, vec![boxed("cell", 9.0)]).unwrap();
    put(&store, frames[0], 11, vec![boxed("cell", 9.0)]).unwrap();
    store.undo(undo.id).unwrap();
    assert_eq!(store.labels(deleted).unwrap().labels.len(), 1);
    assert_sound(&store);
    drop(store);
    for lose_index in [false, true] {
        let store = reopened(dir.path(), open(dir.path()), lose_index);
        assert_eq!(store.labels(frames[0]).unwrap().revision, 12);
        assert_eq!(store.labels(deleted).unwrap().labels.len(), 1);
        assert_sound(&store);
    }
}

const CHILD: &str = "FIELDCOACH_TEST_FULL_DISK";

/// Not a test of its own: what `on_a_full_disk` does on a disk of its own. Without the variable it does nothing.
#[test]
fn child() {
    let Ok(dir) = std::env::var(CHILD) else { return };
    let (disk, dir) = (PathBuf::from(&dir), PathBuf::from(dir).join("data"));
    let filler = disk.join("filler");
    let reserve = Options { reserve: 30 << 20, ..options(&dir) };
    let store = Store::open(reserve.clone()).unwrap();
    store.add_category(category("cell")).unwrap();
    let frames: Vec<FrameId> = (0..200).map(|i| add(&store, i).id).collect();
    eventually(|| dir.join("ballast").exists().then_some(()));
    fill(&filler);
    // Frames stop, labels don't: more than the blocks that were taken ahead could hold one by one.
    assert!(matches!(store.add_frame(&new_frame(1, 1000, FrameSource::Camera)), Err(StoreError::Full(_))));
    let mut revisions = vec![0; frames.len()];
    let mut label = |store: &Store, rounds: usize| {
        for _ in 0..rounds {
            for (id, revision) in frames.iter().zip(&mut revisions) {
                put(store, *id, *revision, vec![boxed("cell", 1.0); 20]).unwrap();
                *revision += 1;
            }
        }
    };
    label(&store, 20);
    drop(store);
    // It starts, and starts again, with others who take what it frees.
    for _ in 0..3 {
        fill(&filler);
        let store = Store::open(reserve.clone()).unwrap();
        label(&store, 5);
        drop(store);
    }
    let store = Store::open(reserve).unwrap();
    let names: Vec<String> =
        std::fs::read_dir(&dir).unwrap().map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
    assert!(names.iter().all(|name| !name.starts_with("index.damaged")), "a full disk is no damage: {names:?}");
    let folder = std::fs::metadata(&dir).unwrap();
    let in_memory = PathBuf::from(format!("/dev/shm/fieldcoach-index-{}-{}", folder.dev(), folder.ino()));
    assert!(in_memory.exists(), "there is room for the index on the disk");
    std::fs::remove_file(&filler).unwrap();
    // No label is refused while the index goes to the disk.
    eventually(|| {
        label(&store, 1);
        (!in_memory.exists()).then_some(())
    });
    assert!(dir.join("index/db").exists());
    label(&store, 1);
    store.add_frame(&new_frame(1, 1000, FrameSource::Camera)).unwrap();
    eventually(|| store.disk_is_well().ok());
    eventually(|| dir.join("ballast").exists().then_some(()));
    let sound = |store: &Store| {
        assert_eq!(store.usage().unwrap().labelled, frames.len() as u64);
        for (id, revision) in frames.iter().zip(&revisions) {
            assert_eq!(store.labels(*id).unwrap().revision, *revision);
        }
        assert_sound(store);
    };
    sound(&store);
    drop(store);
    let store = Store::open(Options { reserve: 30 << 20, ..options(&dir) }).unwrap();
    sound(&store);
    let notes = store.check().unwrap().notes;
    assert!(notes.is_empty(), "the index that went to the disk is whole: {notes:?}");
    println!("done");
}

/// Takes all there is, to the last byte.
fn fill(path: &Path) {
    use std::io::Write;
    let mut file = File::options().append(true).create(true).open(path).unwrap();
    for size in [1 << 20, 4096, 1] {
        while file.write_all(&vec![7; size]).is_ok() {}
    }
}

/// On a file system of its own, which a user without rights may have in a name space of his own.
#[test]
fn on_a_full_disk_labels_go_on_and_the_store_opens() {
    let dir = tempfile::tempdir().unwrap();
    for (disk, output) in on_own_disks(dir.path(), 220, CHILD, &["--exact", "full::child"]) {
        let said = String::from_utf8_lossy(&output.stdout);
        assert!(said.contains("done"), "{disk}: {said}\n{}", String::from_utf8_lossy(&output.stderr));
    }
}
