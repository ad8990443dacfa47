//! Small trainings on a few frames of the scene, without a daemon.

#[path = "../common/runtime.rs"]
mod device;

use fieldcoach::camera::Scene;
use fieldcoach::domain::{Activity, Experiment, FrameId, Side};
use fieldcoach::runtime::Runtime;
use fieldcoach::train::TrainError;
use fieldcoach::train::base::Base;
use fieldcoach::train::population::{Lanes, Timings};
use fieldcoach::train::run::{self, EpochReport, Observer, Plan, Strategy, TrainingFrame, Winner, hyperparameters};
use image::RgbImage;
use std::collections::HashMap;
use std::sync::atomic::AtomicBool;

pub fn runtime() -> Runtime {
    device::open(1)
}

/// Experiments on a few frames of the scene.
pub fn plan(
    base: Base,
    lanes: Lanes,
    strategy: Strategy,
    experiments: usize,
    epochs: u32,
) -> (Plan, HashMap<FrameId, RgbImage>) {
    let scene = Scene::new(Scene::SEED, 192, 128);
    let mut images = HashMap::new();
    let frames = (0..8)
        .map(|i| {
            let (image, labels) = scene.render(60.0 * i as f64);
            let id = FrameId::new();
            let size = image.dimensions();
            images.insert(id, image);
            TrainingFrame {
                id,
                size,
                labels,
                rejected: vec![],
                side: if i % 4 == 0 { Side::Validation } else { Side::Training },
            }
        })
        .collect();
    let experiments = hyperparameters::draw(experiments, 5).into_iter().map(Experiment::queued).collect();
    let plan = Plan {
        base,
        categories: Scene::categories(),
        frames,
        experiments,
        epochs,
        minutes: None,
        strategy,
        seed: 3,
        carried: 1.0,
        start: None,
        lanes,
        resume: None,
        memory: 0,
        in_vain: 0,
    };
    (plan, images)
}

#[derive(Default)]
struct Losses(Vec<Vec<f32>>);

impl Observer for Losses {
    fn activity(&mut self, _: Activity, _: f32) {}
    fn epoch(&mut self, report: &EpochReport, _: Vec<u8>) -> Result<(), TrainError> {
        self.0.push(report.experiments.iter().map(|e| e.metrics.loss).collect());
        Ok(())
    }
}

/// What a training has measured of this device, beside what it was given.
#[allow(dead_code)]
pub fn timings(plan: &Plan, images: &HashMap<FrameId, RgbImage>) -> Timings {
    struct Timed(Timings);
    impl Observer for Timed {
        fn activity(&mut self, _: Activity, _: f32) {}
        fn epoch(&mut self, _: &EpochReport, _: Vec<u8>) -> Result<(), TrainError> {
            Ok(())
        }
        fn timed(&mut self, timings: &Timings) {
            self.0 = timings.clone();
        }
    }
    let mut timed = Timed(Timings::default());
    let load = |id: FrameId| Ok(images[&id].clone());
    run::run(plan, &runtime(), &load, &mut timed, &AtomicBool::new(false)).unwrap();
    timed.0
}

/// The winner, and what the experiments lost after each epoch.
pub fn train(plan: &Plan, images: &HashMap<FrameId, RgbImage>) -> (Winner, Vec<Vec<f32>>) {
    train_from(plan, |id| images[&id].clone())
}

/// The same, with each frame's picture read by `load`.
pub fn train_from(plan: &Plan, load: impl Fn(FrameId) -> RgbImage + Sync) -> (Winner, Vec<Vec<f32>>) {
    let mut losses = Losses::default();
    let winner = run::run(plan, &runtime(), &|id| Ok(load(id)), &mut losses, &AtomicBool::new(false)).unwrap();
    (winner, losses.0)
}
