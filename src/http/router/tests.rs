//! What needs no store: the document, and what every request passes through.

use super::*;
use crate::domain::limits;
use crate::http::extract::Body as JsonBody;
use axum::body::Body;
use axum::extract::{Path, Query};
use axum::http::header::{ALLOW, CONTENT_TYPE, HOST, ORIGIN};
use axum::routing::get;
use http_body_util::BodyExt;
use serde::Deserialize;
use serde_json::Value;
use tower::ServiceExt;

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
    guarded(answering(bound(things, 64, large_body)), &Front::Loopback, &[])
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

#[test]
fn every_route_is_in_the_document() {
    let (router, api) = routes(1).split_for_parts();
    let json: Value = serde_json::from_str(&document(api).to_json().unwrap()).unwrap();
    let documented: Vec<&String> = json["paths"].as_object().unwrap().keys().collect();
    // axum lists its routes nowhere else.
    let debug = format!("{router:?}");
    let start = debug.find("paths: {").unwrap();
    let listed = &debug[start..start + debug[start..].find('}').map_or(0, |_| debug[start..].find("} }").unwrap())];
    let routed: Vec<&str> = listed.split('"').filter(|piece| piece.starts_with('/')).collect();
    assert!(routed.len() > 20, "{listed}");
    for path in &routed {
        assert!(documented.iter().any(|d| d == path), "{path} is not in the document");
    }
    // What is documented and not routed shares the route of its record.
    let shared: Vec<_> = documented.iter().filter(|d| !routed.contains(&d.as_str())).collect();
    assert_eq!(shared.len(), 3, "{shared:?}");
    assert!(shared.iter().all(|path| path.ends_with(".jpg")));
}

#[test]
fn a_route_that_does_not_say_who_may_take_it_keeps_the_door_shut() {
    #[utoipa::path(get, path = "/forgotten", responses((status = 200)))]
    async fn forgotten() {}
    let (_, mut declared) = routes(1).split_for_parts();
    assert!(all_declared(&mut declared).is_ok());
    let (_, mut with_another) = routes(1).routes(routes!(forgotten)).split_for_parts();
    assert!(all_declared(&mut with_another).unwrap_err().to_string().contains("/forgotten"));
}

#[test]
fn the_document_holds_together() {
    let json: Value = serde_json::from_str(&document(routes(1).into_openapi()).to_json().unwrap()).unwrap();
    assert!(json["openapi"].as_str().unwrap().starts_with("3."));
    assert_eq!(json["info"]["title"], "Fieldcoach");
    for (path, methods) in [
        ("/api/v1/frames", vec!["get", "post"]),
        ("/api/v1/frames/{id}", vec!["get"]),
        ("/api/v1/frames/{id}.jpg", vec!["get"]),
        ("/api/v1/frames/{id}/labels", vec!["get", "put"]),
        ("/api/v1/queue", vec!["get"]),
        ("/api/v1/categories", vec!["get", "post"]),
        ("/api/v1/categories/{name}", vec!["patch", "delete"]),
        ("/api/v1/trainings", vec!["get", "post"]),
        ("/api/v1/trainings/{id}", vec!["get", "delete"]),
        ("/api/v1/trainings/{id}/flipbook", vec!["get"]),
        ("/api/v1/trainings/{id}/flipbook/{epoch}/{frame}", vec!["get"]),
        ("/api/v1/trainings/{id}/flipbook/{epoch}/{frame}.jpg", vec!["get"]),
        ("/api/v1/trainings/{id}/flipbook.gif", vec!["get"]),
        ("/api/v1/models", vec!["get"]),
        ("/api/v1/models/{id}", vec!["get"]),
        ("/api/v1/models/{id}/model.onnx", vec!["get"]),
        ("/api/v1/models/{id}/deploy", vec!["post"]),
        ("/api/v1/models/rollback", vec!["post"]),
        ("/api/v1/live.mjpeg", vec!["get"]),
        ("/api/v1/detections", vec!["get"]),
        ("/api/v1/detections/{id}", vec!["get"]),
        ("/api/v1/detections/{id}.jpg", vec!["get"]),
        ("/api/v1/detections/keep", vec!["post"]),
        ("/api/v1/log", vec!["get"]),
        ("/api/v1/timeline", vec!["get"]),
        ("/api/v1/watch", vec!["get", "put"]),
        ("/api/v1/events", vec!["get"]),
        ("/api/v1/dataset.zip", vec!["get"]),
        ("/api/v1/dataset", vec!["post"]),
        ("/api/v1/status", vec!["get"]),
        ("/healthz", vec!["get"]),
        ("/readyz", vec!["get"]),
        ("/metrics", vec!["get"]),
        ("/openapi.json", vec!["get"]),
        ("/", vec!["get"]),
    ] {
        for method in methods {
            let problem = &json["paths"][path][method]["responses"]["default"]["content"]["application/problem+json"];
            assert_eq!(problem["schema"]["$ref"], "#/components/schemas/Problem", "{method} {path}");
        }
    }
    let mut names = std::collections::BTreeSet::new();
    for (path, item) in json["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            assert!(names.insert(operation["operationId"].as_str().unwrap()), "{method} {path} has another's name");
            for response in operation["responses"].as_object().unwrap().values() {
                assert_ne!(response["description"].as_str().unwrap(), "", "{method} {path}");
            }
        }
    }
    // No reference leads nowhere.
    let text = json.to_string();
    for name in text.split("\"#/components/schemas/").skip(1).filter_map(|rest| rest.split('"').next()) {
        assert!(json["components"]["schemas"].get(name).is_some(), "the schema {name} is missing");
    }
}

