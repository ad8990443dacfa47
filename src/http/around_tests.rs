//! What every request passes through, before a small router.

use super::*;
use crate::http::extract::Body as JsonBody;
use crate::http::page;
use axum::body::Body;
use axum::extract::{Path, Query};
use axum::http::header::{ALLOW, HOST, ORIGIN};
use axum::routing::get;
use http_body_util::BodyExt;
use serde::Deserialize;
use serde_json::Value;
use tower::ServiceExt;
use tower_http::timeout::TimeoutLayer;

#[derive(Deserialize)]
struct Thing {
    #[allow(dead_code)]
    sizes: Vec<u32>,
}

#[derive(Deserialize)]
struct Which {
    #[allow(dead_code)]
    phase: Option<crate::domain::Phase>,
}

async fn thing(JsonBody(_): JsonBody<Thing>) -> &'static str {
    "taken"
}

/// A small router behind all the layers.
fn small() -> Router {
    let panics = || async {
        if true {
            panic!("broken")
        }
    };
    let slow = get(std::future::pending::<&'static str>);
    let things = Router::new()
        .route("/things", get(|_: Query<Which>| async { "things" }).post(thing))
        .route("/things/{number}", get(|_: Path<u32>| async { "a thing" }))
        .route("/costly", get(|| async { "much" }).layer(middleware::from_fn(guard::no_other_sites)))
        .route("/panics", get(panics))
        .route("/slow", slow.layer(TimeoutLayer::with_status_code(StatusCode::REQUEST_TIMEOUT, Duration::ZERO)));
    guarded(unpanicked(bound(things, 64, large_body).fallback(page::fallback)), &Front::Loopback, &[])
}

async fn ask(method: &str, path: &str, headers: &[(HeaderName, &str)], body: &str) -> axum::response::Response {
    let mut request = Request::builder().method(method).uri(path);
    for (name, value) in headers {
        request = request.header(name, *value);
    }
    small().oneshot(request.body(Body::from(body.to_owned())).unwrap()).await.unwrap()
}

/// Asks, and holds the answer to RFC 9457.
async fn problem(method: &str, path: &str, headers: &[(HeaderName, &str)], body: &str) -> (u16, String) {
    let answer = ask(method, path, headers, body).await;
    let status = answer.status();
    assert_eq!(answer.headers()[CONTENT_TYPE], "application/problem+json", "{method} {path}: {status}");
    assert_eq!(answer.headers()[X_CONTENT_TYPE_OPTIONS], "nosniff");
    let json: Value = serde_json::from_slice(&answer.into_body().collect().await.unwrap().to_bytes()).unwrap();
    assert_eq!(json["status"], status.as_u16());
    assert_eq!(json["type"], "about:blank");
    assert_eq!(json["title"], status.canonical_reason().unwrap());
    (status.as_u16(), json["detail"].as_str().unwrap().to_owned())
}

#[tokio::test]
async fn every_error_is_a_problem_that_says_what_was_wrong() {
    for (method, path, body, status, says) in [
        ("GET", "/nowhere", "", 404, "/nowhere"),
        ("POST", "/nowhere", "", 404, "/nowhere"),
        ("DELETE", "/things", "", 405, "/things does not take DELETE; see `Allow`"),
        ("GET", "/things?phase=done", "", 400, "unknown variant `done`, expected one of `unlabelled`"),
        ("GET", "/things/seven", "", 400, "seven"),
        ("POST", "/things", "{\"sizes\": [1,}", 400, "line 1 column 14"),
        ("POST", "/things", "{\"sizes\": [1, \"a\"]}", 422, "sizes[1]: invalid type: string \"a\""),
        ("POST", "/things", "", 422, "missing field `sizes`"),
        ("POST", "/things", " [[1]]", 422, "send a JSON object"),
        ("POST", "/things", "1", 422, "expected an object at line 1"),
        ("POST", "/things", "{\"sizes\": [-1]}", 422, "expected a whole number"),
        (
            "POST",
            "/things",
            "{\"sizes\": [1], \"sizes\": [2]}",
            422,
            "the key `sizes` is there twice; send it once at line 1",
        ),
        ("POST", "/things", "\u{feff}{\"sizes\": [1, \"a\"]}", 422, "sizes[1]"),
        ("POST", "/things", "sizes=1&sizes=2", 415, "no JSON: it is a form"),
        ("POST", "/things", "{\0\"\0", 415, "no JSON: it is in UTF-16"),
        ("GET", "/panics", "", 500, "a fault in fieldcoach"),
        ("GET", "/slow", "", 408, "longer than"),
    ] {
        let (got, detail) = problem(method, path, &[], body).await;
        assert_eq!(got, status, "{method} {path}: {detail}");
        assert!(detail.contains(says), "{method} {path}: {detail}");
    }
    assert_eq!(ask("DELETE", "/things", &[], "").await.headers()[ALLOW], "GET,HEAD,POST");
}

#[tokio::test]
async fn a_body_over_the_limit_is_refused_with_the_limit() {
    let large = format!("{{\"sizes\": [{}1]}}", "1,".repeat(64));
    let length = (axum::http::header::CONTENT_LENGTH, &*large.len().to_string());
    assert_eq!(problem("POST", "/things", &[length], "").await, (413, "the body is larger than 64 B".into()));
    // A sender that does not say how much it will send.
    assert_eq!(problem("POST", "/things", &[], &large).await, (413, "the body is larger than 64 B".into()));
}

#[tokio::test]
async fn json_needs_no_content_type() {
    for kind in ["application/json", "application/x-www-form-urlencoded"] {
        let answer = ask("POST", "/things", &[(CONTENT_TYPE, kind)], "{\"sizes\": []}").await;
        assert_eq!(answer.status(), StatusCode::OK, "{kind}");
    }
}

#[tokio::test]
async fn other_host_names_are_refused() {
    let (status, detail) = problem("GET", "/things", &[(HOST, "evil.example:8080")], "").await;
    assert_eq!(status, 421);
    assert!(detail.contains("evil.example"), "{detail}");
    assert!(detail.contains("http.listen") && detail.contains("http.tls"), "{detail}");
    assert_eq!(ask("GET", "/things", &[(HOST, "localhost:8080")], "").await.status(), StatusCode::OK);
}

#[tokio::test]
async fn what_a_proxy_passes_on_from_elsewhere_is_not_for_loopback() {
    let host = (HOST, "127.0.0.1:8080");
    for (name, from) in [("x-forwarded-for", "127.0.0.1, 192.168.1.5"), ("forwarded", "for=192.168.1.5;host=cam")] {
        let (status, detail) =
            problem("GET", "/things", &[host.clone(), (HeaderName::from_static(name), from)], "").await;
        assert_eq!(status, 403);
        assert!(detail.contains("192.168.1.5") && detail.contains("http.trusted"), "{detail}");
    }
    // What says that it was passed on, and not from where.
    for (name, value) in [
        ("x-real-ip", "9.9.9.9"),
        ("forwarded", "for=_hidden"),
        ("forwarded", "for=unknown;proto=https"),
        ("forwarded", "for=127.0.0.1;host=cam.example"),
        ("forwarded", "what is this"),
        ("x-forwarded-for", "unknown"),
        ("x-forwarded-for", "127.0.0.1, unknown"),
        ("x-forwarded-host", "cam.example"),
        ("cf-connecting-ip", "9.9.9.9"),
        ("via", "1.1 proxy"),
    ] {
        let (status, detail) =
            problem("GET", "/things", &[host.clone(), (HeaderName::from_static(name), value)], "").await;
        assert_eq!(status, 403, "{name}: {value}");
        assert!(detail.contains(name) && detail.contains(value) && detail.contains("http.trusted"), "{detail}");
    }
    // As an editor's or a notebook's proxy on the same machine does.
    for (name, value) in [
        ("x-forwarded-for", "127.0.0.1"),
        ("x-forwarded-for", "::1, 127.0.0.1:4711"),
        ("x-forwarded-host", "localhost:8080"),
        ("x-real-ip", "127.0.0.1"),
        ("forwarded", "for=127.0.0.1;host=\"localhost:8080\""),
        ("x-forwarded-proto", "http"),
    ] {
        let here = (HeaderName::from_static(name), value);
        assert_eq!(ask("GET", "/things", &[host.clone(), here], "").await.status(), StatusCode::OK, "{name}: {value}");
    }
}

#[tokio::test]
async fn other_web_pages_can_change_nothing() {
    let body = "{\"sizes\": []}";
    let host = (HOST, "127.0.0.1:8080");
    for origin in ["http://evil.example", "http://127.0.0.1:9090", "null"] {
        let (status, detail) = problem("POST", "/things", &[host.clone(), (ORIGIN, origin)], body).await;
        assert_eq!(status, 403, "{origin}");
        let says = [origin, "127.0.0.1:8080", "http.tls = \"proxy\""];
        assert!(says.iter().all(|says| detail.contains(says)), "{detail}");
        assert_eq!(ask("GET", "/things", &[host.clone(), (ORIGIN, origin)], "").await.status(), StatusCode::OK);
    }
    let own = ask("POST", "/things", &[host.clone(), (ORIGIN, "http://127.0.0.1:8080")], body).await;
    assert_eq!(own.status(), StatusCode::OK);
    let site = (HeaderName::from_static("sec-fetch-site"), "cross-site");
    assert_eq!(problem("POST", "/things", &[host, site], body).await.0, 403);
}

#[tokio::test]
async fn what_costs_much_is_not_for_web_pages_of_others() {
    let host = (HOST, "127.0.0.1:8080");
    for (site, status) in [("cross-site", 403), ("same-origin", 200), ("none", 200)] {
        let site = (HeaderName::from_static("sec-fetch-site"), site);
        assert_eq!(ask("GET", "/costly", &[host.clone(), site.clone()], "").await.status().as_u16(), status);
        assert_eq!(
            ask("GET", "/things", &[host.clone(), site], "").await.status().as_u16(),
            200,
            "a link opens the page"
        );
    }
    // A program says nothing of it.
    assert_eq!(ask("GET", "/costly", &[host], "").await.status(), StatusCode::OK);
}

#[tokio::test]
async fn a_request_that_names_two_hosts_is_refused() {
    let hosts = [(HOST, "127.0.0.1:8080"), (HOST, "evil.example")];
    let (status, detail) = problem("GET", "/things", &hosts, "").await;
    assert!(status == 400 && detail.contains("twice"), "{status} {detail}");
    assert_eq!(problem("GET", "/things", &[hosts[0].clone(), hosts[0].clone()], "").await.0, 400);
}
