//! Files that may hold labels, or other files, and are not read: told, with what to do; never passed over.

use super::home::{Home, kinds, refused, taken_as};
use super::made::{NAMES, coco, folder, jpeg, picture, yolo, zip};
use fieldcoach::dataset::import::{Manner, Unmentioned};
use std::io::{Read, Seek, Write};
use tempfile::TempDir;

type Files<'a> = Vec<(&'a str, Vec<u8>)>;

fn set() -> Files<'static> {
    vec![("set.json", coco(&["a.jpg"]).to_string().into_bytes()), ("a.jpg", jpeg(0))]
}

fn png() -> Vec<u8> {
    let mut bytes = std::io::Cursor::new(Vec::new());
    picture(3).write_to(&mut bytes, image::ImageFormat::Png).unwrap();
    bytes.into_inner()
}

fn bytes(mut file: std::fs::File) -> Vec<u8> {
    let mut bytes = Vec::new();
    file.read_to_end(&mut bytes).unwrap();
    bytes
}

#[test]
fn labels_in_forms_that_are_not_read_are_counted_and_refused_where_all_is_wanted() {
    let supervisely = br#"{"description": "", "tags": [], "size": {"height": 1}, "objects": [{"classTitle": "x"}]}"#;
    let via = br#"{"a.jpg99": {"filename": "a.jpg", "size": 99, "regions": []}}"#;
    let bdd = br#"[{"name": "a.jpg", "labels": [{"category": "car", "box2d": {}}]}]"#;
    for (name, bytes, kind, said) in [
        ("x.pkl", vec![0], "form_not_read", "pickle"),
        ("x.xlsx", vec![0], "form_not_read", "spreadsheet"),
        ("x.mat", vec![0], "form_not_read", "MATLAB"),
        ("x.npz", vec![0], "form_not_read", "NumPy"),
        ("x.h5", vec![0], "form_not_read", "HDF5"),
        ("x.tsv", b"a.jpg\t1\t2".to_vec(), "form_not_read", "a table"),
        ("x.csv.gz", vec![0], "form_not_read", "a table"),
        ("x.record-00001-of-00002", vec![0], "form_not_read", "TFRecord"),
        ("ann/a.jpg.json", supervisely.to_vec(), "form_not_read", "Supervisely"),
        ("via.json", via.to_vec(), "form_not_read", "VIA"),
        ("bdd.json", bdd.to_vec(), "form_not_read", "BDD100K"),
        ("x.zip", vec![0], "packed", "a ZIP"),
        ("x.tar.gz", vec![0], "packed", "a tar archive"),
        ("x.7z", vec![0], "packed", "7z"),
        ("x.json", b"{\"what\": 1}".to_vec(), "no_labels", "neither"),
        ("x.json", vec![], "no_labels", "it is empty"),
        ("a.txt", yolo().into_bytes(), "other_format", "YOLO, while COCO"),
        ("gt/gt.txt", b"1,1,10,10,30,30,1\n".to_vec(), "no_labels", "its lines are numbers"),
        ("boxes.txt", b"a.jpg 10,10,40,40,0\n".to_vec(), "form_not_read", "Keras"),
        ("a.txt", b"a red car in a barn\n".to_vec(), "no_labels", "called as a picture"),
        ("a.cls", b"3".to_vec(), "no_labels", "called as a picture"),
        ("c.jpg", jpeg(5), "not_named", "c.jpg"),
        ("c.heic", vec![0], "foreign_picture", "c.heic"),
        ("c.MOV", vec![0], "film", "c.MOV"),
        ("c.jpg~", jpeg(5), "odd_ending", "c.jpg~"),
        ("c.jpg.bak", jpeg(5), "odd_ending", "c.jpg.bak"),
        ("c.pjpeg", jpeg(5), "odd_ending", "c.pjpeg"),
        ("c", jpeg(5), "odd_ending", "c"),
    ] {
        let files = [set(), vec![(name, bytes)]].concat();
        let (_, report) = taken_as(&files, Manner::default());
        assert_eq!((report.labels, kinds(&report.left_out)), (3, vec![(kind, 1)]), "{name}: {report:?}");
        assert!(report.left_out[0].examples[0].contains(said), "{name}: {report:?}");
        let refused = refused(&files, Manner { strict: true, ..Manner::default() });
        assert!(refused.contains(said) && refused.contains("all or nothing"), "{name}: {refused}");
    }
    // However many they are.
    let names: Vec<String> = (0..30).map(|i| format!("{i}.npy")).collect();
    let many = names.iter().map(|name| (name.as_str(), vec![0])).collect();
    let (_, report) = taken_as(&[set(), many].concat(), Manner::default());
    assert_eq!((kinds(&report.left_out), report.left_out[0].examples.len()), (vec![("form_not_read", 30)], 5));
}

