//! What is damaged, or not read, costs its own labels, and makes no negative of what it may have spoken of.

use super::home::{kinds, refused, taken_as};
use super::made::{NAMES, coco, jpeg, yolo};
use fieldcoach::dataset::import::{Manner, Unmentioned};
use serde_json::{Value, json};

pub type Files<'a> = Vec<(&'a str, Vec<u8>)>;

const EMPTY: Manner = Manner {
    format: None,
    strict: false,
    boxes: fieldcoach::dataset::import::Boxes::Auto,
    unmentioned: Unmentioned::Empty,
    sides: false,
};

fn cvat(name: &str, boxes: &str) -> Vec<u8> {
    format!("<annotations><image id=\"0\" name=\"{name}\" width=\"160\" height=\"120\">{boxes}</image></annotations>")
        .into_bytes()
}

fn tasks(name: &str) -> Value {
    let value = json!({"x": 10, "y": 10, "width": 20, "height": 20, "rectanglelabels": ["red"]});
    let result = json!([{"type": "rectanglelabels", "from_name": "label", "to_name": "image", "original_width": 160,
        "original_height": 120, "value": value}]);
    json!([{"id": 1, "data": {"image": name}, "annotations": [{"result": result}]}])
}

#[test]
fn one_damaged_file_of_several_costs_its_labels_alone_and_makes_no_negative() {
    let boxed = "<box label=\"red\" xtl=\"10\" ytl=\"12\" xbr=\"50\" ybr=\"36\"/>";
    // `e.jpg` is said to be empty by the sound one, and what the other would say of it nobody knows.
    let mut sound = coco(&["a.jpg", "e.jpg"]);
    sound["annotations"].as_array_mut().unwrap().retain(|annotation| annotation["image_id"] == 1);
    let cvat_sound = cvat("a.jpg", boxed);
    let more = "<image id=\"1\" name=\"e.jpg\" width=\"160\" height=\"120\"/></annotations>";
    let cvat_sound = String::from_utf8(cvat_sound).unwrap().replace("</annotations>", more).into_bytes();
    let mut studio = tasks("a.jpg");
    studio.as_array_mut().unwrap().push(json!({"id": 2, "data": {"image": "e.jpg"}, "annotations": [{"result": []}]}));
    for (one, sound, two, other) in [
        ("one.json", sound.to_string().into_bytes(), "two.json", coco(&["b.jpg"]).to_string().into_bytes()),
        ("one.xml", cvat_sound, "two.xml", cvat("b.jpg", boxed)),
        ("one.json", studio.to_string().into_bytes(), "two.json", tasks("b.jpg").to_string().into_bytes()),
    ] {
        let whole: Files = vec![
            (one, sound.clone()),
            (two, other.clone()),
            ("a.jpg", jpeg(0)),
            ("b.jpg", jpeg(1)),
            ("e.jpg", jpeg(2)),
        ];
        let (home, report) = taken_as(&whole, Manner::default());
        assert_eq!((home.by_name()["e.jpg"], report.left_out.len()), ((0, true), 0), "{report:?}");
        let mut cut = whole;
        cut[1].1.truncate(other.len() - 20);
        let (home, report) = taken_as(&cut, Manner::default());
        let told = kinds(&report.left_out);
        let broken = ["unreadable", "no_labels"];
        assert!(told.iter().any(|(kind, _)| broken.contains(kind)), "{two}: {report:?}");
        assert!(report.left_out[0].examples[0].contains(two), "{report:?}");
        let frames = home.by_name();
        assert!(frames["a.jpg"].1 && frames["a.jpg"].0 > 0, "{report:?}");
        assert_eq!(
            (frames["e.jpg"], frames.get("b.jpg").is_none_or(|it| *it == (0, false))),
            ((0, false), true),
            "{report:?}"
        );
        let strict = refused(&cut, Manner { strict: true, ..Manner::default() });
        assert!(strict.contains(two) && strict.contains("all or nothing"), "{strict}");
        // What is of another part of the data set it can't speak of.
        let parts: Files = cut
            .iter()
            .map(|(name, bytes)| match *name {
                "one.json" => ("train/one.json", bytes.clone()),
                "one.xml" => ("train/one.xml", bytes.clone()),
                "two.json" => ("valid/two.json", bytes.clone()),
                "two.xml" => ("valid/two.xml", bytes.clone()),
                "a.jpg" => ("train/a.jpg", bytes.clone()),
                "e.jpg" => ("train/e.jpg", bytes.clone()),
                _ => ("valid/b.jpg", bytes.clone()),
            })
            .collect();
        let (home, report) = taken_as(&parts, Manner::default());
        assert_eq!(home.by_name()["e.jpg"], (0, true), "{report:?}");
    }
    let all = refused(
        &[("a.json", b"{\"images\": [".to_vec()), ("b.json", b"{\"images\": [".to_vec()), ("a.jpg", jpeg(0))],
        EMPTY,
    );
    assert!(all.contains("a.json") && all.contains("b.json") && all.contains("Nothing was imported"), "{all}");
}

