//! Films that the cameras of the device take.

use super::door::Door;
use super::extract::{Body, Collection, location};
use super::film_jobs::{FilmImport, Filming};
use super::jobs::{Ends, Job};
use super::problem::{Problem, Result};
use crate::camera::Camera;
use crate::dataset::film::recorded::{Way, record};
use crate::dataset::film::{FilmError, FilmReport};
use crate::domain::{CameraId, ClipId, Event, NewFrame, limits};
use crate::services::Services;
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::IntoResponse;
use serde::Deserialize;
use std::sync::Arc;
use tokio::runtime::Handle;
use tokio::sync::oneshot;

/// What to film; `{}` is enough.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RecordRequest {
    /// The camera; the first one, unless said otherwise.
    #[serde(default)]
    camera: Option<CameraId>,
    /// How long at most, 1 to 300; 30 unless said otherwise.
    #[serde(default)]
    #[schema(minimum = 1, maximum = 300)]
    seconds: Option<f64>,
}

/// Films with a camera, at its own pace: a clip of all frames that it gives, near copies left out. Answers once the first one is
/// stored; how far it is, is at `Location`, and `DELETE` there ends it before its time: what had come is the film. Where the
/// camera is away, or films already, that is told (409).
#[utoipa::path(post, path = "/clips/record", tag = "clips", request_body = RecordRequest,
    responses((status = 202, body = FilmImport, headers(("Location" = String)))))]
pub async fn add(State(door): State<Door>, Body(asked): Body<RecordRequest>) -> Result<impl IntoResponse> {
    let seconds = asked.seconds.unwrap_or(limits::RECORDED);
    limits::within("seconds", seconds, &limits::RECORD_SECONDS)
        .map_err(|wrong| Problem::new(StatusCode::UNPROCESSABLE_ENTITY, wrong))?;
    let camera = door.services.cameras.named(asked.camera.as_ref())?.clone();
    let Some(filming) = door.films.film(camera.id()) else {
        let detail = format!("camera `{}` films already: stop that first, or wait for its end", camera.id());
        return Err(Problem::new(StatusCode::CONFLICT, detail));
    };
    // Nothing is begun that can't be.
    drop(camera.frames()?);
    let clip = ClipId::new();
    let job = door.films.begin(FilmReport::of_camera(clip, camera.id().clone(), seconds));
    let (first, begun) = oneshot::channel();
    let shoot = Shoot { door, camera, clip, seconds, filming };
    let works = Arc::clone(&job);
    tokio::task::spawn_blocking(move || shoot.run(&works, first));
    match begun.await {
        Ok(Err(error)) => Err(error.into()),
        // One that panicked is told as that.
        Ok(Ok(())) | Err(_) => {
            Ok((StatusCode::ACCEPTED, location(&["clips", &clip.to_string(), "import"]), Json(job.told())))
        }
    }
}

/// A film that is about to be taken.
struct Shoot {
    door: Door,
    camera: Camera,
    clip: ClipId,
    seconds: f64,
    filming: Filming,
}

impl Shoot {
    /// `first` hears of the first frame, or why there is none.
    fn run(self, job: &Arc<Job<FilmImport>>, first: oneshot::Sender<std::result::Result<(), FilmError>>) {
        let ends = Ends(Arc::clone(job));
        let Services { store, events, .. } = &self.door.services;
        let mut first = Some(first);
        // Told, or nobody waits any more.
        let mut begun = |outcome| drop(first.take().map(|first| first.send(outcome)));
        let mut keep = |frame: &NewFrame| {
            let (frame, dropped) = store.bring_frame(frame)?;
            events.publish(Event::Frame(frame.clone()));
            Ok((frame, dropped))
        };
        let mut tell = |report: &FilmReport| {
            job.tell(|told| told.report = report.clone());
            begun(Ok(()));
        };
        let stop = job.cancel.clone();
        let way = Way {
            keep: &mut keep,
            settle: &mut || store.settle_frames(),
            tell: &mut tell,
            stop: &stop,
            runtime: &Handle::current(),
        };
        let outcome = record(&self.camera, self.clip, self.seconds, way);
        // Another may begin once it is told to be over.
        drop(self.filming);
        match outcome {
            Ok(report) => {
                job.tell(|told| told.report = report);
                ends.0.end(None);
                begun(Ok(()));
            }
            Err(error) => {
                ends.0.end(Some(error.to_string()));
                begun(Err(error));
            }
        }
    }
}

/// Films that cameras take now, the newest first.
#[utoipa::path(get, path = "/clips/record", tag = "clips", responses((status = 200, body = Collection<FilmImport>)))]
pub async fn list(State(door): State<Door>) -> Json<Collection<FilmImport>> {
    Collection::whole(door.films.recordings())
}
