//! From what an experiment saw to objects beside the truth.

use super::plan::TrainingFrame;
use crate::domain::{BBox, Category};
use crate::train::evaluate::{FrameResult, Scored};
use crate::train::examples::{Example, Sample};
use crate::train::network::{HeadShape, decode};
use crate::train::population::Look;
use rayon::prelude::*;

/// A frame's labels as class indices of each kind.
pub fn sample(frame: &TrainingFrame, categories: &[Category], boxes: &[usize], tags: &[usize]) -> Sample {
    let index = |name: &str| categories.iter().position(|c| c.name == name);
    let boxed = |category: &str| boxes.iter().position(|b| Some(*b) == index(category));
    Sample {
        size: frame.size,
        boxes: frame.labels.iter().filter_map(|l| Some((boxed(&l.category)?, l.bbox?))).collect(),
        rejected: frame.rejected.iter().filter_map(|r| Some((boxed(&r.category)?, r.bbox?))).collect(),
        tags: tags
            .iter()
            .map(|t| f32::from(u8::from(frame.labels.iter().any(|l| index(&l.category) == Some(*t)))))
            .collect(),
    }
}

/// Turns what one experiment saw into objects in pixels of the frames, beside the truth.
pub fn results(
    looks: &[Look],
    examples: &[Example],
    samples: &[Sample],
    shape: &HeadShape,
    (boxes, tags): (&[usize], &[usize]),
    from: (f32, f32),
    stride: f32,
) -> Vec<FrameResult> {
    looks
        .par_iter()
        .zip(examples)
        .map(|(look, example)| {
            let sample = &samples[example.sample];
            let to = (sample.size.0 as f32, sample.size.1 as f32);
            let whole = BBox::new(0.0, 0.0, to.0, to.1);
            let mut predictions =
                if boxes.is_empty() { vec![] } else { decode::objects(shape, &look.maps, stride, from, to) };
            for p in &mut predictions {
                p.category = boxes[p.category];
            }
            // A tag is a box around the whole frame: then one kind of average precision serves both.
            predictions.extend(tags.iter().zip(&look.tags).map(|(t, score)| Scored {
                category: *t,
                bbox: whole,
                score: *score,
            }));
            let mut truth: Vec<(usize, BBox)> = sample.boxes.iter().map(|(c, b)| (boxes[*c], *b)).collect();
            truth.extend(tags.iter().zip(&sample.tags).filter(|(_, on)| **on > 0.5).map(|(t, _)| (*t, whole)));
            FrameResult { truth, predictions, loss: look.loss }
        })
        .collect()
}
