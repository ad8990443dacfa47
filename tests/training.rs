//! Training, with the real ONNX Runtime: the run itself, and the whole way through the daemon.

mod common;
#[path = "common/runtime.rs"]
mod device;

use common::{Daemon, body, folder, small_base};
use fieldcoach::camera::Scene;
use fieldcoach::domain::{
    Activity, BBox, Category, Depth, Experiment, ExperimentState, FrameId, Hyperparameters, Label, LabelKind, Metrics,
    Model, ModelId, Side, TrainingId,
};
use fieldcoach::live::Detector;
use fieldcoach::runtime::{Runtime, SessionOptions};
use fieldcoach::train::TrainError;
use fieldcoach::train::export::{self, Provenance};
use fieldcoach::train::population::Lanes;
use fieldcoach::train::run::{
    self, EpochReport, Observer, Plan, Reached, Seen, Strategy, TrainingFrame, Winner, hyperparameters,
};
use image::RgbImage;
use reqwest::StatusCode;
use serde_json::{Value, json};
use std::collections::HashMap;
use std::sync::atomic::AtomicBool;
use std::time::{Duration, Instant};

/// Longest wait for a small training on a loaded machine.
const DEADLINE: Duration = Duration::from_secs(180);

fn runtime() -> Runtime {
    device::open(2)
}

/// Pictures of the scene a minute apart; every second one is darkened and carries the tag `dark`.
fn pictures(count: usize) -> Vec<(RgbImage, Vec<Label>)> {
    let scene = Scene::new(Scene::SEED, 640, 480);
    (0..count)
        .map(|i| {
            let (mut image, mut labels) = scene.render(60.0 * i as f64);
            if i % 2 == 1 {
                image.iter_mut().for_each(|v| *v /= 3);
                labels.push(Label::tag("dark"));
            }
            (image, labels)
        })
        .collect()
}

fn categories() -> Vec<Category> {
    let tag =
        Category { name: "dark".into(), colour: "#000000".into(), instructions: String::new(), kind: LabelKind::Tag };
    Scene::categories().into_iter().chain([tag]).collect()
}

/// A plan without rungs, and the pictures of its frames; every fourth frame validates.
fn plan(hyper: Vec<Hyperparameters>, epochs: u32, count: usize) -> (Plan, HashMap<FrameId, RgbImage>) {
    let mut images = HashMap::new();
    let frames = pictures(count)
        .into_iter()
        .enumerate()
        .map(|(i, (image, labels))| {
            let id = FrameId::new();
            let size = image.dimensions();
            images.insert(id, image);
            TrainingFrame {
                id,
                size,
                labels,
                rejected: vec![],
                side: if i / 2 % 4 == 0 { Side::Validation } else { Side::Training },
            }
        })
        .collect();
    let experiments = hyper.into_iter().map(Experiment::queued).collect();
    let plan = Plan {
        base: small_base(),
        categories: categories(),
        frames,
        experiments,
        epochs,
        minutes: None,
        strategy: Strategy::Taps,
        seed: 3,
        carried: 1.0,
        start: None,
        resume: None,
        memory: 0,
        in_vain: 0,
        lanes: Lanes::InTurn,
    };
    (plan, images)
}

/// Remembers the metrics of every experiment at every epoch, and what the leader saw.
#[derive(Default)]
struct Memory {
    metrics: Vec<Vec<Metrics>>,
    seen: Vec<Vec<Seen>>,
    checkpoint: Option<Vec<u8>>,
    began_again: Option<String>,
}

impl Observer for Memory {
    fn activity(&mut self, _: Activity, _: f32) {}
    fn epoch(&mut self, report: &EpochReport, next: Vec<u8>) -> Result<(), TrainError> {
        self.metrics.push(report.experiments.iter().map(|e| e.metrics).collect());
        self.seen.push(report.leader.seen.iter().map(|seen| seen.clone().unwrap()).collect());
        self.checkpoint = Some(next);
        Ok(())
    }
    fn begins_again(&mut self, why: &str) {
        self.began_again = Some(why.to_owned());
    }
}

fn train(plan: &Plan, images: &HashMap<FrameId, RgbImage>) -> (Winner, Memory) {
    let mut memory = Memory::default();
    let load = |id: FrameId| Ok(images[&id].clone());
    let winner = run::run(plan, &runtime(), &load, &mut memory, &AtomicBool::new(false)).unwrap();
    (winner, memory)
}

