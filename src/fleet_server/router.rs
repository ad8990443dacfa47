//! Which path leads where, and who may take it.

use super::door::Door;
use super::{devices, events, forward, history, metrics, orders, own, page, ready, video};
use crate::domain::Role;
use crate::fleet::Fleet;
use crate::http::Problem;
use crate::http::shared::{
    Gate, JSON_LIMIT, STRANGERS_LIMIT, TIME_LIMIT, Table, bound, bounded, declared, document, guard, hanging,
    large_body, pairing, people, require, secrets, system, whole,
};
use axum::Router;
use axum::http::StatusCode;
use axum::middleware;
use axum::routing::MethodRouter;
use tokio_util::sync::CancellationToken;
use tower_http::timeout::TimeoutLayer;
use utoipa::OpenApi as _;
use utoipa::openapi::OpenApi;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// The document's head.
#[derive(utoipa::OpenApi)]
#[openapi(
    info(
        title = "Fieldcoach, the server of a fleet",
        description = "All devices of a broker. What a device has under `/api/v1` is at `/devices/{id}/api/v1` here: each operation \
            takes the role that the device's own document says (`x-role`), here and on the device, by the token that it \
            issued to this server. Events and video are made here: `…/events`, `…/live.mjpeg`."
    ),
    components(schemas(Problem))
)]
struct Head;

/// All devices, what happened, what they are told to do.
fn fleet() -> Table<Door> {
    use Role::{Admin, Labeller, Viewer};
    Table::new(OpenApi::default())
        .to(Viewer, routes!(devices::list))
        .to(Viewer, routes!(devices::get))
        .deed(Admin, "changed what a device is called", routes!(devices::patch))
        .deed(Admin, "had a device forgotten", routes!(devices::forget))
        .to(Viewer, routes!(devices::picture))
        .deed(Admin, "gave the server a device's token", routes!(devices::put_token))
        .deed(Admin, "took a device's token from the server", routes!(devices::delete_token))
        .to(Viewer, routes!(history::list))
        .to(Viewer, routes!(orders::list))
        .to(Viewer, routes!(orders::get))
        .deed(Labeller, "gave devices an order", routes!(orders::add))
        .deed(Labeller, "cancelled an order", routes!(orders::cancel))
}

/// This server's own routes, with their document.
fn routes() -> OpenApiRouter<Door> {
    use Role::Viewer;
    let records = fleet().declared().merge(people().declared()).merge(secrets());
    let timed = bounded(records, JSON_LIMIT, large_body)
        .merge(bounded(pairing(), STRANGERS_LIMIT, large_body))
        .layer(middleware::from_fn(hanging::told))
        .layer(TimeoutLayer::with_status_code(StatusCode::REQUEST_TIMEOUT, TIME_LIMIT));
    let system = Table::new(Head::openapi())
        .open(routes!(page::index))
        .open(routes!(system::health))
        .open(routes!(system::authority))
        .to(Viewer, routes!(ready::ready))
        .to(Viewer, routes!(metrics::get))
        .to(Viewer, routes!(system::openapi))
        .declared()
        .layer(TimeoutLayer::with_status_code(StatusCode::REQUEST_TIMEOUT, TIME_LIMIT));
    system.nest("/api/v1", timed)
}

/// What is answered here for a device, in a device's own form; its document is the device's.
fn of_devices() -> Router<Door> {
    let at = |path: &str| format!("/devices/{{device}}{}{path}", super::roles::API);
    let streams: [(&str, MethodRouter<Door>); 2] = [("/events", events::events()), ("/live.mjpeg", video::video())];
    let known = streams.into_iter().fold(Router::new(), |router, (path, stream)| router.route(&at(path), stream));
    let known = known.layer(middleware::from_fn(guard::no_other_sites)).route(&at("/me"), own::me());
    let known = known.layer(middleware::from_fn(|request, next| require(Role::Viewer, request, next)));
    let pairing = Router::new().route(&at("/pair"), own::pairing());
    known.merge(forward::router()).merge(bound(pairing, STRANGERS_LIMIT, large_body))
}

/// What this server offers beside the devices' own, as an OpenAPI document.
pub fn openapi() -> OpenApi {
    document(routes().into_openapi())
}

/// The whole door. Error: a route does not say who may take it.
pub fn app(gate: Gate, fleet: Fleet, stop: CancellationToken) -> anyhow::Result<Router> {
    let (router, api) = routes().split_for_parts();
    let door = Door::new(gate, fleet, declared(api)?, stop);
    Ok(whole(router.merge(of_devices()).fallback(page::fallback), door))
}
