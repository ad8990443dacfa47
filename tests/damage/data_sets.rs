//! Every form of data sets, and the ZIP around it.

use super::change::{changes, damaged, each};
use super::home::Home;
use super::made::{NAMES, coco, jpeg, yolo, zip};
use fieldcoach::domain::FrameId;
use std::cell::RefCell;
use std::fs::File;
use std::io::{Read, Seek, Write};

/// Takes it in, and looks at what is there.
struct Holds(RefCell<(Home, u32)>);

impl Holds {
    fn new() -> Self {
        Self(RefCell::new((Home::new(), 0)))
    }

    fn takes(&self, file: File, most: u64) {
        let (home, cases) = &mut *self.0.borrow_mut();
        match home.take_zip(file) {
            Ok(report) => assert!(report.frames <= most && report.labels <= 100 * most, "{report:?}"),
            Err(error) => {
                let text = error.to_string();
                assert!(!text.is_empty() && text.len() < 10_000, "{text}");
            }
        }
        let frames = home.frames();
        for (frame, labels) in &frames {
            for label in &labels.labels {
                let inside = label.bbox.is_none_or(|b| b.clip_to((frame.width, frame.height), 0.0) == Ok(b));
                assert!(inside, "{label:?}");
            }
        }
        let ids: Vec<FrameId> = frames.into_iter().map(|(frame, _)| frame.id).collect();
        if !ids.is_empty() {
            let who = fieldcoach::domain::Who::local();
            home.store.batch(&who, &ids, fieldcoach::store::BatchAction::Delete).unwrap();
        }
        *cases += 1;
        if *cases % 200 == 0 {
            *home = Home::new();
        }
    }
}

/// Damages the first of these files.
fn many(form: &str, files: &[(&str, Vec<u8>)]) {
    let holds = Holds::new();
    each(
        form,
        changes(),
        |changes| damaged(files[0].1.clone(), &changes),
        |bytes| {
            let mut files = files.to_vec();
            files[0].1 = bytes;
            holds.takes(zip(&files), files.len() as u64);
        },
    );
}

#[test]
fn coco_files() {
    let mut set = coco(&["a.jpg", "b.jpg"]);
    set["annotations"][0]["segmentation"] = serde_json::json!([[10, 12, 50, 12, 50, 36]]);
    set["annotations"][1]["segmentation"] = serde_json::json!({"size": [120, 160], "counts": "a0b1"});
    set["annotations"][2]["iscrowd"] = serde_json::json!(1);
    set["annotations"][3]["attributes"] = serde_json::json!({"by": "hand", "score": 0.5});
    set["images"][0]["date_captured"] = serde_json::json!("2024-01-02 03:04:05");
    many("coco", &[("set.json", set.to_string().into_bytes()), ("a.jpg", jpeg(0)), ("b.jpg", jpeg(1))]);
}

#[test]
fn yolo_labels() {
    let lines = yolo() + "0 0.1 0.1 0.4 0.1 0.4 0.4\n";
    let names = NAMES.join("\n").into_bytes();
    many("yolo", &[("labels/a.txt", lines.into_bytes()), ("classes.txt", names), ("images/a.jpg", jpeg(0))]);
}

#[test]
fn yolo_descriptions() {
    let description = format!("path: .\ntrain: images\nnames: [{}]\nnc: 3\nkpt_shape: [1, 3]\n", NAMES.join(", "));
    let files =
        [("data.yaml", description.into_bytes()), ("labels/a.txt", yolo().into_bytes()), ("images/a.jpg", jpeg(0))];
    many("yolo/data.yaml", &files);
}

#[test]
fn voc_files() {
    let object = |name: &str| {
        format!(
            "<object><name>{name}</name><difficult>0</difficult><bndbox><xmin>10</xmin><ymin>12</ymin><xmax>50</xmax>\
             <ymax>36</ymax></bndbox></object>\n"
        )
    };
    let objects: String = NAMES.map(object).concat();
    let file = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<annotation><filename>a.jpg</filename><source><database>x</database>\
         </source><size><width>160</width><height>120</height></size>\n{objects}</annotation>"
    );
    many("voc", &[("a.xml", file.into_bytes()), ("a.jpg", jpeg(0))]);
}

#[test]
fn cvat_files() {
    let file = "<?xml version='1.0'?>\n<annotations><version>1.1</version><meta><task><labels><label><name>red</name>\
        <color>#ff0000</color><type>rectangle</type></label></labels></task></meta>\n<image id='0' name='a.jpg' \
        width='160' height='120'>\n<box label='red' xtl='10' ytl='12' xbr='50' ybr='36' rotation='10'/>\n<polygon \
        label='green' points='60,64;90,64;90,108'/>\n<tag label='blue'><attribute name='x'>1</attribute></tag>\n<mask \
        label='red' rle='1,2' left='1' top='1' width='2' height='2'/></image></annotations>";
    many("cvat", &[("annotations.xml", file.as_bytes().to_vec()), ("a.jpg", jpeg(0))]);
}