#[test]
fn what_says_nothing_of_pictures_is_no_fault() {
    let files = [
        set(),
        vec![
            ("notes.json", br#"{"categories": [{"id": 0, "name": "red"}], "info": {"year": 2026}}"#.to_vec()),
            ("readme.txt", b"made by hand".to_vec()),
            ("classes.txt", NAMES.join("\n").into_bytes()),
            ("compose.yaml", b"services: {}".to_vec()),
            ("train.py", b"print()".to_vec()),
            ("a.xmp", b"<x:xmpmeta/>".to_vec()),
            ("a.AAE", b"<plist/>".to_vec()),
        ],
    ]
    .concat();
    let (_, report) = taken_as(&files, Manner { strict: true, ..Manner::default() });
    assert_eq!((report.labels, report.left_out, report.notes), (3, vec![], vec![]));
    // Nor does it make labels of photographs.
    let photographs =
        vec![("a.jpg", jpeg(0)), ("readme.txt", b"from the barn".to_vec()), ("compose.yaml", b"services: {}".to_vec())];
    let (_, report) = taken_as(&photographs, Manner::default());
    assert_eq!((report.frames, report.unlabelled, report.left_out), (1, 1, vec![]));
}

#[test]
fn an_archive_is_named_for_what_it_is_whatever_it_is_called() {
    let mut tar = vec![0; 1024];
    tar[257..262].copy_from_slice(b"ustar");
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    packed.write_all(&tar).unwrap();
    let inner = bytes(zip(&set()));
    for (name, bytes, said) in [
        ("set.zip", packed.finish().unwrap(), &["a tar archive", "though it is called a ZIP", "make a ZIP"][..]),
        ("set.zip", b"7z\xbc\xaf\x27\x1c\0\0".to_vec(), &["a 7z archive", "though it is called a ZIP"]),
        ("set.zip", vec![], &["is empty"]),
        ("set.zip", b"<html>no such file</html>".to_vec(), &["a web page", "whole ZIP"]),
        ("labels.npz", b"PK\x03\x04".to_vec(), &["arrays of NumPy"]),
        ("set.zip", bytes(zip(&[("inner.zip", inner.clone())])), &["inner.zip: a ZIP"]),
    ] {
        let dir = TempDir::new().unwrap();
        folder(dir.path(), &[(name, bytes)]);
        let refused = Home::new().take(&dir.path().join(name), Manner::default()).unwrap_err().to_string();
        for said in said.iter().chain(&["Nothing was imported"]) {
            assert!(refused.contains(said), "{name}: {refused}");
        }
    }
    // A ZIP in a folder or in a ZIP is told, and not taken for nothing.
    let files = vec![("b.jpg", jpeg(1)), ("inner.zip", inner.clone())];
    let (_, report) = taken_as(&files, Manner::default());
    assert_eq!((report.frames, kinds(&report.left_out)), (1, vec![("packed", 1)]), "{report:?}");
    let report = Home::new().take_zip(zip(&files)).unwrap();
    assert_eq!((report.frames, kinds(&report.left_out)), (1, vec![("packed", 1)]), "{report:?}");
    assert!(report.left_out[0].what.contains("unpack them first"), "{report:?}");
    // One that unpacks itself is a ZIP behind a program.
    let dir = TempDir::new().unwrap();
    folder(dir.path(), &[("set.exe", [&b"MZ a program"[..], &inner].concat())]);
    let report = Home::new().take(&dir.path().join("set.exe"), Manner::default()).unwrap();
    assert_eq!((report.labels, report.left_out), (3, vec![]));
}

#[test]
fn damage_in_a_zip_is_told_by_its_kind() {
    let files = [set(), vec![("b.jpg", jpeg(1))]].concat();
    let mut damaged = bytes(zip(&files));
    // In the middle of the picture: behind the name in the file's own header.
    let at = damaged.windows(5).position(|w| w == b"b.jpg").unwrap() + 300;
    damaged[at] ^= 0x55;
    let mut file = tempfile::tempfile().unwrap();
    file.write_all(&damaged).unwrap();
    file.rewind().unwrap();
    let manner = Manner { format: Some(fieldcoach::dataset::import::Format::Pictures), ..Manner::default() };
    let report = Home::new().take_zip_as(file, manner).unwrap();
    let told = report.left_out.iter().find(|remark| remark.kind == "picture").unwrap();
    assert!(told.examples[0].contains("the ZIP is damaged here"), "{report:?}");
}

#[test]
fn masks_are_no_pictures_and_their_pictures_are_no_negatives() {
    let empty = Manner { unmentioned: Unmentioned::Empty, ..Manner::default() };
    let yolo = |mask: &'static str| {
        vec![
            ("classes.txt", NAMES.join("\n").into_bytes()),
            ("images/a.jpg", jpeg(0)),
            ("labels/a.txt", yolo().into_bytes()),
            ("images/b.jpg", jpeg(1)),
            ("images/c.jpg", jpeg(2)),
            (mask, png()),
        ]
    };
    for mask in ["labels/b.png", "masks/b.png", "images/b_mask.png"] {
        let (home, report) = taken_as(&yolo(mask), empty);
        assert_eq!((report.frames, kinds(&report.left_out)), (3, vec![("mask_picture", 1)]), "{mask}: {report:?}");
        let by_name = home.by_name();
        assert_eq!(
            (by_name["a.jpg"], by_name["b.jpg"], by_name["c.jpg"]),
            ((3, true), (0, false), (0, true)),
            "{mask}"
        );
    }
    let (_, report) = taken_as(&[("images/a.jpg", jpeg(0)), ("masks/a.png", png())], Manner::default());
    assert_eq!((report.frames, kinds(&report.left_out)), (1, vec![("mask_picture", 1)]));
}

