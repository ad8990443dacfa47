//! What a device's status says, read part by part: whoever may write there may write anything, and a device of another
//! version says other things. What can't be read is null, and told.

use super::device::{AlarmKind, DeviceCamera, DeviceDisk, DeviceModel, DeviceTraining};
use crate::camera::CameraState;
use crate::domain::{CameraId, FleetEvent, TrainingState, limits};
use crate::host::Temperature;
use crate::supervise::{Part, PartState};
use crate::telemetry::clock::{ClockState, ClockStatus};
use crate::telemetry::{ModelSummary, TrainingSummary};
use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::collections::BTreeMap;

/// Characters of a version.
const VERSION: usize = 64;
/// Names of what a model finds.
const FINDS: usize = 200;
/// Characters of a part's name.
const ABOUT: usize = 64;
/// Things that are wrong at once.
const ALARMS: usize = 50;
/// A device says it never this far from now: nobody waits for the end of such a training.
const LONGEST: SignedDuration = SignedDuration::from_hours(24 * 365);

/// What a status says.
#[derive(Debug, Default, PartialEq)]
pub struct Reading {
    /// When it was said, by the device's clock.
    pub time: Option<Timestamp>,
    pub version: Option<String>,
    pub model: Option<DeviceModel>,
    pub training: Option<DeviceTraining>,
    pub disk: Option<DeviceDisk>,
    pub temperature: Option<f32>,
    pub frames: Option<u64>,
    pub labelled: Option<u64>,
    pub cameras: Vec<DeviceCamera>,
    pub faults: Vec<Fault>,
    /// What can't be understood, in words.
    pub unread: Option<String>,
}

/// Something that it says is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    pub kind: AlarmKind,
    /// The camera or the part.
    pub about: Option<String>,
    /// As the device says.
    pub since: Option<Timestamp>,
    pub words: String,
}

/// What is read of a camera: `CameraReport` has more.
#[derive(Deserialize)]
struct SaidCamera {
    id: CameraId,
    state: CameraState,
    error: Option<String>,
    lost_since: Option<Timestamp>,
}

/// Reads parts, and remembers which it could not.
struct Reader<'a> {
    said: &'a Value,
    unread: Vec<&'static str>,
}

impl Reader<'_> {
    /// `None` where nothing is said, or where it can't be read.
    fn read<T: DeserializeOwned>(&mut self, pointer: &'static str) -> Option<T> {
        let said = self.said.pointer(pointer).filter(|said| !said.is_null())?;
        let read = T::deserialize(said).ok();
        if read.is_none() {
            self.unread.push(pointer);
        }
        read
    }
}

/// Reads a status. Error: it is none at all, in words.
pub fn read(payload: &[u8], now: Timestamp) -> Result<Reading, String> {
    let said: Value = match serde_json::from_slice(payload) {
        Ok(Value::Object(said)) => Value::Object(said),
        Ok(_) => return Err("it is no JSON object".to_owned()),
        Err(error) => return Err(format!("it is no JSON: {error}")),
    };
    let mut reader = Reader { said: &said, unread: Vec::new() };
    let cameras: Vec<SaidCamera> = reader.read("/cameras").unwrap_or_default();
    let faults = faults(&mut reader, &cameras);
    let cameras = cameras.into_iter().take(limits::CAMERAS);
    let free: Option<u64> = reader.read("/disk/free");
    let (total, reserve) = (reader.read("/disk/total"), reader.read("/disk/reserve"));
    let disk = || Some(DeviceDisk { free: free?, total: total?, reserve: reserve.unwrap_or(0) });
    let temperatures: Vec<Temperature> = reader.read("/temperatures").unwrap_or_default();
    Ok(Reading {
        time: reader.read("/time"),
        version: reader.read("/version").map(|version| limits::short(version, VERSION)),
        model: reader.read("/model").map(model),
        training: reader.read("/training").map(|training| self::training(training, now)),
        disk: disk(),
        temperature: temperatures.iter().map(|one| one.celsius).filter(|one| one.is_finite()).max_by(f32::total_cmp),
        frames: reader.read("/store/frames"),
        labelled: reader.read("/store/labelled"),
        cameras: cameras.map(|camera| DeviceCamera { id: camera.id, state: camera.state }).collect(),
        faults,
        unread: (!reader.unread.is_empty())
            .then(|| format!("its status says {} in a way that is not known here", reader.unread.join(", "))),
    })
}

