//! The fleet at a real broker: real devices, devices with nothing behind their door, and whoever writes what no device would.

#[path = "common/mod.rs"]
mod common;
#[path = "mqtt_support/mod.rs"]
mod mqtt_support;
#[path = "common/process.rs"]
mod process;

use axum::body::{Body, to_bytes};
use axum::http::{Request, StatusCode};
use common::folder;
use fieldcoach::config;
use fieldcoach::domain::Role;
use fieldcoach::fleet::device::{Device, DeviceChange, HistoryFilter, HistoryItem, HistoryKind, Reach};
use fieldcoach::fleet::orders::{NewOrder, Order, OrderState, PartState};
use fieldcoach::fleet::{AskError, DeviceState, Fleet, FleetError};
use fieldcoach::supervise::Supervisor;
use mqtt_support::{DEADLINE, Mosquitto, Serving};
use process::Process;
use rumqttc::v5::mqttbytes::QoS;
use rumqttc::v5::mqttbytes::v5::Packet;
use rumqttc::v5::{AsyncClient, Event, MqttOptions};
use serde_json::{Value, json};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

/// A server of the fleet, without its door.
struct Server {
    fleet: Fleet,
    supervisor: Supervisor,
    stop: CancellationToken,
}

impl Server {
    async fn start(port: u16, folder: &Path) -> Self {
        Self::with(
            config::Mqtt { broker: format!("mqtt://127.0.0.1:{port}").parse().unwrap(), ..config::Mqtt::default() },
            folder,
        )
        .await
    }

    async fn with(settings: config::Mqtt, folder: &Path) -> Self {
        let (supervisor, stop) = (Supervisor::default(), CancellationToken::new());
        let fleet = Fleet::start(&settings, folder, &supervisor, &stop).await.unwrap();
        Self { fleet, supervisor, stop }
    }

    /// As SIGTERM does it; all is on disk then, and another one may open the folder.
    async fn stop(self) {
        self.stop.cancel();
        self.supervisor.joined(DEADLINE).await;
    }

