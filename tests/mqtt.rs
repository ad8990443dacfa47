//! The MQTT door against a real mosquitto and against the embedded broker.

mod mqtt_support;

use fieldcoach::domain::{Event, FleetEvent, FleetEventKind};
use fieldcoach::mqtt::Address;
use fieldcoach::mqtt::account::Account;
use fieldcoach::mqtt::embedded::Broker;
use fieldcoach::mqtt::outbox::Outbox;
use fieldcoach::mqtt::payload::Stamp;
use fieldcoach::mqtt::session::Link;
use fieldcoach::mqtt::topics::Topic;
use futures::FutureExt;
use mqtt_support::*;
use rumqttc::v5::mqttbytes::QoS;
use rumqttc::v5::mqttbytes::v5::{Publish, PublishProperties};
use serde_json::{Value, json};
use std::collections::HashSet;
use std::time::Instant;

async fn embedded_broker() -> (Broker, Address) {
    let any = "127.0.0.1:0".parse().unwrap();
    let broker = Broker::start(env!("CARGO_BIN_EXE_fieldcoach").as_ref(), any).await.unwrap();
    let address = Address { host: broker.address.ip().to_string(), port: broker.address.port(), tls: false };
    (broker, address)
}

/// A training's epochs reach a listener as the contract says; who comes late gets what is retained.
async fn tells_of_a_training(address: Address) {
    let port = address.port;
    let serving = Serving::start(address);
    let mut listener = Listener::start(port, &["fieldcoach/cam-7/#"]).await;
    assert_eq!(listener.on("/availability").await.payload, "online");
    let story = Story::new();
    serving.events.publish(story.epoch(1, 3));

    let epoch = listener.json(&format!("cam-7/training/{}/epoch", story.training)).await;
    assert_eq!((&epoch["epoch"], &epoch["experiments"][0]["metrics"]["ap50"]), (&json!(1), &json!(0.5)));
    let page = listener.json("cam-7/flipbook/page").await;
    assert_eq!(
        (&page["score"], &page["split"], &page["device"]),
        (&json!(0.75), &json!("validation"), &json!("cam-7"))
    );
    assert_eq!(page["predictions"].as_array().unwrap().len(), 3);
    let frame = listener.on("cam-7/flipbook/frame").await;
    assert_eq!(frame.payload, jpeg(1));

    // Plain mosquitto_sub, in MQTT 3.1.1 as it speaks by default, and in MQTT 5.
    for version in ["mqttv311", "mqttv5"] {
        let training: Value =
            serde_json::from_str(&mosquitto_sub(port, "fieldcoach/cam-7/training", &["-V", version]).await).unwrap();
        assert_eq!((&training["state"], &training["epoch"]), (&json!("training"), &json!(1)));
        assert_eq!(training["experiments"], json!({"running": 1, "all": 1}));
        assert_eq!(training["best"]["metrics"]["ap50"], 0.5);
        let status: Value =
            serde_json::from_str(&mosquitto_sub(port, "fieldcoach/cam-7/status", &["-V", version]).await).unwrap();
        assert_eq!((&status["camera"]["state"], &status["outbox"]["dropped"]), (&json!("streaming"), &json!(0)));
        let announced = mosquitto_sub(port, "homeassistant/device/cam-7/config", &["-V", version]).await;
        assert!(serde_json::from_str::<Value>(&announced).unwrap()["cmps"]["flipbook"].is_object());
        assert_eq!(mosquitto_sub(port, "fieldcoach/cam-7/availability", &["-V", version]).await, "online");
    }
    serving.cut().await;
    assert_eq!(listener.on("/availability").await.payload, "offline");
}

