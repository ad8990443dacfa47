//! The records everything speaks of: frames, labels, trainings, pages, models, events.
//!
//! Plain data with serde and OpenAPI shapes; the JSON contracts of the HTTP and MQTT doors are these
//! types. Depends on nothing else in the crate.

mod activity;
mod bbox;
mod event;
mod frame;
mod id;
mod label;
mod model;
mod page;
mod training;

pub use activity::{Activity, Cooling, Depth, EpochActivity, Stage};
pub use bbox::BBox;
pub use event::{Event, FleetEvent, FleetEventKind};
pub use frame::{Frame, FrameSource, NewFrame};
pub use id::{ExperimentId, FrameId, ModelId, TrainingId};
pub use label::{Category, FrameLabels, Label, LabelKind, Phase};
pub use model::{DetectedObject, Detections, Model};
pub use page::{EpochPages, FlipBook, FlipBookEpoch, FlipBookFrame, Page, Point, Prediction, SplitMetrics};
pub use training::{
    Experiment, ExperimentState, Hyperparameters, Metrics, Side, SplitCounts, Training, TrainingSource, TrainingState,
};
