//! Errors as `application/problem+json` (RFC 9457), every one of them: those of handlers, of the router, of limits and
//! time-outs, and panics.

use crate::dataset::export::ExportError;
use crate::dataset::film::FilmError;
use crate::dataset::import::ImportError;
use crate::domain::{FrameLabels, NoCamera};
use crate::json;
use crate::live::{KeepError, ProposeError, WatchError};
use crate::picture::PictureError;
use crate::settings::SettingsError;
use crate::store::StoreError;
use crate::train::TrainError;
use crate::turns::Busy;
use axum::Json;
use axum::body::{Body, to_bytes};
use axum::extract::Request;
use axum::http::{HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use std::any::Any;

const CONTENT_TYPE: &str = "application/problem+json";
/// Seconds after which what was not ready may be.
const RETRY_AFTER: &str = "3";

/// What went wrong, for people and programs.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
pub struct Problem {
    /// Always `about:blank`: the status says what kind it is.
    #[serde(rename = "type")]
    pub kind: &'static str,
    /// The status in words.
    pub title: &'static str,
    pub status: u16,
    /// What was wrong with this request, and what to do.
    pub detail: String,
    /// With a stale `revision` (409): the labels as they are now.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub current: Option<Box<FrameLabels>>,
}

pub type Result<T> = std::result::Result<T, Problem>;

impl Problem {
    pub fn new(status: StatusCode, detail: impl Into<String>) -> Self {
        Self {
            kind: "about:blank",
            title: status.canonical_reason().unwrap_or("Error"),
            status: status.as_u16(),
            detail: detail.into(),
            current: None,
        }
    }

    pub fn not_found(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::NOT_FOUND, detail)
    }

    pub fn bad_request(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, detail)
    }

    pub fn internal(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, detail)
    }

    pub fn too_large(what: &str, limit: u64) -> Self {
        let limit = bytesize::ByteSize::b(limit).display().si();
        Self::new(StatusCode::PAYLOAD_TOO_LARGE, format!("{what} is larger than {limit}"))
    }

    /// A picture that is larger than `http.max_upload`.
    pub fn large_picture(limit: u64) -> Self {
        let limit = bytesize::ByteSize::b(limit).display().si();
        let detail =
            format!("the picture is larger than {limit}, and `http.max_upload` allows no more; make it smaller");
        Self::new(StatusCode::PAYLOAD_TOO_LARGE, detail)
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        if status.is_server_error() {
            tracing::error!(status = self.status, "{}", self.detail);
        }
        let mut response = (status, Json(self)).into_response();
        response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(CONTENT_TYPE));
        response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if status == StatusCode::SERVICE_UNAVAILABLE {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static(RETRY_AFTER));
        }
        response
    }
}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        let detail = error.to_string();
        let status = match error {
            StoreError::NotFound { .. } => StatusCode::NOT_FOUND,
            StoreError::Invalid(_) => StatusCode::UNPROCESSABLE_ENTITY,
            StoreError::Stale(current) => {
                return Self { current: Some(current), ..Self::new(StatusCode::CONFLICT, detail) };
            }
            StoreError::Conflict(_) => StatusCode::CONFLICT,
            StoreError::Full(_) => StatusCode::INSUFFICIENT_STORAGE,
            // The disk's fault, as `/readyz` says; it may be mended.
            _ if error.is_refusal() => StatusCode::SERVICE_UNAVAILABLE,
            StoreError::InUse { .. }
            | StoreError::Gone(_)
            | StoreError::ReadOnly(_)
            | StoreError::Refused(_)
            | StoreError::Hangs(_)
            | StoreError::Rebuilding => StatusCode::SERVICE_UNAVAILABLE,
            StoreError::Schema(_) | StoreError::Damaged(_) | StoreError::Io { .. } => StatusCode::INTERNAL_SERVER_ERROR,
        };
        Self::new(status, detail)
    }
}

impl From<NoCamera> for Problem {
    fn from(no: NoCamera) -> Self {
        Self::not_found(no.to_string())
    }
}

impl From<Busy> for Problem {
    fn from(busy: Busy) -> Self {
        let detail = format!("the device is busy with other pictures and data sets ({busy}); try again in a moment");
        Self::new(StatusCode::SERVICE_UNAVAILABLE, detail)
    }
}

