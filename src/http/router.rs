//! Which path leads where, and what every request passes through.

use super::door::Door;
use super::extract::Binary;
use super::problem::{self, Problem};
use super::table::{self, Table};
use super::{
    admission, audit, backup, batch, budget, cameras, carry, categories, clips, dataset, detections, films, flipbook,
    forwarded, frames, guard, hanging, history, imports, labels, live, models,
};
use super::{page, pair, queue, settings, status, system, tokens, trainings, undo, watch};
use crate::config::Front;
use crate::domain::Role;
use crate::services::Services;
use axum::Router;
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, MatchedPath, Request, State};
use axum::http::header::{
    CONTENT_SECURITY_POLICY, CONTENT_TYPE, HeaderName, HeaderValue, REFERRER_POLICY, STRICT_TRANSPORT_SECURITY,
    X_CONTENT_TYPE_OPTIONS,
};
use axum::http::{HeaderMap, Method, StatusCode};
use axum::middleware::{self, Next};
use axum::response::IntoResponse;
use std::collections::HashSet;
use std::time::{Duration, Instant};
use tokio_util::sync::CancellationToken;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::CompressionLayer;
use tower_http::limit::RequestBodyLimitLayer;
use tower_http::set_header::SetResponseHeaderLayer;
use tower_http::timeout::{RequestBodyTimeoutLayer, TimeoutLayer};
use tower_http::trace::TraceLayer;
use utoipa::OpenApi as _;
use utoipa::openapi::schema::{SchemaType, Type};
use utoipa::openapi::security::{ApiKey, ApiKeyValue, Http, HttpAuthScheme, SecurityScheme};
use utoipa::openapi::{Components, Content, ContentBuilder, OpenApi, Ref, RefOr, Required, ResponseBuilder, Schema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// A request that is neither a stream nor a data set is answered within this time.
const TIME_LIMIT: Duration = Duration::from_secs(30);
/// Largest JSON body: the labels of a frame full of polygons.
const JSON_LIMIT: u64 = 2_000_000;
/// Largest body of somebody who is not known yet: a code and a name.
const STRANGERS_LIMIT: u64 = 4_000;

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
fn kept() -> Table {
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
fn made() -> Table {
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
}

/// What costs the device much, or is much of what it keeps: for its own page, and for programs.
fn costly() -> OpenApiRouter<Door> {
    use Role::{Admin, Viewer};
    Table::new(OpenApi::default())
        .to(Viewer, routes!(flipbook::animation))
        .deed(Admin, "took a model along", routes!(models::download))
        .declared()
        .layer(middleware::from_fn(guard::no_other_sites))
}

/// Who may come in, what they did, settings.
fn people() -> Table {
    use Role::{Admin, Viewer};
    Table::new(OpenApi::default())
        .to(Admin, routes!(pair::waiting))
        .to(Admin, routes!(pair::void))
        .to(Viewer, routes!(tokens::me))
        .to(Admin, routes!(tokens::list))
        .to(Admin, routes!(tokens::remove))
        .to(Admin, routes!(audit::list))
        .to(Admin, routes!(imports::list))
        .to(Admin, routes!(imports::get))
        .to(Admin, routes!(imports::cancel))
        .to(Admin, routes!(settings::get))
        .to(Admin, routes!(settings::patch))
}

/// Codes and secrets, which are told once.
fn secrets() -> OpenApiRouter<Door> {
    use Role::Admin;
    Table::new(OpenApi::default())
        .to(Admin, routes!(pair::invite))
        .to(Admin, routes!(tokens::add))
        .declared()
        .layer(middleware::from_fn(guard::no_broker))
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
        kept().declared().merge(made().declared()).merge(costly()).merge(people().declared()).merge(secrets());
    let uploads = Table::new(OpenApi::default()).to(Viewer, routes!(frames::list)).to(Labeller, routes!(frames::add));
    let pairing = Table::new(OpenApi::default()).open(routes!(pair::pair)).declared();
    let pairing = pairing.layer(middleware::from_fn(guard::no_broker));
    let bodies = bounded(records, JSON_LIMIT, large_body).merge(bounded(pairing, STRANGERS_LIMIT, large_body));
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

fn large_body(limit: u64) -> Problem {
    Problem::too_large("the body", limit)
}

/// Refuses bodies of more than `limit` bytes, by what `refused` makes of it.
fn bounded(router: OpenApiRouter<Door>, limit: u64, refused: fn(u64) -> Problem) -> OpenApiRouter<Door> {
    let (router, api) = router.split_for_parts();
    OpenApiRouter::with_openapi(api).merge(bound(router, limit, refused).into())
}

fn bound<S: Clone + Send + Sync + 'static>(router: Router<S>, limit: u64, refused: fn(u64) -> Problem) -> Router<S> {
    let explain = move |response: axum::response::Response| async move {
        match response.status() {
            StatusCode::PAYLOAD_TOO_LARGE if !problem::is_problem(&response) => refused(limit).into_response(),
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
fn document(mut api: OpenApi) -> OpenApi {
    let content = ContentBuilder::new().schema(Some(RefOr::Ref(Ref::from_schema_name("Problem")))).build();
    let problem =
        ResponseBuilder::new().description("What went wrong").content("application/problem+json", content).build();
    let components = api.components.get_or_insert_default();
    components.add_security_scheme(table::BEARER, SecurityScheme::Http(Http::new(HttpAuthScheme::Bearer)));
    let cookie = ApiKeyValue::with_description("__Host-fieldcoach-{device}", "set by `POST /api/v1/pair`");
    components.add_security_scheme(table::COOKIE, SecurityScheme::ApiKey(ApiKey::Cookie(cookie)));
    let lenient = nothing_needed(components);
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
            if let Some(RefOr::T(body)) = &mut operation.request_body
                && body.content.values().any(|content| may_be_empty(content, &lenient))
            {
                body.required = Some(Required::False);
            }
        }
    }
    api
}

/// The schemas that `{}` fits, by how they are referred to.
fn nothing_needed(components: &Components) -> HashSet<String> {
    let lenient = components.schemas.iter().filter(|(_, schema)| match schema {
        RefOr::T(Schema::Object(object)) => {
            object.schema_type == SchemaType::Type(Type::Object) && object.required.is_empty()
        }
        _ => false,
    });
    lenient.map(|(name, _)| Ref::from_schema_name(name).ref_location).collect()
}

/// Whether a body of this kind may be left out: an empty one counts as `{}`.
fn may_be_empty(content: &RefOr<Content>, lenient: &HashSet<String>) -> bool {
    match content {
        RefOr::T(Content { schema: Some(RefOr::Ref(kind)), .. }) => lenient.contains(&kind.ref_location),
        _ => false,
    }
}

/// Every operation was declared in the table of routes, or the door stays shut.
fn all_declared(api: &mut OpenApi) -> anyhow::Result<()> {
    for (path, item) in &mut api.paths.paths {
        anyhow::ensure!(table::operations(item).all(|o| o.security.is_some()), "{path}: who may do this is not said");
    }
    Ok(())
}

/// `get_frames_id_labels` for `GET /api/v1/frames/{id}/labels`.
fn operation_id(method: &str, path: &str) -> String {
    let path = path.strip_prefix("/api/v1").unwrap_or(path);
    let words = path.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
    [method].into_iter().chain(words).collect::<Vec<_>>().join("_")
}

/// What the door offers, as an OpenAPI document.
pub fn openapi() -> OpenApi {
    // The limit on pictures is no part of it.
    document(routes(0).into_openapi())
}

/// The whole door. Error: a route does not say who may take it.
pub fn app(services: Services, stop: CancellationToken) -> anyhow::Result<Router> {
    let (router, mut api) = routes(services.config.http.max_upload.as_u64()).split_for_parts();
    all_declared(&mut api)?;
    let (front, names) = (services.reach.front().clone(), services.config.http.names.clone());
    let door = Door::new(services, Bytes::from(document(api).to_json()?), stop);
    let admitted = answering(router).layer(middleware::from_fn_with_state(door.clone(), admission::admit));
    let mut guarded = guarded(admitted, &front, &names);
    if matches!(front, Front::Files { .. }) {
        // With an authority that browsers know; with our own a phone that lost it would be locked out for a year.
        let year = HeaderValue::from_static("max-age=31536000");
        guarded = guarded.layer(SetResponseHeaderLayer::overriding(STRICT_TRANSPORT_SECURITY, year));
    }
    let counted = guarded.layer(middleware::from_fn_with_state(door.clone(), count));
    // Around the router itself: its layers come before what it adds by itself.
    let whole = Router::new().fallback_service(counted.with_state(door));
    Ok(whole.layer(middleware::map_response(admission::tell_nothing)))
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

/// What is answered where no route answers.
fn answering<S: Clone + Send + Sync + 'static>(router: Router<S>) -> Router<S> {
    router.fallback(page::fallback).layer(CatchPanicLayer::custom(problem::panicked))
}

/// What every request passes through, last layer first. `names`: what the device is called beside what it is asked as.
fn guarded<S: Clone + Send + Sync + 'static>(router: Router<S>, front: &Front, names: &[String]) -> Router<S> {
    let header = |name, value| SetResponseHeaderLayer::overriding(name, HeaderValue::from_static(value));
    let policy = HeaderValue::from_static("default-src 'none'; frame-ancestors 'none'");
    router
        .layer(guard::other_origins(front, names))
        .layer(middleware::from_fn_with_state(front.clone(), guard::other_origins_told))
        .layer(middleware::from_fn(guard::same_scheme))
        .layer(middleware::from_fn_with_state(front.clone(), forwarded::as_asked))
        .layer(middleware::from_fn(guard::loopback_host))
        .layer(middleware::from_fn(guard::one_host))
        .layer(middleware::from_fn(problem::everywhere))
        .layer(header(X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .layer(header(REFERRER_POLICY, "no-referrer"))
        .layer(header(HeaderName::from_static("cross-origin-resource-policy"), "same-origin"))
        // The page brings its own.
        .layer(SetResponseHeaderLayer::if_not_present(CONTENT_SECURITY_POLICY, policy))
        .layer(CompressionLayer::new().compress_when(is_text))
        .layer(TraceLayer::new_for_http())
}

/// Whether an answer gets smaller by compression, and is no stream: pictures, models and archives do not.
fn is_text(_: StatusCode, _: axum::http::Version, headers: &HeaderMap, _: &axum::http::Extensions) -> bool {
    let kind = headers.get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    let kind = kind.split(';').next().unwrap_or_default();
    kind.ends_with("json") || kind == "image/svg+xml" || (kind.starts_with("text/") && kind != "text/event-stream")
}

#[cfg(test)]
mod tests;
