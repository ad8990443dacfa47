//! Data sets of our own making, each odd in one way.

use super::home::{Home, kinds, taken_twice};
use super::made::{BLOCKS, NAMES, SIZE, coco, folder, jpeg, jpeg_held, picture, yolo, zip};
use fieldcoach::dataset::import::{Boxes, Format, ImportReport, Manner, Unmentioned};
use fieldcoach::domain::Side;
use serde_json::{Value, json};
use tempfile::TempDir;

#[test]
fn labels_in_one_folder_of_a_series_are_never_of_a_picture_in_another() {
    let voc = "<annotation><object><name>red</name><bndbox><xmin>10</xmin><ymin>12</ymin><xmax>50</xmax><ymax>36</ymax>\
        </bndbox></object></annotation>";
    let labelme = json!({"imagePath": "0001.jpg", "shapes": [{"label": "red", "points": [[10, 12], [50, 36]], "shape_type": "rectangle"}]});
    for (name, labels) in [
        ("0001.xml", voc.as_bytes().to_vec()),
        ("0001.json", text(&labelme)),
        ("set.json", text(&coco(&["0001.jpg"]))),
        ("0001.txt", yolo().into_bytes()),
    ] {
        let (one, two) = (format!("cam1/{name}"), format!("barn/{name}"));
        let beside = [("yard/0001.jpg", jpeg(0)), ("other/0002.jpg", jpeg(1)), ("other/0002.txt", yolo().into_bytes())];
        let yolo = name.ends_with("txt");
        let files = |labels: &str, bytes: &[u8], picture: &'static str| {
            let mut files = vec![(labels.to_owned(), bytes.to_vec()), (picture.to_owned(), jpeg(0))];
            if yolo {
                // So that there is something of which it is sure.
                files.extend(beside[1..].iter().map(|(name, bytes)| ((*name).to_owned(), bytes.clone())));
                files.push(("classes.txt".into(), NAMES.join("\n").into_bytes()));
            }
            files
        };
        let take = |files: Vec<(String, Vec<u8>)>| {
            let files: Vec<(&str, Vec<u8>)> =
                files.iter().map(|(name, bytes)| (name.as_str(), bytes.clone())).collect();
            let dir = TempDir::new().unwrap();
            folder(dir.path(), &files);
            let home = Home::new();
            home.take(dir.path(), Manner::default()).map(|report| (home.by_name(), report)).map_err(|e| e.to_string())
        };
        match take(files(&one, &labels, "cam2/0001.jpg")) {
            Ok((frames, report)) => {
                assert!(kinds(&report.left_out).contains(&("missing_picture", 1)), "{name}: {report:?}");
                assert!(frames.get("0001.jpg").is_none_or(|it| *it == (0, false)), "{name}: {report:?}");
            }
            // Nothing is left that could be taken in.
            Err(refused) => assert!(refused.contains("0001"), "{name}: {refused}"),
        }
        // In folders of quite other names it may be the one: it is noted, but of a file for a whole data set.
        let (_, report) = take(files(&two, &labels, "yard/0001.jpg")).unwrap();
        let noted = kinds(&report.notes).contains(&("other_folder", 1));
        assert_eq!((report.left_out.len(), noted), (0, name != "set.json"), "{name}: {report:?}");
    }
}

