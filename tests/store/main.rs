//! The store's promises, through its public interface and what lies on disk.

mod categories;
mod clips;
mod compaction;
mod counts;
mod crash;
mod damage;
mod drafts;
mod elsewhere;
mod every_damage;
mod find;
mod full;
mod hanging;
mod harm;
mod inodes;
mod keep;
mod model;
#[path = "../common/own_disk.rs"]
mod own_disk;
mod refusing;
mod retention;
mod undo;
mod unreadable;
mod upgrade;

use fieldcoach::domain::*;
use fieldcoach::store::{CategoryPatch, LabelWrite, Options, Store, StoreError};
use jiff::Timestamp;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

fn options(dir: &Path) -> Options {
    Options { dir: dir.into(), budget: 500_000_000, reserve: 0 }
}

fn open(dir: &Path) -> Store {
    Store::open(options(dir)).unwrap()
}

/// Closed and opened again, with its index or without.
fn reopened(dir: &Path, store: Store, lose_index: bool) -> Store {
    drop(store);
    if lose_index {
        std::fs::remove_dir_all(dir.join("index")).unwrap();
    }
    open(dir)
}

/// A frame of 640×480 pixels whose bytes tell it from others.
fn new_frame(number: u32, bytes: usize, source: FrameSource) -> NewFrame {
    let mut jpeg = vec![(number % 251) as u8; bytes.max(4)];
    jpeg[..4].copy_from_slice(&number.to_le_bytes());
    NewFrame {
        jpeg: jpeg.into(),
        taken: Timestamp::from_second(i64::from(number)).unwrap(),
        width: 640,
        height: 480,
        source,
        camera: None,
        name: Some(format!("{number}.jpg")),
        clip: None,
        kept: None,
        truth: None,
    }
}

fn add(store: &Store, number: u32) -> Frame {
    store.add_frame(&new_frame(number, 1000, FrameSource::Camera)).unwrap()
}

fn category(name: &str) -> Category {
    Category { name: name.into(), colour: String::new(), instructions: String::new(), kind: LabelKind::Box }
}

fn boxed(category: &str, x: f32) -> Label {
    Label::boxed(category, BBox::new(x, 1.0, 10.0, 10.0))
}

fn put(store: &Store, frame: FrameId, revision: u64, labels: Vec<Label>) -> Result<FrameLabels, StoreError> {
    store.put_labels(frame, LabelWrite { revision, phase: Phase::Labelled, labels, ..LabelWrite::default() })
}

/// Waits for it, a minute at most.
fn eventually<T>(mut look: impl FnMut() -> Option<T>) -> T {
    let begun = Instant::now();
    loop {
        match look() {
            Some(found) => return found,
            None => assert!(begun.elapsed() < Duration::from_secs(60), "it does not come"),
        }
        std::thread::sleep(Duration::from_millis(20));
    }
}

fn training() -> Training {
    Training {
        created: Timestamp::from_second(5).unwrap(),
        clock: None,
        categories: vec!["cell".into()],
        ..Training::queued(vec![], 3)
    }
}

fn model_of(training: TrainingId) -> Model {
    Model {
        id: ModelId::new(),
        created: Timestamp::from_second(6).unwrap(),
        clock: None,
        training,
        categories: vec![category("cell")],
        threshold: 0.5,
        metrics: Metrics::default(),
        base: "default".into(),
        dataset_hash: "00".into(),
        bytes: 0,
        deployed: false,
        cameras: vec![],
    }
}

/// Stores a model with these bytes as its ONNX file.
fn add_model(store: &Store, training: TrainingId, bytes: &[u8]) -> ModelId {
    let model = model_of(training);
    let file = store.training_files(training).unwrap().write_plain("winner.onnx", bytes).unwrap();
    store.add_model(&model, &file).unwrap();
    assert!(!file.exists(), "the file moves into the store");
    model.id
}

fn epoch(training: TrainingId, epoch: u32, frames: &[FrameId], loss: f32) -> EpochPages {
    let experiment = ExperimentId::new();
    let point = Point { score: 0.5, loss, confidence: 0.25, fates: None };
    let pages = frames
        .iter()
        .map(|frame| Page {
            training,
            frame: *frame,
            epoch,
            experiment,
            split: Side::Training,
            width: 640,
            height: 480,
            truth: vec![boxed("cell", 3.0)],
            predictions: vec![Prediction {
                category: "cell".into(),
                bbox: Some(BBox::new(1.0, 2.0, 3.0, loss)),
                score: 0.9,
            }],
            point: point.clone(),
        })
        .collect();
    let summary = FlipBookEpoch {
        epoch,
        experiment,
        metrics: SplitMetrics::default(),
        categories: vec![],
        experiments: vec![experiment],
        points: vec![Some(point); frames.len()],
    };
    EpochPages { summary, pages, others: vec![] }
}

/// The store's files of one kind, oldest first.
fn segments(dir: &Path, extension: &str) -> Vec<PathBuf> {
    let list = std::fs::read_dir(dir.join("segments")).unwrap();
    let mut paths: Vec<_> =
        list.map(|e| e.unwrap().path()).filter(|p| p.extension().is_some_and(|e| e == extension)).collect();
    paths.sort();
    paths
}

/// A folder with all that is in it.
fn copy(from: &Path, to: &Path) {
    let status = std::process::Command::new("cp").arg("-r").arg(from).arg(to).status().unwrap();
    assert!(status.success());
}

fn assert_sound(store: &Store) {
    assert_eq!(store.check().unwrap().problems, Vec::<String>::new());
}
