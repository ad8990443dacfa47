//! The pool of the fleet: what is done with it is a job, which goes on when whoever asked is gone.

use super::deed::At;
use super::door::Door;
use super::extract::{Collection, blocking, location};
use super::jobs::{Ends, Job};
use super::models::PlaceQuery;
use super::pool_jobs::{PoolJob, PoolWork};
use super::problem::{Problem, Result};
use crate::dataset::Going;
use crate::domain::{CameraId, ModelId, PoolJobId};
use crate::pool::{Facts, Judging, Listed, Listing, PoolError, Pulled, Pushed};
use crate::supervise::Part;
use axum::Json;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use std::ops::ControlFlow;
use std::sync::Arc;

/// The pool of this device.
#[derive(Serialize, utoipa::ToSchema)]
pub struct PoolStatus {
    /// Where it is; empty where there is none.
    url: String,
    /// The key by which this device vouches for its models, for `pool.trusted` of the others.
    key: String,
    /// How what pushes by itself is.
    part: Option<Part>,
    /// What was asked for last, the newest first.
    jobs: Vec<PoolJob>,
}

/// A model of the pool.
#[derive(Serialize, utoipa::ToSchema)]
pub struct PoolModel {
    #[serde(flatten)]
    facts: Facts,
    /// The key that vouches for it.
    signed_by: String,
}

/// How the pool is, and what was done with it last.
#[utoipa::path(get, path = "/pool", tag = "pool", responses((status = 200, body = PoolStatus)))]
pub async fn get(State(door): State<Door>) -> Result<Json<PoolStatus>> {
    let jobs = door.pool.told();
    let told = move || {
        let services = &door.services;
        let part = services.health.parts().remove("pool");
        Ok::<_, PoolError>(PoolStatus { url: services.pool.url(), key: services.pool.key()?.to_string(), part, jobs })
    };
    Ok(Json(blocking(told).await?))
}

/// The models that are in the pool, oldest first. What is no model, or signed by nobody, is not among them.
#[utoipa::path(get, path = "/pool/models", tag = "pool", responses((status = 200, body = Collection<PoolModel>)))]
pub async fn models(State(door): State<Door>) -> Result<Json<Collection<PoolModel>>> {
    let Listing { models, unclear } = blocking(move || door.services.pool.models()).await?;
    unclear.iter().for_each(|(id, why)| tracing::warn!(%id, why, "a model of the pool can't be taken"));
    let model = |Listed { facts, signed_by }| PoolModel { facts, signed_by: signed_by.to_string() };
    Ok(Collection::whole(models.into_iter().map(model).collect()))
}

/// Brings what was labelled here, and the models made here, to the pool; what becomes of it is at `Location`.
#[utoipa::path(post, path = "/pool/push", tag = "pool",
    responses((status = 202, body = PoolJob, headers(("Location" = String)))))]
pub async fn push(State(door): State<Door>) -> Result<Response> {
    begin(door, PoolWork::Push, |door, job, going| {
        let mut told = Pushed::default();
        let pushed = door.services.pool.push(&mut told, going);
        job.tell(|job| job.pushed = Some(told));
        pushed
    })
}

/// Brings what other devices labelled here; what becomes of it is at `Location`.
#[utoipa::path(post, path = "/pool/pull", tag = "pool",
    responses((status = 202, body = PoolJob, headers(("Location" = String)))))]
pub async fn pull(State(door): State<Door>) -> Result<Response> {
    begin(door, PoolWork::Pull, |door, job, going| {
        let mut told = Pulled::default();
        let pulled = door.services.pool.pull(&mut told, going);
        job.tell(|job| job.pulled = Some(told));
        pulled
    })
}

/// Takes a model of the pool as a candidate: it is judged on frames of this device from which no model learned, beside the
/// live one, and goes live only if it is better. What becomes of it is at `Location`.
#[utoipa::path(post, path = "/pool/models/{id}/deploy", tag = "pool", params(("id" = ModelId, Path), PlaceQuery),
    responses((status = 202, body = PoolJob, headers(("Location" = String)))))]
