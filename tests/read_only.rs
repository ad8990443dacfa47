//! The daemon on a file system that can only be read when it starts, which is how most SD cards die: what is there is shown,
//! exported and backed up, nothing is written, that is told; and once the disk can be written again it goes on by itself.

mod common;
#[path = "common/own_disk.rs"]
mod own_disk;
#[path = "common/process.rs"]
mod process;

use common::{folder, jpeg, problem};
use own_disk::on_own_disk;
use process::{Process, asked, command, restarted};
use reqwest::StatusCode;
use serde_json::{Value, json};
use std::net::TcpListener;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

const CHILD: &str = "FIELDCOACH_TEST_DISK";
const DEADLINE: Duration = Duration::from_secs(60);

fn remount(disk: &Path, how: &str) {
    let done = Command::new("mount").args(["-o", &format!("remount,{how}")]).arg(disk).status().unwrap();
    assert!(done.success(), "{how}");
}

/// The data on the disk that may be read alone, all else beside it.
fn configured(dir: &Path, disk: &Path) {
    command(dir, "");
    let config = dir.join("config.toml");
    let text = std::fs::read_to_string(&config).unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let text = text
        .replace("127.0.0.1:0", &listener.local_addr().unwrap().to_string())
        .replace(&format!("{:?}", dir.join("data")), &format!("{:?}", disk.join("data")));
    std::fs::write(&config, text).unwrap();
}

fn label(revision: u64, x: f32) -> Value {
    let labels = json!([{ "category": "cell", "bbox": [x, 1.0, 10.0, 10.0] }]);
    json!({ "revision": revision, "phase": "labelled", "labels": labels })
}

async fn ready(daemon: &Process) -> Option<(StatusCode, String)> {
    let at = daemon.api.replace("/api/v1", "/readyz");
    let answer = daemon.client.get(at).send().await.ok()?;
    Some((answer.status(), answer.text().await.ok()?))
}

async fn child(disk: &Path) {
    let beside = folder();
    let dir = beside.path();
    configured(dir, disk);
    let daemon = Process::of(restarted(dir).spawn().unwrap());
    daemon.send("POST", "categories", json!({ "name": "cell" }), StatusCode::CREATED).await;
    let upload = daemon.client.post(format!("{}/frames", daemon.api)).body(jpeg(64, 48, 1));
    let frame = common::body(upload, StatusCode::CREATED).await["id"].as_str().unwrap().to_owned();
    let path = format!("frames/{frame}/labels");
    daemon.send("PUT", &path, label(0, 1.0), StatusCode::OK).await;
    assert!(daemon.terminate().success());

    remount(disk, "ro");
    let daemon = Process::of(restarted(dir).spawn().unwrap());
    let begun = Instant::now();
    let why = loop {
        match ready(&daemon).await {
            Some((StatusCode::SERVICE_UNAVAILABLE, why)) => break why,
            other => assert!(begun.elapsed() < DEADLINE, "{other:?}"),
        }
    };
    assert!(why.contains("can only be read"), "{why}");
    let begun = Instant::now();
    loop {
        let (status, log) = (daemon.get("status").await, daemon.get("log?kind=disk_failed").await);
        let fault = status["store"]["fault"].as_str().unwrap_or_default().to_owned();
        if fault.contains("can only be read") && !log["items"].as_array().unwrap().is_empty() {
            break;
        }
        assert!(begun.elapsed() < DEADLINE, "{fault} {log}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    // What is there is shown, and can be taken along.
    assert_eq!(daemon.get(&path).await["revision"], 1);
    for part in [format!("frames/{frame}.jpg"), "dataset.zip?format=coco".into(), "backup.tar".into()] {
        let answer = daemon.client.get(format!("{}/{part}", daemon.api)).send().await.unwrap();
        assert!(answer.error_for_status().unwrap().bytes().await.unwrap().len() > 500, "{part}");
    }
    // Nothing is written.
    let put = |body: Value| daemon.client.put(format!("{}/{path}", daemon.api)).json(&body);
    let upload = daemon.client.post(format!("{}/frames", daemon.api)).body(jpeg(64, 48, 2));
    let category = daemon.client.post(format!("{}/categories", daemon.api)).json(&json!({ "name": "other" }));
    for refused in [put(label(1, 2.0)), upload, category] {
        let why = problem(refused, 503).await;
        assert!(why.contains("can only be read"), "{why}");
    }
    assert_eq!(daemon.get(&path).await["labels"][0]["bbox"][0], 1.0);
    assert_eq!(daemon.get("categories").await["items"].as_array().unwrap().len(), 1);

    remount(disk, "rw");
    let begun = Instant::now();
    while !matches!(ready(&daemon).await, Some((StatusCode::OK, _))) {
        assert!(begun.elapsed() < DEADLINE, "it does not go on");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    daemon.send("PUT", &path, label(1, 3.0), StatusCode::OK).await;
    assert!(daemon.said(&["started anew"]));
    assert!(daemon.terminate().success());

    remount(disk, "ro");
    let (taken, out) = (dir.join("taken"), dir.join("backup.tar"));
    for arguments in
        [vec!["check"], vec!["export", "coco", taken.to_str().unwrap()], vec!["backup", out.to_str().unwrap()]]
    {
        let (content, said) = asked(dir, &arguments);
        assert!(content, "{arguments:?}: {said}");
    }
    assert!(out.metadata().unwrap().len() > 500);
    println!("all done");
}

/// On a file system of its own, which a user without rights may have in a name space of his own.
#[test]
fn what_is_there_is_shown_and_it_goes_on_once_it_can() {
    if let Ok(disk) = std::env::var(CHILD) {
        let runtime = tokio::runtime::Runtime::new().unwrap();
        return runtime.block_on(child(disk.as_ref()));
    }
    let dir = folder();
    let Some(output) = on_own_disk(dir.path(), "200M", CHILD, &[]) else { return };
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(said.contains("all done"), "{said}\n{}", String::from_utf8_lossy(&output.stderr));
}
