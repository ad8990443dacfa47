//! Frames of a clip that teach nothing new: labels were carried to them, and they look like the frame before.

use crate::domain::{ClipId, Frame, FrameId, FrameLabels, LabelOrigin, Phase, Side};
use crate::picture::Likeness;
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

/// Takes those out of what is learned from; answers how many. What somebody drew, agreed to or reviewed stays.
pub fn thin(
    frames: &[(Frame, FrameLabels)],
    likenesses: &HashMap<FrameId, Arc<Likeness>>,
    sides: &mut BTreeMap<FrameId, Side>,
) -> usize {
    let mut clips: BTreeMap<ClipId, Vec<(f64, FrameId, bool)>> = BTreeMap::new();
    for (frame, labels) in frames.iter().filter(|(frame, _)| sides.get(&frame.id) == Some(&Side::Training)) {
        if let Some(place) = frame.clip {
            clips.entry(place.id).or_default().push((place.at, frame.id, is_carried(labels)));
        }
    }
    let mut out = 0;
    for mut clip in clips.into_values() {
        clip.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
        let mut last: Option<&Likeness> = None;
        for (_, id, carried) in clip {
            let look = likenesses.get(&id).map(Arc::as_ref);
            let copy = carried && look.zip(last).is_some_and(|(look, last)| look.is_near(last));
            if copy {
                sides.remove(&id);
                out += 1;
            } else {
                last = look;
            }
        }
    }
    out
}

fn is_carried(labels: &FrameLabels) -> bool {
    let carried = |origin| matches!(origin, LabelOrigin::Carried | LabelOrigin::Interpolated);
    labels.phase == Phase::Labelled
        && !labels.labels.is_empty()
        && labels.labels.iter().all(|label| carried(label.origin))
}
