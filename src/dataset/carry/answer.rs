//! What comes of carrying, by frame and by object.

use super::asked::ClipTrack;
use crate::domain::{BBox, ClipId, Frame, FrameId, LabelOrigin, Phase};
use crate::tracks::{Course, Track, Why};
use serde::{Deserialize, Serialize};

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
    /// Frames whose picture could not be used; boxes there were found without it.
    pub unseen: Vec<Unseen>,
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
    pub track: String,
    pub why: Why,
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
    pub(super) fn of(
        clip: ClipId,
        frames: &[Frame],
        tracks: Vec<Track>,
        courses: Vec<Course>,
        unseen: Vec<Unseen>,
    ) -> Self {
        let boxes = |number: usize| {
            let of = tracks.iter().zip(&courses).filter_map(|(track, course)| {
                let carried = course.boxes.get(number).copied().flatten()?;
                let crate::tracks::Carried { bbox, score, origin, sure } = carried;
                let (track, category) = (track.name.clone(), track.category.clone());
                Some(CarriedBox { track, category, bbox, origin, score, sure })
            });
            of.collect()
        };
        let carried = frames.iter().enumerate().map(|(number, frame)| CarriedFrame {
            frame: frame.id,
            at: frame.clip.map_or(0.0, |place| place.at),
            revision: frame.revision,
            phase: frame.phase,
            boxes: boxes(number),
        });
        let carried = carried.collect();
        let next = next(frames, &tracks, &courses);
        let tracks = tracks.into_iter().zip(courses).map(|(track, course)| CarriedTrack {
            track: ClipTrack {
                track: track.name,
                category: track.category,
                marks: track.marks.into_iter().map(|(number, mark)| (frames[number].id, mark)).collect(),
            },
            asks: course.asks.iter().map(|ask| TrackAsk { frame: frames[ask.picture].id, why: ask.why }).collect(),
        });
        Self { clip, frames: carried, tracks: tracks.collect(), next, unseen }
    }
}

/// Where boxes are missing before where they are in doubt; the first of them in time.
fn next(frames: &[Frame], tracks: &[Track], courses: &[Course]) -> Option<Look> {
    let asks = tracks.iter().zip(courses).flat_map(|(track, course)| course.asks.iter().map(move |ask| (track, ask)));
    let (track, ask) = asks.min_by_key(|(_, ask)| (ask.why == Why::Doubtful, ask.picture))?;
    Some(Look { frame: frames[ask.picture].id, track: track.name.clone(), why: ask.why })
}
