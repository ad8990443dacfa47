//! Commands over restarts: once, whatever kills the daemon; and the restart that is one.

use super::Daemon;
use super::mqtt_support::{DEADLINE, Listener, Mosquitto};
use super::process::{Process, restarted};
use rumqttc::v5::mqttbytes::QoS;
use rumqttc::v5::mqttbytes::v5::PublishProperties;
use serde_json::{Value, json};
use std::os::unix::net::UnixDatagram;
use std::path::Path;
use std::time::Duration;
use tempfile::TempDir;

impl Listener {
    fn ask(&self, name: &str, payload: &Value) {
        let topic = format!("fieldcoach/cam-7/command/{name}");
        self.client.try_publish(topic, QoS::AtLeastOnce, false, payload.to_string()).unwrap();
    }

    /// The answer to the command of this id.
    async fn answer(&mut self, id: &str) -> Value {
        loop {
            let answer = self.json("/reply").await;
            if answer["id"] == id {
                return answer;
            }
        }
    }
}

/// A daemon that died, started again.
async fn revived(dir: TempDir) -> Daemon {
    let child = restarted(dir.path()).spawn().unwrap();
    Daemon { process: Process::of(child), dir }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_command_that_was_carried_out_is_answered_and_not_carried_out_again_after_a_kill() {
    let broker = Mosquitto::start("");
    let mut listener = Listener::start(broker.port, &["fieldcoach/cam-7/reply"]).await;
    let daemon = Daemon::on(broker.port);
    daemon.notes("connected", &[]).await;
    daemon.until_streaming().await;
    let mut answers = Vec::new();
    for id in ["a", "b"] {
        listener.ask("capture", &json!({ "id": id }));
        let answer = listener.answer(id).await;
        assert_eq!(answer["ok"], true, "{answer}");
        answers.push(answer);
    }
    let Daemon { process, dir } = daemon;
    process.kill();
    // While it is away the same is asked again.
    listener.ask("capture", &json!({"id": "a"}));
    let daemon = revived(dir).await;
    assert_eq!(listener.answer("a").await, answers[0]);
    listener.ask("capture", &json!({"id": "b", "expires": "2020-01-01T00:00:00Z"}));
    assert_eq!(listener.answer("b").await, answers[1]);
    // Another id is another command.
    daemon.until_streaming().await;
    listener.ask("capture", &json!({"id": "c"}));
    let other = listener.answer("c").await;
    assert!(other["ok"] == true && other["result"] != answers[0]["result"], "{other}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_command_of_which_nobody_knows_any_more_whether_it_was_done_says_so() {
    let broker = Mosquitto::start("");
    let mut listener = Listener::start(broker.port, &["fieldcoach/cam-7/reply"]).await;
    let daemon = Daemon::on(broker.port);
    daemon.notes("connected", &[]).await;
    daemon.until_streaming().await;
    // Killed at some moment on the way, as often as it takes to hit one at which it was begun.
    let (mut daemon, mut interrupted, mut round) = (Some(daemon), false, 0);
    while !interrupted {
        assert!(round < 40, "no kill fell between the beginning of a command and its answer");
        let Daemon { process, dir } = daemon.take().unwrap();
        let ledger = dir.path().join("data/commands");
        let before = std::fs::metadata(&ledger).and_then(|found| found.modified()).ok();
        let id = format!("k{round}");
        listener.ask("capture", &json!({ "id": id }));
        while std::fs::metadata(&ledger).and_then(|found| found.modified()).ok() == before {
            std::hint::spin_loop();
        }
        process.kill();
        daemon = Some(revived(dir).await);
        // Told by itself, or asked for; once either way.
        listener.ask("capture", &json!({ "id": id }));
        let answer = listener.answer(&id).await;
        interrupted = answer["error"].as_str().is_some_and(|error| error.contains("may have been done"));
        assert!(interrupted || answer["ok"] == true, "{answer}");
        round += 1;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_out_of_date_or_retained_is_not_carried_out() {
    let broker = Mosquitto::start("");
    let mut listener = Listener::start(broker.port, &["fieldcoach/cam-7/reply"]).await;
    let daemon = Daemon::on(broker.port);
    daemon.notes("connected", &[]).await;
    let Daemon { process, dir } = daemon;
    assert!(process.terminate().success());
    // The broker lets go by itself of what expires as MQTT 5 has it; the device refuses what expires by its payload.
    let short = PublishProperties { message_expiry_interval: Some(1), ..PublishProperties::default() };
    let capture = "fieldcoach/cam-7/command/capture";
    let payload = |id: &str| json!({ "id": id }).to_string();
    let client = listener.client.clone();
    client.publish_with_properties(capture, QoS::AtLeastOnce, false, payload("short"), short).await.unwrap();
    client.publish("fieldcoach/cam-7/command/train", QoS::AtLeastOnce, true, payload("kept")).await.unwrap();
    listener.ask("capture", &json!({"id": "late", "expires": "2020-01-01T00:00:00Z"}));
    // What it is given is over by then.
    tokio::time::sleep(Duration::from_millis(2500)).await;
    listener.ask("capture", &json!({"id": "in time"}));
    let daemon = revived(dir).await;
    let mut answered = Vec::new();
    while answered.last() != Some(&"in time".to_owned()) {
        let answer = listener.json("/reply").await;
        let id = answer["id"].as_str().unwrap().to_owned();
        match id.as_str() {
            "late" => assert!(answer["error"].as_str().unwrap().contains("expired"), "{answer}"),
            "kept" => assert!(answer["error"].as_str().unwrap().contains("retain"), "{answer}"),
            _ => {}
        }
        answered.push(id);
    }
    assert!(answered.contains(&"late".to_owned()) && !answered.contains(&"short".to_owned()), "{answered:?}");
    assert_eq!(daemon.process.get("trainings").await["items"], json!([]));
}

/// What systemd would hear.
fn supervised(dir: &Path) -> (std::process::Command, UnixDatagram) {
    let at = dir.join("notify");
    let _ = std::fs::remove_file(&at);
    let socket = UnixDatagram::bind(&at).unwrap();
    let mut command = restarted(dir);
    command.env("NOTIFY_SOCKET", &at);
    (command, socket)
}

#[tokio::test(flavor = "multi_thread")]
async fn the_daemon_ends_to_be_started_again_once_and_not_where_nobody_would() {
    let broker = Mosquitto::start("");
    let mut listener = Listener::start(broker.port, &["fieldcoach/cam-7/#"]).await;
    let daemon = Daemon::on(broker.port);
    daemon.notes("connected", &[]).await;
    listener.ask("reboot-service", &json!({"id": "alone"}));
    let answer = listener.answer("alone").await;
    assert!(answer["error"].as_str().is_some_and(|why| why.contains("not started by systemd")), "{answer}");
    let Daemon { process, dir } = daemon;
    assert!(process.terminate().success());
    let (mut command, _heard) = supervised(dir.path());
    let mut process = Process::of(command.spawn().unwrap());
    let boot = process.get("status").await["boot"].clone();
    listener.ask("reboot-service", &json!({"id": "r"}));
    let answer = listener.answer("r").await;
    assert_eq!((&answer["ok"], &answer["result"]["boot"]), (&json!(true), &boot), "{answer}");
    // As the unit has it: a status of its own, by which systemd starts it again; and a clean end.
    let ended = tokio::task::spawn_blocking(move || process.ended()).await.unwrap();
    assert_eq!(ended.code(), Some(75));
    let unit = std::fs::read_to_string("systemd/fieldcoach.service").unwrap();
    assert!(unit.contains("RestartForceExitStatus=75") && unit.contains("Restart=always"));
    while listener.on("/availability").await.payload[..] != b"offline"[..] {}
    let (mut command, _heard) = supervised(dir.path());
    let process = Process::of(command.spawn().unwrap());
    listener.ask("reboot-service", &json!({"id": "r"}));
    assert_eq!(listener.answer("r").await, answer);
    // It would have ended before this is answered.
    listener.ask("capture", &json!({"id": "after"}));
    listener.answer("after").await;
    assert_eq!(process.get("status").await["boot"].as_u64(), Some(boot.as_u64().unwrap() + 1));
    assert!(process.terminate().success());
}

impl Daemon {
    /// Until its camera gives pictures.
    async fn until_streaming(&self) {
        let begun = std::time::Instant::now();
        while self.process.get("status").await["camera"]["state"] != "streaming" {
            assert!(begun.elapsed() < DEADLINE, "no picture comes");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
}
