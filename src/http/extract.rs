//! What handlers share: request parts in, answers out, work off the async threads.

use super::problem::{Problem, Result};
use crate::domain::limits;
use crate::json;
use crate::store::Slice;
use axum::Json;
use axum::body::Bytes;
use axum::extract::{FromRequest, Request};
use axum::http::StatusCode;
use axum::http::header::{HeaderName, LOCATION};
use axum::response::IntoResponse;
use serde::Serialize;
use serde::de::DeserializeOwned;
use tokio_util::io::ReaderStream;

/// A slice of a collection.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct Collection<T: utoipa::ToSchema> {
    pub items: Vec<T>,
    /// Give it as `before` for the next slice; null at the end.
    pub next: Option<String>,
}

impl<T: utoipa::ToSchema> Collection<T> {
    pub fn slice(slice: Slice<T>) -> Json<Self> {
        Json(Self { items: slice.items, next: slice.next })
    }

    /// A collection that comes in one slice.
    pub fn whole(items: Vec<T>) -> Json<Self> {
        Json(Self { items, next: None })
    }
}

/// Stands for bytes in the OpenAPI document.
#[derive(utoipa::ToSchema)]
#[schema(value_type = String, format = Binary)]
#[allow(dead_code)]
pub struct Binary(Vec<u8>);

/// The number of items asked for, brought to what is given out.
pub fn limit(asked: Option<usize>) -> usize {
    let (least, most) = limits::DOOR_SLICE.into_inner();
    asked.unwrap_or(limits::SLICE).clamp(least, most)
}

/// A JSON body. Whatever the `Content-Type` says (curl's default is a form); an empty body counts as `{}`. Errors name
/// the key, line and column.
pub struct Body<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Body<T> {
    type Rejection = axum::response::Response;

    async fn from_request(request: Request, state: &S) -> std::result::Result<Self, Self::Rejection> {
        let bytes = Bytes::from_request(request, state).await.map_err(IntoResponse::into_response)?;
        let text = json::unmarked(&bytes);
        if let Some(what) = json::other_kind(text) {
            let status = StatusCode::UNSUPPORTED_MEDIA_TYPE;
            return Err(Problem::new(status, format!("the body is no JSON: {what}")).into_response());
        }
        let json: &[u8] = if text.trim_ascii().is_empty() { b"{}" } else { text };
        // Else it would be taken as an object's values in the order of its fields.
        if json.trim_ascii_start().starts_with(b"[") {
            let status = StatusCode::UNPROCESSABLE_ENTITY;
            return Err(Problem::new(status, "the body is a list; send a JSON object").into_response());
        }
        if let Err(twice) = json::check_keys(json) {
            return Err(Problem::new(StatusCode::UNPROCESSABLE_ENTITY, twice).into_response());
        }
        Json::from_bytes(json).map(|Json(value)| Self(value)).map_err(IntoResponse::into_response)
    }
}

/// Runs work that reads the disk or computes on a thread that may block.
pub async fn blocking<T, E>(work: impl FnOnce() -> std::result::Result<T, E> + Send + 'static) -> Result<T>
where
    T: Send + 'static,
    E: Into<Problem> + Send + 'static,
{
    match tokio::task::spawn_blocking(work).await {
        Ok(result) => result.map_err(Into::into),
        Err(error) => match error.try_into_panic() {
            Ok(panic) => std::panic::resume_unwind(panic),
            Err(_) => Err(Problem::internal("fieldcoach is stopping")),
        },
    }
}

/// The `Location` of something under `/api/v1`.
pub fn location(path: &[&str]) -> [(HeaderName, String); 1] {
    let path: String = path.iter().map(|segment| format!("/{}", encode(segment))).collect();
    [(LOCATION, format!("/api/v1{path}"))]
}

/// Percent-encodes all but RFC 3986's unreserved characters.
fn encode(segment: &str) -> String {
    segment
        .bytes()
        .map(|byte| match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => char::from(byte).to_string(),
            _ => format!("%{byte:02X}"),
        })
        .collect()
}

/// A file as a body, read as it is sent.
pub fn stream(file: std::fs::File) -> axum::body::Body {
    axum::body::Body::from_stream(ReaderStream::with_capacity(tokio::fs::File::from_std(file), 64 * 1024))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn locations_are_percent_encoded() {
        assert_eq!(location(&["categories", "red cell/ä"])[0].1, "/api/v1/categories/red%20cell%2F%C3%A4");
    }

    #[test]
    fn limits_are_bounded() {
        assert_eq!((limit(None), limit(Some(0)), limit(Some(7)), limit(Some(9999))), (50, 1, 7, 500));
    }
}
