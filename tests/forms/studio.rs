//! Label Studio.

use super::home::{Home, kinds};
use super::made::{BLOCKS, NAMES, SIZE, jpeg, zip};
use super::take::{boxes, labels, taken, whole};
use fieldcoach::domain::LabelKind;
use serde_json::{Value, json};

fn value([x, y, w, h]: [f32; 4]) -> Value {
    let share = |n: f32, of: u32| f64::from(n) * 100.0 / f64::from(of);
    json!({"x": share(x, SIZE.0), "y": share(y, SIZE.1), "width": share(w, SIZE.0), "height": share(h, SIZE.1), "rotation": 0})
}

fn with(mut value: Value, more: Value) -> Value {
    value.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    value
}

pub fn region(label: &str, block: [f32; 4]) -> Value {
    json!({"id": label, "type": "rectanglelabels", "from_name": "label", "to_name": "image", "original_width": SIZE.0,
        "original_height": SIZE.1, "image_rotation": 0, "value": with(value(block), json!({"rectanglelabels": [label]}))})
}

pub fn blocks() -> Vec<Value> {
    NAMES.iter().zip(BLOCKS).map(|(name, block)| region(name, block)).collect()
}

pub fn annotation(result: Vec<Value>) -> Value {
    json!({"id": 5, "completed_by": 1, "result": result, "was_cancelled": false, "ground_truth": false,
        "created_at": "2024-05-01T10:00:00.000000Z", "updated_at": "2024-05-01T10:00:00.000000Z", "lead_time": 3.2})
}

pub fn task(picture: &str, annotations: Vec<Value>) -> Value {
    json!({"id": 1, "annotations": annotations, "file_upload": "x", "drafts": [], "predictions": [],
        "data": {"image": picture}, "meta": {}, "project": 3})
}

pub fn file(tasks: Vec<Value>) -> Vec<u8> {
    Value::Array(tasks).to_string().into_bytes()
}

/// One picture with these regions, and another with the blocks.
fn taken_with(what: &str, result: Vec<Value>) -> (Home, fieldcoach::dataset::import::ImportReport) {
    let tasks = vec![task("a.jpg", vec![annotation(blocks())]), task("b.jpg", vec![annotation(result)])];
    taken(what, &[("project-1.json", file(tasks)), ("a.jpg", jpeg(0)), ("b.jpg", jpeg(1))])
}

#[test]
fn pictures_are_found_however_a_task_names_them() {
    for (named, picture) in [
        ("/data/upload/3/8a2b3c4d-a.jpg", "a.jpg"),
        ("/data/upload/3/8a2b3c4d-a.jpg", "images/8a2b3c4d-a.jpg"),
        ("/data/local-files/?d=set/a%20b.jpg", "images/a b.jpg"),
        ("https://host/x/a.jpg?token=1", "a.jpg"),
        ("s3://bucket/a.jpg", "x/a.jpg"),
        // `s3://bucket/x/a.jpg`
        ("/tasks/12/presign/?fileuri=czM6Ly9idWNrZXQveC9hLmpwZw==", "x/a.jpg"),
        ("https://host/tasks/12/resolve/?fileuri=czM6Ly9idWNrZXQveC9hLmpwZw%3D%3D", "a.jpg"),
        ("/data/local-files/?d=set/a.jpg&v=2", "a.jpg"),
        ("s3://bucket/a", "x/a.jpg"),
        ("a.jpg", "a.jpg"),
    ] {
        let files =
            [("project-1-at-2024.json", file(vec![task(named, vec![annotation(blocks())])])), (picture, jpeg(0))];
        whole(named, &files, 1);
    }
    // A file of one task.
    let one = task("a.jpg", vec![annotation(blocks())]).to_string().into_bytes();
    whole("one task", &[("1.json", one), ("a.jpg", jpeg(0))], 1);
}

#[test]
fn two_pictures_of_one_name_are_not_mixed_up() {
    let tasks = ["/data/upload/1/8a2b3c4d-a.jpg", "/data/upload/1/0123abcd-a.jpg"]
        .map(|name| task(name, vec![annotation(blocks())]));
    let (_, report) = taken("same", &[("p.json", file(tasks.to_vec())), ("a.jpg", jpeg(0))]);
    assert_eq!((report.labels, kinds(&report.left_out)), (3, vec![("same_picture", 1)]), "{report:?}");
}

