//! The real program while its wall clock is set by years, and in the years in between it is killed: order, pace and what
//! was acknowledged hold. Only the wall clock is set (libfaketime), as the kernel sets only that one.

mod common;
mod mqtt_support;
#[path = "common/process.rs"]
mod process;

use common::{DEADLINE, folder};
use jiff::{SignedDuration, Timestamp};
use mqtt_support::{Listener, Mosquitto};
use process::{Process, command, labelled_by};
use reqwest::StatusCode;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// A wall clock for the daemon and its children.
struct WallClock {
    library: PathBuf,
    /// What it is off by.
    file: PathBuf,
    /// What the camera of the daemon shows.
    pictures: PathBuf,
}

impl WallClock {
    /// `None`, and why, where libfaketime is not installed.
    fn new(dir: &Path) -> Option<Self> {
        let folders = std::fs::read_dir("/usr/lib").unwrap().flatten().map(|entry| entry.path());
        let library = folders.map(|folder| folder.join("faketime/libfaketimeMT.so.1")).find(|path| path.exists());
        if library.is_none() {
            println!("left out: libfaketime is missing; scripts/test-deps installs it");
        }
        let clock = Self { library: library?, file: dir.join("clock"), pictures: dir.join("pictures") };
        clock.set(0);
        Some(clock)
    }

    /// Sets it so many years after now.
    fn set(&self, years: i64) {
        let next = self.file.with_extension("next");
        std::fs::write(&next, format!("{:+}d\n", years * 365)).unwrap();
        std::fs::rename(next, &self.file).unwrap();
    }

    fn start(&self, dir: &Path, more: &str) -> Process {
        let mut command = command(dir, more);
        command
            .env("LD_PRELOAD", &self.library)
            .env("FAKETIME_TIMESTAMP_FILE", &self.file)
            .env("FAKETIME_NO_CACHE", "1")
            .env("FAKETIME_DONT_FAKE_MONOTONIC", "1")
            .env("FIELDCOACH_CAMERA__SOURCE", format!("folder:{}", self.pictures.display()))
            .env("FIELDCOACH_CAMERA__KEEP_EVERY", "0.1")
            .env("FIELDCOACH_CAMERA__KEEP_DIFFERENCE", "0")
            .env("FIELDCOACH_CAMERA__FPS", "10");
        Process::of(command.spawn().unwrap())
    }
}

/// Lists of records, and their times.
const WRITTEN: &[(&str, &[&str])] =
    &[("models", &["created"]), ("undo", &["time"]), ("audit", &["time"]), ("tokens", &["made"])];

/// As the clock shows it so many years from now.
fn is_in(time: &Value, years: i64) -> bool {
    let time: Timestamp = time.as_str().unwrap().parse().unwrap();
    let then = Timestamp::now() + SignedDuration::from_hours(24 * 365 * years);
    time.duration_since(then).abs() < SignedDuration::from_hours(1)
}