#[test]
fn a_picture_whose_labels_are_not_read_is_no_negative() {
    let empty = Manner { unmentioned: Unmentioned::Empty, ..Manner::default() };
    let voc = b"<annotation><filename>a.jpg</filename></annotation>".to_vec();
    let labelme = br#"{"imagePath": "b.jpg", "shapes": [{"label": "red", "points": [[1, 1], [9, 9]]}]}"#.to_vec();
    for (name, labels) in [
        ("b.json", labelme),
        ("ann/b.jpg.json", br#"{"objects": [{}], "size": {}}"#.to_vec()),
        ("b.mat", vec![0]),
        ("b.json", b"{\"shapes\": [".to_vec()),
    ] {
        let files =
            vec![("a.xml", voc.clone()), ("a.jpg", jpeg(0)), (name, labels), ("b.jpg", jpeg(1)), ("c.jpg", jpeg(2))];
        let (home, report) = taken_as(&files, empty);
        let by_name = home.by_name();
        assert_eq!((by_name["b.jpg"], by_name["c.jpg"]), ((0, false), (0, true)), "{name}: {report:?}");
    }
}

#[test]
fn a_form_of_mask_folders_that_holds_the_pictures_themselves_is_taken() {
    let (_, report) = taken_as(&[("labels/a.jpg", jpeg(0)), ("labels/b.jpg", jpeg(1))], Manner::default());
    assert_eq!((report.frames, report.left_out), (2, vec![]));
}
