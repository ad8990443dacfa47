//! What Label Studio, CVAT and LabelMe say that is no label, or not of one picture, is told, and makes no negative.

use super::cvat;
use super::home::kinds;
use super::labelme;
use super::made::{BLOCKS, jpeg};
use super::studio::{annotation, blocks, file, region, task};
use super::take::{labels, taken};
use serde_json::{Value, json};

#[test]
fn captions_ratings_and_annotations_without_a_result_make_no_negative() {
    let answer = |kind: &str, value: Value| json!({"id": "a", "type": kind, "from_name": "q", "to_name": "image", "value": value});
    for (result, kind) in [
        (json!([answer("textarea", json!({"text": ["a cat"]}))]), None),
        (json!([answer("taxonomy", json!({"taxonomy": [["animal", "cat"]]}))]), None),
        (json!([answer("rating", json!({"rating": 4}))]), None),
        (json!(null), Some("no_result")),
    ] {
        let mut said = annotation(vec![]);
        said["result"] = result.clone();
        let tasks = vec![task("a.jpg", vec![annotation(blocks())]), task("b.jpg", vec![said])];
        let (home, report) = taken("said", &[("p.json", file(tasks)), ("a.jpg", jpeg(0)), ("b.jpg", jpeg(1))]);
        assert_eq!((home.by_name()["b.jpg"], report.labels), ((0, false), 3), "{result}: {report:?}");
        assert_eq!(kinds(&report.left_out), [(kind.unwrap_or("answers"), 1)], "{result}");
    }
    // One that has none does not hide one that has.
    let mut none = annotation(vec![]);
    none["result"] = json!(null);
    let (_, report) =
        taken("both", &[("p.json", file(vec![task("a.jpg", vec![annotation(blocks()), none])])), ("a.jpg", jpeg(0))]);
    assert_eq!((report.labels, report.left_out), (3, vec![]));
}

#[test]
fn a_word_of_the_flat_form_is_a_tag_only_where_that_is_sure() {
    // The order of the names counts: answers stand behind the id, or, where they were sorted, anywhere.
    let flat = |n: u32, answer: &str| {
        format!("{{\"image\": \"{n}.jpg\", \"id\": {n}, {answer}, \"annotator\": 1, \"annotation_id\": {n}}}")
    };
    let sorted = |n: u32, answer: &str| format!("{{\"annotator\": 1, \"id\": {n}, \"image\": \"{n}.jpg\", {answer}}}");
    let tasks = [
        flat(0, "\"choice\": \"cat\""),
        sorted(1, "\"choice\": \"dog\""),
        flat(2, "\"caption\": \"a cat\""),
        flat(3, "\"rating\": 4"),
        flat(4, "\"label\": []"),
        sorted(5, "\"mood\": \"calm\""),
    ];
    let names: Vec<String> = (0..6).map(|n| format!("{n}.jpg")).collect();
    let mut files = vec![("p.json", format!("[{}]", tasks.join(",")).into_bytes())];
    files.extend((0..6).map(|n| (names[n as usize].as_str(), jpeg(n))));
    let (home, report) = taken("words", &files);
    let frames = home.by_name();
    let all: Vec<(usize, bool)> = names.iter().map(|name| frames[name.as_str()]).collect();
    assert_eq!(all, [(1, true), (1, true), (0, false), (0, false), (0, true), (0, false)], "{report:?}");
    assert_eq!(kinds(&report.left_out), [("choice_or_text", 2), ("answers", 1)], "{report:?}");
    assert_eq!(labels(&home, "0.jpg")[0].category, "cat");
}

