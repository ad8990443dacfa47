//! The keys of the index: one flat key space, one letter a kind, so that one batch changes everything at once.
//!
//! | key | value |
//! | --- | --- |
//! | `f` frame | [`FrameEntry`], JSON |
//! | `x` frame | [`FrameEntry`] of a deleted frame: it is in no list but that of its segment |
//! | `p` phase, frame | nothing: frames by phase |
//! | `c` category, phase, frame | nothing: frames by category (and phase) |
//! | `s` segment, frame | nothing: frames by segment |
//! | `w` frame | nothing: frames whose labels are a draft |
//! | `l` clip, microseconds, frame | nothing: frames by clip, in the order of their time in it |
//! | `d` frame | the frame's side, one byte |
//! | `k` category | [`Category`](crate::domain::Category), JSON |
//! | `e` category | its [`Example`](crate::domain::Example)s, JSON |
//! | `n` name | a former name: the number of the category that bore it last, JSON |
//! | `g` category | of one that was merged: the number of what it was merged into, JSON |
//! | `t`, `tc` category, `ts` segment | [`Counts`](super::counts::Counts): how many there are, JSON |
//! | `m` name | marks: how far segments and journal are known to be in the index |

use crate::domain::{CameraId, ClipId, ClipPlace, FrameId, FrameSource, KeptFor, Phase, Pooled, Side, Stamp};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Where a frame's record lies in the segments.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(in crate::store) struct Location {
    #[serde(rename = "s")]
    pub segment: u32,
    #[serde(rename = "o")]
    pub offset: u64,
    /// Bytes of the whole record.
    #[serde(rename = "n")]
    pub total: u64,
}

impl Location {
    pub fn end(&self) -> u64 {
        self.offset + self.total
    }
}

/// Where a frame's labels lie in the journal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::store) struct Pointer {
    #[serde(rename = "o")]
    pub offset: u64,
    /// Bytes of the whole record.
    #[serde(rename = "n")]
    pub total: u64,
}

/// What the index holds of a frame. A few hundred bytes: sled values must stay under 4 KB.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(in crate::store) struct FrameEntry {
    #[serde(flatten)]
    pub meta: FrameMeta,
    #[serde(rename = "b")]
    pub bytes: u64,
    #[serde(rename = "at")]
    pub location: Location,
    #[serde(rename = "p", default)]
    pub phase: Phase,
    #[serde(rename = "r", default)]
    pub revision: u64,
    #[serde(rename = "l", default, skip_serializing_if = "Option::is_none")]
    pub labels: Option<Pointer>,
    /// Unlabelled, with somebody's work in it all the same.
    #[serde(rename = "d", default, skip_serializing_if = "std::ops::Not::not")]
    pub draft: bool,
}

impl FrameEntry {
    /// Whether somebody's work is in it, so that retention keeps it.
    pub fn has_work(&self) -> bool {
        self.phase > Phase::Unlabelled || self.draft
    }
}

/// The metadata of a frame's record in a segment: with it the index can be rebuilt from segments alone.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(in crate::store) struct FrameMeta {
    #[serde(rename = "t")]
    pub taken: Timestamp,
    /// By which that is mended, where the clock was not believed.
    #[serde(rename = "since", default, skip_serializing_if = "Option::is_none")]
    pub stamp: Option<Stamp>,
    #[serde(rename = "w")]
    pub width: u32,
    #[serde(rename = "h")]
    pub height: u32,
    #[serde(rename = "src")]
    pub source: FrameSource,
    #[serde(rename = "cam", default, skip_serializing_if = "Option::is_none")]
    pub camera: Option<CameraId>,
    #[serde(rename = "name", default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    #[serde(rename = "clip", default, skip_serializing_if = "Option::is_none")]
    pub clip: Option<ClipPlace>,
    #[serde(rename = "kept", default, skip_serializing_if = "Option::is_none")]
    pub kept: Option<KeptFor>,
    #[serde(rename = "pool", default, skip_serializing_if = "Option::is_none")]
    pub pooled: Option<Box<Pooled>>,
}

pub(in crate::store) const FRAMES: &[u8] = b"f";
pub(in crate::store) const DELETED: &[u8] = b"x";
pub(in crate::store) const SEGMENTS: &[u8] = b"s";
pub(in crate::store) const SIDES: &[u8] = b"d";
pub(in crate::store) const DRAFTS: &[u8] = b"w";
pub(in crate::store) const CLIPS: &[u8] = b"l";
pub(in crate::store) const EXAMPLES: &[u8] = b"e";
pub(in crate::store) const FORMER: &[u8] = b"n";
pub(in crate::store) const MERGED: &[u8] = b"g";
pub(in crate::store) const CATEGORIES: &[u8] = b"k";
/// Lists by category.
pub(in crate::store) const LISTS: &[u8] = b"c";
/// Prefix of all counts, and the key of the totals.
pub(in crate::store) const TOTALS: &[u8] = b"t";
pub(in crate::store) const CATEGORY_COUNT: &[u8] = b"tc";
pub(in crate::store) const SEGMENT_COUNT: &[u8] = b"ts";

