//! Pictures that come several times under different names, and what is said of each.

use super::found::Found;
use super::same;
use super::settle::{self, Ready};
use super::told::Reason;
use crate::domain::Category;
use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};

static OTHER_LABELS: Reason = Reason::new(
    "same_picture",
    "pictures that are the same to the last byte, and have other labels under another name; both came in, look them over",
);

/// The pictures so far, the first of each, by the hash of their bytes.
#[derive(Default)]
pub struct Twins(HashMap<u64, u32>);

impl Twins {
    /// Tells where the picture was there already, and other things were said of it.
    pub fn meet(&mut self, found: &mut Found, i: usize, categories: &[Option<Category>], ready: &Ready) {
        let mut hasher = DefaultHasher::new();
        ready.jpeg.hash(&mut hasher);
        let first = *self.0.entry(hasher.finish()).or_insert(i as u32) as usize;
        let (one, other) = (&found.pictures[first], &found.pictures[i]);
        if first == i || !one.labelled || !other.labelled {
            return;
        }
        let labels = |picture| settle::labels_of(found, picture, categories, (ready.width, ready.height)).labels;
        if !same::are_same(&labels(one), &labels(other), true) {
            let names = format!("{} and {}", one.name, other.name);
            found.told.note(&OTHER_LABELS, || names);
        }
    }
}
