//! Settings: what may be changed at a distance.

use super::admission::Known;
use super::door::Door;
use super::extract::{Body, blocking};
use super::problem::Result;
use crate::settings::{Changed, Held, Part, SettingsError};
use axum::Json;
use axum::extract::State;

/// The settings: what holds, what was set over the configuration file, what waits for a restart.
#[utoipa::path(get, path = "/settings", tag = "device", responses((status = 200, body = Held)))]
pub async fn get(State(door): State<Door>) -> Result<Json<Held>> {
    // A change that is being written is waited for.
    Ok(Json(blocking(move || Ok::<_, SettingsError>(door.services.settings.held())).await?))
}

/// Changes settings: some hold at once, some after a restart. All or nothing; written before it is answered.
#[utoipa::path(patch, path = "/settings", tag = "device", request_body = Part,
    responses((status = 200, body = Changed)))]
pub async fn patch(
    State(door): State<Door>,
    Known(principal): Known,
    Body(Part(part)): Body<Part>,
) -> Result<Json<Changed>> {
    Ok(Json(blocking(move || door.services.change_settings(&principal.who, &part)).await?))
}
