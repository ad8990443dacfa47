//! Prometheus metrics of all devices: a line for each, under the names that the device itself has for the same.

use super::device::{AlarmKind, Device, DeviceState, Devices};
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Registry;
use std::collections::BTreeMap;
use std::sync::atomic::AtomicU64;

type Float = Gauge<f64, AtomicU64>;

/// Which device, by its id; as people call it is told by `device_info`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Of {
    device: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Info {
    device: String,
    name: String,
    groups: String,
    version: String,
    model: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OfState {
    device: String,
    state: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OfKind {
    device: String,
    kind: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct State {
    state: &'static str,
}

/// What is told of each device.
#[derive(Default)]
struct All {
    connected: Gauge,
    devices: Family<State, Gauge>,
    info: Family<Info, Gauge>,
    state: Family<OfState, Gauge>,
    last_seen: Family<Of, Float>,
    frames: Family<Of, Float>,
    labelled: Family<Of, Float>,
    disk_free: Family<Of, Float>,
    disk_total: Family<Of, Float>,
    temperature: Family<Of, Float>,
    training: Family<Of, Gauge>,
    epoch: Family<Of, Gauge>,
    progress: Family<Of, Float>,
    ap50: Family<Of, Float>,
    cameras_lost: Family<Of, Gauge>,
    alarms: Family<OfKind, Gauge>,
}

/// Everything in the OpenMetrics text format. What a device did not say has no line.
pub fn render(devices: &Devices) -> Result<String, std::fmt::Error> {
    let (mut registry, all) = (Registry::with_prefix("fieldcoach"), All::default());
    all.register(&mut registry);
    all.connected.set(devices.broker.connected.into());
    let mut states = BTreeMap::from(STATES.map(|(_, word)| (word, 0)));
    for device in &devices.devices {
        *states.entry(word(device.state)).or_default() += 1;
        all.set(device);
    }
    for (state, count) in states {
        all.devices.get_or_create(&State { state }).set(count);
    }
    let mut text = String::new();
    encode(&mut text, &registry)?;
    Ok(text)
}

const STATES: [(DeviceState, &str); 3] =
    [(DeviceState::Online, "online"), (DeviceState::Offline, "offline"), (DeviceState::Silent, "silent")];

fn word(state: DeviceState) -> &'static str {
    STATES.iter().find(|(one, _)| *one == state).map_or("silent", |(_, word)| word)
}

fn kind_word(kind: AlarmKind) -> String {
    serde_json::to_value(kind).ok().and_then(|word| word.as_str().map(str::to_owned)).unwrap_or_default()
}

impl All {
    fn register(&self, to: &mut Registry) {
        to.register("broker_connected", "1 while this server is connected to the broker", self.connected.clone());
        to.register("devices", "Devices that are known, by their state", self.devices.clone());
        to.register(
            "device_info",
            "What a device is called, its groups, its version and its model; always 1",
            self.info.clone(),
        );
        to.register("device_state", "1 for the state that a device is in, 0 for the others", self.state.clone());
        to.register(
            "device_last_seen_seconds",
            "When a device was heard last, in seconds since 1970",
            self.last_seen.clone(),
        );
        to.register("frames", "Frames in the store", self.frames.clone());
        to.register("frames_labelled", "Labelled frames in the store", self.labelled.clone());
        to.register("disk_free_bytes", "Free on the file system of the store", self.disk_free.clone());
        to.register("disk_total_bytes", "Size of the file system of the store", self.disk_total.clone());
        to.register("temperature_celsius", "Of the hottest thermal zone of a device", self.temperature.clone());
        to.register("training_running", "1 while a training runs", self.training.clone());
        to.register("training_epoch", "Epochs finished by the running training", self.epoch.clone());
        to.register("training_progress", "Of the running training, 0 to 1", self.progress.clone());
        to.register("model_ap50", "Of the live model, on its validation frames", self.ap50.clone());
        to.register("cameras_lost", "Cameras of which no pictures come", self.cameras_lost.clone());
        to.register("alarms", "Things that a device says are wrong, by their kind", self.alarms.clone());
    }

    fn set(&self, device: &Device) {
        let id = || Of { device: device.id.clone() };
        let float = |family: &Family<Of, Float>, value: Option<f64>| {
            if let Some(value) = value {
                family.get_or_create(&id()).set(value);
            }
        };
        self.info.get_or_create(&info(device)).set(1);
        for (state, word) in STATES {
            let label = OfState { device: device.id.clone(), state: word };
            self.state.get_or_create(&label).set((device.state == state).into());
        }
        float(&self.last_seen, device.last_seen.map(|at| at.as_second() as f64));
        float(&self.frames, device.frames.map(|count| count as f64));
        float(&self.labelled, device.labelled.map(|count| count as f64));
        float(&self.disk_free, device.disk.map(|disk| disk.free as f64));
        float(&self.disk_total, device.disk.map(|disk| disk.total as f64));
        float(&self.temperature, device.temperature.map(f64::from));
        // Of one that never told how it is nobody knows whether it trains.
        if device.version.is_some() {
            let training = device.training.as_ref().filter(|training| !training.state.is_over());
            self.training.get_or_create(&id()).set(training.is_some().into());
            self.epoch.get_or_create(&id()).set(training.map_or(0, |training| training.epoch.into()));
            float(&self.progress, Some(training.map_or(0.0, |training| training.progress.into())));
            let lost = device.alarms.iter().filter(|alarm| alarm.kind == AlarmKind::CameraLost).count();
            self.cameras_lost.get_or_create(&id()).set(i64::try_from(lost).unwrap_or(i64::MAX));
        }
        float(&self.ap50, device.model.as_ref().map(|model| model.ap50.into()));
        for alarm in &device.alarms {
            let label = OfKind { device: device.id.clone(), kind: kind_word(alarm.kind) };
            self.alarms.get_or_create(&label).inc();
        }
    }
}

fn info(device: &Device) -> Info {
    Info {
        device: device.id.clone(),
        name: device.name.clone(),
        groups: device.groups.join(","),
        version: device.version.clone().unwrap_or_default(),
        model: device.model.as_ref().map(|model| model.id.to_string()).unwrap_or_default(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::ModelId;
    use crate::fleet::device::{Alarm, Broker, DeviceDisk, DeviceModel};
    use std::collections::BTreeSet;
    use std::path::Path;
    use std::sync::Arc;

    fn none() -> Devices {
        let broker = Broker { connected: true, ..Broker::default() };
        Devices { revision: 1, devices: Vec::new(), gone: Vec::new(), all: true, broker }
    }

    /// A device that told everything.
    fn telling() -> Device {
        let alarm = |kind| Alarm { kind, about: None, since: jiff::Timestamp::UNIX_EPOCH, words: String::new() };
        let model = DeviceModel {
            id: ModelId(uuid::Uuid::nil()),
            trained_at: jiff::Timestamp::UNIX_EPOCH,
            finds: Vec::new(),
            ap50: 0.5,
            threshold: 0.5,
        };
        Device {
            name: "barn \"7\"".into(),
            groups: vec!["a".into(), "b".into()],
            state: DeviceState::Online,
            last_seen: Some(jiff::Timestamp::UNIX_EPOCH),
            version: Some("1.2".into()),
            model: Some(model),
            frames: Some(12),
            labelled: Some(3),
            temperature: Some(41.5),
            disk: Some(DeviceDisk { free: 5, total: 9, reserve: 1 }),
            alarms: vec![alarm(AlarmKind::CameraLost), alarm(AlarmKind::PartFailed)],
            ..Device::new("cam-7")
        }
    }

    #[test]
    fn each_device_has_a_line_of_what_it_said() {
        let devices = vec![Arc::new(telling()), Arc::new(Device::new("cam-8"))];
        let text = render(&Devices { devices, ..none() }).unwrap();
        for line in [
            "fieldcoach_broker_connected 1",
            "fieldcoach_devices{state=\"online\"} 1",
            "fieldcoach_devices{state=\"offline\"} 0",
            "fieldcoach_device_info{device=\"cam-7\",name=\"barn \\\"7\\\"\",groups=\"a,b\",version=\"1.2\",model=\"00000000-0000-0000-0000-000000000000\"} 1",
            "fieldcoach_device_state{device=\"cam-7\",state=\"silent\"} 0",
            "fieldcoach_device_state{device=\"cam-8\",state=\"silent\"} 1",
            "fieldcoach_frames{device=\"cam-7\"} 12.0",
            "fieldcoach_temperature_celsius{device=\"cam-7\"} 41.5",
            "fieldcoach_training_running{device=\"cam-7\"} 0",
            "fieldcoach_cameras_lost{device=\"cam-7\"} 1",
            "fieldcoach_alarms{device=\"cam-7\",kind=\"part_failed\"} 1",
        ] {
            assert!(text.lines().any(|one| one == line), "{line} is missing in\n{text}");
        }
        assert!(!text.contains("fieldcoach_frames{device=\"cam-8\"") && text.ends_with("# EOF\n"));
    }

    /// Words of ours in a text.
    fn names(text: &str) -> BTreeSet<&str> {
        let words = text.split(|c: char| !c.is_ascii_lowercase() && !c.is_ascii_digit() && c != '_');
        words.filter(|word| word.starts_with("fieldcoach_")).collect()
    }

    #[test]
    fn the_dashboard_and_the_alerts_ask_for_what_there_is() {
        let text = render(&Devices { devices: vec![Arc::new(telling())], ..none() }).unwrap();
        let there: BTreeSet<&str> =
            text.lines().filter_map(|line| line.strip_prefix("# TYPE ")?.split(' ').next()).collect();
        let kept = |name: &str| {
            std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/examples").join(name)).unwrap()
        };
        let (board, alerts) = (kept("grafana-fleet.json"), kept("fleet-alerts.yml"));
        for asked in [names(&board), names(&alerts)] {
            assert!(asked.len() > 5 && asked.is_subset(&there), "{:?}", asked.difference(&there));
        }
        // States and kinds that are asked for are those that there are.
        for (_, word) in STATES.iter().filter(|(state, _)| *state != DeviceState::Online) {
            assert!(alerts.contains(&format!("state=\"{word}\"")), "{word}");
        }
        for kind in [AlarmKind::DiskFailed, AlarmKind::DiskLow] {
            assert!(alerts.contains(&format!("kind=\"{}\"", kind_word(kind))));
        }
        let parts = [AlarmKind::PartFailed, AlarmKind::PartStuck].map(kind_word).join("|");
        assert!(alerts.contains(&format!("kind=~\"{parts}\"")));
        let board: serde_json::Value = serde_json::from_str(&board).unwrap();
        let panels = board["panels"].as_array().unwrap();
        let mut ids: Vec<u64> = panels.iter().map(|panel| panel["id"].as_u64().unwrap()).collect();
        ids.dedup();
        assert!(ids.len() == panels.len() && panels.iter().all(|panel| panel["targets"][0]["expr"].is_string()));
    }
}
