//! How good predictions are: COCO's average precision, and the best threshold.
//!
//! Average precision follows `pycocotools.cocoeval` (bbox, area "all", at most 100 predictions per frame and category,
//! 101 recall points, IoU 0.50 to 0.95 in steps of 0.05) to the letter, ties included: predictions are matched in
//! descending score, equal scores in the order given; a prediction takes the free true box it overlaps most, the later
//! one of two equals; frames are taken in the order given. `tests/metrics.rs` compares the two.
//!
//! A tag is a box that is the whole frame, on both sides.

use crate::domain::{BBox, Metrics};

/// One predicted or true object. `category` is a class index.
#[derive(Clone, Copy, Debug, serde::Serialize, serde::Deserialize)]
pub struct Scored {
    pub category: usize,
    pub bbox: BBox,
    pub score: f32,
}

/// A frame's truth and predictions.
#[derive(Clone, Debug, Default)]
pub struct FrameResult {
    pub truth: Vec<(usize, BBox)>,
    pub predictions: Vec<Scored>,
    pub loss: f32,
}

/// Metrics and the threshold with the best F1.
#[derive(Clone, Copy, Debug, Default, serde::Serialize, serde::Deserialize)]
pub struct Evaluation {
    pub metrics: Metrics,
    pub threshold: f32,
}

/// Predictions of one category in one frame that count, best first; as pycocotools' `maxDets`.
const MAX_PREDICTIONS: usize = 100;
/// The least IoU by which a prediction finds an object.
pub(super) const OVERLAP: f64 = 0.5;
/// IoU thresholds; bit `t` of a hit mask is the `t`-th.
const THRESHOLDS: usize = 10;
const RECALL_POINTS: usize = 101;
/// Where no prediction is right, any threshold is as good as another.
const FALLBACK_THRESHOLD: f32 = 0.5;

/// COCO's average precision (mean over the categories that have truth; 0 where none has), and precision, recall and F1
/// at IoU 0.5, all categories counted together, at the threshold with the best F1. The loss is the mean over frames.
///
/// Predictions with a score that is not a number are ignored, and so is whatever has a category of `categories` or above.
pub fn evaluate(frames: &[FrameResult], categories: usize) -> Evaluation {
    let matched = match_all(frames, categories);
    let precisions: Vec<(f64, f64)> = matched.iter().filter_map(average_precision).collect();
    let mean = |value: fn(&(f64, f64)) -> f64| {
        if precisions.is_empty() { 0.0 } else { precisions.iter().map(value).sum::<f64>() / precisions.len() as f64 }
    };
    let loss = frames.iter().map(|f| f64::from(f.loss)).sum::<f64>() / frames.len().max(1) as f64;
    let best = best_threshold(&matched);
    Evaluation {
        metrics: Metrics {
            ap50: mean(|p| p.0) as f32,
            ap50_95: mean(|p| p.1) as f32,
            precision: best.precision,
            recall: best.recall,
            f1: best.f1,
            loss: loss as f32,
        },
        threshold: best.threshold,
    }
}

/// AP per category at IoU 0.5 and 0.50:0.95; `None` where there is no truth.
pub fn per_category(frames: &[FrameResult], categories: usize) -> Vec<Option<(f32, f32)>> {
    match_all(frames, categories)
        .iter()
        .map(|matched| average_precision(matched).map(|(a, b)| (a as f32, b as f32)))
        .collect()
}

/// A prediction and the IoU thresholds at which it found a true box of its own.
#[derive(Clone, Copy)]
pub(super) struct Hit {
    score: f32,
    mask: u16,
    /// Index of the true box that it found at [`OVERLAP`].
    pub(super) found: Option<usize>,
}

/// One category's predictions over all frames, in the order of the frames, and how much there was to find.
#[derive(Clone, Default)]
struct Matched {
    hits: Vec<Hit>,
    truth: usize,
}

fn match_all(frames: &[FrameResult], categories: usize) -> Vec<Matched> {
    let mut matched = vec![Matched::default(); categories];
    let mut scored: Vec<Vec<(f32, BBox)>> = vec![Vec::new(); categories];
    let mut truth: Vec<Vec<BBox>> = vec![Vec::new(); categories];
    for frame in frames {
        for prediction in &frame.predictions {
            if prediction.category < categories && !prediction.score.is_nan() {
                scored[prediction.category].push((prediction.score, prediction.bbox));
            }
        }
        for (category, bbox) in &frame.truth {
            if *category < categories {
                truth[*category].push(*bbox);
            }
        }
        for (category, matched) in matched.iter_mut().enumerate() {
            matched.truth += truth[category].len();
            matched
                .hits
                .extend(match_frame(std::mem::take(&mut scored[category]), std::mem::take(&mut truth[category])));
        }
    }
    matched
}

