//! What this server answers for a device itself: who asks, and pairing with this server.

use super::door::Door;
use super::forward::{ask, below};
use crate::domain::Role;
use crate::http::Problem;
use crate::http::shared::{Caller, Known, Me, kept_in, pair};
use axum::Json;
use axum::body::Body;
use axum::extract::{Path, Request, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodRouter, get, post};
use serde::Deserialize;

/// Bytes of what a device says of who asks, at most.
const SAID: usize = 16_000;

/// What is read of what a device says of this server's token.
#[derive(Deserialize)]
struct Theirs {
    role: Role,
}

/// Who asks, as the page of a device wants to know it: no more than they are here, and than this server's token is there.
pub fn me() -> MethodRouter<Door> {
    get(told)
}

async fn told(
    State(door): State<Door>,
    caller: Caller,
    Known(principal): Known,
    Path(device): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let mut request = Request::new(Body::empty());
    *request.uri_mut() = axum::http::Uri::from_static("/api/v1/me");
    let answer = ask(&door, &device, request).await?;
    if answer.status() != StatusCode::OK {
        return Ok(below(&device, answer));
    }
    let said = axum::body::to_bytes(answer.into_body(), SAID).await.map_err(odd)?;
    let theirs: Theirs = serde_json::from_slice(&said).map_err(odd)?;
    let role = principal.role.min(theirs.role);
    let me = Me::of(&door.gate, &principal).on(device, role);
    Ok((kept_in(&door.gate, &caller, &headers), Json(me)).into_response())
}

fn odd(error: impl std::fmt::Display) -> Problem {
    Problem::new(StatusCode::BAD_GATEWAY, format!("what the device says of the token can't be read: {error}"))
}

/// Whoever is not known is let in by a code of this server: the device itself pairs with nobody through a broker.
pub fn pairing() -> MethodRouter<Door> {
    post(pair)
}