#[test]
fn unmentioned_pictures_are_not_empty_while_a_file_that_is_not_read_may_speak_of_them() {
    let via = br#"{"b.jpg99": {"filename": "b.jpg", "size": 99, "regions": []}}"#.to_vec();
    let voc = b"<annotation><filename>a.jpg</filename></annotation>".to_vec();
    let mut unsaid = coco(&["a.jpg", "b.jpg"]);
    unsaid["annotations"] = json!([]);
    let classes = || ("classes.txt", NAMES.join("\n").into_bytes());
    for (unread, bytes) in [
        ("via.json", via),
        ("labels.csv", b"b.jpg,1,2,3,4,red\n".to_vec()),
        ("x.tfrecord", vec![0]),
        ("set.zip", vec![0]),
        ("odd.json", b"{\"what\": 1}".to_vec()),
        ("cut.json", b"{\"what\": ".to_vec()),
    ] {
        for labels in [
            vec![classes(), ("a.txt", yolo().into_bytes())],
            vec![("a.xml", voc.clone())],
            vec![("set.json", unsaid.to_string().into_bytes())],
            vec![("annotations.xml", cvat("b.jpg", ""))],
        ] {
            let mut files: Files = labels.clone();
            files.extend([("a.jpg", jpeg(0)), ("b.jpg", jpeg(1))]);
            let (home, _) = taken_as(&files, EMPTY);
            assert_eq!(home.by_name()["b.jpg"], (0, true), "{labels:?}");
            files.push((unread, bytes.clone()));
            let (home, report) = taken_as(&files, EMPTY);
            assert_eq!(home.by_name()["b.jpg"], (0, false), "{unread} {labels:?}: {report:?}");
            assert!(kinds(&report.notes).iter().any(|(kind, _)| *kind == "may_be_said"), "{unread}: {report:?}");
        }
    }
    // One that has the name of a picture speaks of that alone.
    let files = vec![
        classes(),
        ("a.txt", yolo().into_bytes()),
        ("a.jpg", jpeg(0)),
        ("b.jpg", jpeg(1)),
        ("c.jpg", jpeg(2)),
        ("b.jpg.mat", vec![0]),
    ];
    let (home, _) = taken_as(&files, EMPTY);
    assert_eq!((home.by_name()["b.jpg"], home.by_name()["c.jpg"]), ((0, false), (0, true)));
}

#[test]
fn an_empty_text_among_texts_of_another_form_is_no_negative() {
    let kitti = "Car 0.00 0 -1.82 804.79 167.34 995.43 327.94 1.63 1.48 2.37 3.23 1.59 8.55 -1.47\n";
    for other in ["a red car in a barn\n", kitti, "0 10 10 50 50\n", "red,1,2,3,4\n"] {
        let files: Files = vec![
            ("classes.txt", NAMES.join("\n").into_bytes()),
            ("images/a.jpg", jpeg(0)),
            ("labels/a.txt", other.as_bytes().to_vec()),
            ("images/b.jpg", jpeg(1)),
            ("labels/b.txt", vec![]),
            // Elsewhere they are YOLO's.
            ("other/c.jpg", jpeg(2)),
            ("other/c.txt", yolo().into_bytes()),
            ("other/d.jpg", jpeg(3)),
            ("other/d.txt", b"\n".to_vec()),
        ];
        let (home, report) = taken_as(&files, Manner::default());
        let frames = home.by_name();
        assert_eq!((frames["b.jpg"], frames["d.jpg"]), ((0, false), (0, true)), "{other}: {report:?}");
        assert!(kinds(&report.notes).contains(&("empty_text", 1)), "{other}: {report:?}");
        assert_eq!(taken_as(&files, EMPTY).0.by_name()["b.jpg"], (0, false), "{other}");
    }
    // A class that is not named, or a box without area, is a line all the same.
    let files: Files = vec![
        ("classes.txt", b"red".to_vec()),
        ("a.jpg", jpeg(0)),
        ("a.txt", b"7 0.5 0.5 0.1 0.1\n".to_vec()),
        ("b.jpg", jpeg(1)),
        ("b.txt", vec![]),
    ];
    assert_eq!(taken_as(&files, Manner::default()).0.by_name()["b.jpg"], (0, true));
}

#[test]
fn texts_that_are_all_empty_are_negatives_only_where_something_says_that_they_are_yolos() {
    let files: Files = vec![("a.jpg", jpeg(0)), ("a.txt", vec![]), ("b.jpg", jpeg(1)), ("b.txt", b"\n".to_vec())];
    let (home, report) = taken_as(&files, Manner::default());
    assert_eq!(
        (home.by_name()["a.jpg"], kinds(&report.notes).contains(&("no_annotations", 2))),
        ((0, false), true),
        "{report:?}"
    );
    assert_eq!(taken_as(&files, EMPTY).0.by_name()["a.jpg"], (0, true));
    let described = [files, vec![("classes.txt", b"red".to_vec())]].concat();
    assert_eq!(taken_as(&described, Manner::default()).0.by_name()["a.jpg"], (0, true));
}

#[test]
fn a_picture_that_lost_a_part_is_left_out_and_told() {
    let whole = jpeg(1);
    let cut = [&whole[..whole.len() * 2 / 3], b"\xff\xd9"].concat();
    let files: Files =
        vec![("set.json", coco(&["a.jpg", "b.jpg"]).to_string().into_bytes()), ("a.jpg", jpeg(0)), ("b.jpg", cut)];
    let (home, report) = taken_as(&files, Manner::default());
    assert_eq!((report.labels, kinds(&report.left_out)), (3, vec![("picture", 1)]), "{report:?}");
    assert!(report.left_out[0].examples[0].contains("ends after"), "{report:?}");
    assert_eq!(home.frames().len(), 1);
    assert!(refused(&files, Manner { strict: true, ..Manner::default() }).contains("b.jpg"));
}
