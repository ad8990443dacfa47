//! What says nothing of its picture, or says it where nobody looks, makes no negative: it is told.

use super::home::kinds;
use super::labelme;
use super::made::jpeg;
use super::studio::{annotation, blocks, file, task};
use super::take::taken;
use serde_json::{Value, json};

/// Nothing comes in for `a.jpg`, whose file this is, and `kind` is told.
fn silent(case: &str, name: &str, text: String, kind: &str) {
    let sound = labelme::file("b.jpg", labelme::blocks()).to_string();
    silent_beside(case, &[("b.json", sound)], name, text, kind);
}

fn silent_beside(case: &str, sound: &[(&str, String)], name: &str, text: String, kind: &str) {
    let mut files: Vec<(&str, Vec<u8>)> = vec![("a.jpg", jpeg(0)), ("b.jpg", jpeg(1)), (name, text.into_bytes())];
    files.extend(sound.iter().map(|(name, text)| (*name, text.clone().into_bytes())));
    let (home, report) = taken("silent", &files);
    let a = home.by_name().get("a.jpg").copied().unwrap_or_default();
    assert_eq!(a, (0, false), "{case}: {report:?}");
    assert!(home.by_name()["b.jpg"].1, "{case}: {report:?}");
    assert!(kinds(&report.left_out).iter().any(|(told, _)| *told == kind), "{case}: {report:?}");
}

#[test]
fn a_labelme_file_without_a_list_of_shapes() {
    let other = json!([{"label": "cat", "points": [[1, 1], [30, 30]]}]);
    for (case, shapes, beside) in [
        ("null", Some(json!(null)), json!([])),
        ("a map", Some(json!({})), json!([])),
        ("a word", Some(json!("none")), json!([])),
        ("under another name", None, other.clone()),
        ("an empty one beside another", Some(json!([])), other),
    ] {
        let mut whole = labelme::file("a.jpg", vec![]);
        whole.as_object_mut().unwrap().remove("shapes");
        if let Some(shapes) = shapes {
            whole["shapes"] = shapes;
        }
        whole["annotations"] = beside;
        silent(case, "a.json", whole.to_string(), "no_shapes");
    }
}

#[test]
fn a_file_in_which_something_follows_the_end() {
    let head = "<annotation><folder>images</folder><filename>a.jpg</filename>";
    let object =
        "<object><name>dog</name><bndbox><xmin>1</xmin><ymin>1</ymin><xmax>9</xmax><ymax>9</ymax></bndbox></object>";
    let sound = format!("{}{object}</annotation>", head.replace("a.jpg", "b.jpg"));
    for after in [object.to_owned(), format!("{head}{object}</annotation>"), "and more".to_owned()] {
        let text = format!("{head}</annotation>\n{after}");
        silent_beside(&after, &[("b.xml", sound.clone())], "a.xml", text, "unreadable");
    }
    // What is blank is nothing: a file that was padded, a last comment.
    let padded = format!("{head}{object}</annotation>\n\0\0 <!-- end -->\n");
    let (_, report) = taken("padded", &[("a.jpg", jpeg(0)), ("a.xml", padded.into_bytes())]);
    assert_eq!((report.labels, report.left_out), (1, vec![]));
}

fn coco(image: Value, annotations: Value) -> String {
    json!({
        "images": [image, {"id": 2, "file_name": "b.jpg", "width": 160, "height": 120}],
        "annotations": annotations,
        "categories": [{"id": 1, "name": "cat"}],
    })
    .to_string()
}

#[test]
fn a_coco_image_whose_objects_stand_elsewhere() {
    let plain = json!({"id": 1, "file_name": "a.jpg", "width": 160, "height": 120});
    let sound = json!({"id": 9, "image_id": 2, "category_id": 1, "bbox": [1, 2, 30, 40]});
    for key in ["annotations", "objects"] {
        let mut nested = plain.clone();
        nested[key] = json!([{"bbox": [1, 2, 3, 4], "category_id": 1}]);
        silent_beside(key, &[], "s.json", coco(nested, json!([sound])), "nested_objects");
    }
    let panoptic = json!({"image_id": 1, "file_name": "a.png", "segments_info": [{"id": 1, "category_id": 1, "bbox": [1, 2, 3, 4]}]});
    silent_beside("panoptic", &[], "s.json", coco(plain.clone(), json!([panoptic, sound])), "panoptic");
    // An empty list in an image says no more than none.
    let mut empty = plain;
    empty["annotations"] = json!([]);
    let (home, _) =
        taken("empty", &[("a.jpg", jpeg(0)), ("b.jpg", jpeg(1)), ("s.json", coco(empty, json!([sound])).into_bytes())]);
    assert_eq!(home.by_name()["a.jpg"], (0, true));
}

#[test]
fn a_result_of_label_studio_that_is_no_list_or_a_place_without_a_label() {
    let place = json!({"x": 8.3, "y": 25, "width": 25, "height": 50, "rotation": 0, "choices": ["blurred"]});
    let choice = json!({"type": "choices", "value": place, "id": "r1", "from_name": "q", "to_name": "image"});
    for (case, result, kind) in [("a map", json!({}), "no_result"), ("only a choice", json!([choice]), "answers")] {
        let mut said = annotation(vec![]);
        said["result"] = result;
        let tasks = file(vec![task("a.jpg", vec![said]), task("b.jpg", vec![annotation(blocks())])]);
        silent_beside(case, &[], "p.json", String::from_utf8(tasks).unwrap(), kind);
    }
}
