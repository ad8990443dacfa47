//! Pascal VOC's lists of pictures: `ImageSets/Main/train.txt` and its like, a name without an ending on each line.

use crate::dataset::import::formats::paired::{last, stem};
use crate::dataset::import::formats::text;
use crate::dataset::import::place::{Place, is_picture};
use crate::dataset::import::told::{ImportError, Note, Told};
use crate::domain::Side;
use std::collections::HashMap;

static BOTH: Note = Note::new("both_sides", "pictures that lists put on both sides: the device divides these itself");
static OTHER: Note = Note::new(
    "other_list",
    "lists that say nothing of sides (of one category, or of another part); they were not read",
);

/// Bytes of a list, at most.
const LONGEST: u64 = 4_000_000;

/// The sides of pictures by the last part of their name; one that is on both is on neither.
#[derive(Default)]
pub struct Sides(HashMap<String, Option<Side>>);

impl Sides {
    pub fn of(&self, picture: &str) -> Option<Side> {
        self.0.get(last(stem(picture))).copied().flatten()
    }
}

pub fn read(place: &mut dyn Place, told: &mut Told) -> Result<Sides, ImportError> {
    let listing = place.listing().clone();
    let (mut sides, mut others) = (Sides::default(), Vec::new());
    for (file, name) in listing.iter().filter(|(_, name)| name.to_lowercase().contains("imagesets/")) {
        let side = match last(name).to_lowercase().as_str() {
            "train.txt" => Side::Training,
            "val.txt" | "valid.txt" | "test.txt" => Side::Validation,
            "trainval.txt" => continue,
            other if other.ends_with(".txt") => {
                others.push(name.to_owned());
                continue;
            }
            _ => continue,
        };
        for line in text::read(place, file, LONGEST, told)?.lines().map(str::trim).filter(|line| !line.is_empty()) {
            // Some write the picture's whole name.
            let name = last(if is_picture(line) { stem(line) } else { line });
            let there = sides.0.entry(name.to_owned()).or_insert(Some(side));
            if there.is_some_and(|there| there != side) {
                told.note(&BOTH, || name.to_owned());
                *there = None;
            }
        }
    }
    others.into_iter().for_each(|name| told.note(&OTHER, || name));
    Ok(sides)
}
