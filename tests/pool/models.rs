//! Models from one device to another: taken from whom is trusted, judged on frames that no one learned from.

use crate::common::folder;
use crate::device::{Device, at, files};
use crate::{model, runtime};
use fieldcoach::config;
use fieldcoach::domain::{FrameId, LabelKind, ModelId, OutcomeKind, PerCamera, Training, TrainingState};
use fieldcoach::events::Events;
use fieldcoach::live::Deployment;
use fieldcoach::pool::{Judging, Listing, Taken};
use serde_json::json;
use std::ops::ControlFlow;
use std::path::Path;

impl Device {
    /// A model that sees these boxes in every picture, as if it had been trained here on these frames.
    fn makes(&self, category: &str, seen: &[(f32, [f32; 4])], learned: &[FrameId]) -> ModelId {
        let training = Training { state: TrainingState::Done, ..Training::queued(vec![], 4) };
        self.store.put_training(&training).unwrap();
        let frames = learned.iter().map(|id| json!({"id": id, "size": [64, 48], "labels": [], "side": "training"}));
        let given = json!({"categories": [], "frames": frames.collect::<Vec<_>>(), "hash": ""});
        self.store.training_files(training.id).unwrap().write("given.json", given.to_string().as_bytes()).unwrap();
        let file = tempfile::NamedTempFile::new().unwrap();
        let mut model = model::seeing(file.path(), category, seen);
        model.training = training.id;
        self.store.add_model(&model, file.path()).unwrap();
        model.id
    }

    fn take(&self, model: ModelId) -> Result<Taken, String> {
        let runtime = runtime::open(1);
        let cameras = PerCamera::one("door".parse().unwrap(), ());
        let deployment = Deployment::new(self.store.clone(), Events::new(), &cameras);
        let judging = Judging { runtime: &runtime, deployment: &deployment, floor: 0.3, camera: None };
        self.pool.take(model, &judging, &mut |_, _| ControlFlow::Continue(())).map_err(|error| error.to_string())
    }

    fn live(&self) -> Option<ModelId> {
        self.store.live_models().unwrap().all.map(|model| model.id)
    }
}

/// Where the box lies that `label(…, 3.0)` and `label(…, 30.0)` draw.
const LEFT: (f32, [f32; 4]) = (0.9, [3.0, 2.0, 10.5, 8.0]);
const RIGHT: (f32, [f32; 4]) = (0.8, [30.0, 2.0, 10.5, 8.0]);
const NOWHERE: (f32, [f32; 4]) = (0.9, [50.0, 40.0, 5.0, 5.0]);

/// A device that trusts `maker`, with frames of which half have their box on the left.
fn learner(maker: &Device, dir: &Path) -> Device {
    let trusting = config::Pool { trusted: vec![maker.pool.key().unwrap()], ..at(dir) };
    let learner = Device::new("cam-b", &trusting);
    learner.category("cup", LabelKind::Box);
    for number in 0..8 {
        let frame = learner.frame(number);
        learner.label(frame, "cup", if number % 2 == 0 { 3.0 } else { 30.0 });
    }
    learner
}

#[test]
fn a_model_of_another_device_goes_live_only_where_it_is_better() {
    let dir = folder();
    let a = Device::new("cam-a", &at(dir.path()));
    let b = learner(&a, dir.path());
    a.category("cup", LabelKind::Box);
    let [bad, half, both] = [&[NOWHERE][..], &[LEFT], &[LEFT, RIGHT]].map(|seen| a.makes("cup", seen, &[]));
    assert_eq!(a.push().models, 3);
    assert!(a.push().is_nothing(), "once each");
    let why = |model| {
        let taken = b.take(model).unwrap();
        assert_eq!((taken.model, taken.device.as_str()), (model, "cam-a"));
        (taken.outcome.why, taken.outcome.text, b.live())
    };
    let (kind, text, live) = why(bad);
    assert_eq!((kind, live), (OutcomeKind::FindsNothing, None), "{text}");
    assert!(text.contains("Kept, not live") && text.contains("8 frames"), "{text}");
    let (kind, text, live) = why(half);
    assert_eq!((kind, live), (OutcomeKind::First, Some(half)), "{text}");
    let (kind, text, live) = why(both);
    assert_eq!((kind, live), (OutcomeKind::Better, Some(both)), "{text}");
    let (kind, text, live) = why(half);
    assert_eq!((kind, live), (OutcomeKind::NotBetter, Some(both)), "{text}");
    assert!(text.contains("as good or better"), "{text}");
    assert_eq!(b.push().models, 0, "a model of another is not brought there again");
}

