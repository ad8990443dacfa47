//! The whole daemon, its settings changed over HTTP.

mod common;
mod mqtt_support;

use common::{Daemon, folder, jpeg, problem, until};
use fieldcoach::config::Config;
use fieldcoach::domain::Event;
use mqtt_support::Listener;
use rumqttc::v5::mqttbytes::QoS;
use serde_json::{Value, json};
use std::net::TcpListener;
use std::path::Path;

fn file(dir: &Path) -> Option<String> {
    std::fs::read_to_string(dir.join("data/settings.toml")).ok()
}

async fn patch(daemon: &Daemon, part: Value) -> Value {
    daemon.send("PATCH", "settings", part, 200).await
}

#[tokio::test(flavor = "multi_thread")]
async fn the_keep_rule_changes_at_once_and_stays_changed_after_a_restart() {
    let dir = folder();
    let daemon = Daemon::start(dir.path()).await;
    let held = daemon.get("settings").await;
    assert_eq!((&held["changed"], &held["after_restart"]), (&json!([]), &json!([])));
    assert_eq!(held["settings"]["camera"]["keep_every"], 3600.0);
    // One frame is kept, then none for an hour.
    until(&daemon, "status", |status| status["camera"]["kept"] == 1).await;
    let mut heard = daemon.running.services.events.subscribe();
    let changed = patch(&daemon, json!({"camera": {"keep_every": 0, "keep_difference": 0.0}})).await;
    assert_eq!(changed["in_force"], json!(["camera.keep_every", "camera.keep_difference"]));
    assert_eq!(changed["after_restart"], json!([]));
    until(&daemon, "status", |status| status["camera"]["kept"].as_u64() >= Some(4)).await;
    let message = loop {
        if let Event::Fleet(event) = heard.recv().await.unwrap() {
            break event.message;
        }
    };
    assert_eq!(message, "local set camera.keep_every to 0 (was 3600), camera.keep_difference to 0 (was 3)");
    daemon.stop().await;

    let daemon = Daemon::start(dir.path()).await;
    let held = daemon.get("settings").await;
    assert_eq!(held["changed"], json!(["camera.keep_every", "camera.keep_difference"]));
    assert_eq!(held["settings"]["camera"]["keep_every"], 0.0);
    until(&daemon, "status", |status| status["camera"]["kept"].as_u64() >= Some(3)).await;
    let back = patch(&daemon, json!({"camera": null})).await;
    assert_eq!((&back["changed"], &back["settings"]["camera"]["keep_every"]), (&json!([]), &json!(3600.0)));
    daemon.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_next_training_is_what_was_set() {
    let dir = folder();
    let daemon = Daemon::start(dir.path()).await;
    daemon.category("RBC").await;
    for grey in 0..5 {
        let frame = daemon.upload(jpeg(64, 48, grey * 40)).await;
        let label = json!({"category": "RBC", "bbox": [8, 8, 16, 16]});
        let write = json!({"revision": 0, "phase": "labelled", "labels": [label]});
        daemon.send("PUT", &format!("frames/{frame}/labels"), write, 200).await;
    }
    patch(&daemon, json!({"train": {"experiments": 3, "epochs": 7, "seed": 11}})).await;
    let training = daemon.send("POST", "trainings", json!({}), 201).await;
    assert_eq!(training["experiments"].as_array().unwrap().len(), 3);
    assert_eq!((&training["epochs"], &training["seed"]), (&json!(7), &json!(11)));
    daemon.send("DELETE", &format!("trainings/{}", training["id"].as_str().unwrap()), json!({}), 200).await;
    daemon.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_waits_for_a_restart_says_so_and_holds_after_it() {
    let dir = folder();
    let daemon = Daemon::start(dir.path()).await;
    let source = daemon.get("settings").await["settings"]["camera"]["source"].clone();
    let changed = patch(&daemon, json!({"camera": {"source": "scene", "width": 160, "height": 120}})).await;
    let waiting = json!(["camera.source", "camera.width", "camera.height"]);
    assert_eq!(
        (&changed["in_force"], &changed["after_restart"], &changed["changed"]),
        (&json!([]), &waiting, &waiting)
    );
    assert_eq!(changed["settings"]["camera"]["source"], "scene");
    assert_eq!(daemon.get("settings").await["after_restart"], waiting);
    // Taken back before the restart, it never was.
    let back = patch(&daemon, json!({"camera": {"source": source}})).await;
    assert_eq!((&back["in_force"], &back["after_restart"][0]), (&json!(["camera.source"]), &json!("camera.width")));
    assert_eq!(back["changed"], json!(["camera.width", "camera.height"]), "what the configuration says is not set");
    patch(&daemon, json!({"camera": {"source": "scene"}})).await;
    daemon.stop().await;

    let daemon = Daemon::start(dir.path()).await;
    assert_eq!(daemon.get("settings").await["after_restart"], json!([]));
    let status = until(&daemon, "status", |status| status["camera"]["state"] == "streaming").await;
    assert_eq!(status["camera"]["width"], 160);
    daemon.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_refused_is_named_and_nothing_is_written() {
    let dir = folder();
    let daemon = Daemon::start(dir.path()).await;
    let inside = dir.path().join("data/link");
    std::os::unix::fs::symlink(dir.path().join("pictures"), &inside).unwrap();
    let folder = |path: &Path| json!({"live": {"fps": 3}, "camera": {"source": format!("folder:{}", path.display())}});
    for (part, named) in [
        (folder(Path::new("/etc")), "camera.source"),
        (folder(&dir.path().join("data/../pictures/..")), "camera.source"),
        (folder(&inside), "camera.source"),
        (json!({"live": {"fps": 3}, "camera": {"source": "v4l2:/dev/sda"}}), "camera.source"),
        (json!({"live": {"fps": 3, "publish_hz": 0}}), "live.publish_hz"),
        (json!({"live": {"fps": 3}, "train": {"threads": -1}}), "train.threads"),
        (json!({"live": {"fps": 3}, "train": {"base": "gone"}}), "there is no base `gone`; there are: default"),
        (json!({"live": {"fps": 3}, "http": {"listen": "0.0.0.0:80"}}), "http.listen"),
        (json!({"live": {"fps": 3}, "onnxruntime": {"library": "/tmp/evil.so"}}), "onnxruntime.library"),
        (json!({"live": {"fps": 3}, "mqtt": {"broker": "mqtt://a:b@host"}}), "mqtt.broker"),
        (json!({"live": {"fps": 3, "frames": 1}}), "did you mean `live.fps`"),
        (json!([]), "send a JSON object"),
    ] {
        let detail = problem(daemon.client.patch(daemon.api("settings")).json(&part), 422).await;
        assert!(detail.contains(named), "{detail}");
    }
    assert_eq!(daemon.get("settings").await["changed"], json!([]));
    assert_eq!(file(dir.path()), None);
    // A folder that does lie inside.
    std::fs::create_dir(dir.path().join("data/pictures")).unwrap();
    patch(&daemon, folder(&dir.path().join("data/pictures"))).await;
    assert!(file(dir.path()).unwrap().contains("data/pictures"));
    daemon.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_settings_file_that_is_bad_does_not_stop_the_start_and_is_told() {
    let dir = folder();
    std::fs::create_dir(dir.path().join("data")).unwrap();
    let bad = "[live]\nfps = 3\n[camera]\nzoom = 2\n";
    std::fs::write(dir.path().join("data/settings.toml"), bad).unwrap();
    let daemon = Daemon::start(dir.path()).await;
    let part = daemon.get("status").await["parts"]["settings"].clone();
    assert_eq!(part["state"], "failed");
    let why = part["error"].as_str().unwrap();
    assert!(why.contains("settings.toml") && why.contains("camera.zoom"), "{why}");
    assert_eq!(daemon.get("settings").await["settings"]["live"]["fps"], 5.0);
    patch(&daemon, json!({"live": {"fps": 4}})).await;
    assert_eq!(daemon.get("status").await["parts"]["settings"], Value::Null);
    assert_eq!(std::fs::read_to_string(dir.path().join("data/settings.toml.bad")).unwrap(), bad);
    daemon.stop().await;
    let daemon = Daemon::start(dir.path()).await;
    assert_eq!(daemon.get("settings").await["settings"]["live"]["fps"], 4.0);
    daemon.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_broker_that_was_set_may_fail_without_stopping_the_start_and_then_takes_settings_itself() {
    let dir = folder();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap();
    let adjust = |config: &mut Config| config.mqtt.listen = address;
    let daemon = Daemon::start_with(dir.path(), adjust).await;
    assert_eq!(patch(&daemon, json!({"mqtt": {"broker": "embedded"}})).await["after_restart"], json!(["mqtt.broker"]));
    daemon.stop().await;
    let daemon = Daemon::start_with(dir.path(), adjust).await;
    let part = daemon.get("status").await["parts"]["mqtt"].clone();
    assert_eq!(part["state"], "failed");
    assert!(part["error"].as_str().unwrap().contains("mqtt.listen"), "{part}");
    daemon.stop().await;
    drop(taken);

    let daemon = Daemon::start_with(dir.path(), adjust).await;
    assert_eq!(daemon.running.broker, Some(address));
    let mut listener = Listener::start(address.port(), &["fieldcoach/cam-7/#"]).await;
    // The status goes out after the subscription to commands.
    listener.on("cam-7/status").await;
    let send = |payload: Value| {
        let topic = "fieldcoach/cam-7/command/set";
        listener.client.try_publish(topic, QoS::AtLeastOnce, false, payload.to_string()).unwrap();
    };
    send(json!({"id": 1, "live": {"fps": 3.1}}));
    send(json!({"id": 2, "http": {"listen": "0.0.0.0:80"}}));
    let mut told = std::collections::BTreeMap::new();
    while told.len() < 4 {
        let publish = listener.next().await;
        let topic = mqtt_support::topic_of(&publish);
        if topic.ends_with("/reply") || topic.ends_with("/events") {
            let body: Value = serde_json::from_slice(&publish.payload).unwrap();
            told.insert(body["kind"].as_str().map_or(body["id"].to_string(), str::to_owned), body);
        }
    }
    let result = &told["1"]["result"];
    assert_eq!((&result["in_force"], &result["settings"]["live"]["fps"]), (&json!(["live.fps"]), &json!(3.1)));
    assert_eq!(told["2"]["ok"], false);
    assert!(told["2"]["error"].as_str().unwrap().contains("http.listen"));
    assert_eq!(told["settings_changed"]["message"], "mqtt set live.fps to 3.1 (was 5)");
    assert_eq!(told["audit"]["message"], "mqtt changed settings: live.fps to 3.1 (was 5)");
    daemon.stop().await;
}
