//! Goes through the film in one direction, with one picture in memory, and follows boxes to the ends of their stretches.

use super::edges::Edges;
use super::follower::{Follower, Seen, Sighted};
use super::runs::{End, Run, Spot, Start};
use super::said::{Film, Track};
use super::sight::Sight;
use crate::domain::Prediction;
use std::rc::Rc;

/// What is followed at the moment.
struct Current {
    /// Number of its start.
    start: usize,
    follower: Follower,
    run: Run,
}

/// The runs of these starts, in their order.
pub fn pass(film: &mut Film, tracks: &[Track], starts: &[Start], forwards: bool) -> Vec<Run> {
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
        current.retain_mut(|current| {
            let Start { track, last, .. } = starts[current.start];
            let sighted = sighted(&seen, &tracks[track].category, film.size);
            let end = current.step(sight.as_ref(), film.times[at], &sighted, film.size);
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
        let glance = Rc::new(sight.glance());
        for start in begin {
            let Start { track, key, edges, speed, .. } = starts[start];
            let scale = Sight::scale(film.size);
            let speed = speeds[track].or(speed.map(|(x, y)| (x * scale, y * scale)));
            let follower = Follower::new(sight, glance.clone(), edges.rect(scale), film.times[at], speed);
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
    fn step(&mut self, sight: Option<&Sight>, time: f64, sighted: &[Sighted], size: (u32, u32)) -> Option<End> {
        let (rect, seen) = match sight {
            Some(sight) => self.follower.step(sight, time, sighted),
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

fn sighted(seen: &[Prediction], category: &str, size: (u32, u32)) -> Vec<Sighted> {
    let of = seen.iter().filter(|p| p.category == category);
    of.filter_map(|p| Some(Sighted { rect: Edges::of(p.bbox?).rect(Sight::scale(size)), score: p.score })).collect()
}
