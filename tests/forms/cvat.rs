//! CVAT for images.

use super::home::{Home, kinds, taken_twice};
use super::made::{BLOCKS, NAMES, jpeg, zip};
use super::take::{boxes, labels, taken, whole};
use fieldcoach::dataset::import::{Manner, Unmentioned};
use fieldcoach::domain::{LabelKind, LabelOrigin, Side};

pub fn boxed(label: &str, [x, y, w, h]: [f32; 4], more: &str) -> String {
    let (right, bottom) = (x + w, y + h);
    format!(
        "<box label=\"{label}\" source=\"manual\" occluded=\"0\" xtl=\"{x:.2}\" ytl=\"{y:.2}\" xbr=\"{right:.2}\" \
         ybr=\"{bottom:.2}\" z_order=\"0\" {more}></box>"
    )
}

pub fn blocks() -> String {
    NAMES.iter().zip(BLOCKS).map(|(name, block)| boxed(name, block, "")).collect()
}

pub fn image(name: &str, shapes: &str) -> String {
    format!("<image id=\"0\" name=\"{name}\" width=\"160\" height=\"120\">{shapes}</image>")
}

/// A file as a task exports it; of each label its name, colour and type.
pub fn file(kinds: &[(&str, &str, &str)], images: &str) -> Vec<u8> {
    let label = |(name, colour, kind): &(&str, &str, &str)| {
        format!("<label><name>{name}</name><color>{colour}</color><type>{kind}</type><attributes></attributes></label>")
    };
    let labels: String = kinds.iter().map(label).collect();
    format!(
        "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<annotations><version>1.1</version><meta><task><id>1</id>\
         <name>x</name><mode>annotation</mode><labels>{labels}</labels></task><dumped>2024</dumped></meta>{images}\
         </annotations>"
    )
    .into_bytes()
}

#[test]
fn tasks_come_in_with_their_labels() {
    for (name, picture) in [("a.jpg", "images/a.jpg"), ("a.jpg", "a.jpg"), ("x/a.jpg", "images/x/a.jpg")] {
        whole(name, &[("annotations.xml", file(&[], &image(name, &blocks()))), (picture, jpeg(0))], 1);
    }
    let kinds = [
        ("red", "#ff0000", "rectangle"),
        ("leaf", "#00ff00", "polygon"),
        ("dark", "#0000ff", "tag"),
        ("bone", "#fff", "skeleton"),
    ];
    let shapes = boxed("red", BLOCKS[0], "")
        + "<polygon label=\"leaf\" source=\"manual\" occluded=\"0\" points=\"1.00,2.00;30.00,2.00;30.00,40.00\"/>\
           <tag label=\"dark\" source=\"manual\"></tag>";
    let (home, report) =
        taken("kinds", &[("annotations.xml", file(&kinds, &image("a.jpg", &shapes))), ("images/a.jpg", jpeg(0))]);
    assert_eq!((report.left_out, report.notes), (vec![], vec![]));
    let categories: Vec<_> = home.store.categories().unwrap().into_iter().map(|c| (c.name, c.colour, c.kind)).collect();
    let category = |name: &str, colour: &str, kind| (name.to_owned(), colour.to_owned(), kind);
    for known in [
        category("red", "#ff0000", LabelKind::Box),
        category("leaf", "#00ff00", LabelKind::Polygon),
        category("dark", "#0000ff", LabelKind::Tag),
    ] {
        assert!(categories.contains(&known), "{categories:?}");
    }
    assert_eq!(categories.len(), 3);
    let labels = labels(&home, "a.jpg");
    assert_eq!(labels[1].polygon.as_deref(), Some([[1.0, 2.0], [30.0, 2.0], [30.0, 40.0]].as_slice()));
    assert_eq!((labels[2].category.as_str(), labels[2].bbox), ("dark", None));
}

