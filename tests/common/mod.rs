//! Starts the whole daemon in this process, on free ports and a folder of its own.
#![allow(dead_code)]

use fieldcoach::appliance::{self, Running};
use fieldcoach::config::{CameraSource, Config};
use fieldcoach::domain::{Role, Who};
use fieldcoach::graph::{Builder, DType, Tensor};
use fieldcoach::train::base::Normalization;
use fieldcoach::train::base::{Base, BaseInfo, Tap};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use reqwest::header::{AUTHORIZATION, HeaderMap, HeaderValue};
use reqwest::{Client, RequestBuilder, Response, StatusCode};
use serde_json::{Value, json};
use std::path::Path;
use std::time::Duration;
use tempfile::TempDir;

/// Longest wait for anything that must happen.
pub const DEADLINE: Duration = Duration::from_secs(30);

/// A daemon that watches a folder of one grey picture, and a client to it.
pub struct Daemon {
    pub running: Running,
    pub client: Client,
    url: String,
}

impl Daemon {
    /// Starts on this folder; the pictures of its camera lie beside the store.
    pub async fn start(dir: &Path) -> Self {
        Self::start_with(dir, |_| {}).await
    }

    /// The same with another configuration. With TLS the client trusts the device's own authority.
    pub async fn start_with(dir: &Path, change: impl FnOnce(&mut Config)) -> Self {
        let pictures = dir.join("pictures");
        std::fs::create_dir_all(&pictures).unwrap();
        std::fs::write(pictures.join("grey.jpg"), jpeg(64, 48, 128)).unwrap();
        let mut config = Config { data_dir: dir.join("data"), ..Config::default() };
        config.device.id = "cam-7".into();
        config.cameras.first_mut().source = CameraSource::Folder(pictures);
        config.cameras.first_mut().keep_every = 3600.0;
        config.store.reserve = bytesize::ByteSize::mb(1);
        config.http.listen = ([127, 0, 0, 1], 0).into();
        config.http.max_upload = bytesize::ByteSize::mb(1);
        config.http.mdns = false;
        change(&mut config);
        let running = appliance::start(config, env!("CARGO_BIN_EXE_fieldcoach").into()).await.unwrap();
        let tls = running.services.reach.certificates().is_some();
        let url = format!("{}://127.0.0.1:{}", if tls { "https" } else { "http" }, running.http.port());
        let client = client(&running, HeaderMap::new());
        Self { running, client, url }
    }

    /// A client with a token of this role.
    pub fn client_of(&self, role: Role) -> Client {
        let made = self.running.services.access.add_token(role.to_string(), role, &Who::local()).unwrap();
        self.client_with(&made.secret)
    }

    /// A client that shows this secret.
    pub fn client_with(&self, secret: &str) -> Client {
        let bearer = HeaderValue::try_from(format!("Bearer {secret}")).unwrap();
        client(&self.running, HeaderMap::from_iter([(AUTHORIZATION, bearer)]))
    }

    pub async fn stop(self) {
        self.running.stop().await;
    }

    /// An address outside `/api/v1`.
    pub fn at(&self, path: &str) -> String {
        format!("{}{path}", self.url)
    }

    pub fn api(&self, path: &str) -> String {
        self.at(&format!("/api/v1/{path}"))
    }

    /// Gets JSON that must be there.
    pub async fn get(&self, path: &str) -> Value {
        body(self.client.get(self.api(path)), StatusCode::OK).await
    }

    /// Sends JSON that must be taken with this status.
    pub async fn send(&self, method: &str, path: &str, body_: Value, status: u16) -> Value {
        let request = self.client.request(method.parse().unwrap(), self.api(path)).json(&body_);
        body(request, StatusCode::from_u16(status).unwrap()).await
    }

    /// Uploads a picture; its id.
    pub async fn upload(&self, picture: Vec<u8>) -> String {
        let frame = body(self.client.post(self.api("frames")).body(picture), StatusCode::CREATED).await;
        frame["id"].as_str().unwrap().to_owned()
    }

    /// Makes a category for boxes.
    pub async fn category(&self, name: &str) {
        self.send("POST", "categories", json!({ "name": name }), 201).await;
    }
}

/// For a daemon on loopback.
pub fn plain_client() -> Client {
    provide_tls();
    Client::new()
}

/// A client that is not made yet.
pub fn plain_builder() -> reqwest::ClientBuilder {
    provide_tls();
    Client::builder()
}

/// For a daemon's local socket.
pub fn client_on(socket: &Path) -> Client {
    provide_tls();
    Client::builder().unix_socket(socket).build().unwrap()
}

