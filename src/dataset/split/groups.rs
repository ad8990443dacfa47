//! Capture groups: which frames belong together, where long chains are cut, and what is left out at the cuts.

use crate::domain::{Frame, FrameId, FrameLabels, Side};
use jiff::{SignedDuration, Timestamp};
use std::collections::{BTreeMap, BTreeSet};

/// Frames of a continuous source closer in time than this never fall on both sides.
pub const NEAR: SignedDuration = SignedDuration::from_secs(10);

/// Share of the frames that a model is measured on.
pub const VALIDATION_SHARE: f64 = 0.2;

/// A block of a chain spans at least this long, so that a cut at both its ends leaves something of it.
const SHORTEST_BLOCK: SignedDuration = SignedDuration::from_secs(30);

/// A chain is cut so that a block holds about one in this many of all frames: fine enough to deal out, and few cuts.
const BLOCKS: usize = 10;

/// A frame, as far as the split cares.
pub struct Member {
    pub id: FrameId,
    pub taken: Timestamp,
    pub continuous: bool,
    pub categories: BTreeSet<String>,
    pub before: Option<Side>,
}

/// Frames that stay together, as places in the list of members.
pub struct Group {
    pub members: Vec<usize>,
    pub side: Option<Side>,
}

impl Group {
    fn free(members: Vec<usize>) -> Self {
        Self { members, side: None }
    }
}

/// Every frame once, in the order of time.
pub fn members(frames: &[(Frame, FrameLabels)], before: &BTreeMap<FrameId, Side>) -> Vec<Member> {
    let mut members: Vec<Member> = frames
        .iter()
        .map(|(frame, labels)| Member {
            id: frame.id,
            taken: frame.taken,
            continuous: frame.source.is_continuous(),
            categories: labels.labels.iter().map(|l| l.category.clone()).collect(),
            before: before.get(&frame.id).copied(),
        })
        .collect();
    members.sort_by_key(|m| (m.taken, m.id));
    members.dedup_by_key(|m| m.id);
    members
}

/// All groups. Those with a side have to take it; members of none are left out.
pub fn groups(members: &[Member]) -> Vec<Group> {
    let mut groups = Vec::new();
    let mut chains: Vec<Vec<usize>> = Vec::new();
    for (i, member) in members.iter().enumerate() {
        if !member.continuous {
            groups.push(Group { members: vec![i], side: member.before });
            continue;
        }
        match chains.last_mut() {
            Some(chain) if near(members, chain[chain.len() - 1], i) => chain.push(i),
            _ => chains.push(vec![i]),
        }
    }
    let alone = groups.is_empty() && chains.len() == 1;
    for chain in chains {
        if chain.iter().any(|i| members[*i].before.is_some()) {
            extend(members, &chain, &mut groups);
        } else {
            cut(members, chain, alone, &mut groups);
        }
    }
    groups
}

fn near(members: &[Member], a: usize, b: usize) -> bool {
    members[a].taken.duration_since(members[b].taken).abs() < NEAR
}

fn span(members: &[Member], run: &[usize]) -> SignedDuration {
    match (run.first(), run.last()) {
        (Some(first), Some(last)) => members[*last].taken.duration_since(members[*first].taken),
        _ => SignedDuration::ZERO,
    }
}

/// A chain nobody has split yet: whole, in blocks, or, where it is short but most of what there is, in two.
fn cut(members: &[Member], chain: Vec<usize>, alone: bool, groups: &mut Vec<Group>) {
    let blocks = blocks(members, &chain);
    if blocks.len() > 1 {
        groups.extend(blocks.into_iter().map(Group::free));
        return;
    }
    if alone || chain.len() * 2 > members.len() {
        let most = ((chain.len() as f64 * VALIDATION_SHARE).round() as usize).max(1);
        for validation in (1..=most).rev() {
            let (rest, end) = chain.split_at(chain.len() - validation);
            let training: Vec<usize> = rest.iter().copied().take_while(|i| !near(members, *i, end[0])).collect();
            let least = if alone && validation == 1 { 1 } else { 2 * validation };
            if training.len() >= least {
                groups.push(Group { members: training, side: Some(Side::Training) });
                groups.push(Group { members: end.to_vec(), side: Some(Side::Validation) });
                return;
            }
        }
    }
    groups.push(Group::free(chain));
}

