//! What a training tells people before, meanwhile and afterwards, through the daemon; on a base that trains in no time.

mod common;

use common::{Daemon, folder, problem, small_base};
use fieldcoach::camera::Scene;
use fieldcoach::config::Config;
use serde_json::{Value, json};
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::time::{Duration, Instant};

/// Longest wait for a small training on a loaded machine.
const DEADLINE: Duration = Duration::from_secs(180);

async fn start(dir: &Path, change: impl FnOnce(&mut Config)) -> Daemon {
    let bases = dir.join("data/bases");
    std::fs::create_dir_all(&bases).unwrap();
    std::fs::write(bases.join("small.onnx"), small_base().encode()).unwrap();
    Daemon::start_with(dir, |config| {
        config.train.base = "small".into();
        change(config);
    })
    .await
}

/// Uploads and labels frames of the scene; their ids.
async fn label(daemon: &Daemon, count: usize) -> Vec<String> {
    let scene = Scene::new(Scene::SEED, 320, 240);
    for category in Scene::categories() {
        daemon.category(&category.name).await;
    }
    let mut frames = vec![];
    for i in 0..count {
        let (image, labels) = scene.render(60.0 * i as f64);
        let frame = daemon.upload(fieldcoach::picture::encode_jpeg(&image, 90).to_vec()).await;
        let write = json!({ "revision": 0, "phase": "labelled", "labels": labels });
        daemon.send("PUT", &format!("frames/{frame}/labels"), write, 200).await;
        frames.push(frame);
    }
    frames
}

