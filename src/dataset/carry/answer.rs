//! What comes of carrying, by frame and by object.

use super::asked::ClipTrack;
use crate::domain::{BBox, ClipId, Frame, FrameId, GoneOrBack, LabelOrigin, Phase, TrackMark};
use crate::tracks::{Ask, Course, Mark, Track, Why};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::ops::Range;

/// What came of carrying labels along a clip. Nothing of it is stored.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[schema(as = CarriedClip)]
pub struct Answer {
    pub clip: ClipId,
    /// In the order of time.
    pub frames: Vec<CarriedFrame>,
    pub tracks: Vec<CarriedTrack>,
    /// Where somebody should look first; null where all is sure.
    pub next: Option<Look>,
    /// Frames whose picture could not be used: nothing is known there, and they have no boxes but those that were drawn.
    pub unseen: Vec<Unseen>,
    /// Labels of the clip that could not be carried, and why.
    pub notes: Vec<String>,
}

/// A frame with the boxes in it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct CarriedFrame {
    pub frame: FrameId,
    /// Seconds from the clip's start.
    pub at: f64,
    /// Of its labels, as they were looked at.
    pub revision: u64,
    pub phase: Phase,
    pub boxes: Vec<CarriedBox>,
    /// Objects of which somebody said that they go or come with it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub marks: Vec<TrackMark>,
    /// Objects of which nobody knows whether they are in it: from where one is asked for to where something is said of it, or
    /// the clip ends. Such a frame can't be accepted.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub unknown: BTreeSet<String>,
}

/// An object in a frame.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct CarriedBox {
    pub track: String,
    pub category: String,
    /// What of it can be seen.
    pub bbox: BBox,
    /// `drawn` where it was, `interpolated` between two drawn ones, else `carried`.
    pub origin: LabelOrigin,
    /// How likely it is right, 0 to 1.
    pub score: f32,
    /// False where somebody should look.
    pub sure: bool,
}

/// An object, and where it should be drawn next.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct CarriedTrack {
    #[serde(flatten)]
    pub track: ClipTrack,
    /// In the order of time.
    pub asks: Vec<TrackAsk>,
}

/// A frame in which an object should be drawn.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct TrackAsk {
    pub frame: FrameId,
    pub why: Why,
}

/// A frame to look at, and at which object there.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[schema(as = NextAsk)]
pub struct Look {
    pub frame: FrameId,
    /// Absent where it is about no object that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub track: Option<String>,
    pub why: Reason,
}

/// Why somebody should look at a frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(untagged)]
#[schema(as = NextReason)]
pub enum Reason {
    Track(Why),
    Clip(ClipWhy),
}

/// Why somebody should look at a frame, whatever is in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ClipWhy {
    /// Nothing was drawn yet: there is nothing to carry.
    Undrawn,
    /// Its picture could not be used, and nobody labelled it.
    NoPicture,
}

/// A frame whose picture could not be used.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[schema(as = UnseenFrame)]
pub struct Unseen {
    pub frame: FrameId,
    /// Why.
    pub detail: String,
}

