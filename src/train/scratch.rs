//! One experiment that trains every layer on pictures made for it, with no frames, phases or flip book.

use super::base::{Base, Feed, Place, fork};
use super::error::TrainError;
use super::examples::{Batch, Content, Example, Extractor, Sample, features};
use super::network::{HeadShape, Network, TrueBox, ViewTruth};
use super::population::{Population, Setting, StepSettings};
use super::run::{learning_rate, prepare};
use crate::dataset::view::View;
use crate::domain::{BBox, Hyperparameters};
use crate::runtime::{Runtime, SessionOptions};
use image::RgbImage;
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use std::sync::atomic::AtomicBool;

/// A picture and what is to be seen in it.
#[derive(Clone, Debug)]
pub struct Shown {
    /// RGB bytes at the size of the base's input.
    pub pixels: Vec<u8>,
    /// Class index, and box in pixels.
    pub boxes: Vec<(usize, BBox)>,
}

/// A network that learns.
pub struct Learner {
    base: Base,
    network: Network,
    population: Population,
    seed: u64,
}

impl Learner {
    /// A head for `categories` on every layer of `base`; `measured` are pictures like those to come.
    pub fn new(
        base: &Base,
        runtime: &Runtime,
        settings: &Hyperparameters,
        categories: usize,
        batch: usize,
        measured: &[Shown],
    ) -> Result<Self, TrainError> {
        let info = &base.info;
        let forks = fork::forks(base)?;
        let whole = forks.iter().find(|f| f.place == Place::Image);
        let whole = whole.ok_or_else(|| TrainError::Invalid("nothing of this base can be trained".into()))?;
        let hidden = settings.width as usize;
        let head = HeadShape { taps: info.taps.clone(), hidden, boxes: categories, tags: 0 };
        let names: Vec<String> = info.taps.iter().map(|t| t.name.clone()).collect();
        let mut extractor = Extractor::new(base, &names, runtime, SessionOptions::default())?;
        let mut examples = Vec::new();
        for shown in measured {
            let picture = RgbImage::from_raw(info.width as u32, info.height as u32, shown.pixels.clone())
                .ok_or_else(|| TrainError::Invalid("a picture has another size than the base's input".into()))?;
            let sample =
                Sample { size: picture.dimensions(), boxes: drawn(&shown.boxes), rejected: vec![], tags: vec![] };
            examples.extend(extractor.examples(0, &sample, &picture, &[View::identity()])?);
        }
        let examples: Vec<&Example> = examples.iter().collect();
        let standard = features::measure(&info.taps, &examples);
        let (scale, distance) = prepare::averages(&examples, &head);
        let network = Network::new(base, whole, Feed::Pixels, &head, &standard);
        let start = head.initial(&mut ChaCha8Rng::seed_from_u64(settings.seed), distance);
        let setting = Setting { runtime, network: &network, batch, scale };
        let population = Population::new(&setting, 1, std::slice::from_ref(settings), &[start])?;
        Ok(Self { base: base.clone(), network, population, seed: settings.seed })
    }

    /// One step, with this much of the way behind it (0 to 1); gives the loss.
    pub fn step(&mut self, shown: &[Shown], way: f32) -> Result<f32, TrainError> {
        let examples: Vec<Example> = shown
            .iter()
            .map(|s| Example {
                sample: 0,
                plain: false,
                truth: ViewTruth { boxes: drawn(&s.boxes), ..ViewTruth::default() },
                content: Content::Pixels(s.pixels.clone()),
            })
            .collect();
        let batch = Batch::of(&self.network, &examples.iter().collect::<Vec<_>>());
        let made = self.population.made();
        let settings = StepSettings {
            rate: learning_rate::rate(way) * learning_rate::warm_up(made),
            seed: self.seed ^ made as u64,
        };
        let losses = self.population.step(&batch, settings, &AtomicBool::new(false))?;
        Ok(losses.first().copied().unwrap_or(f32::NAN))
    }

    /// The base with its averaged weights.
    pub fn base(&self) -> Result<Base, TrainError> {
        let weights = self.population.weights(&[0])?;
        Ok(self.base.with(&weights[0]))
    }
}

fn drawn(boxes: &[(usize, BBox)]) -> Vec<TrueBox> {
    boxes.iter().map(|(class, bbox)| TrueBox::drawn(*class, *bbox)).collect()
}
