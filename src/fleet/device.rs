//! What is known of a device: made of what it says over MQTT, and of what people call it. What it did not say is null.

use crate::camera::CameraState;
use crate::domain::{CameraId, FleetEventKind, ModelId, Role, TrainingId, TrainingState};
use jiff::Timestamp;
use serde::{Deserialize, Serialize, Serializer};
use std::sync::Arc;
use utoipa::ToSchema;

/// One device of the fleet.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Device {
    /// As the device calls itself: letters, digits, `-` and `_`.
    pub id: String,
    /// As people call it here; its id where they gave it no name.
    pub name: String,
    /// Groups that people put it in, in the order of the alphabet.
    pub groups: Vec<String>,
    pub state: DeviceState,
    /// When it was heard last; null where it was not heard since this server knows it.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub last_seen: Option<Timestamp>,
    /// Of its program.
    pub version: Option<String>,
    /// The one for all of its cameras.
    pub model: Option<DeviceModel>,
    /// The one that runs, else the one that runs next.
    pub training: Option<DeviceTraining>,
    pub disk: Option<DeviceDisk>,
    /// Of its hottest part, in degrees Celsius.
    pub temperature: Option<f32>,
    /// Frames in its store.
    pub frames: Option<u64>,
    /// Those of them with labels.
    pub labelled: Option<u64>,
    /// Those without, which wait for somebody to label them.
    pub waiting: Option<u64>,
    pub cameras: Vec<DeviceCamera>,
    /// What is wrong with it now, that it says itself.
    pub alarms: Vec<Alarm>,
    /// When its newest picture here was heard.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub picture_at: Option<Timestamp>,
    pub reach: Reach,
    /// Of the token by which it is reached; null without one, or where it was not heard of it yet.
    pub role: Option<Role>,
    /// What of its last status could not be understood, in words; null where all was.
    pub unread: Option<String>,
}

/// Whether it is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum DeviceState {
    Online,
    /// It said goodbye, or the broker lost it.
    Offline,
    /// Nothing says that it is gone, but it was not heard for longer than it should be.
    Silent,
}

/// A model, in a few words.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct DeviceModel {
    pub id: ModelId,
    #[schema(value_type = String, format = DateTime)]
    pub trained_at: Timestamp,
    /// Names of what it finds.
    pub finds: Vec<String>,
    /// On its validation frames.
    pub ap50: f32,
    pub threshold: f32,
}

/// A training, in a few words.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct DeviceTraining {
    pub id: TrainingId,
    pub state: TrainingState,
    /// What it does now, in words.
    pub phase: String,
    /// Epochs finished.
    pub epoch: u32,
    /// Epochs planned.
    pub epochs: u32,
    /// 0 to 1.
    pub progress: f32,
    /// When it will be over, by this server's clock; null until the device can tell.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub eta: Option<Timestamp>,
}

/// The disk with its data, in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct DeviceDisk {
    pub free: u64,
    pub total: u64,
    /// Left free for labels.
    pub reserve: u64,
}

/// A camera.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct DeviceCamera {
    pub id: CameraId,
    pub state: CameraState,
}

/// Something that is wrong with a device.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Alarm {
    pub kind: AlarmKind,
    /// The camera or the part that it is about; null where it is about the whole.
    pub about: Option<String>,
    /// Since when: as the device says, else when it was heard of first.
    #[schema(value_type = String, format = DateTime)]
    pub since: Timestamp,
    /// As the device says it.
    pub words: String,
}

/// What kind of thing is wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum AlarmKind {
    /// No pictures come.
    CameraLost,
    /// There is no room to keep frames.
    DiskLow,
    /// The disk does not take what is written.
    DiskFailed,
    /// A part of the daemon broke off.
    PartFailed,
    /// A part of the daemon gives no sign of life.
    PartStuck,
    /// The model can't look.
    LiveFailed,
    /// Its clock is not believed.
    ClockUnsure,
}

/// Whether requests reach it through the broker.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Reach {
    /// There is no token for it here.
    None,
    /// There is, and it worked when it was used last.
    Paired,
    /// There is, and the device gave no answer though it was online: it may not let itself be reached (`mqtt.remote`).
    Refused,
    /// There is, and the device does not know it any more.
    UnknownToken,
}

