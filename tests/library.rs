//! Frames, labels and categories as the library and the label view of the phone page use them, over the wire.

mod common;

use common::{Daemon, body, folder, jpeg, problem};
use fieldcoach::config::Tls;
use fieldcoach::domain::Role;
use reqwest::{Client, StatusCode};
use serde_json::{Value, json};

async fn put(daemon: &Daemon, client: &Client, frame: &str, labels: Value) -> Value {
    body(client.put(daemon.api(&format!("frames/{frame}/labels"))).json(&labels), StatusCode::OK).await
}

fn boxed(x: u32) -> Value {
    json!({"category": "RBC", "bbox": [x, 8, 16, 16]})
}

fn ids(list: &Value) -> Vec<String> {
    let id = |item: &Value| item.get("frame").unwrap_or(item)["id"].as_str().unwrap().to_owned();
    list["items"].as_array().unwrap().iter().map(id).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_queue_goes_on_to_the_last_frame_with_drafts_first() {
    let dir = folder();
    let daemon = Daemon::start(dir.path()).await;
    daemon.category("RBC").await;
    let mut frames = Vec::new();
    for grey in 0..7 {
        frames.push(daemon.upload(jpeg(64, 48, 40 + grey)).await);
    }
    let draft = json!({"revision": 0, "phase": "unlabelled", "labels": [boxed(8)],
        "rejected": [{"category": "RBC", "bbox": [30, 8, 16, 16], "score": 0.5}]});
    let draft = put(&daemon, &daemon.client, &frames[2], draft).await;
    assert_eq!((&draft["phase"], &draft["rejected"][0]["score"]), (&json!("unlabelled"), &json!(0.5)));
    let (mut given, mut path) = (vec![], "queue?limit=3".to_owned());
    loop {
        let slice = daemon.get(&path).await;
        assert_eq!(slice["total"], daemon.get("frames/counts").await["phases"]["unlabelled"]);
        given.extend(ids(&slice));
        let Some(next) = slice["next"].as_str() else { break };
        path = format!("queue?limit=3&before={next}");
    }
    assert_eq!(given[0], frames[2], "the draft");
    // The camera's own frames may be among them.
    given.retain(|id| frames.contains(id));
    assert_eq!(given.len(), frames.len());
    let detail = problem(daemon.client.get(daemon.api("queue?before=soup")), 400).await;
    assert!(detail.contains("soup"), "{detail}");
    assert_eq!(daemon.get(&format!("frames/{}/proposals", frames[0])).await, json!({"model": null, "items": []}));
    problem(daemon.client.get(daemon.api("frames/soap/proposals")), 404).await;
    daemon.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_review_says_who_made_the_labels_and_who_confirmed_them() {
    let dir = folder();
    let daemon = Daemon::start_with(dir.path(), |config| config.http.tls = Tls::Own).await;
    let (ana, ben) = (daemon.client_of(Role::Labeller), daemon.client_of(Role::Admin));
    ben.post(daemon.api("categories")).json(&json!({"name": "RBC"})).send().await.unwrap();
    let frame = body(ana.post(daemon.api("frames")).body(jpeg(64, 48, 90)), StatusCode::CREATED).await;
    let frame = frame["id"].as_str().unwrap();
    put(&daemon, &ana, frame, json!({"revision": 0, "labels": [boxed(8)]})).await;
    let queue = body(ben.get(daemon.api("queue?phase=labelled")), StatusCode::OK).await;
    assert_eq!((&queue["total"], ids(&queue)), (&json!(1), vec![frame.to_owned()]));
    assert_eq!(queue["items"][0]["reason"], "labelled by labeller");
    let reviewed = json!({"revision": 1, "phase": "reviewed", "labels": [boxed(8), boxed(30)]});
    let reviewed = put(&daemon, &ben, frame, reviewed).await;
    assert_eq!((&reviewed["labels"][0]["by"], &reviewed["labels"][1]["by"]), (&json!("labeller"), &json!("admin")));
    assert_eq!(reviewed["reviewed_by"], "admin");
    assert_eq!(body(ben.get(daemon.api("queue?phase=labelled")), StatusCode::OK).await["total"], 0);
    daemon.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_deleted_can_be_brought_back_by_whoever_may() {
    let dir = folder();
    let daemon = Daemon::start_with(dir.path(), |config| config.http.tls = Tls::Own).await;
    let [labeller, admin] = [Role::Labeller, Role::Admin].map(|role| daemon.client_of(role));
    let mut frames = Vec::new();
    for grey in 0..3 {
        let frame = body(labeller.post(daemon.api("frames")).body(jpeg(64, 48, grey)), StatusCode::CREATED).await;
        frames.push(frame["id"].as_str().unwrap().to_owned());
    }
    put(&daemon, &labeller, &frames[0], json!({"revision": 0, "labels": []})).await;
    let path = daemon.api(&format!("frames/{}", frames[0]));
    problem(labeller.delete(&path), 403).await;
    let gone = body(admin.delete(&path), StatusCode::OK).await;
    assert!(gone["until"].as_str().unwrap() > jiff::Timestamp::now().to_string().as_str());
    problem(admin.get(&path), 404).await;
    problem(admin.delete(&path), 404).await;
    let batch = |client: &Client, action: &str| {
        client.post(daemon.api("frames/batch")).json(&json!({"frames": frames, "action": action}))
    };
    problem(batch(&labeller, "delete"), 403).await;
    problem(batch(&admin, "explode"), 422).await;
    problem(admin.post(daemon.api("frames/batch")).json(&json!({"frames": [], "action": "delete"})), 422).await;
    let counts = body(admin.get(daemon.api("frames/counts")), StatusCode::OK).await;
    assert_eq!(counts["deleted"], 1);
    let rest = body(batch(&admin, "delete"), StatusCode::OK).await;
    assert_eq!((&rest["done"], &rest["failed"][0]["frame"]), (&json!(frames[1..]), &json!(frames[0])));
    let undos = body(labeller.get(daemon.api("undo")), StatusCode::OK).await;
    assert_eq!((&undos["items"][0]["what"], &undos["items"][0]["count"]), (&json!("deleted 2 frames"), &json!(2)));
    let undo = daemon.api(&format!("undo/{}", gone["undo"].as_str().unwrap()));
    problem(labeller.post(&undo), 403).await;
    assert_eq!(body(admin.post(&undo), StatusCode::OK).await, json!({"restored": 1, "kept": 0}));
    problem(admin.post(&undo), 404).await;
    problem(admin.post(daemon.api("undo/soap")), 404).await;
    assert_eq!(body(admin.get(&path), StatusCode::OK).await["phase"], "labelled");
    let off = body(
        labeller.post(daemon.api("frames/batch")).json(&json!({"frames": [frames[0]], "action": "unlabel"})),
        StatusCode::OK,
    );
    let off = off.await;
    let undo = daemon.api(&format!("undo/{}", off["undo"].as_str().unwrap()));
    assert_eq!(body(labeller.post(&undo), StatusCode::OK).await["restored"], 1);
    let audit = body(admin.get(daemon.api("audit")), StatusCode::OK).await.to_string();
    assert!(audit.contains("deleted a frame") && audit.contains("deleted frames"), "{audit}");
    daemon.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn categories_are_ordered_merged_and_removed_with_their_labels() {
    let dir = folder();
    let daemon = Daemon::start(dir.path()).await;
    for name in ["RBC", "WBC", "red"] {
        daemon.category(name).await;
    }
    let frame = daemon.upload(jpeg(64, 48, 90)).await;
    let labels = json!({"revision": 0, "labels": [boxed(8), {"category": "red", "bbox": [20, 8, 9, 9]}]});
    put(&daemon, &daemon.client, &frame, labels).await;
    let patch = json!({"position": 0, "examples": [{"frame": frame, "bbox": [8, 8, 16, 16]}]});
    let changed = daemon.send("PATCH", "categories/WBC", patch, 200).await;
    assert_eq!((&changed["name"], &changed["examples"][0]["frame"]), (&json!("WBC"), &json!(frame)));
    let names = async || -> Vec<String> {
        let list = daemon.get("categories").await;
        list["items"].as_array().unwrap().iter().map(|c| c["name"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(names().await, ["WBC", "RBC", "red"]);
    assert_eq!(daemon.get("categories/red/use").await, json!({"frames": 1, "labels": 1, "models": 0}));
    problem(daemon.client.post(daemon.api("categories/red/merge")).json(&json!({"into": "red"})), 422).await;
    let merged = daemon.send("POST", "categories/red/merge", json!({"into": "RBC"}), 200).await;
    assert_eq!((&merged["frames"], &merged["labels"]), (&json!(1), &json!(1)));
    let detail = problem(daemon.client.delete(daemon.api("categories/RBC")), 409).await;
    assert!(detail.contains("1 frame"), "{detail}");
    let gone = body(daemon.client.delete(daemon.api("categories/RBC?labels=true")), StatusCode::OK).await;
    assert_eq!((&gone["labels"], names().await), (&json!(2), vec!["WBC".to_owned()]));
    for undo in [gone, merged] {
        daemon.send("POST", &format!("undo/{}", undo["undo"].as_str().unwrap()), json!({}), 200).await;
    }
    assert_eq!(names().await, ["WBC", "RBC", "red"]);
    let labels = daemon.get(&format!("frames/{frame}/labels")).await;
    // The frame was written to since the merge, when the category went and came back: it keeps what it has.
    assert_eq!(labels["labels"][1]["category"], "RBC");
    daemon.stop().await;
}
