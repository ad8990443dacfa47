//! The records everything speaks of: frames, labels, trainings, pages, models, events; and what holds for them wherever
//! they come from: limits and ranges ([`limits`]), and the rules beside the types.
//!
//! Plain data with serde and OpenAPI shapes; the JSON contracts of the HTTP and MQTT doors are these types. Depends on
//! nothing else in the crate.

mod access;
mod activity;
mod attempt;
mod bbox;
mod camera;
mod category;
mod clip;
mod clock;
mod command;
mod concession;
mod entity;
mod event;
mod frame;
mod id;
mod kept;
mod label;
pub mod limits;
mod model;
pub mod name;
mod outcome;
pub mod outline;
mod page;
mod per_camera;
mod prospect;
mod secrets;
mod sighting;
mod suspect;
mod training;
mod trouble;
mod undo;
mod watch;

pub use access::{AuditEntry, Role, Token, TokenVia, Who};
pub use activity::{Activity, Cooling, Depth, EpochActivity, Stage};
pub use attempt::Hyperparameters;
pub use bbox::{BBox, BoxError};
pub use camera::CameraId;
pub use category::{COLOURS, Category, Example, LabelKind, rgb};
pub use clip::Clip;
pub use clock::{Clock, Stamp};
pub use command::Commanded;
pub use concession::Concession;
pub use entity::Entity;
pub use event::{Event, FleetEvent, FleetEventKind};
pub use frame::{ClipPlace, Frame, FrameSource, NewFrame, Pooled};
pub use id::{
    AuditId, ClipId, ExperimentId, FrameId, ImportId, InvitationId, LookId, ModelId, PoolJobId, TokenId, TrainingId,
    UndoId, known,
};
pub use kept::KeptFor;
pub use label::{FrameLabels, GoneOrBack, Label, LabelOrigin, Phase, Rejected, TrackMark};
pub use model::{DetectedObject, Detections, LiveModels, Model};
pub use outcome::{Judged, JudgedCategory, Outcome, OutcomeKind};
pub use outline::OutlineError;
pub use page::{
    EpochPages, EpochTold, Fates, FlipBook, FlipBookEpoch, FlipBookFrame, OtherPage, OtherPages, Page, Point,
    Prediction, SplitMetrics,
};
pub use per_camera::{NoCamera, PerCamera};
pub use prospect::{PlanCategory, PlanChoice, PlanFrames, PlanWarning, PlanWarningKind, TrainingPlan};
pub use secrets::{not_understood, passwords_in, secrets_in_command, without_secrets};
pub use sighting::Sighting;
pub use suspect::{Suspect, SuspectKind, Suspects};
pub use training::{Experiment, ExperimentState, Metrics, Side, SplitCounts, Training, TrainingSource, TrainingState};
pub use trouble::CameraTrouble;
pub use undo::{UNDO_KEPT, Undo, Undone};
pub use watch::{Place, Wanted, Watch, Zone, ZoneKind};
