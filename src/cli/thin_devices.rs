//! The devices of `bench fleet`: the real MQTT code with nothing behind it. One of them is reached through the broker.

use anyhow::Result;
use axum::routing::get;
use axum::{Json, Router};
use fieldcoach::access::Access;
use fieldcoach::config::Servers;
use fieldcoach::domain::{FrameId, Role, Who};
use fieldcoach::events::Events;
use fieldcoach::mqtt::Reached;
use fieldcoach::mqtt::account::Account;
use fieldcoach::mqtt::door::Door;
use fieldcoach::mqtt::payload::Stamp;
use fieldcoach::mqtt::wire::{Manner, Said, connect};
use fieldcoach::remote::{self, Answering};
use fieldcoach::store::{Options, Store};
use fieldcoach::supervise::Beat;
use fieldcoach::telemetry::Status;
use parking_lot::Mutex;
use rumqttc::v5::mqttbytes::QoS;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};
use tokio_util::sync::CancellationToken;

/// Bytes of the picture that is asked for: a frame of 640 by 480.
pub const PICTURE: usize = 40_000;
/// A device takes what comes for so long at most.
const BEAT: Duration = Duration::from_secs(300);
/// Bytes of a packet beside topic and payload: its head, the length of the topic, and a number.
const HEAD: usize = 7;

/// Ends the counting.
pub const ENOUGH: &str = "enough";
/// Commands that devices carried out.
static CARRIED_OUT: AtomicU64 = AtomicU64::new(0);

/// Messages and bytes, by what they are.
type Counts = BTreeMap<String, (u64, u64)>;

/// Is the devices until the input ends: says the secret of a token of the first, counts from each line of input on, and
/// tells at the end what came, until then or until a line said that it is [`ENOUGH`].
pub async fn serve(servers: &Servers, count: usize) -> Result<()> {
    let (folder, stop, account) = (tempfile::tempdir()?, CancellationToken::new(), Account::at(servers));
    let store = Store::open(Options { dir: folder.path().join("store"), budget: 50_000_000, reserve: 0 })?;
    let access = Access::open(store, Events::new())?;
    let secret = access.add_token("bench".to_owned(), Role::Viewer, &Who::local())?.secret;
    let devices = (0..count).map(|at| tokio::spawn(device(at, Account::at(servers), access.clone(), stop.clone())));
    let devices: Vec<_> = devices.collect();
    println!("{secret}");
    let counts = Arc::new(Mutex::new(Counts::new()));
    let counting = tokio::spawn(listen(account, Arc::clone(&counts)));
    let counted = Arc::clone(&counts);
    let told = tokio::task::spawn_blocking(move || {
        let (mut since, mut enough) = (Instant::now(), None);
        for line in std::io::stdin().lines().map_while(Result::ok) {
            if line == ENOUGH {
                enough = Some((since.elapsed().as_secs_f64(), counted.lock().clone()));
            } else {
                counted.lock().clear();
                since = Instant::now();
            }
        }
        let (seconds, kinds) = enough.unwrap_or_else(|| (since.elapsed().as_secs_f64(), counted.lock().clone()));
        let carried_out = CARRIED_OUT.load(Ordering::Relaxed);
        json!({"seconds": seconds, "kinds": kinds, "carried_out": carried_out})
    });
    let told = told.await?;
    println!("{told}");
    counting.abort();
    stop.cancel();
    futures::future::join_all(devices).await;
    Ok(())
}

async fn device(at: usize, account: Account, access: Access, stop: CancellationToken) {
    let (id, events, broker) = (format!("herd-{at}"), Events::new(), account.broker());
    let (name, heard) = (id.clone(), events.subscribe());
    let door = Door {
        execute: Arc::new(|_| {
            CARRIED_OUT.fetch_add(1, Ordering::Relaxed);
            Ok(json!({ "frame": FrameId::new() }))
        }),
        ..Door::thin(Stamp::new(&id), Arc::new(move |()| status(&name, &broker)))
    };
    if at > 0 {
        return door.serve_thin(&account, heard, Beat::new(BEAT), stop).await;
    }
    let (reached, way) = Reached::new();
    let door = Door { reached: Some(reached), stamp: Stamp::new(&id).reached(true), ..door };
    let answering = Answering { device: id, access, router: router() };
    let serving = door.serve_thin(&account, heard, Beat::new(BEAT), stop.clone());
    tokio::join!(serving, remote::answer(&answering, way, stop.clone()));
}

