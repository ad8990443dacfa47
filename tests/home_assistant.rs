//! A real Home Assistant makes of the announcement what it should: entities with states, buttons that press.
//!
//! It needs Python 3.13, of which `make test` makes .deps/home-assistant where there is one (or FIELDCOACH_HOME_ASSISTANT names a
//! Python that has the package); else this is skipped, and says so.

mod mqtt_support;

use fieldcoach::domain::{BBox, DetectedObject, Detections, Event, LookId};
use mqtt_support::*;
use serde_json::Value;
use std::path::Path;
use std::process::Stdio;
use std::sync::Arc;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader, Lines};
use tokio::process::{Child, ChildStdin, ChildStdout};

struct HomeAssistant {
    _child: Child,
    orders: ChildStdin,
    answers: Lines<BufReader<ChildStdout>>,
}

impl HomeAssistant {
    /// On this broker. `None`: there is none on this machine.
    async fn start(port: u16) -> Option<Self> {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let own = || root.join(".deps/home-assistant/bin/python");
        let python = std::env::var_os("FIELDCOACH_HOME_ASSISTANT").map_or_else(own, Into::into);
        if !python.exists() {
            eprintln!("skipped: {} is not there; `make test` makes it where there is a Python 3.13", python.display());
            return None;
        }
        let mut child = tokio::process::Command::new(python)
            .arg(root.join("tests/home_assistant/hear.py"))
            .arg(port.to_string())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let (orders, answers) = (child.stdin.take().unwrap(), child.stdout.take().unwrap());
        let mut this = Self { _child: child, orders, answers: BufReader::new(answers).lines() };
        assert_eq!(this.answer().await["ready"], true);
        Some(this)
    }

    async fn answer(&mut self) -> Value {
        let line = tokio::time::timeout(DEADLINE * 2, self.answers.next_line()).await.unwrap().unwrap();
        serde_json::from_str(&line.expect("Home Assistant ended: see above")).unwrap()
    }

    /// All entities by what the unique id ends with, once the order is carried out; nothing was wrong so far.
    async fn ask(&mut self, order: &str) -> Value {
        self.orders.write_all(format!("{order}\n").as_bytes()).await.unwrap();
        let answer = self.answer().await;
        assert_eq!(answer["logged"], serde_json::json!([]), "{order}");
        answer["entities"].clone()
    }
}

fn seen(count: usize) -> Event {
    let bbox = Some(BBox::new(0.0, 0.0, 9.0, 9.0));
    let object = DetectedObject { category: "RBC".into(), bbox, score: 0.5, track: None, zone: None };
    Event::Detections(Arc::new(Detections {
        id: LookId::new(),
        taken: jiff::Timestamp::now(),
        model: MODEL.parse().unwrap(),
        camera: None,
        width: 64,
        height: 48,
        objects: vec![object; count],
        frame: None,
        milliseconds: 1.0,
    }))
}

#[tokio::test(flavor = "multi_thread")]
async fn home_assistant_shows_the_device_and_presses_its_buttons() {
    let broker = Mosquitto::start("");
    let Some(mut home) = HomeAssistant::start(broker.port).await else { return };
    let serving = Serving::start(broker.address());
    let mut listener = Listener::start(broker.port, &["fieldcoach/cam-7/#", "homeassistant/device/#"]).await;
    // Nobody looked yet: there is no count, and not 0.
    let all = home.ask("until camera=streaming").await;
    let of = |all: &Value, key: &str| -> Value {
        // A category's has a few digits more.
        let is = |id: &str| {
            id.strip_prefix("fieldcoach_cam-7_").is_some_and(|id| id == key || id.starts_with(&format!("{key}_")))
        };
        let mut found: Vec<_> = all.as_object().unwrap().iter().filter(|(id, _)| is(id)).collect();
        found.sort_by_key(|(id, _)| id.len());
        found.first().unwrap_or_else(|| panic!("{key}: {all}")).1.clone()
    };
    assert_eq!(of(&all, "count_rbc")["state"], "unavailable");
    assert_eq!(of(&all, "model")["state"], "none");
    assert_eq!(of(&all, "disk")["state"], "25.0");
    let rbc =
        all.as_object().unwrap().keys().find_map(|id| id.strip_prefix("fieldcoach_cam-7_count_")).unwrap().to_owned();
    // A count is told at most once a second; looks come all the time.
    let look = |count: usize| {
        let events = serving.events.clone();
        tokio::spawn(async move {
            loop {
                events.publish(seen(count));
                tokio::time::sleep(std::time::Duration::from_millis(100)).await;
            }
        })
    };
    let looking = look(2);
    let all = home.ask(&format!("until count_{rbc}=2")).await;
    assert_eq!(of(&all, "present_rbc")["state"], "on");
    assert_eq!(of(&all, "present_rbc")["attributes"]["device_class"], "occupancy");
    looking.abort();
    let looking = look(0);
    home.ask(&format!("until count_{rbc}=0")).await;
    home.ask(&format!("until present_{rbc}=off")).await;
    looking.abort();
    // The state of a picture is when it came.
    assert!(of(&home.ask("").await, "picture")["state"].as_str().unwrap().starts_with("20"));
    serving.events.publish(Story::new().epoch(1, 3));
    let all = home.ask("until training=training").await;
    assert_eq!((&of(&all, "progress")["state"], &of(&all, "best_ap50")["state"]), (&"10".into(), &"0.5".into()));
    home.ask("press capture").await;
    assert_eq!(listener.json("cam-7/reply").await["result"]["frame"], FRAME);
    serving.stop().await;
    let all = home.ask("until camera=unavailable").await;
    assert_eq!(of(&all, "train")["state"], "unavailable");
}
