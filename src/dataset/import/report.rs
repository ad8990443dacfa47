//! How an import went.

use crate::domain::limits;
use crate::picture::PictureError;
use crate::store::StoreError;

/// What came in. Frames and labels count what was written: 0 where all of it was there already.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize, utoipa::ToSchema)]
pub struct ImportReport {
    pub frames: u64,
    pub labels: u64,
    /// Categories that were new.
    pub categories: u64,
    /// What was left out and why, a sentence each.
    pub skipped: Vec<String>,
}

/// Sentences on what was left out, at most; a last one counts the others.
const MAX_SKIPPED: usize = 100;

/// What is left out, while it is counted: of many only some are kept.
#[derive(Debug, Default)]
pub struct Skipped {
    told: Vec<String>,
    more: usize,
}

impl Skipped {
    pub fn tell(&mut self, sentence: impl FnOnce() -> String) {
        if self.told.len() < MAX_SKIPPED {
            self.told.push(limits::short(sentence(), limits::MESSAGE));
        } else {
            self.more += 1;
        }
    }

    pub fn sentences(mut self) -> Vec<String> {
        if self.more > 0 {
            self.told.push(format!("and {} more", self.more));
        }
        self.told
    }
}

/// Why nothing came in.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// The data set is wrong: which file and entry, what is wrong, and what to do.
    #[error("{0}")]
    Invalid(String),
    /// It was told to stop; what became of the data set, and what to do.
    #[error("the import was stopped: {0}")]
    Stopped(&'static str),
    #[error(transparent)]
    Picture(#[from] PictureError),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("{0}")]
    Io(#[from] std::io::Error),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_many_sentences_some_are_kept_and_the_others_counted() {
        let mut skipped = Skipped::default();
        (0..1_000_000).for_each(|i| skipped.tell(|| format!("{i}{}", "x".repeat(10_000))));
        let sentences = skipped.sentences();
        assert_eq!((sentences.len(), sentences.last().unwrap().as_str()), (101, "and 999900 more"));
        assert!(sentences.iter().map(String::len).sum::<usize>() < 102 * 1_010);
    }
}
