//! Data sets in: taken to disk, read and stored. Each is a job that others see, and that goes on when whoever sent it is gone.

use super::door::Door;
use super::extract::{Binary, Collection, location};
use super::jobs::{Ends, Job};
use super::problem::Result;
use super::receive::receive;
use super::set_jobs::SetImport;
use super::upload::is_no_form;
use crate::dataset::import::{self, ImportReport};
use crate::domain::ImportId;
use crate::services::Services;
use axum::Json;
use axum::body;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use std::fs::File;
use std::ops::ControlFlow;
use std::sync::Arc;

/// How to take it in where it leaves a choice.
#[derive(Debug, Default, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields, default)]
pub struct ImportQuery {
    /// The form; told by what is there unless said.
    #[param(inline)]
    format: Option<import::Format>,
    /// Everything or nothing: what can't be taken in refuses the rest.
    strict: bool,
    /// What boxes count where a picture says that it must be turned (EXIF): pixels of the `upright` picture, or those
    /// `stored`; `auto` tells it by the sizes that the data set gives.
    #[param(inline)]
    boxes: import::Boxes,
    /// What a picture has in it of which nothing is said: `unlabelled`, or `empty`.
    #[param(inline)]
    unmentioned: import::Unmentioned,
    /// Whether pictures stay on the side that the data set has them on: `train` to train, `valid` and `test` to judge.
    sides: bool,
}

impl From<ImportQuery> for import::Manner {
    fn from(query: ImportQuery) -> Self {
        let ImportQuery { format, strict, boxes, unmentioned, sides } = query;
        Self { format, strict, boxes, unmentioned, sides }
    }
}

/// Takes in a data set: a ZIP of labels and their pictures, or of pictures alone. It may be as large as there is room
/// beyond `store.reserve`. Answers once it is in; with `Prefer: respond-async` (RFC 7240) once it is here, and what becomes of
/// it is at `Location`.
#[utoipa::path(post, path = "/dataset", tag = "data set",
    params(ImportQuery, ("Prefer" = Option<String>, Header, description = "`respond-async`: don't wait for its end")),
    request_body(content((Binary = "application/zip"))),
    responses((status = 200, body = ImportReport), (status = 202, body = SetImport, headers(("Location" = String)))))]
pub async fn import(
    State(door): State<Door>,
    Query(query): Query<ImportQuery>,
    headers: HeaderMap,
    body: body::Body,
) -> Result<Response> {
    is_no_form(&headers)?;
    // As large as there is room for.
    let zip = receive(&door, &headers, body, ("the data set", u64::MAX)).await?;
    let job = door.sets.begin();
    let id = job.told().id.to_string();
    let work = take_in(door, Arc::clone(&job), zip, query.into());
    if waits(&headers) {
        return Ok(Json(work.await?).into_response());
    }
    tokio::spawn(work);
    Ok((StatusCode::ACCEPTED, location(&["dataset", "imports", &id]), Json(job.told())).into_response())
}

/// Whether whoever sends it waits for its end.
fn waits(headers: &HeaderMap) -> bool {
    let preferred = headers.get_all("prefer").iter().filter_map(|value| value.to_str().ok());
    !preferred.flat_map(|value| value.split(',')).any(|one| one.trim().eq_ignore_ascii_case("respond-async"))
}

/// Reads and stores what is here.
async fn take_in(door: Door, job: Arc<Job<SetImport>>, zip: File, manner: import::Manner) -> Result<ImportReport> {
    let ends = Ends(Arc::clone(&job));
    let inner = door.clone();
    let work = move || {
        let Services { store, pictures, .. } = &inner.services;
        let mut going = |done, of| {
            job.tell(|told| (told.done, told.of) = (done, of));
            if job.cancel.is_cancelled() { ControlFlow::Break(()) } else { inner.going() }
        };
        Ok(import::zip(store, zip, inner.bounds(), pictures, &manner, &mut going)?)
    };
    let ended = door.errand(work).await;
    if let Ok(report) = &ended {
        ends.0.tell(|told| told.report = Some(report.clone()));
    }
    ends.0.end(ended.as_ref().err().map(|problem| problem.detail.clone()));
    ended
}

/// Data sets on their way in and the last that came, the newest first: as long as the device is not started anew.
#[utoipa::path(get, path = "/dataset/imports", tag = "data set",
    responses((status = 200, body = Collection<SetImport>)))]
pub async fn list(State(door): State<Door>) -> Json<Collection<SetImport>> {
    Collection::whole(door.sets.told())
}

/// How far a data set is, or what came of it.
#[utoipa::path(get, path = "/dataset/imports/{id}", tag = "data set", params(("id" = ImportId, Path)),
    responses((status = 200, body = SetImport)))]
pub async fn get(State(door): State<Door>, Path(id): Path<ImportId>) -> Result<Json<SetImport>> {
    Ok(Json(door.sets.job(id)?.told()))
}

/// Stops a data set on its way in: before it is stored nothing of it comes in, later what is stored by then stays. One that is
/// over stays as it is.
#[utoipa::path(delete, path = "/dataset/imports/{id}", tag = "data set", params(("id" = ImportId, Path)),
    responses((status = 200, body = SetImport)))]
pub async fn cancel(State(door): State<Door>, Path(id): Path<ImportId>) -> Result<Json<SetImport>> {
    let job = door.sets.job(id)?;
    job.cancel.cancel();
    Ok(Json(job.told()))
}
