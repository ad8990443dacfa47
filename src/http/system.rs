//! What supervisors and tools ask: is it alive, is it ready, its metrics, its OpenAPI document.

use super::door::Door;
use super::extract::{Binary, blocking};
use super::gate::{Document, Gate};
use super::problem::{Problem, Result};
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::IntoResponse;

/// Answers while the daemon lives.
#[utoipa::path(get, path = "/healthz", tag = "system",
    responses((status = 200, body = String, content_type = "text/plain")))]
pub async fn health() -> &'static str {
    "ok\n"
}

/// Answers 200 when the store takes what it is given and every part works, 503 and what is wrong otherwise.
#[utoipa::path(get, path = "/readyz", tag = "system",
    responses((status = 200, body = String, content_type = "text/plain")))]
pub async fn ready(State(gate): State<Gate>) -> Result<&'static str> {
    let not_ready = |why| Problem::new(StatusCode::SERVICE_UNAVAILABLE, why);
    let Gate { store, health, .. } = gate;
    let looking = store.clone();
    let look = blocking(move || looking.disk_is_well());
    store.unless_it_hangs(look).await.map_err(Problem::from).flatten().map_err(|problem| not_ready(problem.detail))?;
    match health.at_fault() {
        faults if faults.is_empty() => Ok("ready\n"),
        faults => Err(not_ready(faults.join("; "))),
    }
}

/// Prometheus metrics, in the OpenMetrics text format.
#[utoipa::path(get, path = "/metrics", tag = "system",
    responses((status = 200, body = String, content_type = "application/openmetrics-text")))]
pub async fn metrics(State(door): State<Door>) -> Result<impl IntoResponse> {
    let text = blocking(move || {
        let status = door.services.status();
        let (listeners, viewers) = door.seats_taken();
        door.services.health.metrics().seats_taken(listeners, viewers);
        door.services.health.metrics().render(&status).map_err(|e| Problem::internal(format!("metrics: {e}")))
    })
    .await?;
    Ok(([(header::CONTENT_TYPE, "application/openmetrics-text; version=1.0.0; charset=utf-8")], text))
}

/// The certificate of the device's own authority (DER), to be installed on phones; 404 where it has none.
#[utoipa::path(get, path = "/authority.crt", tag = "access",
    responses((status = 200, body = Binary, content_type = "application/x-x509-ca-cert")))]
pub async fn authority(State(gate): State<Gate>) -> Result<impl IntoResponse> {
    let der = gate.reach.authority();
    let der = der.ok_or_else(|| Problem::not_found("the certificate of this device is not of its own authority"))?;
    Ok(([(header::CONTENT_TYPE, "application/x-x509-ca-cert"), (header::CACHE_CONTROL, "no-cache")], der))
}

/// This document.
#[utoipa::path(get, path = "/openapi.json", tag = "system",
    responses((status = 200, body = serde_json::Value)))]
pub async fn openapi(State(Document(document)): State<Document>) -> impl IntoResponse {
    ([(header::CONTENT_TYPE, "application/json"), (header::CACHE_CONTROL, "no-cache")], document)
}