impl From<SettingsError> for Problem {
    fn from(error: SettingsError) -> Self {
        match error {
            SettingsError::Refused(why) => Self::new(StatusCode::UNPROCESSABLE_ENTITY, why),
            SettingsError::Store(error) => error.into(),
        }
    }
}

impl From<ProposeError> for Problem {
    fn from(error: ProposeError) -> Self {
        match error {
            ProposeError::Store(error) => error.into(),
            ProposeError::Picture { .. } | ProposeError::Model { .. } => Self::internal(error.to_string()),
        }
    }
}

impl From<WatchError> for Problem {
    fn from(error: WatchError) -> Self {
        match error {
            WatchError::Refused(why) => Self::new(StatusCode::UNPROCESSABLE_ENTITY, why),
            WatchError::Store(error) => error.into(),
        }
    }
}

impl From<KeepError> for Problem {
    fn from(error: KeepError) -> Self {
        match error {
            KeepError::Forgotten => Self::not_found(error.to_string()),
            KeepError::Refused(why) => Self::new(StatusCode::UNPROCESSABLE_ENTITY, why),
            KeepError::Labelled(_) => Self::new(StatusCode::CONFLICT, error.to_string()),
            KeepError::Store(error) => error.into(),
        }
    }
}

impl From<TrainError> for Problem {
    fn from(error: TrainError) -> Self {
        match error {
            TrainError::Store(error) => error.into(),
            TrainError::Invalid(_) | TrainError::Unusable { .. } => {
                Self::new(StatusCode::UNPROCESSABLE_ENTITY, error.to_string())
            }
            TrainError::Cancelled | TrainError::Busy(_) => Self::new(StatusCode::CONFLICT, error.to_string()),
            TrainError::Memory(_)
            | TrainError::Silent(_)
            | TrainError::Failed(_)
            | TrainError::Because { .. }
            | TrainError::Runtime(_)
            | TrainError::Graph(_) => Self::new(StatusCode::SERVICE_UNAVAILABLE, error.to_string()),
        }
    }
}

impl From<PictureError> for Problem {
    fn from(error: PictureError) -> Self {
        let status = match error {
            PictureError::TooLarge(_) => StatusCode::PAYLOAD_TOO_LARGE,
            PictureError::Unreadable(_) => StatusCode::UNPROCESSABLE_ENTITY,
            PictureError::Format(_) => StatusCode::UNSUPPORTED_MEDIA_TYPE,
        };
        Self::new(status, error.to_string())
    }
}

impl From<FilmError> for Problem {
    fn from(error: FilmError) -> Self {
        let detail = error.to_string();
        match error {
            FilmError::Refused(_) => Self::new(StatusCode::UNPROCESSABLE_ENTITY, detail),
            FilmError::TooLarge(_) => Self::new(StatusCode::PAYLOAD_TOO_LARGE, detail),
            FilmError::Camera(_) => Self::new(StatusCode::CONFLICT, detail),
            FilmError::NoProgram(_) | FilmError::Stopped | FilmError::Ended(_) => {
                Self::new(StatusCode::SERVICE_UNAVAILABLE, detail)
            }
            FilmError::Store(error) => error.into(),
            FilmError::Io(error) => error.into(),
            FilmError::Broken { why, .. } => Self { detail, ..Self::from(*why) },
        }
    }
}

impl From<ImportError> for Problem {
    fn from(error: ImportError) -> Self {
        let detail = error.to_string();
        match error {
            ImportError::Invalid(_) => Self::new(StatusCode::UNPROCESSABLE_ENTITY, detail),
            ImportError::Stopped(_) => Self::new(StatusCode::SERVICE_UNAVAILABLE, detail),
            ImportError::Partly { why, .. } => Self { detail, ..Self::from(*why) },
            ImportError::Picture(error) => error.into(),
            ImportError::Store(error) => error.into(),
            ImportError::Io(error) => error.into(),
        }
    }
}

impl From<ExportError> for Problem {
    fn from(error: ExportError) -> Self {
        match error {
            ExportError::Stopped => Self::new(StatusCode::SERVICE_UNAVAILABLE, error.to_string()),
            ExportError::Store(error) => error.into(),
            ExportError::Io(error) => error.into(),
        }
    }
}

