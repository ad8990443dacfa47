//! The HTTP door through a real broker: the same answers, each request once, and nobody without a token.

#[path = "common/mod.rs"]
mod common;
#[path = "mqtt_support/mod.rs"]
mod mqtt_support;
#[path = "common/process.rs"]
mod process;

use axum::body::{Body, to_bytes};
use axum::http::{Request, StatusCode};
use bytes::Bytes;
use common::folder;
use fieldcoach::domain::TokenId;
use fieldcoach::remote::{From, Key, LARGEST, RemoteError, Requester};
use mqtt_support::Mosquitto;
use process::Process;
use rumqttc::{AsyncClient, Event, MqttOptions, Packet, QoS};
use serde_json::{Value, json};
use std::path::Path;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

/// A device whose only way is a broker (its own port is for the test's eyes).
fn device(dir: &Path, id: &str, port: u16, more: &str) -> Process {
    let mqtt = format!("[device]\nid = \"{id}\"\n[mqtt]\nbroker = \"mqtt://127.0.0.1:{port}\"\n{more}");
    Process::start_with(dir, &mqtt)
}

/// A token of this role: its id and secret.
async fn token(device: &Process, role: &str) -> (TokenId, String) {
    let asked = device.client.post(format!("{}/tokens", device.api)).json(&json!({"name": role, "role": role}));
    let made: Value = asked.send().await.unwrap().json().await.unwrap();
    let id = made["token"]["id"].as_str().or(made["id"].as_str()).unwrap_or_else(|| panic!("{made}"));
    let secret = made["secret"].as_str().or(made["token"].as_str()).unwrap_or_else(|| panic!("{made}"));
    (id.parse().unwrap(), secret.to_owned())
}

/// Somebody at the broker, in MQTT 3.1.1, who asks a device.
struct Fleet {
    requester: Requester,
    client: AsyncClient,
    tasks: Vec<JoinHandle<()>>,
}

impl Fleet {
    async fn of(port: u16, device: &str, token: TokenId, secret: &str) -> Self {
        let reply = format!("test-{}", uuid::Uuid::now_v7());
        let mut options = MqttOptions::new(reply.clone(), "127.0.0.1", port);
        options.set_max_packet_size(1 << 20, 1 << 20);
        let (client, mut events) = AsyncClient::new(options, 100);
        let (out, mut going) = mpsc::channel::<Bytes>(16);
        let requester =
            Requester::new(From { token, reply: reply.clone() }, Key::of_secret(secret, device), out, LARGEST);
        let (request, answers) =
            (format!("fieldcoach/{device}/http/request"), format!("fieldcoach/{device}/http/reply/{reply}"));
        client.subscribe(answers, QoS::AtMostOnce).await.unwrap();
        let hears = requester.clone();
        let hearing = tokio::spawn(async move {
            loop {
                match events.poll().await {
                    Ok(Event::Incoming(Packet::Publish(message))) => {
                        hears.hear(message.payload);
                    }
                    Ok(_) => {}
                    Err(_) => tokio::time::sleep(Duration::from_millis(100)).await,
                }
            }
        });
        let publishes = client.clone();
        let sending = tokio::spawn(async move {
            while let Some(message) = going.recv().await {
                publishes.publish(request.clone(), QoS::AtMostOnce, false, message).await.unwrap();
            }
        });
        Self { requester, client, tasks: vec![hearing, sending] }
    }

    async fn ask(&self, method: &str, path: &str, body: impl Into<Body>) -> Result<(StatusCode, Bytes), RemoteError> {
        let request = Request::builder().method(method).uri(format!("/api/v1/{path}")).body(body.into()).unwrap();
        let response = self.requester.ask(request).await?;
        let (status, body) = (response.status(), to_bytes(response.into_body(), usize::MAX).await.unwrap());
        Ok((status, body))
    }

    async fn json(&self, method: &str, path: &str, body: Value) -> (StatusCode, Value) {
        let (status, body) = self.ask(method, path, body.to_string()).await.unwrap();
        (status, serde_json::from_slice(&body).unwrap())
    }

    async fn get(&self, path: &str) -> Value {
        let (status, body) = self.ask("GET", path, Body::empty()).await.unwrap();
        assert_eq!(status, StatusCode::OK, "{path}: {body:?}");
        serde_json::from_slice(&body).unwrap()
    }
}

impl Drop for Fleet {
    fn drop(&mut self) {
        self.tasks.iter().for_each(JoinHandle::abort);
    }
}

