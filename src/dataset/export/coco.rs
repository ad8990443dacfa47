//! Writes a COCO detection file.

use super::item::Item;
use super::report::ExportReport;
use super::sink::Sink;
use crate::dataset::annotation::Annotation;
use crate::domain::{CameraId, Category, ClipId, FrameSource, LabelKind, Phase};
use jiff::Timestamp;
use serde::Serialize;
use std::io;

#[derive(Serialize)]
struct Coco<'a> {
    info: Info,
    images: Vec<Image<'a>>,
    annotations: Vec<Annotation>,
    categories: Vec<CocoCategory<'a>>,
}

#[derive(Serialize)]
struct Info {
    description: &'static str,
    date_created: Timestamp,
}

#[derive(Serialize)]
struct Image<'a> {
    id: usize,
    file_name: String,
    /// What the frame is called here, to the letter.
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<&'a str>,
    width: u32,
    height: u32,
    date_captured: Timestamp,
    phase: Phase,
    source: FrameSource,
    #[serde(skip_serializing_if = "Option::is_none")]
    camera: Option<&'a CameraId>,
    /// The clip that it is a frame of, and how many seconds after its beginning.
    #[serde(skip_serializing_if = "Option::is_none")]
    clip: Option<ClipId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    clip_at: Option<f64>,
}

#[derive(Serialize)]
struct CocoCategory<'a> {
    id: usize,
    name: &'a str,
    colour: &'a str,
    instructions: &'a str,
    kind: LabelKind,
}

pub fn write(
    items: &[Item],
    categories: &[Category],
    sink: &mut dyn Sink,
    report: &mut ExportReport,
) -> io::Result<()> {
    let mut annotations = Vec::new();
    let mut images = Vec::with_capacity(items.len());
    for (i, item) in items.iter().enumerate() {
        let frame = &item.frame;
        images.push(Image {
            id: i + 1,
            file_name: format!("images/{}.jpg", item.stem),
            name: frame.name.as_deref(),
            width: frame.width,
            height: frame.height,
            date_captured: frame.taken,
            phase: item.labels.phase,
            source: frame.source,
            camera: frame.camera.as_ref(),
            clip: frame.clip.map(|clip| clip.id),
            clip_at: frame.clip.map(|clip| clip.at),
        });
        Annotation::append(&mut annotations, i + 1, (frame.width, frame.height), &item.labels.labels, categories);
    }
    report.labels = annotations.len() as u64;
    let categories = categories.iter().enumerate().map(|(i, c)| CocoCategory {
        id: i + 1,
        name: &c.name,
        colour: &c.colour,
        instructions: &c.instructions,
        kind: c.kind,
    });
    // Of what is in it, so that the same data set is the same file.
    let newest = items.iter().map(|item| item.labels.updated.unwrap_or(item.frame.taken)).max();
    let info = Info { description: "Exported by Fieldcoach", date_created: newest.unwrap_or_default() };
    let coco = Coco { info, images, annotations, categories: categories.collect() };
    sink.put("annotations.json", &serde_json::to_vec(&coco)?)
}
