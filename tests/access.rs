//! Who is let in, over the wire: every route of the document with every kind of caller, pairing, revoking, and what
//! strangers can't do to others.

mod common;

use common::{DEADLINE, Daemon, body, folder, jpeg, problem, until};
use fieldcoach::config::{Config, Tls};
use fieldcoach::domain::Role;
use futures::StreamExt;
use reqwest::{Client, RequestBuilder, StatusCode};
use serde_json::{Value, json};
use std::net::SocketAddr;
use std::path::Path;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// Listens on every address of the machine: TLS and tokens, always.
fn off_loopback(config: &mut Config) {
    config.http.listen = ([0, 0, 0, 0], 0).into();
}

/// One operation of the document.
struct Operation {
    method: String,
    path: String,
    /// Who may; `None`: everybody.
    role: Option<Role>,
}

impl Operation {
    fn ask(&self, daemon: &Daemon, client: &Client) -> RequestBuilder {
        let path = self.path.replace("{id}", "0190a0b0-0000-7000-8000-000000000000").replace("{name}", "nobody");
        let path = path.replace("{epoch}", "1").replace("{frame}", "0190a0b0-0000-7000-8000-000000000000");
        client.request(self.method.to_uppercase().parse().unwrap(), daemon.at(&path)).timeout(DEADLINE)
    }
}

/// Every operation, as the document declares it; one that does not say who may is found here.
fn operations() -> Vec<Operation> {
    let document = serde_json::to_value(fieldcoach::http::openapi()).unwrap();
    let mut all = vec![];
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            let security = operation["security"].as_array().unwrap_or_else(|| panic!("{method} {path} says nothing"));
            let role = operation["x-role"].as_str().map(|role| role.parse().unwrap());
            assert_eq!(security.is_empty(), role.is_none(), "{method} {path}");
            all.push(Operation { method: method.clone(), path: path.clone(), role });
        }
    }
    assert!(all.len() > 40, "{}", all.len());
    all
}

#[tokio::test(flavor = "multi_thread")]
async fn every_route_lets_through_whom_its_role_says_and_nobody_else() {
    let dir = folder();
    let daemon = Daemon::start_with(dir.path(), off_loopback).await;
    let known = Role::ALL.map(|role| (role, daemon.client_of(role)));
    let revoked = daemon.running.services.access.add_token("gone".into(), Role::Admin, &who()).unwrap();
    daemon.running.services.access.remove_token(revoked.token.id, &who()).unwrap();
    let code = daemon.running.services.access.invite(invitation(Role::Admin), &who()).unwrap();
    assert!(daemon.running.services.access.void(code.id));
    let strangers = [
        ("no token", daemon.client.clone()),
        ("revoked", daemon.client_with(&revoked.secret)),
        ("a code that is void", daemon.client_with(&code.code)),
        ("nonsense", daemon.client_with("fct_00")),
    ];
    let mut open = vec![];
    for operation in operations() {
        let name = format!("{} {}", operation.method, operation.path);
        for (what, client) in &strangers {
            let status = operation.ask(&daemon, client).send().await.unwrap().status().as_u16();
            match operation.role {
                Some(_) => assert_eq!(status, 401, "{name}, {what}"),
                None => assert_ne!(status, 401, "{name}, {what}"),
            }
        }
        let Some(least) = operation.role else {
            open.push(name);
            continue;
        };
        for (role, client) in &known {
            let status = operation.ask(&daemon, client).send().await.unwrap().status().as_u16();
            match *role >= least {
                true => assert!(status != 401 && status != 403 && status < 500, "{name}, {role}: {status}"),
                false => assert_eq!(status, 403, "{name}, {role}"),
            }
        }
    }
    open.sort();
    assert_eq!(open, ["get /", "get /authority.crt", "get /healthz", "post /api/v1/pair"], "what is open to everybody");
    daemon.stop().await;
}

fn who() -> fieldcoach::domain::Who {
    fieldcoach::domain::Who::local()
}

