//! A picture that lies in a data set several times, the same to the last byte and under one name: it is one, and all that is
//! told adds up.

use super::home::{Home, kinds, taken};
use super::made::{coco, folder, jpeg};
use fieldcoach::dataset::import::Manner;
use serde_json::{Value, json};
use tempfile::TempDir;

/// Two folders, each with a file of labels that names its picture without a folder.
fn two(one: &Value, other: &Value) -> Vec<(&'static str, Vec<u8>)> {
    let text = |value: &Value| value.to_string().into_bytes();
    vec![("x/set.json", text(one)), ("x/a.jpg", jpeg(0)), ("y/set.json", text(other)), ("y/a.jpg", jpeg(0))]
}

#[test]
fn the_same_picture_and_labels_in_two_folders_come_in_once_and_add_up() {
    let set = coco(&["a.jpg"]);
    let (home, report) = taken(&two(&set, &set));
    assert_eq!((report.frames, report.already, report.labels, report.left_out.len()), (1, 0, 3, 0), "{report:?}");
    assert_eq!(kinds(&report.notes), [("again", 1), ("twice", 3)], "{report:?}");
    assert!(report.notes[0].examples[0].contains("a.jpg"), "{report:?}");
    home.assert_on_blocks("twice");
}

#[test]
fn labels_of_both_are_kept_and_told_where_they_differ_and_come_again_as_the_same() {
    let (one, mut other) = (coco(&["a.jpg"]), coco(&["a.jpg"]));
    other["annotations"] =
        json!([other["annotations"][0], {"id": 9, "image_id": 1, "category_id": 2, "bbox": [1, 2, 30, 40]}]);
    let dir = TempDir::new().unwrap();
    folder(dir.path(), &two(&one, &other));
    let home = Home::new();
    // It was understood: nothing refuses it.
    let strict = Manner { strict: true, ..Manner::default() };
    let report = home.take(dir.path(), strict).unwrap();
    assert_eq!((report.frames, report.already, report.labels), (1, 0, 4), "{report:?}");
    assert_eq!(kinds(&report.notes), [("again", 1), ("twice", 1), ("several_files", 1)], "{report:?}");
    assert_eq!(home.by_name()["a.jpg"], (4, true));
    let report = home.take(dir.path(), strict).unwrap();
    assert_eq!((report.frames, report.already, report.labels), (0, 1, 0), "{report:?}");
    assert!(kinds(&report.notes).contains(&("same", 1)), "{report:?}");
}

#[test]
fn what_one_of_them_does_not_say_the_other_does() {
    let (one, mut other) = (coco(&["a.jpg"]), coco(&["a.jpg"]));
    other["annotations"] = json!([]);
    for files in [two(&one, &other), two(&other, &one)] {
        let (home, report) = taken(&files);
        assert_eq!((report.frames, report.labels, report.unlabelled), (1, 3, 0), "{report:?}");
        assert!(kinds(&report.notes).contains(&("again", 1)), "{report:?}");
        assert_eq!(home.by_name()["a.jpg"], (3, true));
    }
}

#[test]
fn pictures_of_two_folders_that_are_one_frame_here_are_counted_once() {
    let home = Home::new();
    let bring = |files: &[(&str, Vec<u8>)]| {
        let dir = TempDir::new().unwrap();
        folder(dir.path(), files);
        home.take(dir.path(), Manner::default()).unwrap()
    };
    bring(&[("a.jpg", jpeg(0))]);
    let report = bring(&[("x/a.jpg", jpeg(0)), ("y/a.jpg", jpeg(0)), ("z/b.jpg", jpeg(0))]);
    assert_eq!((report.frames, report.already), (1, 1), "{report:?}");
    assert_eq!(kinds(&report.notes), [("again", 1)], "{report:?}");
    // Both name a folder, and nothing says that these are one.
    let report = Home::new();
    let dir = TempDir::new().unwrap();
    folder(dir.path(), &[("x/a.jpg", jpeg(0)), ("y/a.jpg", jpeg(0))]);
    assert_eq!(report.take(dir.path(), Manner::default()).unwrap().frames, 2);
}
