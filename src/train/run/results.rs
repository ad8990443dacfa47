//! From what an experiment saw to objects beside the truth.

use super::observer::Seen;
use super::plan::TrainingFrame;
use crate::domain::{BBox, Category, Fates, Label, LabelKind, LabelOrigin, Point};
use crate::train::evaluate::{FrameResult, Scored};
use crate::train::examples::Sample;
use crate::train::network::{HeadShape, TrueBox, decode};
use crate::train::population::Look;
use crate::train::tally::{Fate, Tally};

/// A frame's labels as class indices of each kind; boxes that nobody drew nor agreed to one by one count `carried`.
pub fn sample(
    frame: &TrainingFrame,
    categories: &[Category],
    (boxes, tags): (&[usize], &[usize]),
    carried: f32,
) -> Sample {
    let index = |name: &str| categories.iter().position(|c| c.name == name);
    let boxed = |category: &str| boxes.iter().position(|b| Some(*b) == index(category));
    Sample {
        size: frame.size,
        boxes: frame.labels.iter().filter_map(|l| true_box(l, boxed(&l.category)?, carried)).collect(),
        rejected: frame.rejected.iter().filter_map(|r| Some((boxed(&r.category)?, r.bbox?))).collect(),
        tags: tags
            .iter()
            .map(|t| f32::from(u8::from(frame.labels.iter().any(|l| index(&l.category) == Some(*t)))))
            .collect(),
    }
}

/// A label as a box to be found; `None` where it has no box.
fn true_box(label: &Label, class: usize, carried: f32) -> Option<TrueBox> {
    let weight = match label.origin {
        LabelOrigin::Drawn | LabelOrigin::Accepted => 1.0,
        LabelOrigin::Carried | LabelOrigin::Interpolated => carried,
    };
    Some(TrueBox { class, bbox: label.bbox?, weight })
}

/// Turns what one experiment saw in a frame into objects in pixels of the frame, beside the truth.
pub fn result(
    look: Look,
    sample: &Sample,
    shape: &HeadShape,
    (boxes, tags): (&[usize], &[usize]),
    from: (f32, f32),
    stride: f32,
) -> FrameResult {
    let to = (sample.size.0 as f32, sample.size.1 as f32);
    let whole = BBox::new(0.0, 0.0, to.0, to.1);
    let mut predictions = if boxes.is_empty() { vec![] } else { decode::objects(shape, &look.maps, stride, from, to) };
    for p in &mut predictions {
        p.category = boxes[p.category];
    }
    // A tag is a box around the whole frame: then one kind of average precision serves both.
    let scored = |(t, score): (&usize, &f32)| Scored { category: *t, bbox: whole, score: *score };
    predictions.extend(tags.iter().zip(&look.tags).map(scored));
    let mut truth: Vec<(usize, BBox)> = sample.boxes.iter().map(|of| (boxes[of.class], of.bbox)).collect();
    truth.extend(tags.iter().zip(&sample.tags).filter(|(_, on)| **on > 0.5).map(|(t, _)| (*t, whole)));
    FrameResult { truth, predictions, loss: look.loss }
}

/// A frame as an experiment saw it, predictions counting from `threshold` up.
pub fn seen(frame: &TrainingFrame, result: &FrameResult, threshold: f32, categories: &[Category]) -> Seen {
    let tally = Tally::of(result, threshold, categories);
    let letter = |at: Option<usize>| match at.and_then(|at| tally.labels.get(at)) {
        Some(Fate::Found) => 'f',
        Some(Fate::Confused) => 'c',
        Some(Fate::Missed) | None => 'm',
    };
    let labels: String = order(frame, categories).into_iter().map(letter).collect();
    let count = |fate: char| labels.chars().filter(|letter| *letter == fate).count() as u32;
    let (found, missed, confused) = (count('f'), count('m'), count('c'));
    let false_alarms = (tally.wrong.len() - tally.count(Fate::Confused)) as u32;
    Seen {
        predictions: result.predictions.clone(),
        point: Point {
            score: tally.f1(),
            loss: result.loss,
            confidence: tally.confidence,
            fates: Some(Fates { found, missed, confused, false_alarms, labels }),
        },
    }
}

