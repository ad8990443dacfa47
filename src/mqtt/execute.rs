//! Carries out commands. What a command does is up to the services.

use super::command::Command;
use super::told::{CaptureResult, ModelResult, RebootResult, TrainingResult};
use crate::domain::{AuditEntry, CameraId, Who};
use crate::services::Services;
use crate::supervise::Restart;
use serde::Serialize;
use serde_json::Value;

/// Carries out a command; blocks. The error is for whoever sent it.
pub fn execute(services: &Services, command: Command) -> Result<Value, String> {
    fn text(error: impl std::fmt::Display) -> String {
        error.to_string()
    }
    let note = |what: &str, about: &dyn std::fmt::Display, camera: Option<&CameraId>| {
        services.access.note(&Who::mqtt(), what, AuditEntry::about_at(about, camera));
    };
    match command {
        Command::Train(request) => {
            let training = services.trainer.submit(request).map_err(text)?;
            note("started a training", &training.id, training.camera.as_ref());
            told(&TrainingResult { training: training.id, state: training.state })
        }
        Command::Cancel(id) => {
            let training = services.trainer.cancel(id).map_err(text)?;
            note("cancelled a training", &training.id, training.camera.as_ref());
            told(&TrainingResult { training: training.id, state: training.state })
        }
        Command::Deploy(id, camera) => {
            let model = services.live.deploy(id, camera.as_ref()).map_err(text)?;
            note("deployed a model", &model.id, camera.as_ref());
            told(&ModelResult { model: model.id })
        }
        Command::Rollback(camera) => {
            let model = services.live.roll_back(camera.as_ref()).map_err(text)?;
            note("went back to the model before", &model.id, camera.as_ref());
            told(&ModelResult { model: model.id })
        }
        Command::Capture(camera) => {
            let camera = services.cameras.named(camera.as_ref()).map_err(text)?;
            told(&CaptureResult { frame: camera.capture().map_err(text)?.id })
        }
        // The loop that tells the answer asks for the end then.
        Command::Reboot => {
            Restart::possible()?;
            note("restarted the daemon", &services.config.device.id, None);
            told(&RebootResult { boot: services.store.boot_number() })
        }
        Command::Set(partial) => told(&services.change_settings(&Who::mqtt(), &partial).map_err(text)?),
    }
}

/// Through text, so that a 32-bit number keeps its few digits.
fn told(result: &impl Serialize) -> Result<Value, String> {
    serde_json::to_string(result).and_then(|json| serde_json::from_str(&json)).map_err(|error| error.to_string())
}
