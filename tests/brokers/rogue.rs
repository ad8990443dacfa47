//! A device with credentials of its own at a broker that is set up by the letter of `docs/fleet.md`: it reads nothing of another
//! device, and tells it nothing.

use super::mqtt_support::{Mosquitto, command, free_port};
use super::nats::{Nats, Old};
use super::{Daemon, folder};
use rumqttc::QoS;
use serde_json::{Value, json};
use std::path::Path;
use std::time::Duration;

const USERS: [(&str, &str); 3] = [("cam-7", "secret-7"), ("cam-8", "secret-8"), ("fleet", "secret-f")];

/// What stands in the documentation between these.
fn documented(begin: &str, end: &str) -> String {
    let text = std::fs::read_to_string("docs/fleet.md").unwrap();
    let (_, rest) = text.split_once(begin).unwrap_or_else(|| panic!("docs/fleet.md has no {begin}"));
    rest.split_once(end).unwrap().0.to_owned()
}

async fn is_kept_out(port: u16, dir: &Path) {
    let [own, other, fleet] = USERS.map(Some);
    let password = dir.join("password");
    std::fs::write(&password, own.unwrap().1).unwrap();
    let login = format!("username = \"cam-7\"\npassword_file = {password:?}");
    let mut server = Old::start(port, &["fieldcoach/+/+", "fieldcoach/+/http/+"], fleet).await;
    let everything =
        ["fieldcoach/#", "fieldcoach/cam-7/#", "fieldcoach/+/status", "fieldcoach/+/http/request", "#", "+/+/status"];
    let mut rogue = Old::start(port, &everything, other).await;
    let daemon = Daemon::start("cam-7", &format!("broker = \"mqtt://127.0.0.1:{port}\"\n{login}"));
    daemon.notes("connected", &[]).await;
    while daemon.process.get("status").await["camera"]["state"] != "streaming" {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    server.on("cam-7/status").await;
    let tell = async |who: &Old, topic: &str, payload: String| {
        who.client.publish(topic, QoS::AtLeastOnce, false, payload).await.unwrap();
    };
    // In the device's name, to it, and what it would keep.
    let capture = |id: &str| json!({ "id": id }).to_string();
    tell(&rogue, "fieldcoach/cam-7/command/capture", capture("rogue")).await;
    tell(&rogue, "fieldcoach/cam-7/status", "{\"rogue\": true}".to_owned()).await;
    tell(&rogue, "fieldcoach/cam-7/reply", capture("rogue")).await;
    tell(&rogue, "fieldcoach/cam-7/http/request", "rogue".to_owned()).await;
    rogue.client.publish("fieldcoach/cam-7/availability", QoS::AtLeastOnce, true, "offline").await.unwrap();
    // What is its own it may, so it was not kept out for another reason.
    tell(&rogue, "fieldcoach/cam-8/events", "{}".to_owned()).await;
    server.on("fieldcoach/cam-8/events").await;
    tell(&server, "fieldcoach/cam-7/command/capture", capture("fleet")).await;
    let mut heard = Vec::new();
    loop {
        let told = server.on("").await;
        let value: Value = serde_json::from_slice(&told.payload).unwrap_or_default();
        let done = value["id"] == "fleet" && told.topic == "fieldcoach/cam-7/reply";
        assert!(!done || value["ok"] == true, "{value}");
        heard.push(told);
        if done {
            break;
        }
    }
    heard.extend(server.within(Duration::from_secs(1)).await);
    for told in heard {
        let text = String::from_utf8_lossy(&told.payload);
        assert!(!text.contains("rogue") && text != "offline", "{}: {text}", told.topic);
    }
    for told in rogue.within(Duration::from_secs(1)).await {
        assert!(told.topic.starts_with("fieldcoach/cam-8/"), "it reads {}", told.topic);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn mosquitto_keeps_a_rogue_device_out() {
    let dir = folder();
    let at = |name: &str| dir.path().join(name);
    let heredoc = |file: &str| documented(&format!("sudo tee {file} >/dev/null <<'END'\n"), "END\n");
    std::fs::write(at("access"), heredoc("/etc/mosquitto/access")).unwrap();
    for (place, (user, password)) in USERS.into_iter().enumerate() {
        let create: &[&str] = if place == 0 { &["-c"] } else { &[] };
        let made =
            command("mosquitto_passwd").args(create).arg("-b").arg(at("passwords")).args([user, password]).status();
        assert!(made.unwrap().success());
    }
    let lines =
        heredoc("/etc/mosquitto/conf.d/fieldcoach.conf").replace("/etc/mosquitto", dir.path().to_str().unwrap());
    let (listener, lines) = lines.split_once('\n').unwrap();
    assert_eq!(listener, "listener 1883");
    let broker = Mosquitto::at(free_port(), lines);
    is_kept_out(broker.port, dir.path()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cluster_of_nats_keeps_a_rogue_device_out() {
    let users = format!("authorization {{\n{}", documented("\nauthorization {\n", "\n```"));
    let Some(nats) = Nats::start(3, &users) else { return };
    is_kept_out(nats.port(0), folder().path()).await;
}