#[test]
fn shapes_that_are_not_read_are_told_and_never_make_a_negative() {
    for (shape, kind) in [
        ("<polyline label=\"red\" points=\"1,2;3,4\"/>", "shape"),
        ("<points label=\"red\" points=\"1,2\"/>", "shape"),
        ("<cuboid label=\"red\" xtl1=\"1\"/>", "shape"),
        ("<skeleton label=\"red\"><points label=\"1\" points=\"1,2\"/></skeleton>", "shape"),
        ("<mask label=\"red\" rle=\"1, 2, 3\" left=\"1\" top=\"1\" width=\"3\" height=\"2\"/>", "mask"),
        ("<box label=\"red\" xtl=\"1\" ytl=\"x\" xbr=\"9\" ybr=\"9\"/>", "no_box"),
        ("<box label=\"red\" xtl=\"1\"/>", "no_box"),
        ("<box label=\"\" xtl=\"1\" ytl=\"1\" xbr=\"9\" ybr=\"9\"/>", "no_name"),
        ("<polygon label=\"red\" points=\"1,2;3,4\"/>", "no_box"),
        ("<box label=\"red\" xtl=\"0.1\" ytl=\"0.1\" xbr=\"0.5\" ybr=\"0.5\"/>", "box_in_shares"),
    ] {
        let images = image("a.jpg", &blocks()) + &image("b.jpg", shape);
        let (home, report) =
            taken(shape, &[("annotations.xml", file(&[], &images)), ("a.jpg", jpeg(0)), ("b.jpg", jpeg(1))]);
        assert_eq!(kinds(&report.left_out), [(kind, 1)], "{shape}");
        assert_eq!(home.by_name()["b.jpg"], (0, false), "{shape}");
        assert_eq!((report.labels, report.unlabelled), (3, 1), "{shape}");
    }
}

#[test]
fn turned_round_outside_and_attributes_are_told() {
    let attribute = "<attribute name=\"colour\">dark</attribute><attribute name=\"torn\">false</attribute>";
    let shapes = boxed("red", [10.0, 20.0, 20.0, 4.0], "rotation=\"90.00\"")
        + "<ellipse label=\"red\" cx=\"50\" cy=\"60\" rx=\"10\" ry=\"5\"/>"
        + &boxed("red", BLOCKS[1], "outside=\"1\"")
        + &boxed("red", BLOCKS[2], "")
            .replace("occluded=\"0\"", "occluded=\"1\"")
            .replace("></box>", &format!(">{attribute}</box>"));
    let (home, report) = taken("told", &[("annotations.xml", file(&[], &image("a.jpg", &shapes))), ("a.jpg", jpeg(0))]);
    let found = boxes(&home, "a.jpg");
    assert_eq!(found[1..], [[40.0, 55.0, 20.0, 10.0], BLOCKS[2]]);
    assert!(found[0].iter().zip([18.0, 12.0, 4.0, 20.0]).all(|(a, b)| (a - b).abs() < 1e-4), "{found:?}");
    let notes = [("turned_box", 1), ("round", 1), ("outside_of_frame", 1), ("occluded", 1), ("attribute", 1)];
    assert_eq!((kinds(&report.left_out), kinds(&report.notes)), (vec![], notes.to_vec()), "{report:?}");
    assert!(report.notes[4].examples[0].starts_with("dark at object number 4"), "{report:?}");
}

#[test]
fn an_image_without_shapes_has_nothing_in_it_and_one_that_is_not_there_is_told() {
    let images = image("a.jpg", "") + &image("gone.jpg", &blocks());
    let (home, report) = taken("empty", &[("annotations.xml", file(&[], &images)), ("a.jpg", jpeg(0))]);
    assert_eq!(home.by_name()["a.jpg"], (0, true));
    assert_eq!(kinds(&report.left_out), [("missing_picture", 1)]);
}

