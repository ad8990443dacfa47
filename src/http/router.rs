//! Which path leads where, and what every request passes through.

use super::door::Door;
use super::extract::Binary;
use super::problem::{self, Problem};
use super::{categories, dataset, flipbook, frames, guard, labels, live, models, page, queue};
use super::{settings, status, system, trainings};
use crate::services::Services;
use axum::Router;
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, MatchedPath, Request, State};
use axum::http::header::{HeaderName, HeaderValue, X_CONTENT_TYPE_OPTIONS};
use axum::http::{Method, StatusCode};
use axum::middleware::{self, Next};
use axum::response::IntoResponse;
use std::time::{Duration, Instant};
use tokio_util::sync::CancellationToken;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::csrf::CsrfLayer;
use tower_http::limit::RequestBodyLimitLayer;
use tower_http::set_header::SetResponseHeaderLayer;
use tower_http::timeout::{RequestBodyTimeoutLayer, TimeoutLayer};
use tower_http::trace::TraceLayer;
use utoipa::OpenApi;
use utoipa::openapi::{ContentBuilder, Ref, RefOr, ResponseBuilder};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// A request that is neither a stream nor a data set is answered within this time.
const TIME_LIMIT: Duration = Duration::from_secs(30);
/// Largest JSON body: the labels of a frame full of polygons.
const JSON_LIMIT: u64 = 2_000_000;

/// The document's head, and the pictures that share a route with their record.
#[derive(OpenApi)]
#[openapi(
    info(title = "Fieldcoach", description = "Teaches a camera in the field."),
    components(schemas(Problem, Binary))
)]
struct Head;

#[derive(OpenApi)]
#[openapi(paths(frames::picture, flipbook::drawn))]
struct Pictures;

/// All routes and their document. `max_upload`: bytes of an uploaded picture.
fn routes(max_upload: u64) -> OpenApiRouter<Door> {
    let records = OpenApiRouter::with_openapi(Pictures::openapi())
        .routes(routes!(frames::capture))
        .routes(routes!(frames::get))
        .routes(routes!(labels::get, labels::put))
        .routes(routes!(queue::next))
        .routes(routes!(categories::list, categories::add))
        .routes(routes!(categories::patch, categories::delete))
        .routes(routes!(trainings::list, trainings::add))
        .routes(routes!(trainings::get, trainings::cancel))
        .routes(routes!(flipbook::get))
        .routes(routes!(flipbook::page))
        .routes(routes!(flipbook::animation))
        .routes(routes!(models::list))
        .routes(routes!(models::get))
        .routes(routes!(models::download))
        .routes(routes!(models::deploy))
        .routes(routes!(models::roll_back))
        .routes(routes!(live::detections))
        .routes(routes!(settings::get, settings::patch))
        .routes(routes!(status::get));
    let uploads = OpenApiRouter::default().routes(routes!(frames::list, frames::add));
    let timed = bounded(records, "the body", JSON_LIMIT)
        .merge(bounded(uploads, "the picture", max_upload))
        .layer(TimeoutLayer::with_status_code(StatusCode::REQUEST_TIMEOUT, TIME_LIMIT));
    let streams = OpenApiRouter::default()
        .routes(routes!(live::video))
        .routes(routes!(live::events))
        .routes(routes!(dataset::export));
    // Bounded by the room on the disk as it comes in; a sender that falls silent is given up.
    let data_sets = OpenApiRouter::default()
        .routes(routes!(dataset::import))
        .layer(DefaultBodyLimit::disable())
        .layer(RequestBodyTimeoutLayer::new(TIME_LIMIT));
    let system = OpenApiRouter::with_openapi(Head::openapi())
        .routes(routes!(page::index))
        .routes(routes!(system::health))
        .routes(routes!(system::ready))
        .routes(routes!(system::metrics))
        .routes(routes!(system::openapi))
        .layer(TimeoutLayer::with_status_code(StatusCode::REQUEST_TIMEOUT, TIME_LIMIT));
    system.nest("/api/v1", timed.merge(streams).merge(data_sets))
}

/// Refuses bodies of more than `limit` bytes, saying so.
fn bounded(router: OpenApiRouter<Door>, what: &'static str, limit: u64) -> OpenApiRouter<Door> {
    let (router, api) = router.split_for_parts();
    OpenApiRouter::with_openapi(api).merge(bound(router, what, limit).into())
}

