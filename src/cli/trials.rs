//! Trainings at equal time, judged on images that none of them has seen: `bench search` and `bench bases`.

use super::images::Images;
use fieldcoach::config::Config;
use fieldcoach::runtime::Runtime;
use fieldcoach::train::base::Base;
use fieldcoach::train::bench::{self, Trial};
use fieldcoach::train::population::Timings;
use fieldcoach::train::run::{CARRIED, Strategy};
use fieldcoach::train::{evaluate, judge};
use std::path::PathBuf;

/// Stride of the deepest map that `bench bases` freezes.
const FROZEN: usize = 8;

#[derive(clap::Args)]
pub struct Trials {
    /// COCO JSON; its images lie beside it
    #[arg(long, value_name = "FILE")]
    dataset: PathBuf,
    /// COCO JSON of images to judge the models by
    #[arg(long, value_name = "FILE")]
    test: PathBuf,
    /// Minutes of each training
    #[arg(long, default_value_t = 3.0)]
    minutes: f32,
    /// Seeds, from 0
    #[arg(long, default_value_t = 3)]
    seeds: u64,
}

/// One line of the table.
struct Entry<'a> {
    name: String,
    base: &'a Base,
    strategy: Strategy,
}

impl Trials {
    /// Compares the ways of searching.
    pub fn search(&self, base: &Base, runtime: &Runtime, config: &Config) -> anyhow::Result<()> {
        let ways =
            [("forks", Strategy::Forks), ("halving", Strategy::Halving), ("single", Strategy::Single { fork: None })];
        let entries = ways.map(|(way, strategy)| Entry { name: format!("{}, {way}", base.info.name), base, strategy });
        self.run(&entries, runtime, config)
    }

    /// Compares bases.
    pub fn bases(&self, bases: &[Base], runtime: &Runtime, config: &Config) -> anyhow::Result<()> {
        let mut entries: Vec<Entry> = Vec::new();
        for base in bases {
            for (place, strategy) in bench::depths(base, FROZEN)? {
                entries.push(Entry { name: format!("{}, trained from {place}", base.info.name), base, strategy });
            }
        }
        self.run(&entries, runtime, config)
    }

    /// Trains all of them, seed by seed, and prints a line each.
    fn run(&self, entries: &[Entry], runtime: &Runtime, config: &Config) -> anyhow::Result<()> {
        let given = Images::read(&self.dataset, &mut |_, _| {})?;
        let test = Images::read(&self.test, &mut |_, _| {})?;
        println!("{} minutes each, {} test images", self.minutes, test.given.frames.len());
        let path = tempfile::Builder::new().suffix(".onnx").tempfile()?;
        let width = entries.iter().map(|e| e.name.len()).max().unwrap_or(0);
        let mut timings = Timings::default();
        for seed in 0..self.seeds {
            for Entry { name, base, strategy } in entries {
                let trial = Trial {
                    base,
                    runtime,
                    given: &given.given,
                    experiments: config.train.experiments as usize,
                    epochs: config.train.epochs,
                    minutes: Some(self.minutes),
                    carried: CARRIED,
                    load: &|id| given.load(id),
                };
                let model = trial.run(*strategy, seed, path.path(), &mut timings)?;
                let frames = test.given.frames.iter();
                let seen = judge(runtime, &model, path.path(), &model.categories, frames, &|id| test.load(id))?;
                let found = evaluate::evaluate(&seen, model.categories.len()).metrics;
                let (validated, ap50, ap50_95) = (model.metrics.ap50, found.ap50, found.ap50_95);
                println!(
                    "seed {seed}  {name:<width$}  validation AP50 {validated:.3}  test AP50 {ap50:.3} AP50:95 {ap50_95:.3}"
                );
            }
        }
        Ok(())
    }
}
