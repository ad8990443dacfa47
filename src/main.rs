//! Command line only: parse, call, print.

mod cli;

use clap::Parser;
use fieldcoach::appliance::Restarting;
use fieldcoach::supervise::RESTART_STATUS;
use std::os::unix::process::CommandExt;
use std::process::{Command, ExitCode};

/// ONNX Runtime's own switch. It looks up an address of its makers as soon as it is loaded, before a program can tell it
/// not to.
const NO_TELEMETRY: &str = "ORT_DISABLE_TELEMETRY";

fn main() -> ExitCode {
    keep_to_ourselves();
    match cli::Arguments::parse().run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("fieldcoach: {}", fieldcoach::causes::with_causes(&error));
            match error.is::<cli::Incomplete>() {
                true => ExitCode::from(cli::INCOMPLETE),
                false if error.is::<Restarting>() => ExitCode::from(RESTART_STATUS),
                false => ExitCode::FAILURE,
            }
        }
    }
}

/// Begins again in an environment that says so: changing one's own is not safe, and a process stays the same by it.
fn keep_to_ourselves() {
    if std::env::var_os(NO_TELEMETRY).is_some() {
        return;
    }
    let Ok(program) = std::env::current_exe() else { return };
    let mut arguments = std::env::args_os();
    let name = arguments.next().unwrap_or_else(|| program.clone().into());
    let error = Command::new(program).arg0(name).args(arguments).env(NO_TELEMETRY, "1").exec();
    eprintln!("fieldcoach: {NO_TELEMETRY} could not be set, so ONNX Runtime may look up an address: {error}");
}
