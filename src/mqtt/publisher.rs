//! From what happens on the device to messages.

use super::counts::Counts;
use super::payload::{Message, Stamp};
use super::retold;
use super::sight::Sight;
use super::told::{EpochBody, ExperimentBody, Leader, PageBody, TrainingBody};
use super::topics::Topic;
use crate::config;
use crate::domain::{
    CameraId, Detections, EpochTold, Event, FleetEvent, FleetEventKind, Page, Training, TrainingId, TrainingState,
};
use crate::settings::Current;
use crate::store::outbox::Told;
use std::collections::HashMap;
use std::time::Duration;
use tokio::time::Instant;

/// A training's record that changed nothing but its progress is told at most this often.
const PROGRESS_EVERY: Duration = Duration::from_secs(1);

/// What an event leads to.
#[derive(Debug, Default)]
pub struct Outcome {
    pub messages: Vec<Message>,
    /// A page to be drawn for `/flipbook/frame`.
    pub draw: Option<Page>,
    /// Whether `/status` has something new to tell.
    pub status: bool,
    /// Whether other models look, or know other categories.
    pub sights: bool,
    /// Something happened in the picture of this camera (`None`: of the only one).
    pub happened: Option<Option<CameraId>>,
    /// Up to where things are told with these messages.
    pub told: Option<Told>,
}

/// Turns events into messages; remembers what it needs to keep to the rates and to one frame a training.
pub struct Publisher {
    stamp: Stamp,
    live: Current<config::Live>,
    /// When each camera's were told last.
    detections_at: HashMap<Option<CameraId>, Instant>,
    training_at: Option<(Key, Instant)>,
    counts: Counts,
}

/// What makes a training's record worth telling at once.
type Key = (TrainingId, TrainingState, u32, u32);

impl Publisher {
    /// Keeps to `live.publish_hz`.
    pub fn new(stamp: Stamp, live: Current<config::Live>) -> Self {
        Self { stamp, live, detections_at: HashMap::new(), training_at: None, counts: Counts::default() }
    }

    pub fn on(&mut self, event: &Event) -> Outcome {
        let mut outcome = Outcome { told: retold::told(event), ..Outcome::default() };
        match event {
            Event::Frame(_) | Event::Labels(_) | Event::Watch(_) | Event::Deleted(_) | Event::Restored(_) => {}
            Event::Training(training) => {
                let before = self.training_at.map(|(key, _)| (key.0, key.1));
                outcome.status = before != Some((training.id, training.state));
                outcome.messages.extend(self.training(training));
            }
            Event::Epoch { training, told } => self.epoch(training, told, &mut outcome),
            Event::Detections(detections) => {
                outcome.messages.extend(self.detections(detections));
                outcome.messages.extend(self.counted(detections));
            }
            Event::Deployed(_) => (outcome.status, outcome.sights) = (true, true),
            Event::Categories => outcome.sights = true,
            Event::Fleet(event) => {
                outcome.status = true;
                if matches!(event.kind, FleetEventKind::ObjectAppeared | FleetEventKind::CameraBack) {
                    outcome.happened = Some(self.stamp.topics().told_apart(event.camera.as_ref()));
                }
                let id = serde_json::to_string(event).map(|json| self.stamp.id_of(event.time, &json));
                outcome.messages.extend(said(id.and_then(|id| self.stamp.timed(id, Topic::Events, event))));
            }
            Event::Audit(entry) => {
                let id = serde_json::Value::String(entry.id.to_string());
                outcome.messages.extend(said(self.stamp.timed(id, Topic::Events, &FleetEvent::from(entry))));
            }
        }
        outcome
    }

    /// The training found at the start, unless the bus told of one meanwhile.
    pub fn newest(&mut self, training: &Training) -> Option<Message> {
        if self.training_at.is_some() { None } else { self.training(training) }
    }

