//! The broker that comes with the daemon: it is replaced when it ends or gives no answer, and told everything again.

mod common;
mod mqtt_support;

use common::Daemon;
use fieldcoach::config::Broker;
use mqtt_support::mosquitto_sub;
use rustix::process::{Pid, Signal, kill_process};
use serde_json::json;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

/// It is asked every few seconds, an answer may take ten, and then there is a pause.
const DEADLINE: Duration = Duration::from_secs(90);

/// The process that is the broker at this address.
fn process_of(address: SocketAddr) -> Pid {
    let wanted = format!("broker-child\0{address}\0");
    let numbers =
        std::fs::read_dir("/proc").unwrap().filter_map(|entry| entry.unwrap().file_name().to_str()?.parse().ok());
    let mut ours = numbers.filter(|number: &i32| {
        std::fs::read(format!("/proc/{number}/cmdline")).is_ok_and(|line| line.ends_with(wanted.as_bytes()))
    });
    Pid::from_raw(ours.next().expect("there is such a process")).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_broker_that_was_killed_or_hangs_is_replaced_and_told_again() {
    let dir = tempfile::tempdir().unwrap();
    let daemon = Daemon::start_with(dir.path(), |config| {
        config.mqtt.broker = Broker::Embedded;
        config.mqtt.listen = "127.0.0.1:0".parse().unwrap();
    })
    .await;
    let address = daemon.running.broker.unwrap();
    for (restarts, harm) in [(1, Signal::KILL), (2, Signal::STOP)] {
        assert_eq!(mosquitto_sub(address.port(), "fieldcoach/cam-7/availability", &[]).await, "online");
        let process = process_of(address);
        // Meant for the daemon, which is still to say its last words.
        for stop in [Signal::INT, Signal::TERM] {
            kill_process(process, stop).unwrap();
        }
        assert_eq!(mosquitto_sub(address.port(), "fieldcoach/cam-7/availability", &[]).await, "online");
        assert_eq!(process_of(address), process);
        kill_process(process, harm).unwrap();
        let deadline = Instant::now() + DEADLINE;
        loop {
            let part = &daemon.get("status").await["parts"]["broker"];
            if (&part["restarts"], &part["state"]) == (&json!(restarts), &json!("running")) {
                assert!(part["error"].as_str().unwrap().contains("the embedded MQTT broker"), "{part}");
                break;
            }
            assert!(Instant::now() < deadline, "{part}");
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        assert_ne!(process_of(address), process);
    }
    assert_eq!(mosquitto_sub(address.port(), "fieldcoach/cam-7/availability", &[]).await, "online");
    daemon.stop().await;
    assert!(std::net::TcpListener::bind(address).is_ok(), "it ends with the daemon");
}
