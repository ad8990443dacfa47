//! `backup` and `restore`.

use super::incomplete::incomplete;
use super::local;
use anyhow::{Context, ensure};
use clap::Args;
use fieldcoach::appliance;
use fieldcoach::config::Config;
use fieldcoach::files::Writing;
use fieldcoach::store::{Store, backup};
use std::fs::File;
use std::io::{BufReader, BufWriter, Write};
use std::path::PathBuf;

/// Write everything the device keeps to one file, while it goes on; status 3 where not all of it could be read
#[derive(Args)]
pub struct Backup {
    /// Where it goes: a tar archive, readable by its owner alone, as it holds keys
    #[arg(value_name = "FILE")]
    file: PathBuf,
}

/// Make a device's data folder of a backup; there must be no store in it
#[derive(Args)]
pub struct Restore {
    #[arg(value_name = "FILE")]
    file: PathBuf,
}

impl Backup {
    pub fn run(self, config: &Config) -> anyhow::Result<()> {
        let running = local::is_running(config);
        ensure!(running || Store::is_in(&config.data_dir)?, "there is no store in {}", config.data_dir.display());
        let bytes = backup::estimate(&config.data_dir)?;
        let writing = Writing::beside(&config.data_dir, config.store.reserve.as_u64());
        let mut target = writing.file(&self.file, bytes, true)?;
        match running {
            true => local::download(config, "backup.tar", &mut target)?,
            false => {
                let mut out = BufWriter::with_capacity(1 << 20, &mut target);
                appliance::open_store(config)?.back_up(&mut out)?;
                out.flush()?;
            }
        }
        let written = target.so_far()?;
        let bytes = written.metadata()?.len();
        // What a restore would say, said now.
        let contents = backup::look(BufReader::new(written))?;
        target.finish()?;
        println!("{}: {} files, {} MB", self.file.display(), contents.files, bytes / 1_000_000);
        incomplete("can't be read, and is not in it whole", &contents.unread)
    }
}

impl Restore {
    pub fn run(self, config: &Config) -> anyhow::Result<()> {
        let file = File::open(&self.file).with_context(|| format!("{} can't be read", self.file.display()))?;
        let contents = backup::restore(BufReader::new(file), &config.data_dir)?;
        contents.unread.iter().for_each(|line| println!("could not be read when the backup was taken: {line}"));
        let report = appliance::repair_store(config)?;
        report.notes.iter().for_each(|note| println!("{note}"));
        println!(
            "{} files restored: {} frames, {} labelled, {} trainings, {} models",
            contents.files, report.frames, report.labelled, report.trainings, report.models
        );
        ensure!(report.problems.is_empty(), "the store has problems; see `fieldcoach check`");
        Ok(())
    }
}