#[test]
fn the_latest_annotation_counts_and_predictions_do_not() {
    let mut old = annotation(vec![]);
    old["updated_at"] = json!("2023-05-01T10:00:00.000000Z");
    let mut cancelled = annotation(vec![]);
    cancelled["was_cancelled"] = json!(true);
    cancelled["updated_at"] = json!("2025-05-01T10:00:00.000000Z");
    let mut first = task("a.jpg", vec![annotation(blocks()), old, cancelled.clone()]);
    first["predictions"] = json!([{"result": blocks()}]);
    let tasks =
        vec![first, task("b.jpg", vec![cancelled]), task("c.jpg", vec![]), task("d.jpg", vec![annotation(vec![])])];
    let files =
        [("p.json", file(tasks)), ("a.jpg", jpeg(0)), ("b.jpg", jpeg(1)), ("c.jpg", jpeg(2)), ("d.jpg", jpeg(3))];
    let (home, report) = taken("latest", &files);
    let frames = home.by_name();
    assert_eq!(
        (frames["a.jpg"], frames["b.jpg"], frames["c.jpg"], frames["d.jpg"]),
        ((3, true), (0, false), (0, false), (0, true))
    );
    assert_eq!(
        kinds(&report.notes),
        [("several_annotations", 1), ("predictions", 1), ("no_annotations", 2)],
        "{report:?}"
    );
}

#[test]
fn regions_are_read_or_told_and_never_make_a_negative() {
    let of = |kind: &str, value: Value| json!({"id": "r1", "type": kind, "from_name": "label", "original_width": SIZE.0, "original_height": SIZE.1, "value": value});
    let mut turned = region("red", BLOCKS[0]);
    turned["image_rotation"] = json!(90);
    let mut unknown = region("red", BLOCKS[0]);
    unknown["value"]["rotation"] = json!(30);
    unknown["original_width"] = json!(null);
    for (odd, kind) in [
        (of("brushlabels", json!({"format": "rle", "rle": [1, 2], "brushlabels": ["red"]})), "mask"),
        (of("keypointlabels", json!({"x": 5, "y": 5, "width": 1, "keypointlabels": ["red"]})), "key_points"),
        (of("polygonlabels", json!({"points": [[1, 2], [3, 4]], "polygonlabels": ["red"]})), "no_box"),
        (of("rectangle", value(BLOCKS[0])), "no_name"),
        (of("rectanglelabels", with(value(BLOCKS[0]), json!({"x": null, "rectanglelabels": ["red"]}))), "no_box"),
        (of("rectanglelabels", with(value(BLOCKS[0]), json!({"width": 0, "rectanglelabels": ["red"]}))), "no_area"),
        (turned, "turned_picture"),
        (unknown, "odd_size"),
        (json!("region"), "too_many_labels"),
    ] {
        let (home, report) = taken_with(kind, vec![odd.clone()]);
        assert_eq!(kinds(&report.left_out), [(kind, 1)], "{odd}: {report:?}");
        assert_eq!((home.by_name()["b.jpg"], report.labels), ((0, false), 3), "{odd}");
    }
}

#[test]
fn everything_that_is_drawn_lies_where_it_was_drawn() {
    let of = |kind: &str, value: Value| json!({"id": kind, "type": kind, "from_name": "label", "original_width": SIZE.0, "original_height": SIZE.1, "value": value});
    let result = vec![
        // Turned about the corner where it begins: it lies to the left of it.
        of(
            "rectanglelabels",
            json!({"x": 50, "y": 50, "width": 12.5, "height": 10, "rotation": 90, "rectanglelabels": ["box"]}),
        ),
        of(
            "ellipselabels",
            json!({"x": 50, "y": 50, "radiusX": 10, "radiusY": 5, "rotation": 0, "ellipselabels": ["box"]}),
        ),
        of("polygonlabels", json!({"points": [[10, 10], [50, 10], [50, 50]], "polygonlabels": ["leaf"]})),
        // A region and its label apart.
        of("rectangle", value(BLOCKS[0])),
        json!({"id": "rectangle", "type": "labels", "value": with(value(BLOCKS[0]), json!({"labels": ["box", "other"]}))}),
    ];
    let (home, report) = taken_with("drawn", result);
    let drawn = boxes(&home, "b.jpg");
    let expected = [[68.0, 60.0, 12.0, 20.0], [64.0, 54.0, 32.0, 12.0], [16.0, 12.0, 64.0, 48.0], BLOCKS[0], BLOCKS[0]];
    assert_eq!(drawn.len(), expected.len());
    for (drawn, expected) in drawn.iter().zip(expected) {
        assert!(drawn.iter().zip(expected).all(|(a, b)| (a - b).abs() < 1e-3), "{drawn:?}, not {expected:?}");
    }
    assert_eq!((report.left_out, kinds(&report.notes)), (vec![], vec![("turned_box", 1), ("round", 1)]));
}

