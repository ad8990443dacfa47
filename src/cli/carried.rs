//! `bench carried`: trainings from labels carried along films, beside trainings from drawn ones.

use super::tracks::conveyor;
use anyhow::Context;
use clap::Args;
use fieldcoach::camera::Scene;
use fieldcoach::domain::{ClipId, ClipPlace, FrameId, FrameSource, Label, NewFrame, Phase, Side};
use fieldcoach::picture::{self, Bounds};
use fieldcoach::runtime::Runtime;
use fieldcoach::store::{LabelWrite, Options, Store};
use fieldcoach::tracks::measure::{Hand, Shot};
use fieldcoach::train::base::Base;
use fieldcoach::train::bench::Trial;
use fieldcoach::train::population::Timings;
use fieldcoach::train::run::{Strategy, TrainingFrame};
use fieldcoach::train::service::given::{Given, Source};
use fieldcoach::train::service::sound::Sound;
use fieldcoach::train::{TrainError, evaluate, judge};
use fieldcoach::turns::Turns;
use image::RgbImage;
use jiff::{SignedDuration, Timestamp};
use std::collections::HashMap;
use std::io::Write;

/// Seconds of the scene between the starts of two films.
const APART: f64 = 400.0;
/// When the film begins that models are judged by, its seconds and pictures a second.
const JUDGED: (f64, f64, f64) = (90_000.0, 160.0, 0.5);
/// What somebody does for each object: draws it once, then what is asked for.
const HAND: Hand = Hand::Asked(4);

/// Trainings from labels carried along films of the generated conveyor, beside drawn ones: AP50 on another film
#[derive(Args)]
pub struct CarriedLabels {
    /// Films to learn from
    #[arg(long, default_value_t = 6)]
    films: usize,
    /// Seconds of each
    #[arg(long, default_value_t = 16.0)]
    seconds: f64,
    /// Pictures a second
    #[arg(long, default_value_t = 2.0)]
    fps: f64,
    /// Seeds, each with films of its own
    #[arg(long, value_delimiter = ',', default_values_t = [0, 1, 2])]
    seeds: Vec<u64>,
    /// How much a carried box counts beside a drawn one, each tried
    #[arg(long, value_delimiter = ',', default_values_t = [1.0, 0.5])]
    weights: Vec<f32>,
    /// Of each training of one experiment, every layer
    #[arg(long, default_value_t = 12)]
    epochs: u32,
}

/// Films of the scene in a store, and both kinds of labels for their pictures.
struct Films {
    store: Store,
    sound: Sound,
    pictures: HashMap<FrameId, RgbImage>,
    drawn: Vec<(FrameId, Vec<Label>)>,
    carried: Vec<(FrameId, Vec<Label>)>,
    /// Boxes drawn and other things said for the carried ones.
    touches: usize,
    folder: tempfile::TempDir,
}

/// A film that no model was trained on.
type Judged = Vec<(TrainingFrame, RgbImage)>;

impl CarriedLabels {
    pub fn run(&self, base: &Base, runtime: &Runtime) -> anyhow::Result<()> {
        let judged = judged();
        println!("{} films of {} s, {} pictures to judge by", self.films, self.seconds, judged.len());
        println!(
            "| seed | labels | touches | frames that train | AP50 | AP50:95 |\n| --- | --- | --- | --- | --- | --- |"
        );
        for seed in &self.seeds {
            let films = Films::of_scene(self, *seed)?;
            let boxes = films.drawn.iter().map(|(_, labels)| labels.len()).sum();
            self.tell(&films, &judged, "drawn", (*seed, 1.0, boxes), base, runtime)?;
            for weight in &self.weights {
                let name = format!("carried, count {weight}");
                self.tell(&films, &judged, &name, (*seed, *weight, films.touches), base, runtime)?;
            }
        }
        Ok(())
    }

