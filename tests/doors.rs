//! What those who ask too much, or never take their answer, cost the others: a bounded share of memory and seats.

mod common;

use common::{DEADLINE, Daemon, folder, jpeg, until};
use fieldcoach::domain::limits;
use futures::StreamExt;
use futures::stream::FuturesUnordered;
use reqwest::StatusCode;
use reqwest::header::RETRY_AFTER;
use serde_json::{Value, json};

/// As a camera may pad it.
fn picture_of(bytes: usize) -> Vec<u8> {
    let mut picture = jpeg(64, 48, 90);
    picture.resize(bytes, 0);
    picture
}

#[tokio::test(flavor = "multi_thread")]
async fn uploads_are_decoded_two_at_a_time_and_what_waits_is_bounded() {
    const FIT: usize = 67; // of 1 MB each in 64 MiB
    const WAIT: usize = 64;
    const BEYOND: usize = 9;
    let dir = folder();
    let daemon = Daemon::start(dir.path()).await;
    until(&daemon, "status", |status| status["camera"]["state"] == "streaming").await;
    let pictures = daemon.running.services.pictures.clone();
    let held = [pictures.take().await.unwrap(), pictures.take().await.unwrap()];
    let picture = bytes::Bytes::from(picture_of(1_000_000));
    let post = || daemon.client.post(daemon.api("frames")).body(picture.clone()).send();
    let mut answers: FuturesUnordered<_> = (0..FIT + WAIT + BEYOND).map(|_| post()).collect();
    for _ in 0..BEYOND {
        let answer = answers.next().await.unwrap().unwrap();
        assert_eq!(answer.status(), StatusCode::SERVICE_UNAVAILABLE);
        assert!(answer.headers().contains_key(RETRY_AFTER));
        let text = answer.text().await.unwrap();
        assert!(text.contains("try again"), "{text}");
    }
    assert!(pictures.waiting() <= FIT, "{} have been read", pictures.waiting());
    let uploads = async || {
        let query = "frames?source=upload&limit=500";
        daemon.get(query).await["items"].as_array().unwrap().len()
    };
    assert_eq!(uploads().await, 0, "both turns are taken");
    let own = daemon.client.post(daemon.api("frames/capture")).send().await.unwrap();
    assert_eq!(own.status(), StatusCode::CREATED, "the own camera does not wait behind them");
    drop(held);
    let mut stored = 0;
    while let Some(answer) = answers.next().await {
        match answer.unwrap().status() {
            StatusCode::CREATED => stored += 1,
            status => assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE),
        }
    }
    assert_eq!(uploads().await, stored, "what was answered so is there, and nothing else");
    assert_eq!(post().await.unwrap().status(), StatusCode::CREATED, "the turns are free again");
    daemon.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_of_labels_is_as_small_however_many_they_are() {
    let dir = folder();
    let daemon = Daemon::start(dir.path()).await;
    let mut stream = daemon.client.get(daemon.api("events")).send().await.unwrap().bytes_stream();
    daemon.category("RBC").await;
    let frame = daemon.upload(jpeg(64, 48, 90)).await;
    let labels = vec![json!({"category": "RBC", "bbox": [8, 8, 16, 16]}); limits::LABELS];
    let write = json!({"revision": 0, "phase": "labelled", "labels": labels});
    daemon.send("PUT", &format!("frames/{frame}/labels"), write, 200).await;
    let mut text = String::new();
    let data = loop {
        let told = text.split_once("event: labels\ndata: ").and_then(|(_, data)| data.split_once('\n'));
        if let Some((data, _)) = told {
            break serde_json::from_str::<Value>(data).unwrap();
        }
        let part = tokio::time::timeout(DEADLINE, stream.next()).await.unwrap().unwrap().unwrap();
        text.push_str(std::str::from_utf8(&part).unwrap());
    };
    assert_eq!(data, json!({"frame": frame, "revision": 1, "phase": "labelled"}));
    let there = daemon.get(&format!("frames/{frame}/labels")).await;
    assert_eq!(there["labels"].as_array().unwrap().len(), limits::LABELS, "whoever wants them asks");
    daemon.stop().await;
}
