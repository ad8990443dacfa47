//! Reads `annotations.xml` of CVAT ("CVAT for images" and "CVAT for video", versions 1.0 and 1.1).
//!
//! An image that is listed and has nothing in it is labelled, and empty, as in COCO. Shapes of tracks belong to frames of a film by
//! their number ([`film`]).

mod film;
mod follow;
mod reader;
mod shape;

use crate::dataset::import::formats::shapes::Shapes;
use crate::dataset::import::found::Found;
use crate::dataset::import::manner::{Manner, Unmentioned};
use crate::dataset::import::place::{FileId, Place};
use crate::dataset::import::told::{ImportError, Note};
use reader::Reader;

static UNSAID: Note = Note::new(
    "no_annotations",
    "files without any annotation; their pictures are not labelled, unless you say that such pictures have nothing in them",
);

/// Reads the files.
pub fn read(place: &mut dyn Place, files: &[FileId], found: &mut Found, manner: &Manner) -> Result<(), ImportError> {
    let mut shapes = Shapes::default();
    for file in files {
        let listing = place.listing().clone();
        let name = listing.name(*file).to_owned();
        let earlier = found.pictures.len();
        found.begin(&name);
        let mut reader = Reader::new(found, &mut shapes, manner, listing.clone(), name);
        reader.whole(place, *file)?;
        // A task that nobody has begun looks like that.
        if reader.entries == 0 && found.pictures.len() > earlier {
            if manner.unmentioned == Unmentioned::Unlabelled {
                found.told.note(&UNSAID, || listing.name(*file).to_owned());
            }
            for place in earlier..found.pictures.len() {
                let empty = found.counts_as_empty(listing.name(found.pictures[place].file), manner);
                found.pictures[place].labelled = empty;
            }
        }
    }
    shapes.settle(found)
}
