//! Brokers that take less than MQTT 5 has: what must arrive arrives all the same, and what does not is told.

use super::mqtt_support::{Listener, Mosquitto, Serving, Story, jpeg, mosquitto_sub, topic_of};
use super::process::Process;
use super::refusing::{Refusing, Way, connack, old_connack};
use super::{Daemon, folder};
use fieldcoach::domain::{Concession, Event, FleetEvent, FleetEventKind};
use fieldcoach::mqtt::Address;
use fieldcoach::store::{Options, Store};
use jiff::Timestamp;
use rumqttc::v5::mqttbytes::QoS;
use serde_json::{Value, json};
use std::collections::HashSet;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

fn at(port: u16) -> Address {
    Address { host: "127.0.0.1".to_owned(), port, tls: false }
}

/// The store of a daemon that was stopped.
fn stored(dir: &Path) -> Store {
    Store::open(Options { dir: dir.join("data"), budget: 1 << 30, reserve: 0 }).unwrap()
}

/// Everything that the door does, on a broker that does not speak MQTT 5.
async fn works_in_3_1_1(refusal: Option<Vec<u8>>) {
    let mut broker = Mosquitto::start("");
    let old = Refusing::start(Way::Old(refusal, broker.port)).await;
    let mut listener = Listener::start(broker.port, &["fieldcoach/cam-7/#"]).await;
    let serving = Serving::start(at(old.port));
    let story = Story::new();
    let topic = format!("/training/{}/epoch", story.training);
    // What happens before, during and after the way to 3.1.1, and while the broker is away.
    let (mut epochs, mut ids) = (Vec::new(), HashSet::new());
    for (until, away) in [(40, false), (120, true), (160, false)] {
        if away {
            broker.stop();
        }
        for epoch in epochs.len() as u32 + 1..=until {
            serving.events.publish(story.epoch(epoch, 1));
        }
        if away {
            broker.resume();
        }
        while epochs.last() != Some(&json!(until)) {
            let value = listener.json(&topic).await;
            if ids.insert(value["id"].clone()) {
                epochs.push(value["epoch"].clone());
            }
        }
        assert_eq!(epochs, (1..=until).map(Value::from).collect::<Vec<_>>());
    }
    // The newest frame, and what is retained.
    while listener.on("/flipbook/frame").await.payload != jpeg(160) {}
    assert_eq!(mosquitto_sub(broker.port, "fieldcoach/cam-7/availability", &[]).await, "online");
    let announced = mosquitto_sub(broker.port, "homeassistant/device/cam-7/config", &[]).await;
    assert!(serde_json::from_str::<Value>(&announced).unwrap()["cmps"]["train"].is_object());
    // A command, answered where there are no response topics.
    listener.client.try_publish("fieldcoach/cam-7/command/capture", QoS::AtLeastOnce, false, r#"{"id": "c"}"#).unwrap();
    let answer = listener.json("/reply").await;
    assert_eq!((&answer["id"], &answer["ok"]), (&json!("c"), &json!(true)));
    serving.cut().await;
    while listener.on("/availability").await.payload != "offline" {}
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_lost_on_the_way_to_a_broker_that_refuses_mqtt_5() {
    works_in_3_1_1(Some(old_connack(1))).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_lost_on_the_way_to_a_broker_that_hangs_up_on_mqtt_5() {
    works_in_3_1_1(None).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_lost_on_the_way_to_a_broker_that_knows_the_code_for_it() {
    works_in_3_1_1(Some(connack(0x84, &[]))).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_version_is_told_and_5_is_not_asked_again_at_each_connect() {
    let mut broker = Mosquitto::start("");
    let old = Refusing::start(Way::Old(Some(old_connack(1)), broker.port)).await;
    let daemon = Daemon::on(old.port);
    let mqtt = daemon.notes("3.1.1", &["MQTT 3.1.1", "/reply"]).await;
    assert_eq!(mqtt["protocol"], "3.1.1");
    assert_eq!(old.connections(), 2);
    broker.kill();
    daemon.until("lost", |found| found["mqtt"]["state"] == "connecting").await;
    broker.resume();
    daemon.notes("again", &["MQTT 3.1.1"]).await;
    let direct = Daemon::start("cam-9", &format!("broker = \"mqtt://127.0.0.1:{}\"", broker.port));
    let mqtt = direct.notes("5", &[]).await;
    assert_eq!((&mqtt["protocol"], &mqtt["notes"]), (&json!("5"), &json!([])));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_broker_speaks_is_known_after_a_restart_and_asked_again_when_the_day_is_over() {
    let broker = Mosquitto::start("");
    let old = Refusing::start(Way::Old(Some(old_connack(1)), broker.port)).await;
    let port = old.port;
    let lines = format!("broker = \"mqtt://127.0.0.1:{port}\"");
    let daemon = Daemon::on(port);
    let told = daemon.notes("3.1.1", &["MQTT 3.1.1"]).await["asked_again"].clone();
    let in_a_day = told.as_str().unwrap().parse::<Timestamp>().unwrap().duration_since(Timestamp::now());
    assert!((23..=24).contains(&in_a_day.as_hours()), "{told}");
    assert_eq!(old.connections(), 2);
    let daemon = daemon.again("cam-7", &lines);
    let again = daemon.notes("3.1.1 after a restart", &["MQTT 3.1.1"]).await["asked_again"].clone();
    assert_eq!(old.connections(), 3, "5 was asked again");
    let moved =
        again.as_str().unwrap().parse::<Timestamp>().unwrap().duration_since(told.as_str().unwrap().parse().unwrap());
    assert!(moved.abs().as_secs() < 60, "the day began anew: {told}, {again}");
    // It is brought up to date, and the day ends.
    let Daemon { process, dir } = daemon;
    assert!(process.terminate().success());
    old.end().await;
    let new = Mosquitto::at(port, "");
    let ends = |until: Timestamp| {
        let store = stored(dir.path());
        let known = store.concessions().unwrap();
        assert_eq!(known.len(), 1, "{known:?}");
        store.put_concessions(&[Concession { until, ..known[0].clone() }]).unwrap();
    };
    ends(Timestamp::now() + Duration::from_secs(2));
    let process = Process::start_with(dir.path(), &format!("[device]\nid = \"cam-7\"\n[mqtt]\n{lines}\n"));
    let daemon = Daemon { process, dir };
    let mqtt = daemon.until("5", |found| found["mqtt"]["protocol"] == "5").await["mqtt"].clone();
    assert_eq!((&mqtt["notes"], &mqtt["asked_again"]), (&json!([]), &Value::Null));
    let Daemon { process, dir } = daemon;
    assert!(process.terminate().success());
    let store = stored(dir.path());
    assert_eq!(store.concessions().unwrap(), []);
    drop(new);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_broker_without_retained_messages_is_told_without() {
    let broker = Mosquitto::start("allow_anonymous true\nretain_available false");
    let mut listener = Listener::start(broker.port, &["fieldcoach/cam-7/#", "homeassistant/device/#"]).await;
    let daemon = Daemon::on(broker.port);
    daemon.notes("no retained messages", &["keeps no messages", "retain_available"]).await;
    listener.on("/config").await;
    listener.on("/status").await;
    // Who comes later asks.
    listener.client.try_publish("homeassistant/status", QoS::AtLeastOnce, false, "online").unwrap();
    assert_eq!(listener.on("/availability").await.payload, "online");
    listener.on("/config").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_broker_that_acknowledges_nothing_gets_everything() {
    let broker = Mosquitto::start("allow_anonymous true\nmax_qos 0");
    let mut listener = Listener::start(broker.port, &["fieldcoach/cam-7/#"]).await;
    let daemon = Daemon::on(broker.port);
    daemon.notes("QoS 0", &["QoS 0", "can't be promised", "max_qos"]).await;
    daemon.until("all read", |found| found["mqtt"]["outbox"]["waiting"] == 0).await;
    let serving = Serving::start(Address { host: "localhost".to_owned(), ..at(broker.port) });
    drop(daemon);
    for number in 0..100 {
        serving.events.publish(Event::Fleet(FleetEvent::new(FleetEventKind::DiskLow, number.to_string())));
    }
    let (mut told, mut ids) = (Vec::new(), HashSet::new());
    while told.len() < 100 {
        let event = listener.json("/events").await;
        if event["kind"] == "disk_low" && ids.insert(event["id"].clone()) {
            told.push(event["message"].as_str().unwrap().parse::<u32>().unwrap());
        }
    }
    assert_eq!(told, (0..100).collect::<Vec<_>>());
    serving.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn messages_fit_the_broker_s_limit_and_what_can_t_is_told() {
    let broker = Mosquitto::start("allow_anonymous true\nmax_packet_size 2000");
    let daemon = Daemon::on(broker.port);
    daemon.notes("a limit", &["2000 bytes at most", "max_packet_size"]).await;
    daemon.notes("not announced", &["homeassistant/device/cam-7/config is not sent", "2000 bytes"]).await;
    drop(daemon);
    let serving = Serving::start(at(broker.port));
    let mut listener = Listener::start(broker.port, &["fieldcoach/cam-7/#"]).await;
    let story = Story::new();
    serving.events.publish(story.epoch(1, 1000));
    let (mut page, mut frame) = (None, None);
    while page.is_none() || frame.is_none() {
        let publish = listener.next().await;
        assert!(publish.payload.len() < 2000);
        if topic_of(&publish).ends_with("/flipbook/page") {
            page = Some(serde_json::from_slice::<Value>(&publish.payload).unwrap());
        } else if topic_of(&publish).ends_with("/flipbook/frame") {
            frame = Some(publish.payload);
        }
    }
    let page = page.unwrap();
    assert_eq!((&page["truncated"], &page["epoch"]), (&json!(true), &json!(1)));
    assert!(image::load_from_memory(&frame.unwrap()).is_ok());
    serving.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_limit_that_the_broker_can_t_tell_is_found() {
    // In 3.1.1 it closes at a packet that is too large, without a word.
    let broker = Mosquitto::start("allow_anonymous true\nmax_packet_size 40000");
    let old = Refusing::start(Way::Old(Some(old_connack(1)), broker.port)).await;
    let serving = Serving::start(at(old.port));
    let mut listener =
        Listener::start(broker.port, &["fieldcoach/cam-7/flipbook/page", "fieldcoach/cam-7/events"]).await;
    serving.events.publish(Story::new().epoch(1, 5000));
    serving.events.publish(Event::Fleet(FleetEvent::new(FleetEventKind::DiskLow, "after it")));
    let (mut page, mut event) = (None, None);
    while page.is_none() || event.is_none() {
        let publish = listener.next().await;
        let body = serde_json::from_slice::<Value>(&publish.payload).unwrap();
        if topic_of(&publish).ends_with("/page") { page = Some(body) } else { event = Some(body) }
    }
    let page = page.unwrap();
    assert_eq!((&page["truncated"], &page["epoch"]), (&json!(true), &json!(1)));
    assert_eq!(event.unwrap()["message"], "after it");
    serving.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_broker_s_receive_maximum_and_keep_alive_are_kept_to() {
    // One message under way at once, and a sign of life every two seconds.
    let broker = Mosquitto::start("allow_anonymous true\nmax_inflight_messages 1\nmax_keepalive 10");
    let serving = Serving::start(at(broker.port));
    let mut listener = Listener::start(broker.port, &["fieldcoach/cam-7/#"]).await;
    for number in 0..50 {
        serving.events.publish(Event::Fleet(FleetEvent::new(FleetEventKind::DiskLow, number.to_string())));
    }
    for number in 0..50 {
        assert_eq!(listener.json("/events").await["message"], json!(number.to_string()));
    }
    serving.stop().await;
    let quick = Refusing::start(Way::Accepts(connack(0, &[0x21, 0, 2, 0x13, 0, 1]))).await;
    let daemon = Daemon::on(quick.port);
    daemon.notes("kept to", &[]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_full_broker_does_not_take_is_sent_again() {
    let full = Arc::new(AtomicUsize::new(3));
    let broker = Refusing::start(Way::Denies(0x97, full.clone())).await;
    let daemon = Daemon::on(broker.port);
    let taken = |found: &Value| found["mqtt"]["outbox"]["waiting"] == 0 && full.load(Ordering::Relaxed) == 0;
    let status = daemon.until("all taken", taken).await;
    assert_eq!((&status["mqtt"]["outbox"]["dropped"], &status["mqtt"]["notes"]), (&json!(0), &json!([])));
    assert!(broker.connections() > 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_topic_that_a_device_may_not_write_is_told_with_what_to_allow() {
    let dir = folder();
    let rules = dir.path().join("rules");
    std::fs::write(&rules, "topic readwrite fieldcoach/#\n").unwrap();
    let broker = Mosquitto::start(&format!("allow_anonymous true\nacl_file {}", rules.display()));
    let daemon = Daemon::on(broker.port);
    // This one keeps its sessions, and so ends the connection at it: as mosquitto does where Debian's package set it up.
    daemon.notes("no discovery", &["homeassistant/device/cam-7/config", "homeassistant/#", "mqtt.username"]).await;
    let told = |found: &Value| found["mqtt"]["state"] == "connected" && found["mqtt"]["outbox"]["waiting"] == 0;
    let status = daemon.until("all else is told", told).await;
    assert_eq!(status["mqtt"]["notes"].as_array().unwrap().len(), 1, "{status}");
    assert_eq!(mosquitto_sub(broker.port, "fieldcoach/cam-7/availability", &[]).await, "online");
}