/// Waits until a frame is kept that was taken in these years; the newest one then.
async fn frame_in(daemon: &Process, years: i64) -> Value {
    let begun = Instant::now();
    loop {
        let newest = daemon.get("frames?limit=1").await["items"][0].clone();
        if newest.is_object() && is_in(&newest["taken"], years) {
            return newest;
        }
        assert!(begun.elapsed() < DEADLINE, "no frame of {years} years from now; the newest is {newest}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// Until then, by the clock as it is, which is that of this test.
fn still(until: &Value) -> SignedDuration {
    until.as_str().unwrap().parse::<Timestamp>().unwrap().duration_since(Timestamp::now())
}

fn id(record: &Value) -> String {
    record["id"].as_str().unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn order_and_what_was_acknowledged_outlive_a_clock_that_is_set_by_years_and_kills_meanwhile() {
    let dir = folder();
    let Some(mut clock) = WallClock::new(dir.path()) else { return };
    let mut broker = Mosquitto::start("");
    let more =
        format!("budget = \"2 MB\"\n[mqtt]\nbroker = \"mqtt://127.0.0.1:{}\"\n[device]\nid = \"cam-7\"\n", broker.port);
    let mut listener = Listener::start(broker.port, &["fieldcoach/cam-7/events"]).await;
    // Pictures of such a size that the budget is soon used up, and of one size: a small one would stay as long as a large
    // one beside it that is labelled.
    clock.pictures = dir.path().join("noise");
    std::fs::create_dir_all(&clock.pictures).unwrap();
    let noise = image::RgbImage::from_fn(320, 240, |_, _| image::Rgb(rand::random()));
    std::fs::write(clock.pictures.join("noise.jpg"), fieldcoach::picture::encode_jpeg(&noise, 80)).unwrap();

    // It boots without a battery.
    clock.set(-56);
    let mut daemon = clock.start(dir.path(), &more);
    daemon.send("POST", "categories", json!({ "name": "c0" }), StatusCode::CREATED).await;
    // From here on it is connected: what happens before that the first time is nobody's.
    listener.next().await;
    let (mut labelled, mut deleted, mut left) = (vec![], vec![], vec![]);
    for (n, years) in [-56, 0, 10, -10, 0, 10, 0].into_iter().enumerate() {
        clock.set(years);
        let mut frames = vec![];
        while frames.len() < 3 {
            let newest = id(&frame_in(&daemon, years).await);
            // One whose time was mended is of these years as well.
            if frames.last().or(labelled.last()) != Some(&newest) {
                frames.push(newest);
            }
        }
        assert!(frames.is_sorted() && frames.first() > labelled.last(), "{frames:?} after {labelled:?}");
        daemon.send("POST", "categories", json!({ "name": "gone" }), StatusCode::CREATED).await;
        let gone = daemon.send("DELETE", "categories/gone", Value::Null, StatusCode::OK).await;
        deleted.push(gone["undo"].as_str().unwrap().to_owned());
        let path = format!("frames/{}/labels", frames[2]);
        let label = json!({ "revision": 0, "phase": "labelled", "labels": [] });
        daemon.send("PUT", &path, label, StatusCode::OK).await;
        labelled.push(frames.swap_remove(2));
        left.extend(frames);
        let next = json!({ "name": format!("c{}", n + 1) });
        daemon.send("PATCH", &format!("categories/c{n}"), next, StatusCode::OK).await;
        if n % 2 == 1 {
            broker.stop();
            daemon.kill();
            daemon = clock.start(dir.path(), &more);
            broker.resume();
        }
    }

    // What is listed, newest first, is in the order in which it came; a day is a day.
    labelled.reverse();
    deleted.reverse();
    let listed = daemon.get("frames?phase=labelled").await["items"].as_array().unwrap().clone();
    assert_eq!(listed.iter().map(id).collect::<Vec<_>>(), labelled, "every acknowledged label, in order");
    let undos = daemon.get("undo").await["items"].as_array().unwrap().clone();
    assert_eq!(undos.iter().map(id).collect::<Vec<_>>(), deleted, "nothing is over because of a clock");
    assert!(undos.iter().all(|undo| still(&undo["until"]) <= SignedDuration::from_hours(24)), "{undos:?}");
    // Retention drops what came first, in whatever year.
    let begun = Instant::now();
    while daemon.get("status").await["store"]["dropped"].as_u64() < Some(20) {
        assert!(begun.elapsed() < DEADLINE, "nothing is dropped");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    // Newest first: while this asks, more is dropped.
    let mut there = vec![];
    for frame in left.iter().rev() {
        let answer = daemon.client.get(format!("{}/frames/{frame}", daemon.api)).send().await.unwrap();
        there.push(answer.status() == StatusCode::OK);
    }
    there.reverse();
    assert!(!there[0] && there.is_sorted(), "{there:?}");
    let mut renamed = vec![];
    while renamed.len() < 7 {
        let event: Value = serde_json::from_slice(&listener.next().await.payload).unwrap();
        let number = event["message"].as_str().and_then(|m| m.rsplit_once("changed a category: /categories/c"));
        let number = number.map(|(_, number)| number.parse::<usize>().unwrap());
        renamed.extend(number.filter(|number| !renamed.contains(number)));
    }
    assert_eq!(renamed, (0..7).collect::<Vec<_>>(), "events arrive in the order in which they happened");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_training_takes_its_minutes_though_the_clock_is_set_by_years_and_it_is_killed_between() {
    let dir = folder();
    let Some(clock) = WallClock::new(dir.path()) else { return };
    let (mut daemon, _) = labelled_by(dir.path(), async { clock.start(dir.path(), "") }).await;
    let request = json!({ "experiments": 3, "minutes": 0.5 });
    let id = id(&daemon.send("POST", "trainings", request, StatusCode::CREATED).await);
    let begun = Instant::now();
    daemon.until(&id, |t| t["state"] == "training").await;
    clock.set(10);
    daemon.until(&id, |t| t["epoch"].as_u64() >= Some(1)).await;
    clock.set(-10);
    daemon.kill();
    daemon = clock.start(dir.path(), "");
    for years in [-56, 0] {
        let training = daemon.until(&id, |t| t["state"] == "training" && t["seconds_left"].is_number()).await;
        assert!((0.0..=30.0).contains(&training["seconds_left"].as_f64().unwrap()), "{training}");
        clock.set(years);
    }
    daemon.until(&id, |t| t["state"] == "done").await;
    // Its share of the minutes, and some for what comes after the last epoch.
    assert!(begun.elapsed() > Duration::from_secs(15), "it ended at once");
    let later = self::id(
        &daemon.send("POST", "trainings", json!({ "experiments": 3, "epochs": 1 }), StatusCode::CREATED).await,
    );
    let listed = daemon.get("trainings").await["items"].as_array().unwrap().clone();
    assert_eq!(listed.iter().map(self::id).collect::<Vec<_>>(), [later, id]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_told_before_the_clock_was_set_has_its_time_afterwards_over_a_restart_too() {
    let dir = folder();
    let Some(clock) = WallClock::new(dir.path()) else { return };
    let begun = Timestamp::now();
    clock.set(-56);
    let (mut daemon, _) = labelled_by(dir.path(), async { clock.start(dir.path(), "") }).await;
    let state = daemon.get("status").await["clock"].clone();
    assert!(state["state"] == "unsure" && state["why"].as_str().unwrap().contains("1970"), "{state}");
    let frame = frame_in(&daemon, -56).await;
    assert_eq!(frame["clock"], "unsure");
    // A picture that somebody brings along with its time is none of the clock's business.
    let uploaded = daemon.client.post(format!("{}/frames?taken=2020-02-02T02:02:02Z", daemon.api));
    let uploaded = common::body(uploaded.body(common::jpeg(64, 48, 7)), StatusCode::CREATED).await;
    assert!(uploaded["clock"].is_null(), "{uploaded}");
    let request = json!({ "experiments": 2, "epochs": 1 });
    let training = id(&daemon.send("POST", "trainings", request, StatusCode::CREATED).await);
    let done = daemon.until(&training, |t| t["state"] == "done").await;
    assert!(is_in(&done["created"], -56) && done["clock"] == "unsure", "{done}");
    // Whatever else is written down with a time.
    daemon.send("POST", "categories", json!({ "name": "gone" }), StatusCode::CREATED).await;
    daemon.send("DELETE", "categories/gone", Value::Null, StatusCode::OK).await;
    let token = json!({ "name": "Ana", "role": "viewer" });
    daemon.send("POST", "tokens", token, StatusCode::CREATED).await;
    let path = format!("frames/{}/labels", id(&uploaded));
    let request = json!({ "revision": 0, "phase": "labelled", "labels": [] });
    let labels = daemon.send("PUT", &path, request, StatusCode::OK).await;
    assert!(is_in(&labels["updated"], -56) && labels["clock"] == "unsure", "{labels}");
    let written = async |daemon: &Process| {
        let mut all = vec![];
        for (list, times) in WRITTEN {
            let items = daemon.get(list).await["items"].as_array().unwrap().clone();
            assert!(!items.is_empty(), "{list}");
            all.extend(items.into_iter().map(|item| (*times, item)));
        }
        all.push((&["updated"][..], daemon.get(&path).await));
        all
    };
    for (times, record) in written(&daemon).await {
        assert!(times.iter().all(|time| is_in(&record[time], -56)) && record["clock"] == "unsure", "{record}");
    }
    let told = |log: &Value, kind: &str| log["items"].as_array().unwrap().iter().find(|e| e["kind"] == kind).cloned();
    let log = daemon.get("log").await;
    let unsure = told(&log, "clock_unsure").unwrap();
    assert!(is_in(&unsure["time"], -56) && unsure["clock"] == "unsure", "{unsure}");
    daemon.kill();
    // The same boot of the machine: what is mended is known by its clock, not by the program's memory.
    daemon = clock.start(dir.path(), "");
    frame_in(&daemon, -56).await;
    clock.set(0);
    let started = Instant::now();
    while daemon.get("status").await["clock"]["state"] != "sure" {
        assert!(started.elapsed() < DEADLINE, "the clock is right, and not believed");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    while told(&daemon.get("log").await, "clock_sure").is_none() {
        assert!(started.elapsed() < DEADLINE, "nobody is told that the clock is right");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let mended = async |daemon: &Process| {
        let ended = Timestamp::now();
        let within = |time: &Value| {
            let time: Timestamp = time.as_str().unwrap().parse().unwrap();
            let slack = SignedDuration::from_secs(3);
            time > begun - slack && time < ended + slack
        };
        let now = daemon.get(&format!("frames/{}", id(&frame))).await;
        assert!(within(&now["taken"]) && now["clock"].is_null(), "{now}");
        let done = daemon.get(&format!("trainings/{training}")).await;
        assert!(within(&done["created"]) && within(&done["finished"]) && done["clock"].is_null(), "{done}");
        assert!(done["created"].as_str() < done["finished"].as_str());
        for (times, record) in written(daemon).await {
            assert!(times.iter().all(|time| within(&record[time])) && record["clock"].is_null(), "{record}");
        }
        let log = daemon.get("log").await;
        let unsure = told(&log, "clock_unsure").unwrap();
        assert!(within(&unsure["time"]) && unsure["clock"].is_null(), "{unsure}");
        // By their times as they are now, they are found, and lie in the order in which they came.
        let found = daemon.get(&format!("frames?limit=500&since={begun}")).await["items"].as_array().unwrap().clone();
        assert!(found.iter().any(|f| f["id"] == frame["id"]) && !found.iter().any(|f| f["id"] == uploaded["id"]));
        let from_camera = found.iter().filter(|f| f["source"] == "folder");
        let times: Vec<Timestamp> = from_camera.map(|f| f["taken"].as_str().unwrap().parse().unwrap()).collect();
        assert!(times.len() > 1 && times.is_sorted_by(|a, b| a >= b), "{times:?}");
    };
    mended(&daemon).await;
    daemon.kill();
    mended(&clock.start(dir.path(), "")).await;
}
