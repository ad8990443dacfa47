//! Files that were rebuilt from what users of other tools reported in public: what must come out of each.

use super::home::{Home, kinds};
use fieldcoach::dataset::export::{self, Format};
use fieldcoach::dataset::import::{ImportReport, Manner, Unmentioned};
use fieldcoach::domain::{Frame, FrameLabels, Label, Phase};
use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::path::PathBuf;

/// Where they lie, if they are here.
fn cases() -> Option<PathBuf> {
    let cases = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../shared/fixtures/cases");
    if !cases.is_dir() {
        eprintln!("skipped: no {}", cases.display());
        return None;
    }
    Some(cases)
}

fn taken(path: &str) -> Option<(Home, ImportReport)> {
    let path = cases()?.join(path);
    let home = Home::new();
    let report = home.take(&path, Manner::default()).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    Some((home, report))
}

/// Data sets of which all comes in: frames and labels.
const WHOLE: [(&str, u64, u64); 25] = [
    ("05-exif/annotations.json", 2, 6),
    ("05-exif", 2, 6),
    ("05-exif-yolo", 2, 6),
    ("06-layouts/cvat", 2, 6),
    ("06-layouts/cvat/annotations/instances_Train.json", 2, 6),
    ("06-layouts/fiftyone", 2, 6),
    ("06-layouts/fiftyone/labels.json", 2, 6),
    ("06-cvat-layout.zip", 2, 6),
    ("07-same-names/annotations.json", 4, 12),
    ("08-names/1-backslash.json", 1, 3),
    ("08-names/2-outside.json", 1, 3),
    ("08-names/4-url.json", 1, 3),
    ("08-names/5-dot.json", 1, 3),
    ("09-scripts/1-float-size.json", 1, 3),
    ("09-scripts/2-float-ids.json", 1, 3),
    ("09-scripts/3-text-and-number-ids.json", 1, 3),
    ("10-twice/annotations.json", 1, 2),
    ("13-roboflow", 4, 12),
    ("14-pose", 1, 3),
    ("16-windows/coco/bom.json", 1, 3),
    ("16-windows/yolo-bom", 1, 3),
    ("19-mac.zip", 1, 3),
    ("19-cp437-names.zip", 1, 3),
    ("19-utf8-names.zip", 1, 3),
    ("19-windows-backslash.zip", 1, 3),
];

#[test]
fn whole_data_sets_come_in_whole() {
    for (path, frames, labels) in WHOLE {
        let Some((home, report)) = taken(path) else { return };
        assert_eq!((report.frames, report.labels, report.unlabelled), (frames, labels, 0), "{path}: {report:?}");
        assert_eq!(report.left_out, [], "{path}");
        home.assert_on_blocks(path);
    }
}

/// Of every picture, by its bytes: its labels, but for tags, which two of the forms have no place for.
fn labels(home: &Home) -> BTreeMap<Vec<u8>, Vec<Label>> {
    let of = |(frame, labels): (Frame, FrameLabels)| {
        let boxed = labels.labels.into_iter().filter(|label| label.bbox.is_some()).collect();
        (home.store.jpeg(frame.id).unwrap().to_vec(), boxed)
    };
    home.frames().into_iter().filter(|(_, labels)| labels.phase > Phase::Unlabelled).map(of).collect()
}

/// Whether all numbers are the same; so near, where a form counts shares.
fn is_same(a: &[Label], b: &[Label], near: f32) -> bool {
    let numbers = |label: &Label| {
        let corners = label.polygon.iter().flatten().flatten();
        <[f32; 4]>::from(label.bbox.unwrap()).into_iter().chain(corners.copied()).collect::<Vec<_>>()
    };
    let close = |a: &Label, b: &Label| {
        let (a, b) = (numbers(a), numbers(b));
        a.len() == b.len() && a.iter().zip(&b).all(|(a, b)| (a - b).abs() <= near)
    };
    a.len() == b.len() && a.iter().zip(b).all(|(a, b)| a.category == b.category && close(a, b))
}

#[test]
fn every_case_comes_back_as_it_went_out() {
    let Some(cases) = cases() else { return };
    let mut of_all = 0;
    for path in WHOLE.iter().map(|(path, ..)| *path).chain(["12-odd", "18-half", "15-numbers/4-just-over-one"]) {
        let from = Home::new();
        from.take(&cases.join(path), Manner::default()).unwrap();
        let ours = labels(&from);
        for (format, near) in [(Format::Coco, 0.0), (Format::Voc, 0.0), (Format::Yolo, 1e-3)] {
            let (dir, to) = (tempfile::tempdir().unwrap(), Home::new());
            export::folder(&from.store, format, dir.path(), &mut |_, _| ControlFlow::Continue(())).unwrap();
            let report = to.take(dir.path(), Manner::default()).unwrap();
            assert_eq!(report.left_out, [], "{path}, {format:?}");
            let theirs = labels(&to);
            assert_eq!(theirs.len(), ours.len(), "{path}, {format:?}");
            for (jpeg, labels) in &ours {
                let there = &theirs[jpeg];
                let mut wanted: Vec<Label> = Vec::new();
                for label in labels {
                    // Equal lines of YOLO count once.
                    if !(matches!(format, Format::Yolo) && wanted.contains(label)) {
                        wanted.push(label.clone());
                    }
                }
                assert!(is_same(there, &wanted, near), "{path}, {format:?}: {labels:?} became {there:?}");
                of_all += labels.len();
            }
        }
    }
    assert!(of_all > 300, "{of_all}");
}

