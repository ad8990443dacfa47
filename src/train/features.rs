//! What the frozen base sees in every frame and view: computed once, kept in memory as half floats.

use super::TrainError;
use super::base::{Base, Tap};
use super::targets::ViewTruth;
use crate::dataset::view::View;
use crate::domain::BBox;
use crate::graph::Tensor;
use crate::runtime::Runtime;
use half::f16;
use half::slice::HalfFloatSliceExt;
use image::RgbImage;
use rayon::prelude::*;

/// A labelled frame on its way into training.
#[derive(Clone, Debug)]
pub struct Sample {
    pub size: (u32, u32),
    /// Class index among the box categories; pixels of the frame.
    pub boxes: Vec<(usize, BBox)>,
    /// 0 or 1 for every tag category.
    pub tags: Vec<f32>,
}

/// One view of one frame, as the base saw it.
#[derive(Clone, Debug)]
pub struct Example {
    /// Index of the frame among the samples.
    pub sample: usize,
    /// Whether the view shows the frame as it is.
    pub plain: bool,
    pub truth: ViewTruth,
    /// A vector a tap: `[channels, cells]`.
    taps: Vec<Vec<f16>>,
}

/// Mean and spread of every channel of every tap: the head sees features with mean 0 and spread 1, whatever the base.
#[derive(Clone, Debug, PartialEq)]
pub struct Standard {
    pub mean: Vec<Vec<f32>>,
    pub spread: Vec<Vec<f32>>,
}

/// Extracts features, one picture at a time.
pub struct Extractor {
    base: Base,
    session: crate::runtime::Session,
}

impl Extractor {
    pub fn new(base: &Base, runtime: &Runtime) -> Result<Self, TrainError> {
        Ok(Self { base: base.clone(), session: base.session(runtime)? })
    }

    /// Shows each of `views` of a frame to the base.
    pub fn examples(
        &mut self,
        index: usize,
        sample: &Sample,
        frame: &RgbImage,
        views: &[View],
    ) -> Result<Vec<Example>, TrainError> {
        let info = &self.base.info;
        let size = (info.width as u32, info.height as u32);
        let pictures: Vec<RgbImage> = views.par_iter().map(|v| v.picture(frame, size.0, size.1)).collect();
        let names: Vec<String> = (0..info.taps.len()).map(|i| format!("tap{i}")).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        views
            .iter()
            .zip(pictures)
            .map(|(view, picture)| {
                let pixels = Tensor::u8([info.height, info.width, 3], picture.into_raw());
                let taps = self.session.run_owned(vec![("pixels", pixels)], &names)?;
                let taps = taps
                    .iter()
                    .map(|t| {
                        let mut half = vec![f16::ZERO; t.len()];
                        half.convert_from_f32_slice(t.as_f32().unwrap_or_default());
                        half
                    })
                    .collect();
                let boxes =
                    sample.boxes.iter().filter_map(|(c, b)| Some((*c, view.bbox(*b, sample.size, size)?))).collect();
                Ok(Example {
                    sample: index,
                    plain: *view == View::identity(),
                    truth: ViewTruth { boxes, tags: sample.tags.clone() },
                    taps,
                })
            })
            .collect()
    }
}

impl Standard {
    /// Over all cells of all examples.
    pub fn measure(taps: &[Tap], examples: &[Example]) -> Self {
        let (mut mean, mut spread) = (Vec::new(), Vec::new());
        for (i, tap) in taps.iter().enumerate() {
            let cells = tap.height * tap.width;
            let (means, spreads): (Vec<f32>, Vec<f32>) = (0..tap.channels)
                .into_par_iter()
                .map(|c| {
                    let (mut sum, mut squares, mut n) = (0.0f64, 0.0f64, 0.0f64);
                    for example in examples {
                        for v in &example.taps[i][c * cells..(c + 1) * cells] {
                            let v = v.to_f64();
                            sum += v;
                            squares += v * v;
                        }
                        n += cells as f64;
                    }
                    let mean = sum / n.max(1.0);
                    let variance = (squares / n.max(1.0) - mean * mean).max(0.0);
                    // A channel that never moves says nothing; a spread of 1 keeps it at 0.
                    let spread = variance.sqrt();
                    (mean as f32, if spread > 1e-5 { spread as f32 } else { 1.0 })
                })
                .unzip();
            mean.push(means);
            spread.push(spreads);
        }
        Self { mean, spread }
    }

    /// Makes the examples' features standard.
    pub fn apply(&self, examples: &mut [Example]) {
        examples.par_iter_mut().for_each(|example| {
            for (i, tap) in example.taps.iter_mut().enumerate() {
                let cells = tap.len() / self.mean[i].len().max(1);
                for (c, channel) in tap.chunks_mut(cells.max(1)).enumerate() {
                    let (mean, spread) = (self.mean[i][c], self.spread[i][c]);
                    for v in channel {
                        *v = f16::from_f32((v.to_f32() - mean) / spread);
                    }
                }
            }
        });
    }
}

/// The features of a batch: a tensor `[batch, channels, cells]` for each tap.
pub fn batch(taps: &[Tap], examples: &[&Example]) -> Vec<Tensor> {
    taps.iter()
        .enumerate()
        .map(|(i, tap)| {
            let size = tap.channels * tap.height * tap.width;
            let mut values = vec![0.0f32; examples.len() * size];
            for (example, out) in examples.iter().zip(values.chunks_mut(size)) {
                example.taps[i].convert_to_f32_slice(out);
            }
            Tensor::f32([examples.len(), tap.channels, tap.height * tap.width], values)
        })
        .collect()
}
