//! All devices, and what people call them.

use super::door::Door;
use crate::domain::Role;
use crate::fleet::device::{Device, DeviceChange, Devices};
use crate::http::Problem;
use crate::http::shared::{Binary, Body, Result, Sent, Wanted};
use axum::Json;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use std::time::Duration;

/// Seconds that a question may wait for news; the time limit of a request is longer.
const LONGEST: u64 = 25;

/// Since when.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
pub struct ListQuery {
    /// `revision` of the answer before: only what changed since.
    since: Option<u64>,
    /// With `since`: how many seconds to wait for something that changes, at most 25.
    #[param(maximum = 25)]
    wait: Option<u64>,
}

/// All devices, or those that changed. Without `since`, and where `since` is too long ago, all of them: `all` says so.
#[utoipa::path(get, path = "/devices", tag = "fleet", params(ListQuery), responses((status = 200, body = Devices)))]
pub async fn list(State(door): State<Door>, Query(ListQuery { since, wait }): Query<ListQuery>) -> Json<Devices> {
    if let (Some(since), Some(seconds)) = (since, wait) {
        let changed = door.fleet.changed(since);
        tokio::select! {
            () = changed => {}
            () = door.stop.cancelled() => {}
            () = tokio::time::sleep(Duration::from_secs(seconds.min(LONGEST))) => {}
        }
    }
    Json(door.fleet.devices(since))
}

/// One device.
#[utoipa::path(get, path = "/devices/{id}", tag = "fleet", params(("id" = String, Path)),
    responses((status = 200, body = Device)))]
pub async fn get(State(door): State<Door>, Path(id): Path<String>) -> Result<Json<Device>> {
    Ok(Json(Arc::unwrap_or_clone(door.fleet.device(&id).ok_or_else(|| none(&id))?)))
}

fn none(id: &str) -> Problem {
    Problem::not_found(format!("no device `{id}` was heard here"))
}

/// Changes what people call a device, and its groups.
#[utoipa::path(patch, path = "/devices/{id}", tag = "fleet", params(("id" = String, Path)), request_body = DeviceChange,
    responses((status = 200, body = Device)))]
pub async fn patch(
    State(door): State<Door>,
    Path(id): Path<String>,
    Body(change): Body<DeviceChange>,
) -> Result<Json<Device>> {
    Ok(Json(Arc::unwrap_or_clone(door.fleet.change(&id, change).await?.ok_or_else(|| none(&id))?)))
}

/// Forgets a device, its token with it. It comes back when it is heard.
#[utoipa::path(delete, path = "/devices/{id}", tag = "fleet", params(("id" = String, Path)),
    responses((status = 204, description = "forgotten")))]
pub async fn forget(State(door): State<Door>, Path(id): Path<String>) -> Result<StatusCode> {
    match door.fleet.forget(&id).await? {
        true => Ok(StatusCode::NO_CONTENT),
        false => Err(none(&id)),
    }
}

/// The newest picture that the device sent by itself.
#[utoipa::path(get, path = "/devices/{id}/picture", tag = "fleet", params(("id" = String, Path)),
    responses((status = 200, body = Binary, content_type = "image/jpeg"), (status = 304, description = "as it is known")))]
pub async fn picture(State(door): State<Door>, Path(id): Path<String>, wanted: Wanted) -> Result<Response> {
    door.fleet.device(&id).ok_or_else(|| none(&id))?;
    let picture = door.fleet.picture(&id).ok_or_else(|| {
        Problem::not_found(format!(
            "`{id}` has sent no picture yet: it does so while it trains, and as mqtt.snapshot says"
        ))
    })?;
    Ok(Sent::bytes("image/jpeg", picture).kept("private, no-cache").to(&wanted))
}

/// A token of a device, for this server.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewToken {
    /// As the device told it, once (`fct_…`).
    #[schema(max_length = 200)]
    secret: String,
}

/// What a token is good for.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct Proven {
    device: String,
    /// What it may do there.
    role: Role,
}

/// Gives this server a token that the device issued (`fieldcoach token add`, or the page). The device is asked whether it
/// knows it before it is kept; it is told to nobody again.
#[utoipa::path(put, path = "/devices/{id}/token", tag = "fleet", params(("id" = String, Path)), request_body = NewToken,
    responses((status = 200, body = Proven)))]
pub async fn put_token(
    State(door): State<Door>,
    Path(id): Path<String>,
    Body(NewToken { secret }): Body<NewToken>,
) -> Result<Json<Proven>> {
    let role = door.fleet.set_token(&id, secret.trim()).await?;
    Ok(Json(Proven { device: id, role }))
}

/// Forgets the token of a device. Take it back on the device, too: `fieldcoach token remove`.
#[utoipa::path(delete, path = "/devices/{id}/token", tag = "fleet", params(("id" = String, Path)),
    responses((status = 204, description = "forgotten")))]
pub async fn delete_token(State(door): State<Door>, Path(id): Path<String>) -> Result<Response> {
    match door.fleet.forget_token(&id).await? {
        true => Ok(StatusCode::NO_CONTENT.into_response()),
        false => Err(Problem::not_found(format!("there is no token of `{id}` here"))),
    }
}
