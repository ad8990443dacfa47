use super::*;
use crate::fleet::device::{AlarmKind, DeviceState};
use crate::fleet::heard::SILENT;
use crate::fleet::reading;
use jiff::Timestamp;
use serde_json::{Value, json};
use std::time::{Duration, Instant};

fn start() -> Now {
    Now { wall: "2027-06-01T12:00:00Z".parse().unwrap(), at: Instant::now() }
}

fn after(now: Now, seconds: u64) -> Now {
    let span = Duration::from_secs(seconds);
    Now { wall: now.wall.checked_add(span).unwrap(), at: now.at + span }
}

/// As a device writes it: the very type, and what MQTT adds.
fn status(change: impl FnOnce(&mut Value)) -> Value {
    let mut status = serde_json::to_value(crate::telemetry::sample()).unwrap();
    status["time"] = json!("2027-06-01T12:00:00Z");
    change(&mut status);
    status
}

fn read(status: &Value, now: Now) -> Reading {
    reading::read(status.to_string().as_bytes(), now.wall).unwrap()
}

fn kinds(heard: &Heard) -> Vec<HistoryKind> {
    heard.happened.iter().map(|one| one.kind).collect()
}

fn state(all: &Registry, id: &str) -> DeviceState {
    all.device(id).unwrap().state
}

#[test]
fn a_status_is_taken_over_and_each_change_has_a_number() {
    let (now, all) = (start(), Registry::new(Vec::new(), start()));
    assert!(all.since(None).devices.is_empty());
    let training = json!({"id": "0198c0de-0000-7000-8000-000000000001", "state": "training", "epoch": 3, "epochs": 40,
        "rung": 0, "progress": 0.5, "activity": "epoch 4", "time_left_s": 60});
    let said = status(|s| {
        s["store"]["frames"] = json!(12);
        s["store"]["labelled"] = json!(5);
        s["training"] = training;
    });
    let heard = all.status("cam-7", read(&said, now), false, now);
    assert_eq!((kinds(&heard), all.kept("cam-7").unwrap().state), (vec![HistoryKind::New], Some(DeviceState::Online)));
    let device = all.device("cam-7").unwrap();
    assert_eq!((device.state, device.last_seen, device.unread.as_deref()), (DeviceState::Online, Some(now.wall), None));
    assert_eq!((device.frames, device.labelled, device.waiting), (Some(12), Some(5), Some(7)));
    assert_eq!((device.temperature, device.version.as_deref()), (Some(41.5), Some("0.1.0")));
    assert_eq!((device.cameras.len(), device.model.as_ref(), device.disk.is_some()), (1, None, true));
    let training = device.training.as_ref().unwrap();
    assert_eq!((training.phase.as_str(), training.eta), ("epoch 4", Some(after(now, 60).wall)));
    let first = all.since(None);
    assert_eq!((first.devices.len(), first.all), (1, true));
    // What did not change has no new number, and is not told again.
    assert_eq!(all.status("cam-7", read(&said, now), false, now), Heard::default());
    let same = all.since(Some(first.revision));
    assert_eq!((same.revision, same.devices.len(), same.all), (first.revision, 0, false));
    all.available("cam-8", true, false, now);
    let more = all.since(Some(first.revision));
    assert_eq!(more.devices.iter().map(|device| device.id.as_str()).collect::<Vec<_>>(), ["cam-8"]);
    let heard = all.forget("cam-7", "it has another id now", now);
    assert_eq!((kinds(&heard), heard.changed.as_deref()), (vec![HistoryKind::Gone], Some("cam-7")));
    let gone = all.since(Some(more.revision));
    assert_eq!((gone.devices.len(), gone.gone), (0, vec!["cam-7".to_owned()]));
    // A number of another start, or none at all, asks for everything.
    assert!(all.since(Some(1)).all && all.since(Some(u64::MAX)).all);
}

