//! `pretrain`: makes a base from generated scenes.

use super::progress::Progress;
use clap::Args;
use fieldcoach::appliance;
use fieldcoach::config::Config;
use fieldcoach::pretrain::{PretrainOptions, pretrain};
use std::path::PathBuf;
use std::time::Instant;

/// Steps between two lines, and two copies of the base as it is.
const EVERY: usize = 200;

/// Train a base from nothing on generated scenes (hours)
#[derive(Args)]
pub struct Pretrain {
    /// Where the base goes; written every 200 steps
    #[arg(long, value_name = "FILE", default_value = "base.onnx")]
    out: PathBuf,
    /// Name of the base
    #[arg(long, default_value_t = PretrainOptions::default().name)]
    name: String,
    /// Steps
    #[arg(long, default_value_t = PretrainOptions::default().steps)]
    steps: usize,
    /// Scenes in a step
    #[arg(long, default_value_t = PretrainOptions::default().batch)]
    batch: usize,
    #[arg(long, default_value_t = PretrainOptions::default().learning_rate)]
    learning_rate: f32,
    #[arg(long, default_value_t = PretrainOptions::default().seed)]
    seed: u64,
}

impl Pretrain {
    pub fn run(self, config: &Config) -> anyhow::Result<()> {
        let runtime = appliance::open_runtime(config)?;
        let options = PretrainOptions {
            name: self.name,
            seed: self.seed,
            steps: self.steps,
            batch: self.batch,
            learning_rate: self.learning_rate,
            ..Default::default()
        };
        let mut progress = Progress::new();
        let begun = Instant::now();
        let mut mean = 0.0;
        let out = &self.out;
        let base = pretrain(&options, &runtime, &mut |step, loss, base| {
            mean += loss / EVERY as f32;
            progress.set(step as f32 / options.steps as f32, &format!("step {step} of {}", options.steps));
            if (step + 1) % EVERY == 0 {
                let rate = ((step + 1) * options.batch) as f32 / begun.elapsed().as_secs_f32();
                progress.line(&format!(
                    "step {:>6}  loss {mean:.3}  {rate:.1} scenes/s  {:.0} min",
                    step + 1,
                    begun.elapsed().as_secs_f32() / 60.0
                ));
                mean = 0.0;
                write(out, &base()?.encode())?;
            }
            Ok(())
        })?;
        progress.done();
        write(out, &base.encode())?;
        println!("{}: {} after {:.0} minutes", out.display(), base.info.name, begun.elapsed().as_secs_f32() / 60.0);
        Ok(())
    }
}

fn write(path: &std::path::Path, bytes: &[u8]) -> Result<(), fieldcoach::train::TrainError> {
    std::fs::write(path, bytes)
        .map_err(fieldcoach::train::TrainError::because(format!("{} can't be written", path.display())))
}
