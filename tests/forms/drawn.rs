//! What is drawn in another way than its category takes, or in two ways at once: kept, or told, in every form alike.

use super::home::{Home, kinds, taken};
use super::made::{BLOCKS, SIZE, jpeg};
use super::take::labels;
use fieldcoach::dataset::import::ImportReport;
use fieldcoach::domain::{Category, LabelKind};
use serde_json::{Value, json};

/// An outline in the picture.
const OUTLINE: [f32; 8] = [10.0, 12.0, 50.0, 16.0, 44.0, 36.0, 20.0, 30.0];

fn coco(category: Value, annotations: Value) -> (Home, ImportReport) {
    let mut set =
        json!({"images": [{"id": 1, "file_name": "a.jpg"}], "categories": [category], "annotations": annotations});
    for annotation in set["annotations"].as_array_mut().unwrap() {
        annotation["image_id"] = 1.into();
        annotation["category_id"] = 1.into();
    }
    taken(&[("set.json", set.to_string().into_bytes()), ("a.jpg", jpeg(0))])
}

fn yolo(yaml: &str, lines: &[String]) -> (Home, ImportReport) {
    taken(&files(yaml, lines))
}

fn files(yaml: &str, lines: &[String]) -> [(&'static str, Vec<u8>); 3] {
    [
        ("data.yaml", format!("{yaml}\nnames: {{'0': red, '1': green}}\n").into_bytes()),
        ("images/a.jpg", jpeg(0)),
        ("labels/a.txt", lines.join("\n").into_bytes()),
    ]
}

fn line(class: u8, pixels: &[f32]) -> String {
    let shares = pixels.iter().enumerate().map(|(i, n)| n / if i % 2 == 0 { SIZE.0 as f32 } else { SIZE.1 as f32 });
    format!("{class} {}", shares.map(|n| n.to_string()).collect::<Vec<_>>().join(" "))
}

fn boxed(class: u8, [x, y, w, h]: [f32; 4]) -> String {
    line(class, &[x + w / 2.0, y + h / 2.0, w, h])
}

fn kind(home: &Home, name: &str) -> LabelKind {
    home.store.categories().unwrap().into_iter().find(|category| category.name == name).unwrap().kind
}

fn with_category(kind: LabelKind) -> Home {
    let home = Home::new();
    let (colour, instructions) = (String::new(), String::new());
    home.store.add_category(Category { name: "Red".into(), colour, instructions, kind }).unwrap();
    home
}

fn take(home: &Home, files: &[(&str, Vec<u8>)]) -> ImportReport {
    let dir = tempfile::TempDir::new().unwrap();
    super::made::folder(dir.path(), files);
    home.take(dir.path(), Default::default()).unwrap()
}

#[test]
fn outlines_alone_make_a_category_of_outlines() {
    let outlined = |(home, report): (Home, ImportReport), what: &str| {
        assert_eq!((report.labels, &report.left_out[..], &report.notes[..]), (1, &[][..], &[][..]), "{what}");
        assert_eq!(kind(&home, "red"), LabelKind::Polygon, "{what}");
        let corners = labels(&home, "a.jpg").remove(0).polygon.unwrap().concat();
        assert!(corners.iter().zip(OUTLINE).all(|(a, b)| (a - b).abs() < 1e-3), "{what}: {corners:?}");
    };
    outlined(coco(json!({"id": 1, "name": "red"}), json!([{"id": 1, "segmentation": [OUTLINE]}])), "COCO");
    outlined(yolo("task: segment", &[line(0, &OUTLINE)]), "YOLO");
    // Beside boxes they are boxes, which is told.
    let mixed = json!([{"id": 1, "bbox": BLOCKS[1]}, {"id": 2, "segmentation": [OUTLINE]}]);
    let lines = [boxed(0, BLOCKS[1]), line(0, &OUTLINE)];
    for (home, report) in [coco(json!({"id": 1, "name": "red"}), mixed), yolo("task: segment", &lines)] {
        assert_eq!((report.labels, kinds(&report.notes)), (2, vec![("outlined", 1)]), "{report:?}");
        assert_eq!(kind(&home, "red"), LabelKind::Box);
    }
}

#[test]
fn a_box_in_a_category_of_tags_is_left_out_and_told() {
    let home = with_category(LabelKind::Tag);
    let report = take(&home, &files("", &[boxed(0, BLOCKS[0])]));
    assert_eq!((report.labels, report.unlabelled, kinds(&report.left_out)), (0, 1, vec![("boxed_tag", 1)]));
    let boxes = json!([{"id": 1, "bbox": BLOCKS[0]}, {"id": 2, "bbox": BLOCKS[1]}]);
    let (_, report) = coco(json!({"id": 1, "name": "red", "kind": "tag"}), boxes);
    assert_eq!((report.labels, report.unlabelled, kinds(&report.left_out)), (0, 1, vec![("boxed_tag", 2)]));
    // Of the whole picture it is a tag.
    let (_, report) = coco(json!({"id": 1, "name": "red", "kind": "tag"}), json!([{"id": 1}]));
    assert_eq!((report.labels, report.left_out), (1, vec![]));
}

#[test]
fn a_box_in_a_category_of_outlines_is_noted() {
    let home = with_category(LabelKind::Polygon);
    let report = take(&home, &files("", &[boxed(0, BLOCKS[0])]));
    assert_eq!((report.labels, report.left_out.len()), (1, 0));
    assert!(kinds(&report.notes).contains(&("boxed_outline", 1)), "{report:?}");
    let mask = json!({"id": 1, "bbox": BLOCKS[0], "segmentation": {"counts": "PP", "size": [120, 160]}});
    let (_, report) = coco(json!({"id": 1, "name": "red", "kind": "polygon"}), json!([mask]));
    assert_eq!(kinds(&report.notes), [("mask_beside", 1), ("boxed_outline", 1)]);
    let (home, report) = coco(json!({"id": 1, "name": "red"}), json!([mask]));
    assert_eq!((report.labels, kinds(&report.notes)), (1, vec![("mask_beside", 1)]));
    home.assert_on_blocks("a mask beside");
}

#[test]
fn of_an_outline_in_parts_what_is_kept_is_told() {
    let parts = [vec![10.0, 12.0, 20.0, 12.0, 20.0, 20.0], vec![60.0, 64.0, 90.0, 64.0, 90.0, 108.0]];
    for annotation in
        [json!({"id": 1, "segmentation": parts}), json!({"id": 1, "segmentation": parts, "bbox": [10, 12, 80, 96]})]
    {
        let category = json!({"id": 1, "name": "red", "kind": "polygon"});
        let (home, report) = coco(category, json!([annotation]));
        assert_eq!((report.labels, kinds(&report.notes)), (1, vec![("several_parts", 1)]), "{annotation}");
        assert_eq!(labels(&home, "a.jpg")[0].bbox.unwrap(), [60.0, 64.0, 30.0, 44.0].into());
        // As a box it is all of them.
        let (home, report) = coco(json!({"id": 1, "name": "red", "kind": "box"}), json!([annotation]));
        assert_eq!(report.labels, 1);
        assert_eq!(labels(&home, "a.jpg")[0].bbox.unwrap(), [10.0, 12.0, 80.0, 96.0].into());
    }
    let apart = json!([{"id": 1, "segmentation": [OUTLINE], "bbox": BLOCKS[1]}]);
    let (_, report) = coco(json!({"id": 1, "name": "red", "kind": "polygon"}), apart);
    assert_eq!(kinds(&report.notes), [("box_and_outline", 1)]);
}

#[test]
fn a_box_of_coco_is_read_however_it_is_written() {
    let [x, y, w, h] = BLOCKS[0];
    for bbox in [json!({"x": x, "y": y, "width": w, "height": h}), json!(format!("[{x}, {y}, {w}, {h}]"))] {
        let (home, report) = coco(json!({"id": 1, "name": "red"}), json!([{"id": 1, "bbox": bbox}]));
        assert_eq!((report.labels, report.left_out.len()), (1, 0), "{bbox}");
        home.assert_on_blocks("as it is written");
    }
}

#[test]
fn turned_boxes_equal_lines_and_numbers_of_objects_are_noted() {
    let turned = [30.0, 12.0, 50.0, 24.0, 30.0, 36.0, 10.0, 24.0];
    let (home, report) = yolo("", &[line(0, &turned)]);
    assert_eq!((report.labels, kinds(&report.notes)), (1, vec![("turned_box", 1)]));
    home.assert_on_blocks("turned");
    let (_, report) = yolo("", &[boxed(0, BLOCKS[0]), boxed(0, BLOCKS[0]), boxed(1, BLOCKS[1])]);
    assert_eq!((report.labels, kinds(&report.notes)), (2, vec![("twice", 1)]));
    let identified = |number: u8, block| boxed(0, block).replacen("0 ", &format!("0 {number} "), 1);
    let (home, report) = yolo("", &[identified(1, BLOCKS[0])]);
    assert_eq!((report.labels, kinds(&report.notes)), (1, vec![("object_number_before", 1)]));
    home.assert_on_blocks("numbered");
    // One without makes it unclear.
    let sure = format!("{} 0.9", boxed(0, BLOCKS[0]));
    let (_, report) = yolo("", &[identified(1, BLOCKS[0]), sure]);
    assert_eq!((report.labels, kinds(&report.left_out)), (1, vec![("unclear_line", 1)]));
}

#[test]
fn an_object_of_pascal_voc_that_says_two_things_is_told() {
    let taken = |object: String| {
        let file = super::voc::file("<filename>a.jpg</filename>", &object);
        taken(&[("a.xml", file), ("a.jpg", jpeg(0))]).1
    };
    let object = super::voc::object("red", BLOCKS[0], "");
    let report = taken(object.replace("<xmin>", "<xmin>30</xmin><xmin>"));
    assert_eq!((report.labels, kinds(&report.left_out)), (0, vec![("several_shapes", 1)]));
    let polygon = "<polygon><x1>60</x1><y1>64</y1><x2>90</x2><y2>64</y2><x3>90</x3><y3>108</y3></polygon>";
    let report = taken(super::voc::object("red", BLOCKS[0], polygon));
    assert_eq!((report.labels, kinds(&report.notes)), (1, vec![("box_and_outline", 1)]));
    let report = taken(super::voc::object("red", BLOCKS[1], polygon));
    assert_eq!((report.labels, kinds(&report.notes)), (1, vec![]));
}
