//! ONNX Runtime for the daemon. What it is, a process of its own finds out: loaded it takes some 25 MB, for which a device
//! without a model has no use, and a library that breaks breaks that process.

use crate::causes::with_causes;
use crate::config::{Config, TrainDevice};
use crate::runtime::{Device, Engine, Runtime, RuntimeError, RuntimeStatus, find_library};
use anyhow::{Context, anyhow, bail};
use serde::{Deserialize, Serialize};
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// The command by which the program becomes this process; nobody else calls it.
pub const COMMAND: &str = "runtime-child";

/// Where ONNX Runtime lies, seen from the folder of the executable: as installed, and where `make build` puts it in a
/// checkout (the executable is `target/release/fieldcoach`).
const LIBRARY_FOLDERS: [&str; 2] = ["../lib/fieldcoach", "../../.deps/onnxruntime"];

/// A GPU that is set up for the first time takes half a minute; capture and labels wait for as long.
const LOADED_WITHIN: Duration = Duration::from_secs(120);
/// How often it is looked whether it has ended.
const LOOK_EVERY: Duration = Duration::from_millis(5);

/// What it is to open, from its input.
#[derive(Serialize, Deserialize)]
struct Wanted {
    library: PathBuf,
    device: Device,
    threads: usize,
}

/// Loads ONNX Runtime and settles on a device as the configuration says.
pub fn open_runtime(config: &Config) -> anyhow::Result<Runtime> {
    let Wanted { library, device, threads } = wanted(config)?;
    Ok(Runtime::open(&library, device, threads)?)
}

fn wanted(config: &Config) -> anyhow::Result<Wanted> {
    let device = match config.train.device {
        TrainDevice::Auto => Device::Auto,
        TrainDevice::Cpu => Device::Cpu,
        TrainDevice::Cuda => Device::Cuda,
        TrainDevice::Tensorrt => Device::TensorRt,
    };
    Ok(Wanted { library: find_onnxruntime(config)?, device, threads: config.train.threads })
}

/// Where the library of ONNX Runtime lies: where the configuration says, else in one of the usual places.
fn find_onnxruntime(config: &Config) -> anyhow::Result<PathBuf> {
    let wanted = Some(config.onnxruntime.library.as_path()).filter(|p| !p.as_os_str().is_empty());
    find_library(wanted, &LIBRARY_FOLDERS).map_err(|error| match error {
        RuntimeError::NoFile(_) => anyhow!("onnxruntime.library: {error}"),
        RuntimeError::NotFound(_) => anyhow!("{error}. Run `make build`, or set onnxruntime.library to its path"),
        error => error.into(),
    })
}

/// Opens it when somebody first needs it. `program`: this one, to ask what it is meanwhile; without, it is opened at once.
pub fn engine(config: &Arc<Config>, program: Option<&Path>) -> Engine {
    let opening = Arc::clone(config);
    let open = move || open_runtime(&opening).map_err(|error| with_causes(&error));
    match program {
        Some(program) => Engine::seen(described(config, program).map_err(|error| with_causes(&error)), open),
        None => Engine::new(open),
    }
}

fn described(config: &Config, program: &Path) -> anyhow::Result<RuntimeStatus> {
    let wanted = wanted(config)?;
    let mut child = Command::new(program)
        .arg(COMMAND)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .env_remove("NOTIFY_SOCKET")
        .spawn()
        .context("the process that looks at ONNX Runtime does not start")?;
    if let Some(input) = child.stdin.take() {
        serde_json::to_writer(input, &wanted)?;
    }
    ends(&mut child, LOADED_WITHIN).with_context(|| wanted.library.display().to_string())?;
    let ended = child.wait_with_output()?;
    let said: Result<RuntimeStatus, String> = serde_json::from_slice(&ended.stdout).map_err(|_| {
        anyhow!("{} can't be used: the process that loaded it broke ({})", wanted.library.display(), ended.status)
    })?;
    let status = said.map_err(|why| anyhow!(why))?;
    tracing::info!(library = %status.library.display(), version = status.version, device = status.device, note = status.note, "ONNX Runtime");
    Ok(status)
}

/// Waits for its end, which what it says fits the pipe for. Error: it hangs; it is ended.
fn ends(child: &mut Child, within: Duration) -> anyhow::Result<()> {
    let begun = Instant::now();
    while child.try_wait()?.is_none() {
        if begun.elapsed() > within {
            child.kill()?;
            bail!("it can't be used: it was not loaded within {} s", within.as_secs());
        }
        std::thread::sleep(LOOK_EVERY);
    }
    Ok(())
}

/// Says what is wanted of it, to whoever started this.
pub fn tell() -> anyhow::Result<()> {
    let Wanted { library, device, threads } = serde_json::from_reader(io::stdin())?;
    let opened = Runtime::open(&library, device, threads);
    let said = opened.map(|runtime| runtime.describe().clone()).map_err(|error| with_causes(&error.into()));
    Ok(serde_json::to_writer(io::stdout(), &said)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_library_that_hangs_holds_nobody_up() {
        let mut child = Command::new("sleep").arg("600").spawn().unwrap();
        let error = ends(&mut child, Duration::from_millis(50)).unwrap_err().to_string();
        assert!(error.contains("can't be used"), "{error}");
        assert!(!child.wait().unwrap().success(), "it was ended");
        let mut child = Command::new("true").spawn().unwrap();
        ends(&mut child, Duration::from_secs(60)).unwrap();
    }
}