pub async fn deploy(
    State(door): State<Door>,
    Path(id): Path<ModelId>,
    Query(PlaceQuery { camera }): Query<PlaceQuery>,
) -> Result<impl IntoResponse> {
    let at = At::only(camera.clone());
    let begun = begin(door, PoolWork::Deploy, move |door, job, going| take(door, job, (id, camera.as_ref()), going))?;
    Ok((at, begun))
}

fn take(
    door: &Door,
    job: &Job<PoolJob>,
    (id, camera): (ModelId, Option<&CameraId>),
    going: &mut Going,
) -> std::result::Result<(), PoolError> {
    let services = &door.services;
    let runtime = services.engine.get().map_err(|error| PoolError::Refused(error.to_string()))?;
    let floor = services.settings.live().now().floor;
    let judging = Judging { runtime: &runtime, deployment: services.live.deployment(), floor, camera };
    let taken = services.pool.take(id, &judging, going)?;
    job.tell(|job| job.taken = Some(taken));
    Ok(())
}

/// What was asked for, and how far it is.
#[utoipa::path(get, path = "/pool/jobs/{id}", tag = "pool", params(("id" = PoolJobId, Path)),
    responses((status = 200, body = PoolJob)))]
pub async fn job(State(door): State<Door>, Path(id): Path<PoolJobId>) -> Result<Json<PoolJob>> {
    Ok(Json(door.pool.job(id)?.told()))
}

/// Stops it; what is done stays. One that is over stays as it is.
#[utoipa::path(delete, path = "/pool/jobs/{id}", tag = "pool", params(("id" = PoolJobId, Path)),
    responses((status = 200, body = PoolJob)))]
pub async fn cancel(State(door): State<Door>, Path(id): Path<PoolJobId>) -> Result<Json<PoolJob>> {
    let job = door.pool.job(id)?;
    job.cancel.cancel();
    Ok(Json(job.told()))
}

/// Begins a job. Error: there is no pool.
fn begin<W>(door: Door, what: PoolWork, work: W) -> Result<Response>
where
    W: FnOnce(&Door, &Job<PoolJob>, &mut Going) -> std::result::Result<(), PoolError> + Send + 'static,
{
    if !door.services.pool.is_on() {
        return Err(PoolError::Off.into());
    }
    let job = door.pool.begin(what);
    let told = job.told();
    tokio::spawn(run(door, job, work));
    let at = location(&["pool", "jobs", &told.id.to_string()]);
    Ok((StatusCode::ACCEPTED, at, Json(told)).into_response())
}

async fn run<W>(door: Door, job: Arc<Job<PoolJob>>, work: W)
where
    W: FnOnce(&Door, &Job<PoolJob>, &mut Going) -> std::result::Result<(), PoolError> + Send + 'static,
{
    let ends = Ends(Arc::clone(&job));
    let ended = tokio::task::spawn_blocking(move || {
        let mut going = |done, of| {
            job.tell(|told| (told.done, told.of) = (done, of));
            match job.cancel.is_cancelled() {
                true => ControlFlow::Break(()),
                false => door.going(),
            }
        };
        work(&door, &job, &mut going)
    });
    // One that panicked is ended as it is dropped.
    if let Ok(outcome) = ended.await {
        ends.0.end(outcome.err().map(|error| error.to_string()));
    }
}

impl From<PoolError> for Problem {
    fn from(error: PoolError) -> Self {
        let detail = error.to_string();
        let status = match error {
            PoolError::Store(error) => return error.into(),
            PoolError::Off | PoolError::Refused(_) => StatusCode::CONFLICT,
            PoolError::NotFound { .. } => StatusCode::NOT_FOUND,
            PoolError::Away(_) | PoolError::Stopped => StatusCode::SERVICE_UNAVAILABLE,
        };
        Self::new(status, detail)
    }
}