#[test]
fn sets_that_are_hard_to_learn_from_come_in_as_they_are() {
    for (name, frames, labels, categories, empty) in [
        ("tiny-objects", 9, 9, 3, 0),
        ("96-classes", 8, 24, 96, 0),
        ("no-objects", 8, 0, 3, 0),
        ("one-object-in-eight", 8, 1, 3, 7),
    ] {
        let Some((home, report)) = taken(&format!("28-names/{name}.json")) else { return };
        assert_eq!((report.frames, report.labels, report.empty), (frames, labels, empty), "{name}: {report:?}");
        // Of a file that says nothing of objects no picture is known to be empty; of one that does, it is noted.
        let unlabelled = if labels == 0 { frames } else { 0 };
        assert_eq!((report.unlabelled, home.store.categories().unwrap().len()), (unlabelled, categories), "{name}");
        assert_eq!(report.left_out, [], "{name}");
        let notes: Vec<&str> = kinds(&report.notes).into_iter().map(|(kind, _)| kind).collect();
        let mostly = if empty > 0 { Some("mostly_empty") } else { None };
        assert_eq!(notes.iter().copied().find(|note| *note == "mostly_empty"), mostly, "{name}: {notes:?}");
    }
    // The two pictures beside them: one far wider than high, and one of a pixel.
    let Some(cases) = cases() else { return };
    for (name, wide) in [("wide.jpg", true), ("one-pixel.png", false)] {
        let dir = tempfile::tempdir().unwrap();
        std::fs::copy(cases.join("28-names").join(name), dir.path().join(name)).unwrap();
        let home = Home::new();
        assert_eq!(home.take(dir.path(), Manner::default()).unwrap().frames, 1, "{name}");
        let frame = home.frames().remove(0).0;
        match wide {
            true => assert!(frame.width > 4 * frame.height, "{frame:?}"),
            false => assert_eq!((frame.width, frame.height), (1, 1)),
        }
    }
}

#[test]
fn names_that_are_the_same_but_for_their_folder_stay_apart_on_the_way_out_and_in() {
    let Some((from, _)) = taken("07-same-names/annotations.json") else { return };
    let out = tempfile::tempdir().unwrap();
    for format in [Format::Coco, Format::Yolo] {
        let dir = out.path().join(format!("{format:?}"));
        export::folder(&from.store, format, &dir, &mut |_, _| ControlFlow::Continue(())).unwrap();
        let to = Home::new();
        let report = to.take(&dir, Manner::default()).unwrap();
        assert_eq!((report.frames, report.labels), (4, 12), "{report:?}");
        to.assert_on_blocks("07");
    }
}

#[test]
fn one_bad_number_costs_one_label() {
    let Some((_, report)) = taken("09-scripts/5-nan-box.json") else { return };
    assert_eq!((report.frames, report.labels), (1, 2));
    assert_eq!(kinds(&report.left_out), [("no_box", 1)]);
    assert!(report.left_out[0].examples[0].contains("annotation 3 of a.jpg"), "{report:?}");
}

#[test]
fn one_bad_picture_costs_one_picture() {
    let Some((home, report)) = taken("11-one-bad/1-bad-pictures.json") else { return };
    let frames = home.by_name();
    assert_eq!(report.frames + report.left_out.iter().map(|r| r.count).sum::<u64>(), 5, "{report:?}");
    assert!(frames.values().all(|(labels, labelled)| *labels == 3 && *labelled), "{frames:?}");
    let told: Vec<&String> = report.left_out.iter().flat_map(|r| &r.examples).collect();
    for name in ["1.jpg", "2.jpg"] {
        assert!(frames.contains_key(name) || told.iter().any(|t| t.starts_with(name)), "{name}: {told:?}");
    }
    let path = cases().unwrap().join("11-one-bad/1-bad-pictures.json");
    let strict = Home::new();
    let refused = strict.take(&path, Manner { strict: true, ..Manner::default() }).unwrap_err().to_string();
    assert!(refused.contains("Nothing was imported") && strict.frames().is_empty(), "{refused}");

    let Some((_, report)) = taken("11-one-bad/3-picture-without-file.json") else { return };
    assert_eq!((report.frames, report.labels), (1, 3));
    assert_eq!(kinds(&report.left_out), [("missing_picture", 1)]);
    assert!(report.left_out[0].examples[0].contains("nowhere.jpg"), "{report:?}");
}

