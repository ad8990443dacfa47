//! Two devices with one id; one device with another id than before; buttons pressed while it is away.

use super::mqtt_support::{Listener, Mosquitto, command, topic_of};
use super::process::labelled_with;
use super::{DEADLINE, Daemon, folder, process::Process};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::time::Instant;

#[tokio::test(flavor = "multi_thread")]
async fn two_devices_with_one_id_say_so_both() {
    // It gives no reason for ending a connection.
    let broker = Mosquitto::start("");
    let (one, other) = (Daemon::on(broker.port), Daemon::on(broker.port));
    let words = ["another device with the id `cam-7`", "device.id"];
    let said = |found: &Value| {
        let notes = found["mqtt"]["notes"].as_array().cloned().unwrap_or_default();
        notes.iter().chain([&found["error"]]).any(|text| super::has(text, &words))
    };
    tokio::join!(one.until("one", said), other.until("other", said));
    // With an id of its own each is let be.
    let other = other.again("cam-8", &format!("broker = \"mqtt://127.0.0.1:{}\"", broker.port));
    let quiet = |found: &Value| found["mqtt"]["state"] == "connected";
    tokio::join!(one.until("one alone", quiet), other.until("other alone", quiet));
}

/// Topics on which the broker at this port keeps something, once `done` is content with them.
async fn kept(port: u16, done: impl Fn(&BTreeSet<String>) -> bool) {
    let begun = Instant::now();
    loop {
        let output = tokio::task::spawn_blocking(move || {
            command("mosquitto_sub")
                .args(["-h", "127.0.0.1", "-p", &port.to_string(), "-t", "#", "-W", "1", "--retained-only", "-F", "%t"])
                .stdout(std::process::Stdio::piped())
                .output()
                .unwrap()
        });
        let output = output.await.unwrap();
        let topics = String::from_utf8(output.stdout).unwrap().lines().map(str::to_owned).collect();
        if done(&topics) {
            return;
        }
        assert!(begun.elapsed() < DEADLINE, "{topics:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_announced_under_another_id_or_prefix_is_taken_back() {
    let mut broker = Mosquitto::start("");
    let lines = format!("broker = \"mqtt://127.0.0.1:{}\"", broker.port);
    let has = |topics: &BTreeSet<String>, names: &[&str]| names.iter().all(|name| topics.contains(*name));
    let daemon = Daemon::start("cam-7", &lines);
    let first = ["fieldcoach/cam-7/availability", "fieldcoach/cam-7/status", "homeassistant/device/cam-7/config"];
    kept(broker.port, |topics| has(topics, &first)).await;
    // It hears of its new name while the broker is away.
    broker.stop();
    let daemon = daemon.again("cam-8", &format!("{lines}\ndiscovery_prefix = \"ha/found\""));
    broker.resume();
    let second = ["fieldcoach/cam-8/availability", "fieldcoach/cam-8/status", "ha/found/device/cam-8/config"];
    let clean = |topics: &BTreeSet<String>, of: &str| !topics.iter().any(|topic| topic.contains(of));
    kept(broker.port, |topics| has(topics, &second) && clean(topics, "cam-7")).await;
    // Only the prefix.
    let daemon = daemon.again("cam-8", &lines);
    kept(broker.port, |topics| has(topics, &["homeassistant/device/cam-8/config"]) && clean(topics, "ha/found")).await;
    // Home Assistant is heard under the prefix.
    let _daemon = daemon.again("cam-8", &format!("{lines}\ndiscovery_prefix = \"ha\""));
    kept(broker.port, |topics| has(topics, &["ha/device/cam-8/config"])).await;
    let mut listener = Listener::start(broker.port, &["ha/device/cam-8/config"]).await;
    listener.on("/config").await;
    let (qos, on) = (rumqttc::v5::mqttbytes::QoS::AtLeastOnce, "online");
    listener.client.try_publish("ha/status", qos, false, on).unwrap();
    listener.on("/config").await;
}

fn press(port: u16, name: &str, payload: &str) {
    let topic = format!("fieldcoach/cam-7/command/{name}");
    let port = port.to_string();
    let sent = command("mosquitto_pub")
        .args(["-h", "127.0.0.1", "-p", &port, "-q", "1", "-t", &topic, "-m", payload])
        .status();
    assert!(sent.expect("mosquitto_pub is missing: run `make test`, which installs it").success());
}

async fn answers(listener: &mut Listener, count: usize) -> Vec<Value> {
    let mut answers = vec![];
    while answers.len() < count {
        let publish = listener.next().await;
        if topic_of(&publish).ends_with("/reply") {
            answers.push(serde_json::from_slice(&publish.payload).unwrap());
        }
    }
    answers
}

#[tokio::test(flavor = "multi_thread")]
async fn five_presses_while_the_device_is_off_are_one() {
    let broker = Mosquitto::start("");
    let more = format!("[mqtt]\nbroker = \"mqtt://127.0.0.1:{}\"\n[device]\nid = \"cam-7\"\n", broker.port);
    let dir = folder();
    let mut listener = Listener::start(broker.port, &["fieldcoach/cam-7/reply", "fieldcoach/cam-7/status"]).await;
    let (daemon, _) = labelled_with(dir.path(), &more).await;
    // Its session is there from now on.
    listener.on("/status").await;
    assert!(daemon.terminate().success());
    for _ in 0..5 {
        press(broker.port, "train", "{}");
        press(broker.port, "capture", "{}");
    }
    let daemon = Process::start_with(dir.path(), &more);
    let answers_of_ten = answers(&mut listener, 10).await;
    let results: BTreeSet<String> = answers_of_ten.iter().map(|answer| answer["result"].to_string()).collect();
    assert!(results.len() == 2 && answers_of_ten.iter().all(|answer| answer["ok"] == true), "{answers_of_ten:#?}");
    let trainings = daemon.get("trainings").await;
    assert_eq!(trainings["items"].as_array().unwrap().len(), 1, "{trainings:#}");

    // While it is there each counts, up to the end of the queue.
    for number in 0..12 {
        press(broker.port, "train", &json!({ "id": number }).to_string());
    }
    let flood = answers(&mut listener, 12).await;
    let (taken, refused): (Vec<&Value>, Vec<&Value>) = flood.iter().partition(|answer| answer["ok"] == true);
    assert!(taken.len() <= 8 && !refused.is_empty(), "{flood:#?}");
    assert!(refused.iter().all(|answer| answer["error"].as_str().unwrap().contains("wait already")), "{refused:#?}");
    daemon.kill();
}
