//! Categories by any name that is one: added, labelled, trained, drawn, exported, imported, renamed and deleted over HTTP;
//! what can be no name is refused in words.

mod common;

use common::{Daemon, body, folder, jpeg, problem, small_base};
use reqwest::StatusCode;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::path::Path;
use std::time::{Duration, Instant};

/// Longest wait for a small training on a loaded machine.
const DEADLINE: Duration = Duration::from_secs(180);

/// As people give them; the last is spelled in two letters where it is used.
const NAMES: [&str; 22] = [
    "fr/3HI",
    "🍎 apple",
    "赤い箱",
    "a b",
    "50%",
    "%2e%2e",
    "...",
    "nan",
    "null",
    "<b>x</b>",
    "it's \"x\"",
    "a,b",
    "a",
    "?q=1&r#s",
    "back\\slash",
    "CON",
    "True",
    "background",
    "בקבוק",
    "👩\u{200d}🚒",
    "~._-+*:;[]{}|",
    "é",
];

/// `é` as some systems write it.
const TWO_LETTERS: &str = "e\u{301}";

fn encoded(segment: &str) -> String {
    segment.bytes().map(|byte| format!("%{byte:02X}")).collect()
}

fn names_of(answer: &Value) -> Vec<&str> {
    answer["items"].as_array().unwrap().iter().map(|item| item["name"].as_str().unwrap()).collect()
}

async fn start(dir: &Path) -> Daemon {
    let bases = dir.join("data/bases");
    std::fs::create_dir_all(&bases).unwrap();
    std::fs::write(bases.join("small.onnx"), small_base().encode()).unwrap();
    Daemon::start_with(dir, |config| config.train.base = "small".into()).await
}

/// Ten frames with a box of each category in each; their ids.
async fn label(daemon: &Daemon) -> Vec<String> {
    let labels: Vec<Value> = NAMES
        .iter()
        .enumerate()
        .map(|(at, name)| {
            let name = if *name == "é" { TWO_LETTERS } else { name };
            json!({ "category": name, "bbox": [at * 14, 8, 12, 16] })
        })
        .collect();
    let mut frames = vec![];
    for grey in 0..10 {
        let frame = daemon.upload(jpeg(320, 240, grey * 20)).await;
        let write = json!({ "revision": 0, "phase": "labelled", "labels": labels });
        daemon.send("PUT", &format!("frames/{frame}/labels"), write, 200).await;
        frames.push(frame);
    }
    frames
}

