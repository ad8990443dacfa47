//! Models: list, fetch, deploy, roll back.

use super::admission::Known;
use super::deed::At;
use super::door::Door;
use super::extract::{Binary, Collection, blocking, limit};
use super::problem::{Problem, Result};
use super::sent::{Sent, Tag, Wanted};
use super::undo::WayBack;
use crate::domain::{CameraId, Model, ModelId};
use crate::live::DeployError;
use crate::store::StoreError;
use axum::Json;
use axum::extract::{Path, Query, State};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use std::fs::File;

/// Which slice of a collection.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
pub struct ModelsQuery {
    /// `next` of the slice before.
    before: Option<ModelId>,
    /// 50 unless said otherwise, at most 500.
    limit: Option<usize>,
}

/// Models, newest first.
#[utoipa::path(get, path = "/models", tag = "models", params(ModelsQuery),
    responses((status = 200, body = Collection<Model>)))]
pub async fn list(State(door): State<Door>, Query(query): Query<ModelsQuery>) -> Result<Json<Collection<Model>>> {
    let slice = move || door.services.store.models(query.before, limit(query.limit));
    Ok(Collection::slice(blocking(slice).await?))
}

/// One model.
#[utoipa::path(get, path = "/models/{id}", tag = "models", params(("id" = ModelId, Path)),
    responses((status = 200, body = Model)))]
pub async fn get(State(door): State<Door>, Path(id): Path<String>) -> Result<Json<Model>> {
    let id = model_id(&id)?;
    Ok(Json(blocking(move || door.services.store.model(id)).await?))
}

/// The model as one ONNX file; a download that broke off may go on (`Range`).
#[utoipa::path(get, path = "/models/{id}/model.onnx", tag = "models", params(("id" = ModelId, Path)),
    responses((status = 200, body = Binary, content_type = "application/octet-stream"),
        (status = 206, body = Binary, content_type = "application/octet-stream"),
        (status = 304, description = "as it is known")))]
pub async fn download(State(door): State<Door>, Path(id): Path<String>, wanted: Wanted) -> Result<Response> {
    let id = model_id(&id)?;
    let (file, length) = blocking(move || {
        let path = door.services.store.model_path(id)?;
        let file = File::open(&path).map_err(|e| StoreError::of(e, format!("open {}", path.display())))?;
        let length = file.metadata()?.len();
        Ok::<_, Problem>((file, length))
    })
    .await?;
    // A model never changes, and a repair can only take it away.
    let tag = Tag::named(&format!("model {id} of {length}"));
    let sent = Sent::file("application/octet-stream", (file, length), tag);
    Ok(sent.called(&format!("fieldcoach-{id}.onnx")).kept("private, max-age=31536000, immutable").to(&wanted))
}

/// Deletes a model that is not live, and that no training which is not over starts from (409). It can be undone for a day.
#[utoipa::path(delete, path = "/models/{id}", tag = "models", params(("id" = ModelId, Path)),
    responses((status = 200, body = WayBack)))]
pub async fn delete(
    State(door): State<Door>,
    Known(principal): Known,
    Path(id): Path<String>,
) -> Result<Json<WayBack>> {
    let id = model_id(&id)?;
    let undo = blocking(move || door.services.live.delete(&principal.who, id)).await?;
    Ok(Json(Some(undo).into()))
}

/// At which camera.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
pub struct PlaceQuery {
    /// That one alone; without, all that have no model of their own.
    pub camera: Option<CameraId>,
}

/// Puts a model on the live camera: on all of them, or on one as its own.
#[utoipa::path(post, path = "/models/{id}/deploy", tag = "models", params(("id" = ModelId, Path), PlaceQuery),
    responses((status = 200, body = Model)))]
pub async fn deploy(
    State(door): State<Door>,
    Path(id): Path<String>,
    Query(PlaceQuery { camera }): Query<PlaceQuery>,
) -> Result<impl IntoResponse> {
    let (id, at) = (model_id(&id)?, At::only(camera.clone()));
    Ok((at, Json(blocking(move || door.services.live.deploy(id, camera.as_ref())).await?)))
}

/// Back to the model deployed before; that of a camera's own gives way to the one for all in the end.
#[utoipa::path(post, path = "/models/rollback", tag = "models", params(PlaceQuery),
    responses((status = 200, body = Model)))]
pub async fn roll_back(
    State(door): State<Door>,
    Query(PlaceQuery { camera }): Query<PlaceQuery>,
) -> Result<impl IntoResponse> {
    let at = At::only(camera.clone());
    Ok((at, Json(blocking(move || door.services.live.roll_back(camera.as_ref())).await?)))
}

impl From<DeployError> for Problem {
    fn from(error: DeployError) -> Self {
        match error {
            DeployError::Camera(no) => no.into(),
            DeployError::Store(error) => error.into(),
        }
    }
}

fn model_id(text: &str) -> Result<ModelId> {
    text.parse().map_err(|_| StoreError::NotFound { what: "model", id: text.to_owned() }.into())
}
