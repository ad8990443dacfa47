//! Which path leads where, and who may take it.

use super::around::{JSON_LIMIT, STRANGERS_LIMIT, TIME_LIMIT, bounded, large_body, whole};
use super::document::{declared, document};
use super::door::Door;
use super::extract::Binary;
use super::people::{pairing, people, secrets};
use super::problem::Problem;
use super::table::Table;
use super::{
    backup, batch, budget, cameras, carry, categories, clips, dataset, detections, films, flipbook, frames, guard,
    hanging, history, history_files, imports, labels, live, models,
};
use super::{page, pool, queue, recordings, settings, status, system, trainings, undo, watch};
use crate::domain::Role;
use crate::services::Services;
use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::http::StatusCode;
use axum::middleware;
use tokio_util::sync::CancellationToken;
use tower_http::timeout::{RequestBodyTimeoutLayer, TimeoutLayer};
use utoipa::OpenApi as _;
use utoipa::openapi::OpenApi;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// The document's head.
#[derive(utoipa::OpenApi)]
#[openapi(
    info(title = "Fieldcoach", description = "Teaches a camera in the field."),
    components(schemas(Problem, Binary))
)]
struct Head;

/// Pictures that share a route with their record.
#[derive(utoipa::OpenApi)]
#[openapi(paths(frames::picture))]
struct Kept;

#[derive(utoipa::OpenApi)]
#[openapi(paths(flipbook::drawn, detections::looked_at))]
struct Made;

/// Frames, labels, categories.
fn kept() -> Table<Door> {
    use Role::{Admin, Labeller, Viewer};
    Table::new(OpenApi::default())
        .shared(Viewer, Kept::openapi())
        .to(Labeller, routes!(frames::capture))
        .to(Viewer, routes!(frames::counts))
        .to(Viewer, routes!(frames::get))
        .deed(Admin, "deleted a frame", routes!(batch::delete))
        .to(Labeller, routes!(batch::many))
        .to(Viewer, routes!(clips::list))
        .to(Viewer, routes!(clips::get))
        .to(Viewer, routes!(clips::frames))
        .to(Viewer, routes!(films::get))
        .to(Labeller, routes!(films::cancel))
        .deed(Labeller, "filmed with a camera", routes!(recordings::add))
        .to(Viewer, routes!(recordings::list))
        .deed(Admin, "deleted a clip", routes!(clips::delete))
        .to(Labeller, routes!(carry::accept))
        .to(Labeller, routes!(undo::list))
        .deed(Labeller, "brought back what was taken away", routes!(undo::undo))
        .to(Viewer, routes!(labels::get))
        .to(Labeller, routes!(labels::put))
        .to(Viewer, routes!(queue::next))
        .to(Viewer, routes!(queue::proposals))
        .to(Viewer, routes!(categories::list))
        .deed(Labeller, "made a category", routes!(categories::add))
        .deed(Labeller, "changed a category", routes!(categories::patch))
        .deed(Labeller, "removed a category", routes!(categories::delete))
        .deed(Labeller, "merged a category into another", routes!(categories::merge))
        .to(Viewer, routes!(categories::used))
}

/// Trainings, models, the live camera, the device.
fn made() -> Table<Door> {
    use Role::{Admin, Labeller, Viewer};
    Table::new(OpenApi::default())
        .shared(Viewer, Made::openapi())
        .to(Viewer, routes!(trainings::list))
        .deed(Labeller, "started a training", routes!(trainings::add))
        .to(Viewer, routes!(trainings::plan))
        .to(Viewer, routes!(trainings::get))
        .deed(Labeller, "cancelled a training", routes!(trainings::cancel))
        .to(Viewer, routes!(flipbook::get))
        .to(Viewer, routes!(flipbook::page))
        .to(Viewer, routes!(flipbook::suspects))
        .to(Viewer, routes!(models::list))
        .to(Viewer, routes!(models::get))
        .deed(Admin, "deleted a model", routes!(models::delete))
        .deed(Admin, "deployed a model", routes!(models::deploy))
        .deed(Admin, "went back to the model before", routes!(models::roll_back))
        .to(Viewer, routes!(cameras::list))
        .to(Viewer, routes!(detections::last))
        .to(Viewer, routes!(detections::look))
        .to(Labeller, routes!(detections::keep))
        .to(Viewer, routes!(watch::get))
        .to(Viewer, routes!(history::log))
        .to(Viewer, routes!(history::timeline))
        .deed(Admin, "changed what is watched", routes!(watch::put))
        .to(Viewer, routes!(pool::get))
        .to(Viewer, routes!(pool::models))
        .to(Viewer, routes!(pool::job))
        .deed(Admin, "brought labels to the pool", routes!(pool::push))
        .deed(Admin, "brought labels from the pool", routes!(pool::pull))
        .deed(Admin, "took a model from the pool", routes!(pool::deploy))
        .to(Admin, routes!(pool::cancel))
}