/// Where each label of a frame stands in [`FrameResult::truth`]: boxes in their order, then the tags that are set.
fn order(frame: &TrainingFrame, categories: &[Category]) -> Vec<Option<usize>> {
    let class = |name: &str| categories.iter().position(|c| c.name == name);
    let is_tag = |class: &usize| categories[*class].kind == LabelKind::Tag;
    let boxed = |label: &Label| label.bbox.is_some() && class(&label.category).is_some_and(|c| !is_tag(&c));
    let boxes = frame.labels.iter().filter(|l| boxed(l)).count();
    let mut tags: Vec<usize> = frame.labels.iter().filter_map(|l| class(&l.category)).filter(is_tag).collect();
    tags.sort_unstable();
    tags.dedup();
    let mut next = 0;
    let place = |label: &Label| match boxed(label) {
        true => {
            next += 1;
            Some(next - 1)
        }
        false => tags.iter().position(|t| Some(*t) == class(&label.category)).map(|n| boxes + n),
    };
    frame.labels.iter().map(place).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{FrameId, Side};

    #[test]
    fn what_nobody_drew_nor_agreed_to_counts_as_carried() {
        let (name, colour, instructions) = ("a".to_owned(), "#000000".to_owned(), String::new());
        let categories = [Category { name, colour, instructions, kind: LabelKind::Box }];
        let origins = [LabelOrigin::Drawn, LabelOrigin::Accepted, LabelOrigin::Carried, LabelOrigin::Interpolated];
        let square = BBox::new(0.0, 0.0, 10.0, 10.0);
        let labels = origins.map(|origin| Label { origin, ..Label::boxed("a", square) }).into();
        let (id, size, rejected, side) = (FrameId::new(), (100, 50), vec![], Side::Training);
        let frame = TrainingFrame { id, size, labels, rejected, side };
        let boxes = sample(&frame, &categories, (&[0], &[]), 0.25).boxes;
        assert_eq!(boxes.iter().map(|of| of.weight).collect::<Vec<_>>(), [1.0, 1.0, 0.25, 0.25]);
    }

    #[test]
    fn letters_stand_in_the_order_of_the_labels() {
        let category = |name: &str, kind| Category {
            name: name.into(),
            colour: "#000000".into(),
            instructions: String::new(),
            kind,
        };
        let categories =
            [category("wet", LabelKind::Tag), category("a", LabelKind::Box), category("dark", LabelKind::Tag)];
        let square = |x| BBox::new(x, 0.0, 10.0, 10.0);
        let frame = TrainingFrame {
            id: FrameId::new(),
            size: (100, 50),
            labels: vec![
                Label::tag("dark"),
                Label::boxed("a", square(0.0)),
                Label::boxed("a", square(40.0)),
                Label::tag("wet"),
            ],
            rejected: vec![],
            side: Side::Training,
        };
        assert_eq!(order(&frame, &categories), [Some(3), Some(0), Some(1), Some(2)]);
        let whole = BBox::new(0.0, 0.0, 100.0, 50.0);
        let scored = |category, bbox, score| Scored { category, bbox, score };
        let result = FrameResult {
            truth: vec![(1, square(0.0)), (1, square(40.0)), (0, whole), (2, whole)],
            predictions: vec![scored(1, square(40.0), 0.9), scored(1, square(80.0), 0.8), scored(2, whole, 0.7)],
            loss: 1.0,
        };
        let fates = seen(&frame, &result, 0.5, &categories).point.fates.unwrap();
        assert_eq!(fates, Fates { found: 2, missed: 2, confused: 0, false_alarms: 1, labels: "fmfm".into() });
    }
}
