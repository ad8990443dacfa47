//! `bench queue`: how many labels it takes for the same AP50, in the order of the queue and at random.

use super::images::Images;
use anyhow::ensure;
use clap::Args;
use fieldcoach::camera::Scene;
use fieldcoach::dataset::queue::{Proposed, Queue};
use fieldcoach::domain::{Category, FrameId, FrameSource, Label, ModelId, NewFrame, Phase, Side};
use fieldcoach::live::Detector;
use fieldcoach::picture::{self, Bounds, Envelope, Likeness};
use fieldcoach::runtime::{Runtime, SessionOptions};
use fieldcoach::store::{LabelWrite, Options, Store};
use fieldcoach::train::base::Base;
use fieldcoach::train::bench::Trial;
use fieldcoach::train::population::Timings;
use fieldcoach::train::run::{CARRIED, Strategy, TrainingFrame};
use fieldcoach::train::service::given::{Given, Source};
use fieldcoach::train::service::sound::Sound;
use fieldcoach::train::{TrainError, evaluate, judge};
use fieldcoach::turns::Turns;
use image::RgbImage;
use jiff::{SignedDuration, Timestamp};
use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;
use std::collections::HashMap;
use std::path::PathBuf;

/// Clips of the scene that frames are chosen from, pictures of each, and seconds between two of them.
const CLIPS: (usize, usize, f64) = (16, 15, 0.4);
/// Pictures of the scene that models are judged by.
const JUDGED: usize = 60;

/// Labels needed for the same AP50, in the order of the queue and at random
#[derive(Args)]
pub struct QueueOrder {
    /// COCO JSON of images to choose from; clips of the generated scene if left out
    #[arg(long, value_name = "FILE", requires = "test")]
    dataset: Option<PathBuf>,
    /// COCO JSON of images to judge the models by
    #[arg(long, value_name = "FILE", requires = "dataset")]
    test: Option<PathBuf>,
    /// Seeds, from 0
    #[arg(long, default_value_t = 3)]
    seeds: u64,
    /// Frames that are labelled between two trainings
    #[arg(long, default_value_t = 10)]
    step: usize,
    /// Trainings
    #[arg(long, default_value_t = 5)]
    rounds: usize,
    /// Experiments of each, on the base's taps
    #[arg(long, default_value_t = 4)]
    experiments: usize,
    #[arg(long, default_value_t = 20)]
    epochs: u32,
}

/// A frame with its truth.
struct Shot {
    image: RgbImage,
    labels: Vec<Label>,
    taken: Timestamp,
    source: FrameSource,
}

/// What is chosen from, and what models are judged by.
struct Material {
    categories: Vec<Category>,
    pool: Vec<Shot>,
    test: Vec<Shot>,
}

/// In which order frames are labelled.
#[derive(Clone, Copy, PartialEq)]
enum Order {
    Queue,
    Random,
}

impl QueueOrder {
    pub fn run(&self, base: &Base, runtime: &Runtime) -> anyhow::Result<()> {
        let material = match (&self.dataset, &self.test) {
            (Some(dataset), Some(test)) => Material::read(dataset, test)?,
            _ => Material::of_scene(),
        };
        let wanted = self.step * self.rounds;
        ensure!(wanted <= material.pool.len(), "{wanted} labels of {} frames are too many", material.pool.len());
        println!("{} frames to choose from, {} to judge by", material.pool.len(), material.test.len());
        let labels: Vec<String> = (1..=self.rounds).map(|round| (round * self.step).to_string()).collect();
        println!("| seed | order | {} |\n| --- | --- |{}", labels.join(" | "), " --- |".repeat(self.rounds));
        let mut means: HashMap<&str, Vec<f32>> = HashMap::new();
        for seed in 0..self.seeds {
            for (name, order) in [("queue", Order::Queue), ("random", Order::Random)] {
                let reached = Session::open(&material, seed)?.teach(self, order, base, runtime)?;
                println!("| {seed} | {name} | {} |", told(&reached));
                let mean = means.entry(name).or_insert_with(|| vec![0.0; self.rounds]);
                mean.iter_mut().zip(&reached).for_each(|(mean, ap50)| *mean += ap50 / self.seeds as f32);
            }
        }
        for name in ["queue", "random"] {
            println!("| mean | {name} | {} |", told(&means[name]));
        }
        Ok(())
    }
}