/// What costs the device much, or is much of what it keeps: for its own page, and for programs.
fn costly() -> OpenApiRouter<Door> {
    use Role::{Admin, Viewer};
    Table::new(OpenApi::default())
        .to(Viewer, routes!(flipbook::animation))
        .to(Viewer, routes!(history_files::log_jsonl))
        .to(Viewer, routes!(history_files::log_csv))
        .to(Viewer, routes!(history_files::timeline_jsonl))
        .to(Viewer, routes!(history_files::timeline_csv))
        .deed(Admin, "took a model along", routes!(models::download))
        .declared()
        .layer(middleware::from_fn(guard::no_other_sites))
}

/// Who may come in, what they did, settings.
fn managed() -> Table<Door> {
    use Role::Admin;
    people()
        .to(Admin, routes!(imports::list))
        .to(Admin, routes!(imports::get))
        .to(Admin, routes!(imports::cancel))
        .to(Admin, routes!(settings::get))
        .to(Admin, routes!(settings::patch))
}

/// What never ends, and a copy of everything: secrets are in it, too.
fn endless() -> OpenApiRouter<Door> {
    use Role::{Admin, Viewer};
    Table::new(OpenApi::default())
        .to(Viewer, routes!(live::video))
        .to(Viewer, routes!(live::events))
        .deed(Admin, "took a copy of everything along", routes!(backup::get))
        .declared()
        .layer(middleware::from_fn(guard::no_broker))
}

/// All routes and their document: who may do what. `max_upload`: bytes of an uploaded picture.
fn routes(max_upload: u64) -> OpenApiRouter<Door> {
    use Role::{Admin, Labeller, Viewer};
    let records =
        kept().declared().merge(made().declared()).merge(costly()).merge(managed().declared()).merge(secrets());
    let uploads = Table::new(OpenApi::default()).to(Viewer, routes!(frames::list)).to(Labeller, routes!(frames::add));
    let bodies = bounded(records, JSON_LIMIT, large_body).merge(bounded(pairing(), STRANGERS_LIMIT, large_body));
    let budget = budget::Budget::new(budget::BUDGET);
    let timed = bodies
        .layer(middleware::from_fn_with_state(budget.clone(), budget::counted))
        .merge(bounded(uploads.declared(), max_upload, Problem::large_picture))
        .layer(middleware::from_fn(hanging::told))
        // Answers from memory where need be.
        .merge(Table::new(OpenApi::default()).to(Viewer, routes!(status::get)).declared())
        .layer(TimeoutLayer::with_status_code(StatusCode::REQUEST_TIMEOUT, TIME_LIMIT));
    // It bounds its time by itself, and hears where nobody waits any more.
    let carried = Table::new(OpenApi::default()).asked(Labeller, routes!(carry::along)).declared();
    let carried = bounded(carried, JSON_LIMIT, large_body)
        .layer(middleware::from_fn_with_state(budget.clone(), budget::counted))
        .layer(middleware::from_fn(hanging::told));
    let streams = Table::new(OpenApi::default())
        .deed(Admin, "took the data set along", routes!(dataset::export))
        .deed(Admin, "took frames along", routes!(dataset::export_some))
        .declared()
        .merge(endless())
        .layer(middleware::from_fn(guard::no_other_sites))
        .layer(middleware::from_fn_with_state(budget, budget::counted))
        .layer(middleware::from_fn(hanging::told));
    // Bounded by the room on the disk as it comes in; a sender that falls silent is given up.
    let data_sets = Table::new(OpenApi::default())
        .deed(Admin, "brought a data set in", routes!(imports::import))
        .deed(Labeller, "brought a film in", routes!(films::import))
        .declared()
        .layer(DefaultBodyLimit::disable())
        .layer(RequestBodyTimeoutLayer::new(TIME_LIMIT))
        .layer(middleware::from_fn(hanging::not_begun));
    let system = Table::new(Head::openapi())
        .open(routes!(page::index))
        .open(routes!(system::health))
        .open(routes!(system::authority))
        .to(Viewer, routes!(system::ready))
        .to(Viewer, routes!(system::metrics))
        .to(Viewer, routes!(system::openapi))
        .declared()
        .layer(TimeoutLayer::with_status_code(StatusCode::REQUEST_TIMEOUT, TIME_LIMIT));
    system.nest("/api/v1", timed.merge(carried).merge(streams).merge(data_sets))
}

/// What the door offers, as an OpenAPI document.
pub fn openapi() -> OpenApi {
    // The limit on pictures is no part of it.
    document(routes(0).into_openapi())
}

/// The whole door. Error: a route does not say who may take it.
pub fn app(services: Services, stop: CancellationToken) -> anyhow::Result<Router> {
    let (router, api) = routes(services.config.http.max_upload.as_u64()).split_for_parts();
    let door = Door::new(services, declared(api)?, stop);
    Ok(whole(router.fallback(page::fallback), door))
}

#[cfg(test)]
mod tests;
