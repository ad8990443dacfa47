//! Text files that are empty: in YOLO they say that nothing is there. Among captions, or lines of another form, they say nothing.

use crate::dataset::import::found::{Found, PictureId};
use crate::dataset::import::manner::{Manner, Unmentioned};
use crate::dataset::import::place::{FileId, Listing, folder_of};
use crate::dataset::import::told::Note;
use std::collections::HashSet;

static AMONG_OTHERS: Note = Note::new(
    "empty_text",
    "empty text files beside others of which no line was understood; their pictures are not labelled, as an empty one may say something else there",
);
static UNSAID: Note = Note::new(
    "no_annotations",
    "text files that are all empty, while nothing says that they are YOLO's (a data.yaml or classes.txt); their pictures are not labelled, unless you say that such pictures have nothing in them",
);

/// What a text file was found to be.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Text {
    Empty,
    /// Some of its lines are YOLO's.
    Lines,
    /// None of its lines is, or it can't be read.
    Other,
}

/// The empty ones among the text files of a data set.
#[derive(Default)]
pub struct Empties {
    empty: Vec<(PictureId, FileId)>,
    /// Folders in which there are others.
    others: HashSet<String>,
    lines: bool,
}

impl Empties {
    pub fn hear(&mut self, listing: &Listing, picture: PictureId, file: FileId, text: Text) {
        match text {
            Text::Empty => self.empty.push((picture, file)),
            Text::Lines => self.lines = true,
            Text::Other => drop(self.others.insert(folder_of(listing.name(file)).to_owned())),
        }
    }

    /// When all are read. `described`: something says that it is YOLO.
    pub fn settle(self, listing: &Listing, described: bool, manner: &Manner, found: &mut Found) {
        for (picture, file) in self.empty {
            let name = listing.name(file);
            if self.others.contains(folder_of(name)) {
                found.pictures[picture as usize].doubt = true;
                found.told.note(&AMONG_OTHERS, || name.to_owned());
            } else if !self.lines && !described {
                let of = found.pictures[picture as usize].file;
                let empty = found.counts_as_empty(listing.name(of), manner);
                found.pictures[picture as usize].labelled = empty;
                if manner.unmentioned == Unmentioned::Unlabelled {
                    found.told.note(&UNSAID, || name.to_owned());
                }
            }
        }
    }
}
