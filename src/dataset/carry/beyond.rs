//! What labels outside of a part of a clip say of the objects in it: so a long clip, carried part by part, is carried as one.
//!
//! Of each object the last word before the part counts, and the first after it. Where that is a box, whoever set it, the object
//! is followed from there into the part; where it is another word, nothing is. What was not found on its way to the part is
//! asked for where that lies, and not in the part.

use super::sizes;
use super::stored::boxed;
use crate::domain::{BBox, Frame, FrameLabels, Phase, limits};
use crate::store::{Store, StoreError};
use crate::tracks::{Course, Mark, Track};
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

/// Frames before a part, and after it, whose labels are looked at.
const REACH: usize = limits::CARRY_FRAMES;

/// What is said of an object next to the part.
enum Word {
    Box {
        number: usize,
        category: String,
        bbox: BBox,
    },
    Gone {
        number: usize,
    },
    /// It was said to be back, or somebody reviewed a frame without it.
    Open,
}

type Words = BTreeMap<String, Word>;

/// What is said outside of a part.
pub struct Beyond {
    part: Range<usize>,
    before: Words,
    after: Words,
}

impl Beyond {
    /// `size`: of the clip's pictures, in pixels.
    pub fn of(store: &Store, frames: &[Frame], part: &Range<usize>, size: (u32, u32)) -> Result<Self, StoreError> {
        let boxes = boxed(store)?;
        let words = |numbers: &mut dyn Iterator<Item = usize>| {
            let (mut words, mut reviewed) = (Words::new(), false);
            for number in numbers {
                let frame = &frames[number];
                if frame.revision == 0 || sizes::odd(frame, size).is_some() {
                    continue;
                }
                match store.labels(frame.id) {
                    Ok(labels) => reviewed |= hear(&mut words, number, labels, reviewed, &boxes),
                    // It went a moment ago.
                    Err(StoreError::NotFound { .. }) => {}
                    Err(error) => return Err(error),
                }
            }
            Ok(words)
        };
        let before = words(&mut (part.start.saturating_sub(REACH)..part.start).rev())?;
        let after = words(&mut (part.end..frames.len().min(part.end + REACH)))?;
        Ok(Self { part: part.clone(), before, after })
    }

    /// Tells the tracks what is known of them, and with `all` adds those that are only known outside; says which of these it
    /// does not, as there would be too many.
    pub fn join(&self, tracks: &mut Vec<Track>, all: bool) -> Option<String> {
        let left = if all { self.add(tracks) } else { 0 };
        for track in tracks.iter_mut() {
            let mut within = self.part.clone();
            match self.before.get(&track.name) {
                Some(Word::Box { number, bbox, .. }) => {
                    track.marks.insert(*number, Mark::Box(*bbox));
                    within.start = *number;
                }
                Some(Word::Gone { number }) => drop(track.marks.insert(*number, Mark::Gone)),
                Some(Word::Open) | None => {}
            }
            if let Some(Word::Box { number, bbox, .. }) = self.after.get(&track.name) {
                track.marks.insert(*number, Mark::Box(*bbox));
                within.end = number + 1;
            }
            track.within = Some(within);
        }
        (left > 0).then(|| {
            let most = limits::CARRY_TRACKS;
            format!("{left} objects of other parts of the clip are left out: {most} are carried at a time")
        })
    }

    /// Adds tracks that are only known outside, those next to the part first; answers how many there are too many.
    fn add(&self, tracks: &mut Vec<Track>) -> usize {
        let known: BTreeSet<String> = tracks.iter().map(|track| track.name.clone()).collect();
        let mut others: BTreeMap<&str, (usize, &str)> = BTreeMap::new();
        for (name, word) in self.before.iter().chain(&self.after) {
            let Word::Box { number, category, .. } = word else { continue };
            let away = self.part.start.saturating_sub(*number).max((number + 1).saturating_sub(self.part.end));
            let other = others.entry(name).or_insert((away, category));
            other.0 = other.0.min(away);
        }
        let mut others: Vec<_> = others.into_iter().filter(|(name, _)| !known.contains(*name)).collect();
        others.sort_by_key(|(_, (away, _))| *away);
        let room = limits::CARRY_TRACKS.saturating_sub(tracks.len());
        let left = others.len().saturating_sub(room);
        for (name, (_, category)) in others.into_iter().take(room) {
            tracks.push(Track { name: name.into(), category: category.into(), ..Track::default() });
        }
        left
    }
}

/// Takes in what a frame says, where nothing was said nearer to the part; `reviewed`: somebody reviewed one of those that are.
/// Answers whether somebody reviewed it.
fn hear(words: &mut Words, number: usize, labels: FrameLabels, reviewed: bool, boxes: &BTreeSet<String>) -> bool {
    let FrameLabels { phase, labels, marks, .. } = labels;
    for said in marks {
        let word = match said.mark.into() {
            Mark::Gone => Word::Gone { number },
            Mark::Back | Mark::Box(_) => Word::Open,
        };
        words.entry(said.track).or_insert(word);
    }
    for label in labels {
        let (Some(track), Some(bbox)) = (label.track, label.bbox) else { continue };
        let seen = !reviewed && boxes.contains(&label.category);
        let word = if seen { Word::Box { number, category: label.category, bbox } } else { Word::Open };
        words.entry(track).or_insert(word);
    }
    phase > Phase::Labelled
}

/// Leaves out objects of other parts that do not come into the part; says which of these nobody knows of.
pub fn leave(tracks: &mut Vec<Track>, courses: &mut Vec<Course>, part: &Range<usize>) -> Vec<String> {
    let mut notes = Vec::new();
    let all = std::mem::take(tracks).into_iter().zip(std::mem::take(courses));
    for (track, course) in all {
        let said = track.marks.range(part.clone()).next().is_some() || track.marks.is_empty();
        if said || course.boxes[part.clone()].iter().any(Option::is_some) {
            tracks.push(track);
            courses.push(course);
        } else if course.unknown[part.clone()].contains(&true) {
            let name = &track.name;
            notes.push(format!("track `{name}` was lost in another part of the clip: answer what is asked there"));
        }
    }
    notes
}
