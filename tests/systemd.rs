//! The service file as systemd reads it, and the example configuration as the daemon reads it.

use fieldcoach::config::Config;
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

fn shipped(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("systemd").join(name)
}

/// The daemon of a device, and the server of a fleet, each with what it runs.
const UNITS: [(&str, &str); 2] = [("fieldcoach.service", "run"), ("fieldcoach-fleet.service", "fleet")];

fn unit(dir: &Path) -> PathBuf {
    unit_of(dir, UNITS[0])
}

/// A copy of a unit that starts the program which was just built: systemd-analyze wants it to exist.
fn unit_of(dir: &Path, (name, runs): (&str, &str)) -> PathBuf {
    let text = std::fs::read_to_string(shipped(name)).unwrap();
    assert!(
        text.contains(&format!("ExecStart=/usr/bin/fieldcoach {runs} --config /etc/fieldcoach/")),
        "the program's place is a contract with docs/install.md and docs/fleet.md"
    );
    let path = dir.join(name);
    std::fs::write(&path, text.replace("/usr/bin/fieldcoach", env!("CARGO_BIN_EXE_fieldcoach"))).unwrap();
    path
}

fn systemd_analyze(arguments: &[&str], unit: &Path) -> Output {
    Command::new("systemd-analyze")
        .args(arguments)
        .arg(unit)
        .env("SYSTEMD_COLORS", "0")
        .output()
        .expect("systemd-analyze is missing; `make test` installs it")
}

fn said(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

/// systemd-analyze exits 0 on keys that it does not know: what counts is that it has nothing to say.
#[test]
fn systemd_finds_nothing_to_say_about_the_units() {
    for which in UNITS {
        let dir = tempfile::tempdir().unwrap();
        let unit = unit_of(dir.path(), which);
        let output = systemd_analyze(&["verify", "--man=no"], &unit);
        assert!(output.status.success() && said(&output).is_empty(), "{}", said(&output));

        std::fs::write(&unit, std::fs::read_to_string(&unit).unwrap().replace("WatchdogSec", "WachdogSec")).unwrap();
        let output = systemd_analyze(&["verify", "--man=no"], &unit);
        assert!(said(&output).contains("WachdogSec"), "a wrong key must be found");
    }
}

#[test]
fn the_units_are_exposed_by_no_more_than_2_0() {
    for which in UNITS {
        let dir = tempfile::tempdir().unwrap();
        let unit = unit_of(dir.path(), which);
        let output = systemd_analyze(&["security", "--offline=true", "--threshold=20", "--no-pager"], &unit);
        assert!(output.status.success(), "{}", said(&output));
    }
}

#[test]
fn the_drop_in_for_csi_cameras_is_understood_and_exposes_no_more() {
    let dir = tempfile::tempdir().unwrap();
    let unit = unit(dir.path());
    let drop_ins = dir.path().join("fieldcoach.service.d");
    std::fs::create_dir(&drop_ins).unwrap();
    std::fs::copy(shipped("csi-camera.conf"), drop_ins.join("csi-camera.conf")).unwrap();
    let output = systemd_analyze(&["verify", "--man=no"], &unit);
    assert!(output.status.success() && said(&output).is_empty(), "{}", said(&output));
    let output = systemd_analyze(&["security", "--offline=true", "--threshold=20", "--no-pager"], &unit);
    assert!(output.status.success(), "{}", said(&output));
}

/// The values of a key, of all its lines.
fn values<'a>(text: &'a str, key: &str) -> Vec<&'a str> {
    let of_key = text.lines().filter_map(|line| line.split_once('=').filter(|(name, _)| *name == key));
    of_key.flat_map(|(_, values)| values.split_whitespace()).collect()
}

/// systemd looks for a class of devices in /proc/devices, once, when the service starts. Who plugs a camera in later would
/// not have one otherwise.
#[test]
fn the_driver_that_makes_each_allowed_class_of_devices_is_loaded_before() {
    let drivers = [
        ("char-video4linux", &["videodev"][..]),
        ("char-drm", &["drm"]),
        ("char-nvidia*", &["nvidia", "nvidia_uvm"]),
        // host1x is a part of the kernel, or comes with nvgpu.
        ("char-nvhost*", &["nvgpu"]),
        ("char-nvgpu*", &["nvgpu"]),
        ("char-media", &["mc"]),
    ];
    for name in ["fieldcoach.service", "csi-camera.conf"] {
        let text = std::fs::read_to_string(shipped(name)).unwrap();
        let classes: Vec<&str> =
            values(&text, "DeviceAllow").into_iter().filter(|device| device.starts_with("char-")).collect();
        assert!(!classes.is_empty());
        for class in classes {
            let Some((_, drivers)) = drivers.iter().find(|(known, _)| *known == class) else {
                panic!("which driver makes {class} known to the kernel?")
            };
            for driver in *drivers {
                let loads = format!("modprobe@{driver}.service");
                for key in ["Wants", "After"] {
                    assert!(values(&text, key).contains(&&*loads), "{name}: {class} needs {key}={loads}");
                }
            }
        }
    }
}

