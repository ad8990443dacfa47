//! Measures training on this machine: what E experiments in one graph bring.

use super::base::{Base, Feed, Fork, Place, fork};
use super::error::TrainError;
use super::examples::{BATCH, Batch, Example, Extractor, Load, Sample, features};
use super::export::{self, Provenance};
use super::network::{HeadShape, LossScale, Network, Standard, TrueBox};
use super::population::{Lanes, Population, Setting, StepSettings, Timings, lanes};
use super::run::{CARRIED, EpochReport, Observer, Plan, Strategy, TrainingFrame, hyperparameters, run};
use super::service::given::Given;
use crate::dataset::view::View;
use crate::domain::{Activity, Category, Experiment, FrameId, Label, Model, ModelId, Side, TrainingId};
use crate::runtime::{Runtime, SessionOptions};
use image::RgbImage;
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use std::collections::HashMap;
use std::path::Path;
use std::sync::atomic::AtomicBool;
use std::time::{Duration, Instant};

/// A labelled picture to measure with.
pub struct Picture {
    pub image: RgbImage,
    pub labels: Vec<Label>,
}

/// Experiments × images a second of E experiments trained as one graph, with the features ready: `steps` steps after
/// two to warm up.
pub fn steps(
    base: &Base,
    runtime: &Runtime,
    categories: &[Category],
    pictures: &[Picture],
    experiments: usize,
    steps: usize,
) -> Result<f64, TrainError> {
    let taps = &base.info.taps;
    let shape = HeadShape {
        taps: taps.clone(),
        hidden: *hyperparameters::WIDTHS.last().unwrap_or(&32) as usize,
        boxes: categories.len(),
        tags: 0,
    };
    let stride = taps[0].stride as f32;
    let names: Vec<String> = taps.iter().map(|t| t.name.clone()).collect();
    let mut extractor = Extractor::new(base, &names, runtime, SessionOptions::default())?;
    let mut examples = Vec::new();
    for (i, picture) in pictures.iter().take(BATCH).enumerate() {
        let boxes = picture
            .labels
            .iter()
            .filter_map(|l| Some(TrueBox::drawn(categories.iter().position(|c| c.name == l.category)?, l.bbox?)))
            .collect();
        let sample = Sample { size: picture.image.dimensions(), boxes, rejected: vec![], tags: vec![] };
        examples.extend(extractor.examples(i, &sample, &picture.image, &[View::identity()])?);
    }
    let standard = features::measure(taps, &examples.iter().collect::<Vec<&Example>>());
    let scale = LossScale { centres: 5.0, insides: 20.0, stride };
    let hyper = hyperparameters::draw(experiments, 0);
    let start: Vec<_> = hyper.iter().map(|h| shape.initial(&mut ChaCha8Rng::seed_from_u64(h.seed), 1.0)).collect();
    let network = Network::new(base, &fork::forks(base)?[0], Feed::Features, &shape, &standard);
    let setting = Setting { runtime, network: &network, batch: BATCH, scale };
    let mut population = Population::new(&setting, experiments, &hyper, &start)?;
    let chosen: Vec<_> = (0..BATCH).map(|i| &examples[i % examples.len()]).collect();
    let never = AtomicBool::new(false);
    let mut clock = Instant::now();
    for step in 0..steps + 2 {
        if step == 2 {
            clock = Instant::now();
        }
        let settings = StepSettings { rate: 1.0, seed: step as u64 };
        population.step(&Batch::of(&network, &chosen), settings, &never)?;
    }
    Ok((experiments * BATCH * steps) as f64 / clock.elapsed().as_secs_f64())
}

/// How fast experiments above a fork train, each a copy of the base's upper part.
pub struct ForkRates {
    pub place: String,
    /// Experiments × images a second, one experiment after the other.
    pub in_turn: f64,
    /// The same of all in one graph.
    pub together: f64,
}

/// Both ways at the cut at stride 8, or the first below the taps; `None` for a base of which nothing can be trained.
pub fn fork(base: &Base, runtime: &Runtime, boxes: usize, experiments: usize) -> Result<Option<ForkRates>, TrainError> {
    let forks = fork::forks(base)?;
    let below = |f: &&Fork| f.place != Place::Taps;
    let Some(fork) = forks.iter().find(|f| f.place == Place::Stride(8)).or_else(|| forks.iter().find(below)) else {
        return Ok(None);
    };
    let taps = &base.info.taps;
    let hidden = *hyperparameters::WIDTHS.last().unwrap_or(&32) as usize;
    let shape = HeadShape { taps: taps.clone(), hidden, boxes, tags: 0 };
    let of = |v: f32| taps.iter().map(|t| vec![v; t.channels]).collect();
    let network = Network::new(base, fork, Feed::Features, &shape, &Standard { mean: of(0.0), spread: of(1.0) });
    let scale = LossScale { centres: 5.0, insides: 20.0, stride: taps[0].stride as f32 };
    let setting = Setting { runtime, network: &network, batch: BATCH, scale };
    let hyper = hyperparameters::draw(experiments, 0);
    let rate = |together: usize| {
        let seconds = lanes::measure(&setting, together, &hyper, &AtomicBool::new(false))?;
        Ok::<_, TrainError>((experiments * BATCH) as f64 / f64::from(seconds))
    };
    Ok(Some(ForkRates { place: fork.place.to_string(), in_turn: rate(1)?, together: rate(experiments)? }))
}

