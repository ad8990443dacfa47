//! Pictures that come several times under different names.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};

/// The labelled pictures so far, the first of each, by the hash of their bytes.
#[derive(Default)]
pub struct Twins(HashMap<u64, usize>);

impl Twins {
    /// The labelled picture with these very bytes that came before this one, if one did.
    pub fn before(&mut self, picture: usize, bytes: &[u8]) -> Option<usize> {
        let mut hasher = DefaultHasher::new();
        bytes.hash(&mut hasher);
        let first = *self.0.entry(hasher.finish()).or_insert(picture);
        (first != picture).then_some(first)
    }
}
