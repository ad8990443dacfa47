//! What to label next, and what to confirm.

use super::door::Door;
use super::extract::limit;
use super::frames::frame_id;
use super::problem::{Problem, Result};
use crate::dataset::queue::{Proposed, QueueItem};
use crate::domain::{FrameId, Phase};
use crate::picture::Likeness;
use crate::store::StoreError;
use axum::Json;
use axum::extract::{Path, Query, State};
use serde::{Deserialize, Serialize};

/// Where in which queue.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
pub struct QueueQuery {
    /// `unlabelled`, unless said otherwise: what to label. `labelled`: what somebody else may confirm.
    phase: Option<Phase>,
    /// `next` of the slice before.
    before: Option<String>,
    /// 50 unless said otherwise, at most 500.
    limit: Option<usize>,
}

/// A slice of the queue.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct QueueSlice {
    pub items: Vec<QueueItem>,
    /// Give it as `before` for the next slice; null when every frame of the phase was given.
    pub next: Option<String>,
    /// Frames of this phase, given or not.
    pub total: u64,
}

/// Frames of a phase, the most worth a look first, with the reason and what the model proposes that is deployed at its camera. Unlabelled
/// ones: drafts, then what the model is least sure of and what looks unlike all labelled frames and each other, then the newest. Others: where the model disagrees most, then the
/// newest. A model that is slow gives shorter slices; there is more while there is a `next`.
#[utoipa::path(get, path = "/queue", tag = "labels", params(QueueQuery),
    responses((status = 200, body = QueueSlice)))]
pub async fn next(State(door): State<Door>, Query(query): Query<QueueQuery>) -> Result<Json<QueueSlice>> {
    let QueueQuery { phase, before, limit: asked } = query;
    let (phase, inner) = (phase.unwrap_or_default(), door.clone());
    let answer = move || {
        let (store, live) = (&inner.services.store, &inner.services.live);
        let propose = |id| live.propose(id).map_err(|error| error.to_string());
        let share = |likeness: &Likeness| live.share_unlike(likeness);
        let models = live.deployment().models()?;
        let slice = inner.queue.next((store, models), propose, &share, phase, before.as_deref(), limit(asked));
        let slice = slice.map_err(|error| match error {
            StoreError::Invalid(text) => Problem::bad_request(text),
            error => error.into(),
        })?;
        let total = store.counts()?.phases.of(phase);
        Ok(QueueSlice { items: slice.items, next: slice.next, total })
    };
    Ok(Json(door.drawing(answer).await?))
}

/// What the model that is deployed at its camera proposes for a frame, whatever its phase.
#[utoipa::path(get, path = "/frames/{id}/proposals", tag = "labels", params(("id" = FrameId, Path)),
    responses((status = 200, body = Proposed)))]
pub async fn proposals(State(door): State<Door>, Path(id): Path<String>) -> Result<Json<Proposed>> {
    let (id, inner) = (frame_id(&id)?, door.clone());
    let answer = move || {
        let Door { services, queue, .. } = &inner;
        services.store.frame(id)?;
        let known = (&services.store, &services.live.deployment().models()?);
        Ok(queue.proposals(known, |id| services.live.propose(id), id)?)
    };
    Ok(Json(door.drawing(answer).await?))
}
