//! A disk that hangs: what is written does not come back, and then does.

use super::refusing::{Refusing, within_seconds};
use super::*;
use std::sync::Arc;
use std::thread;

/// A call that hangs is known after eight seconds; a busy machine looks late.
const SOON: Duration = Duration::from_secs(12);

fn hangs<T>(result: Result<T, StoreError>) -> bool {
    matches!(result, Err(StoreError::Hangs(_)))
}

#[test]
fn nobody_waits_for_ever_and_all_goes_on_with_the_disk() {
    let dir = tempfile::tempdir().unwrap();
    let disk = Refusing::default();
    let store = Store::open_on(options(dir.path()), Arc::new(disk.clone())).unwrap();
    store.add_category(category("cell")).unwrap();
    let frames: Vec<FrameId> = (0..3).map(|i| add(&store, i).id).collect();
    frames.iter().for_each(|id| drop(put(&store, *id, 0, vec![boxed("cell", 1.0)]).unwrap()));
    within_seconds("at rest", || store.disk_is_well().is_ok());

    disk.hang(true);
    let begun = Instant::now();
    let writing = |id: FrameId| {
        let store = store.clone();
        thread::spawn(move || put(&store, id, 1, vec![boxed("cell", 2.0)]))
    };
    // One of them waits for the disk, the other for that one.
    let stuck = [writing(frames[0]), writing(frames[1])];
    within_seconds("a disk that hangs", || store.answers().is_err());
    assert!(begun.elapsed() < SOON, "{:?}", begun.elapsed());
    assert!(store.trouble().unwrap().contains("does not answer"), "{:?}", store.trouble());
    within_seconds("one that was told", || stuck.iter().any(thread::JoinHandle::is_finished));
    // Whoever comes now is told at once, whatever they want to write.
    let asked = Instant::now();
    assert!(hangs(store.disk_is_well()) && hangs(put(&store, frames[2], 1, vec![])));
    assert!(hangs(store.add_category(category("another"))));
    assert!(hangs(store.patiently(|| ())));
    // Reading waits for nothing that is written.
    for id in &frames {
        assert_eq!((store.labels(*id).unwrap().revision, store.jpeg(*id).is_ok()), (1, true));
    }
    assert_eq!((store.categories().unwrap().len(), store.usage().unwrap().labelled), (1, 3));
    assert_eq!(store.models(None, 9).unwrap().items.len() + store.trainings(None, 9).unwrap().items.len(), 0);
    assert!(asked.elapsed() < Duration::from_secs(4), "{:?}", asked.elapsed());

    disk.hang(false);
    let written: Vec<bool> = stuck.map(|put| put.join().unwrap().is_ok()).to_vec();
    assert_eq!(written.iter().filter(|done| **done).count(), 1, "{written:?}");
    within_seconds("a disk that answers", || store.trouble().is_none() && store.disk_is_well().is_ok());
    for (id, written) in frames.iter().zip(written) {
        assert_eq!(store.labels(*id).unwrap().revision, 1 + u64::from(written));
    }
    put(&store, frames[2], 1, vec![boxed("cell", 3.0)]).unwrap();
    add(&store, 9);
    let store = reopened(dir.path(), store, true);
    assert_eq!(store.labels(frames[2]).unwrap().revision, 2);
    assert_sound(&store);
}
