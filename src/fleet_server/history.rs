//! What happened to the devices.

use super::door::Door;
use crate::fleet::device::{HistoryFilter, HistoryKind, HistoryPage};
use crate::http::shared::{Result, blocking, limit};
use axum::Json;
use axum::extract::{Query, State};
use serde::Deserialize;

/// Which items.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
pub struct ListQuery {
    /// Only those of this device.
    device: Option<String>,
    /// Only those of this kind.
    kind: Option<HistoryKind>,
    /// `next` of the page before.
    before: Option<u64>,
    /// 50 unless said otherwise, at most 500.
    limit: Option<usize>,
}

/// What happened to the devices, newest first.
#[utoipa::path(get, path = "/history", tag = "fleet", params(ListQuery), responses((status = 200, body = HistoryPage)))]
pub async fn list(State(door): State<Door>, Query(query): Query<ListQuery>) -> Result<Json<HistoryPage>> {
    let ListQuery { device, kind, before, limit: asked } = query;
    let filter = HistoryFilter { device, kind, before, limit: limit(asked) };
    Ok(Json(blocking(move || door.fleet.history(&filter)).await?))
}