fn told(ap50: &[f32]) -> String {
    ap50.iter().map(|ap50| format!("{ap50:.3}")).collect::<Vec<_>>().join(" | ")
}

impl Material {
    fn of_scene() -> Self {
        let (scene, begun) = (Scene::new(0, 320, 240), Timestamp::UNIX_EPOCH);
        let shot = |seconds: f64| {
            let (image, labels) = scene.render(seconds);
            let taken = begun + SignedDuration::from_millis((seconds * 1e3) as i64);
            Shot { image, labels, taken, source: FrameSource::Scene }
        };
        let (clips, pictures, every) = CLIPS;
        let times = (0..clips).flat_map(|clip| (0..pictures).map(move |i| 97.0 * clip as f64 + every * i as f64));
        let test = (0..JUDGED).map(|i| shot(50_000.0 + 61.0 * i as f64)).collect();
        Self { categories: Scene::categories(), pool: times.map(shot).collect(), test }
    }

    fn read(dataset: &std::path::Path, test: &std::path::Path) -> anyhow::Result<Self> {
        let shots = |path: &std::path::Path| {
            let images = Images::read(path, &mut |_, _| {})?;
            let shot = |frame: &TrainingFrame| {
                let image = images.load(frame.id)?;
                let taken = images.store.frame(frame.id)?.taken;
                anyhow::Ok(Shot { image, labels: frame.labels.clone(), taken, source: FrameSource::Import })
            };
            let shots = images.given.frames.iter().map(shot).collect::<anyhow::Result<Vec<_>>>()?;
            anyhow::Ok((images.store.categories()?, shots))
        };
        let ((categories, pool), (_, test)) = (shots(dataset)?, shots(test)?);
        Ok(Self { categories, pool, test })
    }
}

/// Somebody labels frame after frame.
struct Session<'a> {
    material: &'a Material,
    seed: u64,
    store: Store,
    queue: Queue,
    /// Which frame of the pool each is.
    places: HashMap<FrameId, usize>,
    /// In a random order.
    shuffled: Vec<FrameId>,
    labelled: Vec<Envelope>,
    /// The newest, in a file.
    model: Option<(ModelId, f32, Detector)>,
    folder: tempfile::TempDir,
}

impl<'a> Session<'a> {
    fn open(material: &'a Material, seed: u64) -> anyhow::Result<Self> {
        let folder = tempfile::Builder::new().prefix("fieldcoach-queue-").tempdir()?;
        let dir = folder.path().join("store");
        let store = Store::open(Options { dir, budget: u64::MAX / 2, reserve: 0 })?;
        store.add_categories(material.categories.clone())?;
        let mut places = HashMap::new();
        for (place, Shot { image, taken, source, .. }) in material.pool.iter().enumerate() {
            let (width, height) = image.dimensions();
            let jpeg = picture::encode_jpeg(image, 90);
            let (taken, source) = (*taken, *source);
            let (camera, name, clip, kept, truth) = (None, None, None, None, None);
            let frame = NewFrame { jpeg, taken, width, height, source, camera, name, clip, kept, truth };
            places.insert(store.add_frame(&frame)?.id, place);
        }
        let mut shuffled: Vec<FrameId> = places.keys().copied().collect();
        shuffled.sort_unstable();
        shuffled.shuffle(&mut ChaCha8Rng::seed_from_u64(seed));
        let (queue, labelled, model) = (Queue::default(), vec![], None);
        Ok(Self { material, seed, store, queue, places, shuffled, labelled, model, folder })
    }

