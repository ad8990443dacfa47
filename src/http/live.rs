//! The live camera: video with what the model sees, detections, and everything that happens.

use super::Door;
use super::extract::Binary;
use super::problem::{Problem, Result};
use crate::domain::{BBox, Detections, Event, NewFrame};
use crate::picture::{self, Bounds, Mark};
use crate::services::Services;
use axum::Json;
use axum::body::{Body, Bytes};
use axum::extract::{Query, State};
use axum::http::{StatusCode, header};
use axum::response::sse::{self, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use futures::{Stream, StreamExt};
use serde::Deserialize;
use serde_json::json;
use std::collections::VecDeque;
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::time::Instant;
use tokio_stream::wrappers::errors::BroadcastStreamRecvError;
use tokio_stream::wrappers::{BroadcastStream, ReceiverStream};

/// What the deployed model saw last on the camera; null before it saw anything.
#[utoipa::path(get, path = "/detections", tag = "live", responses((status = 200, body = Option<Detections>)))]
pub async fn detections(State(door): State<Door>) -> Json<Option<Detections>> {
    Json(door.services.live.detections.borrow().as_deref().cloned())
}

/// Server-sent events: `frame`, `labels`, `training`, `epoch`, `detections`, `deployed`, `fleet`, each with its JSON as
/// data; `lagged` with `{"missed": n}` to a listener too slow to hear all.
#[utoipa::path(get, path = "/events", tag = "live",
    responses((status = 200, body = String, content_type = "text/event-stream")))]
pub async fn events(State(door): State<Door>) -> Sse<impl Stream<Item = std::result::Result<sse::Event, Infallible>>> {
    let heard = BroadcastStream::new(door.services.events.subscribe()).map(|heard| Ok(told(heard)));
    Sse::new(heard.take_until(door.stop.clone().cancelled_owned()))
        .keep_alive(KeepAlive::new().interval(Duration::from_secs(15)))
}

fn told(heard: std::result::Result<Event, BroadcastStreamRecvError>) -> sse::Event {
    let (name, data) = match heard {
        Ok(event) => named(&event),
        Err(BroadcastStreamRecvError::Lagged(missed)) => ("lagged", Ok(json!({ "missed": missed }))),
    };
    // The records are plain data: they always become JSON.
    sse::Event::default().event(name).data(data.map(|data| data.to_string()).unwrap_or_default())
}

/// An event's name and JSON on the stream.
fn named(event: &Event) -> (&'static str, serde_json::Result<serde_json::Value>) {
    use serde_json::to_value;
    match event {
        Event::Frame(frame) => ("frame", to_value(frame)),
        Event::Labels(labels) => ("labels", to_value(labels)),
        Event::Training(training) => ("training", to_value(&**training)),
        // Without its points, one a frame: they are in the flip book.
        Event::Epoch { training, pages } => {
            let summary = &pages.summary;
            let data = json!({
                "training": training.id, "epoch": summary.epoch, "epochs": training.epochs,
                "experiment": summary.experiment, "metrics": summary.metrics,
            });
            ("epoch", Ok(data))
        }
        Event::Detections(detections) => ("detections", to_value(&**detections)),
        Event::Deployed(model) => ("deployed", to_value(model.as_deref())),
        Event::Fleet(event) => ("fleet", to_value(event)),
    }
}

/// What to see.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
pub struct LiveQuery {
    /// Whether the model's boxes are drawn in; true unless said otherwise.
    boxes: Option<bool>,
}

const BOUNDARY: &str = "fieldcoach-frame";
/// Between camera frames, while no model looks at them.
const PAUSE: Duration = Duration::from_millis(100);
/// The model counts as looking for so long after its last detections.
const LOOKING: Duration = Duration::from_secs(2);
/// Camera frames remembered until the model has looked at them: a second at 30 frames a second.
const REMEMBERED: usize = 32;

/// The camera as a motion JPEG. While a model is live: each frame it looked at, with what it saw drawn in; otherwise the
/// camera's frames, at most 10 a second. At most 8 viewers.
#[utoipa::path(get, path = "/live.mjpeg", tag = "live", params(LiveQuery),
    responses((status = 200, body = Binary, content_type = "multipart/x-mixed-replace")))]
pub async fn video(State(door): State<Door>, Query(query): Query<LiveQuery>) -> Result<Response> {
    let Ok(seat) = Arc::clone(&door.viewers).try_acquire_owned() else {
        return Err(Problem::new(StatusCode::SERVICE_UNAVAILABLE, "too many watch the camera already; close a view"));
    };
    // One frame ahead at most: a slow viewer gets fewer frames, not old ones.
    let (sender, receiver) = mpsc::channel::<std::result::Result<Bytes, Infallible>>(1);
    tokio::spawn(async move {
        tokio::select! {
            () = door.stop.cancelled() => {}
            () = sender.closed() => {}
            () = show(&door.services, query.boxes.unwrap_or(true), &sender) => {}
        }
        drop(seat);
    });
    let headers = [
        (header::CONTENT_TYPE, format!("multipart/x-mixed-replace; boundary={BOUNDARY}")),
        (header::CACHE_CONTROL, "no-store".to_owned()),
    ];
    Ok((headers, Body::from_stream(ReceiverStream::new(receiver))).into_response())
}