/// A run of neighbours in slots of equal time, each `SHORTEST_BLOCK` or longer.
fn blocks(members: &[Member], run: &[usize]) -> Vec<Vec<usize>> {
    let span = span(members, run);
    let most = (span.as_secs() / SHORTEST_BLOCK.as_secs()).max(1) as usize;
    let count = (run.len() * BLOCKS).div_ceil(members.len()).clamp(1, most);
    let slot = (span.as_secs_f64() / count as f64).max(f64::MIN_POSITIVE);
    let mut blocks: Vec<Vec<usize>> = vec![Vec::new(); count];
    for &i in run {
        let after = members[i].taken.duration_since(members[run[0]].taken).as_secs_f64();
        blocks[((after / slot) as usize).min(count - 1)].push(i);
    }
    blocks.retain(|block| !block.is_empty());
    blocks
}

/// A chain that has been split before and may have grown: frames beside one that has a side go with it.
fn extend(members: &[Member], chain: &[usize], groups: &mut Vec<Group>) {
    let runs = chain.chunk_by(|a, b| members[*a].before == members[*b].before);
    let runs: Vec<&[usize]> = runs.collect();
    let side = |run: usize| runs.get(run).and_then(|run| members[run[0]].before);
    for (r, run) in runs.iter().enumerate() {
        if let Some(side) = side(r) {
            groups.push(Group { members: run.to_vec(), side: Some(side) });
            continue;
        }
        let blocks = blocks(members, run);
        let last = blocks.len() - 1;
        let earlier = r.checked_sub(1).and_then(side);
        let later = side(r + 1);
        for (b, block) in blocks.into_iter().enumerate() {
            let side = match b {
                0 if b == last => earlier.or(later),
                0 => earlier,
                _ if b == last => later,
                _ => None,
            };
            groups.push(Group { members: block, side });
        }
    }
}

/// Leaves frames out until no two neighbours lie on different sides: never one that had its side before, unless its
/// neighbour had too; otherwise so that the validation share stays as near as it can to what it should be.
pub fn part(members: &[Member], sides: &mut [Option<Side>]) {
    let mut chain: Vec<usize> = (0..members.len()).filter(|i| members[*i].continuous && sides[*i].is_some()).collect();
    let old = |i: usize| members[i].before.is_some();
    // Neighbours that both had their side before: the measured one stays.
    let clash = |sides: &[Option<Side>], i: usize, j: usize| sides[j].is_some() && sides[i] != sides[j] && old(j);
    let stray = |sides: &[Option<Side>], chain: &[usize], i: usize| {
        old(i) && sides[i] == Some(Side::Training) && neighbours(members, chain, i).any(|j| clash(sides, i, j))
    };
    let out: Vec<usize> = chain.iter().copied().filter(|i| stray(sides, &chain, *i)).collect();
    leave_out(out, &mut chain, sides);
    // New frames beside an old one of the other side.
    let stray = |sides: &[Option<Side>], chain: &[usize], i: usize| {
        !old(i) && neighbours(members, chain, i).any(|j| clash(sides, i, j))
    };
    let out: Vec<usize> = chain.iter().copied().filter(|i| stray(sides, &chain, *i)).collect();
    leave_out(out, &mut chain, sides);
    // What is left are cuts between new frames: each loses a little on its left or on its right.
    while let Some(cut) = chain.windows(2).position(|w| sides[w[0]] != sides[w[1]] && near(members, w[0], w[1])) {
        let (before, after) = (chain[cut], chain[cut + 1]);
        let run = |i: &usize, end: usize, other: usize| sides[*i] == sides[end] && near(members, *i, other);
        let left: Vec<usize> = chain[..=cut].iter().rev().copied().take_while(|i| run(i, before, after)).collect();
        let right: Vec<usize> = chain[cut + 1..].iter().copied().take_while(|i| run(i, after, before)).collect();
        let off = |out: &[usize]| {
            let kept = |side| sides.iter().filter(|s| **s == Some(side)).count();
            let lost = |side| out.iter().filter(|i| sides[**i] == Some(side)).count();
            let left = |side| (kept(side) - lost(side)) as f64;
            let validation = left(Side::Validation);
            (validation / (validation + left(Side::Training)).max(1.0) - VALIDATION_SHARE).abs()
        };
        let out = if off(&left) < off(&right) { left } else { right };
        leave_out(out, &mut chain, sides);
    }
}

fn leave_out(out: Vec<usize>, chain: &mut Vec<usize>, sides: &mut [Option<Side>]) {
    for i in out {
        sides[i] = None;
    }
    chain.retain(|i| sides[*i].is_some());
}

/// The others of the chain that are near to `i`. `chain` is in order.
fn neighbours<'a>(members: &'a [Member], chain: &'a [usize], i: usize) -> impl Iterator<Item = usize> + 'a {
    let place = chain.partition_point(|j| *j < i);
    let earlier = chain[..place].iter().rev().copied().take_while(move |j| near(members, i, *j));
    let later = chain[place..].iter().copied().take_while(move |j| near(members, i, *j));
    earlier.chain(later).filter(move |j| *j != i)
}
