//! The real program and a real mosquitto: nothing that must arrive is lost to a broker that is away and kills meanwhile.

mod common;
mod mqtt_support;
#[path = "common/process.rs"]
mod process;

use common::folder;
use mqtt_support::{Listener, Mosquitto, topic_of};
use process::{Process, labelled_with};
use reqwest::StatusCode;
use serde_json::{Value, json};
use std::collections::{BTreeMap, HashSet};
use std::time::{Duration, Instant};

/// What arrived on each topic, the second copies left out, and how many of those there were.
#[derive(Default)]
struct Arrived {
    topics: BTreeMap<String, Vec<Value>>,
    ids: HashSet<String>,
    twice: usize,
}

impl Arrived {
    async fn until(&mut self, listener: &mut Listener, done: impl Fn(&Self) -> bool) {
        while !done(self) {
            let publish = listener.next().await;
            let Ok(value) = serde_json::from_slice::<Value>(&publish.payload) else { continue };
            let topic = topic_of(&publish).rsplit('/').next().unwrap().to_owned();
            if self.ids.insert(value["id"].as_str().unwrap_or_default().to_owned()) {
                self.topics.entry(topic).or_default().push(value);
            } else {
                self.twice += 1;
            }
        }
    }

    fn of(&self, topic: &str, key: &str) -> Vec<Value> {
        self.topics.get(topic).into_iter().flatten().map(|value| value[key].clone()).collect()
    }
}

/// Names that a category has in turn: all that it ever had lead to it.
const NAMES: usize = 100;

/// The category `c0` was renamed again and again: the numbers of those renames that arrived.
fn renamed(arrived: &Arrived) -> Vec<usize> {
    let said = arrived.of("events", "message");
    let numbers =
        said.iter().filter_map(|text| text.as_str()?.rsplit_once("changed a category: /categories/c")?.1.parse().ok());
    numbers.collect()
}

