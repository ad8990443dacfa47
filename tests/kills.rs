//! SIGKILL of the real program, again and again, while it captures, is labelled from several sides, takes pictures and gives
//! them up, is set, and trains: what was answered with 2xx is there after each.
//!
//! `FIELDCOACH_HARM_KILLS=500 cargo test --test kills` kills it that often.

mod common;
#[path = "common/process.rs"]
mod process;

use common::{folder, jpeg, small_base};
use fieldcoach::camera::Scene;
use process::{Process, asked};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use reqwest::{Client, RequestBuilder, StatusCode};
use serde_json::{Value, json};
use std::time::Duration;
use tokio::task::JoinSet;

/// Frames to be labelled, and by how many at a time.
const FRAMES: usize = 12;
const HANDS: usize = 3;

/// A frame whose labels are written over and over.
struct Labelled {
    id: String,
    all: Vec<Value>,
    /// As acknowledged: revision, and how many labels.
    sure: (u64, usize),
    /// As sent and not answered.
    maybe: Option<(u64, usize)>,
}

/// Pictures that were brought in, oldest first: the bytes while it is to be there.
type Brought = Vec<(String, Option<Vec<u8>>)>;

/// The answer; `None` where the program is gone.
async fn answer(request: RequestBuilder) -> Option<(StatusCode, Value)> {
    let answer = request.send().await.ok()?;
    let status = answer.status();
    let bytes = answer.bytes().await.ok()?;
    Some((status, serde_json::from_slice(&bytes).unwrap_or_default()))
}

/// Labels its frames until the program is gone.
async fn label(client: Client, api: String, mut frames: Vec<Labelled>, seed: u64) -> Vec<Labelled> {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    loop {
        for frame in &mut frames {
            let some = rng.random_range(1..=frame.all.len());
            let labels = json!({ "revision": frame.sure.0, "phase": "labelled", "labels": frame.all[..some] });
            frame.maybe = Some((frame.sure.0 + 1, some));
            let put = client.put(format!("{api}/frames/{}/labels", frame.id)).json(&labels);
            let Some((status, answer)) = answer(put).await else { return frames };
            assert_eq!(status, StatusCode::OK, "{answer}");
            frame.sure = frame.maybe.take().unwrap();
        }
    }
}

/// Brings pictures in, and has every other one deleted, until the program is gone. One of which is not known whether it was
/// deleted is left out.
async fn bring(client: Client, api: String, mut brought: Brought) -> Brought {
    for n in brought.len().. {
        let picture = jpeg(64, 48, n as u8);
        let post = client.post(format!("{api}/frames")).body(picture.clone());
        let Some((status, frame)) = answer(post).await else { break };
        assert_eq!(status, StatusCode::CREATED, "{frame}");
        let id = frame["id"].as_str().unwrap().to_owned();
        brought.push((id.clone(), Some(picture)));
        if n % 2 == 0 {
            brought.pop();
            let Some((status, undo)) = answer(client.delete(format!("{api}/frames/{id}"))).await else { break };
            assert_eq!(status, StatusCode::OK, "{undo}");
            brought.push((id, None));
        }
    }
    brought
}

/// Sets something, until the program is gone; the last value that was acknowledged, and one that may have been taken.
async fn set(client: Client, api: String, mut sure: u64) -> (u64, u64) {
    loop {
        let next = sure % 20 + 1;
        let patch = client.patch(format!("{api}/settings")).json(&json!({ "live": { "fps": next } }));
        let Some((status, answer)) = answer(patch).await else { return (sure, next) };
        assert_eq!(status, StatusCode::OK, "{answer}");
        sure = next;
    }
}

/// Whether each frame has the labels that were acknowledged, or those that were on their way.
async fn labels_are_there(daemon: &Process, frames: &mut [Labelled]) {
    for frame in frames {
        let found = daemon.get(&format!("frames/{}/labels", frame.id)).await;
        let found = (found["revision"].as_u64().unwrap(), found["labels"].as_array().unwrap().len());
        let on_its_way = frame.maybe.take() == Some(found);
        assert!(found == frame.sure || on_its_way, "{}: {found:?} instead of {:?}", frame.id, frame.sure);
        frame.sure = found;
    }
}