#[test]
fn labels_that_name_a_folder_of_a_series_are_never_of_a_picture_in_another() {
    let at = |folder: &str| format!("{folder}0001.jpg");
    let task = |name: &str| {
        let value = json!({"x": 10, "y": 10, "width": 20, "height": 20, "rectanglelabels": ["red"]});
        let result = json!([{"type": "rectanglelabels", "from_name": "label", "to_name": "image", "original_width": SIZE.0,
            "original_height": SIZE.1, "value": value}]);
        json!([{"id": 1, "data": {"image": name}, "annotations": [{"result": result}]}])
    };
    let labelme = |name: &str| {
        let shapes = json!([{"label": "red", "points": [[10, 12], [50, 36]], "shape_type": "rectangle"}]);
        json!({"imagePath": name, "shapes": shapes})
    };
    let cvat = |name: &str| {
        format!(
            "<annotations><image id=\"0\" name=\"{name}\" width=\"{}\" height=\"{}\"><box label=\"red\" xtl=\"10\" ytl=\"12\" \
             xbr=\"50\" ybr=\"36\"/></image></annotations>",
            SIZE.0, SIZE.1
        )
    };
    let voc = |folder: &str| {
        format!(
            "<annotation><folder>{folder}</folder><filename>0001.jpg</filename><object><name>red</name><bndbox><xmin>10</xmin>\
             <ymin>12</ymin><xmax>50</xmax><ymax>36</ymax></bndbox></object></annotation>"
        )
    };
    // The file of labels, what it says, where the picture lies, and where it lay.
    let of = |there: &str, said: &str| {
        let (name, local) = (at(said), format!("/data/local-files/?d={}", at(said)));
        vec![
            ("set.json", text(&coco(&[&name])), at(there)),
            ("annotations/s.json", text(&coco(&[&name])), format!("images/{}", at(there))),
            ("annotations.xml", cvat(&name).into_bytes(), format!("images/{}", at(there))),
            ("tasks.json", text(&task(&local)), at(there)),
            ("ann/0001.json", text(&labelme(&format!("../{name}"))), at(there)),
        ]
    };
    let take = |files: &[(&str, Vec<u8>)]| {
        let dir = TempDir::new().unwrap();
        folder(dir.path(), files);
        let home = Home::new();
        home.take(dir.path(), Manner::default()).map(|report| (home.by_name(), report)).map_err(|e| e.to_string())
    };
    let series = [
        ("cam1/", "cam2/"),
        ("seq1/img/", "seq2/img/"),
        ("2024-01-01/", "2024-01-02/"),
        ("2024/01/01/", "2024/01/02/"),
        ("cam1/", "/home/ann/cam2/"),
    ];
    let mut others: Vec<(&str, Vec<u8>, String)> = series.iter().flat_map(|(there, said)| of(there, said)).collect();
    for folder in ["", "images", "JPEGImages", "VOC2012", "cam2"] {
        others.push(("Annotations/cam2/0001.xml", voc(folder).into_bytes(), "JPEGImages/cam1/0001.jpg".into()));
    }
    for (labels, said, there) in &others {
        let files = [(*labels, said.clone()), (there.as_str(), jpeg(0)), ("cam2/0002.jpg", jpeg(1))];
        for files in [&files[..2], &files] {
            let what = format!("{labels} {} {there}", String::from_utf8_lossy(said));
            match take(files) {
                Ok((frames, report)) => {
                    assert!(
                        kinds(&report.left_out).iter().any(|(kind, _)| *kind == "missing_picture"),
                        "{what}: {report:?}"
                    );
                    assert_eq!((report.labels, frames.values().any(|it| it.1)), (0, false), "{what}: {report:?}");
                }
                Err(refused) => assert!(refused.contains("0001"), "{what}: {refused}"),
            }
        }
    }
    // A folder of quite another name may be the one, and is told.
    for (labels, said, there) in of("yard/", "barn/") {
        let (_, report) = take(&[(labels, said), (there.as_str(), jpeg(0))]).unwrap();
        let noted = kinds(&report.notes).contains(&("other_folder", 1));
        assert_eq!((report.left_out.len(), noted), (0, true), "{labels} {there}: {report:?}");
    }
}

/// Takes it in as a folder and as a ZIP, which must come to the same.
fn taken(what: &str, files: &[(&str, Vec<u8>)]) -> (Home, ImportReport) {
    taken_twice(what, files, Manner::default())
}

fn whole(what: &str, files: &[(&str, Vec<u8>)], frames: u64) -> (Home, ImportReport) {
    let (home, report) = taken(what, files);
    assert_eq!((report.frames, report.labels), (frames, frames * 3), "{what}: {report:?}");
    assert_eq!(report.left_out, [], "{what}");
    home.assert_on_blocks(what);
    (home, report)
}

fn text(value: &Value) -> Vec<u8> {
    value.to_string().into_bytes()
}

#[test]
fn pictures_are_found_however_the_data_set_names_them() {
    for (named, file) in [
        ("a.jpg", "a.jpg"),
        ("a.jpg", "images/a.jpg"),
        ("a.jpg", "deep/down/here/a.jpg"),
        ("images/a.jpg", "a.jpg"),
        ("C:\\Users\\ann\\a.jpg", "images/a.jpg"),
        ("file:///home/ann/a.jpg", "a.jpg"),
        ("gs://bucket/x/a.jpg", "x/a.jpg"),
        ("a%20b%2Bc.jpg", "a b+c.jpg"),
        ("a%20b.jpg", "a%20b.jpg"),
        ("A.JPG", "a.jpg"),
        ("Gr\u{fc}n \u{8d64}.jpg", "Gru\u{308}n \u{8d64}.jpg"),
        ("x/../a.jpg", "a.jpg"),
    ] {
        whole(named, &[("set.json", text(&coco(&[named]))), (file, jpeg(0))], 1);
    }
}

#[test]
fn a_name_that_fits_two_files_is_told_and_not_guessed() {
    let files = [
        ("set.json", text(&coco(&["a.jpg", "b.jpg"]))),
        ("x/a.jpg", jpeg(0)),
        ("y/a.jpg", jpeg(1)),
        ("b.jpg", jpeg(2)),
    ];
    let (home, report) = taken("two", &files);
    assert_eq!(kinds(&report.left_out), [("missing_picture", 1), ("not_named", 2)]);
    assert!(report.left_out[0].examples[0].contains("x/a.jpg, y/a.jpg"), "{report:?}");
    assert_eq!(home.frames().len(), 1);
}

