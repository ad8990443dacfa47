//! Which labelled frames a model learns from, and which it is measured on.
//!
//! Neighbours in time from a fixed camera are near copies: were one learned from and the other measured on, the metrics
//! would be a lie. So frames of a continuous source taken within [`NEAR`] of one another never fall on both sides.
//! Frames are gathered into groups: a chain of such neighbours is one, and so is every frame of another source. A long
//! chain is cut into blocks; where neighbouring blocks fall on different sides, the frames around the cut are left out.
//!
//! Groups are dealt out by iterative stratification (Sechidis, Tsoumakas, Vlahavas 2011: the rarest category first, each
//! group to the side that still lacks most of it), a frame with no label counting as a category of its own.

mod groups;
mod stratify;

pub use groups::{NEAR, VALIDATION_SHARE};

use crate::domain::{Frame, FrameId, FrameLabels, Side};
use std::collections::BTreeMap;

/// The result: a side per frame that takes part, and how many were left out because they lie between the sides in time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Split {
    pub sides: BTreeMap<FrameId, Side>,
    pub left_out: usize,
}

/// 80/20, stratified by category, by capture group. Deterministic in `seed`, whatever the order of `frames`.
///
/// A frame in `before` keeps its side (or is left out, where two frames of `before` already break the rule on
/// neighbours: then the measured one stays). Both sides get a frame where there are two groups and `before` allows it;
/// a single chain is divided if its ends lie [`NEAR`] or more apart.
pub fn split(frames: &[(Frame, FrameLabels)], before: &BTreeMap<FrameId, Side>, seed: u64) -> Split {
    let members = groups::members(frames, before);
    let mut groups = groups::groups(&members);
    stratify::assign(&mut groups, &members, seed);
    let mut sides: Vec<Option<Side>> = vec![None; members.len()];
    for group in &groups {
        for &member in &group.members {
            sides[member] = members[member].before.or(group.side);
        }
    }
    groups::part(&members, &mut sides);
    let sides: BTreeMap<FrameId, Side> =
        members.iter().zip(sides).filter_map(|(m, side)| Some((m.id, side?))).collect();
    Split { left_out: members.len() - sides.len(), sides }
}

#[cfg(test)]
mod tests;
