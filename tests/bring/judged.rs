//! What comes is held against what is here before anything is written; and how much of it says that nothing is there is told.

use super::home::{Home, kinds, taken};
use super::made::{coco, folder, jpeg, zip};
use fieldcoach::dataset::import::{ImportError, Manner};
use fieldcoach::domain::Phase;
use fieldcoach::store::LabelWrite;
use serde_json::json;
use tempfile::TempDir;

const NAMES: [&str; 8] = ["0.jpg", "1.jpg", "2.jpg", "3.jpg", "4.jpg", "5.jpg", "6.jpg", "7.jpg"];

#[test]
fn everything_or_nothing_refuses_what_has_other_labels_here_and_leaves_nothing_behind() {
    let (home, _) = taken(&[("set.json", coco(&["0.jpg"]).to_string().into()), ("0.jpg", jpeg(0))]);
    let (frame, labels) = home.frames().remove(0);
    let one = LabelWrite {
        revision: labels.revision,
        phase: Phase::Labelled,
        labels: labels.labels[..1].to_vec(),
        ..LabelWrite::default()
    };
    home.store.put_labels(frame.id, one).unwrap();
    let mut set = coco(&["0.jpg", "1.jpg"]);
    set["categories"][0]["name"] = json!("another");
    let dir = TempDir::new().unwrap();
    folder(dir.path(), &[("set.json", set.to_string().into()), ("0.jpg", jpeg(0)), ("1.jpg", jpeg(1))]);
    let before = home.store.categories().unwrap();
    let error = home.take(dir.path(), Manner { strict: true, ..Manner::default() }).unwrap_err();
    let text = error.to_string();
    assert!(matches!(error, ImportError::Invalid(_)) && text.contains("other labels here"), "{text}");
    assert_eq!(home.store.categories().unwrap(), before);
    assert_eq!((home.frames().len(), home.frames()[0].1.labels.len()), (1, 1));
    // By default the rest comes in, and it is told once.
    let report = home.take(dir.path(), Manner::default()).unwrap();
    assert_eq!((report.frames, report.labels, kinds(&report.left_out)), (1, 3, vec![("kept", 1)]));
}

#[test]
fn pictures_that_are_said_to_be_empty_are_counted_and_noted_where_they_are_the_most() {
    for (empty, noted) in [(7, true), (5, true), (4, false), (1, false), (0, false)] {
        let mut set = coco(&NAMES);
        let drawn = set["annotations"].as_array_mut().unwrap();
        drawn.retain(|annotation| annotation["image_id"].as_u64().unwrap() > empty);
        let cvat = cvat(empty as usize);
        for (form, name, file) in [("COCO", "set.json", set.to_string()), ("CVAT", "annotations.xml", cvat)] {
            let mut files: Vec<_> = NAMES.iter().enumerate().map(|(i, name)| (*name, jpeg(i as u32))).collect();
            files.push((name, file.into()));
            let (_, report) = taken(&files);
            assert_eq!((report.frames, report.unlabelled, report.empty), (8, 0, empty), "{form}: {report:?}");
            let notes = if noted { vec![("mostly_empty", empty)] } else { vec![] };
            assert_eq!(kinds(&report.notes), notes, "{form}, {empty}");
        }
    }
}

/// The same eight pictures, of which the first so many have nothing in them.
fn cvat(empty: usize) -> String {
    let image = |(i, name): (usize, &&str)| {
        let shape = "<box label=\"red\" occluded=\"0\" xtl=\"10\" ytl=\"12\" xbr=\"50\" ybr=\"36\"/>";
        let inside = if i < empty { "" } else { shape };
        format!("<image id=\"{i}\" name=\"{name}\" width=\"160\" height=\"120\">{inside}</image>")
    };
    let images: String = NAMES.iter().enumerate().map(image).collect();
    format!("<annotations><version>1.1</version>{images}</annotations>")
}

#[test]
fn labels_without_their_pictures_are_told_by_the_switch_that_brings_them() {
    let image = "<image id=\"0\" name=\"a.jpg\" width=\"160\" height=\"120\"><box label=\"red\" xtl=\"1\" ytl=\"2\" xbr=\"9\" ybr=\"9\"/></image>";
    let file = format!("<annotations><version>1.1</version>{image}</annotations>");
    let error = Home::new().take_zip(zip(&[("annotations.xml", file.into())])).unwrap_err().to_string();
    assert!(error.contains("“Save images”") && error.contains("a.jpg") && error.contains("Nothing was"), "{error}");
}