#[test]
fn json_of_scripts_is_read() {
    let plain = coco(&["a.jpg"]).to_string();
    let change = |from: &str, to: &str| {
        assert!(plain.contains(from), "{from}");
        plain.replace(from, to).into_bytes()
    };
    for (what, json) in [
        ("float sizes", change("\"width\":160", "\"width\":160.0")),
        ("text sizes", change("\"width\":160", "\"width\":\"160\"")),
        ("null sizes", change("\"width\":160", "\"width\":null")),
        ("float ids", change("\"image_id\":1", "\"image_id\":1.0")),
        ("text ids", change("\"image_id\":1", "\"image_id\":\"1\"")),
        ("text boxes", change("[10.0,12.0,40.0,24.0]", "[\"10\",\"12\",\"40.0\",24]")),
        ("infinite areas", change("\"iscrowd\":0", "\"iscrowd\":0,\"area\":-Infinity,\"score\":NaN")),
        ("false crowds", change("\"iscrowd\":0", "\"iscrowd\":false")),
        ("no crowds", change("\"iscrowd\":0", "\"iscrowd\":\"0\"")),
        ("a mark", [b"\xef\xbb\xbf", plain.as_bytes()].concat()),
        ("UTF-16", format!("\u{feff}{plain}").encode_utf16().flat_map(u16::to_le_bytes).collect()),
        ("deep extras", change("\"iscrowd\":0", "\"iscrowd\":0,\"x\":[[[{\"y\":[{}]}]]]")),
    ] {
        whole(what, &[("set.json", json), ("a.jpg", jpeg(0))], 1);
    }
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    std::io::Write::write_all(&mut packed, plain.as_bytes()).unwrap();
    whole("gzip", &[("set.json.gz", packed.finish().unwrap()), ("a.jpg", jpeg(0))], 1);
    // Whatever the order of the lists.
    let set = coco(&["a.jpg"]);
    let order = format!(
        "{{\"annotations\":{},\"info\":{{}},\"categories\":{},\"images\":{}}}",
        set["annotations"], set["categories"], set["images"]
    );
    whole("the order", &[("set.json", order.into_bytes()), ("a.jpg", jpeg(0))], 1);
}

#[test]
fn an_annotation_that_is_not_understood_costs_itself_and_never_makes_a_negative() {
    for (bbox, more, kind) in [
        (json!([1, 2, 3]), json!({}), "no_box"),
        (json!([1, 2, 3, 4, 5]), json!({}), "turned_unclear"),
        (json!(["a", 2, 3, 4]), json!({}), "no_box"),
        (json!({"x": 1, "y": 2, "width": 3}), json!({}), "no_box"),
        (json!(null), json!({"segmentation": {"counts": "abc", "size": [120, 160]}}), "mask"),
        (json!([5, 5, 0, 9]), json!({}), "no_area"),
        (json!([50, 50, -9, -9]), json!({}), "no_area"),
        (json!([500, 50, 9, 9]), json!({}), "outside"),
        (json!([0.1, 0.2, 0.5, 0.5]), json!({}), "box_in_shares"),
        (json!([5, 5, 9, 9]), json!({"iscrowd": "1"}), "crowd"),
        (json!([5, 5, 9, 9]), json!({"iscrowd": true}), "crowd"),
        (json!([5, 5, 9, 9]), json!({"category_id": 9}), "unknown_category"),
        (json!([5, 5, 9, 9]), json!({"category_id": null}), "unknown_category"),
    ] {
        let mut set = coco(&["a.jpg", "b.jpg"]);
        let odd = &mut set["annotations"].as_array_mut().unwrap();
        odd.truncate(3);
        let mut annotation = json!({"id": "odd one", "image_id": 2, "category_id": 1, "bbox": bbox});
        annotation.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        odd.push(annotation.clone());
        let (home, report) = taken(kind, &[("set.json", text(&set)), ("a.jpg", jpeg(0)), ("b.jpg", jpeg(1))]);
        assert_eq!(kinds(&report.left_out), [(kind, 1)], "{annotation}");
        assert!(report.left_out[0].examples[0].starts_with("annotation odd one"), "{report:?}");
        assert_eq!((report.labels, report.unlabelled), (3, 1), "{annotation}");
        assert_eq!(home.by_name()["b.jpg"], (0, false), "{annotation}");
    }
}

