//! What lies beside the labels, what is there twice, and what is here already.

use super::home::{Home, kinds, taken_as};
use super::made::{BLOCKS, NAMES, SIZE, coco, folder, jpeg, yolo, zip};
use fieldcoach::dataset::export;
use fieldcoach::dataset::import::{Manner, Unmentioned};
use fieldcoach::domain::{FrameSource, Label, NewFrame, Phase};
use fieldcoach::store::{LabelWrite, Options, Store};
use serde_json::{Value, json};
use std::ops::ControlFlow;
use tempfile::TempDir;

const STRICT: Manner = Manner {
    format: None,
    strict: true,
    boxes: fieldcoach::dataset::import::Boxes::Auto,
    unmentioned: Unmentioned::Unlabelled,
    sides: false,
};

fn refused(files: &[(&str, Vec<u8>)], name: &str) -> String {
    let dir = TempDir::new().unwrap();
    folder(dir.path(), files);
    Home::new().take(&dir.path().join(name), Manner::default()).unwrap_err().to_string()
}

fn refused_as(files: &[(&str, Vec<u8>)], manner: Manner) -> String {
    let dir = TempDir::new().unwrap();
    folder(dir.path(), files);
    let home = Home::new();
    let refused = home.take(dir.path(), manner).unwrap_err().to_string();
    assert!(home.frames().is_empty() && home.store.categories().unwrap().is_empty());
    refused
}

fn text(value: &Value) -> Vec<u8> {
    value.to_string().into_bytes()
}

/// A COCO file of these pictures with other annotations.
fn with(names: &[&str], annotations: Value) -> Vec<u8> {
    let mut set = coco(names);
    set["annotations"] = annotations;
    text(&set)
}

#[test]
fn files_that_accompany_the_objects_cost_no_object() {
    let names = ["a.jpg", "b.jpg"];
    let mut people = coco(&names[..1]);
    people["annotations"].as_array_mut().unwrap().truncate(1);
    let files = [
        ("annotations/captions_x.json", with(&names, json!([{"id": 1, "image_id": 2, "caption": "three blocks"}]))),
        ("annotations/instances_x.json", text(&coco(&names[..1]))),
        ("annotations/labels_x.json", with(&names, json!([{"id": 7, "image_id": 2, "category_id": 1}]))),
        (
            "annotations/panoptic_x.json",
            with(&names, json!([{"image_id": 1, "file_name": "a.png", "segments_info": []}])),
        ),
        ("annotations/person_keypoints_x.json", text(&people)),
        ("images/a.jpg", jpeg(0)),
        ("images/b.jpg", jpeg(1)),
    ];
    let (home, report) = taken_as(&files, Manner::default());
    assert_eq!((report.frames, report.labels, report.unlabelled), (2, 3, 1), "{report:?}");
    let left_out = [("captions", 1), ("panoptic", 1), ("whole_picture", 1)];
    assert_eq!((kinds(&report.left_out), kinds(&report.notes)), (left_out.to_vec(), vec![("twice", 1)]), "{report:?}");
    home.assert_on_blocks("task files");
    // What is not read is not taken in: strictly, nothing is.
    let refused = refused_as(&files, STRICT);
    assert!(refused.contains("captions") && refused.contains("all or nothing"), "{refused}");
    let files = &files[..];
    // Nobody said that there is nothing in it.
    assert_eq!(home.by_name()["b.jpg"], (0, false));
    // Alone it is not known what is in the pictures.
    let (home, report) = taken_as(&[files[2].clone(), files[5].clone(), files[6].clone()], Manner::default());
    assert_eq!((kinds(&report.left_out), report.unlabelled), (vec![("no_box", 1)], 2), "{report:?}");
    assert!(home.by_name().values().all(|it| *it == (0, false)));
}

