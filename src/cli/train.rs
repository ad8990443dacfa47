//! `train`: a training from a COCO file or the pool of a fleet, with no daemon.

use super::images::Images;
use super::incomplete::Incomplete;
use super::pool;
use super::progress::Progress;
use anyhow::Context;
use clap::Args;
use fieldcoach::appliance;
use fieldcoach::config::{Config, PoolUrl};
use fieldcoach::domain::{CameraId, Event, Model, PerCamera, Training, TrainingState};
use fieldcoach::events::Events;
use fieldcoach::host;
use fieldcoach::live::Deployment;
use fieldcoach::runtime::Runtime;
use fieldcoach::settings::Current;
use fieldcoach::store::Store;
use fieldcoach::supervise::Supervisor;
use fieldcoach::train::base::Base;
use fieldcoach::train::evaluate;
use fieldcoach::train::{self, Means, TrainRequest, Trainer, Workplace};
use fieldcoach::turns::Turns;
use std::path::{Path, PathBuf};
use tokio::sync::broadcast::error::RecvError;
use tokio_util::sync::CancellationToken;

/// Train on a COCO file and its images, or on all that a fleet labelled, with no daemon
#[derive(Args)]
pub struct Train {
    /// COCO JSON; its images lie beside it
    #[arg(long, value_name = "FILE", required_unless_present = "pool")]
    dataset: Option<PathBuf>,
    /// The pool of a fleet: what its devices labelled is brought here, trained on, and the model brought there
    #[arg(long, value_name = "URL", conflicts_with = "dataset")]
    pool: Option<PoolUrl>,
    /// With --pool: where labels, frames and models are kept here [default: data_dir]
    #[arg(long, value_name = "FOLDER", requires = "pool")]
    data_dir: Option<PathBuf>,
    /// COCO JSON of images that the model has never seen, to judge it by
    #[arg(long, value_name = "FILE")]
    test: Option<PathBuf>,
    /// Where the model goes
    #[arg(long, value_name = "FILE", default_value = "model.onnx")]
    out: PathBuf,
    /// Experiments at the same time
    #[arg(long)]
    experiments: Option<u32>,
    /// Epochs, at most
    #[arg(long)]
    epochs: Option<u32>,
    /// Time for the whole training
    #[arg(long)]
    minutes: Option<f32>,
    /// Name of the base (those of the configuration's data folder, and `default`)
    #[arg(long)]
    base: Option<String>,
}

impl Train {
    pub fn run(self, config: &Config) -> anyhow::Result<()> {
        let mut config = config.clone();
        if let Some(base) = &self.base {
            config.train.base = base.clone();
        }
        match (&self.dataset, &self.pool) {
            (Some(dataset), _) => {
                // A store of its own: the same code trains here as on the device.
                let mut progress = Progress::new();
                let images = Images::read(dataset, &mut |done, of| {
                    progress.set(done as f32 / of.max(1) as f32, "importing");
                })?;
                progress.done();
                let labels: usize = images.given.frames.iter().map(|f| f.labels.len()).sum();
                eprintln!("{} frames, {labels} labels", images.given.frames.len());
                bring_base(&config, &images.store)?;
                self.to_its_end(config, &images.store)
            }
            (None, Some(url)) => self.on_pool(config, url.clone()),
            (None, None) => anyhow::bail!("say what to train on: --dataset FILE or --pool URL"),
        }
    }

    /// On what all devices of a pool labelled; the model goes there too.
    fn on_pool(&self, mut config: Config, url: PoolUrl) -> anyhow::Result<()> {
        let bases = config.clone();
        config.pool.url = url;
        config.data_dir = self.data_dir.clone().unwrap_or(config.data_dir);
        let store = appliance::open_store(&config)?;
        if config.data_dir != bases.data_dir {
            bring_base(&bases, &store)?;
        }
        let pool = pool::of(&store, &config);
        // What can't be taken is told, and the rest is trained on.
        let pulled = pool::pull(&pool);
        match pulled {
            Err(error) if !error.is::<Incomplete>() => Err(error),
            pulled => {
                self.to_its_end(config, &store)?;
                pool::push(&pool)?;
                pulled
            }
        }
    }

    fn to_its_end(&self, config: Config, store: &Store) -> anyhow::Result<()> {
        tokio::runtime::Runtime::new()?.block_on(self.train(config, store.clone()))
    }