/// Looks at so many of the newest.
async fn pictures_are_there(daemon: &Process, brought: &Brought, most: usize) {
    for (id, picture) in brought.iter().rev().take(most) {
        let found = daemon.client.get(format!("{}/frames/{id}.jpg", daemon.api)).send().await.unwrap();
        match picture {
            None => assert_eq!(found.status(), StatusCode::NOT_FOUND, "{id} was deleted"),
            Some(picture) => assert_eq!(found.bytes().await.unwrap(), picture, "{id}"),
        }
    }
}

async fn begin(daemon: &Process) -> Vec<Labelled> {
    for category in Scene::categories() {
        daemon.send("POST", "categories", json!({ "name": category.name }), StatusCode::CREATED).await;
    }
    let scene = Scene::new(Scene::SEED, 320, 240);
    let mut frames = Vec::new();
    for at in 0..FRAMES {
        let (image, labels) = scene.render(60.0 * at as f64);
        let jpeg = fieldcoach::picture::encode_jpeg(&image, 90).to_vec();
        let upload = daemon.client.post(format!("{}/frames", daemon.api)).body(jpeg);
        let id = common::body(upload, StatusCode::CREATED).await["id"].as_str().unwrap().to_owned();
        let all = json!(labels).as_array().unwrap().clone();
        frames.push(Labelled { id, all, sure: (0, 0), maybe: None });
    }
    // So many that a training may begin at once.
    for frame in &mut frames {
        let labels = json!({ "revision": 0, "phase": "labelled", "labels": frame.all });
        daemon.send("PUT", &format!("frames/{}/labels", frame.id), labels, StatusCode::OK).await;
        frame.sure = (1, frame.all.len());
    }
    frames
}

#[tokio::test(flavor = "multi_thread")]
async fn whenever_it_is_killed_what_was_acknowledged_is_there() {
    let kills: u64 = std::env::var("FIELDCOACH_HARM_KILLS").map_or(8, |n| n.parse().unwrap());
    let dir = folder();
    std::fs::create_dir_all(dir.path().join("data/bases")).unwrap();
    std::fs::write(dir.path().join("data/bases/small.onnx"), small_base().encode()).unwrap();
    let mut daemon = Process::start(dir.path());
    let (mut frames, mut brought, mut fps) = (begin(&daemon).await, Brought::new(), 5);
    let (mut training, mut epochs, mut trained) = (daemon.train().await, 0, 0);
    let mut rng = ChaCha8Rng::seed_from_u64(3);
    for kill in 0..kills {
        let (client, api) = (daemon.client.clone(), daemon.api.clone());
        let mut hands = JoinSet::new();
        while !frames.is_empty() {
            let some = frames.split_off(frames.len().saturating_sub(FRAMES / HANDS));
            hands.spawn(label(client.clone(), api.clone(), some, kill));
        }
        let bringing = tokio::spawn(bring(client.clone(), api.clone(), std::mem::take(&mut brought)));
        let setting = tokio::spawn(set(client, api, fps));
        // Any moment will do; now and then a later one, so that a training comes to something.
        let most = if kill % 10 == 9 { 5_000 } else { 500 };
        tokio::time::sleep(Duration::from_millis(rng.random_range(10..most))).await;
        daemon.kill();
        frames = hands.join_all().await.into_iter().flatten().collect();
        brought = bringing.await.unwrap();
        let (sure, maybe) = setting.await.unwrap();

        daemon = Process::start(dir.path());
        labels_are_there(&daemon, &mut frames).await;
        pictures_are_there(&daemon, &brought, 50).await;
        fps = daemon.get("settings").await["settings"]["live"]["fps"].as_f64().unwrap() as u64;
        assert!(fps == sure || fps == maybe, "{fps} was set, not {sure}");
        let now = daemon.get(&format!("trainings/{training}")).await;
        assert!(now["epoch"].as_u64().unwrap() >= epochs, "it has fewer epochs than before: {now}");
        epochs = now["epoch"].as_u64().unwrap();
        // One that is killed twice in the same epoch has failed, and says so.
        if now["finished"].is_string() {
            trained += u64::from(now["state"] == "done");
            (training, epochs) = (daemon.train().await, 0);
        }
    }
    pictures_are_there(&daemon, &brought, usize::MAX).await;
    assert!(daemon.terminate().success());
    let (whole, said) = asked(dir.path(), &["check"]);
    assert!(whole, "{said}");
    let labels: u64 = frames.iter().map(|frame| frame.sure.0).sum();
    eprintln!("{kills} kills, {labels} labels, {} pictures, {trained} trainings", brought.len());
}
