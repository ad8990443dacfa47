//! Boxes of tracks become labels, once somebody agrees.

use crate::domain::{BBox, ClipId, FrameId, FrameLabels, Label, LabelOrigin, Phase, Who};
use crate::store::{Batch, LabelWrite, Store, StoreError};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// Overlap from which a box that somebody drew is of the same object.
pub(super) const SAME: f32 = 0.5;

/// A box of a track that somebody accepts.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AcceptedBox {
    pub track: String,
    pub category: String,
    pub bbox: BBox,
    #[serde(default)]
    pub origin: LabelOrigin,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub score: Option<f32>,
}

/// A frame that somebody accepts, with its boxes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AcceptedFrame {
    pub frame: FrameId,
    /// Of the labels that somebody saw beside the boxes.
    pub revision: u64,
    pub boxes: Vec<AcceptedBox>,
}

/// Frames of a clip that somebody accepts.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = AcceptRequest)]
pub struct Accepted {
    #[schema(min_items = 1, max_items = 500)]
    pub frames: Vec<AcceptedFrame>,
    /// Objects that it is about beside those that have a box: what a frame has of them without a box here is taken away.
    #[serde(default)]
    pub tracks: BTreeSet<String>,
}

/// Writes the boxes of the frames that were accepted as their labels, all in one go, durable when it returns. Labels of the
/// tracks that it is about are replaced; all others stay, and where somebody drew the object without saying of which track
/// it is, that label wins over what was carried. A frame that was reviewed, or changed meanwhile, or is none of the clip is left as
/// it is and told. `who` accepts.
pub fn accept(store: &Store, who: &Who, clip: ClipId, accepted: &Accepted) -> Result<Batch, StoreError> {
    let of_boxes = accepted.frames.iter().flat_map(|frame| &frame.boxes).map(|kept| &kept.track);
    let about: BTreeSet<&str> = accepted.tracks.iter().chain(of_boxes).map(String::as_str).collect();
    let mut writes: BTreeMap<FrameId, LabelWrite> = BTreeMap::new();
    let mut failed = Vec::new();
    for frame in &accepted.frames {
        let id = frame.frame;
        let write = match writes.contains_key(&id) {
            true => Err("it is there twice; the first was taken".into()),
            false => write(store, who, clip, frame, &about),
        };
        match write {
            Ok(write) => drop(writes.insert(id, write)),
            Err(why) => failed.push((id, why)),
        }
    }
    let mut batch = store.put_many(who, &writes)?;
    batch.failed.extend(failed);
    Ok(batch)
}

fn write(
    store: &Store,
    who: &Who,
    clip: ClipId,
    accepted: &AcceptedFrame,
    about: &BTreeSet<&str>,
) -> Result<LabelWrite, String> {
    let frame = store.frame(accepted.frame).map_err(|error| error.to_string())?;
    if frame.clip.map(|place| place.id) != Some(clip) {
        return Err(format!("it is no frame of clip {clip}"));
    }
    let before = store.labels(accepted.frame).map_err(|error| error.to_string())?;
    if before.phase > Phase::Labelled {
        return Err("it was reviewed: send it back to be labelled first".into());
    }
    let by = who.token.map(|_| who.name.clone());
    let labels = labels(&before, &accepted.boxes, about, by.as_deref());
    Ok(LabelWrite { revision: accepted.revision, phase: Phase::Labelled, labels, rejected: before.rejected, by })
}

/// The labels of a frame with the boxes in it.
fn labels(before: &FrameLabels, boxes: &[AcceptedBox], about: &BTreeSet<&str>, by: Option<&str>) -> Vec<Label> {
    let is_about = |label: &&Label| label.track.as_deref().is_some_and(|track| about.contains(track));
    let (replaced, own): (Vec<&Label>, Vec<&Label>) = before.labels.iter().partition(is_about);
    let mut labels: Vec<Label> = own.into_iter().cloned().collect();
    let stay = labels.len();
    for kept in boxes {
        let AcceptedBox { track, category, bbox, origin, score } = kept.clone();
        // It says more than a box does: who drew it, and an outline.
        let was = replaced.iter().find(|label| label.track.as_ref() == Some(&track) && label.bbox == Some(bbox));
        if let Some(was) = was.filter(|was| was.category == category && was.origin.is_drawn()) {
            labels.push((*was).clone());
            continue;
        }
        let same = |own: &&mut Label| {
            own.track.is_none() && own.category == category && own.bbox.is_some_and(|own| own.iou(&bbox) >= SAME)
        };
        match labels[..stay].iter_mut().find(same) {
            // It is what was carried from, or drawn anew: now it says of which object it is.
            Some(own) if origin.is_drawn() && (own.bbox == Some(bbox) || own.polygon.is_none()) => {
                own.track = Some(track);
                if own.bbox != Some(bbox) {
                    (own.bbox, own.by, own.origin) = (Some(bbox), by.map(str::to_owned), origin);
                }
            }
            Some(_) => {}
            None => {
                let score = score.filter(|_| !origin.is_drawn());
                let label = Label { origin, track: Some(track), score, ..Label::boxed(category, bbox) };
                labels.push(Label { by: by.map(str::to_owned), ..label });
            }
        }
    }
    labels
}