#[test]
fn outlines_give_boxes_where_there_are_none() {
    for outline in [
        json!([[10, 12, 50, 12, 50, 36, 10, 36]]),
        json!([10, 12, 50, 12, 50, 36, 10, 36]),
        json!([[10, 12], [50, 12], [50, 36]]),
    ] {
        let mut set = coco(&["a.jpg"]);
        let first = &mut set["annotations"][0];
        first["bbox"] = json!(null);
        first["segmentation"] = outline;
        whole("outline", &[("set.json", text(&set)), ("a.jpg", jpeg(0))], 1);
    }
}

#[test]
fn a_file_without_annotations_makes_no_negatives() {
    let mut set = coco(&["a.jpg"]);
    set.as_object_mut().unwrap().remove("annotations");
    let (home, report) = taken("images only", &[("set.json", text(&set)), ("a.jpg", jpeg(0))]);
    assert_eq!((home.by_name()["a.jpg"], kinds(&report.notes)), ((0, false), vec![("no_annotations", 1)]));
    set["annotations"] = json!([]);
    let files = [("set.json", text(&set)), ("a.jpg", jpeg(0))];
    let (home, report) = taken("nothing in it", &files);
    assert_eq!((home.by_name()["a.jpg"], kinds(&report.notes)), ((0, false), vec![("no_annotations", 1)]));
    let (home, _) =
        taken_twice("nothing in it", &files, Manner { unmentioned: Unmentioned::Empty, ..Manner::default() });
    assert_eq!(home.by_name()["a.jpg"], (0, true), "it was said");
    // Where some are annotated, nothing means that nothing is there.
    let mut set = coco(&["a.jpg", "b.jpg"]);
    set["annotations"].as_array_mut().unwrap().truncate(3);
    let (home, _) = taken("one of two", &[("set.json", text(&set)), ("a.jpg", jpeg(0)), ("b.jpg", jpeg(1))]);
    assert_eq!(home.by_name()["b.jpg"], (0, true));
}

#[test]
fn several_files_of_one_data_set_come_in_together() {
    let (train, valid) = (coco(&["a.jpg"]), coco(&["b.jpg"]));
    let files = [
        ("train/_annotations.coco.json", text(&train)),
        ("train/a.jpg", jpeg(0)),
        ("valid/_annotations.coco.json", text(&valid)),
        ("valid/b.jpg", jpeg(1)),
    ];
    let (home, _) = whole("splits", &files, 2);
    assert!(home.store.sides().unwrap().is_empty());
    let (home, _) = taken_twice("sides", &files, Manner { sides: true, ..Manner::default() });
    let sides = home.store.sides().unwrap();
    for (frame, _) in home.frames() {
        let side = if frame.name.as_deref() == Some("a.jpg") { Side::Training } else { Side::Validation };
        assert_eq!(sides[&frame.id], side);
    }
    // Two files about the same pictures, as COCO's instances and key points are.
    let both =
        [("instances_val.json", text(&train)), ("person_keypoints_val.json", text(&train)), ("val/a.jpg", jpeg(0))];
    let (_, report) = whole("twice", &both, 1);
    assert_eq!(kinds(&report.notes), [("twice", 3)]);
}

#[test]
fn a_picture_that_is_listed_twice_has_the_labels_of_both() {
    let mut set = coco(&["a.jpg", "./a.jpg"]);
    set["annotations"] = json!([
        {"id": 1, "image_id": 1, "category_id": 1, "bbox": BLOCKS[0]},
        {"id": 2, "image_id": 2, "category_id": 2, "bbox": BLOCKS[1]},
    ]);
    let (home, report) = taken("twice", &[("set.json", text(&set)), ("a.jpg", jpeg(0))]);
    assert_eq!((report.frames, report.labels, kinds(&report.notes)), (1, 2, vec![("listed_twice", 1)]));
    home.assert_on_blocks("twice");
}

#[test]
fn boxes_lie_right_however_the_camera_was_held() {
    let image = picture(0);
    for orientation in 1..=8 {
        let held = jpeg_held(orientation, &image);
        let mut set = coco(&["a.jpg"]);
        whole(&format!("{orientation}, COCO"), &[("set.json", text(&set)), ("a.jpg", held.clone())], 1);
        for key in ["width", "height"] {
            set["images"][0].as_object_mut().unwrap().remove(key);
        }
        whole(&format!("{orientation}, COCO without a size"), &[("set.json", text(&set)), ("a.jpg", held.clone())], 1);
        let files = [("a.jpg", held), ("a.txt", yolo().into_bytes()), ("classes.txt", NAMES.join("\n").into_bytes())];
        whole(&format!("{orientation}, YOLO"), &files, 1);
    }
}