/// Trains, and waits until it is over.
async fn train(daemon: &Daemon, request: Value) -> Value {
    let id = daemon.send("POST", "trainings", request, 201).await["id"].as_str().unwrap().to_owned();
    let begun = Instant::now();
    loop {
        let training = daemon.get(&format!("trainings/{id}")).await;
        if ["done", "failed", "cancelled"].contains(&training["state"].as_str().unwrap()) {
            return training;
        }
        assert!(begun.elapsed() < DEADLINE, "waited in vain; last {training}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// Turns a bit of a frame's picture where it lies on the disk.
async fn damage(daemon: &Daemon, dir: &Path, frame: &str) {
    let answer = daemon.client.get(daemon.api(&format!("frames/{frame}.jpg"))).send().await.unwrap();
    let jpeg = answer.bytes().await.unwrap();
    for segment in std::fs::read_dir(dir.join("data/segments")).unwrap() {
        let path = segment.unwrap().path();
        let bytes = std::fs::read(&path).unwrap();
        if let Some(at) = bytes.windows(jpeg.len()).position(|window| window == jpeg) {
            let file = std::fs::OpenOptions::new().write(true).open(&path).unwrap();
            file.write_all_at(&[!jpeg[100]], at as u64 + 100).unwrap();
            return;
        }
    }
    panic!("no segment has frame {frame}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_damaged_frame_is_left_out_and_told() {
    let dir = folder();
    let daemon = start(dir.path(), |_| ()).await;
    let frames = label(&daemon, 8).await;
    damage(&daemon, dir.path(), &frames[3]).await;
    let done = train(&daemon, json!({ "experiments": 1, "epochs": 1 })).await;
    assert_eq!((&done["state"], &done["skipped"]), (&json!("done"), &json!(1)), "{done}");
    let split = |side: &str| done["split"][side].as_u64().unwrap();
    assert_eq!(split("training") + split("validation"), 7);
    let book = daemon.get(&format!("trainings/{}/flipbook", done["id"].as_str().unwrap())).await;
    assert_eq!(book["note"], "1 damaged frame was left out.");
    assert!(book["frames"].as_array().unwrap().iter().all(|f| f["id"] != json!(frames[3])));

    for frame in &frames[4..] {
        damage(&daemon, dir.path(), frame).await;
    }
    let failed = train(&daemon, json!({ "experiments": 1, "epochs": 1 })).await;
    let error = failed["error"].as_str().unwrap();
    assert!(error.contains("without the 5 that are damaged on the disk") && error.contains("label 2 more"), "{error}");
    let book = daemon.get(&format!("trainings/{}/flipbook", failed["id"].as_str().unwrap())).await;
    let note = book["note"].as_str().unwrap();
    assert!(
        note.starts_with("The training failed before its first page: a training needs 5 labelled frames"),
        "{note}"
    );
    daemon.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_experiment_has_a_flip_book_and_every_label_a_fate() {
    let dir = folder();
    let daemon = start(dir.path(), |_| ()).await;
    label(&daemon, 12).await;
    let done = train(&daemon, json!({ "experiments": 4, "epochs": 4 })).await;
    assert_eq!(done["state"], "done", "{done}");
    assert!(
        done["experiments"].as_array().unwrap().iter().all(|e| e["words"].as_str().unwrap().starts_with("learns "))
    );
    let url = format!("trainings/{}/flipbook", done["id"].as_str().unwrap());
    let book = daemon.get(&url).await;
    assert_eq!(book["note"], Value::Null);
    let frames = book["frames"].as_array().unwrap();
    let validates = |n: usize| frames[n]["split"] == "validation";
    let first = &book["epochs"][0];
    assert_eq!(first["experiments"].as_array().unwrap().len(), 4, "all trained in the first epoch: {first}");
    assert_eq!(first["experiments"][0], first["experiment"], "the leader first");

    // What is counted per category is what the points of the validation frames say.
    let points = first["points"].as_array().unwrap();
    let sum = |what: &str| -> u64 {
        (0..frames.len()).filter(|n| validates(*n)).map(|n| points[n][what].as_u64().unwrap()).sum()
    };
    let each =
        |what: &str| -> u64 { first["categories"].as_array().unwrap().iter().map(|c| c[what].as_u64().unwrap()).sum() };
    assert_eq!(sum("found"), each("found"));
    assert_eq!(sum("found") + sum("missed") + sum("confused"), each("objects"));
    assert_eq!(sum("false") + sum("confused"), each("wrong"));

    let other = first["experiments"][1].as_str().unwrap();
    let own = daemon.get(&format!("{url}?experiment={other}")).await;
    let epoch = &own["epochs"][0];
    assert_eq!((&epoch["experiment"], &epoch["metrics"]["training"]), (&json!(other), &Value::Null));
    for n in 0..frames.len() {
        assert_eq!(epoch["points"][n].is_null(), !validates(n), "it looked at the validation frames alone");
    }
    let n = (0..frames.len()).find(|n| validates(*n)).unwrap();
    let page = format!("{url}/1/{}", frames[n]["id"].as_str().unwrap());
    let of_leader = daemon.get(&page).await;
    let of_other = daemon.get(&format!("{page}?experiment={other}")).await;
    assert_eq!((&of_other["truth"], &of_other["experiment"]), (&of_leader["truth"], &json!(other)));
    assert_eq!(of_other["point"], epoch["points"][n]);
    let letters = of_other["point"]["labels"].as_str().unwrap();
    assert_eq!(letters.len(), of_other["truth"].as_array().unwrap().len());
    let drawn =
        daemon.client.get(daemon.api(&format!("{page}.jpg?experiment={other}&width=200"))).send().await.unwrap();
    assert_eq!(drawn.status(), 200);
    let gif = daemon.client.get(daemon.api(&format!("{url}.gif?experiment={other}&width=100"))).send().await.unwrap();
    assert_eq!(gif.status(), 200);
    let nobody = format!("{url}?experiment={}", done["id"].as_str().unwrap());
    problem(daemon.client.get(daemon.api(&nobody)), 404).await;
    let suspects = daemon.get(&format!("trainings/{}/suspects", done["id"].as_str().unwrap())).await;
    assert_eq!((suspects["items"].is_array(), &suspects["note"]), (true, &Value::Null));
    daemon.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn before_a_training_it_is_told_what_it_would_be_made_of() {
    let dir = folder();
    let daemon = start(dir.path(), |_| ()).await;
    let plan = daemon.get("trainings/plan").await;
    assert!(plan["refused"].as_str().unwrap().contains("label 5 more"), "{plan}");
    assert_eq!(plan["choices"], json!([]));
    let frames = label(&daemon, 8).await;
    let plan = daemon.get("trainings/plan").await;
    let of = |key: &str| plan["frames"][key].as_u64().unwrap();
    assert_eq!((of("labelled"), of("training") + of("validation"), of("empty")), (8, 8, 0), "{plan}");
    assert_eq!(plan["refused"], Value::Null);
    assert!(plan["categories"].as_array().unwrap().iter().all(|c| c["objects"].as_u64() >= c["frames"].as_u64()));
    assert!(plan["choices"].as_array().unwrap().iter().all(|c| !c["expected"].as_str().unwrap().is_empty()));
    let kinds = |plan: &Value| -> Vec<String> {
        plan["warnings"].as_array().unwrap().iter().map(|w| w["kind"].as_str().unwrap().to_owned()).collect()
    };
    assert!(kinds(&plan).contains(&"too_few".to_owned()), "{plan}");
    let done = train(&daemon, json!({ "experiments": 1, "epochs": 1 })).await;
    assert_eq!(done["split"]["validation"], plan["frames"]["validation"], "it was told truly");
    assert_eq!((&done["labelled"], &done["auto"]), (&json!(8), &json!(false)));

    let unknown = daemon.get("trainings/plan?categories=apple,unknown").await;
    assert!(unknown["refused"].as_str().unwrap().contains("there is no category `unknown`"), "{unknown}");
    let one = daemon.get("trainings/plan?categories=apple").await;
    assert_eq!(one["categories"].as_array().unwrap().len(), 1, "{one}");
    daemon.stop().await;

    // What was whole when it was read last is not read again until the next start.
    let daemon = start(dir.path(), |_| ()).await;
    damage(&daemon, dir.path(), &frames[0]).await;
    let plan = daemon.get("trainings/plan").await;
    assert!(kinds(&plan).contains(&"damaged".to_owned()), "{plan}");
    assert_eq!(plan["frames"]["labelled"], 7);
    daemon.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_waiting_training_was_to_learn_and_is_gone_is_told() {
    let dir = folder();
    let daemon = start(dir.path(), |_| ()).await;
    label(&daemon, 12).await;
    let categories = daemon.get("categories").await;
    let names: Vec<&str> =
        categories["items"].as_array().unwrap().iter().filter_map(|category| category["name"].as_str()).collect();
    let begin =
        async |request: Value| daemon.send("POST", "trainings", request, 201).await["id"].as_str().unwrap().to_owned();
    let first = begin(json!({ "experiments": 1, "epochs": 1000 })).await;
    let both = begin(json!({ "experiments": 1, "epochs": 1, "categories": names[..2] })).await;
    let one = begin(json!({ "experiments": 1, "epochs": 1, "categories": names[..1] })).await;
    daemon.send("DELETE", &format!("categories/{}?labels=true", names[0]), json!({}), 200).await;
    daemon.send("DELETE", &format!("trainings/{first}"), json!({}), 200).await;
    let over = |training: &Value| ["done", "failed"].iter().any(|state| training["state"] == *state);
    let both = common::until(&daemon, &format!("trainings/{both}"), over).await;
    assert_eq!(both["state"], "done", "{both}");
    let note = both["note"].as_str().unwrap();
    assert!(note.contains("deleted meanwhile") && note.contains(names[0]), "{note}");
    let one = common::until(&daemon, &format!("trainings/{one}"), over).await;
    assert!(one["error"].as_str().is_some_and(|error| error.contains("deleted meanwhile")), "{one}");
    daemon.stop().await;
}
