//! Letters in a code that nobody says: names that can't be read are none, and those of files are found by their bytes.

use super::home::{Home, kinds, taken};
use super::made::{BLOCKS, NAMES, coco, folder, jpeg, yolo};
use encoding_rs::GBK;
use fieldcoach::dataset::import::Manner;
use std::ffi::OsStr;
use std::io::{Seek, Write};
use std::os::unix::ffi::OsStrExt;
use tempfile::TempDir;

/// In GBK, as Chinese Windows writes files.
fn gbk(text: &str) -> Vec<u8> {
    let (bytes, _, failed) = GBK.encode(text);
    assert!(!failed);
    bytes.into_owned()
}

#[test]
fn classes_whose_names_can_not_be_read_are_none_and_make_no_negative() {
    let boxes = |name: &str, [x, y, w, h]: [f32; 4]| {
        let sides = format!("<xmin>{x}</xmin><ymin>{y}</ymin><xmax>{}</xmax><ymax>{}</ymax>", x + w, y + h);
        format!("<object><name>{name}</name><bndbox>{sides}</bndbox></object>")
    };
    let named = |set: String| set.replace("\"red\"", "\"好苹果\"").replace("\"green\"", "\"坏苹果\"");
    let lines: String = yolo().lines().take(2).map(|line| format!("{line}\n")).collect();
    let two = "好苹果\n坏苹果\nblue\n";
    let b = || ("b.jpg", jpeg(1));
    for (what, mut files, sound) in [
        ("COCO", vec![("set.json", gbk(&named(coco(&["a.jpg", "b.jpg"]).to_string()))), b()], 2),
        (
            "YOLO",
            vec![("classes.txt", gbk(two)), ("a.txt", yolo().into_bytes()), b(), ("b.txt", lines.clone().into_bytes())],
            1,
        ),
        (
            "data.yaml",
            vec![
                ("data.yaml", gbk("names: [好苹果, 坏苹果, blue]")),
                ("a.txt", yolo().into_bytes()),
                b(),
                ("b.txt", lines.clone().into_bytes()),
            ],
            1,
        ),
        (
            "VOC",
            vec![(
                "a.xml",
                gbk(&format!(
                    "<annotation><filename>a.jpg</filename>{}{}{}</annotation>",
                    boxes("好苹果", BLOCKS[0]),
                    boxes("坏苹果", BLOCKS[1]),
                    boxes("blue", BLOCKS[2])
                )),
            )],
            1,
        ),
    ] {
        files.push(("a.jpg", jpeg(0)));
        let (home, report) = taken(&files);
        assert_eq!(report.labels, sound, "{what}: {report:?}");
        let told = kinds(&report.left_out);
        assert!(told.iter().any(|(kind, _)| *kind == "letters"), "{what}: {report:?}");
        let categories: Vec<String> = home.store.categories().unwrap().into_iter().map(|c| c.name).collect();
        assert_eq!(categories, ["blue"], "{what}");
        if let Some(b) = home.by_name().get("b.jpg").filter(|_| what != "COCO") {
            assert_eq!(*b, (0, false), "{what}");
        }
        home.assert_on_blocks(what);
    }
    // What the file says of its code is believed, and western letters are read.
    let text = format!(
        "<?xml version='1.0' encoding='GBK'?><annotation><filename>a.jpg</filename>{}</annotation>",
        boxes("苹果", BLOCKS[0])
    );
    let (home, report) = taken(&[("a.xml", gbk(&text)), ("a.jpg", jpeg(0))]);
    assert_eq!((home.store.categories().unwrap()[0].name.as_str(), report.left_out.len()), ("苹果", 0), "{report:?}");
    let files = [
        ("classes.txt", b"Fr\xfcchte\nGr\xfc\xdfe\nblue".to_vec()),
        ("a.txt", yolo().into_bytes()),
        ("a.jpg", jpeg(0)),
    ];
    let (home, report) = taken(&files);
    assert_eq!((report.labels, kinds(&report.notes)), (3, vec![("encoding", 1)]), "{report:?}");
    assert!(home.store.categories().unwrap().iter().any(|category| category.name == "Grüße"));
}

