//! One training, from labelled frames to the winner. Knows nothing of stores or doors: it reads frames through a
//! closure and tells an [`Observer`] what happens.

use super::TrainError;
use super::base::Base;
use super::decode;
use super::evaluate::{self, Evaluation, FrameResult, Scored};
use super::experiments::{Batch, Population};
use super::features::{Example, Extractor, Sample, Standard};
use super::head::HeadShape;
use super::looker::Look;
use super::loss::LossSettings;
use super::search::{self, Rungs};
use super::targets::Targets;
use crate::dataset::view::View;
use crate::domain::{
    BBox, Category, Experiment, ExperimentState, FrameId, Hyperparameters, Label, LabelKind, Metrics, Point, Side,
};
use crate::graph::Tensor;
use crate::runtime::Runtime;
use image::RgbImage;
use rand::seq::SliceRandom;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use std::sync::atomic::{AtomicBool, Ordering};

/// Frames in a step.
pub const BATCH: usize = 8;
/// Of them, those shown in an augmented view; the others are shown as they are.
const VIEWED: usize = 5;
/// Augmented views of a training frame, at most.
const VIEWS: usize = 5;
/// Share of the free memory that features may take.
const MEMORY_SHARE: f64 = 0.3;
/// Steps in an epoch, at least: few frames are seen more often.
const LEAST_STEPS: usize = 16;

/// A labelled frame that takes part.
#[derive(Clone, Debug)]
pub struct TrainingFrame {
    pub id: FrameId,
    /// Pixels.
    pub size: (u32, u32),
    pub labels: Vec<Label>,
    pub side: Side,
}

/// What a training is given.
pub struct Plan {
    pub base: Base,
    pub categories: Vec<Category>,
    pub frames: Vec<TrainingFrame>,
    /// What is tried.
    pub experiments: Vec<Experiment>,
    pub epochs: u32,
    pub rungs: Rungs,
    pub seed: u64,
    /// Where the experiments start, if not at random.
    pub start: Option<Start>,
}

/// A head to continue: its parameters in the order of [`HeadShape::parameters`], and the features' standard it expects.
#[derive(Clone, Debug)]
pub struct Start {
    pub weights: Vec<Tensor>,
    pub standard: Standard,
}

/// What the leader saw in a frame, in pixels of the frame; class indices are those of `Plan::categories`.
#[derive(Clone, Debug)]
pub struct Seen {
    pub predictions: Vec<Scored>,
    pub point: Point,
}

/// The state of a training after an epoch.
pub struct EpochReport<'a> {
    /// From 1.
    pub epoch: u32,
    /// Rungs passed.
    pub rung: u32,
    pub experiments: &'a [Experiment],
    /// Index of the leading experiment.
    pub leader: usize,
    pub training: Metrics,
    pub validation: Metrics,
    /// In the order of `Plan::frames`.
    pub seen: &'a [Seen],
}

/// Told what happens, on the training's own thread.
pub trait Observer {
    /// What is being done, and how much of it (0 to 1).
    fn activity(&mut self, text: &str, part: f32);
    /// An epoch is over.
    fn epoch(&mut self, report: &EpochReport) -> Result<(), TrainError>;
}

/// The best experiment at its best epoch.
#[derive(Clone, Debug)]
pub struct Winner {
    pub experiment: Experiment,
    pub shape: HeadShape,
    pub weights: Vec<Tensor>,
    pub standard: Standard,
    pub stride: f32,
    /// On the validation frames.
    pub evaluation: Evaluation,
}

/// Splits categories into those found by box and those of the whole frame; each maps to the index among all.
pub fn kinds(categories: &[Category]) -> (Vec<usize>, Vec<usize>) {
    let of = |tag: bool| {
        categories.iter().enumerate().filter(|(_, c)| (c.kind == LabelKind::Tag) == tag).map(|(i, _)| i).collect()
    };
    (of(false), of(true))
}

