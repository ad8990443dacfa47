//! What a program and all that it starts carry, also where they leave its process group: a variable of their environment.

use rustix::process::{Pid, Signal, kill_process};
use std::fs;
use std::thread;
use std::time::{Duration, Instant};
use uuid::Uuid;

/// The variable.
pub const NAME: &str = "CHILD_MARK";
const LOOK_EVERY: Duration = Duration::from_millis(5);

/// Its value, another for every start.
#[derive(Debug)]
pub struct Mark(String);

impl Mark {
    pub fn new() -> Self {
        Self(Uuid::now_v7().to_string())
    }

    pub fn value(&self) -> &str {
        &self.0
    }

    /// Kills whatever carries it, until nothing does, or for as long as this.
    pub fn kill(&self, within: Duration) {
        let variable = format!("{NAME}={}", self.0);
        let until = Instant::now() + within;
        loop {
            let carriers = carriers(variable.as_bytes());
            // One that has ended can't be killed.
            for pid in &carriers {
                let _ = kill_process(*pid, Signal::KILL);
            }
            if carriers.is_empty() || Instant::now() >= until {
                return;
            }
            thread::sleep(LOOK_EVERY);
        }
    }
}

/// Processes of ours that have the variable. Those of others can't be read, and have none.
fn carriers(variable: &[u8]) -> Vec<Pid> {
    let processes = fs::read_dir("/proc").into_iter().flatten().flatten();
    let carries = |pid: &Pid| {
        let environment = fs::read(format!("/proc/{}/environ", pid.as_raw_nonzero())).unwrap_or_default();
        environment.split(|byte| *byte == 0).any(|one| one == variable)
    };
    let pids = processes.filter_map(|entry| Pid::from_raw(entry.file_name().to_str()?.parse().ok()?));
    pids.filter(carries).collect()
}
