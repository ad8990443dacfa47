//! Labelled frames out of the store, for other tools and other devices: COCO and YOLO.
//!
//! Our COCO files carry what COCO has no place for as extra keys, which other tools pass over and our import reads:
//! `phase` and `source` of an image, `kind`, `colour` and `instructions` of a category.

mod coco;
mod sink;
mod yolo;

use crate::domain::{Category, Frame, FrameLabels};
use crate::store::{Store, StoreError};
use sink::{Folder, Sink, Zip};
use std::collections::HashSet;
use std::io::{Seek, Write};
use std::path::Path;

/// Which form.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Format {
    /// `annotations.json` and `images/`.
    #[default]
    Coco,
    /// `data.yaml`, `images/` and `labels/`.
    Yolo,
}

/// What went out.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct ExportReport {
    pub frames: u64,
    pub labels: u64,
    pub categories: u64,
    /// What was left out and why, a sentence each.
    pub skipped: Vec<String>,
}

/// Why a data set could not be written.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("the data set can't be written ({0}); look whether there is room and the right to write")]
    Io(#[from] std::io::Error),
}

/// Writes every labelled frame with its labels as a ZIP.
pub fn zip(store: &Store, format: Format, out: impl Write + Seek) -> Result<ExportReport, ExportError> {
    let mut zip = Zip::new(out);
    let report = write(store, format, &mut zip, &mut |_, _| {})?;
    zip.finish()?;
    Ok(report)
}

/// Writes every labelled frame with its labels to a folder, which is made if need be; files of the same name in it are
/// replaced. `progress` hears how much of how much is done.
pub fn folder(
    store: &Store,
    format: Format,
    dir: &Path,
    progress: &mut dyn FnMut(u64, u64),
) -> Result<ExportReport, ExportError> {
    write(store, format, &mut Folder::new(dir), progress)
}

/// A frame and the name of its file, without folder and extension.
struct Item {
    frame: Frame,
    labels: FrameLabels,
    stem: String,
}

fn write(
    store: &Store,
    format: Format,
    sink: &mut dyn Sink,
    progress: &mut dyn FnMut(u64, u64),
) -> Result<ExportReport, ExportError> {
    let categories: Vec<Category> = store.categories()?;
    let items = named(store.labelled()?);
    let total = items.len() as u64;
    for (i, item) in items.iter().enumerate() {
        progress(i as u64, total);
        sink.put(&format!("images/{}.jpg", item.stem), &store.jpeg(item.frame.id)?)?;
    }
    let mut report = ExportReport { frames: total, categories: categories.len() as u64, ..ExportReport::default() };
    match format {
        Format::Coco => coco::write(&items, &categories, sink, &mut report)?,
        Format::Yolo => yolo::write(&items, &categories, sink, &mut report)?,
    }
    progress(total, total);
    Ok(report)
}

/// Gives every frame a file name: its own where it has one that is safe and not taken, otherwise its id.
fn named(frames: Vec<(Frame, FrameLabels)>) -> Vec<Item> {
    let mut taken: HashSet<String> = HashSet::new();
    let mut items = Vec::with_capacity(frames.len());
    for (frame, labels) in frames {
        let own = frame.name.as_deref().and_then(|name| Path::new(name).file_stem()?.to_str());
        let plain = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
        let own = own.filter(|s| s.len() <= 100 && !s.starts_with('.') && s.chars().all(plain));
        // Some file systems don't tell `A` from `a`.
        let stem = own
            .filter(|s| !taken.contains(&s.to_ascii_lowercase()))
            .map_or_else(|| frame.id.to_string(), str::to_owned);
        taken.insert(stem.to_ascii_lowercase());
        items.push(Item { frame, labels, stem });
    }
    items
}