    async fn train(&self, config: Config, store: Store) -> anyhow::Result<()> {
        let mut progress = Progress::new();
        let runtime = appliance::open_runtime(&config)?;
        let (events, stop) = (Events::new(), CancellationToken::new());
        let mut listener = events.subscribe();
        let trainer = Trainer::start(
            (Current::fixed(config.train.clone()), Current::fixed(config.live.clone())),
            Means {
                engine: runtime.clone().into(),
                place: Workplace::Here,
                memory: config.limits.memory.bytes().unwrap_or_else(host::memory_by_default),
                disk: config.store.trainings.as_u64(),
                pictures: Turns::at_pictures(),
            },
            Deployment::new(store.clone(), events, &PerCamera::one(CameraId::main(), ())),
            &Supervisor::default(),
            stop.clone(),
        )?;
        let request = TrainRequest {
            experiments: self.experiments,
            epochs: self.epochs,
            minutes: self.minutes,
            ..Default::default()
        };
        let id = trainer.submit(request)?.id;
        let training = loop {
            match listener.recv().await {
                Ok(Event::Training(training)) if training.id == id => {
                    progress.set(training.progress, &training.activity.to_string());
                    if training.state.is_over() {
                        break training;
                    }
                }
                Ok(Event::Epoch { training, told }) => {
                    let m = told.metrics;
                    progress.line(&format!(
                        "epoch {:>3}  {:>3} experiments  AP50 {:.3} (training {:.3})  AP50:95 {:.3}  F1 {:.3}  loss {:.3}",
                        told.epoch,
                        running(&training),
                        m.validation.ap50,
                        m.training.map_or(0.0, |m| m.ap50),
                        m.validation.ap50_95,
                        m.validation.f1,
                        m.validation.loss,
                    ));
                }
                Ok(_) | Err(RecvError::Lagged(_)) => {}
                Err(RecvError::Closed) => anyhow::bail!("the training thread is gone"),
            }
        };
        progress.done();
        stop.cancel();
        let model = finish(&store, &training, &self.out)?;
        match &self.test {
            Some(test) => judge(&runtime, &model, &self.out, test),
            None => Ok(()),
        }
    }
}

/// Makes the base that the configuration names one of this store.
fn bring_base(config: &Config, store: &Store) -> anyhow::Result<()> {
    if config.train.base != "default" {
        let base = Base::open(&config.data_dir.join("bases"), &config.train.base)?;
        store.put_base(&base.info.name, &base.encode())?;
    }
    Ok(())
}

/// Experiments that have not stopped.
fn running(training: &Training) -> usize {
    use fieldcoach::domain::ExperimentState::{Done, Queued, Training as Running};
    training.experiments.iter().filter(|e| matches!(e.state, Done | Queued | Running)).count()
}

fn finish(store: &Store, training: &Training, out: &Path) -> anyhow::Result<Model> {
    if training.state != TrainingState::Done {
        anyhow::bail!("{}", training.error.as_deref().unwrap_or("the training did not end well"));
    }
    let winner = training.winner.context("the training has no winner")?;
    let model = store.model(winner)?;
    std::fs::copy(store.model_path(winner)?, out).with_context(|| format!("{} can't be written", out.display()))?;
    println!(
        "{}: {} bytes, {} training and {} validation frames",
        out.display(),
        model.bytes,
        training.split.training,
        training.split.validation
    );
    println!("validation AP50 {:.3} AP50:95 {:.3}", model.metrics.ap50, model.metrics.ap50_95);
    Ok(model)
}

/// Prints how good the model's file is on images of its own, per category and over all.
fn judge(runtime: &Runtime, model: &Model, path: &Path, test: &Path) -> anyhow::Result<()> {
    let test = Images::read(test, &mut |_, _| {})?;
    let results = train::judge(runtime, model, path, &model.categories, test.given.frames.iter(), &|id| test.load(id))?;
    println!("{} test images", test.given.frames.len());
    let each = evaluate::per_category(&results, model.categories.len());
    for (category, precision) in model.categories.iter().zip(each) {
        match precision {
            Some((ap50, ap50_95)) => println!("  {:<16} AP50 {ap50:.3} AP50:95 {ap50_95:.3}", category.name),
            None => println!("  {:<16} not in the test images", category.name),
        }
    }
    let all = evaluate::evaluate(&results, model.categories.len()).metrics;
    println!("test AP50 {:.3} AP50:95 {:.3}", all.ap50, all.ap50_95);
    Ok(())
}
