//! What a model found, missed, took for something else and saw where nothing is, at one threshold: the counts that
//! people are told, beside the average precision that trainings are steered by.
//!
//! Predictions are matched as [`evaluate`] matches them, at IoU 0.5. A label that no prediction of its category found is
//! *confused* where a box of another category that found nothing itself overlaps it by as much; each box explains one
//! label. Tags are never confused: each is a statement of its own.

use super::evaluate::{FrameResult, OVERLAP, Scored, iou, match_frame, per_category};
use crate::domain::{Category, Judged, JudgedCategory, LabelKind};

/// What became of a label.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    Found,
    /// Seen as an object of another category.
    Confused,
    Missed,
}

/// A frame's labels and predictions, sorted out.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Tally {
    /// In the order of [`FrameResult::truth`].
    pub labels: Vec<Fate>,
    /// Class indices of the predictions that found nothing, those among `confused` included.
    pub wrong: Vec<usize>,
    /// Mean score of the predictions that count, 0 where there are none.
    pub confidence: f32,
}

impl Tally {
    /// Sorts a frame out, predictions counting from `threshold` up. `categories` in the order of the class indices.
    pub fn of(frame: &FrameResult, threshold: f32, categories: &[Category]) -> Self {
        let mut shown: Vec<Scored> = frame.predictions.iter().filter(|p| p.score >= threshold).copied().collect();
        shown.sort_by(|a, b| b.score.total_cmp(&a.score));
        let mut labels = vec![Fate::Missed; frame.truth.len()];
        let mut wrong: Vec<Scored> = vec![];
        for category in 0..categories.len() {
            let of_it: Vec<Scored> = shown.iter().filter(|p| p.category == category).copied().collect();
            let at: Vec<usize> = (0..labels.len()).filter(|i| frame.truth[*i].0 == category).collect();
            let scored = of_it.iter().map(|p| (p.score, p.bbox)).collect();
            let hits = match_frame(scored, at.iter().map(|i| frame.truth[*i].1).collect());
            for (prediction, hit) in of_it.iter().zip(hits) {
                match hit.found {
                    Some(n) => labels[at[n]] = Fate::Found,
                    None => wrong.push(*prediction),
                }
            }
        }
        let is_box = |category: usize| categories.get(category).is_some_and(|c| c.kind != LabelKind::Tag);
        wrong.sort_by(|a, b| b.score.total_cmp(&a.score));
        for prediction in wrong.iter().filter(|p| is_box(p.category)) {
            let missed = (0..labels.len()).filter(|i| {
                let (category, _) = frame.truth[*i];
                labels[*i] == Fate::Missed && category != prediction.category && is_box(category)
            });
            let overlap = |i: &usize| iou(prediction.bbox, frame.truth[*i].1);
            let nearest = missed.max_by(|a, b| overlap(a).total_cmp(&overlap(b)));
            if let Some(i) = nearest.filter(|i| overlap(i) >= OVERLAP) {
                labels[i] = Fate::Confused;
            }
        }
        let confidence = shown.iter().map(|p| p.score).sum::<f32>() / shown.len().max(1) as f32;
        Self { labels, wrong: wrong.iter().map(|p| p.category).collect(), confidence }
    }

    /// How many labels ended so.
    pub fn count(&self, fate: Fate) -> usize {
        self.labels.iter().filter(|f| **f == fate).count()
    }

    /// F1 of the frame, 0 to 1; 1 where there is neither label nor prediction.
    pub fn f1(&self) -> f32 {
        let found = self.count(Fate::Found);
        match self.labels.len() + found + self.wrong.len() {
            0 => 1.0,
            counted => 2.0 * found as f32 / counted as f32,
        }
    }
}

