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
    daemon.client_of(Role::Admin).post(daemon.api("categories")).json(&json!({"name": "RBC"})).send().await.unwrap();
    let (ana, ben) = (daemon.client_of(Role::Labeller), daemon.client_of(Role::Admin));
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