impl From<std::io::Error> for Problem {
    fn from(error: std::io::Error) -> Self {
        let detail = error.to_string();
        match StoreError::of(error, "it can't be kept".to_owned()) {
            // The same words as of everything that is kept.
            told @ (StoreError::Full(_) | StoreError::ReadOnly(_)) => told.into(),
            other => Self { detail, ..other.into() },
        }
    }
}

/// Middleware: turns every error answer that is not a problem document yet (the router's, the extractors', the limits')
/// into one.
pub async fn everywhere(request: Request, next: Next) -> Response {
    let (method, path) = (request.method().clone(), request.uri().path().to_owned());
    let response = next.run(request).await;
    let status = response.status();
    if !(status.is_client_error() || status.is_server_error()) || is_problem(&response) {
        return response;
    }
    let (mut parts, body) = response.into_parts();
    let text = to_bytes(body, 4096).await.unwrap_or_default();
    let text = String::from_utf8_lossy(&text).trim().to_owned();
    let detail = match status {
        StatusCode::METHOD_NOT_ALLOWED => format!("{path} does not take {method}; see `Allow`"),
        StatusCode::REQUEST_TIMEOUT if method.is_safe() => {
            "the request took longer than 30 seconds; try again".to_owned()
        }
        StatusCode::REQUEST_TIMEOUT => {
            "the request took longer than 30 seconds; it may still be done: look before you ask again".to_owned()
        }
        _ if text.is_empty() => status.canonical_reason().unwrap_or("error").to_owned(),
        _ => json::plain(&text),
    };
    let (problem, body) = Problem::new(status, detail).into_response().into_parts();
    parts.headers.remove(header::CONTENT_LENGTH);
    parts.headers.extend(problem.headers);
    Response::from_parts(parts, body)
}

/// Whether an answer is a problem document already.
pub fn is_problem(response: &Response) -> bool {
    response.headers().get(header::CONTENT_TYPE).is_some_and(|kind| kind == CONTENT_TYPE)
}

/// The answer to a request whose handler panicked.
pub fn panicked(panic: Box<dyn Any + Send + 'static>) -> Response<Body> {
    let words = panic
        .downcast_ref::<String>()
        .map(String::as_str)
        .or_else(|| panic.downcast_ref::<&str>().copied())
        .unwrap_or("no words");
    tracing::error!("a handler panicked: {words}");
    Problem::internal("a fault in fieldcoach, not in the request; its log has the details").into_response()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{FrameId, Phase};

    #[test]
    fn stale_labels_bring_the_current_ones() {
        let frame = FrameId::new();
        let current = FrameLabels { revision: 4, phase: Phase::Labelled, ..FrameLabels::none(frame) };
        let problem = Problem::from(StoreError::Stale(Box::new(current)));
        let json = serde_json::to_value(&problem).unwrap();
        assert_eq!(json["status"], 409);
        assert_eq!(json["type"], "about:blank");
        assert_eq!(json["title"], "Conflict");
        assert_eq!(json["current"]["revision"], 4);
        assert_eq!(json["current"]["frame"], frame.to_string());
    }

    #[test]
    fn errors_have_the_status_that_tells_whose_fault_it_is() {
        let full = std::io::Error::from(std::io::ErrorKind::StorageFull);
        let statuses: Vec<u16> = [
            Problem::from(StoreError::NotFound { what: "frame", id: "x".into() }),
            StoreError::Invalid("x".into()).into(),
            StoreError::Conflict("x".into()).into(),
            StoreError::Full("x".into()).into(),
            StoreError::of(full, "x".into()).into(),
            StoreError::of(std::io::Error::from_raw_os_error(5), "x".into()).into(),
            std::io::Error::from_raw_os_error(5).into(),
            std::io::Error::from_raw_os_error(28).into(),
            StoreError::of(std::io::ErrorKind::UnexpectedEof.into(), "x".into()).into(),
            StoreError::Damaged("x".into()).into(),
            PictureError::TooLarge("x".into()).into(),
            PictureError::Unreadable("x".into()).into(),
            PictureError::Format("x".into()).into(),
            TrainError::Invalid("x".into()).into(),
            TrainError::Failed("x".into()).into(),
        ]
        .iter()
        .map(|p: &Problem| p.status)
        .collect();
        assert_eq!(statuses, [404, 422, 409, 507, 507, 503, 503, 507, 500, 500, 413, 422, 415, 422, 503]);
    }
}
