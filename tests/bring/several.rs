//! What several files, ids or names say of one thing: told, and never taken twice or guessed.

use super::home::{kinds, taken};
use super::made::{NAMES, coco, jpeg, yolo};
use serde_json::{Value, json};

fn text(value: &Value) -> Vec<u8> {
    value.to_string().into_bytes()
}

#[test]
fn two_files_of_one_picture_are_told_and_equal_boxes_are_taken_once() {
    let (one, mut other) = (coco(&["a.jpg"]), coco(&["a.jpg"]));
    other["annotations"][0]["bbox"] = json!([10.02, 12.0, 40.0, 24.01]);
    other["annotations"][1]["bbox"] = json!([60, 64, 20, 30]);
    let (home, report) = taken(&[("x.json", text(&one)), ("y.json", text(&other)), ("a.jpg", jpeg(0))]);
    assert_eq!((report.labels, report.left_out.len()), (4, 0));
    assert_eq!(kinds(&report.notes), [("twice", 2), ("several_files", 1)], "{report:?}");
    assert!(report.notes[1].examples[0].contains("a.jpg") && report.notes[1].examples[0].contains("y.json"));
    home.assert_on_blocks("two files");
    // Each in a form of its own: one is read, and the other told with all its files.
    let voc = b"<annotation><filename>a.jpg</filename></annotation>".to_vec();
    let labelme = br#"{"imagePath": "a.jpg", "shapes": []}"#.to_vec();
    let (_, report) = taken(&[("a.xml", voc.clone()), ("b.xml", voc), ("a.json", labelme), ("a.jpg", jpeg(0))]);
    assert!(report.left_out.iter().any(|r| r.kind == "other_format" && r.examples[0].contains("a.json")), "{report:?}");
}

#[test]
fn a_second_text_of_a_picture_is_told_unless_it_says_the_same() {
    let files = |labels: &str, beside: &str| {
        vec![
            ("classes.txt", NAMES.join("\n").into_bytes()),
            ("images/a.jpg", jpeg(0)),
            ("labels/a.txt", labels.to_owned().into_bytes()),
            ("images/a.txt", beside.to_owned().into_bytes()),
        ]
    };
    let lines = yolo();
    let (_, report) = taken(&files(&lines, &lines.replace('\n', "\r\n")));
    assert_eq!((report.labels, report.left_out.len(), kinds(&report.notes)), (3, 0, vec![("twice_file", 1)]));
    // The other one has labels: nobody knows that nothing is there.
    let (home, report) = taken(&files("", &lines));
    assert_eq!((report.labels, kinds(&report.left_out)), (0, vec![("several_texts", 1)]), "{report:?}");
    assert_eq!(home.by_name()["a.jpg"], (0, false));
    assert!(report.left_out[0].examples[0].contains("labels/a.txt was taken"), "{report:?}");
    // What is no label is none.
    let (_, report) = taken(&files(&lines, "a red, a green and a blue block"));
    assert_eq!((report.labels, kinds(&report.notes)), (3, vec![("other_text", 1)]), "{report:?}");
}

#[test]
fn a_text_that_pictures_share_is_told_as_that() {
    let files = [
        ("classes.txt", NAMES.join("\n").into_bytes()),
        ("a.jpg", jpeg(0)),
        ("a.jpeg", jpeg(1)),
        ("a.txt", yolo().into_bytes()),
        ("b.jpg", jpeg(2)),
        ("b.txt", yolo().into_bytes()),
    ];
    let (_, report) = taken(&files);
    assert_eq!((report.labels, kinds(&report.notes)[0]), (3, ("shared_text", 2)), "{report:?}");
}

#[test]
fn categories_that_differ_in_capitals_are_one_and_told() {
    let mut set = coco(&["a.jpg"]);
    set["categories"][1]["name"] = json!("Red");
    let (home, report) = taken(&[("set.json", text(&set)), ("a.jpg", jpeg(0))]);
    assert_eq!((report.labels, kinds(&report.notes)), (3, vec![("one_case", 1)]), "{report:?}");
    assert_eq!(home.store.categories().unwrap().len(), 2);
    let labels = &home.frames()[0].1.labels;
    assert_eq!(labels.iter().filter(|label| label.category == "red").count(), 2);
}