fn router() -> Router {
    let mut picture = vec![0xff, 0xd8, 0xff];
    picture.resize(PICTURE, 7);
    let picture = bytes::Bytes::from(picture);
    Router::new()
        .route("/api/v1/me", get(async || Json(json!({"role": "viewer"}))))
        .route("/api/v1/picture", get(async move || picture))
}

/// Counts what all devices send.
async fn listen(account: Account, counts: Arc<Mutex<Counts>>) -> Result<()> {
    let attempted = connect(account, "fieldcoach-bench-counts".to_owned(), None, Manner::default()).await;
    let mut connection = attempted.outcome.map_err(|trouble| anyhow::anyhow!("{trouble}"))?;
    connection.subscribe(&["fieldcoach/#".to_owned()], QoS::AtMostOnce);
    loop {
        let said = connection.next().await.map_err(|trouble| anyhow::anyhow!("{trouble}"))?;
        if let Said::Message(message) = said {
            let kind = message.topic.splitn(3, '/').nth(2).unwrap_or_default();
            let kind = if kind.starts_with("http/") { "http" } else { kind };
            let mut counts = counts.lock();
            let (messages, bytes) = counts.entry(kind.to_owned()).or_default();
            *messages += 1;
            *bytes += (message.topic.len() + message.payload.len() + HEAD) as u64;
        }
    }
}

/// How a device is that streams, and has no model.
fn status(device: &str, broker: &str) -> Result<Status> {
    let camera = json!({"id": "main", "live_fps": 0.0, "state": "streaming", "source": "v4l2:/dev/video0 (USB camera)",
        "error": null, "trouble": null, "lost_since": null, "fps": 15.0, "width": 1280, "height": 720, "kept": 7012,
        "skipped": 110_214, "damaged": 0});
    let parts =
        ["camera", "clock", "disk", "http", "jobs", "live", "mqtt", "parts", "store", "syncer", "tidy", "trainer"];
    let parts: BTreeMap<&str, Value> =
        parts.map(|part| (part, json!({"state": "running", "restarts": 0, "error": null}))).into();
    let zones = ["CPU-therm", "GPU-therm", "SOC-therm", "tj-therm"];
    Ok(serde_json::from_value(json!({
        "device": device, "version": env!("CARGO_PKG_VERSION"), "boot": 12, "started": "2026-11-01T00:00:00Z",
        "versions": {"fieldcoach": env!("CARGO_PKG_VERSION"), "onnxruntime": "1.23.0", "store": 2, "linux": "5.15.148-tegra"},
        "uptime_s": 86_400, "clock": {"state": "sure"}, "camera": camera, "cameras": [camera],
        "store": {"frames": 20_000, "labelled": 480, "frame_bytes": 4_000_000_000_u64, "budget": 20_000_000_000_u64,
            "free": 30_000_000_000_u64, "reserve": 1_000_000_000, "dropped": 0, "full": false, "fault": null},
        "disk": {"total": 64_000_000_000_u64, "free": 30_000_000_000_u64, "reserve": 1_000_000_000, "parts": []},
        "mqtt": {"broker": broker, "state": "connected", "since": "2026-11-01T00:00:00Z", "protocol": "5", "notes": [],
            "outbox": {"waiting": 0, "bytes": 0, "dropped": 0}},
        "model": null, "live": {"model": null, "fps": 0.0, "milliseconds": 0.0, "error": null, "cameras": []},
        "training": null, "parts": parts, "temperatures": zones.map(|zone| json!({"zone": zone, "celsius": 51.5})),
        "runtime": {"library": "/usr/lib/libonnxruntime.so", "version": "1.23.0", "device": "cuda", "note": null},
        "memory": fieldcoach::host::Memory::default(), "load": [0.51, 0.48, 0.4],
    }))?)
}
