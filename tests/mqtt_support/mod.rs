//! A real mosquitto, a listener, and a door with nothing behind it.
#![allow(dead_code)]

pub mod contract;

use bytes::Bytes;
use fieldcoach::domain::*;
use fieldcoach::events::Events;
use fieldcoach::host::Memory;
use fieldcoach::live::LiveStatus;
use fieldcoach::mqtt::Address;
use fieldcoach::mqtt::account::Account;
use fieldcoach::mqtt::command::Command as Asked;
use fieldcoach::mqtt::door::Door;
use fieldcoach::mqtt::payload::Stamp;
use fieldcoach::mqtt::sight::Sight;
use fieldcoach::store::Usage;
use fieldcoach::supervise::{Beat, Part};
use fieldcoach::telemetry::clock::ClockStatus;
use fieldcoach::telemetry::{Fill, Status};
use rumqttc::v5::mqttbytes::QoS;
use rumqttc::v5::mqttbytes::v5::{Filter, Packet, Publish};
use rumqttc::v5::{AsyncClient, Event as Polled, MqttOptions};
use serde_json::{Value, json};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

/// Longer than anything takes on a slow machine.
pub const DEADLINE: Duration = Duration::from_secs(60);

pub fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

/// A mosquitto of our own that keeps its sessions over a stop.
pub struct Mosquitto {
    pub port: u16,
    pub dir: tempfile::TempDir,
    child: Option<Child>,
}

impl Mosquitto {
    pub fn start(more: &str) -> Self {
        Self::at(free_port(), more)
    }

    pub fn at(port: u16, more: &str) -> Self {
        let mut this = Self { port, dir: tempfile::tempdir().unwrap(), child: None };
        let dir = this.dir.path().display();
        let config = format!(
            "user root\nlistener {} 127.0.0.1\npersistence true\npersistence_location {dir}/\nautosave_interval 1\n\
             autosave_on_changes true\nmax_queued_messages 0\n{}\n",
            this.port,
            if more.is_empty() { "allow_anonymous true".to_owned() } else { more.replace("DIR", &dir.to_string()) }
        );
        std::fs::write(this.dir.path().join("mosquitto.conf"), config).unwrap();
        this.resume();
        this
    }

