//! What the deployed model saw: last, and in the looks before that are remembered.

use super::admission::Known;
use super::cameras::{CameraQuery, known};
use super::door::Door;
use super::extract::{Binary, Body, blocking, location};
use super::problem::{Problem, Result};
use super::sent::{Sent, Wanted};
use crate::domain::{CameraId, Detections, LookId};
use crate::live::{Said, Seen};
use crate::services::Kept;
use axum::Json;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use jiff::Timestamp;
use serde::Deserialize;
use std::sync::Arc;

/// What the deployed model saw last on the camera; null before it saw anything.
#[utoipa::path(get, path = "/detections", tag = "live", params(CameraQuery), responses((status = 200, body = Option<Detections>)))]
pub async fn last(
    State(door): State<Door>,
    Query(CameraQuery { camera }): Query<CameraQuery>,
) -> Result<Json<Option<Detections>>> {
    let eye = door.services.live.eyes().named(camera.as_ref())?;
    Ok(Json(eye.detections().as_deref().cloned()))
}

/// What the deployed model saw in one of its last looks, as long as that is remembered: some ten seconds to a minute.
#[utoipa::path(get, path = "/detections/{id}", tag = "live", params(("id" = LookId, Path)),
    responses((status = 200, body = Detections)))]
pub async fn look(State(door): State<Door>, Path(name): Path<String>, wanted: Wanted) -> Result<Response> {
    // The router can't tell `{id}.jpg` from `{id}`.
    if let Some(id) = name.strip_suffix(".jpg") {
        return looked_at(State(door), Path(look_id(id)?), wanted).await;
    }
    Ok(Json(&*seen(&door, look_id(&name)?)?.detections).into_response())
}

/// The very frame that the model looked at, without boxes, as long as the look is remembered.
#[utoipa::path(get, path = "/detections/{id}.jpg", tag = "live", params(("id" = LookId, Path)),
    responses((status = 200, body = Binary, content_type = "image/jpeg"),
        (status = 206, body = Binary, content_type = "image/jpeg"), (status = 304, description = "as it is known")))]
pub async fn looked_at(State(door): State<Door>, Path(id): Path<LookId>, wanted: Wanted) -> Result<Response> {
    let jpeg = seen(&door, id)?.frame.jpeg.clone();
    // A look never changes.
    Ok(Sent::bytes("image/jpeg", jpeg).kept("private, max-age=3600, immutable").to(&wanted))
}

fn seen(door: &Door, id: LookId) -> Result<Arc<Seen>> {
    door.services.live.look(id).ok_or_else(|| {
        Problem::not_found(format!(
            "the look {id} is not remembered any more: only the last ones are, for a minute at most"
        ))
    })
}

fn look_id(text: &str) -> Result<LookId> {
    text.parse().map_err(|_| Problem::not_found(format!("there is no look {text}")))
}

/// Which look, and what of it is right or wrong.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct KeepLook {
    /// `taken` of the detections.
    #[schema(value_type = String, format = DateTime)]
    taken: Timestamp,
    /// `camera` of the detections; without, whichever took a frame then.
    #[serde(default)]
    camera: Option<CameraId>,
    /// Places in `objects`, from 0, of what is not there: they are kept as refused.
    #[serde(default)]
    wrong: Vec<usize>,
    /// Places in `objects`, from 0, of what somebody confirms.
    #[serde(default)]
    right: Vec<usize>,
}

/// Keeps the very frame in which something was seen, with its boxes as a draft to be labelled: phase `unlabelled`, origin
/// `accepted`. A second time for the same look, it changes that draft.
#[utoipa::path(post, path = "/detections/keep", tag = "live", request_body = KeepLook,
    responses((status = 201, body = Kept, headers(("Location" = String)))))]
pub async fn keep(
    State(door): State<Door>,
    Known(principal): Known,
    Body(KeepLook { taken, camera, wrong, right }): Body<KeepLook>,
) -> Result<impl IntoResponse> {
    let by = principal.who.token.map(|_| principal.who.name);
    known(&door, camera.as_ref())?;
    let keep = move || door.services.keep_look(camera.as_ref(), taken, Said { wrong, right, by });
    let kept = blocking(keep).await?;
    Ok((StatusCode::CREATED, location(&["frames", &kept.frame.id.to_string()]), Json(kept)))
}