/// A photograph of far more than one part.
fn photograph() -> Vec<u8> {
    let pixel = |x: u32, y: u32| image::Rgb([((x * 7) ^ (y * 13)) as u8, (x * y) as u8, (x ^ y) as u8]);
    fieldcoach::picture::encode_jpeg(&image::RgbImage::from_fn(900, 700, pixel), 90).to_vec()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_device_is_labelled_through_its_broker() {
    let (broker, dir) = (Mosquitto::start(""), folder());
    let device = device(dir.path(), "cam-7", broker.port, "");
    let (id, secret) = token(&device, "labeller").await;
    let fleet = Fleet::of(broker.port, "cam-7", id, &secret).await;
    assert_eq!(fleet.get("status").await["device"], device.get("status").await["device"]);
    let me = fleet.get("me").await;
    assert_eq!((&me["role"], &me["name"]), (&json!("labeller"), &json!("labeller")));
    // Up, labelled, and down again: the very bytes.
    let picture = photograph();
    assert!(picture.len() > 8 * LARGEST, "{}", picture.len());
    let (status, made) = fleet.ask("POST", "frames?name=a.jpg", picture).await.unwrap();
    assert_eq!(status, StatusCode::CREATED, "{made:?}");
    let frame: Value = serde_json::from_slice(&made).unwrap();
    let frame = frame["id"].as_str().unwrap();
    let (status, said) = fleet.json("POST", "categories", json!({"name": "crate"})).await;
    assert_eq!(status, StatusCode::CREATED, "{said}");
    let labels =
        json!({"revision": 0, "phase": "labelled", "labels": [{"category": "crate", "bbox": [10, 10, 50, 40]}]});
    let (status, said) = fleet.json("PUT", &format!("frames/{frame}/labels"), labels).await;
    assert_eq!(status, StatusCode::OK, "{said}");
    let path = format!("frames/{frame}.jpg");
    let direct = device.client.get(format!("{}/{path}", device.api)).send().await.unwrap().bytes().await.unwrap();
    let (_, through) = fleet.ask("GET", &path, Body::empty()).await.unwrap();
    assert!(through == direct, "{} bytes, and {} through the broker", direct.len(), through.len());
    // Many at once, and each gets its own.
    let many = (0..12).map(|_| fleet.ask("GET", &path, Body::empty()));
    assert!(futures::future::join_all(many).await.into_iter().all(|answer| answer.unwrap().1 == direct));
    // What its role may not, and what does not pass.
    for (method, path, status) in [
        ("PATCH", "settings", 403),
        ("GET", "nothing", 404),
        ("GET", "events", 403),
        ("GET", "live.mjpeg", 403),
        ("POST", "tokens", 403),
        ("GET", "backup.tar", 403),
    ] {
        let (found, body) = fleet.ask(method, path, "{}").await.unwrap();
        assert_eq!(found.as_u16(), status, "{method} {path}: {body:?}");
        assert!(serde_json::from_slice::<Value>(&body).unwrap()["detail"].is_string());
    }
    let request = Request::builder().uri("/metrics").body(Body::empty()).unwrap();
    assert_eq!(fleet.requester.ask(request).await.unwrap().status(), StatusCode::NOT_FOUND);
    // An admin's token does not get at secrets through a broker, either; and what it does is noted in its name.
    let (id, secret) = token(&device, "admin").await;
    let admin = Fleet::of(broker.port, "cam-7", id, &secret).await;
    for (method, path) in [("POST", "tokens"), ("POST", "pairings"), ("GET", "backup.tar"), ("POST", "pair")] {
        let (status, body) = admin.ask(method, path, r#"{"name": "x", "role": "admin"}"#).await.unwrap();
        assert_eq!(status, StatusCode::FORBIDDEN, "{method} {path}");
        assert!(String::from_utf8_lossy(&body).contains("does not pass a broker"), "{body:?}");
    }
    let (status, _) = admin.ask("DELETE", &format!("frames/{frame}"), Body::empty()).await.unwrap();
    assert_eq!(status, StatusCode::OK);
    assert_eq!(device.get("audit").await["items"][0]["who"], "admin");
    assert!(device.terminate().success());
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_gets_in_without_the_secret_of_a_token_of_that_device() {
    let (broker, one, two) = (Mosquitto::start(""), folder(), folder());
    let device_1 = device(one.path(), "cam-1", broker.port, "");
    let device_2 = device(two.path(), "cam-2", broker.port, "remote = false\n");
    let (id, secret) = token(&device_1, "admin").await;
    let at = |device: &'static str, id, secret: &'static str| Fleet::of(broker.port, device, id, secret);
    // A guess, a token that is none there, and a device that does not let itself be reached.
    let guess = at("cam-1", id, "fct_guess").await;
    assert_eq!(guess.ask("GET", "status", Body::empty()).await.unwrap_err(), RemoteError::Silent);
    let stranger = at("cam-1", TokenId::new(), "fct_guess").await;
    assert_eq!(stranger.ask("GET", "status", Body::empty()).await.unwrap_err(), RemoteError::Unknown);
    let (id_2, secret_2) = token(&device_2, "admin").await;
    let closed = Fleet::of(broker.port, "cam-2", id_2, &secret_2).await;
    assert_eq!(closed.ask("GET", "status", Body::empty()).await.unwrap_err(), RemoteError::Silent);
    // One that is taken back ends.
    let fleet = Fleet::of(broker.port, "cam-1", id, &secret).await;
    fleet.get("status").await;
    let gone = device_1.client.delete(format!("{}/tokens/{id}", device_1.api)).send().await.unwrap();
    assert!(gone.status().is_success());
    assert_eq!(
        fleet.ask("GET", "status", Body::empty()).await.map(|(status, _)| status.as_u16()),
        Err(RemoteError::Unknown)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn all_who_wait_for_a_device_that_is_not_there_wait_once() {
    let broker = Mosquitto::start("");
    let fleet = Fleet::of(broker.port, "cam-7", TokenId::new(), "fct_any").await;
    let begun = std::time::Instant::now();
    let many = (0..6).map(|_| fleet.ask("GET", "status", Body::empty()));
    for answer in futures::future::join_all(many).await {
        assert_eq!(answer.unwrap_err(), RemoteError::Silent);
    }
    assert!(begun.elapsed() < Duration::from_secs(15), "{:?}", begun.elapsed());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_recorded_and_sent_again_is_done_once_also_after_a_restart() {
    let (broker, dir) = (Mosquitto::start(""), folder());
    let mut at = device(dir.path(), "cam-7", broker.port, "");
    let (id, secret) = token(&at, "labeller").await;
    let fleet = Fleet::of(broker.port, "cam-7", id, &secret).await;
    let mut thief = mqtt_support::Listener::start(broker.port, &["fieldcoach/cam-7/http/request"]).await;
    let (status, _) = fleet.json("POST", "categories", json!({"name": "crate"})).await;
    assert_eq!(status, StatusCode::CREATED);
    let mut recorded = Vec::new();
    while let Ok(message) = tokio::time::timeout(Duration::from_secs(1), thief.on("/http/request")).await {
        recorded.push(message.payload);
    }
    assert!(recorded.len() >= 2, "a hello and a request");
    // What was made is taken away, by another way: whoever could have it made again would bring it back.
    let gone = at.client.delete(format!("{}/categories/crate", at.api)).send().await.unwrap();
    assert!(gone.status().is_success());
    for restart in [false, true] {
        if restart {
            assert!(at.terminate().success());
            at = device(dir.path(), "cam-7", broker.port, "");
            // It is there, in a session of its own: the one before is not known any more.
            fleet.get("status").await;
        }
        for message in &recorded {
            let again = fleet.client.publish("fieldcoach/cam-7/http/request", QoS::AtMostOnce, false, message.clone());
            again.await.unwrap();
        }
        fleet.get("status").await;
        assert_eq!(fleet.get("categories").await["items"], json!([]), "it was made once, and deleted");
        let entries = at.get("audit").await["items"].clone();
        let made = entries.as_array().unwrap().iter().filter(|entry| entry["what"] == "made a category").count();
        assert_eq!(made, 1, "{entries}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_broker_that_goes_and_comes_back_holds_up_and_loses_nothing() {
    let (mut broker, dir) = (Mosquitto::start(""), folder());
    let device = device(dir.path(), "cam-7", broker.port, "");
    let (id, secret) = token(&device, "labeller").await;
    let fleet = Fleet::of(broker.port, "cam-7", id, &secret).await;
    fleet.get("status").await;
    let begun = async {
        // The session of MQTT is gone with it: who asks subscribes anew, as at each connect.
        broker.kill();
        broker.resume();
        let topic = format!("fieldcoach/cam-7/http/reply/{}", fleet.requester.reply());
        fleet.client.subscribe(topic, QoS::AtMostOnce).await.unwrap();
    };
    let (picture, ()) = tokio::join!(fleet.ask("POST", "frames?name=b.jpg", photograph()), begun);
    assert_eq!(picture.unwrap().0, StatusCode::CREATED);
    assert_eq!(device.get("frames/counts").await["sources"]["upload"], 1);
}
