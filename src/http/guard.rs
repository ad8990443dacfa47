//! Keeps web pages of others away.
//!
//! On loopback nobody needs a token, but the browser of whoever sits at the device (or at the end of an SSH tunnel) can
//! reach it, and with it every page that browser shows. So: there requests must name this machine as their host, which
//! defeats DNS rebinding. Everywhere, requests that change something must not come from another origin.

use super::listen::{Arrival, Way};
use super::problem::Problem;
use axum::body::Body;
use axum::extract::Request;
use axum::http::uri::Authority;
use axum::http::{StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use std::net::IpAddr;
use tower_http::csrf::ProtectionError;

/// Middleware: on loopback refuses requests to a host name that is not this machine's.
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
                "fieldcoach answers to localhost, 127.0.0.1 and [::1] only, not to `{host}`; \
                 use an SSH tunnel and open http://localhost"
            );
            return Problem::new(StatusCode::MISDIRECTED_REQUEST, detail).into_response();
        }
    }
    next.run(request).await
}

/// Middleware: over TLS, refuses changes that a page without TLS asks for: whoever sits in between wrote that page.
pub async fn same_scheme(request: Request, next: Next) -> Response {
    let tls = request.extensions().get::<Arrival>().is_some_and(|arrival| arrival.way == Way::Tls);
    let plain = request.headers().get(header::ORIGIN).is_some_and(|origin| !origin.as_bytes().starts_with(b"https:"));
    match tls && plain && !request.method().is_safe() {
        true => not_ours(),
        false => next.run(request).await,
    }
}

/// Whether a `Host` (with or without a port) is `localhost` or a loopback address.
fn is_loopback(host: &str) -> bool {
    let Ok(authority) = host.parse::<Authority>() else { return false };
    let name = authority.host();
    let address = name.trim_start_matches('[').trim_end_matches(']');
    name.eq_ignore_ascii_case("localhost") || address.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

/// The answer to a request that another web page made.
pub fn cross_origin(_: ProtectionError) -> Response<Body> {
    not_ours()
}

fn not_ours() -> Response<Body> {
    let detail = "this request comes from a web page of another origin; open fieldcoach's own page instead";
    Problem::new(StatusCode::FORBIDDEN, detail).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_loopback_names_pass() {
        for host in ["localhost", "LOCALHOST:8080", "127.0.0.1", "127.0.0.1:8080", "[::1]", "[::1]:8080"] {
            assert!(is_loopback(host), "{host}");
        }
        for host in ["evil.example", "localhost.evil.example", "127.0.0.1.nip.io:8080", "192.168.1.7", "[::2]:80", ""] {
            assert!(!is_loopback(host), "{host}");
        }
    }
}
