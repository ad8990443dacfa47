//! Dealing groups out to the two sides: iterative stratification.

use super::groups::{Group, Member, VALIDATION_SHARE};
use crate::domain::Side;
use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;
use std::collections::BTreeMap;

/// A category by name; `None` are the frames with nothing in them.
type Key<'a> = Option<&'a str>;

/// How many frames of each category something has, and how many in all.
#[derive(Clone, Default)]
struct Counts<'a> {
    categories: BTreeMap<Key<'a>, f64>,
    frames: f64,
}

impl<'a> Counts<'a> {
    fn of(members: &'a [Member], group: &Group) -> Self {
        let mut counts = Self { frames: group.members.len() as f64, ..Self::default() };
        for &i in &group.members {
            let categories = &members[i].categories;
            for name in categories {
                *counts.categories.entry(Some(name)).or_default() += 1.0;
            }
            if categories.is_empty() {
                *counts.categories.entry(None).or_default() += 1.0;
            }
        }
        counts
    }

    fn get(&self, key: Key) -> f64 {
        self.categories.get(&key).copied().unwrap_or_default()
    }

    fn add(&mut self, other: &Self, times: f64) {
        self.frames += other.frames * times;
        for (key, count) in &other.categories {
            *self.categories.entry(*key).or_default() += count * times;
        }
    }
}

/// What both sides still lack.
struct Lack<'a> {
    training: Counts<'a>,
    validation: Counts<'a>,
}

impl<'a> Lack<'a> {
    fn take(&mut self, side: Side, counts: &Counts<'a>) {
        match side {
            Side::Training => self.training.add(counts, -1.0),
            Side::Validation => self.validation.add(counts, -1.0),
        }
    }

    /// The side that lacks more of this category, then more frames.
    fn greater(&self, key: Key) -> Side {
        let more = |lack: &Counts| (lack.get(key), lack.frames);
        if more(&self.validation) > more(&self.training) { Side::Validation } else { Side::Training }
    }
}

/// Gives every group a side. Groups that have one keep it.
pub fn assign(groups: &mut [Group], members: &[Member], seed: u64) {
    let counts: Vec<Counts> = groups.iter().map(|group| Counts::of(members, group)).collect();
    let mut all = Counts::default();
    counts.iter().for_each(|c| all.add(c, 1.0));
    let mut lack = Lack { training: Counts::default(), validation: Counts::default() };
    lack.training.add(&all, 1.0 - VALIDATION_SHARE);
    lack.validation.add(&all, VALIDATION_SHARE);

    let mut free: Vec<usize> = Vec::new();
    let mut left = Counts::default();
    for (g, group) in groups.iter().enumerate() {
        match group.side {
            Some(side) => lack.take(side, &counts[g]),
            None => {
                free.push(g);
                left.add(&counts[g], 1.0);
            }
        }
    }
    // Groups come in the order of time, so the seed alone decides between equals.
    free.shuffle(&mut ChaCha8Rng::seed_from_u64(seed));
    let dealt = free.clone();
    while let Some(rarest) = rarest(&left) {
        let mut with: Vec<usize> = free.iter().copied().filter(|g| counts[*g].get(rarest) > 0.0).collect();
        free.retain(|g| counts[*g].get(rarest) == 0.0);
        // The largest first: the small ones even out what they leave. The sort is stable.
        with.sort_by(|a, b| counts[*b].get(rarest).total_cmp(&counts[*a].get(rarest)));
        for g in with {
            let side = lack.greater(rarest);
            groups[g].side = Some(side);
            lack.take(side, &counts[g]);
            left.add(&counts[g], -1.0);
        }
    }
    for side in [Side::Validation, Side::Training] {
        fill(groups, &dealt, side);
    }
}

/// The category that the fewest of the frames left have.
fn rarest<'a>(left: &Counts<'a>) -> Option<Key<'a>> {
    let some = left.categories.iter().filter(|(_, count)| **count > 0.0);
    some.min_by(|a, b| a.1.total_cmp(b.1)).map(|(key, _)| *key)
}

/// Where nothing fell on `side`, the smallest group that was free moves there, unless it is all the other side has.
fn fill(groups: &mut [Group], dealt: &[usize], side: Side) {
    let missing = groups.iter().all(|g| g.side != Some(side));
    if missing
        && groups.len() > 1
        && let Some(&g) = dealt.iter().min_by_key(|g| groups[**g].members.len())
    {
        groups[g].side = Some(side);
    }
}
