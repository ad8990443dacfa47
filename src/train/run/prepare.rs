//! What a training computes before its first step: the features of every frame and view, and what they look like on
//! average.

use super::memory::Kept;
use super::observer::Observer;
use super::schedule::Time;
use crate::dataset::view::View;
use crate::domain::{Activity, Side};
use crate::graph::Tensor;
use crate::runtime::{Runtime, SessionOptions};
use crate::train::base::Base;
use crate::train::cancel::check;
use crate::train::error::TrainError;
use crate::train::examples::{BATCH, Example, Extractor, TrainingSet, features};
use crate::train::network::{HeadShape, LossScale, Standard, Targets, TrueBox};
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use std::sync::atomic::AtomicBool;
use std::time::Instant;

/// Frames whose taps are measured where nothing is kept, about: more would say the same.
const MEASURED: usize = 256;
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
}

/// What a training starts from.
pub struct Preparation<'a> {
    pub base: &'a Base,
    pub runtime: &'a Runtime,
    pub frames: &'a TrainingSet<'a>,
    pub shape: &'a HeadShape,
    pub kept: &'a Kept,
    pub seed: u64,
    /// Of a training that is continued, or of the model that it starts from.
    pub standard: Option<&'a Standard>,
}

impl Preparation<'_> {
    /// Shows every frame to the base; where nothing is kept, enough of them to measure its taps.
    pub fn prepare(&self, observer: &mut dyn Observer, cancel: &AtomicBool) -> Result<Prepared, TrainError> {
        let (base, frames) = (self.base, self.frames);
        let all = 0..frames.ids.len();
        let learned = |example: &&Example| frames.sides[example.sample] == Side::Training;
        let names: Vec<String> = self.kept.values.keys().cloned().collect();
        let examples = match names.is_empty() {
            true => all.clone().map(|i| frames.unseen(i)).collect(),
            false => self.examples(&all.collect::<Vec<_>>(), &names, self.kept.views, observer, cancel)?,
        };
        let of_training: Vec<&Example> = examples.iter().filter(learned).collect();
        let (scale, distance) = averages(&of_training, self.shape);
        let standard = match self.standard {
            Some(standard) => standard.clone(),
            None if !names.is_empty() => features::measure(&base.info.taps, &of_training),
            None => {
                let taps: Vec<String> = base.info.taps.iter().map(|t| t.name.clone()).collect();
                let each = of_training.len().div_ceil(MEASURED).max(1);
                let some: Vec<usize> = of_training.iter().step_by(each).map(|e| e.sample).collect();
                let seen = self.examples(&some, &taps, 0, observer, cancel)?;
                features::measure(&base.info.taps, &seen.iter().collect::<Vec<_>>())
            }
        };
        Ok(Prepared { examples, standard, scale, distance })
    }

    /// These frames, some of them in each of the parts that run at the same time.
    fn examples(
        &self,
        which: &[usize],
        values: &[String],
        views: usize,
        observer: &mut dyn Observer,
        cancel: &AtomicBool,
    ) -> Result<Vec<Example>, TrainError> {
        let count = which.len();
        let parts = self.runtime.parts(BATCH);
        let each = count.div_ceil(parts).max(1);
        let part = |n: usize| &which[(n * each).min(count)..((n + 1) * each).min(count)];
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
        which: &[usize],
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
        for (done, &i) in which.iter().enumerate() {
            check(cancel)?;
            tell(done as f32 / which.len() as f32);
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

/// Augmented views of each training frame that the time allows; with none, frames are shown as they are.
pub fn views_in_time(time: Time, training: usize) -> usize {
    (time.minutes * 60.0 * TIME_SHARE / (time.look * training.max(1) as f32)) as usize
}

/// What the loss is scaled by, and the logarithm of a typical half side in strides.
pub fn averages(training: &[&Example], shape: &HeadShape) -> (LossScale, f32) {
    let stride = shape.taps[0].stride as f32;
    let count = training.len().max(1) as f32;
    let counts = |e: &&Example| e.truth.boxes.iter().map(|of| of.weight).sum::<f32>();
    let centres = training.iter().map(counts).sum::<f32>() / count;
    let inside = |e: &&Example| Targets::draw(shape, &e.truth, stride).inside.iter().sum::<f32>();
    let insides = training.iter().map(inside).sum::<f32>() / count;
    let half = |of: &TrueBox| of.bbox.area().sqrt() / 2.0 / stride;
    let mut halves: Vec<f32> = training.iter().flat_map(|e| e.truth.boxes.iter().map(half)).collect();
    halves.sort_by(f32::total_cmp);
    let typical = halves.get(halves.len() / 2).copied().unwrap_or(1.0).max(0.1);
    (LossScale { centres, insides, stride }, typical.ln())
}
