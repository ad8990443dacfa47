//! What comes back when files are torn, flipped or gone.

use super::*;
use fieldcoach::store::FrameQuery;
use std::collections::BTreeMap;
use std::os::unix::fs::FileExt;

/// A store with 30 frames, the even ones labelled, a rename, sides and a deployed model.
struct Filled {
    dir: tempfile::TempDir,
    frames: Vec<FrameId>,
    labels: BTreeMap<FrameId, FrameLabels>,
    model: ModelId,
}

fn filled() -> Filled {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path());
    store.add_category(category("cell")).unwrap();
    store.add_category(category("unused")).unwrap();
    let frames: Vec<FrameId> = (0..30).map(|i| add(&store, i).id).collect();
    let mut labels = BTreeMap::new();
    for (i, id) in frames.iter().enumerate().step_by(2) {
        put(&store, *id, 0, vec![boxed("cell", 5.0)]).unwrap();
        labels.insert(*id, put(&store, *id, 1, vec![boxed("cell", i as f32)]).unwrap());
    }
    store.delete_category(&Who::local(), "unused", false).unwrap();
    store.put_sides(&BTreeMap::from([(frames[0], Side::Validation)])).unwrap();
    let training = training();
    store.put_training(&training).unwrap();
    let model = add_model(&store, training.id, b"onnx");
    store.deploy(model, None).unwrap();
    Filled { dir, frames, labels, model }
}

impl Filled {
    fn path(&self) -> &Path {
        self.dir.path()
    }

    fn assert_whole(&self, store: &Store) {
        let query = FrameQuery { limit: 1000, ..FrameQuery::default() };
        let ids: Vec<_> = store.frames(&query).unwrap().items.iter().map(|f| f.id).rev().collect();
        assert_eq!(ids, self.frames);
        for (id, labels) in &self.labels {
            assert_eq!(store.labels(*id).unwrap(), *labels);
        }
        assert_eq!(store.labelled().unwrap().len(), self.labels.len());
        let names: Vec<_> = store.categories().unwrap().into_iter().map(|c| c.name).collect();
        assert_eq!(names, ["cell"]);
        assert_eq!(store.sides().unwrap(), BTreeMap::from([(self.frames[0], Side::Validation)]));
        assert_eq!(store.live_models().unwrap().all.map(|m| m.id), Some(self.model));
        for (i, id) in self.frames.iter().enumerate() {
            assert_eq!(store.jpeg(*id).unwrap(), new_frame(i as u32, 1000, FrameSource::Camera).jpeg);
        }
        assert_sound(store);
    }
}

#[test]
fn everything_comes_back_without_the_index() {
    let filled = filled();
    std::fs::remove_dir_all(filled.path().join("index")).unwrap();
    let store = open(filled.path());
    filled.assert_whole(&store);
    assert_eq!(store.boot_number(), 2, "counted in the journal");
    drop(store);
    filled.assert_whole(&open(filled.path()));
}

#[test]
fn a_garbled_index_is_moved_aside_or_replaced_and_everything_comes_back() {
    for (from, share) in [(0, 1), (64, 4), (4096, 3), (1000, 1)] {
        let filled = filled();
        let path = filled.path().join("index/db");
        let len = std::fs::metadata(&path).unwrap().len();
        let file = std::fs::OpenOptions::new().write(true).open(&path).unwrap();
        let garbage: Vec<u8> = (0..(len - from) / share).map(|i| (i * 31 % 253) as u8).collect();
        file.write_all_at(&garbage, from).unwrap();
        filled.assert_whole(&open(filled.path()));
    }
}

#[test]
fn an_index_that_failed_in_use_is_moved_aside_at_the_next_start() {
    let filled = filled();
    // What the store leaves when sled fails or panics under a call.
    std::fs::write(filled.path().join("index.rebuild"), "").unwrap();
    filled.assert_whole(&open(filled.path()));
    let names = || std::fs::read_dir(filled.path()).unwrap().map(|e| e.unwrap().file_name().into_string().unwrap());
    assert_eq!(names().filter(|n| n.starts_with("index.damaged-")).count(), 1);
    assert!(names().all(|n| n != "index.rebuild"));
}

