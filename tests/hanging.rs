//! The daemon on a file system that stands still (`fsfreeze`), as on a card that stalls: told within seconds, answered at all doors,
//! nothing claimed that is not so, and all goes on with the disk. Needs root and loop devices.

mod common;
#[path = "common/loop_disk.rs"]
mod loop_disk;

use common::{Daemon, folder, jpeg, problem};
use fieldcoach::config::CameraSource;
use fieldcoach::domain::{Event, FleetEventKind};
use reqwest::StatusCode;
use serde_json::{Value, json};
use std::time::{Duration, Instant};

/// Within some seconds of the first call that does not come back.
const SOON: Duration = Duration::from_secs(15);

async fn until<T>(what: &str, most: Duration, mut look: impl AsyncFnMut() -> Option<T>) -> T {
    let begun = Instant::now();
    loop {
        if let Some(found) = look().await {
            return found;
        }
        assert!(begun.elapsed() < most, "{what}: it does not come");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

async fn ready(daemon: &Daemon) -> (StatusCode, String) {
    let answer = daemon.client.get(daemon.at("/readyz")).send().await.unwrap();
    (answer.status(), answer.text().await.unwrap())
}

fn label(x: f32) -> Value {
    json!([{ "category": "cell", "bbox": [x, 1.0, 10.0, 10.0] }])
}

#[tokio::test(flavor = "multi_thread")]
async fn it_is_told_answered_and_over() {
    let dir = folder();
    let disk = match loop_disk::empty(dir.path(), 300 << 20) {
        Ok(disk) => disk,
        Err(lacks) => return eprintln!("skipped: {lacks}"),
    };
    let daemon = Daemon::start_with(&disk.at, |config| {
        config.cameras.first_mut().source = CameraSource::Scene;
        config.cameras.first_mut().keep_every = 0.5;
    })
    .await;
    daemon.category("cell").await;
    let (first, second) = (daemon.upload(jpeg(64, 48, 1)).await, daemon.upload(jpeg(64, 48, 2)).await);
    let path = |id: &str| format!("frames/{id}/labels");
    let write = |revision: u64, x| json!({ "revision": revision, "phase": "labelled", "labels": label(x) });
    for id in [&first, &second] {
        daemon.send("PUT", &path(id), write(0, 1.0), 200).await;
    }
    let before = daemon.get("status").await;
    let mut heard = daemon.running.services.events.subscribe();

    disk.freeze();
    let begun = Instant::now();
    let put = |id: &str, body: Value| daemon.client.put(daemon.api(&path(id))).json(&body);
    let told = problem(put(&first, write(1, 2.0)), 503).await;
    assert!(begun.elapsed() < SOON && told.contains("does not answer") && told.contains("look before"), "{told}");
    // Nothing is begun any more.
    let asked = Instant::now();
    let answer = put(&second, write(1, 2.0)).send().await.unwrap();
    assert!(answer.headers().contains_key("retry-after") && answer.status() == StatusCode::SERVICE_UNAVAILABLE);
    let (status, why) = ready(&daemon).await;
    assert!(status == StatusCode::SERVICE_UNAVAILABLE && why.contains("does not answer"), "{status} {why}");
    let status = daemon.get("status").await;
    assert!(status["stale_s"].is_u64() && status["store"]["labelled"] == 2, "{}", status["store"]);
    assert!(status["store"]["fault"].as_str().is_some_and(|why| why.contains("does not answer")));
    assert_eq!(status["parts"]["store"]["state"], "failed");
    assert!(asked.elapsed() < Duration::from_secs(3), "{:?}", asked.elapsed());
    let event = async {
        loop {
            match heard.recv().await.unwrap() {
                Event::Fleet(event) if event.kind == FleetEventKind::DiskFailed => return event.message,
                _ => {}
            }
        }
    };
    assert!(tokio::time::timeout(SOON, event).await.unwrap().contains("does not answer"));
    // What is written can still be read, and the camera is shown.
    assert_eq!(daemon.get(&path(&second)).await["revision"], 1);
    until("the camera says so", SOON, async || {
        let camera = daemon.get("status").await["camera"].clone();
        (camera["state"] == "streaming" && camera["error"].as_str().is_some_and(|why| why.contains("does not answer")))
            .then_some(())
    })
    .await;

    disk.thaw().unwrap();
    until("ready again", SOON, async || ready(&daemon).await.0.is_success().then_some(())).await;
    // What was not promised is there whole, or not at all.
    let now = daemon.get(&path(&first)).await;
    let x = now["labels"][0]["bbox"][0].as_f64().unwrap();
    assert!(now["revision"] == 2 && x == 2.0 || now["revision"] == 1 && x == 1.0, "{now}");
    assert_eq!(daemon.get(&path(&second)).await["revision"], 1, "it was not begun");
    daemon.send("PUT", &path(&second), write(1, 3.0), 200).await;
    until("frames are kept again", SOON, async || {
        let status = daemon.get("status").await;
        let more = status["store"]["frames"].as_u64() > before["store"]["frames"].as_u64().map(|frames| frames + 2);
        (more && status["store"]["fault"].is_null() && status["stale_s"].is_null()).then_some(())
    })
    .await;
    daemon.stop().await;
}
