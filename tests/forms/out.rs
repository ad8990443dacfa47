//! Out and in again: all of it is the same.

use super::home::Home;
use super::made::{SIZE, picture};
use fieldcoach::dataset::export::{self, Format};
use fieldcoach::dataset::import::{ImportReport, Manner};
use fieldcoach::domain::*;
use fieldcoach::store::LabelWrite;
use std::collections::BTreeMap;
use std::io::Seek;
use std::ops::ControlFlow;
use tempfile::TempDir;

/// Names that are hard to carry.
const NAMES: [&str; 9] = [
    "train/0.jpg",
    "valid/0.jpg",
    "0.jpg",
    "images/0.png",
    "Gr\u{fc}n \u{8d64}/a b & c.jpg",
    "..\\up.jpg",
    "CON.jpg",
    "\u{1f422}.jpg",
    "none",
];

/// A picture that is no other.
fn jpeg(number: u8) -> bytes::Bytes {
    let mut image = picture(0);
    (0..400).for_each(|i| image.put_pixel(i % 20, 90 + i / 20, image::Rgb([number * 25; 3])));
    fieldcoach::picture::encode_jpeg(&image, 95)
}

fn furnish(home: &Home) {
    let category =
        |name: &str, kind| Category { name: name.into(), colour: String::new(), instructions: String::new(), kind };
    for (name, kind) in [("cup <\"the\" blue>", LabelKind::Box), ("leaf", LabelKind::Polygon), ("dark", LabelKind::Tag)]
    {
        home.store.add_category(category(name, kind)).unwrap();
    }
    for (i, name) in NAMES.into_iter().enumerate() {
        let (jpeg, n) = (jpeg(i as u8), i as f32);
        let frame = NewFrame {
            jpeg,
            taken: jiff::Timestamp::from_second(1_700_000_000).unwrap(),
            width: SIZE.0,
            height: SIZE.1,
            source: FrameSource::Upload,
            camera: None,
            name: Some(name.into()),
            clip: None,
            kept: None,
            truth: None,
        };
        let frame = home.store.add_frame(&frame).unwrap();
        let third = 1.0 / 3.0;
        let labels = vec![
            Label::boxed("cup <\"the\" blue>", [0.1 + n, 7.3, 33.333, 20.7].into()),
            Label::boxed("cup <\"the\" blue>", [n * third, n * third, 100.0 * third, 3.0 * third].into()),
            Label::boxed("cup <\"the\" blue>", [0.0, 0.0, SIZE.0 as f32, SIZE.1 as f32].into()),
            Label::outlined("leaf", vec![[10.0 + n, 10.1], [30.5, 12.0], [20.0 + third, 40.25]]),
            Label::tag("dark"),
        ];
        let labels = if i == 3 { vec![] } else { labels };
        let write = LabelWrite { revision: 0, phase: Phase::Labelled, labels, ..LabelWrite::default() };
        home.store.put_labels(frame.id, write).unwrap();
    }
}

/// Of every picture, by its bytes, its name and what it has in it, tags aside where the form has none.
fn contents(home: &Home, tags: bool) -> BTreeMap<Vec<u8>, (String, Vec<Label>)> {
    let of = |(frame, labels): (Frame, FrameLabels)| {
        let labels = labels.labels.into_iter().filter(|label| tags || label.bbox.is_some()).collect();
        (home.store.jpeg(frame.id).unwrap().to_vec(), (frame.name.unwrap(), labels))
    };
    home.frames().into_iter().map(of).collect()
}

/// As a folder and as a ZIP.
fn round(from: &Home, format: Format, check: impl Fn(&Home, &str)) -> ImportReport {
    let on = &mut |_, _| ControlFlow::Continue(());
    let dir = TempDir::new().unwrap();
    export::folder(&from.store, format, dir.path(), on).unwrap();
    let to = Home::new();
    let report = to.take(dir.path(), Manner::default()).unwrap();
    check(&to, "folder");
    let mut zip = tempfile::tempfile().unwrap();
    export::zip(&from.store, format, None, &mut zip, on).unwrap();
    zip.rewind().unwrap();
    let to = Home::new();
    to.take_zip(zip).unwrap();
    check(&to, "zip");
    // Back to where it came from: all of it is there.
    let again = from.take(dir.path(), Manner::default()).unwrap();
    assert_eq!((again.frames, again.labels, again.categories), (0, 0, 0), "{format:?}: {again:?}");
    report
}