    /// A training from one kind of labels, and its line.
    fn tell(
        &self,
        films: &Films,
        judged: &Judged,
        name: &str,
        (seed, weight, touches): (u64, f32, usize),
        base: &Base,
        runtime: &Runtime,
    ) -> anyhow::Result<()> {
        films.label(if name == "drawn" { &films.drawn } else { &films.carried })?;
        let given = films.given(seed)?;
        let trial = Trial {
            base,
            runtime,
            given: &given,
            experiments: 1,
            epochs: self.epochs,
            minutes: None,
            carried: weight,
            load: &|id| films.pictures.get(&id).cloned().ok_or_else(no_such),
        };
        let path = films.folder.path().join("model.onnx");
        let model = trial.run(Strategy::Single { fork: None }, seed, &path, &mut Timings::default())?;
        let frames = judged.iter().map(|(frame, _)| frame);
        let image = |id: FrameId| {
            let found = judged.iter().find(|(frame, _)| frame.id == id);
            found.map(|(_, image)| image.clone()).ok_or_else(no_such)
        };
        let seen = judge(runtime, &model, &path, &model.categories, frames, &image)?;
        let found = evaluate::evaluate(&seen, model.categories.len()).metrics;
        let training = given.frames.iter().filter(|frame| frame.side == Side::Training).count();
        println!("| {seed} | {name} | {touches} | {training} | {:.3} | {:.3} |", found.ap50, found.ap50_95);
        Ok(std::io::stdout().flush()?)
    }
}

fn no_such() -> TrainError {
    TrainError::Invalid("there is no such frame".into())
}

fn judged() -> Judged {
    let (from, seconds, fps) = JUDGED;
    let mut shot = conveyor(from, seconds, fps);
    let labels = shot.drawn();
    let frame = |(at, labels)| {
        let image = (shot.picture)(at);
        let size = image.dimensions();
        (TrainingFrame { id: FrameId::new(), size, labels, rejected: vec![], side: Side::Validation }, image)
    };
    labels.into_iter().enumerate().map(frame).collect()
}

impl Films {
    fn of_scene(asked: &CarriedLabels, seed: u64) -> anyhow::Result<Self> {
        let folder = tempfile::Builder::new().prefix("fieldcoach-carried-").tempdir()?;
        let dir = folder.path().join("store");
        let store = Store::open(Options { dir, budget: u64::MAX / 2, reserve: 0 })?;
        store.add_categories(Scene::categories())?;
        let (pictures, sound) = (HashMap::new(), Sound::new(Turns::at_pictures()));
        let mut films = Self { store, sound, pictures, drawn: vec![], carried: vec![], touches: 0, folder };
        for film in 0..asked.films {
            let from = APART * (seed as usize * asked.films + film) as f64;
            films.add(conveyor(from, asked.seconds, asked.fps), from)?;
        }
        Ok(films)
    }

    /// Stores the pictures of a film, as a clip.
    fn add(&mut self, mut shot: Shot, from: f64) -> anyhow::Result<()> {
        let (clip, drawn) = (ClipId::new(), shot.drawn());
        let (carried, touches) = shot.accepted(HAND)?;
        self.touches += touches;
        for (at, (drawn, carried)) in drawn.into_iter().zip(carried).enumerate() {
            let seconds = shot.times[at];
            let taken = Timestamp::UNIX_EPOCH + SignedDuration::from_millis(((from + seconds) * 1e3) as i64);
            let jpeg = picture::encode_jpeg(&(shot.picture)(at), 90);
            let (width, height) = shot.size;
            let (camera, name, kept, truth) = (None, None, None, None);
            let (source, clip) = (FrameSource::Scene, Some(ClipPlace { id: clip, at: seconds }));
            let frame = NewFrame { jpeg, taken, width, height, source, camera, name, clip, kept, truth };
            let id = self.store.add_frame(&frame)?.id;
            let stored = picture::decode(&self.store.jpeg(id)?, Bounds::default()).context("a picture of the scene")?;
            self.pictures.insert(id, stored);
            self.drawn.push((id, drawn));
            self.carried.push((id, carried));
        }
        Ok(())
    }

    /// Gives its frames these labels.
    fn label(&self, labels: &[(FrameId, Vec<Label>)]) -> anyhow::Result<()> {
        for (id, labels) in labels {
            let revision = self.store.labels(*id)?.revision;
            let write =
                LabelWrite { revision, phase: Phase::Labelled, labels: labels.clone(), ..LabelWrite::default() };
            self.store.put_labels(*id, write)?;
        }
        Ok(())
    }

    /// What a training is given of them; a frame stays on its side, whichever labels it has.
    fn given(&self, seed: u64) -> anyhow::Result<Given> {
        let names: Vec<String> = Scene::categories().into_iter().map(|category| category.name).collect();
        let source = Source { store: &self.store, sound: &self.sound, check: &|| Ok(()) };
        Ok(Given::gather(&source, &names, None, seed)?)
    }
}