#[test]
fn texts_beside_yolo_are_no_faults_and_other_forms_are_left_out() {
    let files = [
        ("obj.data", b"classes = 3".to_vec()),
        ("blocks.names", NAMES.join("\n").into_bytes()),
        ("images.txt", b"data/a.jpg\n".to_vec()),
        ("how_it_was_made.txt", b"By hand, in a barn.\n".to_vec()),
        ("_annotations.csv", b"filename,width,height,class,xmin,ymin,xmax,ymax\n".to_vec()),
        ("_annotations.createml.json", b"[{\"image\": \"a.jpg\", \"annotations\": []}]".to_vec()),
        ("blocks.tfrecord", b"\0".to_vec()),
        ("data/a.jpg", jpeg(0)),
        ("data/a.txt", yolo().into_bytes()),
    ];
    let (home, report) = taken_as(&files, Manner::default());
    let told = (kinds(&report.left_out), kinds(&report.notes));
    assert_eq!((report.labels, told), (3, (vec![("form_not_read", 3)], vec![("other_text", 2)])), "{report:?}");
    home.assert_on_blocks("texts");
    let named = report.left_out[0].examples.join(" ");
    for form in ["TFRecord", "CreateML", "a table"] {
        assert!(named.contains(form) && report.left_out[0].what.contains("export"), "{report:?}");
    }
    let refused = refused_as(&files, STRICT);
    assert!(refused.contains("TFRecord"), "{refused}");
    // Alone they are what was not understood.
    let (_, report) = taken_as(&[files[4].clone(), ("a.jpg", jpeg(0))], Manner::default());
    assert_eq!((kinds(&report.left_out), report.unlabelled), (vec![("form_not_read", 1)], 1));
}

#[test]
fn a_list_that_is_there_twice_is_read_twice() {
    let set = coco(&["a.jpg"]);
    let all = set["annotations"].as_array().unwrap();
    let twice = |first: &[Value], second: &[Value]| {
        format!(
            "{{\"images\":{},\"annotations\":{},\"categories\":{},\"annotations\":{}}}",
            set["images"],
            json!(first),
            set["categories"],
            json!(second)
        )
    };
    for (first, second, notes) in
        [(&all[..1], &all[1..], vec![("doubled", 1)]), (&all[..], &all[..], vec![("doubled", 1), ("twice", 3)])]
    {
        let (home, report) = taken_as(&[("set.json", twice(first, second).into_bytes()), ("a.jpg", jpeg(0))], STRICT);
        assert_eq!((report.labels, kinds(&report.notes)), (3, notes));
        home.assert_on_blocks("twice");
    }
    // So many of one picture that to compare all with all would never end.
    let many: Vec<Value> = (0..200_000)
        .map(|i| json!({"id": i, "image_id": set["images"][0]["id"], "category_id": all[0]["category_id"], "bbox": [1, 2, 3, 4 + i]}))
        .collect();
    let (dir, home) = (TempDir::new().unwrap(), Home::new());
    folder(dir.path(), &[("set.json", twice(&many, &many).into_bytes()), ("a.jpg", jpeg(0))]);
    let refused = home.take(dir.path(), Manner::default()).unwrap_err().to_string();
    assert!(refused.contains("a.jpg has more than 2000 annotations, in several lists"), "{refused}");
    assert!(home.frames().is_empty());
}

#[test]
fn a_zip_with_two_entries_of_one_name_is_told_where_they_differ() {
    let made = |second: Value| {
        // The writer takes no name twice: the other one is renamed in the bytes.
        let files = [("set.json", text(&coco(&["a.jpg"]))), ("sex.json", text(&second)), ("a.jpg", jpeg(0))];
        let mut bytes = Vec::new();
        std::io::Read::read_to_end(&mut { zip(&files) }, &mut bytes).unwrap();
        while let Some(at) = bytes.windows(8).position(|w| w == b"sex.json") {
            bytes[at + 2] = b't';
        }
        let mut file = tempfile::tempfile().unwrap();
        std::io::Write::write_all(&mut file, &bytes).unwrap();
        std::io::Seek::rewind(&mut file).unwrap();
        file
    };
    let home = Home::new();
    let refused = home.take_zip(made(json!({"images": [], "annotations": []}))).unwrap_err().to_string();
    assert!(refused.contains("`set.json` twice") && refused.contains("new ZIP"), "{refused}");
    assert!(home.frames().is_empty());
    // The same where the directory is that of a ZIP64.
    let mut bytes = Vec::new();
    std::io::Read::read_to_end(&mut made(json!({"images": [], "annotations": []})), &mut bytes).unwrap();
    let refused = home.take_zip(zip64(&bytes)).unwrap_err().to_string();
    assert!(refused.contains("`set.json` twice"), "{refused}");
    let report = home.take_zip(made(coco(&["a.jpg"]))).unwrap();
    assert_eq!((report.labels, report.left_out), (3, vec![]));
}