/// A command is answered, with correlation data where asked for; nonsense is answered, too.
async fn answers_commands(address: Address) {
    let port = address.port;
    let serving = Serving::start(address);
    let mut listener =
        Listener::start(port, &["fieldcoach/cam-7/reply", "fieldcoach/cam-7/status", "answers/me"]).await;
    // The status goes out after the subscription to commands.
    listener.on("/status").await;
    let send = |name: &str, payload: &str, properties: PublishProperties| {
        let topic = format!("fieldcoach/cam-7/command/{name}");
        listener
            .client
            .try_publish_with_properties(topic, QoS::AtLeastOnce, false, payload.to_owned(), properties)
            .unwrap();
    };
    let asked = PublishProperties {
        response_topic: Some("answers/me".to_owned()),
        correlation_data: Some("4711".into()),
        ..PublishProperties::default()
    };
    send("capture", r#"{"id": "c-1"}"#, asked);
    send("capture", r#"{"id": "c-2"}"#, PublishProperties::default());
    let mut answers = HashSet::new();
    while answers.len() < 2 {
        let publish = listener.next().await;
        if topic_of(&publish).ends_with("/status") {
            continue;
        }
        let answer: Value = serde_json::from_slice(&publish.payload).unwrap();
        assert_eq!((&answer["ok"], &answer["result"]["frame"]), (&json!(true), &json!(FRAME)));
        let correlation = publish.properties.as_ref().and_then(|properties| properties.correlation_data.clone());
        match answer["id"].as_str().unwrap() {
            "c-1" => assert_eq!((topic_of(&publish), correlation.as_deref()), ("answers/me", Some(&b"4711"[..]))),
            "c-2" => assert_eq!((topic_of(&publish), correlation), ("fieldcoach/cam-7/reply", None)),
            other => panic!("{other}"),
        }
        answers.insert(answer["id"].clone());
    }
    for (name, payload, expected) in [("dance", "{}", "no command `dance`"), ("train", "{", "not JSON")] {
        let topic = format!("fieldcoach/cam-7/command/{name}");
        listener.client.try_publish(topic, QoS::AtLeastOnce, false, payload).unwrap();
        let answer = listener.json("/reply").await;
        assert_eq!((&answer["ok"], &answer["command"]), (&json!(false), &json!(name)));
        assert!(answer["error"].as_str().unwrap().contains(expected), "{answer}");
    }
    serving.stop().await;
}

#[test]
fn what_the_document_does_not_allow_is_noticed() {
    let event = json!({"id": "01980000-0000-7000-8000-000000000003", "time": "2026-01-01T12:00:00Z", "device": "cam-7",
        "kind": "disk_low", "message": "full"});
    let with = |key: &str, value: Value| {
        let mut event = event.clone();
        event[key] = value;
        event
    };
    for (topic, payload, fault) in [
        ("cam-7/events", event.to_string(), None),
        ("cam-7/weather", event.to_string(), Some("no such topic")),
        ("cam-7/events", with("wind", json!(3)).to_string(), Some("wind")),
        ("cam-7/events", with("kind", json!("storm")).to_string(), Some("storm")),
        ("cam-7/events", with("time", json!("noon")).to_string(), Some("noon")),
        ("cam-7/availability", "perhaps".to_owned(), Some("perhaps")),
        ("cam-7/flipbook/frame", "perhaps".to_owned(), Some("no JPEG")),
        ("cam-7/reply", with("command", json!("dance")).to_string(), Some("ok")),
    ] {
        let found = contract::printed(&format!("fieldcoach/{topic}"), payload.as_bytes());
        match fault {
            None => assert_eq!(found, None),
            Some(fault) => assert!(found.as_ref().is_some_and(|found| found.contains(fault)), "{payload}: {found:?}"),
        }
    }
}

#[test]
fn the_document_allows_what_is_understood_and_nothing_else() {
    let model = "01980000-0000-7000-8000-000000000002";
    for (name, body) in [
        ("train", json!({})),
        ("train", json!({"id": 7, "from": "base", "experiments": 3, "epochs": 9, "minutes": 1.5, "categories": ["a"]})),
        ("train", json!({"camera": "door"})),
        ("train", json!({"epoch": 3})),
        ("train", json!({"epochs": "many"})),
        ("cancel", json!({"training": model})),
        ("cancel", json!({})),
        ("deploy", json!({"model": model, "camera": "door"})),
        ("deploy", json!({"model": model, "camera": null})),
        ("deploy", json!({"model": "x"})),
        ("rollback", json!({})),
        ("rollback", json!({"model": model})),
        ("capture", json!({"id": "c-1", "camera": "door"})),
        ("capture", json!({"camera": "Door!"})),
        ("capture", json!({"expires": "2026-01-01T12:00:00Z"})),
        ("set", json!({"live": {"fps": 3}})),
    ] {
        let mut fields = body.as_object().unwrap().clone();
        fields.remove("id");
        fields.remove("expires");
        let understood = fieldcoach::mqtt::command::parse(name, fields);
        assert_eq!(understood.is_ok(), contract::allows(name, &body), "{name} {body}: {understood:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn mosquitto_is_told_of_a_training() {
    let broker = Mosquitto::start("");
    tells_of_a_training(broker.address()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_embedded_broker_is_told_of_a_training() {
    let (_broker, address) = embedded_broker().await;
    tells_of_a_training(address).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn commands_over_mosquitto_are_answered() {
    let broker = Mosquitto::start("");
    answers_commands(broker.address()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn commands_over_the_embedded_broker_are_answered() {
    let (_broker, address) = embedded_broker().await;
    answers_commands(address).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_lost_while_the_broker_is_away() {
    let mut broker = Mosquitto::start("");
    let serving = Serving::start(broker.address());
    let mut listener = Listener::start(broker.port, &["fieldcoach/cam-7/#"]).await;
    let story = Story::new();
    let topic = format!("/training/{}/epoch", story.training);
    let mut epochs = Vec::new();
    let mut ids = HashSet::new();
    for (until, away) in [(20, false), (120, true), (220, true)] {
        if away {
            broker.stop();
        }
        // More than one window of the client, and state that only counts in its newest form.
        for epoch in epochs.len() as u32 + 1..=until {
            serving.events.publish(story.epoch(epoch, 1));
        }
        if away {
            broker.resume();
        }
        while epochs.last() != Some(&json!(until)) {
            let value = listener.json(&topic).await;
            // At least once: a second copy has the same id.
            if ids.insert(value["id"].clone()) {
                epochs.push(value["epoch"].clone());
            }
        }
        assert_eq!(epochs, (1..=until).map(Value::from).collect::<Vec<_>>());
    }
    // It may be on its way still: it has a topic of its own.
    let begun = Instant::now();
    loop {
        let state = mosquitto_sub(broker.port, "fieldcoach/cam-7/training", &[]).await;
        if serde_json::from_str::<Value>(&state).unwrap()["epoch"] == 220 {
            break;
        }
        assert!(begun.elapsed() < DEADLINE, "{state}");
    }
    serving.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_broker_that_forgot_everything_is_told_again() {
    let mut broker = Mosquitto::start("");
    let serving = Serving::start(broker.address());
    serving.events.publish(Story::new().epoch(1, 1));
    mosquitto_sub(broker.port, "fieldcoach/cam-7/flipbook/frame", &["-F", "%l"]).await;
    broker.kill();
    // There is no such file where the broker had no time to write it.
    let _ = std::fs::remove_file(broker.dir.path().join("mosquitto.db"));
    broker.resume();
    for topic in ["availability", "status", "training", "flipbook/frame"] {
        mosquitto_sub(broker.port, &format!("fieldcoach/cam-7/{topic}"), &["-F", "%l"]).await;
    }
    mosquitto_sub(broker.port, "homeassistant/device/cam-7/config", &["-F", "%l"]).await;
    serving.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_clean_stop_delivers_what_is_left_and_says_offline() {
    let broker = Mosquitto::start("");
    let serving = Serving::start(broker.address());
    let mut listener = Listener::start(broker.port, &["fieldcoach/cam-7/#"]).await;
    assert_eq!(listener.on("/availability").await.payload, "online");
    for number in 0..100 {
        let event = FleetEvent::new(FleetEventKind::DiskLow, number.to_string());
        serving.events.publish(Event::Fleet(event));
    }
    // The stop comes while they are on their way.
    serving.stop().await;
    for number in 0..100 {
        let event = listener.json("/events").await;
        assert_eq!((&event["message"], &event["kind"]), (&json!(number.to_string()), &json!("disk_low")));
    }
    assert_eq!(listener.on("/availability").await.payload, "offline");
}

#[tokio::test]
async fn a_stop_without_a_connection_waits_for_nothing() {
    let nobody = Account::anonymous(Address { host: "127.0.0.1".into(), port: 1, tls: false });
    let stamp = Stamp::new("cam-7");
    let mut link = Link::new(&nobody, &stamp, Outbox::new(1_000_000));
    link.send(stamp.bare(Topic::Events, "waits".into(), "text/plain", &[]));
    assert_eq!(link.fill().waiting, 1);
    assert!(link.close().now_or_never().is_some(), "it is done at once, by no clock");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_large_page_is_shortened() {
    let broker = Mosquitto::start("");
    let serving = Serving::start(broker.address());
    let mut listener = Listener::start(broker.port, &["fieldcoach/cam-7/#"]).await;
    listener.on("/status").await;
    serving.events.publish(Story::new().epoch(1, 5_000));
    let page = listener.on("/flipbook/page").await;
    assert!(page.payload.len() < 128_000, "{} bytes", page.payload.len());
    let page: Value = serde_json::from_slice(&page.payload).unwrap();
    assert_eq!((&page["truncated"], &page["epoch"]), (&json!(true), &json!(1)));
    let kept = page["predictions"].as_array().unwrap();
    assert!(kept.len() >= 500 && kept[0]["bbox"] == json!([0.0, 2.0, 3.0, 4.0]), "{} kept", kept.len());
    serving.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn home_assistant_gets_a_new_announcement_when_it_starts() {
    let broker = Mosquitto::start("");
    let serving = Serving::start(broker.address());
    let mut listener = Listener::start(broker.port, &["homeassistant/device/#"]).await;
    // It is sent after the subscription to Home Assistant's status.
    let first = listener.on("/config").await;
    listener.client.try_publish("homeassistant/status", QoS::AtLeastOnce, false, "online").unwrap();
    let id = |publish: &Publish| publish.properties.as_ref().unwrap().user_properties[0].clone();
    let mut second = listener.on("/config").await;
    while id(&second) == id(&first) {
        second = listener.on("/config").await;
    }
    assert_eq!(first.payload, second.payload);
    serving.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_name_a_password_and_a_certificate_are_used() {
    let dir = tempfile::tempdir().unwrap();
    let path = |name: &str| dir.path().join(name);
    let run = |program: &str, arguments: &[&str]| {
        let status = command(program).current_dir(dir.path()).args(arguments).status();
        assert!(status.unwrap_or_else(|_| panic!("{program} is missing")).success(), "{program} {arguments:?}");
    };
    let subject = ["-subj", "/CN=test", "-nodes", "-days", "2", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"];
    run("openssl", &[&["req", "-x509", "-keyout", "ca.key", "-out", "ca.crt"][..], &subject].concat());
    run(
        "openssl",
        &[&["req", "-keyout", "server.key", "-out", "server.csr"][..], &subject[..3], &subject[5..]].concat(),
    );
    std::fs::write(path("server.ext"), "subjectAltName=DNS:localhost,IP:127.0.0.1").unwrap();
    run(
        "openssl",
        &[
            "x509",
            "-req",
            "-in",
            "server.csr",
            "-CA",
            "ca.crt",
            "-CAkey",
            "ca.key",
            "-CAcreateserial",
            "-days",
            "2",
            "-extfile",
            "server.ext",
            "-out",
            "server.crt",
        ],
    );
    run("mosquitto_passwd", &["-b", "-c", "users", "cam", "secret word"]);
    std::fs::write(path("password"), "secret word\n").unwrap();
    let files = dir.path().display();
    let broker = Mosquitto::start(&format!(
        "allow_anonymous false\npassword_file {files}/users\ncertfile {files}/server.crt\nkeyfile {files}/server.key"
    ));

    let mut account = Account::anonymous(Address { host: "localhost".to_owned(), tls: true, ..broker.address() });
    account.username = Some("cam".to_owned());
    account.password_file = Some(path("password"));
    account.ca = Some(path("ca.crt"));
    let serving = Serving::with(&account);
    let ca = path("ca.crt").display().to_string();
    let secure = ["-u", "cam", "-P", "secret word", "--cafile", &ca];
    assert_eq!(mosquitto_sub(broker.port, "fieldcoach/cam-7/availability", &secure).await, "online");
    serving.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_password_that_is_set_right_is_used_without_a_restart() {
    let dir = tempfile::tempdir().unwrap();
    let (users, password) = (dir.path().join("users"), dir.path().join("password"));
    let made = command("mosquitto_passwd").args(["-b", "-c"]).arg(&users).args(["cam", "right"]).status();
    assert!(made.expect("mosquitto_passwd is missing: run `make test`, which installs it").success());
    let broker = Mosquitto::start(&format!("allow_anonymous false\npassword_file {}", users.display()));
    std::fs::write(&password, "wrong\n").unwrap();
    let mut account = Account::anonymous(broker.address());
    account.username = Some("cam".to_owned());
    account.password_file = Some(password.clone());
    let (refused, told) = tokio::sync::oneshot::channel();
    let serving = Serving::posting(&account, refused);
    let error = tokio::time::timeout(DEADLINE, told).await.unwrap().unwrap();
    assert!(error.contains("mqtt.password_file"), "{error}");
    std::fs::write(&password, "right\n").unwrap();
    let login = ["-u", "cam", "-P", "right"];
    assert_eq!(mosquitto_sub(broker.port, "fieldcoach/cam-7/availability", &login).await, "online");
    serving.stop().await;
}
