//! Capture groups: which frames belong together, where long chains are cut, and what is left out at the cuts.

use super::kin::{Joined, Look, kin};
use super::series::series;
use crate::domain::{CameraId, ClipId, Frame, FrameId, FrameLabels, Pooled, Side};
use crate::picture::Likeness;
use jiff::{SignedDuration, Timestamp};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

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
    /// Where time tells which frames are near, and by which time.
    pub run: Option<Run>,
    pub time: Timestamp,
    pub clip: Option<ClipId>,
    /// Of which near copies it is one.
    pub kin: Option<usize>,
    pub categories: BTreeSet<String>,
    pub before: Option<Side>,
}

/// Something in which neighbours in time look alike.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Run {
    /// What another camera saw at the same time is another picture: of this device, or of another of the fleet.
    Camera(Option<String>, CameraId),
    /// A film; its time begins with it.
    Film(ClipId),
    /// Pictures with running numbers that look like a film; of no time of their own.
    Series(usize),
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

/// Every frame once; those of a run together, in the order of time.
pub fn members(
    frames: &[(Frame, FrameLabels)],
    before: &BTreeMap<FrameId, Side>,
    likenesses: &HashMap<FrameId, Arc<Likeness>>,
) -> Vec<Member> {
    let series = series(frames, likenesses);
    let mut members: Vec<Member> = frames
        .iter()
        .map(|(frame, labels)| {
            let film = || frame.clip.map(|place| (Run::Film(place.id), in_film(place.at)));
            let (run, time) = match frame.source.is_continuous() {
                true => (Some(taken_by(frame)), frame.taken),
                false => film()
                    .or_else(|| in_series(*series.get(&frame.id)?))
                    .map_or((None, frame.taken), |(r, t)| (Some(r), t)),
            };
            Member {
                id: frame.id,
                run,
                time,
                clip: frame.clip.map(|place| place.id),
                kin: None,
                categories: labels.labels.iter().map(|l| l.category.clone()).collect(),
                before: before.get(&frame.id).copied(),
            }
        })
        .collect();
    members.sort_by(|a, b| (&a.run, a.time, a.id).cmp(&(&b.run, b.time, b.id)));
    members.dedup_by_key(|m| m.id);
    let look = |m: &Member| {
        let scenery = is_of_camera(m) && m.categories.is_empty();
        likenesses.get(&m.id).map(|likeness| Look { likeness, scenery })
    };
    let kins = kin(&members.iter().map(look).collect::<Vec<_>>());
    members.iter_mut().zip(kins).for_each(|(member, kin)| member.kin = kin);
    members
}

/// The camera of a continuous frame; those stored before cameras had names are of the only one that there was.
fn taken_by(frame: &Frame) -> Run {
    let main = CameraId::main;
    match frame.pooled.as_deref() {
        Some(Pooled { device, camera, .. }) => Run::Camera(Some(device.clone()), camera.clone().unwrap_or_else(main)),
        None => Run::Camera(None, frame.camera.clone().unwrap_or_else(main)),
    }
}

fn is_of_camera(member: &Member) -> bool {
    matches!(member.run, Some(Run::Camera(..)))
}

fn is_of_film(member: &Member) -> bool {
    matches!(member.run, Some(Run::Film(_)))
}

/// Neighbours in it are near, whatever their numbers; others are not.
fn in_series((number, place): (usize, i32)) -> Option<(Run, Timestamp)> {
    Some((Run::Series(number), Timestamp::UNIX_EPOCH.checked_add(NEAR / 2 * place).ok()?))
}

fn in_film(seconds: f64) -> Timestamp {
    let after = SignedDuration::try_from_secs_f64(seconds).unwrap_or_default();
    Timestamp::UNIX_EPOCH.checked_add(after).unwrap_or(Timestamp::MAX)
}

