//! Walks through a real store, with a model that is made up.

use super::*;
use crate::domain::{FrameSource, KeptFor, Label, LabelKind, Metrics, Model, ModelId, NewFrame, TrainingId};
use crate::picture;
use crate::store::{LabelWrite, Options};
use jiff::Timestamp;
use std::cell::RefCell;
use std::collections::{HashMap, HashSet};

struct Bench {
    _dir: tempfile::TempDir,
    store: Store,
    queue: Queue,
    model: Option<ModelId>,
    scores: HashMap<FrameId, f32>,
    looked: RefCell<Vec<FrameId>>,
}

impl Bench {
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let options = Options { dir: dir.path().into(), budget: 50_000_000, reserve: 0 };
        let store = Store::open(options).unwrap();
        let kind = LabelKind::Tag;
        let category = Category { name: "RBC".into(), colour: String::new(), instructions: String::new(), kind };
        store.add_category(category).unwrap();
        let (queue, scores, looked) = (Queue::default(), HashMap::new(), RefCell::default());
        Self { _dir: dir, store, queue, model: None, scores, looked }
    }

    /// With a threshold of 0.5.
    fn deploy(&mut self) {
        let training = TrainingId::new();
        let model = Model {
            id: ModelId::new(),
            created: Timestamp::now(),
            clock: None,
            training,
            categories: vec![],
            threshold: 0.5,
            metrics: Metrics::default(),
            base: "small".into(),
            dataset_hash: String::new(),
            bytes: 0,
            deployed: false,
            cameras: vec![],
        };
        let file = self.store.training_files(training).unwrap().write_plain("winner.onnx", b"onnx").unwrap();
        self.store.add_model(&model, &file).unwrap();
        self.store.deploy(model.id, None).unwrap();
        self.model = Some(model.id);
    }

    fn add(&mut self, score: f32) -> FrameId {
        self.add_picture(score, vec![1, 2, 3].into(), None)
    }

    fn add_picture(&mut self, score: f32, jpeg: bytes::Bytes, kept: Option<KeptFor>) -> FrameId {
        let frame = NewFrame {
            jpeg,
            taken: Timestamp::now(),
            width: 64,
            height: 48,
            source: FrameSource::Camera,
            camera: None,
            name: None,
            clip: None,
            kept,
            truth: None,
        };
        let id = self.store.add_frame(&frame).unwrap().id;
        self.scores.insert(id, score);
        id
    }

    fn put(&self, id: FrameId, phase: Phase) {
        let revision = self.store.labels(id).unwrap().revision;
        let labels = vec![Label::tag("RBC")];
        self.store.put_labels(id, LabelWrite { revision, phase, labels, ..LabelWrite::default() }).unwrap();
    }

    fn slice(&self, phase: Phase, before: Option<&str>, limit: usize) -> Slice<QueueItem> {
        self.slice_beside(&|_| None, phase, before, limit)
    }

    /// Beside what is labelled, of which a picture has this share.
    fn slice_beside(
        &self,
        share: &dyn Fn(&Likeness) -> Option<f32>,
        phase: Phase,
        before: Option<&str>,
        limit: usize,
    ) -> Slice<QueueItem> {
        let propose = |id: FrameId| {
            self.looked.borrow_mut().push(id);
            let score = self.scores[&id];
            if score.is_nan() {
                return Err("its picture is damaged".to_owned());
            }
            let items = vec![Prediction { category: "RBC".into(), bbox: None, score }];
            Ok(Proposed { model: self.model, items: if self.model.is_some() { items } else { vec![] } })
        };
        let store = (&self.store, self.store.live_models().unwrap());
        self.queue.next(store, propose, share, phase, before, limit).unwrap()
    }

    /// All the walk gives, with `then` done between the slices.
    fn walk(&self, phase: Phase, limit: usize, mut then: impl FnMut(usize)) -> Vec<QueueItem> {
        let (mut all, mut before) = (vec![], None);
        loop {
            let slice = self.slice(phase, before.as_deref(), limit);
            assert!(slice.items.len() <= limit);
            all.extend(slice.items);
            then(all.len());
            before = slice.next;
            if before.is_none() {
                return all;
            }
        }
    }
}

