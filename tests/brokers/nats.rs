//! A cluster of NATS: three nodes with JetStream, MQTT 3.1.1. One of them is killed.

use super::folder;
use super::mqtt_support::{DEADLINE, Serving, Story, command, free_port, jpeg};
use super::process::Process;
use axum::body::{Body, to_bytes};
use axum::http::{Request, StatusCode};
use fieldcoach::config::{self, Broker, Servers};
use fieldcoach::fleet::{DeviceState, Fleet};
use fieldcoach::mqtt::account::Account;
use fieldcoach::supervise::Supervisor;
use rumqttc::{AsyncClient, Event, MqttOptions, Packet, Publish, QoS};
use serde_json::{Value, json};
use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::process::Child;
use std::time::{Duration, Instant};
use tempfile::TempDir;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

/// Of the tests' Python, or of the machine; `None`, and that is said, where there is none.
fn program() -> Option<PathBuf> {
    let python = std::env::var_os("FIELDCOACH_PYTHON").map(PathBuf::from);
    let beside = python.and_then(|python| Some(python.parent()?.to_owned()));
    let path = std::env::var_os("PATH").unwrap_or_default();
    let found =
        beside.into_iter().chain(std::env::split_paths(&path)).map(|at| at.join("nats-server")).find(|at| at.exists());
    if found.is_none() {
        eprintln!("skipped: there is no nats-server (scripts/test-deps)");
    }
    found
}

/// Nodes that know each other.
pub struct Nats {
    dir: TempDir,
    program: PathBuf,
    ports: Vec<u16>,
    nodes: Vec<Option<Child>>,
}

impl Nats {
    /// With these lines more in the configuration of each; `None`: there is no program.
    pub fn start(count: usize, more: &str) -> Option<Self> {
        let program = program()?;
        let mut this = Self { dir: folder(), program, ports: Vec::new(), nodes: Vec::new() };
        let routes: Vec<u16> = (0..count).map(|_| free_port()).collect();
        this.ports = (0..count).map(|_| free_port()).collect();
        let all: Vec<String> = routes.iter().map(|port| format!("nats://127.0.0.1:{port}")).collect();
        for (node, (port, route)) in this.ports.iter().zip(&routes).enumerate() {
            let config = format!(
                "server_name: n{node}\nlisten: \"127.0.0.1:-1\"\njetstream {{ store_dir: {:?} }}\n\
                 mqtt {{ listen: \"127.0.0.1:{}\", stream_replicas: {count} }}\n\
                 cluster {{ name: barns, listen: \"127.0.0.1:{}\", routes: [{}] }}\n{more}\n",
                this.dir.path().join(format!("data{node}")),
                port,
                route,
                all.join(", "),
            );
            std::fs::write(this.file(node), config).unwrap();
            let secrets =
                [("CAM_7_PASSWORD", "secret-7"), ("CAM_8_PASSWORD", "secret-8"), ("FLEET_PASSWORD", "secret-f")];
            let child =
                command(this.program.to_str().unwrap()).envs(secrets).arg("-c").arg(this.file(node)).spawn().unwrap();
            this.nodes.push(Some(child));
        }
        Some(this)
    }

    fn file(&self, node: usize) -> PathBuf {
        self.dir.path().join(format!("n{node}.conf"))
    }

    pub fn port(&self, node: usize) -> u16 {
        self.ports[node]
    }

    /// As people write it.
    pub fn broker(&self) -> String {
        let all: Vec<String> = self.ports.iter().map(|port| format!("mqtt://127.0.0.1:{port}")).collect();
        all.join(",")
    }

    fn servers(&self) -> Servers {
        let Ok(Broker::Remote(servers)) = self.broker().parse() else { panic!("{}", self.broker()) };
        servers
    }

    fn node_at(&self, port: u16) -> usize {
        self.ports.iter().position(|own| *own == port).unwrap()
    }

    /// As a power cut would.
    fn kill(&mut self, node: usize) {
        let mut child = self.nodes[node].take().unwrap();
        child.kill().unwrap();
        child.wait().unwrap();
    }
}

impl Drop for Nats {
    fn drop(&mut self) {
        for child in self.nodes.iter_mut().flatten() {
            child.kill().unwrap();
            child.wait().unwrap();
        }
    }
}

