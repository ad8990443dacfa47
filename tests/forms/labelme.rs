//! LabelMe, and those that write the same.

use super::home::kinds;
use super::made::{BLOCKS, NAMES, SIZE, jpeg};
use super::take::{boxes, labels, taken, whole};
use fieldcoach::domain::LabelKind;
use serde_json::{Value, json};

pub fn rectangle(label: &str, [x, y, w, h]: [f32; 4]) -> Value {
    json!({"label": label, "points": [[x, y], [x + w, y + h]], "group_id": null, "shape_type": "rectangle", "flags": {}})
}

pub fn blocks() -> Vec<Value> {
    NAMES.iter().zip(BLOCKS).map(|(name, block)| rectangle(name, block)).collect()
}

pub fn file(picture: &str, shapes: Vec<Value>) -> Value {
    json!({"version": "5.4.1", "flags": {}, "shapes": shapes, "imagePath": picture, "imageData": null,
        "imageHeight": SIZE.1, "imageWidth": SIZE.0})
}

fn text(value: &Value) -> Vec<u8> {
    value.to_string().into_bytes()
}

#[test]
fn every_layout_is_found() {
    for (json, picture, said) in [
        ("a.json", "a.jpg", "a.jpg"),
        ("labels/a.json", "images/a.jpg", "..\\images\\a.jpg"),
        ("a.json", "a.JPG", "C:\\Users\\ann\\a.jpg"),
        ("a.json", "a.jpg", "a.png"),
        ("a.json", "a.jpg", ""),
        ("a.json", "images/a.jpg", "../x/a.jpg"),
    ] {
        whole(said, &[(json, text(&file(said, blocks()))), (picture, jpeg(0))], 1);
    }
    // The picture may be in the file too, and is far longer than all else in it.
    let mut long = file("a.jpg", blocks());
    long["imageData"] = json!("QUJD".repeat(100_000));
    whole("with the picture", &[("a.json", text(&long)), ("a.jpg", jpeg(0))], 1);
    let two = [
        ("a.json", text(&file("a.jpg", blocks()))),
        ("a.jpg", jpeg(0)),
        ("b.json", text(&file("b.jpg", blocks()))),
        ("b.jpg", jpeg(1)),
    ];
    whole("two", &two, 2);
}

#[test]
fn a_picture_that_is_only_inside_is_told() {
    let mut inside = file("b.jpg", blocks());
    inside["imageData"] = json!("QUJD");
    let files = [
        ("a.json", text(&file("a.jpg", blocks()))),
        ("a.jpg", jpeg(0)),
        ("b.json", text(&inside)),
        ("c.json", text(&file("c.jpg", vec![]))),
    ];
    let (_, report) = taken("inside", &files);
    assert_eq!(kinds(&report.left_out), [("only_image_data", 1), ("missing_picture", 1)], "{report:?}");
}

#[test]
fn shapes_are_read_or_told_and_never_make_a_negative() {
    let shape = |kind: Value, points: Value| json!({"label": "red", "points": points, "shape_type": kind, "flags": {}});
    for (odd, kind) in [
        (shape(json!("point"), json!([[1, 2]])), "shape"),
        (shape(json!("line"), json!([[1, 2], [3, 4]])), "shape"),
        (shape(json!("linestrip"), json!([[1, 2], [3, 4], [5, 6]])), "shape"),
        (shape(json!("mask"), json!([[1, 2], [3, 4]])), "shape"),
        (shape(json!("polygon"), json!([[1, 2], [3, 4]])), "no_box"),
        (shape(json!("rectangle"), json!([[1, 2]])), "no_box"),
        (shape(json!("rectangle"), json!([[1, null], [3, 4]])), "no_box"),
        (shape(json!("rectangle"), json!([[1, 2], ["x", 4]])), "no_box"),
        (shape(json!("rectangle"), json!([[5, 5], [5, 9]])), "no_area"),
        (json!({"points": [[1, 2], [30, 40]], "shape_type": "rectangle"}), "no_name"),
        (json!(7), "too_many_labels"),
    ] {
        let files = [
            ("a.json", text(&file("a.jpg", blocks()))),
            ("a.jpg", jpeg(0)),
            ("b.json", text(&file("b.jpg", vec![odd.clone()]))),
            ("b.jpg", jpeg(1)),
        ];
        let (home, report) = taken(kind, &files);
        assert_eq!(kinds(&report.left_out), [(kind, 1)], "{odd}: {report:?}");
        assert_eq!((home.by_name()["b.jpg"], report.labels), ((0, false), 3), "{odd}");
    }
}

#[test]
fn rectangles_circles_and_outlines_are_drawn() {
    let shapes = vec![
        json!({"label": "box", "points": [[50, 40], [10, 12]], "shape_type": "rectangle"}),
        json!({"label": "box", "points": [[10, 12], [50, 12], [50, 40], [10, 40]], "shape_type": "rectangle"}),
        json!({"label": "box", "points": [[50, 50], [53, 54]], "shape_type": "circle"}),
        json!({"label": "leaf", "points": [[1, 2], [30, 2], [30, 40]], "shape_type": "polygon"}),
        json!({"label": 7, "points": [[1, 2], [30, 2], [30, 40]]}),
        json!({"label": "box", "points": [[20, 0], [40, 20], [20, 40], [0, 20]], "shape_type": "rotation", "flags": {"torn": true}}),
    ];
    let (home, report) = taken("drawn", &[("a.json", text(&file("a.jpg", shapes))), ("a.jpg", jpeg(0))]);
    let (outline, edges) = ([1.0, 2.0, 29.0, 38.0], [10.0, 12.0, 40.0, 28.0]);
    assert_eq!(
        boxes(&home, "a.jpg"),
        [edges, edges, [45.0, 45.0, 10.0, 10.0], outline, outline, [0.0, 0.0, 40.0, 40.0]]
    );
    assert_eq!(labels(&home, "a.jpg")[3].polygon.as_ref().unwrap().len(), 3);
    assert_eq!(kinds(&report.notes), [("round", 1), ("shape_flags", 1), ("turned_box", 1)], "{report:?}");
}

#[test]
fn flags_of_a_picture_are_tags_and_told() {
    let mut flagged = file("a.jpg", blocks());
    flagged["flags"] = json!({"dark": true, "torn": false});
    let (home, report) = taken("flags", &[("a.json", text(&flagged)), ("a.jpg", jpeg(0))]);
    assert_eq!((report.labels, kinds(&report.notes)), (4, vec![("flags", 1)]));
    let dark = home.store.categories().unwrap().into_iter().find(|c| c.name == "dark").unwrap();
    assert_eq!((dark.kind, labels(&home, "a.jpg")[3].category.as_str()), (LabelKind::Tag, "dark"));
}

#[test]
fn a_broken_file_costs_its_picture_alone() {
    let whole = text(&file("b.jpg", blocks()));
    let files = [
        ("a.json", text(&file("a.jpg", blocks()))),
        ("a.jpg", jpeg(0)),
        ("b.json", whole[..whole.len() / 2].to_vec()),
        ("b.jpg", jpeg(1)),
    ];
    let (home, report) = taken("broken", &files);
    assert_eq!((report.labels, kinds(&report.left_out)), (3, vec![("unreadable", 1)]), "{report:?}");
    assert_eq!(home.by_name()["b.jpg"], (0, false));
}
