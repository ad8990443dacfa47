//! Pictures without labels: a folder of photographs.

use super::folders;
use crate::dataset::import::found::{Found, Picture};
use crate::dataset::import::manner::Manner;
use crate::dataset::import::place::{FileId, Place};
use crate::dataset::import::told::ImportError;

/// Takes in every picture there is but masks, or the one that was named, as one that is not labelled yet.
pub fn read(
    place: &mut dyn Place,
    main: Option<FileId>,
    manner: &Manner,
    found: &mut Found,
) -> Result<(), ImportError> {
    let files: Vec<(FileId, String)> = place
        .listing()
        .pictures()
        .filter(|(file, _)| main.is_none_or(|main| main == *file))
        .map(|(file, name)| (file, name.to_owned()))
        .collect();
    for (file, name) in files {
        found.picture(Picture { labelled: false, ..Picture::new(file, &name) })?;
    }
    // Who says that they are pictures without labels knows.
    if manner.format.is_none() {
        folders::tell(place.listing(), found);
    }
    Ok(())
}