fn model(said: ModelSummary) -> DeviceModel {
    let finds = said.categories.into_iter().take(FINDS);
    let most = *limits::CATEGORY_NAME.end();
    let finds = finds.map(|name| limits::short(name, most)).collect();
    DeviceModel {
        id: said.id,
        trained_at: said.created,
        finds,
        ap50: said.ap50.clamp(0.0, 1.0),
        threshold: said.threshold.clamp(0.0, 1.0),
    }
}

fn training(said: TrainingSummary, now: Timestamp) -> DeviceTraining {
    let left = said.time_left_s.and_then(|seconds| i64::try_from(seconds).ok()).map(SignedDuration::from_secs);
    DeviceTraining {
        id: said.id,
        state: said.state,
        phase: limits::short(said.activity, limits::MESSAGE),
        epoch: said.epoch,
        epochs: said.epochs,
        progress: said.progress.clamp(0.0, 1.0),
        eta: left.filter(|left| *left < LONGEST).and_then(|left| now.checked_add(left).ok()),
    }
}

fn faults(reader: &mut Reader, cameras: &[SaidCamera]) -> Vec<Fault> {
    let mut all = Vec::new();
    let mut tell = |kind, about: Option<&str>, since, words: String| {
        let about = about.map(|about| limits::short(about.to_owned(), ABOUT));
        all.push(Fault { kind, about, since, words: limits::short(words, limits::MESSAGE) });
    };
    for camera in cameras.iter().filter(|camera| camera.state == CameraState::Lost) {
        let words = camera.error.clone().unwrap_or_else(|| "no pictures come".to_owned());
        tell(AlarmKind::CameraLost, Some(&camera.id.to_string()), camera.lost_since, words);
    }
    if let Some(fault) = reader.read::<String>("/store/fault") {
        tell(AlarmKind::DiskFailed, None, None, fault);
    }
    if reader.read::<bool>("/store/full") == Some(true) {
        tell(AlarmKind::DiskLow, None, None, "there is no room to keep frames".to_owned());
    }
    if let Some(error) = reader.read::<String>("/live/error") {
        tell(AlarmKind::LiveFailed, None, None, error);
    }
    let parts: BTreeMap<String, Part> = reader.read("/parts").unwrap_or_default();
    for (name, part) in parts {
        let kind = match part.state {
            PartState::Failed | PartState::Restarting => AlarmKind::PartFailed,
            PartState::Stuck => AlarmKind::PartStuck,
            PartState::Running | PartState::Off => continue,
        };
        let words = part.error.unwrap_or_else(|| "it does not run".to_owned());
        tell(kind, Some(&name), None, words);
    }
    if let Some(ClockStatus { state: ClockState::Unsure, why }) = reader.read("/clock") {
        tell(AlarmKind::ClockUnsure, None, None, why.unwrap_or_else(|| "its clock is not believed".to_owned()));
    }
    all.truncate(ALARMS);
    all
}

/// What `/training` says, as far as the history has to know: which one, how it is, and what is told of its end.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct SaidTraining {
    pub training: crate::domain::TrainingId,
    pub state: TrainingState,
    #[serde(default)]
    pub verdict: Option<String>,
    #[serde(default)]
    pub error: Option<String>,
}

/// An event as a device tells it: which is known by its `id`.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct SaidEvent {
    pub id: uuid::Uuid,
    #[serde(flatten)]
    pub event: FleetEvent,
}