#[test]
fn labelme_files() {
    let file = r#"{"version": "5.0", "flags": {"blue": true}, "shapes": [
        {"label": "red", "points": [[10, 12], [50, 36]], "shape_type": "rectangle", "group_id": null},
        {"label": "green", "points": [[60, 64], [90, 64], [90, 108]], "shape_type": "polygon"},
        {"label": "blue", "points": [[120, 30], [125, 35]], "shape_type": "circle"}],
        "imagePath": "a.jpg", "imageData": null, "imageHeight": 120, "imageWidth": 160}"#;
    many("labelme", &[("a.json", file.as_bytes().to_vec()), ("a.jpg", jpeg(0))]);
}

#[test]
fn label_studio_files() {
    let file = r#"[{"id": 1, "data": {"image": "/data/upload/1/0a1b-a.jpg"}, "annotations": [{"id": 3,
        "updated_at": "2024-01-01T00:00:00Z", "was_cancelled": false, "result": [
        {"id": "x", "type": "rectanglelabels", "original_width": 160, "original_height": 120, "value":
        {"x": 6.25, "y": 10, "width": 25, "height": 20, "rotation": 0, "rectanglelabels": ["red"]}},
        {"type": "polygonlabels", "value": {"points": [[37, 53], [56, 53], [56, 90]], "polygonlabels": ["green"]}},
        {"type": "choices", "value": {"choices": ["blue"]}}]}], "predictions": []}]"#;
    many("label_studio", &[("tasks.json", file.as_bytes().to_vec()), ("a.jpg", jpeg(0))]);
}

#[test]
fn cvat_films() {
    let shape = |frame: u32, x: u32, keyframe: u8| {
        format!(
            "<box frame='{frame}' outside='0' occluded='0' keyframe='{keyframe}' xtl='{x}' ytl='12' xbr='50' ybr='36'/>"
        )
    };
    let file = format!(
        "<?xml version='1.0'?>\n<annotations><version>1.1</version><meta><task><size>2</size><start_frame>0</start_frame>\
         <stop_frame>1</stop_frame><frame_filter></frame_filter><original_size><width>160</width><height>120</height>\
         </original_size></task></meta>\n<track id='0' label='red'>{}\n{}</track>\n<track id='1' label='green'><polygon \
         frame='1' outside='1' keyframe='1' points='60,64;90,64;90,108'/></track></annotations>",
        shape(0, 10, 1),
        shape(1, 11, 0)
    );
    let files = [
        ("annotations.xml", file.into_bytes()),
        ("images/frame_000000.jpg", jpeg(0)),
        ("images/frame_000001.jpg", jpeg(1)),
    ];
    many("cvat film", &files);
}

#[test]
fn label_studio_files_in_short() {
    let file = r#"[{"id": 1, "image": "/data/upload/1/0a1b-a.jpg", "annotator": 1, "annotation_id": 3, "choice": "blue",
        "created_at": "2024-01-01T00:00:00Z", "lead_time": 3.5, "label": [
        {"x": 6.25, "y": 10, "width": 25, "height": 20, "rotation": 0, "rectanglelabels": ["red"],
        "original_width": 160, "original_height": 120}], "shape": [
        {"points": [[37, 53], [56, 53], [56, 90]], "polygonlabels": ["green"], "original_width": 160,
        "original_height": 120}]}]"#;
    many("label_studio/min", &[("tasks.json", file.as_bytes().to_vec()), ("a.jpg", jpeg(0))]);
}

#[test]
fn packed_files() {
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    packed.write_all(coco(&["a.jpg"]).to_string().as_bytes()).unwrap();
    many("coco.gz", &[("set.json.gz", packed.finish().unwrap()), ("a.jpg", jpeg(0))]);
}

#[test]
fn pictures_of_a_set() {
    let set = coco(&["a.jpg"]).to_string().into_bytes();
    many("jpeg in a set", &[("a.jpg", jpeg(0)), ("set.json", set), ("b.jpg", jpeg(1))]);
}

#[test]
fn zips() {
    let mut whole = Vec::new();
    let set = coco(&["a.jpg"]).to_string().into_bytes();
    zip(&[("set.json", set), ("a.jpg", jpeg(0))]).read_to_end(&mut whole).unwrap();
    let holds = Holds::new();
    each(
        "zip",
        changes(),
        |changes| damaged(whole.clone(), &changes),
        |bytes| {
            let mut file = tempfile::tempfile().unwrap();
            file.write_all(&bytes).unwrap();
            file.rewind().unwrap();
            holds.takes(file, 2);
        },
    );
}
