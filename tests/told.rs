//! The real program, and what is around it: nobody who reads its log, a terminal that is closed, Ctrl-C.

mod common;
#[path = "common/process.rs"]
mod process;

use common::{DEADLINE, folder};
use process::{Process, command, labelled_by};
use reqwest::StatusCode;
use serde_json::json;
use std::io::{BufRead, BufReader};
use std::os::unix::process::CommandExt;
use std::process::Command;

/// Every request writes a line; a pipe holds 64 kB.
const REQUESTS: usize = 300;

#[tokio::test(flavor = "multi_thread")]
async fn a_log_that_nobody_reads_holds_up_nobody() {
    let dir = folder();
    let mut child = command(dir.path(), "").env("FIELDCOACH_LOG", "debug").spawn().unwrap();
    let mut lines = BufReader::new(child.stderr.take().unwrap()).lines().map_while(Result::ok);
    let url = lines
        .find_map(|line| Some(line[line.find("http://127.0.0.1:")?..].split_whitespace().next()?.to_owned()))
        .expect("it says where it listens");
    let client = common::plain_client();
    for n in 0..REQUESTS {
        // Long names: the pipe is full after some hundred lines.
        let name = format!("{n} {}", "n".repeat(100));
        let request = client.post(format!("{url}/api/v1/categories")).json(&json!({ "name": &name[..60] }));
        let asked = tokio::time::timeout(DEADLINE, request.send()).await.expect("it is not held up").unwrap();
        assert_eq!(asked.status(), StatusCode::CREATED);
    }
    let ready = client.get(format!("{url}/readyz")).send().await.unwrap();
    assert_eq!(ready.status(), StatusCode::OK);
    let process = child.id();
    process::signal(process, "TERM");
    assert!(child.wait().unwrap().success());
    drop(lines);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_terminal_sends_to_all_of_its_processes_ends_the_daemon_in_order_and_no_training_with_it() {
    let dir = folder();
    let start = || Process::of(command(dir.path(), "").process_group(0).spawn().unwrap());
    let (mut daemon, _) = labelled_by(dir.path(), async { start() }).await;
    let id = daemon.train().await;
    for (epochs, name) in [(0, "INT"), (1, "HUP"), (2, "TERM")] {
        daemon.until(&id, |t| t["state"] == "training" && t["epoch"].as_u64() >= Some(epochs)).await;
        daemon.trains(None).await;
        let group = format!("-{}", daemon.id());
        assert!(Command::new("kill").args([&format!("-{name}"), "--", &group]).status().unwrap().success());
        assert!(daemon.ended().success(), "{name}");
        daemon = start();
    }
    let done = daemon.until(&id, |t| t["state"] == "done").await;
    assert_eq!((&done["epoch"], &done["note"], &done["error"]), (&json!(6), &json!(null), &json!(null)), "{done}");
}