#[test]
fn labels_of_another_picture_of_the_task_are_never_put_on_the_first() {
    let of = |name: &str, more: Value| {
        let mut region = region("red", BLOCKS[0]);
        region["to_name"] = json!(name);
        region.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        region
    };
    for (data, result) in [
        (json!({"left": "b.jpg", "right": "c.jpg"}), vec![of("left", json!({})), of("right", json!({}))]),
        (json!({"image": "b.jpg", "right": "c.jpg"}), vec![of("right", json!({}))]),
        (json!({"left": "b.jpg", "right": "c.jpg"}), vec![of("img", json!({}))]),
        (json!({"images": ["b.jpg", "c.jpg"]}), vec![of("image", json!({"item_index": 0}))]),
    ] {
        let mut several = task("b.jpg", vec![annotation(result)]);
        several["data"] = data.clone();
        let files = [
            ("p.json", file(vec![task("a.jpg", vec![annotation(blocks())]), several])),
            ("a.jpg", jpeg(0)),
            ("b.jpg", jpeg(1)),
            ("c.jpg", jpeg(2)),
        ];
        let (home, report) = taken("several", &files);
        assert_eq!((report.labels, kinds(&report.left_out)), (3, vec![("other_picture", 1)]), "{data}: {report:?}");
        assert!(home.by_name().values().filter(|(_, labelled)| *labelled).count() == 1, "{data}");
    }
    // A list of pictures, in either form, and a picture beside that is there: it is not labelled, and nothing that no task names.
    let minimal = br#"[{"images": ["b.jpg", "c.jpg"], "id": 1, "label": [], "annotator": 1, "annotation_id": 1},
        {"image": "a.jpg", "id": 2, "label": [], "annotator": 1, "annotation_id": 2}]"#;
    let mut pair = task("a.jpg", vec![annotation(blocks())]);
    pair["data"]["image2"] = json!("b.jpg");
    for (tasks, left_out, labels, more) in
        [(minimal.to_vec(), vec![("other_picture", 1)], 0, 2), (file(vec![pair]), vec![], 3, 1)]
    {
        let mut files = vec![("p.json", tasks), ("a.jpg", jpeg(0)), ("b.jpg", jpeg(1))];
        files.extend((more == 2).then(|| ("c.jpg", jpeg(2))));
        let (home, report) = taken("more", &files);
        assert_eq!((kinds(&report.left_out), report.labels), (left_out, labels), "{report:?}");
        assert_eq!(kinds(&report.notes), [("more_pictures", more)], "{report:?}");
        assert_eq!((home.by_name()["a.jpg"].1, home.by_name()["b.jpg"]), (true, (0, false)), "{report:?}");
    }
    // A picture beside that nothing lies in, and that is not there.
    let mut one = task("a.jpg", vec![annotation(blocks())]);
    one["data"]["thumbnail"] = json!("t.jpg");
    let (_, report) = taken("beside", &[("p.json", file(vec![one])), ("a.jpg", jpeg(0))]);
    assert_eq!((report.labels, report.left_out.len(), kinds(&report.notes)), (3, 0, vec![("more_missing", 1)]));
}

#[test]
fn pictures_that_nothing_names_are_left_out_and_groups_noted() {
    let studio = file(vec![task("a.jpg", vec![annotation(blocks())])]);
    let cvat_file = cvat::file(&[], &cvat::image("a.jpg", &cvat::blocks()));
    for (name, labels) in [("p.json", studio), ("annotations.xml", cvat_file)] {
        let (_, report) = taken(name, &[(name, labels), ("a.jpg", jpeg(0)), ("b.jpg", jpeg(1))]);
        assert_eq!((report.frames, kinds(&report.left_out)), (1, vec![("not_named", 1)]), "{name}: {report:?}");
    }
    let grouped: String = BLOCKS.iter().map(|block| cvat::boxed("red", *block, "group_id=\"1\"")).collect();
    let mut shapes = labelme::blocks();
    shapes.iter_mut().for_each(|shape| shape["group_id"] = json!(0));
    let labelme = labelme::file("a.jpg", shapes).to_string().into_bytes();
    for (name, labels) in [("annotations.xml", cvat::file(&[], &cvat::image("a.jpg", &grouped))), ("a.json", labelme)] {
        let (_, report) = taken(name, &[(name, labels), ("a.jpg", jpeg(0))]);
        assert_eq!((report.labels, kinds(&report.notes)), (3, vec![("grouped", 1)]), "{name}: {report:?}");
    }
}
