//! One typed configuration: a TOML file, overridden by `FIELDCOACH_SECTION__KEY` variables.
//!
//! Every key has a default; an unknown key is an error that names it and the nearest known one.

mod address;
mod broker;
mod camera;
mod cameras;
mod http;
mod limits;
mod mqtt;
mod pool;
mod source;

pub use address::Address;
pub use broker::{Broker, BrokerAddress, Servers};
pub use camera::Camera;
pub use cameras::Cameras;
pub use http::{Front, Http, Network, Tls};
pub use limits::{Limits, MemoryLimit};
pub use mqtt::{Fingerprint, Mqtt};
pub use pool::{Cloud, Place, Pool, PoolUrl};
pub use source::CameraSource;

use crate::domain::{limits as bounds, without_secrets};
use bytesize::ByteSize;
use figment::Figment;
use figment::providers::{Env, Format, Serialized, Toml};
use figment::value::Value;
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};

/// The whole configuration.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// Everything the daemon keeps.
    pub data_dir: PathBuf,
    pub device: Device,
    #[serde(rename = "camera")]
    pub cameras: Cameras,
    pub store: Store,
    pub http: Http,
    pub mqtt: Mqtt,
    pub train: Train,
    pub live: Live,
    pub limits: Limits,
    pub pool: Pool,
    pub onnxruntime: OnnxRuntime,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Device {
    /// Letters, digits, `-` and `_`: it becomes part of MQTT topics.
    pub id: String,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Store {
    /// All frame bytes on disk.
    pub budget: ByteSize,
    /// Left free on the file system.
    pub reserve: ByteSize,
    /// All trainings, with their flip books and models.
    pub trainings: ByteSize,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields, default)]
#[schema(as = TrainSettings)]
pub struct Train {
    pub device: TrainDevice,
    /// Experiments of one training, unless it asks for another number.
    pub experiments: u32,
    /// Epochs, at most, unless the training asks for another number.
    pub epochs: u32,
    /// Name of an imported base, or `default`.
    pub base: String,
    pub seed: u64,
    /// Processor threads for the training; 0 takes all.
    pub threads: usize,
    /// Degrees Celsius of the hottest thermal zone at which the training waits; 0 never does.
    pub pause_at: f32,
    /// New labelled frames after which it trains by itself, once nobody labels any more; 0 never does.
    pub auto: u32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum TrainDevice {
    Auto,
    Cpu,
    Cuda,
    Tensorrt,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields, default)]
#[schema(as = LiveSettings)]
pub struct Live {
    /// Camera frames a second that the deployed model looks at.
    pub fps: f32,
    /// Detections a second on MQTT, at most.
    pub publish_hz: f32,
    /// The least AP50 on the validation frames, 0 to 1, with which the winner of a training goes live.
    pub floor: f32,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct OnnxRuntime {
    /// Path of `libonnxruntime.so`; empty looks in the usual places and says which it took.
    pub library: PathBuf,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            data_dir: "/var/lib/fieldcoach".into(),
            device: Device::default(),
            cameras: Cameras::default(),
            store: Store::default(),
            http: Http::default(),
            mqtt: Mqtt::default(),
            train: Train::default(),
            live: Live::default(),
            limits: Limits::default(),
            pool: Pool::default(),
            onnxruntime: OnnxRuntime::default(),
        }
    }
}

impl Default for Device {
    fn default() -> Self {
        // The first 8 digits of the machine id tell the devices of a fleet apart.
        let id = std::fs::read_to_string("/etc/machine-id").unwrap_or_default();
        let short: String = id.trim().chars().take(8).collect();
        Self { id: if short.is_empty() { "fieldcoach".into() } else { format!("cam-{short}") } }
    }
}

impl Default for Store {
    fn default() -> Self {
        Self { budget: ByteSize::gb(20), reserve: ByteSize::gb(1), trainings: ByteSize::gb(4) }
    }
}

