//! Categories: what to look for.

use super::door::Door;
use super::extract::{Body, Collection, blocking, location};
use super::problem::Result;
use crate::domain::{Category, LabelKind};
use crate::store::{CategoryPatch, StoreError};
use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::IntoResponse;
use serde::Deserialize;

/// All categories, in the order they were made.
#[utoipa::path(get, path = "/categories", tag = "categories",
    responses((status = 200, body = Collection<Category>)))]
pub async fn list(State(door): State<Door>) -> Result<Json<Collection<Category>>> {
    Ok(Collection::whole(blocking(move || door.services.store.categories()).await?))
}

/// A category to be.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewCategory {
    /// Unique; 1 to 64 characters.
    #[schema(min_length = 1, max_length = 64)]
    name: String,
    /// `#rrggbb`; the next free one of a palette, unless said otherwise.
    #[schema(pattern = "^(#[0-9A-Fa-f]{6})?$")]
    colour: Option<String>,
    #[serde(default)]
    instructions: String,
    #[serde(default)]
    kind: LabelKind,
}

/// Makes a category.
#[utoipa::path(post, path = "/categories", tag = "categories", request_body = NewCategory,
    responses((status = 201, body = Category, headers(("Location" = String)))))]
pub async fn add(State(door): State<Door>, Body(new): Body<NewCategory>) -> Result<impl IntoResponse> {
    let category = blocking(move || {
        let store = &door.services.store;
        let NewCategory { name, colour, instructions, kind } = new;
        // Without a colour the store gives it one.
        store.add_category(Category { name, colour: colour.unwrap_or_default(), instructions, kind })
    })
    .await?;
    Ok((StatusCode::CREATED, location(&["categories", &category.name]), Json(category)))
}

/// What changes; what is left out stays.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PatchCategory {
    #[schema(min_length = 1, max_length = 64)]
    name: Option<String>,
    /// `#rrggbb`; empty gives the next free one of the palette.
    #[schema(pattern = "^(#[0-9A-Fa-f]{6})?$")]
    colour: Option<String>,
    instructions: Option<String>,
    kind: Option<LabelKind>,
}

/// Changes a category.
#[utoipa::path(patch, path = "/categories/{name}", tag = "categories", params(("name" = String, Path)),
    request_body = PatchCategory, responses((status = 200, body = Category)))]
pub async fn patch(
    State(door): State<Door>,
    Path(old): Path<String>,
    Body(PatchCategory { name, colour, instructions, kind }): Body<PatchCategory>,
) -> Result<Json<Category>> {
    let patch = CategoryPatch { name, colour, instructions, kind };
    Ok(Json(blocking(move || door.services.patch_category(&old, patch)).await?))
}

/// Removes a category no label uses.
#[utoipa::path(delete, path = "/categories/{name}", tag = "categories", params(("name" = String, Path)),
    responses((status = 204, description = "removed")))]
pub async fn delete(State(door): State<Door>, Path(name): Path<String>) -> Result<StatusCode> {
    blocking::<_, StoreError>(move || door.services.store.delete_category(&name)).await?;
    Ok(StatusCode::NO_CONTENT)
}