/// What `GET /api/v1/devices` answers.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct Devices {
    /// To be sent as `since` the next time.
    pub revision: u64,
    /// Those that changed since; all without `since`, or where that is not known any more (see `all`).
    #[schema(value_type = Vec<Device>)]
    #[serde(serialize_with = "shared")]
    pub devices: Vec<Arc<Device>>,
    /// Those that are gone since.
    pub gone: Vec<String>,
    /// Whether `devices` is all there are: what is known of others is to be forgotten.
    pub all: bool,
    pub broker: Broker,
}

fn shared<S: Serializer>(devices: &[Arc<Device>], to: S) -> Result<S::Ok, S::Error> {
    to.collect_seq(devices.iter().map(Arc::as_ref))
}

/// How the connection to the broker is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct Broker {
    pub connected: bool,
    /// Why there is no connection, in words; null where there is one, or the first attempt is still under way.
    pub trouble: Option<String>,
    /// What the broker does not take, and what came that could not be understood, in words.
    pub notes: Vec<String>,
}

/// What people change of a device: what is absent stays.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DeviceChange {
    /// 1 to 64 characters; empty: its id again.
    #[serde(default)]
    pub name: Option<String>,
    /// All of its groups, at most 16 of 1 to 64 characters each.
    #[serde(default)]
    pub groups: Option<Vec<String>>,
}

/// Something of what happened to a device.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct HistoryItem {
    /// In the order in which it was noted here; `before` of the next question.
    pub id: u64,
    #[schema(value_type = String, format = DateTime)]
    pub at: Timestamp,
    pub device: String,
    pub kind: HistoryKind,
    pub words: String,
}

/// What kind of thing happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum HistoryKind {
    /// Something is wrong with it.
    Alarm,
    /// That is wrong no more.
    Cleared,
    Online,
    Offline,
    Silent,
    /// A training began, or is over.
    Training,
    /// Another model is live.
    Model,
    Settings,
    /// Somebody did something there.
    Audit,
    /// It told something else of itself.
    Event,
    /// It was heard for the first time.
    New,
    /// It took itself back (it has another id now), or somebody had it forgotten.
    Gone,
    /// An order to it.
    Order,
}

/// Which items of the history are asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HistoryFilter {
    pub device: Option<String>,
    pub kind: Option<HistoryKind>,
    /// Those that were noted before this one.
    pub before: Option<u64>,
    pub limit: usize,
}

/// A page of the history, newest first.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct HistoryPage {
    pub items: Vec<HistoryItem>,
    /// `before` of the next page; null where there is none.
    pub next: Option<u64>,
}

impl Device {
    /// Of which nothing is known but its id.
    pub fn new(id: &str) -> Self {
        Self {
            id: id.to_owned(),
            name: id.to_owned(),
            groups: Vec::new(),
            state: DeviceState::Silent,
            last_seen: None,
            version: None,
            model: None,
            training: None,
            disk: None,
            temperature: None,
            frames: None,
            labelled: None,
            waiting: None,
            cameras: Vec::new(),
            alarms: Vec::new(),
            picture_at: None,
            reach: Reach::None,
            role: None,
            unread: None,
        }
    }
}

impl HistoryKind {
    /// Of an event that a device told of. `None`: its status says it, or it is too often to be kept.
    pub fn of(kind: FleetEventKind) -> Option<Self> {
        use FleetEventKind as Kind;
        match kind {
            Kind::ModelDeployed | Kind::ModelRolledBack => Some(Self::Model),
            Kind::SettingsChanged => Some(Self::Settings),
            Kind::Audit | Kind::PairingLocked => Some(Self::Audit),
            Kind::TrainingsRemoved | Kind::MessagesDropped | Kind::EventsMissed => Some(Self::Event),
            Kind::ObjectAppeared
            | Kind::ObjectLeft
            | Kind::CameraLost
            | Kind::CameraBack
            | Kind::DiskLow
            | Kind::DiskFailed
            | Kind::DiskBack
            | Kind::PartFailed
            | Kind::PartStuck
            | Kind::PartBack
            | Kind::ClockUnsure
            | Kind::ClockSure => None,
        }
    }
}