fn ids(items: &[QueueItem]) -> Vec<FrameId> {
    items.iter().map(|item| item.frame.id).collect()
}

#[test]
fn without_a_model_drafts_come_first_and_then_the_newest_to_the_last_of_them() {
    let mut bench = Bench::new();
    let frames: Vec<FrameId> = (0..100).map(|_| bench.add(0.5)).collect();
    bench.put(frames[10], Phase::Unlabelled);
    bench.put(frames[50], Phase::Labelled);
    let items = bench.walk(Phase::Unlabelled, 12, |_| {});
    let mut wanted = vec![frames[10]];
    wanted.extend(frames.iter().rev().filter(|id| ![frames[10], frames[50]].contains(id)));
    assert_eq!(ids(&items), wanted);
    assert_eq!((items[0].reason.as_str(), items[1].reason.as_str()), ("begun: 1 label to confirm", "new"));
    assert!(items.iter().all(|item| item.proposals.is_empty()));
}

#[test]
fn with_a_model_the_least_sure_come_first_and_every_frame_brings_proposals() {
    let mut bench = Bench::new();
    bench.deploy();
    let frames: Vec<FrameId> = (0..100).map(|i| bench.add(if i == 99 { 0.55 } else { 0.9 })).collect();
    bench.put(frames[0], Phase::Unlabelled);
    let items = bench.walk(Phase::Unlabelled, 7, |_| {});
    assert_eq!(items.len(), 100);
    assert_eq!(ids(&items).into_iter().collect::<HashSet<_>>().len(), 100, "none twice");
    assert_eq!((items[0].frame.id, items[1].frame.id), (frames[0], frames[99]));
    assert_eq!(items[1].reason, "the model is unsure: RBC at 55 %");
    assert!(items.iter().all(|item| item.proposals.len() == 1));
    let told = items[1..].iter().all(|item| item.reason.starts_with("the model is unsure"));
    assert!(told, "one part after the other is ranked, to the last");
    assert_eq!(bench.looked.borrow().len(), 100, "each looked at once");
}

/// A picture of one colour.
fn plain(shade: u8) -> bytes::Bytes {
    picture::encode_jpeg(&image::RgbImage::from_pixel(64, 48, image::Rgb([shade; 3])), 90)
}

#[test]
fn pictures_come_one_of_each_kind_first_with_a_model_and_without() {
    for model in [false, true] {
        let mut bench = Bench::new();
        if model {
            bench.deploy();
        }
        // Three scenes, one after the other, as a camera sees them.
        let frames: Vec<FrameId> = (0..12).map(|i| bench.add_picture(0.9, plain(20 + 90 * (i / 4)), None)).collect();
        let scene = |item: &QueueItem| frames.iter().position(|id| *id == item.frame.id).unwrap() / 4;
        let items = bench.walk(Phase::Unlabelled, 5, |_| {});
        let mut first: Vec<_> = items[..3].iter().map(scene).collect();
        first.sort_unstable();
        assert_eq!((first, items.len()), (vec![0, 1, 2], 12));
    }
}

#[test]
fn what_looks_unlike_what_is_labelled_comes_first_and_says_so() {
    let mut bench = Bench::new();
    bench.deploy();
    let frames: Vec<FrameId> = [30, 120, 210].map(|shade| bench.add_picture(0.9, plain(shade), None)).into();
    // Bright ones are labelled.
    let night = |likeness: &Likeness| Some(if likeness.coarse()[0] < 60 { 0.3 } else { 0.0 });
    let items = bench.slice_beside(&night, Phase::Unlabelled, None, 3).items;
    assert_eq!((items[0].frame.id, items[0].reason.as_str()), (frames[0], "it looks unlike what is labelled"));
    assert_eq!(items[1].reason, "the model is unsure: RBC at 90 %");
}