#[test]
fn boxes_that_count_stored_pixels_are_told_by_the_sizes() {
    // The boxes are those of the pixels as they are stored.
    let lying = |orientation: u8| {
        let upright = jpeg_held(1, &picture(0));
        let held = jpeg_held(orientation, &image::RgbImage::new(8, 8));
        // The EXIF of the one before the pixels of the other.
        let exif = usize::from(u16::from_be_bytes([held[4], held[5]])) + 4;
        let own = usize::from(u16::from_be_bytes([upright[4], upright[5]])) + 4;
        [&held[..exif], &upright[own..]].concat()
    };
    let set = coco(&["a.jpg", "b.jpg"]);
    // A quarter turn with the size of the stored one; the half turn beside it follows.
    let files = [("set.json", text(&set)), ("a.jpg", lying(6)), ("b.jpg", lying(3))];
    let (_, report) = whole("stored", &files, 2);
    assert_eq!(report.notes, []);
    let files = [("set.json", text(&coco(&["b.jpg"]))), ("b.jpg", lying(3))];
    let (_, report) = taken("nothing tells", &files);
    assert_eq!(kinds(&report.notes), [("turned", 1)]);
    let (home, report) = taken_twice("said", &files, Manner { boxes: Boxes::Stored, ..Manner::default() });
    assert_eq!((report.labels, report.notes.len()), (3, 0));
    home.assert_on_blocks("said");
}

#[test]
fn every_layout_of_yolo_is_understood() {
    let lines = || yolo().into_bytes();
    let names = || NAMES.join("\n").into_bytes();
    let yaml = |more: &str| format!("{more}\nnames: [{}]\n", NAMES.join(", ")).into_bytes();
    let map = b"names:\n  0: red\n  1: green\n  2: blue\nnc: 3\n".to_vec();
    for (what, files) in [
        ("plain", vec![("data.yaml", yaml("")), ("images/a.jpg", jpeg(0)), ("labels/a.txt", lines())]),
        ("a map", vec![("data.yaml", map), ("images/a.jpg", jpeg(0)), ("labels/a.txt", lines())]),
        (
            "Roboflow",
            vec![
                ("data.yaml", yaml("train: ../train/images")),
                ("train/images/a.rf.1.jpg", jpeg(0)),
                ("train/labels/a.rf.1.txt", lines()),
            ],
        ),
        (
            "split",
            vec![
                ("d/data.yaml", yaml("path: ../d\nval: images/val")),
                ("d/images/val/a.jpg", jpeg(0)),
                ("d/labels/val/a.txt", lines()),
            ],
        ),
        (
            "CVAT",
            vec![
                ("obj.names", names()),
                ("obj.data", b"classes = 3\nnames = data/obj.names".to_vec()),
                ("train.txt", b"data/obj_train_data/a.jpg".to_vec()),
                ("obj_train_data/a.jpg", jpeg(0)),
                ("obj_train_data/a.txt", lines()),
            ],
        ),
        (
            "a list",
            vec![
                ("data.yaml", yaml("train: list.txt")),
                ("list.txt", b"./images/a.jpg\n".to_vec()),
                ("images/a.jpg", jpeg(0)),
                ("labels/a.txt", lines()),
            ],
        ),
        ("labelImg", vec![("a.JPG", jpeg(0)), ("a.txt", lines()), ("classes.txt", names())]),
        (
            "a mark",
            vec![
                ("images/a.jpeg", jpeg(0)),
                ("labels/a.TXT", [b"\xef\xbb\xbf", &lines()[..]].concat()),
                ("classes.txt", [b"\xef\xbb\xbf", &names()[..]].concat()),
            ],
        ),
        (
            "Windows",
            vec![
                ("images/a.jpg", jpeg(0)),
                ("labels/a.txt", yolo().replace('\n', "\r\n").into_bytes()),
                ("classes.txt", NAMES.join("\r\n").into_bytes()),
            ],
        ),
        (
            "decimal classes",
            vec![
                ("images/a.jpg", jpeg(0)),
                ("labels/a.txt", yolo().replace("0 0.", "0.0 0.").into_bytes()),
                ("classes.txt", names()),
            ],
        ),
    ] {
        whole(what, &files, 1);
    }
}

#[test]
fn lines_of_yolo_that_are_not_understood_are_named() {
    for (line, kind) in [
        ("0,0.5,0.5,0.1,0.1", "line"),
        ("red 0.5 0.5 0.1 0.1", "line"),
        ("1.5 0.5 0.5 0.1 0.1", "line"),
        ("0 0.5 0.5 0.1", "numbers"),
        ("0 80 60 10 10", "pixels"),
        ("0 0.5 0.5 0.1 0.1 0.4 0.4 2 0.6 0.6 1", "key_points"),
        ("7 0.5 0.5 0.1 0.1", "class"),
        ("0 0.5 0.5 0 0.1", "no_area"),
    ] {
        let files = [
            ("classes.txt", NAMES.join("\n").into_bytes()),
            ("images/a.jpg", jpeg(0)),
            ("labels/a.txt", yolo().into_bytes()),
            ("images/b.jpg", jpeg(1)),
            ("labels/b.txt", format!("\n{line}\n").into_bytes()),
        ];
        let (home, report) = taken(line, &files);
        assert_eq!(kinds(&report.left_out), [(kind, 1)], "{line}");
        let told = &report.left_out[0].examples[0];
        assert!(told.contains("line 2"), "{told}");
        assert_eq!(home.by_name()["b.jpg"], (0, false), "{line}");
    }
}