#[test]
fn a_task_that_nobody_has_begun_makes_no_negatives() {
    let files = [("annotations.xml", file(&[], &image("a.jpg", ""))), ("a.jpg", jpeg(0))];
    let (home, report) = taken("not begun", &files);
    assert_eq!((home.by_name()["a.jpg"], kinds(&report.notes)), ((0, false), vec![("no_annotations", 1)]));
    let (home, _) = taken_twice("empty", &files, Manner { unmentioned: Unmentioned::Empty, ..Manner::default() });
    assert_eq!(home.by_name()["a.jpg"], (0, true));
}

#[test]
fn an_image_that_is_listed_twice_brings_its_boxes_once() {
    let images = image("a.jpg", &blocks()) + &image("a.jpg", &blocks());
    let (_, report) = taken("twice", &[("annotations.xml", file(&[], &images)), ("a.jpg", jpeg(0))]);
    assert_eq!((report.labels, kinds(&report.notes)), (3, vec![("twice", 3)]));
}

#[test]
fn a_film_without_its_frames_and_broken_files_are_refused_in_words() {
    let track = "<track id=\"3\" label=\"red\"><box frame=\"0\" xtl=\"1\" ytl=\"1\" xbr=\"9\" ybr=\"9\" outside=\"0\"/></track>";
    let whole = file(&[], &image("a.jpg", &blocks()));
    for (xml, says) in
        [(file(&[], track), "frame_000000.PNG, of a film"), (whole[..whole.len() - 30].to_vec(), "cut short")]
    {
        let home = Home::new();
        let error = home.take_zip(zip(&[("annotations.xml", xml), ("a.jpg", jpeg(0))])).unwrap_err().to_string();
        assert!(error.contains(says) && error.contains("Nothing was imported"), "{error}");
        assert!(home.frames().is_empty());
    }
}

#[test]
fn subsets_are_sides_where_they_are_asked_for() {
    let in_subset =
        |name: &str, subset: &str| image(name, &blocks()).replace("<image ", &format!("<image subset=\"{subset}\" "));
    let images = in_subset("0.jpg", "Train") + &in_subset("0.jpg", "Validation");
    let files = [
        ("annotations.xml", file(&[], &images)),
        ("images/Train/0.jpg", jpeg(0)),
        ("images/Validation/0.jpg", jpeg(15)),
    ];
    let (home, report) = taken_twice("subsets", &files, Manner { sides: true, ..Manner::default() });
    assert_eq!((report.frames, report.labels, report.left_out), (2, 6, vec![]));
    let sides: Vec<Side> = home.store.sides().unwrap().into_values().collect();
    assert!(sides.contains(&Side::Training) && sides.contains(&Side::Validation), "{sides:?}");
}

/// A track of boxes: frame, box, and what more there is to it.
fn track(id: u32, label: &str, boxes: &[(u32, [f32; 4], &str)]) -> String {
    let boxes = boxes.iter().map(|(frame, block, more)| {
        boxed("", *block, &format!("frame=\"{frame}\" {more}"))
            .replace("label=\"\"", "")
            .replace("source=\"manual\"", "")
    });
    format!("<track id=\"{id}\" label=\"{label}\" source=\"manual\">{}</track>", boxes.collect::<String>())
}