#[test]
fn a_truncated_index_is_rebuilt() {
    for tenths in [0, 3, 5] {
        let filled = filled();
        let file = std::fs::OpenOptions::new().write(true).open(filled.path().join("index/db")).unwrap();
        let len = file.metadata().unwrap().len();
        file.set_len(len * tenths / 10).unwrap();
        filled.assert_whole(&open(filled.path()));
    }
}

#[test]
fn a_torn_record_at_a_segments_end_is_cut() {
    let filled = filled();
    let path = segments(filled.path(), "seg").pop().unwrap();
    let file = std::fs::OpenOptions::new().write(true).open(&path).unwrap();
    let len = file.metadata().unwrap().len();
    // The first half of a record (the second: the first one's picture is all zeros), then zeros, as after a power cut.
    let bytes = std::fs::read(&path).unwrap();
    let second = 4 + bytes[4..].windows(4).position(|w| w == b"FCf1").unwrap();
    let mut torn = vec![0; 3000];
    torn[..500].copy_from_slice(&bytes[second..second + 500]);
    file.write_all_at(&torn, len).unwrap();
    let store = open(filled.path());
    assert_eq!(std::fs::metadata(&path).unwrap().len(), len);
    filled.assert_whole(&store);
    let more = add(&store, 99).id;
    drop(store);
    assert!(open(filled.path()).jpeg(more).is_ok());
}

#[test]
fn an_index_that_lost_its_newest_part_catches_up_and_a_torn_frame_in_between_is_covered() {
    let filled = filled();
    let (index, older) = (filled.path().join("index"), filled.path().join("older"));
    copy(&index, &older);
    let store = open(filled.path());
    let path = segments(filled.path(), "seg").pop().unwrap();
    let more: Vec<FrameId> = (30..40).map(|i| add(&store, i).id).collect();
    let relabelled = put(&store, filled.frames[0], 2, vec![boxed("cell", 77.0)]).unwrap();
    let labelled = put(&store, more[8], 0, vec![boxed("cell", 78.0)]).unwrap();
    drop(store);
    // A power cut: the index as it was before, and one frame whose bytes never reached the disk.
    std::fs::remove_dir_all(&index).unwrap();
    std::fs::rename(&older, &index).unwrap();
    let bytes = std::fs::read(&path).unwrap();
    let at = bytes.windows(16).position(|w| w == more[4].0.as_bytes()).unwrap() - 4;
    let file = std::fs::OpenOptions::new().write(true).open(&path).unwrap();
    file.write_all_at(&vec![0; 1000], at as u64).unwrap();
    let store = open(filled.path());
    for (i, id) in more.iter().enumerate() {
        match store.jpeg(*id) {
            Err(StoreError::NotFound { .. }) => assert_eq!(i, 4),
            jpeg => assert_eq!(jpeg.unwrap(), new_frame(30 + i as u32, 1000, FrameSource::Camera).jpeg),
        }
    }
    assert_eq!(store.labels(filled.frames[0]).unwrap(), relabelled);
    assert_eq!(store.labels(more[8]).unwrap(), labelled);
    assert_eq!(store.usage().unwrap().frames, 39);
    assert_sound(&store);
    drop(store);
    assert_sound(&open(filled.path()));
}

#[test]
fn index_entries_beyond_a_segments_end_are_dropped() {
    let filled = filled();
    let path = segments(filled.path(), "seg").pop().unwrap();
    let file = std::fs::OpenOptions::new().write(true).open(&path).unwrap();
    file.set_len(file.metadata().unwrap().len() - 100).unwrap();
    let store = open(filled.path());
    let last = filled.frames[29];
    assert!(matches!(store.frame(last), Err(StoreError::NotFound { .. })));
    assert!(store.jpeg(filled.frames[28]).is_ok());
    assert_eq!(store.usage().unwrap().frames, 29);
    assert_sound(&store);
}

