//! Films in: taken to disk, looked at, and then made a clip of while others are answered.

use super::door::Door;
use super::extract::{Binary, blocking, location};
use super::film_jobs::FilmImport;
use super::jobs::{Ends, Job};
use super::problem::{Problem, Result};
use super::receive::receive;
use super::upload::is_no_form;
use crate::children::Launcher;
use crate::dataset::film::{self, Every, Facts, Film, FilmError, FilmReport, Way};
use crate::domain::{self, ClipId, Event, FrameSource, NewFrame, limits};
use crate::services::Services;
use crate::turns::Turn;
use axum::Json;
use axum::body;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::IntoResponse;
use serde::Deserialize;
use std::fs::File;
use std::ops::ControlFlow;
use std::sync::Arc;

/// How to take a film in.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
pub struct FilmQuery {
    /// What it is called.
    name: Option<String>,
    /// Seconds between two frames; 0.5 unless said otherwise.
    #[param(value_type = Option<f64>, minimum = 0.02, maximum = 3600)]
    every: Option<String>,
}

/// Takes in a film (MP4, MKV, AVI and others that ffmpeg reads): a clip of frames, one each `every` seconds, near copies
/// left out. Answers once it is here and was looked at; what becomes of it is at `Location`.
#[utoipa::path(post, path = "/clips", tag = "clips", params(FilmQuery),
    request_body(content((Binary = "video/mp4"), (Binary = "application/octet-stream"))),
    responses((status = 202, body = FilmImport, headers(("Location" = String)))))]
pub async fn import(
    State(door): State<Door>,
    Query(FilmQuery { name, every }): Query<FilmQuery>,
    headers: HeaderMap,
    body: body::Body,
) -> Result<impl IntoResponse> {
    is_no_form(&headers)?;
    let every: Every = match every {
        Some(text) => text.parse().map_err(Problem::bad_request)?,
        None => Every::default(),
    };
    if let Some(Err(wrong)) = name.as_deref().map(domain::name::check_file) {
        return Err(Problem::new(StatusCode::UNPROCESSABLE_ENTITY, format!("`name`: {wrong}")));
    }
    // Before gigabytes are sent in vain.
    film::check()?;
    let turn = door.films.turns.take().await?;
    let file = receive(&door, &headers, body, ("the film", limits::FILM_BYTES)).await?;
    let (file, facts) = blocking(move || {
        let facts = film::look(&file, every, &Launcher::own())?;
        Ok::<_, FilmError>((file, facts))
    })
    .await?;
    let clip = ClipId::new();
    let job = door.films.begin(FilmReport::of(clip, name.clone(), every, facts.seconds));
    let told = job.told();
    tokio::spawn(run(door, job, turn, Sent { file, facts, name, every, clip }));
    Ok((StatusCode::ACCEPTED, location(&["clips", &clip.to_string(), "import"]), Json(told)))
}

/// A film that is here.
struct Sent {
    file: File,
    facts: Facts,
    name: Option<String>,
    every: Every,
    clip: ClipId,
}

async fn run(door: Door, job: Arc<Job<FilmImport>>, turn: Turn, sent: Sent) {
    let ends = Ends(Arc::clone(&job));
    let ended = tokio::task::spawn_blocking(move || {
        let _turn = turn;
        take_in(&door, &job, &sent)
    });
    // One that panicked is ended as it is dropped.
    if let Ok(outcome) = ended.await {
        let told = outcome.map(|report| ends.0.tell(|told| told.report = report));
        ends.0.end(told.err().map(|error| error.to_string()));
    }
}

fn take_in(door: &Door, job: &Job<FilmImport>, sent: &Sent) -> std::result::Result<FilmReport, FilmError> {
    let Sent { file, facts, name, every, clip } = sent;
    let film = Film { file, facts, name: name.clone(), every: *every, source: FrameSource::Upload, clip: *clip };
    let Services { store, events, pictures, .. } = &door.services;
    let mut keep = |frame: &NewFrame| {
        let (frame, dropped) = store.bring_frame(frame)?;
        events.publish(Event::Frame(frame.clone()));
        Ok((frame, dropped))
    };
    let mut going = |_, _| match job.cancel.is_cancelled() {
        true => ControlFlow::Break(()),
        false => door.going(),
    };
    let mut tell = |report: &FilmReport| job.tell(|told| told.report = report.clone());
    let (launcher, turns) = (&Launcher::own(), pictures);
    let settle = &mut || store.settle_frames();
    film::take_in(&film, Way { launcher, turns, keep: &mut keep, settle, tell: &mut tell, going: &mut going })
}

/// How far a film has come that became, or becomes, this clip.
#[utoipa::path(get, path = "/clips/{id}/import", tag = "clips", params(("id" = ClipId, Path)),
    responses((status = 200, body = FilmImport)))]
pub async fn get(State(door): State<Door>, Path(id): Path<ClipId>) -> Result<Json<FilmImport>> {
    Ok(Json(door.films.job(id)?.told()))
}

/// Stops a film on its way in; the frames that came of it stay. One that is over stays as it is.
#[utoipa::path(delete, path = "/clips/{id}/import", tag = "clips", params(("id" = ClipId, Path)),
    responses((status = 200, body = FilmImport)))]
pub async fn cancel(State(door): State<Door>, Path(id): Path<ClipId>) -> Result<Json<FilmImport>> {
    let job = door.films.job(id)?;
    job.cancel.cancel();
    Ok(Json(job.told()))
}