/// Runs the training. Stops early with [`TrainError::Cancelled`] once `cancel` is set.
pub fn run(
    plan: &Plan,
    runtime: &Runtime,
    load: &(dyn Fn(FrameId) -> Result<RgbImage, TrainError> + Sync),
    observer: &mut dyn Observer,
    cancel: &AtomicBool,
) -> Result<Winner, TrainError> {
    let (boxes, tags) = kinds(&plan.categories);
    let samples: Vec<Sample> = plan.frames.iter().map(|f| sample(f, &plan.categories, &boxes, &tags)).collect();
    let prepared = prepare(plan, runtime, &samples, load, observer, cancel)?;
    let taps = &plan.base.info.taps;
    let shape = HeadShape {
        taps: taps.clone(),
        hidden: search::WIDTHS[search::WIDTHS.len() - 1] as usize,
        boxes: boxes.len(),
        tags: tags.len(),
    };
    let stride = taps[0].stride as f32;

    let mut experiments = plan.experiments.clone();
    let hyper: Vec<Hyperparameters> = experiments.iter().map(|e| e.hyperparameters.clone()).collect();
    let settings = Statistics::of(&prepared.training, &shape, stride);
    let start: Vec<Vec<Tensor>> = hyper
        .iter()
        .map(|h| match &plan.start {
            Some(start) => start.weights.clone(),
            None => shape.initial(&mut ChaCha8Rng::seed_from_u64(h.seed), settings.distance),
        })
        .collect();
    let mut population = Population::new(runtime, &shape, BATCH, &settings.loss, &hyper, start)?;
    let mut active: Vec<usize> = (0..experiments.len()).collect();
    let mut rung = 0;
    let steps_per_epoch = prepared.frames.len().div_ceil(BATCH).max(LEAST_STEPS);
    let steps = steps_per_epoch * plan.epochs as usize;
    let mut winner: Option<Winner> = None;

    for epoch in 1..=plan.epochs {
        let mut rng = ChaCha8Rng::seed_from_u64(plan.seed.wrapping_mul(7919).wrapping_add(u64::from(epoch)));
        for (n, chosen) in prepared.epoch(steps_per_epoch, &mut rng).into_iter().enumerate() {
            check(cancel)?;
            let step = (epoch as usize - 1) * steps_per_epoch + n;
            let rate = search::rate(step, steps);
            population.step(&Batch::of(&shape, stride, &chosen), rate, &mut rng)?;
            let part = (step + 1) as f32 / steps as f32;
            observer.activity(&format!("epoch {epoch} of {}, {} experiments", plan.epochs, active.len()), part);
        }

        let looks = population.look(&prepared.validation, stride, cancel)?;
        let size = (plan.base.info.width as f32, plan.base.info.height as f32);
        for (slot, &index) in active.iter().enumerate() {
            let results = results(&looks[slot], &prepared.validation, &samples, &shape, (&boxes, &tags), size, stride);
            let evaluation = evaluate::evaluate(&results, plan.categories.len());
            let experiment = &mut experiments[index];
            experiment.epoch = epoch;
            experiment.metrics = evaluation.metrics;
            experiment.state =
                if evaluation.metrics.loss.is_finite() { ExperimentState::Training } else { ExperimentState::Diverged };
        }
        let score = |i: usize| {
            let m = experiments[i].metrics;
            if m.loss.is_finite() { (m.ap50, m.ap50_95, -m.loss) } else { (f32::NEG_INFINITY, 0.0, 0.0) }
        };
        let slot = (0..active.len())
            .max_by(|a, b| score(active[*a]).partial_cmp(&score(active[*b])).unwrap_or(std::cmp::Ordering::Equal))
            .unwrap_or(0);
        let leader = active[slot];

        // Only the leader looks at the training side: its pages are the ones kept.
        let training_looks = population.look_alone(slot, &prepared.plain(), stride, cancel)?;
        let both = (boxes.as_slice(), tags.as_slice());
        let training = results(&training_looks, &prepared.plain(), &samples, &shape, both, size, stride);
        let validation = results(&looks[slot], &prepared.validation, &samples, &shape, both, size, stride);
        let training_metrics = evaluate::evaluate(&training, plan.categories.len()).metrics;
        let evaluation = evaluate::evaluate(&validation, plan.categories.len());

        let mut seen = vec![Seen { predictions: vec![], point: Point::default() }; samples.len()];
        for (example, result) in
            prepared.plain().into_iter().zip(&training).chain(prepared.validation.iter().zip(&validation))
        {
            seen[example.sample] =
                Seen { predictions: result.predictions.clone(), point: evaluate::point(result, evaluation.threshold) };
        }
        let better = winner.as_ref().is_none_or(|w| {
            (evaluation.metrics.ap50, evaluation.metrics.ap50_95)
                > (w.evaluation.metrics.ap50, w.evaluation.metrics.ap50_95)
        });
        if better {
            winner = Some(Winner {
                experiment: experiments[leader].clone(),
                shape: shape.clone(),
                weights: population.weights(slot)?,
                standard: prepared.standard.clone(),
                stride,
                evaluation,
            });
        }
        let last = epoch == plan.epochs;
        if plan.rungs.ends_at(epoch) && active.len() > 1 {
            let scores: Vec<f32> = active
                .iter()
                .map(|i| if experiments[*i].metrics.loss.is_finite() { experiments[*i].metrics.ap50 } else { f32::NAN })
                .collect();
            let keep = search::survivors(&scores);
            for (slot, &index) in active.iter().enumerate() {
                if !keep.contains(&slot) && experiments[index].state == ExperimentState::Training {
                    experiments[index].state = ExperimentState::Stopped;
                }
            }
            population = population.keep(&keep)?;
            active = keep.iter().map(|slot| active[*slot]).collect();
            rung += 1;
        }
        if last {
            for &index in &active {
                if experiments[index].state == ExperimentState::Training {
                    experiments[index].state = ExperimentState::Done;
                }
            }
        }
        observer.epoch(&EpochReport {
            epoch,
            rung,
            experiments: &experiments,
            leader,
            training: training_metrics,
            validation: evaluation.metrics,
            seen: &seen,
        })?;
        check(cancel)?;
    }
    winner.ok_or_else(|| TrainError::Failed("no epoch was trained".into()))
}