#[test]
fn the_same_seed_gives_the_same_training() {
    let (mut plan, images) = plan(hyperparameters::draw(4, 5), 6, 12);
    plan.strategy = Strategy::Forks;
    let (one, first) = train(&plan, &images);
    let (two, second) = train(&plan, &images);
    assert_eq!(first.metrics, second.metrics);
    assert_eq!(one.weights, two.weights);
}

#[test]
fn experiments_in_one_graph_do_not_influence_one_another() {
    // Without dropout nothing random differs between an experiment alone and beside others.
    let hyper: Vec<_> =
        hyperparameters::draw(3, 11).into_iter().map(|h| Hyperparameters { dropout: 0.0, ..h }).collect();
    let (mut plan, images) = plan(hyper, 2, 12);
    let (_, together) = train(&plan, &images);
    let all = plan.experiments.clone();
    for (i, one) in all.into_iter().enumerate() {
        plan.experiments = vec![one];
        let (_, alone) = train(&plan, &images);
        for (a, b) in together.metrics.iter().map(|m| m[i].loss).zip(alone.metrics.iter().map(|m| m[0].loss)) {
            assert!((a - b).abs() <= 1e-2 * b, "experiment {i}: loss {a} together, {b} alone");
        }
    }
    let last = together.metrics.last().unwrap();
    assert!((last[0].loss - last[1].loss).abs() > 1e-2 * last[0].loss, "they are different experiments");
}

#[test]
fn the_fork_moves_down_while_the_weaker_half_stops() {
    let (mut plan, images) = plan(hyperparameters::draw(8, 1), 8, 8);
    plan.strategy = Strategy::Forks;
    #[derive(Default)]
    struct States {
        running: Vec<usize>,
        trained: Vec<Depth>,
    }
    impl Observer for States {
        fn activity(&mut self, activity: Activity, _: f32) {
            if let Activity::Epoch(epoch) = activity
                && self.trained.last() != Some(&epoch.trained)
            {
                self.trained.push(epoch.trained);
            }
        }
        fn epoch(&mut self, report: &EpochReport, _: Vec<u8>) -> Result<(), TrainError> {
            self.running.push(report.experiments.iter().filter(|e| e.state != ExperimentState::Stopped).count());
            let best = report.experiments.iter().filter(|e| e.epoch == report.epoch).map(|e| e.metrics.score());
            assert_eq!(report.experiments[report.leader.experiment].metrics.score(), best.fold(0.0, f32::max));
            Ok(())
        }
    }
    let mut states = States::default();
    let load = |id: FrameId| Ok(images[&id].clone());
    let winner = run::run(&plan, &runtime(), &load, &mut states, &AtomicBool::new(false)).unwrap();
    assert_eq!(states.running, [4, 2, 1, 1, 1, 1, 1, 1]);
    assert_eq!(
        states.trained,
        [Depth::Head, Depth::AboveStride(4), Depth::Everything],
        "8 have no need of a rung at stride 8"
    );
    let changed = |name: &str| winner.weights.get(&format!("base/{name}")) != plan.base.model.initializers.get(name);
    assert!(changed("w0") && changed("w4"), "every layer was trained");
}

#[test]
fn an_interrupted_training_ends_as_one_left_alone() {
    let (mut plan, images) = plan(hyperparameters::draw(4, 6), 6, 12);
    plan.strategy = Strategy::Forks;
    let (alone, whole) = train(&plan, &images);
    let load = |id: FrameId| Ok(images[&id].clone());
    // In the middle of a rung, at its end, and twice within an epoch.
    let mut metrics = vec![];
    for stop_after in [1, 2, 2, 5] {
        let mut memory = Stopping { memory: Memory::default(), left: stop_after - metrics.len().min(stop_after) };
        let cancel = AtomicBool::new(false);
        let mut watched = Watched { inner: &mut memory, cancel: &cancel, steps: 0 };
        let error = run::run(&plan, &runtime(), &load, &mut watched, &cancel).unwrap_err();
        assert!(matches!(error, TrainError::Cancelled));
        metrics.extend(memory.memory.metrics);
        plan.resume = memory.memory.checkpoint.or(plan.resume);
        assert_eq!(metrics.len(), stop_after, "it goes on after the last whole epoch");
    }
    let mut rest = Memory::default();
    let winner = run::run(&plan, &runtime(), &load, &mut rest, &AtomicBool::new(false)).unwrap();
    metrics.extend(rest.metrics);
    assert_eq!(metrics, whole.metrics);
    assert_eq!(winner.weights, alone.weights);
}

