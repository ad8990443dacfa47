//! Labels carried along a run of frames of the store, and accepted there.

use crate::domain::{BBox, Frame, FrameId, Label, LabelOrigin, Phase, Prediction};
use crate::picture::{self, Bounds};
use crate::store::{LabelWrite, Store, StoreError};
use crate::tracks::{self, Carried, Course, Film, Track, TrackError};
use serde::{Deserialize, Serialize};

/// Overlap from which a box that somebody drew is of the same object.
const SAME: f32 = 0.5;

/// Why nothing was carried.
#[derive(Debug, thiserror::Error)]
pub enum CarryError {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Track(#[from] TrackError),
    #[error("there are no frames to carry labels along")]
    Empty,
}

/// What came of carrying.
#[derive(Clone, Debug, PartialEq)]
pub struct Answer {
    /// In the order of the tracks; pictures are numbered as the frames.
    pub courses: Vec<Course>,
    /// Revision of the labels of each frame at that time.
    pub revisions: Vec<u64>,
    /// Frames whose picture could not be used, and why; boxes there were found without it.
    pub unseen: Vec<(FrameId, String)>,
}

/// Carries what was said of each track along these frames, which are in the order in which they were taken. Reads the store,
/// and writes nothing. `detections`: what a model sees in a frame.
pub fn carry(
    store: &Store,
    frames: &[FrameId],
    tracks: &[Track],
    detections: &dyn Fn(FrameId) -> Vec<Prediction>,
) -> Result<Answer, CarryError> {
    let known: Vec<Frame> = frames.iter().map(|id| store.frame(*id)).collect::<Result<_, _>>()?;
    let first = known.first().ok_or(CarryError::Empty)?;
    let times: Vec<f64> = known.iter().map(|frame| frame.taken.duration_since(first.taken).as_secs_f64()).collect();
    let size = (first.width, first.height);
    let mut unseen: Vec<(FrameId, String)> = Vec::new();
    let mut read = |at: usize| {
        let read = (|| {
            let frame = &known[at];
            if (frame.width, frame.height) != size {
                let (w, h) = size;
                return Err(format!("it has {} × {} pixels, and the first {w} × {h}", frame.width, frame.height));
            }
            let jpeg = store.jpeg(frame.id).map_err(|error| error.to_string())?;
            picture::decode(&jpeg, Bounds::default()).map_err(|error| error.to_string())
        })();
        match read {
            Ok(picture) => Some(picture),
            Err(why) => {
                // Each is asked for twice.
                if unseen.iter().all(|(id, _)| *id != frames[at]) {
                    unseen.push((frames[at], why));
                }
                None
            }
        }
    };
    let film = Film { size, times: &times, picture: &mut read, detections: &|at| detections(frames[at]) };
    let courses = tracks::carry(film, tracks)?;
    Ok(Answer { courses, revisions: known.iter().map(|frame| frame.revision).collect(), unseen })
}

/// A box of a track that somebody accepts.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Kept {
    pub track: String,
    pub category: String,
    pub bbox: BBox,
    #[serde(default)]
    pub origin: LabelOrigin,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub score: Option<f32>,
}

impl Kept {
    pub fn of(track: &Track, carried: &Carried) -> Self {
        let Carried { bbox, score, origin, .. } = *carried;
        let score = (!origin.is_drawn()).then_some(score);
        Self { track: track.name.clone(), category: track.category.clone(), bbox, origin, score }
    }
}

/// A frame that somebody accepts, with its boxes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Accepted {
    pub frame: FrameId,
    /// Of the labels that somebody saw beside the boxes.
    pub revision: u64,
    pub boxes: Vec<Kept>,
}

/// What was accepted.
#[derive(Clone, Debug, Default)]
pub struct Acceptance {
    pub done: Vec<FrameId>,
    /// Each with why, in words; nothing of it was changed.
    pub failed: Vec<(FrameId, String)>,
}

/// Writes the boxes of the frames that were accepted as their labels, each frame durable by itself. What somebody drew
/// there, or agreed to, stays and wins over what was carried; what was carried there before is taken away. A frame that
/// was reviewed, or changed meanwhile, is left as it is and told. `by`: who accepts.
pub fn accept(store: &Store, frames: &[Accepted], by: Option<&str>) -> Acceptance {
    let mut acceptance = Acceptance::default();
    for accepted in frames {
        match accept_one(store, accepted, by) {
            Ok(()) => acceptance.done.push(accepted.frame),
            Err(why) => acceptance.failed.push((accepted.frame, why)),
        }
    }
    acceptance
}

fn accept_one(store: &Store, accepted: &Accepted, by: Option<&str>) -> Result<(), String> {
    let before = store.labels(accepted.frame).map_err(|error| error.to_string())?;
    if before.phase > Phase::Labelled {
        return Err("it was reviewed: send it back to be labelled first".into());
    }
    let carried = |label: &Label| matches!(label.origin, LabelOrigin::Carried | LabelOrigin::Interpolated);
    let own: Vec<&Label> = before.labels.iter().filter(|label| !carried(label)).collect();
    let mut labels: Vec<Label> = own.iter().map(|label| (*label).clone()).collect();
    for kept in &accepted.boxes {
        let Kept { track, category, bbox, origin, score } = kept.clone();
        let same = |label: &&&Label| {
            label.track.as_ref() == Some(&track)
                || label.category == category && label.bbox.is_some_and(|own| own.iou(&bbox) >= SAME)
        };
        if own.iter().find(same).is_none() {
            labels.push(Label { origin, track: Some(track), score, ..Label::boxed(category, bbox) });
        }
    }
    if let Some(by) = by {
        labels.iter_mut().for_each(|label| label.sign(&before.labels, by));
    }
    let write = LabelWrite {
        revision: accepted.revision,
        phase: Phase::Labelled,
        labels,
        rejected: before.rejected,
        by: by.map(str::to_owned),
    };
    store.put_labels(accepted.frame, write).map(drop).map_err(|error| error.to_string())
}