async fn trained(daemon: &Daemon, request: Value) -> Value {
    let id = daemon.send("POST", "trainings", request, 201).await["id"].as_str().unwrap().to_owned();
    let begun = Instant::now();
    loop {
        let training = daemon.get(&format!("trainings/{id}")).await;
        if ["done", "failed", "cancelled"].contains(&training["state"].as_str().unwrap()) {
            assert_eq!(training["state"], "done", "{training}");
            return training;
        }
        assert!(begun.elapsed() < DEADLINE, "waited in vain; last {training}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_name_works_everywhere() {
    let dir = folder();
    let daemon = start(dir.path()).await;
    for name in NAMES {
        let request = daemon.client.post(daemon.api("categories")).json(&json!({ "name": name }));
        let answer = request.send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::CREATED, "{name}");
        let place = answer.headers()["location"].to_str().unwrap().to_owned();
        // A place that is given is a place that is there.
        body(daemon.client.patch(daemon.at(&place)).json(&json!({ "instructions": "x" })), StatusCode::OK).await;
    }
    let again = daemon.client.post(daemon.api("categories")).json(&json!({ "name": TWO_LETTERS }));
    assert!(problem(again, 409).await.contains("there is a category `é` already"));
    let listed = daemon.get("categories").await;
    assert_eq!(names_of(&listed), NAMES);

    let frames = label(&daemon).await;
    let labels = daemon.get(&format!("frames/{}/labels", frames[0])).await;
    let labelled = labels["labels"].as_array().unwrap().iter().map(|label| label["category"].as_str().unwrap());
    assert_eq!(labelled.collect::<Vec<_>>(), NAMES);
    for name in NAMES.into_iter().chain([TWO_LETTERS]) {
        let found = daemon.get(&format!("frames?category={}", encoded(name))).await;
        assert_eq!(found["items"].as_array().unwrap().len(), 10, "{name}");
        let usage = daemon.get(&format!("categories/{}/use", encoded(name))).await;
        assert_eq!((&usage["frames"], &usage["labels"]), (&json!(10), &json!(10)), "{name}");
        let plan = daemon.get(&format!("trainings/plan?categories={}", encoded(name))).await;
        assert_eq!(
            (plan["categories"].as_array().unwrap().len(), &plan["refused"]),
            (1, &Value::Null),
            "{name}: {plan}"
        );
    }
    let watch = json!({ "categories": { "fr/3HI": { "score": 0.5 }, TWO_LETTERS: { "score": 0.4 } }, "zones": [] });
    let watched = daemon.send("PUT", "watch", watch, 200).await;
    assert_eq!(watched["categories"]["é"]["score"], json!(0.4), "{watched}");

    let mut asked = NAMES.to_vec();
    asked[NAMES.len() - 1] = TWO_LETTERS;
    let done = trained(&daemon, json!({ "experiments": 1, "epochs": 2, "categories": asked })).await;
    assert_eq!(done["categories"], json!(NAMES));
    let book = format!("trainings/{}/flipbook", done["id"].as_str().unwrap());
    for frame in &frames {
        let drawn = daemon.client.get(daemon.api(&format!("{book}/2/{frame}.jpg"))).send().await.unwrap();
        assert_eq!(drawn.status(), StatusCode::OK);
        let drawn = image::load_from_memory(&drawn.bytes().await.unwrap()).unwrap();
        assert!(drawn.height() > drawn.width() * 3 / 4, "with a legend under it");
    }
    let moving = daemon.client.get(daemon.api(&format!("{book}.gif?frame={}", frames[0]))).send().await.unwrap();
    assert_eq!(moving.status(), StatusCode::OK);

    // Out, and into another device.
    let packed = daemon.client.get(daemon.api("dataset.zip?format=coco")).send().await.unwrap();
    assert_eq!(packed.status(), StatusCode::OK);
    let packed = packed.bytes().await.unwrap().to_vec();
    let other_dir = folder();
    let other = start(other_dir.path()).await;
    body(other.client.post(other.api("dataset")).body(packed), StatusCode::OK).await;
    let there = other.get("categories").await;
    assert_eq!(names_of(&there).into_iter().collect::<BTreeSet<_>>(), BTreeSet::from(NAMES));
    for name in NAMES {
        let usage = other.get(&format!("categories/{}/use", encoded(name))).await;
        assert_eq!(usage["labels"], json!(10), "{name}");
    }
    other.stop().await;
    let yolo = daemon.client.get(daemon.api("dataset.zip?format=yolo")).send().await.unwrap();
    let mut yolo = zip::ZipArchive::new(std::io::Cursor::new(yolo.bytes().await.unwrap())).unwrap();
    let yaml = std::io::read_to_string(yolo.by_name("data.yaml").unwrap()).unwrap();
    for name in NAMES {
        assert!(yaml.contains(&serde_json::to_string(name).unwrap()), "{name} in {yaml}");
    }

    // Away: under another name first.
    for (at, name) in NAMES.into_iter().enumerate() {
        let address = if name == "é" { encoded(TWO_LETTERS) } else { encoded(name) };
        let new = format!("{name} no. {at}");
        daemon.send("PATCH", &format!("categories/{address}"), json!({ "name": new }), 200).await;
        let labels = daemon.get(&format!("frames/{}/labels", frames[0])).await;
        assert!(labels["labels"].as_array().unwrap().iter().any(|label| label["category"] == json!(new)));
        let gone = daemon.send("DELETE", &format!("categories/{}?labels=true", encoded(&new)), json!({}), 200).await;
        assert_eq!((&gone["frames"], &gone["labels"]), (&json!(10), &json!(10)), "{name}");
    }
    assert_eq!(daemon.get("categories").await["items"], json!([]));
    assert_eq!(daemon.get("watch").await["categories"]["é no. 21"]["score"], json!(0.4));
    daemon.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_can_be_no_name_is_refused_in_words() {
    let dir = folder();
    let daemon = Daemon::start(dir.path()).await;
    daemon.category("box").await;
    let long = "x".repeat(65);
    for (name, words) in [
        (".", "address"),
        ("..", "address"),
        ("tab\there", "control"),
        ("line\nend", "control"),
        (" box", "space"),
        ("b\u{200b}ox", "U+200B"),
        ("\u{202e}xob", "U+202E"),
        ("box\u{200d}", "joins"),
        ("b\u{200c}ox", "joins"),
        ("box\u{fe0f}", "joins"),
        ("box\u{e0100}", "U+E0100"),
        ("red  box", "white space"),
        ("red\u{a0}box", "white space"),
        ("box\u{ffff}", "no character"),
        ("", "1 to 64"),
        (long.as_str(), "1 to 64"),
    ] {
        let added = daemon.client.post(daemon.api("categories")).json(&json!({ "name": name }));
        let detail = problem(added, 422).await;
        assert!(detail.contains(words), "{name:?}: {detail}");
        let renamed = daemon.client.patch(daemon.api("categories/box")).json(&json!({ "name": name }));
        assert!(problem(renamed, 422).await.contains(words), "{name:?}");
    }
    assert_eq!(names_of(&daemon.get("categories").await), ["box"]);
    let frame = daemon.client.post(daemon.api("frames?name=a%EF%BF%BE.jpg")).body(jpeg(32, 32, 9));
    assert!(problem(frame, 422).await.contains("no character"));
    let frame = daemon.client.post(daemon.api("frames?name=a%FF.jpg")).body(jpeg(32, 32, 9));
    assert!(problem(frame, 400).await.contains("UTF-8"));
    daemon.stop().await;
}
