//! How well labels are carried, where the truth is known: `bench tracks`, `bench films` and the tests.

mod crossing;
mod grain;
mod hiding;
mod moving;
mod shot;

pub use crossing::crossing;
pub use hiding::{Cover, Hiding};
pub use moving::{Moving, Way};
pub use shot::{Object, Shot};

use crate::domain::{BBox, Label};
use crate::tracks::carry::carry;
use crate::tracks::said::{Carried, Course, Film, Mark, Track, TrackError};
use std::collections::BTreeMap;
use std::time::{Duration, Instant};

/// Overlap below which a box is not that of the object.
const HIT: f32 = 0.5;

/// What somebody does for each object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hand {
    /// Draws it where it comes and where it goes, and says that it is gone then.
    Ends,
    /// Draws it in the middle of its way, and then, up to so many touches, what is asked for.
    Asked(usize),
    /// Draws it once, where it comes.
    First,
    /// Draws it once, where it goes.
    Last,
    /// Draws it where it comes and where it goes, and says no more.
    Both,
}

/// How it went, over all objects and pictures.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Figures {
    pub objects: usize,
    /// Of the truth.
    pub boxes: usize,
    /// Boxes drawn and other things said.
    pub touches: usize,
    /// Mean overlap of the boxes of the truth with those that were given; 0 for those that were not.
    pub iou: f32,
    /// The same for straight lines between the same drawn boxes.
    pub straight: f32,
    /// Boxes of the truth that were given none.
    pub missed: usize,
    /// Those that overlap with theirs by less than a half.
    pub wrong: usize,
    /// Boxes that were given where the object can't be seen.
    pub extra: usize,
    /// Boxes that are right, and told to be sure.
    pub sure: usize,
    /// Boxes that are told to be sure, and are wrong or too many.
    pub bluff: usize,
    /// What carrying took, without reading the pictures.
    pub took: Duration,
    /// Boxes that were given.
    pub given: usize,
}

impl Figures {
    /// Of several films together.
    pub fn of_all(all: &[Self]) -> Self {
        let mut sum = Self::default();
        for one in all {
            let share = one.boxes as f32;
            sum.iou += one.iou * share;
            sum.straight += one.straight * share;
            sum.objects += one.objects;
            sum.boxes += one.boxes;
            sum.touches += one.touches;
            sum.missed += one.missed;
            sum.wrong += one.wrong;
            sum.extra += one.extra;
            sum.sure += one.sure;
            sum.bluff += one.bluff;
            sum.took += one.took;
            sum.given += one.given;
        }
        let boxes = sum.boxes.max(1) as f32;
        Self { iou: sum.iou / boxes, straight: sum.straight / boxes, ..sum }
    }
}

/// Objects from the labels of each picture: the same category, at nearly the same place.
pub fn objects(truth: &[Vec<Label>]) -> Vec<Object> {
    let mut found: Vec<Object> = Vec::new();
    for (at, labels) in truth.iter().enumerate() {
        let mut pairs = Vec::new();
        for (n, object) in found.iter().enumerate() {
            let Some(before) = at.checked_sub(1).and_then(|before| object.boxes[before]) else { continue };
            for (l, label) in labels.iter().enumerate().filter(|(_, l)| l.category == object.category) {
                pairs.extend(label.bbox.map(|bbox| (bbox.iou(&before), n, l)));
            }
        }
        pairs.sort_by(|a, b| b.0.total_cmp(&a.0));
        found.iter_mut().for_each(|object| object.boxes.push(None));
        let mut taken = vec![false; labels.len()];
        for (iou, n, l) in pairs {
            if iou > 0.2 && !taken[l] && found[n].boxes[at].is_none() {
                (found[n].boxes[at], taken[l]) = (labels[l].bbox, true);
            }
        }
        for (label, _) in labels.iter().zip(taken).filter(|(_, taken)| !taken) {
            let mut boxes = vec![None; at];
            boxes.push(label.bbox);
            found.push(Object { category: label.category.clone(), boxes, unclear: vec![] });
        }
    }
    found
}

impl Shot {
    /// Carries all of it as that hand does.
    pub fn figures(&mut self, hand: Hand) -> Result<Figures, TrackError> {
        let (tracks, courses, took) = self.carried(hand)?;
        Ok(self.judged(&tracks, &courses, took))
    }

    /// What somebody has who draws all of it: the labels of each picture.
    pub fn drawn(&self) -> Vec<Vec<Label>> {
        let of = |at: usize, object: &Object| Some(Label::boxed(object.category.clone(), object.boxes[at]?));
        (0..self.times.len()).map(|at| self.objects.iter().filter_map(|object| of(at, object)).collect()).collect()
    }

    /// What somebody has who accepts all that comes of that hand: the labels of each picture, and how many boxes were drawn
    /// for it, and other things said.
    pub fn accepted(&mut self, hand: Hand) -> Result<(Vec<Vec<Label>>, usize), TrackError> {
        let (tracks, courses, _) = self.carried(hand)?;
        let label = |at: usize, track: &Track, course: &Course| {
            let Carried { bbox, score, origin, .. } = course.boxes[at]?;
            let (name, score) = (Some(track.name.clone()), (!origin.is_drawn()).then_some(score));
            Some(Label { track: name, origin, score, ..Label::boxed(track.category.clone(), bbox) })
        };
        let labels = |at| tracks.iter().zip(&courses).filter_map(|(track, course)| label(at, track, course)).collect();
        let touches = tracks.iter().map(|track| track.marks.len()).sum();
        Ok(((0..self.times.len()).map(labels).collect(), touches))
    }

