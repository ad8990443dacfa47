//! A device without a daemon, and what lies in a pool.

use crate::common::{folder, jpeg};
use fieldcoach::config;
use fieldcoach::domain::{BBox, Category, Frame, FrameId, FrameLabels, FrameSource, Label, LabelKind, NewFrame, Phase};
use fieldcoach::events::Events;
use fieldcoach::pool::{Means, Pool, PoolError, Pulled, Pushed};
use fieldcoach::store::{FrameQuery, LabelWrite, Options, Store};
use fieldcoach::turns::Turns;
use image::codecs::jpeg::JpegEncoder;
use image::{Rgb, RgbImage};
use jiff::{SignedDuration, Timestamp};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde_json::Value;
use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::path::Path;
use tempfile::TempDir;
use tokio_util::sync::CancellationToken;

pub struct Device {
    pub store: Store,
    pub pool: Pool,
    id: String,
    config: config::Pool,
    dir: TempDir,
}

/// A pool that is a folder.
pub fn at(dir: &Path) -> config::Pool {
    config::Pool { url: dir.to_str().unwrap().parse().unwrap(), ..config::Pool::default() }
}

impl Device {
    pub fn new(id: &str, config: &config::Pool) -> Self {
        let dir = folder();
        let store = open(dir.path(), 1 << 30);
        Self { pool: pool(&store, id, config), store, id: id.into(), config: config.clone(), dir }
    }

    /// The same with another name, after its ledger was lost or not, as if it had been killed.
    pub fn again(self, id: Option<&str>, lost: bool) -> Self {
        let Self { store, pool: before, id: was, config, dir } = self;
        drop((store, before));
        if lost {
            std::fs::remove_file(dir.path().join("pool.json")).unwrap();
        }
        let (store, id) = (open(dir.path(), 1 << 30), id.unwrap_or(&was).to_owned());
        Self { pool: pool(&store, &id, &config), store, id, config, dir }
    }

    pub fn category(&self, name: &str, kind: LabelKind) {
        let category = Category { name: name.into(), colour: String::new(), instructions: String::new(), kind };
        self.store.add_category(category).unwrap();
    }

    /// A frame of a camera, `number` minutes after the first, that looks like no other one.
    pub fn frame(&self, number: u8) -> FrameId {
        self.frame_of(number, jpeg(64, 48, number))
    }

    /// The same with this picture.
    pub fn frame_of(&self, number: u8, jpeg: Vec<u8>) -> FrameId {
        let taken = Timestamp::from_second(1_790_000_000).unwrap() + SignedDuration::from_mins(i64::from(number));
        let frame = NewFrame {
            jpeg: jpeg.into(),
            taken,
            width: 64,
            height: 48,
            source: FrameSource::Camera,
            camera: Some("door".parse().unwrap()),
            name: None,
            clip: None,
            kept: None,
            truth: None,
        };
        self.store.add_frame(&frame).unwrap().id
    }

    /// Labels a frame with one box.
    pub fn label(&self, frame: FrameId, category: &str, x: f32) -> FrameLabels {
        let mut label = Label::boxed(category, BBox::new(x, 2.0, 10.5, 8.0));
        label.by = Some("Ada".into());
        let revision = self.store.labels(frame).unwrap().revision;
        let write = LabelWrite { revision, phase: Phase::Labelled, labels: vec![label], ..LabelWrite::default() };
        self.store.put_labels(frame, write).unwrap()
    }

    pub fn labelled(&self, numbers: impl IntoIterator<Item = u8>) -> Vec<FrameId> {
        let frames: Vec<FrameId> = numbers.into_iter().map(|number| self.frame(number)).collect();
        frames.iter().for_each(|frame| drop(self.label(*frame, "cup", 3.0)));
        frames
    }

    pub fn push(&self) -> Pushed {
        let mut told = Pushed::default();
        self.pool.push(&mut told, &mut |_, _| ControlFlow::Continue(())).unwrap();
        told
    }

