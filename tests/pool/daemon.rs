//! The daemon and the commands: by themselves, on somebody's word, and training for all.

use crate::common::{Daemon, body, folder, jpeg, problem, until};
use crate::device::{Device, at, files, patchwork};
use fieldcoach::config::Config;
use fieldcoach::domain::{LabelKind, Side};
use reqwest::StatusCode;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::path::Path;
use std::process::{Command, Output};

/// A daemon of this id with a pool.
async fn daemon(dir: &Path, id: &str, pool: &Path) -> Daemon {
    let change = |config: &mut Config| {
        config.device.id = id.into();
        config.pool = at(pool);
    };
    Daemon::start_with(dir, change).await
}

async fn label(daemon: &Daemon, grey: u8) -> String {
    let id = daemon.upload(jpeg(64, 48, grey)).await;
    let labels = json!({"revision": 0, "phase": "labelled", "labels": [{"category": "cup", "bbox": [1, 2, 10, 8]}]});
    daemon.send("PUT", &format!("frames/{id}/labels"), labels, 200).await;
    id
}

/// Has it done, and waits until it is over.
async fn job(daemon: &Daemon, path: &str) -> Value {
    let begun = body(daemon.client.post(daemon.api(path)), StatusCode::ACCEPTED).await;
    let at = format!("pool/jobs/{}", begun["id"].as_str().unwrap());
    until(daemon, &at, |job| job["state"] != "running").await
}

#[tokio::test(flavor = "multi_thread")]
async fn daemons_share_labels_and_say_how_their_pool_is() {
    let dirs = [folder(), folder(), folder()];
    let pool = dirs[2].path().join("pool");
    let a = daemon(dirs[0].path(), "cam-a", &pool).await;
    // It is not there yet: that is told, and nothing waits for it.
    let away = until(&a, "status", |status| status["parts"]["pool"]["state"] == "restarting").await;
    assert!(away["parts"]["pool"]["error"].as_str().unwrap().contains("is not there"), "{away}");
    a.category("cup").await;
    let id = label(&a, 40).await;
    let failed = job(&a, "pool/push").await;
    assert!(
        failed["state"] == "failed" && failed["error"].as_str().unwrap().contains("mount what holds it"),
        "{failed}"
    );
    std::fs::create_dir(&pool).unwrap();
    let pushed = job(&a, "pool/push").await;
    assert_eq!((&pushed["state"], &pushed["pushed"]["frames"]), (&json!("done"), &json!(1)), "{pushed}");

    let b = daemon(dirs[1].path(), "cam-b", &pool).await;
    let pulled = job(&b, "pool/pull").await;
    assert_eq!((&pulled["pulled"]["frames"], &pulled["pulled"]["categories"]), (&json!(1), &json!(1)), "{pulled}");
    let frames = b.get("frames?phase=labelled").await;
    assert_eq!(frames["items"][0]["pooled"], json!({"device": "cam-a", "frame": id}));
    let status = b.get("pool").await;
    assert_eq!(status["jobs"][0]["what"], "pull");
    assert!(status["url"].as_str().unwrap().starts_with("file:///") && status["key"].as_str().unwrap().len() > 64);
    assert_eq!(b.get("pool/models").await["items"], json!([]));
    let refused = job(&b, &format!("pool/models/{id}/deploy")).await;
    assert!(refused["error"].as_str().unwrap().contains("there is no model"), "{refused}");
    let unknown = b.client.get(b.api(&format!("pool/jobs/{id}")));
    assert!(problem(unknown, 404).await.contains("nothing of that id"));
    a.stop().await;
    b.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_device_without_a_pool_says_so() {
    let dir = folder();
    let daemon = Daemon::start(dir.path()).await;
    assert_eq!(daemon.get("status").await["parts"]["pool"]["state"], "off");
    assert!(problem(daemon.client.post(daemon.api("pool/pull")), 409).await.contains("set pool.url"));
    daemon.stop().await;
}

fn fieldcoach(data: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_fieldcoach"));
    command.env("FIELDCOACH_DATA_DIR", data).env("FIELDCOACH_DEVICE__ID", "trainer").args(arguments);
    command.output().unwrap()
}

/// What it printed; it must have gone well.
fn said(output: Output) -> String {
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn a_larger_machine_trains_on_what_all_devices_labelled_and_brings_the_model_to_the_pool() {
    let (dir, machine) = (folder(), folder());
    let pool = dir.path().to_str().unwrap();
    let devices = ["cam-a", "cam-b"].map(|id| Device::new(id, &at(dir.path())));
    let mut judged = Vec::new();
    for (at, device) in devices.iter().enumerate() {
        device.category("cup", LabelKind::Box);
        let pictures = (0..8).map(|number| device.frame_of(number, patchwork(100 * at as u64 + u64::from(number))));
        let frames: Vec<_> = pictures.collect();
        frames.iter().for_each(|frame| drop(device.label(*frame, "cup", 3.0)));
        device.store.put_sides(&BTreeMap::from([(frames[0], Side::Validation)])).unwrap();
        judged.push(frames[0].to_string());
        device.push();
    }
    let data = machine.path().join("data");
    let out = machine.path().join("model.onnx");
    let train = ["train", "--pool", pool, "--data-dir", data.to_str().unwrap(), "--out", out.to_str().unwrap()];
    let told = said(fieldcoach(&data, &[&train[..], &["--experiments", "2", "--epochs", "2"]].concat()));
    assert!(told.contains("16 frames, 1 categories from") && told.contains("1 models to"), "{told}");
    assert!(out.is_file());
    let listed = said(fieldcoach(&data, &["pool", "--pool", pool, "list"]));
    assert!(listed.contains("  trainer  AP50") && listed.contains("1 models in"), "{listed}");
    let key = said(fieldcoach(&data, &["pool", "key"]));
    assert!(listed.contains(key.trim()), "{listed}, {key}");
    let facts = files(dir.path()).into_iter().find(|(name, _)| name.ends_with("facts.json")).unwrap().1;
    let facts: Value = serde_json::from_slice(&facts).unwrap();
    let learned: Vec<&str> = facts["learned"].as_array().unwrap().iter().filter_map(Value::as_str).collect();
    assert!(learned.len() > 4 && judged.iter().all(|frame| !learned.contains(&frame.as_str())), "{learned:?}");
    // The next time there is nothing new.
    assert!(said(fieldcoach(&data, &["pool", "--pool", pool, "pull"])).contains("0 frames, 0 categories"));
    let refused = fieldcoach(&data, &["pool", "pull"]);
    assert!(String::from_utf8_lossy(&refused.stderr).contains("there is no pool: set pool.url"));
}
