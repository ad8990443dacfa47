//! What supervisors ask: is the server ready.

use super::door::Door;
use crate::http::Problem;
use crate::http::shared::{Result, system};
use axum::extract::State;
use axum::http::StatusCode;

/// Answers 200 when the store takes what it is given, every part works and there is a connection to the broker, 503 and what is wrong
/// otherwise.
#[utoipa::path(get, path = "/readyz", tag = "system",
    responses((status = 200, body = String, content_type = "text/plain")))]
pub async fn ready(State(door): State<Door>) -> Result<&'static str> {
    let ready = system::ready(State(door.gate)).await?;
    match door.fleet.broker_trouble() {
        None => Ok(ready),
        Some(why) => Err(Problem::new(StatusCode::SERVICE_UNAVAILABLE, format!("no connection to the broker: {why}"))),
    }
}
