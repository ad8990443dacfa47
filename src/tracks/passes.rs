//! Goes through the film in one direction, with one picture in memory, and follows boxes to the ends of their stretches.

use super::edges::Edges;
use super::follower::{Follower, Seen, Sighted};
use super::runs::{End, Run, Spot, Start};
use super::said::{Film, Track};
use super::sight::{Rect, Sight};
use crate::domain::Prediction;
use std::rc::Rc;

/// Part of a box that another object may cover, to be told apart from it.
const UPON: f32 = 0.65;

/// Where the object of a track is in a picture: all that is known of it.
pub type Known<'a> = dyn Fn(usize, usize) -> Vec<Edges> + 'a;

/// What is followed at the moment.
struct Current {
    /// Number of its start.
    start: usize,
    follower: Follower,
    run: Run,
}

/// The runs of these starts, in their order. `known`: where the object of a track is in a picture, as far as that is known from
/// elsewhere.
pub fn pass(film: &mut Film, tracks: &[Track], starts: &[Start], forwards: bool, known: &Known) -> Vec<Run> {
    let begun = |start: &Start| Run { key: start.key, found: vec![], end: End::Lost };
    let mut runs: Vec<Run> = starts.iter().map(begun).collect();
    let mut current: Vec<Current> = Vec::new();
    let pictures = film.times.len();
    for n in 0..pictures {
        let at = if forwards { n } else { pictures - 1 - n };
        let begin: Vec<usize> = (0..starts.len()).filter(|n| starts[*n].key == at).collect();
        if current.is_empty() && begin.is_empty() {
            continue;
        }
        let picture = (film.picture)(at).filter(|picture| picture.dimensions() == film.size);
        let sight = picture.as_ref().map(Sight::of);
        drop(picture);
        let seen = if sight.is_some() { (film.detections)(at) } else { vec![] };
        let mut speeds = vec![None; tracks.len()];
        let scale = Sight::scale(film.size);
        let of = |track: usize| known(track, at).into_iter().map(move |edges| (track, edges.rect(scale)));
        let elsewhere: Vec<(usize, Rect)> = (0..tracks.len()).flat_map(of).collect();
        let expected = current
            .iter()
            .filter(|current| current.follower.found().is_some())
            .map(|current| (starts[current.start].track, current.follower.expected(film.times[at])));
        let expected: Vec<(usize, Rect)> = expected.chain(elsewhere.iter().copied()).collect();
        current.retain_mut(|current| {
            let Start { track, last, .. } = starts[current.start];
            let sighted = sighted(&seen, &tracks[track].category, film.size);
            let others = of_others(&expected, track, current.follower.expected(film.times[at]));
            let end = current.step(sight.as_ref(), film.times[at], &sighted, &others, film.size);
            let Some(end) = end.or_else(|| (last == at).then_some(End::Reached)) else { return true };
            if end == End::Reached {
                speeds[track] = current.follower.speed();
            }
            let begun = Run { key: at, found: vec![], end };
            runs[current.start] = std::mem::replace(&mut current.run, begun).ended(end);
            false
        });
        // Where there is no picture, there is nothing to look for: it stays lost.
        let Some(sight) = &sight else { continue };
        // What is found of each, and drawn: where two overlap, what is there is neither's.
        let found = current.iter().filter_map(|current| Some((starts[current.start].track, current.follower.found()?)));
        let there: Vec<(usize, Rect)> = found.chain(elsewhere).collect();
        for current in &mut current {
            let Some(own) = current.follower.found() else { continue };
            current.follower.learn(sight, &of_others(&there, starts[current.start].track, own));
        }
        let glance = Rc::new(sight.glance());
        for start in begin {
            let Start { track, key, edges, speed, .. } = starts[start];
            let speed = speeds[track].or(speed.map(|(x, y)| (x * scale, y * scale)));
            let rect = edges.rect(scale);
            let others = of_others(&there, track, rect);
            let follower = Follower::new(sight, glance.clone(), rect, film.times[at], speed, &others);
            current.push(Current { start, follower, run: Run { key, found: vec![], end: End::Reached } });
        }
    }
    for Current { start, run, .. } in current {
        runs[start] = run.ended(End::Reached);
    }
    runs
}

impl Current {
    /// `Some` where it is not followed any further.
    fn step(
        &mut self,
        sight: Option<&Sight>,
        time: f64,
        sighted: &[Sighted],
        others: &[Rect],
        size: (u32, u32),
    ) -> Option<End> {
        let (rect, seen) = match sight {
            Some(sight) => self.follower.step(sight, time, sighted, others),
            None => (self.follower.pass(time), Seen::Unsure),
        };
        let (score, alike) = match seen {
            Seen::Out => return Some(End::Out),
            Seen::Unsure => (None, 0.0),
            Seen::Sure { score, alike } => (Some(score), alike),
        };
        let edges = Edges::of_rect(rect, Sight::scale(size));
        self.run.found.push(Spot { edges, score, alike, doubted: false });
        self.follower.is_lost().then_some(End::Lost)
    }
}

/// Boxes of other objects than that of this track, which is at `own`. What lies upon most of it can't be told apart from it.
fn of_others(all: &[(usize, Rect)], track: usize, own: Rect) -> Vec<Rect> {
    let apart = |other: &Rect| own.common(*other) <= UPON * own.width * own.height;
    all.iter().filter(|(of, _)| *of != track).map(|(_, rect)| *rect).filter(apart).collect()
}

fn sighted(seen: &[Prediction], category: &str, size: (u32, u32)) -> Vec<Sighted> {
    let of = seen.iter().filter(|p| p.category == category);
    of.filter_map(|p| Some(Sighted { rect: Edges::of(p.bbox?).rect(Sight::scale(size)), score: p.score })).collect()
}
