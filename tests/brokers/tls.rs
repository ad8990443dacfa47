//! Certificates, and TLS where there is none.

use super::certificates::{Authority, Shown, own, params};
use super::mqtt_support::{Mosquitto, mosquitto_sub};
use super::refusing::{Refusing, Way, connack};
use super::{AT_ONCE, Daemon, folder};
use futures::stream::{self, StreamExt};
use std::path::Path;
use std::time::{Duration, SystemTime};

async fn shows(certificate: &Shown) -> Refusing {
    Refusing::secured(Way::Accepts(connack(0, &[])), Some(certificate.acceptor())).await
}

fn lines(host: &str, port: u16, more: &str) -> String {
    format!("broker = \"mqtts://{host}:{port}\"\n{more}")
}

fn ca(dir: &Path, pem: &str) -> String {
    let path = dir.join(format!("{}.pem", uuid::Uuid::now_v7()));
    std::fs::write(&path, pem).unwrap();
    format!("ca = {:?}", path.to_str().unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_wrong_with_a_certificate_is_told_and_the_one_that_is_named_is_accepted() {
    let dir = folder();
    let (authority, other) = (Authority::new("test authority"), Authority::new("another authority"));
    let trusted = ca(dir.path(), &authority.pem);
    let at = |seconds: i64| -> SystemTime {
        let by = Duration::from_secs(seconds.unsigned_abs());
        if seconds < 0 { SystemTime::now() - by } else { SystemTime::now() + by }
    };
    let mut expired = params(&["localhost"]);
    (expired.not_before, expired.not_after) = (at(-7200).into(), at(-3600).into());
    let mut later = params(&["localhost"]);
    later.not_before = at(86_000).into();
    let itself = own(&params(&["localhost"]));
    let mut as_authority = params(&["localhost"]);
    as_authority.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
    let as_authority = own(&as_authority);
    let trusts_itself = ca(dir.path(), &as_authority.pem);
    let cases: Vec<(&str, Shown, &str, String, Vec<&str>)> = vec![
        ("good", authority.signs(&params(&["localhost"])), "localhost", trusted.clone(), vec![]),
        ("by address", authority.signs(&params(&["127.0.0.1"])), "127.0.0.1", trusted.clone(), vec![]),
        ("expired", authority.signs(&expired), "localhost", trusted.clone(), vec!["valid until", "clock", "renew"]),
        ("later", authority.signs(&later), "localhost", trusted.clone(), vec!["valid from", "set the clock"]),
        ("no name", authority.signs(&params(&[])), "localhost", trusted.clone(), vec!["no names", "subjectAltName"]),
        (
            "other names",
            authority.signs(&params(&["broker.lan", "10.0.0.7"])),
            "localhost",
            trusted.clone(),
            vec!["`broker.lan`, `10.0.0.7`", "not for `localhost`", "mqtt.broker"],
        ),
        (
            "name only",
            authority.signs(&params(&["localhost"])),
            "127.0.0.1",
            trusted.clone(),
            vec!["not for `127.0.0.1`"],
        ),
        (
            "unknown",
            other.signs(&params(&["localhost"])),
            "localhost",
            trusted.clone(),
            vec!["another authority", "mqtt.ca"],
        ),
        ("version 1", authority.signs_version_1(), "localhost", trusted.clone(), vec!["version 1", "subjectAltName"]),
        ("itself", itself, "localhost", trusted.clone(), vec!["self-signed", "mqtt.fingerprint"]),
        ("an authority itself", as_authority, "localhost", trusts_itself, vec!["self-signed", "mqtt.fingerprint"]),
    ];
    let tried = cases.into_iter().map(|(what, shown, host, trust, words)| async move {
        let broker = shows(&shown).await;
        if words.is_empty() {
            Daemon::start("cam-7", &lines(host, broker.port, &trust)).notes(what, &[]).await;
            return;
        }
        let said = Daemon::start("cam-7", &lines(host, broker.port, &trust)).says(what, &words).await;
        assert_eq!(said.contains(&shown.fingerprint()), !["expired", "later"].contains(&what), "{what}: {said}");
        // Named, it is accepted, whatever is wrong with it.
        let named = format!("fingerprint = \"SHA256 Fingerprint={}\"", shown.fingerprint());
        Daemon::start("cam-7", &lines(host, broker.port, &named)).notes(what, &[]).await;
    });
    stream::iter(tried).for_each_concurrent(AT_ONCE, |tried| tried).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn another_certificate_than_the_one_that_is_named_is_told() {
    let (one, another) = (own(&params(&["localhost"])), own(&params(&["localhost"])));
    let broker = shows(&another).await;
    let named = format!("fingerprint = \"{}\"", one.fingerprint().to_lowercase());
    let words = ["another certificate", "mqtt.fingerprint", &another.fingerprint(), &one.fingerprint()];
    Daemon::start("cam-7", &lines("localhost", broker.port, &named)).says("another", &words).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_certificate_of_tomorrow_is_accepted_once_it_is_valid() {
    let (dir, authority) = (folder(), Authority::new("test authority"));
    let mut soon = params(&["localhost"]);
    soon.not_before = (SystemTime::now() + Duration::from_secs(12)).into();
    let broker = shows(&authority.signs(&soon)).await;
    let daemon = Daemon::start("cam-7", &lines("localhost", broker.port, &ca(dir.path(), &authority.pem)));
    daemon.says("not yet", &["valid from"]).await;
    daemon.notes("valid by now", &[]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn files_that_hold_no_authority_say_what_they_hold() {
    let (dir, authority) = (folder(), Authority::new("test authority"));
    let broker = shows(&authority.signs(&params(&["localhost"]))).await;
    let file = dir.path().join("ca.pem");
    std::fs::write(&file, "").unwrap();
    let lines = lines("localhost", broker.port, &format!("ca = {:?}", file.to_str().unwrap()));
    let daemon = Daemon::start("cam-7", &lines);
    daemon.says("empty", &["mqtt.ca", "is empty"]).await;
    std::fs::write(&file, own(&params(&["x"])).key.serialize_pem()).unwrap();
    daemon.says("a key", &["mqtt.ca", "private key"]).await;
    std::fs::write(&file, own(&params(&["x"])).der).unwrap();
    daemon.says("DER", &["mqtt.ca", "-inform der"]).await;
    std::fs::write(&file, &authority.pem).unwrap();
    daemon.notes("set right", &[]).await;
}

/// A real mosquitto with this certificate; `more` follows in its configuration.
fn mosquitto(dir: &Path, shown: &Shown, more: &str) -> Mosquitto {
    std::fs::write(dir.join("server.pem"), &shown.pem).unwrap();
    std::fs::write(dir.join("server.key"), shown.key.serialize_pem()).unwrap();
    let files = dir.display();
    Mosquitto::start(&format!("allow_anonymous true\ncertfile {files}/server.pem\nkeyfile {files}/server.key\n{more}"))
}

#[tokio::test(flavor = "multi_thread")]
async fn mosquitto_with_a_certificate_of_its_own_is_pinned() {
    let dir = folder();
    let shown = own(&params(&["somewhere.else"]));
    let broker = mosquitto(dir.path(), &shown, "");
    let named = format!("fingerprint = \"{}\"", shown.fingerprint().replace(':', "").to_lowercase());
    let daemon = Daemon::start("cam-7", &lines("127.0.0.1", broker.port, &named));
    daemon.notes("pinned", &[]).await;
    let pem = dir.path().join("server.pem");
    let secure = ["--cafile", pem.to_str().unwrap(), "--insecure"];
    assert_eq!(mosquitto_sub(broker.port, "fieldcoach/cam-7/availability", &secure).await, "online");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_port_that_speaks_otherwise_is_known() {
    let dir = folder();
    let shown = own(&params(&["localhost"]));
    let plain = Mosquitto::start("");
    let secure = mosquitto(dir.path(), &shown, "");
    let asks = folder();
    let asking = mosquitto(
        asks.path(),
        &shown,
        &format!("cafile {}/server.pem\nrequire_certificate true", asks.path().display()),
    );
    let web = Refusing::start(Way::Web).await;
    let hangs_up = Refusing::start(Way::HangsUp).await;
    let fingerprint = format!("fingerprint = \"{}\"", shown.fingerprint());
    let cases = [
        (
            format!("broker = \"mqtts://127.0.0.1:{}\"\n{fingerprint}", plain.port),
            vec!["without TLS", "mqtt://127.0.0.1"],
        ),
        (format!("broker = \"mqtt://127.0.0.1:{}\"", secure.port), vec!["speaks TLS", "mqtts://127.0.0.1"]),
        (format!("broker = \"mqtts://127.0.0.1:{}\"\n{fingerprint}", web.port), vec!["speaks HTTP"]),
        (
            format!("broker = \"mqtts://127.0.0.1:{}\"\n{fingerprint}", hangs_up.port),
            vec!["does not answer as TLS does"],
        ),
        (format!("broker = \"mqtts://127.0.0.1:{}\"\n{fingerprint}", asking.port), vec!["mqtt.cert", "mqtt.key"]),
        (format!("broker = \"mqtt://127.0.0.1:{}\"\n{fingerprint}", plain.port), vec!["mqtt.fingerprint", "mqtts://"]),
    ];
    let tried = cases.into_iter().map(|(lines, words)| async move {
        Daemon::start("cam-7", &lines).says(&lines, &words).await;
    });
    stream::iter(tried).for_each_concurrent(AT_ONCE, |tried| tried).await;
}
