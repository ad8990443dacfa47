//! The daemon as a process of its own.
#![allow(dead_code)]

use crate::common::{self, body, small_base};
use fieldcoach::camera::Scene;
use reqwest::{Client, StatusCode};
use serde_json::{Value, json};
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

/// Longest wait for a small training on a loaded machine.
const DEADLINE: Duration = Duration::from_secs(240);

/// The daemon as a process of its own.
pub struct Process {
    child: Child,
    pub client: Client,
    pub api: String,
    said: Said,
}

/// What it has said in its log.
type Said = Arc<Mutex<Vec<String>>>;

impl Process {
    pub fn start(dir: &Path) -> Self {
        Self::start_with(dir, "")
    }

    /// With more lines of configuration.
    pub fn start_with(dir: &Path, more: &str) -> Self {
        Self::of(spawned(dir, more))
    }

    /// Waits until it serves.
    pub fn of(mut child: Child) -> Self {
        let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
        let mut before = Vec::new();
        let url = lines.by_ref().map_while(Result::ok).find_map(|line| {
            let at = line.find("http://127.0.0.1:");
            let url = at.and_then(|at| Some(line[at..].split_whitespace().next()?.to_owned()));
            before.push(Ok(line));
            url
        });
        let url = url.expect("the daemon says where it listens");
        let said = kept(before.into_iter().chain(lines));
        Self { child, client: common::plain_client(), api: format!("{url}/api/v1"), said }
    }