/// Matches one category in one frame at every IoU threshold (`COCOeval.evaluateImg`). Best prediction first; of equals in
/// the order given.
pub(super) fn match_frame(mut scored: Vec<(f32, BBox)>, truth: Vec<BBox>) -> Vec<Hit> {
    // Stable, as numpy's mergesort; scores are numbers.
    scored.sort_by(|a, b| b.0.partial_cmp(&a.0).unwrap_or(std::cmp::Ordering::Equal));
    scored.truncate(MAX_PREDICTIONS);
    let thresholds = iou_thresholds();
    // Per true box, the thresholds at which it is taken.
    let mut taken = vec![0u16; truth.len()];
    let mut near: Vec<(usize, f64)> = Vec::new();
    scored
        .into_iter()
        .map(|(score, bbox)| {
            near.clear();
            near.extend(truth.iter().map(|t| iou(bbox, *t)).enumerate().filter(|(_, iou)| *iou >= thresholds[0]));
            let highest = near.iter().map(|(_, iou)| *iou).fold(0.0, f64::max);
            let (mut mask, mut first) = (0, None);
            for (t, threshold) in thresholds.iter().enumerate().take_while(|(_, threshold)| **threshold <= highest) {
                let mut best = threshold.min(1.0 - 1e-10);
                let mut found = None;
                for &(g, iou) in &near {
                    if taken[g] & (1 << t) == 0 && iou >= best {
                        best = iou;
                        found = Some(g);
                    }
                }
                if let Some(g) = found {
                    taken[g] |= 1 << t;
                    mask |= 1 << t;
                    first = first.or((t == 0).then_some(g));
                }
            }
            Hit { score, mask, found: first }
        })
        .collect()
}

/// `np.linspace(.5, .95, 10)`, bit for bit.
fn iou_thresholds() -> [f64; THRESHOLDS] {
    let step = (0.95 - 0.5) / (THRESHOLDS - 1) as f64;
    let mut thresholds = std::array::from_fn(|t| t as f64 * step + 0.5);
    thresholds[THRESHOLDS - 1] = 0.95;
    thresholds
}

/// `bbIou` of pycocotools' `maskApi.c`.
pub(super) fn iou(a: BBox, b: BBox) -> f64 {
    let [ax, ay, aw, ah] = <[f32; 4]>::from(a).map(f64::from);
    let [bx, by, bw, bh] = <[f32; 4]>::from(b).map(f64::from);
    let width = (aw + ax).min(bw + bx) - ax.max(bx);
    let height = (ah + ay).min(bh + by) - ay.max(by);
    if width <= 0.0 || height <= 0.0 {
        return 0.0;
    }
    let intersection = width * height;
    intersection / (aw * ah + bw * bh - intersection)
}

/// AP at IoU 0.5 and mean AP over all thresholds (`COCOeval.accumulate`); `None` without truth.
fn average_precision(matched: &Matched) -> Option<(f64, f64)> {
    if matched.truth == 0 {
        return None;
    }
    let mut hits = matched.hits.clone();
    hits.sort_by(|a, b| b.score.partial_cmp(&a.score).unwrap_or(std::cmp::Ordering::Equal));
    let mut recall = vec![0.0; hits.len()];
    let mut precision = vec![0.0; hits.len()];
    let per_threshold: [f64; THRESHOLDS] = std::array::from_fn(|t| {
        let mut right = 0.0;
        for (i, hit) in hits.iter().enumerate() {
            right += f64::from((hit.mask >> t) & 1);
            recall[i] = right / matched.truth as f64;
            precision[i] = right / ((i + 1) as f64 + f64::EPSILON);
        }
        for i in (1..precision.len()).rev() {
            precision[i - 1] = f64::max(precision[i - 1], precision[i]);
        }
        let step = 1.0 / (RECALL_POINTS - 1) as f64;
        let points = (0..RECALL_POINTS).map(|r| {
            // The first place where this much is recalled; nothing is precise where it never is.
            let wanted = if r + 1 == RECALL_POINTS { 1.0 } else { r as f64 * step };
            precision.get(recall.partition_point(|have| *have < wanted)).copied().unwrap_or(0.0)
        });
        points.sum::<f64>() / RECALL_POINTS as f64
    });
    Some((per_threshold[0], per_threshold.iter().sum::<f64>() / THRESHOLDS as f64))
}