/// The same ZIP with a ZIP64 directory: what its end says stands in a record before it.
fn zip64(bytes: &[u8]) -> std::fs::File {
    let (whole, end) = bytes.split_at(bytes.len() - 22);
    let word = |at: usize| u64::from(u32::from_le_bytes(end[at..at + 4].try_into().unwrap())).to_le_bytes();
    let entries = u64::from(u16::from_le_bytes([end[10], end[11]])).to_le_bytes();
    let record = [
        &b"PK\x06\x06"[..],
        &44u64.to_le_bytes(),
        &[45, 0, 45, 0, 0, 0, 0, 0, 0, 0, 0, 0],
        &entries,
        &entries,
        &word(12),
        &word(16),
    ]
    .concat();
    let locator = [&b"PK\x06\x07\0\0\0\0"[..], &(whole.len() as u64).to_le_bytes(), &[1, 0, 0, 0]].concat();
    let old = [&b"PK\x05\x06\0\0\0\0"[..], &[0xff; 12], &[0, 0]].concat();
    let mut file = tempfile::tempfile().unwrap();
    std::io::Write::write_all(&mut file, &[whole, &record, &locator, &old].concat()).unwrap();
    std::io::Seek::rewind(&mut file).unwrap();
    file
}

#[test]
fn labels_that_two_pictures_share_are_nobody_s() {
    let empty = Manner { unmentioned: Unmentioned::Empty, ..Manner::default() };
    let png = || {
        let mut bytes = std::io::Cursor::new(Vec::new());
        super::made::picture(3).write_to(&mut bytes, image::ImageFormat::Png).unwrap();
        bytes.into_inner()
    };
    let files = [
        ("classes.txt", NAMES.join("\n").into_bytes()),
        ("a.jpg", jpeg(0)),
        ("a.png", png()),
        ("a.txt", yolo().into_bytes()),
        ("b.jpg", jpeg(1)),
        ("b.txt", yolo().into_bytes()),
    ];
    let (home, report) = taken_as(&files, empty);
    assert_eq!((report.labels, kinds(&report.left_out)), (3, vec![("missing_picture", 1)]), "{report:?}");
    assert_eq!((home.by_name()["a.jpg"], home.by_name()["a.png"]), ((0, false), (0, false)));
    // The file says which: the other one is not known to be empty.
    let voc = "<annotation><filename>a.jpg</filename><object><name>red</name><bndbox><xmin>10</xmin><ymin>12</ymin>\
        <xmax>50</xmax><ymax>36</ymax></bndbox></object></annotation>";
    let files = [("a.jpg", jpeg(0)), ("a.png", png()), ("a.xml", voc.as_bytes().to_vec())];
    let (home, report) = taken_as(&files, empty);
    assert_eq!((report.labels, kinds(&report.notes)), (1, vec![("shared_name", 1)]), "{report:?}");
    assert_eq!(home.by_name()["a.png"], (0, false));
    // It does not say which.
    let unsaid = voc.replace("a.jpg", "a");
    let (home, report) =
        taken_as(&[("a.jpg", jpeg(0)), ("a.png", png()), ("a.xml", unsaid.into_bytes())], Manner::default());
    assert_eq!((report.labels, kinds(&report.left_out)), (0, vec![("missing_picture", 1)]), "{report:?}");
    assert!(report.left_out[0].examples[0].contains("a.jpg or a.png"), "{report:?}");
    assert!(home.by_name().values().all(|it| *it == (0, false)));
}

#[test]
fn the_same_picture_with_other_labels_under_another_name_is_told() {
    let mut set = coco(&["a.jpg", "b.jpg"]);
    let files = |set: &Value| [("set.json", text(set)), ("a.jpg", jpeg(0)), ("b.jpg", jpeg(0))];
    let (_, report) = taken_as(&files(&set), STRICT);
    assert_eq!((report.frames, report.notes), (2, vec![]));
    set["annotations"].as_array_mut().unwrap().truncate(4);
    let (_, report) = taken_as(&files(&set), Manner::default());
    assert_eq!(kinds(&report.notes), [("same_picture", 1)]);
    assert!(report.notes[0].examples[0].contains("a.jpg and b.jpg"), "{report:?}");
}

