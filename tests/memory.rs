//! Memory: what a training takes of it is planned, and where it runs out only the training's own process ends.

mod common;
#[path = "common/group.rs"]
mod group;
#[path = "common/process.rs"]
mod process;

use common::{body, folder};
use group::Group;
use process::{Process, command, labelled, labelled_by, labelled_with, lives, signal};
use reqwest::StatusCode;
use serde_json::json;
use std::time::Duration;

/// As the kernel does it where memory runs out.
fn kill(process: u32) {
    signal(process, "KILL");
}

/// Waits until a process that trained has ended.
async fn gone(child: u32) {
    let ends = async {
        while lives(child) {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(60), ends).await.expect("the process that trained ends");
}

/// A training that takes long enough to be harmed.
async fn long(daemon: &Process) -> String {
    let request = json!({ "experiments": 3, "epochs": 6 });
    let training = daemon.send("POST", "trainings", request, StatusCode::CREATED).await;
    training["id"].as_str().unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_training_whose_process_is_killed_goes_on_and_nobody_else_notices() {
    let dir = folder();
    let (daemon, frames) = labelled(dir.path()).await;
    let id = long(&daemon).await;
    let child = daemon.trains(None).await;
    daemon.until(&id, |t| t["epoch"].as_u64() >= Some(2)).await;
    let score = std::fs::read_to_string(format!("/proc/{child}/oom_score_adj")).unwrap();
    assert_eq!(score.trim(), "900", "the kernel ends it first");
    let boot = daemon.get("status").await["started"].clone();
    let mut live = daemon.client.get(format!("{}/live.mjpeg", daemon.api)).send().await.unwrap();
    assert!(live.chunk().await.unwrap().is_some());

    kill(child);
    let label = json!({ "revision": 1, "phase": "reviewed", "labels": [] });
    daemon.send("PUT", &format!("frames/{}/labels", frames[0]), label, StatusCode::OK).await;
    assert!(live.chunk().await.unwrap().is_some(), "the live view goes on");
    let again = daemon.trains(Some(child)).await;
    let done = daemon.until(&id, |t| t["state"] == "done").await;
    assert_eq!((&done["epoch"], &done["starts"]), (&json!(6), &json!(0)));
    let note = done["note"].as_str().expect("it says what happened");
    assert!(note.contains("memory ran out") && note.contains("went on from its last epoch"), "{note}");
    assert_eq!(daemon.get("status").await["started"], boot, "the same daemon");
    let book = daemon.get(&format!("trainings/{id}/flipbook")).await;
    let epochs: Vec<_> = book["epochs"].as_array().unwrap().iter().map(|e| e["epoch"].as_u64().unwrap()).collect();
    assert_eq!(epochs, (1..=6).collect::<Vec<_>>(), "no epoch is missing, none is there twice");
    gone(again).await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "it takes a minute to be sure: part of `make harm`"]
async fn a_training_whose_process_hangs_goes_on_in_another() {
    let dir = folder();
    let (daemon, _) = labelled(dir.path()).await;
    let id = long(&daemon).await;
    let child = daemon.trains(None).await;
    daemon.until(&id, |t| t["epoch"].as_u64() >= Some(2)).await;
    signal(child, "STOP");
    let done = daemon.until(&id, |t| t["state"] == "done").await;
    assert_eq!((&done["epoch"], &done["starts"]), (&json!(6), &json!(0)));
    let note = done["note"].as_str().expect("it says what happened");
    assert!(note.contains("no sign of life") && note.contains("went on from its last epoch"), "{note}");
    gone(child).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_training_that_is_killed_each_time_fails_in_words_and_the_next_one_runs() {
    let dir = folder();
    let (daemon, _) = labelled(dir.path()).await;
    let id = daemon.train().await;
    let first = daemon.trains(None).await;
    kill(first);
    kill(daemon.trains(Some(first)).await);
    let training = daemon.over(&id).await;
    assert_eq!(training["state"], "failed");
    let error = training["error"].as_str().unwrap();
    assert!(error.contains("memory ran out 2 times before it had finished its first epoch"), "{error}");
    assert!(error.contains("fewer experiments") && error.contains("limits.memory"), "{error}");
    let next = daemon.train().await;
    daemon.until(&next, |t| t["state"] == "done").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_process_that_trains_ends_with_the_daemon_and_with_its_training() {
    let dir = folder();
    let (daemon, _) = labelled(dir.path()).await;
    let cancelled = long(&daemon).await;
    let child = daemon.trains(None).await;
    daemon.send("DELETE", &format!("trainings/{cancelled}"), json!({}), StatusCode::OK).await;
    gone(child).await;

    let id = long(&daemon).await;
    let child = daemon.trains(Some(child)).await;
    daemon.until(&id, |t| t["epoch"].as_u64() >= Some(1)).await;
    assert!(daemon.terminate().success());
    assert!(!lives(child), "a clean stop waits for it");
    let daemon = Process::start(dir.path());
    let child = daemon.trains(None).await;
    daemon.kill();
    gone(child).await;
    let daemon = Process::start(dir.path());
    let done = daemon.until(&id, |t| t["state"] == "done").await;
    assert_eq!((&done["epoch"], &done["note"]), (&json!(6), &json!(null)), "it went on");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_training_for_which_there_can_be_no_memory_is_refused_in_words() {
    let dir = folder();
    let (daemon, _) = labelled_with(dir.path(), "[limits]\nmemory = \"150 MB\"\n").await;
    let refused = daemon.get("trainings/plan").await["refused"].as_str().unwrap().to_owned();
    assert!(refused.contains("MB of memory at least") && refused.contains("limits.memory"), "{refused}");
    let request = daemon.client.post(format!("{}/trainings", daemon.api)).json(&json!({}));
    let answer = body(request, StatusCode::UNPROCESSABLE_ENTITY).await;
    assert!(answer["detail"].as_str().unwrap().contains("limits.memory"), "{answer}");
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "it trains for minutes: part of `make harm`"]
async fn in_a_gigabyte_a_device_is_labelled_trains_and_deploys() {
    let group = match Group::new(1 << 30) {
        Ok(group) => group,
        Err(why) => return eprintln!("skipped: this machine gives nobody a control group of his own ({why})"),
    };
    let dir = folder();
    let started = async {
        // What the device comes with, by default limits.
        let child = command(dir.path(), "").env("FIELDCOACH_TRAIN__BASE", "default").spawn().unwrap();
        group.take(child.id());
        Process::of(child)
    };
    let (daemon, _) = labelled_by(dir.path(), started).await;
    let boot = daemon.get("status").await["started"].clone();
    let training = daemon.send("POST", "trainings", json!({ "minutes": 2 }), StatusCode::CREATED).await;
    let done = daemon.over(training["id"].as_str().unwrap()).await;
    assert_eq!((&done["state"], &done["outcome"]["live"]), (&json!("done"), &json!(true)), "{done}");
    assert_eq!(daemon.get("status").await["started"], boot, "the same daemon");
    assert_eq!(group.killed(), 0, "{done}");
    let experiments = done["experiments"].as_array().unwrap().len();
    println!("at most {} MB of 1074, {experiments} experiments", group.peak() / 1_000_000);
    assert!(daemon.terminate().success());
}