    /// The AP50 on the frames to judge by, after every round of labels.
    fn teach(mut self, asked: &QueueOrder, order: Order, base: &Base, runtime: &Runtime) -> anyhow::Result<Vec<f32>> {
        let mut reached = vec![];
        for _ in 0..asked.rounds {
            let next = match order {
                Order::Random => self.shuffled.split_off(self.shuffled.len() - asked.step),
                // The first frames are those of the seed: the queue is given something to go by.
                Order::Queue if reached.is_empty() => self.shuffled.split_off(self.shuffled.len() - asked.step),
                Order::Queue => self.asked(asked.step)?,
            };
            next.into_iter().try_for_each(|id| self.label(id))?;
            reached.push(self.train(asked, base, runtime)?);
        }
        Ok(reached)
    }

    /// What the queue gives.
    fn asked(&mut self, count: usize) -> anyhow::Result<Vec<FrameId>> {
        let Self { material, store, queue, places, labelled, model, .. } = self;
        let model = std::cell::RefCell::new(model);
        let propose = |id: FrameId| match &mut **model.borrow_mut() {
            Some((model, threshold, detector)) => {
                let seen = detector.detect(&material.pool[places[&id]].image, *threshold);
                Ok(Proposed { model: Some(*model), items: seen.map_err(|error| error.to_string())? })
            }
            None => Ok(Proposed::default()),
        };
        let share = |likeness: &Likeness| labelled.iter().map(|known| known.outside(likeness)).min_by(f32::total_cmp);
        let (mut next, mut before) = (vec![], None);
        while next.len() < count {
            let left = count - next.len();
            let models = store.live_models()?;
            let slice = queue.next((&*store, models), propose, &share, Phase::Unlabelled, before.as_deref(), left)?;
            next.extend(slice.items.iter().map(|item| item.frame.id));
            before = slice.next;
            if before.is_none() {
                break;
            }
        }
        Ok(next)
    }

    fn label(&mut self, id: FrameId) -> anyhow::Result<()> {
        let Shot { image, labels, .. } = &self.material.pool[self.places[&id]];
        let write = LabelWrite { phase: Phase::Labelled, labels: labels.clone(), ..LabelWrite::default() };
        self.store.put_labels(id, write)?;
        self.labelled.push(Likeness::of(image).envelope());
        Ok(())
    }

    /// Trains on what is labelled; the model looks from now on.
    fn train(&mut self, asked: &QueueOrder, base: &Base, runtime: &Runtime) -> anyhow::Result<f32> {
        let names: Vec<String> = self.material.categories.iter().map(|category| category.name.clone()).collect();
        let source = Source { store: &self.store, sound: &Sound::new(Turns::at_pictures()), check: &|| Ok(()) };
        let given = Given::gather(&source, &names, None, self.seed)?;
        let load = |id: FrameId| {
            let jpeg = self.store.jpeg(id)?;
            picture::decode(&jpeg, Bounds::default()).map_err(TrainError::because("a frame can't be read"))
        };
        let QueueOrder { experiments, epochs, .. } = *asked;
        let trial =
            Trial { base, runtime, given: &given, experiments, epochs, minutes: None, carried: CARRIED, load: &load };
        let path = self.folder.path().join("model.onnx");
        let model = trial.run(Strategy::Taps, self.seed, &path, &mut Timings::default())?;
        let detector = Detector::load(runtime, &model, &path, SessionOptions::default())?;
        let frames: Vec<TrainingFrame> = self.material.test.iter().map(to_judge).collect();
        let place = |id: FrameId| frames.iter().position(|frame| frame.id == id);
        let image = |id: FrameId| {
            let place = place(id).ok_or_else(|| TrainError::Invalid("there is no such frame".into()))?;
            Ok(self.material.test[place].image.clone())
        };
        let seen = judge(runtime, &model, &path, &model.categories, frames.iter(), &image)?;
        let found = evaluate::evaluate(&seen, model.categories.len()).metrics.ap50;
        let (id, threshold) = (model.id, model.threshold);
        self.store.add_model(&model, &path)?;
        self.store.deploy(id, None)?;
        self.model = Some((id, threshold, detector));
        Ok(found)
    }
}

fn to_judge(shot: &Shot) -> TrainingFrame {
    let (size, labels) = (shot.image.dimensions(), shot.labels.clone());
    TrainingFrame { id: FrameId::new(), size, labels, rejected: vec![], side: Side::Validation }
}