    /// What that hand said, and what came of it.
    fn carried(&mut self, hand: Hand) -> Result<(Vec<Track>, Vec<Course>, Duration), TrackError> {
        let mut tracks: Vec<Track> =
            self.objects.iter().enumerate().map(|(n, object)| begun(n, object, hand)).collect();
        let (mut courses, mut took) = self.carry(&tracks)?;
        if let Hand::Asked(most) = hand {
            // Each turn asks for one more mark of those that need it.
            for _ in 1..most {
                let mut asked = false;
                for ((track, object), course) in tracks.iter_mut().zip(&self.objects).zip(&courses) {
                    asked |= track.marks.len() < most && answer(track, object, course);
                }
                if !asked {
                    break;
                }
                (courses, took) = self.carry(&tracks)?;
            }
        }
        Ok((tracks, courses, took))
    }

    fn carry(&mut self, tracks: &[Track]) -> Result<(Vec<Course>, Duration), TrackError> {
        let mut reading = Duration::ZERO;
        let clock = Instant::now();
        let picture = &mut self.picture;
        let mut read = |at| {
            let clock = Instant::now();
            let read = picture(at);
            reading += clock.elapsed();
            Some(read)
        };
        let film = Film { size: self.size, times: &self.times, picture: &mut read, detections: &|_| vec![] };
        let courses = carry(film, tracks)?;
        Ok((courses, clock.elapsed().saturating_sub(reading)))
    }

    fn judged(&self, tracks: &[Track], courses: &[Course], took: Duration) -> Figures {
        let mut figures = Figures { objects: tracks.len(), took, ..Figures::default() };
        let (mut iou, mut straight) = (0.0, 0.0);
        for ((track, object), course) in tracks.iter().zip(&self.objects).zip(courses) {
            figures.touches += track.marks.len();
            for (at, (truth, given)) in object.boxes.iter().zip(&course.boxes).enumerate() {
                if object.unclear.contains(&at) {
                    continue;
                }
                figures.given += usize::from(given.is_some());
                let right = given.zip(*truth).is_some_and(|(given, truth)| given.bbox.iou(&truth) >= HIT);
                let sure = given.is_some_and(|given| given.sure && !given.origin.is_drawn());
                figures.sure += usize::from(sure && right);
                figures.bluff += usize::from(sure && !right);
                let Some(truth) = truth else {
                    figures.extra += usize::from(given.is_some());
                    continue;
                };
                let overlap = given.map_or(0.0, |given| given.bbox.iou(truth));
                figures.boxes += 1;
                figures.missed += usize::from(given.is_none());
                figures.wrong += usize::from(given.is_some() && overlap < HIT);
                iou += overlap;
                straight += straight_line(track, &self.times, at).map_or(0.0, |line| line.iou(truth));
            }
        }
        let boxes = figures.boxes.max(1) as f32;
        (figures.iou, figures.straight) = (iou / boxes, straight / boxes);
        figures
    }
}

fn begun(number: usize, object: &Object, hand: Hand) -> Track {
    let seen: Vec<(usize, BBox)> = object.boxes.iter().enumerate().filter_map(|(at, b)| Some((at, (*b)?))).collect();
    let mut marks = BTreeMap::new();
    match (hand, seen.as_slice()) {
        (_, []) => {}
        (Hand::Ends, [first, .., last]) => {
            marks.extend([first, last].map(|(at, bbox)| (*at, Mark::Box(*bbox))));
            if last.0 + 1 < object.boxes.len() {
                marks.insert(last.0 + 1, Mark::Gone);
            }
        }
        (Hand::Both, [first, .., last]) => marks.extend([first, last].map(|(at, bbox)| (*at, Mark::Box(*bbox)))),
        (Hand::First, [first, ..]) => marks.extend([(first.0, Mark::Box(first.1))]),
        (Hand::Last, [.., last]) => marks.extend([(last.0, Mark::Box(last.1))]),
        (_, seen) => {
            let (at, bbox) = seen[seen.len() / 2];
            marks.insert(at, Mark::Box(bbox));
        }
    }
    Track { name: format!("t{number}"), category: object.category.clone(), marks, within: None }
}

/// Does what is asked for first; false where nothing is.
fn answer(track: &mut Track, object: &Object, course: &Course) -> bool {
    for ask in &course.asks {
        let mark = match object.boxes[ask.picture] {
            Some(bbox) => Mark::Box(bbox),
            // Before it came there is nothing to say.
            None if track.marks.range(..ask.picture).next().is_none() => continue,
            None => Mark::Gone,
        };
        track.marks.insert(ask.picture, mark);
        return true;
    }
    false
}

/// What a straight line between the drawn boxes beside it gives.
fn straight_line(track: &Track, times: &[f64], at: usize) -> Option<BBox> {
    let drawn = |(at, mark): (&usize, &Mark)| match mark {
        Mark::Box(bbox) => Some((*at, *bbox)),
        Mark::Gone | Mark::Back => None,
    };
    let before = track.marks.range(..=at).filter_map(drawn).next_back()?;
    let after = track.marks.range(at..).find_map(drawn)?;
    let span = times[after.0] - times[before.0];
    let t = if span > 0.0 { ((times[at] - times[before.0]) / span) as f32 } else { 0.0 };
    let mix = |a: f32, b: f32| a + (b - a) * t;
    let (a, b) = (before.1, after.1);
    Some(BBox::new(mix(a.x, b.x), mix(a.y, b.y), mix(a.width, b.width), mix(a.height, b.height)))
}
