//! The forms in which data sets come: one small reader each, all of which fill the same [`Found`].

mod coco;
mod cvat;
mod date;
mod entries;
mod label_studio;
mod labelme;
mod lean;
mod paired;
mod pictures;
mod recognise;
mod shapes;
mod telling;
mod text;
mod values;
mod voc;
mod xml;
mod yolo;

use super::found::Found;
use super::manner::{Format, Manner};
use super::place::{FileId, Place, is_foreign_picture, is_picture};
use super::told::{ImportError, Reason};

static OTHER_FORMAT: Reason = Reason::new(
    "other_format",
    "labels in another form beside it, which were not read; name the form to read them instead",
);

static NOT_LABELS: Reason =
    Reason::new("no_labels", "files that may hold labels, in a form that is not known, or that can't be read");

static UNNAMED: Reason = Reason::new("not_named", "pictures that no file with labels names; they were not taken in");

static UNREAD: Reason = Reason::new(
    "form_not_read",
    "files with labels in a form that is not read; export the data set as COCO or YOLO instead",
);

static FOREIGN: Reason = Reason::new(
    "foreign_picture",
    "pictures of a kind that isn't read (HEIC, AVIF, GIF, raw files); send them as JPEG or PNG",
);

/// Reads everything but the pictures: in the form that `manner` says, or as what is there looks. `main` is the file that was named,
/// where one was.
pub fn read(
    place: &mut dyn Place,
    main: Option<FileId>,
    manner: &Manner,
    found: &mut Found,
) -> Result<(), ImportError> {
    if let Some(name) = main.map(|main| place.listing().name(main).to_owned()) {
        if is_foreign_picture(&name) {
            return Err(ImportError::Invalid(format!("{name} is one of the {}. Nothing was imported", FOREIGN.what())));
        }
        if is_picture(&name) && manner.format.is_some_and(|format| format != Format::Pictures) {
            return Err(ImportError::Invalid(format!(
                "{name} is a picture, and holds no labels; name the folder or the file with the labels, or import it without \
                 a form, as a picture alone. Nothing was imported"
            )));
        }
    }
    let seen = recognise::all(place, main);
    let wanted = match manner.format {
        Some(format) => format,
        None => match seen.forms().next() {
            Some(format) => format,
            None if seen.pictures > 0 && !seen.broken.is_empty() => return Err(seen.labels_broken(place)),
            None if seen.pictures > 0 => Format::Pictures,
            None => return Err(seen.nothing(place)),
        },
    };
    if manner.format.is_none() {
        for other in seen.forms().filter(|form| *form != wanted) {
            found.told.note(&OTHER_FORMAT, || format!("{}, while {} was read", other.title(), wanted.title()));
        }
    }
    for file in seen.broken.iter().chain(&seen.strange) {
        found.told.note(&NOT_LABELS, || file.clone());
    }
    for file in &seen.unread {
        // Beside others they may say the same; alone, nothing else says it.
        match wanted {
            Format::Pictures => found.told.leave_out(&UNREAD, || file.clone()),
            _ => found.told.note(&UNREAD, || file.clone()),
        }
    }
    // Labels name their pictures; without labels nobody asks for these.
    if matches!(wanted, Format::Pictures | Format::Yolo) {
        for (_, name) in place.listing().iter().filter(|(_, name)| is_foreign_picture(name)) {
            found.told.leave_out(&FOREIGN, || name.to_owned());
        }
    }
    let files = match wanted {
        Format::Yolo | Format::Pictures => Vec::new(),
        _ => seen.of(wanted, place)?,
    };
    match wanted {
        Format::Coco => coco::read(place, &files, found, manner)?,
        Format::Voc => voc::read(place, &files, found, manner)?,
        Format::Cvat => cvat::read(place, &files, found, manner)?,
        Format::Labelme => labelme::read(place, &files, found, manner)?,
        Format::LabelStudio => label_studio::read(place, &files, found, manner)?,
        Format::Yolo => yolo::read(place, found, manner)?,
        Format::Pictures => pictures::read(place, main, found)?,
    }
    if matches!(wanted, Format::Coco | Format::Cvat | Format::LabelStudio) {
        for (file, name) in place.listing().iter().filter(|(_, name)| is_picture(name)) {
            if !found.has(file) {
                found.told.note(&UNNAMED, || name.to_owned());
            }
        }
    }
    // Somebody who names one file means that alone.
    if main.is_none() && matches!(wanted, Format::Voc | Format::Labelme) {
        paired::rest(place, found, manner)?;
    }
    Ok(())
}
