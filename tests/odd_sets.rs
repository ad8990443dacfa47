//! Data sets that are odd, and no mistake: they train, with pages to look at, or it is said what is missing.

mod common;

use common::{Daemon, folder, jpeg, problem, small_base};
use serde_json::{Value, json};
use std::path::Path;
use std::time::{Duration, Instant};

/// Longest wait for a small training on a loaded machine.
const DEADLINE: Duration = Duration::from_secs(180);

async fn start(dir: &Path) -> Daemon {
    let bases = dir.join("data/bases");
    std::fs::create_dir_all(&bases).unwrap();
    std::fs::write(bases.join("small.onnx"), small_base().encode()).unwrap();
    Daemon::start_with(dir, |config| config.train.base = "small".into()).await
}

/// Uploads a picture with these boxes, `[category, x, y, width, height]`; its id.
async fn labelled(daemon: &Daemon, picture: Vec<u8>, boxes: Vec<(String, [f32; 4])>) -> String {
    let frame = daemon.upload(picture).await;
    let labels: Vec<Value> = boxes.iter().map(|(c, bbox)| json!({ "category": c, "bbox": bbox })).collect();
    let write = json!({ "revision": 0, "phase": "labelled", "labels": labels });
    daemon.send("PUT", &format!("frames/{frame}/labels"), write, 200).await;
    frame
}

/// Trains two epochs; every page of every frame can be drawn.
async fn trains(daemon: &Daemon) -> Value {
    let id = daemon.send("POST", "trainings", json!({ "experiments": 1, "epochs": 2 }), 201).await;
    let id = id["id"].as_str().unwrap().to_owned();
    let begun = Instant::now();
    let done = loop {
        let training = daemon.get(&format!("trainings/{id}")).await;
        if ["done", "failed", "cancelled"].contains(&training["state"].as_str().unwrap()) {
            break training;
        }
        assert!(begun.elapsed() < DEADLINE, "waited in vain; last {training}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    };
    assert_eq!(done["state"], "done", "{done}");
    let book = daemon.get(&format!("trainings/{id}/flipbook")).await;
    for frame in book["frames"].as_array().unwrap() {
        let page = format!("trainings/{id}/flipbook/2/{}.jpg", frame["id"].as_str().unwrap());
        let drawn = daemon.client.get(daemon.api(&page)).send().await.unwrap();
        assert_eq!(drawn.status(), 200, "{page}");
        image::load_from_memory(&drawn.bytes().await.unwrap()).unwrap();
    }
    done
}

#[tokio::test(flavor = "multi_thread")]
async fn frames_with_nothing_in_them_train_nothing_until_one_has_something() {
    let dir = folder();
    let daemon = start(dir.path()).await;
    daemon.category("box").await;
    for grey in 0..7 {
        labelled(&daemon, jpeg(160, 120, grey * 30), vec![]).await;
    }
    let refused = problem(daemon.client.post(daemon.api("trainings")).json(&json!({})), 422).await;
    assert!(refused.contains("have no labels"), "{refused}");
    let plan = daemon.get("trainings/plan").await;
    assert!(plan["refused"].as_str().unwrap().contains("have no labels"), "{plan}");
    labelled(&daemon, jpeg(160, 120, 220), vec![("box".into(), [8.0, 8.0, 16.0, 16.0])]).await;
    let plan = daemon.get("trainings/plan").await;
    match plan["refused"].as_str() {
        Some(refused) => assert!(refused.contains("label"), "{refused}"),
        None => drop(trains(&daemon).await),
    }
    daemon.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn tiny_things_long_pictures_and_a_single_pixel_train() {
    let dir = folder();
    let daemon = start(dir.path()).await;
    daemon.category("box").await;
    let tiny = |at: usize| ("box".to_owned(), [20.0 + at as f32, 30.0, 2.0, 2.0]);
    for at in 0..8 {
        labelled(&daemon, jpeg(160, 120, at as u8 * 20), vec![tiny(at)]).await;
    }
    labelled(&daemon, jpeg(1500, 40, 90), vec![("box".into(), [1400.0, 10.0, 2.0, 2.0])]).await;
    labelled(&daemon, jpeg(40, 1500, 90), vec![("box".into(), [10.0, 1400.0, 20.0, 2.0])]).await;
    let one = labelled(&daemon, jpeg(1, 1, 50), vec![("box".into(), [0.0, 0.0, 1.0, 1.0])]).await;
    assert_eq!(daemon.get(&format!("frames/{one}")).await["width"], json!(1));
    trains(&daemon).await;
    daemon.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hundred_categories_train() {
    let dir = folder();
    let daemon = start(dir.path()).await;
    for kind in 0..96 {
        daemon.category(&format!("kind {kind}")).await;
    }
    for at in 0..8 {
        let each = |n: usize| (format!("kind {}", at * 12 + n), [n as f32 * 12.0, 20.0, 10.0, 30.0]);
        labelled(&daemon, jpeg(160, 120, at as u8 * 20), (0..12).map(each).collect()).await;
    }
    let done = trains(&daemon).await;
    assert_eq!(done["categories"].as_array().unwrap().len(), 96);
    daemon.stop().await;
}