/// An answer of several kinds is of one of them: each kind that is an object has something that must be there, and that is in no
/// other kind.
#[test]
fn the_kinds_of_an_answer_are_told_apart() {
    let json: Value = serde_json::from_str(&document(routes(1).into_openapi()).to_json().unwrap()).unwrap();
    let schemas = json["components"]["schemas"].as_object().unwrap();
    let named = |kind: &Value| kind["$ref"].as_str().map(|name| &schemas[name.rsplit('/').next().unwrap()]);
    // What must be in it; its parts are joined by `allOf`.
    fn required(schema: &Value) -> Vec<&str> {
        let parts = schema["allOf"].as_array().into_iter().flatten();
        let own = schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str);
        own.chain(parts.flat_map(required)).collect()
    }
    fn has(schema: &Value, key: &str) -> bool {
        schema["properties"].get(key).is_some() || schema["allOf"].as_array().into_iter().flatten().any(|p| has(p, key))
    }
    let mut seen = 0;
    for (name, schema) in schemas {
        let kinds: Vec<&Value> = schema["oneOf"].as_array().into_iter().flatten().filter_map(named).collect();
        for (at, kind) in kinds.iter().enumerate().filter(|(_, kind)| kind["type"] != "string") {
            seen += 1;
            let others = kinds.iter().enumerate().filter(|(other, _)| *other != at).map(|(_, other)| other);
            let own = |key: &&str| others.clone().all(|other| !has(other, key));
            assert!(required(kind).iter().any(own), "{name}: one kind may be taken for another: {kind}");
        }
    }
    assert!(seen > 1, "no answer of several kinds");
}

#[test]
fn the_document_says_which_bodies_may_be_left_out() {
    let json = serde_json::to_value(openapi()).unwrap();
    let mut may = vec![];
    for (path, item) in json["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            if operation.get("requestBody").is_some_and(|body| body["required"] == false) {
                may.push(format!("{method} {path}"));
            }
        }
    }
    let all = [
        "patch /api/v1/categories/{name}",
        "post /api/v1/clips/{id}/carry",
        "post /api/v1/pairings",
        "patch /api/v1/settings",
        "post /api/v1/trainings",
    ];
    assert_eq!(may, all);
}

#[test]
fn the_document_says_the_limits_that_hold() {
    let json: Value = serde_json::from_str(&document(routes(1).into_openapi()).to_json().unwrap()).unwrap();
    let schema = |name: &str, key: &str| json["components"]["schemas"][name]["properties"][key].clone();
    let range =
        |schema: &Value, least: &str, most: &str| (schema[least].as_f64().unwrap(), schema[most].as_f64().unwrap());
    let asked = |key: &str| range(&schema("TrainRequest", key), "minimum", "maximum");
    let ends = |least: u32, most: u32| (f64::from(least), f64::from(most));
    assert_eq!(asked("experiments"), ends(*limits::EXPERIMENTS.start(), *limits::EXPERIMENTS.end()));
    assert_eq!(asked("epochs"), ends(*limits::EPOCHS.start(), *limits::EPOCHS.end()));
    assert_eq!(asked("minutes"), (f64::from(*limits::MINUTES.start()), f64::from(*limits::MINUTES.end())));
    for of in ["Category", "NewCategory", "PatchCategory"] {
        let (least, most) = range(&schema(of, "name"), "minLength", "maxLength");
        assert_eq!((least as usize, most as usize), limits::CATEGORY_NAME.into_inner(), "{of}");
    }
    let (least, most) = range(&schema("Label", "by"), "minLength", "maxLength");
    assert_eq!((least as usize, most as usize), limits::LABEL_BY.into_inner());
    let (least, most) = range(&schema("Label", "score"), "minimum", "maximum");
    assert_eq!((least as f32, most as f32), limits::SCORE.into_inner());
    let letters =
        |schema: &Value, most: &usize| schema["pattern"].as_str().unwrap().ends_with(&format!("{{1,{most}}}$"));
    assert!(letters(&schema("Label", "track"), limits::TRACK.end()));
    assert!(letters(&json["components"]["schemas"]["CameraId"], limits::CAMERA_ID.end()));
    let corner = &json["components"]["schemas"]["Corner"];
    assert_eq!((corner["minItems"].as_u64(), corner["maxItems"].as_u64()), (Some(2), Some(2)));
    assert_eq!(schema("Label", "polygon")["items"]["$ref"], "#/components/schemas/Corner");
    let mut counted = [0; 2];
    for (path, item) in json["paths"].as_object().unwrap() {
        for parameter in item["get"]["parameters"].as_array().into_iter().flatten() {
            match parameter["name"].as_str().unwrap() {
                "limit" => {
                    let says = format!("{} unless said otherwise, at most {}", limits::SLICE, limits::DOOR_SLICE.end());
                    assert!(parameter["description"].as_str().unwrap().contains(&says), "{path}");
                    counted[0] += 1;
                }
                "width" => {
                    let (least, most) = range(&parameter["schema"], "minimum", "maximum");
                    assert_eq!((least as u32, most as u32), limits::PICTURE_WIDTH.into_inner(), "{path}");
                    counted[1] += 1;
                }
                _ => {}
            }
        }
    }
    assert_eq!(counted, [9, 3], "parameters called `limit` and `width`");
}
