//! However a camera was held and whichever pixels boxes count: one upright frame, and boxes on what they were drawn around.

use super::home::{Home, kinds};
use super::made::{NAMES, coco, folder, jpeg_held, picture};
use fieldcoach::dataset::import::{Boxes, ImportReport, Manner};
use image::RgbImage;
use serde_json::json;
use tempfile::TempDir;

/// The stored pixels of a picture that was taken so.
fn stored(orientation: u8, upright: &RgbImage) -> RgbImage {
    let mut image = image::DynamicImage::ImageRgb8(upright.clone());
    let back = match orientation {
        6 => 8,
        8 => 6,
        other => other,
    };
    image.apply_orientation(image::metadata::Orientation::from_exif(back).unwrap());
    image.into_rgb8()
}

/// Where the blocks of a picture are, in the order of [`NAMES`].
fn blocks(image: &RgbImage) -> Vec<[f32; 4]> {
    let of = |channel: usize| {
        let is = |pixel: &image::Rgb<u8>| pixel.0[channel] == 230;
        let inside = image.enumerate_pixels().filter(|(_, _, pixel)| is(pixel)).map(|(x, y, _)| (x, y));
        let (left, right) = (inside.clone().map(|p| p.0).min().unwrap(), inside.clone().map(|p| p.0).max().unwrap());
        let (top, bottom) = (inside.clone().map(|p| p.1).min().unwrap(), inside.map(|p| p.1).max().unwrap());
        [left as f32, top as f32, (right + 1 - left) as f32, (bottom + 1 - top) as f32]
    };
    (0..3).map(of).collect()
}

