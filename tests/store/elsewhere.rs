//! Another folder, or another file, in the place of the one that was opened: nothing that is written there is acknowledged,
//! nothing that is read there is taken for the store's, and what holds in memory is what was written.

use super::*;
use fieldcoach::store::{BatchAction, backup};
use std::time::{Duration, Instant};

fn eventually(what: &str, mut look: impl FnMut() -> bool) {
    let begun = Instant::now();
    while !look() {
        assert!(begun.elapsed() < Duration::from_secs(60), "{what}: it does not come");
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// A store with a labelled frame, an unlabelled one, a training and a model.
struct Kept {
    place: tempfile::TempDir,
    store: Store,
    labelled: FrameId,
    other: FrameId,
    training: TrainingId,
    model: ModelId,
}

impl Kept {
    fn new() -> Self {
        let place = tempfile::tempdir().unwrap();
        let store = open(&place.path().join("data"));
        store.add_category(category("cell")).unwrap();
        let (labelled, other) = (add(&store, 1).id, add(&store, 2).id);
        put(&store, labelled, 0, vec![boxed("cell", 1.0)]).unwrap();
        let done = Training { state: TrainingState::Done, ..training() };
        store.put_training(&done).unwrap();
        let model = add_model(&store, done.id, b"a model");
        store.write_history().unwrap();
        Self { place, store, labelled, other, training: done.id, model }
    }

    fn folder(&self) -> PathBuf {
        self.place.path().join("data")
    }

    /// Everything that is written, each with what became of it.
    fn writes(&self) -> Vec<(&'static str, Result<(), StoreError>)> {
        let (store, who) = (&self.store, Who::local());
        let queued = training();
        vec![
            ("a label", put(store, self.labelled, 1, vec![boxed("cell", 2.0)]).map(drop)),
            ("a label of a new frame", put(store, self.other, 0, vec![boxed("cell", 2.0)]).map(drop)),
            ("a frame", store.add_frame(&new_frame(9, 1000, FrameSource::Upload)).map(drop)),
            ("a category", store.add_category(category("more")).map(drop)),
            (
                "a batch",
                store.batch(&who, &[self.other], BatchAction::Delete).and_then(|batch| match batch.failed.first() {
                    Some((_, why)) => Err(StoreError::Refused(why.clone())),
                    None => Ok(()),
                }),
            ),
            ("a training", store.put_training(&queued)),
            ("pages", store.put_epoch(self.training, &epoch(self.training, 1, &[self.labelled], 1.0))),
            (
                "a training's file",
                store.training_files(self.training).and_then(|files| files.write("given.json", b"{}")),
            ),
            ("a training goes", store.delete_training(&who, self.training).map(drop)),
            ("a model is live", store.deploy(self.model, None).map(drop)),
            ("a model goes", store.delete_model(&who, self.model, &[]).map(drop)),
            ("settings", store.put_settings("[live]\nfps = 3.0\n", None)),
            ("what is watched", store.put_watch(&Watch::default())),
            ("tokens", store.put_tokens(&[])),
            ("a key", store.put_key("authority", b"a key")),
            ("topics", store.put_retained_topics(&["a".into()])),
            ("entities", store.put_entities(&[])),
            ("lanes", store.put_lanes(b"[]")),
            ("a base", store.put_base("mine", b"a base")),
            ("audit", store.add_audit(AuditEntry::new(&who, "did", "it"))),
            ("a copy", store.back_up(&mut std::io::sink()).map(drop)),
        ]
    }

    fn all_refused(&self, how: &str) {
        assert!(self.store.disk_is_well().is_err(), "{how}: all is well");
        for (what, done) in self.writes() {
            match done {
                Err(StoreError::Gone(_) | StoreError::Refused(_)) => {}
                Err(error) => panic!("{how}: {what}: {error}"),
                Ok(()) => panic!("{how}: {what} is acknowledged"),
            }
        }
        assert_eq!(self.store.live_models().unwrap().at(None), None, "{how}");
        assert_eq!(self.store.categories().unwrap().len(), 1, "{how}");
    }
}

fn is_empty(folder: &Path) -> bool {
    std::fs::read_dir(folder).unwrap().next().is_none()
}

#[test]
fn nothing_is_written_to_or_read_from_another_folder_in_its_place() {
    let kept = Kept::new();
    let (folder, away) = (kept.folder(), kept.place.path().join("away"));
    std::fs::rename(&folder, &away).unwrap();
    kept.all_refused("nothing there");
    assert!(!folder.exists(), "it was made anew");
    std::fs::create_dir(&folder).unwrap();
    kept.all_refused("an empty one there");
    assert!(is_empty(&folder), "something was written into it");
    // Neither is what is not there taken for nothing.
    assert!(matches!(kept.store.trainings(None, 9), Err(StoreError::Gone(_))));
    assert!(matches!(kept.store.jpeg(kept.labelled), Err(StoreError::Gone(_))));
    assert!(matches!(kept.store.watch(), Err(StoreError::Gone(_))));
    let fault = kept.store.fault();
    eventually("a fault", || fault.borrow().is_some());
    std::fs::remove_dir(&folder).unwrap();
    std::fs::rename(&away, &folder).unwrap();
    eventually("all is well", || kept.store.disk_is_well().is_ok());
    for (what, done) in kept.writes() {
        // The model that is live stays.
        assert!(done.is_ok() || what == "a model goes" || what == "a training goes", "{what}: {done:?}");
    }
    drop(kept.store);
    let store = open(&folder);
    assert_eq!(store.labels(kept.labelled).unwrap().revision, 2);
    assert_eq!(store.live_models().unwrap().at(None).map(|model| model.id), Some(kept.model));
    assert_eq!(store.check().unwrap().problems, Vec::<String>::new());
}

#[test]
fn a_folder_that_is_removed_for_good_takes_nothing() {
    let kept = Kept::new();
    std::fs::remove_dir_all(kept.folder()).unwrap();
    std::fs::create_dir(kept.folder()).unwrap();
    kept.all_refused("another there");
    assert!(is_empty(&kept.folder()));
}

#[test]
fn a_segment_or_journal_that_is_removed_or_replaced_stops_all_that_is_written() {
    for name in ["segments/0000000001.seg", "labels.journal"] {
        for replaced in [true, false] {
            let kept = Kept::new();
            let (path, aside) = (kept.folder().join(name), kept.place.path().join("aside"));
            std::fs::rename(&path, &aside).unwrap();
            if replaced {
                std::fs::copy(&aside, &path).unwrap();
            }
            kept.all_refused(name);
            std::fs::rename(&aside, &path).unwrap();
            eventually("all is well", || kept.store.disk_is_well().is_ok());
            put(&kept.store, kept.labelled, 1, vec![boxed("cell", 2.0)]).unwrap();
        }
    }
}

#[test]
fn a_store_is_opened_once_though_its_lock_is_removed() {
    let kept = Kept::new();
    std::fs::remove_file(kept.folder().join("lock")).unwrap();
    assert!(matches!(Store::open(options(&kept.folder())), Err(StoreError::InUse { .. })));
    put(&kept.store, kept.labelled, 1, vec![boxed("cell", 2.0)]).unwrap();
}

#[test]
fn a_copy_without_a_store_in_it_is_none() {
    let place = tempfile::tempdir().unwrap();
    let last = serde_json::to_vec(&backup::Contents::default()).unwrap();
    let mut archive = tar::Builder::new(Vec::new());
    let mut header = tar::Header::new_gnu();
    header.set_size(last.len() as u64);
    archive.append_data(&mut header, "backup.json", &last[..]).unwrap();
    let bytes = archive.into_inner().unwrap();
    for done in [backup::look(&bytes[..]), backup::restore(&bytes[..], &place.path().join("data"))] {
        let error = done.unwrap_err().to_string();
        assert!(error.contains("no whole backup") && error.contains("no store"), "{error}");
    }
    assert!(!Store::is_in(&place.path().join("data")).unwrap());
    // That of a store is one.
    let (kept, mut bytes) = (Kept::new(), Vec::new());
    let contents = kept.store.back_up(&mut bytes).unwrap();
    assert_eq!(backup::look(&bytes[..]).unwrap(), contents);
}

#[test]
fn a_segment_that_is_gone_at_a_start_is_told_until_somebody_says_it_is_known() {
    for lose_index in [false, true] {
        let kept = Kept::new();
        let folder = kept.folder();
        drop(kept.store);
        std::fs::remove_file(folder.join("segments/0000000001.seg")).unwrap();
        if lose_index {
            std::fs::remove_dir_all(folder.join("index")).unwrap();
        }
        let lost = |report: fieldcoach::store::CheckReport| report.problems.join("; ");
        let words = if lose_index { "its picture is lost" } else { "segment 1 is gone" };
        assert!(lost(Store::look(&options(&folder)).unwrap()).contains(words));
        let store = open(&folder);
        assert!(store.losses().join("; ").contains(words), "{:?}", store.losses());
        assert!(!store.new_losses().is_empty());
        drop(store);
        // Later starts and looks say it too, though nothing more is lost.
        let store = open(&folder);
        assert!(store.losses().join("; ").contains(words));
        assert_eq!(store.new_losses(), Vec::<String>::new());
        drop(store);
        assert!(lost(Store::look(&options(&folder)).unwrap()).contains(words));
        let report = Store::repair(options(&folder)).unwrap();
        assert!(report.notes.join("; ").contains(words), "{:?}", report.notes);
        assert_eq!(report.problems, Vec::<String>::new());
        assert_eq!(Store::look(&options(&folder)).unwrap().problems, Vec::<String>::new());
        let store = open(&folder);
        assert_eq!((store.losses(), store.new_losses()), (vec![], vec![]));
    }
}
