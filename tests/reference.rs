//! The reference tables in `docs/` say what the code does.

use fieldcoach::config::Config;
use fieldcoach::domain::{CameraId, ModelId, TrainingId};
use fieldcoach::mqtt::command;
use fieldcoach::mqtt::topics::{Keep, Topic, Topics};
use fieldcoach::settings::{TABLE, When};
use fieldcoach::train::TrainRequest;
use rumqttc::v5::mqttbytes::QoS;
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, BTreeSet};

fn text(path: &str) -> String {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    std::fs::read_to_string(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
}

/// The rows of every table whose first column has this head, as their cells.
fn rows(text: &str, head: &str) -> Vec<Vec<String>> {
    let mut rows = vec![];
    let mut inside = false;
    for line in text.lines() {
        let cells: Vec<String> = line.trim_matches('|').split(" | ").map(|cell| cell.trim().to_owned()).collect();
        match line.starts_with('|') {
            true if cells[0] == head => inside = true,
            true if inside && !cells[0].starts_with("---") => rows.push(cells),
            true => {}
            false => inside = false,
        }
    }
    assert!(!rows.is_empty(), "no table of {head}");
    rows
}

/// What stands between backticks.
fn quoted(cell: &str) -> Vec<&str> {
    cell.split('`').skip(1).step_by(2).collect()
}

#[test]
fn every_configuration_key_is_told_with_its_default() {
    let table = rows(&text("docs/configuration.md"), "key");
    let told: BTreeMap<&str, &str> = table.iter().map(|row| (quoted(&row[0])[0], row[1].as_str())).collect();
    let mut keys = BTreeSet::new();
    flatten(&serde_json::to_value(Config::default()).unwrap(), "", &mut keys);
    assert_eq!(keys, told.keys().map(|key| (*key).to_owned()).collect(), "keys in the code, keys in the table");
    let lines = told.iter().filter_map(|(key, default)| Some(format!("{key} = {}", quoted(default).first()?)));
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), lines.collect::<Vec<_>>().join("\n")).unwrap();
    assert_eq!(Config::load(Some(file.path())).unwrap(), Config::default(), "the defaults in the table");
    let without: Vec<_> = told.iter().filter(|(_, default)| quoted(default).is_empty()).map(|(key, _)| *key).collect();
    let none = [
        "camera.id",
        "device.id",
        "http.cert",
        "http.key",
        "mqtt.ca",
        "mqtt.cert",
        "mqtt.fingerprint",
        "mqtt.key",
        "mqtt.password_file",
        "mqtt.username",
        "pool.ca",
        "pool.credentials_file",
        "pool.endpoint",
        "pool.region",
    ];
    assert_eq!(without, none, "keys without a default of their own");
}

#[test]
fn every_setting_is_told_with_when_it_holds() {
    let table = rows(&text("docs/configuration.md"), "setting");
    let told: Vec<(&str, &str)> = table.iter().map(|row| (quoted(&row[0])[0], row[1].as_str())).collect();
    let known = TABLE.iter().map(|setting| match setting.when {
        When::AfterRestart => (setting.key, "after a restart"),
        When::AtOnce if setting.key.starts_with("train.") => (setting.key, "at once: with the next training"),
        When::AtOnce => (setting.key, "at once"),
    });
    assert_eq!(told, known.collect::<Vec<_>>(), "settings in the table, settings in the code");
    let mut keys = BTreeSet::new();
    flatten(&serde_json::to_value(Config::default()).unwrap(), "", &mut keys);
    assert!(told.iter().all(|(key, _)| keys.contains(*key)));
}

fn flatten(value: &Value, prefix: &str, found: &mut BTreeSet<String>) {
    match value {
        Value::Object(fields) => fields.iter().for_each(|(key, value)| {
            flatten(value, &if prefix.is_empty() { key.clone() } else { format!("{prefix}.{key}") }, found);
        }),
        _ => drop(found.insert(prefix.to_owned())),
    }
}

#[test]
fn every_topic_is_told_as_it_travels() {
    let document = text("docs/mqtt.md");
    let training = TrainingId::new();
    let names = Topics::new("cam-7");
    let told: BTreeMap<String, (String, String)> = rows(&document, "topic")
        .into_iter()
        .map(|row| {
            (
                quoted(&row[0])[0]
                    .replace("{id}", &training.to_string())
                    .replace("{camera}", "main")
                    .replace("{requester}", "requester"),
                (row[1].clone(), row[2].clone()),
            )
        })
        .collect();
    let mut known = BTreeSet::new();
    for topic in Topic::all(training, CameraId::main()) {
        let name = names.name(&topic);
        let Some(short) = name.strip_prefix("fieldcoach/cam-7") else {
            assert!(document.contains(&name.replace("cam-7", "{device}")), "{name}");
            continue;
        };
        let (travels, away) = told.get(short).unwrap_or_else(|| panic!("docs/mqtt.md does not tell of {short}"));
        let delivery = topic.delivery();
        let retained = if delivery.retain { "yes" } else { "no" };
        let qos = if delivery.qos == QoS::AtMostOnce { "0" } else { "1" };
        assert!(travels.starts_with(&format!("{retained}, {qos}")), "{short}: {travels}, and {delivery:?}");
        let kept = match delivery.keep {
            Keep::Every(_) => "all, in order",
            Keep::Newest if topic == Topic::Availability => "`online` at each connect",
            Keep::Newest => "newest",
            Keep::Nothing => "none",
        };
        assert_eq!(away, kept, "{short}");
        known.insert(short.to_owned());
    }
    assert_eq!(told.keys().cloned().collect::<BTreeSet<_>>(), known, "topics in the table, topics in the code");
}

