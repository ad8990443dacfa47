//! `manual`.

use anyhow::Context;
use clap::{Args, Command};
use clap_complete::Shell;
use std::path::PathBuf;

/// Write the manual pages, and completions for bash, zsh and fish
#[derive(Args)]
pub struct Manual {
    /// Folder for them
    #[arg(value_name = "DIR")]
    out: PathBuf,
}

impl Manual {
    /// Of this command line.
    pub fn run(self, mut command: Command) -> anyhow::Result<()> {
        let failed = || format!("{}: the manual can't be written there", self.out.display());
        std::fs::create_dir_all(&self.out).with_context(failed)?;
        clap_mangen::generate_to(command.clone(), &self.out).with_context(failed)?;
        for shell in [Shell::Bash, Shell::Zsh, Shell::Fish] {
            clap_complete::generate_to(shell, &mut command, env!("CARGO_PKG_NAME"), &self.out).with_context(failed)?;
        }
        Ok(())
    }
}
