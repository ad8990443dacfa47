//! Carries out commands. What a command does is up to the services.

use super::command::Command;
use crate::domain::{AuditEntry, CameraId, Who};
use crate::services::Services;
use serde_json::{Value, json};

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
            Ok(json!({"training": training.id, "state": training.state}))
        }
        Command::Cancel(id) => {
            let training = services.trainer.cancel(id).map_err(text)?;
            note("cancelled a training", &training.id, training.camera.as_ref());
            Ok(json!({"training": training.id, "state": training.state}))
        }
        Command::Deploy(id, camera) => {
            let model = services.live.deploy(id, camera.as_ref()).map_err(text)?;
            note("deployed a model", &model.id, camera.as_ref());
            Ok(json!({"model": model.id}))
        }
        Command::Rollback(camera) => {
            let model = services.live.roll_back(camera.as_ref()).map_err(text)?;
            note("went back to the model before", &model.id, camera.as_ref());
            Ok(json!({"model": model.id}))
        }
        Command::Capture(camera) => {
            let camera = services.cameras.named(camera.as_ref()).map_err(text)?;
            Ok(json!({"frame": camera.capture().map_err(text)?.id}))
        }
        Command::Set(partial) => {
            let changed = services.change_settings(&Who::mqtt(), &partial).map_err(text)?;
            // Through text, so that a 32-bit number keeps its few digits.
            serde_json::to_string(&changed).and_then(|json| serde_json::from_str(&json)).map_err(text)
        }
    }
}
