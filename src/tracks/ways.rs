//! Follows what was drawn forwards and backwards, and back again from where nobody drew it ([`returns`]).

use super::edges::Edges;
use super::legs::Legs;
use super::passes::pass;
use super::returns;
use super::runs::{Run, Runs, Start};
use super::said::{Film, Track};

/// Runs of each track, in their order.
pub fn run(mut film: Film, tracks: &[Track], legs: &[Legs]) -> Vec<Runs> {
    let times = film.times;
    let drawn = |forwards: bool| {
        legs.iter().enumerate().flat_map(move |(track, legs)| {
            legs.keys.iter().filter_map(move |&(key, bbox)| {
                let last = if forwards { legs.ahead(key) } else { legs.behind(key) };
                let last = last.filter(|last| *last != key)?;
                Some(Start { track, key, edges: Edges::of(bbox), last, speed: None })
            })
        })
    };
    let starts: Vec<Start> = drawn(true).collect();
    let mut ahead = pass(&mut film, tracks, &starts, true);
    // Forwards it was seen how fast it goes.
    let speed = |start: &Start| {
        let of = |(begun, _): &(&Start, &Run)| begun.track == start.track && begun.key == start.key;
        let next = starts.iter().zip(&ahead).find(of)?.1.at(start.key + 1)?;
        start.edges.speed(next.edges, times[start.key + 1] - times[start.key])
    };
    let mut behind_starts: Vec<Start> = drawn(false).map(|start| Start { speed: speed(&start), ..start }).collect();
    let drawn_behind = behind_starts.len();
    let size = film.size;
    let again = returns::of(&starts, &ahead, legs, times, size);
    behind_starts.extend(again.iter().map(|(_, start)| *start));
    let mut behind = pass(&mut film, tracks, &behind_starts, false);
    let came_back = behind.split_off(drawn_behind);
    behind_starts.truncate(drawn_behind);
    let forth = returns::of(&behind_starts, &behind, legs, times, size);
    let forth_starts: Vec<Start> = forth.iter().map(|(_, start)| *start).collect();
    let came_forth = pass(&mut film, tracks, &forth_starts, true);
    for (back, runs) in [(again.iter().zip(&came_back), &mut ahead), (forth.iter().zip(&came_forth), &mut behind)] {
        back.for_each(|((of, start), back)| returns::judge(&mut runs[*of], start, back, &legs[start.track], size));
    }
    let mut runs = vec![Runs::default(); tracks.len()];
    starts.iter().zip(ahead).for_each(|(start, run)| runs[start.track].ahead.push(run));
    behind_starts.iter().zip(behind).for_each(|(start, run)| runs[start.track].behind.push(run));
    runs.iter_mut().for_each(returns::compare);
    runs
}
