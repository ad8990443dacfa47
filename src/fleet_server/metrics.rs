//! Metrics of all devices.

use super::door::Door;
use crate::http::shared::{Result, blocking};
use axum::extract::State;
use axum::http::header;
use axum::response::IntoResponse;

/// Prometheus metrics, in the OpenMetrics text format: a line for each device, under the names that the device itself has
/// for the same.
#[utoipa::path(get, path = "/metrics", tag = "system",
    responses((status = 200, body = String, content_type = "application/openmetrics-text")))]
pub async fn get(State(door): State<Door>) -> Result<impl IntoResponse> {
    let text = blocking(move || door.fleet.metrics()).await?;
    Ok(([(header::CONTENT_TYPE, "application/openmetrics-text; version=1.0.0; charset=utf-8")], text))
}
