//! How the device is.

use super::door::Door;
use super::extract::blocking;
use super::problem::{Problem, Result};
use crate::telemetry::Status;
use axum::Json;
use axum::extract::State;

/// How the device is.
#[utoipa::path(get, path = "/status", tag = "device", responses((status = 200, body = Status)))]
pub async fn get(State(door): State<Door>) -> Result<Json<Status>> {
    Ok(Json(blocking(move || Ok::<_, Problem>(door.services.status())).await?))
}