#[test]
fn key_points_and_corners_are_read_as_boxes() {
    let [x, y, w, h] = BLOCKS[0];
    let (sx, sy) = (SIZE.0 as f32, SIZE.1 as f32);
    let centre = format!("{} {} {} {}", (x + w / 2.0) / sx, (y + h / 2.0) / sy, w / sx, h / sy);
    let corners = format!(
        "{} {} {} {} {} {} {} {}",
        x / sx,
        y / sy,
        (x + w) / sx,
        y / sy,
        (x + w) / sx,
        (y + h) / sy,
        x / sx,
        (y + h) / sy
    );
    for (what, yaml, line) in [
        ("key points of three", "kpt_shape: [2, 3]", format!("0 {centre} 0.1 0.1 2 0.2 0.2 0")),
        ("key points of two", "kpt_shape: [3, 2]", format!("0 {centre} 0.1 0.1 0.2 0.2 0.9 0.9")),
        ("oriented", "", format!("0 {corners}")),
        ("sure", "", format!("0 {centre} 0.87")),
    ] {
        let files = [
            ("data.yaml", format!("{yaml}\nnames: [red]").into_bytes()),
            ("images/a.jpg", jpeg(0)),
            ("labels/a.txt", line.into_bytes()),
        ];
        let (home, report) = taken(what, &files);
        assert_eq!((report.labels, report.left_out.len()), (1, 0), "{what}: {report:?}");
        home.assert_on_blocks(what);
    }
}

#[test]
fn classes_that_nobody_names_are_called_by_their_numbers() {
    let files = [("images/a.jpg", jpeg(0)), ("labels/a.txt", yolo().into_bytes())];
    let (home, report) = taken("no names", &files);
    let names: Vec<String> = home.store.categories().unwrap().into_iter().map(|c| c.name).collect();
    assert_eq!((names, report.labels), (vec!["class 0".into(), "class 1".into(), "class 2".into()], 3));
    assert_eq!(kinds(&report.notes), [("no_names", 1)]);
}

#[test]
fn a_folder_of_photographs_comes_in_unlabelled() {
    let files = [
        ("IMG_1.jpg", jpeg(0)),
        ("IMG_2.JPG", jpeg(1)),
        ("Thumbs.db", b"x".to_vec()),
        ("meta.json", b"{\"a\": 1}".to_vec()),
    ];
    let (home, report) = taken("photographs", &files);
    assert_eq!((report.frames, report.labels, report.unlabelled), (2, 0, 2));
    assert!(home.by_name().values().all(|it| *it == (0, false)));
    assert_eq!(kinds(&report.left_out), [("no_labels", 1)]);
}

#[test]
fn pictures_are_not_taken_in_without_the_labels_that_lie_beside_them() {
    let dir = TempDir::new().unwrap();
    folder(dir.path(), &[("set.json", b"{\"images\": [],,}".to_vec()), ("a.jpg", jpeg(0))]);
    let home = Home::new();
    let refused = home.take(dir.path(), Manner::default()).unwrap_err().to_string();
    assert!(refused.contains("set.json") && refused.contains("line 1 column"), "{refused}");
    assert!(home.frames().is_empty());
    let manner = Manner { format: Some(Format::Pictures), ..Manner::default() };
    assert_eq!(home.take(dir.path(), manner).unwrap().unlabelled, 1);
}

#[test]
fn nothing_is_said_about_a_picture_unless_asked_for() {
    let files = [
        ("classes.txt", b"red".to_vec()),
        ("a.jpg", jpeg(0)),
        ("a.txt", b"0 0.2 0.2 0.1 0.1".to_vec()),
        ("b.jpg", jpeg(1)),
    ];
    let (home, report) = taken("half", &files);
    assert_eq!((home.by_name()["b.jpg"], kinds(&report.notes)), ((0, false), vec![("no_label_file", 1)]));
    let (home, _) = taken_twice("empty", &files, Manner { unmentioned: Unmentioned::Empty, ..Manner::default() });
    assert_eq!(home.by_name()["b.jpg"], (0, true));
}