#[test]
fn masks_crowds_and_odd_boxes_are_told_and_never_become_negatives() {
    let Some((home, report)) = taken("12-odd/annotations.json") else { return };
    assert_eq!((report.frames, report.labels, report.unlabelled), (3, 4, 2), "{report:?}");
    let told: Vec<&str> = report.left_out.iter().flat_map(|r| &r.examples).map(String::as_str).collect();
    for id in [3, 4, 5, 7, 9, 10, 11, 12, 13] {
        assert!(told.iter().any(|t| t.starts_with(&format!("annotation {id} "))), "{id}: {told:?}");
    }
    assert_eq!(report.left_out.iter().map(|r| r.count).sum::<u64>(), 9, "{report:?}");
    let frames = home.by_name();
    assert_eq!(frames["a.jpg"], (4, true));
    assert_eq!((frames["only-a-mask.jpg"], frames["only-a-crowd.jpg"]), ((0, false), (0, false)));
    for (frame, labels) in home.frames() {
        match frame.name.as_deref() {
            Some("a.jpg") => {
                let clipped = labels.labels.iter().find(|l| l.category == "blue").unwrap().bbox.unwrap();
                assert_eq!(<[f32; 4]>::from(clipped), [0.0, 150.0, 30.0, 50.0]);
            }
            _ => assert_eq!(frame.taken.to_string(), "2013-11-14T17:02:52Z"),
        }
    }
}

#[test]
fn lines_that_are_not_understood_are_named_and_their_picture_is_not_a_negative() {
    for (path, kind, example) in [
        ("15-numbers/2-commas", "line", "labels/a.txt, line 1: `0,0.156250"),
        ("15-numbers/3-pixels", "pixels", "labels/a.txt, line 1: `0 50.0 40.0"),
    ] {
        let Some((home, report)) = taken(path) else { return };
        assert_eq!(kinds(&report.left_out), [(kind, 3)], "{path}");
        assert!(report.left_out[0].examples[0].starts_with(example), "{report:?}");
        assert_eq!(home.by_name()["a.jpg"], (0, false), "{path}");
    }
    let Some((home, report)) = taken("15-numbers/4-just-over-one") else { return };
    assert_eq!((report.labels, report.left_out.len()), (1, 0));
    let (frame, labels) = home.frames().remove(0);
    let bbox = labels.labels[0].bbox.unwrap();
    assert_eq!((bbox.width, bbox.height), (frame.width as f32, frame.height as f32));
}

#[test]
fn a_picture_without_a_text_file_is_told_and_not_labelled_unless_asked_for() {
    let Some((home, report)) = taken("18-half") else { return };
    let frames = home.by_name();
    assert_eq!(frames["2.jpg"], (0, false));
    assert!(kinds(&report.notes).contains(&("no_label_file", 1)), "{report:?}");
    // The text of the second is there, and empty.
    assert_eq!((frames["0.JPG"], frames["1.jpg"]), ((3, true), (0, true)), "{frames:?}");
    let told: Vec<&String> = report.left_out.iter().flat_map(|r| &r.examples).collect();
    for name in ["3.bmp", "4.webp"] {
        assert!(frames.get(name) == Some(&(3, true)) || told.iter().any(|t| t.contains(name)), "{name}: {told:?}");
    }
    let home = Home::new();
    let manner = Manner { unmentioned: Unmentioned::Empty, ..Manner::default() };
    home.take(&cases().unwrap().join("18-half"), manner).unwrap();
    assert_eq!(home.by_name()["2.jpg"], (0, true));
}

#[test]
fn archives_that_are_none_are_refused_each_with_its_reason() {
    for (path, reason) in [
        ("20-bomb.zip", "far more than it has itself"),
        ("20-lies-about-size.zip", "larger than its declared uncompressed size"),
        ("20-locked.zip", "annotations.json: it is locked with a password"),
        ("20-cut.zip", "cut short"),
    ] {
        let Some(cases) = cases() else { return };
        let home = Home::new();
        let refused = home.take(&cases.join(path), Manner::default()).unwrap_err().to_string();
        println!("{path}: {refused}");
        assert!(refused.contains(reason), "{path}: {refused}");
        assert!(home.frames().is_empty());
    }
}

#[test]
fn odd_names_of_categories_come_in_or_are_told() {
    let Some((home, report)) = taken("28-names/annotations.json") else { return };
    let names: Vec<String> = home.store.categories().unwrap().into_iter().map(|c| c.name).collect();
    for name in
        ["fr/3HI", "🍎 apple", "赤い箱", "a b", "50%", "nan", "null", "<b>x</b>", "it's \"x\"", "tab here", "é", "CON"]
    {
        assert!(names.iter().any(|n| n == name), "{name}: {names:?}");
    }
    assert_eq!(names.iter().filter(|n| n.starts_with(['é', 'e'])).count(), 1, "{names:?}");
    let told: u64 = report.left_out.iter().map(|r| r.count).sum();
    assert!(names.len() as u64 + told >= 15, "{names:?} {report:?}");
}