#[test]
fn what_was_exported_here_is_told_as_the_same_when_it_comes_back() {
    let (home, _) =
        taken_as(&[("set.json", text(&coco(&["a.jpg", "b.jpg"]))), ("a.jpg", jpeg(0)), ("b.jpg", jpeg(1))], STRICT);
    for format in [export::Format::Coco, export::Format::Yolo, export::Format::Voc] {
        let dir = TempDir::new().unwrap();
        export::folder(&home.store, format, dir.path(), &mut |_, _| ControlFlow::Continue(())).unwrap();
        let report = home.take(dir.path(), Manner::default()).unwrap();
        assert_eq!((report.already, report.left_out), (2, vec![]), "{format:?}");
        assert_eq!(kinds(&report.notes), [("same", 2)], "{format:?}");
    }
    // Others are kept.
    let (frame, labels) = home.frames().remove(0);
    let write = LabelWrite {
        revision: labels.revision,
        phase: Phase::Labelled,
        labels: vec![Label::boxed("red", BLOCKS[0].into())],
        ..LabelWrite::default()
    };
    let dir = TempDir::new().unwrap();
    export::folder(&home.store, export::Format::Yolo, dir.path(), &mut |_, _| ControlFlow::Continue(())).unwrap();
    home.store.put_labels(frame.id, write).unwrap();
    let report = home.take(dir.path(), Manner::default()).unwrap();
    assert_eq!((kinds(&report.left_out), kinds(&report.notes)), (vec![("kept", 1)], vec![("same", 1)]));
}

#[test]
fn frames_that_went_for_an_import_are_told() {
    let dir = TempDir::new().unwrap();
    let options = Options { dir: dir.path().join("store"), budget: 24_000_000, reserve: 0 };
    let store = Store::open(options).unwrap();
    // Frames of the camera until some must go.
    let frame = |number: u32| NewFrame {
        jpeg: [&jpeg(number)[..], &vec![number as u8; 400_000]].concat().into(),
        taken: jiff::Timestamp::now(),
        width: SIZE.0,
        height: SIZE.1,
        source: FrameSource::Camera,
        camera: None,
        name: None,
        clip: None,
        kept: None,
        truth: None,
    };
    let mut number = 0;
    while store.bring_frame(&frame(number)).unwrap().1 == 0 {
        number += 1;
        assert!(number < 1_000);
    }
    let names: Vec<String> = (0..12).map(|i| format!("{i}.jpg")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let mut files = vec![("set.json", text(&coco(&names)))];
    files.extend(names.iter().zip(0..).map(|(name, i)| (*name, [&jpeg(i)[..], &vec![7; 500_000]].concat())));
    let set = TempDir::new().unwrap();
    folder(set.path(), &files);
    let on = &mut |_, _| ControlFlow::Continue(());
    let report = fieldcoach::dataset::import::path(&store, set.path(), &Manner::default(), on).unwrap();
    let dropped = report.notes.iter().find(|note| note.kind == "dropped").unwrap_or_else(|| panic!("{report:?}"));
    assert!(dropped.count > 0 && dropped.what.contains("store.budget"), "{report:?}");
    assert!(dropped.to_string().ends_with(&format!("({})", dropped.count)));
}

#[test]
fn a_file_that_is_no_data_set_is_named_for_what_it_is() {
    let mut tar = vec![0; 512];
    tar[257..262].copy_from_slice(b"ustar");
    for (name, bytes, said) in [
        ("set.rar", b"Rar!\x1a\x07".to_vec(), "a RAR archive"),
        ("set.7z", b"7z\xbc\xaf\x27\x1c".to_vec(), "a 7z archive"),
        ("set.tar", tar, "a tar archive"),
        ("set.tar.gz", b"\x1f\x8b\x08".to_vec(), "a tar archive"),
        ("set.pdf", b"%PDF-1.7".to_vec(), "a PDF"),
        ("a.heic", b"\0\0\0\x18ftypheic".to_vec(), "send them as JPEG or PNG"),
    ] {
        let refused = refused(&[(name, bytes), ("b.jpg", jpeg(0))], name);
        assert!(refused.contains(name) && refused.contains(said), "{refused}");
    }
}
