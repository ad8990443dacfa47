//! The body of an uploaded picture, read once there is room for it in memory.

use super::door::Door;
use super::problem::Problem;
use crate::turns::Turn;
use axum::body::Bytes;
use axum::extract::{FromRequest, Request};
use axum::http::header::{CONTENT_LENGTH, CONTENT_TYPE};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};

/// Refuses a form with a file in it, as web pages and `curl -F` send: here the file itself is the body.
pub fn is_no_form(headers: &HeaderMap) -> Result<(), Problem> {
    let kind = headers.get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    match kind.trim_start().to_ascii_lowercase().starts_with("multipart/") {
        true => Err(Problem::new(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "this is a form with a file in it (multipart); send the file itself as the body, as `curl --data-binary @FILE` does",
        )),
        false => Ok(()),
    }
}

/// An uploaded picture, and the room that its bytes take.
pub struct Upload {
    pub bytes: Bytes,
    pub room: Turn,
}

impl FromRequest<Door> for Upload {
    type Rejection = Response;

    async fn from_request(request: Request, door: &Door) -> Result<Self, Response> {
        is_no_form(request.headers()).map_err(IntoResponse::into_response)?;
        let most = door.services.config.http.max_upload.as_u64();
        let announced = request.headers().get(CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse().ok());
        // What is longer is refused by the limit on bodies.
        let length = announced.map_or(most, |length: u64| length.min(most));
        let kib = u32::try_from(length.div_ceil(1024)).unwrap_or(u32::MAX);
        let room = door.uploads.take_of(kib).await.map_err(|busy| Problem::from(busy).into_response())?;
        let bytes = Bytes::from_request(request, door).await.map_err(|refused| match refused.status() {
            StatusCode::PAYLOAD_TOO_LARGE => Problem::large_picture(most).into_response(),
            _ => refused.into_response(),
        })?;
        Ok(Self { bytes, room })
    }
}
