//! Each way to refuse, in words.

use super::mqtt_support::free_port;
use super::refusing::{Refusing, Way, connack, old_connack};
use super::{AT_ONCE, Daemon, folder};
use fieldcoach::mqtt::Address;
use fieldcoach::mqtt::account::Account;
use fieldcoach::mqtt::outbox::Outbox;
use fieldcoach::mqtt::payload::Stamp;
use fieldcoach::mqtt::session::{Happening, Link};
use futures::stream::{self, StreamExt};

/// What a broker does, and words that tell the cause and what to change.
fn cases() -> Vec<(&'static str, Way, &'static [&'static str])> {
    let says = |code: u8, text: &str| {
        let length = text.len() as u8;
        connack(code, &[&[0x1f, 0, length][..], text.as_bytes()].concat())
    };
    let moved = [&[0x1c, 0, 11][..], b"b2.lan:1883"].concat();
    vec![
        ("bad password", Way::Answers(connack(0x86, &[])), &["user name and a password", "mqtt.password_file"]),
        ("not authorised", Way::Answers(connack(0x87, &[])), &["mqtt.username", "mqtt.password_file"]),
        ("bad password, 3.1.1", Way::Both(old_connack(1), old_connack(4)), &["mqtt.password_file"]),
        ("not authorised, 3.1.1", Way::Both(vec![], old_connack(5)), &["mqtt.password_file"]),
        ("client id", Way::Answers(connack(0x85, &[])), &["fieldcoach-cam-7", "device.id"]),
        ("unavailable", Way::Answers(connack(0x88, &[])), &["not available", "tried again"]),
        ("busy, in its own words", Way::Answers(says(0x89, "come back at noon")), &["busy", "come back at noon"]),
        ("banned", Way::Answers(connack(0x8a, &[])), &["banned", "fieldcoach-cam-7"]),
        ("quota", Way::Answers(connack(0x97, &[])), &["quota"]),
        ("moved", Way::Answers(connack(0x9d, &moved)), &["set mqtt.broker to b2.lan:1883"]),
        ("rate", Way::Answers(connack(0x9f, &[])), &["too fast"]),
        ("a code of tomorrow", Way::Answers(connack(0xc3, &[])), &["0xC3"]),
        ("no version", Way::Both(connack(0x84, &[]), old_connack(1)), &["neither MQTT 5 nor MQTT 3.1.1"]),
        ("retained, whatever is asked", Way::Answers(connack(0x9a, &[])), &["retained", "retain_available"]),
        ("QoS, whatever is asked", Way::Answers(connack(0x9b, &[])), &["QoS 1", "max_qos"]),
        ("taken over", Way::Ends(vec![0xe0, 1, 0x8e]), &["another device", "fieldcoach-cam-7", "device.id"]),
        ("taken over, without a word", Way::Ends(vec![]), &["times in a row", "fieldcoach-cam-7", "device.id"]),
        ("shut down", Way::Ends(vec![0xe0, 2, 0x8b, 0]), &["shutting down"]),
        ("packet too large", Way::Ends(vec![0xe0, 1, 0x95]), &["max_packet_size"]),
        ("hangs up", Way::HangsUp, &["ends the connection without an answer", "mqtt.broker"]),
        ("silent", Way::Silent, &["gave no answer in time", "mqtt.broker"]),
        ("HTTP", Way::Web, &["speaks HTTP", "1883"]),
        ("HTTP, to whatever comes", Way::Answers(b"HTTP/1.1 400 Bad Request\r\n\r\n".to_vec()), &["speaks HTTP"]),
        ("not MQTT", Way::Answers(b"SSH-2.0-OpenSSH_9.2\r\n".to_vec()), &["not MQTT", "SSH-2.0"]),
        ("half an answer", Way::Answers(vec![0x20, 3, 0]), &["without an answer"]),
        ("an answer that is none", Way::Answers(vec![0x20, 3, 0, 0, 9]), &["not MQTT"]),
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn each_refusal_names_the_cause_and_what_to_change() {
    let tried = cases().into_iter().map(|(what, way, words)| async move {
        let broker = Refusing::start(way).await;
        Daemon::on(broker.port).says(what, words).await;
    });
    stream::iter(tried).for_each_concurrent(AT_ONCE, |tried| tried).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_that_leads_nowhere_says_why() {
    let closed = free_port();
    let cases = [
        (format!("mqtt://127.0.0.1:{closed}"), vec!["nothing listens at 127.0.0.1", "mqtt.broker"]),
        ("mqtt://no-such-host.invalid:1883".to_owned(), vec!["no-such-host.invalid", "mqtt.broker"]),
        ("mqtt://broker.fieldcoach-test.local".to_owned(), vec!["broker.fieldcoach-test.local", "mDNS"]),
        (format!("mqtt://[::1]:{closed}"), vec!["[::1]", "mqtt.broker"]),
    ];
    let tried = cases.into_iter().map(|(broker, words)| async move {
        Daemon::start("cam-7", &format!("broker = \"{broker}\"")).says(&broker, &words).await;
    });
    stream::iter(tried).for_each_concurrent(AT_ONCE, |tried| tried).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_wrong_with_a_file_is_told_and_set_right_without_a_restart() {
    let (dir, broker) = (folder(), Refusing::start(Way::Accepts(connack(0, &[]))).await);
    let file = dir.path().join("password");
    let more = format!(
        "broker = \"mqtt://127.0.0.1:{}\"\nusername = \"cam\"\npassword_file = {:?}",
        broker.port,
        file.to_str().unwrap()
    );
    let daemon = Daemon::start("cam-7", &more);
    daemon.says("no file", &["mqtt.password_file", "password"]).await;
    for (bytes, words) in [(&b"\r\n"[..], "is empty"), (b"a\nb\n", "more than one line"), (b"\xe4", "UTF-8")] {
        std::fs::write(&file, bytes).unwrap();
        daemon.says(words, &["mqtt.password_file", words]).await;
        daemon.logs(&["mqtt.password_file", words]).await;
    }
    std::fs::write(&file, b"\xef\xbb\xbfsecret\r\n").unwrap();
    daemon.notes("set right", &[]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn pauses_between_attempts_grow() {
    let broker = Refusing::start(Way::Answers(connack(0x86, &[]))).await;
    let address = Address { host: "127.0.0.1".to_owned(), port: broker.port, tls: false };
    let mut link = Link::new(&Account::anonymous(address), &Stamp::new("cam-7"), Outbox::new(1_000_000));
    for attempts in 1..=4 {
        let Happening::Lost { pause, .. } = link.next().await else { panic!("it is refused") };
        let nominal = 0.5 * f64::from(1 << (attempts - 1));
        assert!((nominal / 2.0..=nominal).contains(&pause.as_secs_f64()), "{pause:?} after {attempts}");
        assert_eq!(broker.connections(), attempts as usize);
    }
}
