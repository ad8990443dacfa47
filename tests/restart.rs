//! The real program: killed in the middle of a training, started without what it needs, told to stop in the middle of what
//! it does.

mod common;
#[path = "common/process.rs"]
mod process;

use common::{DEADLINE, body, folder, jpeg};
use fieldcoach::camera::Scene;
use futures::StreamExt;
use process::{Process, asked, labelled, labelled_with, spawned, terminate};
use rand::RngExt;
use reqwest::StatusCode;
use serde_json::{Value, json};
use std::io::{Cursor, Write};
use std::path::Path;
use std::time::{Duration, Instant};

/// Metrics and points of every epoch.
fn numbers(book: &Value) -> Vec<(Value, Value)> {
    let epochs = book["epochs"].as_array().unwrap();
    epochs.iter().map(|e| (e["metrics"].clone(), e["points"].clone())).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_training_that_is_killed_three_times_ends_as_one_left_alone() {
    let dir = folder();
    let (mut daemon, _) = labelled(dir.path()).await;
    let alone = daemon.train().await;
    daemon.until(&alone, |t| t["state"] == "done").await;

    let killed = daemon.train().await;
    let mut rng = rand::rng();
    for kill in 0..3u64 {
        let least = kill * 2;
        let moment = Duration::from_millis(rng.random_range(0..600));
        daemon.until(&killed, |t| t["state"] == "training" && t["epoch"].as_u64() >= Some(least)).await;
        tokio::time::sleep(moment).await;
        daemon.kill();
        daemon = Process::start(dir.path());
    }
    let done = daemon.until(&killed, |t| t["state"] == "done").await;
    assert_eq!(done["epoch"], 6);
    let book = async |id: &str| numbers(&daemon.get(&format!("trainings/{id}/flipbook")).await);
    assert_eq!(book(&killed).await, book(&alone).await);
    let model = async |id: &str| {
        let winner = daemon.get(&format!("trainings/{id}")).await["winner"].as_str().unwrap().to_owned();
        daemon.get(&format!("models/{winner}")).await["metrics"].clone()
    };
    assert_eq!(model(&killed).await, model(&alone).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_training_whose_frames_were_torn_begins_again_and_says_so() {
    let dir = folder();
    let (daemon, frames) = labelled(dir.path()).await;
    let id = daemon.train().await;
    daemon.until(&id, |t| t["epoch"].as_u64() >= Some(2)).await;
    // Labelled anew meanwhile: what it was given can't be gathered again as it was.
    let path = format!("frames/{}/labels", frames[0]);
    daemon.send("PUT", &path, json!({ "revision": 1, "phase": "labelled", "labels": [] }), StatusCode::OK).await;
    daemon.kill();
    let given = dir.path().join("data/trainings").join(&id).join("given.json");
    let whole = std::fs::read(&given).unwrap();
    std::fs::write(&given, &whole[..whole.len() / 2]).unwrap();
    let daemon = Process::start(dir.path());
    let done = daemon.until(&id, |t| t["state"] == "done").await;
    let note = done["note"].as_str().expect("it says that it began again");
    assert!(note.contains("began again") && note.contains("other frames, labels"), "{note}");
    let book = daemon.get(&format!("trainings/{id}/flipbook")).await;
    let epochs: Vec<_> = book["epochs"].as_array().unwrap().iter().map(|e| e["epoch"].clone()).collect();
    assert_eq!(epochs, [1, 2, 3, 4, 5, 6]);
    let page = daemon.get(&format!("trainings/{id}/flipbook/1/{}", frames[0])).await;
    assert_eq!(page["truth"], json!([]), "from the first epoch on it is a training of today's labels");
    assert!(!dir.path().join(".cache").exists(), "ONNX Runtime's telemetry is on");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_training_at_which_the_device_stops_each_time_is_given_up_and_the_next_one_runs() {
    let dir = folder();
    let (mut daemon, _) = labelled(dir.path()).await;
    let id = daemon.train().await;
    for start in 1..=2 {
        daemon.until(&id, |t| t["starts"] == start && t["state"] == "preparing").await;
        daemon.kill();
        daemon = Process::start(dir.path());
    }
    let given_up = daemon.get(&format!("trainings/{id}")).await;
    let error = given_up["error"].as_str().expect("it says why");
    assert_eq!(given_up["state"], "failed");
    assert!(error.contains("started 2 times") && error.contains("its first epoch"), "{error}");
    let left =
        ["checkpoint.safetensors", "winner.onnx"].map(|name| dir.path().join("data/trainings").join(&id).join(name));
    assert!(left.iter().all(|path| !path.exists()));
    let next = daemon.train().await;
    let done = daemon.until(&next, |t| t["state"] == "done").await;
    assert_eq!(done["starts"], 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn eight_trainings_wait_and_no_more_and_a_cancelled_one_leaves_nothing_but_its_record() {
    let dir = folder();
    let (daemon, _) = labelled(dir.path()).await;
    let long = json!({ "experiments": 3, "epochs": 200 });
    let running = daemon.send("POST", "trainings", long, StatusCode::CREATED).await["id"].as_str().unwrap().to_owned();
    daemon.until(&running, |t| t["epoch"].as_u64() >= Some(1)).await;
    let mut waiting = vec![];
    for _ in 0..8 {
        waiting.push(daemon.train().await);
    }
    let request = json!({ "experiments": 3, "epochs": 6 });
    let refused = daemon.send("POST", "trainings", request, StatusCode::CONFLICT).await;
    assert!(refused["detail"].as_str().unwrap().starts_with("8 trainings wait already"), "{refused}");
    daemon.send("DELETE", &format!("trainings/{}", waiting[0]), json!({}), StatusCode::OK).await;
    daemon.train().await;
    let folder = dir.path().join("data/trainings").join(&running);
    assert!(folder.join("checkpoint.safetensors").exists());
    daemon.send("DELETE", &format!("trainings/{running}"), json!({}), StatusCode::OK).await;
    assert!(!folder.join("checkpoint.safetensors").exists());
    assert!(folder.join("training.json").exists());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backup_taken_while_it_is_labelled_is_restored_whole_and_no_other_is() {
    let (dir, other) = (folder(), folder());
    let (daemon, frames) = labelled(dir.path()).await;
    let file = other.path().join("backup.tar");
    let before = daemon.get(&format!("frames/{}/labels", frames[11])).await;
    let labels = json!({ "revision": 1, "phase": "reviewed", "labels": [] });
    let (taken, _) = tokio::join!(
        tokio::task::spawn_blocking({
            let (dir, file) = (dir.path().to_owned(), file.clone());
            move || asked(&dir, &["backup", file.to_str().unwrap()])
        }),
        async {
            for frame in &frames[..11] {
                daemon.send("PUT", &format!("frames/{frame}/labels"), labels.clone(), StatusCode::OK).await;
            }
        }
    );
    let (content, said) = taken.unwrap();
    assert!(content, "{said}");
    daemon.kill();

    // The other device, without a store yet.
    let config = std::fs::read_to_string(dir.path().join("config.toml")).unwrap();
    let (from, to) = (dir.path().to_str().unwrap(), other.path().to_str().unwrap());
    std::fs::write(other.path().join("config.toml"), config.replace(from, to)).unwrap();
    let whole = std::fs::read(&file).unwrap();
    let cut = other.path().join("cut.tar");
    for part in [0, 100, whole.len() / 2, whole.len() - 4000] {
        std::fs::write(&cut, &whole[..part]).unwrap();
        let (content, said) = asked(other.path(), &["restore", cut.to_str().unwrap()]);
        assert!(!content && said.contains("no whole backup"), "cut at {part}: {said}");
        assert!(!other.path().join("data/schema").exists());
    }
    let (content, said) = asked(other.path(), &["restore", file.to_str().unwrap()]);
    assert!(content && said.contains("12 labelled"), "{said}");
    let (content, said) = asked(other.path(), &["restore", file.to_str().unwrap()]);
    assert!(!content && said.contains("there is a store"), "{said}");
    let daemon = Process::start(other.path());
    assert_eq!(daemon.get(&format!("frames/{}/labels", frames[11])).await, before);
    for frame in &frames {
        let labels = daemon.get(&format!("frames/{frame}/labels")).await;
        assert!(labels["revision"].as_u64() >= Some(1), "{labels}");
        let picture = daemon.client.get(format!("{}/frames/{frame}.jpg", daemon.api)).send().await.unwrap();
        assert_eq!(picture.status(), StatusCode::OK);
    }
    assert!(daemon.terminate().success());
    let (content, said) = asked(other.path(), &["check"]);
    assert!(content, "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn without_onnx_runtime_it_takes_labels_and_with_it_trains_and_needs_no_restart() {
    let dir = folder();
    let library = dir.path().join("libonnxruntime.so");
    let more = format!("[onnxruntime]\nlibrary = {library:?}\n");
    let (daemon, _) = labelled_with(dir.path(), &more).await;
    let status = daemon.get("status").await;
    let part = &status["parts"]["onnxruntime"];
    assert_eq!((&part["state"], &status["runtime"]["device"]), (&json!("failed"), &json!("")));
    let why = part["error"].as_str().unwrap().to_owned();
    assert!(why.contains("there is no file") && why.contains("onnxruntime.library"), "{why}");
    let request = daemon.client.post(format!("{}/trainings", daemon.api)).json(&json!({}));
    let refused = body(request, StatusCode::SERVICE_UNAVAILABLE).await;
    assert_eq!(refused["detail"], why, "refused with the same words");

    let there = std::path::PathBuf::from(std::env::var_os("ORT_DYLIB_PATH").unwrap());
    std::os::unix::fs::symlink(there.canonicalize().unwrap(), &library).unwrap();
    let id = daemon.train().await;
    daemon.until(&id, |t| t["state"] == "done").await;
    let status = daemon.get("status").await;
    assert_eq!((&status["parts"]["onnxruntime"], &status["runtime"]["device"]), (&json!(null), &json!("cpu")));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_lies_in_the_place_of_the_data_folder_is_neither_written_to_nor_copied() {
    let (dir, other) = (folder(), folder());
    let (daemon, frames) = labelled(dir.path()).await;
    let file = other.path().join("backup.tar");
    let back_up = || asked(dir.path(), &["backup", file.to_str().unwrap()]);
    let (content, said) = back_up();
    assert!(content, "{said}");
    let good = std::fs::read(&file).unwrap();
    let (data, away) = (dir.path().join("data"), dir.path().join("away"));
    std::fs::rename(&data, &away).unwrap();
    std::fs::create_dir(&data).unwrap();
    let unavailable = StatusCode::SERVICE_UNAVAILABLE;
    let labels = json!({ "revision": 1, "phase": "reviewed", "labels": [] });
    for (method, path, sent) in [
        ("PUT", &*format!("frames/{}/labels", frames[0]), labels.clone()),
        ("PATCH", "settings", json!({ "live": { "fps": 3 } })),
        ("POST", "tokens", json!({ "name": "a", "role": "viewer" })),
        ("PUT", "watch", json!({ "categories": {}, "zones": [] })),
        ("POST", "categories", json!({ "name": "more" })),
        ("DELETE", &format!("frames/{}", frames[1]), json!({})),
        ("GET", "trainings", json!({})),
        ("GET", "backup.tar", json!({})),
    ] {
        daemon.send(method, path, sent, unavailable).await;
    }
    for path in ["frames", "clips", "dataset"] {
        let sent = daemon.client.post(format!("{}/{path}", daemon.api)).body(jpeg(64, 48, 9));
        let why = body(sent, unavailable).await["detail"].as_str().unwrap().to_owned();
        assert!(why.contains("is not there any more"), "{path}: {why}");
    }
    assert_eq!(daemon.get("settings").await["changed"], json!([]));
    assert_eq!(daemon.get("tokens").await["items"], json!([]));
    assert_eq!(std::fs::read_dir(&data).unwrap().count(), 0, "something was written there");
    let (content, said) = back_up();
    assert!(!content && said.contains("there is no store"), "{said}");
    // The daemon is asked where its door is there.
    std::fs::rename(away.join("control.sock"), data.join("control.sock")).unwrap();
    let (content, said) = back_up();
    assert!(!content && said.contains("503"), "{said}");
    assert_eq!(std::fs::read(&file).unwrap(), good);
    assert!(!other.path().join("backup.tar.fieldcoach-unfinished").exists());
    std::fs::rename(data.join("control.sock"), away.join("control.sock")).unwrap();
    std::fs::remove_dir(&data).unwrap();
    std::fs::rename(&away, &data).unwrap();
    let path = format!("frames/{}/labels", frames[0]);
    let begun = Instant::now();
    while daemon.get("status").await["store"]["fault"] != Value::Null {
        assert!(begun.elapsed() < DEADLINE, "it is not well again");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    daemon.send("PUT", &path, labels, StatusCode::OK).await;
    let (content, said) = back_up();
    assert!(content, "{said}");
}

/// Whoever is told to stop is gone by then, with status 0: the daemon ends itself after 9 seconds, whatever hangs.
const GONE_WITHIN: Duration = Duration::from_secs(10);

fn stopped(daemon: Process) {
    let told = Instant::now();
    let status = daemon.terminate();
    assert!(status.success(), "{status}");
    assert!(told.elapsed() < GONE_WITHIN, "{:?}", told.elapsed());
}

/// A data set of so many pictures with an RBC each.
fn data_set(pictures: usize) -> Vec<u8> {
    let name = |i: usize| format!("{i}.jpg");
    let images: Vec<_> =
        (0..pictures).map(|i| json!({"id": i, "file_name": name(i), "width": 320, "height": 240})).collect();
    let annotations: Vec<_> = (0..pictures)
        .map(
            |i| json!({"id": i, "image_id": i, "category_id": 1, "bbox": [20, 20, 40, 40], "area": 1600, "iscrowd": 0}),
        )
        .collect();
    let set = json!({"images": images, "annotations": annotations, "categories": [{"id": 1, "name": "RBC"}]});
    let mut zip = zip::ZipWriter::new(Cursor::new(vec![]));
    let mut put = |name: &str, bytes: &[u8]| {
        zip.start_file(name, zip::write::SimpleFileOptions::default()).unwrap();
        zip.write_all(bytes).unwrap();
    };
    put("set.json", set.to_string().as_bytes());
    let picture = jpeg(320, 240, 90);
    (0..pictures).for_each(|i| put(&name(i), &picture));
    zip.finish().unwrap().into_inner()
}

/// Waits for what must come.
async fn until(what: &str, mut done: impl AsyncFnMut() -> bool) {
    let begun = Instant::now();
    while !done().await {
        assert!(begun.elapsed() < DEADLINE, "waited in vain until {what}");
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
}

async fn labelled_frames(daemon: &Process) -> u64 {
    daemon.get("frames/counts").await["phases"]["labelled"].as_u64().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_told_to_stop_stops_and_what_was_acknowledged_is_there() {
    const PICTURES: usize = 300;
    let dir = folder();
    // As soon as it has opened anything.
    let data = dir.path().join("data");
    let mut opening = spawned(dir.path(), "");
    until("the data folder is there", async || data.exists()).await;
    let status = terminate(&mut opening);
    assert!(status.success(), "{status}");

    // As soon as it answers.
    stopped(Process::start(dir.path()));

    // At rest, after a label.
    let daemon = Process::start(dir.path());
    daemon.send("POST", "categories", json!({"name": "RBC"}), StatusCode::CREATED).await;
    let frame = daemon.client.post(format!("{}/frames", daemon.api)).body(jpeg(64, 48, 90));
    let frame = body(frame, StatusCode::CREATED).await["id"].as_str().unwrap().to_owned();
    let path = format!("frames/{frame}/labels");
    let write = json!({"revision": 0, "phase": "labelled", "labels": [{"category": "RBC", "bbox": [8, 8, 16, 16]}]});
    let written = daemon.send("PUT", &path, write, StatusCode::OK).await;
    stopped(daemon);

    // In an import.
    let daemon = Process::start(dir.path());
    assert_eq!(daemon.get(&path).await, written);
    let set = bytes::Bytes::from(data_set(PICTURES));
    let import = daemon.client.post(format!("{}/dataset", daemon.api)).body(set.clone()).send();
    let import = tokio::spawn(import);
    until("the import writes", async || labelled_frames(&daemon).await > 1).await;
    stopped(daemon);
    // Cut short, told to come again, or done by then; never an answer that says what is not so.
    let whole = import.await.unwrap().is_ok_and(|answer| answer.status() == StatusCode::OK);

    let daemon = Process::start(dir.path());
    let there = labelled_frames(&daemon).await - 1;
    assert!(there > 0 && (!whole || there == PICTURES as u64), "{there} of {PICTURES}, answered as whole: {whole}");
    let again = daemon.client.post(format!("{}/dataset", daemon.api)).body(set);
    let report = body(again, StatusCode::OK).await;
    assert_eq!(report["frames"].as_u64().unwrap() + there, PICTURES as u64, "the rest, and nothing twice");

    // In an export.
    let export = tokio::spawn(daemon.client.get(format!("{}/dataset.zip", daemon.api)).send());
    until("the export writes", async || export.is_finished() || daemon.holds_hidden_files()).await;
    stopped(daemon);
    if let Ok(answer) = export.await.unwrap()
        && answer.status() == StatusCode::OK
        && let Ok(zip) = answer.bytes().await
    {
        let zip = zip::ZipArchive::new(Cursor::new(zip)).unwrap();
        assert!(zip.len() > PICTURES, "what looks whole is");
    }
    let daemon = Process::start(dir.path());
    assert_eq!(daemon.get(&path).await, written);
    assert_eq!(labelled_frames(&daemon).await, PICTURES as u64 + 1);
    nothing_left_over(&data);
}

/// A daemon with a training, and a clip of thirty frames, the first of which is labelled.
struct Worked {
    daemon: Process,
    training: String,
    frames: Vec<String>,
    clip: String,
}

async fn worked(dir: &Path) -> Worked {
    let (daemon, frames) = labelled(dir).await;
    let short = json!({ "experiments": 1, "epochs": 2 });
    let training = daemon.send("POST", "trainings", short, StatusCode::CREATED).await;
    let training = training["id"].as_str().unwrap().to_owned();
    daemon.until(&training, |t| t["state"] == "done").await;
    let mut clip = "new".to_owned();
    let scene = Scene::new(Scene::SEED, 640, 480);
    for at in 0..30 {
        let (image, labels) = scene.render(60.0 + f64::from(at) / 10.0);
        let url = format!("{}/frames?clip={clip}&at={}&name=belt.mp4", daemon.api, f64::from(at) / 10.0);
        let upload = daemon.client.post(url).body(fieldcoach::picture::encode_jpeg(&image, 90).to_vec());
        let frame = body(upload, StatusCode::CREATED).await;
        clip = frame["clip"]["id"].as_str().unwrap().to_owned();
        if at == 0 {
            let path = format!("frames/{}/labels", frame["id"].as_str().unwrap());
            let mut objects = json!(labels);
            for (number, object) in objects.as_array_mut().unwrap().iter_mut().enumerate() {
                object["track"] = json!(format!("object-{number}"));
            }
            let write = json!({"revision": 0, "phase": "labelled", "labels": objects});
            daemon.send("PUT", &path, write, StatusCode::OK).await;
        }
    }
    Worked { daemon, training, frames, clip }
}

/// Answers to what was asked at once; none of those that came says what is not so.
async fn asked_at_once(requests: Vec<reqwest::RequestBuilder>, daemon: Process, what: &str) {
    let mut answers: futures::stream::FuturesUnordered<_> =
        requests.into_iter().map(|request| tokio::spawn(request.send())).collect();
    // Done, or waited for its turn for too long.
    let may_be = |status| [StatusCode::OK, StatusCode::SERVICE_UNAVAILABLE].contains(&status);
    // While the others are at it.
    let first = answers.next().await.unwrap().unwrap().unwrap().status();
    assert!(may_be(first), "{what}: {first}");
    stopped(daemon);
    while let Some(answer) = answers.next().await {
        // Cut off otherwise.
        if let Ok(status) = answer.unwrap().map(|answer| answer.status()) {
            assert!(may_be(status), "{what}: {status}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_told_to_stop_while_it_draws_carries_decodes_rebuilds_or_hangs_stops() {
    let dir = folder();
    let Worked { daemon, training, frames, clip } = worked(dir.path()).await;
    let labels = format!("frames/{}/labels", frames[0]);
    let before = daemon.get(&labels).await;

    let gif = |frame: &String| {
        let url = format!("{}/trainings/{training}/flipbook.gif?frame={frame}", daemon.api);
        daemon.client.get(url)
    };
    let drawn = frames.iter().map(gif).collect();
    asked_at_once(drawn, daemon, "animations").await;

    let daemon = Process::start(dir.path());
    let carry = || daemon.client.post(format!("{}/clips/{clip}/carry", daemon.api)).json(&json!({}));
    let carried = (0..4).map(|_| carry()).collect();
    asked_at_once(carried, daemon, "labels are carried").await;

    // Its index is made anew.
    let index = dir.path().join("data/index");
    std::fs::remove_dir_all(&index).unwrap();
    let mut opening = spawned(dir.path(), "");
    until("the index is made anew", async || index.exists()).await;
    let status = terminate(&mut opening);
    assert!(status.success(), "{status}");

    // A part hangs.
    let faults = dir.path().join("faults.toml");
    std::fs::write(&faults, "").unwrap();
    let mut command = process::command(dir.path(), "");
    let daemon = Process::of(command.env("FIELDCOACH_FAULTS", &faults).spawn().unwrap());
    assert_eq!(daemon.get(&labels).await, before);
    std::fs::write(&faults, "freeze = [\"camera\", \"trainer\", \"store-sync\"]\npatience = 0.1\n").unwrap();
    until("it hangs", async || daemon.get("status").await["parts"]["camera"]["state"] == "stuck").await;
    stopped(daemon);
    let daemon = Process::start(dir.path());
    assert_eq!(daemon.get(&labels).await, before);
    assert!(daemon.terminate().success());
    let (content, said) = asked(dir.path(), &["check"]);
    assert!(content, "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_told_to_stop_while_a_film_comes_in_stops_and_nothing_of_it_is_left_running() {
    if std::process::Command::new("ffmpeg").arg("-version").output().is_err() {
        return eprintln!("skipped: ffmpeg is not installed (scripts/test-deps)");
    }
    let dir = folder();
    let path = dir.path().join("long.mp4");
    let made = std::process::Command::new("ffmpeg")
        .args(["-v", "error", "-f", "lavfi", "-i", "testsrc2=s=320x240:r=25:d=60", "-pix_fmt", "yuv420p"])
        .arg(&path)
        .status();
    assert!(made.unwrap().success());
    let daemon = Process::start(dir.path());
    let film = daemon.client.post(format!("{}/clips?name=long.mp4&every=0.1", daemon.api));
    let told = body(film.body(std::fs::read(&path).unwrap()), StatusCode::ACCEPTED).await;
    let clip = told["clip"].as_str().unwrap().to_owned();
    let frames = async || daemon.get(&format!("clips/{clip}/import")).await["frames"].as_u64();
    until("its first frames are there", async || frames().await > Some(1)).await;
    let children = daemon.children();
    stopped(daemon);
    assert!(children.iter().all(|child| !process::lives(*child)), "a program of it goes on");
    let daemon = Process::start(dir.path());
    let about = daemon.get(&format!("clips/{clip}")).await;
    assert!(about["frames"].as_u64() > Some(1), "{about}");
    assert!(daemon.terminate().success());
    let (content, said) = asked(dir.path(), &["check"]);
    assert!(content, "{said}");
}

/// Temporary files have no name, and so do not outlive who made them.
fn nothing_left_over(data: &Path) {
    let names = std::fs::read_dir(data).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let left: Vec<String> = names.filter(|name| name.contains("tmp") || name.ends_with(".zip")).collect();
    assert!(left.is_empty(), "{left:?}");
}
