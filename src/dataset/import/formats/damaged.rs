//! Forms of which one file has the labels of many pictures: where several such files lie there, one that is cut short or
//! damaged costs its own labels alone. Nothing is taken of it: how much of a picture it would have said nobody knows.

use super::xml::Xml;
use crate::dataset::import::found::Found;
use crate::dataset::import::lenient::Lenient;
use crate::dataset::import::place::{FileId, Place, stream};
use crate::dataset::import::told::ImportError;
use serde::de::IgnoredAny;

/// How a file is read to its end; the error says what is wrong with it.
pub type Reading = fn(&mut dyn Place, FileId) -> Result<(), String>;

/// The files that can be read to their end; the others are told. One alone is left to its reader, which refuses it with its
/// own words.
pub fn sound(
    place: &mut dyn Place,
    files: &[FileId],
    found: &mut Found,
    read: Reading,
) -> Result<Vec<FileId>, ImportError> {
    if files.len() < 2 {
        return Ok(files.to_vec());
    }
    let mut sound = Vec::with_capacity(files.len());
    for file in files {
        match read(place, *file) {
            Ok(()) => sound.push(*file),
            Err(why) => found.lose(place.listing().name(*file), &why),
        }
    }
    match sound.is_empty() {
        true => Err(ImportError::Invalid(format!(
            "none of the files with labels can be read: {}. Nothing was imported",
            found.told.sentences()
        ))),
        false => Ok(sound),
    }
}

/// Reads JSON, and keeps nothing of it.
pub fn json(place: &mut dyn Place, file: FileId) -> Result<(), String> {
    let from = stream(place, file).map_err(|e| e.to_string())?;
    let read = serde_json::from_reader::<_, IgnoredAny>(Lenient::buffered(from));
    read.map(drop).map_err(|e| format!("it is cut short or damaged: {e}"))
}

/// Reads XML, and keeps nothing of it.
pub fn xml(place: &mut dyn Place, file: FileId) -> Result<(), String> {
    let mut xml = Xml::open(place, file)?;
    while xml.next()?.is_some() {}
    Ok(())
}