#[test]
fn a_category_that_is_only_above_others_is_left_away() {
    let mut set = coco(&["a.jpg"]);
    for category in set["categories"].as_array_mut().unwrap() {
        category["supercategory"] = json!("belt things");
    }
    set["categories"].as_array_mut().unwrap().push(json!({"id": 0, "name": "belt things", "supercategory": "none"}));
    let (home, report) = whole("Roboflow's", &[("set.json", text(&set)), ("a.jpg", jpeg(0))], 1);
    assert_eq!(home.store.categories().unwrap().len(), 3);
    assert_eq!(kinds(&report.notes), [("category_above", 1)]);
}

#[test]
fn while_an_annotation_fits_no_picture_no_picture_of_its_file_is_a_negative() {
    for id in [json!("a.jpg"), json!(null), json!("02"), json!(7.5)] {
        let mut set = coco(&["a.jpg", "b.jpg"]);
        set["annotations"].as_array_mut().unwrap().truncate(3);
        set["annotations"]
            .as_array_mut()
            .unwrap()
            .push(json!({"id": 9, "image_id": id, "category_id": 1, "bbox": [5, 5, 9, 9]}));
        let (home, report) = taken("unplaced", &[("set.json", text(&set)), ("a.jpg", jpeg(0)), ("b.jpg", jpeg(1))]);
        assert_eq!((home.by_name()["a.jpg"], home.by_name()["b.jpg"]), ((3, true), (0, false)), "{id}: {report:?}");
    }
}

#[test]
fn ids_beyond_64_bits_are_told_apart() {
    let mut set = coco(&["a.jpg", "b.jpg"]).to_string();
    for (from, to) in [("\"id\":1,\"width\"", "9223372036854780809"), ("\"id\":2,\"width\"", "9223372036854780810")] {
        assert!(set.contains(from), "{set}");
        set = set.replace(from, &format!("\"id\":{to},\"width\""));
    }
    set = set
        .replace("\"image_id\":1", "\"image_id\":9223372036854780809")
        .replace("\"image_id\":2", "\"image_id\":9223372036854780810");
    whole("large ids", &[("set.json", set.into_bytes()), ("a.jpg", jpeg(0)), ("b.jpg", jpeg(1))], 2);
}

#[test]
fn labels_of_one_side_never_go_to_a_picture_of_another() {
    let files = [
        ("train/_annotations.coco.json", text(&coco(&["a.jpg"]))),
        ("train/a.jpg", jpeg(0)),
        ("valid/_annotations.coco.json", text(&coco(&["a.jpg"]))),
    ];
    let (home, report) = taken("COCO", &files);
    assert_eq!((report.labels, kinds(&report.left_out)), (3, vec![("missing_picture", 1)]), "{report:?}");
    assert_eq!(home.frames().len(), 1);
    let lines = || yolo().into_bytes();
    let files = [
        ("data.yaml", format!("names: [{}]", NAMES.join(", ")).into_bytes()),
        ("train/images/a.jpg", jpeg(0)),
        ("valid/labels/a.txt", lines()),
        ("train/images/b.jpg", jpeg(1)),
        ("train/labels/b.txt", lines()),
    ];
    let (home, report) = taken_twice("YOLO", &files, Manner { unmentioned: Unmentioned::Empty, ..Manner::default() });
    assert_eq!(kinds(&report.left_out), [("missing_picture", 1)], "{report:?}");
    assert_eq!(home.by_name()["a.jpg"], (0, false), "its labels may be those");
    let two = [("set.json", text(&coco(&["x/a.jpg", "y/a.jpg"]))), ("a.jpg", jpeg(0))];
    let (_, report) = taken("one file", &two);
    assert_eq!((report.frames, kinds(&report.left_out)), (1, vec![("one_file", 1)]), "{report:?}");
}

