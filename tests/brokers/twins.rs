//! Two devices with one id; buttons pressed while a device is away.

use super::mqtt_support::{Listener, Mosquitto, command, topic_of};
use super::process::labelled_with;
use super::{Daemon, folder, process::Process};
use serde_json::{Value, json};
use std::collections::BTreeSet;

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
