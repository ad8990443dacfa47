//! What the frozen part of a base sees in every frame and view: computed once, kept in memory as half floats.

use super::TrainError;
use super::base::{Base, Tap};
use super::fork::Crossing;
use super::targets::ViewTruth;
use crate::dataset::view::View;
use crate::domain::BBox;
use crate::graph::{Builder, Tensor, Value};
use crate::runtime::{Purpose, Runtime, Session};
use half::f16;
use half::slice::HalfFloatSliceExt;
use image::RgbImage;
use rayon::prelude::*;
use std::collections::HashMap;
use std::sync::Arc;

/// A labelled frame on its way into training.
#[derive(Clone, Debug)]
pub struct Sample {
    pub size: (u32, u32),
    /// Class index among the box categories; pixels of the frame.
    pub boxes: Vec<(usize, BBox)>,
    /// 0 or 1 for every tag category.
    pub tags: Vec<f32>,
}

impl Sample {
    /// What a view of the frame, `size` pixels large, is to be seen as.
    pub fn truth(&self, view: &View, size: (u32, u32)) -> ViewTruth {
        let boxes = self.boxes.iter().filter_map(|(c, b)| Some((*c, view.bbox(*b, self.size, size)?))).collect();
        ViewTruth { boxes, tags: self.tags.clone() }
    }
}

/// One view of one frame.
#[derive(Clone, Debug)]
pub struct Example {
    /// Index of the frame among the samples.
    pub sample: usize,
    /// Whether the view shows the frame as it is.
    pub plain: bool,
    pub truth: ViewTruth,
    pub content: Content,
}

/// What the part above a fork is given of a view.
#[derive(Clone, Debug)]
pub enum Content {
    /// RGB bytes of the view at the size of the base's input.
    Pixels(Vec<u8>),
    /// Values of the base by name.
    Values(HashMap<String, Arc<Vec<f16>>>),
}

/// Mean and spread of every channel of every tap: the head sees features with mean 0 and spread 1, whatever the base.
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Standard {
    pub mean: Vec<Vec<f32>>,
    pub spread: Vec<Vec<f32>>,
}

/// Extracts values of the base, one picture at a time.
pub struct Extractor {
    size: (u32, u32),
    values: Vec<String>,
    session: Session,
}

impl Extractor {
    pub fn new(base: &Base, values: &[String], runtime: &Runtime, purpose: Purpose) -> Result<Self, TrainError> {
        let size = (base.info.width as u32, base.info.height as u32);
        Ok(Self { size, values: values.to_vec(), session: base.session(runtime, values, purpose)? })
    }

    /// Shows each of `views` of a frame to the base.
    pub fn examples(
        &mut self,
        index: usize,
        sample: &Sample,
        frame: &RgbImage,
        views: &[View],
    ) -> Result<Vec<Example>, TrainError> {
        let size = self.size;
        let pictures: Vec<RgbImage> = views.par_iter().map(|v| v.picture(frame, size.0, size.1)).collect();
        let names: Vec<String> = (0..self.values.len()).map(|i| format!("value{i}")).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        views
            .iter()
            .zip(pictures)
            .map(|(view, picture)| {
                let pixels = Tensor::u8([size.1 as usize, size.0 as usize, 3], picture.into_raw());
                let seen = self.session.run_owned(vec![("pixels", pixels)], &names)?;
                let halves = seen.iter().map(|t| {
                    let mut half = vec![f16::ZERO; t.len()];
                    half.convert_from_f32_slice(t.as_f32().unwrap_or_default());
                    Arc::new(half)
                });
                let content = Content::Values(self.values.iter().cloned().zip(halves).collect());
                let plain = *view == View::identity();
                Ok(Example { sample: index, plain, truth: sample.truth(view, size), content })
            })
            .collect()
    }
}

impl Standard {
    /// Over all cells of all examples, which hold the taps.
    pub fn measure(taps: &[Tap], examples: &[&Example]) -> Self {
        let (mut mean, mut spread) = (Vec::new(), Vec::new());
        for tap in taps {
            let cells = tap.height * tap.width;
            let maps: Vec<&Arc<Vec<f16>>> = examples
                .iter()
                .filter_map(|e| match &e.content {
                    Content::Values(values) => values.get(&tap.name),
                    Content::Pixels(_) => None,
                })
                .collect();
            let (means, spreads): (Vec<f32>, Vec<f32>) = (0..tap.channels)
                .into_par_iter()
                .map(|c| {
                    let (mut sum, mut squares, mut n) = (0.0f64, 0.0f64, 0.0f64);
                    for map in &maps {
                        for v in &map[c * cells..(c + 1) * cells] {
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

    /// Tap `tap` `[…, channels, cells]` with mean 0 and spread 1.
    pub fn standardise(&self, g: &mut Builder, x: Value, tap: usize) -> Value {
        let column = |values: &[f32]| Tensor::f32([1, values.len(), 1], values.to_vec());
        let mean = g.named_constant(&format!("standard/mean{tap}"), column(&self.mean[tap]));
        let spread = g.named_constant(&format!("standard/spread{tap}"), column(&self.spread[tap]));
        let x = g.sub(x, mean);
        g.div(x, spread)
    }
}

/// The network's inputs for a batch, by name: see `Network::inputs`. All examples hold pixels, or all hold the values
/// that cross the fork.
pub fn batch(size: (usize, usize), crossing: &[Crossing], examples: &[&Example]) -> Vec<(String, Tensor)> {
    let pixels: Vec<&Vec<u8>> = examples
        .iter()
        .filter_map(|e| match &e.content {
            Content::Pixels(pixels) => Some(pixels),
            Content::Values(_) => None,
        })
        .collect();
    if pixels.len() == examples.len() {
        let all = pixels.iter().flat_map(|p| p.iter().copied()).collect();
        return vec![("pixels".into(), Tensor::u8([examples.len(), size.1, size.0, 3], all))];
    }
    crossing
        .iter()
        .enumerate()
        .map(|(i, c)| {
            let count = c.shape.iter().product();
            let mut floats = vec![0.0f32; examples.len() * count];
            for (example, out) in examples.iter().zip(floats.chunks_mut(count)) {
                if let Content::Values(values) = &example.content
                    && let Some(value) = values.get(&c.name)
                {
                    value.convert_to_f32_slice(out);
                }
            }
            let [channels, height, width] = c.shape;
            (format!("value{i}"), Tensor::f32([examples.len(), channels, height, width], floats))
        })
        .collect()
}
