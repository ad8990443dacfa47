//! Data sets of others into the store: COCO and YOLO.
//!
//! All or nothing: a data set is read and checked to its last picture before the first write. Taking in the same data set
//! again adds nothing: a picture that is there already (same content, same name) is not stored twice, and labels that
//! somebody gave it on this device are kept.

mod coco;
mod files;
mod plan;
mod report;
mod write;
mod yaml;
mod yolo;

pub use report::{ImportError, ImportReport};

use crate::picture::Bounds;
use crate::store::Store;
use files::{Archive, Folder};
use std::fs::File;
use std::path::Path;

/// Takes in a COCO detection file; its images lie beside it, under `images/`, or one folder up. `progress` hears how much
/// of how much is done.
///
/// Boxes count pixels as they are stored in the image files (whatever EXIF says of turning them), unless the size given
/// for an image is that of the turned one. Crowd annotations and boxes outside their image are left out; outlines are
/// kept for categories that are labelled with outlines.
pub fn coco(store: &Store, json: &Path, progress: &mut dyn FnMut(u64, u64)) -> Result<ImportReport, ImportError> {
    let text = std::fs::read(json).map_err(|e| files::unreadable(&json.display().to_string(), &e))?;
    let plan = coco::plan(&json.display().to_string(), &text)?;
    let folder = Folder::new(json.parent().unwrap_or(Path::new("")), Bounds::default());
    write::take_in(store, plan, folder, progress)
}

/// Takes in a folder in YOLO's layout: `data.yaml` or `classes.txt`, `images/`, and `labels/` with a text file per image.
/// An image without a text file has nothing in it. `progress` hears how much of how much is done.
pub fn yolo(store: &Store, dir: &Path, progress: &mut dyn FnMut(u64, u64)) -> Result<ImportReport, ImportError> {
    let plan = yolo::plan(dir)?;
    write::take_in(store, plan, Folder::new(dir, Bounds::default()), progress)
}

/// Takes in a ZIP of one COCO file and its images, each within `bounds`. Nothing is unpacked to disk.
pub fn coco_zip(store: &Store, zip: File, bounds: Bounds) -> Result<ImportReport, ImportError> {
    let (archive, name, text) = Archive::open(zip, bounds)?;
    let plan = coco::plan(&name, &text)?;
    write::take_in(store, plan, archive, &mut |_, _| {})
}
