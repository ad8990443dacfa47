//! The live camera: video with what the model sees, and everything that happens.

use super::admission::Known;
use super::door::Door;
use super::extract::Binary;
use super::problem::{Problem, Result};
use super::seat::{Gone, PATIENCE, Taker, seated};
use crate::domain::{CameraId, Event, Role};
use crate::live::Shown;
use crate::services::Services;
use axum::body::{Body, Bytes};
use axum::extract::{Query, State};
use axum::http::{HeaderName, StatusCode, header};
use axum::response::sse::{self, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use futures::StreamExt;
use serde::Deserialize;
use serde_json::json;
use std::sync::Arc;
use std::time::Duration;
use tokio_stream::wrappers::BroadcastStream;
use tokio_stream::wrappers::errors::BroadcastStreamRecvError;

/// What has no end is passed on as it comes: proxies that wait for its end, keep it, or pack it, pass on nothing. nginx
/// heeds the second header only.
pub const AS_IT_COMES: [(HeaderName, &str); 2] =
    [(header::CACHE_CONTROL, "no-store, no-transform"), (HeaderName::from_static("x-accel-buffering"), "no")];

/// Server-sent events: `frame`, `labels`, `training`, `epoch`, `detections`, `deployed`, `categories`, `watch`, `fleet`, `audit` (to admins), each
/// with its JSON as data; `lagged` with `{"missed": n}` to a listener too slow to hear all.
#[utoipa::path(get, path = "/events", tag = "live",
    responses((status = 200, body = String, content_type = "text/event-stream")))]
pub async fn events(State(door): State<Door>, Known(principal): Known) -> Result<impl IntoResponse> {
    let Ok(seat) = Arc::clone(&door.listeners).try_acquire_owned() else {
        return Err(Problem::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "too many listen to the events already; close a view",
        ));
    };
    let mut heard = BroadcastStream::new(door.services.events.subscribe());
    let told = seated(seat, PATIENCE, door.stop.clone(), |listener| async move {
        while let Some(heard) = heard.next().await {
            if may_hear(&heard, principal.role) {
                listener.give(told(heard)).await?;
            }
        }
        Ok(())
    });
    Ok((AS_IT_COMES, Sse::new(told).keep_alive(KeepAlive::new().interval(Duration::from_secs(15)))))
}

/// What people did is for admins.
fn may_hear(heard: &std::result::Result<Event, BroadcastStreamRecvError>, role: Role) -> bool {
    role >= Role::Admin || !matches!(heard, Ok(Event::Audit(_)))
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
        Event::Deleted(frames) => ("deleted", Ok(json!({ "frames": frames[..] }))),
        Event::Restored(frames) => ("restored", Ok(json!({ "frames": frames[..] }))),
        Event::Training(training) => ("training", to_value(&**training)),
        // Without its points, one a frame: they are in the flip book.
        Event::Epoch { training, told } => {
            let data = json!({
                "training": training.id, "epoch": told.epoch, "epochs": training.epochs,
                "experiment": told.experiment, "metrics": told.metrics,
            });
            ("epoch", Ok(data))
        }
        Event::Detections(detections) => ("detections", to_value(&**detections)),
        Event::Deployed(model) => ("deployed", to_value(model.as_deref())),
        Event::Categories => ("categories", Ok(json!({}))),
        Event::Watch(watch) => ("watch", to_value(&**watch)),
        Event::Fleet(event) => ("fleet", to_value(event)),
        Event::Audit(entry) => ("audit", to_value(entry)),
    }
}

/// What to see.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
pub struct LiveQuery {
    /// Whether the model's boxes are drawn in; true unless said otherwise.
    boxes: Option<bool>,
    /// Anything: a browser asks anew where it changes.
    #[expect(dead_code, reason = "nobody reads it")]
    t: Option<String>,
    /// Its id; the first camera, unless said otherwise.
    camera: Option<CameraId>,
}

pub const BOUNDARY: &str = "fieldcoach-frame";
/// Between frames, at least.
const PAUSE: Duration = Duration::from_millis(100);

/// The camera as a motion JPEG, at most 10 frames a second. While a model looks, the frames that it looked at, each with
/// what it saw in it. At most 8 viewers; who takes none for 20 seconds loses the seat.
#[utoipa::path(get, path = "/live.mjpeg", tag = "live", params(LiveQuery),
    responses((status = 200, body = Binary, content_type = "multipart/x-mixed-replace")))]
