//! The journal written anew: on a tight disk, and cut off before the index knows.

use super::own_disk::on_own_disks;
use super::*;
use std::fs::File;
use std::os::unix::fs::FileExt;

/// Labels a frame again and again, with some 20 kB a time.
fn write_much(store: &Store, frame: FrameId, times: u64) {
    let from = store.labels(frame).unwrap().revision;
    for revision in from..from + times {
        put(store, frame, revision, vec![boxed("cell", 1.0); 500]).unwrap();
    }
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for item in std::fs::read_dir(from).unwrap().map(|item| item.unwrap()) {
        match item.file_type().unwrap().is_dir() {
            true => copy(&item.path(), &to.join(item.file_name())),
            false => drop(std::fs::copy(item.path(), to.join(item.file_name())).unwrap()),
        }
    }
}

#[test]
fn a_journal_that_was_compacted_before_the_index_knew_is_no_loss_and_another_one_is() {
    let dir = tempfile::tempdir().unwrap();
    let (home, before, other) = (dir.path().join("store"), dir.path().join("index"), dir.path().join("other"));
    let store = open(&home);
    store.add_category(category("cell")).unwrap();
    let frame = add(&store, 1).id;
    write_much(&store, frame, 20);
    drop(store);
    copy(&home.join("index"), &before);
    for compactions in [1, 2, 3] {
        let store = open(&home);
        (0..compactions).for_each(|_| store.compact().unwrap());
        drop(store);
        std::fs::remove_dir_all(home.join("index")).unwrap();
        copy(&before, &home.join("index"));
        let store = open(&home);
        assert_eq!(store.labels(frame).unwrap().revision, 20);
        assert_sound(&store);
    }
    drop(open(&other));
    std::fs::copy(other.join("labels.journal"), home.join("labels.journal")).unwrap();
    let problems = open(&home).check().unwrap().problems;
    assert!(problems.iter().any(|told| told.contains("labels may be lost")), "{problems:?}");
}

fn flip(path: &Path, at: u64) {
    let file = File::options().read(true).write(true).open(path).unwrap();
    let mut byte = [0];
    file.read_exact_at(&mut byte, at).unwrap();
    file.write_all_at(&[byte[0] ^ 4], at).unwrap();
}

/// Where the key of what was written last of a frame lies.
fn last_of(path: &Path, frame: FrameId) -> u64 {
    let bytes = std::fs::read(path).unwrap();
    bytes.windows(16).rposition(|some| some == frame.0.as_bytes()).unwrap() as u64
}

fn len(path: &Path) -> u64 {
    std::fs::metadata(path).unwrap().len()
}

#[test]
fn a_flipped_bit_in_what_is_superseded_stops_no_compaction() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("labels.journal");
    let store = open(dir.path());
    store.add_category(category("cell")).unwrap();
    let [frame, other] = [1, 2].map(|number| add(&store, number).id);
    put(&store, other, 0, vec![boxed("cell", 7.0)]).unwrap();
    write_much(&store, frame, 10);
    flip(&path, len(&path) / 2);
    let mut most = 0;
    while len(&path) >= most {
        most = len(&path);
        assert!(most < 100 << 20, "it is not compacted");
        write_much(&store, frame, 10);
    }
    assert_eq!(store.usage().unwrap().fault, None);
    let revision = store.labels(frame).unwrap().revision;
    let right = |store: Store| {
        assert_eq!(store.labels(frame).unwrap().revision, revision);
        assert_eq!(store.labels(other).unwrap().labels, [boxed("cell", 7.0)]);
        store
    };
    let store = right(reopened(dir.path(), right(store), false));
    drop(right(reopened(dir.path(), store, true)));
    let problems = Store::look(&options(dir.path())).unwrap().problems;
    assert!(problems.iter().any(|told| told.contains("labels.journal")), "{problems:?}");
    assert!(Store::repair(options(dir.path())).unwrap().problems.is_empty());
    assert_sound(&open(dir.path()));
}

