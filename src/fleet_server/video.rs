//! The camera of a device as it looks now and then: video does not pass a broker. While a model looks, the frames of its
//! looks, with what it saw drawn in; else the pictures that the device sends by itself.

use super::door::Door;
use super::forward::ask;
use crate::domain::{Category, Detections};
use crate::http::Problem;
use crate::http::shared::{AS_IT_COMES, BOUNDARY, Gone, Known, PATIENCE, Taker, blocking, part, seated};
use crate::live;
use crate::picture::{self, Bounds};
use axum::body::{Body, Bytes};
use axum::extract::{Path, Query, Request, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodRouter, get};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use std::sync::Arc;
use std::time::Duration;

/// Between two looks.
const EVERY: Duration = Duration::from_secs(2);
/// How often the same picture is given: Chromium shows a part only once the next one has begun.
const GIVEN: u32 = 2;
/// Bytes of an answer, at most: a picture of a camera.
const ANSWER: usize = 16_000_000;

/// As a device takes it.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Wanted {
    /// Whether the model's boxes are drawn in; true unless said otherwise.
    boxes: Option<bool>,
    #[expect(dead_code, reason = "a browser asks anew where it changes")]
    t: Option<String>,
    camera: Option<String>,
}

pub fn video() -> MethodRouter<Door> {
    get(stream)
}

async fn stream(
    State(door): State<Door>,
    Known(_): Known,
    Path(device): Path<String>,
    Query(wanted): Query<Wanted>,
) -> Result<Response, Problem> {
    door.fleet.may_ask(&device)?;
    let camera = wanted.camera.as_deref().map(plain).transpose()?;
    let Ok(seat) = Arc::clone(&door.viewers).try_acquire_owned() else {
        let detail = "too many watch cameras of devices already; close a view";
        return Err(Problem::new(StatusCode::SERVICE_UNAVAILABLE, detail));
    };
    let (stop, boxes) = (door.stop.clone(), wanted.boxes.unwrap_or(true));
    let shown =
        seated(
            seat,
            PATIENCE,
            stop,
            |viewer| async move { show(&Camera { door, device, camera, boxes }, &viewer).await },
        );
    let kind = [(header::CONTENT_TYPE, format!("multipart/x-mixed-replace; boundary={BOUNDARY}"))];
    Ok((AS_IT_COMES, kind, Body::from_stream(shown)).into_response())
}

/// An id as it may stand in a path.
fn plain(camera: &str) -> Result<String, Problem> {
    let camera: crate::domain::CameraId =
        camera.parse().map_err(|error| Problem::bad_request(format!("camera: {error}")))?;
    Ok(camera.to_string())
}

/// A camera, and how it is shown.
struct Camera {
    door: Door,
    device: String,
    /// `None`: the first.
    camera: Option<String>,
    boxes: bool,
}

async fn show(camera: &Camera, viewer: &Taker<Bytes>) -> Result<(), Gone> {
    let (mut last, mut given) = (Bytes::new(), 0);
    viewer.give(Bytes::from(format!("--{BOUNDARY}\r\n"))).await?;
    loop {
        // Where the device gives no answer the video ends: what is shown would be taken for what is.
        let Ok(picture) = camera.picture().await else { return Ok(()) };
        if let Some(picture) = picture {
            given = if picture == last { given + 1 } else { 1 };
            if given <= GIVEN {
                viewer.give(part(&picture)).await?;
            }
            last = picture;
        }
        tokio::time::sleep(EVERY).await;
    }
}

impl Camera {
    /// What there is to see now; `None` where there is nothing. Error: the device gives no answer.
    async fn picture(&self) -> Result<Option<Bytes>, Problem> {
        let of = self.camera.as_ref().map(|camera| format!("?camera={camera}")).unwrap_or_default();
        let Some(seen) = self.json::<Option<Detections>>(&format!("detections{of}")).await? else { return Ok(None) };
        let Some(seen) = seen else { return Ok(self.door.fleet.picture(&self.device)) };
        // One that is remembered no more has been followed by another.
        let Some(frame) = self.get(&format!("detections/{}.jpg", seen.id)).await? else { return Ok(None) };
        if !self.boxes || seen.objects.is_empty() {
            return Ok(Some(frame));
        }
        let Some(categories) = self.json::<Items>("categories").await? else { return Ok(None) };
        // Many viewers must not have all decoded at once.
        let turn = self.door.pictures.take().await?;
        blocking(move || {
            let _turn = turn;
            Ok::<_, Problem>(drawn(&frame, &seen, &categories.items))
        })
        .await
    }

    async fn json<T: DeserializeOwned>(&self, path: &str) -> Result<Option<T>, Problem> {
        Ok(self.get(path).await?.and_then(|bytes| serde_json::from_slice(&bytes).ok()))
    }

    /// What the device has there; `None` where it has nothing, or too much.
    async fn get(&self, path: &str) -> Result<Option<Bytes>, Problem> {
        let mut request = Request::new(Body::empty());
        *request.uri_mut() = format!("/api/v1/{path}").parse().map_err(|_| Problem::bad_request("no such path"))?;
        let answer = ask(&self.door, &self.device, request).await?;
        match answer.status().is_success() {
            true => Ok(axum::body::to_bytes(answer.into_body(), ANSWER).await.ok()),
            false => Ok(None),
        }
    }
}

#[derive(Deserialize)]
struct Items {
    items: Vec<Category>,
}

/// The frame with what was seen in it. A device is believed nothing: its picture is bounded before it is decoded.
fn drawn(frame: &Bytes, seen: &Detections, categories: &[Category]) -> Option<Bytes> {
    let mut image = picture::decode(frame, Bounds::default()).ok()?;
    live::draw(&mut image, seen, categories);
    Some(picture::encode_jpeg(&image, 80))
}
