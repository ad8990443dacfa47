//! What labels say beside where an object lies: kept where there is a place for it, else told.

use super::home::kinds;
use super::labelme;
use super::made::{coco, jpeg};
use super::studio::{annotation, blocks, file, task};
use super::take::{labels, taken};
use super::voc;
use fieldcoach::dataset::import::ImportReport;
use fieldcoach::domain::LabelOrigin;
use serde_json::{Value, json};

/// The attributes that are told, and the other notes; nothing is left out.
fn told(report: &ImportReport) -> Vec<(String, u64)> {
    assert_eq!((report.frames, report.labels, report.left_out.len()), (1, 3, 0), "{report:?}");
    let name = |what: &str, kind: &str| match kind {
        "attribute" => what.split('`').nth(1).unwrap().to_owned(),
        kind => kind.to_owned(),
    };
    let mut told: Vec<_> = report.notes.iter().map(|note| (name(&note.what, &note.kind), note.count)).collect();
    told.sort();
    told
}

fn named(names: &[(&str, u64)]) -> Vec<(String, u64)> {
    names.iter().map(|(name, count)| ((*name).to_owned(), *count)).collect()
}

fn merged(mut to: Value, more: Value) -> Value {
    to.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    to
}

#[test]
fn of_labelme() {
    let plain = json!({"description": "", "difficult": false, "attributes": {}, "group_id": null, "score": null,
        "flags": {"far": false}, "kie_linking": [], "line_color": [0, 255, 0, 128]});
    let mut shapes: Vec<Value> = labelme::blocks().into_iter().map(|shape| merged(shape, plain.clone())).collect();
    let take = |shapes: &[Value], flags: Value| {
        let mut whole = labelme::file("a.jpg", shapes.to_vec());
        whole["flags"] = flags;
        taken("labelme", &[("a.json", whole.to_string().into_bytes()), ("a.jpg", jpeg(0))])
    };
    assert_eq!(told(&take(&shapes, json!({})).1), []);
    shapes[0] = merged(shapes[0].clone(), json!({"description": "bent", "difficult": true, "score": 0.75}));
    shapes[1] =
        merged(shapes[1].clone(), json!({"difficult": true, "attributes": {"dirt": "much", "wet": ""}, "group_id": 4}));
    shapes[2] = merged(shapes[2].clone(), json!({"flags": {"far": 2}, "kie_linking": [[1, 2]], "score": 7}));
    let (home, report) = take(&shapes, json!({"weather": "rain"}));
    let names = [
        ("description", 1),
        ("difficult", 2),
        ("dirt", 1),
        ("far", 1),
        ("group_id", 1),
        ("kie_linking", 1),
        ("odd_flags", 1),
        ("score", 1),
    ];
    assert_eq!(told(&report), named(&names));
    assert_eq!(labels(&home, "a.jpg")[0].score, Some(0.75));
}

#[test]
fn of_coco() {
    let take = |more: [Value; 3]| {
        let mut set = coco(&["a.jpg"]);
        for (n, more) in more.into_iter().enumerate() {
            set["annotations"][n] = merged(set["annotations"][n].clone(), more);
        }
        taken("coco", &[("set.json", set.to_string().into_bytes()), ("a.jpg", jpeg(0))])
    };
    let plain = json!({"area": 900, "segmentation": [], "attributes": {"occluded": false, "rotation": 0.0}, "num_keypoints": 0,
        "keypoints": [0, 0, 0], "category_name": "red", "iscrowd": 0});
    assert_eq!(told(&take([plain.clone(), plain.clone(), plain]).1), []);
    let (home, report) = take([
        json!({"attributes": {"occluded": true, "dirt": "much", "by": "Ada"}, "score": 0.5}),
        json!({"keypoints": [5, 6, 2], "pose": "left", "track_id": 7, "attributes": {"keyframe": false}}),
        json!({"pose": "right", "attributes": {"track_id": 3, "keyframe": true}, "score": 93}),
    ]);
    let names = [("dirt", 1), ("keypoints", 1), ("occluded", 1), ("pose", 2), ("score", 1)];
    assert_eq!(told(&report), named(&names));
    let labels = labels(&home, "a.jpg");
    assert_eq!((labels[0].score, labels[0].by.as_deref()), (Some(0.5), Some("Ada")));
    assert_eq!((labels[1].track.as_deref(), labels[1].origin), (Some("7"), LabelOrigin::Interpolated));
    assert_eq!((labels[2].track.as_deref(), labels[2].origin, labels[2].score), (Some("3"), LabelOrigin::Drawn, None));
}

