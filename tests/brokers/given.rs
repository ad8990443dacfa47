//! The brokers and certificates that were rebuilt from public reports, where they lie beside the repository.

use super::mqtt_support::{Mosquitto, command, free_port};
use super::{AT_ONCE, DEADLINE, Daemon, folder};
use futures::stream::{self, StreamExt};
use sha2::{Digest, Sha256};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::Child;
use std::time::{Duration, Instant};

fn given() -> Option<PathBuf> {
    let given = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../shared/fixtures/cases/brokers");
    if !given.is_dir() {
        eprintln!("skipped: no {}", given.display());
        return None;
    }
    Some(given)
}

/// One of them, until it is dropped.
struct Broker(Child, u16);

impl Broker {
    fn start(script: &Path, way: &str) -> Self {
        let port = free_port();
        let child = command("python3").arg(script).args([way, &port.to_string()]).spawn().unwrap();
        let begun = Instant::now();
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            assert!(begun.elapsed() < DEADLINE, "{way} did not start");
            std::thread::sleep(Duration::from_millis(20));
        }
        Self(child, port)
    }
}

impl Drop for Broker {
    fn drop(&mut self) {
        self.0.kill().unwrap();
        self.0.wait().unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn each_way_to_refuse_is_told() {
    let Some(given) = given() else { return };
    let script = given.join("22-broker.py");
    // `old` and `hangup` refuse 3.1.1 as well; `tiny` takes what it takes.
    let refused: [(&str, &[&str]); 6] = [
        ("old", &["neither MQTT 5 nor MQTT 3.1.1"]),
        ("hangup", &["ends the connection without an answer", "mqtt.broker"]),
        ("noretain", &["retained", "retain_available"]),
        ("password", &["user name and a password", "mqtt.password_file"]),
        ("taken", &["another device", "fieldcoach-cam-7", "device.id"]),
        ("silent", &["gave no answer in time", "mqtt.broker"]),
    ];
    let script = &script;
    let tried = refused.into_iter().map(|(way, words)| async move {
        let broker = Broker::start(script, way);
        Daemon::on(broker.1).says(way, words).await;
    });
    stream::iter(tried).for_each_concurrent(AT_ONCE, |tried| tried).await;
    let broker = Broker::start(script, "tiny");
    let daemon = Daemon::on(broker.1);
    daemon.notes("packets", &["packets of 2000 bytes"]).await;
    daemon.notes("QoS", &["QoS 0"]).await;
}

/// As openssl prints it.
fn fingerprint(certificate: &Path) -> String {
    let der = pem::parse(std::fs::read(certificate).unwrap()).unwrap();
    let bytes: Vec<String> = Sha256::digest(der.contents()).iter().map(|byte| format!("{byte:02X}")).collect();
    bytes.join(":")
}

#[tokio::test(flavor = "multi_thread")]
async fn each_certificate_is_accepted_or_told_what_is_wrong_with_it() {
    let Some(given) = given() else { return };
    let dir = folder();
    let made = command("sh").arg(given.join("23-certificates.sh")).arg(dir.path()).status().unwrap();
    assert!(made.success(), "openssl is missing: run `make test`, which installs it");
    let cases: [(&str, &str, &[&str]); 5] = [
        ("good", "localhost", &[]),
        ("no-san", "localhost", &["no names", "subjectAltName"]),
        ("version-1", "localhost", &["version 1", "subjectAltName"]),
        ("name-only", "127.0.0.1", &["not for `127.0.0.1`"]),
        ("itself", "localhost", &["self-signed", "mqtt.fingerprint"]),
    ];
    for (case, host, words) in cases {
        let of = dir.path().join(case);
        let file = |name: &str| of.join(name).to_str().unwrap().to_owned();
        let broker = Mosquitto::start(&format!(
            "allow_anonymous true\ncertfile {}\nkeyfile {}",
            file("server.pem"),
            file("server.key")
        ));
        let lines = format!("broker = \"mqtts://{host}:{}\"\n", broker.port);
        let daemon = Daemon::start("cam-7", &format!("{lines}ca = {:?}", file("ca.pem")));
        if words.is_empty() {
            daemon.notes(case, &[]).await;
            continue;
        }
        daemon.says(case, words).await;
        // The one that is named is accepted, whatever hobby guides made of it.
        let pin = fingerprint(&of.join("server.pem"));
        daemon.again("cam-7", &format!("{lines}fingerprint = \"{pin}\"")).notes(case, &[]).await;
    }
}