fn check(cancel: &AtomicBool) -> Result<(), TrainError> {
    if cancel.load(Ordering::Relaxed) { Err(TrainError::Cancelled) } else { Ok(()) }
}

/// A frame's labels as class indices of each kind.
fn sample(frame: &TrainingFrame, categories: &[Category], boxes: &[usize], tags: &[usize]) -> Sample {
    let index = |name: &str| categories.iter().position(|c| c.name == name);
    Sample {
        size: frame.size,
        boxes: frame
            .labels
            .iter()
            .filter_map(|l| Some((boxes.iter().position(|b| Some(*b) == index(&l.category))?, l.bbox?)))
            .collect(),
        tags: tags
            .iter()
            .map(|t| f32::from(u8::from(frame.labels.iter().any(|l| index(&l.category) == Some(*t)))))
            .collect(),
    }
}

/// Features of every frame and view, standardised.
struct Prepared {
    /// All views of all training frames; the plain one of a frame comes first.
    training: Vec<Example>,
    validation: Vec<Example>,
    /// For each training frame, where its views lie in `training`.
    frames: Vec<std::ops::Range<usize>>,
    standard: Standard,
}

impl Prepared {
    /// The training frames as they are.
    fn plain(&self) -> Vec<&Example> {
        self.frames.iter().map(|r| &self.training[r.start]).collect()
    }

    /// The steps of an epoch: every frame once, then anew until all steps are filled.
    fn epoch(&self, steps: usize, rng: &mut ChaCha8Rng) -> Vec<Vec<&Example>> {
        let mut order: Vec<usize> = Vec::new();
        (0..steps)
            .map(|_| {
                (0..BATCH)
                    .map(|slot| {
                        if order.is_empty() {
                            order = (0..self.frames.len()).collect();
                            order.shuffle(rng);
                        }
                        let views = self.frames[order.pop().unwrap_or(0)].clone();
                        let view = if slot < VIEWED && views.len() > 1 {
                            rng.random_range(views.start + 1..views.end)
                        } else {
                            views.start
                        };
                        &self.training[view]
                    })
                    .collect()
            })
            .collect()
    }
}

