//! Pictures in a folder for each class, without a file of labels.

use super::home::{Home, kinds, taken, taken_as};
use super::made::{folder, jpeg};
use fieldcoach::dataset::import::{Format, Manner};
use fieldcoach::domain::{Category, LabelKind};
use tempfile::TempDir;

fn pets() -> Vec<(&'static str, Vec<u8>)> {
    let names = ["train/cat/1.jpg", "train/cat/2.jpg", "train/dog/1.jpg", "test/dog/4.jpg"];
    (0..).zip(names).map(|(number, name)| (name, jpeg(number))).collect()
}

fn folders() -> Manner {
    Manner { format: Some(Format::Folders), ..Manner::default() }
}

#[test]
fn folders_that_look_like_classes_are_told_and_how_to_take_them_in() {
    let (home, report) = taken(&pets());
    assert_eq!((report.frames, report.labels, report.unlabelled, report.left_out.len()), (4, 0, 4, 0));
    assert_eq!(kinds(&report.notes), [("class_folders", 2)], "{report:?}");
    let note = &report.notes[0];
    assert!(note.examples == ["cat", "dog"] && note.what.contains("in the form `folders`"), "{note:?}");
    // As it says: the same pictures, now with their tags.
    let dir = TempDir::new().unwrap();
    folder(dir.path(), &pets());
    let report = home.take(dir.path(), folders()).unwrap();
    assert_eq!((report.frames, report.already, report.labels, report.categories), (0, 4, 4, 2), "{report:?}");
    let mut tags: Vec<_> = home.store.categories().unwrap().into_iter().map(|c| (c.name, c.kind)).collect();
    tags.sort_by(|a, b| a.0.cmp(&b.0));
    assert_eq!(tags, [("cat".to_owned(), LabelKind::Tag), ("dog".to_owned(), LabelKind::Tag)]);
    assert!(home.frames().iter().all(|(_, labels)| labels.labels.len() == 1 && labels.labels[0].bbox.is_none()));
    // Who says that they are pictures knows that.
    let (_, report) = taken_as(&pets(), Manner { format: Some(Format::Pictures), ..Manner::default() });
    assert_eq!(report.notes, []);
}

#[test]
fn what_lies_in_no_folder_or_has_a_category_of_boxes_is_told() {
    let mut files = pets();
    files.push(("9.jpg", jpeg(9)));
    let home = Home::new();
    let (colour, instructions) = Default::default();
    home.store.add_category(Category { name: "dog".into(), colour, instructions, kind: LabelKind::Box }).unwrap();
    let dir = TempDir::new().unwrap();
    folder(dir.path(), &files);
    let report = home.take(dir.path(), folders()).unwrap();
    assert_eq!((report.frames, report.labels, report.unlabelled), (5, 2, 3), "{report:?}");
    assert_eq!(kinds(&report.left_out), [("tag_of_boxes", 2)], "{report:?}");
    assert_eq!(kinds(&report.notes)[0], ("no_class_folder", 1), "{report:?}");
}