/// Names and bytes.
type Files = Vec<(&'static str, Vec<u8>)>;

/// Data sets of one picture, each with its form, whose boxes are those of these pixels.
fn sets(file: &[u8], pixels: &RgbImage) -> Vec<(&'static str, Files)> {
    let (width, height, blocks) = (pixels.width() as f32, pixels.height() as f32, blocks(pixels));
    let mut set = coco(&["a.jpg"]);
    for (annotation, block) in set["annotations"].as_array_mut().unwrap().iter_mut().zip(&blocks) {
        annotation["bbox"] = json!(block);
    }
    (set["images"][0]["width"], set["images"][0]["height"]) = (json!(width), json!(height));
    let lines = blocks.iter().enumerate().map(|(class, [x, y, w, h])| {
        format!("{class} {} {} {} {}\n", (x + w / 2.0) / width, (y + h / 2.0) / height, w / width, h / height)
    });
    let objects = blocks.iter().zip(NAMES).map(|([x, y, w, h], name)| {
        let (right, bottom) = (x + w, y + h);
        let sides = format!("<xmin>{x}</xmin><ymin>{y}</ymin><xmax>{right}</xmax><ymax>{bottom}</ymax>");
        format!("<object><name>{name}</name><bndbox>{sides}</bndbox></object>")
    });
    let size = format!("<size><width>{width}</width><height>{height}</height></size>");
    let voc = format!("<annotation><filename>a.jpg</filename>{size}{}</annotation>", objects.collect::<String>());
    vec![
        ("COCO", vec![("set.json", set.to_string().into_bytes()), ("a.jpg", file.to_vec())]),
        (
            "YOLO",
            vec![
                ("a.txt", lines.collect::<String>().into_bytes()),
                ("classes.txt", NAMES.join("\n").into_bytes()),
                ("a.jpg", file.to_vec()),
            ],
        ),
        ("VOC", vec![("a.xml", voc.into_bytes()), ("a.jpg", file.to_vec())]),
    ]
}

fn take(home: &Home, files: &[(&str, Vec<u8>)], boxes: Boxes) -> ImportReport {
    let dir = TempDir::new().unwrap();
    folder(dir.path(), files);
    home.take(dir.path(), Manner { boxes, ..Manner::default() }).unwrap()
}

/// The picture and the boxes of the one frame that there is.
fn only(home: &Home) -> (Vec<u8>, Vec<[f32; 4]>) {
    let mut frames = home.frames();
    assert_eq!(frames.len(), 1);
    let (frame, labels) = frames.remove(0);
    let boxes = labels.labels.iter().map(|label| label.bbox.unwrap().into()).collect();
    (home.store.jpeg(frame.id).unwrap().to_vec(), boxes)
}

#[test]
fn boxes_of_either_habit_come_to_the_same() {
    let square = {
        let mut square = RgbImage::from_pixel(160, 160, image::Rgb([60; 3]));
        image::imageops::replace(&mut square, &picture(0), 0, 20);
        square
    };
    for (orientation, upright) in (1..=8).flat_map(|o| [(o, picture(0)), (o, square.clone())]) {
        let (file, pixels) = (jpeg_held(orientation, &upright), stored(orientation, &upright));
        let size = upright.dimensions();
        let habits = [(Boxes::Upright, &upright), (Boxes::Stored, &pixels)];
        let [seen, sensed] = habits.map(|(boxes, counted)| {
            sets(&file, counted).into_iter().map(move |(form, files)| {
                let home = Home::new();
                let what = format!("{orientation}, {form}, {boxes:?}, {size:?}");
                let report = take(&home, &files, boxes);
                assert_eq!((report.frames, report.labels), (1, 3), "{what}: {report:?}");
                assert_eq!((report.left_out, report.notes), (vec![], vec![]), "{what}");
                home.assert_on_blocks(&what);
                (what, only(&home))
            })
        });
        for ((what, (picture, boxes)), (_, (other_picture, other_boxes))) in seen.zip(sensed) {
            assert!(picture == other_picture, "{what}: one picture, whichever habit");
            let near = |(a, b): (&f32, &f32)| (a - b).abs() < 0.001;
            assert!(
                boxes.as_flattened().iter().zip(other_boxes.as_flattened()).all(near),
                "{what}: {boxes:?} {other_boxes:?}"
            );
        }
    }
}

#[test]
fn boxes_that_were_counted_the_other_way_up_are_mended_by_a_second_import() {
    let upright = picture(0);
    for orientation in [2, 3, 4] {
        let (file, pixels) = (jpeg_held(orientation, &upright), stored(orientation, &upright));
        for (form, files) in sets(&file, &pixels) {
            let home = Home::new();
            take(&home, &files, Boxes::Auto);
            let (_, wrong) = only(&home);
            let report = take(&home, &files, Boxes::Stored);
            let what = format!("{orientation}, {form}: {report:?}");
            assert_eq!((report.frames, report.already, report.labels), (0, 1, 3), "{what}");
            assert_eq!((kinds(&report.notes), report.left_out.len()), (vec![("mended", 1)], 0), "{what}");
            home.assert_on_blocks(&what);
            assert_ne!(only(&home).1, wrong, "{what}");
            // What nobody asks for is not done: as it is now it stays.
            let report = take(&home, &files, Boxes::Auto);
            assert_eq!((report.labels, kinds(&report.left_out)), (0, vec![("kept", 1)]), "{what}");
            home.assert_on_blocks(&what);
        }
    }
}

#[test]
fn boxes_that_somebody_changed_are_kept_whichever_way_they_count() {
    use fieldcoach::domain::Phase;
    use fieldcoach::store::LabelWrite;
    let (file, pixels) = (jpeg_held(3, &picture(0)), stored(3, &picture(0)));
    let files = sets(&file, &pixels).remove(0).1;
    for (phase, labels) in [(Phase::Reviewed, 3), (Phase::Labelled, 2)] {
        let home = Home::new();
        take(&home, &files, Boxes::Upright);
        let (frame, before) = home.frames().remove(0);
        let write = LabelWrite {
            revision: before.revision,
            phase,
            labels: before.labels[..labels].to_vec(),
            ..LabelWrite::default()
        };
        home.store.put_labels(frame.id, write).unwrap();
        let report = take(&home, &files, Boxes::Stored);
        assert_eq!((report.labels, kinds(&report.left_out)), (0, vec![("kept", 1)]), "{report:?}");
        assert_eq!(home.frames()[0].1.labels, before.labels[..labels]);
    }
}

#[test]
fn outlines_are_turned_with_their_picture() {
    let upright = picture(0);
    for orientation in 1..=8 {
        let (file, pixels) = (jpeg_held(orientation, &upright), stored(orientation, &upright));
        let mut set = coco(&["a.jpg"]);
        (set["images"][0]["width"], set["images"][0]["height"]) = (json!(pixels.width()), json!(pixels.height()));
        for (annotation, [x, y, w, h]) in set["annotations"].as_array_mut().unwrap().iter_mut().zip(blocks(&pixels)) {
            annotation["bbox"] = json!([x, y, w, h]);
            annotation["segmentation"] = json!([[x, y, x + w, y, x + w, y + h, x, y + h, x + 1.0, y + h / 2.0]]);
        }
        let home = Home::new();
        take(&home, &[("set.json", set.to_string().into_bytes()), ("a.jpg", file)], Boxes::Stored);
        home.assert_on_blocks(&format!("{orientation}"));
        let labels = home.frames().remove(0).1.labels;
        assert!(labels.iter().all(|label| label.polygon.is_none() || label.polygon.as_ref().unwrap().len() == 5));
    }
}