pub async fn video(State(door): State<Door>, Query(query): Query<LiveQuery>) -> Result<Response> {
    let LiveQuery { boxes, camera, .. } = query;
    // Looked for before a seat is taken.
    door.services.cameras.named(camera.as_ref())?;
    let Ok(seat) = Arc::clone(&door.viewers).try_acquire_owned() else {
        return Err(Problem::new(StatusCode::SERVICE_UNAVAILABLE, "too many watch the cameras already; close a view"));
    };
    // One frame ahead at most: a slow viewer gets fewer frames, not old ones.
    let shown = seated(seat, PATIENCE, door.stop.clone(), |viewer| async move {
        show(&door.services, camera.as_ref(), boxes.unwrap_or(true), &viewer).await
    });
    let kind = [(header::CONTENT_TYPE, format!("multipart/x-mixed-replace; boundary={BOUNDARY}"))];
    Ok((AS_IT_COMES, kind, Body::from_stream(shown)).into_response())
}

/// Sends frames until the camera or the viewer goes away: with boxes what the model looked at, as it looked at it.
async fn show(
    services: &Services,
    camera: Option<&CameraId>,
    boxes: bool,
    viewer: &Taker<Bytes>,
) -> std::result::Result<(), Gone> {
    let (Ok(camera), Ok(eye)) = (services.cameras.named(camera), services.live.eyes().named(camera)) else {
        return Ok(());
    };
    let (mut latest, mut seen) = (camera.latest.clone(), eye.seen());
    let mut last: Option<Shown> = None;
    viewer.give(Bytes::from(format!("--{BOUNDARY}\r\n"))).await?;
    loop {
        // Seen from here on: what comes while this one is drawn wakes the loop again.
        let newest = latest.borrow_and_update().clone();
        seen.mark_unchanged();
        let shown = if boxes { eye.shown(camera) } else { newest.map(Shown::Plain) };
        if let Some(shown) = shown.filter(|shown| !last.as_ref().is_some_and(|last| last.is(shown))) {
            let (drawing, of) = (services.live.clone(), shown.clone());
            let Ok(jpeg) = tokio::task::spawn_blocking(move || drawing.picture(&of)).await else {
                return Ok(()); // it panicked; the log has it
            };
            last = Some(shown);
            let pause = tokio::time::sleep(PAUSE);
            if let Some(jpeg) = jpeg {
                viewer.give(part(&jpeg)).await?;
            }
            pause.await;
        }
        let changed = tokio::select! {
            changed = latest.changed() => changed,
            changed = seen.changed(), if boxes => changed,
        };
        if changed.is_err() {
            return Ok(());
        }
    }
}

/// One frame of the video. The boundary comes after it, so that browsers show it at once.
pub fn part(jpeg: &Bytes) -> Bytes {
    let head = format!("Content-Type: image/jpeg\r\nContent-Length: {}\r\n\r\n", jpeg.len());
    [head.as_bytes(), jpeg, b"\r\n--", BOUNDARY.as_bytes(), b"\r\n"].concat().into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{AuditEntry, FleetEvent, FleetEventKind, FrameId, FrameLabels, Phase, Who};
    use std::convert::Infallible;

    #[test]
    fn events_go_out_under_their_names() {
        let labels = FrameLabels { revision: 3, phase: Phase::Final, ..FrameLabels::none(FrameId::new()) };
        let (name, data) = named(&Event::Labels((&labels).into()));
        assert_eq!((name, data.unwrap()["revision"].clone()), ("labels", json!(3)));
        let (name, data) = named(&Event::Deployed(None));
        assert_eq!((name, data.unwrap()), ("deployed", json!(null)));
        let (name, data) = named(&Event::Fleet(FleetEvent::new(FleetEventKind::DiskLow, "little room")));
        assert_eq!((name, data.unwrap()["kind"].clone()), ("fleet", json!("disk_low")));
    }

    #[test]
    fn what_people_did_is_told_to_admins() {
        let deed = Ok(Event::Audit(AuditEntry::new(&Who::local(), "rolled back", "")));
        assert!(may_hear(&deed, Role::Admin) && !may_hear(&deed, Role::Labeller));
        assert!(may_hear(&Ok(Event::Deployed(None)), Role::Viewer));
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
