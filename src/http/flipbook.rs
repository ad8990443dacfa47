//! The flip book of a training.

use super::door::Door;
use super::extract::{Binary, blocking};
use super::frames::{PictureQuery, decoded, frame_id};
use super::problem::{self, Problem};
use super::sent::{Sent, Wanted};
use super::trainings::training_id;
use crate::domain::{ExperimentId, FlipBook, FrameId, Page, Suspects, TrainingId};
use crate::store::StoreError;
use crate::{flipbook, picture};
use axum::Json;
use axum::extract::{Path, Query, State};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;

/// Pages of an animation, at most: a phone can hold so many.
const ANIMATED: usize = 60;

/// Whose flip book.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct BookQuery {
    /// At the epochs at which this experiment trained; without, whichever led at each.
    experiment: Option<ExperimentId>,
}

/// All pages of a training, without their predictions.
#[utoipa::path(get, path = "/trainings/{id}/flipbook", tag = "flip book", params(("id" = TrainingId, Path), BookQuery),
    responses((status = 200, body = FlipBook)))]
pub async fn get(
    State(door): State<Door>,
    Path(id): Path<String>,
    Query(query): Query<BookQuery>,
) -> problem::Result<Json<FlipBook>> {
    let id = training_id(&id)?;
    Ok(Json(blocking(move || door.services.store.flip_book(id, query.experiment)).await?))
}

/// Which page, and how large.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
pub struct PageQuery {
    /// One that trained at that epoch; without, the one that led.
    experiment: Option<ExperimentId>,
    /// Pixels, 16 to 1920, of the drawn page; made smaller to this width, never larger.
    #[param(minimum = 16, maximum = 1920)]
    width: Option<u32>,
}

/// One page: a frame at an epoch, with what the model predicted.
#[utoipa::path(get, path = "/trainings/{id}/flipbook/{epoch}/{frame}", tag = "flip book",
    params(("id" = TrainingId, Path), ("epoch" = u32, Path, description = "from 1"), ("frame" = FrameId, Path),
        BookQuery),
    responses((status = 200, body = Page)))]
pub async fn page(
    State(door): State<Door>,
    Path((id, epoch, name)): Path<(String, u32, String)>,
    query: Query<PageQuery>,
    wanted: Wanted,
) -> problem::Result<Response> {
    let id = training_id(&id)?;
    // The router can't tell `{frame}.jpg` from `{frame}`.
    if let Some(frame) = name.strip_suffix(".jpg") {
        return drawn(State(door), Path((id, epoch, frame_id(frame)?)), query, wanted).await;
    }
    let frame = frame_id(&name)?;
    let experiment = query.experiment;
    Ok(Json(blocking(move || door.services.store.page(id, epoch, frame, experiment)).await?).into_response())
}

/// A page drawn on its frame: truth dashed, predictions solid, epoch, score, legend.
#[utoipa::path(get, path = "/trainings/{id}/flipbook/{epoch}/{frame}.jpg", tag = "flip book",
    params(("id" = TrainingId, Path), ("epoch" = u32, Path, description = "from 1"), ("frame" = FrameId, Path),
        PageQuery),
    responses((status = 200, body = Binary, content_type = "image/jpeg"),
        (status = 206, body = Binary, content_type = "image/jpeg"), (status = 304, description = "as it is known")))]
pub async fn drawn(
    State(door): State<Door>,
    Path((id, epoch, frame)): Path<(TrainingId, u32, FrameId)>,
    Query(query): Query<PageQuery>,
    wanted: Wanted,
) -> problem::Result<Response> {
    let width = PictureQuery { width: query.width }.width()?;
    let inner = door.clone();
    let jpeg = door
        .drawing(move || {
            let page = inner.services.store.page(id, epoch, frame, query.experiment)?;
            let categories = inner.services.store.categories()?;
            let image = decoded(&inner, frame)?;
            let width = width.unwrap_or(image.width().min(1280));
            Ok(picture::encode_jpeg(&flipbook::draw_page(&image, &page, &categories, width), 85))
        })
        .await?;
    // A page stays, but the colours and names of categories may change.
    Ok(Sent::bytes("image/jpeg", jpeg).kept("private, max-age=3600").to(&wanted))
}

