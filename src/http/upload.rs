//! The body of an uploaded picture, read once there is room for it in memory.

use super::door::Door;
use super::problem::Problem;
use crate::turns::Turn;
use axum::body::Bytes;
use axum::extract::{FromRequest, Request};
use axum::http::header::CONTENT_LENGTH;
use axum::response::{IntoResponse, Response};

/// An uploaded picture, and the room that its bytes take.
pub struct Upload {
    pub bytes: Bytes,
    pub room: Turn,
}

impl FromRequest<Door> for Upload {
    type Rejection = Response;

    async fn from_request(request: Request, door: &Door) -> Result<Self, Response> {
        let most = door.services.config.http.max_upload.as_u64();
        let announced = request.headers().get(CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse().ok());
        // What is longer is refused by the limit on bodies.
        let length = announced.map_or(most, |length: u64| length.min(most));
        let kib = u32::try_from(length.div_ceil(1024)).unwrap_or(u32::MAX);
        let room = door.uploads.take_of(kib).await.map_err(|busy| Problem::from(busy).into_response())?;
        let bytes = Bytes::from_request(request, door).await.map_err(IntoResponse::into_response)?;
        Ok(Self { bytes, room })
    }
}