#[test]
fn what_was_kept_for_what_the_model_made_of_it_is_looked_at_first() {
    let mut bench = Bench::new();
    bench.deploy();
    // Of 320 frames one in ten is looked at; this one would not be. The frames of its burst are many, and leave it its place.
    let kept = |i| match i {
        5 => Some(KeptFor::Flicker { category: "RBC".into() }),
        6..60 => Some(KeptFor::Around),
        _ => None,
    };
    let score = |i| if i == 5 { 0.5 } else { 0.9 };
    let frames: Vec<FrameId> = (0..320).map(|i| bench.add_picture(score(i), vec![1, 2, 3].into(), kept(i))).collect();
    assert_eq!(bench.slice(Phase::Unlabelled, None, 1).items[0].frame.id, frames[5]);
}

#[test]
fn a_walk_misses_nothing_while_frames_come_and_are_labelled() {
    let mut bench = Bench::new();
    bench.deploy();
    let frames: Vec<FrameId> = (0..60).map(|_| bench.add(0.6)).collect();
    // Each slice's frames are labelled, but for every fifth, which is skipped.
    let (mut all, mut before) = (vec![], None);
    loop {
        let slice = bench.slice(Phase::Unlabelled, before.as_deref(), 10);
        for (i, item) in slice.items.iter().enumerate() {
            if i % 5 != 0 {
                bench.put(item.frame.id, Phase::Labelled);
            }
        }
        all.extend(ids(&slice.items));
        before = slice.next;
        if before.is_none() {
            break;
        }
        // New ones come meanwhile.
        bench.add(0.5);
    }
    let given: HashSet<FrameId> = all.iter().copied().collect();
    assert_eq!(given.len(), all.len(), "none twice");
    assert!(frames.iter().all(|id| given.contains(id)));
    let again: HashSet<FrameId> = ids(&bench.walk(Phase::Unlabelled, 500, |_| {})).into_iter().collect();
    let open = |id: &&FrameId| bench.store.frame(**id).unwrap().phase == Phase::Unlabelled;
    assert!(frames.iter().filter(open).all(|id| again.contains(id)), "the skipped come again in the next walk");
}

#[test]
fn a_cursor_of_before_a_restart_goes_on_and_misses_nothing() {
    let mut bench = Bench::new();
    bench.deploy();
    let frames: Vec<FrameId> = (0..80).map(|_| bench.add(0.6)).collect();
    let first = bench.slice(Phase::Unlabelled, None, 10);
    bench.queue = Queue::default();
    let mut seen: HashSet<FrameId> = ids(&first.items).into_iter().collect();
    let mut before = first.next;
    while let Some(next) = before {
        let slice = bench.slice(Phase::Unlabelled, Some(&next), 10);
        seen.extend(ids(&slice.items));
        before = slice.next;
    }
    assert_eq!(seen.len(), frames.len());
    let propose = |_| Ok(Proposed::default());
    assert!(matches!(
        bench.queue.next((&bench.store, LiveModels::default()), propose, &|_| None, Phase::Unlabelled, Some("soup"), 1),
        Err(StoreError::Invalid(_))
    ));
}

#[test]
fn a_frame_the_model_cannot_look_at_says_so_and_holds_up_nothing() {
    let mut bench = Bench::new();
    bench.deploy();
    let (damaged, good) = (bench.add(f32::NAN), bench.add(0.6));
    let items = bench.walk(Phase::Unlabelled, 10, |_| {});
    assert_eq!(ids(&items), [good, damaged]);
    assert_eq!(items[1].reason, "the model can't look at it: its picture is damaged");
}

#[test]
fn labels_to_confirm_come_where_the_model_disagrees_first() {
    let mut bench = Bench::new();
    bench.deploy();
    // Labelled with a tag that the model finds in all but one.
    let frames: Vec<FrameId> = (0..40).map(|i| bench.add(if i == 39 { 0.1 } else { 0.9 })).collect();
    frames.iter().for_each(|id| bench.put(*id, Phase::Labelled));
    bench.put(frames[7], Phase::Reviewed);
    let items = bench.walk(Phase::Labelled, 6, |_| {});
    assert_eq!(items.len(), 39);
    assert_eq!(items[0].frame.id, frames[39]);
    assert_eq!(items[0].reason, "labelled; the model does not find 1 RBC");
    assert_eq!(items[1].reason, "labelled; the model agrees");
    assert_eq!(ids(&bench.walk(Phase::Reviewed, 6, |_| {})), [frames[7]]);
}
