//! What a training computes before its first step: the features of every frame and view, and what they look like on
//! average.

use super::observer::Observer;
use super::schedule::{Schedule, Time};
use crate::dataset::view::View;
use crate::domain::{Activity, BBox, Side};
use crate::graph::Tensor;
use crate::host;
use crate::runtime::{Runtime, SessionOptions};
use crate::train::base::{Base, Feed, Fork};
use crate::train::cancel::check;
use crate::train::error::TrainError;
use crate::train::examples::{BATCH, Content, Example, Extractor, TrainingSet, features};
use crate::train::network::{HeadShape, LossScale, Standard, Targets};
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use std::collections::{BTreeMap, HashMap};
use std::ops::Range;
use std::sync::atomic::AtomicBool;
use std::time::Instant;

/// Augmented views of a training frame, at most.
const VIEWS: usize = 5;
/// Share of the free memory that features may take.
const MEMORY_SHARE: f64 = 0.3;
/// Share of the minutes given that views may take.
const TIME_SHARE: f32 = 0.1;

/// Examples of every frame, and averages over the training side.
pub struct Prepared {
    /// Those of a frame together, its plain one first.
    pub examples: Vec<Example>,
    pub standard: Standard,
    pub scale: LossScale,
    /// Logarithm of a typical half side in strides.
    pub distance: f32,
    /// Augmented views of each training frame.
    pub views: usize,
}

/// What a training starts from.
pub struct Preparation<'a> {
    pub base: &'a Base,
    pub runtime: &'a Runtime,
    pub frames: &'a TrainingSet<'a>,
    pub shape: &'a HeadShape,
    pub forks: &'a [Fork],
    pub schedule: &'a Schedule,
    pub time: Option<Time>,
    pub seed: u64,
    /// Augmented views of each training frame, where a training is continued.
    pub views: Option<usize>,
    /// The same; or that of the model that it starts from.
    pub standard: Option<&'a Standard>,
}

impl Preparation<'_> {
    /// Shows every frame to the base.
    pub fn prepare(&self, observer: &mut dyn Observer, cancel: &AtomicBool) -> Result<Prepared, TrainError> {
        let (base, frames) = (self.base, self.frames);
        // The taps are needed for their averages, even where the first phase trains everything.
        let mut values: BTreeMap<&str, usize> =
            base.info.taps.iter().map(|t| (t.name.as_str(), t.channels * t.height * t.width)).collect();
        let mut cached = false;
        for phase in &self.schedule.phases {
            let fork = &self.forks[phase.fork];
            if fork.feed(phase.feed) == Feed::Features {
                cached = true;
                values.extend(fork.crossing.iter().map(|c| (c.name.as_str(), c.shape.iter().product())));
            }
        }
        let training = frames.sides.iter().filter(|s| **s == Side::Training).count();
        let bytes = values.values().sum::<usize>() * 2;
        let views = match self.views {
            Some(views) => views,
            None if cached => {
                let fit = views_that_fit(bytes, frames.ids.len(), training);
                self.time.map_or(fit, |time| fit.min(views_in_time(time, training)))
            }
            None => 0,
        };
        let names: Vec<String> = values.keys().map(|n| (*n).to_owned()).collect();
        let mut examples = self.examples(&names, views, observer, cancel)?;
        let of_training: Vec<&Example> = examples.iter().filter(|e| frames.sides[e.sample] == Side::Training).collect();
        let (scale, distance) = averages(&of_training, self.shape);
        let standard = match self.standard {
            Some(standard) => standard.clone(),
            None => features::measure(&base.info.taps, &of_training),
        };
        if !cached {
            examples.iter_mut().for_each(|e| e.content = Content::Values(HashMap::new()));
        }
        Ok(Prepared { examples, standard, scale, distance, views })
    }

    /// All frames, some of them in each of the parts that run at the same time.
    fn examples(
        &self,
        values: &[String],
        views: usize,
        observer: &mut dyn Observer,
        cancel: &AtomicBool,
    ) -> Result<Vec<Example>, TrainError> {
        let count = self.frames.ids.len();
        let parts = self.runtime.parts(BATCH);
        let each = count.div_ceil(parts).max(1);
        let part = |n: usize| (n * each).min(count)..((n + 1) * each).min(count);
        std::thread::scope(|scope| {
            let others: Vec<_> = (1..parts)
                .map(|n| scope.spawn(move || self.some(part(n), values, views, parts, |_| (), cancel)))
                .collect();
            let activity = |done: f32| observer.activity(Activity::Looking, done);
            let mut examples = self.some(part(0), values, views, parts, activity, cancel)?;
            for other in others {
                let more = other.join().map_err(|_| TrainError::Failed("looking at the frames panicked".into()))?;
                examples.extend(more?);
            }
            Ok(examples)
        })
    }

    /// Some of the frames; `tell` is told how much of them is done.
    fn some(
        &self,
        which: Range<usize>,
        values: &[String],
        views: usize,
        parts: usize,
        mut tell: impl FnMut(f32),
        cancel: &AtomicBool,
    ) -> Result<Vec<Example>, TrainError> {
        let frames = self.frames;
        let mut extractor =
            Extractor::new(self.base, values, self.runtime, SessionOptions::threads(self.runtime.threads() / parts))?;
        let mut examples = Vec::new();
        let (first, count) = (which.start, which.len());
        for i in which {
            check(cancel)?;
            tell((i - first) as f32 / count as f32);
            let picture = (frames.load)(frames.ids[i])?;
            let mut rng = ChaCha8Rng::seed_from_u64(self.seed ^ (i as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15));
            let mut shown = vec![View::identity()];
            if frames.sides[i] == Side::Training {
                shown.extend((0..views).map(|_| View::random(&mut rng)));
            }
            examples.extend(extractor.examples(i, &frames.samples[i], &picture, &shown)?);
        }
        Ok(examples)
    }
}