    /// The training's state, unless it was told a moment ago.
    fn training(&mut self, training: &Training) -> Option<Message> {
        let key = (training.id, training.state, training.epoch, training.rung);
        let now = Instant::now();
        if let Some((before, at)) = self.training_at
            && before == key
            && now < at + PROGRESS_EVERY
        {
            return None;
        }
        self.training_at = Some((key, now));
        said(self.stamp.json(Topic::Training, &TrainingBody::from(training)))
    }

    /// The message that carries a drawn page.
    pub fn drawn(&self, page: &Page, jpeg: bytes::Bytes) -> Message {
        let more = [
            ("training", page.training.to_string()),
            ("experiment", page.experiment.to_string()),
            ("epoch", page.epoch.to_string()),
            ("frame", page.frame.to_string()),
        ];
        self.stamp.bare(Topic::FlipbookFrame, jpeg, "image/jpeg", &more)
    }

    fn epoch(&mut self, training: &Training, told: &EpochTold, outcome: &mut Outcome) {
        let body = EpochBody {
            training: training.id,
            epoch: told.epoch,
            epochs: training.epochs,
            rung: training.rung,
            leader: Leader { experiment: told.experiment, metrics: told.metrics },
            experiments: training
                .experiments
                .iter()
                .map(|one| ExperimentBody { id: one.id, state: one.state, epoch: one.epoch, metrics: one.metrics })
                .collect(),
        };
        // Of an epoch that is trained anew, and otherwise, it is another.
        let metrics = serde_json::to_string(&told.metrics).unwrap_or_default();
        let thing = |what| format!("{what} {} of {}: {metrics}", told.epoch, training.id);
        let id = |what| self.stamp.id_of(training.created, &thing(what));
        outcome.messages.extend(said(self.stamp.json_as(id("epoch"), Topic::Epoch(training.id), &body)));
        let id = id("page");
        outcome.messages.extend(self.training(training));
        if let Some(page) = &told.page {
            let body = PageBody { page, score: page.point.score };
            outcome.messages.extend(said(self.stamp.json_as(id, Topic::FlipbookPage, &body)));
            outcome.draw = Some(page.clone());
        }
    }

    /// Which models look, from now on.
    pub fn look(&mut self, sights: &[Sight]) {
        self.counts.look(sights);
    }

    /// Nobody looks at this camera (`None`: the only one), or looks at nothing: there are no counts.
    pub fn blind(&mut self, camera: Option<CameraId>) -> Option<Message> {
        let body = self.counts.blind(camera.clone(), Instant::now())?;
        said(self.stamp.json(self.stamp.topics().counts(camera.as_ref()), &body))
    }

    /// How many there are, where that changed.
    fn counted(&mut self, detections: &Detections) -> Option<Message> {
        let camera = self.stamp.topics().told_apart(detections.camera.as_ref());
        let body = self.counts.on(camera.clone(), detections, Instant::now())?;
        said(self.stamp.json(self.stamp.topics().counts(camera.as_ref()), &body))
    }

    fn detections(&mut self, detections: &Detections) -> Option<Message> {
        let now = Instant::now();
        let every = Duration::try_from_secs_f32(1.0 / self.live.now().publish_hz).unwrap_or(Duration::from_secs(1));
        let camera = &detections.camera;
        if self.detections_at.get(camera).is_some_and(|at| now < *at + every) {
            return None;
        }
        self.detections_at.insert(camera.clone(), now);
        said(self.stamp.named(self.stamp.topics().detections(camera.as_ref()), detections))
    }
}

