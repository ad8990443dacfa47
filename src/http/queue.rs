//! What to label next.

use super::door::Door;
use super::extract::{Collection, limit};
use super::problem::{Problem, Result};
use crate::dataset::queue::QueueItem;
use axum::Json;
use axum::extract::{Query, State};
use serde::Deserialize;

/// How many.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
pub struct QueueQuery {
    /// 50 unless said otherwise, at most 500.
    limit: Option<usize>,
}

/// Unlabelled frames, the most worth labelling first, with what the deployed model proposes.
#[utoipa::path(get, path = "/queue", tag = "labels", params(QueueQuery),
    responses((status = 200, body = Collection<QueueItem>)))]
pub async fn next(State(door): State<Door>, Query(query): Query<QueueQuery>) -> Result<Json<Collection<QueueItem>>> {
    let limit = limit(query.limit);
    let inner = door.clone();
    let items = door
        .drawing(move || {
            let live = &inner.services.live;
            inner.queue.next(&inner.services.store, |id| live.propose(id), limit).map_err(Problem::from)
        })
        .await?;
    Ok(Collection::whole(items))
}