/// Sends frames until the camera or the viewer goes away.
async fn show(services: &Services, boxes: bool, viewer: &mpsc::Sender<std::result::Result<Bytes, Infallible>>) {
    let (mut camera, mut seen) = (services.camera.latest.clone(), services.live.detections.clone());
    let mut recent: VecDeque<Arc<NewFrame>> = VecDeque::with_capacity(REMEMBERED);
    let (mut shown, mut looked): (Option<Instant>, Option<Instant>) = (None, None);
    if viewer.send(Ok(Bytes::from(format!("--{BOUNDARY}\r\n")))).await.is_err() {
        return;
    }
    camera.mark_changed();
    loop {
        let jpeg = tokio::select! {
            changed = camera.changed() => {
                if changed.is_err() {
                    return;
                }
                let Some(frame) = camera.borrow_and_update().clone() else { continue };
                if recent.len() == REMEMBERED {
                    recent.pop_front();
                }
                recent.push_back(Arc::clone(&frame));
                let looking = boxes && looked.is_some_and(|at| at.elapsed() < LOOKING);
                if looking || shown.is_some_and(|at| at.elapsed() < PAUSE) {
                    continue;
                }
                frame.jpeg.clone()
            }
            // Once no model will ever look (its sender is gone), the camera alone goes on.
            Ok(()) = seen.changed(), if boxes => {
                let Some(detections) = seen.borrow_and_update().clone() else { continue };
                let Some(frame) = recent.iter().find(|f| f.taken == detections.taken).cloned() else { continue };
                looked = Some(Instant::now());
                let store = services.store.clone();
                let drawing = move || drawn(&frame, &detections, &store.categories().unwrap_or_default());
                let Ok(Some(jpeg)) = tokio::task::spawn_blocking(drawing).await else { continue };
                jpeg
            }
        };
        shown = Some(Instant::now());
        if viewer.send(Ok(part(&jpeg))).await.is_err() {
            return;
        }
    }
}

/// One frame of the video. The boundary comes after it, so that browsers show it at once.
fn part(jpeg: &Bytes) -> Bytes {
    let head = format!("Content-Type: image/jpeg\r\nContent-Length: {}\r\n\r\n", jpeg.len());
    [head.as_bytes(), jpeg, b"\r\n--", BOUNDARY.as_bytes(), b"\r\n"].concat().into()
}

/// The frame with what the model saw drawn in; `None` if it can't be decoded.
fn drawn(frame: &NewFrame, detections: &Detections, categories: &[crate::domain::Category]) -> Option<Bytes> {
    if detections.objects.is_empty() {
        return Some(frame.jpeg.clone());
    }
    let mut image = picture::decode(&frame.jpeg, Bounds::default()).ok()?;
    // Boxes are in pixels of what the model was shown.
    let (sx, sy) = (
        image.width() as f32 / detections.width.max(1) as f32,
        image.height() as f32 / detections.height.max(1) as f32,
    );
    let marks: Vec<Mark> = detections
        .objects
        .iter()
        .map(|object| Mark {
            bbox: object.bbox.map(|bbox: BBox| bbox.scaled(sx, sy)),
            text: format!("{} {:.0} %", object.category, object.score * 100.0),
            colour: picture::colour_of(categories, &object.category),
            dashed: false,
        })
        .collect();
    picture::draw_marks(&mut image, &marks);
    Some(picture::encode_jpeg(&image, 80))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{FleetEvent, FleetEventKind, FrameId, FrameLabels, Phase};

    #[test]
    fn events_go_out_under_their_names() {
        let labels =
            FrameLabels { frame: FrameId::new(), revision: 3, phase: Phase::Final, labels: vec![], updated: None };
        let (name, data) = named(&Event::Labels(labels));
        assert_eq!((name, data.unwrap()["revision"].clone()), ("labels", json!(3)));
        let (name, data) = named(&Event::Deployed(None));
        assert_eq!((name, data.unwrap()), ("deployed", json!(null)));
        let (name, data) = named(&Event::Fleet(FleetEvent::new(FleetEventKind::DiskLow, "little room")));
        assert_eq!((name, data.unwrap()["kind"].clone()), ("fleet", json!("disk_low")));
    }

    #[tokio::test]
    async fn a_listener_too_slow_is_told_how_many_it_missed() {
        let events = crate::events::Events::new();
        let mut heard = BroadcastStream::new(events.subscribe()).map(told);
        for _ in 0..1025 {
            events.publish(Event::Deployed(None));
        }
        let answer =
            Sse::new(futures::stream::iter([Ok::<_, Infallible>(heard.next().await.unwrap())])).into_response();
        let body = axum::body::to_bytes(answer.into_body(), 1000).await.unwrap();
        assert_eq!(body, "event: lagged\ndata: {\"missed\":1}\n\n");
    }

    #[test]
    fn parts_end_with_the_boundary() {
        let part = part(&Bytes::from_static(b"JPEG"));
        assert_eq!(part, "Content-Type: image/jpeg\r\nContent-Length: 4\r\n\r\nJPEG\r\n--fieldcoach-frame\r\n");
    }
}
