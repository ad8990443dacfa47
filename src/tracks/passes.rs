//! Goes through the film twice, forwards and backwards, with one picture in memory, and follows every drawn box up to the
//! next one in that direction.

use super::edges::Edges;
use super::follower::{Follower, Seen, Sighted};
use super::legs::Legs;
use super::said::{Film, Track};
use super::sight::Sight;
use crate::domain::Prediction;

/// Why a box is not followed any further.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// It came to the end of its stretch.
    Reached,
    Lost,
    /// It left the picture.
    Out,
}

/// Where a drawn box was found, in one direction from where it was drawn.
#[derive(Clone, Debug, PartialEq)]
pub struct Run {
    pub key: usize,
    /// By their distance from `key` in pictures, less 1; the score is `None` where it was not found, but waited for.
    pub found: Vec<(Edges, Option<f32>)>,
    pub end: End,
}

/// The runs of an object, in the order of its keys.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Runs {
    pub ahead: Vec<Run>,
    /// In the order of the pictures, too.
    pub behind: Vec<Run>,
}

impl Run {
    /// What was found in this picture.
    pub fn at(&self, picture: usize) -> Option<(Edges, f32)> {
        let away = picture.abs_diff(self.key).checked_sub(1)?;
        let (edges, score) = self.found.get(away)?;
        score.map(|score| (*edges, score))
    }
}

/// What is followed at the moment of one object.
struct Current {
    follower: Follower,
    run: Run,
    /// Last picture of the stretch.
    last: usize,
}

/// Runs of each track, in their order.
pub fn run(film: Film, tracks: &[Track], legs: &[Legs]) -> Vec<Runs> {
    let mut runs = vec![Runs::default(); tracks.len()];
    let mut pass = Pass { film, tracks, legs, current: tracks.iter().map(|_| None).collect() };
    let pictures = pass.film.times.len();
    for at in 0..pictures {
        pass.picture(at, true, &mut runs);
    }
    pass.finish(true, &mut runs);
    for at in (0..pictures).rev() {
        pass.picture(at, false, &mut runs);
    }
    pass.finish(false, &mut runs);
    runs.iter_mut().for_each(|runs| runs.behind.reverse());
    runs
}

struct Pass<'a, 'f> {
    film: Film<'f>,
    tracks: &'a [Track],
    legs: &'a [Legs],
    current: Vec<Option<Current>>,
}

impl Pass<'_, '_> {
    fn picture(&mut self, at: usize, forwards: bool, runs: &mut [Runs]) {
        let begins = |legs: &Legs| {
            let last = if forwards { legs.ahead(at) } else { legs.behind(at) };
            last.filter(|last| *last != at).and_then(|last| Some((last, legs.drawn(at)?)))
        };
        let begin: Vec<_> = self.legs.iter().map(begins).collect();
        if self.current.iter().all(Option::is_none) && begin.iter().all(Option::is_none) {
            return;
        }
        let size = self.film.size;
        let picture = (self.film.picture)(at).filter(|picture| picture.dimensions() == size);
        let sight = picture.as_ref().map(Sight::of);
        drop(picture);
        let time = self.film.times[at];
        let seen = if sight.is_some() { (self.film.detections)(at) } else { vec![] };
        for (n, track) in self.tracks.iter().enumerate() {
            let mut speed = None;
            if let Some(mut current) = self.current[n].take() {
                let end = current.step(sight.as_ref(), time, &sighted(&seen, &track.category, size), size);
                let end = end.or_else(|| (current.last == at).then_some(End::Reached));
                speed = current.follower.speed().filter(|_| end == Some(End::Reached));
                match end {
                    Some(end) => runs[n].add(current.run, end, forwards),
                    None => self.current[n] = Some(current),
                }
            }
            let Some((last, bbox)) = begin[n] else { continue };
            let run = Run { key: at, found: vec![], end: End::Reached };
            let Some(sight) = &sight else {
                // There is nothing to look for.
                runs[n].add(run, End::Lost, forwards);
                continue;
            };
            // Forwards it was seen how fast it goes.
            let ahead = runs[n].ahead.iter().find(|run| !forwards && run.key == at).and_then(|run| run.at(at + 1));
            let scale = Sight::scale(size);
            let rect = Edges::of(bbox).rect(scale);
            let speed = speed.or_else(|| {
                let next = ahead?.0.rect(scale);
                let span = (self.film.times[at + 1] - time) as f32;
                (span > 0.0).then(|| ((next.x - rect.x) / span, (next.y - rect.y) / span))
            });
            self.current[n] = Some(Current { follower: Follower::new(sight, rect, time, speed), run, last });
        }
    }

    fn finish(&mut self, forwards: bool, runs: &mut [Runs]) {
        for (current, runs) in self.current.iter_mut().zip(runs) {
            if let Some(current) = current.take() {
                runs.add(current.run, End::Reached, forwards);
            }
        }
    }
}

impl Current {
    /// `Some` where it is not followed any further.
    fn step(&mut self, sight: Option<&Sight>, time: f64, sighted: &[Sighted], size: (u32, u32)) -> Option<End> {
        let scale = Sight::scale(size);
        let (rect, seen) = match sight {
            Some(sight) => self.follower.step(sight, time, sighted),
            None => (self.follower.pass(time), Seen::Unsure),
        };
        match seen {
            Seen::Out => return Some(End::Out),
            Seen::Unsure => self.run.found.push((Edges::of_rect(rect, scale), None)),
            Seen::Sure(score) => self.run.found.push((Edges::of_rect(rect, scale), Some(score))),
        }
        self.follower.is_lost().then_some(End::Lost)
    }
}

impl Runs {
    /// What was waited for to the end was not found: it was lost before.
    fn add(&mut self, mut run: Run, end: End, forwards: bool) {
        let found = run.found.iter().rposition(|(_, score)| score.is_some()).map_or(0, |last| last + 1);
        let waited = found < run.found.len();
        run.found.truncate(found);
        run.end = if waited && end == End::Reached { End::Lost } else { end };
        if forwards { self.ahead.push(run) } else { self.behind.push(run) }
    }
}

fn sighted(seen: &[Prediction], category: &str, size: (u32, u32)) -> Vec<Sighted> {
    let of = seen.iter().filter(|p| p.category == category);
    of.filter_map(|p| Some(Sighted { rect: Edges::of(p.bbox?).rect(Sight::scale(size)), score: p.score })).collect()
}
