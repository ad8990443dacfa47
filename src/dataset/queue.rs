//! What to label next: the frames the deployed model is least sure of.
//!
//! The model looks at no more than [`LOOKED_AT`] unlabelled frames, spread over time from the newest back, so that the
//! answer comes in the time of a few inferences, and a fixed camera's near copies do not fill the queue. What it saw is
//! remembered until another model is deployed. Without a model, and behind the frames it looked at: newest first.

use crate::domain::{Frame, FrameId, ModelId, Phase, Prediction};
use crate::store::{FrameQuery, Store, StoreError};
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

/// Frames the model looks at for one answer, at most.
pub const LOOKED_AT: usize = 32;
/// Unlabelled frames considered, from the newest back.
const CONSIDERED: usize = 512;

/// A frame worth labelling.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct QueueItem {
    pub frame: Frame,
    /// Why this one, in words.
    pub reason: String,
    /// What the deployed model believes to see in it, to start from.
    pub proposals: Vec<Prediction>,
}

/// The queue; remembers what the deployed model proposed.
#[derive(Default)]
pub struct Queue(Mutex<Proposals>);

#[derive(Default)]
struct Proposals {
    model: Option<ModelId>,
    seen: HashMap<FrameId, Vec<Prediction>>,
}

impl Queue {
    /// At most `limit` frames, best first. `propose`: what the deployed model sees in a frame. Blocks.
    pub fn next<E: From<StoreError>>(
        &self,
        store: &Store,
        propose: impl Fn(FrameId) -> Result<Vec<Prediction>, E>,
        limit: usize,
    ) -> Result<Vec<QueueItem>, E> {
        let query = FrameQuery { phase: Some(Phase::Unlabelled), limit: CONSIDERED.max(limit), ..Default::default() };
        let frames = store.frames(&query)?.items;
        let Some(model) = store.deployed()? else {
            return Ok(rank(frames, &HashMap::new(), 0.5, limit));
        };
        let mut seen = HashMap::new();
        for index in spread(frames.len().min(CONSIDERED), LOOKED_AT) {
            let id = frames[index].id;
            let proposals = match self.remembered(model.id, id) {
                Some(proposals) => proposals,
                None => propose(id)?,
            };
            seen.insert(id, proposals);
        }
        *self.lock() = Proposals { model: Some(model.id), seen: seen.clone() };
        Ok(rank(frames, &seen, model.threshold, limit))
    }

    fn remembered(&self, model: ModelId, frame: FrameId) -> Option<Vec<Prediction>> {
        let memory = self.lock();
        (memory.model == Some(model)).then(|| memory.seen.get(&frame).cloned()).flatten()
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Proposals> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// At most `count` indices below `len`, evenly spread, the first one always among them.
fn spread(len: usize, count: usize) -> impl Iterator<Item = usize> {
    let count = count.min(len);
    (0..count).map(move |i| i * len / count)
}

/// How unsure a model is of a prediction: 1 right at the threshold, 0 at the scores 0 and 1.
fn uncertainty(score: f32, threshold: f32) -> f32 {
    let threshold = threshold.clamp(0.01, 0.99);
    let side = if score < threshold { threshold } else { 1.0 - threshold };
    1.0 - ((score - threshold).abs() / side).min(1.0)
}

/// Frames the model is unsure of first, by its least sure prediction; the others as they came (newest first).
fn rank(frames: Vec<Frame>, seen: &HashMap<FrameId, Vec<Prediction>>, threshold: f32, limit: usize) -> Vec<QueueItem> {
    let mut ranked: Vec<(f32, QueueItem)> = frames
        .into_iter()
        .map(|frame| {
            let proposals = seen.get(&frame.id).cloned();
            let doubt = proposals
                .iter()
                .flatten()
                .map(|p| (uncertainty(p.score, threshold), p))
                .max_by(|(a, _), (b, _)| a.total_cmp(b));
            let (rank, reason) = match (doubt, &proposals) {
                (Some((doubt, p)), _) => {
                    // A frame the model looked at comes before all it did not look at.
                    (1.0 + doubt, format!("the model is unsure: {} at {:.0} %", p.category, p.score * 100.0))
                }
                (None, Some(_)) => (1.0, "the model found nothing".to_owned()),
                (None, None) => (0.0, "new".to_owned()),
            };
            (rank, QueueItem { frame, reason, proposals: proposals.unwrap_or_default() })
        })
        .collect();
    ranked.sort_by(|(a, _), (b, _)| b.total_cmp(a));
    ranked.truncate(limit);
    ranked.into_iter().map(|(_, item)| item).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::FrameSource;
    use jiff::Timestamp;

    fn frame() -> Frame {
        Frame {
            id: FrameId::new(),
            taken: Timestamp::UNIX_EPOCH,
            width: 4,
            height: 4,
            bytes: 1,
            source: FrameSource::Upload,
            camera: None,
            name: None,
            phase: Phase::Unlabelled,
            revision: 0,
        }
    }

    fn prediction(score: f32) -> Prediction {
        Prediction { category: "RBC".into(), bbox: None, score }
    }

    #[test]
    fn the_model_looks_at_frames_spread_over_time() {
        assert_eq!(spread(5, 32).collect::<Vec<_>>(), [0, 1, 2, 3, 4]);
        let spread: Vec<_> = spread(320, 32).collect();
        assert_eq!((spread.len(), spread[0], spread[1], spread[31]), (32, 0, 10, 310));
        assert_eq!(super::spread(0, 32).count(), 0);
    }

    #[test]
    fn doubt_is_greatest_at_the_threshold() {
        assert_eq!(uncertainty(0.3, 0.3), 1.0);
        assert_eq!(uncertainty(1.0, 0.3), 0.0);
        assert_eq!(uncertainty(0.0, 0.3), 0.0);
        assert!(uncertainty(0.4, 0.3) > uncertainty(0.9, 0.3));
    }

    #[test]
    fn unsure_frames_come_first_then_newest_first() {
        let frames = [frame(), frame(), frame(), frame()];
        let seen = HashMap::from([
            (frames[1].id, vec![prediction(0.95)]),
            (frames[2].id, vec![prediction(0.99), prediction(0.5)]),
        ]);
        let ranked = rank(frames.to_vec(), &seen, 0.5, 3);
        let ids: Vec<_> = ranked.iter().map(|item| item.frame.id).collect();
        assert_eq!(ids, [frames[2].id, frames[1].id, frames[0].id]);
        assert_eq!(ranked[0].reason, "the model is unsure: RBC at 50 %");
        assert_eq!(ranked[0].proposals.len(), 2);
        assert_eq!(ranked[2].reason, "new");
    }
}
