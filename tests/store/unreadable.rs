//! Labels and pictures that were acknowledged and can't be read any more: told, and of those frames alone.

use super::*;
use fieldcoach::dataset::export::{self, Format};
use fieldcoach::store::FrameQuery;
use std::fs::File;
use std::io::Cursor;
use std::os::unix::fs::FileExt;

/// A store with some labelled frames, closed.
fn filled(dir: &Path) -> Vec<FrameId> {
    let store = open(dir);
    ["cell", "dent"].into_iter().for_each(|name| drop(store.add_category(category(name)).unwrap()));
    let frames: Vec<FrameId> = (0..8).map(|i| add(&store, i).id).collect();
    for id in &frames {
        put(&store, *id, 0, vec![boxed("cell", 1.0)]).unwrap();
    }
    frames
}

/// Damages what was written last of a frame to a file, at its key.
fn damage(path: &Path, frame: FrameId) {
    let bytes = std::fs::read(path).unwrap();
    let at = bytes.windows(16).rposition(|some| some == frame.0.as_bytes()).unwrap();
    File::options().write(true).open(path).unwrap().write_all_at(&[bytes[at] ^ 4], at as u64).unwrap();
}

#[test]
fn a_damaged_label_and_a_damaged_picture_stop_nothing_but_their_frames() {
    let dir = tempfile::tempdir().unwrap();
    let frames = filled(dir.path());
    damage(&dir.path().join("labels.journal"), frames[2]);
    damage(&segments(dir.path(), "seg").pop().unwrap(), frames[5]);
    let store = open(dir.path());
    assert_eq!(store.labelled().unwrap().len(), 7);
    for format in [Format::Coco, Format::Yolo, Format::Voc] {
        let report =
            export::zip(&store, format, None, Cursor::new(vec![]), &mut |_, _| std::ops::ControlFlow::Continue(()));
        let report = report.unwrap();
        assert_eq!((report.frames, report.labels), (6, 6), "{report:?}");
        for (frame, what) in [(frames[2], "labels"), (frames[5], "picture")] {
            let told = |line: &String| line.contains(&frame.to_string()) && line.contains(what);
            assert!(report.unread.iter().any(told), "{report:?}");
        }
    }
    let losses = store.losses();
    assert!(
        frames
            .iter()
            .enumerate()
            .all(|(i, id)| { losses.iter().any(|told| told.contains(&id.to_string())) == (i == 2 || i == 5) }),
        "{losses:?}"
    );
    // Told as an event, and once.
    eventually(|| (store.new_losses().len() == 2).then_some(()));
    store.merge_category(&Who::local(), "cell", "dent").unwrap();
    assert_eq!(store.labels(frames[0]).unwrap().labels[0].category, "dent");
    // It is told after a restart too, until somebody says that it is known.
    drop(store);
    assert_eq!(open(dir.path()).losses(), losses);
}

#[test]
fn a_journal_that_lost_its_beginning_or_all_of_it_is_never_called_well() {
    for (from, share) in [(0, 1), (0, 2), (0, 20)] {
        for with_index in [true, false] {
            let dir = tempfile::tempdir().unwrap();
            let frames = filled(dir.path());
            let path = dir.path().join("labels.journal");
            let len = std::fs::metadata(&path).unwrap().len();
            let zeroed = vec![0; (len / share) as usize];
            File::options().write(true).open(&path).unwrap().write_all_at(&zeroed, from).unwrap();
            if !with_index {
                std::fs::remove_dir_all(dir.path().join("index")).unwrap();
            }
            let case = format!("1/{share} of it, index {with_index}");
            for _ in 0..2 {
                let report = Store::look(&options(dir.path())).unwrap();
                assert!(!report.problems.is_empty(), "{case}");
                let said = format!("{report:?}");
                assert!(!said.contains("nobody was told"), "{case}: {said}");
            }
            let store = open(dir.path());
            // Whoever reads it says so.
            let readable = frames.iter().filter(|id| store.labels(**id).is_ok_and(|l| l.revision == 1)).count();
            let losses = store.losses();
            let all = readable == frames.len();
            // The index has what was at the beginning of it: then the labels are all there.
            assert_eq!(all, share == 20 && with_index, "{case}: {readable}");
            assert_eq!(losses.is_empty(), all, "{case}: {losses:?}");
            // It goes on: what can be read is read, and more is taken.
            let new = add(&store, 99).id;
            put(&store, new, 0, vec![]).unwrap();
            drop(store);
            let store = open(dir.path());
            assert_eq!(store.labels(new).unwrap().revision, 1, "{case}");
            assert_eq!(store.frames(&FrameQuery { limit: 100, ..FrameQuery::default() }).unwrap().items.len(), 9);
            drop(store);
            let repaired = Store::repair(options(dir.path())).unwrap();
            assert!(repaired.problems.is_empty(), "{case}: {repaired:?}");
        }
    }
}
