//! The daemon on a disk that others fill to the last byte: while it captures, is labelled, trains and exports, and when it
//! starts. Labels go on, and afterwards all does.

mod common;
mod mqtt_support;
#[path = "common/own_disk.rs"]
mod own_disk;
#[path = "common/process.rs"]
mod process;

use common::{Daemon, folder, problem, small_base};
use fieldcoach::camera::Scene;
use fieldcoach::config::{CameraSource, TrainDevice};
use fieldcoach::store::{Options, Store};
use mqtt_support::{Listener, Mosquitto};
use own_disk::on_own_disks;
use process::Process;
use reqwest::StatusCode;
use serde_json::{Value, json};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

const CHILD: &str = "FIELDCOACH_TEST_DISK";

/// Takes all there is, to the last byte.
fn fill(path: &Path) {
    let mut file = std::fs::File::options().append(true).create(true).open(path).unwrap();
    for size in [1 << 20, 4096, 1] {
        while file.write_all(&vec![7; size]).is_ok() {}
    }
}

/// Asks until `done` is content; a small training on a loaded machine takes long.
async fn until(daemon: &Daemon, path: &str, done: impl Fn(&Value) -> bool) -> Value {
    let begun = Instant::now();
    loop {
        let answer = daemon.get(path).await;
        if done(&answer) {
            return answer;
        }
        assert!(begun.elapsed() < Duration::from_secs(240), "waited in vain; last {answer}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

async fn start(disk: &Path) -> Daemon {
    Daemon::start_with(disk, |config| {
        config.cameras.first_mut().source = CameraSource::Scene;
        config.cameras.first_mut().keep_every = 0.1;
        config.train.base = "small".into();
        config.train.device = TrainDevice::Cpu;
        config.store.reserve = bytesize::ByteSize::mb(80);
    })
    .await
}

/// Every frame labelled once more, over what there is.
async fn label(daemon: &Daemon, frames: &[(String, Value)]) {
    for (id, labels) in frames {
        let path = format!("frames/{id}/labels");
        let now = daemon.get(&path).await;
        let write = json!({ "revision": now["revision"], "phase": "labelled", "labels": labels });
        daemon.send("PUT", &path, write, 200).await;
    }
}

async fn child(disk: PathBuf) {
    let bases = disk.join("data/bases");
    std::fs::create_dir_all(&bases).unwrap();
    std::fs::write(bases.join("small.onnx"), small_base().encode()).unwrap();
    let daemon = start(&disk).await;
    for category in Scene::categories() {
        daemon.category(&category.name).await;
    }
    let (scene, mut frames) = (Scene::new(Scene::SEED, 640, 480), vec![]);
    for i in 0..12 {
        let (image, labels) = scene.render(60.0 * f64::from(i));
        let id = daemon.upload(fieldcoach::picture::encode_jpeg(&image, 90).to_vec()).await;
        frames.push((id, json!(labels)));
    }
    label(&daemon, &frames).await;
    until(&daemon, "status", |status| status["store"]["frames"].as_u64() > Some(14)).await;
    let training = daemon.send("POST", "trainings", json!({ "experiments": 2, "epochs": 60 }), 201).await;
    let training = format!("trainings/{}", training["id"].as_str().unwrap());
    until(&daemon, &training, |training| training["epoch"].as_u64() > Some(0)).await;

    let filler = disk.join("filler");
    fill(&filler);
    for _ in 0..10 {
        label(&daemon, &frames).await;
    }
    let why = problem(daemon.client.get(daemon.api("dataset.zip")), 507).await;
    assert!(why.contains("kept for labels"), "{why}");
    problem(daemon.client.post(daemon.api("frames")).body(common::jpeg(64, 48, 9)), 507).await;
    for path in ["clips", "dataset"] {
        let why = problem(daemon.client.post(daemon.api(path)).body(vec![0; 1000]), 507).await;
        assert!(why.contains("kept for labels") && why.contains("store.reserve"), "{path}: {why}");
    }
    until(&daemon, "status", |status| status["store"]["full"] == true).await;
    // It ends, and says why.
    let ended = until(&daemon, &training, |training| !training["finished"].is_null()).await;
    assert!(ended["error"].as_str().is_some_and(|why| why.contains("kept for labels")), "{ended}");
    daemon.client.get(daemon.at("/readyz")).send().await.unwrap().error_for_status().unwrap();
    daemon.stop().await;

    for _ in 0..2 {
        fill(&filler);
        let daemon = start(&disk).await;
        label(&daemon, &frames).await;
        daemon.stop().await;
    }
    let daemon = start(&disk).await;
    std::fs::remove_file(&filler).unwrap();
    label(&daemon, &frames).await;
    daemon.upload(common::jpeg(64, 48, 9)).await;
    let zip = daemon.client.get(daemon.api("dataset.zip")).send().await.unwrap().error_for_status().unwrap();
    assert!(zip.bytes().await.unwrap().len() > 10_000);
    let training = daemon.send("POST", "trainings", json!({ "experiments": 2, "epochs": 2 }), 201).await;
    let training = format!("trainings/{}", training["id"].as_str().unwrap());
    let done = until(&daemon, &training, |training| !training["finished"].is_null()).await;
    assert_eq!(done["state"], "done", "{done}");
    until(&daemon, "status", |status| status["store"]["fault"].is_null() && status["store"]["full"] == false).await;
    daemon.stop().await;
    let options = Options { dir: disk.join("data"), budget: 500_000_000, reserve: 0 };
    let begun = Instant::now();
    let report = loop {
        // The last part that has the store open may still be about to close it.
        match Store::look(&options) {
            Ok(report) => break report,
            Err(error) => assert!(begun.elapsed() < Duration::from_secs(20), "{error}"),
        }
    };
    assert_eq!((report.problems, report.labelled), (vec![], 12));
    println!("all done");
}

/// On a file system of its own, which a user without rights may have in a name space of his own.
#[test]
fn labels_go_on_and_afterwards_all_does() {
    if let Ok(disk) = std::env::var(CHILD) {
        let runtime = tokio::runtime::Runtime::new().unwrap();
        return runtime.block_on(child(disk.into()));
    }
    let dir = folder();
    let test = ["--exact", "labels_go_on_and_afterwards_all_does"];
    for (disk, output) in on_own_disks(dir.path(), 400, CHILD, &test) {
        let said = String::from_utf8_lossy(&output.stdout);
        assert!(said.contains("all done"), "{disk}: {said}\n{}", String::from_utf8_lossy(&output.stderr));
    }
}

const UNHEARD: &str = "FIELDCOACH_TEST_DISK_UNHEARD";

/// What people do on the full disk while nobody hears of it: renames, each an entry of the audit log and an event.
async fn unheard(disk: PathBuf) {
    let mut broker = Mosquitto::start("");
    let more = format!("[mqtt]\nbroker = \"mqtt://127.0.0.1:{}\"\n[device]\nid = \"cam-7\"\n", broker.port);
    let mut listener = Listener::start(broker.port, &["fieldcoach/cam-7/events"]).await;
    let mut daemon = Process::start_with(&disk, &more);
    daemon.send("POST", "categories", json!({ "name": "c0" }), StatusCode::CREATED).await;
    let renamed = |said: &str| said.rsplit_once("changed a category: /categories/c")?.1.parse::<usize>().ok();
    let heard = listener.json("fieldcoach/cam-7/events").await;
    assert!(heard["message"].is_string(), "{heard}");
    broker.stop();
    let (filler, mut done) = (disk.join("filler"), 0);
    for _ in 0..3 {
        // What was freed for labels the last time others take too.
        fill(&filler);
        for _ in 0..10 {
            let next = json!({ "name": format!("c{}", done + 1) });
            daemon.send("PATCH", &format!("categories/c{done}"), next, StatusCode::OK).await;
            done += 1;
        }
        daemon.kill();
        daemon = Process::start_with(&disk, &more);
    }
    let said = |entry: &Value| renamed(&format!("{}: {}", entry["what"].as_str()?, entry["about"].as_str()?));
    let audit = daemon.get("audit?limit=100").await;
    let noted: Vec<usize> = audit["items"].as_array().unwrap().iter().rev().filter_map(said).collect();
    assert_eq!(noted, (0..done).collect::<Vec<_>>());
    broker.resume();
    let mut told = Vec::new();
    while told.len() < done {
        let event = listener.json("fieldcoach/cam-7/events").await;
        // The broker may be told twice.
        told.extend(event["message"].as_str().and_then(renamed).filter(|n| told.last() < Some(n)));
    }
    assert_eq!(told, (0..done).collect::<Vec<_>>());
    println!("all told");
}

#[test]
fn what_people_did_on_a_full_disk_is_noted_and_told_after_a_kill() {
    if let Ok(disk) = std::env::var(UNHEARD) {
        let runtime = tokio::runtime::Runtime::new().unwrap();
        return runtime.block_on(unheard(disk.into()));
    }
    let dir = folder();
    let test = ["--exact", "what_people_did_on_a_full_disk_is_noted_and_told_after_a_kill"];
    for (disk, output) in on_own_disks(dir.path(), 200, UNHEARD, &test) {
        let said = String::from_utf8_lossy(&output.stdout);
        assert!(said.contains("all told"), "{disk}: {said}\n{}", String::from_utf8_lossy(&output.stderr));
    }
}
