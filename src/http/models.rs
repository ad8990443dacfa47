//! Models: list, fetch, deploy, roll back.

use super::admission::Known;
use super::door::Door;
use super::extract::{Binary, Collection, blocking, limit};
use super::problem::{Problem, Result};
use super::sent::{Sent, Tag, Wanted};
use super::undo::WayBack;
use crate::domain::{Model, ModelId};
use crate::store::StoreError;
use axum::Json;
use axum::extract::{Path, Query, State};
use axum::response::Response;
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
        let file = File::open(&path).map_err(|e| Problem::internal(format!("{}: {e}", path.display())))?;
        let length = file.metadata()?.len();
        Ok::<_, Problem>((file, length))
    })
    .await?;
    // A model never changes, and a repair can only take it away.
    let tag = Tag::named(&format!("model {id} of {length}"));
    let sent = Sent::file("application/octet-stream", (file, length), tag);
    Ok(sent.called(&format!("fieldcoach-{id}.onnx")).kept("private, max-age=31536000, immutable").to(&wanted))
}

/// Deletes a model that is not live. It can be undone for a day.
#[utoipa::path(delete, path = "/models/{id}", tag = "models", params(("id" = ModelId, Path)),
    responses((status = 200, body = WayBack)))]
pub async fn delete(
    State(door): State<Door>,
    Known(principal): Known,
    Path(id): Path<String>,
) -> Result<Json<WayBack>> {
    let id = model_id(&id)?;
    let undo = blocking(move || door.services.store.delete_model(&principal.who, id)).await?;
    Ok(Json(Some(undo).into()))
}

/// Puts a model on the live camera.
#[utoipa::path(post, path = "/models/{id}/deploy", tag = "models", params(("id" = ModelId, Path)),
    responses((status = 200, body = Model)))]
pub async fn deploy(State(door): State<Door>, Path(id): Path<String>) -> Result<Json<Model>> {
    let id = model_id(&id)?;
    Ok(Json(blocking(move || door.services.live.deploy(id)).await?))
}

/// Back to the model deployed before.
#[utoipa::path(post, path = "/models/rollback", tag = "models", responses((status = 200, body = Model)))]
pub async fn roll_back(State(door): State<Door>) -> Result<Json<Model>> {
    Ok(Json(blocking(move || door.services.live.roll_back()).await?))
}

fn model_id(text: &str) -> Result<ModelId> {
    text.parse().map_err(|_| StoreError::NotFound { what: "model", id: text.to_owned() }.into())
}
