//! Boxes of tracks become labels, once somebody agrees.

use super::{names, sizes};
use crate::domain::{BBox, ClipId, Frame, FrameId, FrameLabels, Label, LabelOrigin, Phase, TrackMark, Who};
use crate::store::{Batch, LabelWrite, Store, StoreError};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// Overlap from which a box that somebody drew is of the same object.
pub(super) const SAME: f32 = 0.5;
/// Pixels by which a side of a box may be elsewhere in a box that is the same.
const NEAR: f32 = 0.5;

/// A box of a track that somebody accepts.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AcceptedBox {
    pub track: String,
    pub category: String,
    pub bbox: BBox,
    #[serde(default, deserialize_with = "LabelOrigin::or_drawn")]
    pub origin: LabelOrigin,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub score: Option<f32>,
    /// As it was answered; nothing follows from it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sure: Option<bool>,
}

/// A frame that somebody accepts, with its boxes: also whole, as it was answered when they were carried.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AcceptedFrame {
    pub frame: FrameId,
    /// Of the labels that somebody saw beside the boxes.
    pub revision: u64,
    pub boxes: Vec<AcceptedBox>,
    /// Those of the objects that go or come with it; absent, what is known of that stays.
    #[serde(default)]
    pub marks: Option<Vec<TrackMark>>,
    /// Objects of which nobody knows whether they are in it, as it was answered: with any, only what was said can be kept.
    #[serde(default)]
    pub unknown: BTreeSet<String>,
    /// `unlabelled`: what was said of the objects is kept, and the frame stays in the phase that it is in.
    #[serde(default = "labelled")]
    #[schema(default = "labelled")]
    pub phase: Phase,
    /// Where in the clip it lies, as it was answered: then `phase` is the one that it was in, and it becomes `labelled`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<f64>,
}

impl AcceptedFrame {
    /// The phase that it is to be in, at least.
    pub fn wanted(&self) -> Phase {
        if self.at.is_some() { Phase::Labelled } else { self.phase }
    }
}

fn labelled() -> Phase {
    Phase::Labelled
}

/// Frames of a clip that somebody accepts.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = AcceptRequest)]
pub struct Accepted {
    /// May be empty where something is to be forgotten.
    #[schema(max_items = 500)]
    pub frames: Vec<AcceptedFrame>,
    /// Objects that it is about beside those that have a box: what a frame has of them without a box here is taken away.
    #[serde(default)]
    pub tracks: BTreeSet<String>,
    /// Objects among them that are new: nothing is written where the clip has another of one of these names by now (409).
    #[serde(default)]
    pub new: BTreeSet<String>,
    /// Objects of which nothing stays in any frame of the clip, but in those that were reviewed.
    #[serde(default)]
    pub forget: BTreeSet<String>,
}

/// Writes the boxes of the frames that were accepted as their labels, all in one go, durable when it returns. Labels of the
/// tracks that it is about are replaced, but for those that are the same, and what is said of where these go or come with it; all others stay, and where somebody drew the object
/// without saying of which track it is, that label wins over what was carried. A draft is replaced, but one with more in it
/// than the boxes is left to be finished. A frame that was reviewed, or changed meanwhile, or is none of the clip, or whose
/// picture is not of the clip's size, is left as it is and told; so is one to be labelled of which nobody knows whether an object is
/// in it. `who` accepts. Error: there is no such clip, a frame is there
/// twice or in no phase for it, it is about no object, or a new one has the name of another.
pub fn accept(store: &Store, who: &Who, clip: ClipId, accepted: &Accepted) -> Result<Batch, StoreError> {
    store.clip(clip)?;
    let of_boxes = accepted.frames.iter().flat_map(|frame| &frame.boxes).map(|kept| &kept.track);
    let of_marks = accepted.frames.iter().flat_map(|frame| frame.marks.iter().flatten()).map(|kept| &kept.track);
    let said = accepted.tracks.iter().chain(&accepted.forget);
    let about: BTreeSet<&str> = said.chain(of_boxes).chain(of_marks).map(String::as_str).collect();
    if about.is_empty() {
        let text = "no object is said that it is about: give boxes, or in `tracks` the objects that can't be seen";
        return Err(StoreError::Invalid(text.into()));
    }
    let mut ids = BTreeSet::new();
    if let Some(twice) = accepted.frames.iter().find(|frame| !ids.insert(frame.frame)) {
        return Err(StoreError::Invalid(format!("frame {} is there twice in `frames`", twice.frame)));
    }
    if let Some(beyond) = accepted.frames.iter().find(|frame| frame.wanted() > Phase::Labelled) {
        let text =
            "its phase can be `labelled`, or `unlabelled` to keep what was said: what was carried is reviewed apart";
        return Err(StoreError::Invalid(format!("frame {}: {text}", beyond.frame)));
    }
    let frames = sizes::frames(store, clip)?;
    if let Some(name) = names::known(store, &frames, &accepted.new)?.first() {
        let text = format!("the clip has another object `{name}` by now: give the new one another name");
        return Err(StoreError::Conflict(text));
    }
    let usual = sizes::usual(&frames);
    let mut writes: BTreeMap<FrameId, LabelWrite> = BTreeMap::new();
    let mut failed = Vec::new();
    for frame in &accepted.frames {
        match write(store, who, (clip, usual), frame, &about) {
            Ok(write) => drop(writes.insert(frame.frame, write)),
            Err(why) => failed.push((frame.frame, why)),
        }
    }
    if !accepted.forget.is_empty() {
        let others = frames.iter().filter(|frame| frame.revision > 0 && !ids.contains(&frame.id));
        forget(store, others, &accepted.forget, &mut writes, &mut failed)?;
    }
    let mut batch = store.put_many(who, &writes)?;
    batch.failed.extend(failed);
    Ok(batch)
}

