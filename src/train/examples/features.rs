//! What the frozen part of a base sees in every frame and view: computed once, kept in memory as half floats.

use super::example::{Content, Example};
use super::training_set::Sample;
use crate::dataset::view::View;
use crate::graph::Tensor;
use crate::runtime::{Runtime, Session, SessionOptions};
use crate::train::base::{Base, Tap};
use crate::train::error::TrainError;
use crate::train::network::Standard;
use half::f16;
use half::slice::HalfFloatSliceExt;
use image::RgbImage;
use rayon::prelude::*;
use std::sync::Arc;

/// Extracts values of the base, one picture at a time.
pub struct Extractor {
    size: (u32, u32),
    values: Vec<String>,
    session: Session,
}

impl Extractor {
    pub fn new(base: &Base, values: &[String], runtime: &Runtime, options: SessionOptions) -> Result<Self, TrainError> {
        let size = (base.info.width as u32, base.info.height as u32);
        Ok(Self { size, values: values.to_vec(), session: base.session(runtime, values, options)? })
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

/// Mean and spread over all cells of all examples, which hold the taps.
pub fn measure(taps: &[Tap], examples: &[&Example]) -> Standard {
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
    Standard { mean, spread }
}