fn said(message: serde_json::Result<Message>) -> Option<Message> {
    message.inspect_err(|error| tracing::error!(%error, "could not write a message")).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{BBox, ExperimentId, FrameId, Label, LookId, ModelId, PerCamera, Point, Side, SplitMetrics};
    use std::sync::Arc;

    fn page(training: TrainingId, frame: FrameId, epoch: u32, split: Side, labels: usize) -> Page {
        let label = Label::boxed("a", BBox::new(0.0, 0.0, 2.0, 2.0));
        Page {
            training,
            frame,
            epoch,
            experiment: ExperimentId::new(),
            split,
            width: 64,
            height: 48,
            truth: vec![label; labels],
            predictions: Vec::new(),
            point: Point { score: 0.5, ..Point::default() },
        }
    }

    fn publisher(publish_hz: f32) -> Publisher {
        Publisher::new(Stamp::new("d"), Current::fixed(config::Live { publish_hz, ..Default::default() }))
    }

    fn training() -> Training {
        let id = TrainingId::new();
        serde_json::from_value(serde_json::json!({
            "id": id, "state": "training", "created": "2026-01-01T00:00:00Z", "finished": null, "error": null,
            "epoch": 1, "epochs": 20, "rung": 0, "progress": 0.05, "activity": "epoch 1",
            "split": {"training": 8, "validation": 2}, "categories": ["a"], "base": "default", "from": "base",
            "device": "cpu", "winner": null, "verdict": null, "experiments": []
        }))
        .unwrap()
    }

    #[test]
    fn an_epoch_is_told_with_its_page() {
        let mut publisher = publisher(2.0);
        let training = Arc::new(training());
        let page = page(training.id, FrameId::new(), 1, Side::Validation, 1);
        let told = EpochTold {
            epoch: 1,
            experiment: page.experiment,
            metrics: SplitMetrics::default(),
            page: Some(page.clone()),
        };
        let outcome = publisher.on(&Event::Epoch { training: Arc::clone(&training), told: Arc::new(told) });
        let topics: Vec<_> = outcome.messages.iter().map(|message| message.topic.as_str()).collect();
        let epoch = format!("fieldcoach/d/training/{}/epoch", training.id);
        assert_eq!(topics, [epoch.as_str(), "fieldcoach/d/training", "fieldcoach/d/flipbook/page"]);
        let value: serde_json::Value = serde_json::from_slice(&outcome.messages[2].payload).unwrap();
        assert_eq!((&value["score"], &value["split"]), (&0.5.into(), &"validation".into()));
        assert_eq!(value["frame"], page.frame.to_string());
        assert_eq!(outcome.draw, Some(page));
    }

    #[test]
    fn progress_alone_is_not_told_again_at_once() {
        let mut publisher = publisher(2.0);
        let mut training = training();
        assert!(publisher.training(&training).is_some());
        training.progress = 0.06;
        assert!(publisher.training(&training).is_none());
        training.state = TrainingState::Done;
        assert!(publisher.training(&training).is_some());
    }

    #[test]
    fn detections_keep_to_the_rate() {
        // Once in 100 s: the second one of this test always comes too early.
        let mut publisher = publisher(0.01);
        let id = LookId::new();
        let yard: CameraId = "yard".parse().unwrap();
        let cameras = PerCamera::of(vec![(CameraId::main(), ()), (yard.clone(), ())]).unwrap();
        publisher.stamp = publisher.stamp.of_cameras(&cameras);
        let detections = Detections {
            id,
            taken: jiff::Timestamp::now(),
            model: ModelId::new(),
            camera: Some(CameraId::main()),
            width: 64,
            height: 48,
            objects: Vec::new(),
            frame: None,
            milliseconds: 1.0,
        };
        let others = Event::Detections(Arc::new(Detections { camera: Some(yard), ..detections.clone() }));
        let event = Event::Detections(Arc::new(detections));
        let told = publisher.on(&event).messages;
        let value: serde_json::Value = serde_json::from_slice(&told[0].payload).unwrap();
        assert_eq!((told.len(), &value["id"]), (1, &serde_json::json!(id)), "the look's id is the message's");
        assert_eq!(value["device"], "d");
        assert_eq!(publisher.on(&event).messages.len(), 0);
        assert_eq!(told[0].topic, "fieldcoach/d/cameras/main/detections");
        let told = publisher.on(&others).messages;
        assert_eq!(told[0].topic, "fieldcoach/d/cameras/yard/detections", "each camera at that rate");
    }
}
