//! The pages: the fleet's at `/`, the phone page of each device at `/devices/{id}/`. Both are this server's own files.

use crate::http::Problem;
use crate::http::shared::page::{self, Page};
use crate::http::shared::{Caller, unknown};
use axum::extract::Request;
use axum::http::{HeaderMap, Method};
use axum::response::{IntoResponse, Redirect, Response};

/// The fleet's page.
#[utoipa::path(get, path = "/", tag = "system",
    responses((status = 200, body = String, content_type = "text/html")))]
pub async fn index(headers: HeaderMap) -> Response {
    page::file(Page::Fleet, "/", &headers).unwrap_or_else(|| nothing("/"))
}

/// What no route takes: a file of a page, or nothing; whoever is not known learns no difference to what there is.
pub async fn fallback(request: Request) -> Response {
    let path = request.uri().path();
    let file = match *request.method() {
        Method::GET | Method::HEAD => file(path, request.headers()),
        _ => None,
    };
    match (file, request.extensions().get::<Caller>()) {
        (Some(file), _) => file,
        (None, Some(Caller { principal: None, .. })) => unknown(),
        (None, _) => nothing(path),
    }
}

fn file(path: &str, headers: &HeaderMap) -> Option<Response> {
    let Some(rest) = path.strip_prefix("/devices/") else { return page::file(Page::Fleet, path, headers) };
    match rest.split_once('/') {
        // Whether there is such a device is nobody's business who is not known: the page asks.
        Some((device, _)) => page::file(Page::Device, &rest[device.len()..], headers),
        // Names on the page are relative to its folder.
        None => Some(Redirect::permanent(&format!("{path}/")).into_response()),
    }
}

fn nothing(path: &str) -> Response {
    Problem::not_found(format!("there is nothing at {path}; /openapi.json lists what there is")).into_response()
}