#[test]
fn coco_comes_back_with_its_names() {
    let from = Home::new();
    furnish(&from);
    let report = round(&from, Format::Coco, |to, what| assert_eq!(contents(to, true), contents(&from, true), "{what}"));
    assert_eq!((report.left_out, report.notes), (vec![], vec![]));
}

#[test]
fn coco_of_nothing_but_empty_frames_comes_back_labelled_as_it_was() {
    let from = Home::new();
    furnish(&from);
    for (frame, labels) in from.frames() {
        let phase = if frame.name.as_deref() == Some("none") { Phase::Reviewed } else { Phase::Labelled };
        let write = LabelWrite { revision: labels.revision, phase, labels: vec![], ..LabelWrite::default() };
        from.store.put_labels(frame.id, write).unwrap();
    }
    let phases = |home: &Home| -> BTreeMap<_, _> {
        home.frames().into_iter().map(|(frame, labels)| (frame.name.unwrap(), labels.phase)).collect()
    };
    let report = round(&from, Format::Coco, |to, what| assert_eq!(phases(to), phases(&from), "{what}"));
    assert_eq!((report.unlabelled, report.empty, report.left_out), (0, NAMES.len() as u64, vec![]));
}

#[test]
fn voc_comes_back_to_the_bit() {
    let from = Home::new();
    furnish(&from);
    let labels = |home: &Home| contents(home, false).into_values().map(|(_, labels)| labels).collect::<Vec<_>>();
    let report = round(&from, Format::Voc, |to, what| {
        assert_eq!(labels(to), labels(&from), "{what}");
        let kinds: BTreeMap<String, LabelKind> =
            to.store.categories().unwrap().into_iter().map(|c| (c.name, c.kind)).collect();
        assert_eq!((kinds["leaf"], kinds["cup <\"the\" blue>"]), (LabelKind::Polygon, LabelKind::Box));
    });
    assert_eq!((report.frames, report.left_out, report.notes), (NAMES.len() as u64, vec![], vec![]));
}

#[test]
fn yolo_comes_back_within_a_thousandth_of_a_pixel() {
    let from = Home::new();
    furnish(&from);
    let ours = contents(&from, false);
    round(&from, Format::Yolo, |to, what| {
        for (jpeg, (name, labels)) in contents(to, false) {
            let (_, wanted) = &ours[&jpeg];
            assert_eq!(labels.len(), wanted.len(), "{what}: {name}");
            for (label, wanted) in labels.iter().zip(wanted) {
                let (a, b): ([f32; 4], [f32; 4]) = (label.bbox.unwrap().into(), wanted.bbox.unwrap().into());
                assert!(a.iter().zip(b).all(|(a, b)| (a - b).abs() < 1e-3), "{what}: {a:?} {b:?}");
                let corners = |label: &Label| label.polygon.clone().unwrap_or_default().concat();
                let (a, b) = (corners(label), corners(wanted));
                let near = a.iter().zip(&b).all(|(a, b)| (a - b).abs() < 1e-3);
                assert!(a.len() == b.len() && near, "{what}: {a:?} {b:?}");
            }
        }
    });
}

#[test]
fn files_keep_the_names_of_their_frames_where_they_are_safe() {
    let from = Home::new();
    furnish(&from);
    let dir = TempDir::new().unwrap();
    let report = export::folder(&from.store, Format::Voc, dir.path(), &mut |_, _| ControlFlow::Continue(())).unwrap();
    assert!(report.skipped.len() == 1 && report.skipped[0].contains("8 tags"), "{report:?}");
    for name in ["train/0", "valid/0", "0", "Gr\u{fc}n \u{8d64}/a b & c", "\u{1f422}", "none"] {
        assert!(dir.path().join(format!("JPEGImages/{name}.jpg")).is_file(), "{name}");
        assert!(dir.path().join(format!("Annotations/{name}.xml")).is_file(), "{name}");
    }
    let list = std::fs::read_to_string(dir.path().join("ImageSets/Main/trainval.txt")).unwrap();
    assert_eq!(list.lines().count(), NAMES.len());
    let labels = std::fs::read_to_string(dir.path().join("labelmap.txt")).unwrap();
    assert!(labels.lines().any(|line| line.starts_with("leaf:")), "{labels}");
}
