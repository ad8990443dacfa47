//! The live camera through the HTTP door: what the model saw is kept, watched and remembered.

mod common;
#[path = "common/model.rs"]
mod model;

use common::{DEADLINE, Daemon, folder, problem, until};
use fieldcoach::domain::BBox;
use reqwest::StatusCode;
use serde_json::{Value, json};
use std::path::Path;

/// A daemon on which that model is live.
async fn watching(dir: &Path) -> Daemon {
    let daemon = Daemon::start(dir).await;
    let path = dir.join("model.onnx");
    let model = model::model(&path);
    daemon.running.services.store.add_model(&model, &path).unwrap();
    daemon.category("RBC").await;
    daemon.send("POST", &format!("models/{}/deploy", model.id), json!({}), 200).await;
    daemon
}

async fn detections(daemon: &Daemon, wanted: impl Fn(&Value) -> bool) -> Value {
    until(daemon, "detections", |seen| seen.is_object() && wanted(seen)).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_false_alarm_is_kept_with_the_very_frame_that_raised_it() {
    let dir = folder();
    let daemon = watching(dir.path()).await;
    let seen = detections(&daemon, |seen| seen["objects"].as_array().is_some_and(|all| all.len() == 2)).await;
    let id = seen["id"].as_str().unwrap();
    let looked = daemon.client.get(daemon.api(&format!("detections/{id}.jpg"))).send().await.unwrap();
    assert_eq!(looked.headers()["content-type"], "image/jpeg");
    let looked = looked.bytes().await.unwrap();
    assert_eq!(daemon.get(&format!("detections/{id}")).await["objects"], seen["objects"]);
    // Another look has come meanwhile.
    detections(&daemon, |next| next["id"] != seen["id"]).await;

    let keep = |body: Value| daemon.client.post(daemon.api("detections/keep")).json(&body);
    let answer = keep(json!({"taken": seen["taken"], "wrong": [1], "right": [0]})).send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::CREATED);
    let place = answer.headers()["location"].to_str().unwrap().to_owned();
    let kept: Value = answer.json().await.unwrap();
    let frame = kept["frame"]["id"].as_str().unwrap();
    assert_eq!(place, format!("/api/v1/frames/{frame}"));
    assert_eq!((&kept["frame"]["taken"], &kept["frame"]["phase"]), (&seen["taken"], &json!("unlabelled")));
    let labels = &kept["labels"];
    assert_eq!((&labels["phase"], &labels["labels"][0]["origin"]), (&json!("unlabelled"), &json!("accepted")));
    assert_eq!(labels["labels"][0]["bbox"], seen["objects"][0]["bbox"]);
    assert_eq!(labels["labels"].as_array().unwrap().len(), 1);
    assert_eq!(labels["rejected"][0]["bbox"], json!(<[f32; 4]>::from(BBox::new(40.0, 30.0, 10.0, 10.0))));
    assert_eq!(kept["left_out"], json!([]));
    let picture = daemon.client.get(daemon.api(&format!("frames/{frame}.jpg"))).send().await.unwrap();
    assert_eq!(picture.bytes().await.unwrap(), looked);

    // A second tap on the same look changes the draft; no second frame.
    let again: Value = keep(json!({"taken": seen["taken"], "wrong": [0]})).send().await.unwrap().json().await.unwrap();
    assert_eq!((&again["frame"]["id"], &again["labels"]["labels"]), (&kept["frame"]["id"], &json!([])));
    assert_eq!(again["labels"]["rejected"].as_array().unwrap().len(), 2);

    assert!(problem(keep(json!({"taken": seen["taken"], "wrong": [2]})), 422).await.contains("no object 2"));
    let old = json!({"taken": "2020-01-01T00:00:00Z"});
    assert!(problem(keep(old), 404).await.contains("not remembered"));
    let done = json!({"revision": 2, "labels": []});
    daemon.send("PUT", &format!("frames/{frame}/labels"), done, 200).await;
    assert!(problem(keep(json!({"taken": seen["taken"]})), 409).await.contains("has labelled"));
    daemon.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_watched_holds_at_once_and_after_a_restart() {
    let dir = folder();
    let daemon = watching(dir.path()).await;
    assert_eq!(daemon.get("watch").await, json!({"categories": {}, "zones": []}));
    detections(&daemon, |seen| seen["objects"].as_array().is_some_and(|all| all.len() == 2)).await;
    let left = json!([[0.0, 0.0], [0.5, 0.0], [0.5, 1.0], [0.0, 1.0]]);
    let zone = json!({"name": "belt", "kind": "watch", "polygon": left, "categories": ["RBC"], "camera": "main"});
    let watch = json!({"categories": {"RBC": {"score": 0.8, "smallest": null}}, "zones": [zone]});
    assert_eq!(daemon.send("PUT", "watch", watch.clone(), 200).await, watch);
    let seen = detections(&daemon, |seen| seen["objects"].as_array().is_some_and(|all| all.len() == 1)).await;
    assert_eq!(seen["objects"][0]["zone"], "belt");

    let put = |body: Value| daemon.client.put(daemon.api("watch")).json(&body);
    for (key, bad, says) in [
        ("/zones/0/polygon/1/0", json!(1.5), "outside the picture"),
        ("/zones/0/categories", json!(["WBC"]), "no category `WBC`"),
        ("/zones/0/camera", json!("yard"), "no camera `yard`"),
        ("/zones/0/kind", json!("look"), "unknown variant"),
        ("/categories/RBC/score", json!(7), "categories.RBC.score: 7 must be 0 to 1"),
    ] {
        let mut nonsense = watch.clone();
        *nonsense.pointer_mut(key).unwrap() = bad;
        let detail = problem(put(nonsense), 422).await;
        assert!(detail.contains(says), "{detail}");
    }
    assert_eq!(daemon.get("watch").await, watch, "as it was");
    daemon.send("PATCH", "categories/RBC", json!({"name": "red"}), 200).await;
    let mut watch = watch;
    watch["categories"] = json!({"red": watch["categories"]["RBC"]});
    watch["zones"][0]["categories"] = json!(["red"]);
    assert_eq!(daemon.get("watch").await, watch);
    let named =
        |seen: &Value| seen["objects"].as_array().is_some_and(|all| all.len() == 1 && all[0]["category"] == "red");
    let seen = detections(&daemon, named).await;
    let kept = daemon.send("POST", "detections/keep", json!({"taken": seen["taken"]}), 201).await;
    assert_eq!(kept["labels"]["labels"][0]["category"], "red", "the model says the new name, and so does what is kept");
    daemon.stop().await;

    let daemon = Daemon::start(dir.path()).await;
    assert_eq!(daemon.get("watch").await, watch);
    detections(&daemon, |seen| seen["objects"].as_array().is_some_and(|all| all.len() == 1)).await;
    daemon.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_status_tells_what_fills_the_disk_and_how_the_broker_is() {
    let dir = folder();
    let daemon = watching(dir.path()).await;
    let frame = daemon.upload(common::jpeg(64, 48, 90)).await;
    daemon.send("PUT", &format!("frames/{frame}/labels"), json!({"revision": 0, "labels": []}), 200).await;
    let status = daemon.get("status").await;
    let disk = &status["disk"];
    assert!(disk["total"].as_u64() > disk["free"].as_u64() && disk["free"].as_u64() > Some(0), "{disk}");
    assert_eq!(disk["reserve"], 1_000_000);
    let parts: Vec<&str> = disk["parts"].as_array().unwrap().iter().filter_map(|part| part["what"].as_str()).collect();
    for what in ["labelled frames", "unlabelled frames", "labels", "models", "index", "other"] {
        assert!(parts.contains(&what), "{what} is missing: {parts:?}");
    }
    let mqtt = &status["mqtt"];
    assert_eq!((&mqtt["broker"], &mqtt["state"], &mqtt["outbox"]["waiting"]), (&json!(""), &json!("off"), &json!(0)));
    assert_eq!(daemon.get("status").await["mqtt"]["since"], mqtt["since"]);
    assert_eq!(status["versions"]["fieldcoach"], status["version"]);
    assert_eq!(status["versions"]["onnxruntime"], status["runtime"]["version"]);
    daemon.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_happened_is_there_after_a_restart() {
    let dir = folder();
    let daemon = watching(dir.path()).await;
    let appeared = |list: &Value| list["items"].as_array().is_some_and(|all| all.len() == 2);
    let there = until(&daemon, "timeline?category=RBC", appeared).await;
    assert_eq!((&there["items"][0]["left"], &there["items"][0]["zone"]), (&Value::Null, &Value::Null));
    assert_eq!(daemon.get("timeline?category=WBC").await["items"], json!([]));
    let log = daemon.get("log?kind=model_deployed").await;
    assert_eq!(log["items"].as_array().unwrap().len(), 1);
    let first = daemon.get("log?limit=1").await;
    let second = daemon.get(&format!("log?limit=1&before={}", first["next"].as_str().unwrap())).await;
    assert_ne!(first["items"], second["items"]);
    problem(daemon.client.get(daemon.api("log?before=x")), 422).await;
    problem(daemon.client.get(daemon.api("log?kind=dance")), 400).await;
    // The same as files, the oldest first.
    let text = async |path: &str| {
        let answer = daemon.client.get(daemon.api(path)).send().await.unwrap().error_for_status().unwrap();
        let kind = answer.headers()["content-type"].to_str().unwrap().to_owned();
        (kind, answer.text().await.unwrap())
    };
    let (kind, lines) = text("log.jsonl?kind=model_deployed").await;
    let read: Vec<Value> = lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!((kind.as_str(), &json!(read)), ("application/jsonl", &log["items"]));
    let (kind, table) = text("timeline.csv?category=RBC").await;
    let rows: Vec<&str> = table.split_terminator("\r\n").collect();
    assert_eq!((kind.as_str(), rows.len()), ("text/csv; charset=utf-8", 3), "{table}");
    assert_eq!(rows[0], "appeared,left,clock,camera,category,track,score,zone");
    let tracks: Vec<&str> = rows[1..].iter().map(|row| row.split(',').nth(5).unwrap()).collect();
    let mut told: Vec<String> =
        there["items"].as_array().unwrap().iter().map(|object| object["track"].to_string()).collect();
    told.reverse();
    assert_eq!(tracks, told, "{table}");
    assert_eq!(text("timeline.jsonl?category=WBC").await.1, "");
    problem(daemon.client.get(daemon.api("log.csv?camera=none")), 404).await;
    tokio::time::timeout(DEADLINE, daemon.stop()).await.unwrap();

    let daemon = Daemon::start(dir.path()).await;
    assert_eq!(daemon.get("log?kind=model_deployed").await["items"], log["items"]);
    let before =
        daemon.get("timeline").await["items"].as_array().unwrap().iter().filter(|o| !o["left"].is_null()).count();
    assert_eq!(before, 2, "nobody watched them any more");
    daemon.stop().await;
}