#[test]
fn tracks_of_a_film_come_in_with_the_frames_that_lie_beside() {
    let at = |x: f32| [x, 20.0, 30.0, 40.0];
    let (drawn, computed, gone) =
        ("keyframe=\"1\" outside=\"0\"", "keyframe=\"0\" outside=\"0\"", "keyframe=\"1\" outside=\"1\"");
    let tracks = track(0, "red", &[(0, at(10.0), drawn), (1, at(15.0), computed), (2, at(20.0), drawn), (3, at(20.0), gone)])
        // As other programs write it: only what was drawn.
        + &track(1, "blue", &[(0, at(100.0), drawn), (3, at(70.0), drawn), (4, at(70.0), gone)])
        + &track(2, "blue", &[(9, at(1.0), drawn)]);
    let frames: Vec<_> = (0..5).map(|n| (format!("images/frame_{n:06}.PNG"), jpeg(n))).collect();
    let mut files: Vec<(&str, Vec<u8>)> = frames.iter().map(|(name, jpeg)| (name.as_str(), jpeg.clone())).collect();
    files.push(("annotations.xml", file(&[("red", "#ff0000", "rectangle")], &tracks)));
    let (home, report) = taken("film", &files);
    assert_eq!(kinds(&report.left_out), [("missing_picture", 1), ("not_named", 1)], "{report:?}");
    assert!(report.left_out[0].examples[0].contains("frame_000009"), "{report:?}");
    let of = |n: u32| {
        let labels = labels(&home, &format!("frame_{n:06}.PNG"));
        let label = |l: &fieldcoach::domain::Label| (l.track.clone().unwrap(), l.origin, l.bbox.unwrap().x);
        let mut found: Vec<_> = labels.iter().map(label).collect();
        found.sort_by(|a, b| a.0.cmp(&b.0));
        found
    };
    let (one, other, by_hand, between) =
        ("0".to_owned(), "1".to_owned(), LabelOrigin::Drawn, LabelOrigin::Interpolated);
    assert_eq!(of(0), [(one.clone(), by_hand, 10.0), (other.clone(), by_hand, 100.0)]);
    assert_eq!(of(1), [(one.clone(), between, 15.0), (other.clone(), between, 90.0)]);
    assert_eq!(of(2), [(one, by_hand, 20.0), (other.clone(), between, 80.0)]);
    assert_eq!(of(3), [(other, by_hand, 70.0)], "the other has gone");
    let last = |(name, (_, labelled)): (&String, &(usize, bool))| name.contains("000004") && *labelled;
    assert!(report.labels == 7 && !home.by_name().iter().any(last), "nobody says what is in the last");
}

#[test]
fn frames_of_a_film_of_which_nobody_can_say_what_is_in_them_are_not_labelled() {
    let at = |x: f32| [x, 20.0, 30.0, 40.0];
    let seen = "outside=\"0\"";
    let gone = |number| (number, at(9.0), "outside=\"1\"");
    let points = |number: u32| format!("<points frame=\"{number}\" points=\"1,2\" outside=\"0\"/>");
    let outline =
        |number: u32| format!("<polygon frame=\"{number}\" points=\"1,2;30,2;30,40\" keyframe=\"1\" outside=\"0\"/>");
    let shapes = |shapes: String| format!("<track id=\"0\" label=\"red\">{shapes}</track>");
    let end = boxed("", at(9.0), "frame=\"5\" outside=\"1\"").replace("label=\"\"", "");
    // Of six frames: which are labelled, and the labels in them.
    for (case, tracks, labelled, things) in [
        ("in order", track(0, "red", &[(0, at(10.0), seen), (4, at(50.0), seen), gone(5)]), "111111", 5),
        ("out of order", track(0, "red", &[(4, at(50.0), seen), gone(5), (0, at(10.0), seen)]), "111111", 5),
        ("no number", track(0, "red", &[(0, at(10.0), seen), (4, at(f32::NAN), seen), gone(5)]), "100001", 1),
        ("outlines", shapes(outline(0) + &outline(4) + &end), "100011", 2),
        ("points", shapes(points(0) + &points(4) + &end), "000001", 0),
        ("no end", track(0, "red", &[(0, at(10.0), seen), (3, at(40.0), seen)]), "111100", 4),
        ("gone in between", track(0, "red", &[(0, at(10.0), seen), gone(1), (4, at(1.0), seen), gone(5)]), "111111", 2),
    ] {
        let frames: Vec<_> = (0..6).map(|n| (format!("images/frame_{n:06}.PNG"), jpeg(n))).collect();
        let mut files: Vec<(&str, Vec<u8>)> = frames.iter().map(|(name, jpeg)| (name.as_str(), jpeg.clone())).collect();
        let said = "<mode>interpolation</mode><size>6</size><start_frame>0</start_frame><stop_frame>5</stop_frame>";
        let xml = String::from_utf8(file(&[], &tracks)).unwrap().replace("<mode>annotation</mode>", said);
        files.push(("annotations.xml", xml.into_bytes()));
        let (home, report) = taken(case, &files);
        let found: String = home.by_name().values().map(|(_, labelled)| if *labelled { '1' } else { '0' }).collect();
        assert_eq!((found.as_str(), report.labels), (labelled, things), "{case}: {report:?}");
        assert_eq!(report.left_out.is_empty(), labelled == "111111", "{case}: {report:?}");
    }
}

