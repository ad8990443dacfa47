//! Several cameras of one device, in the real program.

mod common;
#[path = "common/model.rs"]
mod model;
#[path = "mqtt_support/mod.rs"]
mod mqtt_support;
#[path = "common/process.rs"]
mod process;

use common::{body, folder, jpeg, problem};
use fieldcoach::camera::Scene;
use fieldcoach::domain::{FrameId, FrameSource, NewFrame, Phase};
use fieldcoach::store::{LabelWrite, Options, Store};
use jiff::{SignedDuration, Timestamp};
use mqtt_support::{Listener, Mosquitto, mosquitto_sub, topic_of};
use process::Process;
use reqwest::StatusCode;
use rumqttc::v5::mqttbytes::QoS;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

const DEADLINE: Duration = Duration::from_secs(120);

/// The program with these cameras, not started yet.
fn command(dir: &Path, cameras: &str) -> Command {
    let mut command = process::command(dir, "");
    let file = dir.join("config.toml");
    let text = std::fs::read_to_string(&file).unwrap();
    let (before, camera) = text.split_once("[camera]\n").unwrap();
    let (_, after) = camera.split_once("[train]").unwrap();
    std::fs::write(&file, format!("{before}{cameras}\n[train]{after}")).unwrap();
    command.current_dir(dir);
    command
}

/// A folder of pictures this grey, beside the store; its source.
fn pictures(dir: &Path, name: &str, size: (u32, u32), grey: u8) -> String {
    let folder = dir.join(name);
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(folder.join("a.jpg"), jpeg(size.0, size.1, grey)).unwrap();
    format!("folder:{}", folder.display())
}

/// `[[camera]]`, storing twice a second.
fn camera(id: &str, source: &str) -> String {
    format!(
        "[[camera]]\nid = \"{id}\"\nsource = \"{source}\"\nfps = 10\nkeep_every = 0.5\nkeep_difference = 0\nwidth = 160\nheight = 120\n"
    )
}

