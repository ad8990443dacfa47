//! `check`.

use clap::Args;
use fieldcoach::appliance;
use fieldcoach::config::Config;

/// Read every record and checksum of the store; nothing is changed
#[derive(Args)]
pub struct Check {
    /// Mend what a crash, a power cut or damage left, and say what that costs; what can't be used is put aside
    #[arg(long)]
    repair: bool,
}

impl Check {
    /// Reports; an error if anything is wrong.
    pub fn run(self, config: &Config) -> anyhow::Result<()> {
        let report = match self.repair {
            true => appliance::repair_store(config)?,
            false => appliance::check_store(config)?,
        };
        let kind = if self.repair { "mended" } else { "to be mended at the next start" };
        report.notes.iter().for_each(|note| println!("{kind}: {note}"));
        report.problems.iter().for_each(|problem| println!("problem: {problem}"));
        println!(
            "{} frames, {} labelled, {} trainings, {} models: {}",
            report.frames,
            report.labelled,
            report.trainings,
            report.models,
            match report.problems.len() {
                0 => "all is well".into(),
                n => format!("{n} problems"),
            }
        );
        anyhow::ensure!(report.problems.is_empty(), "the store has problems");
        Ok(())
    }
}
