//! Keeps web pages of others away.
//!
//! On loopback nobody needs a token, but the browser of whoever sits at the device (or at the end of an SSH tunnel) can
//! reach it, and with it every page that browser shows. So: there requests must name this machine as their host, which
//! defeats DNS rebinding, and must not come from elsewhere by a proxy. Everywhere, requests that change something must not
//! come from another origin, nor those that cost much from another site.

use super::admission::Entered;
use super::forwarded::passed_on;
use super::listen::{Arrival, Way};
use super::problem::Problem;
use crate::config::Front;
use axum::extract::{Request, State};
use axum::http::uri::Authority;
use axum::http::{HeaderMap, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use std::net::IpAddr;
use tower_http::csrf::{CsrfLayer, ProtectionError};

/// What a proxy on this machine is to be told of.
const AS_PROXY: &str = "http.tls = \"proxy\" and http.trusted = [\"127.0.0.1\"]";

/// Middleware: on loopback refuses requests to a host name that is not this machine's, and those that a proxy passes on
/// for another machine: here nobody would ask for a token.
pub async fn loopback_host(request: Request, next: Next) -> Response {
    if request.extensions().get::<Arrival>().is_some_and(|arrival| arrival.way != Way::Loopback) {
        return next.run(request).await;
    }
    let header = request.headers().get(header::HOST).map(|host| String::from_utf8_lossy(host.as_bytes()));
    let target = request.uri().authority().map(|authority| authority.as_str().into());
    // No host at all: HTTP/1.0 and tests, never a browser.
    for host in [header, target].into_iter().flatten() {
        if !is_loopback(&host) {
            let detail = format!(
                "fieldcoach listens on loopback, where nobody needs a token, and answers to localhost, 127.0.0.1 and [::1] \
                 only, not to `{host}`; use an SSH tunnel and open http://localhost, set http.listen to an address of the \
                 network, or, behind a reverse proxy, set {AS_PROXY}"
            );
            return Problem::new(StatusCode::MISDIRECTED_REQUEST, detail).into_response();
        }
    }
    if let Some(said) = passed_on(request.headers()) {
        let detail = format!(
            "a proxy passes this on to fieldcoach on loopback, where nobody is asked for a token (`{said}`); set {AS_PROXY}, and \
             it asks for one"
        );
        return Problem::new(StatusCode::FORBIDDEN, detail).into_response();
    }
    next.run(request).await
}

/// Middleware: refuses a request that names two hosts: whoever stands before this reads the one, and this the other.
pub async fn one_host(request: Request, next: Next) -> Response {
    match request.headers().get_all(header::HOST).iter().count() {
        0 | 1 => next.run(request).await,
        _ => Problem::new(StatusCode::BAD_REQUEST, "the header `Host` is there twice; send it once").into_response(),
    }
}

/// Middleware: refuses what a web page of another site asks for. It could not read the answer, but the device would work for
/// it, and a browser would store what it is.
pub async fn no_other_sites(request: Request, next: Next) -> Response {
    match request.headers().get("sec-fetch-site").is_some_and(|site| site == "cross-site") {
        true => {
            let detail = "a web page of another site asks for this; open fieldcoach's own page, and take it from there";
            Problem::new(StatusCode::FORBIDDEN, detail).into_response()
        }
        false => next.run(request).await,
    }
}

/// Middleware: refuses what comes through a broker: it could read what is told once here, and what never ends would fill
/// it.
pub async fn no_broker(request: Request, next: Next) -> Response {
    match request.extensions().get::<Entered>() {
        Some(_) => {
            let detail = "this does not pass a broker, which could read secrets, and where what never ends is in the way of all \
                          else; ask the device itself, or for single pictures and the status";
            Problem::new(StatusCode::FORBIDDEN, detail).into_response()
        }
        None => next.run(request).await,
    }
}

/// Middleware: over TLS, refuses changes that a page without TLS asks for: whoever sits in between wrote that page.
pub async fn same_scheme(request: Request, next: Next) -> Response {
    let way = request.extensions().get::<Arrival>().map(|arrival| arrival.way);
    // What a proxy passes on came to it over TLS, or is not answered.
    let encrypted = matches!(way, Some(Way::Tls | Way::Plain));
    match request.headers().get(header::ORIGIN) {
        Some(origin) if encrypted && !origin.as_bytes().starts_with(b"https:") && !request.method().is_safe() => {
            let detail = format!(
                "this request comes from a web page of another origin, `{}`, which is not encrypted; open fieldcoach's own \
                 page, at an address that begins with https://",
                String::from_utf8_lossy(origin.as_bytes())
            );
            Problem::new(StatusCode::FORBIDDEN, detail).into_response()
        }
        _ => next.run(request).await,
    }
}

/// Whether a `Host` (with or without a port) is `localhost` or a loopback address.
fn is_loopback(host: &str) -> bool {
    let Ok(authority) = host.parse::<Authority>() else { return false };
    let name = authority.host();
    let address = name.trim_start_matches('[').trim_end_matches(']');
    name.eq_ignore_ascii_case("localhost") || address.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

/// Refuses changes that a web page of another origin asks for; `names`: what the device is called beside what it is asked
/// as, over TLS. A proxy may pass on none of it.
pub fn other_origins(front: &Front, names: &[String]) -> CsrfLayer {
    let names = if *front == Front::Loopback { &[] } else { names };
    names.iter().fold(CsrfLayer::new(), |layer, name| {
        let name = name.to_ascii_lowercase();
        // A host name is always one.
        layer.clone().add_trusted_origin(format!("https://{name}")).unwrap_or(layer)
    })
}

/// Middleware around that layer: says in words what it refuses.
pub async fn other_origins_told(State(front): State<Front>, request: Request, next: Next) -> Response {
    let headers = request.headers().clone();
    let response = next.run(request).await;
    match response.extensions().get::<ProtectionError>() {
        Some(_) => Problem::new(StatusCode::FORBIDDEN, not_ours(&front, &headers)).into_response(),
        None => response,
    }
}

fn not_ours(front: &Front, headers: &HeaderMap) -> String {
    let text = |name| headers.get(name).map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned());
    let (Some(page), Some(host)) = (text(header::ORIGIN), text(header::HOST)) else {
        return "this request comes from a web page of another origin; open fieldcoach's own page instead".to_owned();
    };
    let proxy = match front {
        Front::Loopback => format!("set {AS_PROXY}; then it also asks for tokens"),
        Front::Own | Front::Files { .. } => {
            "add its name to http.names, or let it pass on `Host`, or leave TLS to it: http.tls = \"proxy\"".to_owned()
        }
        Front::Proxy(_) => "let that pass on `Host` or `X-Forwarded-Host` with the port (nginx: proxy_set_header Host \
                            $http_host), or add its name to http.names"
            .to_owned(),
    };
    format!(
        "this request comes from a web page of another origin: the page is `{page}`, and fieldcoach was asked as `{host}`. Open \
         fieldcoach's own page instead; or, if a reverse proxy shows it as `{page}`, {proxy}"
    )
}