/// How long the base takes for a picture.
pub fn seconds_a_picture(base: &Base, runtime: &Runtime) -> Result<f32, TrainError> {
    let names: Vec<String> = base.info.taps.iter().map(|t| t.name.clone()).collect();
    let mut session = base.session(runtime, &names, SessionOptions::default())?;
    let pixels = Tensor::u8([base.info.height, base.info.width, 3], vec![127; base.info.height * base.info.width * 3]);
    let mut least = f32::MAX;
    // The first run allocates; of the others the fastest counts, as others may be using the machine.
    for _ in 0..16 {
        let clock = Instant::now();
        session.run(&[("pixels", &pixels)], &["value0"])?;
        least = least.min(clock.elapsed().as_secs_f32());
    }
    Ok(least)
}

/// Augmented views of each training frame whose features (`bytes` each) fit into the memory that is free.
fn views_that_fit(bytes: usize, frames: usize, training: usize) -> usize {
    let free = host::memory().available as f64;
    let room = free * MEMORY_SHARE / bytes.max(1) as f64 - frames as f64;
    ((room / training.max(1) as f64) as usize).clamp(1, VIEWS)
}

/// Augmented views of each training frame that the time allows; with none, frames are shown as they are.
fn views_in_time(time: Time, training: usize) -> usize {
    (time.minutes * 60.0 * TIME_SHARE / (time.look * training.max(1) as f32)) as usize
}

/// What the loss is scaled by, and the logarithm of a typical half side in strides.
pub fn averages(training: &[&Example], shape: &HeadShape) -> (LossScale, f32) {
    let stride = shape.taps[0].stride as f32;
    let count = training.len().max(1) as f32;
    let centres = training.iter().map(|e| e.truth.boxes.len()).sum::<usize>() as f32 / count;
    let inside = |e: &&Example| Targets::draw(shape, &e.truth, stride).inside.iter().sum::<f32>();
    let insides = training.iter().map(inside).sum::<f32>() / count;
    let half = |(_, b): &(usize, BBox)| (b.width * b.height).sqrt() / 2.0 / stride;
    let mut halves: Vec<f32> = training.iter().flat_map(|e| e.truth.boxes.iter().map(half)).collect();
    halves.sort_by(f32::total_cmp);
    let typical = halves.get(halves.len() / 2).copied().unwrap_or(1.0).max(0.1);
    (LossScale { centres, insides, stride }, typical.ln())
}
