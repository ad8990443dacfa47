//! What happened on the device, and what its cameras saw come and go.

use super::cameras::known;
use super::door::Door;
use super::extract::{Collection, limit};
use super::problem::Result;
use crate::domain::{CameraId, FleetEvent, FleetEventKind, Sighting};
use axum::Json;
use axum::extract::{Query, State};
use serde::Deserialize;

/// Which events.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
pub struct LogQuery {
    /// Only those of this kind.
    kind: Option<FleetEventKind>,
    /// Only those about this camera.
    camera: Option<CameraId>,
    /// `next` of the slice before.
    before: Option<String>,
    /// 50 unless said otherwise, at most 500.
    limit: Option<usize>,
}

/// The events of the device, newest first: what `fleet` told among the server-sent ones. The newest 2,000, and those of
/// the newest 10,000 objects.
#[utoipa::path(get, path = "/log", tag = "device", params(LogQuery),
    responses((status = 200, body = Collection<FleetEvent>)))]
pub async fn log(
    State(door): State<Door>,
    Query(LogQuery { kind, camera, before, limit: asked }): Query<LogQuery>,
) -> Result<Json<Collection<FleetEvent>>> {
    let slice = door.services.store.log(kind, camera.as_ref(), before.as_deref(), limit(asked))?;
    if slice.items.is_empty() && before.is_none() {
        known(&door, camera.as_ref())?;
    }
    Ok(Collection::slice(slice))
}

/// Which objects.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
pub struct TimelineQuery {
    /// Only those of this category.
    category: Option<String>,
    /// Only those that this camera saw.
    camera: Option<CameraId>,
    /// `next` of the slice before.
    before: Option<String>,
    /// 50 unless said otherwise, at most 500.
    limit: Option<usize>,
}

/// Objects that the deployed model followed on the cameras, newest first; the newest 10,000.
#[utoipa::path(get, path = "/timeline", tag = "live", params(TimelineQuery),
    responses((status = 200, body = Collection<Sighting>)))]
pub async fn timeline(
    State(door): State<Door>,
    Query(TimelineQuery { category, camera, before, limit: asked }): Query<TimelineQuery>,
) -> Result<Json<Collection<Sighting>>> {
    let store = &door.services.store;
    let category = category.map(|name| store.spelled(&name));
    let slice = store.timeline(category.as_deref(), camera.as_ref(), before.as_deref(), limit(asked))?;
    if slice.items.is_empty() && before.is_none() {
        known(&door, camera.as_ref())?;
    }
    Ok(Collection::slice(slice))
}
