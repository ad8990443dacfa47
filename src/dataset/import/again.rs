//! Pictures that a data set has several times, the same to the last byte. Under one name they are one: it comes in once,
//! with what is said of all of them. Under several names each comes in, and is held against the first.

use super::found::{Found, Picture, Thing};
use super::told::{ImportError, Note, Reason};
use super::turned::{Habit, Pixels};
use crate::dataset::known::{is_one, stem};
use crate::domain::FrameId;
use std::collections::HashMap;

static AGAIN: Note = Note::new(
    "again",
    "pictures that lie there several times, the same to the last byte and of one name; each came in once, with the labels of all",
);
static OTHERWISE: Reason = Reason::new(
    "again_turned",
    "pictures that lie there several times, of which the sizes say that their boxes are counted differently; the labels of the first were taken",
);

/// Which way up the boxes of a picture count.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Up {
    Upright,
    Stored,
    /// As the others do.
    AsOthers,
}

impl Up {
    /// Whether pixels of the upright picture count, where the others have that habit.
    pub fn is_upright(self, habit: &Habit) -> bool {
        match self {
            Self::Upright => true,
            Self::Stored => false,
            Self::AsOthers => habit.upright(),
        }
    }
}

/// A picture that can be read.
pub struct Seen {
    /// Its place among the pictures of the data set.
    pub place: u32,
    pub stored: Pixels,
    pub up: Up,
    /// The frame that it is here, if it is.
    pub here: Option<FrameId>,
    /// Bytes that it will take.
    pub room: u32,
    /// Of its bytes as they are stored.
    pub hash: u64,
    /// The labelled picture before it with the same bytes, under another name.
    pub twin: Option<u32>,
}

/// Makes one of those that are one, which is told; knows of the others which have the same bytes.
pub fn join(found: &mut Found, seen: &mut Vec<Seen>) -> Result<(), ImportError> {
    let mut order: Vec<u32> = (0..seen.len() as u32).collect();
    order.sort_unstable_by_key(|at| (seen[*at as usize].hash, *at));
    let same = |a: &u32, b: &u32| seen[*a as usize].hash == seen[*b as usize].hash;
    let mut groups: Vec<Vec<u32>> = order.chunk_by(same).filter(|of| of.len() > 1).map(<[u32]>::to_vec).collect();
    // In the order of the data set.
    groups.sort_unstable();
    let mut gone = vec![false; seen.len()];
    for group in groups {
        let mut kept = Kept::default();
        for at in group {
            match kept.first_of(found, seen, at) {
                Some(first) => {
                    one(found, seen, first as usize, at as usize)?;
                    gone[at as usize] = true;
                }
                None => kept.add(found, seen, at),
            }
        }
        kept.twins(found, seen);
    }
    let mut gone = gone.into_iter();
    seen.retain(|_| gone.next() != Some(true));
    Ok(())
}

/// Those of the same bytes that stay.
#[derive(Default)]
struct Kept {
    all: Vec<u32>,
    by_stem: HashMap<String, Vec<u32>>,
    here: HashMap<FrameId, u32>,
}

impl Kept {
    /// The one that a picture is: of its name, or the same frame here.
    fn first_of(&self, found: &Found, seen: &[Seen], at: u32) -> Option<u32> {
        let picture = |at: u32| &found.pictures[seen[at as usize].place as usize];
        let called = |at: u32| (&*picture(at).name, picture(at).clip);
        let here = seen[at as usize].here.and_then(|here| self.here.get(&here).copied());
        let of_stem = self.by_stem.get(stem(&picture(at).name)).into_iter().flatten().copied();
        let first = here.or_else(|| of_stem.clone().find(|first| is_one(called(*first), called(at))));
        first.filter(|first| seen[*first as usize].stored == seen[at as usize].stored)
    }

    fn add(&mut self, found: &Found, seen: &[Seen], at: u32) {
        let Seen { place, here, .. } = &seen[at as usize];
        self.all.push(at);
        self.by_stem.entry(stem(&found.pictures[*place as usize].name).to_owned()).or_default().push(at);
        self.here.extend(here.map(|here| (here, at)));
    }

    /// Each that is labelled knows of the first.
    fn twins(self, found: &Found, seen: &mut [Seen]) {
        let labelled = |seen: &Seen| found.pictures[seen.place as usize].labelled;
        let mut all = self.all.into_iter().filter(|at| labelled(&seen[*at as usize])).collect::<Vec<_>>().into_iter();
        let Some(first) = all.next().map(|at| seen[at as usize].place) else { return };
        all.for_each(|at| seen[at as usize].twin = Some(first));
    }
}

/// Gives the first what is said of another that is the same.
fn one(found: &mut Found, seen: &mut [Seen], first: usize, other: usize) -> Result<(), ImportError> {
    let (to, from) = (seen[first].place, seen[other].place);
    let [one, another] = [to, from].map(|place| found.pictures[place as usize].name.clone());
    found.told.note(&AGAIN, || format!("{another}, which is {one}"));
    match (seen[first].up, seen[other].up) {
        (Up::AsOthers, sure) => seen[first].up = sure,
        (sure, other) if other != Up::AsOthers && other != sure => {
            found.doubt(to, &OTHERWISE, || format!("{one} and {another}"));
            return Ok(());
        }
        _ => {}
    }
    found.begin(&another);
    let things: Vec<Thing> = found.things(&found.pictures[from as usize]).collect();
    things.into_iter().try_for_each(|thing| found.thing(to, thing))?;
    let Picture { labelled, doubt, phase, side, taken, size, clip, .. } = found.pictures[from as usize];
    let to = &mut found.pictures[to as usize];
    to.phase = match (to.labelled, labelled) {
        (true, true) => to.phase.min(phase),
        (false, true) => phase,
        _ => to.phase,
    };
    to.labelled |= labelled;
    to.doubt |= doubt;
    to.side = to.side.or(side);
    to.taken = to.taken.or(taken);
    to.size = to.size.or(size);
    to.clip = to.clip.or(clip);
    Ok(())
}