/// Over all frames, per category.
pub fn judged(frames: &[FrameResult], threshold: f32, categories: &[Category]) -> Judged {
    let tallies: Vec<Tally> = frames.iter().map(|f| Tally::of(f, threshold, categories)).collect();
    let precisions = per_category(frames, categories.len());
    let each = categories.iter().zip(precisions).enumerate().map(|(index, (category, precision))| {
        let fates = frames.iter().zip(&tallies).flat_map(|(frame, tally)| frame.truth.iter().zip(&tally.labels));
        let of_it: Vec<Fate> = fates.filter(|((c, _), _)| *c == index).map(|(_, fate)| *fate).collect();
        JudgedCategory {
            name: category.name.clone(),
            objects: of_it.len() as u32,
            found: of_it.iter().filter(|f| **f == Fate::Found).count() as u32,
            wrong: tallies.iter().flat_map(|t| &t.wrong).filter(|c| **c == index).count() as u32,
            ap50: precision.map(|(ap50, _)| ap50),
        }
    });
    Judged::of(each.collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::BBox;

    fn categories() -> Vec<Category> {
        let category = |name: &str, kind| Category {
            name: name.into(),
            colour: "#000000".into(),
            instructions: String::new(),
            kind,
        };
        vec![category("a", LabelKind::Box), category("b", LabelKind::Box), category("dark", LabelKind::Tag)]
    }

    fn square(x: f32) -> BBox {
        BBox::new(x, 0.0, 10.0, 10.0)
    }

    fn frame(truth: &[(usize, f32)], predictions: &[(usize, f32, f32)]) -> FrameResult {
        let predictions = predictions.iter().map(|&(category, x, score)| Scored { category, bbox: square(x), score });
        FrameResult {
            truth: truth.iter().map(|&(category, x)| (category, square(x))).collect(),
            predictions: predictions.collect(),
            loss: 0.0,
        }
    }

    #[test]
    fn every_label_has_a_fate_and_every_box_that_found_nothing_is_wrong() {
        let frame = frame(
            &[(0, 0.0), (0, 20.0), (1, 40.0), (1, 60.0)],
            &[(0, 0.0, 0.9), (0, 0.0, 0.8), (0, 41.0, 0.7), (1, 90.0, 0.6), (1, 60.0, 0.1)],
        );
        let tally = Tally::of(&frame, 0.5, &categories());
        assert_eq!(tally.labels, [Fate::Found, Fate::Missed, Fate::Confused, Fate::Missed]);
        assert_eq!(tally.wrong, [0, 0, 1], "a second box of the same, the confused one, one where nothing is");
        assert_eq!(tally.f1(), 2.0 / 8.0);
        assert!((tally.confidence - 0.75).abs() < 1e-6);
        let judged = judged(&[frame], 0.5, &categories());
        assert_eq!((judged.found, judged.of, judged.wrong, judged.boxes), (1, 4, 3, 4));
        assert_eq!((judged.categories[1].objects, judged.categories[1].found, judged.categories[1].wrong), (2, 0, 1));
        assert_eq!(judged.categories[2].ap50, None);
    }

    #[test]
    fn a_tag_is_confused_with_nothing() {
        let frame = frame(&[(2, 0.0)], &[(0, 0.0, 0.9)]);
        assert_eq!(Tally::of(&frame, 0.5, &categories()).labels, [Fate::Missed]);
        let two = [categories()[2].clone(), categories()[2].clone()];
        let frame = self::frame(&[(0, 0.0)], &[(1, 0.0, 0.9)]);
        assert_eq!(Tally::of(&frame, 0.5, &two).labels, [Fate::Missed]);
    }

    #[test]
    fn a_wrong_box_explains_one_label() {
        let frame = frame(&[(0, 0.0), (0, 2.0)], &[(1, 1.0, 0.9)]);
        let tally = Tally::of(&frame, 0.5, &categories());
        assert_eq!((tally.count(Fate::Confused), tally.count(Fate::Missed)), (1, 1));
    }

    #[test]
    fn of_nothing_nothing_is_understood_wrong() {
        assert_eq!(Tally::of(&frame(&[], &[]), 0.5, &categories()).f1(), 1.0);
        assert_eq!(Tally::of(&frame(&[(0, 0.0)], &[]), 0.5, &categories()).f1(), 0.0);
        assert_eq!(Tally::of(&frame(&[], &[(0, 0.0, 0.9)]), 0.5, &categories()).f1(), 0.0);
    }
}
