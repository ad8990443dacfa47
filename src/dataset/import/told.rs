//! How an import went: what came in, what was left out and why, and what should be known about the rest.

use crate::domain::limits;
use crate::picture::PictureError;
use crate::store::StoreError;
use std::borrow::Cow;
use std::marker::PhantomData;

/// What came in. Frames and labels count what was written: 0 where all of it was there already.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize, utoipa::ToSchema)]
pub struct ImportReport {
    pub frames: u64,
    pub labels: u64,
    /// Categories that were new.
    pub categories: u64,
    /// Frames that were here already.
    pub already: u64,
    /// Frames that came in and are not labelled: nothing sound was said about what is in them.
    pub unlabelled: u64,
    /// Frames that are labelled now with nothing in them, as the data set says.
    #[serde(default)]
    pub empty: u64,
    /// What was not understood or not taken in, a kind each.
    pub left_out: Vec<Remark>,
    /// What was taken in, and should be known.
    pub notes: Vec<Remark>,
}

/// Many things of one kind.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize, utoipa::ToSchema)]
pub struct Remark {
    /// The kind, for programs.
    pub kind: String,
    /// What they are, and what to do.
    pub what: String,
    pub count: u64,
    /// Some of them: which file, which line or annotation.
    pub examples: Vec<String>,
}

/// Examples of each kind, at most, and letters of one.
const EXAMPLES: usize = 5;
const LETTERS: usize = 300;
/// Kinds, at most; a kind may carry a word of the data set.
const KINDS: usize = 200;

impl std::fmt::Display for Remark {
    fn fmt(&self, f: &mut std::fmt::Formatter) -> std::fmt::Result {
        write!(f, "{} ({}", self.what, self.count)?;
        if !self.examples.is_empty() {
            write!(f, ": {}", self.examples.join("; "))?;
        }
        let more = self.count.saturating_sub(self.examples.len() as u64);
        match more > 0 && !self.examples.is_empty() {
            true => write!(f, "; and {more} more)"),
            false => f.write_str(")"),
        }
    }
}

/// A kind of thing to tell of: a name for programs, and words for people. `Of` says what becomes of such things.
#[derive(Debug)]
pub struct Kind<Of> {
    kind: &'static str,
    what: Cow<'static, str>,
    of: PhantomData<Of>,
}

/// Was not understood, or can't be taken in: where everything or nothing is to come in, it refuses the rest.
#[derive(Clone, Copy, Debug)]
pub enum LeftOut {}

/// Was understood, and should be known.
#[derive(Clone, Copy, Debug)]
pub enum Noted {}

/// Why something is left out.
pub type Reason = Kind<LeftOut>;
/// What should be known of something that is taken in, or of what follows from something that was left out.
pub type Note = Kind<Noted>;

impl<Of> Kind<Of> {
    pub const fn new(kind: &'static str, what: &'static str) -> Self {
        Self { kind, what: Cow::Borrowed(what), of: PhantomData }
    }

    /// Its name for programs.
    #[cfg(test)]
    pub fn kind(&self) -> &'static str {
        self.kind
    }

    /// Its words for people.
    pub fn what(&self) -> &str {
        &self.what
    }

    /// One whose words carry a word of the data set.
    pub fn about(kind: &'static str, what: String) -> Self {
        Self { kind, what: Cow::Owned(limits::short(what, limits::MESSAGE)), of: PhantomData }
    }
}

/// What is to be told, while it is gathered: of many only some are kept.
#[derive(Debug, Default)]
pub struct Told {
    left_out: Vec<Remark>,
    notes: Vec<Remark>,
}

impl Told {
    /// Something that is not taken in.
    pub fn leave_out(&mut self, reason: &Reason, example: impl FnOnce() -> String) {
        add(&mut self.left_out, reason, 1, example);
    }

    /// Something that is taken in, with a word about it.
    pub fn note(&mut self, note: &Note, example: impl FnOnce() -> String) {
        add(&mut self.notes, note, 1, example);
    }

    /// So many things of which there are no examples.
    pub fn note_many(&mut self, note: &Note, count: u64) {
        if count > 0 {
            add(&mut self.notes, note, count, String::new);
        }
    }

    /// So many things, some of which are called so.
    pub fn note_some(&mut self, note: &Note, count: u64, names: &[Box<str>]) {
        names.iter().for_each(|name| add(&mut self.notes, note, 1, || name.to_string()));
        self.note_many(note, count.saturating_sub(names.len() as u64));
    }

