//! stub
use crate::domain::{Frame, FrameId, FrameLabels, Side};
use std::collections::BTreeMap;
/// The result: a side per frame that takes part, and how many were left out because they lie between the sides in time.
pub struct Split {
    pub sides: BTreeMap<FrameId, Side>,
    pub left_out: usize,
}
/// 80/20, stratified by category, sticky (`before`), by capture group. Deterministic in `seed`.
pub fn split(_frames: &[(Frame, FrameLabels)], _before: &BTreeMap<FrameId, Side>, _seed: u64) -> Split {
    todo!()
}