fn mqtt(broker: &Mosquitto) -> String {
    format!("[mqtt]\nbroker = \"mqtt://127.0.0.1:{}\"\n[device]\nid = \"cam-7\"\n", broker.port)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_training_that_is_killed_while_the_broker_is_away_is_told_whole() {
    let mut broker = Mosquitto::start("");
    let more = mqtt(&broker);
    let mut listener = Listener::start(broker.port, &["fieldcoach/cam-7/#"]).await;
    let dir = folder();
    let (mut daemon, _) = labelled_with(dir.path(), &more).await;
    broker.stop();
    let id = daemon.train().await;
    for epoch in [1, 3, 5] {
        daemon.until(&id, |training| training["epoch"].as_u64() >= Some(epoch)).await;
        daemon.kill();
        daemon = Process::start_with(dir.path(), &more);
    }
    daemon.until(&id, |training| training["state"] == "done").await;
    broker.resume();
    let mut arrived = Arrived::default();
    let all: Vec<Value> = (1..=6).map(Value::from).collect();
    arrived.until(&mut listener, |a| a.of("page", "epoch").len() >= 6 && a.of("epoch", "epoch").len() >= 6).await;
    assert_eq!((arrived.of("epoch", "epoch"), arrived.of("page", "epoch")), (all.clone(), all));
    let log = daemon.get("log?limit=100").await["items"].as_array().unwrap().clone();
    let what = |event: &Value| (event["kind"].clone(), event["time"].clone(), event["message"].clone());
    let happened: HashSet<String> = log.iter().map(|event| format!("{:?}", what(event))).collect();
    arrived
        .until(&mut listener, |a| {
            let told = a.topics.get("events").into_iter().flatten();
            let told: HashSet<String> = told.map(|event| format!("{:?}", what(event))).collect();
            happened.is_subset(&told)
        })
        .await;
}

/// What is told of it lies in the same file as the change.
#[tokio::test(flavor = "multi_thread")]
async fn a_change_that_was_acknowledged_is_told_however_soon_the_kill_comes() {
    let mut broker = Mosquitto::start("");
    let more = mqtt(&broker);
    let mut listener = Listener::start(broker.port, &["fieldcoach/cam-7/events"]).await;
    let dir = folder();
    let mut daemon = Process::start_with(dir.path(), &more);
    let mut arrived = Arrived::default();
    let changes = |a: &Arrived| -> Vec<Value> {
        let events = a.topics.get("events").into_iter().flatten();
        events.filter(|event| event["kind"] == "settings_changed").map(|event| event["message"].clone()).collect()
    };
    let mut wanted = Vec::new();
    for fps in 2..=6 {
        let told = format!("local set live.fps to {fps} (was {}", if fps == 2 { 5 } else { fps - 1 });
        let patch = json!({ "live": { "fps": fps } });
        daemon.send("PATCH", "settings", patch, StatusCode::OK).await;
        if wanted.is_empty() {
            arrived.until(&mut listener, |a| !changes(a).is_empty()).await;
            broker.stop();
        }
        daemon.kill();
        wanted.push(told);
        daemon = Process::start_with(dir.path(), &more);
    }
    broker.resume();
    arrived.until(&mut listener, |a| changes(a).len() >= wanted.len()).await;
    let told = changes(&arrived);
    assert!(told.iter().zip(&wanted).all(|(told, wanted)| told.as_str().unwrap().contains(wanted)), "{told:?}");
    assert_eq!(told.len(), wanted.len());
}

/// How long the broker is away: by then the pauses between attempts are the longest.
const AWAY: Duration = Duration::from_secs(60);

#[tokio::test(flavor = "multi_thread")]
async fn after_a_minute_without_a_broker_it_is_there_again_within_half_a_minute() {
    let mut broker = Mosquitto::start("");
    let (dir, more) = (folder(), mqtt(&broker));
    let mut listener = Listener::start(broker.port, &["fieldcoach/cam-7/events"]).await;
    let daemon = Process::start_with(dir.path(), &more);
    let mut arrived = Arrived::default();
    let renamed_to = |n| json!({ "name": format!("c{n}") });
    daemon.send("POST", "categories", renamed_to(0), StatusCode::CREATED).await;
    arrived.until(&mut listener, |a| a.topics.contains_key("events")).await;
    broker.stop();
    daemon.send("PATCH", "categories/c0", renamed_to(1), StatusCode::OK).await;
    tokio::time::sleep(AWAY).await;
    broker.resume();
    let begun = Instant::now();
    arrived.until(&mut listener, |a| renamed(a) == [0]).await;
    assert!(begun.elapsed() < Duration::from_secs(30), "{:?}", begun.elapsed());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stop_while_it_is_connected_waits_for_nothing() {
    let broker = Mosquitto::start("");
    let (dir, more) = (folder(), mqtt(&broker));
    // Of the three one is quick on a machine that others hold up, unless all wait.
    let mut took = Vec::new();
    for _ in 0..3 {
        let daemon = Process::start_with(dir.path(), &more);
        while daemon.get("status").await["mqtt"]["state"] != "connected" {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        let begun = Instant::now();
        assert!(daemon.terminate().success());
        took.push(begun.elapsed());
    }
    assert!(took.iter().min().is_some_and(|least| *least < Duration::from_secs(1)), "{took:?}");
}

/// Each rename is an entry of the audit log, which is there before it is answered, and is told as an event.
#[tokio::test(flavor = "multi_thread")]
async fn no_event_is_lost_to_kills_and_a_broker_that_comes_and_goes() {
    let count: usize = std::env::var("FIELDCOACH_HARM_MESSAGES").map_or(400, |many| many.parse().unwrap());
    let mut broker = Mosquitto::start("");
    let more = mqtt(&broker);
    let mut listener = Listener::start(broker.port, &["fieldcoach/cam-7/events"]).await;
    let dir = folder();
    let mut daemon = Process::start_with(dir.path(), &more);
    daemon.send("POST", "categories", json!({ "name": "c0" }), StatusCode::CREATED).await;
    let mut arrived = Arrived::default();
    arrived.until(&mut listener, |a| a.topics.contains_key("events")).await;
    broker.stop();
    let begun = Instant::now();
    for n in 0..count {
        let next = json!({ "name": format!("c{}", (n + 1) % NAMES) });
        daemon.send("PATCH", &format!("categories/c{}", n % NAMES), next, StatusCode::OK).await;
        if n % (count / 4) == count / 8 {
            daemon.kill();
            daemon = Process::start_with(dir.path(), &more);
        }
        if n % (count / 4) == count / 5 {
            broker.resume();
            let before = arrived.of("events", "id").len();
            arrived.until(&mut listener, |a| a.of("events", "id").len() > before).await;
            broker.stop();
        }
    }
    let outbox = daemon.get("status").await["mqtt"]["outbox"].clone();
    broker.resume();
    // Counting is quick, looking at all is not.
    arrived.until(&mut listener, |a| a.topics["events"].len() > count && renamed(a).len() >= count).await;
    assert_eq!(renamed(&arrived), (0..count).map(|n| n % NAMES).collect::<Vec<_>>(), "each once, in their order");
    println!("{count} events in {:?}, {} came twice; at last {outbox}", begun.elapsed(), arrived.twice);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_broker_that_is_restarted_every_second_gets_all() {
    let restarts: usize = std::env::var("FIELDCOACH_HARM_RESTARTS").map_or(4, |many| many.parse().unwrap());
    let mut broker = Mosquitto::start("");
    let mut listener = Listener::start(broker.port, &["fieldcoach/cam-7/events"]).await;
    let dir = folder();
    let daemon = Process::start_with(dir.path(), &mqtt(&broker));
    daemon.send("POST", "categories", json!({ "name": "c0" }), StatusCode::CREATED).await;
    let mut arrived = Arrived::default();
    arrived.until(&mut listener, |a| a.topics.contains_key("events")).await;
    let mut count = 0;
    for _ in 0..restarts {
        let begun = Instant::now();
        while begun.elapsed().as_secs() < 1 {
            let next = json!({ "name": format!("c{}", count + 1) });
            daemon.send("PATCH", &format!("categories/c{count}"), next, StatusCode::OK).await;
            count += 1;
        }
        broker.stop();
        broker.resume();
    }
    arrived.until(&mut listener, |a| a.topics["events"].len() > count && renamed(a).len() >= count).await;
    assert_eq!(renamed(&arrived), (0..count).collect::<Vec<_>>(), "each once, in their order");
    println!("{count} events, {restarts} restarts, {} came twice", arrived.twice);
}
