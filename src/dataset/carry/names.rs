//! Names of objects that nobody named. They can't collide: two phones, or two parts of a long clip, know nothing of each other.

use crate::domain::{BBox, Frame, FrameId};
use crate::store::{Store, StoreError};
use sha2::{Digest, Sha256};
use std::collections::BTreeSet;

/// Nothing that is taken for another, and no words.
const LETTERS: &[u8] = b"bcdfghjkmnpqrstvwxz23456789";
/// Letters that tell objects of a category apart: half a million.
const LENGTH: usize = 4;

/// A name that is not taken for what was drawn first in this frame: the category's letters, and some that follow from that. So
/// whoever looks at the same labels gives it the same.
pub fn made(category: &str, frame: FrameId, bbox: BBox, taken: &BTreeSet<String>) -> String {
    let plain: String = category.chars().filter(char::is_ascii_alphanumeric).take(40).collect();
    let plain = if plain.is_empty() { "object".into() } else { plain.to_lowercase() };
    let mut turn = 0;
    loop {
        let hash = Sha256::digest(format!("{frame} {} {} {} {} {turn}", bbox.x, bbox.y, bbox.width, bbox.height));
        let letters = hash.iter().take(LENGTH).map(|byte| LETTERS[usize::from(*byte) % LETTERS.len()] as char);
        let name = format!("{plain}-{}", letters.collect::<String>());
        if !taken.contains(&name) {
            return name;
        }
        turn += 1;
    }
}

/// Those of these names that labels of the frames have, or something said in them.
pub fn known(store: &Store, frames: &[Frame], names: &BTreeSet<String>) -> Result<BTreeSet<String>, StoreError> {
    let mut known = BTreeSet::new();
    if names.is_empty() {
        return Ok(known);
    }
    for frame in frames.iter().filter(|frame| frame.revision > 0) {
        let there = store.labels(frame.id)?;
        let tracks = there.labels.into_iter().filter_map(|label| label.track);
        known.extend(tracks.chain(there.marks.into_iter().map(|mark| mark.track)).filter(|name| names.contains(name)));
    }
    Ok(known)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_made_of_the_category_and_never_of_another_track() {
        let (frame, bbox, none) = (FrameId::new(), BBox::new(1.0, 2.0, 3.0, 4.0), BTreeSet::new());
        let name = made("Red cell", frame, bbox, &none);
        assert!(name.starts_with("redcell-") && name.len() == "redcell-".len() + LENGTH, "{name}");
        assert_eq!(made("Red cell", frame, bbox, &none), name, "whoever looks at the same labels");
        let taken = BTreeSet::from([name.clone()]);
        assert_ne!(made("Red cell", frame, bbox, &taken), name);
        assert_ne!(made("Red cell", FrameId::new(), bbox, &none), name);
        assert_ne!(made("Red cell", frame, BBox::new(1.0, 2.0, 3.0, 5.0), &none), name);
        assert!(made("żółw!", frame, bbox, &none).starts_with("w-"));
        assert!(made("碗", frame, bbox, &none).starts_with("object-"));
    }
}
