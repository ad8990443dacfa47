//! The budget holds, labelled frames stay.

use super::*;
use fieldcoach::store::FrameQuery;
use std::os::unix::fs::MetadataExt;

const BUDGET: u64 = 4 << 20;
const SIZE: usize = 20_000;

fn small(dir: &Path) -> Store {
    Store::open(Options { budget: BUDGET, ..options(dir) }).unwrap()
}

fn frame(number: u32, source: FrameSource) -> NewFrame {
    new_frame(number, SIZE, source)
}

/// Real blocks of all segments.
fn on_disk(dir: &Path) -> u64 {
    std::fs::read_dir(dir.join("segments"))
        .unwrap()
        .map(|e| e.unwrap().metadata().unwrap())
        .filter(|m| m.is_file())
        .map(|m| m.blocks() * 512)
        .sum()
}

#[test]
fn the_budget_bounds_the_disk_and_labelled_frames_stay() {
    let dir = tempfile::tempdir().unwrap();
    let store = small(dir.path());
    store.add_category(category("cell")).unwrap();
    let mut labelled = Vec::new();
    for i in 0..1000 {
        let id = store.add_frame(&frame(i, FrameSource::Camera)).unwrap().id;
        if i % 20 == 3 {
            put(&store, id, 0, vec![boxed("cell", 1.0)]).unwrap();
            labelled.push((id, i));
        }
        if i % 10 == 0 {
            assert!(on_disk(dir.path()) <= BUDGET, "after {i} frames: {}", on_disk(dir.path()));
        }
    }
    let usage = store.usage().unwrap();
    assert_eq!(usage.frames + usage.dropped, 1000);
    assert_eq!(usage.labelled, 50);
    assert!(!usage.full);
    assert_sound(&store);
    drop(store);
    for without_index in [false, true] {
        if without_index {
            std::fs::remove_dir_all(dir.path().join("index")).unwrap();
        }
        let store = small(dir.path());
        for (id, i) in &labelled {
            assert_eq!(store.jpeg(*id).unwrap(), frame(*i, FrameSource::Camera).jpeg);
            assert_eq!(store.labels(*id).unwrap().labels.len(), 1);
        }
        // What is left of the others are the newest.
        let query = FrameQuery { phase: Some(Phase::Unlabelled), limit: 1000, ..FrameQuery::default() };
        let rest = store.frames(&query).unwrap().items;
        assert_eq!(rest[0].taken, Timestamp::from_second(999).unwrap());
        let oldest = rest.last().unwrap().taken.as_second();
        assert_eq!(rest.len() as i64, (oldest..1000).filter(|i| i % 20 != 3).count() as i64);
        assert_eq!(store.usage().unwrap().dropped, usage.dropped);
        assert_sound(&store);
    }
}

#[test]
fn an_index_from_before_retention_finds_the_kept_frames_where_they_are_now() {
    let dir = tempfile::tempdir().unwrap();
    let store = small(dir.path());
    store.add_category(category("cell")).unwrap();
    let first: Vec<_> = (0..20).map(|i| store.add_frame(&frame(i, FrameSource::Camera)).unwrap().id).collect();
    put(&store, first[3], 0, vec![boxed("cell", 1.0)]).unwrap();
    drop(store);
    let (index, older) = (dir.path().join("index"), dir.path().join("older"));
    assert!(std::process::Command::new("cp").arg("-r").arg(&index).arg(&older).status().unwrap().success());
    let store = small(dir.path());
    put(&store, first[5], 0, vec![boxed("cell", 2.0)]).unwrap();
    for i in 20..600 {
        store.add_frame(&frame(i, FrameSource::Camera)).unwrap();
    }
    let usage = store.usage().unwrap();
    assert!(usage.dropped > 100);
    drop(store);
    std::fs::remove_dir_all(&index).unwrap();
    std::fs::rename(&older, &index).unwrap();
    let store = small(dir.path());
    for (at, x) in [(3, 1.0), (5, 2.0)] {
        assert_eq!(store.jpeg(first[at]).unwrap(), frame(at as u32, FrameSource::Camera).jpeg);
        assert_eq!(store.labels(first[at]).unwrap().labels, [boxed("cell", x)]);
    }
    assert!(matches!(store.frame(first[4]), Err(StoreError::NotFound { .. })));
    let now = store.usage().unwrap();
    assert_eq!((now.frames, now.labelled, now.dropped), (usage.frames, 2, usage.dropped));
    assert_sound(&store);
}

