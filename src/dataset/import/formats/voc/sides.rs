//! Pascal VOC's lists of pictures: `ImageSets/Main/train.txt` and its like, a name without an ending on each line.

use crate::dataset::import::formats::paired::{last, stem};
use crate::dataset::import::formats::text;
use crate::dataset::import::place::Place;
use crate::dataset::import::told::{ImportError, Told};
use crate::domain::Side;
use std::collections::HashMap;

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
    let mut sides = Sides::default();
    for (file, name) in listing.iter().filter(|(_, name)| name.to_lowercase().contains("imagesets/")) {
        let side = match last(name).to_lowercase().as_str() {
            "train.txt" => Side::Training,
            "val.txt" | "valid.txt" | "test.txt" => Side::Validation,
            _ => continue,
        };
        for line in text::read(place, file, LONGEST, told)?.lines() {
            let name = last(line.trim()).to_owned();
            let there = sides.0.entry(name).or_insert(Some(side));
            if *there != Some(side) {
                *there = None;
            }
        }
    }
    Ok(sides)
}
