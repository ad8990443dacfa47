//! Two devices with one id.

use super::Daemon;
use super::mqtt_support::Mosquitto;
use serde_json::Value;

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
