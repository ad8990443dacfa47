//! The journal written anew: on a tight disk, and cut off before the index knows.

use super::own_disk::on_own_disk;
use super::*;

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
    let Some(output) = on_own_disk(dir.path(), "120M", CHILD, &["--exact", "compaction::child"]) else { return };
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(said.contains("done"), "{said}\n{}", String::from_utf8_lossy(&output.stderr));
}
