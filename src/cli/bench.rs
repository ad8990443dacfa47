//! `bench train`, `bench inference`; `bench search` and `bench bases` are in `trials`, `bench queue` in `queue`, those of the store in `paces`, those of
//! labels carried along a film in `tracks`, `shots` and `carried`, that of a fleet in `herd`.

use super::carried::CarriedLabels;
use super::herd::Herd;
use super::paces;
use super::queue::QueueOrder;
use super::shots::Films;
use super::tracks::Tracks;
use super::trials::Trials;
use clap::Subcommand;
use fieldcoach::appliance;
use fieldcoach::camera::Scene;
use fieldcoach::config::Config;
use fieldcoach::runtime::{Runtime, SessionOptions, Tensor};
use fieldcoach::train::base::Base;
use fieldcoach::train::bench::{self, Picture};
use std::time::Instant;

#[derive(Subcommand)]
pub enum Bench {
    #[command(flatten)]
    Network(Network),
    Open(paces::Open),
    Labels(paces::Labels),
    Tracks(Tracks),
    Films(Films),
    Fleet(Herd),
}

/// What needs ONNX Runtime.
#[derive(Subcommand)]
pub enum Network {
    /// Experiments × images a second, and what training experiments together saves
    Train {
        /// Name of the base; that of the configuration if left out
        #[arg(long)]
        base: Option<String>,
        /// Steps to time at each number of experiments
        #[arg(long, default_value_t = 12)]
        steps: usize,
    },
    /// Ways of searching at equal time: the fork moving down, plain halving, one experiment
    Search {
        #[command(flatten)]
        trials: Trials,
        /// Name of the base; that of the configuration if left out
        #[arg(long)]
        base: Option<String>,
    },
    /// Bases at equal time, with one experiment: frozen up to stride 8, and every layer trained
    Bases {
        #[command(flatten)]
        trials: Trials,
        /// Names of the bases
        #[arg(required = true)]
        bases: Vec<String>,
    },
    /// Labels needed for the same AP50, in the order of the queue and at random
    Queue {
        #[command(flatten)]
        order: QueueOrder,
        /// Name of the base; that of the configuration if left out
        #[arg(long)]
        base: Option<String>,
    },
    /// Trainings from labels carried along films, beside drawn ones
    Carried {
        #[command(flatten)]
        labels: CarriedLabels,
        /// Name of the base; that of the configuration if left out
        #[arg(long)]
        base: Option<String>,
    },
    /// The base's time for one picture
    Inference {
        /// Name of the base; that of the configuration if left out
        #[arg(long)]
        base: Option<String>,
    },
}

/// Pictures of the generated scene, seconds apart.
fn pictures(count: usize) -> Vec<Picture> {
    let scene = Scene::new(0, 640, 480);
    (0..count)
        .map(|i| {
            let (image, labels) = scene.render(60.0 * i as f64);
            Picture { image, labels }
        })
        .collect()
}

impl Bench {
    pub fn run(self, config: &Config) -> anyhow::Result<()> {
        match self {
            Self::Network(command) => command.run(config),
            Self::Open(command) => command.run(),
            Self::Labels(command) => command.run(config),
            Self::Tracks(command) => command.run(),
            Self::Films(command) => command.run(),
            Self::Fleet(command) => command.run(),
        }
    }
}

impl Network {
    fn run(self, config: &Config) -> anyhow::Result<()> {
        let runtime = appliance::open_runtime(config)?;
        let status = runtime.describe();
        println!("ONNX Runtime {} on {}, {} threads", status.version, status.device, runtime.threads());
        let open = |name: Option<String>| {
            let name = name.unwrap_or_else(|| config.train.base.clone());
            Base::open(&config.data_dir.join("bases"), &name)
        };
        match self {
            Self::Train { base, steps } => train(&open(base)?, &runtime, steps),
            Self::Search { trials, base } => trials.search(&open(base)?, &runtime, config),
            Self::Bases { trials, bases } => {
                let bases = bases.into_iter().map(|b| open(Some(b))).collect::<Result<Vec<_>, _>>()?;
                trials.bases(&bases, &runtime, config)
            }
            Self::Queue { order, base } => order.run(&open(base)?, &runtime),
            Self::Carried { labels, base } => labels.run(&open(base)?, &runtime),
            Self::Inference { base } => inference(&open(base)?, &runtime),
        }
    }
}

fn train(base: &Base, runtime: &Runtime, steps: usize) -> anyhow::Result<()> {
    let (categories, pictures) = (Scene::categories(), pictures(40));
    println!("base `{}`, pictures of the scene, batches of 8", base.info.name);
    for experiments in [1, 8, 24, 48] {
        let rate = bench::steps(base, runtime, &categories, &pictures, experiments, steps)?;
        println!("E = {experiments:>2}: {rate:>7.0} experiments × images/s");
    }
    let experiments = 6;
    if let Some(rates) = bench::fork(base, runtime, categories.len(), experiments)? {
        println!(
            "E = {experiments:>2}, training from {}: {:.1} experiments × images/s in turn, {:.1} together",
            rates.place, rates.in_turn, rates.together
        );
    }
    let epochs = 2;
    let together = bench::training(base, runtime, &categories, &pictures, 24, epochs)?;
    println!("24 experiments together, features included: {:.1} s", together.as_secs_f64());
    let clock = Instant::now();
    for _ in 0..24 {
        bench::training(base, runtime, &categories, &pictures, 1, epochs)?;
    }
    let in_turn = clock.elapsed();
    println!("24 experiments one after the other:         {:.1} s", in_turn.as_secs_f64());
    println!("ratio {:.1}", in_turn.as_secs_f64() / together.as_secs_f64());
    Ok(())
}

fn inference(base: &Base, runtime: &Runtime) -> anyhow::Result<()> {
    let picture = pictures(1).remove(0).image;
    let info = &base.info;
    let small = fieldcoach::picture::resize(&picture, info.width as u32, info.height as u32);
    let pixels = Tensor::u8([info.height, info.width, 3], small.into_raw());
    let taps: Vec<String> = base.info.taps.iter().map(|t| t.name.clone()).collect();
    let mut session = base.session(runtime, &taps, SessionOptions::default())?;
    let mut times = Vec::new();
    for _ in 0..12 {
        let clock = Instant::now();
        let taps = session.run(&[("pixels", &pixels)], &["value0"])?;
        anyhow::ensure!(taps[0].as_f32().is_some_and(|v| v.iter().all(|x| x.is_finite())), "features are not finite");
        times.push(clock.elapsed().as_secs_f64() * 1e3);
    }
    times.sort_by(f64::total_cmp);
    println!(
        "base `{}`, {}×{} pixels: {:.1} ms a picture (median of 12)",
        info.name, info.width, info.height, times[6]
    );
    Ok(())
}
