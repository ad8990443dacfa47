//! Command line only: parse, call, print.

mod cli;

use clap::Parser;
use std::process::ExitCode;

fn main() -> ExitCode {
    match cli::Arguments::parse().run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("fieldcoach: {}", fieldcoach::causes::with_causes(&error));
            ExitCode::FAILURE
        }
    }
}