#[test]
fn a_checkpoint_of_other_labels_or_a_torn_one_is_refused_and_the_training_begins_again() {
    let (mut plan, images) = plan(hyperparameters::draw(2, 6), 2, 12);
    let (_, whole) = train(&plan, &images);
    let checkpoint = whole.checkpoint.unwrap();
    let reached = Reached::of(&checkpoint).unwrap();
    assert_eq!((reached.epoch as usize, reached.experiments.len()), (whole.metrics.len(), plan.experiments.len()));
    assert_eq!(Reached::of(&checkpoint[..20]), None);
    plan.resume = Some(checkpoint[..checkpoint.len() / 2].to_vec());
    let (_, torn) = train(&plan, &images);
    assert_eq!(torn.metrics, whole.metrics, "from the first epoch on");
    assert!(torn.began_again.unwrap().contains("can't be read"));
    plan.resume = Some(checkpoint);
    plan.frames[0].labels.clear();
    let (_, relabelled) = train(&plan, &images);
    assert_eq!(relabelled.metrics.len(), 2, "from the first epoch on");
    assert!(relabelled.began_again.unwrap().contains("other frames, labels"));
}

/// Lets so many epochs pass.
struct Stopping {
    memory: Memory,
    left: usize,
}

/// Cancels a few steps into the epoch after those that pass.
struct Watched<'a> {
    inner: &'a mut Stopping,
    cancel: &'a AtomicBool,
    steps: usize,
}

impl Observer for Watched<'_> {
    fn activity(&mut self, activity: Activity, _: f32) {
        if self.inner.left == 0 && matches!(activity, Activity::Epoch(_)) {
            self.steps += 1;
            self.cancel.store(self.steps > 3, std::sync::atomic::Ordering::Relaxed);
        }
    }
    fn epoch(&mut self, report: &EpochReport, next: Vec<u8>) -> Result<(), TrainError> {
        self.inner.left -= 1;
        self.inner.memory.epoch(report, next)
    }
}

#[test]
fn a_cancelled_training_stops() {
    let (plan, images) = plan(hyperparameters::draw(1, 1), 1000, 8);
    let load = |id: FrameId| Ok(images[&id].clone());
    let error = run::run(&plan, &runtime(), &load, &mut Memory::default(), &AtomicBool::new(true)).unwrap_err();
    assert!(matches!(error, TrainError::Cancelled));
}

#[test]
fn what_falls_apart_goes_on_from_its_best_at_half_the_rate() {
    let mut hyper = hyperparameters::draw(2, 5);
    // Heads learn at this rate; all layers together lose what they knew.
    hyper.iter_mut().for_each(|h| h.learning_rate = 0.1);
    let (mut plan, images) = plan(hyper, 10, 12);
    plan.strategy = Strategy::Forks;
    let (winner, memory) = train(&plan, &images);
    let scores: Vec<f32> =
        memory.metrics.iter().map(|epoch| epoch.iter().map(Metrics::score).fold(0.0, f32::max)).collect();
    let best = scores.iter().fold(0.0f32, |best, score| best.max(*score));
    assert!(scores.iter().any(|score| *score < best - 0.1), "nothing was lost: {scores:?}");
    assert!(winner.experiment.hyperparameters.learning_rate < 0.1);
    assert!(scores[9] > best - 0.1, "what was lost is back: {scores:?}");
}

