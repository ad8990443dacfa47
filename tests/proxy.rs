//! The page behind a real nginx, under a name of its own: who may change something, and what passes through.

mod common;

use bytes::Bytes;
use common::{Daemon, body, folder, jpeg, problem};
use fieldcoach::config::{Config, Tls};
use fieldcoach::domain::Role;
use futures::{Stream, StreamExt};
use reqwest::{Client, StatusCode};
use serde_json::json;
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

const NAME: &str = "cams.example";

struct Nginx {
    child: Child,
    /// What it is called in a browser.
    origin: String,
    client: Client,
}

impl Nginx {
    /// Ends TLS as [`NAME`] before the daemon at this port, and says `more` to it. `None`, told, where it is not installed.
    fn start(dir: &Path, daemon: u16, more: &str) -> Option<Self> {
        if !Command::new("nginx").arg("-v").stderr(Stdio::null()).status().is_ok_and(|status| status.success()) {
            println!("left out: nginx is missing; scripts/test-deps installs it");
            return None;
        }
        let key = rcgen::generate_simple_self_signed([NAME.to_owned()]).unwrap();
        std::fs::write(dir.join("cert.pem"), key.cert.pem()).unwrap();
        std::fs::write(dir.join("key.pem"), key.signing_key.serialize_pem()).unwrap();
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
            .map(|what| format!("{what}_temp_path {};", dir.join(what).display()))
            .concat();
        let config = format!(
            "daemon off; master_process off; pid {0}/pid; error_log {0}/log;\nevents {{}}\nhttp {{ access_log off; {temporary}\n\
             server {{ listen 127.0.0.1:{port} ssl; ssl_certificate {0}/cert.pem; ssl_certificate_key {0}/key.pem;\n\
             location / {{ proxy_pass http://127.0.0.1:{daemon}; {more} }} }} }}\n",
            dir.display()
        );
        std::fs::write(dir.join("nginx.conf"), config).unwrap();
        let log = dir.join("log");
        let child = Command::new("nginx").arg("-c").arg(dir.join("nginx.conf")).arg("-e").arg(&log).spawn().unwrap();
        let begun = Instant::now();
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            let said = || std::fs::read_to_string(&log);
            assert!(begun.elapsed() < common::DEADLINE, "nginx does not answer: {:?}", said());
            std::thread::sleep(Duration::from_millis(5));
        }
        let authority = reqwest::Certificate::from_der(key.cert.der()).unwrap();
        let client = common::plain_builder().tls_certs_only([authority]);
        let client = client.resolve(NAME, SocketAddr::from(([127, 0, 0, 1], port))).build().unwrap();
        Some(Self { child, origin: format!("https://{NAME}:{port}"), client })
    }

    fn at(&self, path: &str) -> String {
        format!("{}/api/v1/{path}", self.origin)
    }
}

