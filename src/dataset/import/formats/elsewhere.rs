//! Pictures that are taken though they lie in a folder of quite another name than is said.

use crate::dataset::import::place::{FileId, Kin, Listing, folder_of, kin};
use crate::dataset::import::told::{Note, Told};

static ELSEWHERE: Note = Note::new(
    "other_folder",
    "pictures in a folder of quite another name than their labels say, or their label file lies in; each was taken as the only one of its name, look whether it is",
);

/// Tells where a label file and its picture lie in folders that say nothing of one another.
pub fn tell(listing: &Listing, by: FileId, picture: FileId, told: &mut Told) {
    let (by, picture) = (listing.name(by), listing.name(picture));
    if kin(folder_of(by), folder_of(picture)) == Kin::Odd {
        told.note(&ELSEWHERE, || format!("{by} for {picture}"));
    }
}

/// Tells where the folder in the name that `by` gives a picture says nothing of the one in which it lies.
pub fn tell_named(listing: &Listing, by: &str, name: &str, picture: FileId, told: &mut Told) {
    if listing.is_odd(name, picture) {
        told.note(&ELSEWHERE, || format!("`{name}` of {by} for {}", listing.name(picture)));
    }
}