#[test]
fn pictures_that_a_file_names_in_another_code_are_told_and_never_another_one() {
    let set = coco(&["红.jpg", "绿.jpg"]).to_string();
    let files = |set: Vec<u8>| [("set.json", set), ("红.jpg", jpeg(0)), ("other/b.jpg", jpeg(1))];
    let (home, report) = taken(&files(set.clone().into_bytes()));
    assert_eq!(
        (report.labels, kinds(&report.left_out)),
        (3, vec![("missing_picture", 1), ("not_named", 1)]),
        "{report:?}"
    );
    assert_eq!(home.frames().len(), 1);
    let dir = TempDir::new().unwrap();
    folder(dir.path(), &files(gbk(&set)));
    let refused = Home::new().take(dir.path(), Manner::default()).unwrap_err().to_string();
    assert!(refused.contains("set.json") || refused.contains("missing") || refused.contains("not there"), "{refused}");
    // The only picture with such letters is not meant by every name that has some.
    let (_, report) = taken(&[
        ("set.json", coco(&["绿.jpg", "b.jpg"]).to_string().into_bytes()),
        ("红.jpg", jpeg(0)),
        ("b.jpg", jpeg(1)),
    ]);
    assert_eq!((report.frames, report.labels), (1, 3), "{report:?}");
}

#[test]
fn files_whose_names_are_no_utf_8_come_in_from_folders_and_zips() {
    let names: [&[u8]; 2] = [&gbk("红.jpg"), &gbk("绿.jpg")];
    let json = coco(&["红.jpg", "绿.jpg"]).to_string().into_bytes();
    let text_of = |name: &[u8]| [&name[..name.len() - 3], b"txt"].concat();
    for labels in ["COCO", "YOLO"] {
        let mut files: Vec<(Vec<u8>, Vec<u8>)> =
            names.iter().zip(0..).map(|(name, i)| (name.to_vec(), jpeg(i))).collect();
        match labels {
            "COCO" => files.push((b"set.json".to_vec(), json.clone())),
            _ => {
                files.push((b"classes.txt".to_vec(), NAMES.join("\n").into_bytes()));
                files.extend(names.map(|name| (text_of(name), yolo().into_bytes())));
            }
        }
        let dir = TempDir::new().unwrap();
        files.iter().for_each(|(name, bytes)| std::fs::write(dir.path().join(OsStr::from_bytes(name)), bytes).unwrap());
        let home = Home::new();
        let report = home.take(dir.path(), Manner::default()).unwrap();
        let noted = if labels == "COCO" { 2 } else { 4 };
        assert_eq!(
            (report.frames, report.labels, kinds(&report.notes)),
            (2, 6, vec![("file_names", noted)]),
            "{report:?}"
        );
        home.assert_on_blocks(labels);
        let zipped = Home::new();
        let again = zipped.take_zip(zip_of_bytes(&files)).unwrap();
        assert_eq!((again.frames, again.labels, kinds(&again.notes)), (2, 6, kinds(&report.notes)), "{again:?}");
        zipped.assert_on_blocks(labels);
        let called = |home: &Home| home.by_name().into_keys().collect::<Vec<_>>();
        assert_eq!(called(&home), called(&zipped));
        assert!(labels == "YOLO" || called(&home) == ["红.jpg", "绿.jpg"], "{:?}", called(&home));
    }
}

/// A ZIP whose names are bytes: they are put in place of others of the same length.
fn zip_of_bytes(files: &[(Vec<u8>, Vec<u8>)]) -> std::fs::File {
    let stand_in = |i: usize, name: &[u8]| char::from(b'a' + i as u8).to_string().repeat(name.len());
    let named: Vec<(String, Vec<u8>)> =
        files.iter().enumerate().map(|(i, (name, bytes))| (stand_in(i, name), bytes.clone())).collect();
    let named: Vec<(&str, Vec<u8>)> = named.iter().map(|(name, bytes)| (name.as_str(), bytes.clone())).collect();
    let mut bytes = Vec::new();
    std::io::Read::read_to_end(&mut super::made::zip(&named), &mut bytes).unwrap();
    // Local headers and those of the directory have 30 and 46 bytes before the name.
    let starts = |magic: &[u8], skip: usize, bytes: &[u8]| -> Vec<usize> {
        let at = bytes.windows(4).enumerate().filter(|(_, window)| *window == magic).map(|(at, _)| at + skip);
        at.collect()
    };
    let places = [starts(b"PK\x03\x04", 30, &bytes), starts(b"PK\x01\x02", 46, &bytes)].concat();
    for (i, (name, _)) in files.iter().enumerate() {
        let other = stand_in(i, name).into_bytes();
        for at in &places {
            if bytes[*at..].starts_with(&other) {
                bytes[*at..at + name.len()].copy_from_slice(name);
            }
        }
    }
    let mut file = tempfile::tempfile().unwrap();
    file.write_all(&bytes).unwrap();
    file.rewind().unwrap();
    file
}
