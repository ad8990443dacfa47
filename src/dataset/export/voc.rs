//! Writes Pascal VOC's layout: an XML file for each picture in `Annotations`, the pictures in `JPEGImages`, and lists of
//! both pictures and categories.
//!
//! Boxes count from 0 to where the edges are, with decimals, as most tools write them today and as `import` reads them.
//! An outline stands beside its box as `polygon`, which tools that know none of it pass over.

use super::item::Item;
use super::report::ExportReport;
use super::sink::Sink;
use crate::domain::{BBox, Category, Label, LabelKind};
use quick_xml::escape::escape;
use std::fmt::Write;
use std::io;

/// Where the pictures go.
pub const PICTURES: &str = "JPEGImages";

pub fn write(
    items: &[Item],
    categories: &[Category],
    sink: &mut dyn Sink,
    report: &mut ExportReport,
) -> io::Result<()> {
    let mut tags = 0;
    let mut list = String::new();
    for item in items {
        let mut objects = String::new();
        for label in &item.labels.labels {
            match label.bbox {
                Some(bbox) => {
                    object(&mut objects, label, bbox);
                    report.labels += 1;
                }
                None => tags += 1,
            }
        }
        let (name, frame) = (escape(&item.stem), &item.frame);
        let xml = format!(
            "<annotation>\n  <folder>{PICTURES}</folder>\n  <filename>{name}.jpg</filename>\n  \
             <source>\n    <database>Fieldcoach</database>\n  </source>\n  \
             <size>\n    <width>{}</width>\n    <height>{}</height>\n    <depth>3</depth>\n  </size>\n  \
             <segmented>0</segmented>\n{objects}</annotation>\n",
            frame.width, frame.height
        );
        sink.put(&format!("Annotations/{}.xml", item.stem), xml.as_bytes())?;
        // A line can't fail to be appended to a string.
        let _ = writeln!(list, "{}", item.stem);
    }
    if tags > 0 {
        report
            .skipped
            .push(format!("{tags} tags: Pascal VOC has no labels for whole pictures; export COCO to keep them"));
    }
    report.categories = categories.iter().filter(|c| c.kind != LabelKind::Tag).count() as u64;
    sink.put("ImageSets/Main/trainval.txt", list.as_bytes())?;
    sink.put("labelmap.txt", labels(categories).as_bytes())
}

/// The list of categories that CVAT and Datumaro ask for; a name with a colon can't stand in it.
fn labels(categories: &[Category]) -> String {
    let mut text = String::from("# label:color_rgb:parts:actions\n");
    for category in categories.iter().filter(|c| c.kind != LabelKind::Tag && !c.name.contains(':')) {
        let [red, green, blue] = category.rgb().unwrap_or_default();
        let _ = writeln!(text, "{}:{red},{green},{blue}::", category.name);
    }
    text
}

fn object(to: &mut String, label: &Label, bbox: BBox) {
    let ((xmin, xmax), (ymin, ymax)) = (edges(bbox.x, bbox.width), edges(bbox.y, bbox.height));
    let corners = label.polygon.iter().flatten().map(|[x, y]| format!("      <pt><x>{x}</x><y>{y}</y></pt>\n"));
    let corners: String = corners.collect();
    let polygon = if corners.is_empty() { corners } else { format!("    <polygon>\n{corners}    </polygon>\n") };
    let _ = write!(
        to,
        "  <object>\n    <name>{}</name>\n    <pose>Unspecified</pose>\n    <truncated>0</truncated>\n    \
         <difficult>0</difficult>\n    <bndbox>\n      <xmin>{xmin}</xmin>\n      <ymin>{ymin}</ymin>\n      \
         <xmax>{xmax}</xmax>\n      <ymax>{ymax}</ymax>\n    </bndbox>\n{polygon}  </object>\n",
        escape(&label.category)
    );
}

/// Both edges as numbers of which the difference is the length to the bit, as short as may be.
fn edges(start: f32, length: f32) -> (f64, f64) {
    // The shortest decimals that are these numbers.
    let decimal = |n: f32| n.to_string().parse().unwrap_or(f64::from(n));
    let start: f64 = decimal(start);
    let end = start + decimal(length);
    let short = (end * 1e6).round() / 1e6;
    match (short - start) as f32 == length {
        true => (start, short),
        false => (start, start + f64::from(length)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn edges_are_short_where_the_box_is() {
        assert_eq!(edges(10.0, 24.0), (10.0, 34.0));
        assert_eq!(edges(0.1, 33.333), (0.1, 33.433));
    }

    proptest::proptest! {
        #[test]
        fn a_box_comes_back_to_the_bit(start in 0f32..9_000.0, length in 0.001f32..9_000.0) {
            let (from, to) = edges(start, length);
            let read = |n: f64| n.to_string().parse::<f64>().unwrap();
            let (from, to) = (read(from), read(to));
            proptest::prop_assert_eq!((from as f32, (to - from) as f32), (start, length));
        }
    }
}
