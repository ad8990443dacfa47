//! Requests that are passed on to a device, through the broker.
//!
//! Who asks is bounded twice: by what they are here, which is asked by the device's own table of routes ([`roles`]), and by what
//! the token is on the device that it issued to this server. What a device answers is data, never a page: it comes without
//! the headers by which it could bring script to where this server's pages are.

use super::door::Door;
use super::roles::{self, API, Asks, Route};
use crate::domain::Role;
use crate::http::Problem;
use crate::http::shared::{Caller, Known, TIME_LIMIT, done, guard, needs, note, unknown};
use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, Uri, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::any;
use std::collections::BTreeMap;
use std::sync::Arc;
use tower_http::timeout::RequestBodyTimeoutLayer;

/// What this server answers itself: what does not pass a broker, and who asks.
const OURS: [&str; 4] = ["/me", "/pair", "/events", "/live.mjpeg"];

/// What of an answer's head is passed on.
const PASSED: [HeaderName; 12] = [
    header::ALLOW,
    header::CACHE_CONTROL,
    header::CONTENT_DISPOSITION,
    header::CONTENT_ENCODING,
    header::CONTENT_LENGTH,
    header::CONTENT_RANGE,
    header::CONTENT_TYPE,
    header::ACCEPT_RANGES,
    header::ETAG,
    header::LAST_MODIFIED,
    header::RETRY_AFTER,
    header::VARY,
];

/// The routes of every device, each for whoever may take it there; others, which a device of another version may have,
/// for admins.
pub fn router() -> Router<Door> {
    let mut routes = roles::routes();
    routes.retain(|path, _| !OURS.contains(&path.as_str()));
    routes.insert("/{*rest}".to_owned(), BTreeMap::new());
    let all = routes.into_iter().fold(Router::new(), |router, (path, route)| {
        let route = Arc::new(route);
        let asking = move |request: Request, next: Next| may(Arc::clone(&route), request, next);
        router.route(&format!("/devices/{{device}}{API}{path}"), any(pass_on).layer(middleware::from_fn(asking)))
    });
    all.layer(middleware::from_fn(done))
        // A sender that falls silent is given up; how much a body may be is the device's to say.
        .layer(RequestBodyTimeoutLayer::new(TIME_LIMIT))
        // All of it costs the device's network, and a device can't see whose page asks.
        .layer(middleware::from_fn(guard::no_other_sites))
}

/// Middleware: lets through whoever may do this on a device, as far as this server is concerned.
async fn may(route: Arc<Route>, mut request: Request, next: Next) -> Response {
    let Some(principal) = request.extensions().get::<Caller>().and_then(|caller| caller.principal.clone()) else {
        return unknown();
    };
    let method = if request.method() == Method::HEAD { "GET" } else { request.method().as_str() };
    let asks = route.get(method).cloned().unwrap_or(Asks { role: Role::Admin, deed: None });
    if let Err(problem) = needs(&principal, asks.role) {
        return problem.into_response();
    }
    request.extensions_mut().insert(asks);
    next.run(request).await
}

/// Asks the device that the path names, and answers what it answers.
async fn pass_on(State(door): State<Door>, Known(principal): Known, request: Request) -> Result<Response, Problem> {
    let target = request.uri().path_and_query().map_or("/", |target| target.as_str());
    let Some((device, target)) = split(target) else { return Err(Problem::not_found("there is no such device")) };
    let (device, target) = (device.to_owned(), target.to_owned());
    let about = request.uri().path().replacen(API, "", 1);
    let deed = request.extensions().get::<Asks>().and_then(|asks| asks.deed.clone());
    let response = ask(&door, &device, to(target, request)?).await?;
    if let Some(deed) = deed.filter(|_| response.status().is_success()) {
        note(door.gate.access.clone(), principal.who, deed, about).await;
    }
    Ok(below(&device, response))
}

/// The device that a path is about, and where it leads there.
fn split(path: &str) -> Option<(&str, &str)> {
    let rest = path.strip_prefix("/devices/")?;
    let (device, _) = rest.split_once('/')?;
    Some((device, &rest[device.len()..]))
}

fn to(target: String, request: Request) -> Result<Request, Problem> {
    let (mut parts, body) = request.into_parts();
    parts.uri = target.parse::<Uri>().map_err(|_| Problem::bad_request("the path can't be passed on"))?;
    parts.extensions.clear();
    Ok(Request::from_parts(parts, body))
}

/// Asks a device through the broker. Error: it gave no answer, in words.
pub async fn ask(door: &Door, device: &str, request: Request) -> Result<Response, Problem> {
    door.fleet.ask(device, request).await.map_err(Problem::from)
}

/// An answer, as it may come from a device; what it names lies below the device's own path here.
pub fn below(device: &str, response: Response) -> Response {
    let (parts, body) = response.into_parts();
    let mut head = HeaderMap::new();
    for (name, value) in parts.headers.iter().filter(|(name, _)| PASSED.contains(name)) {
        head.append(name, value.clone());
    }
    let location = parts.headers.get(header::LOCATION).and_then(|value| value.to_str().ok());
    let location = location.filter(|location| location.starts_with(API));
    if let Some(Ok(value)) = location.map(|location| HeaderValue::try_from(format!("/devices/{device}{location}"))) {
        head.insert(header::LOCATION, value);
    }
    let mut answer = Response::new(Body::new(body));
    *answer.status_mut() = parts.status;
    *answer.headers_mut() = head;
    answer
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_names_the_device_and_what_is_asked_of_it() {
        assert_eq!(split("/devices/cam-7/api/v1/frames?limit=2"), Some(("cam-7", "/api/v1/frames?limit=2")));
        assert_eq!(split("/devices/cam-7"), None);
    }

    #[test]
    fn a_device_answers_with_data_and_brings_no_script() {
        let mut answer = Response::new(Body::from("x"));
        for (name, value) in [
            ("location", "/api/v1/frames/7"),
            ("etag", "\"7\""),
            ("content-type", "image/jpeg"),
            ("content-security-policy", "script-src *"),
            ("service-worker-allowed", "/"),
            ("set-cookie", "x=y"),
            ("clear-site-data", "*"),
        ] {
            answer.headers_mut().insert(HeaderName::from_static(name), HeaderValue::from_static(value));
        }
        let answer = below("cam-7", answer);
        let names: Vec<&str> = answer.headers().keys().map(HeaderName::as_str).collect();
        assert_eq!(names.len(), 3, "{names:?}");
        assert_eq!(answer.headers()[header::LOCATION], "/devices/cam-7/api/v1/frames/7");
        let mut elsewhere = Response::new(Body::empty());
        elsewhere.headers_mut().insert(header::LOCATION, HeaderValue::from_static("https://evil.example/"));
        assert!(below("cam-7", elsewhere).headers().is_empty());
    }

    #[test]
    fn every_route_of_a_device_fits_into_one_router() {
        let _ = router();
    }
}