    pub fn pull(&self) -> Pulled {
        let mut told = Pulled::default();
        self.pool.pull(&mut told, &mut |_, _| ControlFlow::Continue(())).unwrap();
        told
    }

    /// Pushes until it was asked so often whether to go on.
    pub fn push_some(&self, mut asked: usize) -> PoolError {
        let going = &mut |_, _| stop_after(&mut asked);
        self.pool.push(&mut Pushed::default(), going).unwrap_err()
    }

    pub fn pull_some(&self, mut asked: usize) -> PoolError {
        let going = &mut |_, _| stop_after(&mut asked);
        self.pool.pull(&mut Pulled::default(), going).unwrap_err()
    }

    /// All frames of others, by their id there, with their labels here. Each is there once.
    pub fn theirs(&self) -> BTreeMap<FrameId, (Frame, FrameLabels)> {
        let slice = self.store.frames(&FrameQuery { limit: 500, ..FrameQuery::default() }).unwrap();
        let mut theirs = BTreeMap::new();
        for frame in slice.items {
            let Some(pooled) = frame.pooled.clone() else { continue };
            let labels = self.store.labels(frame.id).unwrap();
            assert!(theirs.insert(pooled.frame, (frame, labels)).is_none(), "{} is there twice", pooled.frame);
        }
        theirs
    }
}

/// A picture of patches, which looks like no other one.
pub fn patchwork(seed: u64) -> Vec<u8> {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let colours: [[u8; 3]; 48] = std::array::from_fn(|_| rng.random());
    let picture = RgbImage::from_fn(64, 48, |x, y| Rgb(colours[(y / 8 * 8 + x / 8) as usize]));
    let mut jpeg = Vec::new();
    JpegEncoder::new_with_quality(&mut jpeg, 95).encode_image(&picture).unwrap();
    jpeg
}

fn stop_after(asked: &mut usize) -> ControlFlow<()> {
    match asked.checked_sub(1) {
        Some(left) => {
            *asked = left;
            ControlFlow::Continue(())
        }
        None => ControlFlow::Break(()),
    }
}

pub fn open(dir: &Path, budget: u64) -> Store {
    Store::open(Options { dir: dir.into(), budget, reserve: 0 }).unwrap()
}

fn pool(store: &Store, id: &str, config: &config::Pool) -> Pool {
    let means = Means { store: store.clone(), events: Events::new(), pictures: Turns::at_pictures() };
    Pool::new(config, id, means, &CancellationToken::new())
}

/// Files of a folder and all below, by their path in it.
pub fn files(dir: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut found = BTreeMap::new();
    let mut folders = vec![dir.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            match path.is_dir() {
                true => folders.push(path),
                false => {
                    let name = path.strip_prefix(dir).unwrap().to_str().unwrap().to_owned();
                    found.insert(name, std::fs::read(&path).unwrap());
                }
            }
        }
    }
    found
}

/// How often each frame of a device is spoken of in its shards, and that every picture lies there, under its sum.
pub fn spoken_of(files: &BTreeMap<String, Vec<u8>>, device: &str) -> BTreeMap<String, usize> {
    let mut often = BTreeMap::new();
    for (_, bytes) in files.iter().filter(|(name, _)| name.starts_with(&format!("labels/{device}/"))) {
        let shard: Value = serde_json::from_slice(bytes).unwrap();
        for image in shard["images"].as_array().unwrap() {
            assert!(files.contains_key(image["file_name"].as_str().unwrap()), "{image}");
            *often.entry(image["frame"].as_str().unwrap().to_owned()).or_default() += 1;
        }
    }
    often
}

/// How many pictures lie there.
pub fn pictures(files: &BTreeMap<String, Vec<u8>>) -> usize {
    files.keys().filter(|name| name.starts_with("frames/")).count()
}
