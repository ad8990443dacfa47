//! Which labelled frames a model learns from, and which it is measured on.
//!
//! Near copies tell nothing: were one learned from and the other measured on, the metrics would be a lie. So frames of a
//! camera taken within [`NEAR`] of one another never fall on both sides, nor do frames of one clip, nor pictures that look
//! alike ([`Likeness`]) wherever they come from. Frames are gathered into groups: a chain of neighbours in time is one, so is a
//! film or what looks like one by names and pictures ([`series`]), and so is every other frame; groups with near copies of one another become one. A long chain, and a clip that
//! is most of what there is, is cut into blocks; where neighbouring blocks fall on different sides, the frames around the
//! cut are left out.
//!
//! Groups are dealt out by iterative stratification (Sechidis, Tsoumakas, Vlahavas 2011: the rarest category first, each
//! group to the side that still lacks most of it), a frame with no label counting as a category of its own.

mod groups;
mod kin;
mod series;
mod stratify;
mod thin;

pub use groups::{NEAR, VALIDATION_SHARE};

use crate::domain::{Frame, FrameId, FrameLabels, Side};
use crate::picture::Likeness;
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

/// The result: a side per frame that takes part, and what of the others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Split {
    pub sides: BTreeMap<FrameId, Side>,
    /// Left out because they lie between the sides in time.
    pub left_out: usize,
    /// Left out of what is learned from as near copies of what is measured on.
    pub copies: usize,
    /// Learned from though they are near copies of what is measured on: without them hardly any would be left.
    pub on_both: usize,
    /// Left out of what is learned from: labels were carried to them, and they look like the frame of the clip before.
    pub thinned: usize,
}

/// 80/20, stratified by category, by capture group. Deterministic in `seed`, whatever the order of `frames`.
///
/// A frame in `before` keeps its side (or is left out, where two frames of `before` already break the rules: then the
/// measured one stays). Both sides get a frame where there are two groups and `before` allows it; a single chain is
/// divided if its ends lie [`NEAR`] or more apart. `likenesses`: of frames that have none here it is not known what they are like.
pub fn split(
    frames: &[(Frame, FrameLabels)],
    before: &BTreeMap<FrameId, Side>,
    seed: u64,
    likenesses: &HashMap<FrameId, Arc<Likeness>>,
) -> Split {
    let members = groups::members(frames, before, likenesses);
    let mut groups = groups::groups(&members);
    stratify::assign(&mut groups, &members, seed);
    let mut sides: Vec<Option<Side>> = vec![None; members.len()];
    for group in &groups {
        for &member in &group.members {
            sides[member] = members[member].before.or(group.side);
        }
    }
    groups::part(&members, &mut sides);
    let left_out = sides.iter().filter(|side| side.is_none()).count();
    let groups::Copies { left_out: copies, on_both } = groups::part_kin(&members, &mut sides);
    let mut sides = members.iter().zip(sides).filter_map(|(m, side)| Some((m.id, side?))).collect();
    let thinned = thin::thin(frames, likenesses, &mut sides);
    Split { sides, left_out, copies, on_both, thinned }
}

#[cfg(test)]
mod tests;
