//! Clips: list, read, delete.

use super::admission::Known;
use super::batch::Done;
use super::door::Door;
use super::extract::{Collection, blocking, limit};
use super::problem::Result;
use crate::domain::{Clip, ClipId, Frame};
use crate::store::{Batch, BatchAction, StoreError};
use axum::Json;
use axum::extract::{Path, Query, State};
use serde::Deserialize;

/// Which clips.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
pub struct ListQuery {
    /// `next` of the slice before.
    before: Option<ClipId>,
    /// 50 unless said otherwise, at most 500.
    limit: Option<usize>,
}

/// Clips, newest first.
#[utoipa::path(get, path = "/clips", tag = "clips", params(ListQuery),
    responses((status = 200, body = Collection<Clip>)))]
pub async fn list(State(door): State<Door>, Query(query): Query<ListQuery>) -> Result<Json<Collection<Clip>>> {
    let ListQuery { before, limit: asked } = query;
    Ok(Collection::slice(blocking(move || door.services.store.clips(before, limit(asked))).await?))
}

/// One clip.
#[utoipa::path(get, path = "/clips/{id}", tag = "clips", params(("id" = ClipId, Path)),
    responses((status = 200, body = Clip)))]
pub async fn get(State(door): State<Door>, Path(id): Path<ClipId>) -> Result<Json<Clip>> {
    Ok(Json(blocking(move || door.services.store.clip(id)).await?))
}

/// Which of its frames.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
pub struct FramesQuery {
    /// `next` of the slice before.
    after: Option<String>,
    /// 50 unless said otherwise, at most 500.
    limit: Option<usize>,
}

/// The frames of a clip in the order of time. Give `next` as `after`.
#[utoipa::path(get, path = "/clips/{id}/frames", tag = "clips", params(("id" = ClipId, Path), FramesQuery),
    responses((status = 200, body = Collection<Frame>)))]
pub async fn frames(
    State(door): State<Door>,
    Path(id): Path<ClipId>,
    Query(query): Query<FramesQuery>,
) -> Result<Json<Collection<Frame>>> {
    let FramesQuery { after, limit: asked } = query;
    let store = door.services.store;
    Ok(Collection::slice(blocking(move || store.clip_frames(id, after.as_deref(), limit(asked))).await?))
}

/// Deletes all frames of a clip, with their labels. It can be undone for a day.
#[utoipa::path(delete, path = "/clips/{id}", tag = "clips", params(("id" = ClipId, Path)),
    responses((status = 200, body = Done)))]
pub async fn delete(State(door): State<Door>, Known(principal): Known, Path(id): Path<ClipId>) -> Result<Json<Done>> {
    // Nothing may be added to what was deleted.
    let coming_in = door.films.coming_in(id);
    if let Some(film) = &coming_in {
        film.stop().await;
    }
    let batch = blocking(move || {
        let frames = door.services.store.frames_of_clip(id)?;
        if frames.is_empty() && coming_in.is_some() {
            return Ok(Batch { done: Vec::new(), failed: Vec::new(), undo: None });
        }
        if frames.is_empty() {
            return Err(StoreError::NotFound { what: "clip", id: id.to_string() });
        }
        door.services.batch(&principal.who, &frames, BatchAction::Delete)
    });
    Ok(Json(batch.await?.into()))
}