fn joined<const N: usize>(parts: [&[u8]; N]) -> Vec<u8> {
    parts.concat()
}

pub(in crate::store) fn frame(id: FrameId) -> Vec<u8> {
    joined([FRAMES, id.0.as_bytes()])
}

pub(in crate::store) fn deleted(id: FrameId) -> Vec<u8> {
    joined([DELETED, id.0.as_bytes()])
}

pub(in crate::store) fn side(id: FrameId) -> Vec<u8> {
    joined([SIDES, id.0.as_bytes()])
}

pub(in crate::store) fn draft(id: FrameId) -> Vec<u8> {
    joined([DRAFTS, id.0.as_bytes()])
}

pub(in crate::store) fn category(number: u32) -> Vec<u8> {
    joined([CATEGORIES, &number.to_be_bytes()])
}

pub(in crate::store) fn examples(number: u32) -> Vec<u8> {
    joined([EXAMPLES, &number.to_be_bytes()])
}

pub(in crate::store) fn former(name: &str) -> Vec<u8> {
    joined([FORMER, name.as_bytes()])
}

pub(in crate::store) fn merged(number: u32) -> Vec<u8> {
    joined([MERGED, &number.to_be_bytes()])
}

/// Prefix of the frames of a clip; followed by their place and themselves.
pub(in crate::store) fn clip(id: ClipId) -> Vec<u8> {
    joined([CLIPS, id.0.as_bytes()])
}

/// A frame in the list of its clip.
pub(in crate::store) fn in_clip(place: ClipPlace, id: FrameId) -> Vec<u8> {
    in_clip_at(place.id, micros(place.at), id)
}

/// The same, so many microseconds from the clip's start.
pub(in crate::store) fn in_clip_at(clip: ClipId, micros: u64, id: FrameId) -> Vec<u8> {
    joined([CLIPS, clip.0.as_bytes(), &micros.to_be_bytes(), id.0.as_bytes()])
}

/// Time in a clip, as it sorts.
pub(in crate::store) fn micros(seconds: f64) -> u64 {
    (seconds * 1e6) as u64
}

/// Clip, microseconds and frame of an `l` key.
pub(in crate::store) fn clip_of(key: &[u8]) -> Option<(ClipId, u64, FrameId)> {
    let clip = Uuid::from_slice(key.get(1..17)?).ok()?;
    let micros = u64::from_be_bytes(key.get(17..25)?.try_into().ok()?);
    Some((ClipId(clip), micros, frame_of(key)?))
}

/// Prefix of the frames of a phase; followed by the frame.
pub(in crate::store) fn phase(phase: Phase) -> Vec<u8> {
    vec![b'p', phase as u8]
}

/// Prefix of all frames of a category, whatever their phase.
pub(in crate::store) fn of_category(number: u32) -> Vec<u8> {
    joined([LISTS, &number.to_be_bytes()])
}

/// Prefix of the frames of a category and phase; followed by the frame.
pub(in crate::store) fn category_phase(number: u32, phase: Phase) -> Vec<u8> {
    joined([LISTS, &number.to_be_bytes(), &[phase as u8]])
}

/// Prefix of the frames of a segment; followed by the frame.
pub(in crate::store) fn segment(number: u32) -> Vec<u8> {
    joined([SEGMENTS, &number.to_be_bytes()])
}

pub(in crate::store) fn mark(name: &str) -> Vec<u8> {
    joined([b"m", name.as_bytes()])
}

/// The count of a category or segment.
pub(in crate::store) fn numbered(kind: &[u8], number: u32) -> Vec<u8> {
    joined([kind, &number.to_be_bytes()])
}

/// The number that a key ends with.
pub(in crate::store) fn number_at_end(key: &[u8]) -> Option<u32> {
    key.last_chunk().copied().map(u32::from_be_bytes)
}

/// `prefix` followed by a frame.
pub(in crate::store) fn with(mut prefix: Vec<u8>, id: FrameId) -> Vec<u8> {
    prefix.extend_from_slice(id.0.as_bytes());
    prefix
}

/// The frame at the end of a key.
pub(in crate::store) fn frame_of(key: &[u8]) -> Option<FrameId> {
    let at = key.len().checked_sub(16)?;
    Uuid::from_slice(&key[at..]).ok().map(FrameId)
}

/// The segment of an `s` key.
pub(in crate::store) fn segment_of(key: &[u8]) -> Option<u32> {
    key.get(1..5)?.try_into().ok().map(u32::from_be_bytes)
}

/// The category of a `c` key.
pub(in crate::store) fn category_of(key: &[u8]) -> Option<u32> {
    let number = key.strip_prefix(LISTS)?.first_chunk()?;
    Some(u32::from_be_bytes(*number))
}

pub(in crate::store) fn side_byte(side: Side) -> u8 {
    match side {
        Side::Training => 0,
        Side::Validation => 1,
    }
}

pub(in crate::store) fn side_of(byte: u8) -> Side {
    if byte == 0 { Side::Training } else { Side::Validation }
}

/// All phases, first to last.
pub(in crate::store) const PHASES: [Phase; 4] = [Phase::Unlabelled, Phase::Labelled, Phase::Reviewed, Phase::Final];
