//! Categories: what to look for.

use super::admission::Known;
use super::door::Door;
use super::extract::{Body, Collection, blocking, location};
use super::problem::Result;
use super::undo::WayBack;
use crate::domain::{Category, Example, LabelKind};
use crate::store::{CategoryCard, CategoryGone, CategoryPatch, CategoryUse, StoreError};
use axum::Json;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::IntoResponse;
use serde::{Deserialize, Serialize};

/// All categories, in the order somebody gave them, else as they were made.
#[utoipa::path(get, path = "/categories", tag = "categories",
    responses((status = 200, body = Collection<CategoryCard>)))]
pub async fn list(State(door): State<Door>) -> Result<Json<Collection<CategoryCard>>> {
    Ok(Collection::whole(blocking(move || door.services.store.category_cards()).await?))
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
        let NewCategory { name, colour, instructions, kind } = new;
        // Without a colour the store gives it one.
        door.services.add_category(Category { name, colour: colour.unwrap_or_default(), instructions, kind })
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
    /// Its place among all, from 0; beyond the last is the last.
    position: Option<usize>,
    /// Pictures that show what belongs to it, at most 6, in place of those it has.
    #[schema(max_items = 6)]
    examples: Option<Vec<Example>>,
}

/// Changes a category.
#[utoipa::path(patch, path = "/categories/{name}", tag = "categories", params(("name" = String, Path)),
    request_body = PatchCategory, responses((status = 200, body = CategoryCard)))]
pub async fn patch(
    State(door): State<Door>,
    Path(old): Path<String>,
    Body(PatchCategory { name, colour, instructions, kind, position, examples }): Body<PatchCategory>,
) -> Result<Json<CategoryCard>> {
    let patch = CategoryPatch { name, colour, instructions, kind, position, examples };
    let card = move || {
        let store = &door.services.store;
        let changed = door.services.patch_category(&old, patch)?;
        let mut cards = store.category_cards()?.into_iter();
        // Somebody else may have been quick.
        cards
            .find(|card| card.category.name == changed.name)
            .ok_or(StoreError::NotFound { what: "category", id: changed.name })
    };
    Ok(Json(blocking(card).await?))
}

/// What a category is used for. Counts its labels, which takes some time where there are many.
#[utoipa::path(get, path = "/categories/{name}/use", tag = "categories", params(("name" = String, Path)),
    responses((status = 200, body = CategoryUse)))]
pub async fn used(State(door): State<Door>, Path(name): Path<String>) -> Result<Json<CategoryUse>> {
    Ok(Json(blocking(move || door.services.store.category_use(&name)).await?))
}

/// What went with a category.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct Gone {
    /// Whose labels changed.
    frames: u64,
    labels: u64,
    #[serde(flatten)]
    way_back: WayBack,
}

impl From<CategoryGone> for Gone {
    fn from(CategoryGone { frames, labels, undo }: CategoryGone) -> Self {
        Self { frames: frames.len() as u64, labels, way_back: Some(undo).into() }
    }
}

/// Where the labels go.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Merge {
    /// The name of another category of the same kind.
    into: String,
}

/// Makes every label of a category one of another, and removes it. It can be undone for a day.
#[utoipa::path(post, path = "/categories/{name}/merge", tag = "categories", params(("name" = String, Path)),
    request_body = Merge, responses((status = 200, body = Gone)))]
pub async fn merge(
    State(door): State<Door>,
    Known(principal): Known,
    Path(name): Path<String>,
    Body(Merge { into }): Body<Merge>,
) -> Result<Json<Gone>> {
    let gone = blocking(move || door.services.merge_category(&principal.who, &name, &into)).await?;
    Ok(Json(gone.into()))
}

/// Whether its labels go with it.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
pub struct DeleteQuery {
    /// Without it a category that has labels stays.
    #[serde(default)]
    labels: bool,
}

/// Removes a category. It can be undone for a day.
#[utoipa::path(delete, path = "/categories/{name}", tag = "categories", params(("name" = String, Path), DeleteQuery),
    responses((status = 200, body = Gone)))]
pub async fn delete(
    State(door): State<Door>,
    Known(principal): Known,
    Path(name): Path<String>,
    Query(DeleteQuery { labels }): Query<DeleteQuery>,
) -> Result<Json<Gone>> {
    let gone = blocking(move || door.services.delete_category(&principal.who, &name, labels)).await?;
    Ok(Json(gone.into()))
}