    pub fn resume(&mut self) {
        let child = command("mosquitto").arg("-c").arg(self.dir.path().join("mosquitto.conf")).spawn();
        self.child = Some(child.expect("mosquitto is missing: run `make test`, which installs it"));
        let deadline = Instant::now() + DEADLINE;
        while TcpStream::connect(("127.0.0.1", self.port)).is_err() {
            assert!(Instant::now() < deadline, "mosquitto did not start");
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    /// What it acknowledged it delivers after [`Self::resume`]: it writes its sessions down as it ends.
    pub fn stop(&mut self) {
        if let Some(mut child) = self.child.take() {
            let terminated = command("kill").args(["-TERM", &child.id().to_string()]).status().unwrap();
            assert!(terminated.success() && child.wait().unwrap().success(), "mosquitto did not end as it should");
        }
    }

    /// What it acknowledged in its last moments it may forget.
    pub fn kill(&mut self) {
        if let Some(mut child) = self.child.take() {
            child.kill().unwrap();
            child.wait().unwrap();
        }
    }

    pub fn address(&self) -> Address {
        Address { host: "127.0.0.1".to_owned(), port: self.port, tls: false }
    }
}

impl Drop for Mosquitto {
    fn drop(&mut self) {
        self.kill();
    }
}

/// A quiet command; Debian keeps some of them in `sbin`.
pub fn command(program: &str) -> Command {
    let mut command = Command::new(program);
    let path = std::env::var("PATH").unwrap_or_default();
    command.env("PATH", format!("{path}:/usr/sbin")).stdout(Stdio::null()).stderr(Stdio::null()).stdin(Stdio::null());
    command
}

/// What a plain `mosquitto_sub` prints for the first message on `topic`.
pub async fn mosquitto_sub(port: u16, topic: &str, more: &[&str]) -> String {
    let (port, topic, asked) = (port.to_string(), topic.to_owned(), topic.to_owned());
    let payload = !more.contains(&"-F");
    let more: Vec<String> = more.iter().map(ToString::to_string).collect();
    let output = tokio::task::spawn_blocking(move || {
        command("mosquitto_sub")
            .args(["-h", "127.0.0.1", "-p", &port, "-t", &topic, "-C", "1", "-W", "60"])
            .args(more)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .output()
            .expect("mosquitto_sub is missing: run `make test`, which installs it")
    });
    let output = output.await.unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let printed = String::from_utf8(output.stdout).unwrap().trim_end().to_owned();
    // Else it was asked for something else than the payload.
    if payload {
        assert_eq!(contract::printed(&asked, printed.as_bytes()), None);
    }
    printed
}

/// A subscriber that stays subscribed, reconnects, and hands over all it gets, held to the document.
pub struct Listener {
    pub client: AsyncClient,
    messages: mpsc::UnboundedReceiver<Publish>,
    /// What is wrong with what came, handed over or not.
    faults: Arc<Mutex<Vec<String>>>,
    task: JoinHandle<()>,
}

impl Listener {
    pub async fn start(port: u16, filters: &[&str]) -> Self {
        let mut options = MqttOptions::new(format!("listener-{port}"), "127.0.0.1", port);
        options.set_clean_start(false).set_session_expiry_interval(Some(3600)).set_max_packet_size(Some(1 << 20));
        let (client, mut events) = AsyncClient::new(options, 100);
        let filters: Vec<_> = filters.iter().map(|filter| Filter::new(*filter, QoS::AtLeastOnce)).collect();
        client.subscribe_many(filters).await.unwrap();
        let (sender, messages) = mpsc::unbounded_channel();
        let (ready, subscribed) = tokio::sync::oneshot::channel();
        let mut ready = Some(ready);
        let faults = Arc::new(Mutex::new(Vec::new()));
        let found = Arc::clone(&faults);
        let task = tokio::spawn(async move {
            loop {
                match events.poll().await {
                    Ok(Polled::Incoming(Packet::Publish(publish))) => {
                        found.lock().unwrap().extend(contract::fault(&publish));
                        sender.send(publish).unwrap();
                    }
                    Ok(Polled::Incoming(Packet::SubAck(_))) => {
                        if let Some(ready) = ready.take() {
                            ready.send(()).unwrap();
                        }
                    }
                    Ok(_) => {}
                    Err(_) => tokio::time::sleep(Duration::from_millis(50)).await,
                }
            }
        });
        tokio::time::timeout(DEADLINE, subscribed).await.unwrap().unwrap();
        Self { client, messages, faults, task }
    }

    pub async fn next(&mut self) -> Publish {
        let next = tokio::time::timeout(DEADLINE, self.messages.recv()).await;
        assert_eq!(*self.faults.lock().unwrap(), [""; 0]);
        next.expect("nothing more arrived").unwrap()
    }

    /// The next message on a topic that ends with `topic`; others are passed over.
    pub async fn on(&mut self, topic: &str) -> Publish {
        let deadline = Instant::now() + DEADLINE;
        loop {
            let publish = self.next().await;
            assert!(Instant::now() < deadline, "nothing arrived on {topic}");
            if topic_of(&publish).ends_with(topic) {
                return publish;
            }
        }
    }

    pub async fn json(&mut self, topic: &str) -> Value {
        serde_json::from_slice(&self.on(topic).await.payload).unwrap()
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        self.task.abort();
        if !std::thread::panicking() {
            assert_eq!(*self.faults.lock().unwrap(), [""; 0]);
        }
    }
}

pub fn topic_of(publish: &Publish) -> &str {
    std::str::from_utf8(&publish.topic).unwrap()
}

/// A door that serves, with hand-made services behind it.
pub struct Serving {
    pub events: Events,
    pub stop: CancellationToken,
    pub task: JoinHandle<()>,
}

impl Serving {
    pub fn start(address: Address) -> Self {
        Self::with(&Account::anonymous(address))
    }

    pub fn with(account: &Account) -> Self {
        Self::on(account, door())
    }

    /// The same, and `lost` is told what the first attempt to connect failed with.
    pub fn posting(account: &Account, lost: oneshot::Sender<String>) -> Self {
        let lost = Mutex::new(Some(lost));
        let post = move |part: Part| {
            if let Some(error) = part.error
                && let Some(lost) = lost.lock().unwrap().take()
            {
                lost.send(error).unwrap();
            }
        };
        Self::on(account, Door { post: Arc::new(post), ..door() })
    }

    /// A device of another id.
    pub fn named(address: Address, device: &str) -> Self {
        Self::on(&Account::anonymous(address), Door { stamp: Stamp::new(device), ..door() })
    }

    fn on(account: &Account, door: Door) -> Self {
        let (events, stop) = (Events::new(), CancellationToken::new());
        let (account, heard, told) = (account.clone(), events.subscribe(), stop.clone());
        let serving = async move { door.serve_thin(&account, heard, Beat::new(DEADLINE), told).await };
        Self { events, stop, task: tokio::spawn(serving) }
    }

    /// Ends the connection as a power cut would: no goodbye.
    pub async fn cut(self) {
        self.task.abort();
        assert!(self.task.await.unwrap_err().is_cancelled());
    }

    pub async fn stop(self) {
        self.stop.cancel();
        tokio::time::timeout(DEADLINE, self.task).await.unwrap().unwrap();
    }
}

/// The frame that every capture is answered with.
pub const FRAME: &str = "01980000-0000-7000-8000-000000000001";

/// The model that looks.
pub const MODEL: &str = "01980000-0000-7000-8000-000000000002";

/// How a device is that streams and has no model.
fn status() -> Status {
    let camera = json!({"state": "streaming", "source": "scene", "fps": 15.0, "width": 640, "height": 480, "kept": 7,
        "skipped": 1, "damaged": 0});
    let mut store = serde_json::to_value(Usage::default()).unwrap();
    (store["frame_bytes"], store["budget"]) = (json!(1), json!(4));
    serde_json::from_value(json!({
        "device": "cam-7", "version": "0.1.0", "boot": 1, "started": "2026-01-01T00:00:00Z", "uptime_s": 60,
        "versions": {"fieldcoach": "0.1.0", "onnxruntime": "1.23", "store": 2},
        "clock": ClockStatus::from(None), "camera": camera,
        "cameras": [{"id": "main", "live_fps": 0.0, "state": "streaming", "source": "scene", "fps": 15.0, "width": 640,
            "height": 480, "kept": 7, "skipped": 1, "damaged": 0}],
        "store": store, "disk": {"total": 100, "free": 50, "reserve": 10, "parts": []},
        "mqtt": {"broker": "mqtt://127.0.0.1", "state": "connected", "since": "2026-01-01T00:00:00Z", "protocol": "MQTT 5",
            "notes": [], "asked_again": null, "outbox": Fill::default()},
        "model": null, "live": LiveStatus::default(), "training": null, "parts": {}, "temperatures": [],
        "runtime": {"library": "", "version": "", "device": "cpu", "note": null}, "memory": Memory::default(),
        "load": [0.5, 0.25, 0.0],
    }))
    .unwrap()
}

fn door() -> Door {
    Door {
        sights: Arc::new(|()| {
            Ok(vec![Sight { camera: None, model: MODEL.parse().unwrap(), categories: vec!["RBC".into()] }])
        }),
        picture: Arc::new(|_| Ok(Some((jpeg(0), jiff::Timestamp::now())))),
        draw: Arc::new(|page| Ok(jpeg(page.epoch))),
        execute: Arc::new(|command| match command {
            Asked::Capture(_) => Ok(json!({ "frame": FRAME })),
            other => Err(format!("can't {other:?} here")),
        }),
        ..Door::thin(Stamp::new("cam-7"), Arc::new(|()| Ok(status())))
    }
}

/// A picture that differs from epoch to epoch.
pub fn jpeg(epoch: u32) -> Bytes {
    let mut bytes = Vec::new();
    let picture = image::RgbImage::from_pixel(320, 240, image::Rgb([epoch as u8, 0, 0]));
    image::codecs::jpeg::JpegEncoder::new(&mut bytes).encode_image(&picture).unwrap();
    bytes.into()
}

/// Epochs of one training with one validation frame.
pub struct Story {
    pub training: TrainingId,
    frame: FrameId,
    experiment: ExperimentId,
}

impl Story {
    pub fn new() -> Self {
        Self { training: TrainingId::new(), frame: FrameId::new(), experiment: ExperimentId::new() }
    }

    /// The event at the end of `epoch`, with this many predictions on its page.
    pub fn epoch(&self, epoch: u32, predictions: usize) -> Event {
        let metrics = json!({"ap50": 0.5, "ap50_95": 0.25, "precision": 0.5, "recall": 0.5, "f1": 0.5, "loss": 1.0});
        let training: Training = serde_json::from_value(json!({
            "id": self.training, "state": "training", "created": "2026-01-01T00:00:00Z", "finished": null,
            "error": null, "epoch": epoch, "epochs": 1000, "rung": 0, "progress": 0.1, "activity": "training",
            "split": {"training": 8, "validation": 2}, "categories": ["RBC"], "base": "default", "from": "base",
            "device": "cpu", "winner": null, "verdict": null,
            "experiments": [{"id": self.experiment, "state": "training", "epoch": epoch, "metrics": metrics,
                "hyperparameters": {"learning_rate": 0.001, "weight_decay": 0.0, "width": 8, "dropout": 0.0,
                    "focal_gamma": 2.0, "box_weight": 1.0, "target_radius": 0.5, "view_mix": 0.5, "seed": 1}}],
        }))
        .unwrap();
        let prediction =
            |at| Prediction { category: "RBC".to_owned(), bbox: Some(BBox::new(at as f32, 2.0, 3.0, 4.0)), score: 0.5 };
        let point = Point { score: 0.75, loss: 1.0, confidence: 0.5, fates: None };
        let page = Page {
            training: self.training,
            frame: self.frame,
            epoch,
            experiment: self.experiment,
            split: Side::Validation,
            width: 640,
            height: 480,
            truth: vec![Label::boxed("RBC", BBox::new(0.0, 0.0, 9.0, 9.0))],
            predictions: (0..predictions).map(prediction).collect(),
            point,
        };
        let (experiment, metrics) = (self.experiment, SplitMetrics::default());
        let told = EpochTold { epoch, experiment, metrics, page: Some(page) };
        Event::Epoch { training: Arc::new(training), told: Arc::new(told) }
    }
}
