//! Frames of a clip that teach nothing new: labels were carried to them, and they look like the frame before, with the same
//! things at the same places.

use crate::domain::{ClipId, Frame, FrameId, FrameLabels, Label, LabelOrigin, Phase, Side};
use crate::picture::Likeness;
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

/// Overlap from which a box is where it was: what is small in the picture may go far and change little of it.
const SAME: f32 = 0.7;

/// Takes those out of what is learned from; answers how many. What somebody drew, agreed to or reviewed stays.
pub fn thin(
    frames: &[(Frame, FrameLabels)],
    likenesses: &HashMap<FrameId, Arc<Likeness>>,
    sides: &mut BTreeMap<FrameId, Side>,
) -> usize {
    let mut clips: BTreeMap<ClipId, Vec<(f64, FrameId, &FrameLabels)>> = BTreeMap::new();
    for (frame, labels) in frames.iter().filter(|(frame, _)| sides.get(&frame.id) == Some(&Side::Training)) {
        if let Some(place) = frame.clip {
            clips.entry(place.id).or_default().push((place.at, frame.id, labels));
        }
    }
    let mut out = 0;
    for mut clip in clips.into_values() {
        clip.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
        let mut last: Option<(&Likeness, &FrameLabels)> = None;
        for (_, id, labels) in clip {
            let shown = likenesses.get(&id).map(|look| (look.as_ref(), labels));
            let copy = |(now, last): ((&Likeness, _), (&Likeness, _))| now.0.is_near(last.0) && are_same(now.1, last.1);
            if is_carried(labels) && shown.zip(last).is_some_and(copy) {
                sides.remove(&id);
                out += 1;
            } else {
                last = shown;
            }
        }
    }
    out
}

/// Whether the same things are at the same places.
fn are_same(one: &FrameLabels, other: &FrameLabels) -> bool {
    let within = |label: &Label, others: &[Label]| {
        let same = |other: &Label| match (&label.bbox, &other.bbox) {
            (Some(one), Some(other)) => one.iou(other) >= SAME,
            (one, other) => one == other,
        };
        others.iter().any(|other| other.category == label.category && same(other))
    };
    let all = |labels: &[Label], others: &[Label]| labels.iter().all(|label| within(label, others));
    one.labels.len() == other.labels.len() && all(&one.labels, &other.labels) && all(&other.labels, &one.labels)
}

fn is_carried(labels: &FrameLabels) -> bool {
    let carried = |origin| matches!(origin, LabelOrigin::Carried | LabelOrigin::Interpolated);
    labels.phase == Phase::Labelled
        && !labels.labels.is_empty()
        && labels.labels.iter().all(|label| carried(label.origin))
}