#[test]
fn whom_it_does_not_trust_and_what_was_not_signed_a_device_does_not_take() {
    let dir = folder();
    let (a, stranger) = (Device::new("cam-a", &at(dir.path())), Device::new("cam-x", &at(dir.path())));
    let b = learner(&a, dir.path());
    let theirs = stranger.makes("cup", &[LEFT], &[]);
    let [one, other] = [(); 2].map(|()| a.makes("cup", &[LEFT, RIGHT], &[]));
    stranger.push();
    a.push();
    let error = b.take(theirs).unwrap_err();
    let key = stranger.pool.key().unwrap().to_string();
    assert!(
        error.contains(&key) && error.contains("does not trust that key") && error.contains("pool.trusted"),
        "{error}"
    );
    let at = |model: ModelId, file: &str| dir.path().join(format!("models/{model}/{file}"));
    std::fs::write(at(one, "model.onnx"), std::fs::read(at(theirs, "model.onnx")).unwrap()).unwrap();
    let error = b.take(one).unwrap_err();
    assert!(error.contains("is not what was signed"), "{error}");
    let facts =
        std::fs::read_to_string(at(other, "facts.json")).unwrap().replace("\"threshold\":0.5", "\"threshold\":0.1");
    std::fs::write(at(other, "facts.json"), facts).unwrap();
    let error = b.take(other).unwrap_err();
    assert!(error.contains("facts are not what was signed"), "{error}");
    let Listing { models, unclear } = b.pool.models().unwrap();
    assert_eq!((models.len(), unclear.len()), (2, 1), "what can't be taken is told");
    assert!(b.take(ModelId::new()).unwrap_err().contains("there is no model"));
    assert_eq!((b.live(), b.store.models(None, 10).unwrap().items.len()), (None, 0), "nothing of it came in");
    assert!(files(dir.path()).len() > 6);
}

#[test]
fn a_model_for_other_categories_is_refused_with_which_ones() {
    let dir = folder();
    let a = Device::new("cam-a", &at(dir.path()));
    let b = learner(&a, dir.path());
    b.category("plate", LabelKind::Box);
    let spoons = a.makes("spoon", &[LEFT], &[]);
    a.push();
    let error = b.take(spoons).unwrap_err();
    for part in ["other categories", "what this device does not: `spoon`", "what this device looks for: `cup`, `plate`"]
    {
        assert!(error.contains(part), "{error}");
    }
}

#[test]
fn a_model_is_not_judged_on_what_it_learned() {
    let dir = folder();
    let a = Device::new("cam-a", &at(dir.path()));
    let b = learner(&a, dir.path());
    b.push();
    a.pull();
    let learned: Vec<FrameId> = a.theirs().values().map(|(frame, _)| frame.id).collect();
    let (some, most) = (a.makes("cup", &[LEFT, RIGHT], &learned[..3]), a.makes("cup", &[LEFT, RIGHT], &learned[..6]));
    a.push();
    let error = b.take(most).unwrap_err();
    assert!(
        error.contains("of 8 labelled frames of this device 2 are such that no model learned from them, and 5"),
        "{error}"
    );
    let taken = b.take(some).unwrap();
    assert!(taken.outcome.live && taken.outcome.judged.of == 5, "{:?}", taken.outcome);
}