/// Which animation.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
pub struct AnimationQuery {
    /// The first frame of the flip book, unless said otherwise.
    frame: Option<FrameId>,
    /// At the epochs at which this experiment trained; without, whichever led at each.
    experiment: Option<ExperimentId>,
    /// Pixels, 16 to 1920; 480 unless said otherwise.
    #[param(minimum = 16, maximum = 1920)]
    width: Option<u32>,
}

/// One frame over the epochs, as an animated GIF of at most 60 pages.
#[utoipa::path(get, path = "/trainings/{id}/flipbook.gif", tag = "flip book",
    params(("id" = TrainingId, Path), AnimationQuery),
    responses((status = 200, body = Binary, content_type = "image/gif"),
        (status = 206, body = Binary, content_type = "image/gif"), (status = 304, description = "as it is known")))]
pub async fn animation(
    State(door): State<Door>,
    Path(id): Path<String>,
    Query(query): Query<AnimationQuery>,
    wanted: Wanted,
) -> problem::Result<Response> {
    let id = training_id(&id)?;
    let width = PictureQuery { width: query.width }.width()?.unwrap_or(480);
    let inner = door.clone();
    let gif = door
        .drawing(move || {
            let store = &inner.services.store;
            let book = store.flip_book(id, query.experiment)?;
            let nothing = || Problem::not_found(format!("training {id} has no pages yet"));
            let frame = query.frame.or(seen(&book)).ok_or_else(nothing)?;
            let epochs: Vec<u32> = book.epochs.iter().map(|e| e.epoch).collect();
            let pages = sample(&epochs, ANIMATED)
                .map(|epoch| store.page(id, epoch, frame, query.experiment))
                .collect::<Result<Vec<Page>, StoreError>>()?;
            if pages.is_empty() {
                return Err(nothing());
            }
            let categories = store.categories()?;
            flipbook::animate(&decoded(&inner, frame)?, &pages, &categories, width)
                .map_err(|error| Problem::internal(format!("the animation could not be made: {error}")))
        })
        .await?;
    Ok(Sent::bytes("image/gif", gif.into()).kept("no-cache").to(&wanted))
}

/// What is probably mislabelled, worst first: what the model is sure of and nobody labelled, and labels that it found at no
/// epoch. What was put right since is passed over.
#[utoipa::path(get, path = "/trainings/{id}/suspects", tag = "flip book", params(("id" = TrainingId, Path)),
    responses((status = 200, body = Suspects)))]
pub async fn suspects(State(door): State<Door>, Path(id): Path<String>) -> problem::Result<Json<Suspects>> {
    let id = training_id(&id)?;
    Ok(Json(blocking(move || flipbook::suspects(&door.services.store, id)).await?))
}

/// The first frame of which there is a page at every epoch.
fn seen(book: &FlipBook) -> Option<FrameId> {
    let there = |n: &usize| book.epochs.iter().all(|epoch| epoch.points.get(*n).is_some_and(Option::is_some));
    (0..book.frames.len()).find(there).map(|n| book.frames[n].id)
}

/// At most `count` of these, evenly spread, first and last among them.
fn sample(all: &[u32], count: usize) -> impl Iterator<Item = u32> {
    let (last, steps) = (all.len().saturating_sub(1), count.saturating_sub(1).max(1));
    (0..all.len().min(count)).map(move |i| all[if all.len() <= count { i } else { i * last / steps }])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_animation_keeps_the_first_and_the_last_page() {
        let epochs: Vec<u32> = (1..=200).collect();
        let sampled: Vec<_> = sample(&epochs, 60).collect();
        assert_eq!((sampled.len(), sampled[0], sampled[59]), (60, 1, 200));
        assert_eq!(sample(&epochs[..3], 60).collect::<Vec<_>>(), [1, 2, 3]);
        assert_eq!(sample(&[], 60).count(), 0);
    }
}