/// A subscriber that stays subscribed, in MQTT 3.1.1.
pub struct Old {
    pub client: AsyncClient,
    messages: mpsc::UnboundedReceiver<Publish>,
    task: JoinHandle<()>,
}

impl Old {
    /// Nodes that have just started may refuse for a while.
    pub async fn start(port: u16, filters: &[&str], login: Option<(&str, &str)>) -> Self {
        let mut options = MqttOptions::new(format!("listener-{}", free_port()), "127.0.0.1", port);
        options.set_clean_session(false).set_max_packet_size(1 << 20, 1 << 20);
        if let Some((name, password)) = login {
            options.set_credentials(name, password);
        }
        let (client, mut events) = AsyncClient::new(options, 100);
        let (sender, messages) = mpsc::unbounded_channel();
        let (ready, subscribed) = tokio::sync::oneshot::channel();
        let mut ready = Some(ready);
        let (asking, filters) = (client.clone(), filters.iter().map(ToString::to_string).collect::<Vec<_>>());
        let task = tokio::spawn(async move {
            let mut granted = 0;
            loop {
                match events.poll().await {
                    Ok(Event::Incoming(Packet::ConnAck(_))) => {
                        filters.iter().for_each(|filter| asking.try_subscribe(filter, QoS::AtLeastOnce).unwrap());
                    }
                    Ok(Event::Incoming(Packet::SubAck(_))) => {
                        granted += 1;
                        if granted == filters.len()
                            && let Some(ready) = ready.take()
                        {
                            ready.send(()).unwrap();
                        }
                    }
                    Ok(Event::Incoming(Packet::Publish(publish))) => drop(sender.send(publish)),
                    Ok(_) => {}
                    Err(_) => tokio::time::sleep(Duration::from_millis(100)).await,
                }
            }
        });
        tokio::time::timeout(DEADLINE, subscribed).await.expect("the cluster takes nobody").unwrap();
        Self { client, messages, task }
    }

    /// The next message on a topic that ends like that; others are passed over.
    pub async fn on(&mut self, topic: &str) -> Publish {
        let next = async {
            loop {
                let publish = self.messages.recv().await.unwrap();
                if publish.topic.ends_with(topic) {
                    return publish;
                }
            }
        };
        tokio::time::timeout(DEADLINE, next).await.unwrap_or_else(|_| panic!("nothing arrived on {topic}"))
    }

    pub async fn json(&mut self, topic: &str) -> Value {
        serde_json::from_slice(&self.on(topic).await.payload).unwrap()
    }

    /// What comes within this time.
    pub async fn within(&mut self, time: Duration) -> Vec<Publish> {
        let until = tokio::time::Instant::now() + time;
        let mut all = Vec::new();
        while let Ok(Some(publish)) = tokio::time::timeout_at(until, self.messages.recv()).await {
            all.push(publish);
        }
        all
    }
}