impl Answer {
    /// Of a `part` of the frames, by whose numbers tracks and courses count.
    pub(super) fn of(
        clip: ClipId,
        (frames, part): (&[Frame], &Range<usize>),
        tracks: Vec<Track>,
        courses: Vec<Course>,
        mut unseen: Vec<Unseen>,
        notes: Vec<String>,
    ) -> Self {
        let own: BTreeSet<FrameId> = frames[part.clone()].iter().map(|frame| frame.id).collect();
        unseen.retain(|unseen| own.contains(&unseen.frame));
        let blind: BTreeSet<FrameId> = unseen.iter().map(|unseen| unseen.frame).collect();
        let boxes = |number: usize| {
            let of = tracks.iter().zip(&courses).filter_map(|(track, course)| {
                let carried = course.boxes.get(number).copied().flatten()?;
                let crate::tracks::Carried { bbox, score, origin, sure } = carried;
                if blind.contains(&frames[number].id) && !origin.is_drawn() {
                    return None;
                }
                let (track, category) = (track.name.clone(), track.category.clone());
                Some(CarriedBox { track, category, bbox, origin, score, sure })
            });
            of.collect()
        };
        let unknown = |number: usize| {
            let of = tracks.iter().zip(&courses).filter(|(_, course)| course.unknown[number]);
            of.map(|(track, _)| track.name.clone()).collect()
        };
        let carried = part.clone().map(|number| CarriedFrame {
            frame: frames[number].id,
            at: frames[number].clip.map_or(0.0, |place| place.at),
            revision: frames[number].revision,
            phase: frames[number].phase,
            boxes: boxes(number),
            marks: marks(&tracks, number),
            unknown: unknown(number),
        });
        let carried = carried.collect();
        let asks: Vec<Vec<Ask>> = courses.iter().map(|course| asks(course, part)).collect();
        let next = next(&frames[part.clone()], part.start, &tracks, &asks, &blind);
        let told = tracks.into_iter().zip(asks).map(|(track, asks)| CarriedTrack {
            track: ClipTrack {
                track: track.name,
                category: track.category,
                marks: track.marks.range(part.clone()).map(|(number, mark)| (frames[*number].id, *mark)).collect(),
            },
            asks: asks.iter().map(|ask| TrackAsk { frame: frames[ask.picture].id, why: ask.why }).collect(),
        });
        Self { clip, frames: carried, tracks: told.collect(), next, unseen, notes }
    }
}

/// Objects of which it was said that they go or come with this frame.
fn marks(tracks: &[Track], number: usize) -> Vec<TrackMark> {
    let of = tracks.iter().filter_map(|track| {
        let mark = match track.marks.get(&number)? {
            Mark::Box(_) => return None,
            Mark::Gone => GoneOrBack::Gone,
            Mark::Back => GoneOrBack::Back,
        };
        Some(TrackMark { track: track.name.clone(), mark })
    });
    of.collect()
}

/// What is asked of an object in the part. Where it is unsure there, or nobody knows of it, and that is asked outside, it is asked
/// in the first such frame.
fn asks(course: &Course, part: &Range<usize>) -> Vec<Ask> {
    let own: Vec<Ask> = course.asks.iter().filter(|ask| part.contains(&ask.picture)).copied().collect();
    if !own.is_empty() {
        return own;
    }
    let unsure = |n: &usize| course.unknown[*n] || course.boxes[*n].is_some_and(|carried| !carried.sure);
    let Some(first) = part.clone().find(unsure) else { return own };
    let why = if course.unknown[first] { Why::Lost } else { Why::Doubtful };
    vec![Ask { picture: first, why }]
}

/// Where boxes are missing before where they are in doubt, the first of them in time; then what could not be looked at. Asks count
/// `from` the first of the frames.
fn next(frames: &[Frame], from: usize, tracks: &[Track], asks: &[Vec<Ask>], blind: &BTreeSet<FrameId>) -> Option<Look> {
    let clip = |frame: FrameId, why| Look { frame, track: None, why: Reason::Clip(why) };
    let drawn = |track: &Track| track.marks.values().any(|mark| matches!(mark, Mark::Box(_)));
    if !tracks.iter().any(drawn) {
        let first = frames.iter().find(|frame| !blind.contains(&frame.id)).or(frames.first())?;
        return Some(clip(first.id, ClipWhy::Undrawn));
    }
    let asks = tracks.iter().zip(asks).flat_map(|(track, asks)| asks.iter().map(move |ask| (track, ask)));
    let asked = asks.min_by_key(|(_, ask)| (ask.why == Why::Doubtful, ask.picture)).map(|(track, ask)| Look {
        frame: frames[ask.picture - from].id,
        track: Some(track.name.clone()),
        why: Reason::Track(ask.why),
    });
    asked.or_else(|| {
        let dark = |frame: &&Frame| frame.phase == Phase::Unlabelled && blind.contains(&frame.id);
        frames.iter().find(dark).map(|frame| clip(frame.id, ClipWhy::NoPicture))
    })
}
