//! Where names, ids and numbers stand, in the ways in which tools write them.

use super::home::{Home, kinds, taken, taken_as};
use super::made::{NAMES, coco, folder, jpeg, yolo};
use fieldcoach::dataset::import::{Manner, Unmentioned};
use tempfile::TempDir;

fn strict() -> Manner {
    Manner { strict: true, ..Manner::default() }
}

#[test]
fn the_names_of_yolo_are_found_where_tools_put_them() {
    let notes = br#"{"categories": [{"id": 0, "name": "red"}, {"id": 1, "name": "green"}, {"id": 2, "name": "blue"}], "info": {}}"#;
    let lines = NAMES.join("\n").into_bytes();
    for (name, bytes) in [
        ("labels.txt", lines.clone()),
        ("names.txt", lines.clone()),
        ("obj.names", lines.clone()),
        ("data/blocks.names", lines.clone()),
        ("train/_darknet.labels", lines.clone()),
        ("_classes.txt", lines.clone()),
        ("class_names.txt", lines.clone()),
        ("notes.json", notes.to_vec()),
    ] {
        let files = [(name, bytes), ("images/a.jpg", jpeg(0)), ("labels/a.txt", yolo().into_bytes())];
        let (home, report) = taken_as(&files, strict());
        assert_eq!((report.labels, report.notes), (3, vec![]), "{name}");
        home.assert_on_blocks(name);
    }
    // What is no such list is none, and what contradicts is told.
    let set = |more: (&'static str, Vec<u8>)| [more, ("images/a.jpg", jpeg(0)), ("labels/a.txt", yolo().into_bytes())];
    for (name, bytes, noted) in [
        ("labels.txt", b"background\nred\ngreen\nblue".to_vec(), "other_names"),
        ("labels.txt", b"???\nred\ngreen\nblue".to_vec(), "other_names"),
        ("labels.txt", b"images/a.jpg\n".to_vec(), "no_names"),
        ("label_map.pbtxt", b"item { id: 1 name: 'red' }".to_vec(), "no_names"),
    ] {
        let (home, report) = taken_as(&set((name, bytes)), Manner::default());
        assert!(kinds(&report.notes).iter().any(|(kind, _)| *kind == noted), "{name}: {report:?}");
        assert_eq!(home.store.categories().unwrap()[0].name, "class 0", "{name}");
        let looked = report.notes.iter().find(|note| note.kind == "no_names").unwrap();
        assert!(looked.examples[0].contains("notes.json") && looked.examples[0].contains("labels.txt"), "{report:?}");
    }
    let two = [set(("classes.txt", lines)).to_vec(), vec![("labels.txt", b"green\nred\nblue".to_vec())]].concat();
    let (home, report) = taken_as(&two, Manner::default());
    assert_eq!((report.labels, kinds(&report.notes)), (3, vec![("other_names", 1)]), "{report:?}");
    home.assert_on_blocks("two lists");
}

#[test]
fn texts_are_of_the_pictures_of_their_own_part() {
    for (images, labels) in [("{}/images/a.jpg", "labels/{}/a.txt"), ("images/{}/a.jpg", "{}/labels/a.txt")] {
        let names: Vec<(String, Vec<u8>)> = ["train", "valid"]
            .iter()
            .zip([yolo(), "2 0.8 0.26666668 0.3 0.26666668\n".to_owned()])
            .enumerate()
            .flat_map(|(i, (part, lines))| {
                [(images.replace("{}", part), jpeg(i as u32)), (labels.replace("{}", part), lines.into_bytes())]
            })
            .collect();
        let mut files: Vec<(&str, Vec<u8>)> =
            names.iter().map(|(name, bytes)| (name.as_str(), bytes.clone())).collect();
        files.push(("classes.txt", NAMES.join("\n").into_bytes()));
        let (home, report) = taken_as(&files, strict());
        assert_eq!((report.frames, report.labels), (2, 4), "{images}: {report:?}");
        for (frame, labels) in home.frames() {
            let expected = if frame.name.unwrap().contains("train") { 3 } else { 1 };
            assert_eq!(labels.labels.len(), expected, "{images}");
        }
        home.assert_on_blocks(images);
    }
}

#[test]
fn pictures_with_their_boxes_in_a_line_are_told_as_what_they_are() {
    let list = b"images/a.jpg 10,12,50,36,0 60,64,90,108,1\nimages/b.jpg 10,12,50,36,0\n".to_vec();
    let classes = || ("classes.txt", NAMES.join("\n").into_bytes());
    let pictures = || [("images/a.jpg", jpeg(0)), ("images/b.jpg", jpeg(1))];
    let alone = [vec![classes(), ("train.txt", list.clone())], pictures().to_vec()].concat();
    let dir = TempDir::new().unwrap();
    folder(dir.path(), &alone);
    let refused = Home::new().take(dir.path(), Manner::default()).unwrap_err().to_string();
    assert!(refused.contains("train.txt") && refused.contains("Keras"), "{refused}");
    let beside = [alone, vec![("labels/a.txt", yolo().into_bytes())]].concat();
    let (home, report) = taken_as(&beside, Manner { unmentioned: Unmentioned::Empty, ..Manner::default() });
    assert_eq!(kinds(&report.left_out), [("form_not_read", 1)], "{report:?}");
    assert_eq!((home.by_name()["a.jpg"], home.by_name()["b.jpg"]), ((3, true), (0, false)));
}

#[test]
fn ids_of_any_size_stay_apart() {
    let set = |first: &str, second: &str, said: &str| {
        let set = coco(&["a.jpg", "b.jpg"]).to_string();
        set.replace("\"id\":1,\"width\"", &format!("\"id\":{first},\"width\""))
            .replace("\"id\":2,\"width\"", &format!("\"id\":{second},\"width\""))
            .replace("\"image_id\":1", &format!("\"image_id\":{said}"))
            .replace("\"image_id\":2", &format!("\"image_id\":{second}"))
    };
    for (first, second, said, other) in [
        ("18446744073709551617", "18446744073709551618", "18446744073709551617", "18446744073709551619"),
        ("-1", "-2", "-1", "1"),
        ("-9223372036854775809", "-9223372036854775810", "-9223372036854775809", "-9223372036854775808"),
        ("9007199254740992", "9007199254740994", "9007199254740992", "9007199254740993"),
        ("9007199254740992.0", "9007199254740994.0", "9007199254740992", "9007199254740993.0"),
    ] {
        let files =
            |said: &str| [("set.json", set(first, second, said).into_bytes()), ("a.jpg", jpeg(0)), ("b.jpg", jpeg(1))];
        let (home, report) = taken_as(&files(said), strict());
        assert_eq!((report.frames, report.labels), (2, 6), "{first}: {report:?}");
        home.assert_on_blocks(first);
        // An annotation of an image that is not there goes to none.
        let (home, report) = taken_as(&files(other), Manner::default());
        assert_eq!((report.labels, kinds(&report.left_out)), (3, vec![("unknown_image", 3)]), "{other}: {report:?}");
        assert_eq!(home.by_name()["a.jpg"], (0, false), "{other}");
    }
}

#[test]
fn an_image_without_a_name_is_told_as_that() {
    let mut set = coco(&["a.jpg", "b.jpg"]);
    set["images"][1].as_object_mut().unwrap().remove("file_name");
    let files = [("set.json", set.to_string().into_bytes()), ("a.jpg", jpeg(0)), ("b.jpg", jpeg(1))];
    let (_, report) = taken_as(&files, Manner::default());
    assert_eq!(
        (report.labels, kinds(&report.left_out)),
        (3, vec![("no_file_name", 1), ("not_named", 1)]),
        "{report:?}"
    );
    assert!(report.left_out[0].examples[0].contains("image 2 of set.json"), "{report:?}");
}

#[test]
fn a_name_without_an_ending_is_that_of_the_only_picture_that_is_called_so() {
    let set = coco(&["a", "sub/frame.0001", "b"]);
    let (home, report) = taken(&[
        ("set.json", set.to_string().into_bytes()),
        ("a.jpg", jpeg(0)),
        ("sub/frame.0001.png", jpeg(1)),
        ("b.jpg", jpeg(2)),
        ("b.png", jpeg(3)),
    ]);
    assert_eq!((report.frames, report.labels), (2, 6), "{report:?}");
    assert_eq!(kinds(&report.left_out)[0], ("missing_picture", 1), "{report:?}");
    assert_eq!(home.by_name().into_keys().collect::<Vec<_>>(), ["a.jpg", "frame.0001.png"]);
    home.assert_on_blocks("without endings");
}