/// Asks until `done` is content.
async fn until(daemon: &Process, path: &str, done: impl Fn(&Value) -> bool) -> Value {
    let begun = Instant::now();
    loop {
        let answer = daemon.get(path).await;
        if done(&answer) {
            return answer;
        }
        assert!(begun.elapsed() < DEADLINE, "waited for {path} in vain: {answer}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

fn items(list: &Value) -> &[Value] {
    list["items"].as_array().unwrap()
}

/// The daemon with a folder of small bright pictures called `door`, and the scene, called `yard`, on which a model is live
/// that sees two things in each.
fn watching(dir: &Path) -> Process {
    let cameras = [camera("door", &pictures(dir, "bright", (64, 48), 200)), camera("yard", "scene")].concat();
    model::goes_live(&dir.join("data"));
    Process::of(command(dir, &cameras).spawn().unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn two_cameras_are_stored_looked_at_and_told_apart() {
    let dir = folder();
    let daemon = watching(dir.path());
    let status = until(&daemon, "status", |status| {
        let all = status["cameras"].as_array().unwrap();
        all.iter().all(|camera| camera["state"] == "streaming" && camera["live_fps"].as_f64().unwrap() > 0.0)
    })
    .await;
    assert_eq!((&status["cameras"][0]["id"], &status["cameras"][1]["id"]), (&json!("door"), &json!("yard")));
    assert_eq!(status["camera"]["source"], status["cameras"][0]["source"], "the first");
    for part in ["camera door", "camera-source door", "camera yard", "camera-source yard", "live"] {
        assert_eq!(status["parts"][part]["state"], "running", "{part}");
    }
    assert_eq!(items(&daemon.get("cameras").await).len(), 2);

    // Each frame is its camera's, whichever list it is asked of.
    for (id, width) in [("door", 64), ("yard", 160)] {
        let list = until(&daemon, &format!("frames?camera={id}"), |list| items(list).len() >= 2).await;
        assert!(items(&list).iter().all(|frame| frame["camera"] == id && frame["width"] == width), "{list}");
        let seen =
            until(&daemon, &format!("detections?camera={id}"), |seen| seen["objects"][1]["track"].is_u64()).await;
        assert_eq!((&seen["camera"], &seen["width"]), (&json!(id), &json!(width)));
        let kept = json!({"taken": seen["taken"], "camera": id, "wrong": [1]});
        let kept = daemon.send("POST", "detections/keep", kept, StatusCode::CREATED).await;
        assert_eq!((&kept["frame"]["camera"], &kept["frame"]["taken"]), (&json!(id), &seen["taken"]));
        let captured =
            daemon.send("POST", &format!("frames/capture?camera={id}"), json!({}), StatusCode::CREATED).await;
        assert_eq!((&captured["camera"], &captured["width"]), (&json!(id), &json!(width)));
        let objects = until(&daemon, &format!("timeline?camera={id}"), |list| items(list).len() >= 2).await;
        assert!(items(&objects).iter().all(|object| object["camera"] == id), "{objects}");
        let log = daemon.get(&format!("log?camera={id}")).await;
        assert!(!items(&log).is_empty() && items(&log).iter().all(|event| event["camera"] == id), "{log}");
        assert_eq!(live_picture(&daemon, &format!("live.mjpeg?camera={id}")).await, width);
    }
    assert_eq!(daemon.get("detections").await["camera"], "door", "the first, where none is named");
    // No two objects have the same number, whichever camera sees them.
    let tracks: Vec<_> = items(&daemon.get("timeline").await).iter().map(|o| o["track"].as_u64().unwrap()).collect();
    assert_eq!(tracks.iter().collect::<BTreeSet<_>>().len(), tracks.len(), "{tracks:?}");

    // A zone is of its camera.
    let whole = json!([[0, 0], [1, 0], [1, 1], [0, 1]]);
    let zone = |camera: &str| json!({"name": "all", "kind": "ignore", "polygon": whole, "camera": camera});
    daemon.send("PUT", "watch", json!({"categories": {}, "zones": [zone("yard")]}), StatusCode::OK).await;
    until(&daemon, "detections?camera=yard", |seen| seen["objects"].as_array().unwrap().is_empty()).await;
    let one = until(&daemon, "detections?camera=door", |seen| seen["objects"].as_array().unwrap().len() == 2).await;
    assert_eq!(one["camera"], "door");
    let roof = json!({"categories": {}, "zones": [zone("roof")]});
    let refused = daemon.send("PUT", "watch", roof, StatusCode::UNPROCESSABLE_ENTITY).await;
    assert!(refused["detail"].as_str().unwrap().contains("this device has `door`, `yard`"), "{refused}");
}

/// The width of the first picture of a live video.
async fn live_picture(daemon: &Process, path: &str) -> u32 {
    let mut answer = daemon.client.get(format!("{}/{path}", daemon.api)).send().await.unwrap();
    let mut bytes = Vec::new();
    loop {
        let more = tokio::time::timeout(DEADLINE, answer.chunk()).await.expect("in time").unwrap().unwrap();
        bytes.extend_from_slice(&more);
        let begin = bytes.windows(3).position(|three| three == [0xff, 0xd8, 0xff]);
        let end = bytes.windows(2).position(|two| two == [0xff, 0xd9]);
        if let (Some(begin), Some(end)) = (begin, end) {
            return image::load_from_memory(&bytes[begin..end + 2]).unwrap().width();
        }
    }
}

/// A model of the store in this folder, which nobody has open: it sees one WBC in every picture, and is not live.
fn sees_one(data: &Path) -> String {
    let store = Store::open(Options { dir: data.to_owned(), budget: 1 << 30, reserve: 0 }).unwrap();
    let path = data.join("to-be-added.onnx");
    let model = model::seeing(&path, "WBC", &[(0.8, [4.0, 4.0, 30.0, 30.0])]);
    store.add_category(model.categories[0].clone()).unwrap();
    store.add_model(&model, &path).unwrap();
    model.id.to_string()
}

/// What each object that the camera sees now is.
fn categories(seen: &Value) -> Vec<&str> {
    seen["objects"].as_array().into_iter().flatten().filter_map(|object| object["category"].as_str()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn each_camera_may_have_a_model_of_its_own_over_kills_and_restarts() {
    let dir = folder();
    let daemon = watching(dir.path());
    let rbc = daemon.get("models").await["items"][0]["id"].as_str().unwrap().to_owned();
    until(&daemon, "detections?camera=door", |seen| categories(seen) == ["RBC", "RBC"]).await;
    daemon.terminate();
    let wbc = sees_one(&dir.path().join("data"));
    let again = || Process::of(process::restarted(dir.path()).spawn().unwrap());
    let daemon = again();

    let at = |what: &str, camera: &str| format!("models/{what}?camera={camera}");
    let model = daemon.send("POST", &at(&format!("{wbc}/deploy"), "door"), json!({}), StatusCode::OK).await;
    assert_eq!((&model["deployed"], &model["cameras"]), (&json!(false), &json!(["door"])));
    let event = daemon.get("log?kind=model_deployed&limit=1").await["items"][0].clone();
    assert_eq!((&event["model"], &event["camera"]), (&json!(wbc), &json!("door")));
    assert!(event["message"].as_str().unwrap().ends_with("now watches the camera `door`"), "{event}");
    let deed = daemon.get("audit?limit=1").await["items"][0].clone();
    let about = format!("/models/{wbc}/deploy?camera=door");
    assert_eq!((&deed["what"], &deed["about"]), (&json!("deployed a model"), &json!(about)));
    tell_apart(&daemon, [&wbc, &rbc]).await;

    // Whatever happens to the power, each keeps its own.
    daemon.kill();
    let daemon = again();
    tell_apart(&daemon, [&wbc, &rbc]).await;
    daemon.terminate();
    let daemon = again();
    tell_apart(&daemon, [&wbc, &rbc]).await;

    let post = |path: &str| daemon.client.post(format!("{}/{path}", daemon.api));
    for (path, status, says) in [
        (at(&format!("{wbc}/deploy"), "roof"), 404, "no camera `roof`; this device has `door`, `yard`"),
        (at("rollback", "roof"), 404, "no camera `roof`"),
        (at("rollback", "yard"), 409, "`yard` has no model of its own"),
        ("models/rollback".to_owned(), 409, "no model was deployed before"),
    ] {
        let why = problem(post(&path), status).await;
        assert!(why.contains(says), "{path}: {why}");
    }
    for live in [&rbc, &wbc] {
        let why = problem(daemon.client.delete(format!("{}/models/{live}", daemon.api)), 409).await;
        assert!(why.contains("is live"), "{why}");
    }
    let back = daemon.send("POST", &at("rollback", "door"), json!({}), StatusCode::OK).await;
    assert_eq!((&back["id"], &back["deployed"], &back["cameras"]), (&json!(rbc), &json!(true), &Value::Null));
    assert_eq!(daemon.get("audit?limit=1").await["items"][0]["about"], "/models/rollback?camera=door");
    until(&daemon, "detections?camera=door", |seen| categories(seen) == ["RBC", "RBC"]).await;
    daemon.send("DELETE", &format!("models/{wbc}"), json!({}), StatusCode::OK).await;
}

/// The first model looks at the door, and sees one WBC there; the second at the yard, where it sees two RBC.
async fn tell_apart(daemon: &Process, [wbc, rbc]: [&str; 2]) {
    for (camera, model, sees) in [("door", wbc, vec!["WBC"]), ("yard", rbc, vec!["RBC", "RBC"])] {
        let is_its = |seen: &Value| seen["model"] == model && categories(seen) == sees;
        until(daemon, &format!("detections?camera={camera}"), is_its).await;
        let frame = until(daemon, &format!("frames?camera={camera}&limit=1"), |list| !items(list).is_empty()).await;
        let frame = frame["items"][0]["id"].as_str().unwrap();
        let proposed = daemon.get(&format!("frames/{frame}/proposals")).await;
        assert_eq!((&proposed["model"], items(&proposed).len()), (&json!(model), sees.len()), "{proposed}");
    }
    let live = daemon.get("status").await["live"].clone();
    let looks: Vec<_> = live["cameras"].as_array().unwrap().iter().map(|one| one["model"].as_str().unwrap()).collect();
    assert_eq!((looks, &live["model"]), (vec![wbc, rbc], &json!(rbc)));
    // The queue has what the model of each frame's camera proposes; what no camera took is looked at by the one for all.
    let queue = until(daemon, "queue?limit=500", |queue| items(queue).len() > 2).await;
    for item in items(&queue) {
        let expected = if item["frame"]["camera"] == "door" { "WBC" } else { "RBC" };
        let proposals = item["proposals"].as_array().unwrap();
        assert!(!proposals.is_empty() && proposals.iter().all(|one| one["category"] == expected), "{item}");
    }
    let upload = daemon.client.post(format!("{}/frames", daemon.api)).body(jpeg(64, 48, 77));
    let upload = body(upload, StatusCode::CREATED).await;
    let proposed = daemon.get(&format!("frames/{}/proposals", upload["id"].as_str().unwrap())).await;
    assert_eq!(proposed["model"], *rbc);
}

/// Twelve labelled frames of the scene for each of these cameras, minutes apart, in the store in this folder, which nobody
/// has open.
fn labelled_by(data: &Path, cameras: &[&str]) {
    std::fs::create_dir_all(data.join("bases")).unwrap();
    std::fs::write(data.join("bases/small.onnx"), common::small_base().encode()).unwrap();
    let store = Store::open(Options { dir: data.to_owned(), budget: 1 << 30, reserve: 0 }).unwrap();
    for category in Scene::categories() {
        store.add_category(category).unwrap();
    }
    for (at, camera) in cameras.iter().enumerate() {
        let scene = Scene::new(Scene::SEED + at as u64, 640, 480);
        for i in 0..12 {
            let (image, labels) = scene.render(60.0 * f64::from(i));
            let frame = NewFrame {
                jpeg: fieldcoach::picture::encode_jpeg(&image, 90),
                taken: Timestamp::now() - SignedDuration::from_mins(20 - i64::from(i)),
                width: 640,
                height: 480,
                source: FrameSource::Camera,
                camera: Some(camera.parse().unwrap()),
                name: None,
                clip: None,
                kept: None,
                truth: None,
            };
            let id = store.add_frame(&frame).unwrap().id;
            let write = LabelWrite { phase: Phase::Labelled, labels, ..LabelWrite::default() };
            store.put_labels(id, write).unwrap();
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_training_for_one_camera_learns_from_its_frames_and_goes_live_there_alone() {
    let dir = folder();
    labelled_by(&dir.path().join("data"), &["door", "yard"]);
    let cameras = [
        camera("door", &pictures(dir.path(), "bright", (64, 48), 200)),
        camera("yard", &pictures(dir.path(), "dark", (64, 48), 30)),
        camera("roof", &pictures(dir.path(), "grey", (64, 48), 90)),
    ];
    let mut command = command(dir.path(), &cameras.concat());
    let file = dir.path().join("config.toml");
    std::fs::write(&file, std::fs::read_to_string(&file).unwrap() + "[live]\nfloor = 0\n").unwrap();
    let daemon = Process::of(command.spawn().unwrap());

    let plan = daemon.get("trainings/plan?camera=door").await;
    assert_eq!((&plan["frames"]["labelled"], &plan["refused"]), (&json!(12), &Value::Null));
    assert_eq!(daemon.get("trainings/plan").await["frames"]["labelled"], 24);
    let refused = daemon.get("trainings/plan?camera=roof").await["refused"].as_str().unwrap().to_owned();
    assert!(refused.contains("of `roof` there are 0: label 5 more"), "{refused}");
    for (camera, says) in [("roof", "of `roof` there are 0"), ("cellar", "no camera `cellar`")] {
        let request = daemon.client.post(format!("{}/trainings", daemon.api)).json(&json!({"camera": camera}));
        let why = problem(request, 422).await;
        assert!(why.contains(says), "{why}");
    }

    let train = async |request: Value| {
        let training = daemon.send("POST", "trainings", request, StatusCode::CREATED).await;
        daemon.over(training["id"].as_str().unwrap()).await
    };
    let sides = |of: &Value| of["split"]["training"].as_u64().unwrap() + of["split"]["validation"].as_u64().unwrap();
    let own = train(json!({"camera": "door", "experiments": 3, "epochs": 6})).await;
    assert_eq!((&own["state"], &own["camera"], sides(&own)), (&json!("done"), &json!("door"), 12), "{own}");
    // The first at this camera, as nothing looked at it.
    assert_eq!((&own["outcome"]["live"], &own["outcome"]["why"]), (&json!(true), &json!("first")), "{own}");
    let model = daemon.get(&format!("models/{}", own["winner"].as_str().unwrap())).await;
    assert_eq!((&model["deployed"], &model["cameras"]), (&json!(false), &json!(["door"])));

    // For all: nothing looks at the others yet, and the door keeps its own.
    let all = train(json!({"experiments": 3, "epochs": 6})).await;
    assert_eq!((&all["camera"], sides(&all), &all["outcome"]["why"]), (&Value::Null, 24, &json!("first")), "{all}");
    let live = until(&daemon, "status", |status| status["live"]["model"] == all["winner"]).await["live"].clone();
    let looks: Vec<_> = live["cameras"].as_array().unwrap().iter().map(|one| &one["model"]).collect();
    assert_eq!(looks, [&own["winner"], &all["winner"], &all["winner"]]);

    // Against the one that looks at the yard, which is the one for all.
    let second = train(json!({"camera": "yard", "experiments": 1, "epochs": 1})).await;
    assert_eq!((&second["state"], &second["outcome"]["live"]), (&json!("done"), &json!(false)), "{second}");
    assert!(second["outcome"]["before"].is_object(), "{second}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unknown_camera_is_refused_in_words() {
    let dir = folder();
    let daemon = watching(dir.path());
    let get = |path: &str| daemon.client.get(format!("{}/{path}", daemon.api));
    for path in ["detections", "live.mjpeg", "frames", "log", "timeline"] {
        let why = problem(get(&format!("{path}?camera=roof")), 404).await;
        assert!(why.contains("there is no camera `roof`; this device has `door`, `yard`"), "{path}: {why}");
    }
    let capture = daemon.client.post(format!("{}/frames/capture?camera=roof", daemon.api));
    assert!(problem(capture, 404).await.contains("no camera `roof`"));
    let keep = json!({"taken": "2026-01-01T00:00:00Z", "camera": "roof"});
    let keep = daemon.client.post(format!("{}/detections/keep", daemon.api)).json(&keep);
    assert!(problem(keep, 404).await.contains("no camera `roof`"));

    // Settings of cameras, of which nothing says which one is meant.
    let settings = daemon.get("settings").await;
    assert_eq!((&settings["settings"]["camera"], &settings["changed"]), (&Value::Null, &json!([])));
    let change = daemon.client.patch(format!("{}/settings", daemon.api)).json(&json!({"camera": {"fps": 5}}));
    let why = problem(change, 422).await;
    assert!(why.contains("camera.fps") && why.contains("several cameras (door, yard)"), "{why}");
    let change = json!({"live": {"fps": 4}});
    assert_eq!(daemon.send("PATCH", "settings", change, StatusCode::OK).await["in_force"], json!(["live.fps"]));
}

#[tokio::test(flavor = "multi_thread")]
async fn one_that_dies_leaves_the_other_as_it_was() {
    let dir = folder();
    let daemon = watching(dir.path());
    for id in ["door", "yard"] {
        until(&daemon, &format!("detections?camera={id}"), |seen| seen["objects"].is_array()).await;
    }
    let picture = dir.path().join("bright/a.jpg");
    let bytes = std::fs::read(&picture).unwrap();
    std::fs::remove_file(&picture).unwrap();
    std::fs::remove_dir(dir.path().join("bright")).unwrap();
    let is_lost = |camera: &Value| camera["state"] == "lost" && camera["live_fps"] == 0.0;
    let lost = until(&daemon, "cameras", |list| is_lost(&list["items"][0])).await;
    assert_eq!(lost["items"][1]["state"], "streaming");
    assert!(lost["items"][0]["error"].is_string());
    until(&daemon, "detections?camera=door", Value::is_null).await;
    let log = until(&daemon, "log?kind=camera_lost", |log| items(log).len() == 1).await;
    let event = &log["items"][0];
    assert!(event["camera"] == "door" && event["message"].as_str().unwrap().starts_with("door: "), "{event}");

    // The other is looked at and stored as before.
    let newest =
        |list: &Value| items(list).first().map(|frame| frame["id"].as_str().unwrap().parse::<FrameId>().unwrap());
    let before = newest(&daemon.get("frames?camera=yard&limit=1").await);
    until(&daemon, "frames?camera=yard&limit=1", |list| newest(list) > before).await;
    let look = daemon.get("detections?camera=yard").await;
    until(&daemon, "detections?camera=yard", |seen| seen["id"] != look["id"] && seen["objects"].is_array()).await;
    assert_eq!(daemon.get("status").await["cameras"][1]["state"], "streaming");

    std::fs::create_dir_all(dir.path().join("bright")).unwrap();
    std::fs::write(&picture, bytes).unwrap();
    until(&daemon, "cameras", |list| list["items"][0]["state"] == "streaming").await;
    until(&daemon, "detections?camera=door", |seen| seen["objects"].is_array()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn over_mqtt_each_camera_has_its_topic_and_its_button() {
    let dir = folder();
    let broker = Mosquitto::start("");
    let cameras = [camera("door", &pictures(dir.path(), "bright", (64, 48), 200)), camera("yard", "scene")].concat();
    model::goes_live(&dir.path().join("data"));
    sees_one(&dir.path().join("data"));
    let more = format!("[device]\nid = \"cam-7\"\n[mqtt]\nbroker = \"mqtt://127.0.0.1:{}\"\n", broker.port);
    let mut command = command(dir.path(), &cameras);
    let file = dir.path().join("config.toml");
    std::fs::write(&file, std::fs::read_to_string(&file).unwrap() + &more).unwrap();
    let mut listener = Listener::start(broker.port, &["fieldcoach/cam-7/#"]).await;
    let daemon = Process::of(command.spawn().unwrap());

    let (mut looks, mut events) = (BTreeSet::new(), BTreeSet::new());
    let (mut counts, mut pictures) = (BTreeSet::new(), BTreeSet::new());
    while looks.len() < 2 || events.len() < 2 || counts.len() < 2 || pictures.len() < 2 {
        let publish = listener.next().await;
        let topic = topic_of(&publish).to_owned();
        let said = || serde_json::from_slice::<Value>(&publish.payload).unwrap();
        match topic.strip_prefix("fieldcoach/cam-7/").unwrap() {
            "detections" | "counts" | "snapshot" => panic!("{topic} is for the only camera"),
            "events" if said()["kind"] == "object_appeared" => drop(events.insert(said()["camera"].to_string())),
            own if own.ends_with("/snapshot") => drop(pictures.insert(own.to_owned())),
            // Nobody looks at first.
            own if own.ends_with("/counts") && said()["model"].is_null() => {}
            own if own.ends_with("/counts") => {
                let count = said();
                assert_eq!(own, format!("cameras/{}/counts", count["camera"].as_str().unwrap()));
                counts.insert(own.to_owned());
            }
            own if own.starts_with("cameras/") => {
                let look = said();
                assert_eq!(own, format!("cameras/{}/detections", look["camera"].as_str().unwrap()));
                looks.insert((own.to_owned(), look["width"].as_u64()));
            }
            _ => {}
        }
    }
    let widths = [("cameras/door/detections", Some(64)), ("cameras/yard/detections", Some(160))];
    assert_eq!(looks, BTreeSet::from(widths.map(|(own, width)| (own.to_owned(), width))));
    assert_eq!(events, BTreeSet::from(["\"door\"", "\"yard\""].map(str::to_owned)));

    let announced = mosquitto_sub(broker.port, "homeassistant/device/cam-7/config", &[]).await;
    let button = serde_json::from_str::<Value>(&announced).unwrap()["cmps"]["capture_yard"].clone();
    let (topic, press) = (button["command_topic"].as_str().unwrap(), button["payload_press"].as_str().unwrap());
    listener.client.publish(topic, QoS::AtLeastOnce, false, press.to_owned()).await.unwrap();
    let answer = listener.json("/reply").await;
    let frame = daemon.get(&format!("frames/{}", answer["result"]["frame"].as_str().unwrap())).await;
    assert_eq!((&frame["camera"], &frame["width"]), (&json!("yard"), &json!(160)));

    // A model for one camera, and back: told as what happened there.
    let wbc = daemon.get("models").await["items"][0]["id"].clone();
    let command = |name: &str| format!("fieldcoach/cam-7/command/{name}");
    for (name, payload, kind) in [
        ("deploy", json!({"model": wbc, "camera": "door"}), "model_deployed"),
        ("rollback", json!({"camera": "door"}), "model_rolled_back"),
    ] {
        listener.client.publish(command(name), QoS::AtLeastOnce, false, payload.to_string()).await.unwrap();
        let (mut replied, mut told) = (None, None);
        while replied.is_none() || told.is_none() {
            let publish = listener.next().await;
            let said = || serde_json::from_slice::<Value>(&publish.payload).unwrap();
            match topic_of(&publish) {
                "fieldcoach/cam-7/reply" => replied = Some(said()),
                "fieldcoach/cam-7/events" if said()["kind"] == kind => told = Some(said()),
                _ => {}
            }
        }
        let (replied, told) = (replied.unwrap(), told.unwrap());
        assert_eq!((&replied["ok"], &told["camera"]), (&json!(true), &json!("door")), "{replied} {told}");
        assert_eq!(replied["result"]["model"], told["model"]);
        let about = daemon.get("audit?limit=1").await["items"][0]["about"].clone();
        assert_eq!(about, format!("{}?camera=door", told["model"].as_str().unwrap()));
    }
    let refused = json!({"model": wbc, "camera": "roof"}).to_string();
    listener.client.publish(command("deploy"), QoS::AtLeastOnce, false, refused).await.unwrap();
    let answer = listener.json("/reply").await;
    assert!(answer["error"].as_str().unwrap().contains("no camera `roof`"), "{answer}");
    let roof = json!({"camera": "roof"}).to_string();
    listener.client.publish(topic, QoS::AtLeastOnce, false, roof).await.unwrap();
    let answer = listener.json("/reply").await;
    assert!(answer["error"].as_str().unwrap().contains("no camera `roof`"), "{answer}");
}

#[tokio::test(flavor = "multi_thread")]
async fn one_camera_is_told_as_before() {
    let dir = folder();
    let daemon = Process::start(dir.path());
    let status = until(&daemon, "status", |status| status["camera"]["state"] == "streaming").await;
    assert_eq!((&status["cameras"][0]["id"], status["cameras"].as_array().unwrap().len()), (&json!("main"), 1));
    assert_eq!(status["parts"]["camera"]["state"], "running");
    assert_eq!(status["parts"]["camera-source"]["state"], "running");
    let frame = daemon.send("POST", "frames/capture", json!({}), StatusCode::CREATED).await;
    assert_eq!(frame["camera"], "main");
    let settings = daemon.send("PATCH", "settings", json!({"camera": {"keep_every": 7}}), StatusCode::OK).await;
    assert_eq!(
        (&settings["in_force"], &settings["settings"]["camera"]["keep_every"]),
        (&json!(["camera.keep_every"]), &json!(7.0))
    );
    drop(daemon);

    // What was set then names none of several: it counts for nothing, and that is told.
    let cameras = [camera("main", "scene"), camera("yard", "scene")].concat();
    let daemon = Process::of(command(dir.path(), &cameras).spawn().unwrap());
    let status = daemon.get("status").await;
    let why = status["parts"]["settings"]["error"].as_str().unwrap();
    assert!(why.contains("passed over") && why.contains("camera.keep_every"), "{why}");
    // The frames of the first are still its own.
    let list = body(daemon.client.get(format!("{}/frames?camera=main", daemon.api)), StatusCode::OK).await;
    assert!(items(&list).iter().any(|old| old["id"] == frame["id"]));
}

#[test]
fn what_can_not_be_meant_is_refused_at_the_start() {
    let dir = folder();
    let two = [camera("door", "scene"), camera("yard", "scene")].concat();
    for (cameras, variable, says) in [
        (two.replace("yard", "door"), None, "two cameras are called `door`"),
        (two.clone(), Some("FIELDCOACH_CAMERA__FPS"), "FIELDCOACH_CAMERA__FPS: which [[camera]]"),
        (two.clone(), Some("FIELDCOACH_CAMERA"), "write FIELDCOACH_CAMERA__SOURCE"),
    ] {
        let mut command = command(dir.path(), &cameras);
        command.envs(variable.map(|name| (name, "3")));
        let output = command.output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(!output.status.success() && said.contains(says), "{said}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_camera_films_when_it_is_told_to() {
    let dir = folder();
    let still = pictures(dir.path(), "still", (64, 48), 200);
    let cameras = [camera("yard", "scene"), camera("door", &still), camera("gone", "v4l2:/dev/video98")].concat();
    let daemon = Process::of(command(dir.path(), &cameras).spawn().unwrap());
    until(&daemon, "cameras", |all| items(all)[..2].iter().all(|one| one["state"] == "streaming")).await;
    until(&daemon, "cameras", |all| items(all)[2]["state"] == "lost").await;
    let film = |asked: Value| daemon.client.post(format!("{}/clips/record", daemon.api)).json(&asked);

    // The first camera, unless said otherwise; a second press while it films is told, another camera films beside it.
    let told = body(film(json!({"seconds": 300})), StatusCode::ACCEPTED).await;
    assert_eq!((&told["state"], &told["camera"], &told["of"]), (&json!("running"), &json!("yard"), &json!(300.0)));
    let clip = told["clip"].as_str().unwrap();
    let why = problem(film(json!({"camera": "yard"})), 409).await;
    assert!(why.contains("camera `yard` films already: stop that first"), "{why}");
    let beside = body(film(json!({"camera": "door", "seconds": 1})), StatusCode::ACCEPTED).await;
    assert!(items(&daemon.get("clips/record").await).iter().any(|film| film["clip"] == clip));
    let door = format!("clips/{}/import", beside["clip"].as_str().unwrap());
    let door = until(&daemon, &door, |film| film["state"] != "running").await;
    assert_eq!((&door["state"], &door["frames"]), (&json!("done"), &json!(1)), "it stands still: {door}");

    // Stopped before its time, what had come is the film.
    let import = format!("clips/{clip}/import");
    until(&daemon, &import, |film| film["frames"].as_u64() >= Some(4)).await;
    daemon.send("DELETE", &import, json!(null), StatusCode::OK).await;
    let done = until(&daemon, &import, |film| film["state"] != "running").await;
    assert_eq!((&done["state"], &done["error"]), (&json!("done"), &Value::Null), "{done}");
    assert!(done["seconds"].as_f64() < Some(300.0) && daemon.get("clips/record").await["items"] == json!([]));
    let about = daemon.get(&format!("clips/{clip}")).await;
    assert_eq!(
        (&about["camera"], &about["source"], &about["frames"]),
        (&json!("yard"), &json!("scene"), &done["frames"])
    );
    let frames = daemon.get(&format!("clips/{clip}/frames")).await;
    let times: Vec<f64> = items(&frames).iter().map(|frame| frame["clip"]["at"].as_f64().unwrap()).collect();
    assert!(times[0] < 0.5 && times.is_sorted_by(|a, b| a < b), "{times:?}");
    // It films again.
    let again = body(film(json!({"seconds": 1})), StatusCode::ACCEPTED).await;
    assert_ne!(again["clip"], clip);

    let why = problem(film(json!({"camera": "gone"})), 409).await;
    assert!(why.contains("no frames come from the camera: "), "{why}");
    assert!(problem(film(json!({"camera": "roof"})), 404).await.contains("no camera `roof`"));
    for seconds in [0.5, 301.0] {
        assert!(problem(film(json!({"seconds": seconds})), 422).await.contains("seconds: "));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_film_that_the_disk_does_not_take_is_refused_in_words() {
    let dir = folder();
    let mut command = command(dir.path(), &camera("yard", "scene"));
    let file = dir.path().join("config.toml");
    let text = std::fs::read_to_string(&file).unwrap().replace("reserve = \"1 MB\"", "reserve = \"900 TB\"");
    std::fs::write(&file, text).unwrap();
    let daemon = Process::of(command.spawn().unwrap());
    until(&daemon, "cameras", |all| items(all)[0]["state"] == "full").await;
    let film = daemon.client.post(format!("{}/clips/record", daemon.api)).json(&json!({}));
    let why = problem(film, 507).await;
    assert!(why.contains("free"), "{why}");
    assert_eq!(daemon.get("clips").await["items"], json!([]));
}
