//! Many frames at once, and deleting them.

use super::admission::{Known, needs};
use super::deed::Deed;
use super::door::Door;
use super::extract::{Body, blocking};
use super::frames::frame_id;
use super::problem::{Problem, Result};
use super::undo::WayBack;
use crate::domain::{FrameId, Role, limits};
use crate::store::{Batch, BatchAction, StoreError};
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use serde::{Deserialize, Serialize};

/// Frames, and what is done to them.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewBatch {
    #[schema(min_items = 1, max_items = 500)]
    frames: Vec<FrameId>,
    action: BatchAction,
}

/// What came of it.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct Done {
    done: Vec<FrameId>,
    failed: Vec<Failed>,
    #[serde(flatten)]
    way_back: WayBack,
}

/// A frame that was left as it is.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct Failed {
    frame: FrameId,
    /// Why.
    detail: String,
}

impl From<Batch> for Done {
    fn from(Batch { done, failed, undo }: Batch) -> Self {
        let failed = failed.into_iter().map(|(frame, detail)| Failed { frame, detail }).collect();
        Self { done, failed, way_back: undo.into() }
    }
}

/// Deletes frames (which takes the role `admin`), takes their labels off, or gives them another phase. Those it can't be
/// done to are told, the others done; all of it can be undone for a day.
#[utoipa::path(post, path = "/frames/batch", tag = "frames", request_body = NewBatch,
    responses((status = 200, body = Done)))]
pub async fn many(
    State(door): State<Door>,
    Known(principal): Known,
    Body(NewBatch { frames, action }): Body<NewBatch>,
) -> Result<Response> {
    let most = *limits::DOOR_SLICE.end();
    if !limits::DOOR_SLICE.contains(&frames.len()) {
        let detail = format!("`frames` holds 1 to {most} ids, not {}", frames.len());
        return Err(Problem::new(StatusCode::UNPROCESSABLE_ENTITY, detail));
    }
    let delete = action == BatchAction::Delete;
    if delete {
        needs(&principal, Role::Admin)?;
    }
    let batch = blocking(move || door.services.batch(&principal.who, &frames, action)).await?;
    let answer = Json(Done::from(batch));
    Ok(if delete { (Extension(Deed("deleted frames")), answer).into_response() } else { answer.into_response() })
}

/// Deletes a frame, with its labels. It can be undone for a day.
#[utoipa::path(delete, path = "/frames/{id}", tag = "frames", params(("id" = FrameId, Path)),
    responses((status = 200, body = WayBack)))]
pub async fn delete(
    State(door): State<Door>,
    Known(principal): Known,
    Path(id): Path<String>,
) -> Result<Json<WayBack>> {
    let id = frame_id(&id)?;
    let batch = blocking(move || {
        door.services.store.frame(id)?;
        door.services.batch(&principal.who, &[id], BatchAction::Delete)
    });
    match batch.await?.undo {
        Some(undo) => Ok(Json(Some(undo).into())),
        // Somebody else was quicker.
        None => Err(StoreError::NotFound { what: "frame", id: id.to_string() }.into()),
    }
}