impl Default for Train {
    fn default() -> Self {
        Self {
            device: TrainDevice::Auto,
            experiments: 24,
            epochs: 40,
            base: "default".into(),
            seed: 0,
            threads: 0,
            // Jetsons throttle from about 97 °C.
            pause_at: 90.0,
            auto: 0,
        }
    }
}

impl Default for Live {
    fn default() -> Self {
        // Below it a screen of wrong boxes is likelier than a use: first models with 0.05 to 0.12 went live so.
        Self { fps: 5.0, publish_hz: 2.0, floor: 0.3 }
    }
}

/// Why a configuration was refused, in words for the person who wrote it.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct ConfigError(String);

impl Config {
    /// Reads `file` (if any) and the environment. Errors name the key, what is wrong with it, and for an unknown key
    /// the nearest known one.
    pub fn load(file: Option<&Path>) -> Result<Self, ConfigError> {
        Self::load_over(&[], file)
    }

    /// The same with other defaults for these keys (`http.listen`).
    pub fn load_over(defaults: &[(&str, String)], file: Option<&Path>) -> Result<Self, ConfigError> {
        whole_section()?;
        let mut figment =
            defaults.iter().fold(Figment::new(), |all, (key, value)| all.merge(Serialized::default(key, value)));
        if let Some(path) = file {
            if !path.is_file() {
                return Err(ConfigError(format!("there is no configuration file {}", path.display())));
            }
            // What can't be read is told as the file is read.
            if has_both(&std::fs::read_to_string(path).unwrap_or_default()) {
                return Err(ConfigError(
                    "[camera] is for the only camera, [[camera]] for each of several, and both are there: write each as \
                     [[camera]], with an `id`"
                        .into(),
                ));
            }
            figment = figment.merge(Toml::file_exact(path));
        }
        if matches!(figment.find_value("camera"), Ok(Value::Array(..)))
            && let Some((key, _)) = environment().iter().find(|(key, _)| key.starts_with("camera."))
        {
            let variable = format!("FIELDCOACH_{}", key.as_str().replace('.', "__").to_uppercase());
            return Err(ConfigError(format!(
                "{variable}: which [[camera]] it is for can't be said in the environment; set it in the file, or call the \
                 only camera [camera]"
            )));
        }
        let config: Self = figment.merge(environment()).extract().map_err(|e| ConfigError(explain(e)))?;
        config.validate()?;
        Ok(config)
    }

    /// Rules that no single type can hold.
    pub fn validate(&self) -> Result<(), ConfigError> {
        let refuse = |text: String| Err(ConfigError(text));
        let id = &self.device.id;
        if !bounds::is_device_id(id) {
            let (least, most) = bounds::DEVICE_ID.into_inner();
            return refuse(format!("device.id: `{id}` must be {least} to {most} letters, digits, `-` or `_`"));
        }
        self.http.check().map_err(ConfigError)?;
        self.mqtt.check().map_err(ConfigError)?;
        self.pool.check().map_err(ConfigError)?;
        self.cameras.check().map_err(ConfigError)?;
        for (key, value) in [("live.fps", self.live.fps), ("live.publish_hz", self.live.publish_hz)] {
            bounds::per_second(key, value).map_err(ConfigError)?;
        }
        bounds::within("live.floor", self.live.floor, &bounds::SCORE).map_err(ConfigError)?;
        bounds::within("train.experiments", self.train.experiments, &bounds::EXPERIMENTS).map_err(ConfigError)?;
        bounds::within("train.epochs", self.train.epochs, &bounds::EPOCHS).map_err(ConfigError)?;
        bounds::within("train.threads", self.train.threads, &bounds::THREADS).map_err(ConfigError)?;
        bounds::within("train.auto", self.train.auto, &bounds::AUTO).map_err(ConfigError)?;
        if !bounds::PAUSE_AT.contains(&self.train.pause_at) {
            let (never, most) = bounds::PAUSE_AT.into_inner();
            return refuse(format!("train.pause_at: {} must be {never} (never) to {most} °C", self.train.pause_at));
        }
        Ok(())
    }
}

