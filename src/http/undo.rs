//! What was taken away, and bringing it back.

use super::admission::{Known, needs};
use super::door::Door;
use super::extract::{Collection, blocking};
use super::problem::Result;
use crate::domain::{Undo, UndoId, Undone};
use crate::store::StoreError;
use axum::Json;
use axum::extract::{Path, State};
use jiff::Timestamp;
use serde::Serialize;

/// How something that was done can be undone.
#[derive(Debug, Default, Serialize, utoipa::ToSchema)]
pub struct WayBack {
    /// For `POST /undo/{id}`; null where nothing changed.
    #[schema(required)]
    undo: Option<UndoId>,
    /// Until when.
    #[schema(required, value_type = Option<String>, format = DateTime)]
    until: Option<Timestamp>,
}

impl From<Option<Undo>> for WayBack {
    fn from(undo: Option<Undo>) -> Self {
        undo.map_or_else(Self::default, |undo| Self { undo: Some(undo.id), until: Some(undo.until) })
    }
}

/// What can be brought back, newest first: what was done within the last day.
#[utoipa::path(get, path = "/undo", tag = "undo", responses((status = 200, body = Collection<Undo>)))]
pub async fn list(State(door): State<Door>) -> Result<Json<Collection<Undo>>> {
    Ok(Collection::whole(blocking(move || Ok::<_, StoreError>(door.services.store.undos())).await?))
}

/// Brings it back; what somebody changed since stays as it is. It takes the role of whoever took it away.
#[utoipa::path(post, path = "/undo/{id}", tag = "undo", params(("id" = UndoId, Path)),
    responses((status = 200, body = Undone)))]
pub async fn undo(State(door): State<Door>, Known(principal): Known, Path(id): Path<String>) -> Result<Json<Undone>> {
    let id: UndoId = id.parse().map_err(|_| StoreError::NotFound { what: "way back", id })?;
    let store = door.services.store.clone();
    let head = blocking(move || store.undo_head(id)).await?;
    needs(&principal, head.role)?;
    Ok(Json(blocking(move || door.services.undo(id)).await?))
}
