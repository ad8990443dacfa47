//! `check`.

use fieldcoach::appliance;
use fieldcoach::config::Config;

/// Reads everything and reports; an error if anything is wrong.
pub fn run(config: &Config) -> anyhow::Result<()> {
    let report = appliance::open_store(config)?.check()?;
    for problem in &report.problems {
        println!("problem: {problem}");
    }
    println!(
        "{} frames, {} labelled, {} trainings, {} models: {}",
        report.frames,
        report.labelled,
        report.trainings,
        report.models,
        if report.problems.is_empty() { "all is well".into() } else { format!("{} problems", report.problems.len()) }
    );
    anyhow::ensure!(report.problems.is_empty(), "the store has problems");
    Ok(())
}