#[test]
fn of_pascal_voc() {
    let take = |more: [&str; 3]| {
        let mut text = String::from_utf8(voc::named("a.jpg")).unwrap();
        for (n, more) in more.into_iter().enumerate() {
            let at = text.match_indices("</object>").nth(n).unwrap().0;
            text.insert_str(at, more);
        }
        taken("voc", &[("a.xml", text.into_bytes()), ("a.jpg", jpeg(0))])
    };
    let attribute = |name: &str, value: &str| {
        format!("<attributes><attribute><name>{name}</name><value>{value}</value></attribute></attributes>")
    };
    let plain = format!(
        "<pose>Unspecified</pose><truncated>0</truncated><occluded>0</occluded>{}",
        attribute("rotation", "0.0")
    );
    assert_eq!(told(&take([&plain, &plain, &attribute("dirt", "")]).1), []);
    let (_, report) = take([
        &format!("<pose>Left</pose><truncated>1</truncated>{}", attribute("dirt", "much")),
        "<pose>Right</pose><difficult>1</difficult><occluded>1</occluded><confidence>0.5</confidence>",
        "",
    ]);
    let names = [("confidence", 1), ("difficult", 1), ("dirt", 1), ("occluded", 1), ("pose", 2), ("truncated", 1)];
    assert_eq!(told(&report), named(&names));
    // CVAT says so by how much a box is turned, and writes the one that was not.
    let (home, report) = take([&attribute("rotation", "90"), "", ""]);
    assert_eq!(told(&report), named(&[("turned_box", 1)]));
    let turned: [f32; 4] = labels(&home, "a.jpg")[0].bbox.unwrap().into();
    assert!(turned.iter().zip([18.0, 4.0, 24.0, 40.0]).all(|(a, b)| (a - b).abs() < 0.01), "{turned:?}");
}

#[test]
fn of_label_studio() {
    let take = |regions: Vec<Value>| {
        let tasks = file(vec![task("a.jpg", vec![annotation(regions)])]);
        taken("studio", &[("project-1.json", tasks), ("a.jpg", jpeg(0))])
    };
    let mut regions = blocks();
    regions[0] =
        merged(regions[0].clone(), json!({"meta": {}, "origin": "manual", "readonly": false, "parentID": null}));
    assert_eq!(told(&take(regions.clone()).1), []);
    regions[0]["meta"] = json!({"text": ["bent"]});
    regions[1]["parentID"] = json!("red");
    // The text of a region stands beside it, under its id.
    let mut text = regions[2].clone();
    text["type"] = json!("textarea");
    text["value"].as_object_mut().unwrap().remove("rectanglelabels");
    text["value"]["text"] = json!(["B 12"]);
    regions.push(text);
    regions.push(json!({"type": "relation", "from_id": "red", "to_id": "blue", "direction": "right"}));
    let names = [("meta", 1), ("parentID", 1), ("relation", 1), ("text", 1)];
    assert_eq!(told(&take(regions).1), named(&names));
}

#[test]
fn of_cvat() {
    let shape = |n: usize, attribute: &str| {
        let name = ["red", "green", "blue"][n];
        let edges = ["10,12,50,36", "60,64,90,108", "104,16,152,48"][n].split(',').collect::<Vec<_>>();
        format!(
            "<box label=\"{name}\" xtl=\"{}\" ytl=\"{}\" xbr=\"{}\" ybr=\"{}\">{attribute}</box>",
            edges[0], edges[1], edges[2], edges[3]
        )
    };
    let shapes = [
        shape(0, "<attribute name=\"dirt\">much</attribute><attribute name=\"wet\">false</attribute>"),
        shape(1, "<attribute name=\"count\">0</attribute>"),
        shape(2, "<attribute name=\"dirt\">__undefined__</attribute>"),
    ];
    let text = format!(
        "<annotations><version>1.1</version><image id=\"0\" name=\"a.jpg\" width=\"160\" height=\"120\">{}</image></annotations>",
        shapes.concat()
    );
    let (_, report) = taken("cvat", &[("annotations.xml", text.into_bytes()), ("a.jpg", jpeg(0))]);
    assert_eq!(told(&report), named(&[("count", 1), ("dirt", 1)]));
}

#[test]
fn further_pictures_of_a_task_that_are_not_there_are_told() {
    let mut one = task("a.jpg", vec![annotation(blocks())]);
    one["data"]["left"] = json!("left.jpg");
    let (_, report) = taken("studio", &[("project-1.json", file(vec![one])), ("a.jpg", jpeg(0))]);
    assert_eq!((kinds(&report.notes), report.labels), (vec![("more_missing", 1)], 3), "{report:?}");
    assert!(report.notes[0].examples[0].contains("left.jpg"));
}