#[test]
fn a_torn_journal_loses_only_what_was_never_acknowledged() {
    let filled = filled();
    let path = filled.path().join("labels.journal");
    let len = std::fs::metadata(&path).unwrap().len();
    let file = std::fs::OpenOptions::new().write(true).open(&path).unwrap();
    file.write_all_at(b"FCj1 and then nothing that would be a record, but longer than a header", len).unwrap();
    let store = open(filled.path());
    filled.assert_whole(&store);
    drop(store);
    filled.assert_whole(&open(filled.path()));
}

#[test]
fn check_finds_any_flipped_bit_in_a_segment() {
    let filled = filled();
    let path = segments(filled.path(), "seg").pop().unwrap();
    let file = std::fs::OpenOptions::new().read(true).write(true).open(&path).unwrap();
    let store = open(filled.path());
    assert_sound(&store);
    let len = file.metadata().unwrap().len();
    for at in (0..len).step_by(997) {
        let mut byte = [0];
        file.read_exact_at(&mut byte, at).unwrap();
        file.write_all_at(&[byte[0] ^ 0x10], at).unwrap();
        let problems = store.check().unwrap().problems;
        assert!(problems.iter().any(|p| p.contains("segment")), "byte {at}: {problems:?}");
        file.write_all_at(&byte, at).unwrap();
    }
    assert_sound(&store);
}

#[test]
fn a_flipped_bit_is_never_given_out() {
    let filled = filled();
    let path = segments(filled.path(), "seg").pop().unwrap();
    let file = std::fs::OpenOptions::new().read(true).write(true).open(&path).unwrap();
    let store = open(filled.path());
    let mut byte = [0];
    file.read_exact_at(&mut byte, 700).unwrap();
    file.write_all_at(&[byte[0] ^ 1], 700).unwrap();
    assert!(matches!(store.jpeg(filled.frames[0]), Err(StoreError::Damaged(_))));
    assert!(store.jpeg(filled.frames[1]).is_ok());
}

#[test]
fn damage_in_pages_models_and_blobs_is_found_by_check() {
    let filled = filled();
    let store = open(filled.path());
    let training = store.trainings(None, 1).unwrap().items.remove(0);
    let id = training.id;
    store.put_epoch(id, &epoch(id, 1, &filled.frames, 1.0)).unwrap();
    store.put_training(&Training { epoch: 1, ..training }).unwrap();
    assert_sound(&store);
    let pages = filled.path().join("trainings").join(id.to_string()).join("pages");
    let len = std::fs::metadata(&pages).unwrap().len();
    let file = std::fs::OpenOptions::new().write(true).open(&pages).unwrap();
    file.write_all_at(b"#", len - 10).unwrap();
    std::fs::write(store.model_path(filled.model).unwrap(), "shorter or longer").unwrap();
    std::fs::write(filled.path().join("index/blobs/1"), "").unwrap();
    let problems = store.check().unwrap().problems.join("\n");
    for part in ["pages of training", ".onnx", "blobs"] {
        assert!(problems.contains(part), "{problems}");
    }
}

#[test]
fn a_torn_epoch_is_cut_by_the_next_one() {
    let filled = filled();
    let store = open(filled.path());
    let id = store.trainings(None, 1).unwrap().items[0].id;
    store.put_epoch(id, &epoch(id, 1, &filled.frames, 1.0)).unwrap();
    let pages = filled.path().join("trainings").join(id.to_string()).join("pages");
    let whole = std::fs::metadata(&pages).unwrap().len();
    store.put_epoch(id, &epoch(id, 2, &filled.frames, 2.0)).unwrap();
    drop(store);
    let file = std::fs::OpenOptions::new().write(true).open(&pages).unwrap();
    file.set_len(whole + 77).unwrap();
    let store = open(filled.path());
    assert_eq!(store.flip_book(id, None).unwrap().epochs.len(), 1);
    let report = store.check().unwrap();
    assert!(
        report.problems.is_empty() && report.notes.iter().any(|note| note.contains("no whole epoch")),
        "{report:?}"
    );
    store.put_epoch(id, &epoch(id, 2, &filled.frames, 20.0)).unwrap();
    assert_eq!(store.flip_book(id, None).unwrap().epochs.len(), 2);
    assert_eq!(store.page(id, 2, filled.frames[7], None).unwrap().point.loss, 20.0);
    assert_sound(&store);
}

