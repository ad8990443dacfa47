//! Power cuts on a real file system: every write and flush of the daemon's disk is recorded while it captures, is labelled
//! and trains; then the power is cut at any flush, with any part of what came after it lost or torn, and the store opened.
//!
//! `FIELDCOACH_HARM_CASES=2000 cargo test --test power_cuts` cuts it that often.

mod common;
#[path = "common/cut_disk.rs"]
mod cut_disk;
#[path = "common/loop_disk.rs"]
mod loop_disk;
#[path = "common/process.rs"]
mod process;

use common::{folder, small_base};
use cut_disk::RecordedDisk;
use fieldcoach::camera::Scene;
use fieldcoach::domain::{FrameId, TrainingId, TrainingState};
use fieldcoach::store::{Options, Store};
use process::Process;
use rand::seq::SliceRandom;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use reqwest::StatusCode;
use serde_json::{Value, json};
use std::path::Path;
use std::time::{Duration, Instant};

/// What was answered with 2xx, and how far the record had come by then.
#[derive(Default)]
struct Promises {
    labels: Vec<(u64, FrameId, u64, usize)>,
    trained: Vec<(u64, TrainingId)>,
    deleted: Vec<(u64, FrameId)>,
    /// Frames that nobody labels, and when they were answered.
    frames: Vec<(Instant, FrameId)>,
    /// How far the record had come at some moments.
    moments: Vec<(u64, Instant)>,
    /// The longest that a label took: on a disk that is that slow nothing is quicker.
    slowest: Duration,
}

/// A frame that nobody labelled may be lost as long as it is no older.
const LAST_SECOND: Duration = Duration::from_secs(1);

/// A daemon that captures, is labelled, trains, until the training is over.
async fn work(disk: &RecordedDisk) -> Promises {
    let mut promises = Promises::default();
    let dir = disk.folder();
    std::fs::create_dir_all(dir.join("data/bases")).unwrap();
    std::fs::write(dir.join("data/bases/small.onnx"), small_base().encode()).unwrap();
    let daemon = Process::start(dir);
    for category in Scene::categories() {
        daemon.send("POST", "categories", json!({ "name": category.name }), StatusCode::CREATED).await;
    }
    let scene = Scene::new(Scene::SEED, 320, 240);
    let mut frames: Vec<(FrameId, u64, Value)> = Vec::new();
    for at in 0..12 {
        let (image, labels) = scene.render(60.0 * f64::from(at));
        let jpeg = fieldcoach::picture::encode_jpeg(&image, 90).to_vec();
        let upload = daemon.client.post(format!("{}/frames", daemon.api)).body(jpeg);
        let frame = common::body(upload, StatusCode::CREATED).await;
        frames.push((frame["id"].as_str().unwrap().parse().unwrap(), 0, json!(labels)));
    }
    let mut training = None;
    let mut rng = ChaCha8Rng::seed_from_u64(7);
    for round in 0.. {
        for (id, revision, labels) in &mut frames {
            // Every write other labels than the one before.
            let all = labels.as_array().unwrap();
            let some = if round == 0 { all.len() } else { rng.random_range(1..=all.len()) };
            let write = json!({ "revision": *revision, "phase": "labelled", "labels": all[..some] });
            let asked = Instant::now();
            daemon.send("PUT", &format!("frames/{id}/labels"), write, StatusCode::OK).await;
            *revision += 1;
            promises.labels.push((disk.position(), *id, *revision, some));
            promises.moments.push((disk.position(), Instant::now()));
            promises.slowest = promises.slowest.max(asked.elapsed());
        }
        let id: String = match &training {
            None => {
                let id = daemon.train().await;
                training = Some(id.clone());
                id
            }
            Some(id) => id.clone(),
        };
        // One that nobody labels comes, and stays.
        let upload = daemon.client.post(format!("{}/frames", daemon.api)).body(common::jpeg(65, 48, round as u8));
        let frame = common::body(upload, StatusCode::CREATED).await["id"].as_str().unwrap().to_owned();
        promises.frames.push((Instant::now(), frame.parse().unwrap()));
        // A frame that nobody needs comes, and goes.
        let upload = daemon.client.post(format!("{}/frames", daemon.api)).body(common::jpeg(64, 48, round as u8));
        let frame = common::body(upload, StatusCode::CREATED).await["id"].as_str().unwrap().to_owned();
        daemon.send("DELETE", &format!("frames/{frame}"), json!({}), StatusCode::OK).await;
        promises.deleted.push((disk.position(), frame.parse().unwrap()));
        if daemon.get(&format!("trainings/{id}")).await["state"] == "done" {
            promises.trained.push((disk.position(), id.parse().unwrap()));
            break;
        }
    }
    assert!(daemon.terminate().success());
    promises
}

