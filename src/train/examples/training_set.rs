//! The training set: the labelled frames that take part, and how their pictures are read.

use super::example::{Content, Example};
use crate::dataset::view::View;
use crate::domain::{BBox, FrameId, Side};
use crate::train::error::TrainError;
use crate::train::network::{TrueBox, ViewTruth};
use image::RgbImage;
use std::collections::HashMap;

/// A labelled frame on its way into training.
#[derive(Clone, Debug)]
pub struct Sample {
    pub size: (u32, u32),
    /// In pixels of the frame.
    pub boxes: Vec<TrueBox>,
    /// Proposals that somebody refused: class index among the box categories, pixels of the frame.
    pub rejected: Vec<(usize, BBox)>,
    /// 0 or 1 for every tag category.
    pub tags: Vec<f32>,
}

impl Sample {
    /// What a view of the frame, `size` pixels large, is to be seen as.
    pub fn truth(&self, view: &View, size: (u32, u32)) -> ViewTruth {
        let seen = |bbox: BBox| view.bbox(bbox, self.size, size);
        let boxes = self.boxes.iter().filter_map(|of| Some(TrueBox { bbox: seen(of.bbox)?, ..*of })).collect();
        let rejected = self.rejected.iter().filter_map(|(class, bbox)| Some((*class, seen(*bbox)?))).collect();
        ViewTruth { boxes, rejected, tags: self.tags.clone() }
    }
}

/// Reads a frame's picture.
pub type Load<'a> = dyn Fn(FrameId) -> Result<RgbImage, TrainError> + Sync + 'a;

/// The training set: every labelled frame of a training, on its side.
pub struct TrainingSet<'a> {
    pub ids: Vec<FrameId>,
    pub sides: Vec<Side>,
    pub samples: Vec<Sample>,
    pub load: &'a Load<'a>,
    /// Width and height of the base's input.
    pub size: (u32, u32),
}

impl TrainingSet<'_> {
    /// A frame as it is, of which nothing is kept but the truth.
    pub fn unseen(&self, sample: usize) -> Example {
        let truth = self.samples[sample].truth(&View::identity(), self.size);
        Example { sample, plain: true, truth, content: Content::Values(HashMap::new()) }
    }
}