#[test]
fn where_the_journal_cannot_be_read_a_compaction_believes_the_index_and_brings_nothing_older_back() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("labels.journal");
    let store = open(dir.path());
    ["cell", "dent"].into_iter().for_each(|name| drop(store.add_category(category(name)).unwrap()));
    let frames: Vec<FrameId> = (0..6).map(|number| add(&store, number).id).collect();
    for (revision, x) in [(0, 1.0), (1, 2.0)] {
        frames.iter().for_each(|id| drop(put(&store, *id, revision, vec![boxed("cell", x)]).unwrap()));
    }
    store.put_sides(&BTreeMap::from([(frames[3], Side::Validation)])).unwrap();
    let bytes = std::fs::read(&path).unwrap();
    for what in [b"\"cell\"".as_slice(), b"sides"] {
        flip(&path, bytes.windows(what.len()).position(|some| some == what).unwrap() as u64);
    }
    // The newest of one, and the end of all.
    flip(&path, last_of(&path, frames[1]));
    put(&store, frames[0], 2, vec![boxed("dent", 3.0)]).unwrap();
    flip(&path, last_of(&path, frames[0]));
    for compactions in [1, 2] {
        (0..compactions).for_each(|_| store.compact().unwrap());
        for id in &frames[..2] {
            assert!(matches!(store.labels(*id), Err(StoreError::Damaged(_))), "{:?}", store.labels(*id));
        }
        for id in &frames[2..] {
            assert_eq!(store.labels(*id).unwrap().labels, [boxed("cell", 2.0)]);
        }
        let told: Vec<_> =
            store.check().unwrap().problems.into_iter().filter(|p| p.contains("labels.journal")).collect();
        assert!(told.len() >= 3, "{told:?}");
    }
    let store = reopened(dir.path(), store, true);
    assert_eq!(store.categories().unwrap().iter().map(|c| &*c.name).collect::<Vec<_>>(), ["cell", "dent"]);
    assert_eq!(store.sides().unwrap(), BTreeMap::from([(frames[3], Side::Validation)]));
    assert_eq!(store.labels(frames[2]).unwrap().labels, [boxed("cell", 2.0)]);
    assert!(!store.losses().is_empty());
}

const CHILD: &str = "FIELDCOACH_TEST_TIGHT_DISK";

/// Not a test of its own: what the other does on a disk of its own. Without the variable it does nothing.
#[test]
fn child() {
    let Ok(dir) = std::env::var(CHILD) else { return };
    let dir = PathBuf::from(&dir).join("data");
    // Far less is free than the half of this that trainings must leave.
    let store = Store::open(Options { reserve: 1 << 30, ..options(&dir) }).unwrap();
    store.add_category(category("cell")).unwrap();
    let frame = store.add_frame(&new_frame(1, 1000, FrameSource::Upload));
    assert!(matches!(frame, Err(StoreError::Full(_))), "the reserve is for labels");
    drop(store);
    let store = open(&dir);
    let frame = add(&store, 1).id;
    drop(store);
    let store = Store::open(Options { reserve: 1 << 30, ..options(&dir) }).unwrap();
    // Several times what the disk holds.
    write_much(&store, frame, 10_000);
    assert!(store.disk_is_well().is_ok() && store.usage().unwrap().fault.is_none());
    assert_sound(&store);
    println!("done");
}

#[test]
fn it_is_compacted_in_the_room_that_is_kept_for_labels() {
    let dir = tempfile::tempdir().unwrap();
    for (disk, output) in on_own_disks(dir.path(), 120, CHILD, &["--exact", "compaction::child"]) {
        let said = String::from_utf8_lossy(&output.stdout);
        assert!(said.contains("done"), "{disk}: {said}\n{}", String::from_utf8_lossy(&output.stderr));
    }
}
