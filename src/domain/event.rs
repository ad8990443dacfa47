//! What happens on the device, told to whoever listens: server-sent events and MQTT.

use super::access::AuditEntry;
use super::camera::CameraId;
use super::clock::Clock;
use super::frame::Frame;
use super::id::{FrameId, ModelId};
use super::label::{FrameLabels, Phase};
use super::limits;
use super::model::{Detections, Model};
use super::page::EpochTold;
use super::training::Training;
use super::trouble::CameraTrouble;
use super::watch::Watch;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// Something that happened. Cheap to clone, and small: the bus keeps many for whoever listens slowly.
#[derive(Clone, Debug)]
pub enum Event {
    /// A frame was stored.
    Frame(Frame),
    /// A frame's labels were written.
    Labels(Relabelled),
    /// Frames were deleted.
    Deleted(Arc<[FrameId]>),
    /// Deleted frames are there again.
    Restored(Arc<[FrameId]>),
    /// A training's record changed: state, epoch, experiments.
    Training(Arc<Training>),
    /// An epoch is over and its pages are in the store; the training is the record right after it.
    Epoch { training: Arc<Training>, told: Arc<EpochTold> },
    /// The deployed model looked at a camera frame.
    Detections(Arc<Detections>),
    /// Another model is live, or none.
    Deployed(Option<Arc<Model>>),
    /// Categories were added, changed or taken away.
    Categories,
    /// What is watched was changed.
    Watch(Arc<Watch>),
    /// Something an operator wants to know of.
    Fleet(FleetEvent),
    /// Somebody did something; admins only may see it.
    Audit(AuditEntry),
}

/// A frame whose labels were written. What they are now is asked by whoever needs it: they may be thousands, and whoever
/// listens slowly would have the device keep them all.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Relabelled {
    pub frame: FrameId,
    pub revision: u64,
    pub phase: Phase,
}

impl From<&FrameLabels> for Relabelled {
    fn from(labels: &FrameLabels) -> Self {
        Self { frame: labels.frame, revision: labels.revision, phase: labels.phase }
    }
}

/// What an operator of many devices wants to know of; what MQTT carries on `/events`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct FleetEvent {
    pub kind: FleetEventKind,
    #[schema(value_type = String, format = DateTime)]
    pub time: Timestamp,
    /// In the log: `unsure` where the clock was not believed then, and it is not known yet what it was; else absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub clock: Option<Clock>,
    /// In words.
    pub message: String,
    /// The camera that it is about; absent where it is about none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub camera: Option<CameraId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub category: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub track: Option<u64>,
    /// Of an object: how sure the model was that it appeared; how sure at best, where it left.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub score: Option<f32>,
    /// Of an object: the zone in which it appeared.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub zone: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model: Option<ModelId>,
    /// Of a camera that is lost: why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trouble: Option<CameraTrouble>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum FleetEventKind {
    ObjectAppeared,
    ObjectLeft,
    /// No pictures come; told again when the trouble becomes another.
    CameraLost,
    CameraBack,
    DiskLow,
    /// The disk does not take what is written: it fails, it is gone, or it can only be read.
    DiskFailed,
    DiskBack,
    /// A part of the daemon broke off, and is started again.
    PartFailed,
    /// A part of the daemon gives no sign of life.
    PartStuck,
    PartBack,
    /// Old trainings went, to make room for new ones.
    TrainingsRemoved,
    /// Messages went that the broker did not get: there were more of them than `mqtt.outbox` holds, or it refused them.
    MessagesDropped,
    ModelDeployed,
    ModelRolledBack,
    /// Somebody tried too many wrong codes.
    PairingLocked,
    /// Somebody did something that the audit log keeps.
    Audit,
    SettingsChanged,
    /// The clock is not believed: it was never set, or was set by much.
    ClockUnsure,
    /// It is believed again.
    ClockSure,
    /// In the log alone: the device was too busy to note all that happened.
    EventsMissed,
}

impl FleetEvent {
    /// An event of now, with nothing but words.
    pub fn new(kind: FleetEventKind, message: impl Into<String>) -> Self {
        let (time, message) = (Timestamp::now(), limits::short(message.into(), limits::MESSAGE));
        Self {
            kind,
            time,
            clock: None,
            message,
            camera: None,
            category: None,
            track: None,
            score: None,
            zone: None,
            model: None,
            trouble: None,
        }
    }

    /// Another model went live: at this camera alone, or at all that have none of their own.
    pub fn deployed(model: ModelId, camera: Option<CameraId>) -> Self {
        let message = match &camera {
            None => format!("model {model} now watches the camera"),
            Some(id) => format!("model {model} now watches the camera `{id}`"),
        };
        Self { model: Some(model), camera, ..Self::new(FleetEventKind::ModelDeployed, message) }
    }

    /// The model that was live there before is live again.
    pub fn rolled_back(model: ModelId, camera: Option<CameraId>) -> Self {
        let message = match &camera {
            None => format!("model {model} watches the camera again"),
            Some(id) => format!("model {model} watches the camera `{id}` again"),
        };
        Self { model: Some(model), camera, ..Self::new(FleetEventKind::ModelRolledBack, message) }
    }

    /// So many messages went that the broker did not get.
    pub fn messages_dropped(count: u64) -> Self {
        let what = if count == 1 { "message was" } else { "messages were" };
        let message = format!("{count} {what} dropped before the broker had them (mqtt.outbox)");
        Self::new(FleetEventKind::MessagesDropped, message)
    }

    /// So many trainings went, to make room.
    pub fn trainings_removed(count: usize) -> Self {
        let what = if count == 1 { "1 training".to_owned() } else { format!("{count} trainings") };
        let message = format!(
            "the oldest {what} and what came of them went, as trainings and models took more than store.trainings allows"
        );
        Self::new(FleetEventKind::TrainingsRemoved, message)
    }
}

impl From<&AuditEntry> for FleetEvent {
    fn from(entry: &AuditEntry) -> Self {
        Self { time: entry.time, ..Self::new(FleetEventKind::Audit, entry.words()) }
    }
}
