//! What every request passes through, whichever routes there are: a device's, or those of a fleet's server.

use super::gate::Gate;
use super::problem::{self, Problem};
use super::{admission, forwarded, guard};
use crate::config::Front;
use axum::Router;
use axum::extract::{DefaultBodyLimit, FromRef, MatchedPath, Request, State};
use axum::http::header::{
    CONTENT_SECURITY_POLICY, CONTENT_TYPE, HeaderName, HeaderValue, REFERRER_POLICY, STRICT_TRANSPORT_SECURITY,
    X_CONTENT_TYPE_OPTIONS,
};
use axum::http::{HeaderMap, Method, StatusCode};
use axum::middleware::{self, Next};
use axum::response::IntoResponse;
use std::time::{Duration, Instant};
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::CompressionLayer;
use tower_http::limit::RequestBodyLimitLayer;
use tower_http::set_header::SetResponseHeaderLayer;
use tower_http::trace::TraceLayer;
use utoipa_axum::router::OpenApiRouter;

/// A request that is neither a stream nor a data set is answered within this time.
pub const TIME_LIMIT: Duration = Duration::from_secs(30);
/// Largest JSON body: the labels of a frame full of polygons.
pub const JSON_LIMIT: u64 = 2_000_000;
/// Largest body of somebody who is not known yet: a code and a name.
pub const STRANGERS_LIMIT: u64 = 4_000;

/// The whole door: these routes (with what answers where none does), and all that comes before them.
pub fn whole<S: Clone + Send + Sync + 'static>(router: Router<S>, state: S) -> Router
where
    Gate: FromRef<S>,
{
    let gate = Gate::from_ref(&state);
    let (front, names) = (gate.reach.front().clone(), gate.config.http.names.clone());
    let admitted = unpanicked(router).layer(middleware::from_fn_with_state(gate.clone(), admission::admit));
    let mut guarded = guarded(admitted, &front, &names);
    if matches!(front, Front::Files { .. }) {
        // With an authority that browsers know; with our own a phone that lost it would be locked out for a year.
        let year = HeaderValue::from_static("max-age=31536000");
        guarded = guarded.layer(SetResponseHeaderLayer::overriding(STRICT_TRANSPORT_SECURITY, year));
    }
    let counted = guarded.layer(middleware::from_fn_with_state(gate, count));
    // Around the router itself: its layers come before what it adds by itself.
    let whole = Router::new().fallback_service(counted.with_state(state));
    whole.layer(middleware::map_response(admission::tell_nothing))
}

/// A handler that panics answers so.
fn unpanicked<S: Clone + Send + Sync + 'static>(router: Router<S>) -> Router<S> {
    router.layer(CatchPanicLayer::custom(problem::panicked))
}

pub fn large_body(limit: u64) -> Problem {
    Problem::too_large("the body", limit)
}

/// Refuses bodies of more than `limit` bytes, by what `refused` makes of it.
pub fn bounded<S: Clone + Send + Sync + 'static>(
    router: OpenApiRouter<S>,
    limit: u64,
    refused: fn(u64) -> Problem,
) -> OpenApiRouter<S> {
    let (router, api) = router.split_for_parts();
    OpenApiRouter::with_openapi(api).merge(bound(router, limit, refused).into())
}

pub fn bound<S: Clone + Send + Sync + 'static>(
    router: Router<S>,
    limit: u64,
    refused: fn(u64) -> Problem,
) -> Router<S> {
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

/// Counts requests by route and status, and the time to the head of the answer.
async fn count(State(gate): State<Gate>, request: Request, next: Next) -> axum::response::Response {
    let (start, method) = (Instant::now(), request.method().clone());
    let route = request.extensions().get::<MatchedPath>().cloned();
    let response = next.run(request).await;
    // Paths that no route takes count as one, or strangers could fill the memory with names.
    let route = route.as_ref().map_or("other", MatchedPath::as_str);
    gate.health.metrics().request(known(&method), route, response.status().as_u16(), start.elapsed());
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
#[path = "around_tests.rs"]
mod tests;