fn write(
    store: &Store,
    who: &Who,
    (clip, usual): (ClipId, (u32, u32)),
    accepted: &AcceptedFrame,
    about: &BTreeSet<&str>,
) -> Result<LabelWrite, String> {
    let frame = store.frame(accepted.frame).map_err(|error| error.to_string())?;
    if frame.clip.map(|place| place.id) != Some(clip) {
        return Err(format!("it is no frame of clip {clip}"));
    }
    if let Some(why) = sizes::odd(&frame, usual) {
        return Err(format!("{why}: label it alone"));
    }
    let mut before = store.labels(accepted.frame).map_err(|error| error.to_string())?;
    if before.phase > Phase::Labelled {
        return Err("it was reviewed: send it back to be labelled first".into());
    }
    if let Some(unknown) = accepted.unknown.first().filter(|_| accepted.wanted() > Phase::Unlabelled) {
        return Err(format!("nobody knows whether `{unknown}` is in it: answer what is asked before"));
    }
    let phase = accepted.wanted().max(before.phase);
    if before.phase < phase {
        // A draft is no label yet, and must not become one unseen; but what is about to be replaced.
        before.labels.retain(|draft| !accepted.boxes.iter().any(|kept| kept.shows(draft)) || is_about(draft, about));
        match before.labels.iter().filter(|draft| !is_about(draft, about)).count() {
            0 => {}
            1 => return Err("it has a draft with a label that is not among the boxes: finish it first".into()),
            more => {
                return Err(format!("it has a draft with {more} labels that are not among the boxes: finish it first"));
            }
        }
    }
    let by = who.token.map(|_| who.name.clone());
    let labels = labels(&before, &accepted.boxes, about, by.as_deref());
    let others = |said: &Vec<TrackMark>| {
        let others = before.marks.iter().filter(|mark| !about.contains(mark.track.as_str()));
        others.chain(said).cloned().collect()
    };
    let marks = accepted.marks.as_ref().map(others);
    Ok(LabelWrite { revision: accepted.revision, phase, labels, rejected: before.rejected, marks, by })
}

/// Takes objects out of frames, whatever was said of them there.
fn forget<'a>(
    store: &Store,
    frames: impl Iterator<Item = &'a Frame>,
    objects: &BTreeSet<String>,
    writes: &mut BTreeMap<FrameId, LabelWrite>,
    failed: &mut Vec<(FrameId, String)>,
) -> Result<(), StoreError> {
    for frame in frames {
        let FrameLabels { revision, phase, mut labels, rejected, mut marks, .. } = match store.labels(frame.id) {
            Ok(labels) => labels,
            // It went a moment ago.
            Err(StoreError::NotFound { .. }) => continue,
            Err(error) => return Err(error),
        };
        let before = labels.len() + marks.len();
        labels.retain(|label| label.track.as_ref().is_none_or(|track| !objects.contains(track)));
        marks.retain(|said| !objects.contains(&said.track));
        if labels.len() + marks.len() == before {
            continue;
        }
        if phase > Phase::Labelled {
            failed.push((frame.id, "it was reviewed: send it back to be labelled first".into()));
            continue;
        }
        let write = LabelWrite { revision, phase, labels, rejected, marks: Some(marks), by: None };
        writes.insert(frame.id, write);
    }
    Ok(())
}

fn is_about(label: &Label, about: &BTreeSet<&str>) -> bool {
    label.track.as_deref().is_some_and(|track| about.contains(track))
}

/// The labels of a frame with the boxes in it.
fn labels(before: &FrameLabels, boxes: &[AcceptedBox], about: &BTreeSet<&str>, by: Option<&str>) -> Vec<Label> {
    let (replaced, own): (Vec<&Label>, Vec<&Label>) = before.labels.iter().partition(|label| is_about(label, about));
    let mut labels: Vec<Label> = own.into_iter().cloned().collect();
    let stay = labels.len();
    for kept in boxes {
        let AcceptedBox { track, category, bbox, origin, score, sure: _ } = kept.clone();
        // It says more than a box does: who drew it, and an outline.
        let was = replaced
            .iter()
            .find(|label| label.track.as_ref() == Some(&track) && label.category == category && near(label.bbox, bbox));
        // But where somebody draws what was only carried so far.
        let says =
            |was: &&&Label| !origin.is_drawn() || matches!(was.origin, LabelOrigin::Drawn | LabelOrigin::Accepted);
        if let Some(was) = was.filter(says) {
            labels.push((*was).clone());
            continue;
        }
        let same = |own: &&mut Label| {
            own.track.is_none() && own.category == category && own.bbox.is_some_and(|own| own.iou(&bbox) >= SAME)
        };
        match labels[..stay].iter_mut().find(same) {
            // It is what was carried from, or drawn anew: now it says of which object it is.
            Some(own) if origin.is_drawn() && (near(own.bbox, bbox) || own.polygon.is_none()) => {
                own.track = Some(track);
                if !near(own.bbox, bbox) {
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

impl AcceptedBox {
    /// Whether a label of a draft is of the same object.
    fn shows(&self, draft: &Label) -> bool {
        self.category == draft.category && draft.bbox.is_some_and(|bbox| bbox.iou(&self.bbox) >= SAME)
    }
}

/// Whether two boxes are the same, as far as anybody can draw.
fn near(one: Option<BBox>, other: BBox) -> bool {
    let sides = |of: BBox| [of.x, of.y, of.right(), of.bottom()];
    one.is_some_and(|one| sides(one).iter().zip(sides(other)).all(|(a, b)| (a - b).abs() <= NEAR))
}
