//! The forms in which data sets come: one small reader each, all of which fill the same [`Found`].

mod attributes;
mod beside;
mod coco;
mod cvat;
mod damaged;
mod date;
mod elsewhere;
mod entries;
mod folders;
mod label_studio;
mod labelme;
mod lean;
mod lost;
mod noted;
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
use super::place::{FileId, Listing, Place, is_foreign_picture, is_picture};
use super::told::{ImportError, Note, Reason};
use beside::Beside;
use recognise::Seen;

static OTHER_FORMAT: Reason = Reason::new(
    "other_format",
    "labels in another form beside it, which were not read; name the form to read them instead",
);

static UNNAMED: Reason = Reason::new("not_named", "pictures that no file with labels names; they were not taken in");

static FOREIGN: Reason = Reason::new(
    "foreign_picture",
    "pictures of a kind that isn't read (HEIC, AVIF, GIF, raw files); send them as JPEG or PNG",
);

static ODD_NAMES: Note = Note::new(
    "file_names",
    "files whose names are not UTF-8, and nothing says what else; they came in as those that can be read here",
);

static MASKS: Reason = Reason::new(
    "mask_picture",
    "pictures that are masks of others, by their folder or name, which are not read; make outlines or boxes of them",
);

/// Reads everything but the pictures: in the form that `manner` says, or as what is there looks. `main` is the file that was named,
/// where one was.
pub fn read(
    place: &mut dyn Place,
    main: Option<FileId>,
    manner: &Manner,
    found: &mut Found,
) -> Result<(), ImportError> {
    if let Some(main) = main {
        is_no_picture_of_labels(place.listing().name(main), manner)?;
    }
    for name in place.listing().odd_names() {
        found.told.note(&ODD_NAMES, || name.to_owned());
    }
    let mut seen = recognise::all(place, main, found)?;
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
        other_forms(place, &mut seen, wanted, found)?;
    }
    let files = match wanted {
        Format::Yolo | Format::Pictures | Format::Folders => Vec::new(),
        _ => seen.of(wanted, place)?,
    };
    let files = match wanted {
        Format::Coco | Format::LabelStudio => damaged::sound(place, &files, found, damaged::json)?,
        Format::Cvat => damaged::sound(place, &files, found, damaged::xml)?,
        // Each of the others is of one picture.
        _ => files,
    };
    match wanted {
        Format::Coco => coco::read(place, &files, found, manner)?,
        Format::Voc => voc::read(place, &files, found, manner)?,
        Format::Cvat => cvat::read(place, &files, found, manner)?,
        Format::Labelme => labelme::read(place, &files, found, manner)?,
        Format::LabelStudio => label_studio::read(place, &files, found, manner)?,
        Format::Yolo => yolo::read(place, found, manner)?,
        Format::Pictures => pictures::read(place, main, manner, found)?,
        Format::Folders => folders::read(place.listing(), found, manner)?,
    }
    found.doubt_what_is_lost(&place.listing().clone());
    // Somebody who names one file means that alone.
    if main.is_none() {
        if matches!(wanted, Format::Voc | Format::Labelme) {
            paired::rest(place, found, manner)?;
        }
        other_pictures(place.listing(), found);
        lost::tell(place, found);
    }
    Ok(())
}

/// What a form is called that is not read, where a name is that of labels in it.
pub fn unread(name: &str) -> Option<&'static str> {
    match beside::of(name) {
        Some(Beside::Labels(form)) => Some(form),
        _ => None,
    }
}

/// Refuses a picture that was named where labels are wanted, or that isn't read.
fn is_no_picture_of_labels(name: &str, manner: &Manner) -> Result<(), ImportError> {
    if is_foreign_picture(name) {
        return Err(ImportError::Invalid(format!("{name} is one of the {}. Nothing was imported", FOREIGN.what())));
    }
    match is_picture(name) && manner.format.is_some_and(|format| format != Format::Pictures) {
        true => Err(ImportError::Invalid(format!(
            "{name} is a picture, and holds no labels; name the folder or the file with the labels, or import it without \
             a form, as a picture alone. Nothing was imported"
        ))),
        false => Ok(()),
    }
}

/// Tells labels in other forms than the one that is read.
fn other_forms(place: &mut dyn Place, seen: &mut Seen, wanted: Format, found: &mut Found) -> Result<(), ImportError> {
    let listing = place.listing().clone();
    let beside = |format: Format, file: FileId| {
        format!("{}: {}, while {} was read", listing.name(file), format.title(), wanted.title())
    };
    let others: Vec<Format> = seen.forms().filter(|form| *form != wanted).collect();
    for other in others {
        for file in seen.other(other) {
            found.told.leave_out(&OTHER_FORMAT, || beside(other, *file));
            let name = listing.name(*file);
            found.pass_over(name, seen.is_called_as_picture(name))?;
        }
    }
    if wanted == Format::Yolo {
        return Ok(());
    }
    for text in std::mem::take(&mut seen.texts) {
        let name = listing.name(text);
        match (yolo::has_lines(place, text), seen.is_called_as_picture(name)) {
            (Some(true), true) => {
                found.told.leave_out(&OTHER_FORMAT, || beside(Format::Yolo, text));
                found.pass_over(name, true)?;
            }
            (Some(true), false) => {
                seen.strange(name, "its lines are numbers, and it is called as no picture", found)?
            }
            (Some(false), true) => seen.strange(name, "it is a text that is called as a picture", found)?,
            _ => {}
        }
    }
    Ok(())
}

/// Tells pictures that nothing was made of.
fn other_pictures(listing: &Listing, found: &mut Found) {
    let left = |file: &FileId, found: &Found| !found.has(*file);
    for (file, name) in listing.iter().filter(|(_, name)| is_foreign_picture(name)) {
        if left(&file, found) {
            found.told.leave_out(&FOREIGN, || name.to_owned());
        }
    }
    for (file, name) in listing.mask_pictures() {
        if left(&file, found) {
            found.told.leave_out(&MASKS, || name.to_owned());
        }
    }
    for (file, name) in listing.pictures() {
        if left(&file, found) {
            found.told.leave_out(&UNNAMED, || name.to_owned());
        }
    }
}