#[test]
fn one_name_with_two_ids_is_told_and_one_id_of_two_names_costs_its_labels_alone() {
    let mut set = coco(&["a.jpg", "b.jpg"]);
    set["categories"][1]["name"] = json!("red");
    let (_, report) = taken(&[("set.json", text(&set)), ("a.jpg", jpeg(0)), ("b.jpg", jpeg(1))]);
    assert_eq!((report.labels, kinds(&report.notes)), (6, vec![("same_name", 1)]), "{report:?}");
    let mut set = coco(&["a.jpg", "b.jpg"]);
    set["categories"][1]["id"] = json!(1);
    set["annotations"]
        .as_array_mut()
        .unwrap()
        .retain(|annotation| annotation["image_id"] == 1 || annotation["category_id"] == 1);
    for annotation in set["annotations"].as_array_mut().unwrap() {
        if annotation["category_id"] == 2 {
            annotation["category_id"] = json!(1);
        }
    }
    let (home, report) = taken(&[("set.json", text(&set)), ("a.jpg", jpeg(0)), ("b.jpg", jpeg(1))]);
    assert_eq!((report.labels, kinds(&report.left_out)), (1, vec![("same_id", 4)]), "{report:?}");
    assert_eq!(home.by_name()["b.jpg"], (0, false), "its label was left out");
    let yolo = [("data.yaml", b"names: [red, red, blue]".to_vec()), ("a.jpg", jpeg(0)), ("a.txt", yolo().into_bytes())];
    let (_, report) = taken(&yolo);
    assert_eq!((report.labels, kinds(&report.notes)), (3, vec![("same_name", 1)]), "{report:?}");
}

#[test]
fn one_id_of_two_images_costs_their_labels_alone() {
    let mut set = coco(&["a.jpg", "b.jpg", "c.jpg"]);
    set["images"][1]["id"] = json!(1);
    for there in [&["a.jpg", "b.jpg", "c.jpg"][..], &["b.jpg", "c.jpg"]] {
        let mut files = vec![("set.json", text(&set))];
        files.extend(there.iter().zip(0..).map(|(name, i)| (*name, jpeg(i))));
        let (home, report) = taken(&files);
        assert!(kinds(&report.left_out).contains(&("same_id", 1)), "{report:?}");
        let by_name = home.by_name();
        assert_eq!((by_name["c.jpg"], by_name["b.jpg"]), ((3, true), (0, false)), "{report:?}");
    }
}

#[test]
fn a_class_without_a_name_is_none() {
    let names =
        |yaml: &str| [("data.yaml", yaml.as_bytes().to_vec()), ("a.jpg", jpeg(0)), ("a.txt", yolo().into_bytes())];
    for yaml in ["names: [red, ~, blue]", "names:\n  0: red\n  1:\n  2: blue\n", "names: [red, '', blue]"] {
        let (home, report) = taken(&names(yaml));
        assert_eq!((report.labels, kinds(&report.left_out)), (2, vec![("class", 1)]), "{yaml}: {report:?}");
        assert!(home.store.categories().unwrap().iter().all(|category| category.name != "null"));
    }
    let (home, _) = taken(&names("names: [red, null, blue]"));
    assert!(home.store.categories().unwrap().iter().any(|category| category.name == "null"));
}

#[test]
fn boxes_in_which_nothing_can_be_seen_are_told_in_every_form() {
    let mut set = coco(&["a.jpg"]);
    set["annotations"][0]["bbox"] = json!([10, 12, 0.02, 24]);
    let (_, report) = taken(&[("set.json", text(&set)), ("a.jpg", jpeg(0))]);
    assert_eq!((report.labels, kinds(&report.left_out)), (2, vec![("too_small", 1)]), "{report:?}");
    let lines = yolo() + "0 0.5 0.5 0.0001 0.0001\n";
    let files = [("classes.txt", NAMES.join("\n").into_bytes()), ("a.jpg", jpeg(0)), ("a.txt", lines.into_bytes())];
    let (_, report) = taken(&files);
    assert_eq!((report.labels, kinds(&report.left_out)), (3, vec![("too_small", 1)]), "{report:?}");
}

#[test]
fn what_only_some_categories_were_looked_for_in_is_told() {
    let mut set = coco(&["000000001.jpg", "000000002.jpg"]);
    set["annotations"].as_array_mut().unwrap().truncate(3);
    for (i, image) in set["images"].as_array_mut().unwrap().iter_mut().enumerate() {
        let image = image.as_object_mut().unwrap();
        image.remove("file_name");
        image.insert("coco_url".into(), json!(format!("http://images.host/train2017/00000000{}.jpg", i + 1)));
        image.insert("neg_category_ids".into(), json!([3]));
        image.insert("not_exhaustive_category_ids".into(), json!([]));
    }
    let files = [("lvis.json", text(&set)), ("train2017/000000001.jpg", jpeg(0)), ("train2017/000000002.jpg", jpeg(1))];
    let (home, report) = taken(&files);
    assert_eq!((report.labels, kinds(&report.left_out)), (3, vec![("federated", 2)]), "{report:?}");
    assert_eq!(home.by_name()["000000002.jpg"], (0, false));
}
