//! What happens on a device, as a stream: made here, in the form that a device gives it.

use super::door::Door;
use super::lookout::Told;
use crate::http::Problem;
use crate::http::shared::{AS_IT_COMES, Known, PATIENCE, seated};
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::sse::{self, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodRouter, get};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::broadcast::error::RecvError;

/// Between two signs of life.
const ALIVE: Duration = Duration::from_secs(15);

pub fn events() -> MethodRouter<Door> {
    get(stream)
}

async fn stream(State(door): State<Door>, Known(_): Known, Path(device): Path<String>) -> Result<Response, Problem> {
    // Where nobody can ask it, a stream would be silent for ever.
    door.fleet.may_ask(&device)?;
    let Ok(seat) = Arc::clone(&door.listeners).try_acquire_owned() else {
        let detail = "too many listen to devices already; close a view";
        return Err(Problem::new(StatusCode::SERVICE_UNAVAILABLE, detail));
    };
    let mut heard = door.lookouts.listen(&device);
    let told = seated(seat, PATIENCE, door.stop.clone(), |listener| async move {
        loop {
            match heard.recv().await {
                Ok(told) => listener.give(event(&told)).await?,
                Err(RecvError::Lagged(missed)) => listener.give(lagged(missed)).await?,
                Err(RecvError::Closed) => return Ok(()),
            }
        }
    });
    Ok((AS_IT_COMES, Sse::new(told).keep_alive(KeepAlive::new().interval(ALIVE))).into_response())
}

fn event(told: &Told) -> sse::Event {
    sse::Event::default().event(told.name).data(told.data.to_string())
}

fn lagged(missed: u64) -> sse::Event {
    sse::Event::default().event("lagged").data(serde_json::json!({ "missed": missed }).to_string())
}