impl Promises {
    /// Frames that were older than a second when the record had come that far.
    fn old_frames(&self, end: u64) -> impl Iterator<Item = FrameId> {
        let age = LAST_SECOND + self.slowest;
        self.frames.iter().filter_map(move |(answered, frame)| {
            let (old, _) = self.moments.iter().find(|(_, moment)| *moment >= *answered + age)?;
            (*old <= end).then_some(*frame)
        })
    }

    /// Whether all that was promised before `end` is kept.
    fn kept(&self, dir: &Path, end: u64) {
        let data = dir.join("data");
        if !data.exists() {
            assert!(self.labels.iter().all(|(at, ..)| *at > end), "the folder is gone");
            return;
        }
        let store = Store::open(Options { dir: data, budget: 1 << 30, reserve: 0 }).expect("the store opens");
        let before = |at: u64| at <= end;
        let mut newest = std::collections::BTreeMap::new();
        for (_, frame, revision, some) in self.labels.iter().filter(|(at, ..)| before(*at)) {
            newest.insert(*frame, (*revision, *some));
        }
        for (frame, (revision, some)) in newest {
            let labels = store.labels(frame).expect("a labelled frame is there");
            assert!(labels.revision >= revision, "frame {frame}: revision {} instead of {revision}", labels.revision);
            assert!(labels.revision > revision || labels.labels.len() == some, "frame {frame}: other labels");
            let jpeg = store.jpeg(frame).expect("its picture is whole");
            fieldcoach::picture::decode(&jpeg, fieldcoach::picture::Bounds::default()).expect("its picture decodes");
        }
        for frame in self.old_frames(end) {
            store.jpeg(frame).expect("a frame that was a second old is there");
        }
        for (_, frame) in self.deleted.iter().filter(|(at, _)| before(*at)) {
            assert!(store.frame(*frame).is_err(), "frame {frame} was deleted");
        }
        for (_, training) in self.trained.iter().filter(|(at, _)| before(*at)) {
            let training = store.training(*training).expect("the training is there");
            assert_eq!(training.state, TrainingState::Done);
            let model = training.winner.expect("it has a winner");
            assert!(store.model_path(model).expect("the model is there").is_file());
        }
        let mut problems = store.check().unwrap().problems;
        // The test wrote it, and synced nothing.
        problems.retain(|problem| !problem.contains("small.onnx"));
        assert!(problems.is_empty(), "{problems:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn whenever_the_power_is_cut_what_was_promised_is_there() {
    let dir = folder();
    let disk = match RecordedDisk::new(dir.path()) {
        Ok(disk) => disk,
        Err(why) => return eprintln!("skipped: no disk can be recorded here: {why}"),
    };
    let promises = work(&disk).await;
    let mut record = disk.end();
    let all = record.flushes();
    assert!(all > 100 && !promises.trained.is_empty(), "it was worked on: {all} flushes");

    assert!(promises.old_frames(u64::MAX).count() > 0, "no frame grew old");
    let cases: usize = std::env::var("FIELDCOACH_HARM_CASES").map_or(40, |n| n.parse().unwrap());
    let mut rng = ChaCha8Rng::seed_from_u64(11);
    let mut cuts: Vec<usize> = (0..=all).cycle().take(cases.max(all + 1)).collect();
    cuts.shuffle(&mut rng);
    cuts.truncate(cases);
    cuts.sort_unstable();
    for cut in cuts {
        record.cut(cut, &mut rng, |dir, end| {
            let kept = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| promises.kept(dir, end)));
            assert!(kept.is_ok(), "the power was cut after {cut} of {all} flushes");
        });
    }
    eprintln!("{cases} power cuts at {all} flushes, {} labels", promises.labels.len());
}
