//! Boxes that are not plain and upright, and lines that may be several things: read where it is sure, told where not.

use super::home::{Home, kinds, taken};
use super::made::{BLOCKS, SIZE, coco, folder, jpeg};
use fieldcoach::dataset::import::{ImportReport, Manner};
use serde_json::{Value, json};
use tempfile::TempDir;

/// The first block in shares of the picture: its centre and size.
fn block() -> [f32; 4] {
    let [x, y, w, h] = BLOCKS[0];
    let (sx, sy) = (SIZE.0 as f32, SIZE.1 as f32);
    [(x + w / 2.0) / sx, (y + h / 2.0) / sy, w / sx, h / sy]
}

fn yolo(yaml: &str, lines: &[String]) -> (Home, ImportReport) {
    taken(&[
        ("data.yaml", format!("{yaml}\nnames: [red]\n").into_bytes()),
        ("images/a.jpg", jpeg(0)),
        ("labels/a.txt", lines.join("\n").into_bytes()),
    ])
}

fn line(numbers: &[f32]) -> String {
    format!("0 {}", numbers.iter().map(f32::to_string).collect::<Vec<_>>().join(" "))
}

#[test]
fn key_points_of_two_numbers_are_read_as_boxes_where_all_lines_tell() {
    let [x, y, w, h] = block();
    // Points here and there in the box, so that no outline could have them as corners.
    let pose = |i: usize| {
        let at = |n: usize| ((i * 7 + n * 5) % 11) as f32 / 10.0 - 0.5;
        let points = (0..4).flat_map(|n| [x + w * at(n), y + h * at(n + 3)]);
        line(&[x, y, w, h].into_iter().chain(points).collect::<Vec<_>>())
    };
    let lines: Vec<String> = (0..11).map(pose).collect();
    let (home, report) = yolo("", &lines);
    assert_eq!((report.labels, kinds(&report.left_out)), (11, vec![]), "{report:?}");
    assert_eq!(kinds(&report.notes), [("key_points_left", 11)]);
    home.assert_on_blocks("key points");
    // One alone tells nothing, and is not guessed.
    let one = line(&[x, y, w, h, x, y]);
    let (home, report) = yolo("", std::slice::from_ref(&one));
    assert_eq!((report.labels, kinds(&report.left_out)), (0, vec![("unclear_line", 1)]));
    assert!(report.left_out[0].what.contains("kpt_shape"), "{report:?}");
    assert_eq!(home.by_name()["a.jpg"], (0, false));
    let (home, report) = yolo("kpt_shape: [1, 2]", &[one]);
    assert_eq!((report.labels, report.left_out.len()), (1, 0));
    home.assert_on_blocks("said");
}

#[test]
fn outlines_stay_outlines_wherever_they_lie() {
    // Small ones all over the picture, also in its middle, where the first two corners make a box that holds the others.
    let outline = |i: usize| {
        let (x, y) = (0.1 + 0.08 * (i % 10) as f32, 0.1 + 0.08 * (i / 10) as f32);
        line(&[x, y, x + 0.06, y, x + 0.07, y + 0.05, x + 0.03, y + 0.08, x, y + 0.04])
    };
    let (_, report) = yolo("", &(0..100).map(outline).collect::<Vec<_>>());
    assert_eq!((report.labels, report.left_out, report.notes), (100, vec![], vec![]));
    // Of one in the middle alone nobody knows, unless it is said.
    let middle = [outline(44)];
    let (_, report) = yolo("", &middle);
    assert_eq!((report.labels, kinds(&report.left_out)), (0, vec![("unclear_line", 1)]));
    let (_, report) = yolo("task: segment", &middle);
    assert_eq!((report.labels, report.left_out.len()), (1, 0));
}

#[test]
fn a_fifth_number_is_an_angle_where_any_is() {
    let [x, y, w, h] = block();
    let with = |last: f32| line(&[x, y, w, h, last]);
    let (_, report) = yolo("", &[with(0.4), with(0.9)]);
    assert_eq!((report.labels, kinds(&report.notes)), (2, vec![("confidence", 2)]));
    let (home, report) = yolo("", &[with(0.4), with(-0.3)]);
    assert_eq!((report.labels, kinds(&report.left_out)), (0, vec![("turned_unclear", 2)]));
    assert_eq!(home.by_name()["a.jpg"], (0, false));
}