    /// Waits until it is so.
    async fn until(&self, what: &str, mut is: impl FnMut(&Fleet) -> bool) {
        let begun = Instant::now();
        while !is(&self.fleet) {
            assert!(begun.elapsed() < DEADLINE, "{what}: {:?}", self.fleet.devices(None));
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    async fn state(&self, id: &str, state: DeviceState) -> Arc<Device> {
        self.until(&format!("{id} is {state:?}"), |fleet| fleet.device(id).is_some_and(|device| device.state == state))
            .await;
        self.fleet.device(id).unwrap()
    }

    async fn order(&self, order: Value) -> Order {
        let order: NewOrder = serde_json::from_value(order).unwrap();
        self.fleet.order_of(order, "ann").await.unwrap()
    }

    async fn ordered(&self, order: &Order, state: OrderState) -> Order {
        let what = format!("{order:?} is {state:?}");
        self.until(&what, |fleet| fleet.order(order.id).is_some_and(|now| now.state == state)).await;
        self.fleet.order(order.id).unwrap()
    }

    fn history(&self, device: &str) -> Vec<HistoryItem> {
        let filter = HistoryFilter { device: Some(device.to_owned()), limit: 100, ..HistoryFilter::default() };
        self.fleet.history(&filter).unwrap().items
    }

    /// Newest first.
    fn kinds(&self, device: &str) -> Vec<HistoryKind> {
        self.history(device).into_iter().map(|item| item.kind).collect()
    }

    async fn ask(&self, device: &str, method: &str, path: &str, body: &str) -> Result<(StatusCode, Value), AskError> {
        let uri = format!("/api/v1/{path}");
        let request = Request::builder().method(method).uri(uri).body(Body::from(body.to_owned())).unwrap();
        let answer = self.fleet.ask(device, request).await?;
        let (status, body) = (answer.status(), to_bytes(answer.into_body(), usize::MAX).await.unwrap());
        Ok((status, serde_json::from_slice(&body).unwrap_or(Value::Null)))
    }
}

/// Whoever may write at the broker.
struct Writer {
    client: AsyncClient,
    task: JoinHandle<()>,
    said: AtomicUsize,
    /// How many of them the broker has.
    taken: Arc<AtomicUsize>,
}

impl Writer {
    fn at(port: u16) -> Self {
        let mut options = MqttOptions::new(format!("writer-{}", uuid::Uuid::now_v7()), "127.0.0.1", port);
        options.set_max_packet_size(Some(4 << 20));
        let (client, mut events) = AsyncClient::new(options, 1000);
        let taken = Arc::<AtomicUsize>::default();
        let counts = taken.clone();
        let task = tokio::spawn(async move {
            loop {
                match events.poll().await {
                    Ok(Event::Incoming(Packet::PubAck(_))) => drop(counts.fetch_add(1, Ordering::Relaxed)),
                    Ok(_) => {}
                    Err(_) => tokio::time::sleep(Duration::from_millis(50)).await,
                }
            }
        });
        Self { client, task, said: AtomicUsize::new(0), taken }
    }

    /// Waits until the broker has all that was said.
    async fn all_taken(&self) {
        while self.taken.load(Ordering::Relaxed) < self.said.load(Ordering::Relaxed) {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    async fn say(&self, device: &str, rest: &str, retain: bool, payload: impl Into<Vec<u8>>) {
        let topic = format!("fieldcoach/{device}/{rest}");
        self.said.fetch_add(1, Ordering::Relaxed);
        self.client.publish(topic, QoS::AtLeastOnce, retain, payload.into()).await.unwrap();
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        self.task.abort();
    }
}

fn device(dir: &Path, id: &str, port: u16, more: &str) -> Process {
    let mqtt = format!("[device]\nid = \"{id}\"\n[mqtt]\nbroker = \"mqtt://127.0.0.1:{port}\"\n{more}");
    Process::start_with(dir, &mqtt)
}

/// The secret of a token of this role.
async fn token(device: &Process, role: &str) -> String {
    let asked = device.client.post(format!("{}/tokens", device.api)).json(&json!({"name": role, "role": role}));
    let made: Value = asked.send().await.unwrap().json().await.unwrap();
    made["secret"].as_str().or(made["token"].as_str()).unwrap_or_else(|| panic!("{made}")).to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_burst_of_what_a_broker_kept_is_heard_whole_and_only_changes_are_told_after_a_restart() {
    // As it comes: brokers bound how much waits for one listener.
    let (broker, dir) =
        (Mosquitto::start("allow_anonymous true\npersistence false\nmax_queued_messages 1000"), folder());
    let writer = Writer::at(broker.port);
    let jpeg = mqtt_support::jpeg(1);
    for at in 0..2000 {
        let id = format!("cam-{at}");
        let word = if at % 2 == 0 { "online" } else { "offline" };
        writer.say(&id, "availability", true, word).await;
        let status = json!({"time": jiff::Timestamp::now(), "version": "1", "store": {"frames": at, "labelled": 0}});
        writer.say(&id, "status", true, status.to_string()).await;
        writer.say(&id, "snapshot", true, jpeg.to_vec()).await;
    }
    writer.all_taken().await;
    let one = Serving::named(broker.address(), "real-1");
    let server = Server::start(broker.port, dir.path()).await;
    server
        .until("all are there", |fleet| {
            let devices = fleet.devices(None).devices;
            devices.len() == 2001
                && devices
                    .iter()
                    .all(|device| device.id == "real-1" || (device.frames.is_some() && device.picture_at.is_some()))
        })
        .await;
    assert_eq!(server.fleet.picture("cam-3").as_deref(), Some(&jpeg[..]));
    server.state("cam-2", DeviceState::Online).await;
    server.state("cam-3", DeviceState::Offline).await;
    let real = server.state("real-1", DeviceState::Online).await;
    assert_eq!((real.unread.as_deref(), real.cameras.len(), real.version.as_deref()), (None, 1, Some("0.1.0")));
    assert!(real.last_seen.is_some());
    // Only what changed is told, and whoever waits hears of it.
    let all = server.fleet.devices(None);
    assert!(all.broker.connected && all.broker.notes.is_empty(), "{:?}", all.broker);
    let waits = tokio::time::timeout(DEADLINE, server.fleet.changed(all.revision));
    let (waited, ()) = tokio::join!(waits, writer.say("cam-7", "availability", true, "online"));
    waited.unwrap();
    server.state("cam-7", DeviceState::Online).await;
    let news = server.fleet.devices(Some(all.revision));
    assert!(news.devices.len() < 10 && news.devices.iter().any(|device| device.id == "cam-7") && !news.all);
    // A device that leaves as it should, and one that is cut off: its will speaks.
    one.cut().await;
    server.state("real-1", DeviceState::Offline).await;
    let change = DeviceChange { name: Some("Barn 4".into()), groups: Some(vec!["north".into()]) };
    server.fleet.change("cam-4", change).await.unwrap().unwrap();
    let noted = server.history("cam-4").len();
    assert_eq!(server.kinds("cam-7")[0], HistoryKind::Online);
    server.stop().await;
    writer.say("cam-6", "availability", true, "offline").await;
    writer.say("cam-8", "status", true, "").await;
    let again = Server::start(broker.port, dir.path()).await;
    again.state("cam-4", DeviceState::Online).await;
    again.until("what changed is noted", |_| again.kinds("cam-6")[0] == HistoryKind::Offline).await;
    let kept = again.fleet.device("cam-4").unwrap();
    assert_eq!((kept.name.as_str(), &kept.groups[..]), ("Barn 4", &["north".to_owned()][..]));
    assert_eq!(again.history("cam-4").len(), noted, "nothing happened to it");
    // Nobody takes back for it what it was known by: it was not heard, and that is told later.
    assert_eq!(again.fleet.device("cam-8").unwrap().frames, None);
    again.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_is_written_there_is_bounded_told_and_harms_nobody() {
    let (broker, dir) = (Mosquitto::start(""), folder());
    let server = Server::start(broker.port, dir.path()).await;
    let (writer, real) = (Writer::at(broker.port), Serving::named(broker.address(), "real-1"));
    server.state("real-1", DeviceState::Online).await;
    let deep = "[".repeat(100_000);
    let odd = [
        &b""[..],
        b"null",
        b"[]",
        b"{",
        b"\xff\xfe",
        b"{\"id\": 1}",
        b"1e999",
        deep.as_bytes(),
        b"{\"cameras\": 7, \"time\": \"never\"}",
    ];
    for rest in [
        "availability",
        "status",
        "training",
        "events",
        "reply",
        "flipbook/frame",
        "snapshot",
        "cameras/x/snapshot",
        "http/reply/x",
    ] {
        for payload in odd {
            writer.say("odd-1", rest, false, payload).await;
        }
    }
    for id in ["a b", "ü", "..", &"x".repeat(65), "$SYS"] {
        writer.say(id, "status", true, "{}").await;
    }
    writer.say("odd-2", "status", true, vec![b' '; 1_000_000]).await;
    writer.say("odd-3", "status", false, r#"{"version": 7, "parts": {"a": 1}}"#).await;
    let told = server.state("odd-3", DeviceState::Online).await;
    assert!(told.unread.as_deref().unwrap().contains("/parts, /version"), "{told:?}");
    let all = server.fleet.devices(None);
    let mut ids: Vec<&str> = all.devices.iter().map(|device| device.id.as_str()).collect();
    ids.sort_unstable();
    assert_eq!(ids, ["odd-1", "odd-3", "real-1"], "what is too large for this server the broker keeps back");
    assert!(server.fleet.device("odd-1").unwrap().unread.is_some() && server.fleet.picture("odd-1").is_none());
    assert!(all.broker.connected && all.broker.notes[0].contains("could not be understood"), "{:?}", all.broker);
    // A device that takes itself back is gone.
    writer.say("odd-3", "status", true, "").await;
    server.until("it is gone", |fleet| fleet.device("odd-3").is_none()).await;
    assert!(server.fleet.devices(Some(all.revision)).gone.contains(&"odd-3".to_owned()));
    server.until("and noted", |_| server.kinds("odd-3")[0] == HistoryKind::Gone).await;
    real.stop().await;
    server.state("real-1", DeviceState::Offline).await;
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_broker_that_goes_away_says_nothing_of_the_devices() {
    let (mut broker, dir) = (Mosquitto::start(""), folder());
    let server = Server::start(broker.port, dir.path()).await;
    let real = Serving::named(broker.address(), "real-1");
    server.state("real-1", DeviceState::Online).await;
    // Without a word: one that ends as it should says of all devices that they are gone.
    broker.kill();
    server.until("that is told", |fleet| !fleet.devices(None).broker.connected).await;
    let told = server.fleet.devices(None).broker;
    assert!(told.trouble.is_some() && server.fleet.device("real-1").unwrap().state == DeviceState::Online);
    assert!(matches!(server.ask("real-1", "GET", "status", "").await, Err(AskError::NoBroker(_))));
    assert!(matches!(server.fleet.set_token("real-1", "fct_x").await, Err(FleetError::Ask(AskError::NoBroker(_)))));
    // An order waits for it.
    let order = server.order(json!({"devices": ["real-1"], "command": "capture"})).await;
    assert_eq!(server.fleet.order(order.id).unwrap().devices[0].state, PartState::Waiting);
    broker.resume();
    server.until("it is back", |fleet| fleet.devices(None).broker.connected).await;
    let done = server.ordered(&order, OrderState::Done).await;
    assert_eq!((done.devices[0].state, done.devices[0].words.contains(mqtt_support::FRAME)), (PartState::Done, true));
    real.stop().await;
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_device_is_asked_with_a_token_that_it_knows_and_with_no_other() {
    let (broker, dir, one, two) = (Mosquitto::start(""), folder(), folder(), folder());
    let at = device(one.path(), "cam-1", broker.port, "");
    let closed = device(two.path(), "cam-2", broker.port, "remote = false\n");
    let server = Server::start(broker.port, dir.path()).await;
    let known = server.state("cam-1", DeviceState::Online).await;
    assert_eq!((known.reach, known.unread.as_deref()), (Reach::None, None), "what a real device says is understood");
    assert!(known.disk.is_some() && known.frames.is_some() && !known.cameras.is_empty());
    server.state("cam-2", DeviceState::Online).await;
    let secret = token(&at, "labeller").await;
    assert!(matches!(server.ask("cam-1", "GET", "status", "").await, Err(AskError::NoToken(_))));
    assert!(matches!(server.ask("nobody", "GET", "status", "").await, Err(AskError::NoDevice(_))));
    let error = server.fleet.set_token("cam-1", "fct_guess").await.unwrap_err();
    assert!(matches!(&error, FleetError::Refused(why) if why.contains("does not know this token")), "{error}");
    assert_eq!(server.fleet.set_token("cam-1", &secret).await.unwrap(), Role::Labeller);
    let (status, said) = server.ask("cam-1", "GET", "status", "").await.unwrap();
    assert_eq!((status, &said["device"]), (StatusCode::OK, &json!("cam-1")));
    let (status, _) = server.ask("cam-1", "POST", "categories", r#"{"name": "crate"}"#).await.unwrap();
    assert_eq!(status, StatusCode::CREATED);
    // Its role bounds it; the same token again, and another one, take its place.
    assert_eq!(server.ask("cam-1", "PATCH", "settings", "{}").await.unwrap().0, StatusCode::FORBIDDEN);
    assert_eq!(server.fleet.set_token("cam-1", &secret).await.unwrap(), Role::Labeller);
    let admin = token(&at, "admin").await;
    assert_eq!(server.fleet.set_token("cam-1", &admin).await.unwrap(), Role::Admin);
    let known = server.fleet.device("cam-1").unwrap();
    assert_eq!((known.reach, known.role), (Reach::Paired, Some(Role::Admin)));
    // A token of one device is none of another, and one that lets nobody in says nothing.
    let error = server.fleet.set_token("cam-2", &token(&closed, "admin").await).await.unwrap_err();
    assert!(matches!(error, FleetError::Ask(AskError::Silent)), "{error}");
    // No secret is on disk, and the token is known after a restart.
    server.stop().await;
    for file in walk(dir.path()) {
        let bytes = std::fs::read(&file).unwrap();
        assert!(!bytes.windows(admin.len()).any(|part| part == admin.as_bytes()), "{}", file.display());
    }
    let again = Server::start(broker.port, dir.path()).await;
    again.state("cam-1", DeviceState::Online).await;
    let many = (0..12).map(|_| again.ask("cam-1", "GET", "categories", ""));
    for answer in futures::future::join_all(many).await {
        assert_eq!(answer.unwrap().1["items"][0]["name"], "crate");
    }
    // What the device takes back ends, and is told.
    let tokens = at.get("tokens").await;
    for one in tokens["items"].as_array().unwrap() {
        let gone = at.client.delete(format!("{}/tokens/{}", at.api, one["id"].as_str().unwrap())).send().await.unwrap();
        assert!(gone.status().is_success());
    }
    assert_eq!(again.ask("cam-1", "GET", "status", "").await, Err(AskError::Unknown));
    assert_eq!(again.fleet.device("cam-1").unwrap().reach, Reach::UnknownToken);
    assert!(again.fleet.forget_token("cam-1").await.unwrap() && !again.fleet.forget_token("cam-1").await.unwrap());
    assert_eq!(again.fleet.device("cam-1").unwrap().reach, Reach::None);
    // One that is killed is gone as soon as the broker finds it is.
    at.kill();
    again.state("cam-1", DeviceState::Offline).await;
    assert!(matches!(again.fleet.set_token("cam-1", &admin).await, Err(FleetError::Ask(AskError::Offline(_)))));
    again.stop().await;
}

fn walk(dir: &Path) -> Vec<std::path::PathBuf> {
    let entries = std::fs::read_dir(dir).unwrap().flatten().map(|entry| entry.path());
    entries.flat_map(|path| if path.is_dir() { walk(&path) } else { vec![path] }).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn orders_try_a_few_first_survive_restarts_and_send_nothing_twice() {
    let (broker, dir) = (Mosquitto::start(""), folder());
    let server = Server::start(broker.port, dir.path()).await;
    let ids = ["thin-1", "thin-2", "thin-3"];
    let serving = ids.map(|id| Serving::named(broker.address(), id));
    let mut commands = mqtt_support::Listener::start(broker.port, &["fieldcoach/+/command/+"]).await;
    for id in ids {
        server.state(id, DeviceState::Online).await;
    }
    let order = server.order(json!({"devices": ids, "command": "capture", "canary": 1})).await;
    assert_eq!(order.state, OrderState::Canary);
    let done = server.ordered(&order, OrderState::Done).await;
    assert!(done.devices.iter().all(|part| part.state == PartState::Done && part.words.contains("frame")), "{done:?}");
    server.until("it is noted", |_| server.kinds("thin-1")[0] == HistoryKind::Order).await;
    for _ in ids {
        commands.on("/command/capture").await;
    }
    // The thin ones can't train: the first to try it is the last.
    let order = server.order(json!({"devices": ids, "command": "train", "canary": 1})).await;
    let stopped = server.ordered(&order, OrderState::Stopped).await;
    let states: Vec<PartState> = stopped.devices.iter().map(|part| part.state).collect();
    assert_eq!(states, [PartState::Failed, PartState::Waiting, PartState::Waiting]);
    assert!(stopped.devices[0].words.contains("can't") && stopped.stopped.is_some(), "{stopped:?}");
    commands.on("/command/train").await;
    let error = server
        .fleet
        .order_of(serde_json::from_value(json!({"devices": ["nobody"], "command": "capture"})).unwrap(), "ann")
        .await;
    assert!(matches!(error.unwrap_err(), FleetError::Refused(why) if why.contains("nobody")));
    // One that is away gets it when it is back, though this server was started anew meanwhile; the answer finds it.
    let [one, two, three] = serving;
    two.cut().await;
    server.state("thin-2", DeviceState::Offline).await;
    let order = server.order(json!({"devices": ["thin-2"], "command": "capture"})).await;
    server.until("the broker has it", |fleet| fleet.order(order.id).unwrap().devices[0].state == PartState::Sent).await;
    server.stop().await;
    let two = Serving::named(broker.address(), "thin-2");
    let again = Server::start(broker.port, dir.path()).await;
    assert_eq!(again.fleet.orders().len(), 3);
    again.ordered(&order, OrderState::Done).await;
    let sent = commands.on("/command/capture").await;
    let body: Value = serde_json::from_slice(&sent.payload).unwrap();
    assert_eq!(body["id"], json!(format!("{}/thin-2", order.id)));
    // And nothing more was sent to anybody: what follows is the next thing that is.
    let order = again.order(json!({"devices": ["thin-3"], "command": "rollback"})).await;
    let next = commands.next().await;
    assert_eq!(mqtt_support::topic_of(&next), "fieldcoach/thin-3/command/rollback");
    again.until("it failed", |fleet| fleet.order(order.id).unwrap().devices[0].state == PartState::Failed).await;
    for one in [one, two, three] {
        one.stop().await;
    }
    again.stop().await;
}