#[test]
fn boxes_and_tags_are_learned_and_the_exported_file_sees_what_the_head_saw() {
    let (mut plan, images) = plan(hyperparameters::draw(2, 2), 16, 24);
    plan.strategy = Strategy::Forks;
    let (winner, memory) = train(&plan, &images);
    let best = |epoch: &[Metrics]| epoch.iter().map(|m| m.score()).fold(0.0, f32::max);
    assert!(winner.evaluation.metrics.ap50 >= 0.3, "AP50 {}", winner.evaluation.metrics.ap50);
    assert_eq!(winner.evaluation.metrics.score(), memory.metrics.iter().map(|e| best(e)).fold(0.0, f32::max));

    let provenance = Provenance { training: TrainingId::new(), dataset_hash: "hash".into() };
    let onnx = export::export(&winner, &plan.base, &plan.categories, &provenance).unwrap();
    assert_eq!(onnx.metadata["categories"], r#"["apple","banana","carton","bottle"]"#);
    assert_eq!(onnx.metadata["tag_categories"], r#"["dark"]"#);
    let dir = folder();
    let path = dir.path().join("model.onnx");
    std::fs::write(&path, onnx.encode()).unwrap();
    let model = Model {
        id: ModelId::new(),
        created: jiff::Timestamp::now(),
        clock: None,
        training: provenance.training,
        categories: plan.categories.clone(),
        threshold: winner.evaluation.threshold,
        metrics: winner.evaluation.metrics,
        base: "default".into(),
        dataset_hash: provenance.dataset_hash,
        bytes: 0,
        deployed: false,
        cameras: vec![],
    };
    let mut detector = Detector::load(&runtime(), &model, &path, SessionOptions::default()).unwrap();

    let seen = &memory.seen[winner.experiment.epoch as usize - 1];
    let (mut compared, mut tags_right) = (0, 0);
    let validation = || plan.frames.iter().enumerate().filter(|(_, f)| f.side == Side::Validation);
    for (i, frame) in validation() {
        let found = detector.detect(&images[&frame.id], 0.0).unwrap();
        let of = |category: usize| found.iter().filter(move |p| p.category == categories()[category].name);
        let dark = of(4).map(|p| p.score).next().unwrap();
        tags_right += usize::from((dark > 0.5) == frame.labels.iter().any(|l| l.category == "dark"));
        // Only sure ones: the file shrinks the picture with another filter, and doubtful scores move.
        for p in seen[i].predictions.iter().filter(|p| p.category < 4 && p.score >= 0.4) {
            compared += 1;
            let near = of(p.category)
                .any(|f| f.bbox.is_some_and(|b: BBox| b.iou(&p.bbox) > 0.75) && (f.score - p.score).abs() < 0.15);
            assert!(near, "frame {i}: {p:?} is not among {found:?}");
        }
    }
    assert!(compared >= 5, "{compared} sure predictions");
    assert_eq!(tags_right, validation().count(), "dark and bright frames are told apart");
}

/// Uploads and labels frames of the scene.
async fn label(daemon: &Daemon, count: usize) {
    for category in Scene::categories() {
        daemon.category(&category.name).await;
    }
    for (image, labels) in pictures(count) {
        let jpeg = fieldcoach::picture::encode_jpeg(&image, 90);
        let frame = daemon.upload(jpeg.to_vec()).await;
        let labels: Vec<_> = labels.into_iter().filter(|l| l.bbox.is_some()).collect();
        let write = json!({ "revision": 0, "phase": "labelled", "labels": labels });
        daemon.send("PUT", &format!("frames/{frame}/labels"), write, 200).await;
    }
}

/// Asks for a training until `done` is content.
async fn training(daemon: &Daemon, id: &str, done: impl Fn(&Value) -> bool) -> Value {
    let begun = Instant::now();
    loop {
        let training = daemon.get(&format!("trainings/{id}")).await;
        if done(&training) {
            return training;
        }
        assert!(training["state"] != "failed", "{training}");
        assert!(begun.elapsed() < DEADLINE, "waited in vain; last {training}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

async fn start(daemon: &Daemon, request: Value) -> String {
    let training = daemon.send("POST", "trainings", request, 201).await;
    assert_eq!(training["state"], "queued");
    training["id"].as_str().unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn from_train_to_a_deployed_model_and_on_from_there() {
    let dir = folder();
    // Six epochs from random weights find little.
    let daemon = Daemon::start_with(dir.path(), |config| config.live.floor = 1.0).await;
    label(&daemon, 16).await;
    let held = start(&daemon, json!({ "experiments": 1, "epochs": 1 })).await;
    let held = training(&daemon, &held, |t| t["state"] == "done").await;
    assert_eq!(held["outcome"]["live"], false, "{}", held["outcome"]);
    let text = held["outcome"]["text"].as_str().unwrap();
    assert!(text.starts_with("Kept, not live") && text.contains("Label"), "{text}");
    assert_eq!(daemon.get("models").await["items"][0]["deployed"], false, "it is kept");
    daemon.send("PATCH", "settings", json!({ "live": { "floor": 0 } }), 200).await;
    let id = start(&daemon, json!({ "experiments": 3, "epochs": 6 })).await;
    let done = training(&daemon, &id, |t| t["state"] == "done").await;
    assert_eq!(done["experiments"].as_array().unwrap().len(), 3);
    assert_eq!(done["split"]["training"].as_u64().unwrap() + done["split"]["validation"].as_u64().unwrap(), 16);
    let outcome = &done["outcome"];
    assert_eq!(
        (&outcome["live"], &outcome["why"]),
        (&json!(true), &json!("first")),
        "a floor holds at once: {outcome}"
    );
    assert_eq!(outcome["text"], done["verdict"]);
    let sum =
        |key: &str| -> u64 { outcome["categories"].as_array().unwrap().iter().map(|c| c[key].as_u64().unwrap()).sum() };
    assert_eq!((sum("objects"), sum("found"), sum("wrong")), {
        let of = |key: &str| outcome[key].as_u64().unwrap();
        (of("of"), of("found"), of("wrong"))
    });
    let winner = done["winner"].as_str().unwrap().to_owned();

    let book = daemon.get(&format!("trainings/{id}/flipbook")).await;
    let (frames, epochs) = (book["frames"].as_array().unwrap(), book["epochs"].as_array().unwrap());
    assert_eq!((frames.len(), epochs.len()), (16, 6));
    assert!(epochs.iter().all(|e| e["points"].as_array().unwrap().len() == 16));
    let frame = frames[0]["id"].as_str().unwrap();
    let picture = async |epoch: u32| {
        let url = daemon.api(&format!("trainings/{id}/flipbook/{epoch}/{frame}.jpg?width=400"));
        let answer = daemon.client.get(url).send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::OK);
        answer.bytes().await.unwrap()
    };
    assert_eq!(image::load_from_memory(&picture(1).await).unwrap().width(), 400);
    assert_ne!(picture(1).await, picture(6).await, "pages change");
    let page = daemon.get(&format!("trainings/{id}/flipbook/6/{frame}")).await;
    assert_eq!((&page["frame"], page["epoch"].as_u64()), (&frames[0]["id"], Some(6)));

    // The same labels again, from the model: it knows already what a fresh head has to learn.
    let again = start(&daemon, json!({ "experiments": 1, "epochs": 1, "from": winner })).await;
    let second = training(&daemon, &again, |t| t["state"] == "done").await;
    let fresh = start(&daemon, json!({ "experiments": 1, "epochs": 1 })).await;
    let third = training(&daemon, &fresh, |t| t["state"] == "done").await;
    let loss = |t: &Value| t["experiments"][0]["metrics"]["loss"].as_f64().unwrap();
    assert!(loss(&second) < loss(&third), "{} continued, {} from the base", loss(&second), loss(&third));

    daemon.stop().await;
    let daemon = Daemon::start(dir.path()).await;
    assert_eq!(daemon.get(&format!("trainings/{id}")).await, done, "a training survives a restart");
    assert_eq!(daemon.get(&format!("trainings/{id}/flipbook")).await, book, "so does its flip book");
    let models = daemon.get("models").await;
    let live: Vec<_> = models["items"].as_array().unwrap().iter().filter(|m| m["deployed"] == true).collect();
    assert_eq!(live.len(), 1, "one model is deployed");
    daemon.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_training_goes_on_after_a_restart_and_can_be_cancelled() {
    let dir = folder();
    let daemon = Daemon::start(dir.path()).await;
    label(&daemon, 8).await;
    let id = start(&daemon, json!({ "experiments": 1, "epochs": 1000 })).await;
    let waiting = start(&daemon, json!({})).await;
    training(&daemon, &id, |t| t["epoch"].as_u64() >= Some(1)).await;
    daemon.stop().await;

    let daemon = Daemon::start(dir.path()).await;
    training(&daemon, &id, |t| t["state"] == "training" && t["epoch"].as_u64() >= Some(1)).await;
    let cancelled = body(daemon.client.delete(daemon.api(&format!("trainings/{waiting}"))), StatusCode::OK).await;
    assert_eq!(cancelled["state"], "cancelled", "one that waits");
    let cancelled = body(daemon.client.delete(daemon.api(&format!("trainings/{id}"))), StatusCode::OK).await;
    assert_eq!(cancelled["state"], "cancelled", "one that runs");
    let book = daemon.get(&format!("trainings/{id}/flipbook")).await;
    let epochs: Vec<_> = book["epochs"].as_array().unwrap().iter().map(|e| e["epoch"].as_u64().unwrap()).collect();
    assert_eq!(epochs, (1..=epochs.len() as u64).collect::<Vec<_>>(), "every epoch once");
    daemon.stop().await;
}