fn prepare(
    plan: &Plan,
    runtime: &Runtime,
    samples: &[Sample],
    load: &(dyn Fn(FrameId) -> Result<RgbImage, TrainError> + Sync),
    observer: &mut dyn Observer,
    cancel: &AtomicBool,
) -> Result<Prepared, TrainError> {
    let taps = &plan.base.info.taps;
    let views = views_that_fit(taps.iter().map(|t| t.channels * t.height * t.width * 2).sum(), &plan.frames);
    let mut extractor = Extractor::new(&plan.base, runtime)?;
    let (mut training, mut validation, mut frames) = (Vec::new(), Vec::new(), Vec::new());
    for (i, (frame, sample)) in plan.frames.iter().zip(samples).enumerate() {
        check(cancel)?;
        observer.activity("looking at every frame and view", i as f32 / plan.frames.len() as f32);
        let picture = load(frame.id)?;
        let mut rng = ChaCha8Rng::seed_from_u64(plan.seed ^ (i as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15));
        let mut shown = vec![View::identity()];
        if frame.side == Side::Training {
            shown.extend((0..views).map(|_| View::random(&mut rng)));
        }
        let examples = extractor.examples(i, sample, &picture, &shown)?;
        match frame.side {
            Side::Training => {
                frames.push(training.len()..training.len() + examples.len());
                training.extend(examples);
            }
            Side::Validation => validation.extend(examples),
        }
    }
    let standard = match &plan.start {
        Some(start) => start.standard.clone(),
        None => Standard::measure(taps, &training),
    };
    standard.apply(&mut training);
    standard.apply(&mut validation);
    Ok(Prepared { training, validation, frames, standard })
}

/// Augmented views of each training frame whose features (`bytes` each) fit into the memory that is free.
fn views_that_fit(bytes: usize, frames: &[TrainingFrame]) -> usize {
    let training = frames.iter().filter(|f| f.side == Side::Training).count().max(1);
    let free = std::fs::read_to_string("/proc/meminfo")
        .ok()
        .and_then(|text| {
            let line = text.lines().find(|l| l.starts_with("MemAvailable:"))?.to_owned();
            line.split_whitespace().nth(1)?.parse::<f64>().ok()
        })
        .map_or(1e9, |kib| kib * 1024.0);
    let room = free * MEMORY_SHARE / bytes.max(1) as f64 - frames.len() as f64;
    ((room / training as f64) as usize).clamp(1, VIEWS)
}

/// What the training side looks like on average.
struct Statistics {
    loss: LossSettings,
    /// Logarithm of a typical half side in strides.
    distance: f32,
}

impl Statistics {
    fn of(training: &[Example], shape: &HeadShape, stride: f32) -> Self {
        let count = training.len().max(1) as f32;
        let centres = training.iter().map(|e| e.truth.boxes.len()).sum::<usize>() as f32 / count;
        let insides =
            training.iter().map(|e| Targets::draw(shape, &e.truth, stride).inside.iter().sum::<f32>()).sum::<f32>()
                / count;
        let mut halves: Vec<f32> = training
            .iter()
            .flat_map(|e| e.truth.boxes.iter().map(|(_, b): &(usize, BBox)| (b.width * b.height).sqrt() / 2.0 / stride))
            .collect();
        halves.sort_by(f32::total_cmp);
        let typical = halves.get(halves.len() / 2).copied().unwrap_or(1.0).max(0.1);
        Self {
            loss: LossSettings {
                focal_gamma: vec![],
                box_weight: vec![],
                target_radius: vec![],
                centres,
                insides,
                stride,
            },
            distance: typical.ln(),
        }
    }
}

/// Turns what one experiment saw into objects in pixels of the frames, beside the truth.
fn results(
    looks: &[Look],
    examples: &[impl std::borrow::Borrow<Example>],
    samples: &[Sample],
    shape: &HeadShape,
    (boxes, tags): (&[usize], &[usize]),
    from: (f32, f32),
    stride: f32,
) -> Vec<FrameResult> {
    looks
        .iter()
        .zip(examples)
        .map(|(look, example)| {
            let sample = &samples[example.borrow().sample];
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