/// A client wants to know what TLS is made of, even where it speaks none; a second time is refused, and fine.
pub fn provide_tls() {
    let _ = rustls::crypto::ring::default_provider().install_default();
}

/// Knows the device's own authority, and no other.
fn client(running: &Running, headers: HeaderMap) -> Client {
    provide_tls();
    let authority = running.services.reach.authority().map(|der| reqwest::Certificate::from_der(&der).unwrap());
    Client::builder().tls_certs_only(authority).default_headers(headers).build().unwrap()
}

/// Sends; the JSON of the answer, which must have this status.
pub async fn body(request: RequestBuilder, status: StatusCode) -> Value {
    let answer = request.send().await.unwrap();
    let got = answer.status();
    let text = answer.text().await.unwrap();
    assert_eq!(got, status, "{text}");
    if text.is_empty() { Value::Null } else { serde_json::from_str(&text).unwrap() }
}

/// Sends; the detail of the problem, which must have this status.
pub async fn problem(request: RequestBuilder, status: u16) -> String {
    let json = problem_json(request.send().await.unwrap(), status).await;
    json["detail"].as_str().unwrap().to_owned()
}

/// Holds an answer to RFC 9457.
pub async fn problem_json(answer: Response, status: u16) -> Value {
    let (got, url) = (answer.status().as_u16(), answer.url().clone());
    let kind = answer.headers().get("content-type").cloned();
    let text = answer.text().await.unwrap();
    assert_eq!(got, status, "{url}: {text}");
    assert_eq!(kind.unwrap(), "application/problem+json", "{url}: {text}");
    let json: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(json["status"], status);
    json
}

/// Asks until `done` is content, for [`DEADLINE`] at most.
pub async fn until(daemon: &Daemon, path: &str, done: impl Fn(&Value) -> bool) -> Value {
    let wait = async {
        loop {
            let answer = daemon.get(path).await;
            if done(&answer) {
                return answer;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(DEADLINE, wait).await.unwrap_or_else(|_| panic!("waited for {path} in vain"))
}

pub fn folder() -> TempDir {
    tempfile::tempdir().unwrap()
}

/// A picture of one grey with a brighter square in it.
pub fn picture(width: u32, height: u32, grey: u8) -> image::RgbImage {
    image::RgbImage::from_fn(width, height, |x, y| {
        let square = (8..24).contains(&x) && (8..24).contains(&y);
        image::Rgb([if square { 255 } else { grey }; 3])
    })
}

pub fn jpeg(width: u32, height: u32, grey: u8) -> Vec<u8> {
    encoded(width, height, grey, image::ImageFormat::Jpeg)
}

pub fn png(width: u32, height: u32, grey: u8) -> Vec<u8> {
    encoded(width, height, grey, image::ImageFormat::Png)
}

fn encoded(width: u32, height: u32, grey: u8, format: image::ImageFormat) -> Vec<u8> {
    let mut bytes = std::io::Cursor::new(Vec::new());
    picture(width, height, grey).write_to(&mut bytes, format).unwrap();
    bytes.into_inner()
}

/// A base that trains in no time: 160×120, five convolutions.
pub fn small_base() -> Base {
    let mut rng = ChaCha8Rng::seed_from_u64(4);
    let mut g = Builder::new();
    let mut x = g.input("images", DType::F32, &[1, 3, 120, 160]);
    let (mut channels, mut taps) = (3, vec![]);
    for (i, out) in [8, 12, 16, 24, 32].into_iter().enumerate() {
        let spread = (6.0 / (9 * channels) as f32).sqrt();
        let values = (0..out * channels * 9).map(|_| rng.random_range(-spread..spread)).collect();
        let w = g.named_constant(&format!("w{i}"), Tensor::f32([out, channels, 3, 3], values));
        let b = g.named_constant(&format!("b{i}"), Tensor::full([out], 0.0));
        let z = g.conv(x, w, Some(b), 2, 1, 1);
        x = g.relu(z);
        channels = out;
        if i >= 2 {
            let (shape, name) = (g.shape(x), format!("tap{i}"));
            g.output(&name, x);
            taps.push(Tap { name, channels, height: shape[2], width: shape[3], stride: 2 << i });
        }
    }
    let info = BaseInfo {
        name: "small".into(),
        input: "images".into(),
        height: 120,
        width: 160,
        normalization: Normalization { mean: [127.0; 3], scale: [64.0; 3] },
        taps,
    };
    Base { info, model: g.finish().unwrap() }
}
