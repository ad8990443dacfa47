//! Each part of the real program hangs, and breaks off: it is named, systemd hears nothing while it hangs, people label on,
//! and it runs again. With `FIELDCOACH_HARM_PARTS=all` every part that the status lists.

mod common;
mod mqtt_support;
#[path = "common/process.rs"]
mod process;

use common::folder;
use fieldcoach::domain::{FrameSource, NewFrame};
use fieldcoach::store::{Options, Store};
use mqtt_support::Mosquitto;
use process::{Process, command, labelled_by};
use reqwest::StatusCode;
use serde_json::{Value, json};
use std::os::unix::net::UnixDatagram;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

/// Some signs of life are due every minute.
const DEADLINE: Duration = Duration::from_secs(120);
/// What systemd asks for; it is fed twice as often.
const WATCHDOG: Duration = Duration::from_secs(1);

/// The daemon, what systemd was told by it, and what goes wrong in it.
struct Watched {
    daemon: Process,
    systemd: Arc<Mutex<Vec<String>>>,
    faults: PathBuf,
    frames: Vec<String>,
    revision: u64,
}

impl Watched {
    async fn start(dir: &Path, broker: &Mosquitto) -> Self {
        let (faults, socket) = (dir.join("faults.toml"), dir.join("notify"));
        let systemd = listening(&socket);
        let more = format!("[mqtt]\nbroker = \"mqtt://127.0.0.1:{}\"\n", broker.port);
        let mut command = command(dir, &more);
        command
            .env("FIELDCOACH_FAULTS", &faults)
            .env("NOTIFY_SOCKET", &socket)
            .env("WATCHDOG_USEC", WATCHDOG.as_micros().to_string())
            // Beyond loopback there are more parts.
            .env("FIELDCOACH_HTTP__LISTEN", "0.0.0.0:0")
            .env("FIELDCOACH_CAMERA__FPS", "5");
        let child = command.spawn().unwrap();
        let (daemon, frames) = labelled_by(dir, Process::at_hand(child, dir)).await;
        Self { daemon, systemd, faults, frames, revision: 1 }
    }

    fn ask(&self, faults: &str) {
        let next = self.faults.with_extension("next");
        std::fs::write(&next, faults).unwrap();
        std::fs::rename(next, &self.faults).unwrap();
    }

    async fn parts(&self) -> serde_json::Map<String, Value> {
        self.daemon.get("status").await["parts"].as_object().unwrap().clone()
    }