#[test]
fn tracks_that_make_no_sense_are_told() {
    let no_frame = "<track id=\"0\" label=\"red\"><box xtl=\"1\" ytl=\"1\" xbr=\"9\" ybr=\"9\"/></track>";
    let far = track(1, "red", &[(0, BLOCKS[0], ""), (90_000, BLOCKS[0], "outside=\"1\"")]);
    let images = image("a.jpg", &blocks()) + no_frame + &far;
    let (_, report) =
        taken("odd", &[("annotations.xml", file(&[], &images)), ("a.jpg", jpeg(0)), ("frame_000000.jpg", jpeg(1))]);
    assert_eq!(
        (kinds(&report.left_out), kinds(&report.notes)),
        (vec![("no_frame", 1), ("far_apart", 1)], vec![]),
        "{report:?}"
    );
    assert_eq!((report.frames, report.labels), (2, 4));
}

#[test]
fn the_frames_of_a_film_without_objects_are_named_by_its_task() {
    let tracks = track(
        0,
        "red",
        &[(10, BLOCKS[0], "keyframe=\"1\" outside=\"0\""), (15, BLOCKS[0], "keyframe=\"1\" outside=\"1\"")],
    );
    let meta = |meta: &str| {
        String::from_utf8(file(&[("red", "#ff0000", "rectangle")], &tracks))
            .unwrap()
            .replace("<mode>annotation</mode>", &format!("<mode>interpolation</mode>{meta}"))
            .into_bytes()
    };
    let frames: Vec<_> =
        [5u32, 10, 15, 17, 20, 25].iter().map(|n| (format!("images/frame_{n:06}.PNG"), jpeg(n % 20))).collect();
    let with = |said: &str, numbers: &[u32]| {
        let called = |n: &u32| format!("images/frame_{n:06}.PNG");
        let names: Vec<String> = numbers.iter().map(called).collect();
        let mut files: Vec<(&str, Vec<u8>)> = frames
            .iter()
            .filter(|(name, _)| names.contains(name))
            .map(|(name, jpeg)| (name.as_str(), jpeg.clone()))
            .collect();
        files.push(("annotations.xml", meta(said)));
        taken_twice(said, &files, Manner::default())
    };
    let task =
        "<size>4</size><start_frame>5</start_frame><stop_frame>20</stop_frame><frame_filter>step=5</frame_filter>";
    let (home, report) = with(task, &[5, 10, 15, 20]);
    assert_eq!((report.frames, report.labels, report.left_out, report.empty), (4, 1, vec![], 3));
    assert_eq!(kinds(&report.notes), [("mostly_empty", 3)]);
    assert!(home.by_name().values().all(|(_, labelled)| *labelled));
    // What lies between or behind is of no task.
    let (home, report) = with(task, &[5, 10, 15, 17, 20, 25]);
    assert_eq!((report.frames, kinds(&report.left_out)), (4, vec![("not_named", 2)]), "{report:?}");
    assert!(!home.by_name().keys().any(|name| name.contains("17") || name.contains("25")));
    // Where the numbers are others than those of the tracks, or nothing says them, nobody knows.
    for said in ["", "<size>4</size>", "<start_frame>0</start_frame><stop_frame>3</stop_frame>"] {
        let (_, report) = with(said, &[5, 10, 15, 20]);
        assert_eq!((report.frames, kinds(&report.left_out)), (1, vec![("not_named", 3)]), "{said}: {report:?}");
    }
}
