//! Trainings: press Train, watch, cancel.

use super::admission::{Known, needs};
use super::deed::{At, Deed};
use super::door::Door;
use super::extract::{Body, Collection, blocking, limit, location};
use super::problem::Result;
use super::undo::WayBack;
use crate::domain::{CameraId, Role, Training, TrainingId, TrainingPlan, limits, name};
use crate::store::StoreError;
use crate::train::{Asked, TrainError, TrainRequest};
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use serde::{Deserialize, Serialize};

/// Which slice of a collection.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
pub struct TrainingsQuery {
    /// `next` of the slice before.
    before: Option<TrainingId>,
    /// 50 unless said otherwise, at most 500.
    limit: Option<usize>,
}

/// Trainings, newest first.
#[utoipa::path(get, path = "/trainings", tag = "trainings", params(TrainingsQuery),
    responses((status = 200, body = Collection<Training>)))]
pub async fn list(State(door): State<Door>, Query(query): Query<TrainingsQuery>) -> Result<Json<Collection<Training>>> {
    let slice = move || door.services.store.trainings(query.before, limit(query.limit));
    Ok(Collection::slice(blocking(slice).await?))
}

/// Train. `{}`, or nothing at all, is enough.
#[utoipa::path(post, path = "/trainings", tag = "trainings", request_body = TrainRequest,
    responses((status = 201, body = Training, headers(("Location" = String)))))]
pub async fn add(State(door): State<Door>, Body(request): Body<TrainRequest>) -> Result<impl IntoResponse> {
    let training = blocking(move || door.services.trainer.submit(request)).await?;
    let at = At::only(training.camera.clone());
    Ok((StatusCode::CREATED, at, location(&["trainings", &training.id.to_string()]), Json(training)))
}

/// Of what training.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
pub struct PlanQuery {
    /// Names, with commas between them; all that have labels by default.
    categories: Option<String>,
    /// `base`, or the id of a model to continue.
    from: Option<String>,
    /// For this camera alone, of its own frames; of all, for all, without.
    camera: Option<CameraId>,
}

/// What a training that is started now would learn from, what speaks against it, and what minutes bring.
#[utoipa::path(get, path = "/trainings/plan", tag = "trainings", params(PlanQuery),
    responses((status = 200, body = TrainingPlan)))]
pub async fn plan(State(door): State<Door>, Query(query): Query<PlanQuery>) -> Result<Json<TrainingPlan>> {
    let plan = move || -> std::result::Result<_, TrainError> {
        let known: Vec<String> = door.services.store.categories()?.into_iter().map(|c| c.name).collect();
        let categories = query.categories.map(|text| named(&text, &known));
        door.services.trainer.prospect(Asked { categories, from: query.from, camera: query.camera })
    };
    Ok(Json(blocking(plan).await?))
}

/// Names with commas between them; one that is known may have commas of its own, and the longest that is known is meant.
fn named(text: &str, known: &[String]) -> Vec<String> {
    let parts: Vec<&str> = text.split(',').collect();
    let (mut names, mut at) = (vec![], 0);
    while at < parts.len() {
        let most = parts.len().min(at + *limits::CATEGORY_NAME.end());
        let mut joined = (at + 1..=most).rev().map(|end| (end, parts[at..end].join(",")));
        let known = joined.find(|(_, name)| known.iter().any(|known| name::same(known, name)));
        let (end, name) = known.unwrap_or_else(|| (at + 1, parts[at].to_owned()));
        names.extend(Some(name).filter(|name| !name.is_empty()));
        at = end;
    }
    names
}

/// One training: state, progress, experiments with metrics, winner.
#[utoipa::path(get, path = "/trainings/{id}", tag = "trainings", params(("id" = TrainingId, Path)),
    responses((status = 200, body = Training)))]
pub async fn get(State(door): State<Door>, Path(id): Path<String>) -> Result<Json<Training>> {
    let id = training_id(&id)?;
    Ok(Json(blocking(move || door.services.store.training(id)).await?))
}

/// Whether to delete.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
pub struct CancelQuery {
    /// Deletes it, with its flip book, instead: one that is over. Takes the role `admin`.
    #[serde(default)]
    purge: bool,
}

/// The training, or how it is brought back.
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[serde(untagged)]
pub enum Cancelled {
    Training(Box<Training>),
    Purged(WayBack),
}

/// Cancels a training; one that is over stays as it is, or is deleted, which can be undone for a day.
#[utoipa::path(delete, path = "/trainings/{id}", tag = "trainings", params(("id" = TrainingId, Path), CancelQuery),
    responses((status = 200, body = Cancelled)))]
pub async fn cancel(
    State(door): State<Door>,
    Known(principal): Known,
    Path(id): Path<String>,
    Query(CancelQuery { purge }): Query<CancelQuery>,
) -> Result<Response> {
    let id = training_id(&id)?;
    if !purge {
        let training = blocking(move || door.services.trainer.cancel(id)).await?;
        let at = At::only(training.camera.clone());
        return Ok((at, Json(Cancelled::Training(Box::new(training)))).into_response());
    }
    needs(&principal, Role::Admin)?;
    let undo = blocking(move || door.services.store.delete_training(&principal.who, id)).await?;
    Ok((Extension(Deed("deleted a training")), Json(Cancelled::Purged(Some(undo).into()))).into_response())
}

/// An id out of a path segment; what is no id names nothing.
pub fn training_id(text: &str) -> Result<TrainingId> {
    text.parse().map_err(|_| StoreError::NotFound { what: "training", id: text.to_owned() }.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_may_have_commas() {
        let known = ["a", "b, c"].map(str::to_owned);
        assert_eq!(named("a,b, c", &known), ["a", "b, c"]);
        assert_eq!(named("b, c,d", &known), ["b, c", "d"]);
        assert_eq!(named("", &known), [""; 0]);
    }
}