/// All groups. Those with a side have to take it; members of none are left out.
pub fn groups(members: &[Member]) -> Vec<Group> {
    let mut groups = Vec::new();
    let mut chains: Vec<Vec<usize>> = Vec::new();
    for (i, member) in members.iter().enumerate() {
        if member.run.is_none() {
            groups.push(Group { members: vec![i], side: member.before });
            continue;
        }
        match chains.last_mut() {
            // A film is one chain, however far apart its frames are.
            Some(chain) if members[chain[0]].run == member.run && (is_of_film(member) || near(members, i - 1, i)) => {
                chain.push(i);
            }
            _ => chains.push(vec![i]),
        }
    }
    let alone = groups.is_empty() && chains.len() == 1;
    for chain in chains {
        // One that is most of what there is has to be divided.
        let whole = is_of_film(&members[chain[0]]) && !alone && chain.len() * 2 <= members.len();
        let mut befores = chain.iter().filter_map(|i| members[*i].before);
        let side = befores.next();
        if whole && befores.all(|other| Some(other) == side) {
            groups.push(Group { members: chain, side });
        } else if side.is_some() {
            extend(members, &chain, &mut groups);
        } else {
            cut(members, chain, alone, &mut groups);
        }
    }
    together(members, groups)
}

/// Groups with near copies of one another, or with frames of one clip, become one, unless that would be most of what there
/// is. Those that have a side keep it, and take the others with them.
fn together(members: &[Member], mut groups: Vec<Group>) -> Vec<Group> {
    let mut of_one: BTreeMap<(Option<usize>, Option<ClipId>), BTreeSet<usize>> = BTreeMap::new();
    for (g, group) in groups.iter().enumerate() {
        for member in group.members.iter().map(|i| &members[*i]) {
            for key in [(member.kin, None), (None, member.clip)].into_iter().filter(|key| *key != (None, None)) {
                of_one.entry(key).or_default().insert(g);
            }
        }
    }
    let mut sizes: Vec<usize> = groups.iter().map(|group| group.members.len()).collect();
    let mut joined = Joined::new(groups.len());
    for alike in of_one.into_values() {
        let mut free: BTreeSet<usize> = alike.into_iter().map(|g| joined.first(g)).collect();
        // Where they are on both sides already, the measured ones will stay.
        let sides = [Side::Validation, Side::Training];
        let side = sides.into_iter().find(|side| free.iter().any(|g| groups[*g].side == Some(*side)));
        free.retain(|g| groups[*g].side.is_none());
        let size: usize = free.iter().map(|g| sizes[*g]).sum();
        let Some(first) = free.first().copied().filter(|_| size * 2 <= members.len()) else { continue };
        free.iter().for_each(|g| joined.join(first, *g));
        sizes[first] = size;
        groups[first].side = side;
    }
    for g in (0..groups.len()).rev() {
        let first = joined.first(g);
        if first != g {
            let moved = std::mem::take(&mut groups[g].members);
            groups[first].members.extend(moved);
        }
    }
    groups.retain(|group| !group.members.is_empty());
    groups
}

/// Taken within seconds, of one run.
fn near(members: &[Member], a: usize, b: usize) -> bool {
    members[a].run == members[b].run && members[a].time.duration_since(members[b].time).abs() < NEAR
}

fn span(members: &[Member], run: &[usize]) -> SignedDuration {
    match (run.first(), run.last()) {
        (Some(first), Some(last)) => members[*last].time.duration_since(members[*first].time),
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
        let after = members[i].time.duration_since(members[run[0]].time).as_secs_f64();
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
    let mut chain: Vec<usize> =
        (0..members.len()).filter(|i| members[*i].run.is_some() && sides[*i].is_some()).collect();
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

/// What became of near copies that lay on both sides.
pub struct Copies {
    /// Those to learn from, left out: what measures stays.
    pub left_out: usize,
    /// Those that stayed on both, as hardly anything else would be left.
    pub on_both: usize,
}

/// Leaves near copies out of what is learned from where others of their kin are measured on.
pub fn part_kin(members: &[Member], sides: &mut [Option<Side>]) -> Copies {
    let on = |sides: &[Option<Side>], side: Side| (0..members.len()).filter(|i| sides[*i] == Some(side)).collect();
    let (training, validation): (Vec<usize>, Vec<usize>) = (on(sides, Side::Training), on(sides, Side::Validation));
    let measured: BTreeSet<usize> = validation.iter().filter_map(|i| members[*i].kin).collect();
    let is_copy = |i: &&usize| members[**i].kin.is_some_and(|kin| measured.contains(&kin));
    let copies: Vec<usize> = training.iter().filter(is_copy).copied().collect();
    if copies.len() * 2 > training.len() {
        return Copies { left_out: 0, on_both: copies.len() };
    }
    copies.iter().for_each(|i| sides[*i] = None);
    Copies { left_out: copies.len(), on_both: 0 }
}
