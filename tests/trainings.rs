//! What a training tells people before, meanwhile and afterwards, through the daemon; on a base that trains in no time.

mod common;

use common::{Daemon, folder, small_base};
use fieldcoach::camera::Scene;
use fieldcoach::config::Config;
use serde_json::{Value, json};
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::time::{Duration, Instant};

/// Longest wait for a small training on a loaded machine.
const DEADLINE: Duration = Duration::from_secs(180);

async fn start(dir: &Path, change: impl FnOnce(&mut Config)) -> Daemon {
    let bases = dir.join("data/bases");
    std::fs::create_dir_all(&bases).unwrap();
    std::fs::write(bases.join("small.onnx"), small_base().encode()).unwrap();
    Daemon::start_with(dir, |config| {
        config.train.base = "small".into();
        change(config);
    })
    .await
}

/// Uploads and labels frames of the scene; their ids.
async fn label(daemon: &Daemon, count: usize) -> Vec<String> {
    let scene = Scene::new(Scene::SEED, 320, 240);
    for category in Scene::categories() {
        daemon.category(&category.name).await;
    }
    let mut frames = vec![];
    for i in 0..count {
        let (image, labels) = scene.render(60.0 * i as f64);
        let frame = daemon.upload(fieldcoach::picture::encode_jpeg(&image, 90).to_vec()).await;
        let write = json!({ "revision": 0, "phase": "labelled", "labels": labels });
        daemon.send("PUT", &format!("frames/{frame}/labels"), write, 200).await;
        frames.push(frame);
    }
    frames
}

/// Trains, and waits until it is over.
async fn train(daemon: &Daemon, request: Value) -> Value {
    let id = daemon.send("POST", "trainings", request, 201).await["id"].as_str().unwrap().to_owned();
    let begun = Instant::now();
    loop {
        let training = daemon.get(&format!("trainings/{id}")).await;
        if ["done", "failed", "cancelled"].contains(&training["state"].as_str().unwrap()) {
            return training;
        }
        assert!(begun.elapsed() < DEADLINE, "waited in vain; last {training}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// Turns a bit of a frame's picture where it lies on the disk.
async fn damage(daemon: &Daemon, dir: &Path, frame: &str) {
    let answer = daemon.client.get(daemon.api(&format!("frames/{frame}.jpg"))).send().await.unwrap();
    let jpeg = answer.bytes().await.unwrap();
    for segment in std::fs::read_dir(dir.join("data/segments")).unwrap() {
        let path = segment.unwrap().path();
        let bytes = std::fs::read(&path).unwrap();
        if let Some(at) = bytes.windows(jpeg.len()).position(|window| window == jpeg) {
            let file = std::fs::OpenOptions::new().write(true).open(&path).unwrap();
            file.write_all_at(&[!jpeg[100]], at as u64 + 100).unwrap();
            return;
        }
    }
    panic!("no segment has frame {frame}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_damaged_frame_is_left_out_and_told() {
    let dir = folder();
    let daemon = start(dir.path(), |_| ()).await;
    let frames = label(&daemon, 8).await;
    damage(&daemon, dir.path(), &frames[3]).await;
    let done = train(&daemon, json!({ "experiments": 1, "epochs": 1 })).await;
    assert_eq!((&done["state"], &done["skipped"]), (&json!("done"), &json!(1)), "{done}");
    let split = |side: &str| done["split"][side].as_u64().unwrap();
    assert_eq!(split("training") + split("validation"), 7);
    let book = daemon.get(&format!("trainings/{}/flipbook", done["id"].as_str().unwrap())).await;
    assert_eq!(book["note"], "1 damaged frame was left out.");
    assert!(book["frames"].as_array().unwrap().iter().all(|f| f["id"] != json!(frames[3])));

    for frame in &frames[4..] {
        damage(&daemon, dir.path(), frame).await;
    }
    let failed = train(&daemon, json!({ "experiments": 1, "epochs": 1 })).await;
    let error = failed["error"].as_str().unwrap();
    assert!(error.contains("5 labelled frames are damaged") && error.contains("label 2 more"), "{error}");
    let book = daemon.get(&format!("trainings/{}/flipbook", failed["id"].as_str().unwrap())).await;
    let note = book["note"].as_str().unwrap();
    assert!(note.starts_with("The training failed before its first page: 5 labelled frames"), "{note}");
    daemon.stop().await;
}