#[test]
fn no_picture_gets_the_labels_of_another_camera() {
    let names = ["cam1/1.jpg", "cam2/1.jpg", "cam1/2.jpg"];
    let files = |there: &[(&'static str, Vec<u8>)]| [&[("set.json", text(&coco(&names)))], there].concat();
    let there = [("imgs/cam1/1.jpg", jpeg(0)), ("imgs/cam2/1.jpg", jpeg(1)), ("imgs/cam2/2.jpg", jpeg(2))];
    let (home, report) = taken("another folder", &files(&there));
    let left_out = vec![("missing_picture", 1), ("not_named", 1)];
    assert_eq!((report.frames, report.labels, kinds(&report.left_out)), (2, 6, left_out));
    home.assert_on_blocks("another folder");
    // The names of two lead to one file: it is that of the name which says more of where it lies.
    let files = [("set.json", text(&coco(&["barn/1.jpg", "yard/1.jpg"]))), ("imgs/yard/1.jpg", jpeg(1))];
    let (home, report) = taken("the likelier", &files);
    assert_eq!(kinds(&report.left_out), [("one_file", 1)], "{report:?}");
    assert_eq!((report.frames, report.labels, home.frames().len()), (1, 3, 1));
    home.assert_on_blocks("the likelier");
    // Or nobody's.
    let two = [("set.json", text(&coco(&["x/a.jpg", "y/a.jpg"]))), ("a.jpg", jpeg(0))];
    let (_, report) = taken("either", &two);
    assert_eq!((report.labels, report.unlabelled), (0, 1), "{report:?}");
}

#[test]
fn files_that_name_the_classes_differently_are_refused() {
    let dir = TempDir::new().unwrap();
    let lines = || yolo().into_bytes();
    folder(
        dir.path(),
        &[
            ("s1/classes.txt", b"cat\ndog\nowl".to_vec()),
            ("s1/a.jpg", jpeg(0)),
            ("s1/a.txt", lines()),
            ("s2/classes.txt", b"dog\ncat\nowl".to_vec()),
            ("s2/b.jpg", jpeg(1)),
            ("s2/b.txt", lines()),
        ],
    );
    let home = Home::new();
    let refused = home.take(dir.path(), Manner::default()).unwrap_err().to_string();
    assert!(refused.contains("s1/classes.txt and s2/classes.txt name the classes differently"), "{refused}");
    assert!(home.frames().is_empty());
}

#[test]
fn boxes_that_are_cut_off_are_told() {
    let mut set = coco(&["a.jpg"]);
    set["annotations"][0]["bbox"] = json!([140, 100, 60, 60]);
    let (home, report) = taken("cut", &[("set.json", text(&set)), ("a.jpg", jpeg(0))]);
    assert_eq!((report.labels, kinds(&report.notes)), (3, vec![("cut", 1)]));
    assert!(
        report.notes[0].examples[0].starts_with("annotation 1 ([140.0, 100.0, 60.0, 60.0]) of a.jpg"),
        "{report:?}"
    );
    assert_eq!(home.frames().len(), 1);
}

#[test]
fn what_lies_beside_a_data_set_does_no_harm() {
    let lines = || yolo().into_bytes();
    let names = || NAMES.join("\n").into_bytes();
    // Label Studio's export for YOLO.
    let notes = json!({"categories": [{"id": 0, "name": "red"}], "info": {"year": 2026}});
    whole(
        "notes.json",
        &[("classes.txt", names()), ("notes.json", text(&notes)), ("images/a.jpg", jpeg(0)), ("labels/a.txt", lines())],
        1,
    );
    // Pictures that are called as other files are.
    whole("notes.jpg", &[("obj.names", names()), ("notes.jpg", jpeg(0)), ("notes.txt", lines())], 1);
    // A picture that the data set does not name is told, and not taken in.
    let (home, report) =
        taken("not named", &[("set.json", text(&coco(&["a.jpg"]))), ("a.jpg", jpeg(0)), ("b.jpg", jpeg(1))]);
    assert_eq!((home.frames().len(), kinds(&report.left_out)), (1, vec![("not_named", 1)]));
}

#[test]
fn two_imports_of_the_same_at_once_add_nothing_twice() {
    let files = [("set.json", text(&coco(&["a.jpg", "b.jpg"]))), ("a.jpg", jpeg(0)), ("b.jpg", jpeg(7))];
    let home = Home::new();
    let reports: Vec<ImportReport> = std::thread::scope(|scope| {
        let each: Vec<_> = (0..3).map(|_| scope.spawn(|| home.take_zip(zip(&files)).unwrap())).collect();
        each.into_iter().map(|one| one.join().unwrap()).collect()
    });
    assert_eq!(reports.iter().map(|report| report.frames).sum::<u64>(), 2, "{reports:?}");
    assert_eq!(home.frames().len(), 2);
}

#[test]
fn a_picture_that_is_named_comes_in_alone_and_another_file_is_refused_by_its_name() {
    let dir = TempDir::new().unwrap();
    folder(dir.path(), &[("a.jpg", jpeg(0)), ("b.jpg", jpeg(7)), ("set.rar", b"Rar!".to_vec())]);
    let home = Home::new();
    assert_eq!(home.take(&dir.path().join("a.jpg"), Manner::default()).unwrap().frames, 1);
    assert!(home.by_name().contains_key("a.jpg"));
    let refused = home.take(&dir.path().join("set.rar"), Manner::default()).unwrap_err().to_string();
    assert!(refused.contains("set.rar: this is a RAR archive, which is not read"), "{refused}");
}

#[test]
fn a_box_of_a_million_numbers_is_none() {
    let mut set = coco(&["a.jpg"]);
    set["annotations"][0]["bbox"] = json!(vec![1; 1_000_000]);
    set["annotations"][1]["segmentation"] = json!([vec![1; 1_000_000]]);
    let (_, report) = taken("a million", &[("set.json", text(&set)), ("a.jpg", jpeg(0))]);
    assert_eq!((report.labels, kinds(&report.left_out)), (2, vec![("no_box", 1)]));
}
