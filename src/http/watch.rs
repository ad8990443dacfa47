//! What is watched on the live camera.

use super::door::Door;
use super::extract::{Body, blocking};
use super::problem::Result;
use crate::domain::Watch;
use axum::Json;
use axum::extract::State;

/// What is watched: from which score and size on objects count, and where.
#[utoipa::path(get, path = "/watch", tag = "live", responses((status = 200, body = Watch)))]
pub async fn get(State(door): State<Door>) -> Json<Watch> {
    Json((*door.services.live.watch()).clone())
}

/// Replaces what is watched, for the looks from now on. What does not count is not told, not followed and not drawn.
#[utoipa::path(put, path = "/watch", tag = "live", request_body = Watch, responses((status = 200, body = Watch)))]
pub async fn put(State(door): State<Door>, Body(watch): Body<Watch>) -> Result<Json<Watch>> {
    Ok(Json((*blocking(move || door.services.live.set_watch(watch)).await?).clone()))
}
