//! The fleet's server over the wire: a real broker, a real device behind it, and people with roles.

mod common;
mod mqtt_support;
#[path = "common/process.rs"]
mod process;

use common::{DEADLINE, Daemon, folder, jpeg};
use fieldcoach::appliance::Running;
use fieldcoach::config::Config;
use fieldcoach::domain::{Role, Who};
use fieldcoach::fleet_server::{self, Served};
use futures::StreamExt;
use mqtt_support::Mosquitto;
use process::Process;
use reqwest::header::{AUTHORIZATION, HeaderMap, HeaderValue};
use reqwest::{Client, StatusCode};
use serde_json::{Value, json};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// The server, with TLS and tokens.
struct Server {
    running: Running<Served>,
}

impl Server {
    async fn start(dir: &Path, broker: u16, change: impl FnOnce(&mut Config)) -> Self {
        let mut config = Config { data_dir: dir.join("fleet"), ..Config::default() };
        config.device.id = "fleet-1".into();
        config.mqtt.broker = format!("mqtt://127.0.0.1:{broker}").parse().unwrap();
        config.store.reserve = bytesize::ByteSize::mb(1);
        config.http.listen = ([0, 0, 0, 0], 0).into();
        config.http.mdns = false;
        change(&mut config);
        Self { running: fleet_server::start(config).await.unwrap() }
    }

    /// Somebody in this role.
    fn person(&self, role: Role) -> Person {
        let access = &self.running.services.gate.access;
        let made = access.add_token(role.to_string(), role, &Who::local()).unwrap();
        Person { token: made.token.id.to_string(), ..self.with(Some(&made.secret)) }
    }

    fn with(&self, secret: Option<&str>) -> Person {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let mut headers = HeaderMap::new();
        if let Some(secret) = secret {
            headers.insert(AUTHORIZATION, HeaderValue::try_from(format!("Bearer {secret}")).unwrap());
        }
        let authority = self.running.services.gate.reach.authority().unwrap();
        let authority = [reqwest::Certificate::from_der(&authority).unwrap()];
        let client = Client::builder().tls_certs_only(authority).default_headers(headers).build().unwrap();
        Person { client, url: format!("https://127.0.0.1:{}", self.running.http.port()), token: String::new() }
    }
}

/// Who asks the server.
struct Person {
    client: Client,
    url: String,
    token: String,
}

impl Person {
    async fn ask(&self, method: &str, path: &str, json: Value) -> (StatusCode, Value) {
        let request = self.client.request(method.parse().unwrap(), format!("{}{path}", self.url));
        let request = if json.is_null() { request } else { request.json(&json) };
        let answer = request.send().await.unwrap();
        let (status, text) = (answer.status(), answer.text().await.unwrap());
        (status, if text.is_empty() { Value::Null } else { serde_json::from_str(&text).unwrap_or(json!(text)) })
    }

    async fn must(&self, method: &str, path: &str, json: Value, status: u16) -> Value {
        let (found, said) = self.ask(method, path, json).await;
        assert_eq!(found.as_u16(), status, "{method} {path}: {said}");
        said
    }

    async fn get(&self, path: &str) -> Value {
        self.must("GET", path, Value::Null, 200).await
    }

