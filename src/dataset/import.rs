//! Data sets of others into the store: COCO and YOLO.
//!
//! All or nothing: a data set is read and checked to its last picture before the first write. Taking in the same data set
//! again adds nothing: a picture that is there already (same content, same name) is not stored twice, and labels that
//! somebody gave it on this device are kept.

mod coco;
mod directory;
mod files;
mod lean;
mod plan;
mod report;
mod write;
mod yaml;
mod yolo;

pub use report::{ImportError, ImportReport};

use super::going::Going;
use crate::picture::Bounds;
use crate::store::Store;
use crate::turns::Turns;
use files::{Archive, Folder};
use std::fs::File;
use std::path::Path;

/// Takes in a COCO detection file; its images lie beside it, under `images/`, or one folder up. `going` hears how
/// much of how much is done, and says whether to go on.
///
/// Boxes count pixels as they are stored in the image files (whatever EXIF says of turning them), unless the size given
/// for an image is that of the turned one. Crowd annotations and boxes outside their image are left out; outlines are
/// kept for categories that are labelled with outlines.
pub fn coco(store: &Store, json: &Path, going: &mut Going) -> Result<ImportReport, ImportError> {
    let text = files::whole(json, files::MAX_OWN)?;
    let plan = coco::plan(&json.display().to_string(), &text)?;
    let folder = Folder::new(json.parent().unwrap_or(Path::new("")), Bounds::default());
    write::take_in(store, plan, folder, going)
}

/// Takes in a folder in YOLO's layout: `data.yaml` or `classes.txt`, `images/`, and `labels/` with a text file per image.
/// An image without a text file has nothing in it. `going` hears how much of how much is done, and says
/// whether to go on.
pub fn yolo(store: &Store, dir: &Path, going: &mut Going) -> Result<ImportReport, ImportError> {
    let plan = yolo::plan(dir)?;
    write::take_in(store, plan, Folder::new(dir, Bounds::default()), going)
}

/// Takes in a ZIP of one COCO file and its images, each within `bounds` and decoded at its turn. Nothing is unpacked to
/// disk. `going`: see [`coco`].
pub fn coco_zip(
    store: &Store,
    zip: File,
    bounds: Bounds,
    turns: &Turns,
    going: &mut Going,
) -> Result<ImportReport, ImportError> {
    let (archive, name, text) = Archive::open(zip, bounds, turns.clone())?;
    let plan = coco::plan(&name, &text)?;
    write::take_in(store, plan, archive, going)
}
