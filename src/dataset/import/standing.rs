//! What the labels that come mean to a frame that is here already. The labels that somebody gave it are never lost.

use super::found::Picture;
use super::same;
use super::told::Reason;
use crate::domain::{FrameLabels, Label};

pub static KEPT: Reason =
    Reason::new("kept", "pictures that have other labels here, which were kept; delete those labels to take in these");

/// What a data set says of a frame.
pub struct Coming<'a> {
    pub picture: &'a Picture,
    pub labels: &'a [Label],
    /// What they would be if boxes counted the other way up: only where somebody says outright which it is.
    pub otherwise: Option<&'a [Label]>,
    /// Whether the data set tags whole pictures.
    pub tags: bool,
}

/// What becomes of labels that come to a frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// The data set says nothing of the frame.
    Unsaid,
    /// The frame has no labels: it gets these.
    Free,
    /// It has the same.
    Same,
    /// It has those that an import by the other habit left, which nobody changed since: it gets these.
    Mends,
    /// It has others, which are kept.
    Kept,
}

impl Coming<'_> {
    /// Whether the data set says what is in the picture.
    fn is_said(&self) -> bool {
        self.picture.labelled && !(self.picture.doubt && self.labels.is_empty())
    }

    /// Over a frame that has these labels.
    pub fn over(&self, here: &FrameLabels) -> Standing {
        if !self.is_said() {
            return Standing::Unsaid;
        }
        if !here.has_work() {
            return Standing::Free;
        }
        if same::are_same(&here.labels, self.labels, self.tags) {
            return Standing::Same;
        }
        let as_imported = here.phase == self.picture.phase && here.rejected.is_empty();
        match as_imported && self.otherwise == Some(here.labels.as_slice()) {
            true => Standing::Mends,
            false => Standing::Kept,
        }
    }
}
