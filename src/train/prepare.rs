//! What a training computes before its first step: the features of every frame and view, and what they look like on
//! average.

use super::TrainError;
use super::base::Base;
use super::features::{Content, Example, Extractor, Standard};
use super::fork::{Fork, Place};
use super::head::HeadShape;
use super::loss::LossScale;
use super::run::{Observer, check};
use super::schedule::Schedule;
use super::targets::Targets;
use super::views::Frames;
use crate::dataset::view::View;
use crate::domain::{BBox, Side};
use crate::graph::Tensor;
use crate::host;
use crate::runtime::Runtime;
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use std::collections::{BTreeMap, HashMap};
use std::sync::atomic::AtomicBool;
use std::time::Instant;

/// Augmented views of a training frame, at most.
const VIEWS: usize = 5;
/// Share of the free memory that features may take.
const MEMORY_SHARE: f64 = 0.3;

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

/// Shows every frame to the base. `views` and `standard`: those of a training that is continued.
#[allow(clippy::too_many_arguments, reason = "everything that a training starts from")]
pub fn prepare(
    base: &Base,
    runtime: &Runtime,
    frames: &Frames,
    shape: &HeadShape,
    forks: &[Fork],
    schedule: &Schedule,
    seed: u64,
    views: Option<usize>,
    standard: Option<&Standard>,
    observer: &mut dyn Observer,
    cancel: &AtomicBool,
) -> Result<Prepared, TrainError> {
    // The taps are needed for their averages, even where the first phase trains everything.
    let mut values: BTreeMap<&str, usize> =
        base.info.taps.iter().map(|t| (t.name.as_str(), t.channels * t.height * t.width)).collect();
    let mut cached = false;
    for fork in schedule.phases.iter().map(|p| &forks[p.fork]).filter(|f| f.place != Place::Image) {
        cached = true;
        values.extend(fork.crossing.iter().map(|c| (c.name.as_str(), c.shape.iter().product())));
    }
    let training = frames.sides.iter().filter(|s| **s == Side::Training).count();
    let bytes = values.values().sum::<usize>() * 2;
    let views = match views {
        Some(views) => views,
        None if cached => views_that_fit(bytes, frames.ids.len(), training),
        None => 0,
    };
    let names: Vec<String> = values.keys().map(|n| (*n).to_owned()).collect();
    let mut extractor = Extractor::new(base, &names, runtime)?;
    let mut examples = Vec::new();
    for (i, sample) in frames.samples.iter().enumerate() {
        check(cancel)?;
        observer.activity("looking at every frame and view", i as f32 / frames.ids.len() as f32);
        let picture = (frames.load)(frames.ids[i])?;
        let mut rng = ChaCha8Rng::seed_from_u64(seed ^ (i as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15));
        let mut shown = vec![View::identity()];
        if frames.sides[i] == Side::Training {
            shown.extend((0..views).map(|_| View::random(&mut rng)));
        }
        examples.extend(extractor.examples(i, sample, &picture, &shown)?);
    }
    let of_training: Vec<&Example> = examples.iter().filter(|e| frames.sides[e.sample] == Side::Training).collect();
    let (scale, distance) = averages(&of_training, shape);
    let standard = match standard {
        Some(standard) => standard.clone(),
        None => Standard::measure(&base.info.taps, &of_training),
    };
    if !cached {
        examples.iter_mut().for_each(|e| e.content = Content::Values(HashMap::new()));
    }
    Ok(Prepared { examples, standard, scale, distance, views })
}

/// How long the base takes for a picture.
pub fn seconds_a_picture(base: &Base, runtime: &Runtime) -> Result<f32, TrainError> {
    let names: Vec<String> = base.info.taps.iter().map(|t| t.name.clone()).collect();
    let mut session = base.session(runtime, &names)?;
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
