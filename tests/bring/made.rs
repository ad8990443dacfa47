//! Makes data sets: pictures of a red, a green and a blue block, and where these lie.

use image::{Rgb, RgbImage};
use serde_json::{Value, json};
use std::fs::{self, File};
use std::io::{Seek, Write};
use std::path::Path;

pub const SIZE: (u32, u32) = (160, 120);
/// Boxes of the blocks, in the order of [`NAMES`].
pub const BLOCKS: [[f32; 4]; 3] = [[10.0, 12.0, 40.0, 24.0], [60.0, 64.0, 30.0, 44.0], [104.0, 16.0, 48.0, 32.0]];
pub const NAMES: [&str; 3] = ["red", "green", "blue"];

/// A grey picture with the three blocks; shifted a little, so that no two are the same.
pub fn picture(number: u32) -> RgbImage {
    let mut image = RgbImage::from_pixel(SIZE.0, SIZE.1, Rgb([60 + 3 * (number % 20) as u8, 60, 60]));
    for (channel, [x, y, width, height]) in BLOCKS.into_iter().enumerate() {
        for (px, py) in (0..height as u32).flat_map(|py| (0..width as u32).map(move |px| (px, py))) {
            let mut pixel = [20; 3];
            pixel[channel] = 230;
            image.put_pixel(x as u32 + px, y as u32 + py, Rgb(pixel));
        }
    }
    image
}

pub fn jpeg(number: u32) -> Vec<u8> {
    fieldcoach::picture::encode_jpeg(&picture(number), 95).to_vec()
}

/// The picture as a camera stores it that was held otherwise: `orientation` is EXIF's, 1 to 8.
pub fn jpeg_held(orientation: u8, image: &RgbImage) -> Vec<u8> {
    use image::imageops::{flip_horizontal, flip_vertical, rotate90, rotate180, rotate270};
    let stored = match orientation {
        1 => image.clone(),
        2 => flip_horizontal(image),
        3 => rotate180(image),
        4 => flip_vertical(image),
        5 => flip_horizontal(&rotate90(image)),
        6 => rotate270(image),
        7 => flip_horizontal(&rotate270(image)),
        8 => rotate90(image),
        _ => unreachable!(),
    };
    let plain = fieldcoach::picture::encode_jpeg(&stored, 95);
    let exif =
        [b"Exif\0\0MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0".as_slice(), &[orientation], &[0; 6]].concat();
    let length = (exif.len() as u16 + 2).to_be_bytes();
    [&plain[..2], &[0xff, 0xe1], &length, &exif, &plain[2..]].concat()
}

/// A COCO file of these pictures, each with its three blocks.
pub fn coco(names: &[&str]) -> Value {
    let image = |(i, name): (usize, &&str)| json!({"id": i + 1, "file_name": name, "width": SIZE.0, "height": SIZE.1});
    let annotations = names.iter().enumerate().flat_map(|(i, _)| {
        let annotation = move |(c, bbox): (usize, [f32; 4])| {
            json!({"id": i * 3 + c + 1, "image_id": i + 1, "category_id": c + 1, "bbox": bbox, "iscrowd": 0})
        };
        BLOCKS.into_iter().enumerate().map(annotation)
    });
    json!({
        "images": names.iter().enumerate().map(image).collect::<Vec<_>>(),
        "annotations": annotations.collect::<Vec<_>>(),
        "categories": NAMES.iter().enumerate().map(|(c, name)| json!({"id": c + 1, "name": name})).collect::<Vec<_>>(),
    })
}

/// The lines of a YOLO text file with the three blocks.
pub fn yolo() -> String {
    let line = |(class, [x, y, w, h]): (usize, [f32; 4])| {
        let (sx, sy) = (SIZE.0 as f32, SIZE.1 as f32);
        format!("{class} {} {} {} {}\n", (x + w / 2.0) / sx, (y + h / 2.0) / sy, w / sx, h / sy)
    };
    BLOCKS.into_iter().enumerate().map(line).collect()
}

/// Writes files to a folder, with the folders that they need.
pub fn folder(dir: &Path, files: &[(&str, Vec<u8>)]) {
    for (name, bytes) in files {
        let path = dir.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }
}

/// The same as a ZIP.
pub fn zip(files: &[(&str, Vec<u8>)]) -> File {
    let mut zip = zip::ZipWriter::new(tempfile::tempfile().unwrap());
    for (name, bytes) in files {
        zip.start_file(*name, zip::write::SimpleFileOptions::default()).unwrap();
        zip.write_all(bytes).unwrap();
    }
    let mut file = zip.finish().unwrap();
    file.rewind().unwrap();
    file
}