    pub fn left_out(&self) -> &[Remark] {
        &self.left_out
    }

    /// What was left out, in one text.
    pub fn sentences(&self) -> String {
        let all: Vec<String> = self.left_out.iter().map(Remark::to_string).collect();
        limits::short(all.join(". "), 4 * limits::MESSAGE)
    }

    /// What was left out, and the notes.
    pub fn into_parts(self) -> (Vec<Remark>, Vec<Remark>) {
        (self.left_out, self.notes)
    }
}

fn add<Of>(to: &mut Vec<Remark>, reason: &Kind<Of>, count: u64, example: impl FnOnce() -> String) {
    let same = |r: &&mut Remark| r.kind == reason.kind && (r.what == reason.what || r.what == MORE);
    let full = to.len() >= KINDS;
    let place = match to.iter_mut().find(same) {
        Some(there) => there,
        None => {
            let what = if full { MORE.to_owned() } else { reason.what.to_string() };
            to.push(Remark { kind: reason.kind.to_owned(), what, count: 0, examples: Vec::new() });
            let last = to.len() - 1;
            &mut to[last]
        }
    };
    place.count += count;
    if place.examples.len() < EXAMPLES {
        place.examples.extend(Some(limits::short(example(), LETTERS)).filter(|example| !example.is_empty()));
    }
}

/// Stands for all further kinds of a name.
const MORE: &str = "others of this kind";

/// Why nothing came in.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// The data set is wrong: which file and entry, what is wrong, and what to do.
    #[error("{0}")]
    Invalid(String),
    /// It was told to stop; what became of the data set, and what to do.
    #[error("the import was stopped: {0}")]
    Stopped(&'static str),
    /// In the middle: what it brought so far stays.
    #[error("{why}. {frames} pictures of it are stored; import it again, and the rest will be too, nothing twice")]
    Partly { frames: u64, why: Box<ImportError> },
    #[error(transparent)]
    Picture(#[from] PictureError),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("{0}")]
    Io(#[from] std::io::Error),
}

/// Letters of an error, at most, and how many of them are its last: they say what to do.
const ERROR: (usize, usize) = (5 * limits::MESSAGE, limits::MESSAGE);

impl ImportError {
    /// The same, without the middle of what is too long to be read: a data set may have words of any length.
    pub fn readable(self) -> Self {
        let Self::Invalid(text) = self else { return self };
        let (most, last) = ERROR;
        let count = text.chars().count();
        if count <= most {
            return Self::Invalid(text);
        }
        let end: String = text.chars().skip(count - last).collect();
        Self::Invalid(limits::short(text, most - last) + &end)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_many_some_are_kept_and_all_are_counted() {
        let mut told = Told::default();
        let crowd = Reason::new("crowd", "crowds");
        (0..1_000_000).for_each(|i| told.leave_out(&crowd, || format!("{i}{}", "x".repeat(1_000))));
        (0..10_000).for_each(|i| told.note(&Note::about("word", format!("word {i}")), || i.to_string()));
        let (left_out, notes) = told.into_parts();
        assert_eq!((left_out.len(), left_out[0].count, left_out[0].examples.len()), (1, 1_000_000, 5));
        assert!(left_out[0].examples.iter().all(|e| e.chars().count() <= 301));
        assert_eq!(notes.len(), KINDS + 1);
        assert_eq!(notes.iter().map(|n| n.count).sum::<u64>(), 10_000);
    }

    #[test]
    fn an_error_of_any_length_says_what_was_wrong_and_what_to_do() {
        let long = format!("set.json is wrong: `{}`. Nothing was imported", "ä".repeat(1_000_000));
        let text = ImportError::Invalid(long).readable().to_string();
        assert!(text.starts_with("set.json is wrong: `ä") && text.ends_with("ä`. Nothing was imported"));
        assert_eq!(text.chars().count(), 5_001);
        assert_eq!(ImportError::Invalid("short".into()).readable().to_string(), "short");
    }

    #[test]
    fn a_remark_reads_as_a_sentence() {
        let mut told = Told::default();
        let crowd = Reason::new("crowd", "crowds, which are not one object each");
        (1..=7).for_each(|i| told.leave_out(&crowd, || format!("annotation {i}")));
        assert_eq!(
            told.sentences(),
            "crowds, which are not one object each (7: annotation 1; annotation 2; annotation 3; annotation 4; \
             annotation 5; and 2 more)"
        );
    }
}