#[test]
fn uploads_that_wait_for_labels_are_not_said_to_be_labelled() {
    let dir = tempfile::tempdir().unwrap();
    let store = small(dir.path());
    let text =
        (0..1000).find_map(|number| store.add_frame(&frame(number, FrameSource::Upload)).err()).unwrap().to_string();
    assert!(text.contains("within the last 10 minutes") && !text.contains("labelled"), "{text}");
    assert_eq!(store.usage().unwrap().labelled, 0);
}

#[test]
fn when_all_is_labelled_capture_is_refused_and_labelling_goes_on() {
    let dir = tempfile::tempdir().unwrap();
    let store = small(dir.path());
    store.add_category(category("cell")).unwrap();
    let mut ids = Vec::new();
    let text = loop {
        match store.add_frame(&frame(ids.len() as u32, FrameSource::Import)) {
            Ok(f) => {
                put(&store, f.id, 0, vec![boxed("cell", 1.0)]).unwrap();
                ids.push(f.id);
            }
            Err(StoreError::Full(text)) => break text,
            Err(e) => panic!("{e}"),
        }
        assert!(ids.len() < 1000);
    };
    assert!(text.contains("full of labelled frames") && text.contains("raise the budget"), "{text}");
    assert!(store.usage().unwrap().full);
    assert!(on_disk(dir.path()) <= BUDGET);
    for id in &ids {
        put(&store, *id, 1, vec![boxed("cell", 2.0)]).unwrap();
        assert!(store.jpeg(*id).is_ok());
    }
    // Clearing labels makes room.
    for id in &ids[..ids.len() / 2] {
        store
            .put_labels(
                *id,
                LabelWrite { revision: 2, phase: Phase::Unlabelled, labels: Vec::new(), ..LabelWrite::default() },
            )
            .unwrap();
    }
    store.add_frame(&frame(5000, FrameSource::Camera)).unwrap();
    assert!(!store.usage().unwrap().full);
    for id in &ids[ids.len() / 2..] {
        assert_eq!(store.labels(*id).unwrap().revision, 2);
        assert!(store.jpeg(*id).is_ok());
    }
    assert_sound(&store);
}

#[test]
fn imported_frames_wait_for_their_labels() {
    let dir = tempfile::tempdir().unwrap();
    let store = small(dir.path());
    let imported: Vec<_> = (0..50).map(|i| store.add_frame(&frame(i, FrameSource::Import)).unwrap().id).collect();
    // A camera goes on meanwhile, enough to turn the ring over several times.
    for i in 0..600 {
        store.add_frame(&frame(100 + i, FrameSource::Camera)).unwrap();
    }
    assert!(store.usage().unwrap().dropped > 300);
    for id in imported {
        put(&store, id, 0, Vec::new()).unwrap();
        assert!(store.jpeg(id).is_ok());
    }
    assert_sound(&store);
}

#[test]
fn room_that_is_promised_is_there_though_frames_wait_for_their_labels() {
    let dir = tempfile::tempdir().unwrap();
    let store = small(dir.path());
    for number in 0..40 {
        store.add_frame(&frame(number, FrameSource::Import)).unwrap();
    }
    // As many as are promised, each with its record, come in; one that was dropped would be missed by whoever labels it.
    let fits = (1..400).take_while(|n| store.has_room_for(n * (SIZE as u64 + 1_000)).is_ok()).count() as u32;
    assert!(fits > 5, "{fits}");
    for number in 0..fits {
        store.add_frame(&frame(100 + number, FrameSource::Import)).unwrap();
    }
    assert_eq!(store.usage().unwrap().dropped, 0);
    let text = store.has_room_for(200 * SIZE as u64).unwrap_err().to_string();
    assert!(text.contains("within the last 10 minutes") && text.contains("or wait"), "{text}");
}