#[test]
fn the_asyncapi_document_is_that_of_the_code() {
    let made = fieldcoach::mqtt::document().unwrap();
    let kept: Value = serde_json::from_str(&text("docs/asyncapi.json")).unwrap();
    assert!(made == kept, "docs/asyncapi.json is older than the code: run scripts/asyncapi");
}

#[test]
fn the_asyncapi_document_is_one() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let own = root.join(".deps/node/bin/node");
    let node = if own.exists() { own.as_os_str() } else { "node".as_ref() };
    let checked = std::process::Command::new(node)
        .current_dir(root.join("tests/asyncapi"))
        .args(["check.mjs", "../../docs/asyncapi.json"])
        .output()
        .expect("Node.js is missing: run `make test`, which installs it");
    let told = [checked.stdout, checked.stderr].map(|told| String::from_utf8_lossy(&told).into_owned()).concat();
    assert!(checked.status.success(), "{told}");
}

#[test]
fn every_command_is_told_with_what_it_takes() {
    let table = rows(&text("docs/mqtt.md"), "name");
    let told: BTreeMap<&str, &str> = table.iter().map(|row| (quoted(&row[0])[0], row[1].as_str())).collect();
    assert_eq!(told.keys().copied().collect::<BTreeSet<_>>(), command::NAMES.into_iter().collect());
    let train = serde_json::to_value(TrainRequest::default()).unwrap();
    let fields: BTreeSet<&str> = train.as_object().unwrap().keys().map(String::as_str).collect();
    let listed = told["train"].split_once(": ").unwrap().1;
    assert_eq!(quoted(listed).into_iter().collect::<BTreeSet<_>>(), fields, "what `train` takes");
    let body = |value: Value| value.as_object().cloned().unwrap();
    let set: Value = serde_json::from_str(quoted(told["set"])[1]).unwrap();
    assert!(command::parse("set", body(set)).is_ok());
    for (name, payload) in told.iter().filter(|(name, _)| !["train", "set"].contains(name)) {
        let example = quoted(payload)[0];
        let id = if example.contains("model") { ModelId::new().to_string() } else { TrainingId::new().to_string() };
        let example: Value = serde_json::from_str(&example.replace(": id}", &format!(": \"{id}\"}}"))).unwrap();
        assert!(command::parse(name, body(example.clone())).is_ok(), "{name} {example}");
        if example != json!({}) {
            assert!(command::parse(name, Map::new()).is_err(), "{name} takes an empty payload too");
        }
        let more: Map<String, Value> = body(example).into_iter().chain([("more".to_owned(), json!(1))]).collect();
        assert!(command::parse(name, more).is_err(), "{name} takes more than is told");
    }
}

#[test]
fn every_route_is_told() {
    let document = text("docs/http.md");
    let told: BTreeSet<String> = rows(&document, "request")
        .iter()
        .flat_map(|row| quoted(&row[0]))
        .map(|request| request.split('?').next().unwrap_or_default().to_owned())
        .collect();
    let api = serde_json::to_value(fieldcoach::http::openapi()).unwrap();
    let mut known = BTreeSet::new();
    for (path, operations) in api["paths"].as_object().unwrap() {
        let Some(path) = path.strip_prefix("/api/v1") else {
            assert!(document.contains(&format!("`{path}`")), "docs/http.md does not tell of {path}");
            continue;
        };
        for method in operations.as_object().unwrap().keys() {
            known.insert(format!("{} {path}", method.to_uppercase()));
        }
    }
    assert_eq!(told, known, "routes in the tables, routes in the code");
}

/// The routes of a document, as `GET /frames`.
fn routes(api: &Value) -> BTreeSet<String> {
    let paths = api["paths"].as_object().unwrap().iter();
    let below = paths.filter_map(|(path, item)| Some((path.strip_prefix("/api/v1")?, item.as_object().unwrap())));
    below.flat_map(|(path, item)| item.keys().map(move |method| format!("{} {path}", method.to_uppercase()))).collect()
}

#[test]
fn every_route_of_the_server_of_a_fleet_is_told() {
    let document = text("docs/fleet.md");
    let rows = rows(&document, "request");
    let told = rows.iter().flat_map(|row| quoted(&row[0]));
    let told: BTreeSet<String> = told.map(|request| request.split('?').next().unwrap_or_default().to_owned()).collect();
    let api = serde_json::to_value(fieldcoach::fleet_server::openapi()).unwrap();
    let devices = routes(&serde_json::to_value(fieldcoach::http::openapi()).unwrap());
    // Who may come in is as on a device.
    let own: BTreeSet<String> = routes(&api).difference(&devices).cloned().collect();
    assert_eq!(told, own, "routes in the table, routes in the code");
    for path in api["paths"].as_object().unwrap().keys().filter(|path| !path.starts_with("/api/v1")) {
        assert!(["/", "/authority.crt"].contains(&path.as_str()) || document.contains(&format!("`{path}`")), "{path}");
    }
}

#[test]
fn the_document_of_the_server_of_a_fleet_is_that_of_the_code() {
    let kept: Value = serde_json::from_str(&text("docs/fleet-openapi.json")).unwrap();
    let now = serde_json::to_value(fieldcoach::fleet_server::openapi()).unwrap();
    assert!(kept == now, "run: cargo run --example openapi fleet > docs/fleet-openapi.json");
}

#[test]
fn the_page_knows_the_http_door() {
    let kept: Value = serde_json::from_str(&text("src/http/page/api/openapi.json")).unwrap();
    let now = serde_json::to_value(fieldcoach::http::openapi()).unwrap();
    assert!(
        kept == now,
        "the HTTP door has changed: run scripts/page-types, and see whether the page's types still fit"
    );
}
