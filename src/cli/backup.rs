//! `backup` and `restore`.

use super::local;
use anyhow::{Context, ensure};
use clap::Args;
use fieldcoach::appliance;
use fieldcoach::config::Config;
use fieldcoach::http::SOCKET;
use fieldcoach::store::{Store, backup};
use std::fs::File;
use std::io::{BufReader, BufWriter, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

/// Write everything the device keeps to one file, while it goes on
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
        // Under another name until it is whole.
        let part = PathBuf::from(format!("{}.part", self.file.display()));
        let written = self.write(config, &part);
        if written.is_err() {
            // It is no use to anybody, and may not have been made.
            let _ = std::fs::remove_file(&part);
        }
        written
    }

    fn write(&self, config: &Config, part: &Path) -> anyhow::Result<()> {
        let failed = || format!("{} can't be written", part.display());
        let mut file =
            File::options().write(true).create(true).truncate(true).mode(0o600).open(part).with_context(failed)?;
        match is_running(config) {
            true => local::download(config, "backup.tar", &mut file)?,
            false => {
                ensure!(Store::is_in(&config.data_dir)?, "there is no store in {}", config.data_dir.display());
                let mut out = BufWriter::new(&mut file);
                appliance::open_store(config)?.back_up(&mut out)?;
                out.flush().with_context(failed)?;
            }
        }
        file.sync_all().with_context(failed)?;
        let bytes = file.metadata()?.len();
        // What a restore would say, said now.
        let contents = backup::look(BufReader::new(File::open(part)?))?;
        std::fs::rename(part, &self.file).with_context(|| format!("{} can't be named", self.file.display()))?;
        println!("{}: {} files, {} MB", self.file.display(), contents.files, bytes / 1_000_000);
        Ok(())
    }
}

fn is_running(config: &Config) -> bool {
    std::os::unix::net::UnixStream::connect(config.data_dir.join(SOCKET)).is_ok()
}

impl Restore {
    pub fn run(self, config: &Config) -> anyhow::Result<()> {
        let file = File::open(&self.file).with_context(|| format!("{} can't be read", self.file.display()))?;
        let contents = backup::restore(BufReader::new(file), &config.data_dir)?;
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