    /// Waits until it serves on its local socket, and asks it there.
    pub async fn at_hand(mut child: Child, dir: &Path) -> Self {
        let said = kept(BufReader::new(child.stderr.take().unwrap()).lines());
        let client = common::client_on(&dir.join("data/control.sock"));
        let api = "http://localhost/api/v1".to_owned();
        let begun = Instant::now();
        while client.get(format!("{api}/status")).send().await.is_err() {
            assert!(begun.elapsed() < DEADLINE, "it does not serve: {said:?}");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        Self { child, client, api, said }
    }

    /// Whether a line of its log has all these words.
    pub fn said(&self, words: &[&str]) -> bool {
        self.said.lock().unwrap().iter().any(|line| words.iter().all(|word| line.contains(word)))
    }

    /// No goodbye: as a power cut would.
    pub fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Waits for its end.
    pub fn ended(&mut self) -> std::process::ExitStatus {
        self.child.wait().unwrap()
    }

    /// The number of its process.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Processes that it has started.
    pub fn children(&self) -> Vec<u32> {
        children_of(self.child.id())
    }

    /// The process that trains, once there is one; another than `before`.
    pub async fn trains(&self, before: Option<u32>) -> u32 {
        let begun = Instant::now();
        loop {
            if let Some(child) = self.children().into_iter().find(|child| Some(*child) != before) {
                return child;
            }
            assert!(begun.elapsed() < DEADLINE, "no process trains");
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    /// As `kill` does it, or systemd.
    pub fn terminate(mut self) -> std::process::ExitStatus {
        terminate(&mut self.child)
    }

    /// Files that it holds open and nobody else can find.
    pub fn holds_hidden_files(&self) -> bool {
        let open = std::fs::read_dir(format!("/proc/{}/fd", self.child.id())).unwrap().flatten();
        let targets = open.filter_map(|fd| std::fs::read_link(fd.path()).ok());
        targets.map(|target| target.display().to_string()).any(|t| t.contains("/data/") && t.ends_with(" (deleted)"))
    }

    pub async fn get(&self, path: &str) -> Value {
        body(self.client.get(format!("{}/{path}", self.api)), StatusCode::OK).await
    }

    pub async fn send(&self, method: &str, path: &str, json: Value, status: StatusCode) -> Value {
        let url = format!("{}/{path}", self.api);
        body(self.client.request(method.parse().unwrap(), url).json(&json), status).await
    }

    pub async fn train(&self) -> String {
        let request = json!({ "experiments": 3, "epochs": 6 });
        let training = self.send("POST", "trainings", request, StatusCode::CREATED).await;
        training["id"].as_str().unwrap().to_owned()
    }

    /// Asks until `done` is content.
    pub async fn until(&self, id: &str, done: impl Fn(&Value) -> bool) -> Value {
        let begun = Instant::now();
        loop {
            let training = self.get(&format!("trainings/{id}")).await;
            if done(&training) {
                return training;
            }
            assert!(training["state"] != "failed", "{training}");
            assert!(begun.elapsed() < DEADLINE, "waited in vain; last {training}");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
}

impl Process {
    /// Waits until a training is over, however it ended.
    pub async fn over(&self, id: &str) -> Value {
        let begun = Instant::now();
        loop {
            let training = self.get(&format!("trainings/{id}")).await;
            if ["done", "failed", "cancelled"].iter().any(|state| training["state"] == *state) {
                return training;
            }
            assert!(begun.elapsed() < DEADLINE, "waited in vain; last {training}");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
}

/// Reads on: whoever stops reading a log stops the one who writes it.
fn kept(lines: impl Iterator<Item = std::io::Result<String>> + Send + 'static) -> Said {
    let said = Said::default();
    let keeps = said.clone();
    std::thread::spawn(move || lines.map_while(Result::ok).for_each(|line| keeps.lock().unwrap().push(line)));
    said
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
    }
}

/// The program on this folder, with more lines of configuration; whoever waits for it reads what it says.
pub fn spawned(dir: &Path, more: &str) -> Child {
    command(dir, more).spawn().unwrap()
}

/// The same, not started yet.
pub fn command(dir: &Path, more: &str) -> Command {
    let config = dir.join("config.toml");
    let text = format!(
        "data_dir = {:?}\n[http]\nlisten = \"127.0.0.1:0\"\n[camera]\nsource = \"folder:{}\"\n[train]\nbase = \"small\"\n\
         device = \"cpu\"\n[store]\nreserve = \"1 MB\"\n{more}",
        dir.join("data"),
        dir.join("pictures").display()
    );
    std::fs::write(&config, text).unwrap();
    std::fs::create_dir_all(dir.join("pictures")).unwrap();
    std::fs::write(dir.join("pictures/grey.jpg"), common::jpeg(64, 48, 128)).unwrap();
    restarted(dir)
}

/// On this folder, by the configuration that lies there.
pub fn restarted(dir: &Path) -> Command {
    let config = dir.join("config.toml");
    let mut command = Command::new(env!("CARGO_BIN_EXE_fieldcoach"));
    command
        .arg("--config")
        .arg(&config)
        .arg("run")
        // What ONNX Runtime's telemetry would leave behind it would leave here.
        .env("HOME", dir)
        .env_remove("XDG_CACHE_HOME")
        .env_remove("ORT_DISABLE_TELEMETRY")
        .stderr(Stdio::piped())
        .stdout(Stdio::null());
    command
}

/// Processes that this one has started.
pub fn children_of(parent: u32) -> Vec<u32> {
    let parent = format!("PPid:\t{parent}\n");
    let processes = std::fs::read_dir("/proc").unwrap().flatten();
    let pids = processes.filter_map(|entry| entry.file_name().to_str()?.parse().ok());
    // One that has ended meanwhile is none.
    let is_own = |pid: &u32| {
        let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
        status.contains(&parent) && !status.contains("State:\tZ")
    };
    pids.filter(is_own).collect()
}

/// Bytes of memory that a process had at most; `None` once it has ended.
pub fn most_of(process: u32) -> Option<u64> {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    Some(1024 * line.trim().trim_end_matches(" kB").parse::<u64>().ok()?)
}

/// Tells it to stop, as `kill` and systemd do, and waits for its end.
pub fn terminate(child: &mut Child) -> std::process::ExitStatus {
    signal(child.id(), "TERM");
    child.wait().unwrap()
}

/// Sends a signal; to a process that has ended, none.
pub fn signal(process: u32, name: &str) {
    let _ = Command::new("kill").args([format!("-{name}"), process.to_string()]).stderr(Stdio::null()).status();
}

pub fn lives(process: u32) -> bool {
    std::fs::read_to_string(format!("/proc/{process}/status")).is_ok_and(|status| !status.contains("State:\tZ"))
}

/// A daemon with twelve labelled frames; the ids of those.
pub async fn labelled(dir: &Path) -> (Process, Vec<String>) {
    labelled_with(dir, "").await
}

/// With more lines of configuration.
pub async fn labelled_with(dir: &Path, more: &str) -> (Process, Vec<String>) {
    labelled_by(dir, async { Process::start_with(dir, more) }).await
}

/// By a daemon that is started otherwise.
pub async fn labelled_by(dir: &Path, start: impl Future<Output = Process>) -> (Process, Vec<String>) {
    std::fs::create_dir_all(dir.join("data/bases")).unwrap();
    std::fs::write(dir.join("data/bases/small.onnx"), small_base().encode()).unwrap();
    let daemon = start.await;
    let mut frames = vec![];
    for category in Scene::categories() {
        daemon.send("POST", "categories", json!({ "name": category.name }), StatusCode::CREATED).await;
    }
    let scene = Scene::new(Scene::SEED, 640, 480);
    for i in 0..12 {
        let (image, labels) = scene.render(60.0 * f64::from(i));
        let jpeg = fieldcoach::picture::encode_jpeg(&image, 90).to_vec();
        let upload = daemon.client.post(format!("{}/frames", daemon.api)).body(jpeg);
        let frame = body(upload, StatusCode::CREATED).await;
        let write = json!({ "revision": 0, "phase": "labelled", "labels": labels });
        let path = format!("frames/{}/labels", frame["id"].as_str().unwrap());
        daemon.send("PUT", &path, write, StatusCode::OK).await;
        frames.push(frame["id"].as_str().unwrap().to_owned());
    }
    (daemon, frames)
}

/// Runs a command of the program; whether it was content, and what it said.
pub fn asked(dir: &Path, arguments: &[&str]) -> (bool, String) {
    let program = Command::new(env!("CARGO_BIN_EXE_fieldcoach"))
        .arg("--config")
        .arg(dir.join("config.toml"))
        .args(arguments)
        .output()
        .unwrap();
    let said = [program.stdout, program.stderr].concat();
    (program.status.success(), String::from_utf8_lossy(&said).into_owned())
}
