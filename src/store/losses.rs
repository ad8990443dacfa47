//! What was lost for good, in words: kept until somebody says that it is known, so that no later start and no later check
//! says that all is well.

use parking_lot::Mutex;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// How many are kept, of either kind.
const MOST: usize = 1000;

/// What was lost; all files of a store share it.
#[derive(Debug, Default)]
pub struct Losses(Mutex<Kept>);

/// As it is written down.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Kept {
    /// Those that nobody has said to know of.
    open: BTreeSet<String>,
    /// Whoever rebuilds the index comes upon them again.
    known: BTreeSet<String>,
    /// Found since the start, and not told yet.
    #[serde(skip)]
    new: Vec<String>,
    /// There are some that were not written down.
    #[serde(skip)]
    unwritten: bool,
}

impl Losses {
    /// What was written down before.
    pub fn set(&self, kept: Kept) {
        *self.0.lock() = kept;
    }

    /// Something is lost for good; answers whether that is news.
    pub fn add(&self, text: String) -> bool {
        let mut kept = self.0.lock();
        if kept.known.contains(&text) || kept.open.len() >= MOST {
            return false;
        }
        let news = kept.open.insert(text.clone());
        if news {
            kept.new.push(text);
            kept.unwritten = true;
        }
        news
    }

    /// It can be read after all; answers whether it was said to be lost.
    pub fn found(&self, text: &str) -> bool {
        let mut kept = self.0.lock();
        let was = kept.open.remove(text) | kept.known.remove(text);
        kept.new.retain(|new| new != text);
        kept.unwritten |= was;
        was
    }

    /// Whether nothing was ever said to be lost.
    pub fn is_empty(&self) -> bool {
        let kept = self.0.lock();
        kept.open.is_empty() && kept.known.is_empty()
    }

    /// What is lost, and not said to be known.
    pub fn open(&self) -> Vec<String> {
        self.0.lock().open.iter().cloned().collect()
    }

    /// What was found to be lost since this was last asked.
    pub fn take_new(&self) -> Vec<String> {
        std::mem::take(&mut self.0.lock().new)
    }

    /// What is to be written down, where there is any that was not. It counts as written then.
    pub fn unwritten(&self) -> Option<Kept> {
        let mut kept = self.0.lock();
        std::mem::take(&mut kept.unwritten).then(|| kept.clone())
    }

    /// As it is once somebody knows of all of them, where there are any.
    pub fn all_known(&self) -> Option<Kept> {
        let mut kept = self.0.lock().clone();
        if kept.open.is_empty() {
            return None;
        }
        kept.known.append(&mut kept.open);
        while kept.known.len() > MOST {
            kept.known.pop_first();
        }
        kept.new.clear();
        Some(kept)
    }
}