#[test]
fn what_cannot_be_read_is_told_and_the_rest_is_taken() {
    let now = start();
    let said = status(|s| {
        s["cameras"] = json!("many");
        s["disk"]["free"] = json!(-1);
        s["version"] = json!("x".repeat(10_000));
        s["temperatures"] = json!([{"zone": "a", "celsius": f64::MAX}]);
    });
    let read = read(&said, now);
    assert_eq!((read.cameras.len(), read.disk, read.frames), (0, None, Some(0)));
    let unread = read.unread.unwrap();
    assert!(unread.contains("/cameras") && unread.contains("/disk/free") && !unread.contains("/version"), "{unread}");
    assert!(read.version.unwrap().chars().count() <= 65);
    for payload in [&b"[1]"[..], b"", b"\xff\xfe", b"{", &[b'['; 100_000], b"null"] {
        assert!(reading::read(payload, now.wall).is_err(), "{payload:?}");
    }
    // Nothing is said, so nothing is shown.
    let empty = reading::read(b"{}", now.wall).unwrap();
    assert_eq!(empty, Reading::default());
}

#[test]
fn silent_is_who_was_not_heard_and_did_not_say_goodbye() {
    let (now, all) = (start(), Registry::new(Vec::new(), start()));
    let said = status(|_| {});
    all.available("a", true, true, now);
    all.status("a", read(&said, now), false, now);
    all.status("b", read(&said, now), false, now);
    all.available("b", false, false, now);
    assert_eq!((state(&all, "a"), state(&all, "b")), (DeviceState::Online, DeviceState::Offline));
    assert!(all.look(after(now, 89)).is_empty());
    let heard = all.look(after(now, 91));
    assert_eq!(heard.iter().flat_map(kinds).collect::<Vec<_>>(), [HistoryKind::Silent]);
    assert_eq!((state(&all, "a"), state(&all, "b")), (DeviceState::Silent, DeviceState::Offline));
    assert!(all.look(after(now, 200)).is_empty(), "it is told once");
    // Who speaks is there, whatever its will said.
    let later = after(now, 200);
    assert_eq!(kinds(&all.status("a", read(&said, later), false, later)), [HistoryKind::Online]);
    assert_eq!(kinds(&all.status("b", read(&said, later), false, later)), [HistoryKind::Online]);
    // While this server has no connection nobody can be heard.
    all.begin_anew(after(now, 1000));
    assert!(all.look(after(now, 1000 + SILENT.as_secs() - 1)).is_empty());
    assert_eq!(all.look(after(now, 1000 + SILENT.as_secs())).len(), 2);
}

#[test]
fn what_the_broker_kept_is_as_old_as_it_says() {
    let (now, all) = (start(), Registry::new(Vec::new(), start()));
    let of = |time: &str| read(&status(|s| s["time"] = json!(time)), now);
    all.status("young", of("2027-06-01T11:59:40Z"), true, now);
    all.status("old", of("2027-06-01T09:00:00Z"), true, now);
    all.status("ahead", of("2031-01-01T00:00:00Z"), true, now);
    all.status("boots", of("1970-01-01T00:00:10Z"), true, now);
    all.available("old", true, true, now);
    let seen = |id: &str| all.device(id).unwrap().last_seen;
    let at = |time: &str| Some(time.parse::<Timestamp>().unwrap());
    assert_eq!((state(&all, "young"), seen("young")), (DeviceState::Online, at("2027-06-01T11:59:40Z")));
    assert_eq!((state(&all, "old"), seen("old")), (DeviceState::Silent, at("2027-06-01T09:00:00Z")));
    assert_eq!((state(&all, "ahead"), seen("ahead")), (DeviceState::Online, Some(now.wall)), "no time to come");
    assert_eq!((state(&all, "boots"), seen("boots")), (DeviceState::Online, None));
    all.look(after(now, 80));
    assert_eq!((state(&all, "young"), state(&all, "boots")), (DeviceState::Silent, DeviceState::Online));
}

