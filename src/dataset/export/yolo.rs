//! Writes YOLO's layout: `data.yaml`, and beside every image a text file with a line per object.

use super::item::Item;
use super::report::ExportReport;
use super::sink::Sink;
use crate::domain::{Category, LabelKind};
use std::fmt::Write;
use std::io;

pub fn write(
    items: &[Item],
    categories: &[Category],
    sink: &mut dyn Sink,
    report: &mut ExportReport,
) -> io::Result<()> {
    // YOLO has no label for a whole picture.
    let classes: Vec<&Category> = categories.iter().filter(|c| c.kind != LabelKind::Tag).collect();
    let mut tags = 0;
    for item in items {
        let mut text = String::new();
        for label in &item.labels.labels {
            let class = classes.iter().position(|c| c.name == label.category);
            let (Some(class), Some(bbox)) = (class, label.bbox) else {
                tags += 1;
                continue;
            };
            let (width, height) = (f64::from(item.frame.width), f64::from(item.frame.height));
            let [x, y, w, h] = <[f32; 4]>::from(bbox).map(f64::from);
            // A line can't fail to be appended to a string.
            let _ = match &label.polygon {
                Some(corners) => {
                    let shares = corners
                        .iter()
                        .map(|[x, y]| format!(" {:.9} {:.9}", f64::from(*x) / width, f64::from(*y) / height));
                    writeln!(text, "{class}{}", shares.collect::<String>())
                }
                None => {
                    let (cx, cy) = ((x + w / 2.0) / width, (y + h / 2.0) / height);
                    writeln!(text, "{class} {cx:.9} {cy:.9} {:.9} {:.9}", w / width, h / height)
                }
            };
            report.labels += 1;
        }
        sink.put(&format!("labels/{}.txt", item.stem), text.as_bytes())?;
    }
    if tags > 0 {
        report.skipped.push(format!("{tags} tags: YOLO has no labels for whole pictures; export COCO to keep them"));
    }
    report.categories = classes.len() as u64;
    let mut yaml = String::from("path: .\ntrain: images\nval: images\n");
    // A line of corners may look like a box and key points.
    if items.iter().flat_map(|item| &item.labels.labels).any(|label| label.polygon.is_some()) {
        yaml.push_str("task: segment\n");
    }
    yaml.push_str("names:\n");
    for (i, category) in classes.iter().enumerate() {
        // A JSON string is a YAML one.
        let _ = writeln!(yaml, "  {i}: {}", serde_json::to_string(&category.name)?);
    }
    sink.put("data.yaml", yaml.as_bytes())
}
