//! Labelled frames out of the store, for other tools and other devices: COCO, YOLO and Pascal VOC.
//!
//! Our COCO files carry what COCO has no place for as extra keys, which other tools pass over and our import reads:
//! `name`, `phase` and `source` of an image, `kind`, `colour` and `instructions` of a category, `attributes` of an annotation
//! ([`Attributes`](super::attributes::Attributes)).

mod coco;
mod item;
mod report;
mod sink;
mod voc;
mod yolo;

pub use report::{ExportError, ExportReport};

use super::going::Going;
use crate::domain::{Category, ClipId, ClipPlace, Frame, FrameId, FrameLabels};
use crate::store::{AllLabelled, Store, StoreError};
use sink::{Folder, Sink, Zip};
use std::collections::{HashMap, HashSet};
use std::io::{Seek, Write};
use std::path::Path;

/// What was left out and why, where there was any.
const LEFT_OUT: &str = "left-out.txt";

/// Bytes that a frame takes beside its picture, about: blocks of the disk, and its labels.
const BESIDE: u64 = 8 << 10;

/// Which form.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Format {
    /// `annotations.json` and `images/`.
    #[default]
    Coco,
    /// `data.yaml`, `images/` and `labels/`.
    Yolo,
    /// Pascal VOC: `JPEGImages/` and `Annotations/`.
    Voc,
}

impl Format {
    /// The folder of the pictures.
    fn pictures(self) -> &'static str {
        match self {
            Self::Coco | Self::Yolo => "images",
            Self::Voc => voc::PICTURES,
        }
    }
}

/// Writes labelled frames with their labels as a ZIP: every one, or those named. Of those named, what is not there or has
/// no labels is passed over. `going` hears how much of how much is done, and says whether to go on.
pub fn zip(
    store: &Store,
    format: Format,
    only: Option<&HashSet<FrameId>>,
    out: impl Write + Seek,
    going: &mut Going,
) -> Result<ExportReport, ExportError> {
    let mut zip = Zip::new(out);
    let report = write(store, format, only, &mut zip, going)?;
    zip.finish()?;
    Ok(report)
}

/// Writes every labelled frame with its labels to a folder, which is made if need be; files of the same name in it are
/// replaced, each as a whole. `going` hears how much of how much is done, and says whether to go on. Error, before anything
/// is written: the folder is or lies in the store's own, or has no room for it beside `store.reserve`.
pub fn folder(store: &Store, format: Format, dir: &Path, going: &mut Going) -> Result<ExportReport, ExportError> {
    let bytes = store.labelled_and_unread()?.read.iter().map(|(frame, _)| frame.bytes + BESIDE).sum();
    let mut folder = Folder::begin(dir, store.room().outside(), bytes)?;
    let report = write(store, format, None, &mut folder, going)?;
    folder.finish()?;
    Ok(report)
}

fn write(
    store: &Store,
    format: Format,
    only: Option<&HashSet<FrameId>>,
    sink: &mut dyn Sink,
    going: &mut Going,
) -> Result<ExportReport, ExportError> {
    let categories: Vec<Category> = store.categories()?;
    let AllLabelled { read: mut labelled, mut unread } = store.labelled_and_unread()?;
    labelled.retain(|(frame, _)| only.is_none_or(|only| only.contains(&frame.id)));
    unread.retain(|id| only.is_none_or(|only| only.contains(id)));
    let mut report = ExportReport { categories: categories.len() as u64, ..ExportReport::default() };
    let damaged =
        |id: FrameId, what: &str| format!("frame {id}: its {what} can't be read; `fieldcoach check` says why");
    report.unread.extend(unread.into_iter().map(|id| damaged(id, "labels")));
    name_by_clips(store, &mut labelled)?;
    let named = item::named(labelled);
    let (total, mut items) = (named.len() as u64, Vec::with_capacity(named.len()));
    for (i, item) in named.into_iter().enumerate() {
        if going(i as u64, total).is_break() {
            return Err(ExportError::Stopped);
        }
        match store.jpeg(item.frame.id) {
            Ok(jpeg) => sink.put(&format!("{}/{}.jpg", format.pictures(), item.stem), &jpeg)?,
            // Of that frame alone.
            Err(StoreError::Damaged(_)) => {
                report.unread.push(damaged(item.frame.id, "picture"));
                continue;
            }
            Err(other) => return Err(other.into()),
        }
        items.push(item);
    }
    report.frames = items.len() as u64;
    match format {
        Format::Coco => coco::write(&items, &categories, sink, &mut report)?,
        Format::Yolo => yolo::write(&items, &categories, sink, &mut report)?,
        Format::Voc => voc::write(&items, &categories, sink, &mut report)?,
    }
    let left_out = [&report.unread[..], &report.skipped].concat();
    if !left_out.is_empty() {
        sink.put(LEFT_OUT, left_out.join("\n").as_bytes())?;
    }
    // It is done: too late to stop.
    let _ = going(total, total);
    Ok(report)
}

/// A frame of a clip that has no name is called as its clip: that is known by its first frame alone, which may not be among
/// these.
fn name_by_clips(store: &Store, frames: &mut [(Frame, FrameLabels)]) -> Result<(), StoreError> {
    let mut names: HashMap<ClipId, Option<String>> = HashMap::new();
    for (frame, _) in frames.iter_mut().filter(|(frame, _)| frame.name.is_none()) {
        let Some(ClipPlace { id, .. }) = frame.clip else { continue };
        frame.name = match names.get(&id) {
            Some(name) => name.clone(),
            None => {
                let name = match store.clip(id) {
                    // Its last frame may have gone meanwhile.
                    Err(StoreError::NotFound { .. }) => None,
                    clip => clip?.name,
                };
                names.insert(id, name.clone());
                name
            }
        };
    }
    Ok(())
}