impl Drop for Old {
    fn drop(&mut self) {
        self.task.abort();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_device_goes_on_at_another_node_and_nothing_is_lost() {
    let Some(mut nats) = Nats::start(3, "") else { return };
    let account = Account::at(&nats.servers());
    let node = nats.node_at(account.address.port);
    let mut listener = Old::start(nats.port((node + 1) % 3), &["fieldcoach/cam-7/#"], None).await;
    let serving = Serving::with(&account);
    let story = Story::new();
    let topic = format!("/training/{}/epoch", story.training);
    let (mut epochs, mut ids) = (Vec::new(), HashSet::new());
    let mut next = 1;
    for until in [40, 80, 120] {
        if until == 80 {
            // What the node has not acknowledged by now is sent again at another one.
            (next..60).for_each(|epoch| serving.events.publish(story.epoch(epoch, 1)));
            next = 60;
            nats.kill(node);
        }
        (next..=until).for_each(|epoch| serving.events.publish(story.epoch(epoch, 1)));
        next = until + 1;
        while epochs.last() != Some(&json!(until)) {
            let value = listener.json(&topic).await;
            if ids.insert(value["id"].clone()) {
                epochs.push(value["epoch"].clone());
            }
        }
        assert_eq!(epochs, (1..=until).map(Value::from).collect::<Vec<_>>());
    }
    while listener.on("/flipbook/frame").await.payload != jpeg(120) {}
    // What is retained, to whoever comes later, at the third node.
    let (mut late, kept) = kept(nats.port((node + 2) % 3), "/availability").await;
    assert_eq!(&kept[..], b"online");
    // A command, answered where there are no response topics.
    late.client.try_publish("fieldcoach/cam-7/command/capture", QoS::AtLeastOnce, false, r#"{"id": "c"}"#).unwrap();
    let answer = late.json("/reply").await;
    assert_eq!((&answer["id"], &answer["ok"]), (&json!("c"), &json!(true)));
    // The last will is spoken for it.
    serving.cut().await;
    while late.on("/availability").await.payload[..] != b"offline"[..] {}
}

/// Who comes to a node, and what it keeps on the topic that ends like that: once it knows of it, which takes a node a while that
/// nobody was at before another one died.
async fn kept(port: u16, topic: &str) -> (Old, bytes::Bytes) {
    let begun = Instant::now();
    loop {
        let mut late = Old::start(port, &["fieldcoach/cam-7/#"], None).await;
        let told = late.within(Duration::from_secs(3)).await;
        if let Some(kept) = told.into_iter().find(|told| told.retain && told.topic.ends_with(topic)) {
            return (late, kept.payload);
        }
        eprintln!("nothing is kept on {topic} after {:?}", begun.elapsed());
        assert!(begun.elapsed() < DEADLINE, "nothing is kept on {topic}");
    }
}

/// A fleet, and a way to ask.
struct Asking {
    fleet: Fleet,
    stop: CancellationToken,
    supervisor: Supervisor,
}

impl Asking {
    async fn start(broker: &str, folder: &Path) -> Self {
        let (supervisor, stop) = (Supervisor::default(), CancellationToken::new());
        let settings = config::Mqtt { broker: broker.parse().unwrap(), ..config::Mqtt::default() };
        let fleet = Fleet::start(&settings, folder, &supervisor, &stop).await.unwrap();
        Self { fleet, stop, supervisor }
    }

    /// Asks until there is an answer: while nodes find each other anew there is none.
    async fn until(&self, what: &str, mut is: impl AsyncFnMut(&Fleet) -> bool) {
        let begun = Instant::now();
        while !is(&self.fleet).await {
            assert!(begun.elapsed() < DEADLINE, "{what}: {:?}", self.fleet.devices(None));
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    async fn answers(&self, what: &str) {
        self.until(what, async |fleet| {
            let request = Request::get("/api/v1/status").body(Body::empty()).unwrap();
            let Ok(answer) = fleet.ask("cam-7", request).await else { return false };
            let body = to_bytes(answer.into_body(), usize::MAX).await.unwrap_or_default();
            let status: Value = serde_json::from_slice(&body).unwrap_or_default();
            status["device"] == "cam-7" && status["mqtt"]["protocol"] == "3.1.1"
        })
        .await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_device_is_asked_through_the_cluster_before_and_after_a_node_dies() {
    let Some(mut nats) = Nats::start(3, "") else { return };
    // Until all of it is there.
    drop(Old::start(nats.port(0), &["fieldcoach/x"], None).await);
    let (dir, kept) = (folder(), folder());
    let broker = nats.broker().replace(",", "', '");
    let daemon = Process::start_with(dir.path(), &format!("[device]\nid = \"cam-7\"\n[mqtt]\nbroker = ['{broker}']\n"));
    let token = daemon.send("POST", "tokens", json!({"name": "fleet", "role": "admin"}), StatusCode::CREATED).await;
    let secret = token["token"].as_str().unwrap().to_owned();
    let asking = Asking::start(&nats.broker(), kept.path()).await;
    let online = async |fleet: &Fleet| fleet.device("cam-7").is_some_and(|device| device.state == DeviceState::Online);
    asking.until("cam-7 is there", online).await;
    asking.until("it is paired", async |fleet| fleet.set_token("cam-7", &secret).await.is_ok()).await;
    asking.answers("before").await;
    let node = (0..3).find(|node| daemon.said(&["connected to the MQTT broker", &format!(":{}", nats.port(*node))]));
    nats.kill(node.unwrap());
    asking.answers("after").await;
    asking.until("cam-7 is there still", online).await;
    asking.stop.cancel();
    asking.supervisor.joined(DEADLINE).await;
    assert!(daemon.terminate().success());
}