fn bound<S: Clone + Send + Sync + 'static>(router: Router<S>, what: &'static str, limit: u64) -> Router<S> {
    let explain = move |response: axum::response::Response| async move {
        match response.status() {
            StatusCode::PAYLOAD_TOO_LARGE if !problem::is_problem(&response) => {
                Problem::too_large(what, limit).into_response()
            }
            _ => response,
        }
    };
    router
        .layer(DefaultBodyLimit::disable())
        .layer(RequestBodyLimitLayer::new(usize::try_from(limit).unwrap_or(usize::MAX)))
        .layer(middleware::map_response(explain))
}

/// The OpenAPI document: every operation gets a name of its own, descriptions where the format wants them, and may also
/// answer with a problem.
fn document(mut api: utoipa::openapi::OpenApi) -> utoipa::openapi::OpenApi {
    let content = ContentBuilder::new().schema(Some(RefOr::Ref(Ref::from_schema_name("Problem")))).build();
    let problem =
        ResponseBuilder::new().description("What went wrong").content("application/problem+json", content).build();
    for (path, item) in &mut api.paths.paths {
        let operations = [
            ("get", &mut item.get),
            ("put", &mut item.put),
            ("post", &mut item.post),
            ("patch", &mut item.patch),
            ("delete", &mut item.delete),
        ];
        for (method, operation) in operations {
            let Some(operation) = operation else { continue };
            operation.operation_id = Some(operation_id(method, path));
            for response in operation.responses.responses.values_mut() {
                if let RefOr::T(response) = response
                    && response.description.is_empty()
                {
                    response.description = operation.summary.clone().unwrap_or_default();
                }
            }
            operation.responses.responses.insert("default".into(), problem.clone().into());
        }
    }
    api
}

/// `get_frames_id_labels` for `GET /api/v1/frames/{id}/labels`.
fn operation_id(method: &str, path: &str) -> String {
    let path = path.strip_prefix("/api/v1").unwrap_or(path);
    let words = path.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
    [method].into_iter().chain(words).collect::<Vec<_>>().join("_")
}

/// What the door offers, as an OpenAPI document.
pub fn openapi() -> utoipa::openapi::OpenApi {
    // The limit on pictures is no part of it.
    document(routes(0).into_openapi())
}

/// The whole door.
pub fn app(services: Services, stop: CancellationToken) -> anyhow::Result<Router> {
    let (router, api) = routes(services.config.http.max_upload.as_u64()).split_for_parts();
    let door = Door::new(services, Bytes::from(document(api).to_json()?), stop);
    let counted = guarded(router).layer(middleware::from_fn_with_state(door.clone(), count));
    Ok(counted.with_state(door))
}

/// Counts requests by route and status, and the time to the head of the answer.
async fn count(State(door): State<Door>, request: Request, next: Next) -> axum::response::Response {
    let (start, method) = (Instant::now(), request.method().clone());
    let route = request.extensions().get::<MatchedPath>().cloned();
    let response = next.run(request).await;
    // Paths that no route takes count as one, or strangers could fill the memory with names.
    let route = route.as_ref().map_or("other", MatchedPath::as_str);
    door.services.health.metrics().request(known(&method), route, response.status().as_u16(), start.elapsed());
    response
}

/// The method, if it is one of the usual ones: anybody can make one up.
fn known(method: &Method) -> &str {
    match *method {
        Method::GET | Method::HEAD | Method::POST | Method::PUT | Method::PATCH | Method::DELETE | Method::OPTIONS => {
            method.as_str()
        }
        _ => "other",
    }
}

/// What every request passes through, last layer first.
fn guarded<S: Clone + Send + Sync + 'static>(router: Router<S>) -> Router<S> {
    let header = |name, value| SetResponseHeaderLayer::overriding(name, HeaderValue::from_static(value));
    router
        .fallback(page::fallback)
        .layer(CatchPanicLayer::custom(problem::panicked))
        .layer(CsrfLayer::new().with_rejection_response(guard::cross_origin))
        .layer(middleware::from_fn(guard::loopback_host))
        .layer(middleware::from_fn(problem::everywhere))
        .layer(header(X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .layer(header(HeaderName::from_static("cross-origin-resource-policy"), "same-origin"))
        .layer(TraceLayer::new_for_http())
}

#[cfg(test)]
mod tests;
