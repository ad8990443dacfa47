//! How the device is: one shape for both doors.

use super::broker::BrokerStatus;
use super::clock::ClockStatus;
use crate::camera::{CameraReport, CameraStatus};
use crate::domain::{Clock, Model, ModelId, Training, TrainingId, TrainingState};
use crate::host::{Memory, Temperature};
use crate::live::LiveStatus;
use crate::runtime::RuntimeStatus;
use crate::store::{DiskPart, Usage};
use crate::supervise::Part;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// `GET /status` and MQTT `/status`: one shape for both doors.
#[derive(Clone, Debug, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Status {
    pub device: String,
    /// Of this program.
    pub version: String,
    pub versions: Versions,
    /// Counts the starts of the daemon on this store, from 1.
    pub boot: u64,
    #[schema(value_type = String, format = DateTime)]
    pub started: Timestamp,
    /// Seconds.
    pub uptime_s: u64,
    pub clock: ClockStatus,
    /// The first of `cameras`.
    pub camera: CameraStatus,
    /// All of them, in the order of the configuration.
    pub cameras: Vec<CameraReport>,
    pub store: Usage,
    /// Seconds since `store`, `disk`, `model` and `training` could be read last, where they can't be now; else absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stale_s: Option<u64>,
    pub disk: Disk,
    pub mqtt: BrokerStatus,
    /// The deployed one.
    pub model: Option<ModelSummary>,
    pub live: LiveStatus,
    /// The one that runs, else the one that runs next.
    pub training: Option<TrainingSummary>,
    pub parts: BTreeMap<String, Part>,
    pub temperatures: Vec<Temperature>,
    pub runtime: RuntimeStatus,
    pub memory: Memory,
    /// Load averages over 1, 5 and 15 minutes.
    pub load: [f32; 3],
}

/// Of what the device is made.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Versions {
    pub fieldcoach: String,
    pub onnxruntime: String,
    /// Of the layout on disk.
    pub store: u32,
    /// The kernel; absent where it does not tell.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub linux: Option<String>,
}

/// The disk that the data is on, in bytes.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Disk {
    pub total: u64,
    pub free: u64,
    /// Left free for labels: `store.reserve`.
    pub reserve: u64,
    /// What of the device's own fills it, largest first; looked at every ten seconds.
    pub parts: Vec<DiskPart>,
}

/// A model in a few words.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct ModelSummary {
    pub id: ModelId,
    #[schema(value_type = String, format = DateTime)]
    pub created: Timestamp,
    /// `unsure` where the clock was not believed then, and it is not known yet what it was; else absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub clock: Option<Clock>,
    pub training: TrainingId,
    /// Names, in the order of the class indices.
    pub categories: Vec<String>,
    /// On the validation frames.
    pub ap50: f32,
    pub threshold: f32,
}

/// A training in a few words.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct TrainingSummary {
    pub id: TrainingId,
    pub state: TrainingState,
    /// Epochs finished.
    pub epoch: u32,
    /// Epochs planned.
    pub epochs: u32,
    pub rung: u32,
    /// 0 to 1.
    pub progress: f32,
    /// What it does now, in words.
    pub activity: String,
    /// Seconds; null until that can be told.
    pub time_left_s: Option<u64>,
}

impl From<Model> for ModelSummary {
    fn from(model: Model) -> Self {
        Self {
            id: model.id,
            created: model.created,
            clock: model.clock,
            training: model.training,
            categories: model.categories.into_iter().map(|c| c.name).collect(),
            ap50: model.metrics.ap50,
            threshold: model.threshold,
        }
    }
}

impl From<Training> for TrainingSummary {
    fn from(training: Training) -> Self {
        Self {
            id: training.id,
            state: training.state,
            epoch: training.epoch,
            epochs: training.epochs,
            rung: training.rung,
            progress: training.progress,
            activity: training.activity.to_string(),
            time_left_s: training.seconds_left.map(|s| s as u64),
        }
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::camera::CameraState;
    use crate::domain::CameraId;
    use crate::supervise::PartState;
    use crate::telemetry::{BrokerState, Fill};

    /// A device that trains.
    pub fn sample() -> Status {
        let camera = CameraStatus {
            state: CameraState::Streaming,
            fps: 15.0,
            width: 640,
            height: 480,
            kept: 7,
            skipped: 1,
            ..CameraStatus::starting("scene".into())
        };
        Status {
            device: "cam-7".into(),
            version: "0.1.0".into(),
            versions: Versions { fieldcoach: "0.1.0".into(), onnxruntime: "1.32".into(), store: 2, linux: None },
            boot: 2,
            started: Timestamp::UNIX_EPOCH,
            uptime_s: 60,
            clock: None.into(),
            cameras: vec![CameraReport { id: CameraId::main(), status: camera.clone(), live_fps: 0.0 }],
            camera,
            store: Usage::default(),
            stale_s: None,
            disk: Disk::default(),
            mqtt: BrokerStatus {
                broker: String::new(),
                state: BrokerState::Off,
                since: Timestamp::UNIX_EPOCH,
                protocol: None,
                notes: vec![],
                asked_again: None,
                outbox: Fill::default(),
            },
            model: None,
            live: LiveStatus::default(),
            training: Some(TrainingSummary {
                id: TrainingId::new(),
                state: TrainingState::Training,
                epoch: 3,
                epochs: 40,
                rung: 0,
                progress: 0.075,
                activity: "epoch 4".into(),
                time_left_s: None,
            }),
            parts: BTreeMap::from([("camera".into(), Part::new(PartState::Running))]),
            temperatures: vec![Temperature { zone: "cpu".into(), celsius: 41.5 }],
            runtime: RuntimeStatus {
                library: "libonnxruntime.so".into(),
                version: "1.32".into(),
                device: "cpu".into(),
                note: None,
            },
            memory: Memory::default(),
            load: [0.5, 0.25, 0.0],
        }
    }

    #[test]
    fn the_keys_and_states_are_the_contract() {
        let json = serde_json::to_value(sample()).unwrap();
        let keys: Vec<_> = json.as_object().unwrap().keys().cloned().collect();
        for key in [
            "boot",
            "camera",
            "device",
            "disk",
            "live",
            "mqtt",
            "model",
            "parts",
            "runtime",
            "store",
            "temperatures",
            "training",
        ] {
            assert!(keys.iter().any(|k| k == key), "{key} is missing: {keys:?}");
        }
        assert!(json["model"].is_null());
        assert_eq!(json["training"]["state"], "training");
        assert_eq!(
            (&json["camera"]["state"], &json["parts"]["camera"]["state"]),
            (&"streaming".into(), &"running".into())
        );
        assert_eq!(json["training"]["time_left_s"], serde_json::Value::Null);
    }
}
