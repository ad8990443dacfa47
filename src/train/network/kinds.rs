//! Which categories the head finds by box, and which it says of the whole frame.

use crate::domain::{Category, LabelKind};

/// Splits categories into those found by box and those of the whole frame; each maps to the index among all.
pub fn kinds(categories: &[Category]) -> (Vec<usize>, Vec<usize>) {
    let of = |tag: bool| {
        categories.iter().enumerate().filter(|(_, c)| (c.kind == LabelKind::Tag) == tag).map(|(i, _)| i).collect()
    };
    (of(false), of(true))
}