#[test]
fn after_a_restart_only_what_changed_is_told() {
    let (now, all) = (start(), Registry::new(Vec::new(), start()));
    let lost = status(|s| {
        s["store"]["fault"] = json!("it is gone");
        s["cameras"][0]["state"] = json!("lost");
        s["cameras"][0]["lost_since"] = json!("2027-06-01T08:00:00Z");
    });
    let heard = all.status("a", read(&lost, now), false, now);
    assert_eq!(kinds(&heard), [HistoryKind::New, HistoryKind::Alarm, HistoryKind::Alarm]);
    assert_eq!(heard.changed.as_deref(), Some("a"));
    let kept = all.kept("a").unwrap();
    let alarms = &all.device("a").unwrap().alarms;
    assert_eq!((alarms[0].kind, alarms[0].since), (AlarmKind::CameraLost, "2027-06-01T08:00:00Z".parse().unwrap()));
    let kept: Kept = serde_json::from_str(&serde_json::to_string(&kept).unwrap()).unwrap();
    let change = DeviceChange { name: Some(" barn 7 ".into()), groups: Some(vec!["b".into(), "a".into(), "b".into()]) };
    assert!(all.change("a", change, now).unwrap().unwrap().1.changed.is_some());
    assert_eq!(all.kept("a").unwrap().name.as_deref(), Some("barn 7"));
    assert_eq!(all.device("a").unwrap().groups, ["a", "b"]);
    // Before it is heard nobody knows whether it is there; and that it is not heard is told after a while.
    let later = after(now, 3600);
    let again = Registry::new(vec![kept], later);
    assert_eq!(state(&again, "a"), DeviceState::Silent);
    assert!(again.look(after(later, 60)).is_empty());
    let then = after(later, 70);
    let heard = again.status("a", read(&lost, then), false, then);
    assert_eq!((kinds(&heard), state(&again, "a")), (vec![], DeviceState::Online));
    let heard = again.status("a", read(&status(|_| {}), then), false, then);
    assert_eq!(kinds(&heard), [HistoryKind::Cleared, HistoryKind::Cleared]);
    assert!(again.device("a").unwrap().alarms.is_empty());
}

#[test]
fn trainings_and_events_are_told_once() {
    let (now, all) = (start(), Registry::new(Vec::new(), start()));
    all.available("a", true, false, now);
    let said = |state: &str| -> SaidTraining {
        let id = "0198c0de-0000-7000-8000-000000000001";
        serde_json::from_value(json!({"training": id, "state": state, "verdict": "it is deployed"})).unwrap()
    };
    let states = ["preparing", "training", "training", "done", "done"];
    let told: Vec<Heard> = states.into_iter().map(|state| all.training("a", &said(state), now)).collect();
    let words: Vec<&str> = told.iter().flat_map(|heard| &heard.happened).map(|one| one.words.as_str()).collect();
    assert!(
        words.len() == 2 && words[0].ends_with("began") && words[1].ends_with("it is done: it is deployed"),
        "{words:?}"
    );
    assert_eq!(all.kept("a").unwrap().training.map(|(_, over)| over), Some(true));
    let event = |id: u128, kind: &str| -> SaidEvent {
        let id = uuid::Uuid::from_u128(id);
        serde_json::from_value(json!({"id": id, "kind": kind, "time": now.wall, "message": "m", "device": "a"}))
            .unwrap()
    };
    assert_eq!(kinds(&all.event("a", event(1, "model_deployed"), now)), [HistoryKind::Model]);
    assert_eq!(kinds(&all.event("a", event(1, "model_deployed"), now)), []);
    assert_eq!(kinds(&all.event("a", event(2, "object_appeared"), now)), []);
    assert_eq!(all.event("nobody", event(3, "model_deployed"), now), Heard::default());
    // Whoever fills the history is told to have, once there is room again.
    let told = (10..200).map(|id| all.event("a", event(id, "audit"), now).happened.len()).sum::<usize>();
    assert!(told < 60, "{told}");
    let heard = all.event("a", event(300, "audit"), after(now, 61));
    assert!(heard.happened[0].words.contains("are left out") && heard.happened.len() == 2, "{heard:?}");
}

#[test]
fn names_and_groups_are_plain_and_devices_are_bounded() {
    let (now, all) = (start(), Registry::new(Vec::new(), start()));
    all.available("a", true, false, now);
    let named = |name: &str| all.change("a", DeviceChange { name: Some(name.into()), groups: None }, now);
    assert!(named("a\u{202e}b").is_err() && named(&"x".repeat(65)).is_err());
    assert_eq!(named("").unwrap().unwrap().0.name, "a");
    let groups = (0..17).map(|at| at.to_string()).collect();
    assert!(all.change("a", DeviceChange { name: None, groups: Some(groups) }, now).is_err());
    assert_eq!(all.change("b", DeviceChange::default(), now), Ok(None));
    let kept = (0..MOST).map(|at| Kept::new(&at.to_string())).collect();
    let full = Registry::new(kept, now);
    assert_eq!(full.available("one-more", true, false, now), Heard::default());
    assert_eq!((full.device("one-more"), full.count()), (None, (MOST, 1)));
}
