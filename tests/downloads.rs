//! Downloads that break off and go on, by a real curl: models, data sets, pictures, animations.

mod common;

use common::{Daemon, folder, jpeg};
use fieldcoach::domain::{Metrics, Model, ModelId, TrainingId};
use reqwest::StatusCode;
use reqwest::header::{ACCEPT_RANGES, CONTENT_RANGE, ETAG, IF_NONE_MATCH, IF_RANGE, RANGE, RETRY_AFTER};
use serde_json::json;
use std::path::Path;
use std::process::Command;

/// A model of the store: to the door it is bytes.
fn model(daemon: &Daemon, dir: &Path) -> ModelId {
    let path = dir.join("winner.onnx");
    std::fs::write(&path, (0..300_000_u32).flat_map(u32::to_le_bytes).collect::<Vec<_>>()).unwrap();
    add(daemon, &path)
}

fn add(daemon: &Daemon, path: &Path) -> ModelId {
    let model = Model {
        id: ModelId::new(),
        created: jiff::Timestamp::now(),
        clock: None,
        training: TrainingId::new(),
        categories: vec![],
        threshold: 0.5,
        metrics: Metrics::default(),
        base: "small".into(),
        dataset_hash: "0".into(),
        bytes: std::fs::metadata(path).unwrap().len(),
        deployed: false,
        cameras: vec![],
    };
    daemon.running.services.store.add_model(&model, path).unwrap();
    model.id
}

/// Goes on with what is there of it.
fn curl(url: &str, path: &Path) -> (bool, Vec<u8>) {
    let mut curl = Command::new("curl");
    curl.args(["--silent", "--show-error", "--fail", "-C", "-", "-o"]).arg(path).arg(url);
    let output = curl.output().unwrap();
    (output.status.success(), std::fs::read(path).unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_download_that_broke_off_goes_on() {
    let dir = folder();
    let daemon = Daemon::start(dir.path()).await;
    daemon.category("RBC").await;
    let mut frame = String::new();
    for grey in [90, 100, 110] {
        frame = daemon.upload(jpeg(64, 48, grey)).await;
        let write = json!({"revision": 0, "labels": [{"category": "RBC", "bbox": [8, 8, 16, 16]}]});
        daemon.send("PUT", &format!("frames/{frame}/labels"), write, 200).await;
    }
    let model = model(&daemon, dir.path());
    for path in [
        format!("models/{model}/model.onnx"),
        "dataset.zip".into(),
        "dataset.zip?format=yolo".into(),
        format!("frames/{frame}.jpg"),
        format!("frames/{frame}.jpg?width=32"),
    ] {
        let url = daemon.api(&path);
        let get = || daemon.client.get(&url);
        let answer = get().send().await.unwrap().error_for_status().unwrap();
        assert_eq!(answer.headers()[ACCEPT_RANGES], "bytes", "{path}");
        let tag = answer.headers()[ETAG].clone();
        let whole = answer.bytes().await.unwrap();
        let file = dir.path().join("part");
        std::fs::write(&file, &whole[..whole.len() / 3]).unwrap();
        assert_eq!(curl(&url, &file), (true, whole.to_vec()), "{path}");
        // It is there already.
        assert_eq!(curl(&url, &file).1, whole, "{path}");
        let known = get().header(IF_NONE_MATCH, &tag).send().await.unwrap();
        assert_eq!((known.status(), &known.headers()[ETAG]), (StatusCode::NOT_MODIFIED, &tag), "{path}");
        let part = get().header(RANGE, "bytes=10-19").header(IF_RANGE, &tag).send().await.unwrap();
        assert_eq!(part.status(), StatusCode::PARTIAL_CONTENT, "{path}");
        assert_eq!(part.headers()[CONTENT_RANGE], format!("bytes 10-19/{}", whole.len()));
        assert_eq!(part.bytes().await.unwrap(), whole[10..20], "{path}");
        let head = daemon.client.head(&url).send().await.unwrap();
        assert_eq!((head.status(), &head.headers()[ETAG]), (StatusCode::OK, &tag), "{path}");
        assert_eq!(head.headers()["content-length"], whole.len().to_string(), "{path}");
        let beyond = get().header(RANGE, format!("bytes={}-", whole.len())).send().await.unwrap();
        assert_eq!(beyond.headers()[CONTENT_RANGE], format!("bytes */{}", whole.len()));
        common::problem_json(beyond, 416).await;
    }
    daemon.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_part_of_what_has_changed_is_not_taken_for_a_part_of_what_was() {
    let dir = folder();
    let daemon = Daemon::start(dir.path()).await;
    daemon.category("RBC").await;
    let frame = daemon.upload(jpeg(64, 48, 90)).await;
    let write = |revision: u64| json!({"revision": revision, "labels": [{"category": "RBC", "bbox": [8, 8, 16, 16]}]});
    let labels = format!("frames/{frame}/labels");
    daemon.send("PUT", &labels, write(0), 200).await;
    let url = daemon.api("dataset.zip");
    let answer = daemon.client.get(&url).send().await.unwrap();
    let (tag, before) = (answer.headers()[ETAG].clone(), answer.bytes().await.unwrap());
    daemon.send("PUT", &labels, write(1), 200).await;
    let after = daemon.client.get(&url).header(RANGE, "bytes=100-").header(IF_RANGE, &tag).send().await.unwrap();
    assert_eq!(after.status(), StatusCode::OK);
    assert_ne!(after.bytes().await.unwrap(), before);
    // A copy of everything is another one each time: no part of it is ever sent.
    let copy = daemon.client.get(daemon.api("backup.tar")).header(RANGE, "bytes=100-").send().await.unwrap();
    assert_eq!((copy.status(), &copy.headers()[ACCEPT_RANGES]), (StatusCode::OK, &"none".parse().unwrap()));
    copy.bytes().await.unwrap();
    let file = dir.path().join("part");
    std::fs::write(&file, "begun").unwrap();
    let (went_on, there) = curl(&daemon.api("backup.tar"), &file);
    assert_eq!((went_on, &there[..]), (false, &b"begun"[..]), "curl is told, and leaves what there is");
    daemon.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn backups_are_taken_one_at_a_time() {
    let dir = folder();
    let daemon = Daemon::start(dir.path()).await;
    // More than the way there holds.
    let path = dir.path().join("large.onnx");
    std::fs::File::create(&path).unwrap().set_len(64 << 20).unwrap();
    add(&daemon, &path);
    let get = || daemon.client.get(daemon.api("backup.tar")).send();
    let first = get().await.unwrap();
    assert_eq!(first.status(), StatusCode::OK);
    // Nobody reads it.
    let second = get().await.unwrap();
    assert!(second.headers().contains_key(RETRY_AFTER));
    common::problem_json(second, 503).await;
    drop(first);
    let begun = std::time::Instant::now();
    while get().await.unwrap().status() != StatusCode::OK {
        assert!(begun.elapsed() < common::DEADLINE, "the turn does not come back");
    }
    daemon.stop().await;
}