    /// Waits until it is like that with the part.
    async fn until(&self, part: &str, done: impl Fn(&Value) -> bool) -> Value {
        let begun = Instant::now();
        loop {
            let now = self.parts().await[part].clone();
            if done(&now) {
                return now;
            }
            assert!(begun.elapsed() < DEADLINE, "{part}: {now}");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// Whether it is ready, and what it says.
    async fn ready(&self) -> (StatusCode, String) {
        let answer = self.daemon.client.get("http://localhost/readyz").send().await.unwrap();
        (answer.status(), answer.text().await.unwrap())
    }

    async fn until_ready(&self) {
        let begun = Instant::now();
        while self.ready().await.0 != StatusCode::OK {
            assert!(begun.elapsed() < DEADLINE, "{:?}", self.ready().await);
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// What systemd was told since it was last asked for.
    fn told(&self) -> Vec<String> {
        std::mem::take(&mut self.systemd.lock().unwrap())
    }

    async fn until_fed(&self) {
        let begun = Instant::now();
        while !self.told().iter().any(|told| told.contains("WATCHDOG=1")) {
            assert!(begun.elapsed() < DEADLINE, "systemd is not told that all is well");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    async fn label(&mut self) {
        let path = format!("frames/{}/labels", self.frames[0]);
        let labels = json!({ "revision": self.revision, "phase": "labelled", "labels": [] });
        self.daemon.send("PUT", &path, labels, StatusCode::OK).await;
        self.revision += 1;
    }

    /// Waits until an event of this kind names the part.
    async fn until_told(&self, kind: &str, part: &str) {
        let (begun, name) = (Instant::now(), format!("`{part}`"));
        loop {
            let log = self.daemon.get(&format!("log?kind={kind}&limit=100")).await;
            let named = |event: &Value| event["message"].as_str().unwrap().contains(&name);
            if log["items"].as_array().unwrap().iter().any(named) {
                return;
            }
            assert!(begun.elapsed() < DEADLINE, "no {kind} of {part}: {log}");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// What makes a part turn that waits for work.
    async fn give_work(&self, part: &str) {
        if part == "trainer" {
            self.daemon.train().await;
        }
    }

    async fn freeze(&mut self, part: &str) {
        self.ask(&format!("freeze = [{part:?}]\npatience = 1.0\n"));
        self.give_work(part).await;
        self.until(part, |now| now["state"] == "stuck").await;
        let (status, why) = self.ready().await;
        assert!(status == StatusCode::SERVICE_UNAVAILABLE && why.contains(&format!("`{part}`")), "{status} {why}");
        let begun = Instant::now();
        while !self.daemon.said(&["gives no sign of life", part]) {
            assert!(begun.elapsed() < DEADLINE, "the log does not name {part}");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        // Named by the one who feeds: from here on it must not.
        self.told();
        self.label().await;
        let others = self.parts().await;
        let ill =
            others.iter().filter(|(name, now)| *name != part && now["state"] != "running" && now["state"] != "off");
        assert_eq!(ill.collect::<Vec<_>>(), [], "the others go on while {part} hangs");
        tokio::time::sleep(2 * WATCHDOG).await;
        assert_eq!(self.told(), [""; 0], "the watchdog is fed while {part} hangs");
        self.ask("");
        self.until(part, |now| now["state"] == "running").await;
        self.until_fed().await;
        self.until_ready().await;
        // Nobody else tells of the one that tells.
        if part != "parts" {
            self.until_told("part_stuck", part).await;
            self.until_told("part_back", part).await;
        }
    }

    async fn panic(&mut self, part: &str) {
        self.ask(&format!("panic = [{part:?}]\n"));
        self.give_work(part).await;
        let begun = Instant::now();
        while !self.daemon.said(&["a part failed; it is started again", part, "FIELDCOACH_FAULTS asks for it"]) {
            assert!(begun.elapsed() < DEADLINE, "{part} does not break off");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        self.label().await;
        self.ask("");
        self.until(part, |now| now["state"] == "running").await;
        self.until_ready().await;
        self.until_fed().await;
        if part != "parts" {
            self.until_told("part_failed", part).await;
        }
    }
}

/// Reads what is sent to this socket, as systemd does: whoever sends waits for that.
fn listening(socket: &Path) -> Arc<Mutex<Vec<String>>> {
    let (socket, heard) = (UnixDatagram::bind(socket).unwrap(), Arc::<Mutex<Vec<String>>>::default());
    let notes = heard.clone();
    std::thread::spawn(move || {
        let mut buffer = [0; 4096];
        while let Ok(length) = socket.recv(&mut buffer) {
            notes.lock().unwrap().push(String::from_utf8_lossy(&buffer[..length]).into_owned());
        }
    });
    heard
}

#[tokio::test(flavor = "multi_thread")]
async fn systemd_is_asked_for_more_time_while_the_index_is_made_anew_at_a_start() {
    let (dir, socket) = (folder(), tempfile::tempdir().unwrap());
    let (data, socket) = (dir.path().join("data"), socket.path().join("notify"));
    let store = Store::open(Options { dir: data.clone(), budget: 500_000_000, reserve: 0 }).unwrap();
    let frame = NewFrame {
        jpeg: vec![7; 500].into(),
        taken: jiff::Timestamp::UNIX_EPOCH,
        width: 640,
        height: 480,
        source: FrameSource::Upload,
        camera: None,
        name: None,
        clip: None,
        kept: None,
        truth: None,
    };
    // Enough for some looks at whether it goes on.
    (0..10_000).for_each(|_| drop(store.add_frame(&frame).unwrap()));
    drop(store);
    std::fs::remove_dir_all(data.join("index")).unwrap();
    let told = listening(&socket);
    let child = command(dir.path(), "").env("NOTIFY_SOCKET", &socket).spawn().unwrap();
    let daemon = Process::at_hand(child, dir.path()).await;
    let begun = Instant::now();
    while !told.lock().unwrap().iter().any(|told| told.contains("READY=1")) {
        assert!(begun.elapsed() < DEADLINE, "it does not say that it is ready");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    daemon.kill();
    let told = std::mem::take(&mut *told.lock().unwrap());
    let asked = told.iter().position(|told| told.contains("EXTEND_TIMEOUT_USEC=600000000"));
    let ready = told.iter().position(|told| told.contains("READY=1")).unwrap();
    assert!(asked.is_some_and(|at| at < ready), "{told:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_part_that_hangs_or_breaks_off_is_named_and_runs_again_while_people_label() {
    let (dir, broker) = (folder(), Mosquitto::start(""));
    let mut watched = Watched::start(dir.path(), &broker).await;
    watched.until("mqtt", |now| now["state"] == "running").await;
    watched.until_fed().await;
    watched.until_ready().await;
    let all = watched.parts().await;
    let all: Vec<String> = all.into_iter().filter(|(_, now)| now["state"] == "running").map(|(name, _)| name).collect();
    let quick = ["camera", "history", "live", "outbox"].map(str::to_owned);
    let tried = if std::env::var_os("FIELDCOACH_HARM_PARTS").is_some() { &all[..] } else { &quick[..] };
    for part in tried {
        let begun = Instant::now();
        watched.freeze(part).await;
        let froze = begun.elapsed();
        watched.panic(part).await;
        println!(
            "{part}: hung and ran again after {froze:?}, broke off and ran again after {:?}",
            begun.elapsed() - froze
        );
    }
    println!("of {all:?}");
}
