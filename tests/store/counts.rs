//! How many frames there are is kept, not counted at each opening: right after anything, and told where it is not.

use super::*;
use fieldcoach::store::{BatchAction, FrameCounts};

/// Some of everything that is counted.
fn busy(dir: &Path) -> (Store, FrameCounts) {
    let store = open(dir);
    store.add_category(category("cell")).unwrap();
    store.add_category(category("tick")).unwrap();
    let frames: Vec<FrameId> = (0..40).map(|i| add(&store, i).id).collect();
    for id in &frames[..20] {
        put(&store, *id, 0, vec![boxed("cell", 5.0)]).unwrap();
    }
    for id in &frames[10..15] {
        put(&store, *id, 1, vec![boxed("tick", 5.0), boxed("tick", 50.0)]).unwrap();
    }
    let who = Who::local();
    store.batch(&who, &frames[5..12], BatchAction::Reviewed).unwrap();
    let undo = store.batch(&who, &frames[18..25], BatchAction::Delete).unwrap().undo.unwrap();
    store.undo(undo.id).unwrap();
    store.batch(&who, &frames[14..16], BatchAction::Delete).unwrap();
    let counts = store.counts().unwrap();
    let of = |name: &str| counts.categories.iter().find(|c| c.name == name).unwrap().frames;
    assert_eq!((counts.total, counts.deleted, counts.phases.unlabelled), (38, 2, 20));
    assert_eq!((counts.phases.labelled, counts.phases.reviewed, of("cell"), of("tick")), (11, 7, 14, 4));
    (store, counts)
}

/// Changes the index behind the store's back.
fn meddle(dir: &Path, change: impl FnOnce(&sled::Db)) {
    let db = sled::open(dir.join("index")).unwrap();
    change(&db);
    db.flush().unwrap();
}

#[test]
fn counts_are_the_same_after_an_opening_with_the_index_or_without() {
    for lose_index in [false, true] {
        let dir = tempfile::tempdir().unwrap();
        let (store, counts) = busy(dir.path());
        assert_eq!(reopened(dir.path(), store, lose_index).counts().unwrap(), counts, "{lose_index}");
    }
}

#[test]
fn an_index_of_a_program_that_kept_no_counts_is_counted() {
    let dir = tempfile::tempdir().unwrap();
    let (store, counts) = busy(dir.path());
    drop(store);
    meddle(dir.path(), |db| {
        // It opened the store once more, and left the counts as it found them: too few by now.
        let boot: u64 = serde_json::from_slice(&db.get(b"mboot").unwrap().unwrap()).unwrap();
        db.insert(b"mboot", (boot + 1).to_string().as_bytes()).unwrap();
        db.remove(b"t").unwrap();
    });
    let store = open(dir.path());
    assert_eq!(store.counts().unwrap(), counts);
    assert_eq!(store.check().unwrap().problems, Vec::<String>::new());
}

#[test]
fn check_tells_of_wrong_counts_and_repair_mends_them() {
    let dir = tempfile::tempdir().unwrap();
    let (store, counts) = busy(dir.path());
    drop(store);
    meddle(dir.path(), |db| drop(db.remove(b"t").unwrap()));
    let problems = Store::look(&options(dir.path())).unwrap().problems;
    assert!(problems.len() == 1 && problems[0].contains("counts"), "{problems:?}");
    assert_eq!(Store::repair(options(dir.path())).unwrap().problems, Vec::<String>::new());
    assert_eq!(open(dir.path()).counts().unwrap(), counts);
}