/// `FIELDCOACH_HTTP__LISTEN` is `http.listen`; variables of another form (`FIELDCOACH_LOG`) are not keys.
fn environment() -> Env {
    Env::prefixed("FIELDCOACH_").filter(|key| key.as_str().contains("__") || key == "data_dir").split("__")
}

/// Refuses a variable that names a section without a key of it: it would count for nothing.
fn whole_section() -> Result<(), ConfigError> {
    let sections = ["device", "camera", "store", "http", "mqtt", "train", "live", "limits", "pool", "onnxruntime"];
    let named = sections.iter().map(|section| format!("FIELDCOACH_{}", section.to_uppercase()));
    match named.into_iter().find(|name| std::env::var_os(name).is_some()) {
        None => Ok(()),
        Some(name) => {
            let example = if name == "FIELDCOACH_CAMERA" { "SOURCE" } else { "KEY" };
            Err(ConfigError(format!("{name} names no key of its section: write {name}__{example}")))
        }
    }
}

/// Whether a file has both forms of cameras.
fn has_both(text: &str) -> bool {
    let has = |head: &str| text.lines().any(|line| line.split('#').next().unwrap_or_default().trim() == head);
    has("[camera]") && has("[[camera]]")
}

fn explain(error: figment::Error) -> String {
    error
        .into_iter()
        .map(|e| {
            // Of several cameras: which one.
            let number = e.path.iter().find_map(|part| part.parse::<usize>().ok());
            let place = number.map_or(String::new(), |at| format!(" in [[camera]] number {}", at + 1));
            let section =
                e.path.iter().filter(|part| part.parse::<usize>().is_err()).cloned().collect::<Vec<_>>().join(".");
            match &e.kind {
                figment::error::Kind::UnknownField(key, known) => {
                    let prefix = if section.is_empty() || section == *key {
                        String::new()
                    } else {
                        format!("{}.", section.trim_end_matches(&format!(".{key}")))
                    };
                    let nearest = known
                        .iter()
                        .max_by(|a, b| strsim::jaro_winkler(a, key).total_cmp(&strsim::jaro_winkler(b, key)));
                    match nearest {
                        Some(known) => format!("unknown key `{prefix}{key}`{place}; did you mean `{prefix}{known}`?"),
                        None => format!("unknown key `{prefix}{key}`{place}"),
                    }
                }
                // A mistake in the form shows the line that it is in.
                kind if section.is_empty() => without_secrets(&kind.to_string()),
                kind => format!("{section}{place}: {kind}"),
            }
        })
        .collect::<Vec<_>>()
        .join("; ")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What the file of this text says.
    pub(super) fn load(text: &str) -> Result<Config, String> {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), text).unwrap();
        Config::load(Some(file.path())).map_err(|e| e.to_string())
    }

    #[test]
    fn every_key_has_a_default() {
        let config = load("").unwrap();
        assert_eq!(config.train.experiments, 24);
        assert_eq!(config.store.budget, ByteSize::gb(20));
    }

    #[test]
    fn an_unknown_key_names_itself_and_the_nearest() {
        assert_eq!(load("[http]\nlistn = 'x'").unwrap_err(), "unknown key `http.listn`; did you mean `http.listen`?");
        assert_eq!(load("dta_dir = 'x'").unwrap_err(), "unknown key `dta_dir`; did you mean `data_dir`?");
    }

    #[test]
    fn a_bad_value_names_its_key() {
        let error = load("[camera]\nsource = 'webcam'").unwrap_err();
        assert!(error.contains("camera.source") && error.contains("folder:PATH"), "{error}");
        let error = load("[mqtt]\nlisten = '0.0.0.0:80'").unwrap_err();
        assert!(error.contains("mqtt.listen"), "{error}");
    }
}