/// How long a whole training of so many experiments takes, from pictures to the winner, features included; none stops
/// early, so that each does the same work however many there are.
pub fn training(
    base: &Base,
    runtime: &Runtime,
    categories: &[Category],
    pictures: &[Picture],
    experiments: usize,
    epochs: u32,
) -> Result<Duration, TrainError> {
    let ids: Vec<FrameId> = pictures.iter().map(|_| FrameId::new()).collect();
    let index: HashMap<FrameId, usize> = ids.iter().enumerate().map(|(i, id)| (*id, i)).collect();
    let frames = pictures
        .iter()
        .zip(&ids)
        .enumerate()
        .map(|(i, (p, id))| TrainingFrame {
            id: *id,
            size: p.image.dimensions(),
            labels: p.labels.clone(),
            rejected: vec![],
            side: if i % 5 == 0 { Side::Validation } else { Side::Training },
        })
        .collect();
    let plan = Plan {
        base: base.clone(),
        categories: categories.to_vec(),
        frames,
        experiments: hyperparameters::draw(experiments, 0).into_iter().map(Experiment::queued).collect(),
        epochs,
        minutes: None,
        strategy: Strategy::Taps,
        seed: 0,
        carried: CARRIED,
        start: None,
        lanes: Lanes::InTurn,
        resume: None,
        memory: 0,
        in_vain: 0,
    };
    let load = |id: FrameId| Ok(pictures[index[&id]].image.clone());
    let clock = Instant::now();
    run(&plan, runtime, &load, &mut Quiet::default(), &AtomicBool::new(false))?;
    Ok(clock.elapsed())
}

/// Keeps what was timed, and nothing else.
#[derive(Default)]
struct Quiet {
    timings: Timings,
}

impl Observer for Quiet {
    fn activity(&mut self, _: Activity, _: f32) {}
    fn epoch(&mut self, _: &EpochReport, _: Vec<u8>) -> Result<(), TrainError> {
        Ok(())
    }
    fn timed(&mut self, timings: &Timings) {
        self.timings = timings.clone();
    }
}

/// One experiment on a base: frozen up to the last map of this stride where it is cut there, and with as much of it
/// trained as can be. Each with the place from which it is trained, for people.
pub fn depths(base: &Base, stride: usize) -> Result<Vec<(String, Strategy)>, TrainError> {
    let forks = fork::forks(base)?;
    let wanted = |(i, fork): &(usize, &Fork)| fork.place == Place::Stride(stride) || *i == forks.len() - 1;
    let chosen = forks.iter().enumerate().filter(wanted);
    Ok(chosen.map(|(i, fork)| (fork.place.to_string(), Strategy::Single { fork: Some(i) })).collect())
}

/// A training of the given frames with one way of searching, from the frames to the model's metrics on `test`.
pub struct Trial<'a> {
    pub base: &'a Base,
    pub runtime: &'a Runtime,
    pub given: &'a Given,
    pub experiments: usize,
    pub epochs: u32,
    /// Of the whole training; without, an epoch shows every frame once.
    pub minutes: Option<f32>,
    /// How much a carried box counts beside a drawn one.
    pub carried: f32,
    pub load: &'a Load<'a>,
}

impl Trial<'_> {
    /// Trains, and writes the winner's file to `path`; gives its record. `timings`: those of the trials before, so that
    /// only the first one measures.
    pub fn run(&self, strategy: Strategy, seed: u64, path: &Path, timings: &mut Timings) -> Result<Model, TrainError> {
        let plan = Plan {
            base: self.base.clone(),
            categories: self.given.categories.clone(),
            frames: self.given.frames.clone(),
            experiments: hyperparameters::draw(self.experiments, seed).into_iter().map(Experiment::queued).collect(),
            epochs: self.epochs,
            minutes: self.minutes,
            strategy,
            seed,
            carried: self.carried,
            start: None,
            resume: None,
            memory: 0,
            in_vain: 0,
            lanes: Lanes::Measured(timings.clone()),
        };
        let mut quiet = Quiet { timings: timings.clone() };
        let winner = run(&plan, self.runtime, self.load, &mut quiet, &AtomicBool::new(false))?;
        *timings = quiet.timings;
        let provenance = Provenance { training: TrainingId::new(), dataset_hash: self.given.hash.clone() };
        let onnx = export::export(&winner, self.base, &plan.categories, &provenance)?.encode();
        std::fs::write(path, &onnx).map_err(TrainError::because(format!("{} can't be written", path.display())))?;
        Ok(Model {
            id: ModelId::new(),
            created: jiff::Timestamp::now(),
            clock: None,
            training: provenance.training,
            categories: plan.categories,
            threshold: winner.evaluation.threshold,
            metrics: winner.evaluation.metrics,
            base: self.base.info.name.clone(),
            dataset_hash: provenance.dataset_hash,
            bytes: onnx.len() as u64,
            deployed: false,
            cameras: vec![],
        })
    }
}