impl Drop for Nginx {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn behind_a_proxy(names: &[&str]) -> impl FnOnce(&mut Config) {
    let names = names.iter().map(|name| (*name).to_owned()).collect();
    |config: &mut Config| {
        config.http.tls = Tls::Proxy;
        config.http.trusted = vec!["127.0.0.1".parse().unwrap()];
        config.http.names = names;
    }
}

fn who() -> fieldcoach::domain::Who {
    fieldcoach::domain::Who::local()
}

/// A token, as the page's cookie.
fn cookie(daemon: &Daemon) -> String {
    let made = daemon.running.services.access.add_token("phone".into(), Role::Labeller, &who()).unwrap();
    format!("__Host-fieldcoach-cam-7={}", made.secret)
}

#[tokio::test(flavor = "multi_thread")]
async fn the_page_saves_labels_under_the_proxys_name_and_others_do_not() {
    const SCHEME: &str = "proxy_set_header X-Forwarded-Proto $scheme;";
    let on_443 = format!("https://{NAME}");
    for (what, says, names, on_its_port, on_443s) in [
        ("passes on the host", "proxy_set_header Host $http_host;", vec![], true, false),
        ("tells the host", "proxy_set_header X-Forwarded-Host $http_host;", vec![], true, false),
        (
            "tells host and port",
            "proxy_set_header Host $host; proxy_set_header X-Forwarded-Port $server_port;",
            vec![],
            true,
            true,
        ),
        (
            "tells it as RFC 7239 does",
            "proxy_set_header Forwarded 'proto=https;host=\"$http_host\"';",
            vec![],
            true,
            false,
        ),
        ("tells nothing", "", vec![NAME], false, true),
        ("tells nothing, and nobody else does", "", vec![], false, false),
    ] {
        let dir = folder();
        let daemon = Daemon::start_with(dir.path(), behind_a_proxy(&names)).await;
        let scheme = if says.contains("Forwarded 'proto") { "" } else { SCHEME };
        let more = format!("{scheme} {says}");
        let Some(nginx) = Nginx::start(dir.path(), daemon.running.http.port(), &more) else { return };
        let cookie = cookie(&daemon);
        let ask = |method: &str, path: &str| {
            nginx.client.request(method.parse().unwrap(), nginx.at(path)).header("cookie", &cookie)
        };
        // Where the browser says that the page is ours, or nobody says anything, nothing else is asked.
        let upload = ask("POST", "frames").header("sec-fetch-site", "same-origin").header("origin", &nginx.origin);
        let frame = body(upload.body(jpeg(64, 48, 90)), StatusCode::CREATED).await;
        let labels = format!("frames/{}/labels", frame["id"].as_str().unwrap());
        let mut revision = 0;
        for (origin, may) in [(&nginx.origin, on_its_port), (&on_443, on_443s)] {
            let put = ask("PUT", &labels).header("origin", origin);
            let put = put.json(&json!({ "revision": revision, "labels": [], "phase": "labelled" }));
            if may {
                revision = body(put, StatusCode::OK).await["revision"].as_u64().unwrap();
            } else {
                let why = problem(put, 403).await;
                let says = [origin.as_str(), "X-Forwarded-Host", "http.names"];
                assert!(says.iter().all(|says| why.contains(says)), "{what}: {why}");
            }
        }
        for origin in ["https://evil.example", "null", &on_443.replace("https", "http")] {
            let put = ask("PUT", &labels).header("origin", origin).json(&json!({ "revision": revision, "labels": [] }));
            let why = problem(put, 403).await;
            assert!(why.contains("another origin"), "{what}, {origin}: {why}");
        }
        let elsewhere =
            ask("PUT", &labels).header("sec-fetch-site", "cross-site").header("origin", "https://evil.example");
        problem(elsewhere.json(&json!({ "revision": revision, "labels": [] })), 403).await;
        drop(nginx);
        daemon.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_proxy_before_loopback_is_told_what_to_set() {
    let dir = folder();
    let daemon = Daemon::start(dir.path()).await;
    let port = daemon.running.http.port();
    let Some(nginx) = Nginx::start(dir.path(), port, "proxy_set_header X-Forwarded-For 192.168.1.5;") else { return };
    let why = problem(nginx.client.get(nginx.at("status")), 403).await;
    assert!(why.contains("192.168.1.5") && why.contains("http.tls") && why.contains("http.trusted"), "{why}");
    drop(nginx);
    // One that says nothing of where it comes from can't be known for one, until a page of its own asks.
    let nginx = Nginx::start(dir.path(), port, "").unwrap();
    assert_eq!(nginx.client.get(nginx.at("status")).send().await.unwrap().status(), 200);
    let post = nginx.client.post(nginx.at("categories")).header("origin", &nginx.origin).json(&json!({"name": "RBC"}));
    let why = problem(post, 403).await;
    assert!(why.contains(&nginx.origin) && why.contains("http.tls") && why.contains("http.trusted"), "{why}");
    drop(nginx);
    daemon.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn events_and_video_pass_through_a_proxy_as_they_come() {
    let dir = folder();
    let daemon = Daemon::start_with(dir.path(), behind_a_proxy(&[])).await;
    // As it comes: nginx keeps what it passes on until it has some kilobytes of it.
    let more = "proxy_set_header X-Forwarded-Proto $scheme;";
    let Some(nginx) = Nginx::start(dir.path(), daemon.running.http.port(), more) else { return };
    let cookie = cookie(&daemon);
    let listening = nginx.client.get(nginx.at("events")).header("cookie", &cookie).send().await.unwrap();
    assert_eq!(listening.headers()["cache-control"], "no-store, no-transform");
    let mut stream = listening.bytes_stream();
    let category = nginx.client.post(nginx.at("categories")).header("cookie", &cookie).json(&json!({"name": "RBC"}));
    body(category, StatusCode::CREATED).await;
    until(&mut stream, "event: categories").await;
    let video = nginx.client.get(nginx.at("live.mjpeg")).header("cookie", &cookie).send().await.unwrap();
    until(&mut video.bytes_stream(), "--fieldcoach-frame").await;
    daemon.stop().await;
}

/// Reads on until this has come; other parts of the daemon may speak first.
async fn until(stream: &mut (impl Stream<Item = reqwest::Result<Bytes>> + Unpin), wanted: &str) {
    let mut heard = String::new();
    while !heard.contains(wanted) {
        let part = tokio::time::timeout(common::DEADLINE, stream.next()).await;
        let part = part.unwrap_or_else(|_| panic!("the proxy keeps {wanted:?}; heard {heard:?}"));
        heard += &String::from_utf8_lossy(&part.expect("the stream ended").unwrap());
    }
}