#[test]
fn two_segments_of_one_number_hide_nothing() {
    for copied in [0, 1, 3] {
        let filled = filled();
        let segments = filled.path().join("segments");
        let mut plain: Vec<_> = std::fs::read_dir(&segments).unwrap().map(|item| item.unwrap().path()).collect();
        plain.retain(|path| path.extension().is_some_and(|e| e == "seg"));
        plain.sort();
        let first = std::fs::read(&plain[0]).unwrap();
        std::fs::write(plain[0].with_extension("kept"), &first[..first.len() * copied / 3]).unwrap();
        let store = open(filled.path());
        assert_sound(&store);
        filled.frames.iter().for_each(|id| drop(store.jpeg(*id).unwrap()));
        drop(store);
        assert_sound(&open(filled.path()));
    }
}

#[test]
fn what_lies_among_the_trainings_by_mistake_stops_nothing() {
    let filled = filled();
    let trainings = filled.path().join("trainings");
    std::fs::write(trainings.join(TrainingId::new().to_string()), "a stray file").unwrap();
    let strange = trainings.join(TrainingId::new().to_string());
    std::fs::create_dir_all(strange.join("training.json")).unwrap();
    let store = open(filled.path());
    assert_eq!(store.trainings(None, 10).unwrap().items.len(), 1);
    let report = store.check().unwrap();
    assert!(report.problems.is_empty() && report.notes.iter().any(|n| n.contains("training.json")), "{report:?}");
}

/// Every file of a folder, with what is in it and when it was written.
fn everything(dir: &Path) -> BTreeMap<PathBuf, (Vec<u8>, std::time::SystemTime)> {
    let mut all = BTreeMap::new();
    for item in std::fs::read_dir(dir).unwrap() {
        let path = item.unwrap().path();
        match path.is_dir() {
            true => all.extend(everything(&path)),
            // Says who looks.
            false if path.ends_with("lock") => {}
            false => {
                let written = path.metadata().unwrap().modified().unwrap();
                all.insert(path.clone(), (std::fs::read(&path).unwrap(), written));
            }
        }
    }
    all
}

#[test]
fn a_look_tells_what_an_opening_would_mend_and_changes_nothing() {
    type Harm = fn(&Path);
    let harms: [(Harm, &str); 6] = [
        (|_| {}, ""),
        (|dir| torn(&dir.join("labels.journal")), "torn bytes"),
        (|dir| torn(&segments(dir, "seg").pop().unwrap()), "torn bytes"),
        (|dir| std::fs::remove_dir_all(dir.join("index")).unwrap(), "made anew"),
        (|dir| std::fs::write(dir.join("index/db"), [7; 5000]).unwrap(), "made anew"),
        (|dir| std::fs::write(dir.join("index.rebuild"), "").unwrap(), "made anew"),
    ];
    for (harm, told) in harms {
        let filled = filled();
        harm(filled.path());
        let before = everything(filled.path());
        for _ in 0..2 {
            let report = Store::look(&options(filled.path())).unwrap();
            assert_eq!(report.problems, [""; 0]);
            assert_eq!((report.frames, report.labelled), (30, 15));
            assert_eq!(
                report.notes.iter().any(|note| note.contains(told)),
                !told.is_empty(),
                "{told}: {:?}",
                report.notes
            );
        }
        assert_eq!(everything(filled.path()), before, "{told}");
        filled.assert_whole(&open(filled.path()));
    }
    let nowhere = tempfile::tempdir().unwrap();
    assert!(matches!(Store::look(&options(nowhere.path())), Err(StoreError::Invalid(_))));
}

/// Adds what a power cut may leave of a record.
fn torn(path: &Path) {
    let file = std::fs::OpenOptions::new().write(true).open(path).unwrap();
    file.write_all_at(&[3; 500], file.metadata().unwrap().len()).unwrap();
}
