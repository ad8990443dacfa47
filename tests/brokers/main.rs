//! The real program and brokers that refuse: what is wrong, and what to change, stands in its status; and what must arrive
//! arrives where a broker takes less than it should.

mod certificates;
#[path = "../common/mod.rs"]
mod common;
#[path = "../mqtt_support/mod.rs"]
mod mqtt_support;
#[path = "../common/process.rs"]
mod process;
mod refusing;

mod commands;
mod given;
mod less;
mod nats;
mod refusals;
mod rogue;
mod tls;
mod twins;

use common::folder;
use process::Process;
use serde_json::Value;
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// Longer than anything takes on a slow machine.
const DEADLINE: Duration = Duration::from_secs(90);
/// Daemons at once.
const AT_ONCE: usize = 3;

/// A daemon of this id with these lines under `[mqtt]`.
struct Daemon {
    process: Process,
    dir: TempDir,
}

impl Daemon {
    fn start(id: &str, mqtt: &str) -> Self {
        let dir = folder();
        let process = Process::start_with(dir.path(), &format!("[device]\nid = \"{id}\"\n[mqtt]\n{mqtt}\n"));
        Self { process, dir }
    }

    /// On the broker at this port.
    fn on(port: u16) -> Self {
        Self::start("cam-7", &format!("broker = \"mqtt://127.0.0.1:{port}\""))
    }

    /// Started again, with other lines.
    fn again(self, id: &str, mqtt: &str) -> Self {
        let Self { process, dir } = self;
        assert!(process.terminate().success());
        let process = Process::start_with(dir.path(), &format!("[device]\nid = \"{id}\"\n[mqtt]\n{mqtt}\n"));
        Self { process, dir }
    }

    /// What the status says of the broker once `done` is content with it: what is wrong, and what is noted.
    async fn until(&self, what: &str, done: impl Fn(&Value) -> bool) -> Value {
        let begun = Instant::now();
        loop {
            let status = self.process.get("status").await;
            let found = serde_json::json!({
                "error": status["parts"]["mqtt"]["error"], "restarts": status["parts"]["mqtt"]["restarts"], "mqtt": status["mqtt"],
            });
            if done(&found) {
                return found;
            }
            assert!(begun.elapsed() < DEADLINE, "{what}: {found:#}");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// Waits until all these words stand in what is wrong.
    async fn says(&self, what: &str, words: &[&str]) -> String {
        let found = self.until(what, |found| has(&found["error"], words)).await;
        assert_eq!(found["mqtt"]["state"], "connecting", "{what}");
        found["error"].as_str().unwrap().to_owned()
    }

    /// Waits until all these words stand in a line of its log.
    async fn logs(&self, words: &[&str]) {
        let begun = Instant::now();
        while !self.process.said(words) {
            assert!(begun.elapsed() < DEADLINE, "the log has no {words:?}");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// Waits until it is connected, and all these words stand in a note.
    async fn notes(&self, what: &str, words: &[&str]) -> Value {
        let found = self.until(what, |found| {
            let noted =
                found["mqtt"]["notes"].as_array().is_some_and(|notes| notes.iter().any(|note| has(note, words)));
            found["mqtt"]["state"] == "connected" && (noted || words.is_empty())
        });
        found.await["mqtt"].clone()
    }
}

fn has(text: &Value, words: &[&str]) -> bool {
    text.as_str().is_some_and(|text| words.iter().all(|word| text.contains(word)))
}