/// ONNX Runtime, in two processes, and programs of others need theirs too.
#[test]
fn the_threads_that_block_are_half_of_the_tasks_that_the_unit_allows() {
    let text = std::fs::read_to_string(shipped("fieldcoach.service")).unwrap();
    let tasks: usize = values(&text, "TasksMax")[0].parse().unwrap();
    assert!(2 * fieldcoach::appliance::BLOCKING_THREADS <= tasks, "{tasks}");
}

/// The drop-in holds keys of systemd 254; an older one is expected to say so, and about nothing else.
#[test]
fn the_growing_pause_is_known_to_systemd_254() {
    let dir = tempfile::tempdir().unwrap();
    let unit = unit(dir.path());
    let drop_ins = dir.path().join("fieldcoach.service.d");
    std::fs::create_dir(&drop_ins).unwrap();
    std::fs::copy(shipped("restart-steps.conf"), drop_ins.join("restart-steps.conf")).unwrap();
    let output = said(&systemd_analyze(&["verify", "--man=no"], &unit));
    let version = said(&Command::new("systemd-analyze").arg("--version").output().unwrap());
    let version: u32 = version.split_whitespace().nth(1).unwrap().parse().unwrap();
    let expected = if version < 254 { 2 } else { 0 };
    assert_eq!(output.lines().count(), expected, "systemd {version}: {output}");
}

/// Which commented-out lines of the example count: `#key = value` is a default, `# key = value` a mere example.
#[derive(Clone, Copy, PartialEq)]
enum Lines {
    Defaults,
    All,
}

fn example(lines: Lines) -> String {
    example_of("config.toml", lines)
}

fn example_of(name: &str, lines: Lines) -> String {
    let is_key = |line: &str| {
        line.split_once(" = ").is_some_and(|(key, _)| key.chars().all(|c| c.is_ascii_lowercase() || c == '_'))
    };
    let text = std::fs::read_to_string(shipped(name)).unwrap();
    text.lines()
        .map(|line| match line.strip_prefix('#') {
            Some(key) if is_key(key) => key.to_owned(),
            Some(rest) if lines == Lines::All && is_key(rest.trim_start()) => rest.trim_start().to_owned(),
            _ => line.to_owned(),
        })
        .collect::<Vec<_>>()
        .join("\n")
}

fn load(text: &str) -> Config {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), text).unwrap();
    Config::load(Some(file.path())).unwrap_or_else(|e| panic!("{e}\n{text}"))
}

/// The dotted names of all values in a configuration, with those that are null marked.
fn keys(value: &Value, prefix: &str, found: &mut Vec<(String, bool)>) {
    match value {
        Value::Object(fields) => fields.iter().for_each(|(key, value)| {
            keys(value, &if prefix.is_empty() { key.clone() } else { format!("{prefix}.{key}") }, found)
        }),
        value => found.push((prefix.to_owned(), value.is_null())),
    }
}

#[test]
fn the_example_as_shipped_changes_nothing() {
    assert_eq!(Config::load(Some(&shipped("config.toml"))).unwrap(), Config::default());
}

#[test]
fn the_example_of_a_fleet_is_understood_and_tells_the_true_defaults() {
    let load = |text: &str| {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), text).unwrap();
        Config::load_over(&fieldcoach::fleet_server::defaults(), Some(file.path()))
            .unwrap_or_else(|e| panic!("{e}\n{text}"))
    };
    assert_eq!(load(&example_of("fleet.toml", Lines::Defaults)), load(""));
    let all = load(&example_of("fleet.toml", Lines::All));
    assert_eq!(
        (all.device.id.as_str(), all.mqtt.broker.to_string().as_str()),
        ("fleet-1", "mqtts://broker.example:8883")
    );
}

#[test]
fn the_example_tells_the_true_defaults() {
    let mut config = load(&example(Lines::Defaults));
    assert_eq!(config.device.id, "cam-7", "an example: the default differs from machine to machine");
    config.device.id = Config::default().device.id;
    assert_eq!(config, Config::default());
}

#[test]
fn the_example_names_every_key() {
    // Certificate and key go with this value only.
    let text = example(Lines::All).replace("tls = \"auto\"", "tls = \"files\"");
    let example: toml::Table = toml::from_str(&text).unwrap();
    let (mut all, mut named) = (Vec::new(), Vec::new());
    keys(&serde_json::to_value(load(&text)).unwrap(), "", &mut all);
    keys(&serde_json::to_value(example).unwrap(), "", &mut named);
    let missing: Vec<_> = all.iter().filter(|(key, _)| !named.iter().any(|(name, _)| name == key)).collect();
    assert!(missing.is_empty(), "systemd/config.toml has no line for {missing:?}");
    assert!(all.iter().all(|(_, null)| !null), "a key without an example: {all:?}");
}