fn invitation(role: Role) -> fieldcoach::access::Invitation {
    fieldcoach::access::Invitation { role, name: None, minutes: 10 }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stranger_learns_nothing_but_the_page() {
    let dir = folder();
    let daemon = Daemon::start_with(dir.path(), off_loopback).await;
    let ask = |method: &str, path: &str| daemon.client.request(method.parse().unwrap(), daemon.at(path)).send();
    let mut answers = vec![];
    for (method, path) in [
        ("GET", "/api/v1/status"),
        ("GET", "/api/v1/nothing"),
        ("GET", "/nothing"),
        ("GET", "/page/nothing.js"),
        ("PUT", "/api/v1/status"),
        ("DELETE", "/api/v1/tokens/0190a0b0-0000-7000-8000-000000000000"),
        ("GET", "/openapi.json"),
        ("GET", "/metrics"),
        ("GET", "/readyz"),
    ] {
        let answer = ask(method, path).await.unwrap();
        assert_eq!(answer.status(), 401, "{method} {path}");
        let mut headers: Vec<_> = answer.headers().iter().map(|(n, v)| format!("{n}: {v:?}")).collect();
        headers.retain(|header| !header.starts_with("date"));
        headers.sort();
        answers.push((headers, answer.text().await.unwrap()));
    }
    assert!(answers.windows(2).all(|pair| pair[0] == pair[1]), "{answers:#?}");
    let page = ask("GET", "/").await.unwrap();
    let (policy, text) =
        (page.headers()["content-security-policy"].to_str().unwrap().to_owned(), page.text().await.unwrap());
    assert!(policy.contains("frame-ancestors 'none'") && !policy.contains("unsafe"), "{policy}");
    assert!(!text.contains("cam-7"), "the page names the device");
    daemon.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_phone_pairs_once_and_its_cookie_opens_the_device() {
    let dir = folder();
    let daemon = Daemon::start_with(dir.path(), off_loopback).await;
    let admin = daemon.client_of(Role::Admin);
    let request = json!({"role": "labeller", "name": "Ana's phone"});
    let pairing = body(admin.post(daemon.api("pairings")).json(&request), StatusCode::CREATED).await;
    let code = pairing["code"].as_str().unwrap();
    assert!(pairing["url"].as_str().unwrap().ends_with(&format!("/#/pair/{code}")));
    assert!(pairing["url"].as_str().unwrap().starts_with("https://"));
    assert!(pairing["qr"].as_str().unwrap().contains("<svg"));
    let own = daemon.running.services.reach.fingerprint().unwrap();
    assert_eq!(pairing["fingerprint"], own);
    let answer =
        daemon.client.post(daemon.api("pair")).json(&json!({ "code": code.to_lowercase() })).send().await.unwrap();
    assert_eq!(answer.status(), 200);
    let cookie = answer.headers()["set-cookie"].to_str().unwrap().to_owned();
    for part in ["__Host-fieldcoach-cam-7=fct_", "HttpOnly", "Secure", "SameSite=Strict", "Path=/"] {
        assert!(cookie.contains(part), "{cookie}");
    }
    let paired: Value = answer.json().await.unwrap();
    assert_eq!((&paired["role"], &paired["name"]), (&json!("labeller"), &json!("Ana's phone")));
    problem(daemon.client.post(daemon.api("pair")).json(&json!({ "code": code })), 403).await;

    let cookie = cookie.split(';').next().unwrap().to_owned();
    let with_cookie = |method: &str, path: &str| {
        daemon.client.request(method.parse().unwrap(), daemon.api(path)).header("cookie", &cookie)
    };
    let me = with_cookie("GET", "me").send().await.unwrap();
    assert!(me.headers()["set-cookie"].to_str().unwrap().contains("Max-Age"), "it lasts anew");
    let me: Value = me.json().await.unwrap();
    assert_eq!((&me["name"], &me["role"], &me["tls"]), (&json!("Ana's phone"), &json!("labeller"), &json!("own")));
    let frame = body(with_cookie("POST", "frames").body(jpeg(64, 48, 90)), StatusCode::CREATED).await;
    assert_eq!(frame["source"], "upload");
    body(with_cookie("POST", "categories").json(&json!({"name": "RBC"})), StatusCode::CREATED).await;
    let label = json!({"category": "RBC", "bbox": [8, 8, 16, 16], "by": "somebody else"});
    let path = format!("frames/{}/labels", frame["id"].as_str().unwrap());
    let labels = with_cookie("PUT", &path).json(&json!({"revision": 0, "labels": [label]}));
    assert_eq!(body(labels, StatusCode::OK).await["labels"][0]["by"], "Ana's phone");
    let without_tls = format!("http://127.0.0.1:{}", daemon.running.http.port());
    for origin in ["https://evil.example", &without_tls, ""] {
        let elsewhere = with_cookie("POST", "frames/capture").header("origin", origin);
        assert!(problem(elsewhere, 403).await.contains("another origin"), "{origin}");
    }
    problem(with_cookie("POST", "models/rollback"), 403).await;

    let tokens = body(admin.get(daemon.api("tokens")), StatusCode::OK).await;
    let ana = tokens["items"].as_array().unwrap().iter().find(|t| t["name"] == "Ana's phone").unwrap().clone();
    assert!(ana["seen"].is_string() && ana["via"] == "pairing" && ana.get("hash").is_none(), "{ana}");
    let said = body(admin.get(daemon.api("audit")), StatusCode::OK).await;
    let said: Vec<_> =
        said["items"].as_array().unwrap().iter().map(|e| (e["who"].clone(), e["what"].clone())).collect();
    assert!(said.contains(&(json!("Ana's phone"), json!("paired"))), "{said:?}");
    assert!(said.contains(&(json!("admin"), json!("made a pairing code"))), "{said:?}");
    daemon.stop().await;

    let daemon = Daemon::start_with(dir.path(), off_loopback).await;
    let me = daemon.client.get(daemon.api("me")).header("cookie", &cookie);
    assert_eq!(body(me, StatusCode::OK).await["name"], "Ana's phone", "a restart keeps it");
    daemon.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_revoked_ends_at_once_streams_included() {
    let dir = folder();
    let daemon = Daemon::start_with(dir.path(), off_loopback).await;
    let made = daemon.running.services.access.add_token("phone".into(), Role::Viewer, &who()).unwrap();
    let phone = daemon.client_with(&made.secret);
    let mut streams = vec![];
    for path in ["events", "live.mjpeg"] {
        let answer = phone.get(daemon.api(path)).send().await.unwrap();
        assert_eq!(answer.status(), 200, "{path}");
        streams.push((path, answer.bytes_stream()));
    }
    let admin = daemon.client_of(Role::Admin);
    body(admin.delete(daemon.api(&format!("tokens/{}", made.token.id))), StatusCode::NO_CONTENT).await;
    for (path, stream) in streams {
        let mut errors = stream.filter_map(|part| futures::future::ready(part.err()));
        let end = tokio::time::timeout(DEADLINE, errors.next()).await.unwrap_or_else(|_| panic!("{path} goes on"));
        assert!(end.is_some(), "{path} must not look whole");
    }
    assert_eq!(phone.get(daemon.api("me")).send().await.unwrap().status(), 401);
    daemon.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_people_did_is_told_to_admins_only() {
    let dir = folder();
    let daemon = Daemon::start_with(dir.path(), off_loopback).await;
    let heard = async |role: Role| {
        let answer = daemon.client_of(role).get(daemon.api("events")).send().await.unwrap();
        answer.bytes_stream().map(|part| String::from_utf8_lossy(&part.unwrap()).into_owned())
    };
    let (mut admin, mut labeller) = (heard(Role::Admin).await, heard(Role::Labeller).await);
    let someone = daemon.client_of(Role::Labeller);
    body(someone.post(daemon.api("categories")).json(&json!({"name": "RBC"})), StatusCode::CREATED).await;
    body(someone.post(daemon.api("frames")).body(jpeg(64, 48, 90)), StatusCode::CREATED).await;
    let until_frame = async |stream: &mut (dyn futures::Stream<Item = String> + Unpin + Send)| {
        let mut all = String::new();
        while !all.contains("event: frame") {
            all += &tokio::time::timeout(DEADLINE, stream.next()).await.unwrap().unwrap();
        }
        all
    };
    let told = until_frame(&mut admin).await;
    assert!(told.contains("made a category") && told.contains("/categories/RBC"), "{told}");
    assert!(!until_frame(&mut labeller).await.contains("event: audit"));
    daemon.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn wrong_codes_make_their_address_wait() {
    let dir = folder();
    let daemon = Daemon::start_with(dir.path(), off_loopback).await;
    let pair = |code: &str| daemon.client.post(daemon.api("pair")).json(&json!({ "code": code }));
    for _ in 0..9 {
        problem(pair("0000-0000"), 403).await;
    }
    let answer = pair("0000-0000").send().await.unwrap();
    assert_eq!(answer.status(), 429);
    let wait: u64 = answer.headers()["retry-after"].to_str().unwrap().parse().unwrap();
    assert!((50..=60).contains(&wait), "{wait}");
    let code = daemon.running.services.access.invite(invitation(Role::Viewer), &who()).unwrap().code;
    problem(pair(&code), 429).await;
    let here = local(dir.path(), "POST", "pair", json!({ "code": code })).await;
    assert_eq!(here.0, 200, "at the device itself nobody waits: {}", here.1);
    daemon.stop().await;
}

/// Asks on the local socket.
async fn local(dir: &Path, method: &str, path: &str, json: Value) -> (u16, String) {
    let mut stream = tokio::net::UnixStream::connect(dir.join("data/control.sock")).await.unwrap();
    let json = json.to_string();
    let head = format!("{method} /api/v1/{path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n");
    let request = format!("{head}Content-Length: {}\r\n\r\n{json}", json.len());
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    (answer[9..12].parse().unwrap(), answer)
}

#[tokio::test(flavor = "multi_thread")]
async fn the_owner_gets_in_by_the_local_socket_and_on_loopback_nobody_needs_a_code() {
    let dir = folder();
    let daemon = Daemon::start_with(dir.path(), off_loopback).await;
    let (status, answer) = local(dir.path(), "POST", "pairings", json!({"role": "admin"})).await;
    assert_eq!(status, 201, "{answer}");
    assert_eq!(local(dir.path(), "GET", "tokens", json!({})).await.0, 200);
    daemon.stop().await;
    assert!(!dir.path().join("data/control.sock").exists());

    let daemon = Daemon::start(dir.path()).await;
    let mut me = daemon.get("me").await;
    // Whether there is a page in the program is the build's.
    me.as_object_mut().unwrap().remove("page");
    assert_eq!(me, json!({"device": "cam-7", "role": "admin", "name": null, "token": null, "tls": "none"}));
    let detail = problem(daemon.client.post(daemon.api("pairings")).json(&json!({})), 409).await;
    assert!(detail.contains("http.listen"), "{detail}");
    daemon.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plain_request_is_told_where_to_go_and_the_certificate_names_the_device() {
    let dir = folder();
    let daemon = Daemon::start_with(dir.path(), off_loopback).await;
    let port = daemon.running.http.port();
    let plain = Client::builder().redirect(reqwest::redirect::Policy::none()).build().unwrap();
    let answer = plain.get(format!("http://127.0.0.1:{port}/a?b=c")).send().await.unwrap();
    assert_eq!(answer.status(), 307);
    assert_eq!(answer.headers()["location"], format!("https://127.0.0.1:{port}/a?b=c"));
    let posted = plain.post(format!("http://127.0.0.1:{port}/api/v1/pair")).bearer_auth("fct_0");
    assert!(problem(posted, 400).await.contains("https://"));
    // The client trusts the device's authority and nothing else; names are checked by it.
    let named = daemon.client.get(format!("https://localhost:{port}/healthz")).send().await.unwrap();
    assert_eq!(named.version(), reqwest::Version::HTTP_2);
    let old = Client::builder()
        .http1_only()
        .tls_certs_only([reqwest::Certificate::from_der(&daemon.running.services.reach.authority().unwrap()).unwrap()]);
    let answer = old.build().unwrap().get(daemon.at("/authority.crt")).send().await.unwrap();
    assert_eq!(answer.version(), reqwest::Version::HTTP_11);
    assert_eq!(answer.headers()["content-type"], "application/x-x509-ca-cert");
    assert!(answer.headers().get("strict-transport-security").is_none());
    assert_eq!(answer.bytes().await.unwrap(), daemon.running.services.reach.authority().unwrap());
    daemon.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reverse_proxy_is_believed_and_nobody_else_is_answered() {
    let dir = folder();
    let proxy = |trusted: &str| {
        let trusted = trusted.parse().unwrap();
        move |config: &mut Config| {
            config.http.tls = Tls::Proxy;
            config.http.trusted = vec![trusted];
        }
    };
    let daemon = Daemon::start_with(dir.path(), proxy("127.0.0.1")).await;
    let admin = daemon.client_of(Role::Admin);
    let https =
        |request: RequestBuilder| request.header("x-forwarded-proto", "https").header("x-forwarded-for", "10.1.1.1");
    problem(https(daemon.client.get(daemon.api("me"))), 401).await;
    assert!(problem(admin.get(daemon.api("me")), 403).await.contains("X-Forwarded-Proto"));
    assert_eq!(body(https(admin.get(daemon.api("me"))), StatusCode::OK).await["tls"], "proxy");
    let below = |request: RequestBuilder| https(request).header("x-forwarded-prefix", "/cam7");
    let made = below(admin.post(daemon.api("frames")).body(jpeg(64, 48, 90))).send().await.unwrap();
    assert!(made.headers()["location"].to_str().unwrap().starts_with("/cam7/api/v1/frames/"));
    let request = below(admin.post(daemon.api("pairings")).header("host", "cams.example").json(&json!({})));
    let pairing = body(request, StatusCode::CREATED).await;
    assert!(pairing["url"].as_str().unwrap().starts_with("https://cams.example/cam7/#/pair/"), "{pairing}");
    // Wrong codes are those of the phone, not of the proxy.
    let pair = |from: &str| {
        let request = daemon.client.post(daemon.api("pair")).json(&json!({"code": "0000-0000"}));
        request.header("x-forwarded-proto", "https").header("x-forwarded-for", from.to_owned())
    };
    for _ in 0..9 {
        problem(pair("10.1.1.1"), 403).await;
    }
    problem(pair("10.1.1.1"), 429).await;
    problem(pair("10.1.1.2"), 403).await;
    daemon.stop().await;

    let daemon = Daemon::start_with(dir.path(), proxy("10.9.9.9")).await;
    let admin = daemon.client_of(Role::Admin);
    assert!(problem(https(admin.get(daemon.api("me"))), 403).await.contains("reverse proxy"));
    assert_eq!(daemon.client.get(daemon.at("/healthz")).send().await.unwrap().status(), 200);
    daemon.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn metrics_are_read_without_a_token_from_the_addresses_that_may() {
    let dir = folder();
    let scraped = |config: &mut Config| {
        off_loopback(config);
        config.http.metrics = vec!["127.0.0.0/8".parse().unwrap()];
    };
    let daemon = Daemon::start_with(dir.path(), scraped).await;
    assert_eq!(daemon.client.get(daemon.at("/metrics")).send().await.unwrap().status(), 200);
    assert_eq!(daemon.client.get(daemon.at("/readyz")).send().await.unwrap().status(), 401);
    daemon.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn slow_connections_keep_nobody_out() {
    let dir = folder();
    let daemon = Daemon::start_with(dir.path(), off_loopback).await;
    let admin = daemon.client_of(Role::Admin);
    let address = SocketAddr::from(([127, 0, 0, 1], daemon.running.http.port()));
    let mut slow = vec![];
    for n in 0..800 {
        let mut stream = TcpStream::connect(address).await.unwrap();
        // Some say nothing, some begin TLS, some begin a plain request.
        let words: [&[u8]; 3] = [b"", &[0x16, 3, 1], b"GET / HTTP/1.1\r\nHost: a\r\nX-Slow: "];
        stream.write_all(words[n % 3]).await.unwrap();
        slow.push(stream);
        if n % 100 == 99 {
            let start = std::time::Instant::now();
            // A connection of its own each time.
            let fresh = daemon.client_of(Role::Viewer);
            for client in [&fresh, &admin] {
                assert_eq!(client.get(daemon.api("me")).send().await.unwrap().status(), 200);
            }
            assert!(start.elapsed() < DEADLINE, "{n} slow connections: {:?}", start.elapsed());
        }
    }
    // Those that bring nothing are closed after ten seconds, or as soon as others need their place.
    let mut first = slow.swap_remove(0);
    let mut rest = vec![];
    let closed = tokio::time::timeout(DEADLINE, first.read_to_end(&mut rest)).await;
    assert!(closed.is_ok(), "a connection that says nothing stays open");
    daemon.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_half_sent_request_does_not_hold_up_the_end() {
    let dir = folder();
    let daemon = Daemon::start(dir.path()).await;
    let mut stream = TcpStream::connect(daemon.running.http).await.unwrap();
    stream
        .write_all(b"POST /api/v1/frames HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\nhalf")
        .await
        .unwrap();
    until(&daemon, "status", |status| status["parts"]["http"]["state"] == "running").await;
    daemon.stop().await;
    // The store is closed: it can be opened again.
    let again = Daemon::start(dir.path()).await;
    again.stop().await;
}

/// A certificate of its own for 127.0.0.1, and its key (PEM).
fn self_signed() -> (String, String) {
    let key = rcgen::KeyPair::generate().unwrap();
    let params = rcgen::CertificateParams::new(["127.0.0.1".to_owned()]).unwrap();
    (params.self_signed(&key).unwrap().pem(), key.serialize_pem())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_certificate_from_files_is_shown_and_read_again_when_it_changes() {
    let dir = folder();
    let (cert, key) = (dir.path().join("cert.pem"), dir.path().join("key.pem"));
    let put = |(cert_pem, key_pem): &(String, String)| {
        std::fs::write(&cert, cert_pem).unwrap();
        std::fs::write(&key, key_pem).unwrap();
    };
    let trusts = |pair: &(String, String)| {
        let known = reqwest::Certificate::from_pem(pair.0.as_bytes()).unwrap();
        Client::builder().tls_certs_only([known]).build().unwrap()
    };
    let (first, second) = (self_signed(), self_signed());
    put(&first);
    let daemon = Daemon::start_with(dir.path(), |config| {
        off_loopback(config);
        config.http.tls = Tls::Files;
        (config.http.cert, config.http.key) = (Some(cert.clone()), Some(key.clone()));
    })
    .await;
    let answer = trusts(&first).get(daemon.at("/healthz")).send().await.unwrap();
    assert!(answer.headers().contains_key("strict-transport-security"), "browsers know its authority");
    assert_eq!(trusts(&first).get(daemon.at("/authority.crt")).send().await.unwrap().status(), 404);
    assert_eq!(trusts(&first).get(daemon.api("me")).send().await.unwrap().status(), 401);
    assert!(trusts(&second).get(daemon.at("/healthz")).send().await.is_err());
    put(&second);
    let shown = async {
        while trusts(&second).get(daemon.at("/healthz")).send().await.is_err() {
            tokio::time::sleep(std::time::Duration::from_millis(100)).await;
        }
    };
    tokio::time::timeout(DEADLINE, shown).await.expect("the new certificate is not shown");
    daemon.stop().await;
}