#[test]
fn nearly_all_of_an_empty_store_is_promised_and_there_though_a_camera_goes_on() {
    for cameras in [0, 1, 3] {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(Options { budget: 24 << 20, ..options(dir.path()) }).unwrap();
        let promised = |n: u64| store.has_room_for(n * (SIZE as u64 + 1_000));
        let fits = (1..2_000).take_while(|n| promised(*n).is_ok()).count() as u64;
        // A quarter is kept for the index, and a segment.
        let most = (24 << 20) * 11 / 16;
        assert!(fits * (SIZE as u64 + 1_000) > most * 98 / 100, "{fits} of {most} bytes");
        let text = promised(fits + 1).unwrap_err().to_string();
        let room: u64 = text.split(", and ").nth(1).and_then(|rest| rest.split(' ').next()).unwrap().parse().unwrap();
        assert!(promised(room / (SIZE as u64 + 1_000)).is_ok() && text.contains("for the index"), "{text}");
        let mut brought = Vec::new();
        for number in 0..fits as u32 {
            brought.push(store.add_frame(&frame(number, FrameSource::Import)).unwrap().id);
            put(&store, *brought.last().unwrap(), 0, Vec::new()).unwrap();
            for camera in 0..cameras {
                // At last there is no room for these.
                let _ = store.add_frame(&new_frame(10_000 + number * 3 + camera, 3_000, FrameSource::Camera));
            }
        }
        assert!(brought.iter().all(|id| store.jpeg(*id).is_ok()));
        assert!(on_disk(dir.path()) <= most, "{cameras}");
        assert_sound(&store);
    }
}

#[test]
fn an_import_larger_than_the_budget_is_refused_and_drops_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let store = small(dir.path());
    let mut imported = Vec::new();
    while let Ok(f) = store.add_frame(&frame(imported.len() as u32, FrameSource::Import)) {
        imported.push(f.id);
        assert!(imported.len() < 1000);
    }
    for id in imported {
        put(&store, id, 0, Vec::new()).unwrap();
    }
}

#[test]
fn labels_written_while_retention_runs_keep_their_frames() {
    let dir = tempfile::tempdir().unwrap();
    let store = small(dir.path());
    store.add_category(category("cell")).unwrap();
    let done = std::sync::atomic::AtomicBool::new(false);
    let kept: Vec<FrameId> = std::thread::scope(|scope| {
        let labelling = scope.spawn(|| {
            let mut kept = Vec::new();
            // The oldest frames: those that are about to go.
            while !done.load(std::sync::atomic::Ordering::Relaxed) && kept.len() < 60 {
                let query = FrameQuery { phase: Some(Phase::Unlabelled), limit: 1000, ..FrameQuery::default() };
                let Some(oldest) = store.frames(&query).unwrap().items.pop() else { continue };
                match put(&store, oldest.id, 0, vec![boxed("cell", 1.0)]) {
                    Ok(_) => kept.push(oldest.id),
                    Err(StoreError::NotFound { .. }) => {}
                    Err(e) => panic!("{e}"),
                }
            }
            kept
        });
        for i in 0..1500 {
            store.add_frame(&frame(i, FrameSource::Camera)).unwrap();
        }
        done.store(true, std::sync::atomic::Ordering::Relaxed);
        labelling.join().unwrap()
    });
    assert!(!kept.is_empty());
    for id in &kept {
        assert!(store.jpeg(*id).is_ok());
        assert_eq!(store.labels(*id).unwrap().revision, 1);
    }
    assert_sound(&store);
}

#[test]
fn the_reserve_of_the_file_system_stops_capture_not_labelling() {
    let dir = tempfile::tempdir().unwrap();
    let id = add(&open(dir.path()), 1).id;
    let store = Store::open(Options { reserve: u64::MAX / 2, ..options(dir.path()) }).unwrap();
    match store.add_frame(&frame(1, FrameSource::Camera)) {
        Err(StoreError::Full(text)) => assert!(text.contains("store.reserve"), "{text}"),
        other => panic!("{other:?}"),
    }
    assert!(store.usage().unwrap().full);
    put(&store, id, 0, Vec::new()).unwrap();
}

#[test]
fn a_frame_larger_than_the_budget_is_refused_in_words() {
    let dir = tempfile::tempdir().unwrap();
    let store = small(dir.path());
    let error = store.add_frame(&new_frame(1, 3 << 20, FrameSource::Upload)).unwrap_err();
    assert!(matches!(&error, StoreError::Invalid(t) if t.contains("too large")), "{error}");
}
