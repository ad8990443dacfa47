//! Whether what was followed is what was drawn: it is followed back from where it was found last, and must come to where it
//! was drawn (Kalal, Mikolajczyk and Matas, "Forward-Backward Error: Automatic Detection of Tracking Failures", 2010). What was
//! mistaken for it on the way leads elsewhere. And it must look like what it was at one end of the way, at least: what
//! covers it stays where it was, and comes back to it.

use super::edges::Edges;
use super::legs::Legs;
use super::runs::{AGREE, ARRIVED, End, Run, Runs, Spot, Start};

/// Overlap with the drawn box from which the way back led to it: what stands beside it overlaps it, too.
const HOME: f32 = 0.65;
/// Part of it that must be in the picture, to begin there.
const BEGINS: f32 = 0.5;
/// The likeness to what was drawn below which it may be something else; and where the way back was elsewhere.
const ALIKE: f32 = 0.4;
const SOUND: f32 = 0.7;

/// Of those runs that did not come to a drawn box, their number, and from where to go back.
pub fn of(starts: &[Start], runs: &[Run], legs: &[Legs], times: &[f64], size: (u32, u32)) -> Vec<(usize, Start)> {
    let size = (size.0 as f32, size.1 as f32);
    let back = |(number, (start, run)): (usize, (&Start, &Run))| {
        let drawn = legs[start.track].drawn(start.last).map(Edges::of);
        let arrived = |drawn: Edges| run.at(start.last).is_some_and(|came| came.edges.iou(drawn, size) >= ARRIVED);
        if drawn.is_some_and(arrived) {
            return None;
        }
        let whole = |spot: &Spot| spot.score.is_some() && spot.edges.part_shown(size) >= BEGINS;
        let away = run.found.iter().rposition(whole)? + 1;
        let step = |n: usize| if start.last > start.key { start.key + n } else { start.key - n };
        let edges = run.found[away - 1].edges;
        // Which way it went there, unless it was just found again.
        let before = away.checked_sub(2).map_or(Some(start.edges), |n| run.found[n].score.map(|_| run.found[n].edges));
        let span = times[step(away)] - times[step(away - 1)];
        let speed = before.and_then(|before| before.speed(edges, span));
        Some((number, Start { track: start.track, key: step(away), edges, last: start.key, speed }))
    };
    starts.iter().zip(runs).enumerate().filter_map(back).collect()
}

/// Believes of a run what its way back says: all of it where that came to the drawn box, else what is nearer to the drawn box
/// than anything that the way back knows.
pub fn judge(run: &mut Run, start: &Start, back: &Run, legs: &Legs, size: (u32, u32)) {
    let size = (size.0 as f32, size.1 as f32);
    let Some(drawn) = legs.drawn(run.key).map(Edges::of) else { return };
    let agree = |spot: &Spot, other: &Spot| spot.edges.iou(other.edges, size) >= AGREE;
    let picture = |n: usize| if start.key > run.key { run.key + n + 1 } else { run.key - n - 1 };
    let away = start.key.abs_diff(run.key);
    if back.at(run.key).is_some_and(|came| came.edges.iou(drawn, size) >= HOME) {
        for n in 0..run.found.len() {
            let spot = &mut run.found[n];
            let apart = back.at(picture(n)).is_some_and(|other| !agree(spot, other));
            spot.doubted = spot.alike < if apart { SOUND } else { ALIKE };
        }
        return;
    }
    // From where on it is the same that leads elsewhere.
    let apart = (0..away - 1).rev().find(|n| back.at(picture(*n)).is_none_or(|other| !agree(&run.found[*n], other)));
    let known = apart.map_or(0, |apart| apart + 1);
    let sound = |spot: &Spot| spot.score.is_some() && spot.alike >= ALIKE;
    let known = run.found[..known].iter().rposition(sound).map_or(0, |last| last + 1);
    run.found.truncate(known);
    run.end = End::Lost;
}

/// Doubts what is like none of the drawn boxes from which it was followed.
pub fn compare(runs: &mut Runs) {
    let alike = |runs: &[Run], picture: usize, ahead: bool| {
        let of = runs.iter().filter(|run| (run.key < picture) == ahead).filter_map(|run| run.at(picture));
        of.map(|spot| spot.alike).fold(f32::NEG_INFINITY, f32::max)
    };
    let doubt = |run: &mut Run, ahead: bool, others: &[Run]| {
        for n in 0..run.found.len() {
            let picture = if ahead { run.key + n + 1 } else { run.key - n - 1 };
            let spot = &mut run.found[n];
            spot.doubted |= spot.alike.max(alike(others, picture, !ahead)) < ALIKE;
        }
    };
    let Runs { ahead, behind } = runs;
    let before = ahead.clone();
    ahead.iter_mut().for_each(|run| doubt(run, true, behind));
    behind.iter_mut().for_each(|run| doubt(run, false, &before));
}