#[test]
fn choices_are_tags_and_other_answers_are_told() {
    let choice = |question: &str, choice: &str| json!({"id": "c", "type": "choices", "from_name": question, "value": {"choices": [choice]}});
    let result = vec![
        choice("light", "dark"),
        choice("torn", "yes"),
        choice("wet", "yes"),
        json!({"id": "t", "type": "textarea", "from_name": "note", "value": {"text": ["hello"]}}),
        json!({"id": "red", "type": "choices", "from_name": "side", "value": with(value(BLOCKS[0]), json!({"choices": ["left"]}))}),
        json!({"type": "relation", "from_id": "a", "to_id": "b", "direction": "right"}),
        region("red", BLOCKS[0]),
    ];
    let (home, report) = taken_with("choices", result);
    let names: Vec<String> = labels(&home, "b.jpg").into_iter().map(|l| l.category).collect();
    assert_eq!(names, ["red", "dark", "yes", "wet: yes"]);
    let notes = vec![("same_choice", 1), ("region_choices", 1), ("attribute", 1)];
    assert_eq!((kinds(&report.left_out), kinds(&report.notes)), (vec![("answers", 1)], notes));
    let dark = home.store.categories().unwrap().into_iter().find(|c| c.name == "dark").unwrap();
    assert_eq!(dark.kind, LabelKind::Tag);
}

#[test]
fn the_flat_form_is_read_too() {
    let flat = |picture: &str, at: &str, label: &str| {
        let region = with(
            value(BLOCKS[0]),
            json!({"rectanglelabels": [label], "original_width": SIZE.0, "original_height": SIZE.1}),
        );
        // The order of the names counts.
        format!(
            "{{\"image\": \"{picture}\", \"id\": 1, \"label\": [{region}], \"light\": \"dark\", \"annotator\": 1, \
             \"annotation_id\": 5, \"created_at\": \"{at}\", \"updated_at\": \"{at}\", \"lead_time\": 2.5}}"
        )
    };
    let (new, old) = ("2024-05-02T10:00:00Z", "2024-05-01T10:00:00Z");
    let text = format!(
        "[{},{},{}]",
        flat("a.jpg", new, "red"),
        flat("a.jpg", old, "blue"),
        flat("/data/upload/1/0123abcd-b.jpg", old, "red")
    );
    let (home, report) = taken("flat", &[("p.json", text.into_bytes()), ("a.jpg", jpeg(0)), ("b.jpg", jpeg(1))]);
    for picture in ["a.jpg", "b.jpg"] {
        let labels = labels(&home, picture);
        assert_eq!(labels.iter().map(|l| l.category.as_str()).collect::<Vec<_>>(), ["red", "dark"], "{picture}");
        assert_eq!(<[f32; 4]>::from(labels[0].bbox.unwrap()), BLOCKS[0]);
    }
    assert_eq!((report.left_out, kinds(&report.notes)), (vec![], vec![("several_annotations", 1)]));
}

#[test]
fn a_task_without_its_picture_is_told_and_a_broken_file_refused() {
    let tasks = vec![
        task("a.jpg", vec![annotation(blocks())]),
        task("gone.jpg", vec![]),
        json!({"id": 3, "data": {"text": "hello"}}),
        json!(7),
    ];
    let (_, report) = taken("gone", &[("p.json", file(tasks.clone())), ("a.jpg", jpeg(0))]);
    assert_eq!(kinds(&report.left_out), [("missing_picture", 1), ("not_an_entry", 2)], "{report:?}");
    let whole = file(tasks);
    let error = Home::new()
        .take_zip(zip(&[("p.json", whole[..whole.len() - 9].to_vec()), ("a.jpg", jpeg(0))]))
        .unwrap_err()
        .to_string();
    assert!(error.contains("p.json is no export of Label Studio") && error.contains("Nothing was imported"), "{error}");
}

#[test]
fn a_file_for_each_annotation_is_read_and_the_latest_counts() {
    let one = |id: u32, day: u32, cancelled: bool, result: Vec<Value>| {
        let annotation = annotation(result);
        let more = json!({"id": id, "was_cancelled": cancelled, "updated_at": format!("2024-05-{day:02}T10:00:00Z"),
            "task": {"id": 7, "data": {"image": "/data/upload/1/a.jpg"}, "project": 3}});
        with(annotation, more).to_string().into_bytes()
    };
    // As they lie in a bucket: called by their number, with an ending or without.
    for (first, second, third) in [("12", "13", "14"), ("12.json", "13.json", "14.json")] {
        let files = [
            (first, one(12, 2, false, blocks())),
            (second, one(13, 1, false, blocks()[..1].to_vec())),
            (third, one(14, 3, true, vec![])),
            ("a.jpg", jpeg(0)),
        ];
        let (home, report) = taken(first, &files);
        assert_eq!((report.frames, report.labels, report.left_out), (1, 3, vec![]), "{first}");
        assert_eq!(kinds(&report.notes), [("several_annotations", 1)], "{first}");
        home.assert_on_blocks(first);
    }
}
