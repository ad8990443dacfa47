//! Pictures of which a data set says that nothing is in them. That of a task that was left half done says so of what nobody has
//! looked at, and nothing tells the two apart: where they are the most, it is noted.

use super::told::{Note, Told};
use crate::domain::Label;

static MOSTLY: Note = Note::new(
    "mostly_empty",
    "pictures in which nothing is, as the data set says, which are most of those that are labelled: where nobody has \
     looked at them yet, clear their labels, or they teach that nothing is there",
);

/// So many examples are told.
const EXAMPLES: usize = 5;
/// Of fewer pictures nothing can be said.
const FEWEST: u64 = 3;

/// How many of the labelled pictures are empty.
#[derive(Default)]
pub struct Empty {
    labelled: u64,
    empty: u64,
    names: Vec<Box<str>>,
}

impl Empty {
    /// A picture that is labelled now.
    pub fn count(&mut self, labels: &[Label], name: &str) {
        self.labelled += 1;
        if !labels.is_empty() {
            return;
        }
        self.empty += 1;
        if self.names.len() < EXAMPLES {
            self.names.push(name.into());
        }
    }

    /// Pictures with nothing in them.
    pub fn frames(&self) -> u64 {
        self.empty
    }

    /// Notes it where they are the most.
    pub fn tell(&self, told: &mut Told) {
        if self.labelled >= FEWEST && self.empty * 2 > self.labelled {
            told.note_some(&MOSTLY, self.empty, &self.names);
        }
    }
}