/// A COCO file of one picture, the first annotation changed.
fn changed(change: Value) -> (Home, ImportReport) {
    let mut set = coco(&["a.jpg"]);
    set["annotations"].as_array_mut().unwrap().truncate(1);
    set["annotations"][0].as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
    taken(&[("set.json", set.to_string().into_bytes()), ("a.jpg", jpeg(0))])
}

#[test]
fn boxes_of_coco_in_other_ways_lie_where_they_are() {
    let [x, y, w, h] = BLOCKS[0];
    let (cx, cy, sx, sy) = (x + w / 2.0, y + h / 2.0, SIZE.0 as f32, SIZE.1 as f32);
    for (what, change, notes) in [
        ("corners", json!({"bbox": [x, y, x + w, y + h], "bbox_mode": 0}), vec![]),
        ("shares", json!({"bbox": [x / sx, y / sy, w / sx, h / sy], "bbox_mode": 3}), vec![]),
        // Turned by a quarter, the sides change places.
        (
            "CVAT",
            json!({"bbox": [cx - h / 2.0, cy - w / 2.0, h, w], "attributes": {"rotation": 90.0}}),
            vec![("turned_box", 1)],
        ),
        ("detectron2", json!({"bbox": [cx, cy, h, w, 90], "bbox_mode": 4}), vec![("turned_box", 1)]),
    ] {
        let (home, report) = changed(change);
        assert_eq!((report.labels, kinds(&report.left_out), kinds(&report.notes)), (1, vec![], notes), "{what}");
        home.assert_on_blocks(what);
    }
}

#[test]
fn what_is_not_sure_of_a_box_of_coco_is_told() {
    for (change, kind) in [
        (json!({"bbox": [30, 24, 40, 24, 30]}), "turned_unclear"),
        (json!({"angle": 30}), "turned_unclear"),
        (json!({"bbox_mode": 7}), "box_mode"),
        (json!({"ignore": 1}), "ignored"),
    ] {
        let (home, report) = changed(change.clone());
        assert_eq!((report.labels, kinds(&report.left_out)), (0, vec![(kind, 1)]), "{change}");
        assert_eq!(home.by_name()["a.jpg"], (0, false), "{change}");
    }
}

#[test]
fn an_angle_beside_a_box_of_another_form_is_told() {
    let labelme = json!({"version": "5.4.1", "flags": {}, "imagePath": "a.jpg", "imageHeight": SIZE.1, "imageWidth": SIZE.0,
        "shapes": [{"label": "red", "points": [[10, 12], [50, 36]], "shape_type": "rectangle", "rotation": 30}]});
    let voc = "<annotation><filename>a.jpg</filename><object><name>red</name><bndbox><xmin>10</xmin><ymin>12</ymin>\
        <xmax>50</xmax><ymax>36</ymax><angle>0.4</angle></bndbox></object></annotation>";
    for (name, text) in [("a.json", labelme.to_string()), ("a.xml", voc.to_owned())] {
        let (home, report) = taken(&[(name, text.into_bytes()), ("a.jpg", jpeg(0))]);
        assert_eq!((report.labels, kinds(&report.left_out)), (0, vec![("turned_unclear", 1)]), "{name}: {report:?}");
        assert_eq!(home.by_name()["a.jpg"], (0, false), "{name}");
    }
}

#[test]
fn outlines_without_end_are_bounded_in_every_form() {
    let many: Vec<String> = (0..400)
        .map(|i| {
            let corner = |n: usize| {
                let turn = n as f32 / 600.0 * std::f32::consts::TAU;
                [0.2 + 0.001 * i as f32 + 0.1 * turn.cos(), 0.3 + 0.1 * turn.sin()]
            };
            line(&(0..600).flat_map(corner).collect::<Vec<_>>())
        })
        .collect();
    let home = Home::new();
    let category = fieldcoach::domain::Category {
        name: "red".into(),
        colour: String::new(),
        instructions: String::new(),
        kind: fieldcoach::domain::LabelKind::Polygon,
    };
    home.store.add_category(category).unwrap();
    let dir = TempDir::new().unwrap();
    let files = [
        ("data.yaml", b"names: [red]\n".to_vec()),
        ("images/a.jpg", jpeg(0)),
        ("labels/a.txt", many.join("\n").into_bytes()),
    ];
    folder(dir.path(), &files);
    let report = home.take(dir.path(), Manner::default()).unwrap();
    assert_eq!((report.labels, kinds(&report.left_out)), (333, vec![("too_many_corners", 67)]));
}
