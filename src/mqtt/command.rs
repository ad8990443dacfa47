//! Commands: JSON in on `/command/{name}`.

use crate::domain::{CameraId, ModelId, TrainingId};
use crate::json;
use crate::train::TrainRequest;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use utoipa::ToSchema;

/// Everything that can be asked for.
pub const NAMES: [&str; 7] = ["train", "cancel", "deploy", "rollback", "capture", "set", REBOOT];
/// After this one the daemon ends.
pub const REBOOT: &str = "reboot-service";

/// What can be asked for.
#[derive(Clone, Debug)]
pub enum Command {
    Train(TrainRequest),
    Cancel(TrainingId),
    /// At this camera alone; at all that have no model of their own, where none is named.
    Deploy(ModelId, Option<CameraId>),
    /// Likewise.
    Rollback(Option<CameraId>),
    /// The newest frame of this camera; of the first, where none is named.
    Capture(Option<CameraId>),
    /// A part of the settings.
    Set(Map<String, Value>),
    /// The daemon ends, and is started again.
    Reboot,
}

impl Command {
    /// Whether it does something each time, so that one too many does harm: what a button does. The others say what is to be.
    pub fn is_press(&self) -> bool {
        matches!(self, Self::Train(_) | Self::Rollback(_) | Self::Capture(_) | Self::Reboot)
    }
}

/// Ends a training.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CancelRequest {
    training: TrainingId,
}

/// Puts a model on the live camera.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DeployRequest {
    model: ModelId,
    /// At this one alone; without, at all that have no model of their own.
    camera: Option<CameraId>,
}

/// Puts back the model that was live before.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RollbackRequest {
    /// At this one alone; without, at all that have no model of their own.
    camera: Option<CameraId>,
}

/// Stores the newest frame.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CaptureRequest {
    /// Of this one; without, of the first.
    camera: Option<CameraId>,
}

/// Ends the daemon, so that it is started again.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RebootRequest {}

/// An empty payload asks for the defaults.
pub fn object(payload: &[u8]) -> Result<Map<String, Value>, String> {
    let payload = json::unmarked(payload);
    if payload.trim_ascii().is_empty() {
        return Ok(Map::new());
    }
    if let Some(what) = json::other_kind(payload) {
        return Err(format!("the payload is not JSON: {what}"));
    }
    json::check_keys(payload)?;
    match serde_json::from_slice(payload) {
        Ok(Value::Object(body)) => Ok(body),
        Ok(_) => Err("the payload must be a JSON object, such as {}".to_owned()),
        Err(error) => Err(format!("the payload is not JSON: {error}")),
    }
}

/// The command of this name with this body; an error says what is wrong with either.
pub fn parse(name: &str, body: Map<String, Value>) -> Result<Command, String> {
    fn read<T: DeserializeOwned>(name: &str, body: Map<String, Value>) -> Result<T, String> {
        serde_json::from_value(Value::Object(body))
            .map_err(|error| format!("{name}: {}", json::plain(&error.to_string())))
    }
    match name {
        "train" => read(name, body).map(Command::Train),
        "cancel" => read(name, body).map(|of: CancelRequest| Command::Cancel(of.training)),
        "deploy" => read(name, body).map(|of: DeployRequest| Command::Deploy(of.model, of.camera)),
        "rollback" => read(name, body).map(|of: RollbackRequest| Command::Rollback(of.camera)),
        "capture" => read(name, body).map(|of: CaptureRequest| Command::Capture(of.camera)),
        "set" => Ok(Command::Set(body)),
        REBOOT => read(name, body).map(|RebootRequest {}| Command::Reboot),
        _ => Err(format!("there is no command `{name}`; there are {}", NAMES.join(", "))),
    }
}