struct Best {
    threshold: f32,
    precision: f32,
    recall: f32,
    f1: f32,
}

/// The threshold with the best F1 at IoU 0.5, all categories together; the highest of equals. It lies halfway to the
/// next lower score, so that a model that scores a little lower elsewhere still shows what it found.
fn best_threshold(matched: &[Matched]) -> Best {
    // Greedy matching goes down the scores, so cutting at a threshold never changes the matches above it.
    let mut hits: Vec<Hit> = matched.iter().flat_map(|m| m.hits.iter().copied()).collect();
    hits.sort_by(|a, b| b.score.partial_cmp(&a.score).unwrap_or(std::cmp::Ordering::Equal));
    let truth: usize = matched.iter().map(|m| m.truth).sum();
    let mut best = Best { threshold: FALLBACK_THRESHOLD, precision: 0.0, recall: 0.0, f1: 0.0 };
    let mut right = 0;
    for (i, hit) in hits.iter().enumerate() {
        right += usize::from(hit.mask & 1);
        let next = hits.get(i + 1).map(|h| h.score);
        if next == Some(hit.score) {
            continue;
        }
        let f1 = 2.0 * right as f32 / (i + 1 + truth) as f32;
        if f1 > best.f1 {
            let halfway = next.map_or(hit.score, |next| hit.score / 2.0 + next / 2.0);
            let above_next = next.is_none_or(|next| halfway > next);
            best = Best {
                threshold: if above_next { halfway } else { hit.score },
                precision: right as f32 / (i + 1) as f32,
                recall: right as f32 / truth as f32,
                f1,
            };
        }
    }
    best
}

#[cfg(test)]
mod tests {
    use super::*;

    fn square(x: f32) -> BBox {
        BBox::new(x, 0.0, 10.0, 10.0)
    }

    fn frame(truth: &[BBox], predictions: &[(f32, BBox)]) -> FrameResult {
        FrameResult {
            truth: truth.iter().map(|b| (0, *b)).collect(),
            predictions: predictions
                .iter()
                .map(|(score, bbox)| Scored { category: 0, bbox: *bbox, score: *score })
                .collect(),
            loss: 2.0,
        }
    }

    #[test]
    fn perfect_predictions_are_perfect() {
        let frames = [frame(&[square(0.0), square(20.0)], &[(0.9, square(0.0)), (0.7, square(20.0))])];
        let Evaluation { metrics, threshold } = evaluate(&frames, 2);
        assert_eq!((metrics.ap50, metrics.ap50_95), (1.0, 1.0));
        assert_eq!((metrics.precision, metrics.recall, metrics.f1, metrics.loss), (1.0, 1.0, 1.0, 2.0));
        assert_eq!(threshold, 0.7);
    }

    #[test]
    fn the_best_threshold_leaves_false_predictions_out() {
        let frames = [frame(&[square(0.0)], &[(0.8, square(0.0)), (0.4, square(50.0)), (0.3, square(70.0))])];
        let Evaluation { metrics, threshold } = evaluate(&frames, 1);
        assert_eq!((metrics.precision, metrics.recall, metrics.f1), (1.0, 1.0, 1.0));
        assert!(threshold > 0.4 && threshold < 0.8, "{threshold}");
    }

    #[test]
    fn a_second_prediction_of_the_same_object_is_wrong() {
        let frames = [frame(&[square(0.0)], &[(0.8, square(0.0)), (0.8, square(0.0))])];
        let metrics = evaluate(&frames, 1).metrics;
        assert_eq!((metrics.precision, metrics.recall), (0.5, 1.0));
    }

    #[test]
    fn nothing_to_find_and_nothing_found() {
        let none = evaluate(&[], 3);
        assert_eq!((none.metrics, none.threshold), (Metrics::default(), FALLBACK_THRESHOLD));
        let frames = [frame(&[], &[(0.9, square(0.0))])];
        assert_eq!(evaluate(&frames, 1).metrics.ap50, 0.0);
        assert_eq!(per_category(&frames, 1), [None]);
    }

    #[test]
    fn scores_that_are_not_numbers_count_for_nothing() {
        let frames = [frame(&[square(0.0)], &[(f32::NAN, square(0.0)), (0.5, square(0.0)), (f32::NAN, square(3.0))])];
        assert_eq!(evaluate(&frames, 1).metrics.ap50, 1.0);
    }
}
