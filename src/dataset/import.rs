//! Data sets of others into the store, in the forms and with the faults that they have.
//!
//! Whatever comes in is either understood rightly, or told: which file, which line or annotation, what was wrong, what to
//! do. What was not understood is never taken for "nothing is there". Everything is read and checked to its last picture
//! before the first write; then all that is sound comes in, or, where that was asked for ([`Manner::strict`]), everything
//! or nothing. Taking in the same data set again adds nothing: a picture that is there already (same content, same name)
//! is not stored twice, and labels that somebody gave it on this device are kept.
//!
//! The way of a data set: a [`place`] lists its files; a reader of [`formats`] makes a [`found::Found`] of what they say, an
//! entry at a time; [`settle`] holds that against the pictures and the store; [`write`](mod@write) stores it.

mod again;
mod clips;
mod empty;
mod fit;
mod formats;
mod found;
mod lenient;
mod letters;
mod manner;
mod place;
mod same;
mod settle;
mod standing;
mod told;
mod turned;
mod unread;
mod write;

pub use manner::{Format, Manner, Unmentioned};
pub use told::{ImportError, ImportReport, Remark};
pub use turned::Boxes;

use super::going::Going;
use crate::files;
use crate::picture::{self, Bounds};
use crate::store::Store;
use crate::turns::Turns;
use found::Found;
use parking_lot::Mutex;
use place::{Archive, FileId, Folder, Place};
use std::fs::File;
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::time::Duration;

/// Takes in a folder, a file with labels whose pictures lie around it, or a ZIP of them. `going` hears how much of how
/// much is done, and says whether to go on.
pub fn path(store: &Store, path: &Path, manner: &Manner, going: &mut Going) -> Result<ImportReport, ImportError> {
    at(store, path, manner, going).map_err(ImportError::readable)
}

fn at(store: &Store, path: &Path, manner: &Manner, going: &mut Going) -> Result<ImportReport, ImportError> {
    let failed = |e: std::io::Error| place::unreadable(&path.display().to_string(), &e);
    let about = std::fs::metadata(path).map_err(failed)?;
    if about.is_dir() {
        return take_in(store, &mut Folder::open(path)?, None, manner, going);
    }
    let name = path.display().to_string();
    let mut file = files::open(path).map_err(failed)?;
    if about.len() == 0 {
        return Err(ImportError::Invalid(format!("{name} is empty: copy it again. Nothing was imported")));
    }
    // A spreadsheet is a ZIP too, and no data set.
    if let Some(form) = formats::unread(&name) {
        return Err(ImportError::Invalid(format!(
            "{name}: this is {form}, which is not read; export the data set as COCO or YOLO instead. Nothing was imported"
        )));
    }
    if is_film(&file).map_err(failed)? {
        return Err(ImportError::Invalid(format!(
            "{name}: this is a film; `fieldcoach import video {name}` makes a clip of it. Nothing was imported"
        )));
    }
    let called_zip = name.to_lowercase().ends_with(".zip");
    if place::is_zip(&mut file, called_zip)? {
        return zip(store, file, Bounds::default(), &Turns::at_pictures(), manner, going);
    }
    if let Some(closed) = place::closed(&mut file)? {
        let called = if called_zip { ", though it is called a ZIP" } else { "" };
        return Err(ImportError::Invalid(format!(
            "{name}: this is {}{called}, which is not read; {}. Nothing was imported",
            closed.what, closed.todo
        )));
    }
    if called_zip {
        // It says what it is instead.
        return zip(store, file, Bounds::default(), &Turns::at_pictures(), manner, going);
    }
    let (mut folder, main) = Folder::around(path)?;
    take_in(store, &mut folder, Some(main), manner, going)
}

fn is_film(file: &File) -> std::io::Result<bool> {
    let mut head = [0; 200];
    let read = file.read_at(&mut head, 0)?;
    Ok(picture::is_film(&head[..read]))
}

/// Takes in a ZIP, its pictures each within `bounds` and decoded at its turn. Nothing is unpacked to disk. `going`: see
/// [`path`].
pub fn zip(
    store: &Store,
    zip: File,
    bounds: Bounds,
    turns: &Turns,
    manner: &Manner,
    going: &mut Going,
) -> Result<ImportReport, ImportError> {
    let opened = Archive::open(zip, bounds, turns.clone());
    opened.and_then(|mut zip| take_in(store, &mut zip, None, manner, going)).map_err(ImportError::readable)
}

/// Held by the import that checks and writes; between two looks whether to go on.
static TURN: Mutex<()> = Mutex::new(());
const PATIENCE: Duration = Duration::from_millis(200);

fn take_in(
    store: &Store,
    place: &mut dyn Place,
    main: Option<FileId>,
    manner: &Manner,
    going: &mut Going,
) -> Result<ImportReport, ImportError> {
    // One after the other: two that bring the same at once would each find nothing of the other.
    let _turn = loop {
        match TURN.try_lock_for(PATIENCE) {
            Some(turn) => break turn,
            None if going(0, 1).is_break() => {
                return Err(ImportError::Stopped("nothing was imported; import it again"));
            }
            None => {}
        }
    };
    let title = main.map_or_else(|| place.title().to_owned(), |main| place.listing().name(main).to_owned());
    let mut found = Found::new(&title, &store.categories()?);
    found.hold(place.listing().bytes())?;
    formats::read(place, main, manner, &mut found)?;
    let settled = settle::settle(store, place, found, manner, going)?;
    write::write(store, place, settled, going)
}
