//! Follows what was drawn forwards and backwards, and back again from where nobody drew it ([`returns`]).

use super::edges::Edges;
use super::legs::Legs;
use super::passes::pass;
use super::returns;
use super::runs::{Run, Runs, Start};
use super::said::{Film, Track};

/// What was followed one way through the film.
struct Way {
    starts: Vec<Start>,
    /// In their order.
    runs: Vec<Run>,
}

/// Runs of each track, in their order.
pub fn run(mut film: Film, tracks: &[Track], legs: &[Legs]) -> Vec<Runs> {
    let (times, size) = (film.times, film.size);
    let mut follow = |starts: Vec<Start>, forwards: bool, ways: &[&Way]| {
        let known = |track: usize, at: usize| known(&legs[track], ways, track, at);
        let runs = pass(&mut film, tracks, &starts, forwards, &known);
        Way { starts, runs }
    };
    let mut ahead = follow(drawn(legs, true).collect(), true, &[]);
    // Forwards it was seen how fast it goes.
    let with_speed = |start| Start { speed: speed(&start, &ahead, times), ..start };
    let mut behind = follow(drawn(legs, false).map(with_speed).collect(), false, &[&ahead]);
    // What lay upon what was drawn was not known before, where it was drawn later.
    let covered: Vec<usize> = (0..ahead.starts.len()).filter(|n| behind.lies_upon(&ahead.starts[*n])).collect();
    let anew = follow(covered.iter().map(|n| ahead.starts[*n]).collect(), true, &[&ahead, &behind]);
    covered.iter().zip(anew.runs).for_each(|(n, run)| ahead.runs[*n] = run);
    let mut back = |way: &Way, forwards: bool| {
        let (numbers, starts): (Vec<usize>, Vec<Start>) =
            returns::of(&way.starts, &way.runs, legs, times, size).into_iter().unzip();
        (numbers, follow(starts, forwards, &[&ahead, &behind]))
    };
    let (came_back, came_forth) = (back(&ahead, false), back(&behind, true));
    for ((numbers, back), way) in [(came_back, &mut ahead), (came_forth, &mut behind)] {
        for ((of, start), back) in numbers.iter().zip(&back.starts).zip(&back.runs) {
            returns::judge(&mut way.runs[*of], start, back, &legs[start.track], size);
        }
    }
    let mut runs = vec![Runs::default(); tracks.len()];
    ahead.starts.iter().zip(ahead.runs).for_each(|(start, run)| runs[start.track].ahead.push(run));
    behind.starts.iter().zip(behind.runs).for_each(|(start, run)| runs[start.track].behind.push(run));
    runs.iter_mut().for_each(returns::compare);
    runs
}

/// What was drawn, where there is something to follow.
fn drawn(legs: &[Legs], forwards: bool) -> impl Iterator<Item = Start> {
    legs.iter().enumerate().flat_map(move |(track, legs)| {
        legs.keys.iter().filter_map(move |&(key, bbox)| {
            let last = if forwards { legs.ahead(key) } else { legs.behind(key) };
            let last = last.filter(|last| *last != key)?;
            Some(Start { track, key, edges: Edges::of(bbox), last, speed: None })
        })
    })
}

/// How fast it went from there.
fn speed(start: &Start, ahead: &Way, times: &[f64]) -> Option<(f32, f32)> {
    let of = |(begun, _): &(&Start, &Run)| begun.track == start.track && begun.key == start.key;
    let next = ahead.starts.iter().zip(&ahead.runs).find(of)?.1.at(start.key + 1)?;
    start.edges.speed(next.edges, times[start.key + 1] - times[start.key])
}

/// Where the object of a track is in a picture: as it was drawn, or found on one of these ways.
fn known(legs: &Legs, ways: &[&Way], track: usize, at: usize) -> Vec<Edges> {
    let found = ways.iter().flat_map(|way| way.found(track, at));
    found.chain(legs.drawn(at).map(Edges::of)).collect()
}

impl Way {
    fn found(&self, track: usize, at: usize) -> impl Iterator<Item = Edges> {
        let of = self.starts.iter().zip(&self.runs).filter(move |(start, _)| start.track == track);
        of.filter_map(move |(_, run)| Some(run.at(at)?.edges))
    }

    /// Whether another object was found where that was drawn.
    fn lies_upon(&self, start: &Start) -> bool {
        let own = start.edges.rect(1.0);
        let of = self.starts.iter().zip(&self.runs).filter(|(other, _)| other.track != start.track);
        of.filter_map(|(_, run)| run.at(start.key)).any(|spot| spot.edges.rect(1.0).common(own) > 0.0)
    }
}