    /// Asks until it is so; what is there may not be heard of yet.
    async fn until(&self, path: &str, so: impl Fn(&Value) -> bool) -> Value {
        let begun = Instant::now();
        loop {
            let (status, said) = self.ask("GET", path, Value::Null).await;
            assert!([200, 404].contains(&status.as_u16()), "{path}: {said}");
            if status == 200 && so(&said) {
                return said;
            }
            assert!(begun.elapsed() < DEADLINE, "waited in vain; last {said}");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// Gives the server a token of this device, in this role.
    async fn provision(&self, device: &Daemon, role: Role) {
        let id = device.running.services.config.device.id.clone();
        self.until("/api/v1/devices", |all| all["devices"].to_string().contains(&format!("\"{id}\""))).await;
        let made = device.running.services.access.add_token("fleet".into(), role, &Who::local()).unwrap();
        let said = self.must("PUT", &format!("/api/v1/devices/{id}/token"), json!({"secret": made.secret}), 200).await;
        assert_eq!((&said["role"], &said["device"]), (&json!(role), &json!(id)));
        assert!(!said.to_string().contains("fct_"));
    }
}

/// A device whose only way is the broker: its HTTP listens on loopback.
async fn device(dir: &Path, id: &str, broker: u16) -> Daemon {
    let id = id.to_owned();
    Daemon::start_with(dir, move |config| {
        config.device.id = id;
        config.mqtt.broker = format!("mqtt://127.0.0.1:{broker}").parse().unwrap();
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_is_ready_where_its_broker_is() {
    let (mut broker, at) = (Mosquitto::start(""), folder());
    let server = Server::start(at.path(), broker.port, |_| {}).await;
    let viewer = server.person(Role::Viewer);
    let is = async |wanted: u16| {
        let begun = Instant::now();
        loop {
            let (status, said) = viewer.ask("GET", "/readyz", Value::Null).await;
            if status.as_u16() == wanted {
                return said;
            }
            assert!(begun.elapsed() < DEADLINE, "{said}");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    is(200).await;
    broker.kill();
    let said = is(503).await;
    assert!(said["detail"].as_str().is_some_and(|why| why.contains("no connection to the broker: ")), "{said}");
    broker.resume();
    is(200).await;
}

/// Who asks as what they are, and what nobody but they may.
#[tokio::test(flavor = "multi_thread")]
async fn a_device_is_paired_seen_and_labelled_through_the_server() {
    let (broker, dir, at) = (Mosquitto::start(""), folder(), folder());
    let device = device(dir.path(), "cam-7", broker.port).await;
    let server = Server::start(at.path(), broker.port, |_| {}).await;
    let (admin, labeller, viewer) =
        (server.person(Role::Admin), server.person(Role::Labeller), server.person(Role::Viewer));
    let stranger = server.with(None);
    // Nobody who is not known learns which devices there are.
    for path in
        ["/api/v1/devices", "/api/v1/devices/cam-7", "/devices/cam-7/api/v1/status", "/devices/none/api/v1/status"]
    {
        stranger.must("GET", path, Value::Null, 401).await;
    }
    let home = "/devices/cam-7/api/v1";
    admin.until("/api/v1/devices/cam-7", |device| device["state"] == "online").await;
    let (status, said) = admin.ask("GET", &format!("{home}/status"), Value::Null).await;
    assert_eq!(status, 403, "no token of it yet: {said}");
    assert!(said["detail"].as_str().unwrap().contains("token"), "{said}");
    labeller.must("PUT", "/api/v1/devices/cam-7/token", json!({"secret": "fct_00"}), 403).await;
    // One that the device did not issue is told, and not kept.
    let (status, said) =
        admin.ask("PUT", "/api/v1/devices/cam-7/token", json!({"secret": format!("fct_{}", "00".repeat(32))})).await;
    assert!(status.is_client_error() && said["detail"].is_string(), "{status} {said}");
    assert_eq!(admin.get("/api/v1/devices/cam-7").await["reach"], "none");
    admin.provision(&device, Role::Admin).await;
    let seen = admin.get("/api/v1/devices/cam-7").await;
    assert_eq!((&seen["reach"], &seen["role"]), (&json!("paired"), &json!("admin")));

    // The page of the device, and who one is there.
    let me = labeller.get(&format!("{home}/me")).await;
    assert_eq!((&me["device"], &me["role"], &me["name"]), (&json!("cam-7"), &json!("labeller"), &json!("labeller")));
    assert_eq!(labeller.get("/api/v1/me").await["device"], "fleet-1");
    for path in ["/", "/devices/cam-7/"] {
        let page = stranger.client.get(format!("{}{path}", stranger.url)).send().await.unwrap();
        assert!(page.status().is_success() && page.text().await.unwrap().starts_with("<!doctype html>"), "{path}");
    }
    let answer = labeller.client.get(format!("{}/devices/cam-7", labeller.url)).send().await.unwrap();
    assert!(answer.url().path().ends_with("/devices/cam-7/"), "{}", answer.url());

    // A frame of it is labelled.
    let picture = jpeg(320, 240, 90);
    let sent = labeller.client.post(format!("{}{home}/frames?name=a.jpg", labeller.url)).body(picture.clone());
    let answer = sent.send().await.unwrap();
    assert_eq!(answer.status(), 201);
    let at = answer.headers()["location"].to_str().unwrap().to_owned();
    assert!(at.starts_with("/devices/cam-7/api/v1/frames/"), "{at}");
    labeller.must("POST", &format!("{home}/categories"), json!({"name": "crate"}), 201).await;
    let labels =
        json!({"revision": 0, "phase": "labelled", "labels": [{"category": "crate", "bbox": [10, 10, 50, 40]}]});
    labeller.must("PUT", &format!("{at}/labels"), labels.clone(), 200).await;
    labeller.must("PUT", &format!("{at}/labels"), labels, 409).await;
    let through = labeller.client.get(format!("{}{at}.jpg", labeller.url)).send().await.unwrap().bytes().await.unwrap();
    let direct = at.strip_prefix("/devices/cam-7/api/v1/").unwrap();
    let direct = device.client.get(device.api(&format!("{direct}.jpg"))).send().await.unwrap().bytes().await.unwrap();
    assert!(through == direct, "the very bytes");
    assert_eq!(viewer.get(&format!("{at}/labels")).await["labels"][0]["category"], "crate");

    // What a role may not here, though the token may it there.
    viewer.must("POST", &format!("{home}/frames/capture"), json!({}), 403).await;
    let gone = "0190a0b0-0000-7000-8000-000000000000";
    labeller.must("DELETE", &format!("{home}/models/{gone}"), Value::Null, 403).await;
    admin.must("DELETE", &format!("{home}/models/{gone}"), Value::Null, 404).await;
    labeller.must("PATCH", &format!("{home}/settings"), json!({}), 403).await;
    // What this server does not know of takes an admin, and is the device's to refuse.
    labeller.must("GET", &format!("{home}/something/new"), Value::Null, 403).await;
    admin.must("GET", &format!("{home}/something/new"), Value::Null, 404).await;
    // Secrets do not pass.
    let said = admin.must("POST", &format!("{home}/tokens"), json!({"name": "x", "role": "admin"}), 403).await;
    assert!(said["detail"].as_str().unwrap().contains("broker"), "{said}");
    // Who deleted it stands here; there it was the server's token.
    admin.must("DELETE", at.as_str(), Value::Null, 200).await;
    let here = admin.get("/api/v1/audit").await;
    assert_eq!(
        (&here["items"][0]["who"], &here["items"][0]["what"]),
        (&json!("admin"), &json!("deleted a frame")),
        "{here}"
    );
    assert!(here["items"][0]["about"].as_str().unwrap().starts_with("/devices/cam-7/frames/"), "{here}");
    assert!(!here.to_string().contains("fct_"), "no secret is noted");
    assert_eq!(device.get("audit").await["items"][0]["who"], "fleet");
    device.stop().await;
    server.running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_bounds_an_admin_and_what_is_taken_back_or_gone_is_told() {
    let (broker, dir, at) = (Mosquitto::start(""), folder(), folder());
    let device = device(dir.path(), "cam-7", broker.port).await;
    let server = Server::start(at.path(), broker.port, |_| {}).await;
    let admin = server.person(Role::Admin);
    admin.provision(&device, Role::Viewer).await;
    let home = "/devices/cam-7/api/v1";
    assert_eq!(admin.get(&format!("{home}/me")).await["role"], "viewer");
    let said = admin.must("POST", &format!("{home}/categories"), json!({"name": "crate"}), 403).await;
    assert!(said["detail"].as_str().unwrap().contains("`fleet` is viewer"), "{said}");
    // Taken back on the device.
    let tokens = device.get("tokens").await;
    let id = tokens["items"].as_array().unwrap().iter().find(|one| one["name"] == "fleet").unwrap()["id"].clone();
    let gone = device.client.delete(device.api(&format!("tokens/{}", id.as_str().unwrap()))).send().await.unwrap();
    assert!(gone.status().is_success());
    let said = admin.must("GET", &format!("{home}/status"), Value::Null, 403).await;
    assert!(said["detail"].as_str().unwrap().contains("token"), "{said}");
    admin.until("/api/v1/devices/cam-7", |device| device["reach"] == "unknown_token").await;
    admin.must("DELETE", "/api/v1/devices/cam-7/token", Value::Null, 204).await;
    assert_eq!(admin.get("/api/v1/devices/cam-7").await["reach"], "none");
    // One that is off, and one that was never there.
    admin.provision(&device, Role::Viewer).await;
    device.stop().await;
    let begun = Instant::now();
    let many = (0..6).map(|_| admin.ask("GET", "/devices/cam-7/api/v1/status", Value::Null));
    for (status, said) in futures::future::join_all(many).await {
        assert_eq!(status, 504, "{said}");
        assert!(said["detail"].is_string());
    }
    assert!(begun.elapsed() < Duration::from_secs(15), "{:?}", begun.elapsed());
    admin.must("GET", "/devices/cam-8/api/v1/status", Value::Null, 404).await;
    server.running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_happens_on_a_device_is_told_until_the_listener_may_not_listen_any_more() {
    let (broker, dir, at) = (Mosquitto::start(""), folder(), folder());
    let device = device(dir.path(), "cam-7", broker.port).await;
    let server = Server::start(at.path(), broker.port, |_| {}).await;
    let (admin, viewer) = (server.person(Role::Admin), server.person(Role::Viewer));
    admin.provision(&device, Role::Labeller).await;
    let home = "/devices/cam-7/api/v1";
    let answer = viewer.client.get(format!("{}{home}/events", viewer.url)).send().await.unwrap();
    assert_eq!(answer.status(), 200);
    assert_eq!(answer.headers()["content-type"], "text/event-stream");
    let mut events = answer.bytes_stream();
    // The first look tells nothing: what is there by then is no news. One upload is some time after it.
    let heard = tokio::time::timeout(DEADLINE, async {
        let mut text = String::new();
        let mut number = 0;
        loop {
            tokio::select! {
                part = events.next() => text.push_str(std::str::from_utf8(&part.unwrap().unwrap()).unwrap()),
                () = tokio::time::sleep(Duration::from_secs(1)) => {
                    number += 1;
                    device.upload(jpeg(64, 48, number)).await;
                }
            }
            if text.contains("event: frame") {
                return text;
            }
        }
    });
    let text = heard.await.unwrap();
    assert!(text.contains("\"source\":\"upload\""), "{text}");
    device.send("PATCH", "settings", json!({"live": {"fps": 4.0}}), 200).await;
    let heard = tokio::time::timeout(DEADLINE, async {
        let mut text = String::new();
        while !(text.contains("event: fleet") && text.contains("settings_changed")) {
            text.push_str(std::str::from_utf8(&events.next().await.unwrap().unwrap()).unwrap());
        }
    });
    heard.await.unwrap();
    // The picture of a camera that no model looks at is what the device sends by itself.
    let live = viewer.client.get(format!("{}{home}/live.mjpeg?boxes=false", viewer.url)).send().await.unwrap();
    assert!(live.headers()["content-type"].to_str().unwrap().starts_with("multipart/x-mixed-replace"));
    let picture = format!("{}/api/v1/devices/cam-7/picture", viewer.url);
    let begun = Instant::now();
    let sent = loop {
        let answer = viewer.client.get(&picture).send().await.unwrap();
        if answer.status() == 200 {
            break answer.bytes().await.unwrap();
        }
        assert!(begun.elapsed() < DEADLINE, "it sends no picture");
        tokio::time::sleep(Duration::from_millis(100)).await;
    };
    let mut parts = live.bytes_stream();
    let shown = tokio::time::timeout(DEADLINE, async {
        let mut all = Vec::new();
        // Twice: a browser shows the first when the second begins, and the next one may be a minute away.
        while all.windows(sent.len()).filter(|part| *part == sent).count() < 2 {
            all.extend_from_slice(&parts.next().await.unwrap().unwrap());
        }
    });
    shown.await.unwrap();
    admin.must("DELETE", &format!("/api/v1/tokens/{}", viewer.token), Value::Null, 204).await;
    let ended = tokio::time::timeout(DEADLINE, async { while let Some(Ok(_)) = events.next().await {} });
    assert!(ended.await.is_ok(), "the stream of somebody who may not come in any more goes on");
    viewer.must("GET", "/api/v1/devices", Value::Null, 401).await;
    // Of a device that is gone nobody knows what happens: no stream stands still as if nothing did.
    let answer = admin.client.get(format!("{}{home}/events", admin.url)).send().await.unwrap();
    let mut events = answer.bytes_stream();
    device.stop().await;
    let ended = tokio::time::timeout(DEADLINE, async { while let Some(Ok(_)) = events.next().await {} });
    assert!(ended.await.is_ok(), "the stream of a device that is gone goes on");
    admin.must("GET", &format!("{home}/events"), Value::Null, 504).await;
    server.running.stop().await;
}

/// Every route of the server's own, as its document declares it, with every kind of caller.
#[tokio::test(flavor = "multi_thread")]
async fn every_route_lets_through_whom_its_role_says_and_nobody_else() {
    let (broker, at) = (Mosquitto::start(""), folder());
    let server = Server::start(at.path(), broker.port, |_| {}).await;
    let document = serde_json::to_value(fleet_server::openapi()).unwrap();
    let (stranger, people) = (server.with(None), Role::ALL.map(|role| (role, server.person(role))));
    let mut open = Vec::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            let at = path.replace("{id}", "0190a0b0-0000-7000-8000-000000000000");
            let ask = |who: &Person| {
                let request = who.client.request(method.to_uppercase().parse().unwrap(), format!("{}{at}", who.url));
                request.timeout(DEADLINE).send()
            };
            let status = ask(&stranger).await.unwrap().status().as_u16();
            let Some(least) = operation["x-role"].as_str() else {
                assert_ne!(status, 401, "{method} {path}");
                open.push(format!("{method} {path}"));
                continue;
            };
            assert_eq!(status, 401, "{method} {path}");
            let least: Role = least.parse().unwrap();
            for (role, person) in &people {
                let status = ask(person).await.unwrap().status().as_u16();
                assert_eq!(status == 403, *role < least, "{method} {path} as {role}: {status}");
            }
        }
    }
    assert_eq!(open, ["get /", "post /api/v1/pair", "get /authority.crt", "get /healthz"]);
    server.running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_code_of_the_server_lets_in_and_what_was_given_lasts_over_a_restart() {
    let (broker, dir, at) = (Mosquitto::start(""), folder(), folder());
    let device = device(dir.path(), "cam-7", broker.port).await;
    let server = Server::start(at.path(), broker.port, |_| {}).await;
    let (admin, stranger) = (server.person(Role::Admin), server.with(None));
    admin.provision(&device, Role::Labeller).await;
    admin.must("PATCH", "/api/v1/devices/cam-7", json!({"name": "Barn 7", "groups": ["north"]}), 200).await;
    // On the page of a device, too, it is the server that one pairs with.
    let mut secret = String::new();
    for path in ["/api/v1/pair", "/devices/cam-7/api/v1/pair"] {
        let made = admin.must("POST", "/api/v1/pairings", json!({"role": "labeller", "name": "Ana"}), 201).await;
        assert!(made["url"].as_str().unwrap().starts_with("https://"), "{made}");
        stranger.must("POST", path, json!({"code": "0000-0000"}), 403).await;
        let request = stranger.client.post(format!("{}{path}", stranger.url)).json(&json!({"code": made["code"]}));
        let answer = request.send().await.unwrap();
        let cookie = answer.headers()["set-cookie"].to_str().unwrap().to_owned();
        assert!(cookie.starts_with("__Host-fieldcoach-fleet-1=fct_"), "{cookie}");
        let paired: Value = answer.json().await.unwrap();
        assert_eq!((&paired["role"], &paired["device"]), (&json!("labeller"), &json!("fleet-1")));
        secret = paired["token"].as_str().unwrap().to_owned();
    }
    server.running.stop().await;
    let server = Server::start(at.path(), broker.port, |_| {}).await;
    let ana = server.with(Some(&secret));
    let seen = ana.until("/api/v1/devices/cam-7", |device| device["state"] == "online").await;
    assert_eq!((&seen["name"], &seen["groups"]), (&json!("Barn 7"), &json!(["north"])));
    let me = ana.get("/devices/cam-7/api/v1/me").await;
    assert_eq!((&me["role"], &me["device"]), (&json!("labeller"), &json!("cam-7")));
    ana.get("/devices/cam-7/api/v1/status").await;
    device.stop().await;
    server.running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_order_takes_the_role_that_a_device_asks_and_what_came_of_it_is_told() {
    let (broker, dir, at) = (Mosquitto::start(""), folder(), folder());
    let device = device(dir.path(), "cam-7", broker.port).await;
    let server = Server::start(at.path(), broker.port, |_| {}).await;
    let (admin, labeller, viewer) =
        (server.person(Role::Admin), server.person(Role::Labeller), server.person(Role::Viewer));
    admin.until("/api/v1/devices/cam-7", |device| device["state"] == "online").await;
    // A camera needs a moment for its first picture.
    let begun = Instant::now();
    while device.get("cameras").await["items"][0]["state"] != "streaming" && begun.elapsed() < DEADLINE {
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let capture = json!({"devices": ["cam-7"], "command": "capture", "body": {}});
    let set = json!({"devices": ["cam-7"], "command": "set", "body": {"live": {"fps": 3.0}}});
    viewer.must("POST", "/api/v1/orders", capture.clone(), 403).await;
    labeller.must("POST", "/api/v1/orders", set.clone(), 403).await;
    admin.must("POST", "/api/v1/orders", json!({"devices": ["cam-8"], "command": "capture"}), 422).await;
    for (who, order) in [(&labeller, capture), (&admin, set)] {
        let made = who.must("POST", "/api/v1/orders", order, 202).await;
        let path = format!("/api/v1/orders/{}", made["id"].as_str().unwrap());
        let over = viewer.until(&path, |order| order["state"] == "done").await;
        assert_eq!(over["devices"][0]["state"], "done", "{over}");
    }
    assert_eq!(device.get("settings").await["settings"]["live"]["fps"], 3.0);
    let first = viewer.get("/api/v1/orders?limit=1").await;
    assert_eq!(first["items"][0]["command"], "set");
    let rest = viewer.get(&format!("/api/v1/orders?before={}", first["next"].as_str().unwrap())).await;
    assert_eq!((&rest["items"][0]["command"], &rest["next"]), (&json!("capture"), &Value::Null));
    let metrics = viewer.client.get(format!("{}/metrics", viewer.url)).send().await.unwrap().text().await.unwrap();
    assert!(metrics.contains("device=\"cam-7\"") && metrics.ends_with("# EOF\n"), "{metrics}");
    let history = viewer.get("/api/v1/history?device=cam-7").await;
    assert!(history["items"].as_array().unwrap().iter().any(|item| item["kind"] == "new"), "{history}");
    device.stop().await;
    server.running.stop().await;
}

/// The program on this folder.
fn fleet(dir: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_fieldcoach"));
    command.arg("fleet").args(arguments).arg("--data-dir").arg(dir);
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

#[tokio::test(flavor = "multi_thread")]
async fn the_command_serves_and_its_log_tells_no_secret() {
    let (broker, dir, at) = (Mosquitto::start(""), folder(), folder());
    let device = device(dir.path(), "cam-7", broker.port).await;
    let nowhere = fleet(at.path(), &[]).output().unwrap();
    assert!(String::from_utf8_lossy(&nowhere.stderr).contains("--broker"), "{nowhere:?}");
    let address = format!("mqtt://127.0.0.1:{}", broker.port);
    let mut command = fleet(at.path(), &["--broker", &address, "--listen", "127.0.0.1:0"]);
    let server = Process::of(command.env("FIELDCOACH_LOG", "debug").spawn().unwrap());
    let begun = Instant::now();
    while server.get("devices").await["devices"][0]["state"] != "online" {
        assert!(begun.elapsed() < DEADLINE);
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let made = device.running.services.access.add_token("fleet".into(), Role::Admin, &Who::local()).unwrap();
    server.send("PUT", "devices/cam-7/token", json!({"secret": made.secret}), StatusCode::OK).await;
    assert_eq!(server.get("../../devices/cam-7/api/v1/status").await["device"], "cam-7");
    assert_eq!(server.get("../../devices/cam-7/api/v1/me").await["role"], "admin");
    let all = [server.get("devices").await, server.get("audit").await, server.get("history").await];
    // What a person does at the machine itself.
    let added = fleet(at.path(), &["token", "add", "prometheus"]).output().unwrap();
    assert!(added.status.success() && added.stdout.starts_with(b"fct_"), "{added:?}");
    let listed = fleet(at.path(), &["token", "list"]).output().unwrap();
    assert!(String::from_utf8_lossy(&listed.stdout).contains("prometheus"), "{listed:?}");
    let paired = fleet(at.path(), &["pair"]).output().unwrap();
    assert!(String::from_utf8_lossy(&paired.stderr).contains("http.listen"), "on loopback nobody pairs: {paired:?}");
    assert!(!server.said(&[&made.secret]) && all.iter().all(|said| !said.to_string().contains(&made.secret)));
    let kept = std::fs::read_dir(at.path().join("fleet")).unwrap().flatten();
    let holds = |path: &Path| {
        std::fs::read(path)
            .is_ok_and(|bytes| bytes.windows(made.secret.len()).any(|part| part == made.secret.as_bytes()))
    };
    assert!(!kept.into_iter().any(|file| holds(&file.path())), "the secret itself is kept");
    assert!(server.terminate().success());
    device.stop().await;
}
